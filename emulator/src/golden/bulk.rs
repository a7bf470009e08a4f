//! Bulk instructions: those whose operands are a descriptor in memory and a count.
//!
//! An instruction reads its descriptor ([`super::descriptor`]), makes the checks of the spec in their order,
//! and follows its meaning. All reads are of the memory before the instruction; what is written is
//! collected. Nothing is written before the meaning has come to its end, so that a refusal leaves memory as it was.
//! With [`Scribble::Seeded`], a refusal of phase `data` fills what the contract gives up.

use super::arithmetic::{Arithmetic, Element, NotCanonical};
use super::descriptor::{Bound, BoundView, Field, Reader};
use super::devices::{self, Devices};
use super::eval::{self, Environment, Stop, Value, Write};
use super::places::Places;
use super::{Options, Scribble};
use crate::memory::{Access, Fault, Memory};
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, Kind, OperandId};
use zktr_isa::model::{self, Check, Condition, Descriptor, Elem, Instruction, Phase, Region, Role};

/// A refusal with this status.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal(pub(crate) u64);

/// A word that is to be written.
struct Cell {
    addr: u64,
    value: u64,
    bytes: u8,
}

impl Cell {
    fn write(&self, memory: &mut dyn Memory) -> Result<(), Fault> {
        if self.bytes == 4 {
            return memory.write_u32(self.addr, self.value as u32);
        }
        let bytes = self.value.to_le_bytes();
        memory.write(self.addr, &bytes[..usize::from(self.bytes.min(8))])
    }
}

/// An instruction whose descriptor has been read.
pub(crate) struct Bulk<'a> {
    pub(super) spec: &'a Spec,
    instruction: &'a Instruction,
    pub(super) operands: &'a [u64],
    pub(super) xlen: u8,
    pub(super) memory: &'a dyn Memory,
    devices: &'a mut dyn Devices,
    descriptor_addr: u64,
    pub(super) descriptor: &'a Descriptor,
    pub(crate) bound: Bound<'a>,
    writes: Vec<Cell>,
    /// Words of views of access `update`, as they are so far, by address: bytes and value.
    updates: HashMap<u64, (u8, u64)>,
    runs_guest: bool,
    /// The status that an index beyond its table refuses with, if there is one.
    pub(super) beyond: Option<u64>,
}

/// An instruction with the values of its operands.
pub(crate) struct Call<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) instruction: &'a Instruction,
    /// The operand with the descriptor's address, and the descriptor's index.
    pub(crate) descriptor: (OperandId, usize),
    pub(crate) operands: &'a [u64],
    pub(crate) xlen: u8,
    pub(crate) options: &'a Options,
}

/// What an instruction does.
struct Done {
    writes: Vec<Cell>,
    runs_guest: bool,
}

