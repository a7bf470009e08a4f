//! Symbolic values of straight-line CLIF.
//!
//! An integer of w bits is a polynomial modulo 2^w over *atoms*, each a non-negative integer below a power of two: a value
//! that is taken as it is, the unsigned reading of a polynomial that may have wrapped, or the result of an instruction that
//! is not interpreted, known by its text and its operands. Two values with the same symbol are equal in every execution.

use super::Refusal;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I64};
use cranelift_codegen::ir::{
    Block, Function, Inst, InstructionData, Opcode, StackSlot, Type, Value, ValueDef,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// Polynomials with more terms are refused.
const MAX_TERMS: usize = 256;
/// Expressions nested deeper are refused: the pass clones no more instructions.
const MAX_DEPTH: u32 = 520;

/// A non-negative integer below 2^[`Atom::bits`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// A value of the function as it was before the rewrite.
    Leaf(Value, u32),
    /// An integer of this many bits, read as unsigned.
    Wrapped(u32, Rc<Int>),
    /// What an instruction yields that is not looked into: its text without operands, and its operands.
    Opaque(u32, Rc<(String, Vec<Symbol>)>),
}

impl Atom {
    /// The atom is below 2^bits.
    pub fn bits(&self) -> u32 {
        match self {
            Self::Leaf(_, bits) | Self::Wrapped(bits, _) | Self::Opaque(bits, _) => *bits,
        }
    }
}

/// A product of atoms, sorted; the empty one is 1.
pub type Monomial = Vec<Atom>;

/// A polynomial modulo a power of two. Coefficients are reduced and not zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Int {
    /// The exponent: at most 128.
    pub bits: u32,
    /// The terms.
    pub terms: BTreeMap<Monomial, u128>,
}

impl Int {
    /// A constant.
    pub fn constant(bits: u32, value: u128) -> Self {
        let mut int = Self {
            bits,
            terms: BTreeMap::new(),
        };
        int.add_term(Vec::new(), value);
        int
    }

    /// An atom.
    pub fn atom(bits: u32, atom: Atom) -> Self {
        let mut int = Self::constant(bits, 0);
        int.add_term(vec![atom], 1);
        int
    }

    fn add_term(&mut self, monomial: Monomial, coefficient: u128) {
        let mask = u128::MAX >> (128 - self.bits);
        let sum = self.terms.get(&monomial).copied().unwrap_or(0);
        match sum.wrapping_add(coefficient) & mask {
            0 => drop(self.terms.remove(&monomial)),
            sum => drop(self.terms.insert(monomial, sum)),
        }
    }

    /// The sum of `self` and `factor * other`.
    pub fn add_scaled(&self, other: &Self, factor: u128) -> Result<Self, Refusal> {
        let mut sum = self.clone();
        for (monomial, c) in &other.terms {
            sum.add_term(monomial.clone(), c.wrapping_mul(factor));
        }
        sum.limited()
    }

    /// The product.
    pub fn mul(&self, other: &Self) -> Result<Self, Refusal> {
        let mut product = Self::constant(self.bits, 0);
        for (a, c) in &self.terms {
            for (b, d) in &other.terms {
                let mut monomial = [&a[..], &b[..]].concat();
                if monomial.len() > 16 {
                    return Err(Refusal::TooComplex);
                }
                monomial.sort_unstable();
                product.add_term(monomial, c.wrapping_mul(*d));
            }
            if product.terms.len() > MAX_TERMS {
                return Err(Refusal::TooComplex);
            }
        }
        Ok(product)
    }

    fn limited(self) -> Result<Self, Refusal> {
        match self.terms.len() {
            ..=MAX_TERMS => Ok(self),
            _ => Err(Refusal::TooComplex),
        }
    }

    /// The constant term.
    pub fn constant_term(&self) -> u128 {
        self.terms.get(&[][..]).copied().unwrap_or(0)
    }

    /// The polynomial without its constant term.
    pub fn without_constant(&self) -> Self {
        let mut rest = self.clone();
        rest.terms.remove(&[][..]);
        rest
    }

