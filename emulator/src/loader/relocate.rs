//! One relocation at a time, as the RISC-V ELF psABI defines them.
//!
//! An immediate is put into an instruction by the bit slices that the spec gives for its operand.

use object::elf;
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::model::{Operand, OperandKind};

/// Where a relocation is applied.
pub(super) struct Place<'a> {
    /// The bytes of the section.
    pub(super) bytes: &'a mut [u8],
    /// The place in them.
    pub(super) offset: usize,
    /// Its address.
    pub(super) addr: u64,
}

/// Applies relocations.
pub(super) struct Relocator<'a> {
    spec: &'a Spec,
    xlen: u8,
    /// Distances that the high halves of pc-relative addresses stand for, by the halves' addresses.
    high_halves: HashMap<u64, i64>,
}

/// Bits of the low half of an address: the immediate of loads, stores and `addi`.
const LOW_BITS: u32 = 12;

impl<'a> Relocator<'a> {
    pub(super) fn new(spec: &'a Spec, xlen: u8) -> Self {
        Self {
            spec,
            xlen,
            high_halves: HashMap::new(),
        }
    }

    /// True for relocations that others refer to.
    pub(super) fn is_high_half(r_type: u32) -> bool {
        matches!(r_type, elf::R_RISCV_PCREL_HI20 | elf::R_RISCV_GOT_HI20)
    }

    /// True for those that only permit the linker something.
    pub(super) fn is_hint(r_type: u32) -> bool {
        matches!(
            r_type,
            elf::R_RISCV_NONE | elf::R_RISCV_RELAX | elf::R_RISCV_ALIGN
        )
    }

    /// Notes that the relocation at this address has been reported, so that those that refer to it are
    /// not reported as well.
    pub(super) fn give_up(&mut self, addr: u64) {
        self.high_halves.entry(addr).or_insert(0);
    }

    /// Applies a relocation against a symbol with this value; `got` is the symbol's slot in the table.
    pub(super) fn apply(
        &mut self,
        r_type: u32,
        mut place: Place<'_>,
        symbol: u64,
        addend: i64,
        got: Option<u64>,
    ) -> Result<(), String> {
        let value = symbol.wrapping_add_signed(addend);
        let distance = value.wrapping_sub(place.addr).cast_signed();
        match r_type {
            elf::R_RISCV_64 => place.change(8, |_| value),
            elf::R_RISCV_32 => {
                self.fits_word(value)?;
                place.change(4, |_| value)
            }
            elf::R_RISCV_32_PCREL | elf::R_RISCV_PLT32 => {
                i32::try_from(distance).map_err(|_| too_far(distance))?;
                place.change(4, |_| distance.cast_unsigned())
            }
            elf::R_RISCV_ADD8 => place.change(1, |old| old.wrapping_add(value)),
            elf::R_RISCV_ADD16 => place.change(2, |old| old.wrapping_add(value)),
            elf::R_RISCV_ADD32 => place.change(4, |old| old.wrapping_add(value)),
            elf::R_RISCV_ADD64 => place.change(8, |old| old.wrapping_add(value)),
            elf::R_RISCV_SUB8 => place.change(1, |old| old.wrapping_sub(value)),
            elf::R_RISCV_SUB16 => place.change(2, |old| old.wrapping_sub(value)),
            elf::R_RISCV_SUB32 => place.change(4, |old| old.wrapping_sub(value)),
            elf::R_RISCV_SUB64 => place.change(8, |old| old.wrapping_sub(value)),
            elf::R_RISCV_SET6 => place.change(1, |old| old & !0x3f | value & 0x3f),
            elf::R_RISCV_SUB6 => {
                place.change(1, |old| old & !0x3f | old.wrapping_sub(value) & 0x3f)
            }
            elf::R_RISCV_SET8 => place.change(1, |_| value),
            elf::R_RISCV_SET16 => place.change(2, |_| value),
            elf::R_RISCV_SET32 => place.change(4, |_| value),
            elf::R_RISCV_BRANCH
            | elf::R_RISCV_JAL
            | elf::R_RISCV_RVC_BRANCH
            | elf::R_RISCV_RVC_JUMP => self.jump(&mut place, distance),
            elf::R_RISCV_CALL | elf::R_RISCV_CALL_PLT => {
                self.high(&mut place, distance)?;
                place.offset += 4;
                self.low(&mut place, distance)
            }
            elf::R_RISCV_PCREL_HI20 => {
                self.high_halves.insert(place.addr, distance);
                self.high(&mut place, distance)
            }
            elf::R_RISCV_GOT_HI20 => {
                let slot = got.ok_or("there is no slot for this symbol")?;
                let distance = slot
                    .wrapping_add_signed(addend)
                    .wrapping_sub(place.addr)
                    .cast_signed();
                self.high_halves.insert(place.addr, distance);
                self.high(&mut place, distance)
            }
            // The symbol is the label of the high half.
            elf::R_RISCV_PCREL_LO12_I | elf::R_RISCV_PCREL_LO12_S => {
                let high = self.high_halves.get(&symbol).copied();
                let distance =
                    high.ok_or("the label of a %pcrel_lo has no %pcrel_hi or %got_pcrel_hi")?;
                self.low(&mut place, distance)
            }
            elf::R_RISCV_HI20 => self.high(&mut place, self.absolute(value)),
            elf::R_RISCV_LO12_I | elf::R_RISCV_LO12_S => self.low(&mut place, self.absolute(value)),
            other => Err(format!("relocation type {other} is not supported")),
        }
    }

