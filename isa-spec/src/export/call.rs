//! Instructions as functions of a programming language: parameters, results, and what stands in the way.

use super::ident::Names;
use super::shape::{self, Form, Piece};
use crate::algebra::OperandId;
use crate::model::{Instruction, Operand, OperandKind, Role};

/// An instruction as a function.
pub(super) struct Call<'a> {
    pub instruction: &'a Instruction,
    /// In the order of the operands, without those that are only written.
    pub parameters: Vec<Parameter<'a>>,
    /// The register operand that is written, with its name.
    pub result: Option<(OperandId, String)>,
    pub form: Form,
    /// See [`shape::Behaviour::pure`].
    pub pure: bool,
}

/// A parameter.
pub(super) struct Parameter<'a> {
    pub id: OperandId,
    pub operand: &'a Operand,
    /// An identifier.
    pub name: String,
}

impl Parameter<'_> {
    /// True for a value that the compiler has to know.
    pub(super) fn is_immediate(&self) -> bool {
        self.operand.kind.register().is_none()
    }
}

impl<'a> Call<'a> {
    /// The function, with parameter names that are no keywords.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn new(
        instruction: &'a Instruction,
        keywords: &'static [&'static str],
    ) -> Result<Self, &'static str> {
        let behaviour = shape::behaviour(instruction);
        if behaviour.opaque {
            return Err("it branches, or uses registers that are not written in assembly");
        }
        let mut names = Names::new(keywords);
        let mut parameters = Vec::new();
        let mut result = None;
        for (index, operand) in instruction.operands.iter().enumerate() {
            let id = OperandId(index as u32);
            let name = names.unique(match &operand.role {
                Role::Value | Role::Status => &operand.name,
                Role::Descriptor(_) => "descriptor",
                Role::Count(name) => name,
            });
            let read = match operand.kind {
                OperandKind::Gpr {
                    compressed: true, ..
                } => {
                    return Err("compilers cannot be asked for one of the registers that it takes");
                }
                OperandKind::Gpr { read, write, .. } => {
                    if operand.exclude.iter().any(|&number| number != 0) {
                        return Err("compilers cannot be kept from registers that it excludes");
                    }
                    if write && result.replace((id, name.clone())).is_some() {
                        return Err("it writes more than one register");
                    }
                    read
                }
                OperandKind::Fpr { .. } => {
                    return Err(
                        "compilers have floating-point types for the registers that it uses",
                    );
                }
                OperandKind::Imm {
                    pc_relative: true, ..
                } => return Err("it has a distance from itself as an operand"),
                _ => true,
            };
            if read {
                parameters.push(Parameter { id, operand, name });
            }
        }
        Ok(Self {
            instruction,
            parameters,
            result,
            form: shape::form(instruction),
            pure: behaviour.pure,
        })
    }

    /// The directive. `operand` names an operand, `number` the number of a register operand or the value of another.
    pub(super) fn directive(
        &self,
        operand: impl Fn(OperandId) -> String,
        number: impl Fn(OperandId) -> String,
    ) -> String {
        directive(self.instruction, &self.form, operand, number)
    }
}

/// The directive of an instruction in this form.
pub(super) fn directive(
    instruction: &Instruction,
    form: &Form,
    operand: impl Fn(OperandId) -> String,
    number: impl Fn(OperandId) -> String,
) -> String {
    let register = |piece: &Piece| match piece {
        Piece::Operand(id) => operand(*id),
        Piece::Fixed(number) => format!("x{number}"),
    };
    // The assembler takes the 12 bits as a signed number.
    let immediate = |piece: &Piece| match piece {
        Piece::Operand(id) => operand(*id),
        Piece::Fixed(value) if *value >= 0x800 => (i64::from(*value) - 0x1000).to_string(),
        Piece::Fixed(value) => value.to_string(),
    };
    match form {
        Form::R {
            opcode,
            funct3,
            funct7,
            rd,
            rs1,
            rs2,
        } => format!(
            ".insn r {opcode:#x}, {funct3}, {funct7}, {}, {}, {}",
            register(rd),
            register(rs1),
            register(rs2)
        ),
        Form::I {
            opcode,
            funct3,
            rd,
            rs1,
            imm,
        } => format!(
            ".insn i {opcode:#x}, {funct3}, {}, {}, {}",
            register(rd),
            register(rs1),
            immediate(imm)
        ),
        Form::S {
            opcode,
            funct3,
            rs1,
            rs2,
            imm,
        } => format!(
            ".insn s {opcode:#x}, {funct3}, {}, {}({})",
            register(rs2),
            immediate(imm),
            register(rs1)
        ),
        Form::U { opcode, rd, imm } => {
            format!(".insn u {opcode:#x}, {}, {}", register(rd), operand(*imm))
        }
        Form::B {
            opcode,
            funct3,
            rs1,
            rs2,
            target,
        } => format!(
            ".insn b {opcode:#x}, {funct3}, {}, {}, {}",
            register(rs1),
            register(rs2),
            operand(*target)
        ),
        Form::J { opcode, rd, target } => {
            format!(
                ".insn j {opcode:#x}, {}, {}",
                register(rd),
                operand(*target)
            )
        }
        Form::Word => format!(
            ".{}byte {}",
            instruction.length,
            shape::word_expression(instruction, number)
        ),
    }
}

/// A condition that an operand's value has to fulfil, in the syntax that C, Rust and assemblers share but for their
/// logical operators. Empty if every value that fits into the word is allowed and the assembler checks that it fits.
pub(super) fn range_check(operand: &Operand, value: &str, and: &str, or: &str) -> String {
    let allowed = operand.allowed();
    let within = |low: i64, high: i64| format!("({value} >= {low} {and} {value} <= {high})");
    let mut out = within(allowed.min, allowed.max);
    if let Some((low, high)) = allowed.upper {
        out = format!("({out} {or} {})", within(low, high));
    }
    if allowed.multiple > 1 {
        out.push_str(&format!(" {and} ({value} & {}) == 0", allowed.multiple - 1));
    }
    for excluded in &allowed.exclude {
        out.push_str(&format!(" {and} {value} != {excluded}"));
    }
    out
}
