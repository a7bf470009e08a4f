//! Assembling from Rust: a program as calls of functions, one for each instruction.
//!
//! [`Builder::emit`] takes the mnemonic and the operands of any instruction or alias of the builder's spec, also those
//! of a user's file. The trait [`Instructions`] has a method for each of the built-in ones, made from the spec by
//! [`rust_source`]; that function makes such a trait for a user's spec too. Each operand is checked at once, against
//! what its instruction allows, and a program with errors yields all of them, with the places in the Rust source.
//!
//! ```
//! use zktr_asm::builder::{Builder, Instructions, reg::{A0, A1, ZERO}};
//!
//! let spec = zktr_asm::Spec::builtin();
//! let mut b = Builder::new(&spec, zktr_asm::Options::default());
//! let (again, done) = (b.label(), b.label());
//! b.li(A0, 0);
//! b.bind(&again);
//! b.beq(A1, ZERO, &done).add(A0, A0, A1).addi(A1, A1, -1).j(&again);
//! b.bind(&done).ret();
//! let sum = b.finish().unwrap();
//! assert_eq!(sum.flat(&spec, 0).unwrap().len(), 24);
//!
//! let mut b = Builder::new(&spec, zktr_asm::Options::default());
//! b.addi(A0, A0, 5000);
//! let errors = b.finish().unwrap_err();
//! assert!(errors[0].to_string().contains("'imm' must be an integer in the range [-2048, 2047]"));
//! ```
//!
//! For a user's spec, a build script writes the module, and the crate includes it:
//!
//! ```no_run
//! # let text = "";
//! let spec = zktr_asm::Spec::load(&[zktr_asm::Source::new("mine.toml", text)]).unwrap();
//! let module = zktr_asm::builder::rust_source(&spec, "zktr_asm::builder");
//! std::fs::write("src/mine.rs", module).unwrap();
//! ```
//!
//! A builder writes assembly ([`Builder::assembly`]), which the assembler reads: what can be written, compressed,
//! relaxed and listed is the same in both.

mod descriptor;
mod form;
mod generate;
#[rustfmt::skip]
mod generated;
mod operand;

pub use self::descriptor::{Descriptor, FieldValue, View};
pub use self::generate::rust_source;
pub use self::generated::*;
pub use self::operand::{Accesses, Csr, FloatReg, Imm, Label, Operand, Reg, Target};

use crate::{NoFiles, Object, Options, Source, Spec, assemble_with};
use std::fmt::{self, Write as _};
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use zktr_isa::span::Span;

/// The name of what a builder writes, in line information.
const NAME: &str = "<builder>";
/// Numbers of data on a line.
const PER_LINE: usize = 16;

/// A mistake in a program, and the call that has made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    /// What is wrong.
    pub message: String,
    /// Where in the Rust source; none for what concerns the program as a whole.
    pub location: Option<&'static Location<'static>>,
    /// Further facts, with the calls that they are about.
    pub notes: Vec<(String, Option<&'static Location<'static>>)>,
    /// What to do.
    pub help: Option<String>,
}

impl BuildError {
    fn new(message: impl Into<String>, location: Option<&'static Location<'static>>) -> Self {
        Self {
            message: message.into(),
            location,
            notes: Vec::new(),
            help: None,
        }
    }
}

impl fmt::Display for BuildError {
    /// `file:line:column: error: message`; then a line for each note, and one for the help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |at: Option<&Location<'_>>| at.map_or(String::new(), |at| format!("{at}: "));
        write!(f, "{}error: {}", line(self.location), self.message)?;
        for (note, at) in &self.notes {
            write!(f, "\n{}note: {note}", line(*at))?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  = help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BuildError {}

/// What instructions can be added to.
pub trait Emit {
    /// Adds an instruction: operands in the order in which its syntax has them.
    #[track_caller]
    fn emit(&mut self, mnemonic: &str, operands: &[Operand]) -> &mut Self;
}

/// Where a label of a builder is bound and where it was first used.
#[derive(Debug, Clone, Copy, Default)]
struct LabelUse {
    bound: Option<&'static Location<'static>>,
    used: Option<&'static Location<'static>>,
}

/// A program that is being written.
#[derive(Debug)]
pub struct Builder<'s> {
    spec: &'s Spec,
    options: Options,
    text: String,
    /// For each line of the text, the call that it comes from.
    lines: Vec<&'static Location<'static>>,
    labels: Vec<LabelUse>,
    errors: Vec<BuildError>,
    number: u32,
}

impl<'s> Builder<'s> {
    /// An empty program.
    #[must_use]
    pub fn new(spec: &'s Spec, options: Options) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self {
            spec,
            options,
            text: String::new(),
            lines: Vec::new(),
            labels: Vec::new(),
            errors: Vec::new(),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// A label that is private to the program and has yet to be bound.
    pub fn label(&mut self) -> Label {
        let index = self.labels.len();
        self.labels.push(LabelUse::default());
        Label {
            name: format!(".Lb{index}").into(),
            index: Some(index),
            owner: self.number,
            addend: 0,
        }
    }

    /// A symbol by its name; one that is not bound is to be found in another object.
    #[track_caller]
    pub fn symbol(&mut self, name: &str) -> Label {
        let first = name.bytes().next();
        let is_name = first.is_some_and(|b| !b.is_ascii_digit())
            && name.bytes().all(crate::lex::in_name)
            && name != "."
            && self.spec.register(name).is_none();
        if !is_name {
            self.error(format!("'{name}' is not a name of a symbol"));
        }
        Label {
            name: name.into(),
            index: None,
            owner: self.number,
            addend: 0,
        }
    }

    /// Puts a label here.
    #[track_caller]
    pub fn bind(&mut self, label: &Label) -> &mut Self {
        if label.owner != self.number || label.addend != 0 {
            return self.error("only a label of this builder itself can be bound".to_owned());
        }
        let here = Location::caller();
        if let Some(known) = label.index.and_then(|i| self.labels.get_mut(i))
            && let Some(earlier) = known.bound.replace(here)
        {
            return self.error(format!("the label is already bound at {earlier}"));
        }
        self.line(format_args!("{}:", label.name))
    }

    /// Makes a symbol known to other objects.
    #[track_caller]
    pub fn global(&mut self, symbol: &Label) -> &mut Self {
        self.line(format_args!("\t.globl\t{}", symbol.name))
    }

    /// Continues in the section of this name, with the kind and flags that its name says.
    #[track_caller]
    pub fn section(&mut self, name: &str) -> &mut Self {
        let fine = |b: u8| crate::lex::in_name(b) || b == b'-';
        if name.is_empty() || !name.bytes().all(fine) {
            return self.error(format!("'{name}' is not a name of a section"));
        }
        self.line(format_args!("\t.section\t{name}"))
    }

    /// Fills up to a multiple of this many bytes, a power of two.
    #[track_caller]
    pub fn align(&mut self, bytes: u32) -> &mut Self {
        self.line(format_args!("\t.balign\t{bytes}"))
    }

    /// Adds bytes.
    #[track_caller]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.data(".byte", bytes)
    }

