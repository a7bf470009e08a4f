//! From the assembler's state to an [`Object`]: symbols that belong into the symbol table, relocations that
//! refer to them, attributes, lines.

use crate::assembler::Assembler;
use crate::attributes;
use crate::object::{Attribute, Binding, LineEntry, Object, Place, Section, Symbol};
use crate::resolve::Pending;
use crate::symbols::{Definition, SymbolId};
use std::collections::HashMap;
use zktr_isa::span::Diagnostic;

/// The name of labels without one, if a relocation refers to them. It is GNU's: its tools hide it.
pub(crate) const ANONYMOUS: &str = ".L0 ";

impl Assembler<'_> {
    /// Resolves what waits, and yields the object or all errors.
    pub fn finish(mut self) -> Result<Object, Vec<Diagnostic>> {
        let pending = self.resolve();
        let (symbols, indices) = self.object_symbols();
        if self.failed() {
            return Err(self.into_diagnostics());
        }
        let lines = self.object_lines();
        let sections = self.object_sections(pending, &indices);
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.entry(attributes::ARCH).or_insert_with(|| {
            Attribute::Text(attributes::arch_string(
                self.spec,
                self.options.xlen,
                &self.used,
            ))
        });
        Ok(Object {
            xlen: self.options.xlen,
            sections,
            symbols,
            attributes,
            compressed: self.compressed,
            lines,
            source: self.source.clone(),
            warnings: self.into_diagnostics(),
        })
    }

    /// The symbols of the object, and the index of each symbol of the source among them.
    fn object_symbols(&mut self) -> (Vec<Symbol>, HashMap<SymbolId, usize>) {
        let mut symbols = Vec::new();
        let mut indices = HashMap::new();
        for i in 0..self.symbols.len() {
            let id = SymbolId(i);
            let symbol = self.symbols.get(id).clone();
            let Some(place) = self.place_of(id) else {
                continue;
            };
            let bound = matches!(symbol.binding, Some(Binding::Global | Binding::Weak));
            let wanted = match place {
                Place::Undefined => symbol.referenced || bound,
                _ => symbol.referenced || bound || !symbol.is_private(),
            };
            if !wanted {
                continue;
            }
            let size = match symbol.size {
                Some((value, loc)) => match self.evaluate_absolute(value, loc).map(u64::try_from) {
                    Ok(Ok(size)) => size,
                    Ok(Err(_)) => {
                        self.error(loc, "size is negative");
                        0
                    }
                    // Reported.
                    Err(_) => 0,
                },
                None => 0,
            };
            let default = if place == Place::Undefined {
                Binding::Global
            } else {
                Binding::Local
            };
            indices.insert(id, symbols.len());
            symbols.push(Symbol {
                name: if symbol.name.is_empty() {
                    ANONYMOUS.to_owned()
                } else {
                    symbol.name.to_owned()
                },
                place,
                binding: symbol.binding.unwrap_or(default),
                visibility: symbol.visibility,
                kind: symbol.kind,
                size,
            });
        }
        (symbols, indices)
    }

    /// Where a symbol is; none for an error, or for another name of a symbol that is elsewhere.
    fn place_of(&mut self, id: SymbolId) -> Option<Place> {
        let (definition, loc) = (self.symbols.get(id).definition, self.symbols.get(id).loc);
        let value = match definition {
            Definition::Undefined => return Some(Place::Undefined),
            Definition::Label { section, offset } => {
                return Some(Place::Section {
                    section: section as usize,
                    offset,
                });
            }
            Definition::Common { size, align } => return Some(Place::Common { size, align }),
            Definition::Set(value) => value,
        };
        let linear = match self.expressions.evaluate(value, &mut self.symbols) {
            Ok(linear) => linear,
            Err(error) => {
                self.evaluation_error(loc, error);
                return None;
            }
        };
        if let Some(number) = linear.as_constant() {
            return Some(Place::Absolute(number as u64));
        }
        if let (Some(base), None) = (linear.plus, linear.minus) {
            match self.symbols.get(base).definition {
                Definition::Label { section, offset } => {
                    let offset = offset.wrapping_add(linear.addend as u64);
                    return Some(Place::Section {
                        section: section as usize,
                        offset,
                    });
                }
                // Uses of it refer to the other symbol.
                _ if self.symbols.get(id).binding.is_none() => return None,
                _ => {}
            }
        }
        self.error(
            loc,
            "expected an expression that is a number or an address in this file",
        );
        None
    }

    /// The sections, with relocations that refer to the object's symbols.
    fn object_sections(
        &mut self,
        pending: Vec<Pending>,
        indices: &HashMap<SymbolId, usize>,
    ) -> Vec<Section> {
        let buffers = std::mem::take(&mut self.sections);
        buffers
            .into_iter()
            .zip(pending)
            .map(|(buffer, pending)| Section {
                name: buffer.name.to_owned(),
                kind: buffer.kind,
                flags: buffer.flags,
                // Instructions are aligned to at least two bytes.
                align: buffer.align.max(if buffer.flags.execute {
                    self.code_align()
                } else {
                    1
                }),
                entry_size: buffer.entry_size,
                size: buffer.size,
                data: buffer.data,
                relocations: pending
                    .into_iter()
                    .map(|(mut relocation, id)| {
                        relocation.symbol = id.and_then(|id| indices.get(&id).copied());
                        relocation
                    })
                    .collect(),
            })
            .collect()
    }

    fn code_align(&self) -> u64 {
        if self.compressed { 2 } else { 4 }
    }

    /// Lines of code. A linker that shortens code would make them wrong.
    fn object_lines(&mut self) -> Vec<LineEntry> {
        let mut lines: Vec<LineEntry> = Vec::new();
        for section in 0..self.sections.len() {
            let entries = std::mem::take(&mut self.sections[section].lines);
            if entries.is_empty() {
                continue;
            }
            if self.symbols.relaxed[section] {
                let name = self.sections[section].name;
                let message = format!(
                    "no line information for section '{name}', which the linker may shorten (.option relax)"
                );
                let mut warning = Diagnostic::global(message);
                warning.severity = zktr_isa::span::Severity::Warning;
                self.report(warning);
                continue;
            }
            for (offset, line) in entries {
                match lines.last_mut() {
                    Some(last) if last.section == section && last.line == line => {}
                    // Nothing was emitted for the line before.
                    Some(last) if last.section == section && last.offset == offset => {
                        last.line = line
                    }
                    _ => lines.push(LineEntry {
                        section,
                        offset,
                        line,
                    }),
                }
            }
        }
        lines
    }
}
