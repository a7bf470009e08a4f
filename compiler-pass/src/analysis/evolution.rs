//! How integers evolve in a region: induction variables, trip counts, addresses.
//!
//! A value becomes a polynomial that is congruent to it modulo 2^w, w being its type's width, in every
//! iteration. Ring operations need no condition. Where equality is needed (zero and sign extension,
//! ordered comparison, the number of iterations) a [`Range`] is recorded: it has to be
//! guarded before anything that was derived may be relied upon.

use super::nest::{Edge, Nests};
use super::poly::{Atom, Poly};
use cranelift_codegen::entity::EntitySet;
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{Block, Inst, InstructionData, Opcode, Value, ValueDef};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::{HashMap, HashSet};

/// Definitions are followed to this depth.
const MAX_DEPTH: u32 = 128;
/// A merge of more edges is not looked through.
const MAX_MERGE: usize = 4;
/// Addresses are modulo this.
const MEMORY: i128 = 1 << 64;

/// A condition that has to hold in every iteration: `lo <= poly <= hi`, as integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The polynomial, over entry values and loop indices.
    pub poly: Poly,
    /// Lower bound.
    pub lo: i128,
    /// Upper bound.
    pub hi: i128,
    /// For remarks.
    pub reason: &'static str,
}

/// A condition that has to hold on entry: one of the polynomials is in its range `(poly, lo, hi)`, as an integer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The alternatives, over entry values.
    pub any: Vec<(Poly, i128, i128)>,
    /// For remarks.
    pub reason: &'static str,
}

/// How many demands there were at some time.
#[derive(Debug, Clone, Copy)]
pub struct Demands {
    ranges: usize,
    choices: usize,
}

/// A set of blocks that is entered at one of them.
pub struct RegionBlocks {
    /// The block through which control comes in.
    pub entry: Block,
    /// All blocks.
    pub set: EntitySet<Block>,
    /// All blocks, in reverse post-order.
    pub list: Vec<Block>,
}

impl RegionBlocks {
    /// The region of these blocks; the first is the entry.
    pub fn new(list: Vec<Block>) -> Option<Self> {
        let entry = *list.first()?;
        let mut set = EntitySet::new();
        for &b in &list {
            set.insert(b);
        }
        Some(Self { entry, set, list })
    }
}

/// Where and when a loop is left.
#[derive(Debug, Clone)]
pub struct Exit {
    /// The only exit edge.
    pub edge: Edge,
    /// The iteration, from 0, in which it is taken.
    pub index: Poly,
}

#[derive(Clone)]
struct LoopFacts {
    /// For each parameter of the header: what is added in each iteration.
    steps: Vec<Option<Poly>>,
}

/// Integer facts about one region.
pub struct Evolution<'a> {
    /// The function's loops.
    pub nests: &'a Nests<'a>,
    /// The region.
    pub region: &'a RegionBlocks,
    memo: HashMap<Value, Option<Poly>>,
    facts: HashMap<Loop, LoopFacts>,
    exits: HashMap<Loop, Option<Exit>>,
    /// Loops whose header parameters stand for themselves while their steps are being found.
    symbolic: Vec<Loop>,
    /// Equal loads of invariant memory have one representative.
    invariant_loads: HashMap<(Poly, u32), Value>,
    invariants: HashMap<Value, bool>,
    ranges: Vec<Range>,
    choices: Vec<Choice>,
    /// Results of loads that are unknowns of polynomials.
    words: HashSet<Value>,
    depth: u32,
}

impl<'a> Evolution<'a> {
    /// Facts about this region. `words`: loads of words of 32 bits whose results are unknowns of polynomials.
    pub fn new(nests: &'a Nests<'a>, region: &'a RegionBlocks, words: HashSet<Value>) -> Self {
        Self {
            nests,
            region,
            memo: HashMap::new(),
            facts: HashMap::new(),
            exits: HashMap::new(),
            symbolic: Vec::new(),
            invariant_loads: HashMap::new(),
            invariants: HashMap::new(),
            ranges: Vec::new(),
            choices: Vec::new(),
            words,
            depth: 0,
        }
    }