    /// Adds 32-bit numbers.
    #[track_caller]
    pub fn words(&mut self, words: &[u32]) -> &mut Self {
        self.data(".word", words)
    }

    /// Adds 64-bit numbers.
    #[track_caller]
    pub fn dwords(&mut self, dwords: &[u64]) -> &mut Self {
        self.data(".dword", dwords)
    }

    /// Adds the address of a label, as long as a register.
    #[track_caller]
    pub fn address(&mut self, label: &Label) -> &mut Self {
        let directive = if self.options.xlen == 64 {
            ".dword"
        } else {
            ".word"
        };
        match self.place(label) {
            Ok(place) => self.line(format_args!("\t{directive}\t{place}")),
            Err(message) => self.error(message),
        }
    }

    /// Adds the descriptor of a bulk instruction.
    #[track_caller]
    pub fn descriptor(&mut self, descriptor: impl Into<Descriptor>) -> &mut Self {
        match self.descriptor_text(&descriptor.into()) {
            Ok(text) => self.line(format_args!("{text}")),
            Err(message) => self.error(message),
        }
    }

    /// Adds assembly as it is: whole lines.
    #[track_caller]
    pub fn source(&mut self, assembly: &str) -> &mut Self {
        for line in assembly.lines() {
            self.line(format_args!("{line}"));
        }
        self
    }

    /// The program so far as assembly.
    #[must_use]
    pub fn assembly(&self) -> &str {
        &self.text
    }

    /// Assembles the program.
    ///
    /// # Errors
    /// All its mistakes.
    pub fn finish(mut self) -> Result<Object, Vec<BuildError>> {
        for known in &self.labels {
            if let (Some(used), None) = (known.used, known.bound) {
                self.errors.push(BuildError::new(
                    "the label is used but never bound",
                    Some(used),
                ));
            }
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let source = Source::new(NAME, self.text);
        assemble_with(self.spec, &source, &self.options, &NoFiles).map_err(|diagnostics| {
            let call = |span: Option<Span>| {
                let span = span.filter(|span| Arc::ptr_eq(&span.source, &source))?;
                let (line, _) = source.line_column(span.range.start);
                self.lines.get(line - 1).copied()
            };
            let errors = diagnostics.into_iter().map(|diagnostic| BuildError {
                message: diagnostic.message,
                location: call(diagnostic.span),
                notes: diagnostic
                    .notes
                    .into_iter()
                    .map(|(note, span)| (note, call(span)))
                    .collect(),
                help: diagnostic.help,
            });
            errors.collect()
        })
    }

    #[track_caller]
    fn data<T: fmt::Display>(&mut self, directive: &str, numbers: &[T]) -> &mut Self {
        for numbers in numbers.chunks(PER_LINE) {
            let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            self.line(format_args!("\t{directive}\t{}", list.join(", ")));
        }
        self
    }

    #[track_caller]
    fn line(&mut self, line: fmt::Arguments<'_>) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
        self.lines.push(Location::caller());
        self
    }

    #[track_caller]
    fn error(&mut self, message: String) -> &mut Self {
        self.errors
            .push(BuildError::new(message, Some(Location::caller())));
        self
    }

    /// A label as it is written, which is thereby used.
    #[track_caller]
    fn place(&mut self, label: &Label) -> Result<String, String> {
        if label.owner != self.number {
            return Err("the label belongs to another builder".to_owned());
        }
        if let Some(known) = label.index.and_then(|i| self.labels.get_mut(i)) {
            known.used.get_or_insert(Location::caller());
        }
        Ok(match label.addend {
            0 => label.name.to_string(),
            addend => format!("{}{addend:+}", label.name),
        })
    }
}

impl Emit for Builder<'_> {
    #[track_caller]
    fn emit(&mut self, mnemonic: &str, operands: &[Operand]) -> &mut Self {
        match self.instruction_text(mnemonic, operands) {
            Ok(text) => self.line(format_args!("{text}")),
            Err(message) => self.error(message),
        }
    }
}
