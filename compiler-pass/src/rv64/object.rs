//! From CLIF functions to an ELF object: what `zktr compile` does.

use super::error::Error;
use super::module::{FloatAbi, OffloadModule};
use crate::rewrite::{RewriteError, Symbols};
use cranelift_codegen::Context;
use cranelift_codegen::ir::{
    ExternalName, Function, GlobalValueData, Signature, UserExternalName, UserFuncName,
};
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};
use std::collections::HashMap;
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
        let opt_level = match self.opt_level {
            OptLevel::None => "none",
            OptLevel::Speed => "speed",
            OptLevel::SpeedAndSize => "speed_and_size",
        };
        let mut flags = settings::builder();
        flags
            .set("opt_level", opt_level)
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

    let mut names = Names::default();
    let mut ids = Vec::with_capacity(functions.len());
    for (symbol, func) in &functions {
        let id = module.declare_function(symbol, Linkage::Export, &func.signature)?;
        if names.by_symbol.insert(symbol.clone(), id).is_some() {
            return Err(Error::Duplicate(symbol.clone()));
        }
        // Functions that were never given a name share the default one, and cannot be called by it.
        names.by_name.entry(func.name.clone()).or_insert(id);
        ids.push(id);
    }
    for ((_, func), id) in functions.into_iter().zip(ids) {
        let mut ctx = Context::for_function(func);
        names.link(&mut ctx.func, &mut module)?;
        module.define_function(id, &mut ctx)?;
    }
    module
        .finish()?
        .emit()
        .map_err(|error| Error::Module(error.to_string()))
}

/// The functions that an object defines.
#[derive(Default)]
struct Names {
    by_symbol: HashMap<String, FuncId>,
    by_name: HashMap<UserFuncName, FuncId>,
}

impl Names {
    /// Gives everything that a function refers to its name in the module.
    fn link<P: FnMut(&mut Function, &mut dyn Symbols) -> Result<(), RewriteError>>(
        &self,
        func: &mut Function,
        module: &mut OffloadModule<P>,
    ) -> Result<(), Error> {
        let callees: Vec<_> = func.dfg.ext_funcs.keys().collect();
        for callee in callees {
            let data = &func.dfg.ext_funcs[callee];
            let signature = func.dfg.signatures[data.signature].clone();
            let Some((symbol, defined)) = self.resolve(func, &data.name) else {
                continue;
            };
            let name = match defined {
                None if module.is_operation(&symbol) => {
                    module.declare_operation(func, &symbol, &signature)?
                }
                _ => {
                    let id = match defined {
                        Some(id) => {
                            check_signature(module, id, &symbol, &signature)?;
                            id
                        }
                        None => module.declare_function(&symbol, Linkage::Import, &signature)?,
                    };
                    user_name(func, 0, id.as_u32())
                }
            };
            let data = &mut func.dfg.ext_funcs[callee];
            data.name = name;
            // One object, linked statically: everything is within reach of a call.
            data.colocated = true;
        }

        let globals: Vec<_> = func.global_values.keys().collect();
        for global in globals {
            let GlobalValueData::Symbol { name, tls, .. } = &func.global_values[global] else {
                continue;
            };
            let tls = *tls;
            let Some((symbol, defined)) = self.resolve(func, name) else {
                continue;
            };
            let new = match defined {
                Some(id) => user_name(func, 0, id.as_u32()),
                None => {
                    let id = module.declare_data(&symbol, Linkage::Import, true, tls)?;
                    user_name(func, 1, id.as_u32())
                }
            };
            if let GlobalValueData::Symbol { name, .. } = &mut func.global_values[global] {
                *name = new;
            }
        }
        Ok(())
    }

    /// The symbol that a name stands for, and the function if it is defined here. `None` for names that
    /// Cranelift itself gives.
    fn resolve(&self, func: &Function, name: &ExternalName) -> Option<(String, Option<FuncId>)> {
        let (symbol, name) = match name {
            ExternalName::TestCase(name) => (
                String::from_utf8_lossy(name.raw()).into_owned(),
                UserFuncName::Testcase(name.clone()),
            ),
            ExternalName::User(user) => {
                let user = func.params.user_named_funcs().get(*user)?;
                (
                    format!("u{}_{}", user.namespace, user.index),
                    UserFuncName::User(user.clone()),
                )
            }
            ExternalName::LibCall(_) | ExternalName::KnownSymbol(_) => return None,
        };
        let defined = self
            .by_symbol
            .get(&symbol)
            .or_else(|| self.by_name.get(&name))
            .copied();
        Some((symbol, defined))
    }
}

fn user_name(func: &mut Function, namespace: u32, index: u32) -> ExternalName {
    ExternalName::user(func.declare_imported_user_function(UserExternalName::new(namespace, index)))
}

fn check_signature(
    module: &dyn Module,
    id: FuncId,
    symbol: &str,
    signature: &Signature,
) -> Result<(), Error> {
    let defined = &module.declarations().get_function_decl(id).signature;
    if defined == signature {
        return Ok(());
    }
    Err(Error::Module(format!(
        "`{symbol}` is called as {signature} and defined as {defined}"
    )))
}
