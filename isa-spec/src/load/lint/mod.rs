//! Warnings: what is right by the rules of the format, and is probably not meant.
//!
//! They are looked for on request only, in a spec without errors, and never change it.

mod conditions;
mod neighbours;
mod unused;

use super::Loader;
use crate::tree::Node;

impl Loader<'_> {
    /// Reports all warnings.
    pub(super) fn lint(&mut self, files: &[Node]) {
        self.unused(files);
        self.conditions();
        self.check_neighbours();
    }
}
