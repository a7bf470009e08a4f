//! The evaluator of the trace algebra: a walk over the term as it is written.
//!
//! It serves bulk instructions and scalar ones alike; an [`Environment`] says what operands, views,
//! CSRs and memory are. Evaluation only reads: the environment collects what is written. Words are
//! non-negative integers below 2^N, counts and indices are integers that are checked for overflow,
//! field elements are canonical. Each iteration of a loop costs one step of the allowance.

use super::arithmetic::{Arithmetic, Element};
use crate::memory::Fault;
use zktr_isa::algebra::{
    BinOp, Effect, Expr, ExprKind, FieldId, Kind, OperandId, ReduceOp, Semantics, Stmt, Type, UnOp,
    VarId, Width,
};

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A word that is read as a field element is not a canonical residue.
    Residue,
    /// The inverse of zero.
    Inverse,
    /// The allowance is used up, or an integer has become too large.
    Work,
    /// A memory access failed.
    Fault(Fault),
    /// A CSR with this number does not exist, or cannot be written.
    Csr(u16),
    /// A refusal of the meaning, with this status.
    Refused(u64),
    /// The status of this ticket is not known yet.
    Wait(u64),
    /// The term uses something that this kind of instruction does not have.
    Unsupported(&'static str),
}

/// What a term refers to.
pub(crate) trait Environment {
    /// XLEN.
    fn xlen(&self) -> u8;
    /// Bits of the words of the descriptor's format.
    fn cell_bits(&self) -> u32;
    /// The arithmetic of the descriptor's format.
    fn arithmetic(&self) -> Result<&Arithmetic, Stop>;
    /// Value of an operand: a register's content, or an immediate as a word of XLEN bits.
    fn operand(&self, operand: OperandId) -> Result<u64, Stop>;
    /// Number of the register that an operand names.
    fn register_number(&self, operand: OperandId) -> Result<u64, Stop>;
    /// Address of this instruction, or of the next one.
    fn pc(&self, next: bool) -> Result<u64, Stop>;
    /// The CSR that this operand names.
    fn csr(&self, operand: OperandId) -> Result<u64, Stop>;
    /// Code of a status.
    fn status(&self, name: &str) -> Result<u64, Stop>;
    /// A scalar field of the descriptor.
    fn field(&self, field: FieldId) -> Result<Value, Stop>;
    /// How far the element with this index in this dimension is from the one with index 0: bytes, modulo 2^64.
    fn distance(&self, view: FieldId, dim: usize, index: i128) -> Result<u64, Stop>;
    /// The element this far from the view's first one.
    fn element(&self, view: FieldId, distance: u64) -> Result<Value, Stop>;
    /// The same of a view of field elements. `to` is anything before, and after an error.
    fn felt(&self, view: FieldId, distance: u64, to: &mut Element) -> Result<(), Stop>;
    /// `bytes` bytes of memory.
    fn load(&self, addr: u64, bytes: u8) -> Result<u64, Stop>;
    /// True if a reservation on this address holds.
    fn reserved(&self, addr: u64) -> Result<bool, Stop>;
    /// The final status of the operation with this ticket.
    fn wait(&self, ticket: u64) -> Result<u64, Stop>;

    /// A fresh random element.
    fn random(&mut self, kind: Kind) -> Result<Element, Stop>;
    /// An element of a view gets a value.
    fn set_element(&mut self, view: FieldId, distance: u64, value: Value) -> Result<(), Stop>;
    /// A value is added to what an element of a view has now.
    fn add_to_element(&mut self, view: FieldId, distance: u64, value: Value) -> Result<(), Stop>;
    /// Anything else gets one, or happens.
    fn write(&mut self, write: Write) -> Result<(), Stop>;
}

/// What a scalar instruction does to the hart, in terms of its operands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Register(OperandId, u64),
    Pc(u64),
    Csr(OperandId, u64),
    Memory {
        addr: u64,
        bytes: u8,
        value: u64,
    },
    EnvironmentCall,
    Breakpoint,
    Fence,
    Reserve(u64),
    Unreserve,
    Illegal,
    /// Whether the instructions after this one are traced.
    Trace(bool),
    RunGuest,
}

/// A value of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Bool(bool),
    Int(i128),
    Bits(u128),
    Felt(Element),
}

