//! The addresses that pairs of instructions compute: an upper part in a register, and what adds the lower part to it.
//!
//! A register is known from the instruction that sets it to the one that sets it again, or to the end of the basic
//! block. Upper parts that a relocation will fill in are not known.

use crate::pseudo::{ADD_LOWER, FAR_JUMP};
use zktr_isa::model::{AliasValue, Instruction, OperandKind};
use zktr_isa::{Decoded, MAX_OPERANDS, Spec};

/// Registers of a hart.
const REGISTERS: usize = 32;
/// Operands, by their indices.
type Operand = u8;

/// What an instruction is to addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Sets a register to an upper part, or to the sum of that and its own address.
    Upper {
        rd: Operand,
        imm: Operand,
        relative: bool,
    },
    /// Adds a lower part to a register.
    Lower {
        base: Operand,
        imm: Operand,
        /// Sums have 32 bits.
        narrow: bool,
        /// It is an access or a jump, so that the base may be zero.
        access: bool,
    },
    /// Anything else.
    Other,
}

/// What is known of the registers.
pub(super) struct Addresses<'s> {
    spec: &'s Spec,
    xlen: u8,
    /// For each instruction.
    roles: Vec<Role>,
    known: [Option<u64>; REGISTERS],
    /// The register that points into small data, and where.
    global_pointer: Option<(usize, u64)>,
}

impl<'s> Addresses<'s> {
    /// Nothing is known but the global pointer, if there is one.
    pub fn new(spec: &'s Spec, xlen: u8, global_pointer: Option<u64>) -> Self {
        let register = spec.register("gp").map(usize::from);
        let mut this = Self {
            spec,
            xlen,
            roles: spec.instructions.iter().map(role).collect(),
            known: [None; REGISTERS],
            global_pointer: register.zip(global_pointer),
        };
        this.forget();
        this
    }

    /// A new basic block.
    pub fn forget(&mut self) {
        self.known = [None; REGISTERS];
        if let Some((register, value)) = self.global_pointer
            && let Some(slot) = self.known.get_mut(register)
        {
            *slot = Some(value);
        }
    }

    /// The address that an instruction computes, if it is one that completes an address. `relocated`: a relocation
    /// changes it.
    pub fn step(&mut self, decoded: &Decoded, address: u64, relocated: bool) -> Option<u64> {
        let mut index = decoded.instruction;
        let mut values = [0i64; MAX_OPERANDS];
        let own = decoded.values();
        values[..own.len()].copy_from_slice(own);
        if let Some(expansion) = &self.spec.instructions.get(index)?.expands {
            for (value, binding) in values.iter_mut().zip(&expansion.bindings) {
                *value = match *binding {
                    AliasValue::Fixed(fixed) => fixed,
                    AliasValue::Operand(slot) => own.get(slot).copied().unwrap_or(0),
                };
            }
            index = expansion.target;
        }
        let value = |operand: Operand| values.get(usize::from(operand)).copied().unwrap_or(0);
        let role = *self.roles.get(index)?;
        let mut result = None;
        let mut upper = None;
        match role {
            Role::Upper { rd, imm, relative } => {
                let part = i64::from((value(imm) << 12) as i32) as u64;
                let sum = if relative {
                    address.wrapping_add(part)
                } else {
                    part
                };
                upper = Some((value(rd), (!relocated).then(|| self.narrowed(sum, false))));
            }
            Role::Lower {
                base,
                imm,
                narrow,
                access,
            } if !relocated => {
                let base = usize::try_from(value(base)).unwrap_or(0);
                let from = match base {
                    0 if access => Some(0),
                    _ => self.known.get(base).copied().flatten(),
                };
                let sum = from.map(|from| from.wrapping_add(value(imm) as u64));
                result = sum.map(|sum| self.narrowed(sum, narrow));
            }
            _ => {}
        }
        let instruction = self.spec.instructions.get(index)?;
        for (operand, value) in instruction.operands.iter().zip(values) {
            if let OperandKind::Gpr { write: true, .. } = operand.kind
                && let Some(slot) = usize::try_from(value)
                    .ok()
                    .and_then(|i| self.known.get_mut(i))
            {
                *slot = None;
            }
        }
        if let Some((register, sum)) = upper
            && let Some(slot) = usize::try_from(register)
                .ok()
                .and_then(|i| self.known.get_mut(i))
            && register != 0
        {
            *slot = sum;
        }
        // A branch that is not taken changes nothing; what is behind a jump or a call may be reached from anywhere.
        let ends =
            |latency: &zktr_isa::latency::Latency| latency.transfer && latency.taken.is_none();
        if self.spec.latency(index).is_some_and(ends) {
            self.forget();
        }
        result
    }

