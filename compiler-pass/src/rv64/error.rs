//! Why code for RV64 could not be made.

use crate::rewrite::RewriteError;
use cranelift_codegen::CodegenError;
use cranelift_module::ModuleError;
use std::fmt;
use zktr_isa::span::Diagnostic;

/// No code, or no code that may be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The module or the flags are for another machine.
    NotRiscv64(String),
    /// An operation is called with another signature than `(i64, i64) -> i64`.
    Signature {
        /// Its symbol.
        symbol: String,
    },
    /// An operation is used by something else than a plain call: it has no address.
    NoAddress {
        /// Its symbol.
        symbol: String,
    },
    /// The spec lacks what the lowering is built on, or cannot encode the instruction.
    Spec(String),
    /// A site of an operation cannot be found in the code, or is not of the expected shape.
    Site {
        /// Number of the site within its function.
        site: u32,
        /// What is wrong.
        problem: String,
    },
    /// The pass of a module fails on a function.
    Pass(RewriteError),
    /// Two functions have the same name.
    Duplicate(String),
    /// Cranelift refuses a function, or the module does.
    Module(String),
    /// Code for this function was compiled, but could not be patched; the module must not be used.
    Poisoned(Box<Error>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRiscv64(found) => {
                write!(f, "offload instructions need riscv64 code, not {found}")
            }
            Self::Signature { symbol } => {
                write!(
                    f,
                    "`{symbol}` stands for an instruction and has the signature (i64, i64) -> i64"
                )
            }
            Self::NoAddress { symbol } => {
                write!(
                    f,
                    "`{symbol}` stands for an instruction and can only be called"
                )
            }
            Self::Spec(problem) => write!(f, "{problem}"),
            Self::Site { site, problem } => {
                write!(f, "operation {site} of the function: {problem}")
            }
            Self::Pass(error) => write!(f, "{error}"),
            Self::Duplicate(name) => write!(f, "function `{name}` is defined twice"),
            Self::Module(problem) => write!(f, "{problem}"),
            Self::Poisoned(error) => write!(
                f,
                "the module has code that lacks its instructions: {error}"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<ModuleError> for Error {
    fn from(error: ModuleError) -> Self {
        match error {
            // An error of this crate that has come through the interface of a module.
            ModuleError::Backend(error) => match error.downcast::<Error>() {
                Ok(error) => error,
                Err(error) => Self::Module(error.to_string()),
            },
            ModuleError::Compilation(error) => error.into(),
            error => Self::Module(error.to_string()),
        }
    }
}

impl From<CodegenError> for Error {
    fn from(error: CodegenError) -> Self {
        match error {
            CodegenError::Verifier(errors) => Self::Module(errors.to_string()),
            error => Self::Module(error.to_string()),
        }
    }
}

impl From<Error> for ModuleError {
    fn from(error: Error) -> Self {
        ModuleError::Backend(error.into())
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Diagnostic::global(error.to_string())
    }
}
