//! Values in operands of instructions.

use super::{Pending, patch_operand, push_relax, relocation, relocation_kind, split};
use crate::Dialect;
use crate::assembler::{Assembler, Parse};
use crate::object::Patch;
use crate::section::{Fixup, Modifier, Target};
use crate::symbols::Definition;
use crate::value::{Linear, Value};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use zktr_isa::model::OperandKind;

impl Assembler<'_> {
    /// An operand that takes a whole value: a number, or for branches and jumps the distance to a symbol.
    pub(super) fn resolve_plain(
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
        let codec = &self.codecs[place.0 as usize][usize::from(place.1)];
        if !codec.accepts(distance) {
            return Err(self.out_of_range(fixup.loc, distance, &operand.allowed().to_string()));
        }
        let bits = (codec.mask(), codec.place(distance));
        let length = usize::from(spec.instructions[place.0 as usize].length);
        self.patch_bits(section, fixup.offset, length, bits);
        Ok(())
    }

    /// `%pcrel_lo(label)`: the lower part of the distance whose upper part is at the label.
    pub(super) fn resolve_lower(
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
    pub(super) fn leave(
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

    /// Replaces the bits of an instruction under a mask.
    fn patch_bits(&mut self, section: usize, offset: u64, length: usize, (mask, bits): (u32, u32)) {
        let start = offset as usize;
        let mut word = [0; 4];
        if let Some(bytes) = self.sections[section].data.get_mut(start..start + length)
            && let Some(part) = word.get_mut(..length)
        {
            part.copy_from_slice(bytes);
            let patched = u32::from_le_bytes(word) & !mask | bits;
            bytes.copy_from_slice(&patched.to_le_bytes()[..length]);
        }
    }

    /// The distance from a place to a symbol, if it is known.
    pub(super) fn local_distance(&self, section: usize, from: u64, linear: Linear) -> Option<i64> {
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
    pub(super) fn patch_tentatively(
        &mut self,
        section: usize,
        fixup: &Fixup,
        place: (u32, u8),
        linear: Linear,
    ) {
        let (Some(id), None) = (linear.plus, linear.minus) else {
            return;
        };
        if self.options.dialect == Dialect::Llvm {
            return;
        }
        // What is not known here, and what is in another section, counts from zero.
        let offset = match self.symbols.get(id).definition {
            Definition::Label { offset, .. } => offset,
            Definition::Undefined => 0,
            _ => return,
        };
        let distance = offset.wrapping_sub(fixup.offset) as i64;
        let distance = distance.wrapping_add(linear.addend);
        let codec = &self.codecs[place.0 as usize][usize::from(place.1)];
        // A distance that does not fit is the linker's to report.
        if codec.accepts(distance) {
            let bits = (codec.mask(), codec.place(distance));
            let length = usize::from(self.spec.instructions[place.0 as usize].length);
            self.patch_bits(section, fixup.offset, length, bits);
        }
    }
}
