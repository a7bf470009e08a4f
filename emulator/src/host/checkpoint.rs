//! The state of a machine as a file, with which another process or machine goes on.
//!
//! A checkpoint has the state and not the program: whoever goes on loads the same program first, and the
//! [`Origin`], a digest of the machine as it was loaded, says whether it is that. Pages of zeros are not in it, nor what the program has written to its
//! streams before. All numbers are little-endian:
//!
//! | bytes | |
//! |---|---|
//! | 8 | `ZKTRCKPT` |
//! | 4 | version of this form: 1 |
//! | 32 | the origin |
//! | 8 each | XLEN, program counter, retired instructions, next address for data, state of the devices, whether there is a reservation, its address |
//! | 64 x 8 | registers, then floating-point registers |
//! | 8 + 16 n | CSRs that have been written: number, value |
//! | 8 + ... | hints that are to be read, each with its length in front |
//! | 8 + n, 32 | public values, words of the commitment |
//! | 8 + ... | regions of memory: start, length, permissions as bits (1 read, 2 write, 4 execute), number of pages, and of each page its place in pages from the start, and its bytes (fewer in a last page) |
//! | 32 | SHA-256 of all bytes before |
//!
//! A file may say anything: nothing is allocated before it is known to be there, or allowed by the memory limit of the machine, and an error leaves the machine as
//! it was.

use super::tickets::Tickets;
use super::{Machine, csr};
use crate::memory::{Permissions, SegmentedMemory};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use zktr_isa::span::Diagnostic;

const MAGIC: [u8; 8] = *b"ZKTRCKPT";
const VERSION: u32 = 1;
/// Bytes of a page.
const PAGE: usize = 4096;
/// Bytes of the digests.
const DIGEST: usize = 32;

/// What a run has begun with: a digest of the machine before its first instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin([u8; DIGEST]);

