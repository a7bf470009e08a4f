//! Bulk instructions: those whose operands are a descriptor in memory and a count.
//!
//! An instruction goes through these phases, and the first failing check decides the status:
//! 1. the descriptor's alignment and accessibility;
//! 2. its integer, format and mode fields in the order of the layout, then the words of elements in
//!    place that the format does not use;
//! 3. counts and extents against the limit of work;
//! 4. alignment of all elements;
//! 5. the preconditions of the spec in their order, then that no written view overlaps itself;
//! 6. accessibility of all elements;
//! 7. the meaning. All reads are of the memory before the instruction; what is written is collected.
//! 8. The writes, in order.
//!
//! Nothing is written before phase 8, so that a refusal leaves memory as it was. With
//! [`Scribble::Seeded`], a refusal of phase `data` fills what the contract gives up.

use super::arithmetic::{Arithmetic, Element, NotCanonical};
use super::eval::{self, Environment, Stop, Value, Write};
use super::places::{CELL, Places};
use super::{Options, Scribble};
use crate::memory::{Access, Memory};
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, Kind, OperandId};
use zktr_isa::model::{
    Condition, Descriptor, DescriptorField, Elem, Extent, FieldType, Instruction, Mode, Phase,
    Region, Role, View,
};

/// A refusal with this status.
struct Refusal(u64);

/// A field of the descriptor at hand.
enum Field {
    Int(u64),
    Element(Result<Element, NotCanonical>),
    View(BoundView),
}

/// A view with its addresses.
struct BoundView {
    elem: Elem,
    written: bool,
    base: u64,
    strides: Vec<i64>,
    extents: Vec<u64>,
    coordinates: usize,
    coordinate_stride: i64,
    places: Places,
}

/// An instruction whose descriptor has been read.
struct Bulk<'a> {
    spec: &'a Spec,
    instruction: &'a Instruction,
    operands: &'a [u64],
    xlen: u8,
    memory: &'a dyn Memory,
    descriptor_addr: u64,
    descriptor: &'a Descriptor,
    arithmetic: Arithmetic,
    fields: Vec<Field>,
    writes: Vec<(u64, u32)>,
}

/// Executes an instruction with a descriptor; the result is its status.
pub(super) fn execute(
    spec: &Spec,
    instruction: &Instruction,
    descriptor: (OperandId, usize),
    operands: &[u64],
    xlen: u8,
    memory: &mut dyn Memory,
    options: &Options,
) -> u64 {
    match evaluate(
        spec,
        instruction,
        descriptor,
        operands,
        xlen,
        memory,
        options,
    ) {
        Ok(writes) => match writes
            .iter()
            .try_for_each(|&(addr, word)| memory.write_u32(addr, word))
        {
            Ok(()) => spec.outcomes.success,
            // Only memory that takes back what it said about an address comes here.
            Err(_) => spec.outcomes.fault,
        },
        Err((Refusal(status), scribbles)) => {
            for (addr, word) in scribbles {
                // As above; the contents do not matter.
                let _ = memory.write_u32(addr, word);
            }
            status
        }
    }
}

type Cells = Vec<(u64, u32)>;

fn evaluate(
    spec: &Spec,
    instruction: &Instruction,
    (operand, descriptor): (OperandId, usize),
    operands: &[u64],
    xlen: u8,
    memory: &dyn Memory,
    options: &Options,
) -> Result<Cells, (Refusal, Cells)> {
    let clean = |refusal| (refusal, Vec::new());
    let unusable = || clean(Refusal(spec.outcomes.shape));
    let descriptor = spec.descriptors.get(descriptor).ok_or_else(unusable)?;
    let addr = *operands.get(operand.0 as usize).ok_or_else(unusable)?;
    let reader = Reader {
        spec,
        instruction,
        descriptor,
        operands,
        xlen,
        memory,
    };
    let (mode, arithmetic, fields) = reader.read(addr).map_err(clean)?;
    let mut bulk = Bulk {
        spec,
        instruction,
        operands,
        xlen,
        memory,
        descriptor_addr: addr,
        descriptor,
        arithmetic,
        fields,
        writes: Vec::new(),
    };
    bulk.check(options).map_err(clean)?;
    match eval::run(&mode.semantics, &mut bulk, options.max_elements) {
        Ok(()) => Ok(bulk.writes),
        Err(stop) => {
            let status = bulk.status_of(&stop);
            let given_up = spec
                .statuses
                .iter()
                .any(|s| s.code == status && s.phase == Some(Phase::Data));
            let scribbles = if given_up {
                bulk.scribbles(options.scribble)
            } else {
                Vec::new()
            };
            Err((Refusal(status), scribbles))
        }
    }
}

