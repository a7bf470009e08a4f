//! From a region to CLIF.
//!
//! The function that is made takes the frame and the [`State`](super::native::State). The registers of a zone are variables: read
//! from the frame where the zone is entered, and written to it where it is left. The budget is the number of instructions that may still
//! be executed. A path without a jump backwards has each instruction once at most, so that it is enough to look at
//! the budget before a jump backwards: there, at least the size of the region has to be left.
//!
//! Memory is accessed within the bounds of the regions of memory, as they were when the code was compiled, and nowhere else:
//! an access that lies in none of them leaves the function before its instruction.

use super::super::ops::{Code, FIRST_FLOAT, FIRST_TEMPORARY, Op};
use super::arithmetic;
use super::native::{self, Span};
use super::region::{Instruction, Region, Straight};
use super::value::{Kind, Node, Nodes};
use super::zone::{self, Set, Zone, Zones};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, MemFlagsData, Type, Value};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, Variable};
use std::collections::BTreeMap;

/// Most regions of memory that an access is tried in.
const MAX_SPANS: usize = 4;

/// True if the operation can be compiled.
pub(super) fn can(op: &Op, xlen: u8) -> bool {
    // Words of 64 bits are accessed by cores of 64 bits.
    // So are the floating-point registers: a variable has XLEN bits.
    let float = |slot: u8| (FIRST_FLOAT..FIRST_TEMPORARY).contains(&slot);
    let wide = matches!(op.code, Code::Load64 | Code::Store64)
        || [op.dst, op.a, op.b].into_iter().any(float);
    (xlen == 64 || !wide) && arithmetic::can(op)
}

/// What is known when a region is compiled.
pub(super) struct Context<'a> {
    pub(super) region: &'a Region,
    pub(super) xlen: u8,
    /// The regions of memory.
    pub(super) spans: &'a [Span],
    /// What is in the registers now: a hint where in memory accesses are.
    pub(super) x: &'a [u64],
    /// Number of the stack pointer.
    pub(super) sp: u8,
}

/// Fills a function whose signature is [`native::signature`].
pub(super) fn lower(
    mut builder: FunctionBuilder<'_>,
    context: &Context<'_>,
    target: TargetFrontendConfig,
) {
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let &[frame, state] = builder.block_params(entry) else {
        return;
    };
    let word = if context.xlen == 32 { I32 } else { I64 };
    let registers = std::array::from_fn(|_| builder.declare_var(word));
    let budget = builder.declare_var(I64);
    let flags = MemFlagsData::trusted();
    let value = builder.ins().load(I64, flags, state, native::BUDGET);
    builder.def_var(budget, value);
    let region = context.region;
    let mut create = || builder.create_block();
    let blocks = region.blocks.keys().map(|pc| (*pc, create())).collect();
    let zones = zone::divide(region);
    let mut lowering = Lowering {
        builder,
        context,
        word,
        frame,
        state,
        registers,
        budget,
        blocks,
        entrances: BTreeMap::new(),
        zones,
        zone: None,
        held: Held::default(),
        ends: BTreeMap::new(),
        ways_out: BTreeMap::new(),
        nodes: Nodes::default(),
        temporaries: [None; 256],
        here: 0,
        at: 0,
        done: 0,
    };
    lowering.enter(region.head);
    for (pc, straight) in &region.blocks {
        lowering.block(*pc, straight);
    }
    lowering.entrances();
    lowering.leave();
    lowering.builder.seal_all_blocks();
    lowering.builder.finalize(target);
}

/// What the variables have.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    /// The content of these registers.
    known: Set,
    /// Of these, the frame perhaps does not have it.
    dirty: Set,
}

