//! Parameters, constants, fields, formats, statuses, outcomes, registers and CSRs.

use super::{Loader, Sections};
use crate::field::{Arithmetic, MAX_DEGREE, is_prime};
use crate::model::{Csr, CsrValue, Field, Format, Outcomes, Phase, Reduction, Registers, Status};
use crate::span::{Diagnostic, Span};
use crate::spec::{Parameter, Parameters};
use crate::tree::{self, Node, Table, Text, Value};

/// The readers of a section's entries, one at a time.
impl<'a> Loader<'a> {
    pub(super) fn basics(&mut self, files: &mut [Sections<'a>], parameters: &Parameters) {
        for file in files.iter_mut() {
            for (name, node) in file.parameter.iter().flat_map(Table::entries) {
                self.parameter(name, node, parameters);
            }
            for (name, node) in file.constant.iter().flat_map(Table::entries) {
                if let Some(value) =
                    tree::int(node, &name.text, 0..=i128::from(u32::MAX), self.sink)
                    && self.define("constant", name)
                {
                    self.constants.insert(name.text.clone(), value as u32);
                    self.spec.constants.insert(name.text.clone(), value as u32);
                }
            }
            for (name, node) in file.field.iter().flat_map(Table::entries) {
                self.field(name, node);
            }
            for (name, node) in file.status.iter().flat_map(Table::entries) {
                self.status(name, node);
            }
            if let Some(table) = file.registers.take() {
                self.registers(table);
            }
            for (name, node) in file.csr.iter().flat_map(Table::entries) {
                self.csr(name, node, &file.extension_name);
            }
        }
        for name in parameters.0.keys() {
            if !self.spec.parameters.iter().any(|p| p.name == *name) {
                self.sink
                    .push(Diagnostic::global(format!("unknown parameter `{name}`")));
            }
        }
        for file in files.iter_mut() {
            for (name, node) in file.format.iter().flat_map(Table::entries) {
                self.format(name, node, &file.extension_name);
            }
            if let Some(table) = file.outcome.take() {
                self.outcomes(table);
            }
            if let Some(table) = file.ticket.take() {
                self.tickets(table);
            }
            if let Some(table) = file.ordering.take() {
                self.ordering(table);
            }
        }
    }

    fn parameter(&mut self, name: &'a Text, node: &'a Node, choices: &Parameters) -> Option<()> {
        let mut table = Table::new(node, "a parameter", self.sink)?.at(&name.span);
        let default = table.need_text("default");
        let values = table.table("values");
        let values = table.need("values", values);
        let doc = table.doc("doc");
        table.finish();
        let named: Vec<(String, u32)> = values?
            .entries()
            .iter()
            .filter_map(|(key, node)| {
                let value = tree::int(node, &key.text, 0..=i128::from(u32::MAX), self.sink)?;
                Some((key.text.clone(), value as u32))
            })
            .collect();
        let default = default?;
        let Some(mut chosen) = named.iter().position(|(key, _)| *key == default.text) else {
            self.unknown(
                "value",
                &default.text,
                &default.span,
                named.iter().map(|(key, _)| key.as_str()),
            );
            return None;
        };
        if let Some(choice) = choices.0.get(&name.text) {
            match named.iter().position(|(key, _)| key == choice) {
                Some(index) => chosen = index,
                None => {
                    let known: Vec<&str> = named.iter().map(|(key, _)| key.as_str()).collect();
                    let message = format!("`{choice}` is no value of parameter `{}`", name.text);
                    self.sink.push(
                        Diagnostic::global(message)
                            .help(format!("its values: {}", known.join(", "))),
                    );
                }
            }
        }
        if self.define("constant", name) {
            self.constants.insert(name.text.clone(), named[chosen].1);
            self.spec.parameters.push(Parameter {
                name: name.text.clone(),
                values: named,
                chosen,
                doc,
            });
        }
        Some(())
    }

    fn field(&mut self, name: &'a Text, node: &'a Node) -> Option<()> {
        let mut table = Table::new(node, "a field", self.sink)?.at(&name.span);
        let modulus = table.int("modulus", 2..=i128::from(u64::MAX));
        let modulus = table.need("modulus", modulus);
        let doc = table.doc("doc");
        table.finish();
        let (modulus, span) = modulus?;
        let modulus = modulus as u64;
        if !is_prime(modulus) {
            self.sink.error(
                format!("the modulus of a field has to be prime, and {modulus} is not"),
                span,
            );
        }
        if self.define("field", name) {
            self.spec.fields.push(Field {
                name: name.text.clone(),
                modulus,
                doc,
            });
        }
        Some(())
    }

    fn format(&mut self, name: &'a Text, node: &'a Node, extension: &str) -> Option<()> {
        let mut table = Table::new(node, "a format", self.sink)?.at(&name.span);
        let code = table.int("code", 0..=255);
        let code = table.need("code", code);
        let field_name = table.need_text("field");
        let montgomery = table.int("montgomery", 1..=1 << 64);
        let accepts_modulus = table.flag("accepts-modulus").unwrap_or(false);
        let doc = table.doc("doc");
        let since = self.since(&mut table, extension);
        let field = field_name.and_then(|field_name| {
            let found = self
                .spec
                .fields
                .iter()
                .position(|f| f.name == field_name.text);
            if found.is_none() {
                let known = self.spec.fields.iter().map(|f| f.name.as_str());
                self.unknown("field", &field_name.text, &field_name.span, known);
            }
            found
        });
        let modulus = field.map(|field| self.spec.fields[field].modulus);
        let reduction = self.reduction(&mut table, modulus);
        table.finish();
        let (code, field, modulus) = (code?, field?, modulus?);
        let (reduction, degree) = reduction?;
        if let Some((r, span)) = montgomery
            && (r as u128).is_multiple_of(u128::from(modulus))
        {
            self.sink
                .error("R has no inverse modulo the field's prime", span);
            return None;
        }
        let code_name = code.0.to_string();
        if self.define("format", name) && self.define_at("format code", &code_name, code.1) {
            self.spec.formats.push(Format {
                name: name.text.clone(),
                code: code.0 as u8,
                field,
                modulus,
                word_bytes: if modulus >> 32 == 0 { 4 } else { 8 },
                degree,
                reduction,
                montgomery: montgomery.map_or(1, |(r, _)| r as u128),
                accepts_modulus,
                doc,
                since,
            });
        }
        Some(())
    }

    /// How products are reduced, and the degree: `reduction`, `tower`, or neither for the base field.
    fn reduction(&self, table: &mut Table<'a>, modulus: Option<u64>) -> Option<(Reduction, usize)> {
        let degree = table.int("degree", 1..=MAX_DEGREE as i128);
        let reduction = table.get("reduction");
        let tower = table.list("tower");
        let tower_span = table.get("tower").map(|node| &node.span);
        if let (Some(_), Some(span)) = (reduction, tower_span) {
            self.sink
                .error("a format has one of `reduction` and `tower`", span);
            return None;
        }
        if let Some(node) = reduction
            && let Value::Text(text) = &node.value
        {
            if text.text != "descriptor" {
                self.unknown("reduction", &text.text, &text.span, ["descriptor"]);
                return None;
            }
            let (degree, _) = table.need("degree", degree)?;
            return Some((Reduction::Descriptor, degree as usize));
        }
        if let Some((_, span)) = degree {
            let message =
                "the degree is that of `reduction` or `tower`, unless it is \"descriptor\"";
            self.sink.error(message, span);
        }
        let modulus = modulus?;
        if let Some(node) = reduction {
            let coefficients = self.coefficients(node, "reduction", modulus)?;
            self.irreducible(&Arithmetic::new(modulus, &coefficients), &node.span)?;
            let degree = coefficients.len();
            return Some((Reduction::Polynomial(coefficients), degree));
        }
        let (Some(tower), Some(span)) = (tower, tower_span) else {
            return Some((Reduction::Polynomial(vec![0]), 1));
        };
        let [inner, outer] = tower else {
            self.sink
                .error("a tower has two lists: the coefficients of its steps", span);
            return None;
        };
        let inner_span = &inner.span;
        let inner = self.coefficients(inner, "tower", modulus)?;
        let Value::List(outer) = &outer.value else {
            let message = "the coefficients of the second step are lists, elements of the first";
            self.sink.error(message, &outer.span);
            return None;
        };
        let mut elements = Vec::new();
        for node in outer {
            let element = self.coefficients(node, "tower", modulus)?;
            if element.len() != inner.len() {
                let message = format!(
                    "an element of the first step has {} coordinates",
                    inner.len()
                );
                self.sink.error(message, &node.span);
                return None;
            }
            elements.push(element);
        }
        let degree = inner.len() * elements.len();
        if !(1..=MAX_DEGREE).contains(&degree) {
            let message = format!("the degree of an extension is from 1 to {MAX_DEGREE}");
            self.sink.error(message, span);
            return None;
        }
        self.irreducible(&Arithmetic::new(modulus, &inner), inner_span)?;
        self.irreducible(&Arithmetic::tower(modulus, &inner, &elements), span)?;
        let outer = elements;
        Some((Reduction::Tower { inner, outer }, degree))
    }

    /// A list of residues, as many as an element may have coordinates.
    fn coefficients(&self, node: &'a Node, what: &str, modulus: u64) -> Option<Vec<u64>> {
        let Value::List(items) = &node.value else {
            let message = format!("`{what}` has to be a list of coefficients");
            self.sink.error(message, &node.span);
            return None;
        };
        if items.is_empty() || items.len() > MAX_DEGREE {
            let message = format!("the degree of an extension is from 1 to {MAX_DEGREE}");
            self.sink.error(message, &node.span);
            return None;
        }
        let limit = i128::from(modulus) - 1;
        let read = |item| tree::int(item, what, 0..=limit, self.sink).map(|value| value as u64);
        items.iter().map(read).collect()
    }

    fn irreducible(&self, arithmetic: &Arithmetic, span: &Span) -> Option<()> {
        // For a composite modulus the error is the field's.
        if is_prime(arithmetic.modulus) && !arithmetic.is_field() {
            let message =
                "the reduction polynomial is reducible, so that this extension is no field";
            self.sink.error(message, span);
            return None;
        }
        Some(())
    }

    fn status(&mut self, name: &'a Text, node: &'a Node) -> Option<()> {
        let mut table = Table::new(node, "a status", self.sink)?.at(&name.span);
        let code = table.int("code", 0..=i128::from(i32::MAX));
        let code = table.need("code", code);
        let phase = table.text("phase");
        let doc = table.doc("doc");
        table.finish();
        let (code, code_span) = code?;
        let phase = match phase {
            None => None,
            Some(text) => match text.text.as_str() {
                "check" => Some(Phase::Check),
                "data" => Some(Phase::Data),
                _ => {
                    self.unknown("phase", &text.text, &text.span, ["check", "data"]);
                    return None;
                }
            },
        };
        if self.define("status", name)
            && self.define_at("status code", &code.to_string(), code_span)
        {
            self.spec.statuses.push(Status {
                name: name.text.clone(),
                code: code as u64,
                phase,
                doc,
            });
        }
        Some(())
    }

    fn outcomes(&mut self, mut table: Table<'a>) {
        let span = table.span.clone();
        if !self.define_at("outcome", "of instructions with a descriptor", &span) {
            return;
        }
        let mut code = |key: &'static str| {
            let name = table.need_text(key)?;
            match self.spec.statuses.iter().find(|s| s.name == name.text) {
                Some(status) => Some(status.code),
                None => {
                    let known = self.spec.statuses.iter().map(|s| s.name.as_str());
                    self.unknown("status", &name.text, &name.span, known);
                    None
                }
            }
        };
        // A missing one was reported; the spec is refused then.
        self.spec.outcomes = Outcomes {
            success: code("success").unwrap_or_default(),
            residue: code("residue").unwrap_or_default(),
            inverse: code("inverse").unwrap_or_default(),
            overlap: code("overlap").unwrap_or_default(),
            fault: code("fault").unwrap_or_default(),
            alignment: code("alignment").unwrap_or_default(),
            shape: code("shape").unwrap_or_default(),
            reserved: code("reserved").unwrap_or_default(),
            unit: code("unit").unwrap_or_default(),
        };
        table.finish();
    }