    /// The value, if it is the same for every input.
    pub fn as_constant(&self) -> Option<u128> {
        (self.terms.len() == usize::from(self.terms.contains_key(&[][..])))
            .then(|| self.constant_term())
    }

    /// The integer that the polynomial's residue is, as an atom: itself if it is one.
    pub fn unsigned(&self) -> Atom {
        if let Some((monomial, 1)) = self.terms.iter().next().map(|(m, c)| (m, *c))
            && self.terms.len() == 1
            && let [atom] = &monomial[..]
            && atom.bits() <= self.bits
        {
            return atom.clone();
        }
        Atom::Wrapped(self.bits, Rc::new(self.clone()))
    }

    /// The polynomial modulo another power of two, of the same integer if that is wider.
    pub fn resized(&self, bits: u32) -> Result<Self, Refusal> {
        if bits > self.bits {
            return Ok(match self.as_constant() {
                Some(value) => Self::constant(bits, value),
                None => Self::atom(bits, self.unsigned()),
            });
        }
        let mut narrow = Self::constant(bits, 0);
        for (monomial, &c) in &self.terms {
            let mut product = Self::constant(bits, c);
            for atom in monomial {
                let factor = match atom {
                    // Modulo no more than what it wraps at, it is what it was before it wrapped.
                    Atom::Wrapped(width, inner) if *width >= bits => inner.resized(bits)?,
                    _ => Self::atom(bits, atom.clone()),
                };
                product = product.mul(&factor)?;
            }
            narrow = narrow.add_scaled(&product, 1)?;
        }
        Ok(narrow)
    }
}

/// `value == rhs` or `value <= rhs`, modulo the polynomial's power of two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Comparison {
    /// What is compared.
    pub value: Int,
    /// With what.
    pub rhs: u128,
    /// True for equality.
    pub equal: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// An integer.
    Int(Int),
    /// A truth value: all lists have to hold, of each at least one comparison.
    Condition(Vec<Vec<Comparison>>),
    /// A place in the frame.
    Frame(StackSlot, i64),
    /// The first multiple of a power of two at or above the start of a slot.
    Aligned(StackSlot, u64),
    /// A value of another type.
    Other(Atom),
}

impl Symbol {
    /// The integer, if it is one.
    pub fn int(&self) -> Option<&Int> {
        match self {
            Self::Int(int) => Some(int),
            _ => None,
        }
    }
}

/// Symbols of the values of a function.
pub struct Evaluator<'f> {
    func: &'f Function,
    /// Blocks whose instructions are looked into. What is defined outside of them is taken as it is.
    inside: HashSet<Block>,
    known: HashMap<Value, Symbol>,
}

impl<'f> Evaluator<'f> {
    /// `inside`: the blocks whose values are expressions, those of the region and the new ones.
    pub fn new(func: &'f Function, inside: HashSet<Block>) -> Self {
        Self {
            func,
            inside,
            known: HashMap::new(),
        }
    }

    /// Sets the symbol of a value.
    pub fn define(&mut self, value: Value, symbol: Symbol) {
        self.known.insert(value, symbol);
    }

    /// A value that is taken as it is.
    pub fn leaf(&self, value: Value) -> Symbol {
        let ty = self.func.dfg.value_type(value);
        let atom = Atom::Leaf(value, ty.bits());
        symbol_of(ty, atom)
    }

    /// The symbol of a value.
    pub fn value(&mut self, value: Value) -> Result<Symbol, Refusal> {
        self.value_at(value, 0)
    }

    /// The symbol of a value that has to be an integer of at most 64 bits.
    pub fn integer(&mut self, value: Value) -> Result<Int, Refusal> {
        let ty = self.func.dfg.value_type(value);
        match self.value(value)? {
            Symbol::Int(int) => Ok(int),
            // A truth value or an address among integers: an atom of its own.
            other if ty.is_int() => Ok(Int::atom(
                ty.bits(),
                Atom::Opaque(ty.bits(), Rc::new(("value".into(), vec![other]))),
            )),
            _ => Err(Refusal::NotAnInteger(value)),
        }
    }

