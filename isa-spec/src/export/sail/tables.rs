//! Statuses, formats, descriptors, CSRs and extensions of the model.

use super::{Model, literal};
use crate::export::ident::Names;
use crate::export::text;
use crate::field::{MAX_DEGREE, inverse_mod};
use crate::model::{CsrValue, Descriptor, FieldType, Format, Phase, Reduction, SLOT_BYTES};
use std::fmt::Write as _;

impl Model<'_> {
    pub(super) fn statuses(&self, out: &mut String) {
        let spec = self.part.spec;
        if !self.part.has_bulk() || spec.statuses.is_empty() {
            return;
        }
        let p = self.prefix;
        out.push_str("\n// What an operation ends with.\n");
        for status in &spec.statuses {
            let about = format!(
                "{} is {}: {}",
                self.status(&status.name),
                status.code,
                status.doc
            );
            out.push_str(&text::comment("// ", &about));
        }
        let names: Vec<&str> = spec.statuses.iter().map(|s| self.status(&s.name)).collect();
        let _ = writeln!(out, "enum {p}_status = {{\n  {}\n}}", names.join(",\n  "));
        let _ = writeln!(
            out,
            "\nfunction {p}_status_code(status : {p}_status) -> int = match status {{"
        );
        let cases = spec.statuses.iter().zip(&names);
        let codes: Vec<String> = cases
            .map(|(s, name)| format!("  {name} => {}", s.code))
            .collect();
        let _ = writeln!(out, "{}\n}}", codes.join(",\n"));
        let cases = spec.statuses.iter().zip(&names);
        let phases: Vec<String> = cases
            .map(|(s, name)| format!("  {name} => {}", s.phase == Some(Phase::Check)))
            .collect();
        let _ = writeln!(
            out,
            "\n// True if a refusal with this status has changed no memory at all.\n\
             function {p}_is_check(status : {p}_status) -> bool = match status {{\n{}\n}}\n",
            phases.join(",\n")
        );
    }

    pub(super) fn elements(&self, out: &mut String) {
        let p = self.prefix;
        let _ = writeln!(
            out,
            "// An element: its canonical coordinates, with index 0 the constant one; those beyond the degree are zero.\n\
             type {p}_element = vector({MAX_DEGREE}, int)\n"
        );
    }

    pub(super) fn formats(&self, out: &mut String) {
        let p = self.prefix;
        let _ = writeln!(
            out,
            "// ---- formats and descriptors -----------------------------------------------------------------------\n\n\
             // The format with this code. A polynomial of the program's takes the place of the one here.\n\
             function {p}_format_of(code : bits(8)) -> option({p}_format) = match code {{"
        );
        for format in &self.part.spec.formats {
            out.push_str(&text::comment(
                "  // ",
                &format!("{}. {}", format.name, format.doc),
            ));
            let _ = writeln!(
                out,
                "  {} => Some({}),",
                literal(format.code.into(), 8),
                entry(format)
            );
        }
        out.push_str("  _ => None()\n}\n");
    }

    /// A descriptor as a bit field: bit 0 is bit 0 of its first byte.
    pub(super) fn descriptor(&self, out: &mut String, descriptor: &Descriptor) {
        let Some(layout) = self.descriptors.get(descriptor.name.as_str()) else {
            return;
        };
        let _ = writeln!(
            out,
            "\n// Descriptor {}: {} bytes, aligned to {}.\nbitfield {} : bits({}) = {{",
            descriptor.name,
            descriptor.size,
            descriptor.align,
            layout.ty,
            8 * descriptor.size
        );
        let mut rows = Vec::new();
        for (field, members) in descriptor.fields.iter().zip(&layout.members) {
            let bytes = match field.ty {
                FieldType::View(_) => SLOT_BYTES,
                _ => field.size,
            };
            let doc = text::comment("  // ", &field.doc);
            for (i, member) in members.iter().enumerate() {
                let low = 8 * (field.at + bytes * i as u32);
                let doc = if i == 0 { doc.as_str() } else { "" };
                rows.push(format!(
                    "{doc}  {member} : {} .. {low}",
                    low + 8 * bytes - 1
                ));
            }
        }
        let _ = writeln!(out, "{}\n}}", rows.join(",\n"));
    }

    pub(super) fn extensions(&self, out: &mut String) {
        out.push_str("\n// ---- extensions and CSRs ----------------------------------------------------------------------------\n");
        for extension in &self.part.extensions {
            let name = &self.extensions[extension.name.as_str()];
            out.push('\n');
            let (major, minor) = extension.version;
            let about = format!("{} {major}.{minor}. {}", extension.name, extension.doc);
            out.push_str(&text::comment("// ", &about));
            let _ = writeln!(
                out,
                "enum clause extension = {name}\n\
                 mapping clause extensionName = {name} <-> {}\n\
                 function clause hartSupports({name}) = true\n\
                 function clause currentlyEnabled({name}) = hartSupports({name})",
                text::quoted(&extension.name.to_ascii_lowercase())
            );
        }
    }

    pub(super) fn csrs(&self, out: &mut String) {
        let spec = self.part.spec;
        for (csr, name) in self.part.csrs.iter().zip(&self.csrs) {
            let number = literal(csr.number.into(), 12);
            out.push('\n');
            out.push_str(&text::comment("// ", &format!("{}: {}", csr.name, csr.doc)));
            let _ = writeln!(
                out,
                "mapping clause csr_name_map = {number} <-> {}",
                text::quoted(&csr.name)
            );
            let enabled = match self.extensions.get(csr.extension.as_str()) {
                Some(extension) => format!("currentlyEnabled({extension})"),
                None => "true".to_owned(),
            };
            let _ = writeln!(
                out,
                "function clause is_CSR_accessible({number}, _, _) = {enabled}"
            );
            if !csr.fields.is_empty() {
                let mut names = Names::new(super::KEYWORDS);
                let widest = csr.fields.iter().map(|(_, high, _, _)| *high).max();
                let bits = if widest > Some(31) {
                    "bits(64)"
                } else {
                    "bits(32)"
                };
                let rows: Vec<String> = csr
                    .fields
                    .iter()
                    .map(|(field, high, low, doc)| {
                        let doc = text::comment("  // ", doc);
                        format!("{doc}  {} : {high} .. {low}", names.unique(field))
                    })
                    .collect();
                let _ = writeln!(
                    out,
                    "bitfield {}_{name} : {bits} = {{\n{}\n}}",
                    self.prefix,
                    rows.join(",\n")
                );
            }
            match csr.value {
                CsrValue::Hart => {
                    let register = format!("{}_{name}", self.prefix);
                    let _ = writeln!(
                        out,
                        "register {register}_value : xlenbits\n\
                         function clause read_CSR({number}) = {register}_value\n\
                         function clause write_CSR({number}, value) = {{ {register}_value = value; Ok(value) }}"
                    );
                }
                _ => {
                    let value = spec.csr_constant(csr).unwrap_or(0);
                    let _ = writeln!(
                        out,
                        "function clause read_CSR({number}) = {}_bits(xlen, {value})",
                        self.prefix
                    );
                }
            }
        }
    }
}

