//! What a word of the region is, on demand.
//!
//! Assumptions, each of which the caller has to justify: the [`Range`](crate::analysis::evolution::Range)s of the
//! evolution; [`Lifter::assumed_entries`] (words on entry that were taken to be canonical residues);
//! [`HostLoad::canonical`] (the same of memory); carried words are canonical, or sums up to `WIDE_MAX`, which
//! [`Lifter::carry`] proves by induction from their first values and steps.

use crate::analysis::evolution::Evolution;
use crate::analysis::nest::Edge;
use crate::analysis::poly::{Atom, Poly};
use crate::domain::{BinaryOp, Condition, Domain, FieldPoly, Value as Word};
use crate::kernel::bits::HostBits;
use crate::kernel::host::{Copied, HostAtom, HostCarry, HostLoad, HostSum};
use crate::kernel::term::{Monomial, Replacement, Term};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, Inst, InstructionData, Opcode, Value, ValueDef};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::{BTreeSet, HashMap};

/// Definitions are followed to this depth.
const MAX_DEPTH: u32 = 300;
/// Greatest value of a carried word that residues are added to without a reduction.
const WIDE_MAX: u64 = i64::MAX as u64;
/// Fewest iterations in which such a word must not wrap for the loop to be of interest.
const WIDE_ITERATIONS: i128 = 1 << 16;
/// Most residues that are added to such a word in an iteration.
const MAX_ADDED: usize = 8;

/// What a leaf of the domain stands for.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// A value on entry.
    Entry(Value),
    /// A place in memory.
    Load(u32),
    /// A carried word, before the iteration.
    Carry(u32),
    /// A carried word after all iterations of its loop, and how many there are.
    Final(u32, Poly),
    /// A word that equals this term.
    Alias(Term<HostAtom>),
    /// A difference of two words, or a comparison of bits: all of them, and a key.
    Bits(HostBits),
    /// What a place in memory was in the iteration before; in the first, a value on entry.
    Before(u32, Value),
    /// Anything else.
    Opaque,
}

/// Lifts words of one region modulo one prime.
pub struct Lifter<'e, 'a> {
    /// Integer facts.
    pub evolution: &'e mut Evolution<'a>,
    /// The prime.
    pub p: u64,
    /// Bytes of the words that elements are kept in.
    pub bytes: u8,
    /// True if words are moved, and nothing is taken to be canonical.
    pub moves: bool,
    /// True if differences that wrap and comparisons are words of their own: bits are taken from them, or they are flags.
    pub flags: bool,
    /// True if words in memory are taken to be canonical.
    pub canonical_memory: bool,
    /// True if the unit may access what the loop does not read in each row: it refuses where it cannot.
    pub optional: bool,
    /// True if all reasons against a loop are looked for, not only one.
    pub explain: bool,
    /// Values on entry that were taken to be canonical.
    pub assumed_entries: BTreeSet<Value>,
    /// Places that were read.
    pub loads: Vec<HostLoad>,
    /// Sums that were found.
    pub sums: Vec<HostSum>,
    pub(super) domain: Domain,
    pub(super) origins: Vec<Origin>,
    entries: HashMap<Value, Word>,
    words: HashMap<Value, Word>,
    load_at: HashMap<(Poly, u8, Option<u32>), (u32, u32)>,
    carries: Vec<(Loop, usize, Value)>,
    carry_of: HashMap<Value, (u32, Word)>,
    carry_terms: HashMap<u32, Option<HostCarry>>,
    low_half: BTreeSet<u32>,
    wide: BTreeSet<u32>,
    deciding: Vec<Value>,
    finals: Vec<((u32, Poly), Word)>,
    pub(super) executed: HashMap<Loop, Option<HashMap<Value, Word>>>,
    /// How many iterations the loops have that were executed.
    pub iterations: HashMap<Loop, u32>,
    depth: u32,
}

impl<'e, 'a> Lifter<'e, 'a> {
    /// A lifter for the region of this evolution. It looks for all reasons.
    pub fn new(evolution: &'e mut Evolution<'a>, p: u64, canonical_memory: bool) -> Self {
        Self {
            evolution,
            p,
            bytes: if p > u32::MAX.into() { 8 } else { 4 },
            moves: false,
            flags: false,
            canonical_memory,
            optional: false,
            explain: true,
            assumed_entries: BTreeSet::new(),
            loads: Vec::new(),
            sums: Vec::new(),
            domain: Domain::new(&[p]),
            origins: Vec::new(),
            entries: HashMap::new(),
            words: HashMap::new(),
            load_at: HashMap::new(),
            carries: Vec::new(),
            carry_of: HashMap::new(),
            carry_terms: HashMap::new(),
            low_half: BTreeSet::new(),
            wide: BTreeSet::new(),
            deciding: Vec::new(),
            finals: Vec::new(),
            executed: HashMap::new(),
            iterations: HashMap::new(),
            depth: 0,
        }
    }

    pub(super) fn leaf(&mut self, origin: Origin, bits: u8, hi: u64) -> Word {
        let id = self.origins.len() as u32;
        self.origins.push(origin);
        self.domain.leaf(id, bits, 0, hi.into())
    }

    /// The width of a value, if the domain has words of it.
    fn width(&self, value: Value) -> Option<u8> {
        self.evolution.bits(value).map(|b| b as u8)
    }

    fn unknown(&mut self, value: Value) -> Word {
        let ty = self.evolution.nests.func.dfg.value_type(value);
        let bits = u8::try_from(ty.bits()).unwrap_or(u8::MAX);
        if bits > crate::domain::MAX_BITS {
            return self.domain.unknown(bits);
        }
        let hi = u64::MAX >> (64 - u32::from(bits.clamp(1, 64)));
        self.leaf(Origin::Opaque, bits, hi)
    }