    /// True for a load whose result is an unknown of polynomials.
    pub fn is_index(&self, value: Value) -> bool {
        self.words.contains(&value)
    }

    /// What has to be guarded for the polynomials that were handed out so far.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// Of which at least one has to be guarded, each.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// How many demands there are.
    pub fn demands(&self) -> Demands {
        Demands {
            ranges: self.ranges.len(),
            choices: self.choices.len(),
        }
    }

    /// Forgets all but the first so many demands, those of an attempt that came to nothing.
    pub fn keep(&mut self, demands: Demands) {
        self.ranges.truncate(demands.ranges);
        self.choices.truncate(demands.choices);
    }

    /// Demands that at least one of these polynomials, each of which is known on entry, stays in its range.
    pub fn require_any(&mut self, any: Vec<(Poly, i128, i128)>, reason: &'static str) {
        let choice = Choice { any, reason };
        if !self.choices.contains(&choice) {
            self.choices.push(choice);
        }
    }

    /// Demands that two addresses whose difference, known on entry, is this polynomial are different modulo 2^64.
    pub fn require_apart(&mut self, difference: Poly, reason: &'static str) {
        let above = (difference.clone(), 1, MEMORY - 1);
        let below = (difference, 1 - MEMORY, -1);
        self.require_any(vec![above, below], reason);
    }

    /// Demands that two parts of memory do not overlap, modulo 2^64. `below` is how far the end of the first is above
    /// the start of the second; `above` is how far the start of the first is above the end of the second.
    pub fn require_disjoint(&mut self, below: Poly, above: Poly, reason: &'static str) {
        // Neither reaches the other around the end of memory.
        self.require(below.clone(), i128::MIN, MEMORY, reason);
        self.require(above.clone(), -MEMORY, i128::MAX, reason);
        let any = vec![(below, i128::MIN, 0), (above, 0, i128::MAX)];
        self.require_any(any, reason);
    }

    /// Demands that a polynomial stays in a range.
    pub fn require(&mut self, poly: Poly, lo: i128, hi: i128, reason: &'static str) {
        if let Some(c) = poly.as_constant()
            && (lo..=hi).contains(&c)
        {
            return;
        }
        let range = Range {
            poly,
            lo,
            hi,
            reason,
        };
        if !self.ranges.contains(&range) {
            self.ranges.push(range);
        }
    }

    /// Width of an integer type of up to 64 bits.
    pub fn bits(&self, value: Value) -> Option<u32> {
        let ty = self.nests.func.dfg.value_type(value);
        (ty.is_int() && ty.bits() <= 64).then(|| ty.bits())
    }

    /// True if the value is the same in all iterations of all loops of the region, and can be computed on entry:
    /// it is defined outside, or inside by pure instructions and movable loads of read-only memory.
    pub fn is_invariant(&mut self, value: Value) -> bool {
        let value = self.nests.func.dfg.resolve_aliases(value);
        if let Some(&known) = self.invariants.get(&value) {
            return known;
        }
        if self.depth >= MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        let invariant = match self.nests.func.dfg.value_def(value) {
            ValueDef::Param(block, _) => {
                !self.region.set.contains(block)
                    || (block == self.region.entry && self.nests.header_of(block).is_none())
            }
            ValueDef::Result(inst, _) => {
                !self.in_region(inst)
                    || (self.is_clonable(inst)
                        && self
                            .nests
                            .func
                            .dfg
                            .inst_args(inst)
                            .to_vec()
                            .iter()
                            .all(|&a| self.is_invariant(a)))
            }
            ValueDef::Union(..) => false,
        };
        self.depth -= 1;
        self.invariants.insert(value, invariant);
        invariant
    }

    /// True of a division by a constant other than zero.
    pub fn never_traps(&mut self, inst: Inst) -> bool {
        match self.nests.func.dfg.insts[inst] {
            InstructionData::Binary {
                opcode: Opcode::Udiv | Opcode::Urem,
                args: [_, divisor],
            } => {
                let divisor = self.poly(divisor).and_then(|d| d.as_constant());
                divisor.is_some_and(|d| d != 0)
            }
            _ => false,
        }
    }

    fn in_region(&self, inst: Inst) -> bool {
        self.nests
            .func
            .layout
            .inst_block(inst)
            .is_some_and(|b| self.region.set.contains(b))
    }