impl Call<'_> {
    /// Executes the instruction; the result is its status.
    pub(super) fn execute(&self, memory: &mut dyn Memory, devices: &mut dyn Devices) -> u64 {
        let outcomes = &self.spec.outcomes;
        match self.evaluate(memory, devices) {
            Ok(done) => {
                let mut status = outcomes.success;
                if done.runs_guest {
                    let (operand, _) = self.descriptor;
                    let descriptor = self.operands.get(operand.0 as usize).copied();
                    status = descriptor
                        .and_then(|descriptor| devices.run_guest(memory, descriptor))
                        .unwrap_or(outcomes.unit);
                }
                if status != outcomes.success {
                    return status;
                }
                match done.writes.iter().try_for_each(|cell| cell.write(memory)) {
                    Ok(()) => status,
                    // Only memory that takes back what it said about an address comes here.
                    Err(_) => outcomes.fault,
                }
            }
            Err((Refusal(status), scribbles)) => {
                for cell in scribbles {
                    // As above; the contents do not matter.
                    let _ = cell.write(memory);
                }
                status
            }
        }
    }

    /// The status that the instruction refuses with before it starts, if it does.
    pub(super) fn refusal(&self, memory: &dyn Memory, devices: &mut dyn Devices) -> Option<u64> {
        self.prepare(memory, devices)
            .err()
            .map(|Refusal(status)| status)
    }

    /// The count: of rows, where it has one.
    pub(crate) fn rows(&self) -> u64 {
        let operands = self.instruction.operands.iter().zip(self.operands);
        let mut counts = operands.filter(|(operand, _)| matches!(operand.role, Role::Count(_)));
        counts.next().map_or(0, |(_, &count)| count)
    }

    /// Reads the descriptor and makes the checks.
    pub(crate) fn prepare<'b>(
        &'b self,
        memory: &'b dyn Memory,
        devices: &'b mut dyn Devices,
    ) -> Result<Bulk<'b>, Refusal> {
        let unusable = || Refusal(self.spec.outcomes.shape);
        let (operand, descriptor) = self.descriptor;
        let descriptor = self.spec.descriptors.get(descriptor).ok_or_else(unusable)?;
        let addr = *self.operands.get(operand.0 as usize).ok_or_else(unusable)?;
        let reader = Reader {
            spec: self.spec,
            instruction: self.instruction,
            descriptor,
            operands: self.operands,
            xlen: self.xlen,
            memory,
        };
        let bound = reader.read(addr)?;
        let mut bulk = Bulk {
            spec: self.spec,
            instruction: self.instruction,
            operands: self.operands,
            xlen: self.xlen,
            memory,
            devices,
            descriptor_addr: addr,
            descriptor,
            bound,
            writes: Vec::new(),
            updates: HashMap::new(),
            runs_guest: false,
            beyond: None,
        };
        bulk.cut_tables(self.options.max_elements);
        for step in &self.spec.checks {
            bulk.check(step.check, self.options)?;
        }
        Ok(bulk)
    }

    fn evaluate(
        &self,
        memory: &dyn Memory,
        devices: &mut dyn Devices,
    ) -> Result<Done, (Refusal, Vec<Cell>)> {
        let prepared = self.prepare(memory, devices);
        let mut bulk = prepared.map_err(|refusal| (refusal, Vec::new()))?;
        let mode = bulk.bound.mode;
        let ended = match bulk.bound.reduction {
            Ok(()) => eval::run(&mode.semantics, &mut bulk, self.options.max_elements),
            Err(NotCanonical) => Err(Stop::Residue),
        };
        match ended {
            Ok(()) => Ok(Done {
                runs_guest: bulk.runs_guest,
                writes: bulk.finish(),
            }),
            Err(stop) => {
                let status = bulk.status_of(&stop);
                let given_up = self
                    .spec
                    .statuses
                    .iter()
                    .any(|s| s.code == status && s.phase == Some(Phase::Data));
                let scribbles = if given_up {
                    bulk.scribbles(self.options.scribble)
                } else {
                    Vec::new()
                };
                Err((Refusal(status), scribbles))
            }
        }
    }
}

