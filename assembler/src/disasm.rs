//! Disassembly of bytes: one line for each instruction, in the syntax that the assembler reads.

use std::fmt::Write;
use zktr_isa::model::{
    Alias, AliasPiece, AliasValue, Instruction, LayoutContent, Operand, OperandKind, SyntaxPiece,
};
use zktr_isa::{DecodeError, Spec};

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
}

impl Default for DisasmOptions {
    /// RV64 with aliases, ABI names and addresses.
    fn default() -> Self {
        Self {
            xlen: 64,
            aliases: true,
            numeric: false,
            relative: false,
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
        write_line(&mut out, line, "");
    }
    out
}

/// Appends a line as text, with something behind it.
pub(crate) fn write_line(out: &mut String, line: &Line, suffix: &str) {
    let digits = 2 * usize::from(line.length);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{:>8x}:\t{:<16}\t{}{suffix}",
        line.address,
        format!("{:0digits$x}", line.word),
        line.text
    );
}

/// What printing needs, prepared once.
pub(crate) struct Disassembler<'s> {
    spec: &'s Spec,
    options: &'s DisasmOptions,
    /// For each instruction, the aliases that may be printed instead.
    aliases: Vec<Vec<&'s Alias>>,
}

impl<'s> Disassembler<'s> {
    pub fn new(spec: &'s Spec, options: &'s DisasmOptions) -> Self {
        let mut aliases = vec![Vec::new(); spec.instructions.len()];
        for alias in spec
            .aliases
            .iter()
            .filter(|a| a.preferred && options.aliases)
        {
            aliases[alias.target].push(alias);
        }
        Self {
            spec,
            options,
            aliases,
        }
    }

    /// One line after the other until the bytes end.
    pub fn lines(&self, mut bytes: &[u8], mut address: u64) -> impl Iterator<Item = Line> {
        std::iter::from_fn(move || {
            let line = self.line(bytes, address)?;
            bytes = bytes.get(usize::from(line.length)..).unwrap_or_default();
            address = address.wrapping_add(line.length.into());
            Some(line)
        })
    }

    /// The line at the start of the bytes; none if there are none.
    fn line(&self, bytes: &[u8], address: u64) -> Option<Line> {
        let first = *bytes.first()?;
        let number = |length: u8| {
            let mut word = [0; 8];
            let length = usize::from(length).min(8);
            word[..length].copy_from_slice(bytes.get(..length)?);
            Some(u64::from_le_bytes(word))
        };
        match self.spec.decode_bytes(bytes, self.options.xlen) {
            Ok(decoded) => {
                let word = number(decoded.length)?;
                let (text, target) =
                    self.instruction(decoded.instruction, decoded.values(), address);
                let instruction = Some(decoded.instruction);
                Some(Line {
                    address,
                    word,
                    length: decoded.length,
                    text,
                    target,
                    instruction,
                })
            }
            Err(error) => {
                let (text, word, length) = match error {
                    DecodeError::Unknown { length, .. } => match number(length) {
                        Some(word) => {
                            let digits = 2 * usize::from(length) + 2;
                            (format!(".insn\t{length}, {word:#0digits$x}"), word, length)
                        }
                        None => (format!(".byte\t{first:#04x}"), first.into(), 1),
                    },
                    DecodeError::Exhausted { .. } => {
                        (format!(".byte\t{first:#04x}"), first.into(), 1)
                    }
                };
                Some(Line {
                    address,
                    word,
                    length,
                    text,
                    target: None,
                    instruction: None,
                })
            }
        }
    }

    /// The text of an instruction, and the address that it names.
    fn instruction(&self, index: usize, values: &[i64], address: u64) -> (String, Option<u64>) {
        let instruction = &self.spec.instructions[index];
        let mut target = None;
        let mut operand_text = |out: &mut String, id: usize| {
            if let (Some(operand), Some(&value)) = (instruction.operands.get(id), values.get(id)) {
                target = self.operand(out, operand, value, address).or(target);
            }
        };
        let alias = self.aliases[index].iter().find(|alias| fits(alias, values));
        let mut out;
        match alias {
            Some(alias) => {
                out = alias.name.clone();
                for (i, piece) in alias.syntax.iter().enumerate() {
                    out.push_str(if i == 0 { "\t" } else { "" });
                    match *piece {
                        AliasPiece::Punct(mark) => out.push(mark),
                        AliasPiece::Operand(slot) => {
                            let id = alias
                                .bindings
                                .iter()
                                .position(|b| *b == AliasValue::Operand(slot));
                            operand_text(&mut out, id.unwrap_or(usize::MAX));
                        }
                    }
                }
            }
            None => {
                out = instruction.name.clone();
                for (i, piece) in instruction.syntax.iter().enumerate() {
                    out.push_str(if i == 0 { "\t" } else { "" });
                    match *piece {
                        SyntaxPiece::Punct(mark) => out.push(mark),
                        SyntaxPiece::Operand(id) => operand_text(&mut out, id.0 as usize),
                    }
                }
            }
        }
        (out, target)
    }

