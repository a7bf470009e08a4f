//! One iteration of a loop, on words that somebody chooses.
//!
//! Only what the words that are written depend on matters: branches never leave the loop, inner loops whose iterations
//! are counted run for a few, and memory holds at each address what is chosen when it is read first.

use crate::analysis::nest::{Nests, destinations};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, Inst, InstructionData, Opcode, Type, Value, ValueDef,
};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::HashMap;

/// Instructions that an iteration may take.
const MAX_STEPS: u32 = 20_000;
/// Definitions outside of the loop are followed to this depth.
const MAX_DEPTH: u32 = 64;
/// How often an inner loop comes to the branch that counts its iterations.
const INNER_TESTS: u32 = 3;

/// What is chosen: a value on entry, or the word that an instruction loads, with how often it has loaded one before.
pub type Input = (Value, u32);

/// Says what inputs are.
pub trait Inputs {
    /// What a header parameter of the loop is, if it counts iterations: then nothing is chosen.
    fn counter(&mut self, param: Value) -> Option<u64>;
    /// What is chosen for an input of this many bits.
    fn choose(&mut self, input: Input, bits: u32) -> u64;
}

/// What the words of an iteration are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The words that a store writes.
    Store(Inst),
    /// What a header parameter of the loop is in the next iteration.
    Carried(usize),
}

/// Runs iterations of a loop.
pub struct Iteration<'a, I> {
    nests: &'a Nests<'a>,
    row: Loop,
    /// The branches that count the iterations of inner loops, each with the destination that leaves its loop.
    inner_exits: &'a HashMap<Inst, usize>,
    inputs: I,
    words: HashMap<Value, u128>,
    memory: HashMap<u64, u8>,
    loaded: HashMap<Value, u32>,
    tested: HashMap<Inst, u32>,
    /// Instructions that have been executed.
    pub steps: u32,
}

impl<'a, I: Inputs> Iteration<'a, I> {
    /// The iteration of `row` on these inputs.
    pub fn new(
        nests: &'a Nests<'a>,
        row: Loop,
        inner_exits: &'a HashMap<Inst, usize>,
        inputs: I,
    ) -> Self {
        Self {
            nests,
            row,
            inner_exits,
            inputs,
            words: HashMap::new(),
            memory: HashMap::new(),
            loaded: HashMap::new(),
            tested: HashMap::new(),
            steps: 0,
        }
    }

    /// The first word of the target that `wanted` accepts. `None` if there is none, or the iteration traps, does what cannot
    /// be followed, or takes too long.
    pub fn find(&mut self, target: Target, wanted: &dyn Fn(u64) -> bool) -> Option<u64> {
        let nests = self.nests;
        let func = nests.func;
        let header = nests.header(self.row);
        for &param in func.dfg.block_params(header) {
            let word = match self.inputs.counter(param) {
                Some(word) => word,
                None => self.inputs.choose((param, 0), self.bits(param)?),
            };
            let word = cut(word.into(), func.dfg.value_type(param));
            self.words.insert(param, word);
        }
        let mut block = header;
        loop {
            for inst in func.layout.block_insts(block) {
                self.steps += 1;
                if self.steps > MAX_STEPS {
                    return None;
                }
                if func.dfg.insts[inst].opcode().is_terminator() {
                    break;
                }
                if let Some(written) = self.execute(inst)?
                    && target == Target::Store(inst)
                    && wanted(written)
                {
                    return Some(written);
                }
            }
            let branch = func.layout.last_inst(block)?;
            let destination = self.destination(branch)?;
            let to = *destinations(func, branch).get(destination)?;
            let passed = self.passed(branch, destination)?;
            if to == header {
                let Target::Carried(index) = target else {
                    return None;
                };
                let word = u64::try_from(*passed.get(index)?).ok()?;
                return wanted(word).then_some(word);
            }
            for (&param, word) in func.dfg.block_params(to).iter().zip(passed) {
                self.words.insert(param, word);
            }
            block = to;
        }
    }

    fn bits(&self, value: Value) -> Option<u32> {
        let ty = self.nests.func.dfg.value_type(value);
        (ty.is_int() && ty.bits() <= 64).then(|| ty.bits())
    }