    fn value_at(&mut self, value: Value, depth: u32) -> Result<Symbol, Refusal> {
        let value = self.func.dfg.resolve_aliases(value);
        if let Some(known) = self.known.get(&value) {
            return Ok(known.clone());
        }
        if depth > MAX_DEPTH {
            return Err(Refusal::TooComplex);
        }
        let symbol = match self.func.dfg.value_def(value) {
            ValueDef::Result(inst, 0) => {
                let opcode = self.func.dfg.insts[inst].opcode();
                let transparent = matches!(opcode, Opcode::Iconst | Opcode::Uextend);
                let block = self.func.layout.inst_block(inst);
                if transparent || block.is_none_or(|b| self.inside.contains(&b)) {
                    self.instruction(inst, depth)?
                } else {
                    self.leaf(value)
                }
            }
            ValueDef::Param(block, _) if !self.inside.contains(&block) => self.leaf(value),
            ValueDef::Result(inst, _)
                if self
                    .func
                    .layout
                    .inst_block(inst)
                    .is_some_and(|b| !self.inside.contains(&b)) =>
            {
                self.leaf(value)
            }
            _ => return Err(Refusal::NotAvailable(value)),
        };
        self.known.insert(value, symbol.clone());
        Ok(symbol)
    }

    /// The symbol of a pure instruction's result.
    fn instruction(&mut self, inst: Inst, depth: u32) -> Result<Symbol, Refusal> {
        let dfg = &self.func.dfg;
        let data = dfg.insts[inst];
        if !is_pure(self.func, inst) || dfg.inst_results(inst).len() != 1 {
            return Err(Refusal::NotPure(inst));
        }
        let ty = dfg.value_type(dfg.first_result(inst));
        let args: Vec<Value> = dfg.inst_args(inst).to_vec();
        let mut symbols = Vec::with_capacity(args.len());
        for &arg in &args {
            symbols.push(self.value_at(arg, depth + 1)?);
        }
        if let Some(symbol) = interpreted(&data, ty, &symbols)? {
            return Ok(symbol);
        }
        let atom = Atom::Opaque(ty.bits(), Rc::new((text(self.func, inst), symbols)));
        Ok(symbol_of(ty, atom))
    }
}

/// What an atom is as a value of a type.
pub fn symbol_of(ty: Type, atom: Atom) -> Symbol {
    if ty.is_int() && ty.bits() <= 128 {
        Symbol::Int(Int::atom(ty.bits(), atom))
    } else {
        Symbol::Other(atom)
    }
}

