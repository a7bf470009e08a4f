//! Terms of a meaning as operations: the first group, which only reads the hart.
//!
//! Constants are folded. Where only the low bits of a word are needed, what lies above them may be
//! anything, which saves most of the masking that words of 32 bits would need on RV64.

use super::ops::{Code, FIRST_FLOAT, Op};
use super::translate::{Need, Translator, Val};
use crate::golden::eval::{bits_of, low, signed, word_comparison, word_operation, word_unary};
use zktr_isa::algebra::{BinOp, Expr, ExprKind, OperandId, Type, UnOp};
use zktr_isa::model::OperandKind;

impl Translator<'_> {
    pub(super) fn emit(&mut self, code: Code, a: u8, b: u8, imm: u64) -> Option<u8> {
        let dst = self.next;
        self.next = self.next.checked_add(1)?;
        self.ops.push(Op {
            code,
            dst,
            a,
            b,
            imm,
        });
        Some(dst)
    }

    /// A slot that holds the value.
    pub(super) fn slot(&mut self, value: Val) -> Option<u8> {
        match value {
            Val::Const(0) => Some(0),
            Val::Const(value) => self.emit(Code::Add, 0, 0, value),
            Val::Slot(slot) => Some(slot),
        }
    }

    /// An operation whose second operand may be a constant.
    fn binary(&mut self, code: Code, a: Val, b: Val) -> Option<Val> {
        let a = self.slot(a)?;
        let (b, imm) = match b {
            Val::Const(value) => (0, value),
            Val::Slot(slot) => (slot, 0),
        };
        self.emit(code, a, b, imm).map(Val::Slot)
    }

    /// The slot of the register that an operand names.
    pub(super) fn register(&self, operand: OperandId) -> Option<u8> {
        let index = operand.0 as usize;
        let number = u8::try_from(*self.site.values.get(index)?).ok();
        let number = number.filter(|number| *number < 32)?;
        match self.site.instruction.operands.get(index)?.kind {
            OperandKind::Gpr { .. } => Some(number),
            OperandKind::Fpr { .. } => Some(FIRST_FLOAT + number),
            OperandKind::Imm { .. } | OperandKind::Csr | OperandKind::FenceSet => None,
        }
    }

    pub(super) fn value(&mut self, term: &Expr) -> Option<Val> {
        match term.ty {
            Type::Bool => self.boolean(term),
            Type::Bits(width) => self.word(term, bits_of(width, self.site.xlen)?, Need::Exact),
            Type::Int | Type::Felt(_) => None,
        }
    }

    /// A constant integer: a literal, XLEN, a register's number.
    fn integer(&self, term: &Expr) -> Option<i128> {
        match &term.kind {
            ExprKind::Int(value) => Some(*value),
            ExprKind::Xlen => Some(i128::from(self.site.xlen)),
            ExprKind::RegNumber(operand) => self
                .register(*operand)
                .map(|slot| i128::from(slot % FIRST_FLOAT)),
            _ => None,
        }
    }

    /// A truth value as 0 or 1.
    pub(super) fn boolean(&mut self, term: &Expr) -> Option<Val> {
        match &term.kind {
            ExprKind::Bool(value) => Some(Val::Const(u64::from(*value))),
            ExprKind::Var(var) => *self.vars.get(var.0 as usize)?,
            ExprKind::Unary(UnOp::Not, a) => {
                let a = self.boolean(a)?;
                match a {
                    Val::Const(value) => Some(Val::Const(value ^ 1)),
                    slot => self.binary(Code::Xor, slot, Val::Const(1)),
                }
            }
            ExprKind::Binary(op, a, b) => match (a.ty, b.ty) {
                (Type::Bits(width), _) | (Type::Int, Type::Bits(width)) => {
                    self.comparison(*op, a, b, bits_of(width, self.site.xlen)?)
                }
                (Type::Bool, Type::Bool) => {
                    let (a, b) = (self.boolean(a)?, self.boolean(b)?);
                    match op {
                        BinOp::And => self.binary(Code::And, a, b),
                        BinOp::Or => self.binary(Code::Or, a, b),
                        BinOp::Xor | BinOp::Ne => self.binary(Code::Xor, a, b),
                        BinOp::Eq => self.binary(Code::Eq, a, b),
                        _ => None,
                    }
                }
                (Type::Int, Type::Int) => {
                    let (a, b) = (self.integer(a)?, self.integer(b)?);
                    let holds = match op {
                        BinOp::Eq => a == b,
                        BinOp::Ne => a != b,
                        BinOp::LtU | BinOp::LtS => a < b,
                        BinOp::LeU | BinOp::LeS => a <= b,
                        _ => return None,
                    };
                    Some(Val::Const(u64::from(holds)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn comparison(&mut self, op: BinOp, a: &Expr, b: &Expr, bits: u32) -> Option<Val> {
        if bits > 64 {
            return None;
        }
        let (a, b) = (
            self.word(a, bits, Need::Exact)?,
            self.word(b, bits, Need::Exact)?,
        );
        if let (Val::Const(a), Val::Const(b)) = (a, b) {
            return word_comparison(op, a.into(), b.into(), bits)
                .map(|holds| Val::Const(u64::from(holds)));
        }
        let code = match (op, bits) {
            (BinOp::Eq, _) => Code::Eq,
            (BinOp::Ne, _) => Code::Ne,
            (BinOp::LtU, _) => Code::LtU,
            (BinOp::LeU, _) => Code::LeU,
            (BinOp::LtS, 64) => Code::LtS64,
            (BinOp::LeS, 64) => Code::LeS64,
            (BinOp::LtS, 32) => Code::LtS32,
            (BinOp::LeS, 32) => Code::LeS32,
            (BinOp::LtS | BinOp::LeS, _) => Code::Comparison(op, bits as u8),
            _ => return None,
        };
        self.binary(code, a, b)
    }

    /// A word of `bits` bits.
    pub(super) fn word(&mut self, term: &Expr, bits: u32, need: Need) -> Option<Val> {
        if bits > 64 || bits == 0 {
            return None;
        }
        let constant = |value: u64| Some(Val::Const(low(value.into(), bits) as u64));
        match &term.kind {
            ExprKind::Int(_) | ExprKind::Xlen | ExprKind::RegNumber(_) => {
                self.integer(term).and_then(|value| constant(value as u64))
            }
            ExprKind::Operand(operand) => {
                let index = operand.0 as usize;
                let value = *self.site.values.get(index)?;
                match self.site.instruction.operands.get(index)?.kind {
                    OperandKind::Gpr { .. } | OperandKind::Fpr { .. } => {
                        match self.register(*operand)? {
                            0 => constant(0),
                            register => Some(Val::Slot(register)),
                        }
                    }
                    OperandKind::Imm { .. } => constant(value.cast_unsigned()),
                    OperandKind::Csr | OperandKind::FenceSet => None,
                }
            }
            ExprKind::Pc => constant(self.site.pc),
            ExprKind::NextPc => constant(self.site.next_pc),
            ExprKind::Var(var) => *self.vars.get(var.0 as usize)?,
            ExprKind::Mem { addr, bytes } => {
                let (base, offset) = self.address(addr)?;
                let code = match bytes {
                    1 => Code::Load8,
                    2 => Code::Load16,
                    4 => Code::Load32,
                    8 => Code::Load64,
                    _ => return None,
                };
                self.emit(code, base, 0, offset).map(Val::Slot)
            }
            ExprKind::Unary(op, a) => self.unary(*op, a, bits, need),
            ExprKind::Binary(op, a, b) => self.operation(*op, a, b, bits, need),
            ExprKind::If(cond, then, otherwise) => self.choice(cond, then, otherwise, bits),
            _ => None,
        }
    }

    /// Address of a memory access, as a slot and an offset.
    pub(super) fn address(&mut self, term: &Expr) -> Option<(u8, u64)> {
        let xlen = u32::from(self.site.xlen);
        if let ExprKind::Binary(BinOp::Add, a, b) = &term.kind {
            let (a, b) = (
                self.word(a, xlen, Need::Low)?,
                self.word(b, xlen, Need::Low)?,
            );
            return match (a, b) {
                (base, Val::Const(offset)) | (Val::Const(offset), base) => {
                    Some((self.slot(base)?, offset))
                }
                (a, b) => {
                    let sum = self.binary(Code::Add, a, b)?;
                    Some((self.slot(sum)?, 0))
                }
            };
        }
        let base = self.word(term, xlen, Need::Low)?;
        Some((self.slot(base)?, 0))
    }

    fn choice(&mut self, cond: &Expr, then: &Expr, otherwise: &Expr, bits: u32) -> Option<Val> {
        let cond = match self.boolean(cond)? {
            Val::Const(0) => return self.word(otherwise, bits, Need::Exact),
            Val::Const(_) => return self.word(then, bits, Need::Exact),
            Val::Slot(slot) => slot,
        };
        // Both sides are computed, so that neither may fault.
        let before = self.ops.len();
        let then = self.word(then, bits, Need::Exact)?;
        let otherwise = self.word(otherwise, bits, Need::Exact)?;
        if self.ops[before..].iter().any(|op| op.code.loads()) {
            return None;
        }
        if (then, otherwise) == (Val::Const(1), Val::Const(0)) {
            return Some(Val::Slot(cond));
        }
        let (then, otherwise) = (self.slot(then)?, self.slot(otherwise)?);
        self.emit(Code::Select, then, otherwise, u64::from(cond))
            .map(Val::Slot)
    }

    fn unary(&mut self, op: UnOp, a: &Expr, bits: u32, need: Need) -> Option<Val> {
        let Type::Bits(width) = a.ty else { return None };
        let from = bits_of(width, self.site.xlen)?;
        match op {
            UnOp::Sext => {
                if from == 32
                    && bits == 64
                    && let Some(sum) = self.sum_of_32(a)
                {
                    return sum;
                }
                match self.word(a, from, Need::Low)? {
                    Val::Const(value) => Some(Val::Const(low(
                        signed(value.into(), from) as u128,
                        bits,
                    ) as u64)),
                    Val::Slot(slot) => {
                        let extended = match self.ops.last_mut() {
                            // A load whose word has no other use than to be extended.
                            Some(op) if matches!(a.kind, ExprKind::Mem { .. }) => {
                                op.code = op.code.signed()?;
                                slot
                            }
                            _ => self.emit(Code::SignExtend, slot, 0, u64::from(64 - from))?,
                        };
                        self.finish(Val::Slot(extended), bits, need)
                    }
                }
            }
            UnOp::Zext => self.word(a, from, Need::Exact),
            UnOp::Trunc => {
                if from > 64 {
                    return self.high_product(a, bits);
                }
                let value = self.word(a, from, if bits == from { need } else { Need::Low })?;
                if bits == from {
                    Some(value)
                } else {
                    self.finish(value, bits, need)
                }
            }
            UnOp::Neg => {
                let value = self.word(a, bits, Need::Low)?;
                let value = self.binary(Code::Sub, Val::Const(0), value)?;
                self.finish(value, bits, need)
            }
            UnOp::Not => {
                let value = self.word(a, bits, need)?;
                self.binary(Code::Xor, value, Val::Const(low(u128::MAX, bits) as u64))
            }
            UnOp::Clz | UnOp::Ctz | UnOp::Popcount | UnOp::ByteReverse | UnOp::OrCombine => {
                match self.word(a, bits, Need::Exact)? {
                    Val::Const(value) => {
                        word_unary(op, value.into(), bits).map(|value| Val::Const(value as u64))
                    }
                    Val::Slot(slot) => self
                        .emit(Code::Unary(op, bits as u8), slot, 0, 0)
                        .map(Val::Slot),
                }
            }
            UnOp::Inv | UnOp::ToFelt | UnOp::ToInt | UnOp::Reserved => None,
        }
    }

    /// The low 32 bits, sign-extended, of a sum or difference of words of 32 bits or more, as one
    /// operation; none if the term is neither.
    fn sum_of_32(&mut self, term: &Expr) -> Option<Option<Val>> {
        let (code, a, b) = match &term.kind {
            ExprKind::Binary(BinOp::Add, a, b) => (Code::AddSigned32, a, b),
            ExprKind::Binary(BinOp::Sub, a, b) => (Code::SubSigned32, a, b),
            ExprKind::Unary(UnOp::Trunc, sum) => return self.sum_of_32(sum),
            _ => return None,
        };
        let Type::Bits(width) = term.ty else {
            return None;
        };
        let bits = bits_of(width, self.site.xlen)?;
        let mut side = |term: &Expr| self.word(term, bits, Need::Low);
        let (Some(a), Some(b)) = (side(a), side(b)) else {
            return Some(None);
        };
        Some(self.binary(code, a, b))
    }

    /// `trunc(ext(a) * ext(b) >> 64)`: the high half of a product of 64-bit words.
    fn high_product(&mut self, term: &Expr, bits: u32) -> Option<Val> {
        let ExprKind::Binary(BinOp::ShrU | BinOp::ShrS, product, amount) = &term.kind else {
            return None;
        };
        let ExprKind::Binary(BinOp::Mul, a, b) = &product.kind else {
            return None;
        };
        let (ExprKind::Unary(a_ext, a), ExprKind::Unary(b_ext, b)) = (&a.kind, &b.kind) else {
            return None;
        };
        let width = |term: &Expr| match term.ty {
            Type::Bits(width) => bits_of(width, self.site.xlen),
            _ => None,
        };
        if bits != 64
            || self.integer(amount)? != 64
            || width(product) != Some(128)
            || width(a) != Some(64)
            || width(b) != Some(64)
        {
            return None;
        }
        let (code, swapped) = match (a_ext, b_ext) {
            (UnOp::Sext, UnOp::Sext) => (Code::MulHighSigned, false),
            (UnOp::Sext, UnOp::Zext) => (Code::MulHighSignedUnsigned, false),
            (UnOp::Zext, UnOp::Sext) => (Code::MulHighSignedUnsigned, true),
            (UnOp::Zext, UnOp::Zext) => (Code::MulHighUnsigned, false),
            _ => return None,
        };
        let (a, b) = (
            self.word(a, 64, Need::Exact)?,
            self.word(b, 64, Need::Exact)?,
        );
        let (a, b) = if swapped { (b, a) } else { (a, b) };
        self.binary(code, a, b)
    }

    fn operation(&mut self, op: BinOp, a: &Expr, b: &Expr, bits: u32, need: Need) -> Option<Val> {
        if let BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR = op {
            return self.shift(op, a, b, bits);
        }
        // The low bits of these depend on the low bits of the operands only.
        let modular = match op {
            BinOp::Add => Some(Code::Add),
            BinOp::Sub => Some(Code::Sub),
            BinOp::Mul => Some(Code::Mul),
            _ => None,
        };
        let bitwise = match op {
            BinOp::And => Some(Code::And),
            BinOp::Or => Some(Code::Or),
            BinOp::Xor => Some(Code::Xor),
            _ => None,
        };
        let operands = match (modular, bitwise) {
            (Some(_), _) => Need::Low,
            (_, Some(_)) => need,
            _ => Need::Exact,
        };
        let (a, b) = (self.word(a, bits, operands)?, self.word(b, bits, operands)?);
        if let (Val::Const(a), Val::Const(b)) = (a, b) {
            return word_operation(op, a.into(), b.into(), bits)
                .map(|value| Val::Const(value as u64));
        }
        match (modular, bitwise) {
            (Some(code), _) => {
                let value = self.binary(code, a, b)?;
                self.finish(value, bits, need)
            }
            (_, Some(code)) => self.binary(code, a, b),
            _ => self.binary(Code::Word(op, bits as u8), a, b),
        }
    }

    fn shift(&mut self, op: BinOp, a: &Expr, amount: &Expr, bits: u32) -> Option<Val> {
        let amount = match amount.ty {
            Type::Int => Val::Const(self.integer(amount)?.rem_euclid(i128::from(bits)) as u64),
            Type::Bits(width) => self.word(amount, bits_of(width, self.site.xlen)?, Need::Exact)?,
            _ => return None,
        };
        let code = match (op, bits) {
            (BinOp::Shl, 64) => Code::Shl64,
            (BinOp::ShrU, 64) => Code::ShrU64,
            (BinOp::ShrS, 64) => Code::ShrS64,
            (BinOp::Shl, 32) => Code::Shl32,
            (BinOp::ShrU, 32) => Code::ShrU32,
            (BinOp::ShrS, 32) => Code::ShrS32,
            _ => Code::Word(op, bits as u8),
        };
        let need = if matches!(code, Code::Word(..)) {
            Need::Exact
        } else {
            Need::Low
        };
        let a = self.word(a, bits, need)?;
        if let (Val::Const(a), Val::Const(amount)) = (a, amount) {
            return word_operation(op, low(a.into(), bits), amount.into(), bits)
                .map(|value| Val::Const(value as u64));
        }
        self.binary(code, a, amount)
    }

    /// Cuts a value off whose bits above the word may be anything.
    fn finish(&mut self, value: Val, bits: u32, need: Need) -> Option<Val> {
        let mask = low(u128::MAX, bits) as u64;
        match value {
            Val::Const(value) => Some(Val::Const(value & mask)),
            slot if bits == 64 || need == Need::Low => Some(slot),
            slot => self.binary(Code::And, slot, Val::Const(mask)),
        }
    }
}
