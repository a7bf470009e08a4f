//! What environment calls do: the few of Linux's user interface that a computation needs.

use super::{Cause, Machine, Stop};
use crate::memory::Memory;
use zktr_isa::Spec;

/// Numbers of Linux's calls on RISC-V.
const WRITE: u64 = 64;
const EXIT: u64 = 93;
const EXIT_GROUP: u64 = 94;
/// Linux's error numbers, negated.
const BAD_FILE: i64 = -9;
const BAD_ADDRESS: i64 = -14;

/// Registers of the standard calling convention, by their names in the spec.
#[derive(Debug, Clone, Copy)]
pub(super) struct Abi {
    pub(super) ra: u8,
    pub(super) sp: u8,
    /// a0 to a7.
    pub(super) args: [u8; 8],
}

impl Abi {
    pub(super) fn new(spec: &Spec) -> Self {
        // A register that the spec does not name is x0, which keeps nothing.
        let number = |name: &str| spec.register(name).unwrap_or(0);
        Self {
            ra: number("ra"),
            sp: number("sp"),
            args: std::array::from_fn(|i| number(&format!("a{i}"))),
        }
    }
}

/// Memory that an environment call has read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Address of the first byte.
    pub addr: u64,
    /// What was there before the call.
    pub before: Vec<u8>,
}

impl Machine {
    /// Executes the call that a7 says.
    pub(super) fn environment_call(&mut self) -> Result<(), Stop> {
        self.transfers.clear();
        let [a0, a1, a2, .., a7] = self
            .abi
            .args
            .map(|register| self.x()[usize::from(register)]);
        match a7 {
            EXIT | EXIT_GROUP => Err(Stop::Exit(a0)),
            WRITE => {
                let result = self.write_output(a0, a1, a2)?;
                self.set_x(self.abi.args[0], result.cast_unsigned());
                Ok(())
            }
            number => Err(self.trap(Cause::UnknownCall(number))),
        }
    }

    fn write_output(&mut self, file: u64, addr: u64, len: u64) -> Result<i64, Stop> {
        if !matches!(file, 1 | 2) {
            return Ok(BAD_FILE);
        }
        let room = self.options.output - self.output.len() as u64;
        if len > room {
            return Err(self.trap(Cause::OutputLimit(self.options.output)));
        }
        let start = self.output.len();
        self.output.resize(start + len as usize, 0);
        if self.memory.read(addr, &mut self.output[start..]).is_err() {
            self.output.truncate(start);
            return Ok(BAD_ADDRESS);
        }
        self.transfers.push(Transfer {
            addr,
            before: self.output[start..].to_vec(),
        });
        Ok(len as i64)
    }
}
