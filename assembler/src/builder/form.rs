//! The forms of a mnemonic, as lists of operands: which of them an instruction's operands fit, and how it is written.

use super::{Builder, Operand};
use crate::pseudo::{self, Pseudo};
use zktr_isa::Spec;
use zktr_isa::model::{AliasPiece, AliasValue, OperandKind, SyntaxPiece};

/// An operand of a form.
#[derive(Debug, Clone)]
pub(super) enum Parameter<'s> {
    /// As an operand of an instruction.
    Spec(&'s zktr_isa::model::Operand),
    /// Any register.
    Register,
    /// Any number.
    Number,
    /// A label.
    Label,
}

/// A piece of a form.
#[derive(Debug, Clone)]
pub(super) enum Piece<'s> {
    /// An operand.
    Parameter(Parameter<'s>),
    /// `,`, `(` or `)`.
    Mark(char),
}

/// A way to write a mnemonic.
#[derive(Debug, Clone)]
pub(super) struct Form<'s> {
    /// What follows the mnemonic.
    pub pieces: Vec<Piece<'s>>,
    /// What it stands for: the title of an instruction, the name of an alias' target, or an explanation.
    pub title: String,
}

impl<'s> Form<'s> {
    /// Its operands.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter<'s>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Parameter(parameter) => Some(parameter),
            Piece::Mark(_) => None,
        })
    }
}

/// All mnemonics of a spec, in its order: instructions, then aliases, then pseudo-instructions.
pub(super) fn mnemonics(spec: &Spec) -> Vec<&str> {
    let mut seen = std::collections::HashSet::new();
    let instructions = spec.instructions.iter().map(|i| i.name.as_str());
    let aliases = spec.aliases.iter().map(|alias| alias.name.as_str());
    let pseudos = pseudo::ALL.iter().map(|x| x.0);
    let all = instructions.chain(aliases).chain(pseudos);
    all.filter(|name| seen.insert(*name)).collect()
}

/// The forms of a mnemonic for harts of one width.
pub(super) fn forms<'s>(spec: &'s Spec, mnemonic: &str, xlen: u8) -> Vec<Form<'s>> {
    let mut forms = Vec::new();
    if let Some(index) = spec.instruction_for(mnemonic, xlen) {
        let instruction = &spec.instructions[index];
        let pieces = instruction.syntax.iter().map(|piece| match *piece {
            SyntaxPiece::Operand(id) => {
                Piece::Parameter(Parameter::Spec(&instruction.operands[id.0 as usize]))
            }
            SyntaxPiece::Punct(mark) => Piece::Mark(mark),
        });
        forms.push(Form {
            pieces: pieces.collect(),
            title: instruction.title.clone(),
        });
    } else if let Some(&(_, pseudo)) = pseudo::ALL.iter().find(|x| x.0 == mnemonic) {
        forms.extend(pseudo_forms(pseudo));
    }
    for &index in spec.aliases_named(mnemonic) {
        let alias = &spec.aliases[index];
        let target = &spec.instructions[alias.target];
        if !target.xlen.contains(&xlen) {
            continue;
        }
        let piece = |piece: &AliasPiece| match *piece {
            AliasPiece::Punct(mark) => Some(Piece::Mark(mark)),
            AliasPiece::Operand(slot) => {
                let mut bindings = alias.bindings.iter();
                let like = bindings.position(|b| *b == AliasValue::Operand(slot))?;
                Some(Piece::Parameter(Parameter::Spec(&target.operands[like])))
            }
        };
        // A slot without an operand cannot be written here; the instruction itself can.
        let Some(pieces) = alias.syntax.iter().map(piece).collect() else {
            continue;
        };
        forms.push(Form {
            pieces,
            title: format!("short for `{}`", target.name),
        });
    }
    forms
}

