//! Instructions as they can be written and encoded.

use super::words;
use crate::algebra::OperandId;
use crate::model::{Instruction, Operand, OperandKind};
use crate::spec::Spec;

/// An instruction as it can be written and encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Assembly.
    pub text: String,
    /// The same for assemblers that do not know the instruction: an `.insn` directive of GNU as and LLVM.
    pub insn: String,
    /// The word; a compressed one is in the low 16 bits.
    pub word: u32,
    /// Bytes of the word.
    pub length: u8,
}

impl Example {
    /// The bytes in memory, in hexadecimal.
    #[must_use]
    pub fn bytes(&self) -> String {
        let bytes: Vec<String> = self
            .word
            .to_le_bytes()
            .iter()
            .take(usize::from(self.length))
            .map(|byte| format!("{byte:02x}"))
            .collect();
        bytes.join(" ")
    }

    /// The word in hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        format!("0x{:0w$x}", self.word, w = usize::from(self.length) * 2)
    }
}

/// An example of an instruction: argument registers, and small numbers where they are allowed.
#[must_use]
pub fn example(spec: &Spec, instruction: usize) -> Option<Example> {
    let entry = spec.instructions.get(instruction)?;
    let mut values = Vec::new();
    for (index, operand) in entry.operands.iter().enumerate() {
        let allowed = operand.allowed();
        let preferred = match operand.kind {
            OperandKind::Gpr { .. } => i64::from(spec.register("a0").unwrap_or(0)) + index as i64,
            OperandKind::Fpr { .. } => {
                i64::from(spec.float_register("fa0").unwrap_or(0)) + index as i64
            }
            OperandKind::FenceSet => 3,
            OperandKind::Csr => i64::from(spec.csrs.first()?.number),
            OperandKind::Imm { .. } => 16,
        };
        let candidates = [
            preferred,
            4,
            1,
            allowed.min,
            allowed.min + allowed.multiple,
            allowed.max,
        ];
        let value = candidates
            .into_iter()
            .find(|candidate| allowed.contains(*candidate))?;
        values.push(value);
    }
    let word = spec.encode(instruction, &values).ok()?;
    let raw = || {
        let digits = usize::from(entry.length) * 2;
        format!(".insn {}, 0x{word:0digits$x}", entry.length)
    };
    Some(Example {
        text: write(spec, entry, &values),
        insn: r_type(spec, entry, word).unwrap_or_else(raw),
        word,
        length: entry.length,
    })
}

fn write(spec: &Spec, entry: &Instruction, values: &[i64]) -> String {
    words::assembly(entry, |OperandId(id)| {
        words::value(spec, &entry.operands[id as usize], values[id as usize])
    })
}

/// The directive with names, for a word in which opcode, funct3 and funct7 are fixed and all else is registers.
fn r_type(spec: &Spec, instruction: &Instruction, word: u32) -> Option<String> {
    const FIXED: u32 = 0xfe00_707f;
    let registers = |operand: &&Operand| {
        matches!(operand.kind, OperandKind::Gpr { .. })
            && operand.slices.iter().all(|slice| slice.len == 5)
    };
    if instruction.length != 4
        || instruction.mask & FIXED != FIXED
        || !instruction.operands.iter().all(|o| registers(&o))
    {
        return None;
    }
    let register = |low: u32| {
        let number = (word >> low & 31) as usize;
        spec.registers.abi.get(number).cloned()
    };
    Some(format!(
        ".insn r 0x{:02x}, {}, 0x{:02x}, {}, {}, {}",
        word & 0x7f,
        word >> 12 & 7,
        word >> 25,
        register(7)?,
        register(15)?,
        register(20)?
    ))
}
