//! Programs from ELF files: linked executables, and relocatable objects that are linked here.
//!
//! Files are not trusted: whatever they contain, the result is an image within the given limit, or
//! errors that name file, section and offset.

mod executable;
mod link;
mod relocate;
mod symbols;

pub use symbols::Symbols;

use crate::memory::Permissions;
use object::{Architecture, Endianness, Object, ObjectKind};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// A range of memory of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Address of its first byte.
    pub addr: u64,
    /// Its first bytes; the others are zero.
    pub bytes: Vec<u8>,
    /// Its size in bytes.
    pub size: u64,
    /// What may be done with it.
    pub permissions: Permissions,
}

/// A program, ready to be put into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// XLEN of the hart that it is for.
    pub xlen: u8,
    /// Its memory.
    pub segments: Vec<Segment>,
    /// Its names.
    pub symbols: Symbols,
    /// Where it begins: an executable's entry, or the symbol `_start` of objects.
    pub entry: Option<u64>,
}

/// A file.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name for messages.
    pub name: &'a str,
    /// Contents.
    pub bytes: &'a [u8],
}

/// A parsed file.
pub(crate) struct File<'a> {
    name: &'a str,
    elf: object::File<'a>,
}

/// Loads one executable, or one or more relocatable objects, which are linked. The program has at
/// most `limit` bytes.
///
/// # Errors
/// All errors that were found; at most a hundred.
pub fn load(spec: &Spec, inputs: &[Input<'_>], limit: u64) -> Result<Image, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for input in inputs {
        match parse(*input) {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(first) = files.first() else {
        return Err(vec![Diagnostic::global("no file to load")]);
    };
    let xlen = xlen(first);
    if let Some(other) = files.iter().find(|file| self::xlen(file) != xlen) {
        let message = format!(
            "{} is for RV{xlen}, but {} is for RV{}",
            first.name,
            other.name,
            self::xlen(other)
        );
        return Err(vec![Diagnostic::global(message)]);
    }
    match &files[..] {
        [file] if file.elf.kind() == ObjectKind::Executable => {
            executable::load(file, xlen, limit).map_err(|error| vec![error])
        }
        _ => link::link(spec, &files, xlen, limit),
    }
}

fn parse(input: Input<'_>) -> Result<File<'_>, Diagnostic> {
    let name = input.name;
    let error = |what: &str| Diagnostic::global(format!("{name}: {what}"));
    let elf = match object::File::parse(input.bytes) {
        Ok(elf) => elf,
        Err(why) => return Err(error(&format!("not an object file: {why}"))),
    };
    let riscv = matches!(
        elf.architecture(),
        Architecture::Riscv32 | Architecture::Riscv64
    );
    if elf.format() != object::BinaryFormat::Elf || !riscv || elf.endianness() != Endianness::Little
    {
        let help = "compile it for riscv64 or riscv32";
        return Err(error("not an ELF file for little-endian RISC-V").help(help));
    }
    match elf.kind() {
        ObjectKind::Executable | ObjectKind::Relocatable => Ok(File { name, elf }),
        _ => Err(
            error("neither a static executable nor a relocatable object")
                .help("link it with `-static -no-pie`, or give the object files themselves"),
        ),
    }
}

fn xlen(file: &File<'_>) -> u8 {
    if file.elf.architecture() == Architecture::Riscv32 {
        32
    } else {
        64
    }
}