    /// An address as the sum of a sign-extended high and low half.
    fn absolute(&self, value: u64) -> i64 {
        if self.xlen == 32 {
            i64::from(value as u32 as i32)
        } else {
            value.cast_signed()
        }
    }

    fn fits_word(&self, value: u64) -> Result<(), String> {
        let fits = self.xlen == 32
            || u32::try_from(value).is_ok()
            || i32::try_from(value.cast_signed()).is_ok();
        if fits {
            Ok(())
        } else {
            Err(format!("{value:#x} does not fit into 32 bits"))
        }
    }

    /// Distance of a branch or jump.
    fn jump(&self, place: &mut Place<'_>, distance: i64) -> Result<(), String> {
        let (index, word) = self.decode(place)?;
        let decoded = self
            .spec
            .decode(word, self.xlen)
            .map_err(|error| error.to_string())?;
        let operands = &self.spec.instructions[index].operands;
        let target = operands.iter().position(|o| {
            matches!(
                o.kind,
                OperandKind::Imm {
                    pc_relative: true,
                    ..
                }
            )
        });
        let target = target.ok_or("the instruction here is no branch or jump")?;
        let mut values = decoded.values().to_vec();
        values[target] = distance;
        let word = self
            .spec
            .encode(index, &values)
            .map_err(|_| too_far(distance))?;
        place.change(decoded.length, |_| u64::from(word))
    }

    /// The upper bits of a value whose low half is sign-extended.
    fn high(&self, place: &mut Place<'_>, value: i64) -> Result<(), String> {
        let rounded = value.wrapping_add(1 << (LOW_BITS - 1));
        if self.xlen == 64 && i32::try_from(rounded).is_err() {
            return Err(too_far(value));
        }
        self.immediate(place, rounded >> LOW_BITS)
    }

    fn low(&self, place: &mut Place<'_>, value: i64) -> Result<(), String> {
        self.immediate(place, value & ((1 << LOW_BITS) - 1))
    }

    /// Puts these bits into the immediate of an instruction, from its lowest bit up.
    fn immediate(&self, place: &mut Place<'_>, bits: i64) -> Result<(), String> {
        let (index, word) = self.decode(place)?;
        let instruction = &self.spec.instructions[index];
        let immediate = |o: &&Operand| {
            matches!(
                o.kind,
                OperandKind::Imm {
                    pc_relative: false,
                    ..
                }
            )
        };
        let operand = instruction
            .operands
            .iter()
            .find(immediate)
            .ok_or("the instruction here has no immediate")?;
        let lowest = operand
            .slices
            .iter()
            .map(|slice| slice.value_lo)
            .min()
            .unwrap_or(0);
        let mut word = word;
        for slice in &operand.slices {
            let mask = (1u64 << slice.len) - 1;
            let piece = (bits.cast_unsigned() >> (slice.value_lo - lowest)) & mask;
            word = word & !((mask as u32) << slice.word_lo) | (piece as u32) << slice.word_lo;
        }
        place.change(instruction.length, |_| u64::from(word))
    }

    /// The instruction at a place, and its word.
    fn decode(&self, place: &Place<'_>) -> Result<(usize, u32), String> {
        let bytes = place.bytes.get(place.offset..).unwrap_or(&[]);
        let decoded = self
            .spec
            .decode_bytes(bytes, self.xlen)
            .map_err(|error| error.to_string())?;
        let mut word = [0; 4];
        let length = usize::from(decoded.length).min(4);
        word[..length].copy_from_slice(&bytes[..length]);
        Ok((decoded.instruction, u32::from_le_bytes(word)))
    }
}

impl Place<'_> {
    /// Replaces a little-endian word of `len` bytes by a function of it.
    fn change(&mut self, len: u8, new: impl Fn(u64) -> u64) -> Result<(), String> {
        let len = usize::from(len);
        let place = self
            .bytes
            .get_mut(self.offset..)
            .and_then(|bytes| bytes.get_mut(..len));
        let place = place.ok_or("relocation outside of its section")?;
        let mut word = [0; 8];
        word[..len].copy_from_slice(place);
        place.copy_from_slice(&new(u64::from_le_bytes(word)).to_le_bytes()[..len]);
        Ok(())
    }
}

fn too_far(distance: i64) -> String {
    format!("the target is too far away ({distance} bytes)")
}