    /// The word as an instruction of this block sees it.
    pub fn word_at(&mut self, value: Value, block: Block) -> Word {
        let value = self.evolution.nests.func.dfg.resolve_aliases(value);
        let left = self
            .evolution
            .nests
            .def_block(value)
            .and_then(|def| self.left_loop(def, block));
        match left {
            Some(l) if !self.is_constant(value) && !self.evolution.is_invariant(value) => {
                match self.value_after(l, value) {
                    Some(word) => word,
                    None => self.unknown(value),
                }
            }
            _ => self.word(value),
        }
    }

    /// The outermost loop of the region that contains `def` but not `block`.
    fn left_loop(&self, def: Block, block: Block) -> Option<Loop> {
        let nests = self.evolution.nests;
        let mut at = nests.innermost(def);
        let mut left = None;
        while let Some(l) = at {
            if nests.contains(l, block) || !self.evolution.region.set.contains(nests.header(l)) {
                break;
            }
            left = Some(l);
            at = nests.parent(l);
        }
        left
    }

    fn is_constant(&self, value: Value) -> bool {
        let dfg = &self.evolution.nests.func.dfg;
        dfg.value_def(value)
            .inst()
            .is_some_and(|i| dfg.insts[i].opcode() == Opcode::Iconst)
    }

    /// The word after a loop in which its value is defined.
    fn value_after(&mut self, l: Loop, value: Value) -> Option<Word> {
        if let Some(words) = self.execute(l) {
            return words.get(&value).copied();
        }
        let (carry, count) = self.carried_result(l, value)?;
        if let Some((_, word)) = self
            .finals
            .iter()
            .find(|((c, n), _)| *c == carry && *n == count)
        {
            return Some(*word);
        }
        let word = self.carried_leaf(Origin::Final(carry, count.clone()), carry);
        self.finals.push(((carry, count), word));
        Some(word)
    }

    /// Which carried word of the loop a value is when the loop has been left, and after how many iterations.
    pub fn carried_result(&mut self, l: Loop, value: Value) -> Option<(u32, Poly)> {
        let nests = self.evolution.nests;
        let value = nests.func.dfg.resolve_aliases(value);
        let exit = self.evolution.exit(l)?;
        let params = nests.func.dfg.block_params(nests.header(l)).to_vec();
        if let Some(index) = params.iter().position(|&p| p == value) {
            return Some((self.carry_id(l, index, params[index]), exit.index));
        }
        let [latch] = nests.info(l).latches[..] else {
            return None;
        };
        let def = nests.def_block(value)?;
        if !nests.domtree.block_dominates(def, exit.edge.from) {
            return None;
        }
        let index = (0..params.len()).find(|&i| nests.edge_arg(&latch, i) == Some(value))?;
        let count = exit.index.add(&Poly::constant(1))?;
        Some((self.carry_id(l, index, params[index]), count))
    }

    /// Meets all words that the row loop carries: what a loop without stores may leave behind.
    pub fn accumulators(&mut self, row: Loop) {
        let nests = self.evolution.nests;
        let bits = 8 * u32::from(self.bytes);
        for &param in nests.func.dfg.block_params(nests.header(row)) {
            // Sums of words of 32 bits may be wider.
            let is_word = self
                .evolution
                .bits(param)
                .is_some_and(|b| b == bits || b == 64);
            if is_word && self.evolution.poly(param).is_none() {
                self.word(param);
            }
        }
    }

    fn carry_id(&mut self, l: Loop, index: usize, param: Value) -> u32 {
        if let Some((id, _)) = self.carry_of.get(&param) {
            return *id;
        }
        let id = self.carries.len() as u32;
        self.carries.push((l, index, param));
        if self.only_low_half_is_used(l, param) {
            self.low_half.insert(id);
        } else if self.is_added_to(l, index, param) {
            self.wide.insert(id);
        }
        let word = self.carried_leaf(Origin::Carry(id), id);
        self.carry_of.insert(param, (id, word));
        id
    }

    /// A carried word that is canonical, or at most [`WIDE_MAX`], or of which only the lower half is canonical and the upper
    /// half is anything.
    fn carried_leaf(&mut self, origin: Origin, carry: u32) -> Word {
        let (_, _, param) = self.carries[carry as usize];
        let bits = self.width(param).unwrap_or(64);
        let greatest = match self.wide.contains(&carry) {
            true => WIDE_MAX,
            false => self.p - 1,
        };
        let word = self.leaf(origin, bits, greatest);
        if !self.low_half.contains(&carry) {
            return word;
        }
        let upper = self.leaf(Origin::Opaque, bits, u32::MAX.into());
        let amount = self.domain.constant(bits, 32);
        let upper = self.domain.binary(BinaryOp::Shl, upper, amount);
        self.domain.binary(BinaryOp::Add, word, upper)
    }

    /// True for a 64-bit parameter that the loop only reads the lower half of: compilers leave the upper half of a
    /// difference as it is when what follows masks it.
    fn only_low_half_is_used(&mut self, l: Loop, param: Value) -> bool {
        if self.width(param) != Some(64) || self.bytes != 4 {
            return false;
        }
        let nests = self.evolution.nests;
        let dfg = &nests.func.dfg;
        for &block in &nests.info(l).blocks {
            for inst in nests.func.layout.block_insts(block) {
                if !dfg
                    .inst_values(inst)
                    .any(|v| dfg.resolve_aliases(v) == param)
                {
                    continue;
                }
                let masks = match dfg.insts[inst] {
                    InstructionData::Unary {
                        opcode: Opcode::Ireduce,
                        ..
                    } => true,
                    InstructionData::Binary {
                        opcode: Opcode::Band,
                        args,
                    } => args.into_iter().any(|a| {
                        self.evolution.poly(a).and_then(|p| p.as_constant())
                            == Some(u32::MAX.into())
                    }),
                    _ => false,
                };
                if !masks {
                    return false;
                }
            }
        }
        true
    }

