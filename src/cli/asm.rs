//! `zktr asm`: assembly to an ELF object, to a linked program, or to an image for a fixed address.

use super::{Failure, Global, Verdict, files, report};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use zktr_asm::link::LinkOptions;
use zktr_asm::{Constants, Dialect, FileSystem, Image, Object, Options, Spec, assemble_with};
use zktr_isa::span::Diagnostic;

/// Assemble a source file.
#[derive(Debug, Args)]
pub struct Asm {
    /// The source file.
    file: PathBuf,
    /// Where the result goes.
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["print_listing", "listing"])]
    output: Option<PathBuf>,
    /// Print a listing: addresses, words and estimated cycles beside the source, with what macros expand to.
    #[arg(short = 'a')]
    print_listing: bool,
    /// The same, to a file.
    #[arg(long, value_name = "FILE")]
    listing: Option<PathBuf>,
    /// Which line of the source code comes from is recorded, as DWARF.
    #[arg(short = 'g', long)]
    debug: bool,
    /// Width of the hart's registers; without it, what `--march` says, or 64.
    #[arg(long, value_name = "BITS")]
    xlen: Option<Xlen>,
    /// The extensions that may be used, as in `rv64imac_zba`; compressed forms are chosen where they are among them.
    /// Without it, all instructions are known, and none is compressed.
    #[arg(long, alias = "arch", value_name = "ISA")]
    march: Option<String>,
    /// The linker may shorten code.
    #[arg(long)]
    relax: bool,
    /// Addresses come from the global offset table.
    #[arg(long, alias = "fPIC")]
    pic: bool,
    /// `li` loads a constant by the shortest sequence that is found, not by that of GNU as.
    #[arg(long)]
    short_constants: bool,
    /// Whose bytes are made where GNU as and LLVM differ.
    #[arg(long, value_enum, default_value_t = DialectName::Gnu)]
    dialect: DialectName,
    /// A folder in which `.include` and `.incbin` look for files, after that of the source file.
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    directories: Vec<PathBuf>,
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

/// The assemblers that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DialectName {
    /// As GNU as.
    Gnu,
    /// As LLVM's assembler.
    Llvm,
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
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let source = files::read_assembly(&self.file)?;
        let narrow = |march: &str| march.to_ascii_lowercase().starts_with("rv32");
        let xlen = match (self.xlen, self.march.as_deref()) {
            (Some(xlen), _) => xlen,
            (None, Some(march)) if narrow(march) => Xlen::Rv32,
            _ => Xlen::Rv64,
        };
        let options = Options {
            xlen: xlen.bits(),
            arch: self.march.clone(),
            relax: self.relax,
            pic: self.pic,
            debug: self.debug,
            listing: self.print_listing || self.listing.is_some(),
            dialect: match self.dialect {
                DialectName::Gnu => Dialect::Gnu,
                DialectName::Llvm => Dialect::Llvm,
            },
            constants: if self.short_constants {
                Constants::Shortest
            } else {
                Constants::AsGnu
            },
            ..Options::default()
        };
        let files = FileSystem {
            directories: self.directories.clone(),
        };
        let object = assemble_with(&spec, &source, &options, &files)?;
        if let Some(path) = &self.output {
            self.write(&spec, &object, path)?;
        }
        if self.print_listing {
            zktr_asm::listing(&spec, &object, out)?;
        }
        if let Some(path) = &self.listing {
            let mut text = Vec::new();
            zktr_asm::listing(&spec, &object, &mut text)?;
            files::write(path, &text)?;
        }
        report(&object.warnings, global.message_format);
        Ok(Verdict::Fine)
    }

    /// Writes the file that is asked for.
    fn write(&self, spec: &Spec, object: &Object, path: &Path) -> Result<(), Failure> {
        let bytes = self.bytes(spec, object).map_err(|mut errors| {
            for error in errors.iter_mut().filter(|error| error.span.is_none()) {
                error.message = format!("{}: {}", object.source.name, error.message);
            }
            errors
        })?;
        if self.link {
            files::write_program(path, &bytes)
        } else {
            files::write(path, &bytes)
        }
    }

    /// The bytes of that file.
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