    fn registers(&mut self, mut table: Table<'a>) {
        let span = table.span.clone();
        if !self.define_at("registers", "x", &span) {
            return;
        }
        if let Some(float) = table.table("float") {
            self.spec.float_registers = self.register_file(float);
        }
        self.spec.registers = self.register_file(table);
        let (integer, float) = (&self.spec.registers, &self.spec.float_registers);
        if let Some((name, _)) = integer
            .names()
            .find(|(name, _)| float.names().any(|(other, _)| other == *name))
        {
            let message = format!("`{name}` is the name of two registers");
            self.sink.error(message, &span);
        }
    }

    /// The names of one file of registers.
    fn register_file(&self, mut table: Table<'a>) -> Registers {
        let mut registers = Registers::default();
        let span = table.span.clone();
        if let Some(prefix) = table.need_text("prefix") {
            registers.prefix.clone_from(&prefix.text);
        }
        let abi = table.list("abi");
        if let Some(items) = table.need("abi", abi) {
            let names = items
                .iter()
                .filter_map(|item| tree::text(item, "a register name", self.sink));
            registers.abi = names.map(|text| text.text.clone()).collect();
            if registers.abi.len() != 32 {
                self.sink.error("there are 32 registers", &span);
            }
        }
        if let Some(others) = table.table("others") {
            for (name, node) in others.entries() {
                if let Some(number) = tree::int(node, &name.text, 0..=31, self.sink) {
                    registers.others.insert(name.text.clone(), number as u8);
                }
            }
        }
        table.finish();
        registers
    }

