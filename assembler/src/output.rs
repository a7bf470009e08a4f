//! Where statements put their bytes: sections, of a bounded total size, and the places in them that wait.

use crate::assembler::{Assembler, Parse, SectionKey};
use crate::layout::Layout;
use crate::lex::Loc;
use crate::listing::Statement;
use crate::object::{Content, LineEntry, SectionFlags, SectionKind};
use crate::section::{Buffer, Fixup, Target};
use crate::value::Value;

/// All sections together hold at most this many bytes.
pub(crate) const MAX_BYTES: u64 = 1 << 28;
/// Statements that are listed; more are left out.
const MAX_STATEMENTS: u32 = 1 << 22;
/// A section without contents is at most this long.
const MAX_NOBITS: u64 = 1 << 40;

impl<'a> Assembler<'a> {
    /// The section of this name, if there is one.
    pub fn find_section(&self, name: &str) -> Option<usize> {
        self.find_section_of(name, SectionKey::Plain)
    }

    /// The section of this name among those of a group or a number.
    pub fn find_section_of(&self, name: &str, key: SectionKey) -> Option<usize> {
        self.section_names.get(&(name, key)).copied()
    }

    /// Adds a section.
    pub fn add_section(
        &mut self,
        name: &'a str,
        kind: SectionKind,
        flags: SectionFlags,
        entry_size: u64,
    ) -> usize {
        self.add_section_of(name, SectionKey::Plain, kind, flags, entry_size)
    }

    /// Adds a section of a group or a number.
    pub fn add_section_of(
        &mut self,
        name: &'a str,
        key: SectionKey,
        kind: SectionKind,
        flags: SectionFlags,
        entry_size: u64,
    ) -> usize {
        let index = self.sections.len();
        self.sections
            .push(Buffer::new(name, kind, flags, entry_size));
        self.symbols.layouts.push(Layout::default());
        self.section_names.insert((name, key), index);
        index
    }

    /// Continues in this section.
    pub fn select_section(&mut self, index: usize) {
        self.previous = self.current;
        self.current = index;
    }

    /// The section that is being filled.
    pub fn section(&mut self) -> &mut Buffer<'a> {
        &mut self.sections[self.current]
    }

    /// The offset in it.
    pub fn here(&self) -> u64 {
        self.sections[self.current].size
    }

    /// Makes sure that this many bytes can be added.
    pub fn reserve(&mut self, count: u64, loc: Loc) -> Parse {
        let section = &self.sections[self.current];
        let (total, limit) = match section.kind {
            SectionKind::Nobits => (section.size, MAX_NOBITS),
            _ => (self.total_bytes, MAX_BYTES),
        };
        if total.checked_add(count).is_none_or(|sum| sum > limit) {
            return Err(self.error(loc, format!("sections are longer than {limit} bytes")));
        }
        if section.kind != SectionKind::Nobits {
            self.total_bytes += count;
        }
        Ok(())
    }

    /// Adds an instruction.
    pub fn emit_code(&mut self, bytes: &[u8], loc: Loc) -> Parse {
        self.emit_as(Content::Code, bytes, loc)
    }

    /// Adds data.
    pub fn emit(&mut self, bytes: &[u8], loc: Loc) -> Parse {
        self.emit_as(Content::Data, bytes, loc)
    }

    /// Adds code for which there is room, to a section that holds code.
    #[inline]
    pub fn append_code(&mut self, code: &[u8]) {
        let section = &mut self.sections[self.current];
        section.enter(Content::Code);
        section.data.extend_from_slice(code);
        section.size += code.len() as u64;
        self.total_bytes += code.len() as u64;
    }

    /// Adds bytes.
    pub fn emit_as(&mut self, content: Content, bytes: &[u8], loc: Loc) -> Parse {
        self.reserve(bytes.len() as u64, loc)?;
        let section = &mut self.sections[self.current];
        if section.kind != SectionKind::Nobits {
            section.enter(content);
            section.data.extend_from_slice(bytes);
        } else if bytes.iter().any(|&b| b != 0) {
            let message = format!(
                "section '{}' holds only zeros and cannot have other contents",
                section.name
            );
            return Err(self.error(loc, message));
        }
        section.size += bytes.len() as u64;
        Ok(())
    }

    /// Adds the same byte many times.
    pub fn emit_repeated(&mut self, byte: u8, count: u64, loc: Loc) -> Parse {
        self.reserve(count, loc)?;
        let section = &mut self.sections[self.current];
        if count > 0 {
            section.enter(Content::Data);
        }
        section.size += count;
        if section.kind != SectionKind::Nobits {
            section.data.resize(section.size as usize, byte);
        } else if byte != 0 && count > 0 {
            let message = format!(
                "section '{}' holds only zeros and cannot have other contents",
                section.name
            );
            return Err(self.error(loc, message));
        }
        Ok(())
    }

    /// Adds a place that waits for a value; its bytes are emitted by the caller, before or after.
    pub fn fixup(&mut self, offset: u64, value: Value, target: Target, loc: Loc) -> Parse {
        if self.section().kind == SectionKind::Nobits {
            let message = format!("section '{}' cannot hold relocations", self.section().name);
            return Err(self.error(loc, message));
        }
        self.section().fixups.push(Fixup {
            offset,
            value,
            target,
            loc,
        });
        Ok(())
    }

    /// Notes the statement that comes next, for a listing.
    pub fn note_statement(&mut self) {
        if self.statements >= MAX_STATEMENTS {
            return;
        }
        let (order, section, offset) = (self.statements, self.current, self.here());
        self.statements += 1;
        let statement = Statement {
            section,
            offset,
            position: self.input.token.loc.start,
            label: false,
        };
        self.section().statements.push((order, statement));
    }

    /// The present statement has a label.
    pub fn note_label(&mut self) {
        if let Some((_, statement)) = self.section().statements.last_mut() {
            statement.label = true;
        }
    }

    /// Notes the line of the instruction that comes next.
    #[inline]
    pub fn mark_line(&mut self, loc: Loc) {
        if self.options.debug || self.lines.is_pending() {
            self.add_line(loc);
        }
    }

    fn add_line(&mut self, loc: Loc) {
        self.flush_line();
        if self.options.debug && !self.has_line_directives {
            let (file, line) = self.line_of(loc);
            let entry = LineEntry::statement(self.current, self.here(), file, line);
            self.section().lines.push(entry);
        }
    }
}
