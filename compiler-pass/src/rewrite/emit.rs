//! Emits the arithmetic of a plan: values at the entry of the region, polynomials, comparisons.
//!
//! What has been computed once is used again, so blocks must be filled in an order in which each one
//! dominates the next.

use super::error::RewriteError;
use super::guards::Check;
use super::poly::Terms;
use super::region::Shape;
use crate::plan::{Address, BufferId, Poly, Word};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I64, I128};
use cranelift_codegen::ir::{
    Block, Endianness, Function, Inst, InstBuilder, InstructionData, MemFlagsData, Opcode,
    SourceLoc, StackSlot, Type, Value, ValueDef,
};
use std::cmp::Ordering;
use std::collections::HashMap;

/// How many instructions of the region may be cloned in front of it.
const CLONE_LIMIT: usize = 512;

/// Flags of an access to scratch memory or a descriptor: in the frame, aligned, little-endian.
pub(super) fn frame_flags() -> MemFlagsData {
    MemFlagsData::trusted().with_endianness(Endianness::Little)
}

/// Emits at a position that moves forward.
pub(super) struct Emitter<'f> {
    /// Where the next instruction goes.
    pub pos: FuncCursor<'f>,
    shape: &'f Shape,
    /// The entry block of the region.
    region: Block,
    slots: &'f [StackSlot],
    /// Values of the region, and what they are at its entry.
    entry: HashMap<Value, Value>,
    clones: usize,
    constants: HashMap<(Type, u64), Value>,
    monomials: HashMap<(Type, Vec<Value>, u128), Value>,
}

impl<'f> Emitter<'f> {
    /// An emitter for the code in front of a region, whose buffers are `slots`.
    /// `entry` says what the parameters of the region's entry block are there.
    pub fn new(
        func: &'f mut Function,
        location: SourceLoc,
        shape: &'f Shape,
        region: Block,
        slots: &'f [StackSlot],
        entry: HashMap<Value, Value>,
    ) -> Self {
        Self {
            pos: FuncCursor::new(func).with_srcloc(location),
            shape,
            region,
            slots,
            entry,
            clones: 0,
            constants: HashMap::new(),
            monomials: HashMap::new(),
        }
    }

    /// An integer constant.
    pub fn constant(&mut self, ty: Type, value: u64) -> Value {
        let pos = &mut self.pos;
        *self
            .constants
            .entry((ty, value))
            .or_insert_with(|| pos.ins().iconst(ty, value.cast_signed()))
    }

    /// What a value is at the entry of the region.
    pub fn value(&mut self, value: Value) -> Result<Value, RewriteError> {
        let root = self.pos.func.dfg.resolve_aliases(value);
        // Depth first without recursion: a value stays on the stack until its operands are there.
        let mut stack = vec![root];
        let mut steps = 0;
        while let Some(&top) = stack.last() {
            steps += 1;
            if steps > 4 * CLONE_LIMIT || self.clones > CLONE_LIMIT {
                return Err(RewriteError::Limit(
                    "instructions to compute in front of the region",
                ));
            }
            let Some(inst) = self.to_clone(top)? else {
                stack.pop();
                continue;
            };
            let operands: Vec<Value> = self.pos.func.dfg.inst_args(inst).to_vec();
            let before = stack.len();
            for operand in operands {
                let operand = self.pos.func.dfg.resolve_aliases(operand);
                if self.to_clone(operand)?.is_some() {
                    stack.push(operand);
                }
            }
            if stack.len() == before {
                self.clone(inst);
                stack.pop();
            }
        }
        Ok(self.at_entry(root))
    }