    /// True if executing the instruction once more, somewhere else, cannot be observed.
    fn is_clonable(&self, inst: Inst) -> bool {
        let dfg = &self.nests.func.dfg;
        let data = &dfg.insts[inst];
        let op = data.opcode();
        if op.can_load() {
            return op == Opcode::Load
                && data.memflags().is_some_and(|flags| {
                    let flags = dfg.mem_flags[flags];
                    flags.readonly() && flags.can_move() && flags.trap_code().is_none()
                });
        }
        !(op.can_store()
            || op.can_trap()
            || op.is_call()
            || op.is_branch()
            || op.is_terminator()
            || op.other_side_effects())
    }

    /// The polynomial of a value as an instruction of this block sees it: loops that have been left in between
    /// are in their last iteration.
    pub fn at(&mut self, value: Value, block: Block) -> Option<Poly> {
        let value = self.nests.func.dfg.resolve_aliases(value);
        let mut poly = self.poly(value)?;
        if poly.varies() {
            // Of a loop that has been left, the word of the last iteration is meant: that has no name.
            let current = |word| {
                let l = self.nests.innermost(self.nests.def_block(word)?)?;
                self.nests.contains(l, block).then_some(())
            };
            poly.words().try_for_each(current)?;
            let def = self.nests.def_block(value)?;
            let mut at = self.nests.innermost(def);
            while let Some(l) = at {
                if self.nests.contains(l, block) || !self.region.set.contains(self.nests.header(l))
                {
                    break;
                }
                if poly.mentions(Atom::Index(l)) {
                    let exit = self.exit(l)?;
                    poly = poly.substitute(Atom::Index(l), &exit.index)?;
                }
                at = self.nests.parent(l);
            }
            poly = poly.wrap(self.bits(value)?);
        }
        Some(poly)
    }

    /// The polynomial of a value where it is defined.
    pub fn poly(&mut self, value: Value) -> Option<Poly> {
        let value = self.nests.func.dfg.resolve_aliases(value);
        if let Some(known) = self.memo.get(&value) {
            return known.clone();
        }
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        // A value that depends on itself other than by an induction variable has no polynomial.
        self.memo.insert(value, None);
        let poly = self.compute(value);
        self.depth -= 1;
        self.memo.insert(value, poly.clone());
        poly
    }

    fn compute(&mut self, value: Value) -> Option<Poly> {
        let bits = self.bits(value)?;
        // What another loop has computed is taken as it is: the loop may be replaced, and the value with it.
        let def = self.nests.def_block(value)?;
        let outside = !self.region.set.contains(def);
        if outside
            && self
                .nests
                .innermost(def)
                .is_some_and(|l| !self.nests.contains(l, self.region.entry))
        {
            return Some(Poly::atom(Atom::Entry(value)));
        }
        let poly = match self.nests.func.dfg.value_def(value) {
            ValueDef::Param(block, index) => self.param(block, index, value),
            ValueDef::Result(inst, 0) => self.result(inst, value, bits),
            _ => None,
        };
        match poly {
            Some(p) => Some(p.wrap(bits)),
            None if self.is_invariant(value) => Some(Poly::atom(Atom::Entry(value))),
            None => None,
        }
    }