    /// Which way a branch goes.
    fn destination(&mut self, branch: Inst) -> Option<usize> {
        let func = self.nests.func;
        let InstructionData::Brif { arg, .. } = func.dfg.insts[branch] else {
            return (func.dfg.insts[branch].opcode() == Opcode::Jump).then_some(0);
        };
        let stays = |to: &Block| self.nests.contains(self.row, *to);
        match destinations(func, branch)[..] {
            [then, otherwise] => match (stays(&then), stays(&otherwise)) {
                (true, false) => return Some(0),
                (false, true) => return Some(1),
                (false, false) => return None,
                (true, true) => {}
            },
            _ => return None,
        }
        if let Some(&leaves) = self.inner_exits.get(&branch) {
            let tested = self.tested.entry(branch).or_insert(0);
            *tested += 1;
            let left = tested.is_multiple_of(INNER_TESTS);
            return Some(if left { leaves } else { 1 - leaves });
        }
        let condition = self.word(arg, 0)?;
        Some(usize::from(condition == 0))
    }

    fn passed(&mut self, branch: Inst, destination: usize) -> Option<Vec<u128>> {
        let dfg = &self.nests.func.dfg;
        let calls = dfg.insts[branch].branch_destination(&dfg.jump_tables, &dfg.exception_tables);
        let arguments: Vec<BlockArg> = calls.get(destination)?.args(&dfg.value_lists).collect();
        arguments
            .into_iter()
            .map(|argument| self.word(argument.as_value()?, 0))
            .collect()
    }

    /// The word of a value: what the iteration has computed, or what it is on entry.
    fn word(&mut self, value: Value, depth: u32) -> Option<u128> {
        let func = self.nests.func;
        let value = func.dfg.resolve_aliases(value);
        if let Some(&word) = self.words.get(&value) {
            return Some(word);
        }
        let word = match func.dfg.value_def(value) {
            // Constants and the like are computed: what depends on them would be absurd otherwise.
            ValueDef::Result(inst, 0) if depth < MAX_DEPTH && is_pure(&func.dfg.insts[inst]) => {
                let arguments: Option<Vec<u128>> = func
                    .dfg
                    .inst_args(inst)
                    .iter()
                    .map(|&a| self.word(a, depth + 1))
                    .collect();
                let computed = arguments.and_then(|words| self.computed(inst, &words));
                match computed {
                    Some(word) => word,
                    None => self.chosen(value)?,
                }
            }
            _ => self.chosen(value)?,
        };
        self.words.insert(value, word);
        Some(word)
    }

    fn chosen(&mut self, value: Value) -> Option<u128> {
        let bits = self.bits(value)?;
        let word = self.inputs.choose((value, 0), bits);
        Some(cut(word.into(), self.nests.func.dfg.value_type(value)))
    }

    fn computed(&self, inst: Inst, arguments: &[u128]) -> Option<u128> {
        let dfg = &self.nests.func.dfg;
        let from = dfg.inst_args(inst).first().map(|&a| dfg.value_type(a));
        let to = dfg.value_type(dfg.first_result(inst));
        operation(&dfg.insts[inst], arguments, from.unwrap_or(to), to)
    }

