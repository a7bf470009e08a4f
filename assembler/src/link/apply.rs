//! Relocations of an object whose sections have addresses, as the psABI defines them.

use crate::object::{Object, Patch, Place, Relocation, RelocationKind as Kind};
use crate::resolve::{patch_operand, patch_upper, split};
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Of sections that are in memory.
    pub sections: Vec<Option<u64>>,
    /// Of symbols that the object does not place: common ones and those that a linker defines.
    pub symbols: HashMap<usize, u64>,
    /// Of the slots of the global offset table, by symbol.
    pub got: HashMap<usize, u64>,
}

impl Addresses {
    /// The address of a symbol, or why there is none.
    pub fn symbol(&self, object: &Object, index: usize) -> Result<u64, String> {
        let Some(symbol) = object.symbols.get(index) else {
            return Err("the relocation has no symbol".to_owned());
        };
        if let Some(&address) = self.symbols.get(&index) {
            return Ok(address);
        }
        let name = &symbol.name;
        match symbol.place {
            Place::Absolute(value) => Ok(value),
            Place::Section { section, offset } => match self.sections.get(section) {
                Some(Some(address)) => Ok(address.wrapping_add(offset)),
                _ => Err(format!(
                    "symbol '{name}' is in a section that is not loaded"
                )),
            },
            Place::Undefined => Err(format!("symbol '{name}' is not defined in this file")),
            Place::Common { .. } => {
                Err(format!("symbol '{name}' needs a linker that allocates it"))
            }
        }
    }
}

impl Object {
    /// Fills in the relocations of a section with these bytes; all errors are added.
    pub(super) fn relocate(
        &self,
        spec: &Spec,
        section: usize,
        addresses: &Addresses,
        bytes: &mut [u8],
        errors: &mut Vec<Diagnostic>,
    ) {
        let (Some(contents), Some(&Some(base))) =
            (self.sections.get(section), addresses.sections.get(section))
        else {
            return;
        };
        let mut relocator = Relocator {
            object: self,
            spec,
            addresses,
            distances: HashMap::new(),
        };
        let is_lower = |r: &&Relocation| matches!(r.kind, Kind::PcrelLo12I | Kind::PcrelLo12S);
        let upper = contents.relocations.iter().filter(|r| !is_lower(r));
        // The distance whose lower part a relocation asks for is that of the upper part.
        for relocation in upper.chain(contents.relocations.iter().filter(is_lower)) {
            let offset = usize::try_from(relocation.offset).unwrap_or(usize::MAX);
            let place = base.wrapping_add(relocation.offset);
            let bytes = bytes.get_mut(offset..).unwrap_or_default();
            if let Err(message) = relocator.apply(relocation, bytes, place) {
                let span = self.sources.span_of(relocation.source);
                errors.push(Diagnostic::error(message, span));
            }
        }
    }
}

struct Relocator<'a> {
    object: &'a Object,
    spec: &'a Spec,
    addresses: &'a Addresses,
    /// The distances of upper parts, by their addresses.
    distances: HashMap<u64, i64>,
}

