//! Functions larger than those of the corpus, in shapes that are hard on analyses of loops.

use super::Set;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockCall, Function, InstBuilder, JumpTableData, MemFlagsData, Signature,
    UserFuncName, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_codegen::settings;
use cranelift_codegen::verify_function;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use std::error::Error;

/// The functions as sets.
pub struct Synthetic {
    /// With an ordinary constant in their loops.
    pub no_prime: Set,
    /// With a prime of the spec there, which keeps the pass from leaving early.
    pub prime: Set,
}

const SHAPES: [Shape; 5] = [
    Shape::Sequence(300),
    Shape::Nest(48),
    Shape::Blocks(5000),
    Shape::Scattered(500),
    Shape::Dispatch(512),
];

/// Makes the functions.
pub fn sets(config: &TargetFrontendConfig, moduli: &[u64]) -> Result<Synthetic, Box<dyn Error>> {
    let prime = *moduli.first().ok_or("the spec has no field")?;
    let mut synthetic = Synthetic {
        no_prime: Set::new("synthetic, no prime"),
        prime: Set::new("synthetic, a prime of the spec in each loop"),
    };
    let flags = settings::Flags::new(settings::builder());
    for shape in SHAPES {
        for (set, constant) in [
            (&mut synthetic.no_prime, ORDINARY),
            (&mut synthetic.prime, i64::try_from(prime)?),
        ] {
            let function = generate(shape, constant, config);
            verify_function(&function, &flags)?;
            set.push(format!("{shape:?}"), function);
        }
    }
    Ok(synthetic)
}

/// A constant that hash functions use.
const ORDINARY: i64 = 0x9E37_79B1;

/// What a function looks like.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// So many loops of one block, one after the other.
    Sequence(usize),
    /// Loops in each other, so many deep.
    Nest(usize),
    /// One loop with so many blocks in its body: branches that come together again.
    Blocks(usize),
    /// One loop with so many small loops in it, branches between them.
    Scattered(usize),
    /// An interpreter: one loop around a `br_table` with so many arms.
    Dispatch(usize),
}

/// Builds a function `(i64 pointer, i32 count) -> i32` that mixes words of memory.
struct Generator<'a> {
    builder: FunctionBuilder<'a>,
    pointer: Value,
    count: Value,
    state: Variable,
    constant: i64,
    /// Makes the bodies differ, so that not all are one after common subexpressions.
    serial: i64,
}

/// Builds a function; `constant` is a factor in each of its loops.
fn generate(shape: Shape, constant: i64, config: &TargetFrontendConfig) -> Function {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params = vec![AbiParam::new(types::I64), AbiParam::new(types::I32)];
    signature.returns = vec![AbiParam::new(types::I32)];
    let mut function =
        Function::with_name_signature(UserFuncName::testcase("synthetic"), signature);
    let mut context = FunctionBuilderContext::new();
    let mut generator = Generator::new(&mut function, &mut context, constant);
    match shape {
        Shape::Sequence(loops) => {
            (0..loops).for_each(|_| generator.repeat(Generator::mix));
        }
        Shape::Nest(depth) => generator.nest(depth),
        Shape::Blocks(blocks) => {
            generator.repeat(|it, index| (0..blocks / 3).for_each(|_| it.branch(index)));
        }
        Shape::Scattered(loops) => generator.repeat(|it, index| {
            for _ in 0..loops {
                it.branch(index);
                it.repeat(Generator::mix);
            }
        }),
        Shape::Dispatch(arms) => generator.repeat(|it, index| it.dispatch(arms, index)),
    }
    generator.finish(config);
    function
}

impl<'a> Generator<'a> {
    fn new(
        function: &'a mut Function,
        context: &'a mut FunctionBuilderContext,
        constant: i64,
    ) -> Self {
        let mut builder = FunctionBuilder::new(function, context);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let (pointer, count) = (
            builder.block_params(entry)[0],
            builder.block_params(entry)[1],
        );
        let state = builder.declare_var(types::I32);
        builder.def_var(state, count);
        Self {
            builder,
            pointer,
            count,
            state,
            constant,
            serial: 0,
        }
    }

