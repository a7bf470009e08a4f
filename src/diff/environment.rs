//! The context that a wasm-shaped function finds behind its first parameter.
//!
//! Where such a context keeps what differs from module to module, and the functions themselves are
//! the only witness. So each value that is loaded from the context is judged by its uses: what
//! is added to something to make an address is the base of the heap, what is compared or reduced is
//! the heap's length, what is itself the base of a trusted load is a pointer to a further block; a
//! 32-bit word is a global variable, as the pointer to the C stack that compilers keep in one.

use super::memory::{HEAP_SIZE, Layout};
use super::program::Program;
use cranelift_codegen::ir::{ArgumentPurpose, Function, InstructionData, Opcode, Value, types};
use std::collections::{BTreeMap, HashMap};

/// Bytes of the stack of compiled C code, which begins close to the end of the heap and grows downwards.
const STACK_SIZE: u64 = 4096;

/// What a word of a context block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    /// A 32-bit global.
    Global,
    /// Nothing that is known: a pointer to the second block does no harm.
    Pointer,
    /// The length of the heap in bytes.
    Length,
    /// The address of the heap.
    Base,
}

/// Which block a word is in: 0, the context; 1, the second block.
type Place = (usize, i64);

/// What the context blocks of a program hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    wasm: bool,
    contents: BTreeMap<Place, Content>,
}

impl Environment {
    /// The environment that these functions of a program expect.
    pub fn of(program: &Program, functions: &[usize]) -> Self {
        let mut environment = Self::default();
        for &index in functions {
            if let Some(function) = program.functions().get(index) {
                environment.learn(function);
            }
        }
        environment
    }

    /// True if the functions have a context: their pointers are offsets into the heap.
    pub fn is_wasm(&self) -> bool {
        self.wasm
    }

    /// True if the functions ask for the length of the heap, to check accesses themselves.
    pub fn is_bounded(&self) -> bool {
        self.contents
            .values()
            .any(|&content| content == Content::Length)
    }

    /// Bytes at the end of the heap that generated data should not use, since a stack of compiled C code is there.
    pub fn stack_size(&self) -> u64 {
        if self
            .contents
            .values()
            .any(|&content| content == Content::Global)
        {
            STACK_SIZE
        } else {
            0
        }
    }

    /// Writes the context blocks at the front of an arena.
    pub fn write(&self, layout: &Layout, arena: &mut [u8]) {
        let blocks = (layout.heap() - layout.base) as usize;
        let Some(blocks) = arena.get_mut(..blocks) else {
            return;
        };
        blocks.fill(0);
        if !self.wasm {
            return;
        }
        let (first, second) = blocks.split_at_mut((layout.second_context() - layout.base) as usize);
        // A context that nobody reads a word of may still be asked for a stack limit: two loads, the second
        // of zero, which no stack pointer is below.
        for word in first.chunks_exact_mut(8) {
            word.copy_from_slice(&layout.second_context().to_le_bytes());
        }
        for (&(block, offset), &content) in &self.contents {
            let bytes = if block == 0 {
                &mut *first
            } else {
                &mut *second
            };
            let Ok(offset) = usize::try_from(offset) else {
                continue;
            };
            let Some(target) = bytes.get_mut(offset..) else {
                continue;
            };
            let (value, len) = match content {
                Content::Global => (HEAP_SIZE - 16, 4),
                Content::Pointer => (layout.second_context(), 8),
                Content::Length => (HEAP_SIZE, 8),
                Content::Base => (layout.heap(), 8),
            };
            if let Some(target) = target.get_mut(..len) {
                target.copy_from_slice(&value.to_le_bytes()[..len]);
            }
        }
    }

    fn learn(&mut self, function: &Function) {
        let Some(entry) = function.layout.entry_block() else {
            return;
        };
        let context = function
            .signature
            .params
            .iter()
            .zip(function.dfg.block_params(entry))
            .find(|(param, _)| param.purpose == ArgumentPurpose::VMContext);
        let Some((_, &context)) = context else { return };
        self.wasm = true;
        // Pointers to context blocks, and words loaded from them, in the order of the text: as definitions
        // dominate uses, one pass meets a pointer before its loads wherever the layout is in a sensible
        // order, and a second one settles the rest.
        let mut pointers: HashMap<Value, usize> = HashMap::from([(context, 0)]);
        let mut loaded: HashMap<Value, Place> = HashMap::new();
        for _ in 0..2 {
            for block in function.layout.blocks() {
                for inst in function.layout.block_insts(block) {
                    self.visit(function, inst, &mut pointers, &mut loaded);
                }
            }
        }
    }