/// Runs a meaning in an environment, with at most `steps` iterations of loops.
pub(crate) fn run<E: Environment>(
    semantics: &Semantics,
    environment: &mut E,
    steps: u64,
) -> Result<(), Stop> {
    Evaluator::new(semantics.vars.len(), environment, steps).statements(&semantics.body)
}

/// The value of a condition that binds no names.
pub(crate) fn condition<E: Environment>(
    term: &Expr,
    environment: &mut E,
    steps: u64,
) -> Result<bool, Stop> {
    Evaluator::new(0, environment, steps).boolean(term)
}

/// Number of bits of a width that does not depend on a format.
pub(crate) fn bits_of(width: Width, xlen: u8) -> Option<u32> {
    match width {
        Width::Fixed(bits) => Some(u32::from(bits)),
        Width::Xlen => Some(u32::from(xlen)),
        Width::TwiceXlen => Some(2 * u32::from(xlen)),
        Width::Cell => None,
    }
}

/// The low `bits` bits.
pub(crate) fn low(value: u128, bits: u32) -> u128 {
    if bits < 128 {
        value & ((1 << bits) - 1)
    } else {
        value
    }
}

/// A word as a signed number.
pub(crate) fn signed(value: u128, bits: u32) -> i128 {
    let unused = 128 - bits.clamp(1, 128);
    ((value << unused) as i128) >> unused
}

/// The result of an operation on words of this many bits; none for a comparison.
pub(crate) fn word_operation(op: BinOp, a: u128, b: u128, bits: u32) -> Option<u128> {
    let ones = low(u128::MAX, bits);
    let lowest = 1u128 << (bits - 1);
    let amount = (b % u128::from(bits)) as u32;
    let (sa, sb) = (signed(a, bits), signed(b, bits));
    let overflow = a == lowest && b == ones;
    let value = match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::DivU => a.checked_div(b).unwrap_or(ones),
        BinOp::RemU => a.checked_rem(b).unwrap_or(a),
        BinOp::DivS if b == 0 => ones,
        BinOp::DivS if overflow => a,
        BinOp::DivS => (sa / sb) as u128,
        BinOp::RemS if b == 0 => a,
        BinOp::RemS if overflow => 0,
        BinOp::RemS => (sa % sb) as u128,
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
        BinOp::Shl => a << amount,
        BinOp::ShrU => a >> amount,
        BinOp::ShrS => (sa >> amount) as u128,
        BinOp::RotR if amount == 0 => a,
        BinOp::RotR => a >> amount | a << (bits - amount),
        BinOp::MinU => a.min(b),
        BinOp::MaxU => a.max(b),
        BinOp::MinS => sa.min(sb) as u128,
        BinOp::MaxS => sa.max(sb) as u128,
        BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU | BinOp::LtS | BinOp::LeS => return None,
    };
    Some(low(value, bits))
}

/// The result of a comparison of words; none for other operations.
pub(crate) fn word_comparison(op: BinOp, a: u128, b: u128, bits: u32) -> Option<bool> {
    let (sa, sb) = (signed(a, bits), signed(b, bits));
    Some(match op {
        BinOp::Eq => a == b,
        BinOp::Ne => a != b,
        BinOp::LtU => a < b,
        BinOp::LeU => a <= b,
        BinOp::LtS => sa < sb,
        BinOp::LeS => sa <= sb,
        _ => return None,
    })
}

/// The result of an operation on a word of this many bits that gives one of the same width.
pub(crate) fn word_unary(op: UnOp, a: u128, bits: u32) -> Option<u128> {
    let value = match op {
        UnOp::Neg => a.wrapping_neg(),
        UnOp::Not => !a,
        UnOp::Clz => u128::from(low(a, bits).leading_zeros() + bits - 128),
        UnOp::Ctz => u128::from(low(a, bits).trailing_zeros().min(bits)),
        UnOp::Popcount => u128::from(low(a, bits).count_ones()),
        UnOp::ByteReverse => low(a, bits).swap_bytes() >> (128 - bits),
        UnOp::OrCombine => u128::from_le_bytes(
            low(a, bits)
                .to_le_bytes()
                .map(|byte| if byte == 0 { 0 } else { 0xff }),
        ),
        UnOp::Inv
        | UnOp::ToFelt
        | UnOp::ToInt
        | UnOp::Sext
        | UnOp::Zext
        | UnOp::Trunc
        | UnOp::Reserved => {
            return None;
        }
    };
    Some(low(value, bits))
}

