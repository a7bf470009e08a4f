//! Descriptors of bulk instructions, by the names of their fields.

use super::{Builder, Label};
use std::fmt::Write as _;
use zktr_isa::model::{DescriptorField, FieldType};

/// A strided array in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    address: Label,
    strides: Vec<i64>,
}

impl View {
    /// The elements lie one after another.
    #[must_use]
    pub fn dense(address: &Label) -> Self {
        Self::strided(address, [])
    }

    /// Strides in bytes: one for each dimension, then one between the coordinates of elements of an extension.
    #[must_use]
    pub fn strided(address: &Label, strides: impl Into<Vec<i64>>) -> Self {
        Self {
            address: address.clone(),
            strides: strides.into(),
        }
    }
}

/// What a field of a descriptor gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// A number.
    Number(u64),
    /// The name of a format, a mode or a flag.
    Name(String),
    /// The coordinates of an element, as canonical integers.
    Element(Vec<u64>),
    /// Memory.
    View(View),
}

impl From<u64> for FieldValue {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for FieldValue {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for FieldValue {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl<const N: usize> From<[u64; N]> for FieldValue {
    fn from(element: [u64; N]) -> Self {
        Self::Element(element.into())
    }
}

impl From<Vec<u64>> for FieldValue {
    fn from(element: Vec<u64>) -> Self {
        Self::Element(element)
    }
}

impl From<View> for FieldValue {
    fn from(view: View) -> Self {
        Self::View(view)
    }
}

impl From<&Label> for FieldValue {
    /// Elements one after another.
    fn from(label: &Label) -> Self {
        Self::View(View::dense(label))
    }
}

/// The descriptor of a bulk instruction. [`Builder::descriptor`] checks and places it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    mnemonic: String,
    fields: Vec<(String, FieldValue)>,
}

impl Descriptor {
    /// Without any field, for an instruction by its mnemonic.
    #[must_use]
    pub fn new(mnemonic: &str) -> Self {
        Self {
            mnemonic: mnemonic.to_owned(),
            fields: Vec::new(),
        }
    }

    /// Gives a field its value.
    #[must_use]
    pub fn set(mut self, field: &str, value: impl Into<FieldValue>) -> Self {
        self.fields.push((field.to_owned(), value.into()));
        self
    }
}

impl Builder<'_> {
    /// A descriptor as it is written.
    #[track_caller]
    pub(super) fn descriptor_text(&mut self, descriptor: &Descriptor) -> Result<String, String> {
        let spec = self.spec;
        let mnemonic = &descriptor.mnemonic;
        let found = spec.instruction(mnemonic);
        let Some((index, layout)) = found.and_then(|i| Some((i, spec.descriptor_of(i)?))) else {
            let bulk = spec.instructions.iter().filter(|i| i.is_bulk());
            return Err(with_suggestion(
                format!("'{mnemonic}' is no instruction with a descriptor"),
                mnemonic,
                bulk.map(|i| i.name.as_str()),
            ));
        };
        let mut text = format!("\t.zktr.descriptor {mnemonic}");
        for (i, (name, value)) in descriptor.fields.iter().enumerate() {
            let Some((_, field)) = layout.field(name) else {
                let settable = layout.fields.iter().filter(|f| f.value.is_none());
                return Err(with_suggestion(
                    format!("descriptor '{}' has no field '{name}'", layout.name),
                    name,
                    settable.map(|f| f.name.as_str()),
                ));
            };
            if let (FieldValue::Number(number), Some(values)) =
                (value, spec.field_values(&spec.instructions[index], field))
                && !values.contains(*number)
            {
                return Err(format!("field '{name}' must be {values}, not {number}"));
            }
            let value = self.field_text(field, value)?;
            let comma = if i > 0 { "," } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{comma} {name}={value}");
        }
        Ok(text)
    }

    #[track_caller]
    fn field_text(
        &mut self,
        field: &DescriptorField,
        value: &FieldValue,
    ) -> Result<String, String> {
        Ok(match (&field.ty, value) {
            (
                FieldType::Uint(_) | FieldType::Format | FieldType::Mode | FieldType::Flags,
                FieldValue::Number(number),
            ) => number.to_string(),
            (FieldType::Format | FieldType::Mode | FieldType::Flags, FieldValue::Name(name))
                if name.bytes().all(|b| crate::lex::in_name(b) || b == b'-') =>
            {
                name.clone()
            }
            (FieldType::Felt(_) | FieldType::Reduction, FieldValue::Element(coordinates)) => {
                let list: Vec<String> = coordinates.iter().map(u64::to_string).collect();
                format!("{{{}}}", list.join(", "))
            }
            (FieldType::Felt(_) | FieldType::Reduction, FieldValue::Number(number)) => {
                number.to_string()
            }
            (FieldType::View(_), FieldValue::View(view)) => {
                let mut text = self.place(&view.address)?;
                if !view.strides.is_empty() {
                    let list: Vec<String> = view.strides.iter().map(i64::to_string).collect();
                    text = format!("{{{text}, {}}}", list.join(", "));
                }
                text
            }
            (ty, _) => {
                let wanted = match ty {
                    FieldType::Uint(_) => "a number",
                    FieldType::Format => "the name of a format",
                    FieldType::Mode => "the name of a mode",
                    FieldType::Flags => "the name of a flag",
                    FieldType::Felt(_) | FieldType::Reduction => "coordinates",
                    FieldType::View(_) => "a view",
                };
                return Err(format!("field '{}' must be {wanted}", field.name));
            }
        })
    }
}

fn with_suggestion<'n>(
    message: String,
    word: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> String {
    match zktr_isa::names::nearest(word, known) {
        Some(name) => format!("{message}, did you mean: {name}?"),
        None => message,
    }
}