    /// True for a 64-bit parameter that words are added to in each iteration, and nothing else: sums of 32-bit residues
    /// need no reduction before their end.
    fn is_added_to(&self, l: Loop, index: usize, param: Value) -> bool {
        let nests = self.evolution.nests;
        let dfg = &nests.func.dfg;
        if self.width(param) != Some(64) || self.bytes != 4 {
            return false;
        }
        let [latch] = nests.info(l).latches[..] else {
            return false;
        };
        let mut summands: Vec<Value> = nests.edge_arg(&latch, index).into_iter().collect();
        for _ in 0..MAX_ADDED {
            let Some(summand) = summands.pop() else {
                return false;
            };
            let summand = dfg.resolve_aliases(summand);
            if summand == param {
                return true;
            }
            if let Some(inst) = dfg.value_def(summand).inst()
                && dfg.insts[inst].opcode() == Opcode::Iadd
            {
                summands.extend(dfg.inst_args(inst));
            }
        }
        false
    }

    /// True if a carried word is its residue: not a sum that is not reduced, or a word with an unknown upper half.
    pub fn is_residue(&self, carry: u32) -> bool {
        !self.low_half.contains(&carry) && !self.wide.contains(&carry)
    }

    /// True if a carried word is a sum that is not reduced, and does not wrap.
    pub fn is_wide(&self, carry: u32) -> bool {
        self.wide.contains(&carry)
    }

    /// The word of a value where it is defined.
    pub fn word(&mut self, value: Value) -> Word {
        let value = self.evolution.nests.func.dfg.resolve_aliases(value);
        if let Some(&word) = self.words.get(&value) {
            return word;
        }
        if self.depth >= MAX_DEPTH {
            return self.unknown(value);
        }
        self.depth += 1;
        // A word that depends on itself other than through a carried word is not known.
        let unknown = self.unknown(value);
        self.words.insert(value, unknown);
        let word = self.compute(value);
        self.depth -= 1;
        self.words.insert(value, word);
        word
    }

    fn compute(&mut self, value: Value) -> Word {
        if self.width(value).is_none() {
            return self.unknown(value);
        }
        match self.evolution.nests.func.dfg.value_def(value) {
            ValueDef::Param(block, index) => self.param(block, index, value),
            ValueDef::Result(inst, 0) => {
                let block = self.evolution.nests.func.layout.inst_block(inst);
                let inside = block.is_some_and(|b| self.evolution.region.set.contains(b));
                match block {
                    Some(block) if inside || self.is_transparent(inst) => {
                        self.instruction(inst, block, value)
                    }
                    _ => self.entry(value),
                }
            }
            _ => self.unknown(value),
        }
    }

