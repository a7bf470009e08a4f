//! Pictures of words and descriptors, as data: what is in which bits and bytes.

use super::words;
use crate::model::{
    Csr, Descriptor, DescriptorField, FieldType, Instruction, LayoutContent, LayoutField,
    SLOT_BYTES,
};

/// A word as a row of boxes, from the highest bit down.
#[derive(Debug, Clone)]
pub(crate) struct BitPicture {
    /// What it shows, in words.
    pub(crate) title: String,
    pub(crate) cells: Vec<BitCell>,
}

#[derive(Debug, Clone)]
pub(crate) struct BitCell {
    pub(crate) high: u8,
    pub(crate) low: u8,
    /// What stands in the box.
    pub(crate) content: String,
    /// The field's name, if that is something else.
    pub(crate) name: String,
    pub(crate) kind: BitKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BitKind {
    Fixed,
    Operand,
    Unused,
}

impl BitCell {
    /// The numbers of its bits, as `31:25` or `7`.
    pub(crate) fn range(&self) -> String {
        if self.high == self.low {
            self.low.to_string()
        } else {
            format!("{}:{}", self.high, self.low)
        }
    }
}

fn bits(field: &LayoutField) -> (u8, u8) {
    (field.lo + field.len - 1, field.lo)
}

/// The word of an instruction.
pub(crate) fn word(instruction: &Instruction) -> BitPicture {
    let cells = instruction.layout.iter().map(|field| {
        let (high, low) = bits(field);
        let (kind, content) = match field.content {
            LayoutContent::Fixed(value) => {
                let width = usize::from(field.len);
                (BitKind::Fixed, format!("{value:0width$b}"))
            }
            LayoutContent::Operand { operand, value_lo } => {
                let operand = &instruction.operands[operand.0 as usize];
                let split = operand.slices.len() > 1 || value_lo > 0;
                let content = match (split, field.len) {
                    (false, _) => operand.name.clone(),
                    (true, 1) => format!("{}[{value_lo}]", operand.name),
                    (true, len) => format!("{}[{}:{value_lo}]", operand.name, value_lo + len - 1),
                };
                (BitKind::Operand, content)
            }
        };
        let repeated = content == field.name || content.starts_with(&format!("{}[", field.name));
        BitCell {
            high,
            low,
            content,
            name: if repeated {
                String::new()
            } else {
                field.name.clone()
            },
            kind,
        }
    });
    BitPicture {
        title: format!("Encoding of {}", instruction.name),
        cells: cells.collect(),
    }
}

/// The fields of an encoding format, as one of its instructions has them.
pub(crate) fn format(name: &str, example: &Instruction) -> BitPicture {
    let cells = example.layout.iter().map(|field| {
        let (high, low) = bits(field);
        BitCell {
            high,
            low,
            content: field.name.clone(),
            name: String::new(),
            kind: BitKind::Operand,
        }
    });
    BitPicture {
        title: format!("Encoding format {name}"),
        cells: cells.collect(),
    }
}

/// The fields of a CSR, and the bits between them. `None` if it has no fields.
pub(crate) fn csr(csr: &Csr) -> Option<BitPicture> {
    let mut fields: Vec<_> = csr.fields.iter().collect();
    fields.sort_by_key(|(_, high, ..)| std::cmp::Reverse(*high));
    let top = fields.first()?.1;
    let width = if top < 32 { 32 } else { 64 };
    let mut cells = Vec::new();
    let unused = |high: u8, low: u8| BitCell {
        high,
        low,
        content: "0".to_owned(),
        name: String::new(),
        kind: BitKind::Unused,
    };
    // The lowest bit that is shown so far.
    let mut next = width;
    for (name, high, low, _) in fields {
        if high + 1 < next {
            cells.push(unused(next - 1, high + 1));
        }
        cells.push(BitCell {
            high: *high,
            low: *low,
            content: name.clone(),
            name: String::new(),
            kind: BitKind::Operand,
        });
        next = *low;
    }
    if next > 0 {
        cells.push(unused(next - 1, 0));
    }
    Some(BitPicture {
        title: format!("Fields of {}", csr.name),
        cells,
    })
}

/// A descriptor, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct BytePicture {
    /// What it shows, in words.
    pub(crate) title: String,
    /// Bytes of a memory line: boundaries are marked.
    pub(crate) line: u32,
    /// All bytes, in order; no part goes over a multiple of eight bytes unless it is unused.
    pub(crate) parts: Vec<BytePart>,
}

#[derive(Debug, Clone)]
pub(crate) struct BytePart {
    pub(crate) at: u32,
    pub(crate) size: u32,
    pub(crate) label: String,
    pub(crate) kind: ByteKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteKind {
    Number,
    Element,
    Address,
    Stride,
    Unused,
}

impl BytePart {
    /// Its bytes, as `8–15` or `3`.
    pub(crate) fn range(&self) -> String {
        words::range(self.at, self.size)
    }
}

/// What the bytes of a field are, in order: (size, what it is besides the field's name, kind).
pub(crate) fn parts(
    field: &DescriptorField,
    descriptor: &Descriptor,
    instruction: Option<&Instruction>,
) -> Vec<(u32, String, ByteKind)> {
    match &field.ty {
        FieldType::Uint(_) | FieldType::Format | FieldType::Mode | FieldType::Flags => {
            vec![(field.size, String::new(), ByteKind::Number)]
        }
        FieldType::Felt(_) | FieldType::Reduction => {
            let slot = SLOT_BYTES;
            if field.size <= slot {
                return vec![(field.size, String::new(), ByteKind::Element)];
            }
            (0..field.size / slot)
                .map(|coordinate| (slot, format!("coordinate {coordinate}"), ByteKind::Element))
                .collect()
        }
        FieldType::View(view) => {
            let mut parts = vec![(SLOT_BYTES, "address".to_owned(), ByteKind::Address)];
            for extent in &view.dims {
                let over = words::extent(*extent, descriptor, instruction);
                parts.push((SLOT_BYTES, format!("stride over {over}"), ByteKind::Stride));
            }
            if view.strides() > view.dims.len() {
                parts.push((
                    SLOT_BYTES,
                    "stride of coordinates".to_owned(),
                    ByteKind::Stride,
                ));
            }
            parts
        }
    }
}

/// The picture of a descriptor as an instruction uses it.
pub(crate) fn descriptor(
    descriptor: &Descriptor,
    instruction: Option<&Instruction>,
) -> BytePicture {
    let mut out = Vec::new();
    let mut at = 0;
    for field in &descriptor.fields {
        if field.at > at {
            out.push(unused(at, field.at));
        }
        at = field.at;
        for (size, what, kind) in parts(field, descriptor, instruction) {
            let label = if what.is_empty() {
                field.name.clone()
            } else {
                format!("{}: {what}", field.name)
            };
            out.push(BytePart {
                at,
                size,
                label,
                kind,
            });
            at += size;
        }
    }
    if descriptor.size > at {
        out.push(unused(at, descriptor.size));
    }
    BytePicture {
        title: format!("Bytes of descriptor {}", descriptor.name),
        line: descriptor.align,
        parts: out,
    }
}

fn unused(from: u32, to: u32) -> BytePart {
    BytePart {
        at: from,
        size: to - from,
        label: "not read".to_owned(),
        kind: ByteKind::Unused,
    }
}
