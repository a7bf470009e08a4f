//! Descriptors as structures: their fields in order, with what fills the gaps.

use crate::model::{Descriptor, DescriptorField, FieldType, SLOT_BYTES};

/// A member of a structure.
pub(super) struct Member<'a> {
    /// Byte offset.
    pub at: u32,
    /// Size in bytes.
    pub size: u32,
    /// The field; none for a gap.
    pub field: Option<&'a DescriptorField>,
    pub shape: Shape,
}

/// What a member is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One unsigned integer of this many bytes.
    Uint(u32),
    /// An array of `count` unsigned integers of `bytes` bytes.
    Array {
        /// Of one.
        bytes: u32,
        /// How many.
        count: u32,
    },
    /// An address of 8 bytes, then this many strides of 8 bytes.
    View {
        /// How many strides.
        strides: u32,
    },
}

/// The members of a descriptor, which cover all of its bytes.
pub(super) fn members(descriptor: &Descriptor) -> Vec<Member<'_>> {
    let gap = |at, size| Member {
        at,
        size,
        field: None,
        shape: Shape::Array {
            bytes: 1,
            count: size,
        },
    };
    let mut out = Vec::new();
    let mut end = 0;
    for field in &descriptor.fields {
        if field.at > end {
            out.push(gap(end, field.at - end));
        }
        out.push(Member {
            at: field.at,
            size: field.size,
            field: Some(field),
            shape: shape(field),
        });
        end = field.at + field.size;
    }
    if descriptor.size > end {
        out.push(gap(end, descriptor.size - end));
    }
    out
}

fn shape(field: &DescriptorField) -> Shape {
    match &field.ty {
        FieldType::Uint(_) | FieldType::Format | FieldType::Mode | FieldType::Flags => {
            Shape::Uint(field.size)
        }
        FieldType::Felt(_) | FieldType::Reduction => Shape::Array {
            bytes: SLOT_BYTES,
            count: field.size / SLOT_BYTES,
        },
        FieldType::View(view) => Shape::View {
            strides: view.strides() as u32,
        },
    }
}
