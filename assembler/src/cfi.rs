//! Call frame information: from `.cfi_*` directives to the section `.eh_frame` or `.debug_frame`.
//!
//! Sources: DWARF 5, chapter 6.4, and the Linux Standard Base's chapter on `.eh_frame`.

use crate::assembler::{Assembler, Parse};
use crate::lex::{Loc, Tok, Token};
use crate::object::{SectionFlags, SectionKind};
use crate::relax::leb128;
use crate::section::Target;
use crate::symbols::SymbolId;
use crate::value::{Op, Value};
use zktr_isa::model::RegisterFile;

/// The column of a register in the rules; those of the integer registers are their numbers.
type Column = i64;

/// The column of the first floating-point register (RISC-V ABIs, "DWARF register numbers").
const FLOAT_COLUMNS: Column = 32;

/// A change of the rules.
#[derive(Debug, Clone, PartialEq)]
enum Rule {
    DefCfa(Column, i64),
    DefCfaRegister(Column),
    DefCfaOffset(i64),
    AdjustCfaOffset(i64),
    Offset(Column, i64),
    RelOffset(Column, i64),
    ValOffset(Column, i64),
    Register(Column, Column),
    Restore(Column),
    Undefined(Column),
    SameValue(Column),
    Remember,
    RestoreState,
    Escape(Vec<u8>),
}

/// A function.
#[derive(Debug, Clone)]
struct Frame {
    start: SymbolId,
    end: Option<SymbolId>,
    /// Changes, each at a label.
    rules: Vec<(SymbolId, Rule)>,
    loc: Loc,
    common: Common,
    lsda: Option<Value>,
}

/// What functions have in common with others.
#[derive(Debug, Clone, PartialEq)]
struct Common {
    simple: bool,
    signal: bool,
    personality: Option<(u8, Value)>,
    lsda_encoding: Option<u8>,
    return_column: Column,
}

/// All call frame information of a source.
#[derive(Debug)]
pub(crate) struct CallFrames {
    frames: Vec<Frame>,
    open: bool,
    eh_frame: bool,
    debug_frame: bool,
}

impl Default for CallFrames {
    fn default() -> Self {
        Self {
            frames: Vec::new(),
            open: false,
            eh_frame: true,
            debug_frame: false,
        }
    }
}

/// `DW_EH_PE_pcrel | DW_EH_PE_sdata4`
const PCREL_SDATA4: u8 = 0x1b;
/// `DW_EH_PE_omit`
const OMIT: u8 = 0xff;

