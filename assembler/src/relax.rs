//! Gives sizes to what has none when the whole source is read, and replaces virtual positions by offsets.
//!
//! Several lengths of branches may be consistent: a compressed one may reach its label just because it is compressed itself.
//! As LLVM has it, branches begin at their shortest and only grow, which yields the smallest sizes. As GNU as has it, those to
//! labels that come later mostly begin at their longest, and all get what they need until nothing changes.

use crate::Dialect;
use crate::assembler::{Assembler, Parse};
use crate::layout::{Fill, Variable, VariableKind};
use crate::lex::Loc;
use crate::object::{Binding, Content, Mapping, SectionKind};
use crate::section::{Fixup, Modifier, Target};
use crate::symbols::{Definition, SymbolId};

/// Passes through a section as GNU as makes them: how many at least and at most, and at how many variables they look in between.
/// GNU as may make hundreds through a long section; rounds that end sooner come to the same sizes, but for rare exceptions.
const GNU_PASSES: (usize, usize) = (4, 64);
const GNU_STEPS: usize = 1 << 17;

/// Rounds in which branches may become shorter.
const SHRINKING_ROUNDS: usize = 25;

/// Rounds in which branches may grow one by one; then all that might have to do so grow at once.
const MAX_ROUNDS: usize = 50;

/// Where a branch goes, if that is in its own section: the position, the number of variables before it, and the
/// addend.
type Goal = Option<(u64, u32, i64)>;

/// What may become shorter in a round.
#[derive(Debug, Clone, Copy)]
struct Shrink {
    branches: bool,
    others: bool,
}

