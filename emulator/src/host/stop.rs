//! Why a run ends.

use crate::memory::{Access, Fault};

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The program asked for its end, with this code.
    Exit(u64),
    /// The function that [`super::Machine::call`] entered has returned.
    Returned,
    /// All instructions that were allowed have been executed.
    OutOfFuel,
    /// An observer has asked for it.
    Halted,
    /// An instruction cannot be executed. It has changed nothing.
    Trap(Trap),
}

/// An instruction that cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// Why.
    pub cause: Cause,
    /// Its address.
    pub pc: u64,
    /// The nearest symbol at or below the address, and the distance from it.
    pub symbol: Option<(String, u64)>,
}

/// Why an instruction cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No instruction of this hart has this word.
    UnknownInstruction {
        /// As much of it as was looked at.
        word: u32,
        /// Its length in bytes.
        length: u8,
        /// What it is in an extension that the spec does not have, as far as that is known: mnemonic and extension.
        elsewhere: Option<(String, String)>,
    },
    /// An instruction that is defined to be illegal.
    IllegalInstruction,
    /// No such CSR, or it cannot be written.
    Csr(u16),
    /// A fetch, load or store outside of accessible memory.
    Fault(Fault),
    /// The program counter is odd.
    MisalignedFetch,
    /// `ebreak`.
    Breakpoint,
    /// An environment call with a number that is not known here.
    UnknownCall(u64),
    /// An environment call that cannot be executed, and why.
    Call(String),
    /// The program has written more output than allowed.
    OutputLimit(u64),
    /// The meaning of the instruction uses something that scalar instructions do not have.
    Unsupported(&'static str),
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownInstruction {
                word,
                length,
                elsewhere,
            } => {
                let digits = if *length == 2 { 4 } else { 8 };
                write!(f, "unknown instruction 0x{word:0digits$x}")?;
                match elsewhere {
                    Some((name, extension)) => write!(
                        f,
                        ", which is {name} of the extension {extension} and not supported,"
                    ),
                    None => Ok(()),
                }
            }
            Self::IllegalInstruction => write!(f, "illegal instruction"),
            Self::Csr(number) => {
                write!(f, "CSR 0x{number:03x} does not exist or cannot be written")
            }
            Self::Fault(fault) => match fault.access {
                Access::Execute => write!(f, "no code at {:#x}", fault.addr),
                Access::Read => write!(
                    f,
                    "load of {} bytes at {:#x} outside of readable memory",
                    fault.len, fault.addr
                ),
                Access::Write => {
                    write!(
                        f,
                        "store of {} bytes at {:#x} outside of writable memory",
                        fault.len, fault.addr
                    )
                }
            },
            Self::MisalignedFetch => write!(f, "the program counter is odd"),
            Self::Breakpoint => write!(f, "breakpoint"),
            Self::UnknownCall(number) => write!(f, "unknown environment call {number}"),
            Self::Call(what) => write!(f, "environment call: {what}"),
            Self::OutputLimit(limit) => {
                write!(f, "the program has written more than {limit} bytes")
            }
            Self::Unsupported(what) => write!(
                f,
                "the meaning of this instruction uses {what}, which it does not have"
            ),
        }
    }
}

impl std::fmt::Display for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = Place {
            pc: self.pc,
            symbol: self.symbol.as_ref().map(|(name, at)| (name.as_str(), *at)),
        };
        write!(f, "{} at {place}", self.cause)
    }
}

/// Where a program is: printed as `pc 0x10004 <main+0x4>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The address.
    pub pc: u64,
    /// The nearest symbol at or below it, and the distance from that.
    pub symbol: Option<(&'a str, u64)>,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "pc {:#x}", self.pc)?;
        match self.symbol {
            Some((name, 0)) => write!(f, " <{name}>"),
            Some((name, distance)) => write!(f, " <{name}+{distance:#x}>"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit with code {code}"),
            Self::Returned => write!(f, "returned"),
            Self::OutOfFuel => write!(f, "out of fuel"),
            Self::Halted => write!(f, "halted"),
            Self::Trap(trap) => trap.fmt(f),
        }
    }
}

impl std::error::Error for Trap {}
impl std::error::Error for Stop {}
