//! Directives that say where things go: sections, alignment, origin.

use crate::assembler::{Assembler, Parse};
use crate::layout::Fill;
use crate::lex::{Loc, Tok};
use crate::object::{SectionFlags, SectionKind};
use crate::section::{Buffer, Target};
use crate::symbols::Definition;
use crate::value::Value;

/// The largest alignment, as a power of two.
const MAX_ALIGN: u32 = 30;
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
        self.select_section(index);
        Ok(())
    }

    /// `name [, "flags" [, @type [, entsize]]]`
    pub(super) fn section_directive(&mut self) -> Parse {
        let (name, loc) = if self.token.kind == Tok::Str {
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
        let explicit = self.eat(Tok::Comma);
        if explicit {
            flags = self.section_flags()?;
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
            } else if flags.merge {
                return Err(self.error(
                    loc,
                    "a section of elements to be merged needs its type and the size of an element",
                ));
            }
        }
        let index = match self.find_section(name) {
            Some(index) => {
                let known = &self.sections[index];
                if explicit && (known.flags, known.kind) != (flags, kind) {
                    return Err(self.error(
                        loc,
                        format!("section '{name}' had other flags or another type before"),
                    ));
                }
                index
            }
            None => self.add_section(name, kind, flags, entry_size),
        };
        self.select_section(index);
        Ok(())
    }

    fn section_flags(&mut self) -> Parse<SectionFlags> {
        let loc = self.string()?;
        let mut flags = SectionFlags::default();
        for i in 0..self.bytes.len() {
            let flag = match self.bytes[i] {
                b'a' => &mut flags.alloc,
                b'w' => &mut flags.write,
                b'x' => &mut flags.execute,
                b'M' => &mut flags.merge,
                b'S' => &mut flags.strings,
                b'T' => &mut flags.tls,
                _ => {
                    return Err(self.error(
                        loc,
                        "unknown flag; the flags of a section are some of 'awxMST'",
                    ));
                }
            };
            *flag = true;
        }
        Ok(flags)
    }

    fn section_kind(&mut self) -> Parse<SectionKind> {
        if !matches!(self.token.kind, Tok::At | Tok::Percent) {
            return Err(self.unexpected("expected the type of the section, as in @progbits"));
        }
        self.bump();
        let name = self.expect(Tok::Name, "the type of the section, as in @progbits")?;
        match self.text(name.loc) {
            "progbits" => Ok(SectionKind::Progbits),
            "nobits" => Ok(SectionKind::Nobits),
            "note" => Ok(SectionKind::Note),
            "init_array" => Ok(SectionKind::InitArray),
            "fini_array" => Ok(SectionKind::FiniArray),
            text => {
                let known = ["progbits", "nobits", "note", "init_array", "fini_array"];
                Err(self.error_with_suggestion(name.loc, "unknown section type", text, known))
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

    /// `amount [, fill [, max]]`
    pub(super) fn align_directive(&mut self, power: bool) -> Parse {
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
        let mut fill = None;
        let mut max = u64::MAX;
        if self.eat(Tok::Comma) {
            if self.token.kind != Tok::Comma && !self.at_end() {
                fill = Some(self.byte()?);
            }
            if self.eat(Tok::Comma) {
                let (limit, loc) = self.absolute()?;
                max = match u64::try_from(limit) {
                    Ok(limit) => limit,
                    Err(_) => return Err(self.error(loc, "number of bytes is negative")),
                };
            }
        }
        let relaxed = self.settings.relax;
        if relaxed && fill.is_none() && self.section().flags.execute {
            return self.align_relaxed(align, max, loc);
        }
        if !self.symbols.layouts[self.current].variables.is_empty() {
            let section = self.section();
            section.align = section.align.max(align);
            let fill = match fill {
                None if section.flags.execute => Fill::Nops(self.settings.compressed),
                fill => Fill::Bytes(fill.unwrap_or(0).into(), 1),
            };
            return self.align_later(align, fill, max, loc);
        }
        if self.here().next_multiple_of(align) - self.here() > max {
            return Ok(());
        }
        self.align_to(align, fill, loc)
    }

    /// Moves on to a multiple of `align`. Without a fill byte, code is filled with instructions that do nothing.
    pub(super) fn align_to(&mut self, align: u64, fill: Option<u8>, loc: Loc) -> Parse {
        let padding = self.here().next_multiple_of(align) - self.here();
        let section = self.section();
        section.align = section.align.max(align);
        match fill {
            None if section.flags.execute && section.kind != SectionKind::Nobits => {
                self.nops(padding, loc)
            }
            fill => self.emit_repeated(fill.unwrap_or(0), padding, loc),
        }
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
        self.nops(padding, loc)
    }

    /// Fills code. What no instruction fits is zero, and comes first.
    fn nops(&mut self, count: u64, loc: Loc) -> Parse {
        let mut rest = count;
        self.emit_repeated(0, rest % 2, loc)?;
        rest -= rest % 2;
        if !rest.is_multiple_of(4) {
            match self.nops[1].filter(|_| self.settings.compressed) {
                Some(word) => self.emit_code(&word.to_le_bytes()[..2], loc)?,
                None => self.emit_repeated(0, 2, loc)?,
            }
            rest -= 2;
        }
        let Some(word) = self.nops[0] else {
            return self.emit_repeated(0, rest, loc);
        };
        for _ in 0..rest / 4 {
            self.emit_code(&word.to_le_bytes(), loc)?;
        }
        Ok(())
    }

    /// `.org offset`
    pub(super) fn org(&mut self) -> Parse {
        let (value, loc) = self.expression()?;
        let target = match self.expressions.evaluate(value, &mut self.symbols) {
            Ok(linear) => match (
                linear.as_constant(),
                linear.plus.filter(|_| linear.minus.is_none()),
            ) {
                (Some(n), _) => Some(n),
                (None, Some(id)) => match self.symbols.get(id).definition {
                    Definition::Label { section, offset } if section as usize == self.current => {
                        Some((offset as i64).wrapping_add(linear.addend))
                    }
                    _ => None,
                },
                _ => None,
            },
            Err(error) => return Err(self.evaluation_error(loc, error)),
        };
        let Some(target) = target else {
            return Err(self.error(loc, "expected a number or an address in this section"));
        };
        match u64::try_from(target)
            .ok()
            .and_then(|target| target.checked_sub(self.here()))
        {
            Some(count) => self.emit_repeated(0, count, loc),
            None => Err(self.error(loc, "attempt to move .org backwards")),
        }
    }
}