struct Lowering<'a, 'b> {
    builder: FunctionBuilder<'b>,
    context: &'a Context<'a>,
    /// The type of a register.
    word: Type,
    frame: Value,
    state: Value,
    /// The registers of the zone.
    registers: [Variable; FIRST_TEMPORARY as usize],
    /// At the beginning of the block.
    budget: Variable,
    blocks: BTreeMap<u64, Block>,
    /// Where blocks are entered from other zones.
    entrances: BTreeMap<u64, Block>,
    zones: Zones,
    /// The zone of the block at hand; none before the first.
    zone: Option<usize>,
    /// What the variables have.
    held: Held,
    /// The same at the end of each block.
    ends: BTreeMap<u64, Held>,
    /// Leaves the function, by zone and registers to be written: address, budget, reason.
    ways_out: BTreeMap<(usize, Set), Block>,
    nodes: Nodes,
    temporaries: [Option<Node>; 256],
    /// Address of the block.
    here: u64,
    /// Address of the instruction.
    at: u64,
    /// Instructions of the block that have been executed before it.
    done: i64,
}

impl Lowering<'_, '_> {
    fn block(&mut self, pc: u64, straight: &Straight) {
        let block = self.blocks[&pc];
        self.builder.switch_to_block(block);
        self.zone = self.zones.of.get(&pc).copied();
        let zone = self
            .zone
            .map_or(Zone::default(), |zone| self.zones.zones[zone]);
        self.held = if zone.looping {
            Held {
                known: zone.used,
                dirty: zone.written,
            }
        } else {
            let parent = self.zones.parent.get(&pc);
            parent
                .and_then(|pc| self.ends.get(pc))
                .copied()
                .unwrap_or_default()
        };
        self.here = pc;
        self.done = 0;
        let mut ended = false;
        for instruction in &straight.instructions {
            ended = self.instruction(instruction);
            self.done += 1;
        }
        self.ends.insert(pc, self.held);
        if !ended {
            self.go(straight.end);
        }
    }

