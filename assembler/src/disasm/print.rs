//! The text of one instruction.
//!
//! Everything that does not depend on the word is prepared once for the spec: which alias stands for an
//! instruction, the mnemonic with its tab, and what kind of text each operand is. Printing then only appends.

use super::DisasmOptions;
use zktr_isa::Spec;
use zktr_isa::model::{
    Alias, AliasPiece, AliasValue, Instruction, Operand, OperandKind, Registers, SyntaxPiece,
};

/// How the targets of branches and jumps are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Targets {
    /// `0x1040`
    Address,
    /// `1040`, as GNU objdump has it; no assembler reads that as an address.
    Plain,
    /// `. + 16`
    Distance,
}

/// The text of an operand list and its mnemonic.
struct Form {
    /// With a tab, if operands follow.
    mnemonic: String,
    pieces: Vec<Piece>,
}

/// A piece of an operand list.
enum Piece {
    Punct(char),
    /// Operand of the instruction, by index.
    Operand(usize),
}

/// An alias that may be printed instead of an instruction.
struct AliasForm<'s> {
    bindings: &'s [AliasValue],
    form: Form,
}

/// What is printed for an instruction.
struct Entry<'s> {
    form: Form,
    operands: Vec<OperandText>,
    aliases: Vec<AliasForm<'s>>,
    /// The instruction to be printed instead, and where its operands come from.
    expansion: Option<(usize, &'s [AliasValue])>,
    /// The pseudo-instruction that a compressed one is named after, as `c.mv` after `mv`, with its own operands.
    short: Option<Form>,
}

/// How an operand is printed.
#[derive(Clone, Copy)]
enum OperandText {
    Register,
    FloatRegister,
    Target,
    Decimal,
    Hexadecimal,
    Csr,
    FenceSet,
}

/// A text in the place of an operand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replaced<'t> {
    /// Index of the operand.
    pub operand: usize,
    /// What is printed for it.
    pub text: &'t str,
    /// Pseudo-instructions may be printed, whatever the operand's value is.
    pub aliases: bool,
}

/// How operands are written.
#[derive(Clone, Copy)]
struct Writing<'t> {
    /// Address of the instruction.
    address: u64,
    targets: Targets,
    replaced: Option<Replaced<'t>>,
}

/// Prints instructions of a spec.
pub(crate) struct Printer<'s> {
    spec: &'s Spec,
    xlen: u8,
    entries: Vec<Entry<'s>>,
    registers: Vec<String>,
    float_registers: Vec<String>,
}

impl<'s> Printer<'s> {
    pub fn new(spec: &'s Spec, options: &DisasmOptions) -> Self {
        let mut entries: Vec<Entry<'s>> = spec
            .instructions
            .iter()
            .map(|instruction| Entry {
                form: instruction_form(instruction),
                operands: instruction.operands.iter().map(operand_text).collect(),
                aliases: Vec::new(),
                expansion: instruction
                    .expands
                    .as_ref()
                    .filter(|_| options.expand)
                    .map(|e| (e.target, e.bindings.as_slice())),
                short: instruction
                    .name
                    .split_once('.')
                    .map(|(_, name)| name)
                    .filter(|name| {
                        instruction.expands.is_some()
                            && spec.instruction(name).is_none()
                            && !spec.aliases_named(name).is_empty()
                    })
                    .map(|name| Form::new(name, instruction_form(instruction).pieces)),
            })
            .collect();
        for alias in spec
            .aliases
            .iter()
            .filter(|a| a.preferred && options.aliases)
        {
            if let Some(entry) = entries.get_mut(alias.target) {
                entry.aliases.push(AliasForm {
                    bindings: &alias.bindings,
                    form: alias_form(alias),
                });
            }
        }
        let all = |file: &Registers| {
            (0..file.abi.len() as i64)
                .map(|number| file.name(number, options.numeric))
                .collect()
        };
        let registers = all(&spec.registers);
        let float_registers = all(&spec.float_registers);
        Self {
            spec,
            xlen: options.xlen,
            entries,
            registers,
            float_registers,
        }
    }