    /// Instructions that are looked through outside of the region too: they change the width of a word, are constants, or
    /// take half of an element, of which compilers make products of 64-bit words.
    fn is_transparent(&self, inst: Inst) -> bool {
        let dfg = &self.evolution.nests.func.dfg;
        let operand = match dfg.insts[inst] {
            InstructionData::UnaryImm { .. } | InstructionData::Unary { .. } => {
                return matches!(
                    dfg.insts[inst].opcode(),
                    Opcode::Iconst | Opcode::Uextend | Opcode::Ireduce
                );
            }
            InstructionData::Binary {
                opcode: Opcode::Band | Opcode::Ushr,
                args: [_, operand],
            } if self.bytes == 8 => operand,
            _ => return false,
        };
        let half = match dfg.insts[inst].opcode() {
            Opcode::Band => i64::from(u32::MAX),
            _ => 32,
        };
        let constant = dfg.value_def(dfg.resolve_aliases(operand)).inst();
        matches!(
            constant.map(|i| dfg.insts[i]),
            Some(InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }) if imm.bits() == half
        )
    }

    /// A value on entry. One that has room for every canonical residue, and for more, is taken to be one.
    fn entry(&mut self, value: Value) -> Word {
        if let Some(&word) = self.entries.get(&value) {
            return word;
        }
        let bits = self.width(value).unwrap_or(64);
        let greatest = u64::MAX >> (64 - u32::from(bits.clamp(1, 64)));
        let word = if self.moves || greatest < self.p {
            self.leaf(Origin::Entry(value), bits, greatest)
        } else {
            self.assumed_entries.insert(value);
            self.leaf(Origin::Entry(value), bits, self.p - 1)
        };
        self.entries.insert(value, word);
        word
    }

    fn param(&mut self, block: Block, index: usize, value: Value) -> Word {
        if !self.evolution.region.set.contains(block) {
            return self.entry(value);
        }
        let Some(l) = self.evolution.nests.header_of(block) else {
            if block == self.evolution.region.entry {
                return self.passed(index, value);
            }
            return self.merge(block, index, value);
        };
        match self.evolution.step_of(l, index) {
            // The same in every iteration.
            Some(step) if step == Poly::default() => {
                if block == self.evolution.region.entry {
                    return self.passed(index, value);
                }
                match self.initial_word(l, index) {
                    Some(word) => word,
                    None => self.unknown(value),
                }
            }
            Some(_) => self.unknown(value),
            None if self.flags && self.width(value) == Some(32) => {
                match self.before(l, index, value) {
                    Some(word) => word,
                    None => self.carried(l, index, value),
                }
            }
            None => self.carried(l, index, value),
        }
    }

    fn carried(&mut self, l: Loop, index: usize, value: Value) -> Word {
        let id = self.carry_id(l, index, value);
        debug_assert_eq!(self.carries[id as usize].2, value);
        self.carry_of[&value].1
    }

    /// A parameter of the region's loop that is a word which the iteration before has read.
    fn before(&mut self, l: Loop, index: usize, value: Value) -> Option<Word> {
        let nests = self.evolution.nests;
        let [latch] = nests.info(l).latches[..] else {
            return None;
        };
        if nests.header(l) != self.evolution.region.entry {
            return None;
        }
        let next = nests
            .func
            .dfg
            .resolve_aliases(nests.edge_arg(&latch, index)?);
        let inst = nests.func.dfg.value_def(next).inst()?;
        if !nests.func.dfg.insts[inst].opcode().can_load() {
            return None;
        }
        let word = self.word_at(next, latch.from);
        let load = self.plain_load(word)?;
        let first = self.evolution.passed(index, value);
        (self.loads[load as usize].bytes == 4).then_some(())?;
        Some(self.leaf(Origin::Before(load, first), 32, u32::MAX.into()))
    }

    /// The place in memory whose word this is.
    pub(super) fn plain_load(&self, word: Word) -> Option<u32> {
        let poly = self.domain.polynomial(word)?;
        let [term] = &poly.terms[..] else { return None };
        let [origin] = term.factors[..] else {
            return None;
        };
        match self.origins[origin as usize] {
            Origin::Load(load) if term.coefficient == 1 => Some(load),
            _ => None,
        }
    }

    /// A parameter of the region's entry.
    fn passed(&mut self, index: usize, param: Value) -> Word {
        let passed = self.evolution.passed(index, param);
        if passed == param {
            self.entry(param)
        } else {
            self.word(passed)
        }
    }

    fn initial_word(&mut self, l: Loop, index: usize) -> Option<Word> {
        let entries = self.evolution.nests.info(l).entries.clone();
        let [edge] = entries[..] else { return None };
        let arg = self.evolution.nests.edge_arg(&edge, index)?;
        Some(self.word_at(arg, edge.from))
    }

    /// A carried word, proved to stay canonical. `None` if that cannot be proved.
    pub fn carry(&mut self, id: u32) -> Option<HostCarry> {
        if let Some(known) = self.carry_terms.get(&id) {
            return known.clone();
        }
        self.carry_terms.insert(id, None);
        let carry = self.prove_carry(id);
        self.carry_terms.insert(id, carry.clone());
        carry
    }

    fn prove_carry(&mut self, id: u32) -> Option<HostCarry> {
        let (l, index, param) = self.carries[id as usize];
        let nests = self.evolution.nests;
        let first = if nests.header(l) == self.evolution.region.entry {
            self.passed(index, param)
        } else {
            self.initial_word(l, index)?
        };
        let low_half = self.low_half.contains(&id);
        let first = if low_half {
            self.domain.ireduce(first, 32)
        } else {
            first
        };
        let init = self.term(first)?;
        let mut step = None;
        for edge in nests.info(l).latches.clone() {
            let arg = nests.edge_arg(&edge, index)?;
            let next = self.word_at(arg, edge.from);
            let next = if low_half {
                self.domain.ireduce(next, 32)
            } else {
                next
            };
            let term = match self.wide.contains(&id) {
                true => self.added(id, next)?,
                false => self.term(next)?,
            };
            if *step.get_or_insert_with(|| term.clone()) != term {
                return None;
            }
        }
        Some(HostCarry {
            l,
            param,
            init,
            step: step?,
        })
    }

    /// What a carried word that is not reduced is congruent to after an iteration. It is at most [`WIDE_MAX`] before each
    /// by induction: it begins canonical, nothing wraps while it is not greater, and the number of iterations, which is
    /// demanded to be small enough, times the most that is added in one keeps it there.
    fn added(&mut self, id: u32, next: Word) -> Option<Term<HostAtom>> {
        let (l, _, param) = self.carries[id as usize];
        let before = self.carry_of.get(&param)?.1;
        let difference = self.domain.binary(BinaryOp::Sub, next, before);
        let (_, most) = self.domain.interval(difference);
        let room = u128::from(WIDE_MAX - (self.p - 1));
        let iterations = i128::try_from(room / most.max(1)).ok()?;
        if iterations < WIDE_ITERATIONS {
            return None;
        }
        let last = self.evolution.exit(l)?.index;
        let reason = "a sum that is not reduced does not wrap";
        self.evolution.require(last, 0, iterations - 1, reason);
        let residue = self.domain.residue(next, 0)?;
        self.poly_term(residue.poly)
    }

    /// A result of a loop: the carried word, and after how many iterations.
    pub fn result_of(&self, id: u32) -> Option<(u32, Poly)> {
        self.finals.get(id as usize).map(|(place, _)| place.clone())
    }

    /// The conditions that decided what words are: of branches that merge, and of loops that were executed.
    pub fn deciding(&self) -> Vec<Value> {
        let nests = self.evolution.nests;
        let mut conditions = self.deciding.clone();
        for (&l, _) in self.executed.iter().filter(|(_, words)| words.is_some()) {
            for &block in &nests.info(l).blocks {
                let branch = nests.func.layout.last_inst(block);
                if let Some(InstructionData::Brif { arg, .. }) =
                    branch.map(|i| nests.func.dfg.insts[i])
                {
                    conditions.push(arg);
                }
            }
        }
        conditions
    }

    /// Number of carried words that were met so far.
    pub fn carry_count(&self) -> u32 {
        self.carries.len() as u32
    }

    /// Where and what a carried word is: its loop and header parameter.
    pub fn carry_place(&self, id: u32) -> (Loop, Value) {
        let (l, _, param) = self.carries[id as usize];
        (l, param)
    }

    /// A parameter of a block that heads no loop. What an edge passes is seen as from the block: an edge out of a loop
    /// passes values after the loop.
    fn merge(&mut self, block: Block, index: usize, value: Value) -> Word {
        let edges = self.evolution.nests.edges_into(block);
        match &edges[..] {
            [edge] => match self.evolution.nests.edge_arg(edge, index) {
                Some(arg) => self.word_at(arg, block),
                None => self.unknown(value),
            },
            [a, b] => {
                let merged = self
                    .around_empty_loop(a, b, index)
                    .or_else(|| self.around_empty_loop(b, a, index));
                match merged.or_else(|| self.diamond(block, a, b, index)) {
                    Some(word) => word,
                    None => self.unknown(value),
                }
            }
            _ => self.unknown(value),
        }
    }

    /// `skip` is taken when a loop would have no iteration, and passes what the loop's result would then be.
    fn around_empty_loop(&mut self, skip: &Edge, through: &Edge, index: usize) -> Option<Word> {
        let nests = self.evolution.nests;
        let count_is_zero = self.evolution.taken_if_zero(skip)?;
        let result = nests.edge_arg(through, index)?;
        let word = self.word_at(result, through.to);
        let residue = self.domain.residue(word, 0)?;
        let [only] = &residue.poly.terms[..] else {
            return None;
        };
        let [(origin, 1)] = only.factors[..] else {
            return None;
        };
        let Origin::Final(carry, count) = self.origins[origin as usize].clone() else {
            return None;
        };
        if only.coefficient != 1
            || count
                .substitute(count_is_zero, &Poly::default())?
                .as_constant()
                != Some(0)
        {
            return None;
        }
        let (l, param_index, _) = self.carries[carry as usize];
        let first = self.initial_word(l, param_index)?;
        let skipped = nests.edge_arg(skip, index)?;
        let skipped = self.word_at(skipped, skip.to);
        (self.term(first)? == self.term(skipped)?).then_some(word)
    }

    /// Two ways from one branch.
    fn diamond(&mut self, block: Block, a: &Edge, b: &Edge, index: usize) -> Option<Word> {
        let nests = self.evolution.nests;
        let fork = nests.domtree.idom(block)?;
        let branch = nests.func.layout.last_inst(fork)?;
        let InstructionData::Brif { arg, .. } = nests.func.dfg.insts[branch] else {
            return None;
        };
        let targets = crate::analysis::nest::destinations(nests.func, branch);
        let side = |edge: &Edge| {
            if edge.branch == branch {
                return Some(edge.destination);
            }
            let reached = |&t: &usize| {
                targets[t] != block && nests.domtree.block_dominates(targets[t], edge.from)
            };
            let sides: Vec<usize> = (0..targets.len()).filter(reached).collect();
            (sides.len() == 1).then(|| sides[0])
        };
        let (then, otherwise) = match (side(a)?, side(b)?) {
            (0, 1) => (a, b),
            (1, 0) => (b, a),
            _ => return None,
        };
        let condition = self.word_at(arg, fork);
        self.deciding.push(arg);
        let x = self.word_at(nests.edge_arg(then, index)?, block);
        let y = self.word_at(nests.edge_arg(otherwise, index)?, block);
        match self.vanishing(arg, fork, x, y) {
            Some(word) => Some(word),
            None => Some(self.domain.select(condition, x, y)),
        }
    }

    /// The load whose word is compared with zero, and whether the condition holds where it is zero.
    fn zero_test(&mut self, condition: Value, block: Block) -> Option<(u32, bool)> {
        let (cc, x, y) = self.evolution.compared(condition)?;
        let (word, other) = (self.word_at(x, block), y.map(|y| self.word_at(y, block)));
        let is_zero = |this: &Self, w: Word| this.domain.constant_value(w) == Some(0);
        let word = match other {
            None => word,
            Some(other) if is_zero(self, other) => word,
            Some(other) if is_zero(self, word) => other,
            _ => return None,
        };
        let holds = match cc {
            IntCC::Equal => true,
            IntCC::NotEqual => false,
            _ => return None,
        };
        Some((self.plain_load(word)?, holds))
    }

    /// True for a load that is only made where another word is not zero, if the unit may make it in each row.
    pub fn is_optional(&mut self, inst: Inst) -> bool {
        let nests = self.evolution.nests;
        let block = nests.func.layout.inst_block(inst);
        let row = nests.header_of(self.evolution.region.entry);
        let of_rows = block.is_some_and(|b| nests.innermost(b) == row);
        self.optional && of_rows && block.is_some_and(|b| self.unless_zero(b).is_some())
    }

    /// The load of a word that is not zero where this block is executed, which is not so in each row.
    fn unless_zero(&mut self, block: Block) -> Option<u32> {
        let nests = self.evolution.nests;
        let row = nests.header_of(self.evolution.region.entry)?;
        let [latch] = nests.info(row).latches[..] else {
            return None;
        };
        if nests.domtree.block_dominates(block, latch.from) {
            return None;
        }
        let mut fork = block;
        while !nests.domtree.block_dominates(fork, latch.from) {
            fork = nests.domtree.idom(fork)?;
        }
        let branch = nests.func.layout.last_inst(fork)?;
        let InstructionData::Brif { arg, .. } = nests.func.dfg.insts[branch] else {
            return None;
        };
        let (load, zero_where_taken) = self.zero_test(arg, fork)?;
        let targets = crate::analysis::nest::destinations(nests.func, branch);
        let [taken, otherwise] = targets[..] else {
            return None;
        };
        let nonzero = if zero_where_taken { otherwise } else { taken };
        // Entered by this branch only.
        let only = matches!(nests.edges_into(nonzero)[..], [edge] if edge.branch == branch);
        let here = taken != otherwise && only && nests.domtree.block_dominates(nonzero, block);
        (here && self.loads[load as usize].unless_zero.is_none()).then_some(load)
    }

    /// A choice by whether a word is zero, where the value for other words is what the choice is for zero, too: that value.
    fn vanishing(&mut self, condition: Value, fork: Block, x: Word, y: Word) -> Option<Word> {
        let (load, zero_where_taken) = self.zero_test(condition, fork)?;
        let (zero, other) = if zero_where_taken { (x, y) } else { (y, x) };
        let (zero, value) = (self.term(zero)?, self.term(other)?);
        let factor = HostAtom::Load(load);
        let p = self.p;
        let at_zero = value.substitute(&|atom| match atom {
            _ if *atom == factor => Some(Replacement::By(Term::zero(p))),
            HostAtom::Load(_) | HostAtom::Entry(_) => Some(Replacement::Keep),
            // Inside of it the word may occur once more.
            HostAtom::Inv(inner) if !inner.any(&mut |a| *a == factor) => Some(Replacement::Keep),
            _ => None,
        })?;
        (at_zero == zero).then(|| self.leaf(Origin::Alias(value), other.bits(), p - 1))
    }

    fn instruction(&mut self, inst: Inst, block: Block, value: Value) -> Word {
        let data = self.evolution.nests.func.dfg.insts[inst];
        if data.opcode().can_load() {
            return self.load(inst, block, value);
        }
        let args: Vec<Word> = self
            .evolution
            .nests
            .func
            .dfg
            .inst_args(inst)
            .to_vec()
            .into_iter()
            .map(|a| self.word_at(a, block))
            .collect();
        let bits = self.width(value).unwrap_or(64);
        if self.flags
            && let Some(word) = self.flag_operation(inst, block, &args, bits)
        {
            return word;
        }
        match operation(&mut self.domain, &data, &args, bits) {
            Some(word) => word,
            None => self.unknown(value),
        }
    }

    fn load(&mut self, inst: Inst, block: Block, value: Value) -> Word {
        let func = self.evolution.nests.func;
        let InstructionData::Load {
            opcode,
            arg,
            offset,
            ..
        } = func.dfg.insts[inst]
        else {
            return self.unknown(value);
        };
        let bits = self.width(value).unwrap_or(64);
        let bytes = match opcode {
            Opcode::Load => bits / 8,
            Opcode::Uload8 => 1,
            Opcode::Uload16 => 2,
            Opcode::Uload32 => 4,
            _ => 0,
        };
        if !matches!(bytes, 1 | 2 | 4 | 8) {
            return self.unknown(value);
        }
        if self.evolution.is_invariant(value) {
            return self.entry(value);
        }
        let Some(address) = self.address(arg, offset.into(), block) else {
            return self.unknown(value);
        };
        // What has no room for more is canonical without an assumption.
        let greatest = u64::MAX >> (64 - 8 * u32::from(bytes));
        // Units take an index as it is.
        let is_index = self.evolution.is_index(value);
        let canonical = self.canonical_memory && bytes == self.bytes && !is_index;
        let hi = if canonical { self.p - 1 } else { greatest };
        let unless_zero = self.unless_zero(block);
        let place = (address.clone(), bytes, unless_zero);
        if let Some(&(load, origin)) = self.load_at.get(&place) {
            if !self.loads[load as usize].insts.contains(&inst) {
                self.loads[load as usize].insts.push(inst);
            }
            return self.domain.leaf(origin, bits, 0, hi.into());
        }
        let id = self.loads.len() as u32;
        self.load_at.insert(place, (id, self.origins.len() as u32));
        self.loads.push(HostLoad {
            address,
            bytes,
            insts: vec![inst],
            canonical,
            unless_zero,
        });
        self.leaf(Origin::Load(id), bits, hi)
    }

    /// An address in memory, modulo 2^64.
    pub fn address(&mut self, base: Value, offset: i64, block: Block) -> Option<Poly> {
        let base_bits = self.evolution.bits(base)?;
        let address = self.evolution.at(base, block)?;
        (base_bits == 64).then_some(())?;
        // An index is read, too.
        for word in address.words() {
            self.word(word);
        }
        Some(address.add(&Poly::constant(offset.into()))?.wrap(64))
    }

    /// The load and the constant, if a word is the sum of what is at this address and a constant, modulo 2 to its width.
    pub fn counted(&mut self, value: Value, address: &Poly, block: Block) -> Option<(u32, u64)> {
        let nests = self.evolution.nests;
        let value = nests.func.dfg.resolve_aliases(value);
        let def = nests.func.dfg.value_def(value).inst()?;
        let InstructionData::Binary {
            opcode: Opcode::Iadd,
            args,
        } = nests.func.dfg.insts[def]
        else {
            return None;
        };
        if self.width(value)? != 8 * self.bytes || address.words().next().is_none() {
            return None;
        }
        let [x, y] = args.map(|a| self.word_at(a, block));
        let (word, constant) = match (self.domain.constant_value(x), self.domain.constant_value(y))
        {
            (None, Some(c)) => (x, c),
            (Some(c), None) => (y, c),
            _ => return None,
        };
        let Copied::Load(load) = self.copied(word)? else {
            return None;
        };
        let replaced = self.loads[load as usize].address == *address;
        replaced.then_some((load, u64::try_from(constant).ok()?))
    }

    /// What a word that goes to memory is a copy of, if it is one bit by bit.
    pub fn copied(&mut self, word: Word) -> Option<Copied> {
        let poly = self.domain.polynomial(word)?;
        let origin = match &poly.terms[..] {
            [] => return Some(Copied::Const(0)),
            [term] if term.factors.is_empty() => {
                return u64::try_from(term.coefficient).ok().map(Copied::Const);
            }
            [term] if term.coefficient == 1 && term.factors.len() == 1 => term.factors[0],
            _ => return None,
        };
        match self.origins[origin as usize] {
            Origin::Load(load) if self.loads[load as usize].bytes == self.bytes => {
                Some(Copied::Load(load))
            }
            Origin::Entry(value) if self.width(value)? <= 8 * self.bytes => {
                Some(Copied::Entry(value))
            }
            _ => None,
        }
    }

    /// A canonical word as a polynomial. `None` if the word is not proved to be canonical.
    pub fn term(&mut self, word: Word) -> Option<Term<HostAtom>> {
        let residue = match self.domain.residue(word, 0) {
            Some(residue) => residue,
            None => {
                let residue = self.domain.residue_of_bits(word, 0)?;
                return residue.canonical.then(|| self.bit_term(&residue.poly))?;
            }
        };
        match residue.canonical {
            true => self.poly_term(residue.poly),
            false => None,
        }
    }

    /// A polynomial over leaves.
    fn poly_term(&mut self, poly: FieldPoly) -> Option<Term<HostAtom>> {
        let p = self.p;
        let mut sum = Term::zero(p);
        for summand in poly.terms {
            let mut product = Term::constant(p, summand.coefficient);
            for (origin, exponent) in summand.factors {
                let factor = self.origin_term(origin)?;
                product = product.mul(&power(p, &factor, exponent)?)?;
            }
            sum = sum.add(&product)?;
        }
        Some(sum)
    }

    pub(super) fn origin_term(&mut self, origin: u32) -> Option<Term<HostAtom>> {
        let p = self.p;
        Some(match self.origins[origin as usize].clone() {
            Origin::Entry(v) => Term::atom(p, HostAtom::Entry(v)),
            Origin::Load(l) => Term::atom(p, HostAtom::Load(l)),
            Origin::Carry(c) => Term::atom(p, HostAtom::Carry(c)),
            Origin::Alias(t) => t,
            Origin::Bits(bits) => Term::atom(p, HostAtom::Bits(bits)),
            Origin::Opaque | Origin::Before(..) => Term::atom(p, HostAtom::Opaque(origin)),
            Origin::Final(c, count) => match self.sum_of(c, &count)? {
                Some(t) => t,
                None => {
                    let id = self
                        .finals
                        .iter()
                        .position(|((f, n), _)| *f == c && *n == count)?;
                    Term::atom(p, HostAtom::Final(id as u32))
                }
            },
        })
    }

    /// A carried word after all iterations as a sum: if each iteration adds something to it, or, by Horner's rule, if
    /// it starts at zero and is multiplied by a constant in between.
    fn sum_of(&mut self, carry: u32, count: &Poly) -> Option<Option<Term<HostAtom>>> {
        let facts = self.carry(carry)?;
        let itself = HostAtom::Carry(carry);
        let (mut factor, mut added) = (None, Term::zero(self.p));
        for (monomial, c) in facts.step.terms() {
            match monomial.iter().position(|(a, _)| *a == itself) {
                None => added.add_monomial(monomial.clone(), c),
                Some(at) if monomial[at].1 == 1 && factor.is_none() => {
                    let mut others = monomial.clone();
                    others.remove(at);
                    factor = Some((others, c));
                }
                Some(_) => return Some(None),
            }
        }
        // Any other unknown that hides the carried word would make this something else than a sum.
        if added.any(&mut |a| {
            !matches!(
                a,
                HostAtom::Entry(_) | HostAtom::Load(_) | HostAtom::Carry(_)
            )
        }) {
            return Some(None);
        }
        let body = match factor {
            Some((others, 1)) if others.is_empty() => added,
            Some((others, c)) if facts.init.is_zero() => {
                match self.horner(&facts, others, c, &added, count) {
                    Some(body) => body,
                    None => return Some(None),
                }
            }
            _ => return Some(None),
        };
        let same = self
            .sums
            .iter()
            .position(|s| s.l == facts.l && s.count == *count && s.body == body);
        let id = same.unwrap_or_else(|| {
            self.sums.push(HostSum {
                l: facts.l,
                count: count.clone(),
                body,
            });
            self.sums.len() - 1
        });
        Some(
            facts
                .init
                .add(&Term::atom(self.p, HostAtom::Sum(id as u32))),
        )
    }

    /// Horner's rule: from zero, T times `h = a h + x(t)` gives the sum of `a^s x(T - 1 - s)` over s < T. The powers of
    /// `a = c * factors` become a carried word of their own, `w = a^s / c`, so that the sum's body is `c w x`: the
    /// shape of a product of words, whatever the representation.
    fn horner(
        &mut self,
        facts: &HostCarry,
        factors: Monomial<HostAtom>,
        c: u64,
        added: &Term<HostAtom>,
        count: &Poly,
    ) -> Option<Term<HostAtom>> {
        if !factors.iter().all(|(a, _)| matches!(a, HostAtom::Entry(_))) {
            return None;
        }
        let p = self.p;
        let index = Atom::Index(facts.l);
        let reversed = count.sub(&Poly::constant(1))?.sub(&Poly::atom(index))?;
        let mut backwards = Term::zero(p);
        for (monomial, d) in added.terms() {
            let mut replaced = Vec::new();
            for (atom, e) in monomial {
                let atom = match atom {
                    HostAtom::Entry(v) => HostAtom::Entry(*v),
                    HostAtom::Load(l) => HostAtom::Load(self.load_backwards(*l, index, &reversed)?),
                    _ => return None,
                };
                replaced.push((atom, *e));
            }
            replaced.sort();
            backwards.add_monomial(replaced, d);
        }
        let id = self.carries.len() as u32;
        let (_, place, param) = self.carries[self
            .carries
            .iter()
            .position(|(l, _, v)| *l == facts.l && *v == facts.param)?];
        self.carries.push((facts.l, place, param));
        let mut ratio = Term::zero(p);
        ratio.add_monomial(factors, c);
        let power = Term::atom(p, HostAtom::Carry(id));
        let init = Term::constant(p, crate::kernel::term::inverse(p, c));
        let step = power.mul(&ratio)?;
        self.carry_terms.insert(
            id,
            Some(HostCarry {
                l: facts.l,
                param,
                init,
                step,
            }),
        );
        backwards.mul(&power.scale(c))
    }

    /// The same place in memory when the iterations are counted from the last.
    fn load_backwards(&mut self, load: u32, index: Atom, reversed: &Poly) -> Option<u32> {
        let load = self.loads[load as usize].clone();
        let address = load.address.substitute(index, reversed)?.wrap(64);
        let same = self
            .loads
            .iter()
            .position(|l| l.address == address && l.insts == load.insts);
        Some(same.unwrap_or_else(|| {
            self.loads.push(HostLoad { address, ..load });
            self.loads.len() - 1
        }) as u32)
    }
}