impl Machine {
    /// That of a run that begins now: XLEN, environment, registers, program counter, and memory. What can be read is no part of it.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let mut hash = Sha256::new();
        let mut number = |value: u64| hash.update(value.to_le_bytes());
        number(self.xlen.into());
        number(self.options.environment as u64);
        number(self.pc);
        self.x().iter().for_each(|value| number(*value));
        for ((start, len, permissions), (_, bytes)) in
            self.memory.regions().zip(self.memory.contents())
        {
            for value in [start, len, bits(permissions)] {
                hash.update(value.to_le_bytes());
            }
            for (page, bytes) in pages(bytes) {
                hash.update(page.to_le_bytes());
                hash.update(bytes);
            }
        }
        Origin(hash.finalize().into())
    }

    /// The state of now as the bytes of a checkpoint, of a run that has begun with `origin`.
    ///
    /// # Errors
    /// Operations with tickets are outstanding, or the devices have a state that cannot be saved.
    pub fn checkpoint(&self, origin: Origin) -> Result<Vec<u8>, Diagnostic> {
        if !self.tickets.none() {
            let error = Diagnostic::global("operations of the accelerator are outstanding");
            return Err(error.help("save after the program has waited for them"));
        }
        let Some(devices) = self.devices.state() else {
            return Err(Diagnostic::global(
                "the state of the accelerator's devices cannot be saved",
            ));
        };
        let mut out = Vec::new();
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend(origin.0);
        let mut number = |value: u64| out.extend(value.to_le_bytes());
        for value in [
            self.xlen.into(),
            self.pc,
            self.retired,
            self.next_data,
            devices,
            self.reservation.is_some().into(),
            self.reservation.unwrap_or(0),
        ] {
            number(value);
        }
        self.x()
            .iter()
            .chain(self.f())
            .for_each(|value| number(*value));
        number(self.csrs.written().count() as u64);
        for (csr, value) in self.csrs.written() {
            number(csr.into());
            number(value);
        }
        number(self.streams.hints.len() as u64);
        for hint in &self.streams.hints {
            out.extend((hint.len() as u64).to_le_bytes());
            out.extend(hint);
        }
        out.extend((self.streams.public_values.len() as u64).to_le_bytes());
        out.extend(&self.streams.public_values);
        for word in self.streams.commitment {
            out.extend(word.to_le_bytes());
        }
        out.extend((self.memory.regions().count() as u64).to_le_bytes());
        for ((start, len, permissions), (_, bytes)) in
            self.memory.regions().zip(self.memory.contents())
        {
            let count = pages(bytes).count() as u64;
            for value in [start, len, bits(permissions), count] {
                out.extend(value.to_le_bytes());
            }
            for (page, bytes) in pages(bytes) {
                out.extend(page.to_le_bytes());
                out.extend(bytes);
            }
        }
        let digest = Sha256::digest(&out);
        out.extend(digest);
        Ok(out)
    }

    /// Goes to the state of a checkpoint. The machine has been loaded as that of the checkpoint was, and nothing has been executed since.
    /// Output begins anew.
    ///
    /// # Errors
    /// The bytes are no checkpoint of this version, they are damaged, they are of a run of something else, or the memory limit does not allow
    /// their memory. The machine is as before.
    pub fn resume(&mut self, checkpoint: &[u8]) -> Result<(), Diagnostic> {
        let state = State::read(checkpoint, self.origin(), self.options.memory)?;
        if state.xlen != u64::from(self.xlen) {
            return Err(damaged());
        }
        for (csr, _) in &state.csrs {
            if !csr::writable(&self.spec, *csr) {
                let error = format!("the checkpoint has the CSR {csr:#x}, which cannot be written");
                return Err(Diagnostic::global(error).help("it was made with another spec"));
            }
        }
        if !self.devices.set_state(state.devices) {
            return Err(Diagnostic::global(
                "the accelerator's devices have no state that could be set",
            ));
        }
        for (register, value) in (0..).zip(&state.registers[..32]) {
            self.set_x(register, *value);
        }
        for (register, value) in (0..).zip(&state.registers[32..]) {
            self.set_f(register, *value);
        }
        self.set_pc(state.pc);
        self.retired = state.retired;
        self.next_data = state.next_data;
        self.reservation = state.reservation;
        for (csr, value) in state.csrs {
            self.csrs.write(&self.spec, csr, value);
        }
        self.streams.hints = state.hints;
        self.streams.public_values = state.public_values;
        self.streams.commitment = state.commitment;
        self.memory.restore(&state.memory);
        self.output.clear();
        self.transfers.clear();
        self.tickets = Tickets::default();
        self.waited = None;
        // The code may be another.
        self.cache.clear();
        self.code_written = false;
        Ok(())
    }
}

/// What a checkpoint says.
struct State {
    xlen: u64,
    pc: u64,
    retired: u64,
    next_data: u64,
    devices: u64,
    reservation: Option<u64>,
    registers: [u64; 64],
    csrs: Vec<(u16, u64)>,
    hints: VecDeque<Vec<u8>>,
    public_values: Vec<u8>,
    commitment: [u32; 8],
    memory: SegmentedMemory,
}