/// A format as a structure.
fn entry(format: &Format) -> String {
    let modulus = format.modulus;
    let to_word = (format.montgomery % u128::from(modulus)) as u64;
    let none = Vec::new();
    let (polynomial, tower, inner) = match &format.reduction {
        Reduction::Polynomial(c) => (vector(c), vector(&none), format.degree),
        Reduction::Tower { inner, outer } => (vector(inner), vector(&outer.concat()), inner.len()),
        Reduction::Descriptor => (vector(&none), vector(&none), format.degree),
    };
    format!(
        "struct {{\n    modulus = {modulus}, word_bytes = {}, degree = {}, inner = {inner},\n    \
         polynomial = {polynomial}, tower = {tower}, programmable = {},\n    \
         to_word = {to_word}, from_word = {}, accepts_modulus = {}\n  }}",
        format.word_bytes,
        format.degree,
        format.is_programmable(),
        // The loader has seen that R has an inverse.
        inverse_mod(to_word, modulus).unwrap_or(0),
        format.accepts_modulus,
    )
}

/// The coefficients, the highest index first as Sail writes vectors.
fn vector(coefficients: &[u64]) -> String {
    let all = (0..MAX_DEGREE).rev();
    let all = all.map(|i| coefficients.get(i).copied().unwrap_or(0).to_string());
    format!("[{}]", all.collect::<Vec<_>>().join(", "))
}
