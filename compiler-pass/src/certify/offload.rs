//! The blocks of the operations: what is in the descriptor and in scratch memory at each call, which function is called, and
//! what goes on behind the last one.

use super::conditions::Conditions;
use super::symbolic::{Atom, Evaluator, Int, Symbol, is_pure};
use super::{Certificate, Fallback, Refusal};
use crate::plan::{Address, BufferId, FieldValue, Final, Offload, Poly, Word};
use crate::rewrite::Symbols;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{
    Block, Function, Inst, InstructionData, Opcode, StackSlot, Type, Value,
};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use zktr_isa::Spec;
use zktr_isa::model::{Descriptor, FieldType, SLOT_BYTES};

/// A place in the frame that new code may write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Base {
    /// From the start of a slot.
    Slot(StackSlot),
    /// From the first address in a slot with this alignment.
    Aligned(StackSlot, u64),
}

impl Base {
    fn slot(self) -> StackSlot {
        match self {
            Self::Slot(slot) | Self::Aligned(slot, _) => slot,
        }
    }
}

/// What is known of the frame: (base, offset) to (bytes, what was stored).
type Memory = BTreeMap<(Base, i64), (u32, Symbol)>;

/// The operations of a certificate.
pub struct Offloads<'c> {
    pub before: &'c Function,
    pub after: &'c Function,
    pub spec: &'c Spec,
    pub certificate: &'c Certificate,
    pub symbols: &'c dyn Symbols,
    pub fallback: &'c Fallback<'c>,
    pub conditions: &'c Conditions<'c>,
    /// Values that leave the region.
    pub outputs: &'c [Value],
}

/// What has been executed.
#[derive(Default)]
struct State {
    memory: Memory,
    /// The slots of scratch memory, as far as descriptors have told.
    buffers: HashMap<BufferId, StackSlot>,
    /// How each slot is addressed: places of one base do not overlap those of another.
    bases: HashMap<StackSlot, Base>,
    calls: usize,
}

