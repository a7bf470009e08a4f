//! Descriptors and offloads as text for people.
//!
//! Descriptors are shown as they are, also where no instruction would accept them: what is wrong is said beside it.

use super::Offloaded;
use std::fmt::Write;
use zktr_isa::Spec;
use zktr_isa::algebra::Kind;
use zktr_isa::model::{
    Descriptor, DescriptorField, Elem, Extent, FieldType, Format, Instruction, Role, SLOT_BYTES,
    View,
};

/// The fields of a descriptor, a line each. `bytes` is what memory has at `addr`; what is missing at the end
/// is left out. An instruction with the values of its operands gives modes their names and counts their values.
pub fn describe(
    spec: &Spec,
    descriptor: &Descriptor,
    addr: u64,
    bytes: &[u8],
    instruction: Option<(&Instruction, &[u64])>,
) -> String {
    let mut text = format!("descriptor `{}` at {addr:#x}", descriptor.name);
    if !addr.is_multiple_of(u64::from(descriptor.align)) {
        let _ = write!(text, ", not aligned to {} bytes", descriptor.align);
    }
    text.push('\n');
    let code = descriptor
        .fields
        .iter()
        .find(|field| field.ty == FieldType::Format)
        .and_then(|field| uint(bytes, field.at, field.size));
    let code = code.and_then(|code| u8::try_from(code).ok());
    let reader = Reader {
        spec,
        descriptor,
        bytes,
        format: code.and_then(|code| spec.format_by_code(code)),
        instruction,
    };
    let width = descriptor
        .fields
        .iter()
        .map(|field| field.name.len())
        .max()
        .unwrap_or(0);
    for field in &descriptor.fields {
        let value = reader
            .value(field)
            .unwrap_or_else(|| "not in memory".to_owned());
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:<width$}  {value}", field.name);
    }
    text
}