    /// An address as wide as the registers; sign-extended from 32 bits, if sums have no more.
    fn narrowed(&self, address: u64, narrow: bool) -> u64 {
        if self.xlen == 32 {
            u64::from(address as u32)
        } else if narrow {
            i64::from(address as i32) as u64
        } else {
            address
        }
    }
}

fn role(instruction: &Instruction) -> Role {
    let operand = |name: &str| {
        let mut operands = instruction.operands.iter();
        operands
            .position(|o| o.name == name)
            .map(|at| at as Operand)
    };
    let name = instruction.name.as_str();
    let access = matches!(instruction.format.as_str(), "load" | "S") || name == FAR_JUMP[1];
    let adds = access || ADD_LOWER.contains(&name);
    match (operand("rd"), operand("rs1"), operand("imm")) {
        (Some(rd), _, Some(imm)) if instruction.format == "U" => Role::Upper {
            rd,
            imm,
            relative: name == FAR_JUMP[0],
        },
        (_, Some(base), Some(imm)) if adds => Role::Lower {
            base,
            imm,
            narrow: name == ADD_LOWER[1],
            access,
        },
        _ => Role::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;
    use zktr_isa::Spec;

    /// The addresses that code at 0x1000 computes; instructions that compute none are left out.
    fn computed(text: &str, xlen: u8) -> Vec<u64> {
        let spec = Spec::builtin();
        let options = crate::Options {
            xlen,
            ..crate::Options::default()
        };
        let object = crate::assemble(&spec, &crate::Source::new("t.s", text), &options).unwrap();
        let bytes = object.flat(&spec, 0x1000).unwrap();
        let mut addresses = Addresses::new(&spec, xlen, Some(0x8000));
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let decoded = spec.decode_bytes(&bytes[at..], xlen).unwrap();
            found.extend(addresses.step(&decoded, 0x1000 + at as u64, false));
            at += usize::from(decoded.length);
        }
        found
    }

    #[test]
    fn pairs() {
        for (text, expected) in [
            ("lui a0, 0x12345\n addi a0, a0, 0x678\n", &[0x1234_5678][..]),
            (
                "auipc a0, 1\n lw a1, -4(a0)\n sw a1, 8(a0)\n",
                &[0x1ffc, 0x2008],
            ),
            // Another value in between, or from elsewhere.
            ("lui a0, 1\n mv a0, a1\n addi a0, a0, 4\n", &[]),
            ("lui a0, 1\n jal f\n f: addi a0, a0, 4\n", &[]),
            ("addi a0, a1, 4\n", &[]),
            ("lui a0, 1\n beqz a1, f\n f: addi a0, a0, 4\n", &[0x1004]),
            ("lw a0, 4(zero)\n addi a0, zero, 4\n", &[4]),
            ("lw a0, -16(gp)\n", &[0x7ff0]),
            ("c.lui a0, 1\n c.addi a0, 4\n", &[0x1004]),
        ] {
            for xlen in [32, 64] {
                assert_eq!(computed(text, xlen), expected, "RV{xlen}: {text}");
            }
        }
        let text = "lui a0, 0x80000\n addi a1, a0, -1\n addiw a2, a0, -1\n";
        assert_eq!(computed(text, 64), [0xffff_ffff_7fff_ffff, 0x7fff_ffff]);
        let text = "lui a0, 0x80000\n addi a1, a0, -1\n";
        assert_eq!(computed(text, 32), [0x7fff_ffff]);
    }
}