    /// Appends an instruction; the address that its text names.
    pub fn instruction(
        &self,
        out: &mut String,
        index: usize,
        values: &[i64],
        address: u64,
        targets: Targets,
    ) -> Option<u64> {
        let entry = self.entries.get(index)?;
        let writing = Writing {
            address,
            targets,
            replaced: None,
        };
        let Some((target, bindings)) = entry.expansion else {
            return self.entry(out, entry, values, writing);
        };
        let mut expanded = [0; zktr_isa::MAX_OPERANDS];
        for (value, binding) in expanded.iter_mut().zip(bindings) {
            *value = match *binding {
                AliasValue::Operand(slot) => values.get(slot).copied().unwrap_or(0),
                AliasValue::Fixed(fixed) => fixed,
            };
        }
        let target = self.entries.get(target)?;
        let expanded = expanded.get(..bindings.len()).unwrap_or_default();
        match &entry.short {
            Some(short) if !target.aliases.iter().any(|a| fits(a.bindings, expanded)) => {
                self.form(out, entry, short, values, writing)
            }
            _ => self.entry(out, target, expanded, writing),
        }
    }

    fn entry(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        values: &[i64],
        writing: Writing<'_>,
    ) -> Option<u64> {
        let alias = entry.aliases.iter().find(|a| fits(a.bindings, values));
        let form = alias.map_or(&entry.form, |alias| &alias.form);
        self.form(out, entry, form, values, writing)
    }

    /// Appends an instruction with a text in the place of one operand.
    pub fn replaced(&self, out: &mut String, index: usize, values: &[i64], with: Replaced<'_>) {
        let Some(entry) = self.entries.get(index) else {
            return;
        };
        let mut aliases = entry.aliases.iter().filter(|_| with.aliases);
        let form = aliases
            .find(|a| fits(a.bindings, values) && a.form.shows(with.operand))
            .map_or(&entry.form, |alias| &alias.form);
        let writing = Writing {
            address: 0,
            targets: Targets::Distance,
            replaced: Some(with),
        };
        self.form(out, entry, form, values, writing);
    }

    fn form(
        &self,
        out: &mut String,
        entry: &Entry<'_>,
        form: &Form,
        values: &[i64],
        writing: Writing<'_>,
    ) -> Option<u64> {
        let Writing {
            address,
            targets,
            replaced,
        } = writing;
        out.push_str(&form.mnemonic);
        let mut named = None;
        for piece in &form.pieces {
            match *piece {
                Piece::Punct(mark) => out.push(mark),
                Piece::Operand(id) => {
                    if let Some(with) = replaced.filter(|with| with.operand == id) {
                        out.push_str(with.text);
                        continue;
                    }
                    if let (Some(&text), Some(&value)) = (entry.operands.get(id), values.get(id)) {
                        named = self.operand(out, text, value, address, targets).or(named);
                    }
                }
            }
        }
        named
    }

