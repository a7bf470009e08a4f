//! How a function names the functions that it calls in place of an instruction.
//!
//! CLIF text names a callee by a test-case name, `%zktr_rlc`; a function that belongs to a module
//! names it by an index that the module has given out. The pass works on both.

use cranelift_codegen::ir::{ExternalName, Function, Signature, UserExternalName};
use cranelift_module::{FuncId, Linkage, Module};
use std::borrow::Cow;

/// Gives external functions their names, and tells which function a name stands for.
pub trait Symbols {
    /// The name by which `func` can call the external function `symbol` with this signature.
    ///
    /// # Errors
    /// A message if there is no such function, for example since the symbol has another signature.
    fn declare(
        &mut self,
        func: &mut Function,
        symbol: &str,
        signature: &Signature,
    ) -> Result<ExternalName, String>;

    /// The symbol of the external function that `func` calls by this name, if it is known.
    fn symbol(&self, func: &Function, name: &ExternalName) -> Option<Cow<'_, str>>;
}

/// Names of CLIF text: `%symbol`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Testcase;

impl Symbols for Testcase {
    fn declare(
        &mut self,
        _: &mut Function,
        symbol: &str,
        _: &Signature,
    ) -> Result<ExternalName, String> {
        Ok(ExternalName::testcase(symbol))
    }

    fn symbol(&self, _: &Function, name: &ExternalName) -> Option<Cow<'_, str>> {
        match name {
            ExternalName::TestCase(name) => std::str::from_utf8(name.raw())
                .ok()
                .map(|name| Cow::Owned(name.to_owned())),
            _ => None,
        }
    }
}

/// Names of a module: the functions become imports of it.
pub struct InModule<'a>(pub &'a mut dyn Module);

impl Symbols for InModule<'_> {
    fn declare(
        &mut self,
        func: &mut Function,
        symbol: &str,
        signature: &Signature,
    ) -> Result<ExternalName, String> {
        let id = self
            .0
            .declare_function(symbol, Linkage::Import, signature)
            .map_err(|error| error.to_string())?;
        // Functions are namespace 0 of a module's names.
        let name = func.declare_imported_user_function(UserExternalName::new(0, id.as_u32()));
        Ok(ExternalName::user(name))
    }

    fn symbol(&self, func: &Function, name: &ExternalName) -> Option<Cow<'_, str>> {
        module_symbol(self.0, func, name)
    }
}

/// The symbol of an imported function of a module.
pub(crate) fn module_symbol<'m>(
    module: &'m dyn Module,
    func: &Function,
    name: &ExternalName,
) -> Option<Cow<'m, str>> {
    let ExternalName::User(name) = name else {
        return None;
    };
    let name = func.params.user_named_funcs().get(*name)?;
    if name.namespace != 0 {
        return None;
    }
    let declarations = module.declarations();
    // A function may carry names that another module has given it; those are not known here.
    if name.index as usize >= declarations.get_functions().size_hint().0 {
        return None;
    }
    let id = FuncId::from_u32(name.index);
    let declaration = declarations.get_function_decl(id);
    (declaration.linkage == Linkage::Import).then(|| declaration.linkage_name(id))
}