    /// Appends an operand; the address that it stands for, if it does.
    fn operand(
        &self,
        out: &mut String,
        operand: &Operand,
        value: i64,
        address: u64,
    ) -> Option<u64> {
        // Writing to a string cannot fail.
        let _ = match operand.kind {
            OperandKind::Gpr { .. } => {
                out.push_str(&register(self.spec, value, self.options.numeric));
                Ok(())
            }
            OperandKind::Imm {
                pc_relative: true, ..
            } => {
                let target = address.wrapping_add(value as u64);
                let target = if self.options.xlen == 32 {
                    u64::from(target as u32)
                } else {
                    target
                };
                let _ = match (self.options.relative, value < 0) {
                    (true, false) => write!(out, ". + {value}"),
                    (true, true) => write!(out, ". - {}", value.unsigned_abs()),
                    (false, _) => write!(out, "{target:#x}"),
                };
                return Some(target);
            }
            OperandKind::Imm { signed: true, .. } if operand.modulo.is_none() => {
                write!(out, "{value}")
            }
            OperandKind::Imm { .. } => write!(out, "{value:#x}"),
            OperandKind::Csr => match u16::try_from(value)
                .ok()
                .and_then(|n| self.spec.csr_by_number(n))
            {
                Some(csr) => write!(out, "{}", csr.name),
                None => write!(out, "{value:#x}"),
            },
            OperandKind::FenceSet if value & 15 == 0 => write!(out, "0"),
            OperandKind::FenceSet => {
                out.extend(
                    "iorw"
                        .chars()
                        .enumerate()
                        .filter(|(i, _)| value & (8 >> i) != 0)
                        .map(|x| x.1),
                );
                Ok(())
            }
        };
        None
    }
}

/// Does the alias stand for these operands?
fn fits(alias: &Alias, values: &[i64]) -> bool {
    let mut slots = [None; 16];
    alias
        .bindings
        .iter()
        .zip(values)
        .all(|(binding, &value)| match *binding {
            AliasValue::Fixed(fixed) => fixed == value,
            AliasValue::Operand(slot) => match slots.get_mut(slot) {
                Some(known) => *known.get_or_insert(value) == value,
                None => false,
            },
        })
}

/// The name of a register.
fn register(spec: &Spec, number: i64, numeric: bool) -> String {
    let abi = usize::try_from(number)
        .ok()
        .and_then(|i| spec.registers.abi.get(i));
    match abi {
        Some(name) if !numeric => name.clone(),
        _ => format!("{}{number}", spec.registers.prefix),
    }
}

/// What each bit of a word means: the instruction, then its fields from the highest bit down.
pub fn explain(spec: &Spec, word: u32, xlen: u8) -> String {
    let options = DisasmOptions {
        xlen,
        relative: true,
        ..DisasmOptions::default()
    };
    let bytes = word.to_le_bytes();
    let mut out = String::new();
    let lines = Disassembler::new(spec, &options);
    let Some(line) = lines.line(&bytes, 0) else {
        return out;
    };
    // Writing to a string cannot fail.
    let digits = 2 * usize::from(line.length) + 2;
    let _ = writeln!(
        out,
        "{:#0digits$x}  {}",
        line.word,
        line.text.replace('\t', " ")
    );
    let (Some(index), Ok(decoded)) = (line.instruction, spec.decode(word, xlen)) else {
        let _ = writeln!(out, "no instruction of RV{xlen} has this word");
        return out;
    };
    let instruction = &spec.instructions[index];
    let _ = writeln!(
        out,
        "{}: {} (extension {}, format {})",
        instruction.name, instruction.title, instruction.extension, instruction.format
    );
    for field in &instruction.layout {
        let (high, low) = (field.lo + field.len.max(1) - 1, field.lo);
        let bits = u64::from(word) >> low & ((1u64 << field.len) - 1);
        let range = if high == low {
            format!("{low}")
        } else {
            format!("{high}:{low}")
        };
        let meaning = explain_field(
            spec,
            instruction,
            decoded.values(),
            field.content,
            field.len,
            &field.name,
        );
        let width = usize::from(field.len);
        let _ = writeln!(
            out,
            "  {range:>5}  {:<20}  {meaning}",
            format!("{bits:0width$b}")
        );
    }
    out
}

fn explain_field(
    spec: &Spec,
    instruction: &Instruction,
    values: &[i64],
    content: LayoutContent,
    len: u8,
    name: &str,
) -> String {
    match content {
        LayoutContent::Fixed(value) => format!("{name} = {value:#x}"),
        LayoutContent::Operand { operand, value_lo } => {
            let id = operand.0 as usize;
            let (Some(operand), Some(&value)) = (instruction.operands.get(id), values.get(id))
            else {
                return name.to_owned();
            };
            match operand.kind {
                OperandKind::Gpr { .. } => {
                    format!(
                        "{name} = {} ({})",
                        register(spec, value, false),
                        register(spec, value, true)
                    )
                }
                _ if operand.slices.len() == 1 && value_lo == 0 => format!("{name} = {value}"),
                _ => {
                    let high = value_lo + len.max(1) - 1;
                    let part = if high == value_lo {
                        format!("{high}")
                    } else {
                        format!("{high}:{value_lo}")
                    };
                    format!("{name}[{part}] of {name} = {value}")
                }
            }
        }
    }
}
