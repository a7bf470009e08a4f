//! Values in data: addresses, distances, and numbers in LEB128.

use super::{Pending, relocation};
use crate::assembler::{Assembler, Parse};
use crate::directive::fits;
use crate::object::{Patch, RelocationKind};
use crate::section::Fixup;
use crate::value::Linear;

impl Assembler<'_> {
    pub(super) fn resolve_data(
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

    /// The distance from the place to a symbol, in four bytes.
    pub(super) fn resolve_relative(
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
    pub(super) fn resolve_advance(
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
    pub(super) fn resolve_leb(
        &mut self,
        fixup: &Fixup,
        linear: Linear,
        pending: &mut Pending,
    ) -> Parse {
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
}