fn pseudo_forms(pseudo: Pseudo) -> Vec<Form<'static>> {
    use Parameter::{Label, Number, Register};
    let (lists, title): (&[&[Parameter<'static>]], _) = match pseudo {
        Pseudo::LoadImmediate => (&[&[Register, Number]], "a number of up to 64 bits"),
        Pseudo::LoadAddress => (
            &[&[Register, Label]],
            "an address, through the global offset table in position-independent code",
        ),
        Pseudo::LoadLocalAddress => (&[&[Register, Label]], "an address in the same program"),
        Pseudo::LoadGlobalAddress => (
            &[&[Register, Label]],
            "an address, through the global offset table",
        ),
        Pseudo::LoadThreadOffset => (
            &[&[Register, Label]],
            "the distance of a thread's variable from the thread pointer",
        ),
        Pseudo::LoadThreadIndex => (
            &[&[Register, Label]],
            "what `__tls_get_addr` needs to find a thread's variable",
        ),
        Pseudo::Call => (&[&[Label], &[Register, Label]], "call within 2 GiB"),
        Pseudo::Tail => (&[&[Label]], "jump within 2 GiB, through t1"),
        Pseudo::Jump => (
            &[&[Label, Register]],
            "jump within 2 GiB, through a register",
        ),
    };
    let form = |list: &&[Parameter<'static>]| {
        let mut pieces = Vec::new();
        for parameter in list.iter() {
            if !pieces.is_empty() {
                pieces.push(Piece::Mark(','));
            }
            pieces.push(Piece::Parameter(parameter.clone()));
        }
        Form {
            pieces,
            title: title.to_owned(),
        }
    };
    lists.iter().map(form).collect()
}

impl Builder<'_> {
    /// An instruction as it is written.
    #[track_caller]
    pub(super) fn instruction_text(
        &mut self,
        mnemonic: &str,
        operands: &[Operand],
    ) -> Result<String, String> {
        let spec = self.spec;
        let mut nearest: Option<(usize, String)> = None;
        for form in forms(spec, mnemonic, self.options.xlen) {
            match mismatch(&form, mnemonic, operands) {
                None => return self.write_form(&form, mnemonic, operands),
                Some(found) if nearest.as_ref().is_none_or(|n| found.0 > n.0) => {
                    nearest = Some(found);
                }
                Some(_) => {}
            }
        }
        Err(match nearest {
            Some((_, message)) => message,
            None if spec.instruction(mnemonic).is_some() => {
                format!("RV{} has no '{mnemonic}'", self.options.xlen)
            }
            None => match zktr_isa::names::nearest(mnemonic, mnemonics(spec)) {
                Some(name) => {
                    format!("unrecognized instruction mnemonic '{mnemonic}', did you mean: {name}?")
                }
                None => format!("unrecognized instruction mnemonic '{mnemonic}'"),
            },
        })
    }

    #[track_caller]
    fn write_form(
        &mut self,
        form: &Form<'_>,
        mnemonic: &str,
        operands: &[Operand],
    ) -> Result<String, String> {
        let mut text = format!("\t{mnemonic}");
        let mut operands = operands.iter();
        for (i, piece) in form.pieces.iter().enumerate() {
            if i == 0 {
                text.push('\t');
            }
            match piece {
                Piece::Mark(mark) => text.push(*mark),
                Piece::Parameter(_) => {
                    if let Some(operand) = operands.next() {
                        text.push_str(&self.operand_text(operand)?);
                    }
                }
            }
        }
        Ok(text)
    }

    #[track_caller]
    fn operand_text(&mut self, operand: &Operand) -> Result<String, String> {
        Ok(match operand {
            Operand::Reg(reg) => {
                format!("{}{}", self.spec.registers.prefix, reg.number())
            }
            Operand::FloatReg(reg) => self.spec.float_registers.name(reg.number().into(), true),
            Operand::Number(number) => number.to_string(),
            Operand::Csr(csr) => csr.number().to_string(),
            Operand::Accesses(accesses) => accesses.bits().to_string(),
            Operand::Label(label) => self.place(label)?,
            Operand::Part(modifier, label) => format!("%{modifier}({})", self.place(label)?),
        })
    }
}

/// The first operand that does not fit, and why.
fn mismatch(form: &Form<'_>, mnemonic: &str, operands: &[Operand]) -> Option<(usize, String)> {
    let parameters: Vec<_> = form.parameters().collect();
    for (i, (parameter, operand)) in parameters.iter().zip(operands).enumerate() {
        if let Err(wanted) = check(parameter, operand) {
            return Some((i + 1, format!("'{mnemonic}': {wanted}")));
        }
    }
    (parameters.len() != operands.len()).then(|| {
        let (wanted, given) = (parameters.len(), operands.len());
        (
            0,
            format!("'{mnemonic}' has {wanted} operands, not {given}"),
        )
    })
}

/// What is wrong with an operand.
fn check(parameter: &Parameter<'_>, operand: &Operand) -> Result<(), String> {
    let spec = match parameter {
        Parameter::Spec(spec) => spec,
        Parameter::Register if matches!(operand, Operand::Reg(_)) => return Ok(()),
        Parameter::Number if matches!(operand, Operand::Number(_)) => return Ok(()),
        Parameter::Label if matches!(operand, Operand::Label(_)) => return Ok(()),
        Parameter::Register => return Err(format!("expected a register, not {}", operand.what())),
        Parameter::Number => return Err(format!("expected a number, not {}", operand.what())),
        Parameter::Label => return Err(format!("expected a label, not {}", operand.what())),
    };
    let (wanted, value) = match (&spec.kind, operand) {
        (OperandKind::Gpr { .. }, Operand::Reg(reg)) => ("", Some(reg.number().into())),
        (OperandKind::Gpr { .. }, _) => ("a register", None),
        (OperandKind::Fpr { .. }, Operand::FloatReg(reg)) => ("", Some(reg.number().into())),
        (OperandKind::Fpr { .. }, _) => ("a floating-point register", None),
        (
            OperandKind::Imm { .. } | OperandKind::Csr | OperandKind::FenceSet,
            Operand::Number(n),
        ) => ("", Some(*n)),
        (OperandKind::Csr, Operand::Csr(csr)) => ("", Some(csr.number().into())),
        (OperandKind::FenceSet, Operand::Accesses(set)) => ("", Some(set.bits())),
        (
            OperandKind::Imm {
                pc_relative: true, ..
            },
            Operand::Label(_),
        )
        | (
            OperandKind::Imm {
                pc_relative: false, ..
            },
            Operand::Part(..),
        ) => return Ok(()),
        (
            OperandKind::Imm {
                pc_relative: true, ..
            },
            _,
        ) => ("a label or a distance", None),
        (OperandKind::Imm { .. }, _) => ("a number or a part of an address", None),
        (OperandKind::Csr, _) => ("a CSR", None),
        (OperandKind::FenceSet, _) => ("a set of accesses", None),
    };
    let name = &spec.name;
    match value {
        None => Err(format!("'{name}' must be {wanted}, not {}", operand.what())),
        Some(value) if spec.accepts(value) => Ok(()),
        Some(value) => {
            let allowed = spec.allowed();
            let kind = if matches!(operand, Operand::Reg(_) | Operand::FloatReg(_)) {
                "the number of register "
            } else {
                ""
            };
            Err(format!("{kind}'{name}' must be {allowed}, not {value}"))
        }
    }
}