    /// Executes an instruction that is no terminator. `None` if it traps or cannot be followed; otherwise what it has written
    /// to memory, if it is a store of up to 8 bytes.
    fn execute(&mut self, inst: Inst) -> Option<Option<u64>> {
        let func = self.nests.func;
        let data = func.dfg.insts[inst];
        let opcode = data.opcode();
        match data {
            InstructionData::Load {
                opcode,
                arg,
                offset,
                ..
            } => {
                let result = func.dfg.first_result(inst);
                let bits = self.bits(result)?;
                let bytes = access_bytes(opcode, bits)?;
                let address = self.address(arg, offset.into())?;
                let word = self.load(address, bytes, result);
                let signed = matches!(opcode, Opcode::Sload8 | Opcode::Sload16 | Opcode::Sload32);
                let word = match signed {
                    true => extend_sign(word.into(), 8 * bytes),
                    false => word.into(),
                };
                self.words
                    .insert(result, cut(word, func.dfg.value_type(result)));
                Some(None)
            }
            InstructionData::Store {
                opcode,
                args: [value, base],
                offset,
                ..
            } => {
                let bytes = access_bytes(opcode, self.bits(value)?)?;
                let word = self.word(value, 0)? as u64 & (u64::MAX >> (64 - 8 * bytes));
                let address = self.address(base, offset.into())?;
                for (n, byte) in word
                    .to_le_bytes()
                    .into_iter()
                    .take(bytes as usize)
                    .enumerate()
                {
                    self.memory.insert(address.wrapping_add(n as u64), byte);
                }
                Some(Some(word))
            }
            InstructionData::CondTrap { arg, .. } => {
                let condition = self.word(arg, 0)?;
                let traps = (condition == 0) == (opcode == Opcode::Trapz);
                (!traps).then_some(None)
            }
            _ if opcode.can_load()
                || opcode.can_store()
                || opcode.is_call()
                || opcode.other_side_effects() =>
            {
                None
            }
            _ => {
                let arguments: Option<Vec<u128>> = func
                    .dfg
                    .inst_args(inst)
                    .iter()
                    .map(|&a| self.word(a, 0))
                    .collect();
                let arguments = arguments?;
                if let (Opcode::Isplit, [whole]) = (opcode, &arguments[..]) {
                    let [low, high] = func.dfg.inst_results(inst) else {
                        return None;
                    };
                    self.words.insert(*low, whole & u128::from(u64::MAX));
                    self.words.insert(*high, whole >> 64);
                    return Some(None);
                }
                let [result] = func.dfg.inst_results(inst) else {
                    return None;
                };
                let word = self.computed(inst, &arguments)?;
                self.words.insert(*result, word);
                Some(None)
            }
        }
    }

    fn address(&mut self, base: Value, offset: i64) -> Option<u64> {
        Some((self.word(base, 0)? as u64).wrapping_add_signed(offset))
    }

    fn load(&mut self, address: u64, bytes: u32, result: Value) -> u64 {
        let places = (0..u64::from(bytes)).map(|n| address.wrapping_add(n));
        if places.clone().any(|at| !self.memory.contains_key(&at)) {
            let times = self.loaded.entry(result).or_insert(0);
            let word = self.inputs.choose((result, *times), 8 * bytes);
            *times += 1;
            for (at, byte) in places.clone().zip(word.to_le_bytes()) {
                self.memory.entry(at).or_insert(byte);
            }
        }
        let mut word = [0; 8];
        for (byte, at) in word.iter_mut().zip(places) {
            *byte = self.memory.get(&at).copied().unwrap_or(0);
        }
        u64::from_le_bytes(word)
    }
}

fn access_bytes(opcode: Opcode, bits: u32) -> Option<u32> {
    match opcode {
        Opcode::Load | Opcode::Store => Some(bits / 8),
        Opcode::Uload8 | Opcode::Sload8 | Opcode::Istore8 => Some(1),
        Opcode::Uload16 | Opcode::Sload16 | Opcode::Istore16 => Some(2),
        Opcode::Uload32 | Opcode::Sload32 | Opcode::Istore32 => Some(4),
        _ => None,
    }
}

/// True if the instruction computes its one result from its operands alone, and never traps.
fn is_pure(data: &InstructionData) -> bool {
    let opcode = data.opcode();
    !(opcode.can_load()
        || opcode.can_store()
        || opcode.can_trap()
        || opcode.is_call()
        || opcode.is_terminator()
        || opcode.other_side_effects()
        || opcode == Opcode::Isplit)
}

/// The low bits of a word.
fn cut(word: u128, ty: Type) -> u128 {
    word & (u128::MAX >> (128 - ty.bits().clamp(1, 128)))
}

fn extend_sign(word: u128, bits: u32) -> u128 {
    let shift = 128 - bits.clamp(1, 128);
    ((word << shift).cast_signed() >> shift).cast_unsigned()
}

