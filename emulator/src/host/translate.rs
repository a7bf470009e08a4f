//! From the meaning of a decoded instruction to operations.
//!
//! The translation is exact or refused: an instruction whose meaning needs something that operations
//! do not have is executed by the golden evaluator instead. Operations are in two groups. The first
//! only reads the hart; the second writes it: first memory, which may fault, then registers, then the
//! program counter. So an instruction reads the state before it, and one that faults changes nothing.
//! This module has the statements and the second group; terms are in [`super::terms`].

use super::ops::{Code, FIRST_TEMPORARY, Op};
use crate::golden::eval::bits_of;
use zktr_isa::algebra::{Stmt, Type};
use zktr_isa::model::Instruction;

/// A decoded instruction at its address.
pub(super) struct Site<'a> {
    pub(super) instruction: &'a Instruction,
    pub(super) values: &'a [i64],
    pub(super) pc: u64,
    pub(super) next_pc: u64,
    pub(super) xlen: u8,
}

/// Operations of an instruction.
pub(super) struct Translation {
    pub(super) ops: Vec<Op>,
    /// It may go on elsewhere than behind itself.
    pub(super) jumps: bool,
}

/// The operations of an instruction; none if the golden evaluator has to execute it.
pub(super) fn translate(site: &Site<'_>) -> Option<Translation> {
    let [mode] = &site.instruction.modes[..] else {
        return None;
    };
    let vars = vec![None; mode.semantics.vars.len()];
    let mut translator = Translator {
        site,
        vars,
        ops: Vec::new(),
        next: FIRST_TEMPORARY,
        commits: Vec::new(),
    };
    translator.statements(&mode.semantics.body, None)?;
    translator.commit()
}

/// A word or truth value during translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Val {
    Const(u64),
    Slot(u8),
}

/// How much of a word has to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// All of it, and zeros above.
    Exact,
    /// The word; the bits above it may be anything.
    Low,
}

/// A write at the end of the instruction, under a condition if there is one.
struct Commit {
    condition: Option<u8>,
    what: What,
}

enum What {
    Register {
        register: u8,
        value: Val,
    },
    Memory {
        base: u8,
        offset: u64,
        bytes: u8,
        value: u8,
    },
    Pc(Target),
}

#[derive(Clone, Copy)]
enum Target {
    Address(u64),
    Slot(u8),
}

pub(super) struct Translator<'a> {
    pub(super) site: &'a Site<'a>,
    /// Values of the bound names.
    pub(super) vars: Vec<Option<Val>>,
    pub(super) ops: Vec<Op>,
    /// The next free slot.
    pub(super) next: u8,
    commits: Vec<Commit>,
}

