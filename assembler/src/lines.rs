//! Line information: what `.file` and `.loc` say, or else the lines of the source itself.

use crate::assembler::{Assembler, Parse};
use crate::input::InputKind;
use crate::lex::{Loc, Tok};
use crate::object::{DebugInfo, LineEntry, SourceFile};
use crate::symbols::{Definition, SymbolId};
use crate::value::Value;

/// The highest number of a file.
const MAX_FILES: i64 = 1 << 16;

/// What `.file` and `.loc` have said so far.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Files by number; those that were left out have no name.
    files: Vec<SourceFile>,
    /// The line of the instruction that comes next, and its view.
    pending: Option<(LineEntry, View)>,
    /// `.file "name"`: what the source was made from.
    pub primary: Option<String>,
    /// Whether breakpoints may be set, which stays as it was said last.
    not_statement: bool,
}

/// What `.loc` says of the view: rows of one address are numbered from zero, so that debuggers can tell states of the
/// program apart between which there is no instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// Counted.
    Next,
    /// Counted, and the value of this symbol.
    Label(SymbolId),
    /// Zero, whatever the address.
    Reset,
}

impl Lines {
    /// Does a line wait for its instruction?
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}

impl Assembler<'_> {
    /// The file and line of a place, by its invocation if a macro made it.
    pub fn line_of(&mut self, loc: Loc) -> (u32, u32) {
        let depth = self
            .outer_inputs
            .iter()
            .rposition(|i| i.kind == InputKind::File);
        let loc = if self.input.kind == InputKind::File {
            loc
        } else {
            self.sources.in_file(loc)
        };
        let input = match depth {
            Some(index) if self.input.kind != InputKind::File => &mut self.outer_inputs[index],
            _ => &mut self.input,
        };
        let (from, line) = input.line;
        let to =
            (loc.start.wrapping_sub(input.lexer.base()) as usize).min(input.lexer.source().len());
        let text = input.lexer.source().as_bytes();
        let breaks = |range: &[u8]| range.iter().filter(|&&b| b == b'\n').count() as u32;
        let line = if to >= from {
            line + breaks(&text[from..to])
        } else {
            line - breaks(&text[to..from])
        };
        input.line = (to, line);
        (self.file_number(loc), line)
    }

    /// The number of a source text among the files of the line table, when the source is described itself.
    fn file_number(&mut self, loc: Loc) -> u32 {
        let span = self.sources.span(Loc {
            start: loc.start,
            end: loc.start,
        });
        let name = &span.source.name;
        if let Some(index) = self.lines.files.iter().position(|f| f.name == *name) {
            return index as u32;
        }
        self.lines.files.push(SourceFile {
            name: name.clone(),
            directory: None,
            md5: None,
        });
        (self.lines.files.len() - 1) as u32
    }

    /// Puts the line that `.loc` has given before the instruction that comes next.
    pub fn flush_line(&mut self) {
        let Some((mut entry, view)) = self.lines.pending.take() else {
            return;
        };
        entry.section = self.current;
        entry.offset = self.here();
        let section = self.section();
        let same_address = section
            .lines
            .last()
            .is_some_and(|l| l.offset == entry.offset);
        section.last_view = match view {
            View::Reset => 0,
            _ if same_address => section.last_view.saturating_add(1),
            _ => 0,
        };
        let number = Value::Const(section.last_view.into());
        section.lines.push(entry);
        if let View::Label(id) = view {
            let loc = self.symbols.get(id).loc;
            self.symbols.define(id, Definition::Set(number), loc);
        }
    }

    /// `.file "name"` and `.file number ["directory"] "name" [md5 value]`
    pub fn file_directive(&mut self) -> Parse {
        if self.input.token.kind == Tok::Str {
            self.string()?;
            self.lines.primary = Some(String::from_utf8_lossy(&self.bytes).into_owned());
            return Ok(());
        }
        let (number, loc) = self.absolute()?;
        if !(0..MAX_FILES).contains(&number) {
            return Err(self.error(loc, "invalid file number"));
        }
        self.string()?;
        let mut name = String::from_utf8_lossy(&self.bytes).into_owned();
        let mut directory = None;
        if self.input.token.kind == Tok::Str {
            self.string()?;
            let second = String::from_utf8_lossy(&self.bytes).into_owned();
            directory = Some(std::mem::replace(&mut name, second));
        }
        let mut md5 = None;
        while self.input.token.kind == Tok::Name {
            let key = self.bump();
            match self.text(key.loc) {
                "md5" => {
                    let value = self.expect(Tok::Number, "MD5 checksum as a number")?;
                    let digits = self.text(value.loc).trim_start_matches("0x");
                    let Ok(value) = u128::from_str_radix(digits, 16) else {
                        return Err(self.error(key.loc, "expected an MD5 checksum of 128 bits"));
                    };
                    md5 = Some(value.to_be_bytes());
                }
                "source" => {
                    self.string()?;
                }
                text => {
                    let known = ["md5", "source"];
                    return Err(self.error_with_suggestion(
                        key.loc,
                        "unexpected token in '.file' directive",
                        text,
                        known,
                    ));
                }
            }
        }
        if !self.has_line_directives {
            self.has_line_directives = true;
            self.lines.files.clear();
        }
        let index = number as usize;
        if self.lines.files.len() <= index {
            let unnamed = SourceFile {
                name: String::new(),
                directory: None,
                md5: None,
            };
            self.lines.files.resize(index + 1, unnamed);
        }
        self.lines.files[index] = SourceFile {
            name,
            directory,
            md5,
        };
        Ok(())
    }

    /// `.loc file line [column] [options]`
    pub fn loc_directive(&mut self) -> Parse {
        // Each is a row, also those of which only the last one has an instruction.
        self.flush_line();
        let (file, loc) = self.absolute()?;
        let known = |n: i64| usize::try_from(n).is_ok_and(|n| n < self.lines.files.len());
        if !self.has_line_directives || !known(file) {
            return Err(self.error(loc, "unassigned file number"));
        }
        let (line, loc) = self.absolute()?;
        let Ok(line) = u32::try_from(line) else {
            return Err(self.error(loc, "line number less than zero"));
        };
        let mut column = 0;
        if !self.at_end() && self.input.token.kind != Tok::Name {
            let (value, loc) = self.absolute()?;
            let Ok(value) = u32::try_from(value) else {
                return Err(self.error(loc, "column position less than zero"));
            };
            column = value;
        }
        let mut view = View::Next;
        let mut entry = LineEntry::statement(self.current, 0, file as u32, line);
        entry.column = column;
        entry.is_stmt = !self.lines.not_statement;
        while !self.at_end() {
            let name = self.expect(Tok::Name, "an option of '.loc'")?;
            match self.text(name.loc) {
                "basic_block" => entry.basic_block = true,
                "prologue_end" => entry.prologue_end = true,
                "epilogue_begin" => entry.epilogue_begin = true,
                "is_stmt" => {
                    let (value, loc) = self.absolute()?;
                    if !matches!(value, 0 | 1) {
                        return Err(self.error(loc, "is_stmt value not 0 or 1"));
                    }
                    entry.is_stmt = value == 1;
                    self.lines.not_statement = value == 0;
                }
                "discriminator" => {
                    let (value, loc) = self.absolute()?;
                    let Ok(value) = u32::try_from(value) else {
                        return Err(self.error(loc, "discriminator less than zero"));
                    };
                    entry.discriminator = value;
                }
                "isa" => {
                    self.absolute()?;
                }
                "view" => view = self.row_view()?,
                text => {
                    let known = [
                        "basic_block",
                        "prologue_end",
                        "epilogue_begin",
                        "is_stmt",
                        "discriminator",
                        "isa",
                        "view",
                    ];
                    return Err(self.error_with_suggestion(
                        name.loc,
                        "unknown sub-directive in '.loc' directive",
                        text,
                        known,
                    ));
                }
            }
            self.eat(Tok::Comma);
        }
        self.lines.pending = Some((entry, view));
        Ok(())
    }

    /// `view .LVU12`, the symbol that is to be the number; `view 0`, or `view -0` to begin with zero again.
    fn row_view(&mut self) -> Parse<View> {
        if self.input.token.kind == Tok::Name {
            let name = self.bump();
            let id = self.symbols.named(self.text(name.loc), name.loc);
            self.check_undefined(id, name.loc)?;
            return Ok(View::Label(id));
        }
        let reset = self.eat(Tok::Minus);
        let (value, loc) = self.absolute()?;
        if value != 0 {
            return Err(self.error(loc, "numeric view can only be asserted to zero"));
        }
        Ok(if reset { View::Reset } else { View::Next })
    }

    /// What debuggers are to know: the lines that the source gives, or its own, if that is asked for.
    pub fn debug_info(&mut self) -> DebugInfo {
        let mut lines: Vec<LineEntry> = Vec::new();
        for (section, buffer) in self.sections.iter_mut().enumerate() {
            for entry in std::mem::take(&mut buffer.lines) {
                let entry = LineEntry { section, ..entry };
                match lines.last_mut() {
                    Some(last)
                        if !self.has_line_directives
                            && last.section == section
                            && (last.file, last.line) == (entry.file, entry.line) => {}
                    // Nothing was emitted for the line before.
                    Some(last)
                        if !self.has_line_directives
                            && last.section == section
                            && last.offset == entry.offset =>
                    {
                        *last = entry;
                    }
                    _ => lines.push(entry),
                }
            }
        }
        if lines.is_empty() {
            return DebugInfo::default();
        }
        DebugInfo {
            version: 5,
            files: std::mem::take(&mut self.lines.files),
            lines,
            unit: !self.has_line_directives,
        }
    }
}