    fn csr(&mut self, name: &'a Text, node: &'a Node, extension: &str) -> Option<()> {
        let mut table = Table::new(node, "a CSR", self.sink)?.at(&name.span);
        let since = self.since(&mut table, extension);
        let number = table.int("number", 0..=4095);
        let number = table.need("number", number);
        let value = match table.text("value") {
            None => CsrValue::Hart,
            Some(text) => match text.text.as_str() {
                "hart" => CsrValue::Hart,
                "version" => CsrValue::Version,
                "formats" => CsrValue::Formats,
                "functions" => CsrValue::Functions,
                other => {
                    self.unknown(
                        "CSR value",
                        other,
                        &text.span,
                        ["hart", "version", "formats", "functions"],
                    );
                    return None;
                }
            },
        };
        let from = self.first_code(&mut table, value);
        let doc = table.doc("doc");
        let mut fields = Vec::new();
        for item in table.list("fields").unwrap_or_default() {
            if let Some(field) = self.csr_field(item) {
                fields.push(field);
            }
        }
        table.finish();
        let (number, span) = number?;
        if self.define("CSR", name)
            && self.define_at("CSR number", &format!("0x{number:03x}"), span)
        {
            self.spec.csrs.push(Csr {
                name: name.text.clone(),
                extension: extension.to_owned(),
                number: number as u16,
                value,
                from,
                doc,
                fields,
                since,
            });
        }
        Some(())
    }

