//! `zktr objdump`: what is in an ELF file, also as a source that assembles to it again, and a filter for the output of other
//! disassemblers.

use super::asm::Xlen;
use super::{Failure, Global, Verdict, files};
use clap::{Args, ValueEnum};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use zktr_asm::objdump::{
    Disassemble, ObjdumpError, ObjdumpOptions, dump, dump_raw, dump_source, dump_source_raw, filter,
};
use zktr_asm::{DisasmOptions, explain};

/// Disassemble ELF files or raw bytes, print their tables, or explain one word. The options are those of GNU
/// objdump; without any, code is shown with its relocations (`-d -r`).
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Objdump {
    /// The files.
    #[arg(required_unless_present_any = ["explain", "filter", "help"])]
    files: Vec<PathBuf>,
    /// Disassemble sections with code.
    #[arg(short = 'd', long)]
    disassemble: bool,
    /// All sections that are loaded; what is not code is data.
    #[arg(short = 'D', long)]
    disassemble_all: bool,
    /// Source text among the instructions.
    #[arg(short = 'S', long)]
    source: bool,
    /// Functions and source lines among the instructions.
    #[arg(short = 'l', long)]
    line_numbers: bool,
    /// Relocations.
    #[arg(short = 'r', long)]
    reloc: bool,
    /// The header of the file.
    #[arg(short = 'f', long)]
    file_headers: bool,
    /// The table of sections.
    #[arg(short = 'h', long, visible_alias = "headers")]
    section_headers: bool,
    /// The table of symbols.
    #[arg(short = 't', long)]
    syms: bool,
    /// The bytes of sections.
    #[arg(short = 's', long)]
    full_contents: bool,
    /// Only this section.
    #[arg(short = 'j', long = "section", value_name = "NAME")]
    sections: Vec<String>,
    /// Nothing below this address.
    #[arg(long, value_name = "ADDRESS", value_parser = super::integer)]
    start_address: Option<u64>,
    /// Nothing from this address on.
    #[arg(long, value_name = "ADDRESS", value_parser = super::integer)]
    stop_address: Option<u64>,
    /// Long runs of zeros are not left out.
    #[arg(short = 'z', long)]
    disassemble_zeroes: bool,
    /// Leave out the bytes of instructions.
    #[arg(long)]
    no_show_raw_insn: bool,
    /// How to print instructions.
    #[arg(
        short = 'M',
        long = "disassembler-options",
        value_name = "OPTIONS",
        value_delimiter = ','
    )]
    style: Vec<Style>,
    /// A source that assembles to the same file: the same bytes, relocations and symbols.
    #[arg(long, conflicts_with_all = ["disassemble", "disassemble_all", "source", "line_numbers", "reloc",
        "file_headers", "section_headers", "syms", "full_contents", "sections", "start_address", "stop_address", "style"])]
    reassemblable: bool,
    /// Pass on another disassembler's output from standard input, with a comment behind each word that only this
    /// instruction set knows: `riscv64-unknown-elf-objdump -d k.o | zktr objdump --filter`.
    #[arg(long, conflicts_with_all = ["files", "explain", "raw", "reassemblable"])]
    filter: bool,
    /// The files are not ELF, but code.
    #[arg(long)]
    raw: bool,
    /// Address of the first byte of raw code.
    #[arg(long, value_name = "ADDRESS", value_parser = super::integer, default_value = "0", requires = "raw")]
    base: u64,
    /// Explain the fields of this word.
    #[arg(long, visible_alias = "word", value_name = "WORD", value_parser = word, conflicts_with = "files")]
    explain: Option<u32>,
    /// Width of the hart's registers, for words and raw code; an ELF file says it itself.
    #[arg(long, value_name = "BITS", default_value = "64")]
    xlen: Xlen,
    /// Print help.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// Ways to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    /// No pseudo-instructions, and compressed instructions by their own names.
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
        if let Some(word) = self.explain {
            let text = explain(&spec, word, self.xlen.bits());
            write!(out, "{text}")?;
        }
        let options = self.options();
        let mut out = BufWriter::new(out);
        if self.filter {
            let input = std::io::stdin();
            if input.is_terminal() {
                let message =
                    "--filter reads a disassembly from standard input, which is a terminal";
                return Err(Failure::Usage(message.to_owned()));
            }
            filter(&spec, &options.style, &mut input.lock(), &mut out)?;
            return Ok(Verdict::Fine);
        }
        for path in &self.files {
            let bytes = files::read(path)?;
            let name = path.display().to_string();
            let failed = |error| match error {
                ObjdumpError::Input(error) => Failure::from(error),
                ObjdumpError::Output(error) => Failure::from(error),
            };
            if self.reassemblable {
                if self.raw {
                    dump_source_raw(&spec, &bytes, self.xlen.bits(), &mut out)?;
                } else {
                    dump_source(&spec, &name, &bytes, &mut out).map_err(failed)?;
                }
                continue;
            }
            if self.raw {
                dump_raw(&spec, &name, &bytes, self.base, &options, &mut out)?;
                continue;
            }
            let source = |name: &str| std::fs::read_to_string(Path::new(name)).ok();
            dump(&spec, &name, &bytes, &options, &source, &mut out).map_err(failed)?;
        }
        out.flush()?;
        Ok(Verdict::Fine)
    }

    fn options(&self) -> ObjdumpOptions {
        let tables = self.file_headers || self.section_headers || self.syms || self.full_contents;
        let code = self.disassemble || self.source || self.line_numbers;
        let nothing_asked = !tables && !code && !self.disassemble_all && !self.reloc;
        ObjdumpOptions {
            style: DisasmOptions {
                xlen: self.xlen.bits(),
                aliases: !self.style.contains(&Style::NoAliases),
                numeric: self.style.contains(&Style::Numeric),
                ..DisasmOptions::default()
            },
            disassemble: if self.disassemble_all {
                Disassemble::All
            } else if code || nothing_asked {
                Disassemble::Code
            } else {
                Disassemble::Nothing
            },
            relocations: self.reloc || nothing_asked,
            line_numbers: self.line_numbers,
            source: self.source,
            raw_bytes: !self.no_show_raw_insn,
            zeroes: self.disassemble_zeroes,
            sections: self.sections.clone(),
            start: self.start_address,
            stop: self.stop_address,
            file_header: self.file_headers,
            section_headers: self.section_headers,
            symbols: self.syms,
            contents: self.full_contents,
        }
    }
}