const ILL_TYPED: Stop = Stop::Unsupported("a term of this type");

/// A walk at some place: the names that are bound there, and the steps that are left.
pub(crate) struct Evaluator<'a, E> {
    environment: &'a mut E,
    vars: Vec<Value>,
    steps: u64,
    xlen: u8,
    cell: u32,
}

impl<'a, E: Environment> Evaluator<'a, E> {
    /// No name of `vars` has a value yet.
    pub(crate) fn new(vars: usize, environment: &'a mut E, steps: u64) -> Self {
        Self {
            vars: vec![Value::Int(0); vars],
            xlen: environment.xlen(),
            cell: environment.cell_bits(),
            environment,
            steps,
        }
    }

    /// What terms refer to.
    pub(crate) fn environment(&self) -> &E {
        self.environment
    }

    /// The steps that are left.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The value of a name.
    pub(crate) fn variable(&self, var: VarId) -> Result<Value, Stop> {
        self.vars.get(var.0 as usize).copied().ok_or(ILL_TYPED)
    }

    fn statements(&mut self, statements: &[Stmt]) -> Result<(), Stop> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt) -> Result<(), Stop> {
        match statement {
            Stmt::Let { var, value }
            | Stmt::Carry { var, init: value }
            | Stmt::Assign { var, value } => {
                let value = self.value(value)?;
                self.bind(*var, value)
            }
            Stmt::For { var, bound, body } => {
                let bound = self.int(bound)?;
                let mut i = 0;
                while i < bound {
                    self.step()?;
                    self.bind(*var, Value::Int(i))?;
                    self.statements(body)?;
                    i += 1;
                }
                Ok(())
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                let chosen = if self.boolean(cond)? { then } else { otherwise };
                self.statements(chosen)
            }
            Stmt::Store { view, index, value } => {
                let distance = self.distance(*view, index)?;
                let value = self.value(value)?;
                self.environment.set_element(*view, distance, value)
            }
            Stmt::Accumulate { view, index, value } => {
                let distance = self.distance(*view, index)?;
                let value = self.value(value)?;
                self.environment.add_to_element(*view, distance, value)
            }
            Stmt::Refuse { status, unless } => {
                if self.boolean(unless)? {
                    return Ok(());
                }
                Err(Stop::Refused(self.environment.status(status)?))
            }
            Stmt::SetReg { operand, value } => {
                let bits = match value.ty {
                    Type::Bits(width) => self.bits(width),
                    _ => u32::from(self.xlen),
                };
                let value = self.word(value, bits)? as u64;
                self.environment.write(Write::Register(*operand, value))
            }
            Stmt::SetPc(value) => {
                let value = self.xword(value)?;
                self.environment.write(Write::Pc(value))
            }
            Stmt::SetCsr { operand, value } => {
                let value = self.xword(value)?;
                self.environment.write(Write::Csr(*operand, value))
            }
            Stmt::StoreMem { addr, bytes, value } => {
                let addr = self.xword(addr)?;
                let value = self.word(value, 8 * u32::from(*bytes))? as u64;
                self.environment.write(Write::Memory {
                    addr,
                    bytes: *bytes,
                    value,
                })
            }
            Stmt::Effect(effect) => {
                let write = match effect {
                    Effect::EnvironmentCall => Write::EnvironmentCall,
                    Effect::Breakpoint => Write::Breakpoint,
                    Effect::Fence => Write::Fence,
                    Effect::Reserve(addr) => Write::Reserve(self.xword(addr)?),
                    Effect::Unreserve => Write::Unreserve,
                    Effect::Illegal => Write::Illegal,
                    Effect::Trace(on) => Write::Trace(*on),
                    Effect::RunGuest => Write::RunGuest,
                };
                self.environment.write(write)
            }
        }
    }

    pub(crate) fn bits(&self, width: Width) -> u32 {
        bits_of(width, self.xlen).unwrap_or(self.cell)
    }

    pub(crate) fn bind(&mut self, var: VarId, value: Value) -> Result<(), Stop> {
        *self.vars.get_mut(var.0 as usize).ok_or(ILL_TYPED)? = value;
        Ok(())
    }

    fn step(&mut self) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(1).ok_or(Stop::Work)?;
        Ok(())
    }

    pub(crate) fn value(&mut self, term: &Expr) -> Result<Value, Stop> {
        match term.ty {
            Type::Bool => self.boolean(term).map(Value::Bool),
            Type::Int => self.int(term).map(Value::Int),
            Type::Bits(width) => self.word(term, self.bits(width)).map(Value::Bits),
            Type::Felt(_) => self.felt(term).map(Value::Felt),
        }
    }

    /// The forms that are the same for all types.
    fn common(&mut self, term: &Expr) -> Result<Value, Stop> {
        match &term.kind {
            ExprKind::Var(var) => self.vars.get(var.0 as usize).copied().ok_or(ILL_TYPED),
            ExprKind::Field(field) => self.environment.field(*field),
            ExprKind::View { view, index } => {
                let distance = self.distance(*view, index)?;
                self.environment.element(*view, distance)
            }
            ExprKind::If(cond, then, otherwise) => {
                let chosen = if self.boolean(cond)? { then } else { otherwise };
                self.value(chosen)
            }
            _ => Err(ILL_TYPED),
        }
    }

    fn distance(&mut self, view: FieldId, index: &[Expr]) -> Result<u64, Stop> {
        let mut total = 0u64;
        for (dim, index) in index.iter().enumerate() {
            let index = self.int(index)?;
            total = total.wrapping_add(self.environment.distance(view, dim, index)?);
        }
        Ok(total)
    }

    pub(crate) fn boolean(&mut self, term: &Expr) -> Result<bool, Stop> {
        match &term.kind {
            ExprKind::Bool(value) => Ok(*value),
            ExprKind::Unary(UnOp::Not, a) => Ok(!self.boolean(a)?),
            ExprKind::Unary(UnOp::Reserved, addr) => {
                let addr = self.xword(addr)?;
                self.environment.reserved(addr)
            }
            ExprKind::Binary(op, a, b) => self.comparison(*op, a, b),
            _ => match self.common(term)? {
                Value::Bool(value) => Ok(value),
                _ => Err(ILL_TYPED),
            },
        }
    }

    fn comparison(&mut self, op: BinOp, a: &Expr, b: &Expr) -> Result<bool, Stop> {
        // A literal has the type of the other side.
        let ty = if a.ty == Type::Int { b.ty } else { a.ty };
        match ty {
            Type::Bool => {
                let (a, b) = (self.boolean(a)?, self.boolean(b)?);
                match op {
                    BinOp::And => Ok(a & b),
                    BinOp::Or => Ok(a | b),
                    BinOp::Xor | BinOp::Ne => Ok(a != b),
                    BinOp::Eq => Ok(a == b),
                    _ => Err(ILL_TYPED),
                }
            }
            Type::Int => {
                let (a, b) = (self.int(a)?, self.int(b)?);
                match op {
                    BinOp::Eq => Ok(a == b),
                    BinOp::Ne => Ok(a != b),
                    BinOp::LtU | BinOp::LtS => Ok(a < b),
                    BinOp::LeU | BinOp::LeS => Ok(a <= b),
                    _ => Err(ILL_TYPED),
                }
            }
            Type::Bits(width) => {
                let bits = self.bits(width);
                let (a, b) = (self.word(a, bits)?, self.word(b, bits)?);
                word_comparison(op, a, b, bits).ok_or(ILL_TYPED)
            }
            Type::Felt(_) => {
                let (a, b) = (self.felt(a)?, self.felt(b)?);
                match op {
                    BinOp::Eq => Ok(a == b),
                    BinOp::Ne => Ok(a != b),
                    _ => Err(ILL_TYPED),
                }
            }
        }
    }

    pub(crate) fn int(&mut self, term: &Expr) -> Result<i128, Stop> {
        match &term.kind {
            ExprKind::Int(value) => Ok(*value),
            ExprKind::Var(var) => match self.vars.get(var.0 as usize) {
                Some(Value::Int(value)) => Ok(*value),
                _ => Err(ILL_TYPED),
            },
            ExprKind::Count(operand) => self.environment.operand(*operand).map(i128::from),
            ExprKind::RegNumber(operand) => {
                self.environment.register_number(*operand).map(i128::from)
            }
            ExprKind::Xlen => Ok(i128::from(self.xlen)),
            ExprKind::Unary(UnOp::ToInt, a) => match self.value(a)? {
                Value::Bits(word) => i128::try_from(word).map_err(|_| Stop::Work),
                _ => Err(ILL_TYPED),
            },
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.int(a)?, self.int(b)?);
                let value = match op {
                    BinOp::Add => a.checked_add(b),
                    BinOp::Sub => a.checked_sub(b),
                    BinOp::Mul => a.checked_mul(b),
                    // By zero: the dividend, as for words.
                    BinOp::RemU => Some(a.checked_rem(b).unwrap_or(a)),
                    BinOp::DivU => a.checked_div(b),
                    BinOp::MinU | BinOp::MinS => Some(a.min(b)),
                    BinOp::MaxU | BinOp::MaxS => Some(a.max(b)),
                    _ => return Err(ILL_TYPED),
                };
                value.ok_or(Stop::Work)
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let bound = self.int(bound)?;
                let mut total = if *op == ReduceOp::Sum { 0i128 } else { 1 };
                let mut j = 0;
                while j < bound {
                    self.step()?;
                    self.bind(*var, Value::Int(j))?;
                    let value = self.int(body)?;
                    let next = match op {
                        ReduceOp::Sum => total.checked_add(value),
                        ReduceOp::Prod => total.checked_mul(value),
                    };
                    total = next.ok_or(Stop::Work)?;
                    j += 1;
                }
                Ok(total)
            }
            _ => match self.common(term)? {
                Value::Int(value) => Ok(value),
                _ => Err(ILL_TYPED),
            },
        }
    }

    /// A word of XLEN bits.
    fn xword(&mut self, term: &Expr) -> Result<u64, Stop> {
        Ok(self.word(term, u32::from(self.xlen))? as u64)
    }

    /// A word of `bits` bits. A literal or an integer is taken modulo 2^N.
    pub(crate) fn word(&mut self, term: &Expr, bits: u32) -> Result<u128, Stop> {
        if !(1..=128).contains(&bits) {
            return Err(ILL_TYPED);
        }
        match &term.kind {
            ExprKind::Int(value) => Ok(low(*value as u128, bits)),
            ExprKind::Operand(operand) => {
                Ok(low(u128::from(self.environment.operand(*operand)?), bits))
            }
            ExprKind::Pc => Ok(low(u128::from(self.environment.pc(false)?), bits)),
            ExprKind::NextPc => Ok(low(u128::from(self.environment.pc(true)?), bits)),
            ExprKind::Csr(operand) => Ok(low(u128::from(self.environment.csr(*operand)?), bits)),
            ExprKind::Status(name) => Ok(low(u128::from(self.environment.status(name)?), bits)),
            ExprKind::Wait(ticket) => {
                let ticket = self.xword(ticket)?;
                Ok(low(u128::from(self.environment.wait(ticket)?), bits))
            }
            ExprKind::Mem { addr, bytes } => {
                let addr = self.xword(addr)?;
                Ok(u128::from(self.environment.load(addr, *bytes)?))
            }
            ExprKind::Unary(UnOp::Trunc, a) if a.ty == Type::Int => {
                Ok(low(self.int(a)? as u128, bits))
            }
            ExprKind::Unary(op, a) => {
                let from = match a.ty {
                    Type::Bits(width) => self.bits(width),
                    Type::Bool => return Ok(u128::from(self.boolean(a)?)),
                    _ => bits,
                };
                let value = self.word(a, from)?;
                match op {
                    UnOp::Sext => Ok(low(signed(value, from) as u128, bits)),
                    UnOp::Zext | UnOp::Trunc => Ok(low(value, bits)),
                    _ => word_unary(*op, value, bits).ok_or(ILL_TYPED),
                }
            }
            // The amount of a shift may be a word of another width or an integer.
            ExprKind::Binary(
                op @ (BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR),
                a,
                amount,
            ) => {
                let a = self.word(a, bits)?;
                let amount = match self.value(amount)? {
                    Value::Int(amount) => amount.rem_euclid(i128::from(bits)) as u128,
                    Value::Bits(amount) => amount,
                    _ => return Err(ILL_TYPED),
                };
                word_operation(*op, a, amount, bits).ok_or(ILL_TYPED)
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.word(a, bits)?, self.word(b, bits)?);
                word_operation(*op, a, b, bits).ok_or(ILL_TYPED)
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let bound = self.int(bound)?;
                let mut total = low(u128::from(*op == ReduceOp::Prod), bits);
                let mut j = 0;
                while j < bound {
                    self.step()?;
                    self.bind(*var, Value::Int(j))?;
                    let value = self.word(body, bits)?;
                    let combined = match op {
                        ReduceOp::Sum => total.wrapping_add(value),
                        ReduceOp::Prod => total.wrapping_mul(value),
                    };
                    total = low(combined, bits);
                    j += 1;
                }
                Ok(total)
            }
            _ => match self.common(term)? {
                Value::Bits(value) => Ok(low(value, bits)),
                Value::Int(value) => Ok(low(value as u128, bits)),
                _ => Err(ILL_TYPED),
            },
        }
    }

    pub(crate) fn felt(&mut self, term: &Expr) -> Result<Element, Stop> {
        let mut element = Element::default();
        self.felt_into(term, &mut element)?;
        Ok(element)
    }

    /// The element goes where it is needed: most of the time would be spent on copies of elements otherwise. `to` is
    /// anything before, and after an error.
    fn felt_into(&mut self, term: &Expr, to: &mut Element) -> Result<(), Stop> {
        match &term.kind {
            ExprKind::Int(value) => *to = self.environment.arithmetic()?.integer(*value),
            ExprKind::Random(kind) => *to = self.environment.random(*kind)?,
            ExprKind::View { view, index } => {
                let distance = self.distance(*view, index)?;
                return self.environment.felt(*view, distance, to);
            }
            ExprKind::Unary(UnOp::Neg, a) => {
                let a = self.felt(a)?;
                let field = self.environment.arithmetic()?;
                *to = field.sub(&field.integer(0), &a);
            }
            ExprKind::Unary(UnOp::Inv, a) => {
                let a = self.felt(a)?;
                let inverse = self.environment.arithmetic()?.inverse(&a);
                *to = inverse.ok_or(Stop::Inverse)?;
            }
            ExprKind::Unary(UnOp::ToFelt, a) => {
                let value = self.value(a)?;
                let field = self.environment.arithmetic()?;
                *to = match value {
                    Value::Int(value) => field.integer(value),
                    Value::Bits(value) => field.bits(value),
                    Value::Felt(value) => value,
                    Value::Bool(_) => return Err(ILL_TYPED),
                };
            }
            ExprKind::Binary(op, a, b) => {
                let base = (is_base(a), is_base(b));
                self.felt_into(a, to)?;
                let b = self.felt(b)?;
                let field = self.environment.arithmetic()?;
                match (op, base) {
                    (BinOp::Add, _) => field.add_to(to, &b),
                    (BinOp::Sub, _) => field.sub_from(to, &b),
                    // The product with an element of the base field, without the zero coordinates.
                    (BinOp::Mul, (_, true)) => field.scale_by(to, b[0]),
                    (BinOp::Mul, (true, _)) => *to = field.scale(&b, to[0]),
                    (BinOp::Mul, _) => *to = field.mul(to, &b),
                    _ => return Err(ILL_TYPED),
                }
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let bound = self.int(bound)?;
                let start = i128::from(*op == ReduceOp::Prod);
                *to = self.environment.arithmetic()?.integer(start);
                let mut value = Element::default();
                let mut j = 0;
                while j < bound {
                    self.step()?;
                    self.bind(*var, Value::Int(j))?;
                    self.felt_into(body, &mut value)?;
                    let field = self.environment.arithmetic()?;
                    match op {
                        ReduceOp::Sum => field.add_to(to, &value),
                        ReduceOp::Prod => *to = field.mul(to, &value),
                    }
                    j += 1;
                }
            }
            _ => match self.common(term)? {
                Value::Felt(value) => *to = value,
                Value::Int(value) => *to = self.environment.arithmetic()?.integer(value),
                _ => return Err(ILL_TYPED),
            },
        }
        Ok(())
    }
}

fn is_base(term: &Expr) -> bool {
    term.ty == Type::Felt(Kind::Base)
}
