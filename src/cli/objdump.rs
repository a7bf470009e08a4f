//! `zktr objdump`: disassembly.

use super::asm::Xlen;
use super::{Failure, Global, Verdict, files};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use zktr_asm::{DisasmOptions, explain, objdump};
use zktr_isa::span::Diagnostic;

/// Disassemble an ELF file, or explain one word.
#[derive(Debug, Args)]
pub struct Objdump {
    /// The ELF file.
    #[arg(required_unless_present = "word")]
    file: Option<PathBuf>,
    /// How to print, as objdump has it.
    #[arg(
        short = 'M',
        long = "disassembler-options",
        value_name = "OPTIONS",
        value_delimiter = ','
    )]
    options: Vec<Style>,
    /// Explain the fields of this word.
    #[arg(long, value_name = "WORD", value_parser = word, conflicts_with = "file")]
    word: Option<u32>,
    /// Width of the hart's registers, for `--word`; an ELF file says it itself.
    #[arg(long, value_name = "BITS", default_value = "64")]
    xlen: Xlen,
}

/// Ways to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    /// No pseudo-instructions.
    NoAliases,
    /// Registers by number.
    Numeric,
}

fn word(text: &str) -> Result<u32, String> {
    u32::try_from(super::integer(text)?).map_err(|_| "a word has at most 32 bits".into())
}

impl Objdump {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        if let Some(word) = self.word {
            let text = explain(&spec, word, self.xlen.bits());
            write!(out, "{text}")?;
        }
        if let Some(path) = &self.file {
            let bytes = files::read(path)?;
            let options = DisasmOptions {
                aliases: !self.options.contains(&Style::NoAliases),
                numeric: self.options.contains(&Style::Numeric),
                ..DisasmOptions::default()
            };
            let name = path.display();
            let text = objdump(&spec, &bytes, &options).map_err(|error| Diagnostic {
                message: format!("{name}: {}", error.message),
                ..error
            })?;
            write!(out, "{name}:\n{text}")?;
        }
        Ok(Verdict::Fine)
    }
}