    /// The instruction that has to be cloned for a value, if it is not available yet.
    fn to_clone(&self, value: Value) -> Result<Option<Inst>, RewriteError> {
        if self.entry.contains_key(&value) {
            return Ok(None);
        }
        let func = &self.pos.func;
        let not_available = |problem| Err(RewriteError::NotAvailable { value, problem });
        let (block, inst) = match func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => (func.layout.inst_block(inst), Some(inst)),
            ValueDef::Param(block, _) => (Some(block), None),
            ValueDef::Union(..) => (None, None),
        };
        let Some(block) = block else {
            return not_available("nothing in the function defines it");
        };
        if !self.shape.blocks.contains(&block) {
            let dominators = &self.shape.dominators;
            return if dominators.is_reachable(block)
                && dominators.block_dominates(block, self.region)
            {
                Ok(None)
            } else {
                not_available("its definition does not dominate the region")
            };
        }
        match inst {
            Some(inst) if is_movable(func, inst) => Ok(Some(inst)),
            Some(_) => not_available("its instruction cannot be moved in front of the region"),
            None => not_available("it is a parameter of an inner block"),
        }
    }

    fn clone(&mut self, inst: Inst) {
        self.clones += 1;
        let dfg = &mut self.pos.func.dfg;
        let copy = dfg.clone_inst(inst);
        let operands: Vec<Value> = dfg
            .inst_args(copy)
            .iter()
            .map(|&v| dfg.resolve_aliases(v))
            .collect();
        let operands: Vec<Value> = operands
            .into_iter()
            .map(|value| self.at_entry(value))
            .collect();
        let dfg = &mut self.pos.func.dfg;
        dfg.inst_args_mut(copy).copy_from_slice(&operands);
        let results = dfg
            .inst_results(inst)
            .iter()
            .copied()
            .zip(dfg.inst_results(copy).iter().copied());
        self.entry.extend(results);
        self.pos.insert_inst(copy);
    }

    fn at_entry(&self, value: Value) -> Value {
        self.entry.get(&value).copied().unwrap_or(value)
    }

    /// A word of this type.
    pub fn word(&mut self, word: &Word, ty: Type) -> Result<Value, RewriteError> {
        let value = match word {
            Word::Const(word) => return Ok(self.constant(ty, *word)),
            Word::Value(value) => self.value(*value)?,
            Word::Memory { address, load } => {
                let address = self.modular(address, I64)?;
                let dfg = &self.pos.func.dfg;
                let flags = dfg.insts[*load]
                    .memflags()
                    .map(|flags| dfg.mem_flags[flags]);
                let flags = flags.unwrap_or_else(MemFlagsData::new);
                return Ok(self.pos.ins().load(ty, flags, address, 0));
            }
        };
        let from = self.pos.func.dfg.value_type(value);
        if !from.is_int() || from.bits() > 64 {
            return Err(RewriteError::Type {
                value,
                purpose: "a word",
            });
        }
        Ok(match from.bits().cmp(&ty.bits()) {
            Ordering::Equal => value,
            Ordering::Greater => self.pos.ins().ireduce(ty, value),
            Ordering::Less => self.pos.ins().uextend(ty, value),
        })
    }

    /// A polynomial, modulo the width of an integer type of at most 64 bits.
    pub fn modular(&mut self, poly: &Poly, ty: Type) -> Result<Value, RewriteError> {
        let terms = Terms::modular(self.pos.func, poly);
        if let Some(same) = terms.as_value()
            && self.pos.func.dfg.value_type(same) == ty
        {
            return self.value(same);
        }
        if let Some(constant) = terms.as_constant() {
            return Ok(self.constant(ty, truncate(constant) & (u64::MAX >> (64 - ty.bits()))));
        }
        let wide = self.terms(&terms, I64)?;
        Ok(if ty == I64 {
            wide
        } else {
            self.pos.ins().ireduce(ty, wide)
        })
    }

    /// What `output`, a value of the region, is if it is this polynomial.
    pub fn output(&mut self, poly: &Poly, output: Value) -> Result<Value, RewriteError> {
        let ty = self.pos.func.dfg.value_type(output);
        if ty.is_int() && ty.bits() <= 64 {
            return self.modular(poly, ty);
        }
        // A value of any other type can only be a value.
        match Terms::modular(self.pos.func, poly).as_value() {
            Some(same) if self.pos.func.dfg.value_type(same) == ty => self.value(same),
            _ => Err(RewriteError::Type {
                value: output,
                purpose: "an integer polynomial",
            }),
        }
    }

    /// An address.
    pub fn address(&mut self, address: &Address) -> Result<Value, RewriteError> {
        match address {
            Address::Poly(poly) => self.modular(poly, I64),
            Address::Buffer(id, offset) => self.buffer(*id, *offset),
        }
    }

    /// A place in scratch memory.
    pub fn buffer(&mut self, id: BufferId, offset: u32) -> Result<Value, RewriteError> {
        let wrong = |problem| RewriteError::Buffer {
            buffer: id.0,
            problem,
        };
        let slot = self
            .slots
            .get(id.0)
            .ok_or_else(|| wrong("does not exist"))?;
        let offset = i32::try_from(offset).map_err(|_| wrong("is used beyond its end"))?;
        Ok(self.pos.ins().stack_addr(I64, *slot, offset))
    }

    /// True (as an `i8`) if the comparison holds.
    pub fn check(&mut self, check: &Check) -> Result<Value, RewriteError> {
        let ty = if check.bits == 64 { I64 } else { I128 };
        // The polynomial less its lower bound, so that one unsigned comparison decides.
        let mut shifted = check.terms.clone();
        let constant = shifted.constant().wrapping_sub(check.lo);
        shifted.0.remove(&[][..]);
        if constant != 0 {
            shifted.0.insert(Vec::new(), constant);
        }
        let value = self.terms(&shifted, ty)?;
        let width = self.wide_constant(ty, check.hi.wrapping_sub(check.lo).cast_unsigned());
        let condition = if check.lo == check.hi {
            IntCC::Equal
        } else {
            IntCC::UnsignedLessThanOrEqual
        };
        Ok(self.pos.ins().icmp(condition, value, width))
    }

    /// A polynomial modulo 2^64 (`I64`) or 2^128 (`I128`).
    fn terms(&mut self, terms: &Terms, ty: Type) -> Result<Value, RewriteError> {
        let mut sum = None;
        // Positive terms first: then a difference takes no negation.
        for positive in [true, false] {
            for (factors, coefficient) in terms.monomials() {
                if (coefficient > 0) != positive {
                    continue;
                }
                let term = self.monomial(factors, coefficient.unsigned_abs(), ty)?;
                sum = Some(match (sum, positive) {
                    (None, true) => term,
                    (None, false) => self.pos.ins().ineg(term),
                    (Some(sum), true) => self.pos.ins().iadd(sum, term),
                    (Some(sum), false) => self.pos.ins().isub(sum, term),
                });
            }
        }
        let constant = terms.constant();
        Ok(match sum {
            None => self.wide_constant(ty, constant.cast_unsigned()),
            Some(sum) if constant == 0 => sum,
            Some(sum) => {
                let constant = self.wide_constant(ty, constant.cast_unsigned());
                self.pos.ins().iadd(sum, constant)
            }
        })
    }

    fn monomial(
        &mut self,
        factors: &[Value],
        coefficient: u128,
        ty: Type,
    ) -> Result<Value, RewriteError> {
        let key = (ty, factors.to_vec(), coefficient);
        if let Some(&value) = self.monomials.get(&key) {
            return Ok(value);
        }
        let value = if coefficient == 1 {
            self.product(factors, ty)?
        } else {
            let product = self.monomial(factors, 1, ty)?;
            if coefficient.is_power_of_two() && coefficient.trailing_zeros() < ty.bits() {
                let amount = self.constant(I64, u64::from(coefficient.trailing_zeros()));
                self.pos.ins().ishl(product, amount)
            } else {
                let coefficient = self.wide_constant(ty, coefficient);
                self.pos.ins().imul(product, coefficient)
            }
        };
        self.monomials.insert(key, value);
        Ok(value)
    }

    fn product(&mut self, factors: &[Value], ty: Type) -> Result<Value, RewriteError> {
        match factors {
            [] => Ok(self.wide_constant(ty, 1)),
            &[factor] => {
                let value = self.value(factor)?;
                let from = self.pos.func.dfg.value_type(value);
                if !from.is_int() || from.bits() > 64 {
                    return Err(RewriteError::Type {
                        value: factor,
                        purpose: "an integer polynomial",
                    });
                }
                Ok(if from == ty {
                    value
                } else {
                    self.pos.ins().uextend(ty, value)
                })
            }
            [rest @ .., last] => {
                // Plans have few factors: a product that long is refused rather than followed.
                if rest.len() > 8 {
                    return Err(RewriteError::Limit("factors of a product"));
                }
                let rest = self.monomial(rest, 1, ty)?;
                let last = self.monomial(&[*last], 1, ty)?;
                Ok(self.pos.ins().imul(rest, last))
            }
        }
    }

    /// A constant modulo the width of `I64` or `I128`.
    fn wide_constant(&mut self, ty: Type, value: u128) -> Value {
        let low = self.constant(I64, truncate(value.cast_signed()));
        if ty == I64 {
            return low;
        }
        let high = self.constant(I64, truncate((value >> 64).cast_signed()));
        self.pos.ins().iconcat(low, high)
    }
}

/// The low 64 bits.
fn truncate(value: i128) -> u64 {
    (value.cast_unsigned() & u128::from(u64::MAX)) as u64
}

/// True if the instruction computes the same wherever its operands are available: it is pure, or
/// reads memory that never changes and is always there.
fn is_movable(func: &Function, inst: Inst) -> bool {
    let data = &func.dfg.insts[inst];
    let opcode = data.opcode();
    if opcode == Opcode::Load {
        return matches!(data, InstructionData::Load { .. })
            && data
                .memflags_data(&func.dfg)
                .is_some_and(|flags| flags.readonly() && flags.can_move() && flags.notrap());
    }
    !(opcode.can_load()
        || opcode.can_store()
        || opcode.can_trap()
        || opcode.is_call()
        || opcode.is_branch()
        || opcode.is_terminator()
        || opcode.is_return()
        || opcode.other_side_effects())
}
