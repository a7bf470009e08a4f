//! Instruction words and assembly: clauses of `instruction`, `encdec` and `assembly`.
//!
//! An immediate is all of its value, low zeros included, so that a branch's distance is one of bytes. Operands with one
//! value have no place in a word, and none in `instruction`.

use super::{Model, literal};
use crate::algebra::OperandId;
use crate::export::ident::Names;
use crate::export::text;
use crate::model::{BitSlice, Instruction, LayoutContent, Operand, OperandKind, SyntaxPiece};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The operands of an instruction in Sail.
pub(super) struct Operands<'a> {
    instruction: &'a Instruction,
    /// By operand; also those that have one value.
    pub(super) names: Vec<String>,
}

impl<'a> Operands<'a> {
    pub(super) fn new(instruction: &'a Instruction) -> Self {
        let mut names = Names::new(super::KEYWORDS);
        let names = instruction.operands.iter().map(|o| names.unique(&o.name));
        Self {
            instruction,
            names: names.collect(),
        }
    }

    /// Those that a word holds, with their indices.
    fn written(&self) -> impl Iterator<Item = (usize, &'a Operand)> {
        let operands = self.instruction.operands.iter().enumerate();
        operands.filter(|(_, operand)| operand.fixed.is_none())
    }

    /// A constructor with these arguments, by operand.
    fn applied(&self, constructor: &str, argument: impl Fn(usize, &Operand) -> String) -> String {
        let arguments: Vec<String> = self.written().map(|(i, o)| argument(i, o)).collect();
        format!("{constructor}({})", arguments.join(", "))
    }

    /// The constructor with the names of the operands.
    pub(super) fn named(&self, constructor: &str) -> String {
        self.applied(constructor, |i, _| self.names[i].clone())
    }

    fn types(&self) -> String {
        let types: Vec<String> = self.written().map(|(_, o)| ty(o)).collect();
        match types.as_slice() {
            [] => "unit".to_owned(),
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        }
    }

    /// The name of the part of an operand that a slice holds; of one that is in one piece, the operand's.
    fn piece(&self, operand: usize, slice: &BitSlice) -> String {
        if is_whole(&self.instruction.operands[operand]) {
            return self.names[operand].clone();
        }
        let high = slice.value_lo + slice.len - 1;
        format!("{}_{high}_{}", self.names[operand], slice.value_lo)
    }

    /// An operand's value put together from its pieces, the highest bit first.
    fn joined(&self, index: usize) -> String {
        let operand = &self.instruction.operands[index];
        if is_whole(operand) {
            return self.names[index].clone();
        }
        let mut slices: Vec<&BitSlice> = operand.slices.iter().collect();
        slices.sort_by_key(|slice| std::cmp::Reverse(slice.value_lo));
        let mut parts = Vec::new();
        let mut below = width(operand);
        for slice in slices {
            let top = slice.value_lo + slice.len;
            if below > top {
                parts.push(literal(0, u32::from(below - top)));
            }
            parts.push(self.piece(index, slice));
            below = slice.value_lo;
        }
        if below > 0 {
            parts.push(literal(0, below.into()));
        }
        parts.join(" @ ")
    }
}

/// Bits of an operand's value.
pub(super) fn width(operand: &Operand) -> u8 {
    operand.width()
}

fn is_whole(operand: &Operand) -> bool {
    matches!(operand.slices.as_slice(), [slice] if slice.value_lo == 0)
}

fn ty(operand: &Operand) -> String {
    match operand.kind {
        OperandKind::Gpr {
            compressed: true, ..
        } => "cregidx".to_owned(),
        OperandKind::Gpr { .. } => "regidx".to_owned(),
        OperandKind::Fpr {
            compressed: true, ..
        } => "cfregidx".to_owned(),
        OperandKind::Fpr { .. } => "fregidx".to_owned(),
        OperandKind::Csr => "csreg".to_owned(),
        OperandKind::Imm { .. } | OperandKind::FenceSet => format!("bits({})", width(operand)),
    }
}