/// Reads a descriptor from memory and checks its own fields.
struct Reader<'a> {
    spec: &'a Spec,
    instruction: &'a Instruction,
    descriptor: &'a Descriptor,
    operands: &'a [u64],
    xlen: u8,
    memory: &'a dyn Memory,
}

impl<'a> Reader<'a> {
    fn read(&self, addr: u64) -> Result<(&'a Mode, Arithmetic, Vec<Field>), Refusal> {
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

        let mut mode = self.instruction.modes.first();
        let mut arithmetic = None;
        for field in &self.descriptor.fields {
            let refusal = || self.refusal(field);
            match field.ty {
                FieldType::Uint(_) | FieldType::Format | FieldType::Mode => {}
                FieldType::Felt(_) | FieldType::View(_) => continue,
            }
            let value = uint(&bytes, field.at, field.size);
            if field.value.is_some_and(|only| value != only)
                || field.max.is_some_and(|max| value > max)
            {
                return Err(refusal());
            }
            if field.ty == FieldType::Format {
                arithmetic = Some(self.arithmetic(value).ok_or_else(refusal)?);
            }
            if field.ty == FieldType::Mode {
                let found = self
                    .instruction
                    .modes
                    .iter()
                    .find(|mode| u64::from(mode.code) == value);
                mode = Some(found.ok_or_else(refusal)?);
            }
        }
        // The loader demands both; an instruction without them has no meaning to execute.
        let (Some(mode), Some(arithmetic)) = (mode, arithmetic) else {
            return Err(Refusal(outcomes.shape));
        };

        let mut fields = Vec::with_capacity(self.descriptor.fields.len());
        for field in &self.descriptor.fields {
            fields.push(match &field.ty {
                FieldType::Uint(_) | FieldType::Format | FieldType::Mode => {
                    Field::Int(uint(&bytes, field.at, field.size))
                }
                FieldType::Felt(kind) => {
                    Field::Element(self.element(&bytes, field, *kind, &arithmetic)?)
                }
                FieldType::View(view) => {
                    Field::View(self.view(&bytes, field.at, view, &arithmetic)?)
                }
            });
        }
        Ok((mode, arithmetic, fields))
    }

    fn refusal(&self, field: &DescriptorField) -> Refusal {
        let named = field
            .status
            .as_deref()
            .and_then(|name| self.spec.status(name));
        Refusal(named.map_or(self.spec.outcomes.shape, |status| status.code))
    }

    fn arithmetic(&self, code: u64) -> Option<Arithmetic> {
        let format = self.spec.format_by_code(u8::try_from(code).ok()?)?;
        Arithmetic::new(format, self.spec.fields.get(format.field)?.modulus)
    }

    /// An element in place. Whether it is canonical matters once the meaning needs it.
    fn element(
        &self,
        bytes: &[u8],
        field: &DescriptorField,
        kind: Kind,
        arithmetic: &Arithmetic,
    ) -> Result<Result<Element, NotCanonical>, Refusal> {
        let used = coordinates(kind, arithmetic);
        let words = (0..field.size / CELL as u32)
            .map(|i| uint(bytes, field.at + CELL as u32 * i, CELL as u32) as u32);
        let mut element = Element::default();
        let mut canonical = Ok(());
        for (i, word) in words.enumerate() {
            if i >= used {
                if word != 0 {
                    return Err(Refusal(self.spec.outcomes.reserved));
                }
                continue;
            }
            match arithmetic.coordinate(word) {
                Ok(coordinate) => element[i] = coordinate,
                Err(error) => canonical = Err(error),
            }
        }
        Ok(canonical.map(|()| element))
    }