/// A power of a term; x^(p-2) is the inverse of x, but for zero, where an instruction that inverts refuses.
fn power(p: u64, base: &Term<HostAtom>, exponent: u64) -> Option<Term<HostAtom>> {
    if exponent == p - 2 {
        return Some(Term::atom(p, HostAtom::Inv(Box::new(base.clone()))));
    }
    if base.term_count() <= 1 {
        let mut result = Term::zero(p);
        for (monomial, c) in base.terms() {
            let mut scaled = monomial.clone();
            for (_, e) in &mut scaled {
                *e = e.checked_mul(exponent)?;
            }
            result.add_monomial(scaled, crate::kernel::term::pow(p, c, exponent));
        }
        return Some(result);
    }
    if exponent > 8 {
        return None;
    }
    let mut result = Term::constant(p, 1);
    for _ in 0..exponent {
        result = result.mul(base)?;
    }
    Some(result)
}

/// The result of an instruction without memory access on abstract words.
pub(super) fn operation(
    domain: &mut Domain,
    data: &InstructionData,
    args: &[Word],
    bits: u8,
) -> Option<Word> {
    let opcode = data.opcode();
    Some(match (opcode, args) {
        (Opcode::Iconst, _) => {
            let InstructionData::UnaryImm { imm, .. } = data else {
                return None;
            };
            domain.constant(bits, imm.bits() as u64 as u128)
        }
        (Opcode::Uextend, [x]) => domain.uextend(*x, bits),
        (Opcode::Sextend, [x]) => domain.sextend(*x, bits),
        (Opcode::Ireduce, [x]) => domain.ireduce(*x, bits),
        (Opcode::Ineg, [x]) => domain.neg(*x),
        (Opcode::Bnot, [x]) => domain.not(*x),
        (Opcode::Select | Opcode::SelectSpectreGuard, [c, x, y]) => domain.select(*c, *x, *y),
        (Opcode::Icmp, [x, y]) => {
            let InstructionData::IntCompare { cond, .. } = data else {
                return None;
            };
            domain.icmp(condition(*cond), *x, *y)
        }
        (_, [x, y]) => domain.binary(binary(opcode)?, *x, *y),
        _ => return None,
    })
}

