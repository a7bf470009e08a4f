//! Linux: a7 is the number, a0 to a2 the arguments, and a0 the result or a negated error number.

use super::{Cause, Machine, Stop};

/// Numbers of Linux's calls on RISC-V: `include/uapi/asm-generic/unistd.h`.
const READ: u64 = 63;
const WRITE: u64 = 64;
const EXIT: u64 = 93;
const EXIT_GROUP: u64 = 94;
/// Linux's error numbers, negated.
const BAD_FILE: i64 = -9;
const BAD_ADDRESS: i64 = -14;

impl Machine {
    pub(super) fn linux_call(&mut self) -> Result<(), Stop> {
        let [a0, a1, a2, .., a7] = self
            .abi
            .args
            .map(|register| self.x()[usize::from(register)]);
        match a7 {
            EXIT | EXIT_GROUP => Err(Stop::Exit(a0)),
            WRITE => {
                let result = if !matches!(a0, 1 | 2) {
                    BAD_FILE
                } else if self.write_output(a1, a2)? {
                    a2.cast_signed()
                } else {
                    BAD_ADDRESS
                };
                self.set_x(self.abi.args[0], result.cast_unsigned());
                Ok(())
            }
            READ => {
                let result = if a0 == 0 {
                    self.read_input(a1, a2)
                } else {
                    BAD_FILE
                };
                self.set_x(self.abi.args[0], result.cast_unsigned());
                Ok(())
            }
            number => Err(self.trap(Cause::UnknownCall(number))),
        }
    }

    /// Reads as much of the input at hand as there is and fits; zero bytes at its end.
    fn read_input(&mut self, addr: u64, len: u64) -> i64 {
        while self.streams.hints.front().is_some_and(Vec::is_empty) {
            self.streams.hints.pop_front();
        }
        let Some(mut input) = self.streams.hints.pop_front() else {
            return 0;
        };
        let len = input.len().min(usize::try_from(len).unwrap_or(usize::MAX));
        let rest = input.split_off(len);
        let written = self.transfer_in(addr, &input);
        if written {
            self.streams.hints.push_front(rest);
            len as i64
        } else {
            input.extend(rest);
            self.streams.hints.push_front(input);
            BAD_ADDRESS
        }
    }
}