    fn result(&mut self, inst: Inst, value: Value, bits: u32) -> Option<Poly> {
        let dfg = &self.nests.func.dfg;
        let block = self.nests.func.layout.inst_block(inst)?;
        match dfg.insts[inst] {
            InstructionData::UnaryImm {
                opcode: Opcode::Iconst,
                imm,
            } => Some(Poly::constant(imm.bits().into())),
            InstructionData::Binary {
                opcode,
                args: [x, y],
            } => {
                let (x, y) = (dfg.resolve_aliases(x), dfg.resolve_aliases(y));
                match opcode {
                    Opcode::Iadd => self.at(x, block)?.add(&self.at(y, block)?),
                    Opcode::Isub => self.at(x, block)?.sub(&self.at(y, block)?),
                    Opcode::Imul => self.at(x, block)?.mul(&self.at(y, block)?),
                    Opcode::Ishl => {
                        let amount = self.at(y, block)?.as_constant()?.rem_euclid(bits.into());
                        self.at(x, block)?.scale(1i128 << amount)
                    }
                    Opcode::Band => self.masked(value, x, y, bits),
                    _ => None,
                }
            }
            InstructionData::Unary { opcode, arg } => {
                let arg = dfg.resolve_aliases(arg);
                let arg_bits = self.bits(arg)?;
                match opcode {
                    Opcode::Ineg => self.at(arg, block)?.scale(-1),
                    Opcode::Ireduce => self.at(arg, block),
                    Opcode::Uextend => self.extended(
                        arg,
                        block,
                        (1i128 << arg_bits) - 1,
                        "an index or address does not wrap",
                    ),
                    Opcode::Sextend => {
                        let hi = (1i128 << (arg_bits - 1)) - 1;
                        self.extended(
                            arg,
                            block,
                            hi,
                            "a signed index does not wrap or become negative",
                        )
                    }
                    _ => None,
                }
            }
            InstructionData::Load {
                opcode: Opcode::Load,
                arg,
                offset,
                ..
            } if self.is_clonable(inst) => {
                if !self.is_invariant(value) {
                    return None;
                }
                let address = self
                    .at(arg, block)?
                    .add(&Poly::constant(i32::from(offset).into()))?;
                let same = *self.invariant_loads.entry((address, bits)).or_insert(value);
                Some(Poly::atom(Atom::Entry(same)))
            }
            InstructionData::Load { .. } if self.words.contains(&value) => {
                Some(Poly::atom(Atom::Word(value)))
            }
            _ => None,
        }
    }

    /// `x & m` of an invariant, for a mask m whose k lowest bits are zero, is a multiple of 2^k.
    fn masked(&mut self, value: Value, x: Value, y: Value, bits: u32) -> Option<Poly> {
        let mask = match (self.poly(x)?.as_constant(), self.poly(y)?.as_constant()) {
            (Some(m), None) | (None, Some(m)) => m.rem_euclid(1i128 << bits),
            _ => return None,
        };
        let k = mask.trailing_zeros();
        if mask == 0 || k == 0 || !self.is_invariant(value) {
            return None;
        }
        Poly::atom(Atom::Shifted(value, k as u8)).scale(1i128 << k)
    }

    fn extended(
        &mut self,
        arg: Value,
        block: Block,
        hi: i128,
        reason: &'static str,
    ) -> Option<Poly> {
        let poly = self.at(arg, block)?;
        let arg_bits = self.bits(arg)?;
        let poly = match poly.as_constant() {
            Some(c) => Poly::constant(c.rem_euclid(1i128 << arg_bits)),
            None => poly,
        };
        // An entry value or a word that is read as unsigned anyway needs no guard for a zero extension.
        if let Some(Atom::Entry(v) | Atom::Word(v)) = poly.as_atom()
            && self.bits(v).is_some_and(|b| (1i128 << b) - 1 <= hi)
        {
            return Some(poly);
        }
        if !self.region_reads(&poly) {
            // Computed outside of the region only: cheaper as a value of its own than with a guard.
            return None;
        }
        self.require(poly.clone(), 0, hi, reason);
        Some(poly)
    }

    /// True if the polynomial depends on an iteration, or on a parameter of the region's own entry.
    fn region_reads(&self, poly: &Poly) -> bool {
        poly.varies()
            || poly.terms().any(|(factors, _)| {
                factors.iter().any(|a| match a {
                    Atom::Entry(v) | Atom::Shifted(v, _) => self
                        .nests
                        .def_block(*v)
                        .is_some_and(|b| self.region.set.contains(b)),
                    Atom::Index(_) | Atom::Word(_) => true,
                })
            })
    }

    fn param(&mut self, block: Block, index: usize, value: Value) -> Option<Poly> {
        if !self.region.set.contains(block) {
            return Some(Poly::atom(Atom::Entry(value)));
        }
        if let Some(l) = self.nests.header_of(block) {
            if self.symbolic.contains(&l) {
                return Some(Poly::atom(Atom::Entry(value)));
            }
            let step = self.facts(l).steps.get(index)?.clone()?;
            let init = self.initial(l, index, value)?;
            return init.add(&step.mul(&Poly::atom(Atom::Index(l)))?);
        }
        if block == self.region.entry {
            let passed = self.passed(index, value);
            return if passed == value {
                Some(Poly::atom(Atom::Entry(value)))
            } else {
                self.poly(passed)
            };
        }
        self.merge(block, index)
    }