fn binary(opcode: Opcode) -> Option<BinaryOp> {
    Some(match opcode {
        Opcode::Iadd => BinaryOp::Add,
        Opcode::Isub => BinaryOp::Sub,
        Opcode::Imul => BinaryOp::Mul,
        Opcode::Umulhi => BinaryOp::UMulHi,
        Opcode::Smulhi => BinaryOp::SMulHi,
        Opcode::Band => BinaryOp::And,
        Opcode::Bor => BinaryOp::Or,
        Opcode::Bxor => BinaryOp::Xor,
        Opcode::Ishl => BinaryOp::Shl,
        Opcode::Ushr => BinaryOp::ShrU,
        Opcode::Sshr => BinaryOp::ShrS,
        Opcode::Udiv => BinaryOp::UDiv,
        Opcode::Urem => BinaryOp::URem,
        Opcode::Umin => BinaryOp::UMin,
        Opcode::Umax => BinaryOp::UMax,
        Opcode::Smin => BinaryOp::SMin,
        Opcode::Smax => BinaryOp::SMax,
        _ => return None,
    })
}

pub(super) fn condition(cc: IntCC) -> Condition {
    match cc {
        IntCC::Equal => Condition::Eq,
        IntCC::NotEqual => Condition::Ne,
        IntCC::UnsignedLessThan => Condition::Ult,
        IntCC::UnsignedLessThanOrEqual => Condition::Ule,
        IntCC::UnsignedGreaterThan => Condition::Ugt,
        IntCC::UnsignedGreaterThanOrEqual => Condition::Uge,
        IntCC::SignedLessThan => Condition::Slt,
        IntCC::SignedLessThanOrEqual => Condition::Sle,
        IntCC::SignedGreaterThan => Condition::Sgt,
        IntCC::SignedGreaterThanOrEqual => Condition::Sge,
    }
}
