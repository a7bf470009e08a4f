//! Descriptors of bulk instructions as the literals that `.zktr.descriptor` reads. A literal is given only for
//! bytes that it yields again: everything that it does not say is compared with what the directive fills in.

use std::fmt::Write as _;
use zktr_isa::Spec;
use zktr_isa::algebra::Kind;
use zktr_isa::field::MAX_DEGREE;
use zktr_isa::model::{
    Descriptor, DescriptorField, FieldType, Format, Instruction, SLOT_BYTES, View,
};

/// Bytes of a slot: a coordinate in place, an address or a stride.
const SLOT: usize = SLOT_BYTES as usize;

/// The descriptor of one instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DescriptorOf<'s> {
    spec: &'s Spec,
    instruction: &'s Instruction,
    descriptor: &'s Descriptor,
}

impl<'s> DescriptorOf<'s> {
    /// That of the instruction of this name, if it has one.
    pub fn find(spec: &'s Spec, mnemonic: &str) -> Option<Self> {
        let index = spec.instruction(mnemonic)?;
        Some(Self {
            spec,
            instruction: spec.instructions.get(index)?,
            descriptor: spec.descriptor_of(index)?,
        })
    }

    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.descriptor.size as usize
    }

    /// Its alignment in bytes.
    pub fn align(&self) -> u64 {
        u64::from(self.descriptor.align).max(1)
    }

    /// The operands of the directive that yield these bytes; none if no operands do. `address` says what stands for the
    /// address of a view, whose offset it gets, in the order of the offsets; without it the number in the bytes does.
    pub fn literal(
        &self,
        bytes: &[u8],
        mut address: impl FnMut(u32) -> Option<String>,
    ) -> Option<String> {
        let bytes = bytes.get(..self.size())?;
        let format = self.format(bytes)?;
        let mut text = self.instruction.name.clone();
        let mut separator = " ";
        // What of the bytes no field has said yet.
        let mut rest = bytes.to_vec();
        for field in &self.descriptor.fields {
            let at = field.at as usize;
            let own = bytes.get(at..at + field.size as usize)?;
            let value = match &field.ty {
                FieldType::Uint(_) | FieldType::Format | FieldType::Mode | FieldType::Flags => {
                    self.number(field, own)?
                }
                FieldType::Felt(_) | FieldType::Reduction => element(field, own, format)?,
                FieldType::View(view) => {
                    let number = u64::from_le_bytes(*own.first_chunk()?);
                    let address = match address(field.at) {
                        // A linker fills it in.
                        Some(_) if number != 0 => return None,
                        Some(text) => text,
                        None => format!("{number:#x}"),
                    };
                    Some(view_text(view, &address, own))
                }
            };
            rest.get_mut(at..at + own.len())?.fill(0);
            if let Some(value) = value {
                let _ = write!(text, "{separator}{}={value}", field.name);
                separator = ", ";
            }
        }
        rest.iter().all(|&byte| byte == 0).then_some(text)
    }

    /// The format that the elements have; none without one in the spec.
    fn format(&self, bytes: &[u8]) -> Option<Option<&'s Format>> {
        let mut fields = self.descriptor.fields.iter();
        match fields.find(|field| field.ty == FieldType::Format) {
            None => Some(None),
            Some(field) => {
                let code = *bytes.get(field.at as usize)?;
                self.spec.format_by_code(code).map(Some)
            }
        }
    }

    /// A number or the name that stands for it; inside, none if it need not be said; none if it cannot be.
    fn number(&self, field: &DescriptorField, bytes: &[u8]) -> Option<Option<String>> {
        let mut slot = [0; 8];
        slot.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let number = u64::from_le_bytes(slot);
        let values = self.spec.field_values(self.instruction, field)?;
        let name = match field.ty {
            _ if field.value == Some(number) => return Some(None),
            FieldType::Flags if number == 0 => return Some(None),
            FieldType::Mode if self.instruction.modes.len() <= 1 && number == 0 => {
                return Some(None);
            }
            _ if !values.contains(number) => return None,
            FieldType::Format => {
                let mut formats = self.spec.formats.iter();
                formats
                    .find(|format| u64::from(format.code) == number)
                    .map(|format| format.name.as_str())
            }
            FieldType::Mode => {
                let mut modes = self.instruction.modes.iter();
                modes
                    .find(|mode| u64::from(mode.code) == number)
                    .map(|mode| mode.name.as_str())
            }
            FieldType::Flags if number.is_power_of_two() => field
                .flags
                .get(number.trailing_zeros() as usize)
                .map(|flag| flag.name.as_str()),
            _ => None,
        };
        Some(Some(match name.filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None => number.to_string(),
        }))
    }
}

/// The coordinates of an element; inside, none if there is nothing to say; none if no coordinates yield these words.
fn element(
    field: &DescriptorField,
    bytes: &[u8],
    format: Option<&Format>,
) -> Option<Option<String>> {
    let words = || {
        let slots = bytes.as_chunks::<SLOT>().0;
        slots.iter().map(|slot| u64::from_le_bytes(*slot))
    };
    let format = format?;
    if field.ty == FieldType::Reduction && !format.is_programmable() {
        return words().all(|word| word == 0).then_some(None);
    }
    let degree = match field.ty {
        FieldType::Felt(Kind::Base) => 1,
        _ => format.degree,
    };
    let mut all = [0; MAX_DEGREE];
    for (place, word) in all.iter_mut().zip(words()) {
        *place = word;
    }
    let element = format.from_words(&all).ok()?;
    // One element may have two representations, of which the directive writes one.
    if format.to_words(element) != all {
        return None;
    }
    let mut coordinates = element.0.iter().take(degree);
    if degree == 1 {
        return coordinates.next().map(|only| Some(only.to_string()));
    }
    let coordinates: Vec<String> = coordinates.map(u64::to_string).collect();
    Some(Some(format!("{{{}}}", coordinates.join(", "))))
}

/// The address of a view with its strides, if it has any.
fn view_text(view: &View, address: &str, bytes: &[u8]) -> String {
    if view.strides() == 0 {
        return address.to_owned();
    }
    let mut text = format!("{{{address}");
    for stride in bytes.as_chunks::<SLOT>().0.iter().skip(1) {
        let _ = write!(text, ", {}", i64::from_le_bytes(*stride));
    }
    text.push('}');
    text
}
