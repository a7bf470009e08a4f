//! Random programs of the base ISA that come to their end: for tests of cores, assemblers and disassemblers.
//!
//! What an instruction may do in a program follows from its meaning alone. Its jumps go forward, to an instruction of
//! the program or to its end; its accesses of memory are aligned and lie within [`REACH`] bytes of an address in one of the
//! registers [`BASES`], which no instruction writes. Instructions whose effect is not a function of registers and
//! memory, and indirect jumps, do not occur.

use super::sample::below;
use crate::algebra::{BinOp, Effect, Expr, ExprKind, OperandId, Semantics, Stmt, UnOp};
use crate::model::{Instruction, Operand, OperandKind};
use crate::spec::Spec;

/// Registers that hold addresses: the one that compressed instructions imply, and one that they can name.
pub const BASES: [u8; 2] = [2, 8];

/// Accesses are at least this far below a base, in bytes, and end at most this far above it.
pub const REACH: i64 = 2048;

/// A base is a multiple of this.
pub const BASE_ALIGN: i64 = 16;

/// Draws of operands before another instruction is tried.
const TRIES: usize = 8;

/// A program: where it is loaded makes a difference only to what reads the program counter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// The words, one after another.
    pub code: Vec<u8>,
    /// Each instruction's offset in the code, its index in the spec, and the values of its operands.
    pub instructions: Vec<(usize, usize, Vec<i64>)>,
}

/// Draws programs for one kind of hart.
#[derive(Debug, Clone)]
pub struct Programs<'a> {
    spec: &'a Spec,
    shapes: Vec<Shape>,
}

/// An instruction that may occur.
#[derive(Debug, Clone)]
struct Shape {
    instruction: usize,
    /// The operand that is added to the program counter.
    target: Option<OperandId>,
    /// Where it accesses memory.
    access: Option<Place>,
}

/// An address: a register, and perhaps a number that is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    base: OperandId,
    offset: Option<OperandId>,
    /// The widest access.
    bytes: i64,
}

impl Spec {
    /// A generator of programs for harts of this width with these extensions.
    ///
    /// ```
    /// let spec = zktr_isa::Spec::builtin();
    /// let programs = spec.programs(32, &["I", "M"]);
    /// let mut state = 1u64;
    /// let program = programs.sample(100, &mut || {
    ///     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    ///     state
    /// });
    /// assert_eq!(program.instructions.len(), 100);
    /// assert_eq!(program.code.len(), 400);
    /// ```
    #[must_use]
    pub fn programs(&self, xlen: u8, extensions: &[&str]) -> Programs<'_> {
        let shapes = self.instructions.iter().enumerate();
        let shapes = shapes
            .filter(|(_, instruction)| {
                instruction.xlen.contains(&xlen)
                    && extensions.contains(&instruction.extension.as_str())
            })
            .filter_map(|(index, instruction)| shape(index, instruction))
            .collect();
        Programs { spec: self, shapes }
    }
}

impl Programs<'_> {
    /// The instructions that occur, as indices into [`Spec::instructions`].
    pub fn instructions(&self) -> impl Iterator<Item = usize> {
        self.shapes.iter().map(|shape| shape.instruction)
    }

    /// A program of this many instructions, from random 64-bit numbers; it is shorter if there is no instruction at
    /// all that can stand at its end.
    pub fn sample(&self, length: usize, random: &mut impl FnMut() -> u64) -> Program {
        let mut drawn: Vec<(&Shape, Vec<i64>)> = Vec::with_capacity(length);
        let mut tries = length.saturating_mul(TRIES);
        while drawn.len() < length && tries > 0 {
            tries -= 1;
            let shape = self.shapes.get(pick(random, self.shapes.len()));
            let values = shape.and_then(|shape| Some((shape, self.values(shape, random)?)));
            drawn.extend(values);
        }
        let mut starts = vec![0];
        for (shape, _) in &drawn {
            let length = self.spec.instructions[shape.instruction].length;
            starts.push(starts[starts.len() - 1] + usize::from(length));
        }
        let mut program = Program::default();
        for (number, (shape, mut values)) in drawn.into_iter().enumerate() {
            if let Some(target) = shape.target {
                let to = (number + 1 + pick(random, 6)).min(starts.len() - 1);
                // The next instruction is in the reach of every jump.
                let allowed = self.operand(shape, target).allowed();
                let distance = |to: usize| (starts[to] - starts[number]) as i64;
                let reached = allowed.contains(distance(to));
                values[target.0 as usize] = distance(if reached { to } else { number + 1 });
            }
            let Ok(word) = self.spec.encode(shape.instruction, &values) else {
                // What is excluded as a distance: nothing that the built-in instructions do.
                return program;
            };
            let length = self.spec.instructions[shape.instruction].length;
            let bytes = word.to_le_bytes();
            program.code.extend(&bytes[..usize::from(length)]);
            let at = starts[number];
            program.instructions.push((at, shape.instruction, values));
        }
        program
    }

    fn operand(&self, shape: &Shape, operand: OperandId) -> &Operand {
        &self.spec.instructions[shape.instruction].operands[operand.0 as usize]
    }

    /// Values for all operands but a jump's distance.
    fn values(&self, shape: &Shape, random: &mut impl FnMut() -> u64) -> Option<Vec<i64>> {
        let instruction = &self.spec.instructions[shape.instruction];
        for _ in 0..TRIES {
            let mut values = instruction.sample(random);
            if let Some(place) = shape.access {
                self.aim(shape, place, &mut values, random)?;
            }
            let mut operands = instruction.operands.iter().zip(&values);
            if !operands.any(|(operand, value)| spoils_base(operand, *value)) {
                return Some(values);
            }
        }
        None
    }

    /// Gives an access a base and an offset in reach.
    fn aim(
        &self,
        shape: &Shape,
        place: Place,
        values: &mut [i64],
        random: &mut impl FnMut() -> u64,
    ) -> Option<()> {
        let allowed = self.operand(shape, place.base).allowed();
        let bases: Vec<i64> = BASES.iter().map(|base| i64::from(*base)).collect();
        let bases: Vec<i64> = bases.into_iter().filter(|b| allowed.contains(*b)).collect();
        values[place.base.0 as usize] = *bases.get(pick(random, bases.len()))?;
        if let Some(offset) = place.offset {
            let allowed = self.operand(shape, offset).allowed();
            let drawn = values[offset.0 as usize].clamp(-REACH, REACH - place.bytes);
            let aligned = drawn - drawn.rem_euclid(place.bytes);
            values[offset.0 as usize] = allowed.contains(aligned).then_some(aligned)?;
        }
        Some(())
    }
}

