//! Functions of CLIF text in a module: each is defined under its symbol, and everything that it refers to gets its name in the
//! module.

use crate::rv64::Error;
use cranelift_codegen::Context;
use cranelift_codegen::ir::{
    ExternalName, Function, GlobalValueData, Signature, UserExternalName, UserFuncName,
};
use cranelift_module::{FuncId, Linkage, Module};
use std::collections::HashMap;

/// Defines functions with their symbols. They call each other, and are called from outside, by these; in CLIF a
/// function is called by its own name (`%name`, `u0:1`) or by its symbol. For a callee that is not among them `own` gives
/// the name if it is a special one; any other is left to the linker.
pub fn define<M: Module>(
    module: &mut M,
    functions: Vec<(String, Function)>,
    mut own: impl FnMut(&mut M, &mut Function, &str, &Signature) -> Result<Option<ExternalName>, Error>,
) -> Result<(), Error> {
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
        names.link(&mut ctx.func, module, &mut own)?;
        module.define_function(id, &mut ctx)?;
    }
    Ok(())
}

/// The functions that a module defines.
#[derive(Default)]
struct Names {
    by_symbol: HashMap<String, FuncId>,
    by_name: HashMap<UserFuncName, FuncId>,
}

impl Names {
    /// Gives everything that a function refers to its name in the module.
    fn link<M: Module>(
        &self,
        func: &mut Function,
        module: &mut M,
        own: &mut impl FnMut(
            &mut M,
            &mut Function,
            &str,
            &Signature,
        ) -> Result<Option<ExternalName>, Error>,
    ) -> Result<(), Error> {
        let callees: Vec<_> = func.dfg.ext_funcs.keys().collect();
        for callee in callees {
            let data = &func.dfg.ext_funcs[callee];
            let signature = func.dfg.signatures[data.signature].clone();
            let Some((symbol, defined)) = self.resolve(func, &data.name) else {
                continue;
            };
            let special = match defined {
                None => own(module, func, &symbol, &signature)?,
                Some(_) => None,
            };
            let name = match (special, defined) {
                (Some(name), _) => name,
                (None, Some(id)) => {
                    check_signature(module, id, &symbol, &signature)?;
                    user_name(func, 0, id.as_u32())
                }
                (None, None) => {
                    let id = module.declare_function(&symbol, Linkage::Import, &signature)?;
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
