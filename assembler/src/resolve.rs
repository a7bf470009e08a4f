//! The second pass: every place that waits for a symbol gets its value, or becomes a relocation.
//!
//! A distance within a section is known unless the linker may change the section, or replace the symbol.
//! Everything else is left to the linker.

use crate::assembler::{Assembler, Parse};
use crate::directive::fits;
use crate::field;
use crate::lex::Loc;
use crate::object::{Patch, Relocation, RelocationKind, SymbolKind};
use crate::section::{Fixup, Modifier, Target};
use crate::symbols::{Definition, SymbolId};
use crate::value::{Linear, Value};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::model::{Instruction, OperandKind};

/// Relocations of a section while symbols still have their ids.
pub(crate) type Pending = Vec<(Relocation, Option<SymbolId>)>;

/// The relocation that fills in a part of a symbol's value, by the instruction's encoding format, as the
/// psABI defines relocations.
pub(crate) fn relocation_kind(
    instruction: &Instruction,
    operand: usize,
    modifier: Modifier,
) -> Option<RelocationKind> {
    let operand = instruction.operands.get(operand)?;
    let OperandKind::Imm { pc_relative, .. } = operand.kind else {
        return None;
    };
    Some(match (instruction.format.as_str(), modifier, pc_relative) {
        ("B", Modifier::None, true) => RelocationKind::Branch,
        ("J", Modifier::None, true) => RelocationKind::Jal,
        ("CB", Modifier::None, true) => RelocationKind::RvcBranch,
        ("CJ", Modifier::None, true) => RelocationKind::RvcJump,
        ("U", Modifier::Hi, _) => RelocationKind::Hi20,
        ("U", Modifier::PcrelHi, _) => RelocationKind::PcrelHi20,
        ("U", Modifier::GotPcrelHi, _) => RelocationKind::GotHi20,
        ("U", Modifier::TprelHi, _) => RelocationKind::TprelHi20,
        ("U", Modifier::TlsIePcrelHi, _) => RelocationKind::TlsGotHi20,
        ("U", Modifier::TlsGdPcrelHi, _) => RelocationKind::TlsGdHi20,
        ("U", Modifier::TlsDescHi, _) => RelocationKind::TlsDescHi20,
        ("I" | "load", Modifier::TprelLo, _) => RelocationKind::TprelLo12I,
        ("load", Modifier::TlsDescLoadLo, _) => RelocationKind::TlsDescLoadLo12,
        ("I", Modifier::TlsDescAddLo, _) => RelocationKind::TlsDescAddLo12,
        ("S", Modifier::TprelLo, _) => RelocationKind::TprelLo12S,
        ("I" | "load", Modifier::Lo, _) => RelocationKind::Lo12I,
        ("I" | "load", Modifier::PcrelLo, _) => RelocationKind::PcrelLo12I,
        ("S", Modifier::Lo, _) => RelocationKind::Lo12S,
        ("S", Modifier::PcrelLo, _) => RelocationKind::PcrelLo12S,
        _ => return None,
    })
}

/// The upper part of a 32-bit number and the sign-extended lower part that is added to it; none if the
/// number does not fit.
pub(crate) fn split(value: i64, xlen: u8) -> Option<(i64, i64)> {
    let value = if xlen == 32 {
        i64::from(value as i32)
    } else {
        value
    };
    let low = (value << 52) >> 52;
    let high = value.wrapping_sub(low) >> 12;
    let high = if xlen == 32 { (high << 44) >> 44 } else { high };
    (-(1 << 19)..1 << 19).contains(&high).then_some((high, low))
}

/// Puts an operand's value into an instruction word.
pub(crate) fn patch_operand(
    spec: &Spec,
    bytes: &mut [u8],
    (instruction, operand): (u32, u8),
    value: i64,
) -> Result<(), String> {
    let instruction = &spec.instructions[instruction as usize];
    let operand = &instruction.operands[usize::from(operand)];
    field::check(operand, value)?;
    let mut word = [0; 4];
    let length = usize::from(instruction.length);
    let Some(bytes) = bytes.get_mut(..length) else {
        return Ok(());
    };
    word[..length].copy_from_slice(bytes);
    let patched = u32::from_le_bytes(word) & !field::mask(operand) | field::place(operand, value);
    bytes.copy_from_slice(&patched.to_le_bytes()[..length]);
    Ok(())
}

