//! A [`Module`] for embedders: an [`ObjectModule`] that offloads.

use super::carrier::{Operations, Site, lower};
use super::error::Error;
use super::patch::{Patch, patches};
use crate::rewrite::{RewriteError, Symbols, module_symbol};
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExternalName, Function, Signature, UserExternalName};
use cranelift_codegen::isa::TargetIsa;
use cranelift_module::{
    DataDescription, DataId, FuncId, Linkage, Module, ModuleDeclarations, ModuleReloc, ModuleResult,
};
use cranelift_object::object::{FileFlags, elf};
use cranelift_object::{ObjectModule, ObjectProduct};
use std::borrow::Cow;
use std::sync::Arc;
use zktr_isa::Spec;

/// Names in this namespace stand for operations; modules use 0 and 1 for their own. Such a name never reaches
/// the object: no symbol is left behind for an instruction.
const NAMESPACE: u32 = 0x7A6B;

/// The floating-point calling convention that an object is marked with. Code of the two kinds does not link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FloatAbi {
    /// `lp64d`.
    #[default]
    Double,
    /// `lp64`: for functions that pass no floating-point values, which are the same under both.
    Soft,
}

/// An [`ObjectModule`] for riscv64 which runs a pass over each function that is defined, turns the operations
/// that it finds into instructions, and delegates everything else.
///
/// The patched code leaves it by [`OffloadModule::finish`], and in no other way.
pub struct OffloadModule<P> {
    inner: ObjectModule,
    spec: Arc<Spec>,
    operations: Operations,
    pass: P,
    float_abi: FloatAbi,
    /// Symbols of operations, by index in [`NAMESPACE`].
    symbols: Vec<String>,
    patches: Vec<(FuncId, Patch)>,
    poisoned: Option<Error>,
}

impl<P: FnMut(&mut Function, &mut dyn Symbols) -> Result<(), RewriteError>> OffloadModule<P> {
    /// Wraps a module. The pass gets each function before it is compiled, and the symbols by which it calls
    /// operations; it may leave the function as it is.
    ///
    /// # Errors
    /// If the module is not one for riscv64.
    pub fn new(inner: ObjectModule, spec: Arc<Spec>, pass: P) -> Result<Self, Error> {
        if inner.isa().name() != "riscv64" {
            return Err(Error::NotRiscv64(inner.isa().name().to_string()));
        }
        let operations = Operations::new(&spec);
        let float_abi = FloatAbi::default();
        let (symbols, patches, poisoned) = (Vec::new(), Vec::new(), None);
        Ok(Self {
            inner,
            spec,
            operations,
            pass,
            float_abi,
            symbols,
            patches,
            poisoned,
        })
    }

    /// The same with another floating-point ABI.
    #[must_use]
    pub fn float_abi(mut self, abi: FloatAbi) -> Self {
        self.float_abi = abi;
        self
    }

    /// How many instructions have been placed so far.
    pub fn instructions(&self) -> usize {
        self.patches.len()
    }

    /// True if the symbol stands for an instruction.
    pub(super) fn is_operation(&self, symbol: &str) -> bool {
        self.operations.contains(symbol)
    }

    /// The name by which `func` calls an operation.
    pub(super) fn declare_operation(
        &mut self,
        func: &mut Function,
        symbol: &str,
        signature: &Signature,
    ) -> Result<ExternalName, Error> {
        let mut symbols = ModuleSymbols {
            module: &self.inner,
            symbols: &mut self.symbols,
        };
        symbols
            .declare(func, symbol, signature)
            .map_err(Error::Module)
    }

    /// The object, with all instructions in place.
    ///
    /// # Errors
    /// If a function was compiled that could not be patched.
    pub fn finish(self) -> Result<ObjectProduct, Error> {
        if let Some(error) = self.poisoned {
            return Err(Error::Poisoned(Box::new(error)));
        }
        let compressed = self
            .inner
            .isa()
            .isa_flags()
            .iter()
            .any(|flag| flag.name == "has_zca" && flag.as_bool() == Some(true));
        let mut product = self.inner.finish();
        for (function, patch) in self.patches {
            let symbol = product.object.symbol(product.function_symbol(function));
            let place = symbol.section.id().zip(usize::try_from(symbol.value).ok());
            let (section, start) = place.ok_or_else(|| {
                Error::Module("a function of the object has no section".to_string())
            })?;
            let code = product.object.section_mut(section).data_mut();
            patch.write(code.get_mut(start..).unwrap_or_default())?;
        }
        if let FileFlags::Elf { e_flags, .. } = &mut product.object.flags {
            if self.float_abi == FloatAbi::Soft {
                *e_flags = *e_flags & !elf::EF_RISCV_FLOAT_ABI | elf::EF_RISCV_FLOAT_ABI_SOFT;
            }
            // cranelift-object only knows of compressed code that has floating-point loads too.
            if compressed {
                *e_flags |= elf::EF_RISCV_RVC;
            }
        }
        Ok(product)
    }

