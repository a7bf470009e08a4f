//! What the parameters of a function are for, as far as the plans of its loops tell.
//!
//! Random words are hardly ever pointers into the heap or counts of a handful of rows. The plans
//! say which values make up the addresses, counts and field elements of the offloads; tracing these
//! back to the parameters of the function gives each its role. Where only a part of a function is
//! offloaded, its other accesses tell of further pointers, and its comparisons of further counts. A wrong
//! guess costs coverage, never correctness.

use super::environment::Environment;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{ArgumentPurpose, Function, Opcode, Type, Value, ValueDef, types};
use std::collections::{BTreeSet, HashSet};
use zktr_pass::plan::{Address, FieldValue, Plan, Poly, Word};

/// What a parameter is for, from the most to the least telling use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The context, or another pointer that the environment provides.
    Context,
    /// A pointer to words that rows of a table are chosen by.
    Indices,
    /// A pointer to elements.
    Pointer,
    /// A number of rows or columns, or a stride.
    Count,
    /// A field element.
    Element,
    /// Not known.
    Other,
}

impl Role {
    /// True for what points to memory of the heap.
    pub fn is_pointer(self) -> bool {
        matches!(self, Self::Indices | Self::Pointer)
    }
}

/// The parameters of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// The role and type of each.
    pub parameters: Vec<(Role, Type)>,
    /// The moduli of the fields that the offloads compute in.
    pub moduli: Vec<u64>,
}

impl Roles {
    /// The roles of the parameters of a function, by the plans of its loops.
    pub fn infer(
        function: &Function,
        plans: &[&Plan],
        moduli: BTreeSet<u64>,
        environment: &Environment,
    ) -> Self {
        let mut walk = Walk::new(function);
        for plan in plans {
            for offload in &plan.offloads {
                for (_, value) in &offload.fields {
                    match value {
                        FieldValue::Uint(poly) => walk.poly(poly, Role::Count),
                        FieldValue::Felt(words) => words.iter().for_each(|word| walk.word(word)),
                        FieldValue::View { base, strides } => {
                            if let Address::Poly(poly) = base {
                                walk.poly(poly, Role::Pointer);
                            }
                            strides
                                .iter()
                                .for_each(|stride| walk.poly(stride, Role::Count));
                        }
                    }
                }
                walk.poly(&offload.count, Role::Count);
            }
            for buffer in &plan.buffers {
                buffer.words.iter().for_each(|(_, word)| walk.word(word));
            }
        }
        walk.indices();
        walk.rest();
        let mut found = walk.found;
        for (index, param) in function.signature.params.iter().enumerate() {
            // The second parameter of a wasm-shaped function is its caller's context.
            let context =
                param.purpose == ArgumentPurpose::VMContext || environment.is_wasm() && index == 1;
            if context && param.value_type == types::I64 {
                found[index] = Role::Context;
            }
        }
        let types = function.signature.params.iter().map(|p| p.value_type);
        Self {
            parameters: found.into_iter().zip(types).collect(),
            moduli: moduli.into_iter().collect(),
        }
    }
}

/// The search from the values of a plan to the parameters of the function.
struct Walk<'f> {
    function: &'f Function,
    cfg: ControlFlowGraph,
    found: Vec<Role>,
    seen: HashSet<(Value, Role)>,
}

impl<'f> Walk<'f> {
    fn new(function: &'f Function) -> Self {
        let found = vec![Role::Other; function.signature.params.len()];
        Self {
            function,
            cfg: ControlFlowGraph::with_function(function),
            found,
            seen: HashSet::new(),
        }
    }

    /// Finds words of 32 bits that are loaded, and of which addresses are computed: where they are loaded from.
    fn indices(&mut self) {
        let dfg = &self.function.dfg;
        let mut work: Vec<Value> = Vec::new();
        let blocks = self.function.layout.blocks();
        for inst in blocks.flat_map(|block| self.function.layout.block_insts(block)) {
            let opcode = dfg.insts[inst].opcode();
            if (opcode.can_load() || opcode.can_store()) && !opcode.is_call() {
                work.extend(dfg.inst_args(inst).last());
            }
        }
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        while let Some(value) = work.pop() {
            let value = dfg.resolve_aliases(value);
            let Some(inst) = dfg.value_def(value).inst().filter(|_| seen.insert(value)) else {
                continue;
            };
            match dfg.insts[inst].opcode() {
                Opcode::Iadd | Opcode::Imul | Opcode::Ishl | Opcode::Uextend => {
                    work.extend(dfg.inst_args(inst));
                }
                Opcode::Load if dfg.value_type(value) == types::I32 => {
                    places.extend(dfg.inst_args(inst));
                }
                Opcode::Uload32 => places.extend(dfg.inst_args(inst)),
                _ => {}
            }
        }
        for place in places {
            self.value(place, Role::Indices);
        }
    }