impl Assembler<'_> {
    /// A directive whose name begins with `.cfi_`.
    pub fn cfi_directive(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc).to_ascii_lowercase();
        let name_loc = name.loc;
        match text.as_str() {
            ".cfi_sections" => return self.cfi_sections(),
            ".cfi_startproc" => return self.cfi_start(name_loc),
            _ => {}
        }
        if !self.frames.open {
            let message =
                "this directive must appear between .cfi_startproc and .cfi_endproc directives";
            return Err(self.error(name_loc, message));
        }
        let rule = match text.as_str() {
            ".cfi_endproc" => {
                let end = self.cfi_label(name_loc);
                self.frames.open = false;
                if let Some(frame) = self.frames.frames.last_mut() {
                    frame.end = Some(end);
                }
                return Ok(());
            }
            ".cfi_personality" | ".cfi_lsda" => return self.cfi_encoded(text == ".cfi_lsda"),
            ".cfi_signal_frame" => {
                self.cfi_common(|common| common.signal = true);
                return Ok(());
            }
            ".cfi_return_column" => {
                let column = self.cfi_column()?;
                self.cfi_common(|common| common.return_column = column);
                return Ok(());
            }
            ".cfi_def_cfa" => {
                let column = self.cfi_column()?;
                self.expect(Tok::Comma, "','")?;
                Rule::DefCfa(column, self.absolute()?.0)
            }
            ".cfi_def_cfa_register" => Rule::DefCfaRegister(self.cfi_column()?),
            ".cfi_def_cfa_offset" => Rule::DefCfaOffset(self.absolute()?.0),
            ".cfi_adjust_cfa_offset" => Rule::AdjustCfaOffset(self.absolute()?.0),
            ".cfi_offset" | ".cfi_rel_offset" | ".cfi_val_offset" => {
                let column = self.cfi_column()?;
                self.expect(Tok::Comma, "','")?;
                let offset = self.absolute()?.0;
                match text.as_str() {
                    ".cfi_offset" => Rule::Offset(column, offset),
                    ".cfi_rel_offset" => Rule::RelOffset(column, offset),
                    _ => Rule::ValOffset(column, offset),
                }
            }
            ".cfi_register" => {
                let column = self.cfi_column()?;
                self.expect(Tok::Comma, "','")?;
                Rule::Register(column, self.cfi_column()?)
            }
            ".cfi_remember_state" => Rule::Remember,
            ".cfi_restore_state" => Rule::RestoreState,
            ".cfi_escape" => {
                let mut bytes = vec![self.cfi_byte()?];
                while self.eat(Tok::Comma) {
                    bytes.push(self.cfi_byte()?);
                }
                Rule::Escape(bytes)
            }
            _ => {
                let column = self.cfi_column()?;
                let make = match text.as_str() {
                    ".cfi_restore" => Rule::Restore,
                    ".cfi_undefined" => Rule::Undefined,
                    _ => Rule::SameValue,
                };
                self.cfi_rule(make(column), name_loc);
                while self.eat(Tok::Comma) {
                    let column = self.cfi_column()?;
                    self.cfi_rule(make(column), name_loc);
                }
                return Ok(());
            }
        };
        self.cfi_rule(rule, name_loc);
        Ok(())
    }

    fn cfi_byte(&mut self) -> Parse<u8> {
        let (value, loc) = self.absolute()?;
        u8::try_from(value)
            .map_err(|_| self.error(loc, format!("value {value} does not fit in 8 bits")))
    }

    fn cfi_sections(&mut self) -> Parse {
        (self.frames.eh_frame, self.frames.debug_frame) = (false, false);
        while !self.at_end() {
            let name = self.expect(Tok::Name, ".eh_frame or .debug_frame")?;
            match self.text(name.loc) {
                ".eh_frame" => self.frames.eh_frame = true,
                ".debug_frame" => self.frames.debug_frame = true,
                _ => return Err(self.error(name.loc, "expected .eh_frame or .debug_frame")),
            }
            self.eat(Tok::Comma);
        }
        Ok(())
    }

    fn cfi_start(&mut self, loc: Loc) -> Parse {
        let simple =
            self.input.token.kind == Tok::Name && self.text(self.input.token.loc) == "simple";
        if simple {
            self.bump();
        }
        if self.frames.open {
            return Err(self.error(
                loc,
                "starting new .cfi frame before finishing the previous one",
            ));
        }
        let start = self.cfi_label(loc);
        self.frames.open = true;
        let frame = Frame {
            start,
            end: None,
            rules: Vec::new(),
            loc,
            common: Common {
                simple,
                signal: false,
                personality: None,
                lsda_encoding: None,
                return_column: self.names.register("ra").unwrap_or(1).into(),
            },
            lsda: None,
        };
        self.frames.frames.push(frame);
        Ok(())
    }

    fn cfi_label(&mut self, loc: Loc) -> SymbolId {
        let (section, offset) = (self.current as u32, self.here());
        self.symbols.anonymous(section, offset, loc)
    }

    fn cfi_common(&mut self, change: impl FnOnce(&mut Common)) {
        if let Some(frame) = self.frames.frames.last_mut() {
            change(&mut frame.common);
        }
    }

    fn cfi_rule(&mut self, rule: Rule, loc: Loc) {
        let label = self.cfi_label(loc);
        if let Some(frame) = self.frames.frames.last_mut() {
            frame.rules.push((label, rule));
        }
    }

    /// A register by name or number.
    fn cfi_column(&mut self) -> Parse<Column> {
        if self.input.token.kind == Tok::Name {
            let name = self.bump();
            let text = self.text(name.loc);
            return match self.names.register(text) {
                Some(number) => Ok(number.into()),
                None if let Some(number) = self.names.register_of(RegisterFile::Float, text) => {
                    Ok(FLOAT_COLUMNS + Column::from(number))
                }
                None => {
                    let known: Vec<&str> =
                        self.spec.registers.abi.iter().map(String::as_str).collect();
                    Err(self.error_with_suggestion(name.loc, "invalid register name", text, known))
                }
            };
        }
        let (number, loc) = self.absolute()?;
        if !(0..1 << 16).contains(&number) {
            return Err(self.error(
                loc,
                "register number must be an integer in the range [0, 65535]",
            ));
        }
        Ok(number)
    }

    /// `encoding [, symbol]`
    fn cfi_encoded(&mut self, lsda: bool) -> Parse {
        let (encoding, loc) = self.absolute()?;
        let encoding = match u8::try_from(encoding) {
            Ok(encoding)
                if encoding == OMIT
                    || matches!(encoding & 0x7f, 0x00 | 0x03 | 0x04 | 0x0b | 0x0c | 0x1b) =>
            {
                encoding
            }
            _ => return Err(self.error(loc, "unsupported encoding")),
        };
        if encoding == OMIT {
            return Ok(());
        }
        self.expect(Tok::Comma, "','")?;
        let (value, _) = self.expression()?;
        if let Some(frame) = self.frames.frames.last_mut() {
            if lsda {
                frame.common.lsda_encoding = Some(encoding);
                frame.lsda = Some(value);
            } else {
                frame.common.personality = Some((encoding, value));
            }
        }
        Ok(())
    }

    /// Writes the sections, when all else has its place.
    pub fn write_call_frames(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        if frames.open
            && let Some(frame) = frames.frames.last()
        {
            self.error(frame.loc, "unfinished frame: missing .cfi_endproc");
            return;
        }
        if frames.frames.is_empty() {
            return;
        }
        for (wanted, name, eh) in [
            (frames.eh_frame, ".eh_frame", true),
            (frames.debug_frame, ".debug_frame", false),
        ] {
            if wanted {
                let index = match self.find_section(name) {
                    Some(index) => index,
                    None => {
                        let flags = SectionFlags {
                            alloc: eh,
                            ..SectionFlags::default()
                        };
                        self.add_section(name, SectionKind::Progbits, flags, 0)
                    }
                };
                self.select_section(index);
                // An error is reported.
                let _ = self.write_frames(&frames.frames, eh);
            }
        }
    }

    fn write_frames(&mut self, frames: &[Frame], eh: bool) -> Parse {
        let align = u64::from(self.options.xlen / 8);
        let section = self.section();
        section.align = section.align.max(align);
        let mut commons: Vec<(Common, SymbolId)> = Vec::new();
        for frame in frames {
            let known = commons.iter().find(|(common, _)| *common == frame.common);
            let common = match known {
                Some(&(_, label)) => label,
                None => {
                    let label = self.write_common(&frame.common, eh, frame.loc)?;
                    commons.push((frame.common.clone(), label));
                    label
                }
            };
            self.write_frame(frame, common, eh)?;
        }
        Ok(())
    }

    /// Reserves the length of an entry.
    fn begin_entry(&mut self, loc: Loc) -> Parse<u64> {
        let start = self.here();
        self.emit(&[0; 4], loc)?;
        Ok(start)
    }

    /// Pads an entry with `DW_CFA_nop`, and fills in its length.
    fn end_entry(&mut self, start: u64, loc: Loc) -> Parse {
        let align = u64::from(self.options.xlen / 8);
        let padding = self.here().next_multiple_of(align) - self.here();
        self.emit_repeated(0, padding, loc)?;
        let length = (self.here() - start - 4) as u32;
        let at = start as usize;
        if let Some(bytes) = self.section().data.get_mut(at..at + 4) {
            bytes.copy_from_slice(&length.to_le_bytes());
        }
        Ok(())
    }

    /// The entry that functions have in common; its label.
    fn write_common(&mut self, common: &Common, eh: bool, loc: Loc) -> Parse<SymbolId> {
        let label = self.cfi_label(loc);
        let start = self.begin_entry(loc)?;
        let mut augmentation = Vec::new();
        if eh {
            augmentation.push(b'z');
            augmentation.extend(common.personality.map(|_| b'P'));
            augmentation.extend(common.lsda_encoding.map(|_| b'L'));
            augmentation.push(b'R');
            augmentation.extend(common.signal.then_some(b'S'));
        }
        augmentation.push(0);
        self.emit(&if eh { 0u32 } else { u32::MAX }.to_le_bytes(), loc)?;
        self.emit(&[if eh { 1 } else { 4 }], loc)?;
        self.emit(&augmentation, loc)?;
        if !eh {
            self.emit(&[self.options.xlen / 8, 0], loc)?;
        }
        let mut bytes = leb128(1, false, 0);
        bytes.extend(leb128(self.data_alignment(), true, 0));
        bytes.extend(leb128(common.return_column, false, 0));
        self.emit(&bytes, loc)?;
        if eh {
            let pointer = common
                .personality
                .map_or(0, |(encoding, _)| 1 + self.encoded_size(encoding));
            let length = pointer + u64::from(common.lsda_encoding.is_some()) + 1;
            self.emit(&leb128(length as i64, false, 0), loc)?;
            if let Some((encoding, value)) = common.personality {
                self.emit(&[encoding], loc)?;
                self.emit_encoded(encoding, value, loc)?;
            }
            if let Some(encoding) = common.lsda_encoding {
                self.emit(&[encoding], loc)?;
            }
            self.emit(&[PCREL_SDATA4], loc)?;
        }
        if !common.simple {
            let stack = self.names.register("sp").unwrap_or(2);
            // DW_CFA_def_cfa: the stack pointer.
            let mut bytes = vec![0x0c];
            bytes.extend(leb128(stack.into(), false, 0));
            bytes.push(0);
            self.emit(&bytes, loc)?;
        }
        self.end_entry(start, loc)?;
        Ok(label)
    }

    /// Stack slots are multiples of this.
    fn data_alignment(&self) -> i64 {
        -i64::from(self.options.xlen / 8)
    }

    fn encoded_size(&self, encoding: u8) -> u64 {
        match encoding & 0x0f {
            0x03 | 0x0b => 4,
            0x04 | 0x0c => 8,
            _ => u64::from(self.options.xlen / 8),
        }
    }

    fn emit_encoded(&mut self, encoding: u8, value: Value, loc: Loc) -> Parse {
        let size = self.encoded_size(encoding);
        let target = if encoding & 0x70 == 0x10 {
            Target::Relative
        } else {
            Target::Data(size as u8)
        };
        self.fixup(self.here(), value, target, loc)?;
        self.emit_repeated(0, size, loc)
    }

    /// An expression `a - b`.
    fn difference(&mut self, a: SymbolId, b: SymbolId) -> Value {
        match self.symbols.distance(a, b) {
            Some(distance) => Value::Const(distance),
            None => self.expressions.finish(&[
                Op::Symbol(a, 0),
                Op::Symbol(b, 0),
                Op::Binary(crate::value::Binary::Sub),
            ]),
        }
    }

    /// The entry of a function.
    fn write_frame(&mut self, frame: &Frame, common: SymbolId, eh: bool) -> Parse {
        let loc = frame.loc;
        let start = self.begin_entry(loc)?;
        let Some(end) = frame.end else {
            return Ok(());
        };
        let size = if eh { 4 } else { self.options.xlen / 8 };
        if eh {
            let here = self.cfi_label(loc);
            let back = self.difference(here, common);
            self.datum(4, back, loc)?;
            self.fixup(
                self.here(),
                Value::Symbol(frame.start, 0),
                Target::Relative,
                loc,
            )?;
            self.emit(&[0; 4], loc)?;
        } else {
            self.datum(4, Value::Symbol(common, 0), loc)?;
            self.datum(size, Value::Symbol(frame.start, 0), loc)?;
        }
        let length = self.difference(end, frame.start);
        self.datum(size, length, loc)?;
        if eh {
            match (frame.common.lsda_encoding, frame.lsda) {
                (Some(encoding), Some(value)) => {
                    self.emit(&leb128(self.encoded_size(encoding) as i64, false, 0), loc)?;
                    self.emit_encoded(encoding, value, loc)?;
                }
                _ => self.emit(&[0], loc)?,
            }
        }
        let mut at = frame.start;
        let mut offset = 0;
        for (label, rule) in &frame.rules {
            self.write_advance(at, *label, loc)?;
            at = *label;
            let bytes = self.rule_bytes(rule, &mut offset);
            self.emit(&bytes, loc)?;
        }
        self.end_entry(start, loc)
    }

    /// `DW_CFA_advance_loc` and its longer forms.
    fn write_advance(&mut self, from: SymbolId, to: SymbolId, loc: Loc) -> Parse {
        let value = self.difference(to, from);
        // The present distance, also if the linker will make it smaller.
        self.symbols.precise = false;
        let distance = self.symbols.distance(to, from);
        self.symbols.precise = true;
        let distance = distance.unwrap_or(i64::MAX);
        if value == Value::Const(0) {
            return Ok(());
        }
        let (code, size) = match distance {
            0..=0x3f => (0x40, 0),
            0x40..=0xff => (0x02, 1),
            0x100..=0xffff => (0x03, 2),
            _ => (0x04, 4),
        };
        let offset = self.here() + u64::from(size > 0);
        self.emit(&[code], loc)?;
        self.emit_repeated(0, size.into(), loc)?;
        if let Value::Const(distance) = value {
            let at = offset as usize;
            let data = &mut self.section().data;
            if size == 0 {
                data[at] |= distance as u8;
            } else if let Some(bytes) = data.get_mut(at..at + usize::from(size)) {
                bytes.copy_from_slice(&distance.to_le_bytes()[..usize::from(size)]);
            }
            return Ok(());
        }
        self.fixup(offset, value, Target::Advance(size), loc)
    }

    /// The bytes of a change; `cfa` is the present offset of the frame's address.
    fn rule_bytes(&self, rule: &Rule, cfa: &mut i64) -> Vec<u8> {
        let unsigned = |value: i64| leb128(value, false, 0);
        let align = self.data_alignment();
        let with = |code: u8, parts: &[Vec<u8>]| -> Vec<u8> {
            let mut bytes = vec![code];
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
            bytes
        };
        let offset_rule = |column: i64, offset: i64| -> Vec<u8> {
            let factored = offset / align;
            if factored < 0 {
                // DW_CFA_offset_extended_sf
                with(0x11, &[unsigned(column), leb128(factored, true, 0)])
            } else if (0..0x40).contains(&column) {
                with(0x80 | column as u8, &[unsigned(factored)])
            } else {
                with(0x05, &[unsigned(column), unsigned(factored)])
            }
        };
        match rule {
            Rule::DefCfa(column, offset) => {
                *cfa = *offset;
                with(0x0c, &[unsigned(*column), unsigned(*offset)])
            }
            Rule::DefCfaRegister(column) => with(0x0d, &[unsigned(*column)]),
            Rule::DefCfaOffset(offset) => {
                *cfa = *offset;
                with(0x0e, &[unsigned(*offset)])
            }
            Rule::AdjustCfaOffset(change) => {
                *cfa = cfa.wrapping_add(*change);
                with(0x0e, &[unsigned(*cfa)])
            }
            Rule::Offset(column, offset) => offset_rule(*column, *offset),
            Rule::RelOffset(column, offset) => offset_rule(*column, offset.wrapping_sub(*cfa)),
            Rule::ValOffset(column, offset) => {
                with(0x15, &[unsigned(*column), leb128(offset / align, true, 0)])
            }
            Rule::Register(column, other) => with(0x09, &[unsigned(*column), unsigned(*other)]),
            Rule::Restore(column) if *column < 0x40 => vec![0xc0 | *column as u8],
            Rule::Restore(column) => with(0x06, &[unsigned(*column)]),
            Rule::Undefined(column) => with(0x07, &[unsigned(*column)]),
            Rule::SameValue(column) => with(0x08, &[unsigned(*column)]),
            Rule::Remember => vec![0x0a],
            Rule::RestoreState => vec![0x0b],
            Rule::Escape(bytes) => bytes.clone(),
        }
    }
}