impl Offloads<'_> {
    /// Checks all blocks, in order.
    pub fn check(&self, evaluator: &mut Evaluator<'_>) -> Result<(), Refusal> {
        let plan = &self.certificate.plan;
        let blocks = &self.certificate.offload_blocks;
        if blocks.len() != plan.offloads.len() || self.certificate.calls.len() != blocks.len() {
            return Err(Refusal::Shape("there are as many blocks as operations"));
        }
        let mut state = State::default();
        for (index, &block) in blocks.iter().enumerate() {
            let last = self.after.layout.last_inst(block);
            let branch = last.ok_or(Refusal::Shape("a block of an operation is empty"))?;
            let mut status = None;
            for inst in self.after.layout.block_insts(block) {
                if inst == branch || is_pure(self.after, inst) {
                    continue;
                }
                match self.after.dfg.insts[inst].opcode() {
                    Opcode::Store => self.store(inst, &mut state, evaluator)?,
                    Opcode::Load => self.load(inst, &state, evaluator)?,
                    Opcode::Call if status.is_none() => {
                        self.call(index, inst, &mut state, evaluator)?;
                        status = Some(self.after.dfg.first_result(inst));
                    }
                    _ => return Err(Refusal::NotPure(inst)),
                }
            }
            let status = status.ok_or(Refusal::Callee(index))?;
            self.branch(index, block, branch, status, &state, evaluator)?;
        }
        Ok(())
    }

    fn store(
        &self,
        inst: Inst,
        state: &mut State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let args = self.after.dfg.inst_args(inst);
        let (value, address) = (args[0], args[1]);
        let InstructionData::Store { offset, .. } = self.after.dfg.insts[inst] else {
            return Err(Refusal::NotPure(inst));
        };
        let ty = self.after.dfg.value_type(value);
        let Some((base, at)) = place(&evaluator.value(address)?, i64::from(i32::from(offset)))
        else {
            return Err(Refusal::NotPure(inst));
        };
        let room = self.room(base).ok_or(Refusal::NotPure(inst))?;
        let bytes = ty.bytes();
        let known = *state.bases.entry(base.slot()).or_insert(base);
        if known != base || at < 0 || at + i64::from(bytes) > room {
            return Err(Refusal::NotPure(inst));
        }
        let symbol = evaluator.value(value)?;
        // What this overwrites, in part or as a whole, is not known any more.
        state.memory.retain(|&(other, start), (size, _)| {
            other != base || start + i64::from(*size) <= at || at + i64::from(bytes) <= start
        });
        state.memory.insert((base, at), (bytes, symbol));
        Ok(())
    }

    /// How many bytes there are from a base on; `None` if the slot is not one of the rewrite's.
    fn room(&self, base: Base) -> Option<i64> {
        let (slot, below) = match base {
            Base::Slot(slot) => (slot, 0),
            Base::Aligned(slot, align) => (slot, i64::try_from(align).ok()? - 1),
        };
        if self.before.sized_stack_slots.is_valid(slot) {
            return None;
        }
        let size = self.after.sized_stack_slots.get(slot)?.size;
        Some(i64::from(size) - below)
    }

    /// A load of a new block gets a symbol: words of the program's memory by address, words of the frame by place.
    fn load(
        &self,
        inst: Inst,
        state: &State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let dfg = &self.after.dfg;
        let InstructionData::Load { arg, offset, .. } = dfg.insts[inst] else {
            return Err(Refusal::NotPure(inst));
        };
        let result = dfg.first_result(inst);
        let (ty, offset) = (dfg.value_type(result), i64::from(i32::from(offset)));
        let address = evaluator.value(arg)?;
        let atom = match place(&address, offset) {
            Some((Base::Slot(slot), at)) => frame_word(ty.bits(), slot, at, state.calls),
            Some(_) => return Err(Refusal::NotPure(inst)),
            None => {
                let address = address.int().ok_or(Refusal::NotPure(inst))?;
                let at =
                    address.add_scaled(&Int::constant(64, 1), offset.cast_unsigned().into())?;
                memory_word(ty.bits(), at, flags(self.after, inst), state.calls)
            }
        };
        if !matches!(ty, I32 | I64) {
            return Err(Refusal::NotPure(inst));
        }
        evaluator.define(result, Symbol::Int(Int::atom(ty.bits(), atom)));
        Ok(())
    }

    fn call(
        &self,
        index: usize,
        inst: Inst,
        state: &mut State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let dfg = &self.after.dfg;
        let offload = &self.certificate.plan.offloads[index];
        let wrong = |what: &str| Refusal::Operand {
            offload: index,
            what: what.into(),
        };
        let InstructionData::Call { func_ref, .. } = dfg.insts[inst] else {
            return Err(Refusal::Callee(index));
        };
        let callee = &dfg.ext_funcs[func_ref];
        let signature = &dfg.signatures[callee.signature];
        let plain = |params: &[cranelift_codegen::ir::AbiParam], n: usize| {
            params.len() == n && params.iter().all(|p| p.value_type == I64)
        };
        let instruction = self.spec.instructions.get(offload.instruction);
        let name = self.symbols.symbol(self.after, &callee.name);
        let is_callee = instruction
            .zip(name)
            .is_some_and(|(i, name)| i.symbol() == name);
        if self.certificate.calls[index] != inst
            || !is_callee
            || !plain(&signature.params, 2)
            || !plain(&signature.returns, 1)
        {
            return Err(Refusal::Callee(index));
        }
        let descriptor = self
            .spec
            .descriptor_of(offload.instruction)
            .ok_or(Refusal::Callee(index))?;
        let args = dfg.inst_args(inst);
        let (address, count) = (args[0], args[1]);
        let Symbol::Aligned(slot, align) = evaluator.value(address)? else {
            return Err(wrong("the address of the descriptor"));
        };
        let base = Base::Aligned(slot, align);
        let room = self.room(base).unwrap_or(0);
        if align < u64::from(descriptor.align) || room < i64::from(descriptor.size) {
            return Err(wrong("the place of the descriptor"));
        }
        if *state.bases.entry(slot).or_insert(base) != base {
            return Err(wrong("the place of the descriptor"));
        }
        self.conditions
            .require_unsigned(&offload.count, 64, evaluator)?;
        if evaluator.integer(count)? != modular(&offload.count, 64, evaluator)? {
            return Err(wrong("the count"));
        }
        self.descriptor(index, offload, descriptor, base, state, evaluator)?;
        self.scratch_memory(index, state, evaluator)?;
        let result = dfg.first_result(inst);
        let status = Symbol::Int(Int::atom(64, Atom::Leaf(result, 64)));
        evaluator.define(result, status);
        state.calls += 1;
        Ok(())
    }

    /// Every byte of the descriptor is what the spec's layout and the plan's values make it.
    fn descriptor(
        &self,
        index: usize,
        offload: &Offload,
        descriptor: &Descriptor,
        base: Base,
        state: &mut State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let wrong = |what: &str| Refusal::Operand {
            offload: index,
            what: what.into(),
        };
        let mut expected = Bytes::zero(descriptor.size);
        let instruction = &self.spec.instructions[offload.instruction];
        let mode = instruction
            .modes
            .get(offload.mode)
            .ok_or_else(|| wrong("the mode"))?;
        let format = self.spec.formats.iter().find(|f| f.code == offload.format);
        let word_bits = 8 * format.map_or(4, |f| u32::from(f.word_bytes).min(8));
        let mut given: HashMap<u32, &FieldValue> = HashMap::new();
        for (id, value) in &offload.fields {
            if given.insert(id.0, value).is_some() {
                return Err(wrong("a field that is given twice"));
            }
        }
        for (id, field) in descriptor.fields.iter().enumerate() {
            let value = given.remove(&(id as u32));
            let bad = || wrong(&format!("field `{}`", field.name));
            let at = field.at;
            match (&field.ty, value) {
                (FieldType::Format, None) => {
                    expected
                        .constant(at, 1, offload.format.into())
                        .ok_or_else(bad)?;
                }
                (FieldType::Mode, None) => {
                    expected
                        .constant(at, 1, u64::from(mode.code))
                        .ok_or_else(bad)?;
                }
                (FieldType::Flags | FieldType::Reduction, None) => {}
                (FieldType::Uint(bytes), None) => {
                    let fixed = field.value.ok_or_else(bad)?;
                    expected
                        .constant(at, (*bytes).into(), fixed)
                        .ok_or_else(bad)?;
                }
                (FieldType::Uint(bytes), Some(FieldValue::Uint(poly))) if field.value.is_none() => {
                    let bits = 8 * u32::from(*bytes);
                    self.conditions.require_unsigned(poly, bits, evaluator)?;
                    let int = modular(poly, bits, evaluator)?;
                    expected
                        .symbol(at, (*bytes).into(), Symbol::Int(int))
                        .ok_or_else(bad)?;
                }
                (FieldType::Felt(_), Some(FieldValue::Felt(words))) => {
                    for (n, word) in words.iter().enumerate() {
                        let offset = SLOT_BYTES * n as u32;
                        if offset + SLOT_BYTES > field.size {
                            return Err(bad());
                        }
                        let word = self.word(word, word_bits, evaluator)?.resized(64)?;
                        expected
                            .symbol(at + offset, SLOT_BYTES, Symbol::Int(word))
                            .ok_or_else(bad)?;
                    }
                }
                (
                    FieldType::View(view),
                    Some(FieldValue::View {
                        base: first,
                        strides,
                    }),
                ) => {
                    if strides.len() != view.strides() {
                        return Err(bad());
                    }
                    let address = match first {
                        Address::Poly(poly) => Symbol::Int(modular(poly, 64, evaluator)?),
                        Address::Buffer(id, offset) => {
                            let slot =
                                self.buffer(*id, (base, at.into()), state).ok_or_else(bad)?;
                            Symbol::Frame(slot, i64::from(*offset))
                        }
                    };
                    expected.symbol(at, SLOT_BYTES, address).ok_or_else(bad)?;
                    for (n, stride) in strides.iter().enumerate() {
                        let offset = SLOT_BYTES * (n as u32 + 1);
                        let int = modular(stride, 64, evaluator)?;
                        expected
                            .symbol(at + offset, SLOT_BYTES, Symbol::Int(int))
                            .ok_or_else(bad)?;
                    }
                }
                _ => return Err(bad()),
            }
        }
        if !given.is_empty() {
            return Err(wrong("a field that there is not"));
        }
        let stored = Bytes::stored(&state.memory, base, descriptor.size);
        match stored.first_difference(&expected) {
            None => Ok(()),
            Some(at) => {
                let field = descriptor
                    .fields
                    .iter()
                    .find(|f| (f.at..f.at + f.size).contains(&at))
                    .map_or("a reserved byte", |f| &f.name);
                Err(wrong(&format!("byte {at} of the descriptor, of `{field}`")))
            }
        }
    }

    /// The slot that stands for scratch memory, as the descriptor tells.
    fn buffer(&self, id: BufferId, told: (Base, i64), state: &mut State) -> Option<StackSlot> {
        let Some((_, Symbol::Frame(slot, _))) = state.memory.get(&told) else {
            return None;
        };
        let slot = *slot;
        let size = self.certificate.plan.buffers.get(id.0)?.size;
        let base = Base::Slot(slot);
        let fits = self.room(base).is_some_and(|room| i64::from(size) <= room);
        let known = *state.buffers.entry(id).or_insert(slot);
        let taken = state.buffers.iter().any(|(&k, &s)| k != id && s == slot);
        let same = *state.bases.entry(slot).or_insert(base) == base;
        (fits && same && known == slot && !taken).then_some(slot)
    }

    /// The scratch memory that descriptors have told of has its words. Only the first operation comes after all of them are
    /// stored, but no unit writes to memory that it is to read.
    fn scratch_memory(
        &self,
        index: usize,
        state: &State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        for (id, &slot) in &state.buffers {
            let wrong = || Refusal::Operand {
                offload: index,
                what: format!("scratch memory {}", id.0),
            };
            let buffer = self.certificate.plan.buffers.get(id.0).ok_or_else(wrong)?;
            for (at, word) in &buffer.words {
                let word = self.word(word, 8 * buffer.word_bytes, evaluator)?;
                match state.memory.get(&(Base::Slot(slot), i64::from(*at))) {
                    Some((size, Symbol::Int(stored)))
                        if *size == buffer.word_bytes && *stored == word => {}
                    _ => return Err(wrong()),
                }
            }
        }
        Ok(())
    }

    /// A word of the plan, as so many bits.
    fn word(&self, word: &Word, bits: u32, evaluator: &mut Evaluator<'_>) -> Result<Int, Refusal> {
        match word {
            Word::Const(word) => Ok(Int::constant(bits, u128::from(*word))),
            Word::Value(value) => evaluator.integer(*value)?.resized(bits),
            Word::Memory { address, load } => {
                let layout = &self.before.layout;
                let in_region = |b: &Block| self.certificate.plan.region.blocks.contains(b);
                let opcode = self.before.dfg.insts[*load].opcode();
                if !layout.inst_block(*load).as_ref().is_some_and(in_region)
                    || !matches!(opcode, Opcode::Load | Opcode::Uload32)
                {
                    return Err(Refusal::NotPure(*load));
                }
                let at = modular(address, 64, evaluator)?;
                let atom = memory_word(bits, at, flags(self.before, *load), 0);
                Ok(Int::atom(bits, atom))
            }
        }
    }

    fn branch(
        &self,
        index: usize,
        block: Block,
        branch: Inst,
        status: Value,
        state: &State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let next = self.certificate.offload_blocks.get(index + 1).copied();
        let mut arguments = Vec::new();
        let fits = |edge: &cranelift_codegen::ir::BlockCall| {
            edge.args(&self.after.dfg.value_lists)
                .all(|a| a.as_value().is_some())
        };
        let to = next.unwrap_or(self.certificate.exit_block);
        let condition = self.fallback.decides(block, branch, to, fits)?;
        for edge in super::edges(self.after, branch).iter().take(1) {
            let values = edge.args(&self.after.dfg.value_lists);
            arguments.extend(values.filter_map(|a| a.as_value()));
        }
        let status = evaluator.integer(status)?;
        let succeeded = match evaluator.value(condition)? {
            Symbol::Condition(clauses) => match &clauses[..] {
                [clause] => matches!(&clause[..], [c] if c.equal && c.value == status
                    && c.rhs == u128::from(self.spec.outcomes.success)),
                _ => false,
            },
            _ => false,
        };
        let expected = if next.is_some() {
            0
        } else {
            self.outputs.len()
        };
        if !succeeded || arguments.len() != expected {
            return Err(Refusal::Edge(block));
        }
        if next.is_none() {
            for (&output, &argument) in self.outputs.iter().zip(&arguments) {
                self.last_value(output, argument, state, evaluator)?;
            }
        }
        Ok(())
    }

    /// What goes to the exit block for a value of the region is what the plan says of it.
    fn last_value(
        &self,
        output: Value,
        argument: Value,
        state: &State,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let dfg = &self.after.dfg;
        let wrong = Refusal::Final(output);
        let is_output =
            |(v, _): &&(Value, Final)| dfg.resolve_aliases(*v) == dfg.resolve_aliases(output);
        let finals = &self.certificate.plan.finals;
        let Some((_, last)) = finals.iter().find(is_output) else {
            return Err(wrong);
        };
        let ty: Type = dfg.value_type(output);
        let found = evaluator.value(argument)?;
        let same = match last {
            Final::Poly(poly) if ty.is_int() && ty.bits() <= 64 => {
                evaluator.integer(argument)? == modular(poly, ty.bits(), evaluator)?
            }
            Final::Poly(poly) => match &poly.terms[..] {
                [(1, factors)] => match factors[..] {
                    [value] => evaluator.value(value)? == found,
                    _ => false,
                },
                _ => false,
            },
            Final::BufferWord(id, offset) => match state.buffers.get(id) {
                Some(&slot) => {
                    let buffer = self.certificate.plan.buffers.get(id.0);
                    let bits = 8 * buffer.map_or(4, |b| b.word_bytes.min(8));
                    let atom = frame_word(bits, slot, i64::from(*offset), state.calls);
                    ty.is_int() && found == Symbol::Int(Int::atom(bits, atom).resized(ty.bits())?)
                }
                None => false,
            },
        };
        if same { Ok(()) } else { Err(wrong) }
    }
}