impl Bulk<'_> {
    fn views(&self) -> impl Iterator<Item = &BoundView> {
        self.bound.fields.iter().filter_map(|field| match field {
            Field::View(view) => Some(view),
            _ => None,
        })
    }

    pub(crate) fn view(&self, field: FieldId) -> Result<&BoundView, Stop> {
        match self.bound.fields.get(field.0 as usize) {
            Some(Field::View(view)) => Ok(view),
            _ => Err(Stop::Unsupported("a view")),
        }
    }

    /// One of the checks before the work; the status if it fails.
    fn check(&mut self, check: Check, options: &Options) -> Result<(), Refusal> {
        let passed = match check {
            // The reader has made them; the last is made while working.
            Check::DescriptorAlignment | Check::DescriptorAccess | Check::Fields | Check::Data => {
                true
            }
            Check::Reserved => self.bound.clean,
            Check::Unit => !self.bound.mode.semantics.runs_guest() || self.devices.runs_guests(),
            Check::Shape => self.has_room(options.max_elements),
            Check::Alignment => self.views().all(|view| view.places.aligned()),
            Check::Access => self.views().all(|view| self.accessible(view)),
            Check::Injective => self
                .views()
                .all(|view| !view.access.changes() || view.places.injective(options.max_elements)),
            Check::Overlap => return self.conditions(check, options),
            Check::Refuse => {
                self.conditions(check, options)?;
                return self.beyond.map_or(Ok(()), |status| Err(Refusal(status)));
            }
        };
        let status = self.spec.outcomes.of(check);
        if passed {
            Ok(())
        } else {
            Err(Refusal(status.unwrap_or(self.spec.outcomes.shape)))
        }
    }

    fn has_room(&self, max_elements: u64) -> bool {
        let mut counts = self
            .instruction
            .operands
            .iter()
            .zip(self.operands)
            .filter(|(operand, _)| matches!(operand.role, Role::Count(_)));
        let cells = self
            .views()
            .try_fold(0u64, |total, view| total.checked_add(view.places.count()?));
        counts.all(|(_, &count)| count <= max_elements)
            && cells.is_some_and(|cells| cells <= max_elements)
    }

    fn accessible(&self, view: &BoundView) -> bool {
        let needed: &[Access] = match view.access {
            model::Access::Read => &[Access::Read],
            model::Access::Write => &[Access::Write],
            model::Access::Update => &[Access::Read, Access::Write],
        };
        needed
            .iter()
            .all(|&access| view.places.accessible(self.memory, access, self.xlen))
    }

    fn conditions(&mut self, check: Check, options: &Options) -> Result<(), Refusal> {
        let instruction = self.instruction;
        for precondition in &instruction.preconditions {
            if precondition.check == check && !self.holds(&precondition.unless, options)? {
                let status = self.spec.status(&precondition.status);
                let code = status.map_or(self.spec.outcomes.shape, |status| status.code);
                return Err(Refusal(code));
            }
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
        status_of(self.spec, stop)
    }

    /// All words that are to be written, those of each address in order.
    fn finish(self) -> Vec<Cell> {
        let mut cells = self.writes;
        cells.extend(self.updates.into_iter().map(|(addr, (bytes, value))| Cell {
            addr,
            value,
            bytes,
        }));
        cells
    }

    /// Garbage for the words that a refusal of phase `data` gives up: those of views of access `write`. One
    /// that is in place of a view that is read keeps its contents, which are a source.
    fn scribbles(&self, scribble: Scribble) -> Vec<Cell> {
        let Scribble::Seeded(seed) = scribble else {
            return Vec::new();
        };
        let mut cells = Vec::new();
        for view in self.views().filter(|v| v.access == model::Access::Write) {
            if self
                .views()
                .any(|source| !source.access.changes() && source.places.same(&view.places))
            {
                continue;
            }
            view.places.each(|addr| {
                cells.push(Cell {
                    addr,
                    value: devices::mix(seed ^ addr),
                    bytes: view.word_bytes,
                });
            });
        }
        cells
    }

    /// A word of memory, as it was before the instruction.
    fn word(&self, addr: u64, bytes: u8) -> Result<u64, Stop> {
        if bytes == 4 {
            return self
                .memory
                .read_u32(addr)
                .map(u64::from)
                .map_err(Stop::Fault);
        }
        let mut word = [0; 8];
        self.memory
            .read(addr, &mut word[..usize::from(bytes.min(8))])
            .map_err(Stop::Fault)?;
        Ok(u64::from_le_bytes(word))
    }

    /// The element this far from a view's first one, of words that `read` gives.
    fn value_of(
        &self,
        view: &BoundView,
        distance: u64,
        read: impl Fn(u64, u8) -> Result<u64, Stop>,
    ) -> Result<Value, Stop> {
        let word = |i| read(view.address(distance, i), view.word_bytes);
        if !matches!(view.elem, Elem::Felt(_)) {
            return Ok(Value::Bits(u128::from(word(0)?)));
        }
        let mut element = Element::default();
        self.felt_of(view, &mut element, word)?;
        Ok(Value::Felt(element))
    }

    /// The element of a view of field elements whose words `word` gives by their indices.
    #[inline]
    fn felt_of(
        &self,
        view: &BoundView,
        to: &mut Element,
        word: impl Fn(usize) -> Result<u64, Stop>,
    ) -> Result<(), Stop> {
        *to = Element::default();
        for (i, coordinate) in to.iter_mut().enumerate().take(view.coordinates) {
            *coordinate = self
                .bound
                .arithmetic
                .coordinate(word(i)?)
                .map_err(|NotCanonical| Stop::Residue)?;
        }
        Ok(())
    }
}

/// The status that an instruction refuses with that has stopped for this reason.
pub(crate) fn status_of(spec: &Spec, stop: &Stop) -> u64 {
    let outcomes = &spec.outcomes;
    match stop {
        Stop::Residue => outcomes.residue,
        Stop::Inverse => outcomes.inverse,
        Stop::Fault(_) => outcomes.fault,
        Stop::Refused(status) => *status,
        // All but the first do not come out of a spec that the checker has accepted.
        Stop::Work | Stop::Csr(_) | Stop::Wait(_) | Stop::Unsupported(_) => outcomes.shape,
    }
}

/// The words of an element of this view, in order.
fn words(view: &BoundView, value: Value, arithmetic: &Arithmetic) -> Result<Element, Stop> {
    let mut words = Element::default();
    match (view.elem, value) {
        (Elem::Word(_) | Elem::Cell, Value::Bits(word)) => words[0] = word as u64,
        (Elem::Word(_) | Elem::Cell, Value::Int(word)) => words[0] = word as u64,
        (Elem::Felt(_), Value::Felt(element)) => {
            for (word, coordinate) in words.iter_mut().zip(element).take(view.coordinates) {
                *word = arithmetic.word(coordinate);
            }
        }
        _ => return Err(Stop::Unsupported("an element of this type")),
    }
    Ok(words)
}