impl Relocator<'_> {
    /// Fills in one relocation at the address `place`, where `bytes` begin.
    fn apply(&mut self, r: &Relocation, bytes: &mut [u8], place: u64) -> Result<(), String> {
        if matches!(r.kind, Kind::None | Kind::Relax | Kind::Align) {
            return Ok(());
        }
        let (spec, xlen) = (self.spec, self.object.xlen);
        let symbol = match r.symbol {
            Some(index) if r.kind == Kind::GotHi20 => *self
                .addresses
                .got
                .get(&index)
                .ok_or("a global offset table needs a linker")?,
            Some(index) => self.addresses.symbol(self.object, index)?,
            None => 0,
        };
        let value = symbol.wrapping_add(r.addend as u64) as i64;
        let distance = value.wrapping_sub(place as i64);
        let parts =
            |value| split(value, xlen).ok_or_else(|| format!("{value:#x} does not fit in 32 bits"));
        match (r.kind, r.patch) {
            (Kind::SetUleb128 | Kind::SubUleb128, _) => patch_uleb128(bytes, r.kind, value),
            (Kind::Pcrel32, Patch::Data(size)) => patch_data(bytes, Kind::Abs32, size, distance),
            (kind, Patch::Data(size)) => patch_data(bytes, kind, size, value),
            (Kind::Call | Kind::CallPlt, Patch::Pair { upper, lower }) => {
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
                    Kind::Hi20 => patch_upper(spec, bytes, operand, parts(value)?.0),
                    Kind::Lo12I | Kind::Lo12S => {
                        patch_operand(spec, bytes, operand, parts(value)?.1)
                    }
                    Kind::PcrelHi20 | Kind::GotHi20 => {
                        self.distances.insert(place, distance);
                        patch_upper(spec, bytes, operand, parts(distance)?.0)
                    }
                    Kind::PcrelLo12I | Kind::PcrelLo12S => {
                        let Some(&distance) = self.distances.get(&symbol) else {
                            return Err("could not find corresponding %pcrel_hi".to_owned());
                        };
                        patch_operand(spec, bytes, operand, parts(distance)?.1)
                    }
                    Kind::Branch | Kind::Jal | Kind::RvcBranch | Kind::RvcJump => {
                        patch_operand(spec, bytes, operand, distance).map_err(|_| {
                            format!("target is out of range: the distance is {distance} bytes")
                        })
                    }
                    other => Err(needs_linker(other)),
                }
            }
            (other, _) => Err(needs_linker(other)),
        }
    }
}

fn needs_linker(kind: Kind) -> String {
    format!("{} needs a linker", kind.name())
}

/// Stores, adds or subtracts a number of `size` bytes.
fn patch_data(bytes: &mut [u8], kind: Kind, size: u8, value: i64) -> Result<(), String> {
    let Some(bytes) = bytes.get_mut(..usize::from(size)) else {
        return Ok(());
    };
    let mut old = [0; 8];
    old[..bytes.len()].copy_from_slice(bytes);
    let old = i64::from_le_bytes(old);
    let new = match kind {
        Kind::Add8 | Kind::Add16 | Kind::Add32 | Kind::Add64 => old.wrapping_add(value),
        Kind::Sub8 | Kind::Sub16 | Kind::Sub32 | Kind::Sub64 => old.wrapping_sub(value),
        Kind::Set6 => old & !0x3f | value & 0x3f,
        Kind::Sub6 => old & !0x3f | old.wrapping_sub(value) & 0x3f,
        Kind::Set8 | Kind::Set16 | Kind::Set32 => value,
        Kind::Abs32 | Kind::Abs64 if !crate::directive::fits(value, size) => {
            return Err(format!(
                "address {value:#x} does not fit in {} bits",
                8 * u32::from(size)
            ));
        }
        Kind::Abs32 | Kind::Abs64 => value,
        other => return Err(needs_linker(other)),
    };
    bytes.copy_from_slice(&new.to_le_bytes()[..bytes.len()]);
    Ok(())
}

/// Stores or subtracts a number that keeps its length in bytes.
fn patch_uleb128(bytes: &mut [u8], kind: Kind, value: i64) -> Result<(), String> {
    let last = bytes.iter().take(10).position(|byte| byte & 0x80 == 0);
    let Some(bytes) = last.and_then(|last| bytes.get_mut(..=last)) else {
        return Err("the number at this place does not end".to_owned());
    };
    let old = bytes.iter().enumerate().fold(0u64, |sum, (i, byte)| {
        sum | u64::from(byte & 0x7f) << (7 * i).min(63)
    });
    let value = match kind {
        Kind::SubUleb128 => old.wrapping_sub(value as u64),
        _ => value as u64,
    };
    let mut rest = value;
    let length = bytes.len();
    for (i, byte) in bytes.iter_mut().enumerate() {
        let more = if i + 1 < length { 0x80 } else { 0 };
        *byte = (rest & 0x7f) as u8 | more;
        rest >>= 7;
    }
    // The first of a pair stores an address, of which only the difference has to fit.
    if rest != 0 && kind == Kind::SubUleb128 {
        return Err(format!(
            "{value:#x} does not fit in {length} bytes of LEB128"
        ));
    }
    Ok(())
}
