//! The second pass: every place that waits for a symbol gets its value, or becomes a relocation.
//!
//! A distance within a section is known unless the linker may change the section, or replace the symbol.
//! Everything else is left to the linker.

mod data;
mod operand;
mod patch;

pub(crate) use self::patch::{patch_operand, patch_upper, relocation_kind, split};
use crate::Dialect;
use crate::assembler::{Assembler, Parse};
use crate::lex::Loc;
use crate::object::{Patch, Relocation, RelocationKind, SymbolKind};
use crate::section::{Fixup, Modifier, Target};
use crate::symbols::{Definition, SymbolId};
use crate::value::{Linear, Value};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use zktr_isa::Spec;

/// Relocations of a section while symbols are those of the source: they have their ids for indices.
pub(crate) type Pending = Vec<Relocation>;

impl Assembler<'_> {
    /// Resolves all fixups; what is left are the relocations of each section.
    pub fn resolve(&mut self) -> Vec<Pending> {
        let mut all = Vec::with_capacity(self.sections.len());
        for section in 0..self.sections.len() {
            let fixups = std::mem::take(&mut self.sections[section].fixups);
            let mut pending = Pending::new();
            // Lower parts refer to upper parts, which may come later.
            let mut uppers = HashMap::default();
            let is_lower = |f: &Fixup| matches!(f.target, Target::Operand { modifier, .. } if modifier.refers_to_upper());
            for fixup in fixups.iter().filter(|f| !is_lower(f)) {
                // Reported, and the others are independent of it.
                let _ = self.resolve_fixup(section, fixup, &mut uppers, &mut pending);
            }
            for fixup in fixups.iter().filter(|f| is_lower(f)) {
                let _ = self.resolve_lower(section, fixup, &uppers, &mut pending);
            }
            // A mark for the linker is about the relocation before it, whoever wrote it.
            pending.sort_by_key(|r| (r.offset, r.kind == RelocationKind::Relax));
            all.push(pending);
        }
        all
    }

    fn resolve_fixup(
        &mut self,
        section: usize,
        fixup: &Fixup,
        uppers: &mut HashMap<u64, Option<i64>, RandomState>,
        pending: &mut Pending,
    ) -> Parse {
        let linear = match self.expressions.evaluate(fixup.value, &mut self.symbols) {
            Ok(linear) => linear,
            Err(error) => return Err(self.evaluation_error(fixup.loc, error)),
        };
        match fixup.target {
            Target::Align => {
                pending.push(relocation(
                    fixup,
                    RelocationKind::Align,
                    None,
                    linear.addend,
                    Patch::Nothing,
                ));
                Ok(())
            }
            Target::Data(size) => self.resolve_data(section, fixup, size, linear, pending),
            Target::Relative => self.resolve_relative(section, fixup, linear, pending),
            Target::Advance(size) => self.resolve_advance(section, fixup, size, linear, pending),
            Target::Leb(_) => self.resolve_leb(fixup, linear, pending),
            Target::Mark { modifier, relax } => {
                let symbol = self.relocatable(linear, fixup.loc)?;
                self.mark_thread_local(symbol, modifier);
                let kind = match modifier {
                    Modifier::TlsDescCall => RelocationKind::TlsDescCall,
                    _ => RelocationKind::TprelAdd,
                };
                let patch = Patch::Nothing;
                pending.push(relocation(fixup, kind, Some(symbol), linear.addend, patch));
                push_relax(relax, fixup, pending);
                Ok(())
            }
            Target::Reloc(kind) => {
                let symbol = match linear.as_constant() {
                    Some(_) => None,
                    None => Some(self.relocatable(linear, fixup.loc)?),
                };
                let patch = Patch::Nothing;
                pending.push(relocation(fixup, kind, symbol, linear.addend, patch));
                Ok(())
            }
            Target::Call { relax } => {
                let Some((upper, lower)) = self.call_operands else {
                    return Ok(());
                };
                let distance = self.local_distance(section, fixup.offset, linear);
                if let Some(distance) = distance.filter(|_| !relax) {
                    let Some((high, low)) = split(distance, self.options.xlen) else {
                        return Err(self.out_of_range(fixup.loc, distance, "within 2 GiB"));
                    };
                    self.patch(section, fixup.offset, fixup.loc, |spec, bytes| {
                        patch_upper(spec, bytes, upper, high)
                    })?;
                    let next =
                        fixup.offset + u64::from(self.spec.instructions[upper.0 as usize].length);
                    return self.patch(section, next, fixup.loc, |spec, bytes| {
                        patch_operand(spec, bytes, lower, low)
                    });
                }
                let symbol = self.relocatable(linear, fixup.loc)?;
                let patch = Patch::Pair { upper, lower };
                pending.push(relocation(
                    fixup,
                    RelocationKind::CallPlt,
                    Some(symbol),
                    linear.addend,
                    patch,
                ));
                push_relax(relax, fixup, pending);
                Ok(())
            }
            Target::Operand {
                instruction,
                operand,
                modifier,
                relax,
            } => {
                let place = (instruction, operand);
                match modifier {
                    Modifier::None => {
                        self.resolve_plain(section, fixup, place, relax, linear, pending)
                    }
                    Modifier::Hi | Modifier::Lo => {
                        if let Some(value) = linear.as_constant() {
                            let Some(parts) = split(value, self.options.xlen) else {
                                let message = format!("value {value} does not fit in 32 bits");
                                return Err(self.error(fixup.loc, message));
                            };
                            return self.patch_part(section, fixup, place, modifier, parts);
                        }
                        // GNU as fills in what is known of the value as it is written.
                        if let Value::Symbol(_, addend @ (..=-1 | 1..)) = fixup.value
                            && self.options.dialect == Dialect::Gnu
                            && let Some(parts) = split(addend, self.options.xlen)
                        {
                            self.patch_part(section, fixup, place, modifier, parts)?;
                        }
                        self.leave(fixup, place, modifier, relax, linear, pending)
                    }
                    _ => {
                        let distance = match modifier {
                            Modifier::PcrelHi if !relax => {
                                self.local_distance(section, fixup.offset, linear)
                            }
                            _ => None,
                        };
                        uppers.insert(fixup.offset, distance);
                        let Some(distance) = distance else {
                            return self.leave(fixup, place, modifier, relax, linear, pending);
                        };
                        let Some((high, _)) = split(distance, self.options.xlen) else {
                            return Err(self.out_of_range(fixup.loc, distance, "within 2 GiB"));
                        };
                        self.patch(section, fixup.offset, fixup.loc, |spec, bytes| {
                            patch_upper(spec, bytes, place, high)
                        })
                    }
                }
            }
        }
    }

    /// Fills in `%hi` or `%lo` of a value, from both of them.
    fn patch_part(
        &mut self,
        section: usize,
        fixup: &Fixup,
        place: (u32, u8),
        modifier: Modifier,
        (high, low): (i64, i64),
    ) -> Parse {
        self.patch(
            section,
            fixup.offset,
            fixup.loc,
            |spec, bytes| match modifier {
                Modifier::Hi => patch_upper(spec, bytes, place, high),
                _ => patch_operand(spec, bytes, place, low),
            },
        )
    }

    /// A symbol that a relocation takes to be thread-local is so.
    pub(super) fn mark_thread_local(&mut self, id: SymbolId, modifier: Modifier) {
        let symbol = self.symbols.get_mut(id);
        if modifier.is_tls() && symbol.kind == SymbolKind::None {
            symbol.kind = SymbolKind::Tls;
        }
    }

    /// The symbol that a relocation refers to.
    pub(super) fn relocatable(&mut self, linear: Linear, loc: Loc) -> Parse<SymbolId> {
        match (linear.plus, linear.minus) {
            (Some(id), None) => {
                self.check_defined(id, loc)?;
                Ok(id)
            }
            (None, None) => Err(self.error(loc, "operand must be a symbol")),
            _ => Err(self.error(loc, "expected relocatable expression")),
        }
    }

    /// Private symbols have to be defined in this source; all others may come from elsewhere.
    pub(super) fn check_defined(&mut self, id: SymbolId, loc: Loc) -> Parse {
        let symbol = self.symbols.get_mut(id);
        symbol.referenced = true;
        if symbol.definition != Definition::Undefined || !symbol.is_private() {
            return Ok(());
        }
        let message = match symbol.name {
            "" => "numeric label is not defined after this line".to_owned(),
            name => format!("undefined private symbol '{name}'"),
        };
        Err(self.error(loc, message))
    }

    pub(super) fn out_of_range(
        &mut self,
        loc: Loc,
        distance: i64,
        allowed: &str,
    ) -> crate::assembler::Reported {
        self.error(
            loc,
            format!(
                "target is out of range: the distance is {distance} bytes and must be {allowed}"
            ),
        )
    }

    pub(super) fn patch(
        &mut self,
        section: usize,
        offset: u64,
        loc: Loc,
        apply: impl FnOnce(&Spec, &mut [u8]) -> Result<(), String>,
    ) -> Parse {
        let spec = self.spec;
        let bytes = self.sections[section]
            .data
            .get_mut(offset as usize..)
            .unwrap_or_default();
        apply(spec, bytes).map_err(|message| self.error(loc, message))
    }
}

pub(super) fn relocation(
    fixup: &Fixup,
    kind: RelocationKind,
    symbol: Option<SymbolId>,
    addend: i64,
    patch: Patch,
) -> Relocation {
    Relocation {
        offset: fixup.offset,
        kind,
        symbol: symbol.map(|id| id.0 as usize),
        addend,
        patch,
        source: (fixup.loc.start, fixup.loc.end),
    }
}

pub(super) fn push_relax(relax: bool, fixup: &Fixup, pending: &mut Pending) {
    if relax {
        pending.push(relocation(
            fixup,
            RelocationKind::Relax,
            None,
            0,
            Patch::Nothing,
        ));
    }
}
