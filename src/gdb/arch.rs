//! RISC-V as GDB's remote protocol sees it, RV32 and RV64 alike.
//!
//! The width is known only when a program has been loaded, so that addresses are 64 bits wide here, and registers are
//! bytes that the target cuts. Registers have the numbers that GDB gives them itself.

use gdbstub::arch::{Arch, RegId, Registers};
use std::num::NonZeroUsize;

/// GDB's number of the program counter, behind those of the integer registers.
pub(super) const PC: usize = 32;
/// GDB's number of the first floating-point register.
pub(super) const FIRST_FLOAT: usize = 33;
/// GDB's number of the CSR with number 0.
pub(super) const FIRST_CSR: usize = 65;
/// Number of CSRs that an instruction can name.
const CSRS: usize = 1 << 12;

/// RV32 and RV64.
pub(super) enum RiscV {}

impl Arch for RiscV {
    type Usize = u64;
    type Registers = Bytes;
    type BreakpointKind = usize;
    type RegId = Register;
}

/// A register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    /// An integer register.
    X(u8),
    /// The program counter.
    Pc,
    /// A floating-point register.
    F(u8),
    /// A control and status register.
    Csr(u16),
}

impl Register {
    pub(super) fn from_number(number: usize) -> Option<Self> {
        match number {
            0..PC => Some(Self::X(number as u8)),
            PC => Some(Self::Pc),
            FIRST_FLOAT..FIRST_CSR => Some(Self::F((number - FIRST_FLOAT) as u8)),
            _ => {
                let csr = number.checked_sub(FIRST_CSR).filter(|csr| *csr < CSRS)?;
                Some(Self::Csr(csr as u16))
            }
        }
    }
}

impl RegId for Register {
    fn from_raw_id(id: usize) -> Option<(Self, Option<NonZeroUsize>)> {
        Some((Self::from_number(id)?, None))
    }
}

/// The integer registers and the program counter, little-endian, each as wide as the hart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Registers for Bytes {
    type ProgramCounter = u64;

    fn pc(&self) -> u64 {
        let width = self.0.len() / (PC + 1);
        let word = self.0.chunks_exact(width.max(1)).nth(PC);
        word.unwrap_or_default()
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn gdb_serialize(&self, mut write_byte: impl FnMut(Option<u8>)) {
        for byte in &self.0 {
            write_byte(Some(*byte));
        }
    }

    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.0 = bytes.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_gdb() {
        assert_eq!(Register::from_number(0), Some(Register::X(0)));
        assert_eq!(Register::from_number(31), Some(Register::X(31)));
        assert_eq!(Register::from_number(32), Some(Register::Pc));
        assert_eq!(Register::from_number(33), Some(Register::F(0)));
        assert_eq!(Register::from_number(64), Some(Register::F(31)));
        assert_eq!(Register::from_number(65), Some(Register::Csr(0)));
        assert_eq!(Register::from_number(4160), Some(Register::Csr(0xfff)));
        assert_eq!(Register::from_number(4161), None);
        assert_eq!(Register::from_number(usize::MAX), None);
    }

    #[test]
    fn the_program_counter_is_behind_the_registers() {
        for width in [4, 8] {
            let mut bytes = vec![0; width * 33];
            bytes[width * 32] = 0x34;
            bytes[width * 32 + 1] = 0x12;
            assert_eq!(Bytes(bytes).pc(), 0x1234);
        }
        for short in 0..33 {
            assert_eq!(Bytes(vec![1; short]).pc(), 0);
        }
    }
}
