//! `zktr asm`: assembly to an ELF object, to a linked program, or to an image for a fixed address.

use super::{Failure, Global, Verdict, files, report};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use zktr_asm::link::LinkOptions;
use zktr_asm::{Image, Object, Options, Spec, assemble};
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
    /// A static executable, of this source alone.
    #[arg(long, visible_alias = "static", conflicts_with_all = ["flat", "format"])]
    link: bool,
    /// The symbol that an executable begins at.
    #[arg(
        long,
        value_name = "SYMBOL",
        default_value = "_start",
        requires = "link"
    )]
    entry: String,
    /// Not an ELF object, but the bytes of the program for this address: `--format bin --base BASE`.
    #[arg(long, value_name = "BASE", value_parser = super::integer, conflicts_with_all = ["format", "base"])]
    flat: Option<u64>,
    /// An image of the whole program instead of an ELF object.
    #[arg(long, value_name = "FORMAT")]
    format: Option<ImageFormat>,
    /// Address of an image (0), or of an executable's first section (0x10000).
    #[arg(long, value_name = "ADDRESS", value_parser = super::integer)]
    base: Option<u64>,
    /// Bytes of a memory word, for `--format verilog`.
    #[arg(long, value_name = "BYTES", default_value = "4", requires = "format")]
    word: usize,
}

/// Formats of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ImageFormat {
    /// The bytes.
    Bin,
    /// Intel HEX.
    Ihex,
    /// Words for `$readmemh`.
    Verilog,
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
        let bytes = self.bytes(&spec, &object).map_err(|mut errors| {
            for error in errors.iter_mut().filter(|error| error.span.is_none()) {
                error.message = format!("{}: {}", source.name, error.message);
            }
            errors
        })?;
        if self.link {
            files::write_program(&self.output, &bytes)?;
        } else {
            files::write(&self.output, &bytes)?;
        }
        report(&object.warnings, global.message_format);
        Ok(Verdict::Fine)
    }

    /// The file that is asked for.
    fn bytes(&self, spec: &Spec, object: &Object) -> Result<Vec<u8>, Vec<Diagnostic>> {
        if self.link {
            let defaults = LinkOptions::default();
            let options = LinkOptions {
                base: self.base.unwrap_or(defaults.base),
                entry: self.entry.clone(),
            };
            let program = object.link(spec, &options)?;
            return program.write_elf().map_err(|error| vec![error]);
        }
        let format = self.format.or(self.flat.map(|_| ImageFormat::Bin));
        let Some(format) = format else {
            return object.write_elf().map_err(|error| vec![error]);
        };
        let address = self.flat.or(self.base).unwrap_or(0);
        let bytes = object.flat(spec, address)?;
        let image = Image { address, bytes };
        let text = match format {
            ImageFormat::Bin => return Ok(image.bytes),
            ImageFormat::Ihex => image.intel_hex(),
            ImageFormat::Verilog => image.readmemh(self.word),
        };
        text.map(String::into_bytes)
            .map_err(|message| vec![Diagnostic::global(message)])
    }
}
