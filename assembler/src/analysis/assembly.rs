//! What the assembler says about a source: diagnostics, the names that it knows, and, if there is no error, the
//! object.

use crate::files::Files;
use crate::object::Object;
use crate::{Options, Source, prepare};
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Span};

/// A name with its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defined {
    /// The name.
    pub name: String,
    /// Where it is defined: in a file. For a name that a macro makes, where the macro is used.
    pub span: Span,
}

/// What the assembler has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Errors, warnings and notes.
    pub diagnostics: Vec<Diagnostic>,
    /// Symbols that have a definition.
    pub symbols: Vec<Defined>,
    /// Macros, as far as they are known at the end.
    pub macros: Vec<Defined>,
    /// The object, if there is no error. It has the lines that its code comes from, as with [`Options::debug`].
    pub object: Option<Object>,
}

/// Assembles a source file for what there is to say about it.
#[must_use]
pub fn check(spec: &Spec, source: &Arc<Source>, options: &Options, files: &dyn Files) -> Checked {
    let options = Options {
        debug: true,
        ..options.clone()
    };
    let texts = crate::sources::Texts::new();
    let failed = |diagnostics| Checked {
        diagnostics,
        symbols: Vec::new(),
        macros: Vec::new(),
        object: None,
    };
    let mut assembler = match prepare(spec, source, &options, files, &texts) {
        Ok(assembler) => assembler,
        Err(diagnostics) => return failed(diagnostics),
    };
    assembler.run();
    let defined = |name: &str, loc| Defined {
        name: name.to_owned(),
        span: assembler.sources.span(assembler.sources.in_file(loc)),
    };
    let symbols = assembler
        .symbols
        .definitions()
        .map(|symbol| defined(symbol.name, symbol.loc))
        .collect();
    let macros = assembler
        .macros
        .iter()
        .map(|(name, definition)| defined(name, definition.loc))
        .collect();
    let (diagnostics, object) = match assembler.finish() {
        Ok(object) => (object.warnings.clone(), Some(object)),
        Err(diagnostics) => (diagnostics, None),
    };
    Checked {
        diagnostics,
        symbols,
        macros,
        object,
    }
}
