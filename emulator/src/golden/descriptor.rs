//! A descriptor as it is read from memory: its fields with their values, its views with their places.
//!
//! Reading makes the checks that come before all others: the descriptor's alignment and accessibility,
//! and the values of its integer, code and flag fields in the order of the layout. What else is wrong with it is
//! noted, and reported when its turn comes.

use super::arithmetic::{Arithmetic, Element, NotCanonical};
use super::bulk::Refusal;
use super::places::Places;
use crate::memory::{Access, Memory};
use zktr_isa::Spec;
use zktr_isa::algebra::Kind;
use zktr_isa::field::MAX_DEGREE;
use zktr_isa::model::{
    self, Descriptor, DescriptorField, Elem, Extent, FieldType, Format, Instruction, Mode,
    SLOT_BYTES, View,
};

/// A descriptor with allowed values.
pub(crate) struct Bound<'a> {
    pub(crate) mode: &'a Mode,
    pub(crate) format: &'a Format,
    pub(crate) arithmetic: Arithmetic,
    /// The fields, in the order of the layout.
    pub(crate) fields: Vec<Field>,
    /// Nothing is set that has to be zero.
    pub(crate) clean: bool,
    /// The coefficients of the reduction polynomial are canonical.
    pub(crate) reduction: Result<(), NotCanonical>,
}

/// A field of the descriptor at hand.
pub(crate) enum Field {
    Int(u64),
    Element(Result<Element, NotCanonical>),
    View(BoundView),
    /// What chooses the meaning and is no value in it.
    Choice,
}

/// A view with its addresses.
pub(crate) struct BoundView {
    pub(crate) elem: Elem,
    pub(crate) access: model::Access,
    /// Bytes of each word.
    pub(crate) word_bytes: u8,
    pub(crate) strides: Vec<i64>,
    pub(crate) extents: Vec<u64>,
    pub(crate) coordinates: usize,
    pub(crate) places: Places,
    base: u64,
    coordinate_stride: i64,
}

/// Reads a descriptor from memory and checks its own fields.
pub(super) struct Reader<'a> {
    pub(super) spec: &'a Spec,
    pub(super) instruction: &'a Instruction,
    pub(super) descriptor: &'a Descriptor,
    pub(super) operands: &'a [u64],
    pub(super) xlen: u8,
    pub(super) memory: &'a dyn Memory,
}

impl<'a> Reader<'a> {
    pub(super) fn read(&self, addr: u64) -> Result<Bound<'a>, Refusal> {
        let outcomes = &self.spec.outcomes;
        if !addr.is_multiple_of(u64::from(self.descriptor.align)) {
            return Err(Refusal(outcomes.alignment));
        }
        let size = u64::from(self.descriptor.size);
        if !Places::contiguous(addr, size).accessible(self.memory, Access::Read, self.xlen) {
            return Err(Refusal(outcomes.fault));
        }
        let mut bytes = vec![0; self.descriptor.size as usize];
        self.memory
            .read(addr, &mut bytes)
            .map_err(|_| Refusal(outcomes.fault))?;

        let (mode, format) = self.choices(&bytes)?;
        let mut clean = true;
        let mut reduction = Ok([0; MAX_DEGREE]);
        if let Some(field) = self.reduction_field() {
            let slots = slots(&bytes, field);
            if format.is_programmable() {
                clean &= vacant(&slots, format.degree, format);
                reduction = element(&slots, format.degree, format, None);
            } else {
                clean &= slots.iter().all(|&slot| slot == 0);
            }
        }
        // Coefficients that are not canonical make the instruction refuse before they are used.
        let arithmetic = Arithmetic::new(format, &reduction.unwrap_or_default())
            .ok_or(Refusal(outcomes.shape))?;