    /// `from`: the code of bit 0, for CSRs with a bit for each code.
    fn first_code(&self, table: &mut Table<'a>, value: CsrValue) -> u32 {
        let Some((from, span)) = table.int("from", 0..=255) else {
            return 0;
        };
        if !matches!(value, CsrValue::Formats | CsrValue::Functions) {
            let message = "`from` is for the values `formats` and `functions`: the code that bit 0 stands for";
            self.sink.error(message, span);
        }
        from as u32
    }

    fn csr_field(&self, node: &'a Node) -> Option<(String, u8, u8, String)> {
        let mut table = Table::new(node, "a CSR field", self.sink)?;
        let name = table.need_text("name");
        let bits = table.need_text("bits");
        let doc = table.doc("doc");
        table.finish();
        let (name, bits) = (name?, bits?);
        let (high, low) = bits
            .text
            .split_once(':')
            .unwrap_or((&bits.text, &bits.text));
        match (high.trim().parse::<u8>(), low.trim().parse::<u8>()) {
            (Ok(high @ 0..=63), Ok(low)) if low <= high => {
                Some((name.text.clone(), high, low, doc))
            }
            _ => {
                self.sink
                    .error("bits are written \"high:low\", from 63 down", &bits.span);
                None
            }
        }
    }
}

/// A value of a table as a number: an integer, or the name of a constant or parameter.
impl Loader<'_> {
    pub(super) fn number(&self, node: &Node, what: &str, limit: u64) -> Option<u32> {
        let limit = i128::from(limit);
        if let Value::Text(text) = &node.value {
            let Some(&value) = self.constants.get(&text.text) else {
                self.unknown(
                    "constant or parameter",
                    &text.text,
                    &text.span,
                    self.constants.keys().map(String::as_str),
                );
                return None;
            };
            if i128::from(value) > limit {
                self.sink.error(
                    format!(
                        "`{}` is {value}, which does not fit into `{what}`",
                        text.text
                    ),
                    &text.span,
                );
                return None;
            }
            return Some(value);
        }
        tree::int(node, what, 0..=limit, self.sink).map(|value| value as u32)
    }
}