/// True if an operand with this value is a base that is written.
fn spoils_base(operand: &Operand, value: i64) -> bool {
    let written = matches!(operand.kind, OperandKind::Gpr { write: true, .. });
    written && BASES.iter().any(|base| i64::from(*base) == value)
}

/// What an instruction does to memory and the program counter; none if it may not occur.
fn shape(index: usize, instruction: &Instruction) -> Option<Shape> {
    let [mode] = &instruction.modes[..] else {
        return None;
    };
    let always_spoils = |operand: &Operand| {
        operand
            .fixed
            .is_some_and(|value| spoils_base(operand, value))
    };
    if instruction.is_bulk() || instruction.operands.iter().any(always_spoils) {
        return None;
    }
    let mut found = Found::default();
    mode.semantics.statements(&mut |stmt| found.statement(stmt));
    mode.semantics.terms(&mut |term| found.term(term));
    if found.unknown {
        return None;
    }
    let target = match (jump(&mode.semantics, instruction), found.jumps) {
        (target, false) | (target @ Some(_), true) => target,
        (None, true) => return None,
    };
    let mut access: Option<Place> = None;
    for (addr, bytes) in found.places {
        let (base, offset) = address(addr)?;
        let place = Place {
            base,
            offset,
            bytes: access.map_or(bytes, |other| other.bytes.max(bytes)),
        };
        let other = access.replace(place).unwrap_or(place);
        if (other.base, other.offset) != (base, offset) {
            return None;
        }
    }
    Some(Shape {
        instruction: index,
        target,
        access,
    })
}

/// What a meaning mentions.
#[derive(Default)]
struct Found<'a> {
    jumps: bool,
    /// Something that is no function of registers and memory.
    unknown: bool,
    /// Addresses, and how many bytes are accessed there.
    places: Vec<(&'a Expr, i64)>,
}

impl<'a> Found<'a> {
    fn statement(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::SetPc(_) => self.jumps = true,
            Stmt::StoreMem { addr, bytes, .. } => self.places.push((addr, i64::from(*bytes))),
            Stmt::SetCsr { .. } | Stmt::Store { .. } | Stmt::Accumulate { .. } => {
                self.unknown = true;
            }
            Stmt::Effect(Effect::Fence | Effect::Reserve(_) | Effect::Unreserve) => {}
            Stmt::Effect(_) => self.unknown = true,
            _ => {}
        }
    }

    fn term(&mut self, term: &'a Expr) {
        match &term.kind {
            ExprKind::Mem { addr, bytes } => self.places.push((addr, i64::from(*bytes))),
            ExprKind::Csr(_)
            | ExprKind::Wait(_)
            | ExprKind::Random(_)
            | ExprKind::View { .. }
            | ExprKind::Status(_) => self.unknown = true,
            _ => {}
        }
    }
}

/// The distance, if all that is written to the program counter is its sum with one operand.
fn jump(semantics: &Semantics, instruction: &Instruction) -> Option<OperandId> {
    let mut targets = Vec::new();
    semantics.statements(&mut |stmt| {
        if let Stmt::SetPc(value) = stmt {
            targets.push(match &value.kind {
                ExprKind::Binary(BinOp::Add, a, b) => match (&a.kind, &b.kind) {
                    (ExprKind::Pc, ExprKind::Operand(id)) => Some(*id),
                    _ => None,
                },
                _ => None,
            });
        }
    });
    let target = (*targets.first()?)?;
    let operand = instruction.operands.get(target.0 as usize)?;
    let relative = matches!(
        operand.kind,
        OperandKind::Imm {
            pc_relative: true,
            ..
        }
    );
    (relative && targets.iter().all(|other| *other == Some(target))).then_some(target)
}

/// A register, or its sum with an operand.
fn address(addr: &Expr) -> Option<(OperandId, Option<OperandId>)> {
    match &addr.kind {
        ExprKind::Operand(base) => Some((*base, None)),
        ExprKind::Binary(BinOp::Add, a, b) => match (&a.kind, &b.kind) {
            (ExprKind::Operand(base), ExprKind::Operand(offset)) => Some((*base, Some(*offset))),
            _ => None,
        },
        ExprKind::Unary(UnOp::Zext, inner) => address(inner),
        _ => None,
    }
}

/// A position in a list of this length.
fn pick(random: &mut impl FnMut() -> u64, length: usize) -> usize {
    below(random, length as u64) as usize
}