    fn view(
        &self,
        bytes: &[u8],
        at: u32,
        view: &View,
        arithmetic: &Arithmetic,
    ) -> Result<BoundView, Refusal> {
        let address = |i: usize| uint(bytes, at + 8 * i as u32, 8);
        let rank = view.dims.len();
        let extents: Option<Vec<u64>> = view
            .dims
            .iter()
            .map(|extent| self.extent(bytes, *extent))
            .collect();
        let extents = extents.ok_or(Refusal(self.spec.outcomes.shape))?;
        let strides: Vec<i64> = (1..=rank).map(|i| address(i).cast_signed()).collect();
        let (coordinates, coordinate_stride) = match view.elem {
            Elem::Felt(Kind::Ext) => (
                coordinates(Kind::Ext, arithmetic),
                address(rank + 1).cast_signed(),
            ),
            Elem::Word | Elem::Felt(Kind::Base) => (1, 0),
        };
        let mut dims: Vec<(i64, u64)> = strides
            .iter()
            .copied()
            .zip(extents.iter().copied())
            .collect();
        if coordinates > 1 {
            dims.push((coordinate_stride, coordinates as u64));
        }
        Ok(BoundView {
            elem: view.elem,
            written: view.written,
            base: address(0),
            strides,
            extents,
            coordinates,
            coordinate_stride,
            places: Places::new(address(0), dims),
        })
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

impl Bulk<'_> {
    fn views(&self) -> impl Iterator<Item = &BoundView> {
        self.fields.iter().filter_map(|field| match field {
            Field::View(view) => Some(view),
            _ => None,
        })
    }

    fn view(&self, field: FieldId) -> Result<&BoundView, Stop> {
        match self.fields.get(field.0 as usize) {
            Some(Field::View(view)) => Ok(view),
            _ => Err(Stop::Unsupported("a view")),
        }
    }

    /// Phases 3 to 6.
    fn check(&mut self, options: &Options) -> Result<(), Refusal> {
        let outcomes = self.spec.outcomes;
        let counts = self.instruction.operands.iter().zip(self.operands);
        let mut counts = counts.filter(|(operand, _)| matches!(operand.role, Role::Count(_)));
        let cells = self
            .views()
            .try_fold(0u64, |total, view| total.checked_add(view.places.count()?));
        if counts.any(|(_, &count)| count > options.max_elements)
            || cells.is_none_or(|cells| cells > options.max_elements)
        {
            return Err(Refusal(outcomes.shape));
        }
        if !self.views().all(|view| view.places.aligned()) {
            return Err(Refusal(outcomes.alignment));
        }
        let instruction = self.instruction;
        for precondition in &instruction.preconditions {
            if !self.holds(&precondition.unless, options)? {
                let status = self.spec.status(&precondition.status);
                return Err(Refusal(status.map_or(outcomes.shape, |status| status.code)));
            }
        }
        if !self
            .views()
            .all(|view| !view.written || view.places.injective(options.max_elements))
        {
            return Err(Refusal(outcomes.overlap));
        }
        let access = |view: &BoundView| {
            if view.written {
                Access::Write
            } else {
                Access::Read
            }
        };
        if !self
            .views()
            .all(|view| view.places.accessible(self.memory, access(view), self.xlen))
        {
            return Err(Refusal(outcomes.fault));
        }
        Ok(())
    }

    fn holds(&mut self, condition: &Condition, options: &Options) -> Result<bool, Refusal> {
        match condition {
            Condition::And(a, b) => Ok(self.holds(a, options)? && self.holds(b, options)?),
            Condition::Or(a, b) => Ok(self.holds(a, options)? || self.holds(b, options)?),
            Condition::Disjoint(a, b) => Ok(self
                .region(*a)?
                .disjoint(&self.region(*b)?, options.max_elements)),
            Condition::Same(a, b) => Ok(self
                .region(Region::View(*a))?
                .same(&self.region(Region::View(*b))?)),
            Condition::Term(term) => eval::condition(term, self, options.max_elements)
                .map_err(|stop| Refusal(self.status_of(&stop))),
        }
    }

    fn region(&self, region: Region) -> Result<Places, Refusal> {
        match region {
            Region::View(field) => {
                let view = self
                    .view(field)
                    .map_err(|stop| Refusal(self.status_of(&stop)))?;
                Ok(view.places.clone())
            }
            Region::Descriptor => Ok(Places::contiguous(
                self.descriptor_addr,
                u64::from(self.descriptor.size),
            )),
        }
    }

    fn status_of(&self, stop: &Stop) -> u64 {
        let outcomes = &self.spec.outcomes;
        match stop {
            Stop::Residue => outcomes.residue,
            Stop::Inverse => outcomes.inverse,
            Stop::Fault(_) => outcomes.fault,
            // The last two do not come out of a spec that the checker has accepted.
            Stop::Work | Stop::Csr(_) | Stop::Unsupported(_) => outcomes.shape,
        }
    }

    /// Garbage for the cells that a refusal of phase `data` gives up: those of the written views. One
    /// that is in place of a view that is read keeps its contents, which are a source.
    fn scribbles(&self, scribble: Scribble) -> Cells {
        let Scribble::Seeded(seed) = scribble else {
            return Vec::new();
        };
        let mut cells = Vec::new();
        for view in self.views().filter(|view| view.written) {
            if self
                .views()
                .any(|source| !source.written && source.places.same(&view.places))
            {
                continue;
            }
            view.places
                .each(|addr| cells.push((addr, mix(seed ^ addr) as u32)));
        }
        cells
    }
}

impl Environment for Bulk<'_> {
    fn xlen(&self) -> u8 {
        self.xlen
    }

    fn arithmetic(&self) -> Result<&Arithmetic, Stop> {
        Ok(&self.arithmetic)
    }

