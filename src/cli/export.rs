//! `zktr spec export`: the spec in the languages of other tools.

use super::{Failure, Global, Verdict};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use zktr_isa::export::{self, File, Selection, Target};

/// Write the spec for another tool.
#[derive(Debug, Args)]
pub struct Export {
    /// What to write.
    format: Format,
    /// File to write to; for an export of several files, the folder. [default: standard output]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Only this extension; can be given more than once. [default: those that begin with X; all for json]
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    extension: Vec<String>,
    /// All extensions.
    #[arg(long)]
    all: bool,
}

/// A target, or the schema of one.
#[derive(Debug, Clone, Copy)]
enum Format {
    Target(Target),
    JsonSchema,
    RustBuilder,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        static VARIANTS: std::sync::OnceLock<Vec<Format>> = std::sync::OnceLock::new();
        VARIANTS.get_or_init(|| {
            let targets = Target::ALL.into_iter().map(Self::Target);
            targets
                .chain([Self::JsonSchema, Self::RustBuilder])
                .collect()
        })
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let (name, about) = match self {
            Self::Target(target) => (target.name(), target.about()),
            Self::JsonSchema => ("json-schema", "JSON Schema of the json export"),
            Self::RustBuilder => (
                "rust-builder",
                "Rust module: a method of zktr_asm's builder for each instruction",
            ),
        };
        Some(clap::builder::PossibleValue::new(name).help(about))
    }
}

impl Export {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let target = match self.format {
            Format::Target(target) => target,
            Format::JsonSchema => {
                self.one(export::json_schema(), out)?;
                return Ok(Verdict::Fine);
            }
            Format::RustBuilder => {
                let spec = global.load()?;
                let module = zktr_asm::builder::rust_source(&spec, "zktr_asm::builder");
                self.one(&module, out)?;
                return Ok(Verdict::Fine);
            }
        };
        let selection = match (self.all, self.extension.as_slice()) {
            (true, _) => Selection::All,
            (false, []) => Selection::Usual,
            (false, names) => Selection::Extensions(names.to_vec()),
        };
        let spec = global.load()?;
        let files = export::export(&spec, target, &selection)?;
        match (&self.output, files.as_slice(), target.is_folder()) {
            (_, [file], false) => self.one(&file.text, out)?,
            (Some(folder), files, _) => write_all(folder, files)?,
            (None, files, _) => {
                for (index, file) in files.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    write!(out, "{separator}# ==== {} ====\n{}", file.path, file.text)?;
                }
            }
        }
        Ok(Verdict::Fine)
    }

    fn one(&self, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
        match &self.output {
            Some(path) => super::files::write(path, text.as_bytes()),
            None => Ok(out.write_all(text.as_bytes())?),
        }
    }
}

fn write_all(folder: &Path, files: &[File]) -> Result<(), Failure> {
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            super::files::create_directory(parent)?;
        }
        super::files::write(&path, file.text.as_bytes())?;
    }
    Ok(())
}