    /// True if execution does not go on behind it.
    fn instruction(&mut self, instruction: &Instruction) -> bool {
        self.at = instruction.pc;
        self.nodes = Nodes::default();
        self.temporaries = [None; 256];
        let mut ops = instruction.ops.iter();
        while let Some(op) = ops.next() {
            match op.code {
                Code::SkipIfZero => {
                    let condition = self.slot(op.a);
                    let condition = self.nodes.truth(&mut self.builder, condition);
                    let guarded = ops.as_slice().iter().take(op.imm as usize);
                    for slot in guarded.flat_map(|op| [op.dst, op.a, op.b]) {
                        self.hold(slot);
                    }
                    let (then, otherwise) =
                        (self.builder.create_block(), self.builder.create_block());
                    self.builder
                        .ins()
                        .brif(condition, then, &[], otherwise, &[]);
                    self.builder.switch_to_block(then);
                    // Values that are computed under the condition are not there without it.
                    let saved = (self.nodes.clone(), self.temporaries);
                    let mut ended = false;
                    for op in ops.by_ref().take(op.imm as usize) {
                        ended = self.operation(op);
                    }
                    if !ended {
                        self.builder.ins().jump(otherwise, &[]);
                    }
                    (self.nodes, self.temporaries) = saved;
                    self.builder.switch_to_block(otherwise);
                }
                _ => {
                    if self.operation(op) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// True if execution does not go on behind it.
    fn operation(&mut self, op: &Op) -> bool {
        match op.code {
            Code::Jump => {
                let base = self.slot(op.a);
                match self.nodes.kind(base) {
                    Kind::Const(base) => {
                        self.done += 1;
                        self.go(base.wrapping_add(op.imm) & self.mask());
                        self.done -= 1;
                    }
                    _ => self.go_computed(base, op.imm),
                }
                return true;
            }
            Code::Store8 | Code::Store16 | Code::Store32 | Code::Store64 => {
                let value = self.slot(op.b);
                let ty = accessed(op.code);
                let value = match ty {
                    I64 => self.nodes.wide(&mut self.builder, value),
                    I32 => self.nodes.low(&mut self.builder, value),
                    _ => {
                        let low = self.nodes.low(&mut self.builder, value);
                        self.builder.ins().ireduce(ty, low)
                    }
                };
                self.access(op, ty, Some(value));
            }
            code if code.branches() => {
                let (a, b) = (self.slot(op.a), self.slot(op.b));
                let condition = self.condition(code, a, b);
                let (then, otherwise) = (self.builder.create_block(), self.builder.create_block());
                self.builder
                    .ins()
                    .brif(condition, then, &[], otherwise, &[]);
                self.builder.switch_to_block(then);
                let saved = (self.nodes.clone(), self.temporaries);
                self.done += 1;
                self.go(op.imm);
                self.done -= 1;
                (self.nodes, self.temporaries) = saved;
                self.builder.switch_to_block(otherwise);
            }
            code if code.loads() => {
                let ty = accessed(code);
                let Some(value) = self.access(op, ty, None) else {
                    return true;
                };
                let signed = matches!(
                    code,
                    Code::LoadSigned8 | Code::LoadSigned16 | Code::LoadSigned32
                );
                let kind = match (ty, signed) {
                    (I64, _) => Kind::Wide(value),
                    (I32, false) => Kind::Zext(value),
                    (I32, true) => Kind::Sext(value),
                    (_, false) => Kind::Zext(self.builder.ins().uextend(I32, value)),
                    (_, true) => Kind::Sext(self.builder.ins().sextend(I32, value)),
                };
                let node = self.nodes.add(kind);
                self.set(op.dst, node);
            }
            Code::Select => {
                let (a, b, condition) = (self.slot(op.a), self.slot(op.b), self.slot(op.imm as u8));
                let condition = self.nodes.truth(&mut self.builder, condition);
                let (a, b, short) = self.nodes.pair(&mut self.builder, a, b);
                let value = self.builder.ins().select(condition, a, b);
                let kind = if short {
                    Kind::Zext(value)
                } else {
                    Kind::Wide(value)
                };
                let node = self.nodes.add(kind);
                self.set(op.dst, node);
            }
            _ => {
                let (a, b) = (self.slot(op.a), self.second(op));
                // `can` has accepted the operation.
                if let Some(node) = arithmetic::emit(&mut self.builder, &mut self.nodes, op, a, b) {
                    self.set(op.dst, node);
                }
            }
        }
        false
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (64 - u32::from(self.context.xlen))
    }

    // ---- slots ----

    /// The variable of a slot; none of x0 and of temporaries.
    fn register(&self, slot: u8) -> Option<Variable> {
        let variable = self.registers.get(usize::from(slot)).copied();
        variable.filter(|_| slot != 0)
    }

    /// The variable of a slot, with what the register has.
    fn hold(&mut self, slot: u8) -> Option<Variable> {
        let variable = self.register(slot)?;
        if self.held.known >> slot & 1 == 0 {
            self.load_register(slot.into());
            self.held.known |= 1 << slot;
        }
        Some(variable)
    }

    fn load_register(&mut self, number: usize) {
        let flags = MemFlagsData::trusted();
        let at = 8 * number as i32;
        let value = self.builder.ins().load(self.word, flags, self.frame, at);
        self.builder.def_var(self.registers[number], value);
    }

    fn slot(&mut self, slot: u8) -> Node {
        if let Some(node) = self.temporaries[usize::from(slot)] {
            return node;
        }
        match self.hold(slot) {
            Some(variable) => {
                let value = self.builder.use_var(variable);
                self.nodes.add(if self.word == I32 {
                    Kind::Zext(value)
                } else {
                    Kind::Wide(value)
                })
            }
            // x0; a temporary is written before it is read.
            None => self.nodes.add(Kind::Const(0)),
        }
    }

    /// The second operand: a slot and a constant.
    fn second(&mut self, op: &Op) -> Node {
        let constant = self.nodes.add(Kind::Const(op.imm));
        if op.b == 0 {
            return constant;
        }
        let slot = self.slot(op.b);
        self.nodes
            .modular(&mut self.builder, Code::Add, slot, constant)
    }

    fn set(&mut self, slot: u8, node: Node) {
        match self.register(slot) {
            Some(variable) => {
                let value = self.nodes.of_type(&mut self.builder, node, self.word);
                self.builder.def_var(variable, value);
                self.held.known |= 1 << slot;
                self.held.dirty |= 1 << slot;
            }
            None => self.temporaries[usize::from(slot)] = Some(node),
        }
    }

    fn condition(&mut self, code: Code, a: Node, b: Node) -> Value {
        let cc = match code {
            Code::BranchEq => IntCC::Equal,
            Code::BranchNe => IntCC::NotEqual,
            Code::BranchLtU => IntCC::UnsignedLessThan,
            Code::BranchLeU => IntCC::UnsignedLessThanOrEqual,
            Code::BranchLtS => IntCC::SignedLessThan,
            _ => IntCC::SignedLessThanOrEqual,
        };
        if code == Code::BranchNe && self.nodes.kind(b) == Kind::Const(0) {
            return self.nodes.truth(&mut self.builder, a);
        }
        let (a, b) = if let Code::BranchLtS | Code::BranchLeS = code {
            (
                self.nodes.wide(&mut self.builder, a),
                self.nodes.wide(&mut self.builder, b),
            )
        } else {
            let (a, b, _) = self.nodes.pair(&mut self.builder, a, b);
            (a, b)
        };
        self.builder.ins().icmp(cc, a, b)
    }

    // ---- where execution goes on ----

    /// The budget after the instructions of the block so far.
    fn left(&mut self) -> Value {
        let budget = self.builder.use_var(self.budget);
        self.builder.ins().iadd_imm_s(budget, -self.done)
    }

    /// Goes on at an address, the instruction at hand included in what is done.
    fn go(&mut self, target: u64) {
        let left = self.left();
        if !self.blocks.contains_key(&target) {
            let target = self.builder.ins().iconst(I64, target.cast_signed());
            return self.out(target, left, native::LEFT);
        }
        if target <= self.here {
            let size = self.context.region.size as i64;
            let enough = self
                .builder
                .ins()
                .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, left, size);
            let (on, stop) = (self.builder.create_block(), self.builder.create_block());
            self.builder.set_cold_block(stop);
            self.builder.ins().brif(enough, on, &[], stop, &[]);
            self.builder.switch_to_block(stop);
            let target = self.builder.ins().iconst(I64, target.cast_signed());
            self.out(target, left, native::LEFT);
            self.builder.switch_to_block(on);
        }
        self.builder.def_var(self.budget, left);
        self.enter(target);
    }

    /// Jumps to a block of the region.
    fn enter(&mut self, target: u64) {
        let Some(&block) = self.blocks.get(&target) else {
            return;
        };
        let zone = self.zones.of.get(&target).copied();
        let looping = zone.is_some_and(|zone| self.zones.zones[zone].looping);
        // A tree is entered anew where its root is its own successor.
        let within = if looping {
            zone == self.zone
        } else {
            self.zone.is_some() && self.zones.parent.get(&target) == Some(&self.here)
        };
        let block = if within {
            block
        } else {
            self.write_back(self.held.dirty);
            *self
                .entrances
                .entry(target)
                .or_insert_with(|| self.builder.create_block())
        };
        self.builder.ins().jump(block, &[]);
    }

    /// The blocks by which zones are entered: all registers of loops are read from the frame.
    fn entrances(&mut self) {
        for (target, entrance) in std::mem::take(&mut self.entrances) {
            self.builder.switch_to_block(entrance);
            let zone = self.zones.zones[self.zones.of[&target]];
            for number in bits(zone.used) {
                self.load_register(number);
            }
            self.builder.ins().jump(self.blocks[&target], &[]);
        }
    }

    /// Writes the registers that were changed to the frame.
    fn write_back(&mut self, dirty: Set) {
        let flags = MemFlagsData::trusted();
        for number in bits(dirty) {
            let value = self.builder.use_var(self.registers[number]);
            // The upper half of a word in the frame is zero already.
            let at = 8 * number as i32;
            self.builder.ins().store(flags, value, self.frame, at);
        }
    }

    /// Goes on at a computed address, which most often is behind a call.
    fn go_computed(&mut self, base: Node, offset: u64) {
        let offset = self.nodes.add(Kind::Const(offset));
        let target = self
            .nodes
            .modular(&mut self.builder, Code::Add, base, offset);
        let target = self.nodes.of_type(&mut self.builder, target, self.word);
        self.done += 1;
        for place in self.context.region.likely_returns() {
            let constant = self.builder.ins().iconst(self.word, place.cast_signed());
            let here = self.builder.ins().icmp(IntCC::Equal, target, constant);
            let (then, otherwise) = (self.builder.create_block(), self.builder.create_block());
            self.builder.ins().brif(here, then, &[], otherwise, &[]);
            self.builder.switch_to_block(then);
            self.go(*place);
            self.builder.switch_to_block(otherwise);
        }
        let left = self.left();
        let target = if self.word == I32 {
            self.builder.ins().uextend(I64, target)
        } else {
            target
        };
        self.out(target, left, native::LEFT);
        self.done -= 1;
    }

    fn out(&mut self, target: Value, left: Value, reason: i64) {
        let reason = self.builder.ins().iconst(I64, reason);
        let args = [target, left, reason].map(BlockArg::Value);
        // Code is only made for blocks, which have a zone.
        let key = (self.zone.unwrap_or(0), self.held.dirty);
        let way_out = *self
            .ways_out
            .entry(key)
            .or_insert_with(|| leaving(&mut self.builder));
        self.builder.ins().jump(way_out, &args);
    }

    /// The blocks that leave the function.
    fn leave(&mut self) {
        let exit = leaving(&mut self.builder);
        for ((_, dirty), way_out) in std::mem::take(&mut self.ways_out) {
            self.builder.switch_to_block(way_out);
            // Before variables become parameters too.
            let params = self.builder.block_params(way_out).iter();
            let args: Vec<_> = params.copied().map(BlockArg::Value).collect();
            self.write_back(dirty);
            self.builder.ins().jump(exit, &args);
        }
        self.builder.switch_to_block(exit);
        let flags = MemFlagsData::trusted();
        let params: Vec<_> = self.builder.block_params(exit).to_vec();
        let places = [native::PC, native::BUDGET, native::REASON];
        for (value, offset) in params.into_iter().zip(places) {
            self.builder.ins().store(flags, value, self.state, offset);
        }
        self.builder.ins().return_(&[]);
    }

    // ---- memory ----

    /// Loads, or stores the value.
    fn access(&mut self, op: &Op, ty: Type, stored: Option<Value>) -> Option<Value> {
        let base = self.slot(op.a);
        let size = u64::from(ty.bytes());
        let after = self.builder.create_block();
        if stored.is_none() {
            self.builder.append_block_param(after, ty);
        }
        let spans = self.candidates(op, base, size, stored.is_some());
        for (tried, &(index, span)) in spans.iter().enumerate() {
            if tried > 0 {
                self.cold_here();
            }
            let distance = op.imm.wrapping_sub(span.start) & self.mask();
            let distance = self.nodes.add(Kind::Const(distance));
            let offset = self
                .nodes
                .modular(&mut self.builder, Code::Add, base, distance);
            let offset = self.nodes.of_type(&mut self.builder, offset, self.word);
            let last = self
                .builder
                .ins()
                .iconst(self.word, (span.len - size).cast_signed());
            let inside = self
                .builder
                .ins()
                .icmp(IntCC::UnsignedLessThanOrEqual, offset, last);
            let (here, elsewhere) = (self.builder.create_block(), self.builder.create_block());
            self.builder.ins().brif(inside, here, &[], elsewhere, &[]);
            self.builder.switch_to_block(here);
            if tried > 0 {
                self.cold_here();
            }
            if stored.is_some() && span.code {
                self.leave_if_code(op, base);
            }
            let address = self.address(index, offset);
            let flags = MemFlagsData::new().with_notrap();
            match stored {
                Some(value) => {
                    self.builder.ins().store(flags, value, address, 0);
                    self.builder.ins().jump(after, &[]);
                }
                None => {
                    let value = self.builder.ins().load(ty, flags, address, 0);
                    self.builder.ins().jump(after, &[BlockArg::Value(value)]);
                }
            }
            self.builder.switch_to_block(elsewhere);
            // A value that was computed on the way here is also there in the next attempt.
        }
        self.cold_here();
        self.interpret();
        self.builder.switch_to_block(after);
        self.builder.block_params(after).first().copied()
    }

    fn cold_here(&mut self) {
        if let Some(block) = self.builder.current_block() {
            self.builder.set_cold_block(block);
        }
    }

    /// Leaves the function before the instruction at hand.
    fn interpret(&mut self) {
        let at = self.builder.ins().iconst(I64, self.at.cast_signed());
        let left = self.left();
        self.out(at, left, native::INTERPRET);
    }

    /// Leaves the function if an access may change translated code.
    fn leave_if_code(&mut self, op: &Op, base: Node) {
        let flags = MemFlagsData::trusted();
        let [first, len] = [native::CODE, native::CODE_LEN]
            .map(|offset| self.builder.ins().load(I64, flags, self.state, offset));
        let imm = self.nodes.add(Kind::Const(op.imm));
        let address = self.nodes.modular(&mut self.builder, Code::Add, base, imm);
        let address = match self.word {
            I32 => {
                let low = self.nodes.low(&mut self.builder, address);
                self.builder.ins().uextend(I64, low)
            }
            _ => self.nodes.wide(&mut self.builder, address),
        };
        let offset = self.builder.ins().isub(address, first);
        let code = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, offset, len);
        let (leave, stay) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(code, leave, &[], stay, &[]);
        self.builder.switch_to_block(leave);
        self.builder.set_cold_block(leave);
        self.interpret();
        self.builder.switch_to_block(stay);
    }

    /// Address in this process.
    fn address(&mut self, span: usize, offset: Value) -> Value {
        // The bases do not change while the function runs.
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        let at = native::BASES + 8 * span as i32;
        let base = self.builder.ins().load(I64, flags, self.state, at);
        let offset = if self.word == I32 {
            self.builder.ins().uextend(I64, offset)
        } else {
            offset
        };
        self.builder.ins().iadd(base, offset)
    }

    /// The regions of memory where the access may be, the likeliest first.
    fn candidates(&self, op: &Op, base: Node, size: u64, store: bool) -> Vec<(usize, Span)> {
        let guess = match self.nodes.kind(base) {
            Kind::Const(base) => Some(base),
            _ => self.context.x.get(usize::from(op.a)).copied(),
        };
        let guess = guess.map(|base| base.wrapping_add(op.imm) & self.mask());
        let stack = self.context.x.get(usize::from(self.context.sp)).copied();
        let mut spans: Vec<_> = self
            .context
            .spans
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, span)| span.len >= size && if store { span.write } else { span.read })
            .collect();
        spans.sort_by_key(|(_, span)| {
            let holds = |addr: Option<u64>| {
                addr.is_some_and(|addr| addr.wrapping_sub(span.start) < span.len)
            };
            // The stack is accessed by its pointer, other memory by others.
            let rank = match (holds(guess), holds(stack)) {
                (true, _) => 0,
                (false, false) => 1,
                (false, true) => 2,
            };
            (rank, std::cmp::Reverse(span.len))
        });
        spans.truncate(MAX_SPANS);
        spans
    }
}

/// What is loaded or stored.
fn accessed(code: Code) -> Type {
    match code {
        Code::Load8 | Code::LoadSigned8 | Code::Store8 => I8,
        Code::Load16 | Code::LoadSigned16 | Code::Store16 => I16,
        Code::Load32 | Code::LoadSigned32 | Code::Store32 => I32,
        _ => I64,
    }
}

/// The numbers of the bits that are set.
fn bits(set: Set) -> impl Iterator<Item = usize> {
    (0..FIRST_TEMPORARY.into()).filter(move |number| set >> number & 1 == 1)
}

/// A block with the parameters of leaving the function.
fn leaving(builder: &mut FunctionBuilder<'_>) -> Block {
    let block = builder.create_block();
    builder.set_cold_block(block);
    for ty in [I64, I64, I64] {
        builder.append_block_param(block, ty);
    }
    block
}
