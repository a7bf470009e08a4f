//! From CLIF functions to an ELF object: what `zktr compile` does.

use super::error::Error;
use super::module::{FloatAbi, OffloadModule};
use crate::object::names;
use crate::rewrite::Symbols;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_module::default_libcall_names;
use cranelift_object::{ObjectBuilder, ObjectModule};
use std::sync::Arc;
use zktr_isa::Spec;

/// How much Cranelift optimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OptLevel {
    /// Not at all.
    None,
    /// For speed.
    #[default]
    Speed,
    /// For speed and small code.
    SpeedAndSize,
}

impl OptLevel {
    /// The value of Cranelift's setting `opt_level`.
    pub fn setting(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Speed => "speed",
            Self::SpeedAndSize => "speed_and_size",
        }
    }
}

/// What kind of RV64 code to make. The base is always RV64G, which the back end insists on; integer code has
/// floating-point instructions in it only if its source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Target {
    /// Optimisation.
    pub opt_level: OptLevel,
    /// Compressed integer instructions.
    pub compressed: bool,
    /// Address generation (Zba).
    pub zba: bool,
    /// Basic bit manipulation (Zbb).
    pub zbb: bool,
    /// What the object is marked with.
    pub float_abi: FloatAbi,
}

impl Target {
    /// The back end for this target.
    ///
    /// # Errors
    /// If Cranelift was built without it.
    pub fn isa(&self) -> Result<OwnedTargetIsa, Error> {
        let refused = |error: &dyn std::fmt::Display| Error::Module(error.to_string());
        let mut flags = settings::builder();
        flags
            .set("opt_level", self.opt_level.setting())
            .map_err(|error| refused(&error))?;
        flags
            .set("unwind_info", "true")
            .map_err(|error| refused(&error))?;
        if !self.compressed {
            // Without compressed code, functions have to begin at a multiple of four.
            flags
                .set("log2_min_function_alignment", "2")
                .map_err(|error| refused(&error))?;
        }
        let mut builder =
            isa::lookup_by_name("riscv64gc-unknown-none-elf").map_err(|error| refused(&error))?;
        for (name, enabled) in [
            ("has_zca", self.compressed),
            ("has_zba", self.zba),
            ("has_zbb", self.zbb),
        ] {
            if enabled {
                builder.enable(name).map_err(|error| refused(&error))?;
            }
        }
        builder
            .finish(settings::Flags::new(flags))
            .map_err(|error| refused(&error))
    }
}

/// Makes an ELF object from functions in portable form and their symbols. They call each other, and are called
/// from outside, by these symbols; in CLIF a function is called by its own name (`%name`, `u0:1`) or by its
/// symbol. Operations become instructions; any other callee is left to the linker.
///
/// # Errors
/// If a name is defined twice, a function is refused by Cranelift, or an operation cannot become its instruction.
pub fn compile_object(
    functions: Vec<(String, Function)>,
    spec: &Arc<Spec>,
    target: &Target,
) -> Result<Vec<u8>, Error> {
    let mut builder = ObjectBuilder::new(target.isa()?, "zktr", default_libcall_names())?;
    builder.unwind_info(true);
    let none = |_: &mut Function, _: &mut dyn Symbols| Ok(());
    let mut module = OffloadModule::new(ObjectModule::new(builder), spec.clone(), none)?
        .float_abi(target.float_abi);

    names::define(&mut module, functions, |module, func, symbol, signature| {
        if !module.is_operation(symbol) {
            return Ok(None);
        }
        module.declare_operation(func, symbol, signature).map(Some)
    })?;
    module
        .finish()?
        .emit()
        .map_err(|error| Error::Module(error.to_string()))
}
