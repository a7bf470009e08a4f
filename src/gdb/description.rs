//! The target description that GDB asks for: which registers there are, from the spec.

use super::arch::{FIRST_CSR, FIRST_FLOAT, PC};
use std::fmt::Write;
use zktr_isa::Spec;
use zktr_isa::model::{Csr, FLEN};

/// The name of a CSR in GDB, where a dot would be the access to a member.
pub(super) fn csr_name(csr: &Csr) -> String {
    csr.name.replace('.', "_")
}

/// The description of a hart of this width.
pub(super) fn target_description(spec: &Spec, xlen: u8) -> String {
    let mut xml =
        String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n");
    // Writing to a string does not fail.
    let _ = writeln!(xml, "<target version=\"1.0\">");
    let _ = writeln!(xml, "<architecture>riscv:rv{xlen}</architecture>");
    // For Linux, GDB would make steps out of breakpoints of its own.
    let _ = writeln!(xml, "<osabi>none</osabi>");
    let _ = writeln!(xml, "<feature name=\"org.gnu.gdb.riscv.cpu\">");
    for (number, name) in spec.registers.abi.iter().enumerate().take(PC) {
        let kind = match name.as_str() {
            "ra" => "code_ptr",
            "sp" | "gp" | "tp" => "data_ptr",
            _ => "int",
        };
        let _ = writeln!(
            xml,
            "<reg name=\"{}\" bitsize=\"{xlen}\" regnum=\"{number}\" type=\"{kind}\" group=\"general\"/>",
            escape(name)
        );
    }
    let _ = writeln!(
        xml,
        "<reg name=\"pc\" bitsize=\"{xlen}\" regnum=\"{PC}\" type=\"code_ptr\" group=\"general\"/>"
    );
    if !spec.float_registers.abi.is_empty() {
        let _ = writeln!(xml, "</feature>\n<feature name=\"org.gnu.gdb.riscv.fpu\">");
        for (number, name) in (FIRST_FLOAT..FIRST_CSR).zip(&spec.float_registers.abi) {
            let _ = writeln!(
                xml,
                "<reg name=\"{}\" bitsize=\"{FLEN}\" regnum=\"{number}\" type=\"ieee_double\" group=\"float\"/>",
                escape(name)
            );
        }
    }
    let _ = writeln!(xml, "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">");
    for csr in &spec.csrs {
        csr_types(&mut xml, csr, xlen);
    }
    for csr in &spec.csrs {
        let name = escape(&csr_name(csr));
        let kind = if has_type(csr, xlen) {
            format!("{name}_fields")
        } else {
            "int".to_owned()
        };
        let number = FIRST_CSR + usize::from(csr.number);
        let _ = writeln!(
            xml,
            "<reg name=\"{name}\" bitsize=\"{xlen}\" regnum=\"{number}\" type=\"{kind}\" group=\"csr\"/>"
        );
    }
    xml.push_str("</feature>\n</target>\n");
    xml
}

/// True if the CSR is shown by its fields.
fn has_type(csr: &Csr, xlen: u8) -> bool {
    csr.fields.iter().any(|(_, high, _, _)| *high < xlen)
}

/// The fields of a CSR, as a type. GDB wants them from the lowest bit up.
fn csr_types(xml: &mut String, csr: &Csr, xlen: u8) {
    if !has_type(csr, xlen) {
        return;
    }
    let name = escape(&csr_name(csr));
    let _ = writeln!(xml, "<flags id=\"{name}_fields\" size=\"{}\">", xlen / 8);
    let mut fields: Vec<_> = csr.fields.iter().filter(|field| field.1 < xlen).collect();
    fields.sort_by_key(|field| field.2);
    for (field, high, low, _) in fields {
        let _ = writeln!(
            xml,
            "<field name=\"{}\" start=\"{low}\" end=\"{high}\"/>",
            escape(field)
        );
    }
    let _ = writeln!(xml, "</flags>");
}

/// A name from a spec file as the value of an attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_and_csrs_of_the_spec_are_described() {
        let spec = Spec::builtin();
        for xlen in [32, 64] {
            let xml = target_description(&spec, xlen);
            assert!(xml.contains(&format!("<architecture>riscv:rv{xlen}<")));
            for wanted in [
                format!("<reg name=\"a0\" bitsize=\"{xlen}\" regnum=\"10\""),
                format!("<reg name=\"pc\" bitsize=\"{xlen}\" regnum=\"32\""),
                "<reg name=\"fs0\" bitsize=\"64\" regnum=\"41\" type=\"ieee_double\"".to_owned(),
                // 0xc00 and 0xce0.
                format!("<reg name=\"cycle\" bitsize=\"{xlen}\" regnum=\"3137\""),
                format!(
                    "<reg name=\"zktr_version\" bitsize=\"{xlen}\" regnum=\"3361\" type=\"zktr_version_fields\""
                ),
                "<field name=\"major\" start=\"16\" end=\"31\"/>".to_owned(),
            ] {
                assert!(xml.contains(&wanted), "{wanted}");
            }
        }
    }

    #[test]
    fn names_cannot_break_out_of_their_attribute() {
        assert_eq!(escape("a\"><b&"), "a&quot;>&lt;b&amp;");
    }
}
