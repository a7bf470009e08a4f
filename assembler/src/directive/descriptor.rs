//! `.zktr.descriptor`: the descriptor of a bulk instruction, with its fields by name.
//!
//! ```text
//! .zktr.descriptor zktr.rlc format=babybear4-m, k=8, init={1, 2, 3, 4},
//!     out={buf, 16, 4}, a=table, coeff=coeffs
//! ```
//!
//! Which fields there are, their types, places and ranges are the spec's. Elements are written as
//! canonical integers and stored in the representation of the format; `flags` by their names. A view is its address, one stride in
//! bytes for each dimension, and for extension elements the stride between coordinates; if only the
//! address is given, the elements lie one after another. A comma at a line's end continues the directive.

use crate::assembler::{Assembler, Parse, Reported};
use crate::lex::{Loc, Tok};
use crate::object::Content;
use crate::section::Target;
use crate::symbols::Definition;
use crate::value::Value;
use zktr_isa::algebra::Kind;
use zktr_isa::field::{Element, MAX_DEGREE};
use zktr_isa::model::{
    Descriptor, DescriptorField, Elem, Extent, FieldType, Format, Instruction, SLOT_BYTES, View,
};
use zktr_isa::span::Diagnostic;

/// A list in braces has at most this many entries.
const MAX_LIST: usize = 16;
/// Bytes of a slot: a coordinate in place, an address or a stride.
const SLOT: usize = SLOT_BYTES as usize;

/// The value of a field as written.
enum Given {
    /// A number, or the code that a name stands for.
    Number(i64),
    /// Numbers in braces, or a single one.
    Elements(Vec<(i64, Loc)>),
    /// An address, and numbers behind it.
    View(Value, Loc, Vec<i64>),
}

/// A field that was given, and where.
type GivenField = Option<(Given, Loc)>;

impl<'a> Assembler<'a> {
    /// An instruction's mnemonic, and the fields of its descriptor.
    pub(super) fn descriptor(&mut self, directive: Loc) -> Parse {
        let labels = std::mem::take(&mut self.fresh_labels);
        let spec = self.spec;
        let name_loc = self.dashed_name("the mnemonic of an instruction with a descriptor")?;
        let name = self.text(name_loc);
        let bulk = || {
            spec.instructions
                .iter()
                .filter(|i| i.is_bulk())
                .map(|i| i.name.as_str())
        };
        let Some(index) = spec.instruction(name) else {
            return Err(self.error_with_suggestion(
                name_loc,
                "unrecognized instruction mnemonic",
                name,
                bulk(),
            ));
        };
        let instruction = &spec.instructions[index];
        let Some(descriptor) = spec.descriptor_of(index) else {
            let known: Vec<_> = bulk().collect();
            let diagnostic =
                Diagnostic::error(format!("'{name}' has no descriptor"), self.span(name_loc)).help(
                    format!("instructions with a descriptor: {}", known.join(", ")),
                );
            return Err(self.report(diagnostic));
        };
        let mut given: Vec<GivenField> = descriptor.fields.iter().map(|_| None).collect();
        self.continue_after_comma();
        while !self.at_end() {
            self.descriptor_field(instruction, descriptor, &mut given)?;
            if !self.continue_after_comma() && self.at_end() {
                break;
            }
        }
        self.check_complete(instruction, descriptor, &given, directive)?;

        let format = self.format_of(descriptor, &given);
        let mut bytes = vec![0u8; descriptor.size as usize];
        let mut addresses = Vec::new();
        for (field, given_field) in descriptor.fields.iter().zip(&given) {
            let start = field.at as usize;
            match (given_field, &field.ty) {
                (None, _) => put(
                    &mut bytes,
                    start,
                    field.size as usize,
                    field.value.unwrap_or(0),
                ),
                (Some((Given::Number(value), _)), _) => {
                    put(&mut bytes, start, field.size as usize, *value as u64)
                }
                (Some((Given::Elements(list), loc)), FieldType::Felt(_) | FieldType::Reduction) => {
                    let words = self.element(field, list, *loc, format)?;
                    for (i, word) in words.iter().enumerate().take(field.size as usize / SLOT) {
                        put(&mut bytes, start + i * SLOT, SLOT, *word);
                    }
                }
                (Some((Given::View(address, loc, strides), _)), FieldType::View(view)) => {
                    addresses.push((start, *address, *loc));
                    let strides = if strides.is_empty() {
                        self.dense_strides(field, view, &given, *loc, format)?
                    } else {
                        strides.clone()
                    };
                    for (i, stride) in strides.iter().enumerate() {
                        put(&mut bytes, start + (i + 1) * SLOT, SLOT, *stride as u64);
                    }
                }
                _ => {}
            }
        }
        self.place_descriptor(
            &instruction.name,
            &bytes,
            &addresses,
            descriptor.align,
            &labels,
            directive,
        )
    }