/// A polynomial of the plan modulo a power of two.
fn modular(poly: &Poly, bits: u32, evaluator: &mut Evaluator<'_>) -> Result<Int, Refusal> {
    let mut sum = Int::constant(bits, 0);
    for (coefficient, factors) in &poly.terms {
        let mut product = Int::constant(bits, coefficient.cast_unsigned());
        for &factor in factors {
            product = product.mul(&evaluator.integer(factor)?.resized(bits)?)?;
        }
        sum = sum.add_scaled(&product, 1)?;
    }
    Ok(sum)
}

/// The place in the frame that an address is.
fn place(address: &Symbol, offset: i64) -> Option<(Base, i64)> {
    match *address {
        Symbol::Frame(slot, at) => Some((Base::Slot(slot), at.checked_add(offset)?)),
        Symbol::Aligned(slot, align) => Some((Base::Aligned(slot, align), offset)),
        _ => None,
    }
}

/// The word at a place in the frame after so many calls.
fn frame_word(bits: u32, slot: StackSlot, at: i64, calls: usize) -> Atom {
    let text = format!("word of the frame after {calls} calls");
    Atom::Opaque(bits, Rc::new((text, vec![Symbol::Frame(slot, at)])))
}

/// The word at an address after so many calls, read by a load with these flags.
fn memory_word(bits: u32, address: Int, flags: String, calls: usize) -> Atom {
    let text = format!("word of memory after {calls} calls, {flags}");
    Atom::Opaque(bits, Rc::new((text, vec![Symbol::Int(address)])))
}

