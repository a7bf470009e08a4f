//! `zktr spec`: what the spec says.

use super::prove::Prove;
use super::{Failure, Global, Verdict, files, report};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zktr_isa::span::Diagnostic;
use zktr_isa::{manual, names};

/// Check, list and show what the spec says.
#[derive(Debug, Args)]
pub struct Spec {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prove what the toolchain relies on: field arithmetic in words, recurrences, guards.
    Prove(Prove),
    /// Load the built-in files and these, and report all errors; if there are none, what is probably not meant.
    Check {
        /// Spec files to check beside those of `--spec`.
        files: Vec<PathBuf>,
    },
    /// List the instructions.
    List {
        /// Only those of this extension.
        #[arg(long, value_name = "NAME")]
        extension: Option<String>,
    },
    /// Write the spec for another tool.
    Export(super::export::Export),
    /// Show the manual entry of an instruction.
    Show {
        /// Its mnemonic.
        name: String,
    },
    /// Write the manual: pages with a search, to be opened as `index.html`, or one Markdown document.
    Manual {
        /// One Markdown document, to the output file or to standard output.
        #[arg(long)]
        markdown: bool,
        /// The directory of the pages, which is created if it is missing; with `--markdown`, a file.
        #[arg(short, long, value_name = "PATH", required_unless_present = "markdown")]
        output: Option<PathBuf>,
    },
}

impl Spec {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        match &self.command {
            Command::Prove(prove) => return prove.run(global, out),
            Command::Check { files } => {
                let (spec, warnings) = check(global, files)?;
                report(&warnings, global.message_format);
                writeln!(
                    out,
                    "{} extensions, {} instructions, {} aliases, {} CSRs, {} formats: no errors, {} warnings",
                    spec.extensions.len(),
                    spec.instructions.len(),
                    spec.aliases.len(),
                    spec.csrs.len(),
                    spec.formats.len(),
                    warnings.len()
                )?;
            }
            Command::List { extension } => list(&*global.load()?, extension.as_deref(), out)?,
            Command::Export(export) => return export.run(global, out),
            Command::Show { name } => {
                let spec = global.load()?;
                let Some(instruction) = spec.instruction(name) else {
                    let mnemonics = spec.instructions.iter().map(|i| i.name.as_str());
                    return Err(unknown(
                        format!("there is no instruction `{name}`"),
                        name,
                        mnemonics,
                    ));
                };
                write!(out, "{}", manual::markdown(&spec, instruction))?;
            }
            Command::Manual { markdown, output } => {
                let spec = global.load()?;
                match output {
                    Some(path) if *markdown => {
                        files::write(path, manual::whole_markdown(&spec).as_bytes())?;
                    }
                    Some(directory) => pages(&spec, directory, out)?,
                    None => write!(out, "{}", manual::whole_markdown(&spec))?,
                }
            }
        }
        Ok(Verdict::Fine)
    }
}

/// Writes the pages of the manual.
fn pages(spec: &zktr_isa::Spec, directory: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    files::create_directory(directory)?;
    for page in manual::html(spec) {
        files::write(&directory.join(page.name), page.text.as_bytes())?;
    }
    writeln!(out, "{}", directory.join("index.html").display())?;
    Ok(())
}

/// Loads and checks. Of the warnings, the user's files get those that point into them; without any, the built-in
/// files get all.
fn check(
    global: &Global,
    files: &[PathBuf],
) -> Result<(Arc<zktr_isa::Spec>, Vec<Diagnostic>), Failure> {
    let (sources, parameters) = global.sources(files)?;
    let (spec, mut warnings) = zktr_isa::Spec::check(&sources, &parameters)?;
    let is_users = |warning: &Diagnostic| {
        let span = warning.span.as_ref();
        span.is_some_and(|span| {
            sources
                .iter()
                .any(|source| Arc::ptr_eq(source, &span.source))
        })
    };
    if !sources.is_empty() {
        warnings.retain(is_users);
    }
    Ok((spec, warnings))
}

fn list(
    spec: &zktr_isa::Spec,
    extension: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let wanted =
        |name: &str| extension.is_none_or(|extension| extension.eq_ignore_ascii_case(name));
    if let Some(name) = extension
        && !spec.extensions.iter().any(|e| wanted(&e.name))
    {
        let extensions = spec.extensions.iter().map(|e| e.name.as_str());
        return Err(unknown(
            format!("there is no extension `{name}`"),
            name,
            extensions,
        ));
    }
    let instructions: Vec<_> = spec
        .instructions
        .iter()
        .filter(|i| wanted(&i.extension))
        .collect();
    let width = instructions.iter().map(|i| i.name.len()).max().unwrap_or(0);
    for i in instructions {
        let digits = 2 * usize::from(i.length);
        let (mask, bits) = (i.mask, i.bits);
        let line = format!(
            "{:width$}  {:8}  {mask:#0w$x} {bits:#0w$x}  {}",
            i.name,
            i.extension,
            i.title,
            w = digits + 2
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn unknown<'a>(message: String, name: &str, candidates: impl Iterator<Item = &'a str>) -> Failure {
    let diagnostic = Diagnostic::global(message);
    match names::nearest(name, candidates) {
        Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")).into(),
        None => diagnostic.into(),
    }
}
