//! Placing an object at an address, for programs that need no linker.

use crate::object::{Object, Patch, Place, Relocation, RelocationKind, SectionKind};
use crate::resolve::{patch_operand, patch_upper, split};
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Span};

/// An image is at most this long.
const MAX_BYTES: u64 = 1 << 30;

impl Object {
    /// The bytes of all loaded sections, placed at `base` one after another in their order, with all
    /// addresses filled in. Sections without contents lie behind the bytes.
    ///
    /// `spec` is the one with which the source was assembled.
    ///
    /// # Errors
    /// Symbols that are not defined here, and distances or addresses that do not fit.
    pub fn flat(&self, spec: &Spec, base: u64) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let (addresses, mut image) = self.place_sections(base)?;
        let mut errors = Vec::new();
        for (section, &address) in self.sections.iter().zip(&addresses) {
            let Some(address) = address.filter(|_| section.kind != SectionKind::Nobits) else {
                continue;
            };
            // The distance whose lower part a relocation asks for, by the address of the upper part.
            let mut distances = HashMap::new();
            let is_lower = |r: &&Relocation| {
                matches!(
                    r.kind,
                    RelocationKind::PcrelLo12I | RelocationKind::PcrelLo12S
                )
            };
            let upper = section.relocations.iter().filter(|r| !is_lower(r));
            for relocation in upper.chain(section.relocations.iter().filter(is_lower)) {
                let place = address.wrapping_add(relocation.offset);
                let start = usize::try_from(place.wrapping_sub(base)).unwrap_or(usize::MAX);
                let bytes = image.get_mut(start..).unwrap_or_default();
                let result = self
                    .symbol_address(relocation, &addresses)
                    .and_then(|value| {
                        self.apply(spec, relocation, bytes, place, value, &mut distances)
                    });
                if let Err(message) = result {
                    errors.push(Diagnostic::error(message, self.span(relocation)));
                }
            }
        }
        if errors.is_empty() {
            Ok(image)
        } else {
            Err(errors)
        }
    }

    /// The address of each loaded section, and their bytes.
    #[allow(clippy::type_complexity)] // a pair of lists, used once
    fn place_sections(&self, base: u64) -> Result<(Vec<Option<u64>>, Vec<u8>), Vec<Diagnostic>> {
        let mut addresses = vec![None; self.sections.len()];
        let mut image = Vec::new();
        let mut end = base;
        let loaded = |nobits: bool| {
            let kind = move |kind| (kind == SectionKind::Nobits) == nobits;
            self.sections
                .iter()
                .enumerate()
                .filter(move |(_, s)| s.flags.alloc && kind(s.kind))
        };
        for (index, section) in loaded(false).chain(loaded(true)) {
            let start = end.checked_next_multiple_of(section.align);
            let next = start.and_then(|start| start.checked_add(section.size));
            let (Some(start), Some(next)) = (start, next) else {
                let message = format!("section '{}' ends behind the address space", section.name);
                return Err(vec![Diagnostic::global(message)]);
            };
            addresses[index] = Some(start);
            end = next;
            if section.kind != SectionKind::Nobits {
                if end - base > MAX_BYTES {
                    return Err(vec![Diagnostic::global(format!(
                        "the image is longer than {MAX_BYTES} bytes"
                    ))]);
                }
                image.resize((start - base) as usize, 0);
                image.extend_from_slice(&section.data);
            }
        }
        Ok((addresses, image))
    }

    /// The address of a relocation's symbol, without the addend.
    fn symbol_address(
        &self,
        relocation: &Relocation,
        addresses: &[Option<u64>],
    ) -> Result<u64, String> {
        let Some(symbol) = relocation.symbol.and_then(|i| self.symbols.get(i)) else {
            return Ok(0);
        };
        match symbol.place {
            Place::Absolute(value) => Ok(value),
            Place::Section { section, offset } => match addresses.get(section) {
                Some(Some(address)) => Ok(address.wrapping_add(offset)),
                _ => Err(format!(
                    "symbol '{}' is in a section that is not loaded",
                    symbol.name
                )),
            },
            Place::Undefined => Err(format!(
                "symbol '{}' is not defined in this file",
                symbol.name
            )),
            Place::Common { .. } => Err(format!(
                "symbol '{}' needs a linker that allocates it",
                symbol.name
            )),
        }
    }

    /// Fills in one relocation at the address `place`.
    fn apply(
        &self,
        spec: &Spec,
        relocation: &Relocation,
        bytes: &mut [u8],
        place: u64,
        symbol: u64,
        distances: &mut HashMap<u64, i64>,
    ) -> Result<(), String> {
        let value = symbol.wrapping_add(relocation.addend as u64) as i64;
        let distance = value.wrapping_sub(place as i64);
        let parts = |value| {
            split(value, self.xlen).ok_or_else(|| format!("{value:#x} does not fit in 32 bits"))
        };
        match (relocation.kind, relocation.patch) {
            // Padding that is too long is still correct, as long as the place is aligned by it.
            (RelocationKind::Relax, _) => Ok(()),
            (RelocationKind::Align, _) => {
                Err("padding for a linker; use '.option norelax'".to_owned())
            }
            (RelocationKind::GotHi20, _) => Err("a global offset table needs a linker".to_owned()),
            (kind, Patch::Data(size)) => patch_data(bytes, kind, size, value),
            (RelocationKind::CallPlt, Patch::Pair { upper, lower }) => {
                let (high, low) = parts(distance)?;
                patch_upper(spec, bytes, upper, high)?;
                let next = usize::from(spec.instructions[upper.0 as usize].length);
                patch_operand(spec, bytes.get_mut(next..).unwrap_or_default(), lower, low)
            }
            (
                kind,
                Patch::Operand {
                    instruction,
                    operand,
                },
            ) => {
                let operand = (instruction, operand);
                match kind {
                    RelocationKind::Hi20 => patch_upper(spec, bytes, operand, parts(value)?.0),
                    RelocationKind::Lo12I | RelocationKind::Lo12S => {
                        patch_operand(spec, bytes, operand, parts(value)?.1)
                    }
                    RelocationKind::PcrelHi20 => {
                        distances.insert(place, distance);
                        patch_upper(spec, bytes, operand, parts(distance)?.0)
                    }
                    RelocationKind::PcrelLo12I | RelocationKind::PcrelLo12S => {
                        let Some(&distance) = distances.get(&symbol) else {
                            return Err("could not find corresponding %pcrel_hi".to_owned());
                        };
                        patch_operand(spec, bytes, operand, parts(distance)?.1)
                    }
                    _ => patch_operand(spec, bytes, operand, distance).map_err(|_| {
                        format!("target is out of range: the distance is {distance} bytes")
                    }),
                }
            }
            _ => Ok(()),
        }
    }

    /// The place in the source that a relocation comes from.
    fn span(&self, relocation: &Relocation) -> Span {
        Span::new(
            &self.source,
            relocation.source.0 as usize..relocation.source.1 as usize,
        )
    }
}

/// Stores, adds or subtracts a number of `size` bytes.
fn patch_data(bytes: &mut [u8], kind: RelocationKind, size: u8, value: i64) -> Result<(), String> {
    let Some(bytes) = bytes.get_mut(..usize::from(size)) else {
        return Ok(());
    };
    let mut old = [0; 8];
    old[..bytes.len()].copy_from_slice(bytes);
    let old = i64::from_le_bytes(old);
    let new = match kind {
        RelocationKind::Add8
        | RelocationKind::Add16
        | RelocationKind::Add32
        | RelocationKind::Add64 => old.wrapping_add(value),
        RelocationKind::Sub8
        | RelocationKind::Sub16
        | RelocationKind::Sub32
        | RelocationKind::Sub64 => old.wrapping_sub(value),
        _ if !crate::directive::fits(value, size) => {
            return Err(format!(
                "address {value:#x} does not fit in {} bits",
                8 * u32::from(size)
            ));
        }
        _ => value,
    };
    bytes.copy_from_slice(&new.to_le_bytes()[..bytes.len()]);
    Ok(())
}