impl State {
    fn read(bytes: &[u8], origin: Origin, limit: u64) -> Result<Self, Diagnostic> {
        let other = || Diagnostic::global("the file is no checkpoint");
        let mut reader = Reader(bytes);
        if reader.array() != Some(MAGIC) {
            return Err(other().help("`zktr run --save` writes one"));
        }
        let version = u32::from_le_bytes(reader.array().ok_or_else(other)?);
        if version != VERSION {
            let error = format!("the checkpoint is of version {version}, and not of {VERSION}");
            return Err(Diagnostic::global(error).help("run the program again from its beginning"));
        }
        let (body, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(damaged)?;
        if Sha256::digest(body)[..] != digest[..] {
            return Err(damaged());
        }
        let mut reader = Reader(body);
        reader.take(MAGIC.len() + 4);
        if reader.array() != Some(origin.0) {
            let error = Diagnostic::global("the checkpoint is of a run of something else");
            return Err(error.help(
                "give the files and options again that the run was begun with, but for `--input`",
            ));
        }
        Self::body(&mut reader, limit)?
            .filter(|_| reader.0.is_empty())
            .ok_or_else(damaged)
    }

    /// None if the bytes are not as they should be.
    fn body(reader: &mut Reader<'_>, limit: u64) -> Result<Option<Self>, Diagnostic> {
        let mut memory = SegmentedMemory::new(limit);
        let mut rest = || {
            let mut head = [0; 7];
            for value in &mut head {
                *value = reader.number()?;
            }
            let [xlen, pc, retired, next_data, devices, reserved, reservation] = head;
            let mut registers = [0; 64];
            for register in &mut registers {
                *register = reader.number()?;
            }
            let mut csrs = Vec::new();
            for _ in 0..reader.number()? {
                csrs.push((u16::try_from(reader.number()?).ok()?, reader.number()?));
            }
            let mut hints = VecDeque::new();
            for _ in 0..reader.number()? {
                hints.push_back(reader.bytes()?.to_vec());
            }
            let public_values = reader.bytes()?.to_vec();
            let mut commitment = [0; 8];
            for word in &mut commitment {
                *word = u32::from_le_bytes(reader.array()?);
            }
            Some(Self {
                xlen,
                pc,
                retired,
                next_data,
                devices,
                reservation: (reserved == 1).then_some(reservation),
                registers,
                csrs,
                hints,
                public_values,
                commitment,
                memory: SegmentedMemory::new(0),
            })
        };
        let Some(state) = rest() else {
            return Ok(None);
        };
        let Some(regions) = reader.number() else {
            return Ok(None);
        };
        for _ in 0..regions {
            let Some(region) = reader.region() else {
                return Ok(None);
            };
            let Region {
                start,
                len,
                permissions,
                pages,
            } = region;
            memory.map(start, len, permissions).map_err(|error| {
                Diagnostic::global(format!(
                    "cannot map the checkpoint's memory at {start:#x}: {error}"
                ))
                .help("raise the memory limit")
            })?;
            for _ in 0..pages {
                let page = reader.page(len);
                let Some((offset, bytes)) = page else {
                    return Ok(None);
                };
                if memory.initialize(start + offset, bytes).is_err() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(Self { memory, ..state }))
    }
}

/// A region before its pages.
struct Region {
    start: u64,
    len: u64,
    permissions: Permissions,
    pages: u64,
}

/// What has not been read yet; all results are none where it is too short.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes with their number in front.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.number()?;
        self.take(usize::try_from(len).ok()?)
    }

    fn region(&mut self) -> Option<Region> {
        let [start, len, permissions, pages] = [(); 4].map(|()| self.number());
        let permissions = permissions.filter(|bits| *bits < 8)?;
        Some(Region {
            start: start?,
            len: len?,
            permissions: Permissions {
                read: permissions & 1 != 0,
                write: permissions & 2 != 0,
                execute: permissions & 4 != 0,
            },
            pages: pages?,
        })
    }

    /// A page of a region of so many bytes: where it begins, and its bytes.
    fn page(&mut self, len: u64) -> Option<(u64, &'a [u8])> {
        let offset = self.number()?.checked_mul(PAGE as u64)?;
        let bytes = len.checked_sub(offset)?.min(PAGE as u64);
        Some((offset, self.take(bytes as usize)?))
    }
}

/// The pages of a region that are not zero: their places in pages, and their bytes.
fn pages(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let pages = (0..).zip(bytes.chunks(PAGE));
    pages.filter(|(_, page)| page.iter().any(|byte| *byte != 0))
}

fn bits(permissions: Permissions) -> u64 {
    let Permissions {
        read,
        write,
        execute,
    } = permissions;
    u64::from(read) | u64::from(write) << 1 | u64::from(execute) << 2
}

fn damaged() -> Diagnostic {
    Diagnostic::global("the checkpoint is damaged")
        .help("make it again, or run the program from its beginning")
}
