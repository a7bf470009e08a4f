//! Legal uses of bulk instructions, at random: for tests of units, property tests and fuzzers.
//!
//! What is drawn passes every check that is made before the data is read, for all built-in instructions: integers,
//! codes and flags come from [`super::field_values`], elements are canonical, what the format does not use is zero, and
//! the views lie in the arena, aligned, without an overlap that the instruction would refuse.

use super::sample::below;
use crate::algebra::{FieldId, Kind, OperandId};
use crate::field::{Element, MAX_DEGREE};
use crate::model::{
    Condition, Descriptor, DescriptorField, Elem, Extent, FieldType, Format, Instruction, Region,
    Role, SLOT_BYTES, View,
};
use crate::spec::Spec;

/// Where an invocation may put things, and how large they may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arena {
    /// The first byte of the memory that is free for views.
    pub start: u64,
    /// The first byte behind it.
    pub end: u64,
    /// The largest count, and the largest extent of a view. Fields that may not be as small have their smallest value.
    pub largest: u64,
}

/// A use of a bulk instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Value of the count operand; 0 if the instruction has none.
    pub count: u64,
    /// The bytes of the descriptor.
    pub descriptor: Vec<u8>,
    /// For each view, in the order of the fields: the first byte of its elements and the first one behind them; equal
    /// if there are none.
    pub places: Vec<(FieldId, u64, u64)>,
}

impl Spec {
    /// A legal use of a bulk instruction, from random 64-bit numbers: any mode, format and flags, views with gaps, of any
    /// order of dimensions, upwards and downwards, read at the same place again and again, in place where that is allowed.
    ///
    /// Memory is not looked at: what the instruction demands of the elements (residues, indices) it may still refuse with
    /// a status of phase `data`. Nor are conditions that a spec file of its own puts on counts and fields, and what
    /// the unit has: an operation that starts the guest needs one.
    ///
    /// None if the instruction has no descriptor, or the arena is too small for what was drawn.
    ///
    /// ```
    /// let spec = zktr_isa::Spec::builtin();
    /// let rlc = spec.instruction("zktr.rlc").unwrap();
    /// let arena = zktr_isa::Arena { start: 0x1000, end: 0x10000, largest: 5 };
    /// let mut state = 1u64;
    /// let mut random = || {
    ///     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    ///     state
    /// };
    /// let invocation = spec.sample_invocation(rlc, &arena, &mut random).unwrap();
    /// let descriptor = spec.descriptor_of(rlc).unwrap();
    /// assert_eq!(invocation.descriptor.len(), descriptor.size as usize);
    /// assert!(invocation.places.iter().all(|(_, start, end)| 0x1000 <= *start && *end <= 0x10000));
    /// ```
    pub fn sample_invocation(
        &self,
        instruction: usize,
        arena: &Arena,
        random: &mut impl FnMut() -> u64,
    ) -> Option<Invocation> {
        let descriptor = self.descriptor_of(instruction)?;
        let instruction = self.instructions.get(instruction)?;
        let mut draft = Draft {
            spec: self,
            instruction,
            descriptor,
            arena,
            bytes: vec![0; descriptor.size as usize],
            count: 0,
            free: arena.start,
        };
        let has_count = instruction
            .operands
            .iter()
            .any(|operand| matches!(operand.role, Role::Count(_)));
        if has_count {
            draft.count = below(random, arena.largest.saturating_add(1));
        }
        let format = draft.scalars(random)?;
        draft.elements(format, random);
        let places = draft.views(format, random)?;
        Some(Invocation {
            count: draft.count,
            descriptor: draft.bytes,
            places,
        })
    }
}

struct Draft<'a> {
    spec: &'a Spec,
    instruction: &'a Instruction,
    descriptor: &'a Descriptor,
    arena: &'a Arena,
    bytes: Vec<u8>,
    count: u64,
    /// The first byte of the arena that no view has.
    free: u64,
}

