//! Other vendors' instructions and CSRs, and which of ours have the same words and numbers.
//!
//! Nothing in the custom opcode space is reserved for anybody, so that an overlap is no error: it says which
//! extensions a hart cannot have beside this one.

use crate::code::overlap::{Overlap, overlap_with};
use crate::code::tree::Pattern;
use crate::load::{Loader, Sections, show_word};
use crate::model::{Instruction, LayoutContent, Neighbour, NeighbourWords};
use crate::span::Diagnostic;
use crate::tree::{self, Node, Table, Text};
use std::collections::BTreeMap;

/// Which instructions of an extension share words with a neighbour: index, the neighbour's name for it, and a word.
type Shared<'a> = Vec<(usize, &'a str, Option<u32>)>;

impl<'a> Loader<'a> {
    /// Reads the neighbours of a file.
    pub(in crate::load) fn neighbours(&mut self, file: &Sections<'a>) {
        for (name, node) in file.neighbour.iter().flat_map(Table::entries) {
            if let Some(neighbour) = self.neighbour(name, node)
                && self.define("neighbour", name)
            {
                self.spec.neighbours.push(neighbour);
            }
        }
    }

    fn neighbour(&self, name: &'a Text, node: &'a Node) -> Option<Neighbour> {
        let mut table = Table::new(node, "a neighbour", self.sink)?.at(&name.span);
        let vendor = table.need_text("vendor");
        let source = table.need_text("source");
        let xlen = match table.list("xlen") {
            None => vec![32, 64],
            Some(items) => self.xlen(items, &name.span)?,
        };
        let words = table.table("words");
        let csrs = table.table("csrs");
        table.finish();
        let words = words.iter().flat_map(Table::entries);
        let csrs = csrs.iter().flat_map(Table::entries);
        Some(Neighbour {
            name: name.text.clone(),
            vendor: vendor?.text.clone(),
            source: source?.text.clone(),
            xlen,
            words: words
                .map(|(name, node)| self.words(name, node))
                .collect::<Option<_>>()?,
            csrs: csrs
                .map(|(name, node)| {
                    let number = tree::int(node, &name.text, 0..=4095, self.sink)?;
                    Some((name.text.clone(), number as u16))
                })
                .collect::<Option<_>>()?,
        })
    }

    /// A pattern of words, `match/mask`.
    fn words(&self, name: &Text, node: &'a Node) -> Option<NeighbourWords> {
        let text = tree::text(node, "a pattern", self.sink)?;
        let hex = |digits: &str| u32::from_str_radix(digits, 16).ok();
        let found = text.text.split_once('/').and_then(|(bits, mask)| {
            let (bits, mask) = (hex(bits)?, hex(mask)?);
            let name = name.text.clone();
            (bits & !mask == 0).then_some(NeighbourWords { name, bits, mask })
        });
        if found.is_none() {
            let message = "a pattern is \"match/mask\", two hexadecimal numbers, and the mask has all bits of the match";
            self.sink.error(message, &text.span);
        }
        found
    }

    pub(super) fn check_neighbours(&self) {
        for neighbour in &self.spec.neighbours {
            let mut shared: BTreeMap<&str, Shared<'_>> = BTreeMap::new();
            for (index, instruction) in self.spec.instructions.iter().enumerate() {
                if let Some((theirs, word)) = meets(neighbour, instruction) {
                    let extension = shared.entry(&instruction.extension).or_default();
                    extension.push((index, theirs, word));
                }
            }
            for (extension, shared) in shared {
                self.report_neighbour(neighbour, extension, &shared);
            }
            for (theirs, number) in &neighbour.csrs {
                self.check_csr(neighbour, theirs, *number);
            }
        }
    }

    fn report_neighbour(&self, neighbour: &Neighbour, extension: &str, shared: &Shared<'_>) {
        let [(first, theirs, word), others @ ..] = shared.as_slice() else {
            return;
        };
        let instruction = &self.spec.instructions[*first];
        let word = word.map_or("a word".to_owned(), |word| show_word(word, instruction));
        let message = format!(
            "`{extension}` shares words with `{}` of {}: {word} is `{}` and `{theirs}`",
            neighbour.name, neighbour.vendor, instruction.name
        );
        let mut diagnostic = Diagnostic::warning(message, instruction.span.clone());
        if !others.is_empty() {
            let names = others.iter().map(|(index, theirs, _)| {
                format!("`{}` (`{theirs}`)", self.spec.instructions[*index].name)
            });
            let names: Vec<String> = names.collect();
            diagnostic = diagnostic.note(format!("so do {}", names.join(", ")), None);
        }
        diagnostic = diagnostic.note(format!("known from {}", neighbour.source), None);
        let choices = self.other_choices(instruction);
        if !choices.is_empty() {
            let choices = choices.join(", ");
            diagnostic = diagnostic.help(format!("it has other words with {choices}"));
        }
        self.sink.push(diagnostic);
    }

    /// Choices of parameters that would give an instruction another word, as `major=custom-0`.
    fn other_choices(&self, instruction: &Instruction) -> Vec<String> {
        let fixed = |value| {
            let layout = instruction.layout.iter();
            layout
                .map(|field| field.content)
                .any(|content| content == LayoutContent::Fixed(value))
        };
        let mut choices = Vec::new();
        for parameter in &self.spec.parameters {
            let (_, chosen) = parameter.values[parameter.chosen];
            let others = parameter
                .values
                .iter()
                .filter(|(_, value)| *value != chosen);
            if fixed(chosen) {
                choices.extend(others.map(|(choice, _)| format!("{}={choice}", parameter.name)));
            }
        }
        choices
    }

    fn check_csr(&self, neighbour: &Neighbour, theirs: &str, number: u16) {
        let Some(csr) = self.spec.csrs.iter().find(|csr| csr.number == number) else {
            return;
        };
        let key = ("CSR number", format!("0x{number:03x}"));
        if let Some(span) = self.defined.get(&key) {
            let message = format!(
                "CSR `{}` has the number of `{theirs}` in `{}` of {}",
                csr.name, neighbour.name, neighbour.vendor
            );
            self.sink.push(
                Diagnostic::warning(message, span.clone())
                    .note(format!("known from {}", neighbour.source), None),
            );
        }
    }
}

/// An instruction of the neighbour that a hart could take for this one, and a word that is both, if it was found.
fn meets<'n>(
    neighbour: &'n Neighbour,
    instruction: &Instruction,
) -> Option<(&'n str, Option<u32>)> {
    let together = neighbour.xlen.iter().any(|x| instruction.xlen.contains(x));
    if instruction.length != 4 || !together {
        return None;
    }
    neighbour.words.iter().find_map(|words| {
        let (bits, mask) = (words.bits, words.mask);
        match overlap_with(instruction, Pattern { mask, bits }) {
            Overlap::None => None,
            Overlap::Witness(word) => Some((words.name.as_str(), Some(word))),
            Overlap::Undecided => Some((words.name.as_str(), None)),
        }
    })
}