    fn operand(&self, operand: OperandId) -> Result<u64, Stop> {
        self.operands
            .get(operand.0 as usize)
            .copied()
            .ok_or(Stop::Unsupported("an operand"))
    }

    fn register_number(&self, _operand: OperandId) -> Result<u64, Stop> {
        Err(Stop::Unsupported("a register's number"))
    }

    fn pc(&self, _next: bool) -> Result<u64, Stop> {
        Err(Stop::Unsupported("the program counter"))
    }

    fn csr(&self, _operand: OperandId) -> Result<u64, Stop> {
        Err(Stop::Unsupported("a CSR"))
    }

    fn status(&self, name: &str) -> Result<u64, Stop> {
        self.spec
            .status(name)
            .map(|status| status.code)
            .ok_or(Stop::Unsupported("a status"))
    }

    fn field(&self, field: FieldId) -> Result<Value, Stop> {
        match self.fields.get(field.0 as usize) {
            Some(Field::Int(value)) => Ok(Value::Int(i128::from(*value))),
            Some(Field::Element(element)) => element
                .map(Value::Felt)
                .map_err(|NotCanonical| Stop::Residue),
            Some(Field::View(_)) | None => Err(Stop::Unsupported("a scalar field")),
        }
    }

    fn distance(&self, view: FieldId, dim: usize, index: i128) -> Result<u64, Stop> {
        let view = self.view(view)?;
        let index = u64::try_from(index).ok();
        match (view.strides.get(dim), view.extents.get(dim), index) {
            (Some(&stride), Some(&extent), Some(index)) if index < extent => {
                Ok(stride.cast_unsigned().wrapping_mul(index))
            }
            _ => Err(Stop::Unsupported("an element outside of its view")),
        }
    }

    fn element(&self, view: FieldId, distance: u64) -> Result<Value, Stop> {
        let view = self.view(view)?;
        let word = |i| {
            self.memory
                .read_u32(view.address(distance, i))
                .map_err(Stop::Fault)
        };
        if view.elem == Elem::Word {
            return Ok(Value::Bits(u128::from(word(0)?)));
        }
        let mut element = Element::default();
        for (i, coordinate) in element.iter_mut().enumerate().take(view.coordinates) {
            *coordinate = self
                .arithmetic
                .coordinate(word(i)?)
                .map_err(|NotCanonical| Stop::Residue)?;
        }
        Ok(Value::Felt(element))
    }

    fn load(&self, _addr: u64, _bytes: u8) -> Result<u64, Stop> {
        Err(Stop::Unsupported("memory outside of views"))
    }

    fn reserved(&self, _addr: u64) -> Result<bool, Stop> {
        Err(Stop::Unsupported("a reservation"))
    }

    fn set_element(&mut self, view: FieldId, distance: u64, value: Value) -> Result<(), Stop> {
        let Self {
            fields,
            arithmetic,
            writes,
            ..
        } = self;
        let Some(Field::View(bound)) = fields.get(view.0 as usize) else {
            return Err(Stop::Unsupported("a view"));
        };
        let mut words = Element::default();
        match (bound.elem, value) {
            (Elem::Word, Value::Bits(word)) => words[0] = word as u32,
            (Elem::Word, Value::Int(word)) => words[0] = word as u32,
            (Elem::Felt(_), Value::Felt(element)) => words = element.map(|c| arithmetic.word(c)),
            _ => return Err(Stop::Unsupported("an element of this type")),
        }
        for (i, word) in words.into_iter().enumerate().take(bound.coordinates) {
            writes.push((bound.address(distance, i), word));
        }
        Ok(())
    }

    fn write(&mut self, _write: Write) -> Result<(), Stop> {
        Err(Stop::Unsupported("anything written but elements of views"))
    }
}

impl BoundView {
    /// Address of a coordinate of the element this far from the first one. Elements have been found
    /// accessible, so that their addresses modulo 2^64 are their addresses.
    fn address(&self, distance: u64, coordinate: usize) -> u64 {
        let within = self
            .coordinate_stride
            .wrapping_mul(coordinate as i64)
            .cast_unsigned();
        self.base.wrapping_add(distance).wrapping_add(within)
    }
}

fn coordinates(kind: Kind, arithmetic: &Arithmetic) -> usize {
    match kind {
        Kind::Base => 1,
        Kind::Ext => arithmetic.degree(),
    }
}

/// A little-endian unsigned integer. The loader has seen that fields lie in their descriptor.
fn uint(bytes: &[u8], at: u32, size: u32) -> u64 {
    let field = bytes.iter().skip(at as usize).take(size.min(8) as usize);
    field
        .rev()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// SplitMix64's output function.
fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}
