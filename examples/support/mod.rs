//! What both examples compile: a front end's output for a loop of a prover's host side.
//!
//! ```c
//! void fingerprint(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w) {
//!     for (size_t i = 0; i < n; i++) {
//!         fp acc = gamma;
//!         for (size_t j = 0; j < w; j++)
//!             acc = fp_add(acc, fp_mul(coeff[j], a[i * w + j]));
//!         out[i] = acc;
//!     }
//! }
//! ```
//!
//! `fp` is a field element in Montgomery form with R = 2^32. Nothing here knows of instructions.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Function, InstBuilder, MemFlagsData, Signature, Type, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use zktr_isa::Spec;

/// Rows and columns of the table that the examples work on.
pub const SHAPE: (usize, usize) = (1000, 12);

/// The prime of the field.
pub fn modulus(spec: &Spec) -> u32 {
    spec.fields[0].modulus as u32
}

/// Arbitrary field elements.
pub fn elements(count: usize, p: u32) -> Vec<u32> {
    let step = |state: &u64| Some(state.wrapping_mul(6364136223846793005).wrapping_add(1));
    let states = std::iter::successors(Some(count as u64), step).skip(1);
    let words = states.map(|state| (state >> 32) as u32 % p);
    words.take(count).collect()
}

/// The signature of the function.
pub fn signature(isa: &dyn TargetIsa) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    let params = [
        types::I64,
        types::I64,
        types::I64,
        types::I32,
        types::I64,
        types::I64,
    ];
    signature.params = params.map(AbiParam::new).to_vec();
    signature
}

/// The function.
pub fn fingerprint(isa: &dyn TargetIsa, p: u32) -> Function {
    let mut function = Function::new();
    function.signature = signature(isa);
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut function, &mut context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let params = builder.block_params(entry).to_vec();
    let mut front_end = FrontEnd { builder, p };
    front_end.body(&params);
    front_end.builder.seal_all_blocks();
    front_end.builder.finalize(isa.frontend_config());
    function
}

struct FrontEnd<'a> {
    builder: FunctionBuilder<'a>,
    p: u32,
}

impl FrontEnd<'_> {
    fn body(&mut self, params: &[Value]) {
        let &[out, a, coeff, gamma, n, width] = params else {
            unreachable!("the signature has six parameters");
        };
        // The program owns the memory that its pointers point to, so no access traps.
        let flags = MemFlagsData::trusted();
        self.count_to(n, |it, i| {
            let row = it.builder.ins().imul(i, width);
            let sum = it.builder.declare_var(types::I32);
            it.builder.def_var(sum, gamma);
            it.count_to(width, |it, j| {
                let at = it.element(coeff, j);
                let coeff = it.builder.ins().load(types::I32, flags, at, 0);
                let index = it.builder.ins().iadd(row, j);
                let at = it.element(a, index);
                let word = it.builder.ins().load(types::I32, flags, at, 0);
                let product = it.multiply(coeff, word);
                let before = it.builder.use_var(sum);
                let after = it.add(before, product);
                it.builder.def_var(sum, after);
            });
            let at = it.element(out, i);
            let result = it.builder.use_var(sum);
            it.builder.ins().store(flags, result, at, 0);
        });
        self.builder.ins().return_(&[]);
    }

    /// A loop from 0 to `count`.
    fn count_to(&mut self, count: Value, body: impl FnOnce(&mut Self, Value)) {
        let head = self.builder.create_block();
        let inside = self.builder.create_block();
        let after = self.builder.create_block();
        let index = self.builder.declare_var(types::I64);
        let zero = self.constant(types::I64, 0);
        self.builder.def_var(index, zero);
        self.builder.ins().jump(head, &[]);
        self.builder.switch_to_block(head);
        let at = self.builder.use_var(index);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, at, count);
        self.builder.ins().brif(more, inside, &[], after, &[]);
        self.builder.switch_to_block(inside);
        body(self, at);
        let one = self.constant(types::I64, 1);
        let next = self.builder.ins().iadd(at, one);
        self.builder.def_var(index, next);
        self.builder.ins().jump(head, &[]);
        self.builder.switch_to_block(after);
    }

    /// `a b / R`, in [0, p).
    fn multiply(&mut self, a: Value, b: Value) -> Value {
        let (a, b) = (self.widen(a), self.widen(b));
        let product = self.builder.ins().imul(a, b);
        let low = self.builder.ins().ireduce(types::I32, product);
        let inverse = self.constant(types::I32, inverse(self.p));
        let quotient = self.builder.ins().imul(low, inverse);
        let quotient = self.widen(quotient);
        let p = self.constant(types::I64, self.p);
        let multiple = self.builder.ins().imul(quotient, p);
        let difference = self.builder.ins().isub(product, multiple);
        let shift = self.constant(types::I64, 32);
        let high = self.builder.ins().ushr(difference, shift);
        let high = self.builder.ins().ireduce(types::I32, high);
        let p = self.constant(types::I32, self.p);
        let corrected = self.builder.ins().iadd(high, p);
        let borrows = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, product, multiple);
        self.builder.ins().select(borrows, corrected, high)
    }

    /// `a + b`, in [0, p).
    fn add(&mut self, a: Value, b: Value) -> Value {
        let sum = self.builder.ins().iadd(a, b);
        let p = self.constant(types::I32, self.p);
        let reduced = self.builder.ins().isub(sum, p);
        let exceeds = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, sum, p);
        self.builder.ins().select(exceeds, reduced, sum)
    }

    /// The address of an element of an array.
    fn element(&mut self, array: Value, index: Value) -> Value {
        let two = self.constant(types::I64, 2);
        let offset = self.builder.ins().ishl(index, two);
        self.builder.ins().iadd(array, offset)
    }

    fn widen(&mut self, word: Value) -> Value {
        self.builder.ins().uextend(types::I64, word)
    }

    fn constant(&mut self, ty: Type, value: u32) -> Value {
        self.builder.ins().iconst(ty, i64::from(value))
    }
}

/// The inverse of an odd number modulo 2^32, by Newton's iteration: each step doubles the bits that are right, of
/// which the number itself has three.
fn inverse(p: u32) -> u32 {
    (0..4).fold(p, |x, _| {
        x.wrapping_mul(2u32.wrapping_sub(p.wrapping_mul(x)))
    })
}
