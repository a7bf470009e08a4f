//! Emitting an instruction whose operands are known or have become values: its word, compressed if that is
//! allowed, with a fixup for what waits; branches to labels that are not placed yet become variables.

use crate::Dialect;
use crate::assembler::{Assembler, Parse};
use crate::branch::distance_operand;
use crate::compress::{self, Compressed};
use crate::dialect::Keep;
use crate::instruction::NEEDS_COMPRESSED;
use crate::layout::{Branch, Far, Form, Variable, VariableKind};
use crate::lex::Loc;
use crate::object::Content;
use crate::section::{Modifier, Target};
use crate::symbols::Definition;
use crate::value::Value;
use zktr_isa::model::OperandKind;

/// Operands of an instruction.
pub(crate) const MAX_OPERANDS: usize = 8;

/// Operand values; none for what waits.
pub(crate) type Known = [Option<i64>; MAX_OPERANDS];

/// An operand that waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// Its index.
    pub operand: usize,
    /// What it takes of the value.
    pub modifier: Modifier,
    /// The value.
    pub value: Value,
    /// Where it is written.
    pub loc: Loc,
}

impl<'a> Assembler<'a> {
    /// Emits an instruction with the operands in `self.bound`, of a form that may be kept.
    pub fn emit_bound(&mut self, index: usize, keep: Keep, loc: Loc) -> Parse {
        let spec = self.spec;
        let instruction = &spec.instructions[index];
        let count = instruction.operands.len().min(self.bound.len());
        let mut known: Known = [None; MAX_OPERANDS];
        let mut waiting: Option<Waiting> = None;
        let mut word = instruction.bits;
        for (i, slot) in known.iter_mut().enumerate().take(count) {
            let bound = self.bound[i];
            match self.known_value(bound) {
                Ok(value) => {
                    let mut value = value;
                    if !self.codecs[index][i].accepts(value) {
                        let operand = &instruction.operands[i];
                        value = self.narrow(operand, value);
                        self.check_operand(operand, value, bound.loc)?;
                    }
                    word |= self.codecs[index][i].place(value);
                    *slot = Some(value);
                }
                Err((modifier, value)) => {
                    if waiting.is_some() {
                        return Err(self.error(bound.loc, "only one operand can be a symbol"));
                    }
                    waiting = Some(Waiting {
                        operand: i,
                        modifier,
                        value,
                        loc: bound.loc,
                    });
                }
            }
        }
        let known = &known[..count.min(MAX_OPERANDS)];
        self.emit_form_of(keep, index, word, known, waiting, loc)
    }

    /// The same as [`Self::emit_instruction`], of a form that GNU as may keep as long as it is.
    pub fn emit_form_of(
        &mut self,
        keep: Keep,
        index: usize,
        word: u32,
        known: &[Option<i64>],
        waiting: Option<Waiting>,
        loc: Loc,
    ) -> Parse {
        let kept = keep.applies(word) && self.options.dialect == Dialect::Gnu;
        let compress = self.settings.compress;
        self.settings.compress &= !kept;
        let result = self.emit_instruction(index, word, known, waiting, loc);
        self.settings.compress = compress;
        result
    }

    /// Emits an instruction by its word, which has all operands in place but one that may wait.
    pub fn emit_instruction(
        &mut self,
        index: usize,
        word: u32,
        known: &[Option<i64>],
        waiting: Option<Waiting>,
        loc: Loc,
    ) -> Parse {
        let spec = self.spec;
        let instruction = &spec.instructions[index];
        if instruction.length == 2 && !self.settings.compressed {
            return Err(self.error(loc, NEEDS_COMPRESSED));
        }
        if !self.archs[self.settings.arch].instructions[index] {
            return Err(self.missing_extension(index, loc));
        }
        self.used[index] = true;
        match waiting {
            None => self.emit_known(index, word, known, loc),
            Some(waiting) if self.is_distance(index, waiting) => {
                self.emit_branch(index, word, known, waiting, loc)
            }
            Some(waiting) => {
                let target = Target::Operand {
                    instruction: index as u32,
                    operand: waiting.operand as u8,
                    modifier: waiting.modifier,
                    relax: self.settings.relax,
                };
                self.emit_word(word, instruction.length, loc)?;
                let offset = self.here() - u64::from(instruction.length);
                if self.settings.relax && waiting.modifier != Modifier::None {
                    self.add_site(offset);
                }
                self.fixup(offset, waiting.value, target, waiting.loc)
            }
        }
    }