/// The constructor and the bits of a register number.
fn register(operand: &Operand) -> Option<(&'static str, &'static str)> {
    match operand.kind {
        OperandKind::Gpr {
            compressed: true, ..
        } => Some(("Cregidx", "encdec_creg")),
        OperandKind::Gpr { .. } => Some(("Regidx", "encdec_reg")),
        OperandKind::Fpr {
            compressed: true, ..
        } => Some(("Cfregidx", "encdec_cfreg")),
        OperandKind::Fpr { .. } => Some(("Fregidx", "encdec_freg")),
        _ => None,
    }
}

impl Model<'_> {
    /// Mappings for the ways in which operands are written that sail-riscv has no names for.
    pub(super) fn spellings(&self, out: &mut String) {
        let p = self.prefix;
        let instructions = self.part.instructions.iter();
        let operands = instructions.flat_map(|entry| &entry.instruction.operands);
        let mut sets = false;
        let mut modulo = BTreeSet::new();
        for operand in operands.filter(|operand| operand.fixed.is_none()) {
            sets |= operand.kind == OperandKind::FenceSet;
            modulo.extend(operand.modulo.map(|bits| (width(operand), bits)));
        }
        if sets {
            let rows: Vec<String> = (0..16u8)
                .map(|set| {
                    format!(
                        "  {} <-> {}",
                        literal(set.into(), 4),
                        text::quoted(&fence_set(set))
                    )
                })
                .collect();
            let _ = writeln!(
                out,
                "\n// Sets of accesses.\nmapping {p}_fence_set : bits(4) <-> string = {{\n{}\n}}",
                rows.join(",\n")
            );
        }
        for (from, to) in modulo {
            let name = format!("{p}_modulo_{from}_{to}");
            let top = from - 1;
            let _ = writeln!(
                out,
                "\n// A signed value of {from} bits that is written modulo 2^{to}.\n\
                 val {name} : bits({from}) <-> bits({to})\n\
                 function {name}_forwards(value) = sail_sign_extend(value, {to})\n\
                 function {name}_forwards_matches(_) = true\n\
                 function {name}_backwards(value) = value[{top} .. 0]\n\
                 function {name}_backwards_matches(value) = sail_sign_extend(value[{top} .. 0], {to}) == value"
            );
        }
    }

    pub(super) fn encoding(&self, out: &mut String, index: usize) {
        let instruction = self.part.instructions[index].instruction;
        let constructor = &self.constructors[index];
        let operands = Operands::new(instruction);
        let _ = writeln!(
            out,
            "union clause instruction = {constructor} : {}\n",
            operands.types()
        );
        let pattern = operands.applied(constructor, |i, operand| {
            let joined = operands.joined(i);
            match register(operand) {
                Some((newtype, _)) if !is_whole(operand) => format!("{newtype}({joined})"),
                _ => joined,
            }
        });
        let mapping = if instruction.length == 2 {
            "encdec_compressed"
        } else {
            "encdec"
        };
        let guard = self.guard(instruction, &operands);
        let _ = writeln!(
            out,
            "mapping clause {mapping} = {pattern}\n  if {guard}\n  <-> {}\n  if {guard}\n",
            word(instruction, &operands),
        );
        let _ = writeln!(
            out,
            "mapping clause assembly = {}\n  <-> {}\n",
            operands.named(constructor),
            self.syntax(instruction, &operands)
        );
    }

    /// When a word is this instruction.
    fn guard(&self, instruction: &Instruction, operands: &Operands<'_>) -> String {
        let mut out = match self.extensions.get(instruction.extension.as_str()) {
            Some(extension) => vec![format!("currentlyEnabled({extension})")],
            None => Vec::new(),
        };
        if let [only] = instruction.xlen.as_slice() {
            out.push(format!("xlen == {only}"));
        }
        for (index, operand) in operands.written() {
            let anything = Operand {
                exclude: Vec::new(),
                ..operand.clone()
            };
            for &excluded in operand.exclude.iter().filter(|&&v| anything.accepts(v)) {
                let bits = literal(stored(operand, excluded), width(operand).into());
                let joined = operands.joined(index);
                let value = match register(operand) {
                    Some((_, encoding)) if is_whole(operand) => format!("{encoding}({joined})"),
                    _ if is_whole(operand) => joined,
                    _ => format!("({joined})"),
                };
                out.push(format!("{value} != {bits}"));
            }
        }
        if out.is_empty() {
            "true".to_owned()
        } else {
            out.join(" & ")
        }
    }

    fn syntax(&self, instruction: &Instruction, operands: &Operands<'_>) -> String {
        let mut out = vec![text::quoted(&instruction.name)];
        if !instruction.syntax.is_empty() {
            out.push("spc()".to_owned());
        }
        for piece in &instruction.syntax {
            out.push(match piece {
                SyntaxPiece::Punct(',') => "sep()".to_owned(),
                SyntaxPiece::Punct(sign) => text::quoted(&sign.to_string()),
                SyntaxPiece::Operand(OperandId(id)) => {
                    self.written(instruction, operands, *id as usize)
                }
            });
        }
        out.join(" ^ ")
    }

    /// How an operand is written.
    fn written(&self, instruction: &Instruction, operands: &Operands<'_>, index: usize) -> String {
        let operand = &instruction.operands[index];
        let name = &operands.names[index];
        if let Some(value) = operand.fixed {
            let register = operand.kind.register();
            let file = register.map(|register| self.part.spec.register_file(register.file));
            return text::quoted(&match file {
                Some(registers) => registers.name(value, false),
                None => value.to_string(),
            });
        }
        let width = width(operand);
        match operand.kind {
            OperandKind::Gpr {
                compressed: true, ..
            } => format!("creg_name({name})"),
            OperandKind::Gpr { .. } => format!("reg_name({name})"),
            OperandKind::Fpr {
                compressed: true, ..
            } => format!("cfreg_name({name})"),
            OperandKind::Fpr { .. } => format!("freg_name({name})"),
            OperandKind::Csr => format!("csr_name_map({name})"),
            OperandKind::FenceSet => format!("{}_fence_set({name})", self.prefix),
            OperandKind::Imm { signed, .. } => match operand.modulo {
                Some(bits) => format!(
                    "hex_bits_{bits}({}_modulo_{width}_{bits}({name}))",
                    self.prefix
                ),
                None if signed => format!("hex_bits_signed_{width}({name})"),
                None => format!("hex_bits_{width}({name})"),
            },
        }
    }
}

