//! The bytes of a descriptor, decided before anything is emitted: which are constant, and which are
//! stored from a value.
//!
//! Every byte is defined: what neither the spec nor the plan gives a value is zero.

use super::build::FRAME_LIMIT;
use super::emit::{Emitter, frame_flags};
use super::error::RewriteError;
use super::guards::Guards;
use super::poly::Terms;
use crate::plan::{Address, FieldValue, Offload, Poly, Word};
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{Function, InstBuilder, Type, Value};
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, Kind};
use zktr_isa::model::{DescriptorField, FieldType, Instruction, SLOT_BYTES, View};

/// An operation of a plan, laid out.
pub(super) struct Layout<'p> {
    /// Size of the descriptor in bytes.
    pub size: u32,
    /// Its alignment in bytes.
    pub align: u32,
    /// Constant bytes; zero where `dynamic` stores.
    bytes: Vec<u8>,
    /// Bytes that `dynamic` stores.
    stored: Vec<bool>,
    /// What is stored, by offset.
    dynamic: Vec<(u32, Dynamic<'p>)>,
}

/// A value that is known at run time only.
enum Dynamic<'p> {
    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    Uint(&'p Poly, u32),
    /// A word of 4 or 8 bytes, zero-extended to a slot.
    Word(&'p Word, u32),
    /// A 64-bit address.
    Address(&'p Address),
}

/// True for the instructions that have a portable form: the operands are a descriptor, a count and a status.
pub(crate) fn is_operation(instruction: &Instruction) -> bool {
    let roles = [
        instruction.descriptor().is_some(),
        instruction.count().is_some(),
    ];
    instruction.operands.len() == 3 && roles == [true; 2] && instruction.status_operand().is_some()
}

impl<'p> Layout<'p> {
    /// Lays out the descriptor of an operation, and adds the guards under which its integers fit their fields.
    pub fn new(
        spec: &Spec,
        func: &Function,
        offload: &'p Offload,
        guards: &mut Guards<'_>,
    ) -> Result<Self, LayoutError> {
        let instruction = spec
            .instructions
            .get(offload.instruction)
            .ok_or("there is no such instruction".to_string())?;
        let mode = instruction
            .modes
            .get(offload.mode)
            .ok_or_else(|| format!("`{}` has no such mode", instruction.name))?;
        let descriptor = spec
            .descriptor_of(offload.instruction)
            .filter(|_| is_operation(instruction))
            .ok_or_else(|| {
                format!(
                    "`{}` is no operation on a descriptor and a count",
                    instruction.name
                )
            })?;

        if u64::from(descriptor.size) + u64::from(descriptor.align) > FRAME_LIMIT {
            return Err(RewriteError::Limit("bytes of scratch memory").into());
        }
        let format = spec.formats.iter().find(|f| f.code == offload.format);
        let word_bytes = format.map_or(4, |f| u32::from(f.word_bytes));
        let size = descriptor.size as usize;
        let mut layout = Layout {
            size: descriptor.size,
            align: descriptor.align.max(1),
            bytes: vec![0; size],
            stored: vec![false; size],
            dynamic: Vec::new(),
        };
        for (index, field) in descriptor.fields.iter().enumerate() {
            let mut given = offload
                .fields
                .iter()
                .filter(|(id, _)| id.0 as usize == index);
            let value = given.next().map(|(_, value)| value);
            if given.next().is_some() {
                return Err(format!("field `{}` is given twice", field.name).into());
            }
            match (&field.ty, field.value, value) {
                (FieldType::Format, _, None) => {
                    layout.constant(field, 0, u64::from(offload.format), 1)?
                }
                (FieldType::Mode, _, None) => layout.constant(field, 0, u64::from(mode.code), 1)?,
                (FieldType::Uint(bytes), Some(fixed), None) => {
                    layout.constant(field, 0, fixed, u32::from(*bytes))?;
                }
                // The operation is complete when it returns, and its format has its own polynomial.
                (FieldType::Flags | FieldType::Reduction, _, None) => {}
                (_, Some(_), Some(_))
                | (
                    FieldType::Format | FieldType::Mode | FieldType::Flags | FieldType::Reduction,
                    None,
                    Some(_),
                ) => {
                    return Err(format!("field `{}` has a fixed value", field.name).into());
                }
                (FieldType::Uint(bytes), None, Some(FieldValue::Uint(poly))) => {
                    let reason =
                        format!("`{}` of `{}` fits its field", field.name, instruction.name);
                    guards.require_unsigned(poly, 8 * u32::from(*bytes), &reason)?;
                    layout.uint(func, field, 0, poly, u32::from(*bytes))?;
                }
                (FieldType::Felt(kind), None, Some(FieldValue::Felt(words))) => {
                    layout.felt(field, *kind, words, word_bytes)?;
                }
                (FieldType::View(view), None, Some(FieldValue::View { base, strides })) => {
                    layout.view(func, field, view, base, strides)?;
                }
                (_, _, None) => return Err(format!("field `{}` is not given", field.name).into()),
                (_, _, Some(_)) => {
                    return Err(
                        format!("the value of field `{}` has another type", field.name).into(),
                    );
                }
            }
        }
        if let Some((FieldId(id), _)) = offload
            .fields
            .iter()
            .find(|(id, _)| id.0 as usize >= descriptor.fields.len())
        {
            return Err(format!("descriptor `{}` has no field {id}", descriptor.name).into());
        }
        let count = format!("the count of `{}` is an unsigned integer", instruction.name);
        guards.require_unsigned(&offload.count, 64, &count)?;
        Ok(layout)
    }

    fn felt(
        &mut self,
        field: &DescriptorField,
        kind: Kind,
        words: &'p [Word],
        word_bytes: u32,
    ) -> Result<(), LayoutError> {
        let room = (field.size / SLOT_BYTES) as usize;
        let fits = match kind {
            Kind::Base => words.len() == 1,
            Kind::Ext => !words.is_empty() && words.len() <= room,
        };
        if !fits {
            return Err(format!(
                "field `{}` is given {} coordinates",
                field.name,
                words.len()
            )
            .into());
        }
        for (index, word) in words.iter().enumerate() {
            let offset = SLOT_BYTES * index as u32;
            match word {
                Word::Const(word) => self.constant(field, offset, *word, SLOT_BYTES)?,
                Word::Value(_) | Word::Memory { .. } => {
                    self.dynamic(field, offset, Dynamic::Word(word, word_bytes), SLOT_BYTES)?
                }
            }
        }
        Ok(())
    }

    fn view(
        &mut self,
        func: &Function,
        field: &DescriptorField,
        view: &View,
        base: &'p Address,
        strides: &'p [Poly],
    ) -> Result<(), LayoutError> {
        let (given, expected) = (strides.len(), view.strides());
        if given != expected {
            return Err(
                format!("view `{}` has {expected} strides, not {given}", field.name).into(),
            );
        }
        match base {
            Address::Poly(poly) => self.uint(func, field, 0, poly, SLOT_BYTES)?,
            Address::Buffer(..) => self.dynamic(field, 0, Dynamic::Address(base), SLOT_BYTES)?,
        }
        for (index, stride) in strides.iter().enumerate() {
            let offset = SLOT_BYTES * (index as u32 + 1);
            self.uint(func, field, offset, stride, SLOT_BYTES)?;
        }
        Ok(())
    }

    fn uint(
        &mut self,
        func: &Function,
        field: &DescriptorField,
        offset: u32,
        poly: &'p Poly,
        bytes: u32,
    ) -> Result<(), LayoutError> {
        match Terms::modular(func, poly).as_constant() {
            Some(value) => self.constant(field, offset, value as u64, bytes),
            None => self.dynamic(field, offset, Dynamic::Uint(poly, bytes), bytes),
        }
    }

    fn constant(
        &mut self,
        field: &DescriptorField,
        offset: u32,
        value: u64,
        bytes: u32,
    ) -> Result<(), LayoutError> {
        let at = self.place(field, offset, bytes)?;
        for (target, source) in self.bytes[at..]
            .iter_mut()
            .zip(value.to_le_bytes())
            .take(bytes as usize)
        {
            *target = source;
        }
        Ok(())
    }

    fn dynamic(
        &mut self,
        field: &DescriptorField,
        offset: u32,
        value: Dynamic<'p>,
        bytes: u32,
    ) -> Result<(), LayoutError> {
        let at = self.place(field, offset, bytes)?;
        if !at.is_multiple_of(bytes as usize) {
            return Err(format!("field `{}` is not aligned", field.name).into());
        }
        self.stored[at..at + bytes as usize].fill(true);
        self.dynamic.push((at as u32, value));
        Ok(())
    }

    /// The offset in the descriptor of some bytes of a field.
    fn place(
        &self,
        field: &DescriptorField,
        offset: u32,
        bytes: u32,
    ) -> Result<usize, LayoutError> {
        let end = offset.checked_add(bytes).filter(|&end| end <= field.size);
        let at = field.at.checked_add(offset);
        match (end, at) {
            (Some(_), Some(at)) if at.checked_add(bytes).is_some_and(|end| end <= self.size) => {
                Ok(at as usize)
            }
            _ => Err(format!(
                "the value of field `{}` is larger than the field",
                field.name
            )
            .into()),
        }
    }

    /// Stores the descriptor at an address.
    pub fn store(&self, emitter: &mut Emitter<'_>, address: Value) -> Result<(), RewriteError> {
        for (offset, ty, value) in self.constant_stores() {
            let value = emitter.constant(ty, value);
            emitter
                .pos
                .ins()
                .store(frame_flags(), value, address, offset);
        }
        for (offset, value) in &self.dynamic {
            let value = match value {
                Dynamic::Uint(poly, bytes) => emitter.modular(poly, int(*bytes))?,
                Dynamic::Word(word, bytes) => {
                    let word = emitter.word(word, int(*bytes))?;
                    match bytes {
                        8 => word,
                        _ => emitter.pos.ins().uextend(I64, word),
                    }
                }
                Dynamic::Address(address) => emitter.address(address)?,
            };
            emitter
                .pos
                .ins()
                .store(frame_flags(), value, address, *offset as i32);
        }
        Ok(())
    }

    /// The constant bytes in as few aligned stores as possible.
    fn constant_stores(&self) -> Vec<(i32, Type, u64)> {
        let mut stores = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            if self.stored[at] {
                at += 1;
                continue;
            }
            let fits = |bytes: usize| {
                at.is_multiple_of(bytes)
                    && self
                        .stored
                        .get(at..at + bytes)
                        .is_some_and(|stored| !stored.contains(&true))
            };
            let bytes = [8, 4, 2]
                .into_iter()
                .find(|&bytes| fits(bytes))
                .unwrap_or(1);
            let value = self.bytes[at..at + bytes]
                .iter()
                .rev()
                .fold(0, |value, &b| value << 8 | u64::from(b));
            stores.push((at as i32, int(bytes as u32), value));
            at += bytes;
        }
        stores
    }
}

/// The integer type of this many bytes.
pub(super) fn int(bytes: u32) -> Type {
    match bytes {
        1 => I8,
        2 => I16,
        4 => I32,
        _ => I64,
    }
}

/// Why a descriptor cannot be laid out: it does not fit the spec, or a guard cannot be added.
pub(super) enum LayoutError {
    Spec(String),
    Guard(RewriteError),
}

impl From<String> for LayoutError {
    fn from(problem: String) -> Self {
        Self::Spec(problem)
    }
}

impl From<RewriteError> for LayoutError {
    fn from(error: RewriteError) -> Self {
        Self::Guard(error)
    }
}
