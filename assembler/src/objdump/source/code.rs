//! Code: labels, instructions with operators for their relocations, and the data between them.

use super::names::Place;
use super::{Part, Reloc, Writer};
use crate::disasm::Replaced;
use crate::object::RelocationKind;
use crate::pseudo::FAR_JUMP;
use crate::resolve::{patch_operand, patch_upper, relocation_kind, split};
use crate::section::Modifier;
use ::object::elf;
use std::fmt::Write as _;
use std::io;
use std::ops::Range;
use zktr_isa::Decoded;
use zktr_isa::model::OperandKind;

/// What a first reading of code has found.
struct Outline {
    /// For each offset, by bits: an instruction begins there.
    starts: Vec<u64>,
    /// Where branches and jumps go within the section, ordered.
    targets: Vec<u64>,
}

impl Outline {
    fn begins(&self, offset: u64) -> bool {
        self.starts
            .get((offset / 64) as usize)
            .is_some_and(|bits| bits >> (offset % 64) & 1 != 0)
    }
}

/// Runs of code and of data.
struct Run {
    range: Range<usize>,
    code: bool,
}

impl Place {
    /// Only the linker knows its address.
    pub(super) fn is_address(self) -> bool {
        !matches!(self, Place::Absolute(_))
    }

    /// Can the distance between the two be known?
    pub(super) fn may_be_beside(self, other: Place) -> bool {
        matches!((self, other), (Place::Section(a, _), Place::Section(b, _)) if a == b)
    }
}