    /// Appends an operand; the address that it stands for, if it does.
    fn operand(
        &self,
        out: &mut String,
        text: OperandText,
        value: i64,
        address: u64,
        targets: Targets,
    ) -> Option<u64> {
        match text {
            OperandText::Register => match usize::try_from(value).map(|i| self.registers.get(i)) {
                Ok(Some(name)) => out.push_str(name),
                _ => out.push_str(&self.spec.registers.name(value, true)),
            },
            OperandText::FloatRegister => {
                match usize::try_from(value).map(|i| self.float_registers.get(i)) {
                    Ok(Some(name)) => out.push_str(name),
                    _ => out.push_str(&self.spec.float_registers.name(value, true)),
                }
            }
            OperandText::Target => {
                let target = address.wrapping_add(value as u64);
                let target = if self.xlen == 32 {
                    u64::from(target as u32)
                } else {
                    target
                };
                match targets {
                    Targets::Distance => {
                        out.push_str(if value < 0 { ". - " } else { ". + " });
                        decimal(out, value.unsigned_abs());
                    }
                    Targets::Address => {
                        out.push_str("0x");
                        hex(out, target, 0);
                    }
                    Targets::Plain => hex(out, target, 0),
                }
                return Some(target);
            }
            OperandText::Decimal => {
                if value < 0 {
                    out.push('-');
                }
                decimal(out, value.unsigned_abs());
            }
            OperandText::Csr => {
                let number = u16::try_from(value).ok();
                match number.and_then(|n| self.spec.csr_by_number(n)) {
                    Some(csr) => out.push_str(&csr.name),
                    None => {
                        out.push_str("0x");
                        hex(out, value as u64, 0);
                    }
                }
            }
            OperandText::Hexadecimal => {
                out.push_str("0x");
                hex(out, value as u64, 0);
            }
            OperandText::FenceSet if value & 15 == 0 => out.push('0'),
            OperandText::FenceSet => {
                for (bit, letter) in [(8, 'i'), (4, 'o'), (2, 'r'), (1, 'w')] {
                    if value & bit != 0 {
                        out.push(letter);
                    }
                }
            }
        }
        None
    }
}

/// Appends a number in hexadecimal, with at least this many digits, and at least one.
pub(crate) fn hex(out: &mut String, value: u64, digits: usize) {
    let needed = (16 - value.leading_zeros() as usize / 4).max(1);
    for i in (0..needed.max(digits.min(16))).rev() {
        let digit = (value >> (4 * i) & 15) as u8;
        out.push(char::from(if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        }));
    }
}

/// Appends a number in decimal.
fn decimal(out: &mut String, value: u64) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), value);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

/// Does an alias with these bindings stand for these operands?
fn fits(bindings: &[AliasValue], values: &[i64]) -> bool {
    let mut slots = [None; 16];
    bindings
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

fn instruction_form(instruction: &Instruction) -> Form {
    let pieces = instruction.syntax.iter().map(|piece| match *piece {
        SyntaxPiece::Punct(mark) => Piece::Punct(mark),
        SyntaxPiece::Operand(id) => Piece::Operand(id.0 as usize),
    });
    Form::new(&instruction.name, pieces.collect())
}

/// The alias' operands are those of its target that are bound to them.
fn alias_form(alias: &Alias) -> Form {
    let pieces = alias.syntax.iter().map(|piece| match *piece {
        AliasPiece::Punct(mark) => Piece::Punct(mark),
        AliasPiece::Operand(slot) => {
            let bound = |binding: &AliasValue| *binding == AliasValue::Operand(slot);
            let id = alias.bindings.iter().position(bound);
            Piece::Operand(id.unwrap_or(usize::MAX))
        }
    });
    Form::new(&alias.name, pieces.collect())
}

impl Form {
    fn new(name: &str, pieces: Vec<Piece>) -> Self {
        let tab = if pieces.is_empty() { "" } else { "\t" };
        Self {
            mnemonic: format!("{name}{tab}"),
            pieces,
        }
    }

    /// Is this operand among what is printed?
    fn shows(&self, operand: usize) -> bool {
        let shown = |piece: &Piece| matches!(piece, Piece::Operand(id) if *id == operand);
        self.pieces.iter().any(shown)
    }
}

fn operand_text(operand: &Operand) -> OperandText {
    match operand.kind {
        OperandKind::Gpr { .. } => OperandText::Register,
        OperandKind::Fpr { .. } => OperandText::FloatRegister,
        OperandKind::Imm {
            pc_relative: true, ..
        } => OperandText::Target,
        OperandKind::Imm { signed: true, .. } if operand.modulo.is_none() => OperandText::Decimal,
        OperandKind::Imm { .. } => OperandText::Hexadecimal,
        OperandKind::Csr => OperandText::Csr,
        OperandKind::FenceSet => OperandText::FenceSet,
    }
}