    /// What a parameter of the region's entry is when the region is entered: the value that all edges from outside
    /// pass, if it is one, and the parameter itself otherwise.
    pub fn passed(&self, index: usize, param: Value) -> Value {
        let mut passed = None;
        for edge in self.nests.edges_into(self.region.entry) {
            if self.region.set.contains(edge.from) {
                continue;
            }
            match self.nests.edge_arg(&edge, index) {
                Some(v) if *passed.get_or_insert(v) == v => {}
                _ => return param,
            }
        }
        passed.unwrap_or(param)
    }

    /// What a header parameter is in the first iteration.
    fn initial(&mut self, l: Loop, index: usize, value: Value) -> Option<Poly> {
        if self.nests.header(l) == self.region.entry {
            let passed = self.passed(index, value);
            return if passed == value {
                Some(Poly::atom(Atom::Entry(value)))
            } else {
                self.poly(passed)
            };
        }
        let entries = self.nests.info(l).entries.clone();
        let mut init = None;
        for edge in entries.iter().take(MAX_MERGE) {
            let arg = self.nests.edge_arg(edge, index)?;
            let poly = self.at(arg, edge.from)?;
            if *init.get_or_insert_with(|| poly.clone()) != poly {
                return None;
            }
        }
        (entries.len() <= MAX_MERGE).then_some(init).flatten()
    }

    fn merge(&mut self, block: Block, index: usize) -> Option<Poly> {
        let edges = self.nests.edges_into(block);
        if edges.is_empty() || edges.len() > MAX_MERGE {
            return None;
        }
        let mut polys = Vec::new();
        for edge in &edges {
            let arg = self.nests.edge_arg(edge, index)?;
            polys.push(self.at(arg, edge.from)?);
        }
        if polys.iter().all(|p| *p == polys[0]) {
            return polys.pop();
        }
        // Around a loop that may have no iteration: on the edge that skips it, the count is zero, and the
        // loop's result for zero iterations is what that edge passes.
        let [a, b] = &edges[..] else { return None };
        for (skip, skipped, through) in [(a, &polys[0], &polys[1]), (b, &polys[1], &polys[0])] {
            if let Some(count) = self.taken_if_zero(skip)
                && through.substitute(count, &Poly::default())?
                    == skipped.substitute(count, &Poly::default())?
            {
                return Some(through.clone());
            }
        }
        None
    }

    /// The unknown that is zero exactly when this edge is taken. Blocks that only jump on are looked through.
    pub fn taken_if_zero(&mut self, edge: &Edge) -> Option<Atom> {
        let mut edge = *edge;
        for _ in 0..MAX_MERGE {
            if self.nests.func.dfg.insts[edge.branch].opcode() != Opcode::Jump {
                break;
            }
            let [before] = self.nests.edges_into(edge.from)[..] else {
                return None;
            };
            edge = before;
        }
        let edge = &edge;
        let (cond, then) = self.branch_condition(edge)?;
        if let Some(count) = self.taken_if_not_positive(cond, then, edge.from) {
            return Some(count);
        }
        let (cc, difference, bits) = self.comparison(cond, edge.from)?;
        let zero = match (cc, then) {
            (IntCC::Equal, true) | (IntCC::NotEqual, false) => difference,
            _ => return None,
        };
        let unknown = zero.as_atom().or_else(|| zero.scale(-1)?.as_atom())?;
        let (Atom::Entry(value) | Atom::Shifted(value, _)) = unknown else {
            return None;
        };
        // The test is modulo 2^bits: a wider unknown could pass it without being zero.
        if self.bits(value)? > bits {
            let reason = "a count fits into the word that is tested";
            self.require(Poly::atom(unknown), 0, (1i128 << bits) - 1, reason);
        }
        Some(unknown)
    }

