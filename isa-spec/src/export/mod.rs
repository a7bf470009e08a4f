//! The spec in the languages of other tools.
//!
//! Every export is a function of the loaded [`Spec`] alone: the same spec gives the same text, byte for byte, and an
//! instruction of a user's file is exported like a built-in one. Names that the target language reserves, and
//! names that become equal in it, are changed by `ident::Names`; texts of the spec reach comments and strings
//! only through `text`, so that no description can end a comment.

mod assembler;
mod c;
mod call;
mod ident;
mod json;
mod layout;
mod part;
mod riscv_opcodes;
mod rust;
mod sail;
mod shape;
mod systemverilog;
mod tablegen;
mod text;
mod udb;
mod vscode;

use crate::names;
use crate::proof::smt;
use crate::span::Diagnostic;
use crate::spec::Spec;
use part::Part;

/// A target of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// A header for C and C++: descriptors, constants, and functions of inline assembly.
    C,
    /// An include file for GNU as and LLVM's assembler: a macro for each instruction.
    Assembler,
    /// A Rust module without dependencies: descriptors, constants, and functions of inline assembly.
    Rust,
    /// Extension files of riscv-opcodes, and the lines that its tables need.
    RiscvOpcodes,
    /// Entries of the RISC-V unified database, a YAML file each.
    UnifiedDb,
    /// Instruction definitions for an LLVM target.
    TableGen,
    /// A SystemVerilog package: constants, formats, descriptors and a decoder.
    SystemVerilog,
    /// A Sail model: encodings, assembly, and what instructions do.
    Sail,
    /// All of the spec as JSON; [`json_schema`] describes it.
    Json,
    /// The meanings of scalar instructions as SMT-LIB functions over bit vectors, see [`crate::proof::smt::semantics`].
    SmtLib,
    /// An extension for Visual Studio Code: colours, and the start of the language server.
    VsCode,
}

impl Target {
    /// All targets.
    pub const ALL: [Self; 11] = [
        Self::C,
        Self::Assembler,
        Self::Rust,
        Self::RiscvOpcodes,
        Self::UnifiedDb,
        Self::TableGen,
        Self::SystemVerilog,
        Self::Sail,
        Self::Json,
        Self::SmtLib,
        Self::VsCode,
    ];

    /// The name on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Assembler => "asm",
            Self::Rust => "rust",
            Self::RiscvOpcodes => "riscv-opcodes",
            Self::UnifiedDb => "udb",
            Self::TableGen => "tablegen",
            Self::SystemVerilog => "systemverilog",
            Self::Sail => "sail",
            Self::Json => "json",
            Self::SmtLib => "smtlib",
            Self::VsCode => "vscode",
        }
    }

    /// One line about it.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::C => "header for C and C++ with .insn functions and descriptor structures",
            Self::Assembler => "include file with .insn macros, for GNU as and LLVM",
            Self::Rust => "no_std Rust module with .insn functions and descriptor structures",
            Self::RiscvOpcodes => "extension files and table lines for riscv-opcodes",
            Self::UnifiedDb => "YAML entries for riscv-unified-db",
            Self::TableGen => "instruction definitions for LLVM",
            Self::SystemVerilog => "package with constants, structures and a decoder",
            Self::Sail => "model with encodings, assembly and the meanings of all instructions",
            Self::Json => "all of the spec as data",
            Self::VsCode => "extension for Visual Studio Code: colours, and the start of zktr lsp",
            Self::SmtLib => "meanings of scalar instructions as functions over bit vectors",
        }
    }

    /// True for an export of several files, which belong into a folder.
    #[must_use]
    pub fn is_folder(self) -> bool {
        matches!(self, Self::RiscvOpcodes | Self::UnifiedDb | Self::VsCode)
    }

    /// The target with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

/// Which extensions are exported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// All of them for [`Target::Json`], [`Target::SmtLib`] and [`Target::VsCode`]; for the others, those whose name begins with X: tools know the standard ones.
    #[default]
    Usual,
    /// All of them.
    All,
    /// These; upper and lower case are the same.
    Extensions(Vec<String>),
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where the target expects it, relative, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The files of an export, at least one, in the order of their paths.
///
/// # Errors
/// An extension that does not exist, or a selection without instructions and CSRs.
pub fn export(spec: &Spec, target: Target, selection: &Selection) -> Result<Vec<File>, Diagnostic> {
    let wanted = |name: &str| match selection {
        Selection::All => true,
        Selection::Usual => {
            matches!(target, Target::Json | Target::SmtLib | Target::VsCode) || is_custom(name)
        }
        Selection::Extensions(names) => names.iter().any(|n| n.eq_ignore_ascii_case(name)),
    };
    if let Selection::Extensions(names) = selection {
        for name in names {
            let known = || spec.extensions.iter().map(|e| e.name.as_str());
            if !known().any(|e| e.eq_ignore_ascii_case(name)) {
                let diagnostic = Diagnostic::global(format!("there is no extension `{name}`"));
                return Err(match names::did_you_mean(name, known()) {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
            }
        }
    }
    let part = Part::new(spec, wanted);
    if part.instructions.is_empty() && part.csrs.is_empty() {
        let message = "the chosen extensions have neither instructions nor CSRs";
        return Err(Diagnostic::global(message.to_owned()));
    }
    let mut files = match target {
        Target::C => vec![c::header(&part)],
        Target::Assembler => vec![assembler::include(&part)],
        Target::Rust => vec![rust::module(&part)],
        Target::RiscvOpcodes => riscv_opcodes::files(&part),
        Target::UnifiedDb => udb::files(&part),
        Target::TableGen => vec![tablegen::file(&part)],
        Target::SystemVerilog => vec![systemverilog::package(&part)],
        Target::Sail => vec![sail::model(&part)],
        Target::Json => vec![json::file(&part)],
        Target::VsCode => vscode::files(&part),
        Target::SmtLib => vec![File {
            path: "semantics.smt2".into(),
            text: smt::semantics(spec, &|instruction| wanted(&instruction.extension)),
        }],
    };
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The JSON Schema (draft 2020-12) of [`Target::Json`].
#[must_use]
pub fn json_schema() -> &'static str {
    include_str!("../../spec.schema.json")
}

/// The ISA manual's naming convention (chapter "ISA extension naming conventions"): non-standard extensions begin with X.
fn is_custom(extension: &str) -> bool {
    extension.starts_with(['X', 'x'])
}
