//! Environment calls: what a program asks its surroundings for.
//!
//! A program is made for one [`Environment`]: it says in which register the number of a call is, and what the numbers mean.

mod linux;
mod sp1;

use super::{Cause, Machine, Stop};
use crate::loader::Image;
use crate::memory::{MapError, Memory, Permissions};
use std::collections::VecDeque;
use zktr_isa::Spec;

/// Whose environment calls a program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Environment {
    /// The few calls of Linux's user interface that a computation needs: reading and writing the standard streams, and the end.
    #[default]
    Linux,
    /// The calls of SP1, version 1, that programs without precompiles need: the end, writing to file descriptors, reading hints,
    /// committing to public values. Memory is there and zero wherever such programs expect it.
    Sp1,
}

/// The streams between a program and its surroundings, its output apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Streams {
    /// What is still to be read: hints, or the standard input in pieces.
    pub(super) hints: VecDeque<Vec<u8>>,
    /// What the program has said in public.
    pub(super) public_values: Vec<u8>,
    /// The words of a digest of that, which it has committed to.
    pub(super) commitment: [u32; 8],
}

/// Registers of the standard calling convention, by their names in the spec.
#[derive(Debug, Clone, Copy)]
pub(super) struct Abi {
    pub(super) ra: u8,
    pub(super) sp: u8,
    /// a0 to a7.
    pub(super) args: [u8; 8],
    pub(super) t0: u8,
}

impl Abi {
    pub(super) fn new(spec: &Spec) -> Self {
        // A register that the spec does not name is x0, which keeps nothing.
        let number = |name: &str| spec.register(name).unwrap_or(0);
        Self {
            ra: number("ra"),
            sp: number("sp"),
            args: std::array::from_fn(|i| number(&format!("a{i}"))),
            t0: number("t0"),
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
    /// Executes the call that the registers say.
    pub(super) fn environment_call(&mut self) -> Result<(), Stop> {
        self.transfers.clear();
        match self.options.environment {
            Environment::Linux => self.linux_call(),
            Environment::Sp1 => self.sp1_call(),
        }
    }

    /// Executes the environment call that the registers say, wherever the program counter is: for checking what a call is said to have
    /// done. Beside its streams, a call reads and changes the registers and what [`Self::transfers`] lists.
    ///
    /// # Errors
    /// The call ends the run, or cannot be executed.
    pub fn replay_call(&mut self) -> Result<(), Stop> {
        self.environment_call()
    }

    /// Maps what the environment has beside the program.
    pub(super) fn map_environment(&mut self, image: &Image) -> Result<(), MapError> {
        match self.options.environment {
            Environment::Linux => {
                let (top, size) = (self.layout().stack_top, self.stack_size());
                self.set_x(self.abi.sp, top);
                self.memory.map(top - size, size, Permissions::READ_WRITE)
            }
            Environment::Sp1 => self.map_sp1(image),
        }
    }

    /// Appends memory to what the program has written to its standard streams; false if it is not accessible.
    fn write_output(&mut self, addr: u64, len: u64) -> Result<bool, Stop> {
        let room = self.options.output - self.output.len() as u64;
        if len > room {
            return Err(self.trap(Cause::OutputLimit(self.options.output)));
        }
        let start = self.output.len();
        self.output.resize(start + len as usize, 0);
        if self.memory.read(addr, &mut self.output[start..]).is_err() {
            self.output.truncate(start);
            return Ok(false);
        }
        self.transfers.push(Transfer {
            addr,
            before: self.output[start..].to_vec(),
        });
        Ok(true)
    }

    /// Writes to memory what the environment gives; false if that is not accessible.
    fn transfer_in(&mut self, addr: u64, bytes: &[u8]) -> bool {
        let mut before = vec![0; bytes.len()];
        let read = self.memory.read(addr, &mut before);
        if read.and_then(|()| self.memory.write(addr, bytes)).is_err() {
            return false;
        }
        let (first, size) = self.cache.writable();
        let end = addr.saturating_add(bytes.len() as u64);
        if addr < first.saturating_add(size) && first < end {
            self.cache.clear();
        }
        self.transfers.push(Transfer { addr, before });
        true
    }
}
