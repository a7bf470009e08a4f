//! Directives that say where things go: sections, alignment, origin.

use crate::assembler::{Assembler, Parse, SectionGroup, SectionKey};
use crate::layout::{Fill, Variable, VariableKind};
use crate::lex::{Loc, Tok};
use crate::object::{Content, SectionFlags, SectionKind};
use crate::section::{Buffer, Target};
use crate::symbols::{Definition, SymbolId};
use crate::value::Value;

/// The largest alignment, as a power of two.
pub(super) const MAX_ALIGN: u32 = 30;
/// How many sections `.pushsection` remembers.
const MAX_PUSHED: usize = 1024;

impl Assembler<'_> {
    /// A section that every program has.
    pub(super) fn standard_section(&mut self, name: &'static str) -> Parse {
        let index = match self.find_section(name) {
            Some(index) => index,
            None => {
                let (kind, flags) = Buffer::defaults(name);
                self.add_section(name, kind, flags, 0)
            }
        };
        if !self.at_end() {
            let (number, loc) = self.absolute()?;
            if number != 0 {
                return Err(self.error(
                    loc,
                    "subsections are not supported; use a section of its own",
                ));
            }
        }
        self.select_section(index);
        Ok(())
    }

    /// `name [, "flags" [, @type [, entsize] [, group [, comdat]] [, linked section] [, unique, number]]]`
    pub(super) fn section_directive(&mut self) -> Parse {
        let (name, loc) = if self.input.token.kind == Tok::Str {
            let token = self.bump();
            let text = self.text(token.loc);
            (&text[1..text.len() - 1], token.loc)
        } else {
            let loc = self.dashed_name("the name of a section")?;
            (self.text(loc), loc)
        };
        if name.is_empty() || name.contains('\\') {
            return Err(self.error(loc, "invalid name of a section"));
        }
        let (mut kind, mut flags) = Buffer::defaults(name);
        let mut entry_size = 0;
        let mut key = SectionKey::Plain;
        let (mut group, mut link_order) = (None, None);
        let mut grouped = false;
        let mut linked = false;
        let explicit = self.eat(Tok::Comma);
        if explicit {
            (flags, grouped, linked) = self.section_flags()?;
            if self.eat(Tok::Comma) {
                kind = self.section_kind()?;
                if flags.merge {
                    self.expect(Tok::Comma, "',' and the size of an element")?;
                    let (size, loc) = self.absolute()?;
                    entry_size = match u32::try_from(size) {
                        Ok(size) if size > 0 => size.into(),
                        _ => return Err(self.error(loc, "size of an element must be positive")),
                    };
                }
                if linked {
                    self.expect(Tok::Comma, "',' and the linked-to section")?;
                    link_order = Some(self.linked_section()?);
                }
                if grouped {
                    self.expect(Tok::Comma, "',' and the name of the group")?;
                    let (signature, comdat) = self.section_group()?;
                    key = SectionKey::Group(signature);
                    group = Some((signature, comdat));
                }
                if self.eat(Tok::Comma) {
                    let word = self.expect(Tok::Name, "'unique'")?;
                    if self.text(word.loc) != "unique" {
                        return Err(self.error(word.loc, "expected 'unique'"));
                    }
                    self.expect(Tok::Comma, "','")?;
                    let (number, loc) = self.absolute()?;
                    key = match u32::try_from(number) {
                        Ok(number) => SectionKey::Unique(number),
                        Err(_) => return Err(self.error(loc, "unique id must be positive")),
                    };
                }
            } else if flags.merge {
                return Err(self.error(
                    loc,
                    "a section of elements to be merged needs its type and the size of an element",
                ));
            }
        }
        if (grouped && group.is_none()) || (linked && link_order.is_none()) {
            let message = "flags 'G' and 'o' need the type of the section, and a group or a linked-to section";
            return Err(self.error(loc, message));
        }
        let index = match self.find_section_of(name, key) {
            Some(index) => {
                let known = &self.sections[index];
                if explicit && (known.flags, known.kind) != (flags, kind) {
                    return Err(
                        self.error(loc, format!("changed section flags or type for '{name}'"))
                    );
                }
                index
            }
            None => {
                let index = self.add_section_of(name, key, kind, flags, entry_size);
                self.sections[index].link_order = link_order;
                self.sections[index].group = group.map(|g| self.group_index(g));
                index
            }
        };
        self.select_section(index);
        Ok(())
    }

    /// `name [, comdat]`
    fn section_group(&mut self) -> Parse<(SymbolId, bool)> {
        let name = self.expect(Tok::Name, "the name of the group")?;
        let id = self.symbols.named(self.text(name.loc), name.loc);
        let mut comdat = false;
        if self.input.token.kind == Tok::Comma {
            let state = self.input;
            self.bump();
            comdat =
                self.input.token.kind == Tok::Name && self.text(self.input.token.loc) == "comdat";
            if comdat {
                self.bump();
            } else {
                self.input = state;
            }
        }
        Ok((id, comdat))
    }

    fn group_index(&mut self, (signature, comdat): (SymbolId, bool)) -> usize {
        let group = SectionGroup { signature, comdat };
        self.symbols.get_mut(signature).referenced = true;
        match self.groups.iter().position(|known| *known == group) {
            Some(index) => index,
            None => {
                self.groups.push(group);
                self.groups.len() - 1
            }
        }
    }

    /// The section of a symbol, or of this name.
    fn linked_section(&mut self) -> Parse<usize> {
        let name = self.expect(Tok::Name, "the linked-to section")?;
        let text = self.text(name.loc);
        let by_symbol =
            self.symbols
                .find(text)
                .and_then(|id| match self.symbols.get(id).definition {
                    Definition::Label { section, .. } => Some(section as usize),
                    _ => None,
                });
        match by_symbol.or_else(|| self.find_section(text)) {
            Some(index) => Ok(index),
            None => Err(self.error(
                name.loc,
                format!("linked-to section '{text}' is not defined"),
            )),
        }
    }

    /// Flags, and whether there is a group and a linked-to section.
    fn section_flags(&mut self) -> Parse<(SectionFlags, bool, bool)> {
        let loc = self.string()?;
        let mut flags = SectionFlags::default();
        let (mut grouped, mut linked) = (false, false);
        for i in 0..self.bytes.len() {
            let flag = match self.bytes[i] {
                b'a' => &mut flags.alloc,
                b'w' => &mut flags.write,
                b'x' => &mut flags.execute,
                b'M' => &mut flags.merge,
                b'S' => &mut flags.strings,
                b'T' => &mut flags.tls,
                b'R' => &mut flags.retain,
                b'e' => &mut flags.exclude,
                b'G' => &mut grouped,
                b'o' => &mut linked,
                _ => {
                    return Err(self.error(
                        loc,
                        "unknown flag; the flags of a section are some of 'awxMSTReGo'",
                    ));
                }
            };
            *flag = true;
        }
        Ok((flags, grouped, linked))
    }

    fn section_kind(&mut self) -> Parse<SectionKind> {
        if self.input.token.kind == Tok::Str {
            let token = self.bump();
            let text = self.text(token.loc);
            return self.section_kind_named(&text[1..text.len() - 1], token.loc);
        }
        if !matches!(self.input.token.kind, Tok::At | Tok::Percent) {
            return Err(self.unexpected("expected the type of the section, as in @progbits"));
        }
        self.bump();
        if self.input.token.kind == Tok::Number {
            let (number, loc) = self.absolute()?;
            return match u32::try_from(number) {
                Ok(number) => Ok(SectionKind::Other(number)),
                Err(_) => Err(self.error(
                    loc,
                    "type of a section must be an integer in the range [0, 4294967295]",
                )),
            };
        }
        let name = self.expect(Tok::Name, "the type of the section, as in @progbits")?;
        self.section_kind_named(self.text(name.loc), name.loc)
    }

    fn section_kind_named(&mut self, text: &str, loc: Loc) -> Parse<SectionKind> {
        let kinds = [
            ("progbits", SectionKind::Progbits),
            ("nobits", SectionKind::Nobits),
            ("note", SectionKind::Note),
            ("init_array", SectionKind::InitArray),
            ("fini_array", SectionKind::FiniArray),
            ("preinit_array", SectionKind::PreinitArray),
        ];
        match kinds.iter().find(|kind| kind.0 == text) {
            Some(&(_, kind)) => Ok(kind),
            None => {
                let known = kinds.iter().map(|kind| kind.0);
                Err(self.error_with_suggestion(loc, "unknown section type", text, known))
            }
        }
    }

    /// A section, after which `.popsection` returns to the present one.
    pub(super) fn push_section(&mut self, loc: Loc) -> Parse {
        if self.section_stack.len() >= MAX_PUSHED {
            return Err(self.error(loc, ".pushsection is nested too deeply"));
        }
        let present = (self.current, self.previous);
        self.section_directive()?;
        self.section_stack.push(present);
        Ok(())
    }

    /// Back to where `.pushsection` was.
    pub(super) fn pop_section(&mut self, loc: Loc) -> Parse {
        match self.section_stack.pop() {
            Some((current, previous)) => {
                (self.current, self.previous) = (current, previous);
                Ok(())
            }
            None => Err(self.error(loc, ".popsection without corresponding .pushsection")),
        }
    }

    /// `amount [, fill [, max]]`, where the fill has `width` bytes.
    pub(super) fn align_directive(&mut self, power: bool, width: u8) -> Parse {
        let (amount, loc) = self.absolute()?;
        let align = match u32::try_from(amount) {
            Ok(n) if power && n <= MAX_ALIGN => 1u64 << n,
            Ok(n) if !power && n <= 1 << MAX_ALIGN && (n == 0 || n.is_power_of_two()) => {
                u64::from(n.max(1))
            }
            _ if power => {
                return Err(self.error(
                    loc,
                    format!("alignment must be an integer in the range [0, {MAX_ALIGN}]"),
                ));
            }
            _ => {
                return Err(self.error(
                    loc,
                    format!("alignment must be a power of 2, and at most 2^{MAX_ALIGN}"),
                ));
            }
        };
        let mut given = None;
        let mut max = u64::MAX;
        if self.eat(Tok::Comma) {
            if self.input.token.kind != Tok::Comma && !self.at_end() {
                let (value, loc) = self.absolute()?;
                if !super::fits(value, width) {
                    let bits = 8 * u32::from(width);
                    return Err(
                        self.error(loc, format!("value {value} does not fit in {bits} bits"))
                    );
                }
                given = Some(value as u64);
            }
            if self.eat(Tok::Comma) {
                let (limit, loc) = self.absolute()?;
                // Zero is no limit, as GNU as and LLVM have it.
                max = match u64::try_from(limit) {
                    Ok(0) => u64::MAX,
                    Ok(limit) => limit,
                    Err(_) => return Err(self.error(loc, "number of bytes is negative")),
                };
            }
        }
        self.align(
            align,
            given.map(|value| Fill::Bytes(value, width)),
            max,
            loc,
        )
    }

    /// Moves on to a multiple of `align`, unless that takes more than `max` bytes.
    pub(super) fn align(&mut self, align: u64, fill: Option<Fill>, max: u64, loc: Loc) -> Parse {
        let section = self.section();
        section.align = section.align.max(align);
        let code = section.flags.execute && section.kind != SectionKind::Nobits;
        let fill = match fill {
            None if code && self.settings.relax => return self.align_relaxed(align, max, loc),
            None if code => Fill::Nops(self.settings.compressed && self.compact_nops()),
            None => Fill::Bytes(0, 1),
            Some(fill) => fill,
        };
        if !self.symbols.layouts[self.current].variables.is_empty() {
            return self.align_later(align, fill, max, loc);
        }
        let padding = self.here().next_multiple_of(align) - self.here();
        if padding > max {
            return Ok(());
        }
        self.emit_fill(fill, padding, loc)
    }

    /// Compressed instructions are wanted, not only accepted.
    fn compact_nops(&self) -> bool {
        self.settings.compress || self.settings.arch == 0
    }

    fn emit_fill(&mut self, fill: Fill, size: u64, loc: Loc) -> Parse {
        if let Fill::Bytes(value, 1) = fill {
            return self.emit_repeated(value as u8, size, loc);
        }
        self.reserve(size, loc)?;
        let mut bytes = Vec::new();
        self.write_fill(fill, size, &mut bytes);
        let zeros =
            bytes.iter().take_while(|&&b| b == 0).count().min(1) * usize::from(size % 2 == 1);
        let content = if matches!(fill, Fill::Nops(_)) {
            Content::Code
        } else {
            Content::Data
        };
        self.emit_as(Content::Data, &bytes[..zeros], loc)?;
        self.emit_as(content, &bytes[zeros..], loc)
    }

    /// Moves on to a multiple of `align`, with bytes that are zero.
    pub(super) fn align_to(&mut self, align: u64, loc: Loc) -> Parse {
        self.align(align, Some(Fill::Bytes(0, 1)), u64::MAX, loc)
    }

    /// Padding from which the linker takes what is too much.
    fn align_relaxed(&mut self, align: u64, max: u64, loc: Loc) -> Parse {
        let smallest = if self.settings.compressed && self.nops[1].is_some() {
            2
        } else {
            4
        };
        let section = self.section();
        section.align = section.align.max(align);
        let padding = align.saturating_sub(smallest);
        if padding == 0 {
            return Ok(());
        }
        if padding > max {
            return Err(self.error(
                loc,
                "the linker cannot keep to a limit of the padding; use '.option norelax'",
            ));
        }
        let offset = self.here();
        self.add_site(offset);
        self.fixup(offset, Value::Const(padding as i64), Target::Align, loc)?;
        self.emit_fill(Fill::Nops(self.settings.compressed), padding, loc)
    }

    /// `.nops count`: that many bytes of instructions that do nothing.
    pub(super) fn nops_directive(&mut self, loc: Loc) -> Parse {
        let (count, at) = self.absolute()?;
        let Ok(count) = u64::try_from(count) else {
            return Err(self.error(at, "number of bytes is negative"));
        };
        self.emit_fill(Fill::Nops(self.settings.compressed), count, loc)
    }

    /// `.org offset [, fill]`
    pub(super) fn org(&mut self, directive: Loc) -> Parse {
        let (target, loc) = self.expression()?;
        let fill = if self.eat(Tok::Comma) {
            self.byte()?
        } else {
            0
        };
        if let Value::Const(offset) = target
            && self.symbols.layouts[self.current].variables.is_empty()
        {
            let count = u64::try_from(offset)
                .ok()
                .and_then(|to| to.checked_sub(self.here()));
            return match count {
                Some(count) => self.emit_repeated(fill, count, loc),
                None => Err(self.error(loc, "attempt to move .org backwards")),
            };
        }
        self.place_later(VariableKind::Org { target, fill }, loc, directive)
    }

    /// Adds what gets its size from an expression that has no value yet.
    pub(super) fn place_later(&mut self, kind: VariableKind, at: Loc, directive: Loc) -> Parse {
        self.emit_as(Content::Data, &[0], directive)?;
        let position = self.here() - 1;
        self.add_variable(Variable {
            at: position,
            placeholder: 1,
            size: 1,
            kind,
            loc: at,
        });
        Ok(())
    }
}