    /// Adds an instruction word.
    pub fn emit_word(&mut self, word: u32, length: u8, loc: Loc) -> Parse {
        self.compressed |= length == 2;
        self.emit_as(
            Content::Code,
            &word.to_le_bytes()[..usize::from(length.min(4))],
            loc,
        )
    }

    /// Notes that the linker may shorten what is at this offset of the present section.
    pub fn add_site(&mut self, offset: u64) {
        self.symbols.layouts[self.current].add_site(offset);
    }

    /// The compressed form of an instruction and its word, if instructions are to be compressed.
    fn compressed_form(
        &self,
        instruction: (usize, u32),
        operands: &[Option<i64>],
    ) -> Option<Compressed> {
        if !self.settings.compress {
            return None;
        }
        let allowed = &self.archs[self.settings.arch].instructions;
        let accept = |compressed: usize| allowed[compressed];
        self.compression
            .find(self.spec, &self.codecs, instruction, operands, accept)
    }

    /// An instruction with all operands known.
    fn emit_known(&mut self, index: usize, word: u32, known: &[Option<i64>], loc: Loc) -> Parse {
        if self.compression.may_apply(index, word)
            && let Some(compressed) = self.compressed_form((index, word), known)
        {
            self.used[compressed.instruction as usize] = true;
            return self.emit_word(compressed.word, 2, loc);
        }
        self.emit_word(word, self.spec.instructions[index].length, loc)
    }

    fn is_distance(&self, index: usize, waiting: Waiting) -> bool {
        let operand = &self.spec.instructions[index].operands[waiting.operand];
        let relative = matches!(
            operand.kind,
            OperandKind::Imm {
                pc_relative: true,
                ..
            }
        );
        relative && waiting.modifier == Modifier::None
    }

    /// A branch or jump to a symbol.
    fn emit_branch(
        &mut self,
        index: usize,
        word: u32,
        known: &[Option<i64>],
        waiting: Waiting,
        loc: Loc,
    ) -> Parse {
        let branch = self.branch_forms(index, word, known, waiting);
        self.last_branch = Some(branch);
        self.place_branch(branch, loc)
    }

    /// A branch of known forms.
    pub fn place_branch(&mut self, branch: Branch, loc: Loc) -> Parse {
        let mut sizes = branch.sizes();
        let (smallest, more) = (sizes.next().unwrap_or(4), sizes.next().is_some());
        drop(sizes);
        if let Some(size) = self.present_size(&branch).or((!more).then_some(smallest)) {
            return self.emit_form(&branch, size, loc);
        }
        self.emit_word(branch.form(smallest).0.word, smallest as u8, loc)?;
        let at = self.here() - smallest;
        self.add_variable(Variable {
            at,
            placeholder: smallest,
            size: smallest,
            kind: VariableKind::Branch(branch),
            loc,
        });
        Ok(())
    }

    /// Adds what has no known size; its placeholder has just been emitted.
    pub fn add_variable(&mut self, variable: Variable) {
        self.symbols.layouts[self.current].variables.push(variable);
    }

    /// The forms that a branch can take.
    fn branch_forms(
        &self,
        index: usize,
        word: u32,
        known: &[Option<i64>],
        waiting: Waiting,
    ) -> Branch {
        let spec = self.spec;
        let given = Form {
            word,
            instruction: index as u32,
            operand: waiting.operand as u8,
        };
        let (mut narrow, mut wide) = (None, (index, given, known.to_vec()));
        if spec.instructions[index].length == 2 {
            narrow = Some(given);
            if let Some((target, operands)) = compress::expand(spec, index, known)
                && let Some(operand) = distance_operand(&spec.instructions[target])
            {
                let form = Form {
                    word: self.word_of(target, &operands),
                    instruction: target as u32,
                    operand: operand as u8,
                };
                wide = (target, form, operands);
            }
        } else if let Some(compressed) = self.compressed_form((index, word), known)
            && let Some(operand) = compressed.unknown
        {
            narrow = Some(Form {
                word: compressed.word,
                instruction: compressed.instruction,
                operand,
            });
        }
        Branch {
            value: waiting.value,
            loc: waiting.loc,
            narrow,
            wide: wide.1,
            far: self.far_form(wide.0, &wide.2, narrow.is_some()),
            is_compressed: spec.instructions[index].length == 2,
            relax: self.settings.relax,
        }
    }

