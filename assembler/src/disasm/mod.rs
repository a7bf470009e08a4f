//! Disassembly of bytes: one line for each instruction, in the syntax that the assembler reads.

mod descriptor;
mod explain;
mod print;

pub(crate) use descriptor::DescriptorOf;
pub use explain::explain;
pub(crate) use print::{Printer, Replaced, Targets, hex};

use zktr_isa::{DecodeError, Decoded, Spec};

/// How to print instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisasmOptions {
    /// 32 or 64.
    pub xlen: u8,
    /// Print pseudo-instructions where they fit: `mv a0,a1` for `addi a0,a1,0`.
    pub aliases: bool,
    /// Print registers by number: `x10` for `a0`.
    pub numeric: bool,
    /// Print the targets of branches and jumps as distances, `. + 16`, so that the text means the same at
    /// any address. Otherwise they are addresses.
    pub relative: bool,
    /// Print compressed instructions as what they stand for: `addi a0,a0,1` for `c.addi a0,1`. Such a text does not
    /// say how long the instruction is.
    pub expand: bool,
}

impl Default for DisasmOptions {
    /// RV64 with aliases, ABI names and addresses; compressed instructions by their own names.
    fn default() -> Self {
        Self {
            xlen: 64,
            aliases: true,
            numeric: false,
            relative: false,
            expand: false,
        }
    }
}

/// An instruction, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its address.
    pub address: u64,
    /// Its bytes, as a little-endian number.
    pub word: u64,
    /// Number of bytes.
    pub length: u8,
    /// Mnemonic, and operands behind a tab.
    pub text: String,
    /// The address to which it jumps or branches, if it names one.
    pub target: Option<u64>,
    /// Index of the instruction in the spec; none if the word is unknown.
    pub instruction: Option<usize>,
}

/// Disassembles bytes that begin at an address.
pub fn disassemble(spec: &Spec, bytes: &[u8], address: u64, options: &DisasmOptions) -> Vec<Line> {
    Disassembler::new(spec, options)
        .lines(bytes, address)
        .collect()
}

/// The lines as text, in the style of objdump.
pub fn render(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        let start = out.len();
        hex(&mut out, line.address, 0);
        let width = out.len() - start;
        (width..8).for_each(|_| out.insert(start, ' '));
        out.push_str(":\t");
        let digits = 2 * usize::from(line.length);
        hex(&mut out, line.word, digits);
        (digits..16).for_each(|_| out.push(' '));
        out.push('\t');
        out.push_str(&line.text);
        out.push('\n');
    }
    out
}

/// What is at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// The bytes, as a little-endian number.
    pub word: u64,
    /// Number of bytes.
    pub length: u8,
    /// The address that the text names.
    pub target: Option<u64>,
    /// The instruction with its operands.
    pub decoded: Option<Decoded>,
}

impl Found {
    /// Index of the instruction in the spec.
    pub fn instruction(&self) -> Option<usize> {
        Some(self.decoded?.instruction)
    }
}

/// Decodes and prints.
pub(crate) struct Disassembler<'s> {
    spec: &'s Spec,
    xlen: u8,
    printer: Printer<'s>,
    targets: Targets,
}

impl<'s> Disassembler<'s> {
    pub fn new(spec: &'s Spec, options: &DisasmOptions) -> Self {
        let targets = if options.relative {
            Targets::Distance
        } else {
            Targets::Address
        };
        Self::with_targets(spec, options, targets)
    }

    /// With another way to print targets than the options say.
    pub fn with_targets(spec: &'s Spec, options: &DisasmOptions, targets: Targets) -> Self {
        Self {
            spec,
            xlen: options.xlen,
            printer: Printer::new(spec, options),
            targets,
        }
    }

    /// The spec that it decodes with.
    pub fn spec(&self) -> &'s Spec {
        self.spec
    }

    /// One line after the other until the bytes end.
    pub fn lines(&self, mut bytes: &[u8], mut address: u64) -> impl Iterator<Item = Line> {
        std::iter::from_fn(move || {
            let mut text = String::new();
            let found = self.print(&mut text, bytes, address)?;
            let line = Line {
                address,
                word: found.word,
                length: found.length,
                text,
                target: found.target,
                instruction: found.instruction(),
            };
            bytes = bytes.get(usize::from(line.length)..).unwrap_or_default();
            address = address.wrapping_add(line.length.into());
            Some(line)
        })
    }

    /// Appends the text of an instruction with something else in the place of an operand.
    pub fn print_replaced(
        &self,
        out: &mut String,
        instruction: usize,
        values: &[i64],
        with: Replaced<'_>,
    ) {
        self.printer.replaced(out, instruction, values, with);
    }

    /// Appends the text of the instruction at the start of the bytes; none if there are none.
    pub fn print(&self, out: &mut String, bytes: &[u8], address: u64) -> Option<Found> {
        let first = *bytes.first()?;
        match self.spec.decode_bytes(bytes, self.xlen) {
            Ok(decoded) => {
                let target = self.printer.instruction(
                    out,
                    decoded.instruction,
                    decoded.values(),
                    address,
                    self.targets,
                );
                Some(Found {
                    word: number(bytes, decoded.length)?,
                    length: decoded.length,
                    target,
                    decoded: Some(decoded),
                })
            }
            Err(error) => {
                let whole = match error {
                    DecodeError::Unknown { length, .. } => {
                        number(bytes, length).map(|word| (word, length))
                    }
                    DecodeError::Exhausted { .. } => None,
                };
                let (word, length) = match whole {
                    Some((word, length)) => {
                        out.push_str(".insn\t");
                        out.push(char::from(b'0' + length % 10));
                        out.push_str(", 0x");
                        hex(out, word, 2 * usize::from(length));
                        (word, length)
                    }
                    None => {
                        out.push_str(".byte\t0x");
                        hex(out, first.into(), 2);
                        (first.into(), 1)
                    }
                };
                Some(Found {
                    word,
                    length,
                    target: None,
                    decoded: None,
                })
            }
        }
    }
}

/// The first bytes as a little-endian number; none if there are not as many.
fn number(bytes: &[u8], length: u8) -> Option<u64> {
    let mut word = [0; 8];
    let length = usize::from(length).min(8);
    word[..length].copy_from_slice(bytes.get(..length)?);
    Some(u64::from_le_bytes(word))
}