/// The bits of a value in the width of the operand.
fn stored(operand: &Operand, value: i64) -> i128 {
    match operand.kind.is_compressed() {
        true => i128::from(value) - 8,
        false => i128::from(value),
    }
}

/// The word, from its highest bit down.
fn word(instruction: &Instruction, operands: &Operands<'_>) -> String {
    let parts = instruction.layout.iter().map(|field| match field.content {
        LayoutContent::Fixed(value) => {
            format!("0b{value:0width$b}", width = usize::from(field.len))
        }
        LayoutContent::Operand { operand, value_lo } => {
            let index = operand.0 as usize;
            let entry = &instruction.operands[index];
            let slice = BitSlice {
                word_lo: field.lo,
                len: field.len,
                value_lo,
            };
            let piece = operands.piece(index, &slice);
            match register(entry) {
                Some((_, encoding)) if is_whole(entry) => format!("{encoding}({piece})"),
                _ => format!("({piece} : bits({}))", field.len),
            }
        }
    });
    parts.collect::<Vec<_>>().join(" @ ")
}

/// The letters of a set of accesses; 0 for none.
fn fence_set(set: u8) -> String {
    let letters: String = "iorw"
        .chars()
        .zip((0..4).rev())
        .filter(|(_, bit)| set >> bit & 1 == 1)
        .map(|(letter, _)| letter)
        .collect();
    if letters.is_empty() {
        "0".to_owned()
    } else {
        letters
    }
}