fn flags(func: &Function, load: Inst) -> String {
    let flags = func.dfg.insts[load].memflags_data(&func.dfg);
    flags.map_or(String::new(), |flags| format!("{flags:?}"))
}

/// Bytes of a descriptor: constants, and symbols at places.
#[derive(Debug, Default, PartialEq, Eq)]
struct Bytes {
    /// `None` where nothing is known, or a symbol is.
    constants: Vec<Option<u8>>,
    /// By offset: (bytes, what is there).
    symbols: BTreeMap<u32, (u32, Symbol)>,
}

impl Bytes {
    fn zero(size: u32) -> Self {
        Self {
            constants: vec![Some(0); size as usize],
            symbols: BTreeMap::new(),
        }
    }

    /// What has been stored from a base on.
    fn stored(memory: &Memory, base: Base, size: u32) -> Self {
        let mut bytes = Self {
            constants: vec![None; size as usize],
            symbols: BTreeMap::new(),
        };
        for (&(other, at), (length, symbol)) in memory {
            if let (true, Ok(at)) = (other == base, u32::try_from(at)) {
                // What reaches beyond the descriptor is not part of it.
                let _ = bytes.symbol(at, *length, symbol.clone());
            }
        }
        bytes
    }

    fn constant(&mut self, at: u32, length: u32, value: u64) -> Option<()> {
        let place = self
            .constants
            .get_mut(at as usize..(at + length) as usize)?;
        for (byte, value) in place.iter_mut().zip(value.to_le_bytes()) {
            *byte = Some(value);
        }
        Some(())
    }

    fn symbol(&mut self, at: u32, length: u32, symbol: Symbol) -> Option<()> {
        if let Some(constant) = symbol.int().and_then(Int::as_constant) {
            return self.constant(at, length, constant as u64);
        }
        let place = self
            .constants
            .get_mut(at as usize..(at + length) as usize)?;
        place.fill(None);
        self.symbols.insert(at, (length, symbol));
        Some(())
    }

    fn first_difference(&self, other: &Self) -> Option<u32> {
        (0..self.constants.len().max(other.constants.len()) as u32).find(|&at| {
            let byte = |b: &Self| b.constants.get(at as usize).copied().flatten();
            byte(self) != byte(other) || self.symbols.get(&at) != other.symbols.get(&at)
        })
    }
}
