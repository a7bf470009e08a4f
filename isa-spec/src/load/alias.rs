//! Aliases, and the expansions of compressed instructions.

use super::pattern::{Matcher, Piece, split_mnemonic};
use super::{Loader, Sections};
use crate::model::{Alias, AliasPiece, AliasValue, Expansion, Instruction, Mode, OperandKind};
use crate::sem::expand::expand;
use crate::span::Diagnostic;
use crate::tree::{self, Node, Table, Text, Value};

impl<'a> Loader<'a> {
    pub(super) fn aliases(&mut self, files: &[Sections<'a>]) {
        for file in files {
            for (name, node) in file.alias.iter().flat_map(Table::entries) {
                self.alias(name, node);
            }
        }
    }

    fn alias(&mut self, left: &'a Text, node: &'a Node) -> Option<()> {
        let (right, preferred) = match &node.value {
            Value::Table(_) => {
                let mut table = Table::new(node, "an alias", self.sink)?.at(&left.span);
                let right = table.need_text("for");
                let preferred = table.flag("preferred").unwrap_or(true);
                table.finish();
                (right?, preferred)
            }
            _ => (tree::text(node, "an alias", self.sink)?, true),
        };
        let (name, name_range, pieces) = split_mnemonic(left, self.sink)?;
        if !super::instruction::is_mnemonic(name) {
            self.sink
                .error(format!("`{name}` is no mnemonic"), &left.part(name_range));
            return None;
        }
        let mut own: Vec<String> = Vec::new();
        let mut syntax = Vec::new();
        for (piece, range) in &pieces {
            match piece {
                Piece::Punct(c) => syntax.push(AliasPiece::Punct(*c)),
                Piece::Word(word) if own.iter().any(|o| o == word) => {
                    self.sink.error(
                        format!("operand `{word}` appears twice"),
                        &left.part(range.clone()),
                    );
                    return None;
                }
                Piece::Word(word) => {
                    syntax.push(AliasPiece::Operand(own.len()));
                    own.push((*word).to_owned());
                }
            }
        }
        let targets = self.targets(right)?;
        let (_, _, pieces) = split_mnemonic(right, self.sink)?;
        let mut found = Vec::new();
        for target in targets {
            let instruction = &self.spec.instructions[target];
            let matcher = Matcher {
                target: instruction,
                own: &own,
                registers: &self.registers,
                float_registers: &self.float_registers,
                csrs: &self.spec.csrs,
            };
            let bindings = matcher.bindings(right, &pieces, self.sink)?;
            if let Some(unused) =
                (0..own.len()).find(|index| !bindings.contains(&AliasValue::Operand(*index)))
            {
                self.sink
                    .error(format!("operand `{}` is not used", own[unused]), &left.span);
                return None;
            }
            found.push(Alias {
                name: name.to_owned(),
                syntax: syntax.clone(),
                target,
                bindings,
                preferred,
                span: left.span.clone(),
            });
        }
        // Aliases of one mnemonic differ in their operand lists, by which the assembler chooses: in
        // punctuation, or in where they have registers.
        let is_register = |own: usize| {
            found.iter().any(|alias: &Alias| {
                let operands = &self.spec.instructions[alias.target].operands;
                alias
                    .bindings
                    .iter()
                    .zip(operands)
                    .any(|(binding, operand)| {
                        *binding == AliasValue::Operand(own) && operand.kind.register().is_some()
                    })
            })
        };
        let shape: Vec<String> = syntax
            .iter()
            .map(|piece| match piece {
                AliasPiece::Operand(own) if is_register(*own) => "register".to_owned(),
                AliasPiece::Operand(_) => "value".to_owned(),
                AliasPiece::Punct(c) => c.to_string(),
            })
            .collect();
        if self.define_at(
            "alias",
            format!("{name} {}", shape.join(" ")).trim_end(),
            &left.span,
        ) {
            self.spec.aliases.append(&mut found);
        }
        Some(())
    }

    /// The instructions with the mnemonic that `text` begins with.
    fn targets(&self, text: &Text) -> Option<Vec<usize>> {
        let (mnemonic, range, _) = split_mnemonic(text, self.sink)?;
        let instructions = &self.spec.instructions;
        let found: Vec<usize> = (0..instructions.len())
            .filter(|&index| instructions[index].name == mnemonic)
            .collect();
        if found.is_empty() {
            let known = instructions
                .iter()
                .map(|instruction| instruction.name.as_str());
            self.unknown("instruction", mnemonic, &text.part(range), known);
            return None;
        }
        Some(found)
    }

    /// Gives the compressed instructions their meanings.
    pub(super) fn expansions(&mut self) {
        for (index, text, also) in std::mem::take(&mut self.pending) {
            if let Some(text) = text {
                self.expansion(index, text);
            }
            for text in also {
                if let Some(expansion) = self.replaces(index, text) {
                    self.spec.instructions[index].also.push(expansion);
                }
            }
        }
    }

    /// A further instruction that does the same as a compressed one.
    fn replaces(&self, index: usize, text: &'a Text) -> Option<Expansion> {
        let (target, bindings) = self.expansion_of(index, text)?;
        Some(Expansion { target, bindings })
    }

    /// The instruction that a compressed one stands for, and what its operands get.
    fn expansion_of(&self, index: usize, text: &'a Text) -> Option<(usize, Vec<AliasValue>)> {
        let own: Vec<String> = self.spec.instructions[index]
            .operands
            .iter()
            .map(|o| o.name.clone())
            .collect();
        let source = &self.spec.instructions[index];
        let has_all =
            |target: &Instruction| source.xlen.iter().all(|xlen| target.xlen.contains(xlen));
        let Some(target) = self
            .targets(text)?
            .into_iter()
            .find(|&t| has_all(&self.spec.instructions[t]))
        else {
            self.sink.error(
                "this instruction does not exist for every XLEN that the compressed one has",
                &text.span,
            );
            return None;
        };
        let (_, _, pieces) = split_mnemonic(text, self.sink)?;
        let instruction = &self.spec.instructions[target];
        if instruction.expands.is_some() || instruction.modes.is_empty() || instruction.is_bulk() {
            self.sink.error(
                "an expansion has to be an instruction with a meaning of its own",
                &text.span,
            );
            return None;
        }
        let matcher = Matcher {
            target: instruction,
            own: &own,
            registers: &self.registers,
            float_registers: &self.float_registers,
            csrs: &self.spec.csrs,
        };
        let mut bindings = matcher.bindings(text, &pieces, self.sink)?;
        // A register by its name is an operand of the compressed instruction that has one value.
        for (binding, operand) in bindings.iter_mut().zip(&instruction.operands) {
            if let AliasValue::Fixed(value) = *binding
                && value != 0
                && let Some(register) = operand.kind.register()
                && let Some(found) = source.operands.iter().position(|o| {
                    o.fixed == Some(value)
                        && o.kind
                            .register()
                            .is_some_and(|own| own.file == register.file)
                })
            {
                *binding = AliasValue::Operand(found);
            }
        }
        if let Some(unused) =
            (0..own.len()).find(|index| !bindings.contains(&AliasValue::Operand(*index)))
        {
            self.sink
                .error(format!("operand `{}` is not used", own[unused]), &text.span);
            return None;
        }
        Some((target, bindings))
    }

    fn expansion(&mut self, index: usize, text: &'a Text) -> Option<()> {
        let (target, bindings) = self.expansion_of(index, text)?;
        let instruction = &self.spec.instructions[target];
        let count = self.spec.instructions[index].operands.len();
        let access = register_access(instruction, &bindings, count);
        let modes: Vec<Mode> = instruction
            .modes
            .iter()
            .filter_map(|mode| {
                let semantics = expand(
                    &mode.semantics,
                    &instruction.operands,
                    &bindings,
                    &text.text,
                )?;
                Some(Mode {
                    semantics,
                    ..mode.clone()
                })
            })
            .collect();
        if modes.len() != instruction.modes.len() {
            let message = "a fixed register other than the zero register has to be in the `syntax` or in `uses`";
            self.sink
                .push(Diagnostic::error(message, text.span.clone()));
            return None;
        }
        for (operand, (read, write)) in self.spec.instructions[index]
            .operands
            .iter_mut()
            .zip(access)
        {
            if let OperandKind::Gpr {
                read: declared_read,
                write: declared_write,
                ..
            }
            | OperandKind::Fpr {
                read: declared_read,
                write: declared_write,
                ..
            } = &mut operand.kind
            {
                if operand.fixed.is_none() && (*declared_read, *declared_write) != (read, write) {
                    let message = format!(
                        "operand `{}` is said to be \"{}\", but this makes it \"{}\"",
                        operand.name,
                        access_name(*declared_read, *declared_write),
                        access_name(read, write)
                    );
                    self.sink.error(message, &text.span);
                }
                (*declared_read, *declared_write) = (read, write);
            }
        }
        self.spec.instructions[index].modes = modes;
        self.spec.instructions[index].expands = Some(Expansion { target, bindings });
        Some(())
    }
}

/// For each of `count` own operands: whether the target reads and writes the register.
fn register_access(
    target: &Instruction,
    bindings: &[AliasValue],
    count: usize,
) -> Vec<(bool, bool)> {
    let mut access = vec![(false, false); count];
    for (binding, operand) in bindings.iter().zip(&target.operands) {
        if let (AliasValue::Operand(own), Some(register)) = (binding, operand.kind.register()) {
            access[*own].0 |= register.read;
            access[*own].1 |= register.write;
        }
    }
    access
}

/// How a spec file says what happens to a register.
fn access_name(read: bool, write: bool) -> &'static str {
    match (read, write) {
        (true, true) => "read write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "",
    }
}
