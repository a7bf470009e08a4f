//! SP1, version 1: t0 is the number, a0 to a2 are the arguments, and t0 is the result.
//!
//! Numbers and names are those of `zkvm/entrypoint/src/syscalls/mod.rs` of succinctlabs/sp1, version 1. A precompile
//! proves its work in tables of its own, which there are none of here: it is an error that names it.

use super::{Cause, Machine, Stop, Transfer};
use crate::loader::Image;
use crate::memory::{Access, Fault, MapError, Memory, Permissions};

const HALT: u64 = 0x00;
const WRITE: u64 = 0x02;
const COMMIT: u64 = 0x10;
const HINT_LEN: u64 = 0xf0;
const HINT_READ: u64 = 0xf1;

/// File descriptors beside the standard streams.
const PUBLIC_VALUES: u64 = 3;
const HINTS: u64 = 4;

/// Where SP1's linker script begins the stack; programs set it themselves.
const STACK_TOP: u64 = 0x0020_0400;

/// Addresses of programs begin here, and end there.
const FIRST: u64 = 0x20;
const LAST: u64 = 0x7800_0000;

/// The calls that are not executed, by number.
const OTHERS: [(u64, &str); 20] = [
    (0x03, "ENTER_UNCONSTRAINED"),
    (0x04, "EXIT_UNCONSTRAINED"),
    (0x1a, "COMMIT_DEFERRED_PROOFS"),
    (0x1b, "VERIFY_SP1_PROOF"),
    (0x00_30_01_05, "SHA_EXTEND"),
    (0x00_01_01_06, "SHA_COMPRESS"),
    (0x00_01_01_07, "ED_ADD"),
    (0x00_00_01_08, "ED_DECOMPRESS"),
    (0x00_01_01_09, "KECCAK_PERMUTE"),
    (0x00_01_01_0a, "SECP256K1_ADD"),
    (0x00_00_01_0b, "SECP256K1_DOUBLE"),
    (0x00_00_01_0c, "SECP256K1_DECOMPRESS"),
    (0x00_01_01_0e, "BN254_ADD"),
    (0x00_00_01_0f, "BN254_DOUBLE"),
    (0x00_00_01_1c, "BLS12381_DECOMPRESS"),
    (0x00_01_01_1d, "UINT256_MUL"),
    (0x00_01_01_1e, "BLS12381_ADD"),
    (0x00_00_01_1f, "BLS12381_DOUBLE"),
    (0x00_01_01_20, "FP_MUL"),
    (0x00_01_01_21, "FP12_MUL"),
];

impl Machine {
    pub(super) fn sp1_call(&mut self) -> Result<(), Stop> {
        let [a0, a1, a2, ..] = self
            .abi
            .args
            .map(|register| self.x()[usize::from(register)]);
        let number = self.x()[usize::from(self.abi.t0)];
        match number {
            HALT => Err(Stop::Exit(a0)),
            WRITE => self.sp1_write(a0, a1, a2),
            COMMIT => match usize::try_from(a0) {
                Ok(word) if word < self.streams.commitment.len() => {
                    self.streams.commitment[word] = a1 as u32;
                    Ok(())
                }
                _ => Err(self.trap(Cause::Call("COMMIT of a word above 7".into()))),
            },
            HINT_LEN => {
                let len = self.hint()?.len() as u64;
                self.set_x(self.abi.t0, len);
                Ok(())
            }
            HINT_READ => self.sp1_read(a0, a1),
            number => Err(
                self.trap(match OTHERS.iter().find(|(other, _)| *other == number) {
                    Some((_, name)) => {
                        Cause::Call(format!("{name} of SP1, which is not supported here"))
                    }
                    None => Cause::UnknownCall(number),
                }),
            ),
        }
    }

    fn hint(&self) -> Result<&Vec<u8>, Stop> {
        self.streams.hints.front().ok_or_else(|| {
            self.trap(Cause::Call(
                "reading a hint after the last one: give more input".into(),
            ))
        })
    }

    fn sp1_write(&mut self, file: u64, addr: u64, len: u64) -> Result<(), Stop> {
        let fault = Fault {
            addr,
            len,
            access: Access::Read,
        };
        if let 1 | 2 = file {
            return match self.write_output(addr, len)? {
                true => Ok(()),
                false => Err(self.trap(Cause::Fault(fault))),
            };
        }
        if !matches!(file, PUBLIC_VALUES | HINTS) {
            let what = format!("WRITE to file descriptor {file}, which is none of 1 to 4");
            return Err(self.trap(Cause::Call(what)));
        }
        let kept: usize = self.streams.hints.iter().map(Vec::len).sum();
        let kept = (kept + self.streams.public_values.len()) as u64;
        if len > self.options.output.saturating_sub(kept) {
            return Err(self.trap(Cause::OutputLimit(self.options.output)));
        }
        let mut bytes = vec![0; len as usize];
        if self.memory.read(addr, &mut bytes).is_err() {
            return Err(self.trap(Cause::Fault(fault)));
        }
        self.transfers.push(Transfer {
            addr,
            before: bytes.clone(),
        });
        if file == HINTS {
            self.streams.hints.push_back(bytes);
        } else {
            self.streams.public_values.extend(bytes);
        }
        Ok(())
    }

    fn sp1_read(&mut self, addr: u64, len: u64) -> Result<(), Stop> {
        let hint = self.hint()?;
        if hint.len() as u64 != len {
            let what = format!("HINT_READ of {len} bytes where the hint has {}", hint.len());
            return Err(self.trap(Cause::Call(what)));
        }
        if !addr.is_multiple_of(4) {
            let what = format!("HINT_READ to {addr:#x}, which is not aligned to 4 bytes");
            return Err(self.trap(Cause::Call(what)));
        }
        // Whole words are written, the rest of the last one as zeros.
        let mut bytes = hint.clone();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let fault = Fault {
            addr,
            len: bytes.len() as u64,
            access: Access::Write,
        };
        if !self.transfer_in(addr, &bytes) {
            return Err(self.trap(Cause::Fault(fault)));
        }
        self.streams.hints.pop_front();
        Ok(())
    }

    /// Maps what is below the program, where the stack is, and what is above it, where the heap is, as far as the limit allows.
    pub(super) fn map_sp1(&mut self, image: &Image) -> Result<(), MapError> {
        let mut at = FIRST;
        let mut segments: Vec<(u64, u64)> = image
            .segments
            .iter()
            .map(|segment| (segment.addr, segment.addr.saturating_add(segment.size)))
            .collect();
        segments.sort_unstable();
        let gaps = segments.iter().copied().chain([(LAST, LAST)]);
        for (start, end) in gaps {
            if start > at {
                let room = self.options.memory - self.memory.size();
                let len = (start - at).min(room);
                self.memory.map(at, len, Permissions::READ_WRITE)?;
            }
            at = at.max(end);
        }
        self.set_x(self.abi.sp, STACK_TOP);
        Ok(())
    }
}