    /// The unknown of a test that it is not positive, as a signed or unsigned number. A guard excludes that it is negative;
    /// then the test is one for zero.
    fn taken_if_not_positive(&mut self, cond: Value, then: bool, block: Block) -> Option<Atom> {
        let (cc, x, y) = self.compared(cond)?;
        let (mut a, mut b) = (self.at(x, block)?, self.at(y?, block)?);
        let mut cc = if then { cc } else { cc.complement() };
        if a.as_constant().is_some() {
            std::mem::swap(&mut a, &mut b);
            cc = cc.swap_args();
        }
        let not_positive = match cc {
            IntCC::SignedLessThan | IntCC::UnsignedLessThan => 1,
            IntCC::SignedLessThanOrEqual | IntCC::UnsignedLessThanOrEqual => 0,
            _ => return None,
        };
        let unknown = a.as_atom()?;
        if b.as_constant() != Some(not_positive) || a.varies() {
            return None;
        }
        let bits = self.bits(x)?;
        let limit = if cc.unsigned() == cc { bits } else { bits - 1 };
        let reason = "a count is not negative";
        self.require(a, 0, (1i128 << limit) - 1, reason);
        Some(unknown)
    }

    /// The condition of a conditional edge, and whether it is taken when the condition holds.
    pub fn branch_condition(&self, edge: &Edge) -> Option<(Value, bool)> {
        match self.nests.func.dfg.insts[edge.branch] {
            InstructionData::Brif { arg, .. } => Some((
                self.nests.func.dfg.resolve_aliases(arg),
                edge.destination == 0,
            )),
            _ => None,
        }
    }

    /// A condition as `difference cc 0`, for equality; the difference is modulo 2^w. And w.
    fn comparison(&mut self, cond: Value, block: Block) -> Option<(IntCC, Poly, u32)> {
        let (cc, x, y) = self.compared(cond)?;
        let bits = self.bits(x)?;
        match y {
            None => Some((IntCC::NotEqual, self.at(x, block)?, bits)),
            Some(y) if matches!(cc, IntCC::Equal | IntCC::NotEqual) => {
                let difference = self.at(x, block)?.sub(&self.at(y, block)?)?.wrap(bits);
                Some((cc, difference, bits))
            }
            Some(_) => None,
        }
    }

    /// A condition as (cc, x, y); without y, x is compared with zero. Looks through the widening of a flag, and
    /// through comparisons of a flag with zero.
    pub fn compared(&self, cond: Value) -> Option<(IntCC, Value, Option<Value>)> {
        let dfg = &self.nests.func.dfg;
        let mut tested = self.unwidened(cond);
        // Whether the condition holds where what is tested is not zero.
        let mut holds = true;
        for _ in 0..MAX_DEPTH {
            let Some((cc, x, y)) = self.flag(tested) else {
                break;
            };
            let cc = if holds { cc } else { cc.complement() };
            let flag = self.unwidened(x);
            let of_flag = self.is_zero(y) && self.flag(flag).is_some();
            if !of_flag || !matches!(cc, IntCC::Equal | IntCC::NotEqual) {
                return Some((cc, dfg.resolve_aliases(x), Some(dfg.resolve_aliases(y))));
            }
            tested = flag;
            holds = cc == IntCC::NotEqual;
        }
        let cc = if holds { IntCC::NotEqual } else { IntCC::Equal };
        Some((cc, tested, None))
    }

    /// The comparison that a flag is the result of.
    fn flag(&self, value: Value) -> Option<(IntCC, Value, Value)> {
        let dfg = &self.nests.func.dfg;
        match dfg.insts[dfg.value_def(value).inst()?] {
            InstructionData::IntCompare {
                opcode: Opcode::Icmp,
                args: [x, y],
                cond,
            } => Some((cond, x, y)),
            _ => None,
        }
    }

    /// The word that this one is a widening of; it is zero exactly where this one is.
    fn unwidened(&self, value: Value) -> Value {
        let dfg = &self.nests.func.dfg;
        let mut value = dfg.resolve_aliases(value);
        for _ in 0..MAX_DEPTH {
            match dfg.value_def(value).inst().map(|i| dfg.insts[i]) {
                Some(InstructionData::Unary {
                    opcode: Opcode::Uextend,
                    arg,
                }) => value = dfg.resolve_aliases(arg),
                _ => break,
            }
        }
        value
    }