    /// Runs the pass, and brings operations to their carriers.
    fn prepare(&mut self, func: &mut Function) -> Result<Vec<Site>, Error> {
        let mut symbols = ModuleSymbols {
            module: &self.inner,
            symbols: &mut self.symbols,
        };
        (self.pass)(func, &mut symbols).map_err(Error::Pass)?;
        lower(func, &self.operations, &symbols)
    }

    /// Finds the patches of a function that has just been compiled.
    fn record(&mut self, id: FuncId, ctx: &Context, sites: &[Site]) -> Result<(), Error> {
        let found = match ctx.compiled_code() {
            Some(code) => patches(code, &ctx.func, sites, &self.spec),
            None => Err(Error::Module("the module has kept no code".to_string())),
        };
        match found {
            Ok(found) => {
                self.patches
                    .extend(found.into_iter().map(|patch| (id, patch)));
                Ok(())
            }
            Err(error) => {
                // The carrier is in the module already, and it must never run.
                self.poisoned = Some(error.clone());
                Err(error)
            }
        }
    }
}

/// Names operations without a declaration in the module.
struct ModuleSymbols<'m> {
    module: &'m ObjectModule,
    symbols: &'m mut Vec<String>,
}

impl Symbols for ModuleSymbols<'_> {
    fn declare(
        &mut self,
        func: &mut Function,
        symbol: &str,
        _: &Signature,
    ) -> Result<ExternalName, String> {
        let index = self
            .symbols
            .iter()
            .position(|known| known == symbol)
            .unwrap_or_else(|| {
                self.symbols.push(symbol.to_string());
                self.symbols.len() - 1
            });
        let index = u32::try_from(index).map_err(|error| error.to_string())?;
        Ok(ExternalName::user(func.declare_imported_user_function(
            UserExternalName::new(NAMESPACE, index),
        )))
    }

    fn symbol(&self, func: &Function, name: &ExternalName) -> Option<Cow<'_, str>> {
        if let ExternalName::User(user) = name
            && let Some(user) = func.params.user_named_funcs().get(*user)
            && user.namespace == NAMESPACE
        {
            return self
                .symbols
                .get(user.index as usize)
                .map(|symbol| Cow::Borrowed(symbol.as_str()));
        }
        module_symbol(self.module, func, name)
    }
}

impl<P: FnMut(&mut Function, &mut dyn Symbols) -> Result<(), RewriteError>> Module
    for OffloadModule<P>
{
    fn isa(&self) -> &dyn TargetIsa {
        self.inner.isa()
    }

    fn declarations(&self) -> &ModuleDeclarations {
        self.inner.declarations()
    }

    fn declare_function(
        &mut self,
        name: &str,
        linkage: Linkage,
        signature: &Signature,
    ) -> ModuleResult<FuncId> {
        self.inner.declare_function(name, linkage, signature)
    }

    fn declare_anonymous_function(&mut self, signature: &Signature) -> ModuleResult<FuncId> {
        self.inner.declare_anonymous_function(signature)
    }

    fn declare_data(
        &mut self,
        name: &str,
        linkage: Linkage,
        writable: bool,
        tls: bool,
    ) -> ModuleResult<DataId> {
        self.inner.declare_data(name, linkage, writable, tls)
    }

    fn declare_anonymous_data(&mut self, writable: bool, tls: bool) -> ModuleResult<DataId> {
        self.inner.declare_anonymous_data(writable, tls)
    }

    fn define_function_with_control_plane(
        &mut self,
        id: FuncId,
        ctx: &mut Context,
        control: &mut ControlPlane,
    ) -> ModuleResult<()> {
        let sites = self.prepare(&mut ctx.func)?;
        self.inner
            .define_function_with_control_plane(id, ctx, control)?;
        Ok(self.record(id, ctx, &sites)?)
    }

    fn define_function_bytes(
        &mut self,
        id: FuncId,
        alignment: u64,
        bytes: &[u8],
        relocations: &[ModuleReloc],
    ) -> ModuleResult<()> {
        self.inner
            .define_function_bytes(id, alignment, bytes, relocations)
    }

    fn define_data(&mut self, id: DataId, data: &DataDescription) -> ModuleResult<()> {
        self.inner.define_data(id, data)
    }
}