impl Environment for Bulk<'_> {
    fn xlen(&self) -> u8 {
        self.xlen
    }

    fn cell_bits(&self) -> u32 {
        8 * u32::from(self.bound.format.word_bytes)
    }

    fn arithmetic(&self) -> Result<&Arithmetic, Stop> {
        Ok(&self.bound.arithmetic)
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
        match self.bound.fields.get(field.0 as usize) {
            Some(Field::Int(value)) => Ok(Value::Int(i128::from(*value))),
            Some(Field::Element(element)) => element
                .map(Value::Felt)
                .map_err(|NotCanonical| Stop::Residue),
            Some(Field::View(_) | Field::Choice) | None => Err(Stop::Unsupported("a scalar field")),
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
        self.value_of(self.view(view)?, distance, |addr, bytes| {
            self.word(addr, bytes)
        })
    }

    fn felt(&self, view: FieldId, distance: u64, to: &mut Element) -> Result<(), Stop> {
        let view = self.view(view)?;
        match view.elem {
            Elem::Felt(_) => self.felt_of(view, to, |i| {
                self.word(view.address(distance, i), view.word_bytes)
            }),
            Elem::Word(_) | Elem::Cell => Err(Stop::Unsupported("a view of field elements")),
        }
    }

    fn load(&self, _addr: u64, _bytes: u8) -> Result<u64, Stop> {
        Err(Stop::Unsupported("memory outside of views"))
    }

    fn reserved(&self, _addr: u64) -> Result<bool, Stop> {
        Err(Stop::Unsupported("a reservation"))
    }

    fn wait(&self, _ticket: u64) -> Result<u64, Stop> {
        Err(Stop::Unsupported("a ticket"))
    }

    fn random(&mut self, kind: Kind) -> Result<Element, Stop> {
        let format = self.bound.format;
        let coordinates = match kind {
            Kind::Base => 1,
            Kind::Ext => format.degree,
        };
        let mut element = Element::default();
        for coordinate in element.iter_mut().take(coordinates) {
            *coordinate = devices::residue(self.devices, format.modulus);
        }
        Ok(element)
    }

    fn set_element(&mut self, view: FieldId, distance: u64, value: Value) -> Result<(), Stop> {
        let Some(Field::View(view)) = self.bound.fields.get(view.0 as usize) else {
            return Err(Stop::Unsupported("a view"));
        };
        let words = words(view, value, &self.bound.arithmetic)?;
        for (i, value) in words.into_iter().enumerate().take(view.coordinates) {
            self.writes.push(Cell {
                addr: view.address(distance, i),
                value,
                bytes: view.word_bytes,
            });
        }
        Ok(())
    }

    fn add_to_element(&mut self, view: FieldId, distance: u64, value: Value) -> Result<(), Stop> {
        let view = self.view(view)?;
        let now = self.value_of(view, distance, |addr, bytes| {
            let updated = self.updates.get(&addr).map(|(_, value)| *value);
            updated.map_or_else(|| self.word(addr, bytes), Ok)
        })?;
        let sum = match (now, value) {
            // The word that is stored has its low bits only.
            (Value::Bits(a), Value::Bits(b)) => Value::Bits(a.wrapping_add(b)),
            (Value::Bits(a), Value::Int(b)) => Value::Bits(a.wrapping_add(b as u128)),
            (Value::Felt(a), Value::Felt(b)) => Value::Felt(self.bound.arithmetic.add(&a, &b)),
            _ => return Err(Stop::Unsupported("an element of this type")),
        };
        let bytes = view.word_bytes;
        let mut words = words(view, sum, &self.bound.arithmetic)?;
        if bytes < 8 {
            words[0] &= u64::MAX >> (64 - 8 * u32::from(bytes));
        }
        let cells: Vec<(u64, u64)> = words
            .into_iter()
            .enumerate()
            .take(view.coordinates)
            .map(|(i, word)| (view.address(distance, i), word))
            .collect();
        for (addr, word) in cells {
            self.updates.insert(addr, (bytes, word));
        }
        Ok(())
    }

    fn write(&mut self, write: Write) -> Result<(), Stop> {
        match write {
            Write::RunGuest => {
                self.runs_guest = true;
                Ok(())
            }
            _ => Err(Stop::Unsupported("anything written but elements of views")),
        }
    }
}