impl Assembler<'_> {
    /// Finds all sizes; afterwards every position is an offset.
    pub fn lay_out(&mut self) {
        for layout in &mut self.symbols.layouts {
            layout.place();
        }
        self.symbols.placed = true;
        self.symbols.precise = false;
        let sections: Vec<usize> = (0..self.sections.len())
            .filter(|&s| !self.symbols.layouts[s].variables.is_empty())
            .collect();
        let goals: Vec<Vec<Goal>> = sections.iter().map(|&s| self.goals(s)).collect();
        let gnu = self.options.dialect == Dialect::Gnu;
        let mut open: Vec<(usize, &[Goal])> = Vec::with_capacity(sections.len());
        for (&section, goals) in sections.iter().zip(&goals) {
            if !gnu || !self.fit_as_gnu(section, goals) {
                open.push((section, goals));
            }
        }
        for round in 0.. {
            let mut changed = false;
            for &(section, goals) in &open {
                if round == MAX_ROUNDS {
                    changed |= self.grow_all(section, goals);
                } else {
                    let shrink = Shrink {
                        branches: gnu && round < SHRINKING_ROUNDS,
                        others: round < MAX_ROUNDS,
                    };
                    changed |= self.fit_sizes(section, goals, shrink);
                }
            }
            if !changed || round > 2 * MAX_ROUNDS {
                break;
            }
            // What was evaluated with the old positions is worth nothing.
            self.symbols.generation = self.symbols.generation.wrapping_add(1);
            for &(section, _) in &open {
                self.symbols.layouts[section].place();
            }
        }
        for &section in &sections {
            self.settle(section);
        }
        self.symbols.generation = self.symbols.generation.wrapping_add(1);
        self.move_labels();
        for layout in &mut self.symbols.layouts {
            layout.settle();
        }
        self.symbols.precise = true;
    }

    /// The goals of a section's branches.
    fn goals(&mut self, section: usize) -> Vec<Goal> {
        let count = self.symbols.layouts[section].variables.len();
        let goals = (0..count).map(|i| {
            let VariableKind::Branch(branch) = &self.symbols.layouts[section].variables[i].kind
            else {
                return None;
            };
            let value = branch.value;
            let linear = self.expressions.evaluate(value, &mut self.symbols).ok()?;
            let (id, None) = (linear.plus?, linear.minus) else {
                return None;
            };
            let symbol = self.symbols.get(id);
            // Another definition may win over a weak one.
            let is_final = match self.options.dialect {
                Dialect::Gnu => symbol.binding != Some(Binding::Weak),
                Dialect::Llvm => matches!(symbol.binding, None | Some(Binding::Local)),
            };
            match symbol.definition {
                Definition::Label { section: s, offset } if is_final && s as usize == section => {
                    let rank = self.symbols.layouts[section].rank_near(offset, i);
                    Some((offset, rank as u32, linear.addend))
                }
                _ => None,
            }
        });
        goals.collect()
    }

    /// The sizes of a section's branches as GNU as finds them (`relax_segment` of its `write.c`): it goes through the section
    /// again and again, with new places for what is behind it and the old ones for what is to come. True if all sizes of the
    /// section are final.
    fn fit_as_gnu(&mut self, section: usize, goals: &[Goal]) -> bool {
        let mut before = Vec::new();
        for pass in 0..(GNU_STEPS / goals.len().max(1)).clamp(GNU_PASSES.0, GNU_PASSES.1) {
            let layout = &self.symbols.layouts[section];
            before.clear();
            before.extend_from_slice(layout.shifts());
            let changed = self.pass_as_gnu(section, goals, (pass > 0).then_some(&before));
            if !changed && pass > 0 {
                let mut variables = self.symbols.layouts[section].variables.iter();
                return variables.all(|variable| {
                    let kind = &variable.kind;
                    matches!(kind, VariableKind::Branch(_) | VariableKind::Align { .. })
                });
            }
        }
        false
    }

    /// One pass, with the shifts of the one before. In the first pass labels that come later have no place yet, and seem to
    /// be at the beginning of the section. What is written compressed begins so here, for disassembled code to be what it
    /// was.
    fn pass_as_gnu(&mut self, section: usize, goals: &[Goal], before: Option<&Vec<i64>>) -> bool {
        let mut changed = false;
        for (i, goal) in goals.iter().enumerate() {
            let layout = &self.symbols.layouts[section];
            let variable = &layout.variables[i];
            let start = layout.position_behind(variable.at, i);
            let mut size = None;
            if let VariableKind::Branch(branch) = &variable.kind {
                size = Some(match *goal {
                    Some(_) if branch.is_compressed && before.is_none() => 2,
                    Some((at, rank, addend)) => {
                        let rank = rank as usize;
                        let to = match before {
                            _ if rank <= i => layout.position_behind(at, rank),
                            Some(shifts) => at.wrapping_add_signed(shifts[rank]),
                            None => {
                                let last = &layout.variables[rank - 1];
                                at.wrapping_sub(last.at + last.placeholder)
                            }
                        };
                        let distance = to.wrapping_sub(start) as i64;
                        self.size_for(branch, distance.wrapping_add(addend) & !1)
                    }
                    None => branch.size_for_unknown(Dialect::Gnu),
                });
            }
            changed |= self.symbols.layouts[section].place_one(i, size);
        }
        changed
    }

    /// Gives each branch the size that it needs to reach its goal, and the others of `self` theirs.
    fn fit_sizes(&mut self, section: usize, goals: &[Goal], shrink: Shrink) -> bool {
        let mut changed = false;
        for (i, goal) in goals.iter().enumerate() {
            let layout = &self.symbols.layouts[section];
            let variable = &layout.variables[i];
            let start = layout.position_behind(variable.at, i);
            let size = match &variable.kind {
                VariableKind::Branch(branch) => {
                    let needed = match *goal {
                        Some((at, rank, addend)) => {
                            let to = layout.position_behind(at, rank as usize);
                            let distance = to.wrapping_sub(start) as i64;
                            self.size_for(branch, distance.wrapping_add(addend))
                        }
                        None => branch.size_for_unknown(self.options.dialect),
                    };
                    if shrink.branches {
                        needed
                    } else {
                        needed.max(variable.size)
                    }
                }
                VariableKind::Align { .. } => variable.size,
                _ => {
                    let size = self.computed_size(section, i, start).unwrap_or(0);
                    let old = self.symbols.layouts[section].variables[i].size;
                    if shrink.others { size } else { size.max(old) }
                }
            };
            let variable = &mut self.symbols.layouts[section].variables[i];
            changed |= variable.size != size;
            variable.size = size;
        }
        changed
    }

    /// Lets each branch grow that would not reach its goal if everything were as long as it can be.
    fn grow_all(&mut self, section: usize, goals: &[Goal]) -> bool {
        let mut longest = 0u64;
        let mut before = vec![0u64];
        for variable in &self.symbols.layouts[section].variables {
            longest = longest.saturating_add(match &variable.kind {
                VariableKind::Branch(branch) => branch.sizes().last().unwrap_or(4),
                VariableKind::Align { align, .. } => *align,
                _ => variable.size,
            });
            before.push(longest);
        }
        let mut changed = false;
        for (i, goal) in goals.iter().enumerate() {
            let variable = &self.symbols.layouts[section].variables[i];
            let VariableKind::Branch(branch) = &variable.kind else {
                continue;
            };
            let Some((at, rank, addend)) = *goal else {
                continue;
            };
            let rank = rank as usize;
            let straight = at.wrapping_sub(variable.at) as i64;
            let stretch = before[rank.max(i)] - before[rank.min(i)];
            let stretch = i64::try_from(stretch).unwrap_or(i64::MAX);
            let distance = if rank > i {
                straight.saturating_add(stretch)
            } else {
                straight.saturating_sub(stretch)
            };
            let size = self
                .size_for(branch, distance.wrapping_add(addend) & !1)
                .max(variable.size);
            changed |= size != variable.size;
            self.symbols.layouts[section].variables[i].size = size;
        }
        changed
    }

    /// The size of what an expression gives a size; none for an error.
    fn computed_size(&mut self, section: usize, index: usize, start: u64) -> Option<u64> {
        match self.symbols.layouts[section].variables[index].kind {
            VariableKind::Org { target, .. } => {
                let linear = self.expressions.evaluate(target, &mut self.symbols).ok()?;
                let goal = match (linear.as_constant(), linear.plus, linear.minus) {
                    (Some(n), ..) => n,
                    (None, Some(id), None) => match self.symbols.get(id).definition {
                        Definition::Label { section: s, offset } if s as usize == section => {
                            let at = self.symbols.layouts[section].position(offset);
                            (at as i64).wrapping_add(linear.addend)
                        }
                        _ => return None,
                    },
                    _ => return None,
                };
                u64::try_from(goal).ok()?.checked_sub(start)
            }
            VariableKind::Space { count, .. } => {
                let linear = self.expressions.evaluate(count, &mut self.symbols).ok()?;
                u64::try_from(linear.as_constant()?).ok()
            }
            VariableKind::Leb { value, signed } => {
                let linear = self.expressions.evaluate(value, &mut self.symbols).ok()?;
                let value = linear.as_constant()?;
                Some(leb128(value, signed, 0).len() as u64)
            }
            VariableKind::Branch(_) | VariableKind::Align { .. } => None,
        }
    }

    /// Reports what has no size, as its expression has no value, or leads backwards.
    fn check_size(&mut self, section: usize, index: usize, start: u64) -> Parse {
        let variable = &self.symbols.layouts[section].variables[index];
        let (size, loc) = (variable.size, variable.loc);
        let message = match variable.kind {
            VariableKind::Branch(_) | VariableKind::Align { .. } => return Ok(()),
            VariableKind::Org { .. } => {
                "expected a number or an address in this section, not before this place"
            }
            VariableKind::Space { .. } => "expected absolute expression that is not negative",
            VariableKind::Leb { .. } => "expected absolute expression",
        };
        match self.computed_size(section, index, start) {
            Some(needed) if needed == size => Ok(()),
            Some(needed) if needed < size => {
                match self.symbols.layouts[section].variables[index].kind {
                    VariableKind::Leb { .. } => Ok(()),
                    _ => Err(self.error(loc, "the size depends on itself")),
                }
            }
            Some(_) => Err(self.error(loc, "the size depends on itself")),
            None => Err(self.error(loc, message)),
        }
    }

    /// Writes the bytes of a section anew, with all variables at their sizes.
    fn settle(&mut self, section: usize) {
        let variables = self.symbols.layouts[section].variables.len();
        let buffer = &mut self.sections[section];
        let nobits = buffer.kind == SectionKind::Nobits;
        let old = std::mem::take(&mut buffer.data);
        let fixups = std::mem::take(&mut buffer.fixups);
        let mut mapping = std::mem::take(&mut buffer.mapping).into_iter().peekable();
        let old_size = buffer.size;
        let mut data: Vec<u8> =
            Vec::with_capacity(if nobits { 0 } else { old.len() + old.len() / 4 });
        let mut moved: Vec<Fixup> = Vec::with_capacity(fixups.len() + variables);
        let mut maps: Vec<Mapping> = Vec::new();
        let mut pending = fixups.into_iter().peekable();
        let (mut from, mut size) = (0u64, 0u64);
        for i in 0..variables {
            let variable = &self.symbols.layouts[section].variables[i].clone();
            // What is at the start of something with bytes is about it; what is at the place of nothing may be behind it.
            let end = variable.at + u64::from(variable.placeholder > 0);
            self.copy_until(&mut pending, &mut moved, end, size.wrapping_sub(from));
            while let Some(map) = mapping.next_if(|map| map.offset <= variable.at) {
                maps.push(Mapping {
                    offset: map.offset.wrapping_sub(from).wrapping_add(size),
                    ..map
                });
            }
            size += variable.at - from;
            if !nobits {
                data.extend_from_slice(
                    old.get(from as usize..variable.at as usize)
                        .unwrap_or_default(),
                );
            }
            from = variable.at + variable.placeholder;
            if self.check_size(section, i, size).is_err() {
                continue;
            }
            // Sizes that expressions give are bounded like all others.
            let grown = variable.size.saturating_sub(variable.placeholder);
            self.current = section;
            if self.reserve(grown, variable.loc).is_err() {
                continue;
            }
            if !nobits {
                self.write_variable(variable, size, &mut data, &mut moved, section);
            }
            size += variable.size;
        }
        self.copy_until(&mut pending, &mut moved, u64::MAX, size.wrapping_sub(from));
        for map in mapping {
            maps.push(Mapping {
                offset: map.offset.wrapping_sub(from).wrapping_add(size),
                ..map
            });
        }
        size += old_size - from;
        let layout = &self.symbols.layouts[section];
        let buffer = &mut self.sections[section];
        for entry in &mut buffer.lines {
            entry.offset = layout.position(entry.offset);
        }
        for (_, statement) in &mut buffer.statements {
            statement.offset = layout.position(statement.offset);
        }
        if !nobits {
            data.extend_from_slice(old.get(from as usize..).unwrap_or_default());
        }
        buffer.data = data;
        buffer.fixups = moved;
        buffer.size = size;
        maps.dedup_by(|b, a| {
            if a.offset == b.offset {
                a.content = b.content;
            }
            // Each descriptor has a mark of its own.
            let marked = matches!(b.content, Content::Descriptor(_));
            a.offset == b.offset || a.content == b.content && !marked
        });
        buffer.mapping = maps;
    }

    /// Takes over the fixups before a position.
    fn copy_until(
        &self,
        from: &mut std::iter::Peekable<std::vec::IntoIter<Fixup>>,
        to: &mut Vec<Fixup>,
        end: u64,
        shift: u64,
    ) {
        while let Some(fixup) = from.next_if(|fixup| fixup.offset < end) {
            to.push(Fixup {
                offset: fixup.offset.wrapping_add(shift),
                ..fixup
            });
        }
    }

    /// The bytes of a variable, and the fixups in it.
    fn write_variable(
        &mut self,
        variable: &Variable,
        start: u64,
        data: &mut Vec<u8>,
        fixups: &mut Vec<Fixup>,
        section: usize,
    ) {
        let end = data.len() + variable.size as usize;
        match &variable.kind {
            VariableKind::Branch(branch) => {
                let (form, skip) = branch.form(variable.size);
                if let Some(far) = branch.far.filter(|_| skip > 0) {
                    let (around, length) = far.around(variable.size);
                    data.extend_from_slice(&around.to_le_bytes()[..length.into()]);
                }
                self.used[form.instruction as usize] = true;
                self.compressed |= variable.size != 4 && variable.size != 8;
                let length = end - data.len();
                data.extend_from_slice(&form.word.to_le_bytes()[..length.min(4)]);
                fixups.push(Fixup {
                    offset: start + skip,
                    value: branch.value,
                    target: Target::Operand {
                        instruction: form.instruction,
                        operand: form.operand,
                        modifier: Modifier::None,
                        relax: branch.relax,
                    },
                    loc: branch.loc,
                });
            }
            VariableKind::Align { fill, .. } => self.write_fill(*fill, variable.size, data),
            VariableKind::Org { fill, .. } | VariableKind::Space { fill, .. } => {
                data.resize(end, *fill);
            }
            VariableKind::Leb { value, signed } => {
                let number = self.expressions.evaluate(*value, &mut self.symbols);
                let number = number.ok().and_then(|n| n.as_constant()).unwrap_or(0);
                data.extend(leb128(number, *signed, variable.size as usize));
                if self.symbols.layouts[section].is_relaxed() || !*signed {
                    fixups.push(Fixup {
                        offset: start,
                        value: *value,
                        target: Target::Leb(variable.size as u8),
                        loc: variable.loc,
                    });
                }
            }
        }
        data.resize(end, 0);
    }

    /// Padding of a given length.
    pub fn write_fill(&self, fill: Fill, size: u64, data: &mut Vec<u8>) {
        match fill {
            Fill::Bytes(value, length) => {
                let length = u64::from(length.clamp(1, 8));
                // What no element fits is zero, and comes first.
                data.extend((0..size % length).map(|_| 0));
                for _ in 0..size / length {
                    data.extend_from_slice(&value.to_le_bytes()[..length as usize]);
                }
            }
            Fill::Nops(compressed) => {
                let mut rest = size;
                // What no instruction fits is zero, and comes first.
                if rest % 2 == 1 {
                    data.push(0);
                    rest -= 1;
                }
                if rest % 4 == 2 {
                    let nop = self.nops[1].filter(|_| compressed).unwrap_or(0);
                    data.extend_from_slice(&nop.to_le_bytes()[..2]);
                    rest -= 2;
                }
                for _ in 0..rest / 4 {
                    data.extend_from_slice(&self.nops[0].unwrap_or(0).to_le_bytes());
                }
            }
        }
    }

    /// Gives all labels their offsets.
    fn move_labels(&mut self) {
        // Labels of a section mostly follow each other.
        let mut ranks = vec![0; self.sections.len()];
        for i in 0..self.symbols.len() {
            let id = SymbolId(i);
            if let Definition::Label { section, offset } = self.symbols.get(id).definition {
                let layout = &self.symbols.layouts[section as usize];
                if !layout.variables.is_empty() {
                    let rank = &mut ranks[section as usize];
                    *rank = layout.rank_near(offset, *rank);
                    let offset = layout.position_behind(offset, *rank);
                    self.symbols.get_mut(id).definition = Definition::Label { section, offset };
                }
            }
        }
    }

    /// Adds padding whose length is known only when that of all before it is.
    pub fn align_later(&mut self, align: u64, fill: Fill, max: u64, loc: Loc) -> Parse {
        let content = match fill {
            Fill::Nops(_) => Content::Code,
            Fill::Bytes(..) => Content::Data,
        };
        self.emit_as(content, &[0], loc)?;
        let at = self.here() - 1;
        self.add_variable(Variable {
            at,
            placeholder: 1,
            size: 1,
            kind: VariableKind::Align { align, fill, max },
            loc,
        });
        Ok(())
    }
}