/// The result of an instruction with a meaning here.
fn interpreted(
    data: &InstructionData,
    ty: Type,
    args: &[Symbol],
) -> Result<Option<Symbol>, Refusal> {
    let bits = ty.bits();
    let mask = |bits: u32| u128::MAX >> (128 - bits);
    let symbol = match (data.opcode(), data, args) {
        (Opcode::Iconst, InstructionData::UnaryImm { imm, .. }, []) => {
            Symbol::Int(Int::constant(bits, i128::from(imm.bits()).cast_unsigned()))
        }
        (
            Opcode::StackAddr,
            InstructionData::StackAddr {
                stack_slot, offset, ..
            },
            [],
        ) => Symbol::Frame(*stack_slot, i64::from(i32::from(*offset))),
        (Opcode::Iadd, _, [Symbol::Int(a), Symbol::Int(b)]) => Symbol::Int(a.add_scaled(b, 1)?),
        (Opcode::Isub, _, [Symbol::Int(a), Symbol::Int(b)]) => {
            Symbol::Int(a.add_scaled(b, u128::MAX)?)
        }
        (Opcode::Ineg, _, [Symbol::Int(a)]) => {
            Symbol::Int(Int::constant(bits, 0).add_scaled(a, u128::MAX)?)
        }
        (Opcode::Imul, _, [Symbol::Int(a), Symbol::Int(b)]) => Symbol::Int(a.mul(b)?),
        (Opcode::Ishl, _, [Symbol::Int(a), Symbol::Int(b)]) => match b.as_constant() {
            Some(amount) if amount < u128::from(bits) => {
                Symbol::Int(Int::constant(bits, 0).add_scaled(a, 1 << amount)?)
            }
            _ => return Ok(None),
        },
        (Opcode::Uextend | Opcode::Ireduce, _, [Symbol::Int(a)]) => Symbol::Int(a.resized(bits)?),
        (Opcode::Iconcat, _, [Symbol::Int(low), Symbol::Int(high)]) => {
            match (low.as_constant(), high.as_constant()) {
                (Some(low), Some(high)) if bits == 128 => {
                    Symbol::Int(Int::constant(bits, low & mask(64) | high << 64))
                }
                _ => return Ok(None),
            }
        }
        (
            Opcode::Icmp,
            InstructionData::IntCompare { cond, .. },
            [Symbol::Int(a), Symbol::Int(b)],
        ) => {
            let equal = match cond {
                IntCC::Equal => true,
                IntCC::UnsignedLessThanOrEqual => false,
                _ => return Ok(None),
            };
            match b.as_constant() {
                Some(rhs) => Symbol::Condition(vec![vec![Comparison {
                    value: a.clone(),
                    rhs,
                    equal,
                }]]),
                None => return Ok(None),
            }
        }
        (Opcode::Band, _, [Symbol::Condition(a), Symbol::Condition(b)]) if ty == I8 => {
            Symbol::Condition([&a[..], &b[..]].concat())
        }
        (Opcode::Bor, _, [Symbol::Condition(a), Symbol::Condition(b)]) if ty == I8 => {
            match (&a[..], &b[..]) {
                ([a], [b]) => Symbol::Condition(vec![[&a[..], &b[..]].concat()]),
                _ => return Ok(None),
            }
        }
        (Opcode::Iadd, _, [Symbol::Frame(slot, at), Symbol::Int(b)]) => {
            match b.as_constant().and_then(|by| i64::try_from(by).ok()) {
                Some(by) => Symbol::Frame(*slot, at.checked_add(by).ok_or(Refusal::TooComplex)?),
                None => return Ok(None),
            }
        }
        // (slot + (a - 1)) & -a
        (Opcode::Band, _, [Symbol::Frame(slot, at), Symbol::Int(b)]) if ty == I64 => {
            let align = b.as_constant().map(|m| (m as u64).wrapping_neg());
            match align {
                Some(a) if a.is_power_of_two() && i64::try_from(a - 1) == Ok(*at) => {
                    Symbol::Aligned(*slot, a)
                }
                _ => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(symbol))
}

/// True if the result depends on the operands alone.
pub fn is_pure(func: &Function, inst: Inst) -> bool {
    let data = &func.dfg.insts[inst];
    let opcode = data.opcode();
    if opcode == Opcode::Load {
        return data
            .memflags_data(&func.dfg)
            .is_some_and(|f| f.readonly() && f.can_move() && f.notrap());
    }
    let effects = opcode.can_load()
        || opcode.can_store()
        || opcode.can_trap()
        || opcode.is_call()
        || opcode.is_branch()
        || opcode.is_terminator()
        || opcode.other_side_effects();
    !effects
}

/// An instruction without its results and operands: opcode, types, flags and immediates. Each operand is a `v`.
pub fn text(func: &Function, inst: Inst) -> String {
    let shown = func.dfg.display_inst(inst).to_string();
    // Behind it there may be a comment about operands that are constant.
    let shown = shown.split("; ").next().unwrap_or(&shown).trim_end();
    let shown = shown.split_once(" = ").map_or(shown, |(_, rest)| rest);
    let mut out = String::with_capacity(shown.len());
    let mut after_word = false;
    let mut chars = shown.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == 'v' && !after_word && chars.peek().is_some_and(char::is_ascii_digit) {
            while chars.next_if(char::is_ascii_digit).is_some() {}
        }
        after_word = c.is_ascii_alphanumeric() || c == '_';
    }
    // The controlling type is not always part of the text.
    let types: Vec<_> = func
        .dfg
        .inst_results(inst)
        .iter()
        .map(|&r| func.dfg.value_type(r).to_string())
        .collect();
    out + " -> " + &types.join(", ")
}