    fn visit(
        &mut self,
        function: &Function,
        inst: cranelift_codegen::ir::Inst,
        pointers: &mut HashMap<Value, usize>,
        loaded: &mut HashMap<Value, Place>,
    ) {
        let dfg = &function.dfg;
        let data = dfg.insts[inst];
        match data {
            InstructionData::Load {
                opcode: Opcode::Load,
                arg,
                flags,
                offset,
            } if dfg.mem_flags[flags].notrap() => {
                let base = dfg.resolve_aliases(arg);
                if let Some(&place) = loaded.get(&base) {
                    self.note(place, Content::Pointer);
                    pointers.insert(base, 1);
                }
                let Some(&block) = pointers.get(&base) else {
                    return;
                };
                let place = (block, i64::from(i32::from(offset)));
                let result = dfg.first_result(inst);
                let content = if dfg.value_type(result) == types::I64 {
                    Content::Pointer
                } else {
                    Content::Global
                };
                self.note(place, content);
                if content == Content::Pointer {
                    loaded.insert(result, place);
                }
            }
            InstructionData::Load { arg, .. } | InstructionData::Store { args: [_, arg], .. } => {
                if let Some(&place) = loaded.get(&dfg.resolve_aliases(arg)) {
                    self.note(place, Content::Base);
                }
            }
            _ => {
                let content = match data.opcode() {
                    Opcode::Iadd => Content::Base,
                    Opcode::Isub | Opcode::Icmp | Opcode::UaddOverflowTrap => Content::Length,
                    _ => return,
                };
                for &arg in dfg.inst_args(inst) {
                    if let Some(&place) = loaded.get(&dfg.resolve_aliases(arg)) {
                        self.note(place, content);
                    }
                }
            }
        }
    }

    /// Keeps the strongest opinion on a word: a base is also compared, when it is hoisted.
    fn note(&mut self, place: Place, content: Content) {
        let entry = self.contents.entry(place).or_insert(content);
        *entry = content.max(*entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cranelift_reader::parse_functions;
    use zktr_isa::Spec;

    fn environment(body: &str) -> Environment {
        let text = format!(
            "function %f(i64 vmctx, i64, i32) tail {{\nblock0(v0: i64, v1: i64, v2: i32):\n{body}    return\n}}\n"
        );
        let program = Program::new(
            &Spec::builtin(),
            parse_functions(&text).expect("valid CLIF"),
        );
        Environment::of(&program, &[0])
    }

    /// The word at an offset of the context after `write`.
    fn context_word(environment: &Environment, block: usize, offset: usize) -> u64 {
        let layout = Layout {
            base: 0x10_0000,
            trailer: false,
        };
        let mut arena = vec![0xff; layout.size() as usize];
        environment.write(&layout, &mut arena);
        let at = block * (layout.second_context() - layout.base) as usize + offset;
        arena[at..at + 8]
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte))
    }

    #[test]
    fn a_memory_without_checks_has_a_base() {
        let found = environment(
            "    v3 = uextend.i64 v2\n    v4 = load.i64 notrap aligned readonly can_move v0+56\n    v5 = iadd v4, v3\n    v6 = load.i32 v5\n",
        );
        assert!(found.is_wasm() && !found.is_bounded());
        assert_eq!(context_word(&found, 0, 56), 0x10_2000);
        // Where a stack limit may be looked for, there is a pointer to zeros.
        assert_eq!(context_word(&found, 0, 8), 0x10_1000);
        assert_eq!(context_word(&found, 1, 24), 0);
    }

    #[test]
    fn a_memory_with_checks_has_a_length() {
        let found = environment(
            "    v3 = uextend.i64 v2\n    v4 = load.i64 notrap aligned v0+64\n    v5 = icmp ugt v3, v4\n    trapnz v5, heap_oob\n    v6 = load.i64 notrap aligned v0+56\n    v7 = iadd v6, v3\n    store v2, v7\n",
        );
        assert!(found.is_bounded());
        assert_eq!(context_word(&found, 0, 64), HEAP_SIZE);
        assert_eq!(context_word(&found, 0, 56), 0x10_2000);
    }

    #[test]
    fn an_imported_memory_is_behind_a_pointer() {
        let found = environment(
            "    v3 = uextend.i64 v2\n    v4 = load.i64 notrap aligned readonly can_move v0+40\n    v5 = load.i64 notrap aligned v4+16\n    v6 = iadd v5, v3\n    v7 = load.i32 v6\n",
        );
        assert_eq!(context_word(&found, 0, 40), 0x10_1000);
        assert_eq!(context_word(&found, 1, 16), 0x10_2000);
    }

    #[test]
    fn a_global_is_a_stack_pointer() {
        let found = environment("    v3 = load.i32 notrap aligned v0+80\n");
        assert!(found.stack_size() > 0);
        assert_eq!(context_word(&found, 0, 80) as u32, HEAP_SIZE as u32 - 16);
    }

    #[test]
    fn native_functions_have_no_context() {
        let text = "function %f(i64) -> i32 system_v {\nblock0(v0: i64):\n    v1 = load.i32 v0\n    return v1\n}\n";
        let program = Program::new(&Spec::builtin(), parse_functions(text).expect("valid CLIF"));
        assert_eq!(Environment::of(&program, &[0]), Environment::default());
    }
}
