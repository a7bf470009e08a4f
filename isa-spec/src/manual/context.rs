//! What chapters need at hand: the spec, the names that can be linked, and prose with links.

use super::document::{Inline, Target, Text, code, link, text};
use crate::sem::print::Names;
use crate::spec::Spec;
use std::collections::HashMap;

pub(crate) struct Context<'a> {
    pub(crate) spec: &'a Spec,
    /// Names in code spans of documentation that become links: mnemonics and CSRs.
    names: HashMap<&'a str, Target>,
    /// For each instruction, the compressed ones that stand for it.
    compressed: HashMap<usize, Vec<usize>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(spec: &'a Spec) -> Self {
        let mut names = HashMap::new();
        for (index, csr) in spec.csrs.iter().enumerate() {
            names.insert(csr.name.as_str(), Target::Csr(index));
        }
        // A mnemonic comes before a CSR of the same name, and the first of two instructions before the second.
        for (index, instruction) in spec.instructions.iter().enumerate().rev() {
            names.insert(instruction.name.as_str(), Target::Instruction(index));
        }
        let mut compressed: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, instruction) in spec.instructions.iter().enumerate() {
            if let Some(expansion) = &instruction.expands {
                compressed.entry(expansion.target).or_default().push(index);
            }
        }
        Self {
            spec,
            names,
            compressed,
        }
    }

    /// Documentation as text: what stands between backticks is code, and a link if it is a name.
    pub(crate) fn prose(&self, documentation: &str) -> Text {
        let mut out = Vec::new();
        let pieces: Vec<&str> = documentation.split('`').collect();
        for (index, piece) in pieces.iter().enumerate() {
            // A backtick without a partner is text.
            let is_code = index % 2 == 1 && index + 1 < pieces.len();
            if is_code {
                out.push(match self.names.get(piece) {
                    Some(target) => link(target.clone(), code(*piece)),
                    None => code(*piece),
                });
            } else if index % 2 == 1 {
                out.push(text(format!("`{piece}")));
            } else if !piece.is_empty() {
                out.push(text(*piece));
            }
        }
        out
    }

    /// The paragraphs of a longer documentation.
    pub(crate) fn paragraphs(&self, documentation: &str) -> Vec<Text> {
        let mut paragraphs = vec![String::new()];
        for line in documentation.lines() {
            if line.trim().is_empty() {
                paragraphs.push(String::new());
            } else if let Some(last) = paragraphs.last_mut() {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line.trim());
            }
        }
        paragraphs.retain(|paragraph| !paragraph.is_empty());
        paragraphs.iter().map(|p| self.prose(p)).collect()
    }

    /// A mnemonic with a link.
    pub(crate) fn instruction(&self, index: usize) -> Inline {
        link(
            Target::Instruction(index),
            code(self.spec.instructions[index].name.clone()),
        )
    }

    /// A status by name, with a link.
    pub(crate) fn status(&self, name: &str) -> Inline {
        let index = self.spec.statuses.iter().position(|s| s.name == name);
        match index {
            Some(index) => link(Target::Status(index), code(name)),
            None => code(name),
        }
    }

    /// The status with this code.
    pub(crate) fn status_of_code(&self, value: u64) -> Inline {
        match self.spec.status_by_code(value) {
            Some(status) => self.status(&status.name),
            None => code(value.to_string()),
        }
    }

    /// The compressed instructions that stand for this one.
    pub(crate) fn compressed(&self, instruction: usize) -> &[usize] {
        self.compressed.get(&instruction).map_or(&[], Vec::as_slice)
    }

    /// The names in the meaning of an instruction.
    pub(crate) fn names(&self, instruction: usize) -> Names<'a> {
        Names {
            operands: &self.spec.instructions[instruction].operands,
            descriptor: self.spec.descriptor_of(instruction),
            vars: &[],
        }
    }
}
