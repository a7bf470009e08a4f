//! The manual, typeset from the spec: pages of HTML, Markdown, and single entries.
//!
//! Everything in it comes from the loaded data: pictures from the layouts, formulas from the algebra,
//! lists from the tables. So the manual says what the tools do, and a user's instruction is in it like any
//! other. `document` is the tree that `chapter` and `entry` build, and that the renderers read.

mod anchors;
mod chapter;
mod context;
mod document;
mod entry;
mod example;
mod flow;
mod html;
mod markdown;
mod math;
mod picture;
mod typeset;
mod words;

use crate::spec::Spec;
use anchors::Anchors;
use context::Context;

pub use example::{Example, example};
pub use words::syntax;
pub(crate) use words::values;

/// A file of the manual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its name in the manual's directory, without any folder: ASCII letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// All of its text.
    pub text: String,
}

/// The manual as a directory of XHTML pages with a style sheet and a search, to be opened as
/// `index.html` from a file system or a server. The same spec gives the same bytes.
#[must_use]
pub fn html(spec: &Spec) -> Vec<Rendered> {
    let pages = chapter::pages(&Context::new(spec));
    html::files(spec, &pages, &Anchors::new(spec))
}

/// The whole manual as one Markdown document.
#[must_use]
pub fn whole_markdown(spec: &Spec) -> String {
    let pages = chapter::pages(&Context::new(spec));
    markdown::pages(&pages, &Anchors::new(spec))
}

/// The entry of an instruction as Markdown. Empty if there is no such instruction.
#[must_use]
pub fn markdown(spec: &Spec, instruction: usize) -> String {
    if instruction >= spec.instructions.len() {
        return String::new();
    }
    let context = Context::new(spec);
    markdown::blocks(&entry::blocks(&context, instruction, 2))
}