/// Where a view's elements are.
#[derive(Clone)]
struct Place {
    address: u64,
    strides: Vec<i64>,
    start: u64,
    end: u64,
    /// The view that was put here first.
    owner: FieldId,
}

impl<'a> Draft<'a> {
    /// Integers, codes and flags; the format is the result.
    fn scalars(&mut self, random: &mut impl FnMut() -> u64) -> Option<&'a Format> {
        let (spec, descriptor) = (self.spec, self.descriptor);
        let mode =
            &self.instruction.modes[below(random, self.instruction.modes.len() as u64) as usize];
        let formats: Vec<&Format> = spec
            .formats
            .iter()
            .filter(|format| spec.mode_takes(descriptor, mode, format))
            .collect();
        let format = *formats.get(below(random, formats.len() as u64) as usize)?;
        for (index, field) in descriptor.fields.iter().enumerate() {
            let Some(values) = spec.field_values(self.instruction, field) else {
                continue;
            };
            let extent = Extent::Field(FieldId(index as u32));
            let measures = descriptor.fields.iter().any(
                |other| matches!(&other.ty, FieldType::View(view) if view.dims.contains(&extent)),
            );
            let value = match field.ty {
                FieldType::Format => format.code.into(),
                FieldType::Mode => mode.code.into(),
                _ if measures => values.sample(self.arena.largest, random())?,
                _ => values.sample(u64::MAX, random())?,
            };
            self.put(field.at, field.size, value);
        }
        Some(format)
    }

    /// Elements in place and the reduction polynomial.
    fn elements(&mut self, format: &Format, random: &mut impl FnMut() -> u64) {
        for field in &self.descriptor.fields {
            let coordinates = match field.ty {
                FieldType::Felt(Kind::Base) => 1,
                FieldType::Felt(Kind::Ext) => format.degree,
                FieldType::Reduction if format.is_programmable() => format.degree,
                _ => continue,
            };
            let mut element = Element::ZERO;
            for coordinate in element.0.iter_mut().take(coordinates) {
                *coordinate = below(random, format.modulus);
            }
            let words = format.to_words(element);
            for (i, word) in words.iter().enumerate().take(coordinates.min(MAX_DEGREE)) {
                self.put(field.at + SLOT_BYTES * i as u32, SLOT_BYTES, *word);
            }
        }
    }

    fn views(
        &mut self,
        format: &Format,
        random: &mut impl FnMut() -> u64,
    ) -> Option<Vec<(FieldId, u64, u64)>> {
        let mut places: Vec<Option<Place>> = vec![None; self.descriptor.fields.len()];
        for (index, field) in self.descriptor.fields.iter().enumerate() {
            let FieldType::View(view) = &field.ty else {
                continue;
            };
            let id = FieldId(index as u32);
            if below(random, 4) == 0
                && let Some(shared) = self.twin(view, &places, random)
            {
                places[index] = Some(shared);
                if self.allowed(&places) {
                    continue;
                }
            }
            places[index] = Some(self.place(id, view, format, random)?);
        }
        let mut out = Vec::new();
        for (index, (field, place)) in self.descriptor.fields.iter().zip(&places).enumerate() {
            let Some(place) = place else {
                continue;
            };
            self.put_view(field, place);
            out.push((FieldId(index as u32), place.start, place.end));
        }
        Some(out)
    }

    /// The place of another view of the same elements and extents.
    fn twin(
        &self,
        view: &View,
        places: &[Option<Place>],
        random: &mut impl FnMut() -> u64,
    ) -> Option<Place> {
        let alike = |field: &DescriptorField| matches!(&field.ty, FieldType::View(other) if other.elem == view.elem && other.dims == view.dims);
        let twins: Vec<&Place> = self
            .descriptor
            .fields
            .iter()
            .zip(places)
            .filter(|(field, _)| alike(field))
            .filter_map(|(_, place)| place.as_ref())
            // Elements that are read again and again are no place to write to.
            .filter(|place| !view.written() || place.strides.iter().all(|stride| *stride != 0))
            .collect();
        twins
            .get(below(random, twins.len() as u64) as usize)
            .map(|place| (*place).clone())
    }

    /// True if no two views share their place against the conditions of the instruction.
    fn allowed(&self, places: &[Option<Place>]) -> bool {
        let conditions = self.instruction.preconditions.iter();
        conditions
            .into_iter()
            .all(|precondition| holds(&precondition.unless, places))
    }

    /// A new place: the dimensions in any order, the innermost one first in memory, with gaps between their steps.
    fn place(
        &mut self,
        owner: FieldId,
        view: &View,
        format: &Format,
        random: &mut impl FnMut() -> u64,
    ) -> Option<Place> {
        let word = u64::from(view.elem.word_bytes(format));
        let mut extents: Vec<u64> = view.dims.iter().map(|dim| self.extent(*dim)).collect();
        if view.elem == Elem::Felt(Kind::Ext) {
            extents.push(format.degree as u64);
        }
        let mut order: Vec<usize> = (0..extents.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, below(random, i as u64 + 1) as usize);
        }
        let mut strides = vec![0i64; extents.len()];
        // Bytes of all steps so far, and how far the first element is from the lowest one.
        let (mut size, mut above) = (word, 0u64);
        for dim in order {
            if !view.written() && below(random, 8) == 0 {
                continue;
            }
            let step = size.checked_add(word * below(random, 3))?;
            let steps = extents[dim].saturating_sub(1);
            let stride = i64::try_from(step).ok()?;
            if below(random, 4) == 0 {
                strides[dim] = -stride;
                above = above.checked_add(step.checked_mul(steps)?)?;
            } else {
                strides[dim] = stride;
            }
            size = step.checked_mul(steps)?.checked_add(size)?;
        }
        let start = self.free.checked_next_multiple_of(word)?;
        let start = start.checked_add(word * below(random, 3))?;
        let empty = extents.contains(&0);
        let end = start.checked_add(size)?;
        if end > self.arena.end {
            return None;
        }
        self.free = end;
        Some(Place {
            address: start + above,
            strides,
            start,
            end: if empty { start } else { end },
            owner,
        })
    }

    fn extent(&self, extent: Extent) -> u64 {
        match extent {
            Extent::Count(OperandId(_)) => self.count,
            Extent::Field(id) => self
                .descriptor
                .fields
                .get(id.0 as usize)
                .map_or(0, |field| self.get(field.at, field.size)),
        }
    }

    fn put_view(&mut self, field: &DescriptorField, place: &Place) {
        self.put(field.at, SLOT_BYTES, place.address);
        for (i, stride) in place.strides.iter().enumerate() {
            let at = field.at + SLOT_BYTES * (1 + i as u32);
            self.put(at, SLOT_BYTES, stride.cast_unsigned());
        }
    }

    fn put(&mut self, at: u32, size: u32, value: u64) {
        let bytes = value.to_le_bytes();
        let field = self.bytes.iter_mut().skip(at as usize).take(size as usize);
        field.zip(bytes).for_each(|(to, byte)| *to = byte);
    }

    fn get(&self, at: u32, size: u32) -> u64 {
        let field = self
            .bytes
            .iter()
            .skip(at as usize)
            .take(size.min(8) as usize);
        field
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}

/// Whether a condition on places holds. Places with one owner are the same, all others are apart; views without a
/// place are apart from all. Conditions on values are taken to hold.
fn holds(condition: &Condition, places: &[Option<Place>]) -> bool {
    let owner = |id: FieldId| Some(places.get(id.0 as usize)?.as_ref()?.owner);
    let same = |a: FieldId, b: FieldId| owner(a).is_some() && owner(a) == owner(b);
    match condition {
        Condition::Disjoint(Region::View(a), Region::View(b)) => !same(*a, *b),
        Condition::Disjoint(..) => true,
        Condition::Same(a, b) => same(*a, *b),
        Condition::And(a, b) => holds(a, places) && holds(b, places),
        Condition::Or(a, b) => holds(a, places) || holds(b, places),
        Condition::Term(_) => true,
    }
}