impl Writer<'_, '_, '_> {
    /// A section with bytes.
    pub(super) fn code_and_data(&mut self, part: &Part<'_>, executable: bool) -> io::Result<()> {
        let runs = self.runs(part, executable);
        let outline = self.outline(part, &runs);
        let mut targets = outline.targets.as_slice();
        let mut relocations = part.relocations;
        let mut defined = 0;
        for run in runs {
            let mut at = run.range.start;
            while at < run.range.end {
                let here = at as u64;
                self.define(part.index, here..here + 1, here);
                while let [target, rest @ ..] = targets
                    && *target <= here
                {
                    if *target == here && self.needs_label(part.index, here) {
                        let label = self.names.made_up(part.index, here);
                        self.put(format_args!("{label}:\n"));
                    }
                    targets = rest;
                }
                // The next symbol behind this place.
                let symbols = self.names.defined_in(part.index);
                while symbols.get(defined).is_some_and(|symbol| symbol.0 <= here) {
                    defined += 1;
                }
                let symbol = symbols.get(defined).map_or(u64::MAX, |symbol| symbol.0);
                let length = if run.code {
                    let cut = symbol.saturating_sub(here);
                    let code = Code {
                        part,
                        outline: &outline,
                        at,
                        end: run.range.end,
                        cut: usize::try_from(cut).unwrap_or(usize::MAX),
                        relocations,
                    };
                    self.instruction(&code)
                } else {
                    let own = relocations.partition_point(|r| r.offset <= here);
                    let next = relocations.get(own).map_or(u64::MAX, |r| r.offset);
                    let limit = (run.range.end as u64).min(symbol) as usize;
                    match self.descriptor(part, at, limit, relocations) {
                        Some(size) => size,
                        None => {
                            let limit = limit.min(usize::try_from(next).unwrap_or(limit));
                            self.data(part, at, limit.max(at + 1), &relocations[..own])
                        }
                    }
                };
                at += length.max(1);
                let passed = relocations.partition_point(|r| r.offset < at as u64);
                relocations = &relocations[passed..];
                self.pass_on()?;
            }
        }
        let end = part.data.len() as u64;
        self.define(part.index, end..u64::MAX, end);
        for relocation in relocations {
            // At the end there may be marks of nothing; there is nothing behind it.
            if relocation.offset == end {
                self.reloc(relocation, 0);
            } else {
                self.remark("a relocation lies outside of its section")?;
            }
        }
        self.pass_on()
    }

    /// Definitions of the symbols in a range of offsets, seen from `here`.
    pub(super) fn define(&mut self, section: usize, offsets: Range<u64>, here: u64) {
        let names = std::mem::take(&mut self.names);
        let defined = names.defined_in(section);
        let from = defined.partition_point(|symbol| symbol.0 < offsets.start);
        for &(offset, index) in &defined[from..] {
            if offset >= offsets.end && offsets.end != u64::MAX {
                break;
            }
            let Some(entry) = names.get(index) else {
                continue;
            };
            self.properties(entry);
            match offset.wrapping_sub(here) {
                0 => self.put(format_args!("{}:\n", entry.name)),
                distance => self.put(format_args!("\t.set\t{}, . + {distance:#x}\n", entry.name)),
            }
        }
        self.names = names;
    }

    /// Is there no local symbol that a branch to this place can name?
    fn needs_label(&self, section: usize, offset: u64) -> bool {
        self.names.label(section, offset) == self.names.made_up(section, offset)
    }

    /// Code and data by the mapping symbols.
    fn runs(&self, part: &Part<'_>, executable: bool) -> Vec<Run> {
        let size = part.data.len();
        let mut runs = Vec::new();
        let (mut from, mut code) = (0, executable);
        let base = self.names.base(part.index);
        let index = Some(::object::read::SectionIndex(part.index));
        for &(address, to_code) in self.mapping.mapping(index) {
            let at = usize::try_from(address.wrapping_sub(base)).unwrap_or(usize::MAX);
            let at = at.min(size);
            if at > from {
                let range = from..at;
                runs.push(Run { range, code });
                from = at;
            }
            code = to_code;
        }
        if from < size {
            let range = from..size;
            runs.push(Run { range, code });
        }
        runs
    }

    /// Reads all code once.
    fn outline(&self, part: &Part<'_>, runs: &[Run]) -> Outline {
        let mut starts = vec![0u64; part.data.len().div_ceil(64)];
        let mut targets = Vec::new();
        for run in runs.iter().filter(|run| run.code) {
            let mut at = run.range.start;
            while at < run.range.end {
                starts[at / 64] |= 1 << (at % 64);
                let bytes = &part.data[at..run.range.end];
                let Ok(decoded) = self.tools.spec.decode_bytes(bytes, self.tools.xlen) else {
                    // As the disassembler has it: a word, or a byte if there is no whole one.
                    let found = self.tools.disassembler.print(&mut String::new(), bytes, 0);
                    at += found.map_or(1, |found| usize::from(found.length)).max(1);
                    continue;
                };
                if let Some((_, distance)) = self.distance(&decoded) {
                    let target = (at as u64).wrapping_add(distance as u64);
                    if target < part.data.len() as u64 {
                        targets.push(target);
                    }
                }
                at += usize::from(decoded.length).max(1);
            }
        }
        targets.sort_unstable();
        targets.dedup();
        Outline { starts, targets }
    }

    /// The operand that is a distance from the instruction, and its value.
    fn distance(&self, decoded: &Decoded) -> Option<(usize, i64)> {
        let instruction = self.tools.spec.instructions.get(decoded.instruction)?;
        let operand = instruction.operands.iter().position(|operand| {
            matches!(
                operand.kind,
                OperandKind::Imm {
                    pc_relative: true,
                    ..
                }
            )
        })?;
        Some((operand, *decoded.values().get(operand)?))
    }

    /// Where the symbol of a relocation is.
    pub(super) fn place(&self, relocation: &Reloc) -> Option<Place> {
        Some(self.names.get(relocation.symbol?)?.place)
    }

    /// One instruction, or two that are a call; their length.
    fn instruction(&mut self, code: &Code<'_>) -> usize {
        let bytes = code.bytes();
        let Ok(decoded) = self.tools.spec.decode_bytes(bytes, self.tools.xlen) else {
            return self.unknown(code);
        };
        let length = usize::from(decoded.length);
        let relocations = code.relocations(length);
        let known = match &self.tools.allowed {
            Some(allowed) => allowed.get(decoded.instruction).copied().unwrap_or(false),
            None => true,
        };
        // What a symbol cuts is no statement of its own.
        if !known || length > code.cut || relocations.iter().any(|r| r.offset != code.at as u64) {
            return self.unknown(code);
        }
        if let Some(both) = self.call(code, &decoded) {
            return both;
        }
        let operator = self.operator(code, &decoded, relocations);
        let values = decoded.values();
        if let Some(operator) = operator {
            self.text.push('\t');
            self.tools.disassembler.print_replaced(
                &mut self.text,
                decoded.instruction,
                values,
                Replaced {
                    operand: operator.operand,
                    text: &operator.text,
                    aliases: false,
                },
            );
            self.text.push('\n');
            // What goes with the operator's relocation stands behind it, as in the file.
            for (i, relocation) in relocations.iter().enumerate() {
                if i != operator.relocation {
                    self.reloc(relocation, length as u64);
                }
            }
            return length;
        }
        // The length of a branch is known only at the end of an assembly: what is said about it stands before it.
        for relocation in relocations {
            self.reloc(relocation, 0);
        }
        self.choose_length(&decoded);
        self.text.push('\t');
        let target = self.distance(&decoded).and_then(|(operand, distance)| {
            let target = (code.at as u64).wrapping_add(distance as u64);
            let near = code.outline.begins(target);
            near.then(|| {
                (
                    operand,
                    self.names.label(code.part.index, target).into_owned(),
                )
            })
        });
        match target {
            Some((operand, label)) => self.tools.disassembler.print_replaced(
                &mut self.text,
                decoded.instruction,
                values,
                Replaced {
                    operand,
                    text: &label,
                    aliases: true,
                },
            ),
            None => {
                self.tools.disassembler.print(&mut self.text, bytes, 0);
            }
        }
        self.text.push('\n');
        length
    }

    /// Bytes as a number, with what they mean as a comment; their number.
    fn unknown(&mut self, code: &Code<'_>) -> usize {
        let bytes = code.bytes();
        let mut text = String::new();
        let Some(found) = self.tools.disassembler.print(&mut text, bytes, 0) else {
            return 0;
        };
        let length = usize::from(found.length);
        if length > code.cut || length == 1 {
            // Up to the symbol that is in the middle of it.
            let bytes = &bytes[..length.min(code.cut).max(1)];
            for relocation in code.relocations(1) {
                self.reloc(relocation, 0);
            }
            for (i, byte) in bytes.iter().enumerate() {
                self.put(format_args!(
                    "{}{byte:#04x}",
                    if i > 0 { ", " } else { "\t.byte\t" }
                ));
            }
            self.text.push('\n');
            self.later_relocations(code, bytes.len());
            return bytes.len();
        }
        for relocation in code.relocations(1) {
            self.reloc(relocation, 0);
        }
        if length == 2 {
            self.option(true);
        }
        self.put(format_args!("\t.insn\t{length}, {:#x}", found.word));
        if found.decoded.is_some() {
            self.put(format_args!("\t# {}", text.replace('\t', " ")));
        }
        self.text.push('\n');
        self.later_relocations(code, length);
        length
    }

    /// Relocations behind the first byte of what has just been written.
    fn later_relocations(&mut self, code: &Code<'_>, length: usize) {
        for relocation in code.relocations(length) {
            let inside = relocation.offset - code.at as u64;
            if inside > 0 {
                self.reloc(relocation, length as u64 - inside);
            }
        }
    }

    /// `call` and `tail`: their length, if this is one of them.
    fn call(&mut self, code: &Code<'_>, first: &Decoded) -> Option<usize> {
        let spec = self.tools.spec;
        let length = usize::from(first.length);
        let [relocation, rest @ ..] = code.relocations(length) else {
            return None;
        };
        let relax = matches!(rest, [relax] if relax.kind() == Some(RelocationKind::Relax));
        let plain = relocation.kind() == Some(RelocationKind::CallPlt)
            && (rest.is_empty() || relax)
            && relocation.addend == 0
            && Some(first.instruction) == spec.instruction(FAR_JUMP[0]);
        if !plain {
            return None;
        }
        let bytes = code.part.data.get(code.at + length..code.end)?;
        let second = spec.decode_bytes(bytes, self.tools.xlen).ok()?;
        let both = length + usize::from(second.length);
        let alone = code.relocations(both).len() == 1 + rest.len();
        if Some(second.instruction) != spec.instruction(FAR_JUMP[1]) || both > code.cut || !alone {
            return None;
        }
        // By name, since a spec orders operands as it likes.
        let value = |decoded: &Decoded, name: &str| {
            let operands = &spec.instructions[decoded.instruction].operands;
            let at = operands.iter().position(|operand| operand.name == name)?;
            decoded.values().get(at).copied()
        };
        let (base, link) = (value(first, "rd")?, value(&second, "rd")?);
        let zero = value(first, "imm")? == 0 && value(&second, "imm")? == 0;
        if !zero || value(&second, "rs1")? != base {
            return None;
        }
        let register = |name: &str| spec.register(name).map(i64::from);
        let mnemonic = match Some(base) {
            ra if ra == register("ra") && Some(link) == ra => "call",
            t1 if t1 == register("t1") && Some(link) == register("zero") => "tail",
            _ => return None,
        };
        let symbol = self.remote(code.part.index, relocation)?;
        self.put(format_args!("\t{mnemonic}\t{symbol}\n"));
        if let [relax] = rest {
            self.reloc(relax, both as u64);
        }
        Some(both)
    }

    /// The expression of a relocation that an instruction can name, of which only the linker knows where it is.
    fn remote(&self, section: usize, relocation: &Reloc) -> Option<String> {
        let entry = self.names.get(relocation.symbol?)?;
        let known = match entry.place {
            Place::Absolute(_) => true,
            Place::Section(own, _) => own == section && entry.binding == elf::STB_LOCAL,
            _ => false,
        };
        if known || !entry.operand {
            return None;
        }
        self.expression(relocation)
    }

    /// The operator that yields one of these relocations, if there is one, and the bits in its place, too.
    fn operator(&self, code: &Code<'_>, decoded: &Decoded, here: &[Reloc]) -> Option<Operator> {
        let relocation = here
            .iter()
            .position(|r| r.kind() != Some(RelocationKind::Relax))?;
        let found = &here[relocation];
        let (operand, name, modifier) = self.operand_of(decoded, found.kind()?)?;
        let place = (decoded.instruction as u32, operand as u8);
        if !self.is_filled_in(code.bytes(), place, modifier, found.addend) {
            return None;
        }
        let entry = self.names.get(found.symbol?)?;
        let value = if modifier.refers_to_upper() {
            let Place::Section(section, offset) = entry.place else {
                return None;
            };
            let local = section == code.part.index && found.addend == 0;
            if !local || !code.outline.begins(offset) || !self.is_upper(code, offset) {
                return None;
            }
            entry.operand.then(|| entry.name.clone().into_owned())?
        } else if modifier == Modifier::PcrelHi {
            self.remote(code.part.index, found)?
        } else {
            let usable = entry.place.is_address() && entry.operand;
            usable.then(|| self.expression(found)).flatten()?
        };
        let mut text = String::new();
        let _ = write!(text, "%{name}({value})");
        Some(Operator {
            relocation,
            operand,
            text,
        })
    }

    /// Has an instruction in an operand what an assembler fills in there before a relocation?
    fn is_filled_in(
        &self,
        bytes: &[u8],
        place: (u32, u8),
        modifier: Modifier,
        addend: i64,
    ) -> bool {
        let (spec, xlen) = (self.tools.spec, self.tools.xlen);
        let mut filled = bytes.to_vec();
        filled.truncate(4);
        let done = match (modifier, split(addend, xlen)) {
            (Modifier::Hi, Some((high, _))) => patch_upper(spec, &mut filled, place, high),
            (Modifier::Lo, Some((_, low))) => patch_operand(spec, &mut filled, place, low),
            _ => patch_operand(spec, &mut filled, place, 0),
        };
        done.is_ok() && bytes.starts_with(&filled)
    }

    /// The operand and the operator of an instruction that yield a relocation of this kind.
    fn operand_of(
        &self,
        decoded: &Decoded,
        kind: RelocationKind,
    ) -> Option<(usize, &'static str, Modifier)> {
        let instruction = self.tools.spec.instructions.get(decoded.instruction)?;
        (0..instruction.operands.len()).find_map(|operand| {
            let yields = |modifier| relocation_kind(instruction, operand, modifier) == Some(kind);
            let (name, modifier) = Modifier::ALL.iter().find(|m| yields(m.1))?;
            Some((operand, *name, *modifier))
        })
    }

    /// Is what this source has at an offset an instruction with the upper part of an address, which only the linker
    /// knows?
    fn is_upper(&self, code: &Code<'_>, offset: u64) -> bool {
        let Ok(at) = usize::try_from(offset) else {
            return false;
        };
        let bytes = code.part.data.get(at..code.end.max(at)).unwrap_or_default();
        let Ok(decoded) = self.tools.spec.decode_bytes(bytes, self.tools.xlen) else {
            return false;
        };
        let all = code.part.relocations;
        let from = all.partition_point(|r| r.offset < offset);
        let to = all.partition_point(|r| r.offset <= offset);
        let here = &all[from..to];
        let upper = here.iter().any(|r| {
            r.kind()
                .and_then(|kind| self.operand_of(&decoded, kind))
                .is_some_and(|(.., modifier)| !modifier.refers_to_upper())
        });
        let allowed = self.tools.allowed.as_ref();
        let known = allowed.is_none_or(|a| a.get(decoded.instruction) == Some(&true));
        upper && known && self.operator(code, &decoded, here).is_some()
    }

    /// Says by `.option` which length an instruction has, where an assembler could choose.
    fn choose_length(&mut self, decoded: &Decoded) {
        if decoded.length == 2 {
            self.option(true);
            return;
        }
        let operands: Vec<Option<i64>> = decoded.values().iter().copied().map(Some).collect();
        let tools = &self.tools;
        let index = decoded.instruction;
        let placed = tools.codecs[index].iter().zip(decoded.values());
        let word = placed.fold(
            tools.spec.instructions[index].bits,
            |word, (codec, &value)| word | codec.place(value),
        );
        let shorter =
            tools
                .compression
                .find(tools.spec, &tools.codecs, (index, word), &operands, |_| {
                    true
                });
        if shorter.is_some() {
            self.option(false);
        }
    }

    /// `.option rvc` or `.option norvc`, unless it holds already.
    fn option(&mut self, compressed: bool) {
        if self.compressed != Some(compressed) {
            let name = if compressed { "rvc" } else { "norvc" };
            self.put(format_args!("\t.option\t{name}\n"));
            self.compressed = Some(compressed);
        }
    }
}

/// A place in code.
struct Code<'c> {
    part: &'c Part<'c>,
    outline: &'c Outline,
    at: usize,
    /// Where the code ends.
    end: usize,
    /// How far it is to the next symbol.
    cut: usize,
    /// Those from this place on.
    relocations: &'c [Reloc],
}

impl<'c> Code<'c> {
    fn bytes(&self) -> &'c [u8] {
        &self.part.data[self.at..self.end]
    }

    /// The relocations of so many bytes.
    fn relocations(&self, length: usize) -> &'c [Reloc] {
        let end = (self.at + length) as u64;
        let count = self.relocations.partition_point(|r| r.offset < end);
        &self.relocations[..count]
    }
}

/// An operator in the place of a relocation.
struct Operator {
    /// Which of those at the place.
    relocation: usize,
    operand: usize,
    /// `%hi(x)`
    text: String,
}