    /// The format that was given.
    fn format_of(&self, descriptor: &Descriptor, given: &[GivenField]) -> Option<&'a Format> {
        let spec = self.spec;
        descriptor
            .fields
            .iter()
            .zip(given)
            .find_map(|(field, given)| match (&field.ty, given) {
                (FieldType::Format, Some((Given::Number(code), _))) => {
                    spec.format_by_code(*code as u8)
                }
                _ => None,
            })
    }

    /// Aligns, emits, and lets the labels before the directive stand for the descriptor, not for the padding.
    fn place_descriptor(
        &mut self,
        mnemonic: &str,
        bytes: &[u8],
        addresses: &[(usize, Value, Loc)],
        align: u32,
        labels: &[crate::symbols::SymbolId],
        directive: Loc,
    ) -> Parse {
        self.align_to(align.into(), directive)?;
        let definition = Definition::Label {
            section: self.current as u32,
            offset: self.here(),
        };
        for &label in labels {
            let loc = self.symbols.get(label).loc;
            self.symbols.define(label, definition, loc);
        }
        let start = self.here();
        let mark = self.descriptor_mark(mnemonic);
        self.section().enter_descriptor(mark);
        self.emit_as(Content::Descriptor(mark), bytes, directive)?;
        // Addresses have 64 bits in memory; those of RV32 fill the lower half.
        let size = self.options.xlen / 8;
        for &(at, address, loc) in addresses {
            match address {
                Value::Const(n) => {
                    let from = (start as usize).saturating_add(at);
                    if let Some(bytes) = self.section().data.get_mut(from..from + SLOT) {
                        bytes.copy_from_slice(&n.to_le_bytes());
                    }
                }
                address => self.fixup(start + at as u64, address, Target::Data(size), loc)?,
            }
        }
        Ok(())
    }

    /// The mark of the descriptors of an instruction.
    fn descriptor_mark(&mut self, mnemonic: &str) -> u32 {
        let name = format!("$d.{mnemonic}");
        let known = self.descriptor_marks.iter().position(|mark| *mark == name);
        let index = known.unwrap_or_else(|| {
            self.descriptor_marks.push(name);
            self.descriptor_marks.len() - 1
        });
        index as u32
    }

    /// Takes a comma, and line breaks behind it.
    fn continue_after_comma(&mut self) -> bool {
        let comma = self.eat(Tok::Comma);
        while comma && self.input.token.kind == Tok::End {
            self.bump();
        }
        comma
    }

    /// `name = value`
    fn descriptor_field(
        &mut self,
        instruction: &'a Instruction,
        descriptor: &Descriptor,
        given: &mut [GivenField],
    ) -> Parse {
        let name_loc = self.dashed_name("the name of a field")?;
        let name = self.text(name_loc);
        let Some((id, field)) = descriptor.field(name) else {
            let known = descriptor
                .fields
                .iter()
                .filter(|f| f.value.is_none())
                .map(|f| f.name.as_str());
            let message = format!("descriptor '{}' has no field '{name}'", descriptor.name);
            return Err(self.error_with_suggestion(name_loc, &message, name, known));
        };
        self.expect(Tok::Assign, "'='")?;
        let value = match &field.ty {
            FieldType::Format | FieldType::Mode | FieldType::Flags
                if self.input.token.kind == Tok::Name =>
            {
                self.code(instruction, field)?
            }
            FieldType::Uint(_) | FieldType::Format | FieldType::Mode | FieldType::Flags => {
                self.field_number(instruction, field)?
            }
            FieldType::Felt(_) | FieldType::Reduction => Given::Elements(self.element_list()?),
            FieldType::View(view) => self.view(field, view)?,
        };
        let slot = &mut given[id.0 as usize];
        if let Some((_, first)) = slot {
            let first = *first;
            let diagnostic = Diagnostic::error(
                format!("field '{name}' is given twice"),
                self.span(name_loc),
            )
            .note("it was given here", Some(self.span(first)));
            return Err(self.report(diagnostic));
        }
        *slot = Some((value, name_loc));
        Ok(())
    }

    /// A name that stands for a code.
    fn code(&mut self, instruction: &'a Instruction, field: &DescriptorField) -> Parse<Given> {
        let spec = self.spec;
        let (what, known): (_, Vec<(&str, u64)>) = match field.ty {
            FieldType::Format => {
                let formats = spec.formats.iter();
                let codes = formats.map(|format| (format.name.as_str(), format.code.into()));
                ("format", codes.collect())
            }
            FieldType::Mode => {
                let modes = instruction.modes.iter();
                let codes = modes.map(|mode| (mode.name.as_str(), mode.code.into()));
                ("mode", codes.collect())
            }
            _ => {
                let flags = field.flags.iter().enumerate();
                (
                    "flag",
                    flags
                        .map(|(bit, flag)| (flag.name.as_str(), 1 << bit))
                        .collect(),
                )
            }
        };
        let loc = self.dashed_name(what)?;
        let text = self.text(loc);
        match known.iter().find(|x| x.0 == text) {
            Some(&(_, code)) => Ok(Given::Number(code as i64)),
            None => Err(self.error_with_suggestion(
                loc,
                &format!("unknown {what}"),
                text,
                known.iter().map(|x| x.0),
            )),
        }
    }

    /// A number that the field may have. One of 64 bits does not say whether it is negative.
    fn field_number(&mut self, instruction: &Instruction, field: &DescriptorField) -> Parse<Given> {
        let (value, loc) = self.absolute()?;
        let Some(values) = self.spec.field_values(instruction, field) else {
            return Ok(Given::Number(value));
        };
        if values.contains(value.cast_unsigned()) {
            return Ok(Given::Number(value));
        }
        let message = format!("field '{}' must be {values}", field.name);
        Err(self.error(loc, message))
    }

    /// `{number, ...}`, or a single number.
    fn element_list(&mut self) -> Parse<Vec<(i64, Loc)>> {
        if self.input.token.kind != Tok::BraceOpen {
            return Ok(vec![self.absolute()?]);
        }
        self.bump();
        let first = self.absolute()?;
        self.rest_of_list(first)
    }

    /// `, number, ... }`
    fn rest_of_list(&mut self, first: (i64, Loc)) -> Parse<Vec<(i64, Loc)>> {
        let mut list = vec![first];
        loop {
            if self.eat(Tok::BraceClose) {
                return Ok(list);
            }
            if !self.eat(Tok::Comma) {
                return Err(self.unexpected("expected ',' or '}'"));
            }
            let next = self.absolute()?;
            if list.len() >= MAX_LIST {
                return Err(self.error(next.1, "list is too long"));
            }
            list.push(next);
        }
    }

    /// An address, or `{address, stride, ...}`.
    fn view(&mut self, field: &DescriptorField, view: &View) -> Parse<Given> {
        if self.input.token.kind != Tok::BraceOpen {
            let (address, loc) = self.expression()?;
            return Ok(Given::View(address, loc, Vec::new()));
        }
        let open = self.bump();
        let (address, loc) = self.expression()?;
        let mut strides = Vec::new();
        if self.eat(Tok::BraceClose) {
            return Ok(Given::View(address, loc, strides));
        }
        if !self.eat(Tok::Comma) {
            return Err(self.unexpected("expected ',' or '}'"));
        }
        let first = self.absolute()?;
        strides.extend(self.rest_of_list(first)?.into_iter().map(|x| x.0));
        if strides.len() != view.strides() {
            let loc = open.loc.to(Loc {
                start: self.input.last_end,
                end: self.input.last_end,
            });
            let coordinates = if view.strides() > view.dims.len() {
                ", the last one between coordinates"
            } else {
                ""
            };
            let message = format!(
                "view '{}' has {} stride{}{coordinates}, not {}",
                field.name,
                view.strides(),
                if view.strides() == 1 { "" } else { "s" },
                strides.len()
            );
            return Err(self.error(loc, message));
        }
        Ok(Given::View(address, loc, strides))
    }

    /// Every field that has no fixed value has to be given; a mode only if there are several, a reduction
    /// polynomial only if the format has none of its own, flags if there are any.
    fn check_complete(
        &mut self,
        instruction: &Instruction,
        descriptor: &Descriptor,
        given: &[GivenField],
        directive: Loc,
    ) -> Parse {
        let programmable = self
            .format_of(descriptor, given)
            .is_some_and(Format::is_programmable);
        let missing: Vec<String> = descriptor
            .fields
            .iter()
            .zip(given)
            .filter(|(field, given)| given.is_none() && field.value.is_none())
            .filter(|(field, _)| match field.ty {
                FieldType::Mode => instruction.modes.len() > 1,
                FieldType::Reduction => programmable,
                FieldType::Flags => false,
                _ => true,
            })
            .map(|(field, _)| format!("'{}'", field.name))
            .collect();
        match &missing[..] {
            [] => Ok(()),
            [one] => Err(self.error(
                directive,
                format!("missing field {one} of descriptor '{}'", descriptor.name),
            )),
            _ => {
                let names = missing.join(", ");
                Err(self.error(
                    directive,
                    format!("missing fields {names} of descriptor '{}'", descriptor.name),
                ))
            }
        }
    }

    /// The words of an element.
    fn element(
        &mut self,
        field: &DescriptorField,
        list: &[(i64, Loc)],
        loc: Loc,
        format: Option<&Format>,
    ) -> Parse<[u64; MAX_DEGREE]> {
        let Some(format) = format else {
            return Err(self.no_format(field, loc));
        };
        if field.ty == FieldType::Reduction && !format.is_programmable() {
            let message = format!(
                "format '{}' has a reduction polynomial of its own",
                format.name
            );
            return Err(self.error(loc, message));
        }
        let degree = match field.ty {
            FieldType::Felt(Kind::Base) => 1,
            _ => format.degree,
        };
        // A single number is an element of the base field.
        if list.len() != 1 && list.len() != degree {
            let plural = if degree == 1 { "" } else { "s" };
            let message = format!(
                "field '{}' has {degree} coordinate{plural} in format '{}', not {}",
                field.name,
                format.name,
                list.len()
            );
            return Err(self.error(loc, message));
        }
        let mut element = Element::ZERO;
        for (coordinate, &(value, loc)) in element.0.iter_mut().zip(list) {
            let Some(canonical) = residue(value, format.modulus) else {
                let bound = format.modulus - 1;
                let message =
                    format!("a coordinate must be an integer in the range [-{bound}, {bound}]");
                return Err(self.error(loc, message));
            };
            *coordinate = canonical;
        }
        Ok(format.to_words(element))
    }

    /// The strides of elements that lie one after another, in row-major order.
    fn dense_strides(
        &mut self,
        field: &DescriptorField,
        view: &View,
        given: &[GivenField],
        loc: Loc,
        format: Option<&Format>,
    ) -> Parse<Vec<i64>> {
        let (words, bytes) = match (view.elem, format) {
            (Elem::Word(bytes), _) => (1, bytes),
            (elem, Some(format)) => (elem.words(format), elem.word_bytes(format)),
            (_, None) => return Err(self.no_format(field, loc)),
        };
        let mut stride = Some(words as i64 * i64::from(bytes));
        let mut strides = Vec::with_capacity(view.strides());
        for extent in view.dims.iter().rev() {
            let Some(known) = stride else {
                let message = format!(
                    "strides of view '{}' depend on a count, and have to be given",
                    field.name
                );
                return Err(self.error(loc, message));
            };
            strides.push(known);
            stride = match extent {
                Extent::Count(_) => None,
                Extent::Field(id) => match given.get(id.0 as usize) {
                    Some(Some((Given::Number(n), _))) => known.checked_mul(*n),
                    _ => None,
                },
            };
        }
        strides.reverse();
        if view.strides() > view.dims.len() {
            strides.push(i64::from(bytes));
        }
        Ok(strides)
    }

    fn no_format(&mut self, field: &DescriptorField, loc: Loc) -> Reported {
        self.error(
            loc,
            format!("field '{}' needs the descriptor's format", field.name),
        )
    }
}

/// The residue that a number as written stands for; none if it is as large as the modulus. Numbers of 64 bits
/// do not say whether they are negative: where both readings have a residue, it is the one that is not.
fn residue(value: i64, modulus: u64) -> Option<u64> {
    let unsigned = value.cast_unsigned();
    if unsigned < modulus {
        return Some(unsigned);
    }
    (value < 0 && value.unsigned_abs() < modulus).then(|| modulus - value.unsigned_abs())
}

/// Stores the low bytes of a number.
fn put(bytes: &mut [u8], at: usize, size: usize, value: u64) {
    if let Some(place) = bytes.get_mut(at..at.saturating_add(size.min(8))) {
        place.copy_from_slice(&value.to_le_bytes()[..size.min(8)]);
    }
}