    fn finish(mut self, config: &TargetFrontendConfig) {
        let result = self.builder.use_var(self.state);
        self.builder.ins().return_(&[result]);
        self.builder.seal_all_blocks();
        self.builder.finalize(*config);
    }

    /// A loop from 0 to the count; the body gets the index.
    fn repeat(&mut self, body: impl FnOnce(&mut Self, Value)) {
        let (head, inside, after) = (self.block(), self.block(), self.block());
        let index = self.builder.declare_var(types::I32);
        let zero = self.builder.ins().iconst(types::I32, 0);
        self.builder.def_var(index, zero);
        self.builder.ins().jump(head, &[]);
        self.builder.switch_to_block(head);
        let at = self.builder.use_var(index);
        let more = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, at, self.count);
        self.builder.ins().brif(more, inside, &[], after, &[]);
        self.builder.switch_to_block(inside);
        body(self, at);
        let one = self.builder.ins().iconst(types::I32, 1);
        let next = self.builder.ins().iadd(at, one);
        self.builder.def_var(index, next);
        self.builder.ins().jump(head, &[]);
        self.builder.switch_to_block(after);
    }

    fn nest(&mut self, depth: usize) {
        self.repeat(|it, index| {
            it.mix(index);
            if depth > 1 {
                it.nest(depth - 1);
            }
        });
    }

    /// Both ways of a condition, which come together again: three blocks.
    fn branch(&mut self, index: Value) {
        let (yes, no, join) = (self.block(), self.block(), self.block());
        self.serial += 1;
        let state = self.builder.use_var(self.state);
        let bit = self
            .builder
            .ins()
            .iconst(types::I32, 1 << (self.serial % 31));
        let bit = self.builder.ins().band(state, bit);
        self.builder.ins().brif(bit, yes, &[], no, &[]);
        self.builder.switch_to_block(yes);
        self.mix(index);
        self.builder.ins().jump(join, &[]);
        self.builder.switch_to_block(no);
        let mixed = self.builder.ins().bxor(state, index);
        self.builder.def_var(self.state, mixed);
        self.builder.ins().jump(join, &[]);
        self.builder.switch_to_block(join);
    }

    fn dispatch(&mut self, arms: usize, index: Value) {
        let join = self.block();
        let targets: Vec<Block> = (0..arms).map(|_| self.block()).collect();
        let pool = &mut self.builder.func.dfg.value_lists;
        let default = BlockCall::new(join, [], pool);
        let calls: Vec<BlockCall> = targets
            .iter()
            .map(|&target| BlockCall::new(target, [], pool))
            .collect();
        let table = self
            .builder
            .create_jump_table(JumpTableData::new(default, &calls));
        let state = self.builder.use_var(self.state);
        let mask = self.builder.ins().iconst(types::I32, 1023);
        let opcode = self.builder.ins().band(state, mask);
        self.builder.ins().br_table(opcode, table);
        for target in targets {
            self.builder.switch_to_block(target);
            self.mix(index);
            self.builder.ins().jump(join, &[]);
        }
        self.builder.switch_to_block(join);
    }

    /// Loads a word, mixes it into the state and stores it.
    fn mix(&mut self, index: Value) {
        self.serial += 1;
        let flags = MemFlagsData::trusted();
        let wide = self.builder.ins().uextend(types::I64, index);
        let two = self.builder.ins().iconst(types::I64, 2);
        let offset = self.builder.ins().ishl(wide, two);
        let address = self.builder.ins().iadd(self.pointer, offset);
        let at = (self.serial % 256 * 4) as i32;
        let word = self.builder.ins().load(types::I32, flags, address, at);
        let constant = self.builder.ins().iconst(types::I32, self.constant);
        let state = self.builder.use_var(self.state);
        let product = self.builder.ins().imul(word, constant);
        let serial = self.builder.ins().iconst(types::I32, self.serial);
        let mixed = self.builder.ins().bxor(product, state);
        let mixed = self.builder.ins().iadd(mixed, serial);
        self.builder.def_var(self.state, mixed);
        self.builder.ins().store(flags, mixed, address, at);
    }

    fn block(&mut self) -> Block {
        self.builder.create_block()
    }
}
