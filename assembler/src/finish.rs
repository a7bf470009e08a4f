//! From the assembler's state to an [`Object`]: symbols that belong into the symbol table, relocations that
//! refer to them, attributes, lines.

use crate::arch::Arch;
use crate::assembler::{Assembler, Parse};
use crate::attributes;
use crate::lex::Loc;
use crate::listing::Statement;
use crate::object::{
    Attribute, Binding, Group, Object, Place, Section, Symbol, SymbolKind, Visibility,
};
use crate::resolve::Pending;
use crate::symbols::{Definition, SymbolId};
use crate::value::Value;
use zktr_isa::span::Diagnostic;

/// For each symbol of the source: its index among those of the object.
type Indices = Vec<Option<u32>>;

fn index_of(indices: &Indices, id: SymbolId) -> Option<usize> {
    indices
        .get(id.0 as usize)
        .copied()
        .flatten()
        .map(|i| i as usize)
}

/// Relocations that refer to the object's symbols.
fn with_symbols(mut pending: Pending, indices: &Indices) -> Pending {
    for relocation in &mut pending {
        let id = relocation.symbol.map(|id| SymbolId(id as u32));
        relocation.symbol = id.and_then(|id| index_of(indices, id));
    }
    pending
}

impl Assembler<'_> {
    /// The statements for a listing, in the order of reading.
    fn object_statements(&mut self) -> Vec<Statement> {
        let noted = self.sections.iter_mut();
        let mut all: Vec<_> = noted
            .flat_map(|section| std::mem::take(&mut section.statements))
            .collect();
        all.sort_unstable_by_key(|noted| noted.0);
        all.into_iter().map(|noted| noted.1).collect()
    }

    /// Resolves what waits, and yields the object or all errors.
    pub fn finish(mut self) -> Result<Object, Vec<Diagnostic>> {
        self.flush_line();
        self.define_section_names();
        self.lay_out();
        self.write_call_frames();
        let pending = self.resolve();
        let (mut symbols, indices) = self.object_symbols();
        if self.failed() {
            return Err(self.into_diagnostics());
        }
        let debug = self.debug_info();
        if self.options.debug {
            self.symbol_lines(&mut symbols, &indices);
        }
        let statements = self.object_statements();
        let groups = self.object_groups(&indices);
        let sections = self.object_sections(pending, &indices);
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.insert(attributes::ARCH, Attribute::Text(self.arch_text()));
        Ok(Object {
            xlen: self.options.xlen,
            sections,
            groups,
            symbols,
            attributes,
            compressed: self.compressed,
            abi: self.options.abi,
            descriptor_marks: std::mem::take(&mut self.descriptor_marks),
            debug,
            statements,
            source: self.source.clone(),
            sources: self.sources.clone(),
            warnings: self.into_diagnostics(),
        })
    }

    /// The name of a section stands for its start, unless it is a symbol of its own.
    fn define_section_names(&mut self) {
        for index in 0..self.sections.len() {
            let name = self.sections[index].name;
            if let Some(id) = self.symbols.find(name)
                && self.symbols.get(id).definition == Definition::Undefined
            {
                let (section, loc) = (index as u32, self.symbols.get(id).loc);
                let start = Definition::Label { section, offset: 0 };
                self.symbols.define(id, start, loc);
            }
        }
    }

    /// The symbols of the object, and the index of each symbol of the source among them.
    fn object_symbols(&mut self) -> (Vec<Symbol>, Indices) {
        let mut symbols = Vec::with_capacity(self.symbols.len() as usize);
        let mut indices = Indices::with_capacity(self.symbols.len() as usize);
        if let Some(name) = &self.lines.primary {
            symbols.push(Symbol {
                name: name.clone(),
                place: Place::Absolute(0),
                binding: Binding::Local,
                visibility: Visibility::Default,
                kind: SymbolKind::File,
                size: 0,
                variant_cc: false,
                line: 0,
            });
        }
        for i in 0..self.symbols.len() {
            let id = SymbolId(i);
            let Some(place) = self.place_of(id) else {
                continue;
            };
            let mut symbol = self.symbols.get(id).clone();
            let mut size = self.symbols.sizes.get(&id).copied();
            // Another name of a symbol is like it.
            if let Definition::Set(Value::Symbol(base, 0)) = symbol.definition {
                size = size.or(self.symbols.sizes.get(&base).copied());
                let base = self.symbols.get(base);
                if symbol.kind == SymbolKind::None {
                    symbol.kind = base.kind;
                }
            }
            let bound = matches!(symbol.binding, Some(Binding::Global | Binding::Weak));
            let wanted = match place {
                Place::Undefined => symbol.referenced || bound,
                _ => symbol.referenced || bound || !symbol.is_private(),
            };
            if !wanted {
                continue;
            }
            let size = match size {
                Some((value, loc)) => match self.size_of_symbol(value, loc).map(u64::try_from) {
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
            indices.resize(i as usize, None);
            indices.push(Some(symbols.len() as u32));
            symbols.push(Symbol {
                name: if symbol.name.is_empty() {
                    crate::elf::ANONYMOUS.to_owned()
                } else {
                    symbol.name.to_owned()
                },
                place,
                binding: symbol.binding.unwrap_or(default),
                visibility: symbol.visibility,
                kind: match place {
                    Place::Section { section, .. } if self.sections[section].flags.tls => {
                        SymbolKind::Tls
                    }
                    _ => symbol.kind,
                },
                size,
                variant_cc: symbol.variant_cc,
                line: 0,
            });
        }
        (symbols, indices)
    }

    /// The value of a `.size`. A linker that moves code corrects sizes too, so that distances count as they are.
    fn size_of_symbol(&mut self, value: Value, loc: Loc) -> Parse<i64> {
        if let Ok(linear) = self.expressions.evaluate(value, &mut self.symbols)
            && let (Some(plus), Some(minus)) = (linear.plus, linear.minus)
            && let (
                Definition::Label { section, offset },
                Definition::Label {
                    section: other,
                    offset: start,
                },
            ) = (
                self.symbols.get(plus).definition,
                self.symbols.get(minus).definition,
            )
            && section == other
        {
            return Ok((offset.wrapping_sub(start) as i64).wrapping_add(linear.addend));
        }
        self.evaluate_absolute(value, loc)
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
    fn object_sections(&mut self, pending: Vec<Pending>, indices: &Indices) -> Vec<Section> {
        let buffers = std::mem::take(&mut self.sections);
        buffers
            .into_iter()
            .zip(pending)
            .enumerate()
            .map(|(index, (buffer, pending))| Section {
                group: buffer.group,
                link_order: buffer.link_order,
                relaxed: self.symbols.layouts[index].is_relaxed(),
                mapping: buffer.mapping,
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
                relocations: with_symbols(pending, indices),
            })
            .collect()
    }

    /// The groups, each with the symbol that names it.
    fn object_groups(&mut self, indices: &Indices) -> Vec<Group> {
        let groups = self.groups.iter();
        groups
            .map(|group| Group {
                signature: index_of(indices, group.signature).unwrap_or(0),
                comdat: group.comdat,
            })
            .collect()
    }

    /// The architecture: what the source or the options state, with what instructions need; without a
    /// statement only that.
    fn arch_text(&self) -> String {
        let mut arch = match &self.stated_arch {
            Some(stated) => stated.clone(),
            None => Arch::of_used(self.spec, &self.used),
        };
        if self.stated_arch.is_some() {
            for setting in self.archs.iter().skip(1) {
                arch.merge(&setting.arch);
            }
        }
        arch.text(self.spec, self.options.xlen)
    }

    fn code_align(&self) -> u64 {
        if self.compressed { 2 } else { 4 }
    }

    /// Finds the lines on which symbols are defined; all at once, as each needs the lines before it.
    fn symbol_lines(&self, symbols: &mut [Symbol], indices: &Indices) {
        let mut starts: Vec<(usize, usize)> = indices
            .iter()
            .zip(0..)
            .filter_map(|(index, id)| {
                let loc = self.sources.in_file(self.symbols.get(SymbolId(id)).loc);
                Some((loc.start as usize, (*index)? as usize))
            })
            // Lines of included files are not those of the source.
            .filter(|(start, _)| *start < self.source.text.len())
            .collect();
        starts.sort_unstable();
        let (mut at, mut line) = (0, 1);
        for (start, index) in starts {
            let between = self
                .source
                .text
                .as_bytes()
                .get(at..start)
                .unwrap_or_default();
            line += between.iter().filter(|&&b| b == b'\n').count() as u32;
            at = start;
            symbols[index].line = line;
        }
    }
}
