//! Objects in the portable form, for machines without the instructions: an operation is a call of the function with its
//! symbol, which the library of software units has.

pub(crate) mod names;

use crate::rv64::Error;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_module::default_libcall_names;
use cranelift_object::{ObjectBuilder, ObjectModule};

/// Makes an object from functions in portable form and their symbols, for any back end of Cranelift. They call each
/// other, and are called from outside, by these symbols; in CLIF a function is called by its own name (`%name`, `u0:1`) or by
/// its symbol. Any other callee, operations among them, is left to the linker.
///
/// # Errors
/// If a name is defined twice, or a function is refused by Cranelift.
pub fn compile_portable(
    functions: Vec<(String, Function)>,
    isa: OwnedTargetIsa,
) -> Result<Vec<u8>, Error> {
    let mut builder = ObjectBuilder::new(isa, "zktr", default_libcall_names())?;
    builder.unwind_info(true);
    let mut module = ObjectModule::new(builder);
    names::define(&mut module, functions, |_, _, _, _| Ok(None))?;
    module
        .finish()
        .emit()
        .map_err(|error| Error::Module(error.to_string()))
}
