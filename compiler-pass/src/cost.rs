//! How long a loop takes on the host, and an operation on a unit: what decides from how many iterations on a rewrite
//! pays.

use cranelift_codegen::ir::{Block, Function, Inst, Opcode};
use zktr_isa::Spec;

/// Costs of the host's instructions and of the units. The unit of time does not matter, only proportions do: a cycle for
/// [`CostModel::hardware`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostModel {
    /// An instruction that is none of the following.
    pub integer: u32,
    /// A multiplication.
    pub multiplication: u32,
    /// A division, or a remainder.
    pub division: u32,
    /// A load.
    pub load: u32,
    /// A store; one, too, for each word of a descriptor.
    pub store: u32,
    /// A branch that is taken; one in each iteration.
    pub branch: u32,
    /// A call.
    pub call: u32,
    /// An operation, before its first element: the command, its descriptor, the status.
    pub start: u32,
    /// A word of a field element that an operation reads or writes.
    pub element: u32,
    /// The same where it has 64 bits.
    pub wide_element: u32,
    /// An integer that it reads: to convert, to cut bits from, or as an index.
    pub integer_element: u32,
    /// A word that it reads or writes where an index in memory says.
    pub indexed_element: u32,
    /// A word that it makes of a comparison of words, or of a difference that wraps.
    pub compared_element: u32,
}

impl CostModel {
    /// The accelerator beside an in-order host: cycles of the spec's classes of latency, and a word a cycle.
    pub fn hardware(spec: &Spec) -> Self {
        let class = |mnemonic: &str| spec.latency(spec.instruction(mnemonic)?);
        let cycles = |mnemonic: &str| class(mnemonic).map_or(1, |class| class.cycles);
        let bulk = spec
            .instructions
            .iter()
            .position(|instruction| instruction.is_bulk())
            .and_then(|index| spec.latency(index));
        let taken = class("bne").map_or(1, |class| class.taken.unwrap_or(class.cycles));
        Self {
            integer: cycles("add"),
            multiplication: cycles("mul"),
            division: cycles("divu"),
            load: cycles("lw"),
            store: cycles("sw"),
            branch: taken,
            // There and back; what the callee does is not known.
            call: 2 * cycles("jalr"),
            start: bulk.map_or(1, |class| class.cycles),
            element: bulk.and_then(|class| class.element).unwrap_or(1),
            wide_element: bulk.and_then(|class| class.element).unwrap_or(1),
            integer_element: bulk.and_then(|class| class.element).unwrap_or(1),
            indexed_element: bulk.and_then(|class| class.element).unwrap_or(1),
            compared_element: bulk.and_then(|class| class.element).unwrap_or(1),
        }
    }

    /// The software units on a processor of today with vectors of 512 bits: eighths of a cycle, rounded from what
    /// `cargo bench --bench gain` measures. Instructions that do not wait for each other take a part of a cycle there, a unit plans its
    /// work before it begins, and has packed arithmetic for words of 32 bits only.
    pub fn software() -> Self {
        Self {
            integer: 2,
            multiplication: 4,
            division: 120,
            load: 2,
            store: 4,
            branch: 2,
            call: 40,
            start: 110_000,
            element: 8,
            wide_element: 100,
            integer_element: 16,
            indexed_element: 80,
            compared_element: 80,
        }
    }

    /// What a block takes each time that it is executed. Constants and conversions of integers cost nothing: they
    /// are hoisted, or part of another instruction.
    pub(crate) fn block(&self, func: &Function, block: Block) -> u64 {
        let by_constant = |inst: Inst| {
            let divisor = func.dfg.resolve_aliases(func.dfg.inst_args(inst)[1]);
            let definition = func.dfg.value_def(divisor).inst();
            definition.is_some_and(|i| func.dfg.insts[i].opcode() == Opcode::Iconst)
        };
        let cost = |inst: Inst| match func.dfg.insts[inst].opcode() {
            Opcode::Iconst | Opcode::Uextend | Opcode::Sextend | Opcode::Ireduce | Opcode::Nop => 0,
            Opcode::Iconcat | Opcode::Isplit | Opcode::Jump | Opcode::Brif => 0,
            Opcode::Imul | Opcode::Umulhi | Opcode::Smulhi => self.multiplication,
            // Cranelift makes a high product of it, and for a remainder one more.
            Opcode::Udiv | Opcode::Sdiv if by_constant(inst) => self.multiplication,
            Opcode::Urem | Opcode::Srem if by_constant(inst) => 2 * self.multiplication,
            Opcode::Udiv | Opcode::Sdiv | Opcode::Urem | Opcode::Srem => self.division,
            opcode if opcode.is_call() => self.call,
            opcode if opcode.can_load() => self.load,
            opcode if opcode.can_store() => self.store,
            _ => self.integer,
        };
        func.layout
            .block_insts(block)
            .map(|inst| u64::from(cost(inst)))
            .sum()
    }
}