impl Translator<'_> {
    // ---- statements ----

    fn statements(&mut self, statements: &[Stmt], condition: Option<u8>) -> Option<()> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement, condition))
    }

    fn statement(&mut self, statement: &Stmt, condition: Option<u8>) -> Option<()> {
        // What is computed under a condition is computed in any case, so that it must not fault.
        let before = self.ops.len();
        let what = match statement {
            Stmt::Let { var, value } => {
                let value = self.value(value)?;
                *self.vars.get_mut(var.0 as usize)? = Some(value);
                None
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                if condition.is_some() {
                    return None;
                }
                match self.boolean(cond)? {
                    Val::Const(0) => self.statements(otherwise, None)?,
                    Val::Const(_) => self.statements(then, None)?,
                    Val::Slot(slot) => {
                        self.statements(then, Some(slot))?;
                        if !otherwise.is_empty() {
                            let inverse = self.emit(Code::Xor, slot, 0, 1)?;
                            self.statements(otherwise, Some(inverse))?;
                        }
                    }
                }
                return Some(());
            }
            Stmt::SetReg { operand, value } => {
                let bits = match value.ty {
                    Type::Bits(width) => bits_of(width, self.site.xlen)?,
                    _ => u32::from(self.site.xlen),
                };
                let value = self.word(value, bits, Need::Exact)?;
                let register = self.register(*operand)?;
                // The register may be another one's new value: take it before it changes.
                let value = self.detached(value)?;
                (register != 0).then_some(What::Register { register, value })
            }
            Stmt::SetPc(value) => {
                let target = match self.word(value, u32::from(self.site.xlen), Need::Exact)? {
                    Val::Const(address) => Target::Address(address),
                    slot => match self.detached(slot)? {
                        Val::Slot(slot) => Target::Slot(slot),
                        Val::Const(address) => Target::Address(address),
                    },
                };
                Some(What::Pc(target))
            }
            Stmt::StoreMem { addr, bytes, value } => {
                let (base, offset) = self.address(addr)?;
                let value = self.word(value, 8 * u32::from(*bytes), Need::Low)?;
                let value = self.slot(value)?;
                Some(What::Memory {
                    base,
                    offset,
                    bytes: *bytes,
                    value,
                })
            }
            Stmt::Carry { .. }
            | Stmt::Assign { .. }
            | Stmt::For { .. }
            | Stmt::Store { .. }
            | Stmt::Accumulate { .. }
            | Stmt::Refuse { .. } => return None,
            Stmt::SetCsr { .. } | Stmt::Effect(_) => return None,
        };
        if condition.is_some() && self.ops[before..].iter().any(|op| op.code.loads()) {
            return None;
        }
        self.commits
            .extend(what.map(|what| Commit { condition, what }));
        Some(())
    }

    /// The same value, not in a register.
    fn detached(&mut self, value: Val) -> Option<Val> {
        match value {
            Val::Slot(slot) if slot < FIRST_TEMPORARY => {
                self.emit(Code::Add, slot, 0, 0).map(Val::Slot)
            }
            other => Some(other),
        }
    }

    // ---- the second group ----

    fn commit(mut self) -> Option<Translation> {
        let stores = self
            .commits
            .iter()
            .filter(|c| matches!(c.what, What::Memory { .. }))
            .count();
        let jumps = self
            .commits
            .iter()
            .filter(|c| matches!(c.what, What::Pc(_)))
            .count();
        if stores > 1 || jumps > 1 {
            return None;
        }
        self.retarget();
        let commits = std::mem::take(&mut self.commits);
        for commit in &commits {
            if let What::Memory {
                base,
                offset,
                bytes,
                value,
            } = commit.what
            {
                let code = match bytes {
                    1 => Code::Store8,
                    2 => Code::Store16,
                    4 => Code::Store32,
                    8 => Code::Store64,
                    _ => return None,
                };
                self.guard(commit.condition);
                self.ops.push(Op {
                    code,
                    dst: 0,
                    a: base,
                    b: value,
                    imm: offset,
                });
            }
        }
        for commit in &commits {
            if let What::Register { register, value } = commit.what {
                self.guard(commit.condition);
                let (b, imm) = match value {
                    Val::Const(value) => (0, value),
                    Val::Slot(slot) => (slot, 0),
                };
                self.ops.push(Op {
                    code: Code::Add,
                    dst: register,
                    a: 0,
                    b,
                    imm,
                });
            }
        }
        for commit in &commits {
            if let What::Pc(target) = commit.what {
                self.jump(commit.condition, target);
            }
        }
        Some(Translation {
            ops: self.ops,
            jumps: jumps > 0,
        })
    }

    /// The next operation only takes place under the condition.
    fn guard(&mut self, condition: Option<u8>) {
        if let Some(slot) = condition {
            self.ops.push(Op {
                code: Code::SkipIfZero,
                dst: 0,
                a: slot,
                b: 0,
                imm: 1,
            });
        }
    }

    fn jump(&mut self, condition: Option<u8>, target: Target) {
        match (condition, target) {
            (Some(slot), Target::Address(imm)) => {
                // A comparison that only this branch needs becomes one with it.
                let fused = self
                    .ops
                    .last()
                    .filter(|op| op.dst == slot && op.imm == 0)
                    .and_then(|op| {
                        Some(match op.code {
                            Code::Eq => Code::BranchEq,
                            Code::Ne => Code::BranchNe,
                            Code::LtU => Code::BranchLtU,
                            Code::LeU => Code::BranchLeU,
                            Code::LtS64 => Code::BranchLtS,
                            Code::LeS64 => Code::BranchLeS,
                            _ => return None,
                        })
                    });
                match (fused, self.ops.last_mut()) {
                    (Some(code), Some(op)) => *op = Op { code, imm, ..*op },
                    _ => self.ops.push(Op {
                        code: Code::BranchNe,
                        dst: 0,
                        a: slot,
                        b: 0,
                        imm,
                    }),
                }
            }
            (condition, target) => {
                self.guard(condition);
                let (a, imm) = match target {
                    Target::Address(address) => (0, address),
                    Target::Slot(slot) => (slot, 0),
                };
                self.ops.push(Op {
                    code: Code::Jump,
                    dst: 0,
                    a,
                    b: 0,
                    imm,
                });
            }
        }
    }

    /// Lets the last operation write to the register that its result is for, where nothing else
    /// needs the result or the register's old value.
    fn retarget(&mut self) {
        let Some(last) = self.ops.last_mut() else {
            return;
        };
        let temporary = last.dst;
        let wanted = |commit: &Commit| match commit.what {
            What::Register {
                register,
                value: Val::Slot(slot),
            } if slot == temporary && commit.condition.is_none() => Some(register),
            _ => None,
        };
        let Some((i, register)) = self
            .commits
            .iter()
            .enumerate()
            .find_map(|(i, c)| Some((i, wanted(c)?)))
        else {
            return;
        };
        let involved = |slot: u8| slot == temporary || slot == register;
        let independent = self.commits.iter().enumerate().all(|(j, commit)| {
            j == i
                || !commit.condition.is_some_and(involved)
                    && match commit.what {
                        What::Register {
                            register: other,
                            value,
                        } => {
                            other != register && !matches!(value, Val::Slot(slot) if involved(slot))
                        }
                        What::Memory { base, value, .. } => !involved(base) && !involved(value),
                        What::Pc(Target::Slot(slot)) => !involved(slot),
                        What::Pc(Target::Address(_)) => true,
                    }
        });
        // A store that comes later may fault, and then the register has to be as it was.
        let stores = self
            .commits
            .iter()
            .any(|commit| matches!(commit.what, What::Memory { .. }));
        if independent && !stores && temporary >= FIRST_TEMPORARY {
            last.dst = register;
            self.commits.remove(i);
        }
    }
}
