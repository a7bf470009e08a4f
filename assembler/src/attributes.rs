//! The attributes section: the architecture that the code needs, in the psABI's format.

use crate::object::Attribute;
use ::object::write::elf::AttributesWriter;
use ::object::{Endianness, elf};
use std::collections::BTreeMap;

/// Stack alignment in bytes.
pub(crate) const STACK_ALIGN: u32 = 4;
/// The architecture string.
pub(crate) const ARCH: u32 = 5;
/// Whether unaligned accesses occur.
pub(crate) const UNALIGNED_ACCESS: u32 = 6;
/// Version of the privileged specification: major, minor, revision.
pub(crate) const PRIV_SPEC: [u32; 3] = [8, 10, 12];

/// Canonical order: single letters in the order of the manual, then Z by category, then S, then X.
pub(crate) fn order(name: &str) -> (u8, usize, String) {
    const LETTERS: &str = "iemafdqlcbkjtpvh";
    let lower = name.to_ascii_lowercase();
    let rank = |letter: Option<char>| {
        letter
            .and_then(|c| LETTERS.find(c))
            .unwrap_or(LETTERS.len())
    };
    let mut letters = lower.chars();
    match (letters.next(), letters.next()) {
        (first, None) => (0, rank(first), lower),
        (Some('z'), second) => (1, rank(second), lower),
        (Some('s'), _) => (2, 0, lower),
        _ => (3, 0, lower),
    }
}

/// The contents of the section.
pub(crate) fn encode(attributes: &BTreeMap<u32, Attribute>) -> Vec<u8> {
    let mut writer = AttributesWriter::new(Endianness::Little);
    writer.start_subsection(b"riscv");
    writer.start_subsubsection(elf::Tag_File);
    for (&tag, value) in attributes {
        writer.write_attribute_tag(tag.into());
        match value {
            Attribute::Number(n) => writer.write_attribute_integer(*n),
            Attribute::Text(text) => writer.write_attribute_string(text.as_bytes()),
        }
    }
    writer.end_subsubsection();
    writer.end_subsection();
    writer.data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_in_canonical_order() {
        let mut names = [
            "Xzktr", "Zba", "Zicsr", "C", "M", "I", "Zifencei", "A", "Zbb", "Svinval",
        ];
        names.sort_by_key(|name| order(name));
        assert_eq!(
            names,
            [
                "I", "M", "A", "C", "Zicsr", "Zifencei", "Zba", "Zbb", "Svinval", "Xzktr"
            ]
        );
    }

    #[test]
    fn layout_of_the_section() {
        let attributes = BTreeMap::from([
            (STACK_ALIGN, Attribute::Number(16)),
            (ARCH, Attribute::Text("rv64i2p1".to_owned())),
        ]);
        let bytes = encode(&attributes);
        assert_eq!(
            bytes,
            b"A\x1b\0\0\0riscv\0\x01\x11\0\0\0\x04\x10\x05rv64i2p1\0"
        );
    }
}