/// An instruction of the accelerator with its operands and its status, and the descriptor that it had.
pub fn describe_offload(spec: &Spec, offload: &Offloaded) -> String {
    let Some(instruction) = spec.instructions.get(offload.instruction) else {
        return String::new();
    };
    let mut text = format!("{:#x}: {}", offload.pc, instruction.name);
    match (&offload.descriptor, &offload.operands[..]) {
        (None, [ticket]) => {
            let _ = write!(text, " {ticket}");
        }
        (_, operands) => {
            let counts =
                instruction
                    .operands
                    .iter()
                    .zip(operands)
                    .filter_map(|(operand, value)| match &operand.role {
                        Role::Count(name) => Some((name, value)),
                        _ => None,
                    });
            for (name, value) in counts {
                let _ = write!(text, " {name}={value}");
            }
        }
    }
    let _ = writeln!(text, " -> {}", offload.outcome(spec));
    let refused = spec
        .status_by_code(offload.status)
        .filter(|status| status.phase.is_some());
    if let Some(status) = refused {
        let _ = writeln!(text, "  refused: {}", status.doc);
    }
    let descriptor = instruction
        .descriptor()
        .and_then(|(_, index)| spec.descriptors.get(index));
    if let (Some(descriptor), Some((addr, bytes))) = (descriptor, &offload.descriptor) {
        let call = Some((instruction, &offload.operands[..]));
        for line in describe(spec, descriptor, *addr, bytes, call).lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

struct Reader<'a> {
    spec: &'a Spec,
    descriptor: &'a Descriptor,
    bytes: &'a [u8],
    format: Option<&'a Format>,
    instruction: Option<(&'a Instruction, &'a [u64])>,
}

impl Reader<'_> {
    fn value(&self, field: &DescriptorField) -> Option<String> {
        match &field.ty {
            FieldType::Uint(_) => {
                let value = uint(self.bytes, field.at, field.size)?;
                Some(match (field.value, field.max) {
                    (Some(only), _) if value != only => format!("{value}, has to be {only}"),
                    (_, Some(max)) if value > max => format!("{value}, at most {max}"),
                    _ => format!("{value}"),
                })
            }
            FieldType::Format => {
                let code = uint(self.bytes, field.at, field.size)?;
                let name = self.format.map_or("unknown", |format| &format.name);
                Some(format!("{code} ({name})"))
            }
            FieldType::Mode => {
                let code = uint(self.bytes, field.at, field.size)?;
                let modes = self.instruction.map(|(instruction, _)| &instruction.modes);
                let mode = modes.map(|modes| modes.iter().find(|m| u64::from(m.code) == code));
                Some(match mode {
                    Some(Some(mode)) if !mode.name.is_empty() => format!("{code} ({})", mode.name),
                    Some(None) => format!("{code} (unknown)"),
                    Some(Some(_)) | None => format!("{code}"),
                })
            }
            FieldType::Flags => {
                let value = uint(self.bytes, field.at, field.size)?;
                let names: Vec<&str> = field
                    .flags
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| value >> bit & 1 == 1)
                    .map(|(_, flag)| flag.name.as_str())
                    .collect();
                let unknown = value >> field.flags.len() != 0;
                Some(match (names.is_empty(), unknown) {
                    (true, false) => format!("{value:#x}"),
                    (false, false) => format!("{value:#x} ({})", names.join(", ")),
                    (_, true) => format!("{value:#x}, has unknown flags"),
                })
            }
            FieldType::Felt(kind) => self.element(field, *kind),
            FieldType::Reduction => {
                let slots = self.slots(field)?;
                match self.format {
                    Some(format) if format.is_programmable() => self.element(field, Kind::Ext),
                    _ if slots.iter().all(|slot| *slot == 0) => {
                        Some("0 (the format has its own)".to_owned())
                    }
                    _ => Some(format!("{}, has to be zero", words(&slots))),
                }
            }
            FieldType::View(view) => self.view(field, view),
        }
    }

    /// An element in place, as the canonical residues of its coordinates.
    fn element(&self, field: &DescriptorField, kind: Kind) -> Option<String> {
        let slots = self.slots(field)?;
        let Some(format) = self.format else {
            return Some(words(&slots));
        };
        let used = match kind {
            Kind::Base => 1,
            Kind::Ext => format.degree,
        };
        let (used, rest) = slots.split_at(used.min(slots.len()));
        if rest.iter().any(|slot| *slot != 0) {
            return Some(format!(
                "{}, has more coordinates than the format",
                words(&slots)
            ));
        }
        Some(match format.from_words(used) {
            Err(_) => format!("{}, not canonical", words(used)),
            Ok(element) => {
                let residues = words(&element.0[..used.len()]);
                if format.montgomery == 1 {
                    residues
                } else {
                    format!("{residues} (words {})", words(used))
                }
            }
        })
    }

    fn slots(&self, field: &DescriptorField) -> Option<Vec<u64>> {
        (0..field.size / SLOT_BYTES)
            .map(|i| uint(self.bytes, field.at + SLOT_BYTES * i, SLOT_BYTES))
            .collect()
    }

    fn view(&self, field: &DescriptorField, view: &View) -> Option<String> {
        let slot = |i: usize| uint(self.bytes, field.at + SLOT_BYTES * i as u32, SLOT_BYTES);
        let mut text = format!("{} {}", view.access.name(), view.elem.name());
        for extent in &view.dims {
            let (name, value) = self.extent(*extent);
            match value {
                Some(value) => {
                    let _ = write!(text, "[{name} = {value}]");
                }
                None => {
                    let _ = write!(text, "[{name}]");
                }
            }
        }
        let _ = write!(text, " at {:#x}", slot(0)?);
        let strides = view.dims.len() + usize::from(view.elem == Elem::Felt(Kind::Ext));
        for i in 0..strides {
            let before = if i == 0 { ", strides" } else { "," };
            let _ = write!(text, "{before} {}", slot(1 + i)?.cast_signed());
        }
        Some(text)
    }

    /// Name and, where it is known, value.
    fn extent(&self, extent: Extent) -> (String, Option<u64>) {
        match extent {
            Extent::Field(id) => {
                let field = self.descriptor.fields.get(id.0 as usize);
                let value = field.and_then(|field| uint(self.bytes, field.at, field.size));
                (field.map_or_else(String::new, |f| f.name.clone()), value)
            }
            Extent::Count(id) => {
                let index = id.0 as usize;
                let operand = self
                    .instruction
                    .and_then(|(instruction, values)| {
                        Some((instruction.operands.get(index)?, values.get(index)))
                    })
                    .or_else(|| Some((self.any_instruction()?.operands.get(index)?, None)));
                match operand {
                    Some((operand, value)) => match &operand.role {
                        Role::Count(name) => (name.clone(), value.copied()),
                        _ => (operand.name.clone(), value.copied()),
                    },
                    None => (String::new(), None),
                }
            }
        }
    }

    /// An instruction with this descriptor: they all call its counts alike.
    fn any_instruction(&self) -> Option<&Instruction> {
        self.spec.instructions.iter().find(|instruction| {
            instruction
                .descriptor()
                .and_then(|(_, index)| self.spec.descriptors.get(index))
                .is_some_and(|descriptor| descriptor.name == self.descriptor.name)
        })
    }
}

fn words(words: &[u64]) -> String {
    match words {
        [word] => word.to_string(),
        _ => format!(
            "[{}]",
            words
                .iter()
                .map(u64::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// A little-endian unsigned integer, if it is there.
fn uint(bytes: &[u8], at: u32, size: u32) -> Option<u64> {
    let field = bytes.get(at as usize..)?.get(..size.min(8) as usize)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |value, &byte| value << 8 | u64::from(byte)),
    )
}