        let mut fields = Vec::with_capacity(self.descriptor.fields.len());
        for field in &self.descriptor.fields {
            fields.push(match &field.ty {
                FieldType::Uint(_) => Field::Int(uint(&bytes, field.at, field.size)),
                FieldType::Format | FieldType::Mode | FieldType::Flags | FieldType::Reduction => {
                    Field::Choice
                }
                FieldType::Felt(kind) => {
                    let slots = slots(&bytes, field);
                    let used = match kind {
                        Kind::Base => 1,
                        Kind::Ext => format.degree,
                    };
                    clean &= vacant(&slots, used, format);
                    // Whether it is canonical matters once the meaning needs it.
                    Field::Element(element(&slots, used, format, Some(&arithmetic)))
                }
                FieldType::View(view) => Field::View(self.view(&bytes, field.at, view, format)?),
            });
        }
        Ok(Bound {
            mode,
            format,
            arithmetic,
            fields,
            clean,
            reduction: reduction.map(|_| ()),
        })
    }

    /// The mode and the format. All fields that have allowed values have them.
    fn choices(&self, bytes: &[u8]) -> Result<(&'a Mode, &'a Format), Refusal> {
        let mut mode = self.instruction.modes.first();
        let mut format = None;
        for field in &self.descriptor.fields {
            let refusal = || self.refusal(field);
            let Some(values) = self.spec.field_values(self.instruction, field) else {
                continue;
            };
            let value = uint(bytes, field.at, field.size);
            if !values.contains(value) {
                return Err(refusal());
            }
            match field.ty {
                FieldType::Format => {
                    let code = u8::try_from(value).ok();
                    let found = code.and_then(|code| self.spec.format_by_code(code));
                    format = Some((found.ok_or_else(refusal)?, field));
                }
                FieldType::Mode => {
                    let modes = &self.instruction.modes;
                    let found = modes.iter().find(|mode| u64::from(mode.code) == value);
                    mode = Some(found.ok_or_else(refusal)?);
                }
                _ => {}
            }
        }
        // The loader demands both; an instruction without them has no meaning to execute.
        let (Some(mode), Some((format, field))) = (mode, format) else {
            return Err(Refusal(self.spec.outcomes.shape));
        };
        if !self.spec.mode_takes(self.descriptor, mode, format) {
            return Err(self.refusal(field));
        }
        Ok((mode, format))
    }

    fn reduction_field(&self) -> Option<&'a DescriptorField> {
        let mut fields = self.descriptor.fields.iter();
        fields.find(|field| field.ty == FieldType::Reduction)
    }

    fn refusal(&self, field: &DescriptorField) -> Refusal {
        let named = field
            .status
            .as_deref()
            .and_then(|name| self.spec.status(name));
        Refusal(named.map_or(self.spec.outcomes.shape, |status| status.code))
    }

    fn view(
        &self,
        bytes: &[u8],
        at: u32,
        view: &View,
        format: &Format,
    ) -> Result<BoundView, Refusal> {
        let slot = |i: usize| uint(bytes, at + SLOT_BYTES * i as u32, SLOT_BYTES);
        let rank = view.dims.len();
        let extents: Option<Vec<u64>> = view
            .dims
            .iter()
            .map(|extent| self.extent(bytes, *extent))
            .collect();
        let extents = extents.ok_or(Refusal(self.spec.outcomes.shape))?;
        let strides: Vec<i64> = (1..=rank).map(|i| slot(i).cast_signed()).collect();
        let coordinates = view.elem.words(format);
        let coordinate_stride = match view.elem {
            Elem::Felt(Kind::Ext) => slot(rank + 1).cast_signed(),
            Elem::Word(_) | Elem::Cell | Elem::Felt(Kind::Base) => 0,
        };
        let word_bytes = view.elem.word_bytes(format);
        let mut bound = BoundView {
            elem: view.elem,
            access: view.access,
            word_bytes,
            base: slot(0),
            strides,
            extents,
            coordinates,
            coordinate_stride,
            places: Places::contiguous(slot(0), 0),
        };
        bound.place();
        Ok(bound)
    }

    fn extent(&self, bytes: &[u8], extent: Extent) -> Option<u64> {
        match extent {
            Extent::Count(operand) => self.operands.get(operand.0 as usize).copied(),
            Extent::Field(field) => {
                let field = self.descriptor.fields.get(field.0 as usize)?;
                Some(uint(bytes, field.at, field.size))
            }
        }
    }
}

impl BoundView {
    /// Sets the places to those of all elements.
    fn place(&mut self) {
        let strides = self.strides.iter().copied();
        let mut dims: Vec<(i64, u64)> = strides.zip(self.extents.iter().copied()).collect();
        if self.coordinates > 1 {
            dims.push((self.coordinate_stride, self.coordinates as u64));
        }
        self.places = Places::new(self.base, self.word_bytes, dims);
    }

    /// Leaves the first elements of a dimension.
    pub(super) fn cut(&mut self, dimension: usize, extent: u64) {
        if let Some(own) = self.extents.get_mut(dimension) {
            *own = extent.min(*own);
        }
        self.place();
    }

    /// How far each coordinate of an element is from its first.
    pub(crate) fn coordinate_distances(&self) -> Vec<i64> {
        (0..self.coordinates as i64)
            .map(|coordinate| self.coordinate_stride.wrapping_mul(coordinate))
            .collect()
    }

    /// Address of a coordinate of the element this far from the first one. Elements have been found
    /// accessible, so that their addresses modulo 2^64 are their addresses.
    pub(crate) fn address(&self, distance: u64, coordinate: usize) -> u64 {
        let within = self
            .coordinate_stride
            .wrapping_mul(coordinate as i64)
            .cast_unsigned();
        self.base.wrapping_add(distance).wrapping_add(within)
    }
}

/// The slots of an element in place; at most [`MAX_DEGREE`].
fn slots(bytes: &[u8], field: &DescriptorField) -> Vec<u64> {
    (0..field.size / SLOT_BYTES)
        .map(|i| uint(bytes, field.at + SLOT_BYTES * i, SLOT_BYTES))
        .collect()
}

/// True if what the format does not use is zero: slots from `used` on, and the upper halves of narrow words.
fn vacant(slots: &[u64], used: usize, format: &Format) -> bool {
    let narrow = format.word_bytes < 8;
    slots
        .iter()
        .enumerate()
        .all(|(i, &slot)| slot == 0 || i < used && !(narrow && slot >> 32 != 0))
}

/// The element in these slots; for the coefficients of a polynomial there is no arithmetic yet.
fn element(
    slots: &[u64],
    used: usize,
    format: &Format,
    arithmetic: Option<&Arithmetic>,
) -> Result<Element, NotCanonical> {
    let mut element = Element::default();
    match arithmetic {
        Some(arithmetic) => {
            for (to, &slot) in element.iter_mut().zip(slots).take(used) {
                *to = arithmetic.coordinate(slot)?;
            }
        }
        None => {
            let used = &slots[..used.min(slots.len())];
            element = format.from_words(used).map_err(|_| NotCanonical)?.0;
        }
    }
    Ok(element)
}

/// A little-endian unsigned integer. The loader has seen that fields lie in their descriptor.
pub(super) fn uint(bytes: &[u8], at: u32, size: u32) -> u64 {
    let field = bytes.iter().skip(at as usize).take(size.min(8) as usize);
    field
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}
