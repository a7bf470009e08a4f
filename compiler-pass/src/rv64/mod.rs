//! From the portable form to RV64 code with the instructions in it.
//!
//! An embedder of Cranelift that makes objects wraps its module; everything else stays as it is:
//!
//! ```
//! # use cranelift_codegen::ir::Function;
//! # use cranelift_module::default_libcall_names;
//! # use cranelift_object::{ObjectBuilder, ObjectModule};
//! # use zktr_isa::Spec;
//! # use zktr_pass::{Options, Pass, rewrite::Symbols, rv64::{OffloadModule, Target}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let isa = Target::default().isa()?;
//! # let spec = Spec::builtin();
//! let module = ObjectModule::new(ObjectBuilder::new(isa, "program", default_libcall_names())?);
//! let pass = Pass::new(spec.clone(), Options::default());
//! let run = move |func: &mut Function, symbols: &mut dyn Symbols| {
//!     pass.run(func, symbols);
//!     Ok(())
//! };
//! let module = OffloadModule::new(module, spec, run)?;
//! // Declare, define and link as before; then:
//! let object = module.finish()?.emit()?;
//! # assert!(!object.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! Any closure can be the pass: it gets each function before it is compiled, and may as well put calls of
//! operations where the embedder wants them. Unwind information is kept, no symbol is left behind for
//! an instruction, and the only way to the code is [`OffloadModule::finish`], which patches it.
//!
//! Embedders without a [`cranelift_module::Module`] compile with [`compile_function`]. For any other machine the
//! portable form is the final one: its calls are linked against, or in a JIT bound to, software units.
//!
//! How it works is told by the modules `carrier` and `patch`. What it guarantees: code leaves here only if every
//! operation that is left in a function was found in its code exactly once, in exactly the expected shape, and
//! was replaced. Code that lacks one would not fail but corrupt memory, so there is no way to ask for it.

mod carrier;
mod error;
mod module;
mod object;
mod patch;

pub use carrier::Site;
pub use error::Error;
pub use module::{FloatAbi, OffloadModule};
pub use object::{OptLevel, Target, compile_object};
pub use patch::Patch;

use crate::rewrite::Symbols;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CompiledCode, Context};
use zktr_isa::Spec;

/// Compiles the function of a context, with its operations as instructions.
///
/// # Errors
/// If the function or the target is refused, or an operation cannot become its instruction. There is then no
/// code, neither here nor in the context.
pub fn compile_function(
    ctx: &mut Context,
    isa: &dyn TargetIsa,
    spec: &Spec,
    symbols: &dyn Symbols,
) -> Result<(CompiledCode, Vec<Patch>), Error> {
    if isa.name() != "riscv64" {
        return Err(Error::NotRiscv64(isa.name().to_string()));
    }
    let sites = carrier::lower(&mut ctx.func, &carrier::Operations::new(spec), symbols)?;
    if let Err(error) = ctx.compile(isa, &mut ControlPlane::default()) {
        return Err(error.inner.into());
    }
    let mut code = ctx
        .take_compiled_code()
        .ok_or_else(|| Error::Module("Cranelift has kept no code".to_string()))?;
    let patches = patch::patches(&code, &ctx.func, &sites, spec)?;
    for patch in &patches {
        patch.write(code.buffer.data_mut())?;
    }
    Ok((code, patches))
}