/// Puts an upper part of a number into an instruction word.
pub(crate) fn patch_upper(
    spec: &Spec,
    bytes: &mut [u8],
    (instruction, operand): (u32, u8),
    high: i64,
) -> Result<(), String> {
    let value = field::upper(
        &spec.instructions[instruction as usize].operands[usize::from(operand)],
        high,
    );
    patch_operand(spec, bytes, (instruction, operand), value)
}

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
            pending.sort_by_key(|(relocation, _)| relocation.offset);
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
            Target::Call {
                upper,
                lower,
                relax,
            } => {
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
                            let Some((high, low)) = split(value, self.options.xlen) else {
                                let message = format!("value {value} does not fit in 32 bits");
                                return Err(self.error(fixup.loc, message));
                            };
                            return self.patch(section, fixup.offset, fixup.loc, |spec, bytes| {
                                match modifier {
                                    Modifier::Hi => patch_upper(spec, bytes, place, high),
                                    _ => patch_operand(spec, bytes, place, low),
                                }
                            });
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

    fn resolve_data(
        &mut self,
        section: usize,
        fixup: &Fixup,
        size: u8,
        linear: Linear,
        pending: &mut Pending,
    ) -> Parse {
        if let Some(value) = linear.as_constant() {
            if !fits(value, size) {
                let message = format!("value {value} does not fit in {} bits", 8 * u32::from(size));
                return Err(self.error(fixup.loc, message));
            }
            let start = fixup.offset as usize;
            if let Some(bytes) = self.sections[section]
                .data
                .get_mut(start..start + usize::from(size))
            {
                bytes.copy_from_slice(&value.to_le_bytes()[..usize::from(size)]);
            }
            return Ok(());
        }
        let patch = Patch::Data(size);
        let Some(minus) = linear.minus else {
            let kind = match size {
                4 => RelocationKind::Abs32,
                8 if self.options.xlen == 64 => RelocationKind::Abs64,
                _ => {
                    let message =
                        format!("an address does not fit in {} bits", 8 * u32::from(size));
                    return Err(self.error(fixup.loc, message));
                }
            };
            let symbol = self.relocatable(linear, fixup.loc)?;
            pending.push(relocation(fixup, kind, Some(symbol), linear.addend, patch));
            return Ok(());
        };
        let Some(plus) = linear.plus else {
            return Err(self.error(fixup.loc, "expected relocatable expression"));
        };
        let (add, sub) = match size {
            1 => (RelocationKind::Add8, RelocationKind::Sub8),
            2 => (RelocationKind::Add16, RelocationKind::Sub16),
            4 => (RelocationKind::Add32, RelocationKind::Sub32),
            _ => (RelocationKind::Add64, RelocationKind::Sub64),
        };
        for (kind, symbol, addend) in [(add, plus, linear.addend), (sub, minus, 0)] {
            self.check_defined(symbol, fixup.loc)?;
            pending.push(relocation(fixup, kind, Some(symbol), addend, patch));
        }
        Ok(())
    }

    /// An operand that takes a whole value: a number, or for branches and jumps the distance to a symbol.
    fn resolve_plain(
        &mut self,
        section: usize,
        fixup: &Fixup,
        place: (u32, u8),
        relax: bool,
        linear: Linear,
        pending: &mut Pending,
    ) -> Parse {
        let spec = self.spec;
        let operand = &spec.instructions[place.0 as usize].operands[usize::from(place.1)];
        if let Some(value) = linear.as_constant() {
            let value = self.narrow(operand, value);
            return self.patch(section, fixup.offset, fixup.loc, |spec, bytes| {
                patch_operand(spec, bytes, place, value)
            });
        }
        if !matches!(
            operand.kind,
            OperandKind::Imm {
                pc_relative: true,
                ..
            }
        ) {
            let allowed = operand.allowed();
            let message =
                format!("operand must be a symbol with a modifier such as %lo, or {allowed}");
            return Err(self.error(fixup.loc, message));
        }
        let distance = self.local_distance(section, fixup.offset, linear);
        let Some(distance) = distance.filter(|_| !relax) else {
            self.patch_tentatively(section, fixup, place, linear);
            return self.leave(fixup, place, Modifier::None, false, linear, pending);
        };
        if !operand.allowed().contains(distance) {
            return Err(self.out_of_range(fixup.loc, distance, &operand.allowed().to_string()));
        }
        self.patch(section, fixup.offset, fixup.loc, |spec, bytes| {
            patch_operand(spec, bytes, place, distance)
        })
    }

    /// `%pcrel_lo(label)`: the lower part of the distance whose upper part is at the label.
    fn resolve_lower(
        &mut self,
        section: usize,
        fixup: &Fixup,
        uppers: &HashMap<u64, Option<i64>, RandomState>,
        pending: &mut Pending,
    ) -> Parse {
        let Target::Operand {
            instruction,
            operand,
            modifier,
            relax,
        } = fixup.target
        else {
            return Ok(());
        };
        let label = match fixup.value {
            Value::Symbol(id, 0) => Some(id),
            _ => None,
        };
        let offset = label.and_then(|id| match self.symbols.get(id).definition {
            Definition::Label { section: s, offset } if s as usize == section => Some(offset),
            _ => None,
        });
        let Some((label, upper)) = label.zip(offset.and_then(|offset| uppers.get(&offset))) else {
            return Err(self.error(fixup.loc, "could not find corresponding %pcrel_hi"));
        };
        match upper {
            Some(distance) => {
                let low = split(*distance, self.options.xlen).map_or(0, |x| x.1);
                self.patch(section, fixup.offset, fixup.loc, |spec, bytes| {
                    patch_operand(spec, bytes, (instruction, operand), low)
                })
            }
            None => {
                let linear = Linear {
                    plus: Some(label),
                    minus: None,
                    addend: 0,
                };
                self.leave(
                    fixup,
                    (instruction, operand),
                    modifier,
                    relax,
                    linear,
                    pending,
                )
            }
        }
    }

    /// Leaves an operand to the linker.
    fn leave(
        &mut self,
        fixup: &Fixup,
        (instruction, operand): (u32, u8),
        modifier: Modifier,
        relax: bool,
        linear: Linear,
        pending: &mut Pending,
    ) -> Parse {
        let spec = self.spec;
        let inst = &spec.instructions[instruction as usize];
        let Some(kind) = relocation_kind(inst, operand.into(), modifier) else {
            let message = format!("there is no relocation for this operand of '{}'", inst.name);
            return Err(self.error(fixup.loc, message));
        };
        let symbol = self.relocatable(linear, fixup.loc)?;
        self.mark_thread_local(symbol, modifier);
        pending.push(relocation(
            fixup,
            kind,
            Some(symbol),
            linear.addend,
            Patch::Operand {
                instruction,
                operand,
            },
        ));
        // The linker does not relax what goes through the global offset table.
        let fixed = matches!(
            modifier,
            Modifier::None | Modifier::GotPcrelHi | Modifier::TlsIePcrelHi | Modifier::TlsGdPcrelHi
        );
        push_relax(relax && !fixed, fixup, pending);
        Ok(())
    }

    /// The distance from a place to a symbol, if it is known.
    fn local_distance(&self, section: usize, from: u64, linear: Linear) -> Option<i64> {
        let (id, None) = (linear.plus?, linear.minus) else {
            return None;
        };
        let symbol = self.symbols.get(id);
        match symbol.definition {
            Definition::Label { section: s, offset }
                if s as usize == section && !symbol.is_preemptible() =>
            {
                let distance = self.symbols.offsets_between(section, offset, from, true)?;
                Some(distance.wrapping_add(linear.addend))
            }
            _ => None,
        }
    }

    /// Fills in the present distance to a symbol of the section where a relocation will replace it, as GNU as
    /// does, so that disassembly can be read.
    fn patch_tentatively(
        &mut self,
        section: usize,
        fixup: &Fixup,
        place: (u32, u8),
        linear: Linear,
    ) {
        let (Some(id), None) = (linear.plus, linear.minus) else {
            return;
        };
        let Definition::Label { section: s, offset } = self.symbols.get(id).definition else {
            return;
        };
        if s as usize == section {
            let distance = offset.wrapping_sub(fixup.offset) as i64;
            let bytes = self.sections[section].data.get_mut(fixup.offset as usize..);
            // A distance that does not fit is the linker's to report.
            let _ = patch_operand(
                self.spec,
                bytes.unwrap_or_default(),
                place,
                distance.wrapping_add(linear.addend),
            );
        }
    }

    /// The distance from the place to a symbol, in four bytes.
    fn resolve_relative(
        &mut self,
        section: usize,
        fixup: &Fixup,
        linear: Linear,
        pending: &mut Pending,
    ) -> Parse {
        if let Some(distance) = self.local_distance(section, fixup.offset, linear) {
            return self.resolve_data(section, fixup, 4, Linear::constant(distance), pending);
        }
        let symbol = self.relocatable(linear, fixup.loc)?;
        let patch = Patch::Data(4);
        let kind = RelocationKind::Pcrel32;
        pending.push(relocation(fixup, kind, Some(symbol), linear.addend, patch));
        Ok(())
    }

    /// The distance between two labels, where call frame information tells it.
    fn resolve_advance(
        &mut self,
        section: usize,
        fixup: &Fixup,
        size: u8,
        linear: Linear,
        pending: &mut Pending,
    ) -> Parse {
        if let Some(distance) = linear.as_constant() {
            let at = fixup.offset as usize;
            if size == 0 {
                if let Some(byte) = self.sections[section].data.get_mut(at) {
                    *byte |= (distance & 0x3f) as u8;
                }
                return Ok(());
            }
            return self.resolve_data(section, fixup, size, linear, pending);
        }
        let (Some(plus), Some(minus)) = (linear.plus, linear.minus) else {
            return Err(self.error(fixup.loc, "expected relocatable expression"));
        };
        let (set, sub) = match size {
            0 => (RelocationKind::Set6, RelocationKind::Sub6),
            1 => (RelocationKind::Set8, RelocationKind::Sub8),
            2 => (RelocationKind::Set16, RelocationKind::Sub16),
            _ => (RelocationKind::Set32, RelocationKind::Sub32),
        };
        for (kind, symbol, addend) in [(set, plus, linear.addend), (sub, minus, 0)] {
            self.check_defined(symbol, fixup.loc)?;
            let patch = Patch::Data(size.max(1));
            pending.push(relocation(fixup, kind, Some(symbol), addend, patch));
        }
        Ok(())
    }

    /// A number in LEB128 that depends on distances which the linker may change.
    fn resolve_leb(&mut self, fixup: &Fixup, linear: Linear, pending: &mut Pending) -> Parse {
        if linear.as_constant().is_some() {
            return Ok(());
        }
        let (Some(plus), Some(minus)) = (linear.plus, linear.minus) else {
            return Err(self.error(fixup.loc, "expected relocatable expression"));
        };
        let parts = [
            (RelocationKind::SetUleb128, plus, linear.addend),
            (RelocationKind::SubUleb128, minus, 0),
        ];
        for (kind, symbol, addend) in parts {
            self.check_defined(symbol, fixup.loc)?;
            let patch = Patch::Nothing;
            pending.push(relocation(fixup, kind, Some(symbol), addend, patch));
        }
        Ok(())
    }

    /// A symbol that a relocation takes to be thread-local is so.
    fn mark_thread_local(&mut self, id: SymbolId, modifier: Modifier) {
        let symbol = self.symbols.get_mut(id);
        if modifier.is_tls() && symbol.kind == SymbolKind::None {
            symbol.kind = SymbolKind::Tls;
        }
    }

    /// The symbol that a relocation refers to.
    fn relocatable(&mut self, linear: Linear, loc: Loc) -> Parse<SymbolId> {
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
    fn check_defined(&mut self, id: SymbolId, loc: Loc) -> Parse {
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

    fn out_of_range(
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

    fn patch(
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

fn relocation(
    fixup: &Fixup,
    kind: RelocationKind,
    symbol: Option<SymbolId>,
    addend: i64,
    patch: Patch,
) -> (Relocation, Option<SymbolId>) {
    let source = (fixup.loc.start, fixup.loc.end);
    (
        Relocation {
            offset: fixup.offset,
            kind,
            symbol: None,
            addend,
            patch,
            source,
        },
        symbol,
    )
}

fn push_relax(relax: bool, fixup: &Fixup, pending: &mut Pending) {
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