    /// The opposite branch around a jump.
    fn far_form(&self, index: usize, operands: &[Option<i64>], compress: bool) -> Option<Far> {
        let spec = self.spec;
        let opposite = self.branches.opposite(index)? as usize;
        let (jump, link) = self.branches.jump?;
        let instruction = &spec.instructions[jump as usize];
        let operand = distance_operand(instruction)?;
        let mut jump_operands = vec![None; instruction.operands.len()];
        jump_operands[link] = Some(0);
        let distance = distance_operand(&spec.instructions[opposite])?;
        let mut around = operands.to_vec();
        *around.get_mut(distance)? = Some(6);
        let compressed = compress.then(|| {
            let word = self.word_of(opposite, &around);
            self.compressed_form((opposite, word), &around)
        });
        around[distance] = Some(8);
        Some(Far {
            around: self.word_of(opposite, &around),
            narrow: compressed.flatten().map(|compressed| compressed.word),
            jump: Form {
                word: self.word_of(jump as usize, &jump_operands),
                instruction: jump,
                operand: operand as u8,
            },
        })
    }

    /// The word of an instruction with operands that it accepts, without those that are not known.
    fn word_of(&self, index: usize, operands: &[Option<i64>]) -> u32 {
        let pairs = self.codecs[index].iter().zip(operands);
        pairs.fold(
            self.spec.instructions[index].bits,
            |word, (codec, value)| word | value.map_or(0, |value| codec.place(value)),
        )
    }

    /// The size of a branch whose distance is known already.
    fn present_size(&self, branch: &Branch) -> Option<u64> {
        let Value::Symbol(id, addend) = branch.value else {
            return None;
        };
        let symbol = self.symbols.get(id);
        let Definition::Label { section, offset } = symbol.definition else {
            return None;
        };
        // Whether another symbol may be weak is known at the end.
        if section as usize != self.current || !symbol.is_private() {
            return None;
        }
        let here = self.here();
        let layout = &self.symbols.layouts[self.current];
        if layout.is_variable_between(offset, here) {
            return None;
        }
        let distance = (offset as i64)
            .wrapping_sub(here as i64)
            .wrapping_add(addend);
        Some(self.size_for(branch, distance))
    }

    /// The smallest size that reaches this far; the largest one if none does.
    pub fn size_for(&self, branch: &Branch, distance: i64) -> u64 {
        let mut last = 4;
        for size in branch.sizes() {
            let (form, skip) = branch.form(size);
            let codec = &self.codecs[form.instruction as usize][usize::from(form.operand)];
            if codec.accepts(distance.wrapping_sub(skip as i64)) {
                return size;
            }
            last = size;
        }
        last
    }

    /// A branch in the form of this size.
    fn emit_form(&mut self, branch: &Branch, size: u64, loc: Loc) -> Parse {
        let (form, skip) = branch.form(size);
        if let Some(far) = branch.far.filter(|_| skip > 0) {
            let (around, length) = far.around(size);
            self.emit_word(around, length, loc)?;
        }
        self.used[form.instruction as usize] = true;
        let length = self.spec.instructions[form.instruction as usize].length;
        self.emit_word(form.word, length, loc)?;
        let offset = self.here() - u64::from(length);
        let target = Target::Operand {
            instruction: form.instruction,
            operand: form.operand,
            modifier: Modifier::None,
            relax: branch.relax,
        };
        self.fixup(offset, branch.value, target, branch.loc)
    }

    /// Reports an instruction of an extension that the architecture does not have.
    fn missing_extension(&mut self, index: usize, loc: Loc) -> crate::assembler::Reported {
        let spec = self.spec;
        let name = spec.instructions[index].extension.as_str();
        let doc = spec.extensions.iter().find(|e| e.name == name);
        let doc = doc.map_or(String::new(), |e| {
            format!(" ({})", e.doc.trim_end_matches('.'))
        });
        let message = format!("instruction requires the following: '{name}'{doc}");
        let diagnostic = zktr_isa::span::Diagnostic::error(message, self.span(loc)).help(format!(
            "add the extension to the architecture, as with '.option arch, +{}'",
            name.to_ascii_lowercase()
        ));
        self.report(diagnostic)
    }
}