    /// True for the constant zero.
    fn is_zero(&self, value: Value) -> bool {
        let dfg = &self.nests.func.dfg;
        let def = dfg.value_def(dfg.resolve_aliases(value)).inst();
        matches!(
            def.map(|i| dfg.insts[i]),
            Some(InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }) if imm.bits() == 0
        )
    }

    fn facts(&mut self, l: Loop) -> LoopFacts {
        if let Some(facts) = self.facts.get(&l) {
            return facts.clone();
        }
        let header = self.nests.header(l);
        let params = self.nests.func.dfg.block_params(header).to_vec();
        // Everything that is found while the parameters stand for themselves is forgotten afterwards.
        let memo = std::mem::take(&mut self.memo);
        let facts = self.facts.clone();
        let exits = self.exits.clone();
        let ranges = self.ranges.len();
        self.symbolic.push(l);
        let differences: Vec<Option<Poly>> = (0..params.len())
            .map(|i| self.difference(l, &params, i))
            .collect();
        self.symbolic.pop();
        self.memo = memo;
        self.facts = facts;
        self.exits = exits;
        self.ranges.truncate(ranges);
        // A parameter that never changes is what it was at first, also where it is part of a step.
        let is_fixed = |p: &Option<Poly>| p.as_ref().is_some_and(|p| *p == Poly::default());
        let mut fixed = Vec::new();
        for (index, &param) in params.iter().enumerate() {
            if is_fixed(&differences[index])
                && differences
                    .iter()
                    .flatten()
                    .any(|d| d.mentions(Atom::Entry(param)))
            {
                fixed.push((Atom::Entry(param), self.initial(l, index, param)));
            }
        }
        let steps = differences
            .into_iter()
            .map(|d| self.step(&params, &fixed, d?))
            .collect();
        let mut found = LoopFacts { steps };
        self.facts.insert(l, found.clone());
        // What had to be in range for the steps has to be in every iteration.
        if self.symbolic.is_empty() {
            // Parameters and exits may be in the middle of being looked up: that must not be taken for an answer.
            let memo = std::mem::take(&mut self.memo);
            let exits = std::mem::take(&mut self.exits);
            for index in 0..found.steps.len() {
                for edge in self.nests.info(l).latches.clone() {
                    let next = self.nests.edge_arg(&edge, index);
                    if found.steps[index].is_some()
                        && next.and_then(|next| self.at(next, edge.from)).is_none()
                    {
                        found.steps[index] = None;
                    }
                }
            }
            self.memo = memo;
            self.exits = exits;
            self.facts.insert(l, found.clone());
        }
        found
    }

    /// What is added to a header parameter in an iteration, in terms of the parameters.
    fn difference(&mut self, l: Loop, params: &[Value], index: usize) -> Option<Poly> {
        let bits = self.bits(params[index])?;
        let param = Poly::atom(Atom::Entry(params[index]));
        let mut difference = None;
        for edge in self.nests.info(l).latches.clone() {
            let next = self.nests.edge_arg(&edge, index)?;
            let poly = self.at(next, edge.from)?.sub(&param)?.wrap(bits);
            // A word is another one in each iteration.
            if poly.words().next().is_some()
                || *difference.get_or_insert_with(|| poly.clone()) != poly
            {
                return None;
            }
        }
        difference
    }

    /// A difference without parameters: those that never change are replaced, and there may be no others.
    fn step(
        &self,
        params: &[Value],
        fixed: &[(Atom, Option<Poly>)],
        difference: Poly,
    ) -> Option<Poly> {
        let mut step = difference;
        for (param, initial) in fixed {
            if step.mentions(*param) {
                // A parameter of the region's entry stands for itself on entry too: nothing to replace.
                let initial = initial.clone()?;
                if initial.mentions(*param) {
                    return None;
                }
                step = step.substitute(*param, &initial)?;
            }
        }
        params
            .iter()
            .all(|&p| !step.mentions(Atom::Entry(p)))
            .then_some(step)
    }

    /// What is added to a header parameter in each iteration.
    pub fn step_of(&mut self, l: Loop, index: usize) -> Option<Poly> {
        self.facts(l).steps.get(index).cloned().flatten()
    }

    /// Where a loop is left, and in which iteration. `None` if there is more than one way out, or if the number of
    /// iterations is no polynomial.
    pub fn exit(&mut self, l: Loop) -> Option<Exit> {
        if let Some(known) = self.exits.get(&l) {
            return known.clone();
        }
        self.exits.insert(l, None);
        let exit = self.find_exit(l);
        self.exits.insert(l, exit.clone());
        exit
    }

    fn find_exit(&mut self, l: Loop) -> Option<Exit> {
        let [edge] = self.nests.info(l).exits[..] else {
            return None;
        };
        // The test has to be made once in every iteration.
        let nests = self.nests;
        let mut latches = nests.info(l).latches.iter();
        if nests.innermost(edge.from) != Some(l)
            || !latches.all(|latch| nests.domtree.block_dominates(edge.from, latch.from))
        {
            return None;
        }
        let (cond, leaves_if) = self.branch_condition(&edge)?;
        let (cc, x, y) = self.compared(cond)?;
        let bits = self.bits(x)?;
        let mut a = self.at(x, edge.from)?;
        let mut b = match y {
            Some(y) => self.at(y, edge.from)?,
            None => Poly::default(),
        };
        // The condition for one more iteration.
        let mut cc = if leaves_if { cc.complement() } else { cc };
        let index = Atom::Index(l);
        if !a.mentions(index) {
            std::mem::swap(&mut a, &mut b);
            cc = cc.swap_args();
        }
        let limit = (1i128 << bits) - 1;
        let last = match cc {
            IntCC::NotEqual => {
                let (slope, start) = a.sub(&b)?.wrap(bits).linear_in(index)?;
                let slope = slope.as_constant()?;
                let last = start.div_exact(slope.checked_neg()?)?;
                // With a step of s the difference comes back to zero after 2^w / s iterations.
                self.require(
                    last.clone(),
                    0,
                    limit / slope.abs(),
                    "the number of iterations is exact",
                );
                last
            }
            IntCC::Equal => return None,
            _ => {
                let signed = matches!(
                    cc,
                    IntCC::SignedLessThan
                        | IntCC::SignedLessThanOrEqual
                        | IntCC::SignedGreaterThan
                        | IntCC::SignedGreaterThanOrEqual
                );
                let limit = if signed { limit / 2 } else { limit };
                let (slope, start) = a.linear_in(index)?;
                let slope = slope.as_constant()?;
                if b.mentions(index) {
                    return None;
                }
                let one = Poly::constant(1);
                // The difference that has to stay positive for one more iteration.
                let left = match cc.unsigned() {
                    IntCC::UnsignedLessThan => b.sub(&start)?,
                    IntCC::UnsignedLessThanOrEqual => b.sub(&start)?.add(&one)?,
                    IntCC::UnsignedGreaterThan => start.sub(&b)?,
                    IntCC::UnsignedGreaterThanOrEqual => start.sub(&b)?.add(&one)?,
                    _ => return None,
                };
                let increasing = matches!(
                    cc.unsigned(),
                    IntCC::UnsignedLessThan | IntCC::UnsignedLessThanOrEqual
                );
                let step = if increasing {
                    slope
                } else {
                    slope.checked_neg()?
                };
                if step <= 0 {
                    return None;
                }
                let last = left.div_exact(step)?;
                let reason = "the loop counter does not wrap";
                self.require(start.clone(), 0, limit, reason);
                self.require(b.clone(), 0, limit, reason);
                // Where it is compared for the last time, the counter has not wrapped either.
                self.require(start.add(&last.scale(slope)?)?, 0, limit, reason);
                self.require(last.clone(), 0, limit, "the number of iterations is exact");
                last
            }
        };
        // No loop of interest runs 2^40 times; the bound keeps products of counts and strides in range.
        self.require(
            last.clone(),
            0,
            (1 << 40) - 1,
            "the number of iterations is at most 2^40",
        );
        let known = !last.mentions(index) && last.words().next().is_none();
        known.then_some(Exit { edge, index: last })
    }
}