    /// Gives roles to the parameters that the plans do not mention.
    fn rest(&mut self) {
        let known = self.found.clone();
        for (opcodes, role) in [
            (Opcode::can_load as fn(Opcode) -> bool, Role::Pointer),
            (is_comparison, Role::Count),
        ] {
            let before = self.found.clone();
            for block in self.function.layout.blocks() {
                for inst in self.function.layout.block_insts(block) {
                    let opcode = self.function.dfg.insts[inst].opcode();
                    let args = self.function.dfg.inst_args(inst);
                    if opcode.can_store() && role == Role::Pointer && !opcode.is_call() {
                        // The address is the last operand.
                        args.last()
                            .iter()
                            .for_each(|&&address| self.value(address, role));
                    } else if opcodes(opcode) && !opcode.is_call() {
                        args.iter().for_each(|&arg| self.value(arg, role));
                    }
                }
            }
            for (found, (&before, &known)) in self.found.iter_mut().zip(before.iter().zip(&known)) {
                if before != Role::Other || known != Role::Other {
                    *found = before;
                }
            }
        }
    }

    fn word(&mut self, word: &Word) {
        if let Word::Value(value) = word {
            self.value(*value, Role::Element);
        }
    }

    /// In an address, a value that stands alone is a pointer; what is scaled or multiplied is a size.
    fn poly(&mut self, poly: &Poly, role: Role) {
        for (coefficient, factors) in &poly.terms {
            let alone = *coefficient == 1 && factors.len() == 1;
            let role = if role.is_pointer() && !alone {
                Role::Count
            } else {
                role
            };
            for &factor in factors {
                self.value(factor, role);
            }
        }
    }

    fn value(&mut self, value: Value, role: Role) {
        let mut work = vec![(value, role)];
        while let Some((value, role)) = work.pop() {
            if !self.function.dfg.value_is_valid(value) {
                continue;
            }
            let value = self.function.dfg.resolve_aliases(value);
            if !self.seen.insert((value, role)) {
                continue;
            }
            match self.function.dfg.value_def(value) {
                ValueDef::Param(block, index)
                    if Some(block) == self.function.layout.entry_block() =>
                {
                    if let Some(found) = self.found.get_mut(index) {
                        *found = role.min(*found);
                    }
                }
                ValueDef::Param(block, index) => {
                    for pred in self.cfg.pred_iter(block) {
                        let data = &self.function.dfg.insts[pred.inst];
                        let tables = &self.function.dfg.jump_tables;
                        for call in
                            data.branch_destination(tables, &self.function.dfg.exception_tables)
                        {
                            let pool = &self.function.dfg.value_lists;
                            if call.block(pool) == block
                                && let Some(argument) =
                                    call.args(pool).nth(index).and_then(|a| a.as_value())
                            {
                                work.push((argument, role));
                            }
                        }
                    }
                }
                ValueDef::Result(inst, _) => {
                    let args = self.function.dfg.inst_args(inst);
                    let opcode = self.function.dfg.insts[inst].opcode();
                    let role = match opcode {
                        // What is loaded stands somewhere.
                        _ if opcode.can_load() => Role::Pointer,
                        Opcode::Iadd
                        | Opcode::Isub
                        | Opcode::Bor
                        | Opcode::Band
                        | Opcode::Uextend
                        | Opcode::Sextend
                        | Opcode::Ireduce
                        | Opcode::Umin
                        | Opcode::Umax => role,
                        Opcode::Imul | Opcode::Ishl | Opcode::Ushr if role.is_pointer() => {
                            Role::Count
                        }
                        Opcode::Imul | Opcode::Ishl | Opcode::Ushr => role,
                        _ => continue,
                    };
                    work.extend(args.iter().map(|&arg| (arg, role)));
                }
                ValueDef::Union(a, b) => work.extend([(a, role), (b, role)]),
            }
        }
    }
}

/// What loops are left by: a comparison, or a branch on a counter itself.
fn is_comparison(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::Icmp | Opcode::Brif)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::program::Program;
    use cranelift_reader::parse_functions;
    use zktr_isa::Spec;

    #[test]
    fn without_plans_accesses_and_comparisons_tell() {
        let text = "\
function %f(i64, i64, i64, i32) -> i32 system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i32):
    v4 = iconst.i64 0
    jump block1(v0, v4)
block1(v5: i64, v6: i64):
    v7 = iconst.i64 2
    v8 = ishl v6, v7
    v9 = iadd v1, v8
    v10 = load.i32 v9
    store v10, v5
    v11 = iconst.i64 4
    v12 = iadd v5, v11
    v13 = iconst.i64 1
    v14 = iadd v6, v13
    v15 = icmp ult v14, v2
    brif v15, block1(v12, v14), block2
block2:
    return v3
}
";
        let functions = parse_functions(text).expect("valid CLIF");
        let program = Program::new(&Spec::builtin(), functions);
        let environment = Environment::of(&program, &[0]);
        let roles = Roles::infer(&program.functions()[0], &[], BTreeSet::new(), &environment);
        let found: Vec<Role> = roles.parameters.iter().map(|&(role, _)| role).collect();
        assert_eq!(
            found,
            [Role::Pointer, Role::Pointer, Role::Count, Role::Other]
        );
    }
}
