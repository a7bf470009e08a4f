//! `zktr asm`: assembly to an ELF object, or to bytes for a fixed address.

use super::{Failure, Global, Verdict, files, report};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use zktr_asm::{Options, assemble};
use zktr_isa::span::Diagnostic;

/// Assemble a source file.
#[derive(Debug, Args)]
pub struct Asm {
    /// The source file.
    file: PathBuf,
    /// Where the result goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Which line of the source code comes from is recorded, as DWARF.
    #[arg(short = 'g', long)]
    debug: bool,
    /// Width of the hart's registers.
    #[arg(long, value_name = "BITS", default_value = "64")]
    xlen: Xlen,
    /// Not an ELF object, but the bytes of the program for this address.
    #[arg(long, value_name = "BASE", value_parser = super::integer)]
    flat: Option<u64>,
}

/// Width of the registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Xlen {
    /// RV32.
    #[value(name = "32")]
    Rv32,
    /// RV64.
    #[value(name = "64")]
    Rv64,
}

impl Xlen {
    /// As a number.
    pub fn bits(self) -> u8 {
        match self {
            Self::Rv32 => 32,
            Self::Rv64 => 64,
        }
    }
}

impl Asm {
    pub fn run(&self, global: &Global) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let source = files::read_text(&self.file)?;
        let object = assemble(
            &spec,
            &source,
            &Options {
                xlen: self.xlen.bits(),
                debug: self.debug,
                ..Options::default()
            },
        )?;
        let bytes = match self.flat {
            Some(base) => object.flat(&spec, base)?,
            None => object.write_elf().map_err(|error| Diagnostic {
                message: format!("{}: {}", source.name, error.message),
                ..error
            })?,
        };
        files::write(&self.output, &bytes)?;
        report(&object.warnings, global.message_format);
        Ok(Verdict::Fine)
    }
}
