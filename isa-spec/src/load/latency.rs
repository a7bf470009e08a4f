//! Classes of instructions by how long they take.

use super::Loader;
use crate::latency::{Latency, Origin};
use crate::tree::{self, Node, Table, Text};

/// Longer than any instruction takes.
const MAX_CYCLES: i128 = 1 << 20;

impl<'a> Loader<'a> {
    pub(super) fn latency(&mut self, name: &'a Text, node: &'a Node) -> Option<()> {
        let mut table = Table::new(node, "a class of latency", self.sink)?.at(&name.span);
        let cycles = table.int("cycles", 1..=MAX_CYCLES);
        let cycles = table.need("cycles", cycles);
        let taken = table.int("taken", 1..=MAX_CYCLES);
        let element = table.int("element", 1..=MAX_CYCLES);
        let zero = table.int("zero", 1..=MAX_CYCLES);
        let sign = table.int("sign", 1..=MAX_CYCLES);
        let origin = table.need_text("origin");
        let formats = table.list("formats").unwrap_or_default();
        let instructions = table.list("instructions").unwrap_or_default();
        let bulk = table.flag("bulk").unwrap_or(false);
        let transfer = table.flag("transfer").unwrap_or(false);
        let default = table.flag("default").unwrap_or(false);
        table.finish();
        let origin = origin?;
        let Some(&(_, known)) = Origin::NAMES.iter().find(|x| x.0 == origin.text) else {
            let names = Origin::NAMES.iter().map(|x| x.0);
            self.unknown("origin of a figure", &origin.text, &origin.span, names);
            return None;
        };
        for format in formats {
            let format = tree::text(format, "an encoding format", self.sink)?;
            if !self.encodings.by_name.contains_key(&format.text) {
                let names = self.encodings.by_name.keys().map(String::as_str);
                self.unknown("encoding format", &format.text, &format.span, names);
            }
        }
        for instruction in instructions {
            let instruction = tree::text(instruction, "a mnemonic", self.sink)?;
            let mut all = self.spec.instructions.iter();
            if !all.any(|known| known.name == instruction.text) {
                let names = self.spec.instructions.iter().map(|i| i.name.as_str());
                self.unknown("instruction", &instruction.text, &instruction.span, names);
            }
        }
        let texts = |nodes: &'a [Node]| -> Vec<String> {
            let texts = nodes
                .iter()
                .filter_map(|node| tree::text(node, "a name", self.sink));
            texts.map(|text| text.text.clone()).collect()
        };
        let latency = Latency {
            name: name.text.clone(),
            cycles: cycles?.0 as u32,
            taken: taken.map(|found| found.0 as u32),
            element: element.map(|found| found.0 as u32),
            zero: zero.map(|found| found.0 as u32),
            sign: sign.map(|found| found.0 as u32),
            transfer,
            origin: known,
            instructions: texts(instructions),
            formats: texts(formats),
            bulk,
            default,
        };
        if self.define("class of latency", name) {
            self.spec.latencies.push(latency);
        }
        Some(())
    }
}