/// What an integer instruction computes: operands of type `from` (the last two, for a selection, of type `to`), the
/// result of type `to`. `None` for other instructions, and where it traps.
fn operation(data: &InstructionData, arguments: &[u128], from: Type, to: Type) -> Option<u128> {
    if !from.is_int() || !to.is_int() {
        return None;
    }
    let opcode = data.opcode();
    let bits = from.bits();
    let signed = |word: u128| extend_sign(word, bits).cast_signed();
    let result = match (opcode, arguments) {
        (Opcode::Iconst, []) => match data {
            InstructionData::UnaryImm { imm, .. } => i128::from(imm.bits()).cast_unsigned(),
            _ => return None,
        },
        (Opcode::Uextend | Opcode::Ireduce, &[x]) => x,
        (Opcode::Sextend, &[x]) => extend_sign(x, bits),
        (Opcode::Ineg, &[x]) => x.wrapping_neg(),
        (Opcode::Iabs, &[x]) => signed(x).unsigned_abs(),
        (Opcode::Bnot, &[x]) => !x,
        (Opcode::Bmask, &[x]) => match x {
            0 => 0,
            _ => u128::MAX,
        },
        (Opcode::Popcnt, &[x]) => x.count_ones().into(),
        (Opcode::Clz, &[x]) => (x.leading_zeros() - (128 - bits)).into(),
        (Opcode::Ctz, &[x]) => x.trailing_zeros().min(bits).into(),
        (Opcode::Select | Opcode::SelectSpectreGuard, &[c, x, y]) => match c {
            0 => y,
            _ => x,
        },
        (Opcode::Bitselect, &[c, x, y]) => (c & x) | (!c & y),
        (Opcode::Icmp, &[x, y]) => {
            let InstructionData::IntCompare { cond, .. } = data else {
                return None;
            };
            let (sx, sy) = (signed(x), signed(y));
            let holds = match cond {
                IntCC::Equal => x == y,
                IntCC::NotEqual => x != y,
                IntCC::UnsignedLessThan => x < y,
                IntCC::UnsignedLessThanOrEqual => x <= y,
                IntCC::UnsignedGreaterThan => x > y,
                IntCC::UnsignedGreaterThanOrEqual => x >= y,
                IntCC::SignedLessThan => sx < sy,
                IntCC::SignedLessThanOrEqual => sx <= sy,
                IntCC::SignedGreaterThan => sx > sy,
                IntCC::SignedGreaterThanOrEqual => sx >= sy,
            };
            holds.into()
        }
        (Opcode::Iadd, &[x, y]) => x.wrapping_add(y),
        (Opcode::Isub, &[x, y]) => x.wrapping_sub(y),
        (Opcode::Imul, &[x, y]) => x.wrapping_mul(y),
        (Opcode::Umulhi, &[x, y]) if bits <= 64 => (x * y) >> bits,
        (Opcode::Smulhi, &[x, y]) if bits <= 64 => {
            ((signed(x) * signed(y)) >> bits).cast_unsigned()
        }
        (Opcode::Udiv, &[x, y]) => x.checked_div(y)?,
        (Opcode::Urem, &[x, y]) => x.checked_rem(y)?,
        (Opcode::Band, &[x, y]) => x & y,
        (Opcode::Bor, &[x, y]) => x | y,
        (Opcode::Bxor, &[x, y]) => x ^ y,
        (Opcode::Umin, &[x, y]) => x.min(y),
        (Opcode::Umax, &[x, y]) => x.max(y),
        (Opcode::Smin, &[x, y]) => {
            if signed(x) <= signed(y) {
                x
            } else {
                y
            }
        }
        (Opcode::Smax, &[x, y]) => {
            if signed(x) >= signed(y) {
                x
            } else {
                y
            }
        }
        (Opcode::Iconcat, &[low, high]) => low | high << 64,
        (Opcode::Ishl, &[x, y]) => x << amount(y, bits),
        (Opcode::Ushr, &[x, y]) => x >> amount(y, bits),
        (Opcode::Sshr, &[x, y]) => (signed(x) >> amount(y, bits)).cast_unsigned(),
        (Opcode::Rotl, &[x, y]) => rotated(x, amount(y, bits), bits),
        (Opcode::Rotr, &[x, y]) => rotated(x, (bits - amount(y, bits)) % bits, bits),
        _ => return None,
    };
    Some(cut(result, to))
}

/// How far to shift: amounts are taken modulo the width, which is a power of two.
fn amount(by: u128, bits: u32) -> u32 {
    by as u32 & (bits - 1)
}

fn rotated(x: u128, by: u32, bits: u32) -> u128 {
    match by {
        0 => x,
        by => x << by | x >> (bits - by),
    }
}