/// A number in LEB128, with redundant bytes up to a length.
pub(crate) fn leb128(value: i64, signed: bool, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(10);
    let mut rest = value;
    loop {
        let low = (rest & 0x7f) as u8;
        rest = if signed {
            rest >> 7
        } else {
            ((rest as u64) >> 7) as i64
        };
        let sign = if signed && low & 0x40 != 0 { -1 } else { 0 };
        let last = rest == sign;
        if last && bytes.len() + 1 >= length {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::leb128;

    #[test]
    fn leb128_has_the_examples_of_the_dwarf_standard() {
        // DWARF 5, figures C.1 and C.2.
        let unsigned: [(i64, &[u8]); 4] = [
            (2, &[2]),
            (127, &[127]),
            (128, &[0x80, 1]),
            (12857, &[0xb9, 100]),
        ];
        for (value, bytes) in unsigned {
            assert_eq!(leb128(value, false, 0), bytes);
        }
        let signed: [(i64, &[u8]); 5] = [
            (2, &[2]),
            (-2, &[0x7e]),
            (127, &[0xff, 0]),
            (-127, &[0x81, 0x7f]),
            (-129, &[0xff, 0x7e]),
        ];
        for (value, bytes) in signed {
            assert_eq!(leb128(value, true, 0), bytes);
        }
        assert_eq!(leb128(1, false, 3), [0x81, 0x80, 0]);
        assert_eq!(leb128(-1, true, 3), [0xff, 0xff, 0x7f]);
        assert_eq!(leb128(-1, false, 0).len(), 10);
    }
}
