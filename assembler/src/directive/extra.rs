//! Rarer directives: LEB128 and other numbers, relocations by name, comments, messages.

use crate::assembler::{Assembler, Parse};
use crate::layout::VariableKind;
use crate::lex::{Loc, Tok};
use crate::object::{Binding, RelocationKind, SectionFlags, SectionKind, SymbolKind};
use crate::relax::leb128;
use crate::section::Target;
use crate::symbols::Definition;
use crate::value::Value;
use zktr_isa::span::{Diagnostic, Severity};

impl Assembler<'_> {
    /// `.uleb128` and `.sleb128`
    pub(super) fn leb(&mut self, signed: bool) -> Parse {
        loop {
            let (value, loc) = self.expression()?;
            match value {
                Value::Const(number) => self.emit(&leb128(number, signed, 0), loc)?,
                value => self.place_later(VariableKind::Leb { value, signed }, loc, loc)?,
            }
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// `.octa`
    pub(super) fn octa(&mut self) -> Parse {
        loop {
            let negative = self.eat(Tok::Minus);
            let token = self.expect(Tok::Number, "number")?;
            let text = self.text(token.loc);
            let (digits, base) = match text.get(..2) {
                Some("0x" | "0X") => (&text[2..], 16),
                Some("0b" | "0B") => (&text[2..], 2),
                _ => (text, 10),
            };
            let Ok(value) = u128::from_str_radix(digits, base) else {
                return Err(self.error(token.loc, "number does not fit in 128 bits"));
            };
            let value = if negative {
                value.wrapping_neg()
            } else {
                value
            };
            self.emit(&value.to_le_bytes(), token.loc)?;
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// `.float` and `.double`
    pub(super) fn floats(&mut self, size: u8) -> Parse {
        loop {
            let start = self.input.token.loc;
            while !self.at_end() && self.input.token.kind != Tok::Comma {
                self.bump();
            }
            let loc = Loc {
                start: start.start,
                end: self.input.last_end.max(start.start),
            };
            let text: String = self.text(loc).split_whitespace().collect();
            let bytes = match size {
                4 => text.parse::<f32>().map(|x| x.to_le_bytes().to_vec()),
                _ => text.parse::<f64>().map(|x| x.to_le_bytes().to_vec()),
            };
            match bytes {
                Ok(bytes) => self.emit(&bytes, loc)?,
                Err(_) => return Err(self.error(loc, "invalid floating point literal")),
            }
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// `.dtprelword symbol`
    pub(super) fn dtprel(&mut self, size: u8) -> Parse {
        let kind = if size == 4 {
            RelocationKind::TlsDtprel32
        } else {
            RelocationKind::TlsDtprel64
        };
        loop {
            let (value, loc) = self.expression()?;
            if let Value::Symbol(id, _) = value {
                self.symbols.get_mut(id).kind = SymbolKind::Tls;
            }
            let offset = self.here();
            self.emit(&[0; 8][..usize::from(size.min(8))], loc)?;
            self.fixup(offset, value, Target::Reloc(kind), loc)?;
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// `.reloc offset, R_RISCV_kind [, expression]`
    pub(super) fn reloc(&mut self, directive: Loc) -> Parse {
        let (at, at_loc) = self.expression()?;
        self.expect(Tok::Comma, "','")?;
        let name = self.expect(Tok::Name, "the name of a relocation, as R_RISCV_NONE")?;
        let text = self.text(name.loc);
        // Binutils and LLVM also know names for plain data.
        let kind = match text {
            "BFD_RELOC_NONE" => Some(RelocationKind::None),
            "BFD_RELOC_32" => Some(RelocationKind::Abs32),
            "BFD_RELOC_64" => Some(RelocationKind::Abs64),
            _ => RelocationKind::ALL
                .iter()
                .copied()
                .find(|kind| kind.name() == text),
        };
        let Some(kind) = kind else {
            let known = RelocationKind::ALL.iter().map(|kind| kind.name());
            return Err(self.error_with_suggestion(
                name.loc,
                "unknown relocation name",
                text,
                known,
            ));
        };
        let value = if self.eat(Tok::Comma) {
            self.expression()?.0
        } else {
            Value::Const(0)
        };
        let offset = match at {
            Value::Const(offset) => u64::try_from(offset).ok(),
            Value::Symbol(id, addend) => match self.symbols.get(id).definition {
                Definition::Label { section, offset } if section as usize == self.current => {
                    offset.checked_add_signed(addend)
                }
                _ => None,
            },
            Value::Deferred(..) => None,
        };
        let Some(offset) = offset.filter(|&offset| offset <= self.here()) else {
            return Err(self.error(
                at_loc,
                "expected an offset or a label of this section, not behind this place",
            ));
        };
        self.fixup(offset, value, Target::Reloc(kind), directive)?;
        // Fixups are kept by offset.
        let fixups = &mut self.section().fixups;
        let end = fixups.len() - 1;
        let place = fixups[..end].partition_point(|fixup| fixup.offset <= offset);
        fixups[place..].rotate_right(1);
        Ok(())
    }

    /// `.variant_cc symbol`
    pub(super) fn variant_cc(&mut self) -> Parse {
        self.for_each_symbol(|this, id, _| {
            this.symbols.get_mut(id).variant_cc = true;
            Ok(())
        })
    }

    /// `.lcomm symbol, size [, alignment]`
    pub(super) fn local_common(&mut self) -> Parse {
        let (id, token) = self.symbol_name()?;
        let (size, align) = self.common_size()?;
        self.check_undefined(id, token.loc)?;
        self.symbols
            .get_mut(id)
            .binding
            .get_or_insert(Binding::Local);
        self.allocate(id, size, align, token.loc)
    }

    /// Makes room for a symbol in `.bss`.
    pub(super) fn allocate(
        &mut self,
        id: crate::symbols::SymbolId,
        size: u64,
        align: u64,
        loc: Loc,
    ) -> Parse {
        let (current, previous) = (self.current, self.previous);
        self.standard_section(".bss")?;
        let result = self.align_to(align, loc).and_then(|()| {
            let (section, offset) = (self.current as u32, self.here());
            self.symbols
                .define(id, Definition::Label { section, offset }, loc);
            self.symbols.get_mut(id).kind = SymbolKind::Object;
            let sizes = self.symbols.sizes.entry(id);
            sizes.or_insert((Value::Const(size as i64), loc));
            self.emit_repeated(0, size, loc)
        });
        (self.current, self.previous) = (current, previous);
        result
    }

    /// `.ident "text"`
    pub(super) fn ident(&mut self, directive: Loc) -> Parse {
        let loc = self.string()?;
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.push(0);
        let (current, previous) = (self.current, self.previous);
        let index = match self.find_section(".comment") {
            Some(index) => index,
            None => {
                let flags = SectionFlags {
                    merge: true,
                    strings: true,
                    ..SectionFlags::default()
                };
                let index = self.add_section(".comment", SectionKind::Progbits, flags, 1);
                self.select_section(index);
                // The first byte is empty, as other tools have it.
                self.emit(&[0], directive)?;
                index
            }
        };
        self.select_section(index);
        let result = self.emit(&bytes, loc);
        (self.current, self.previous) = (current, previous);
        result
    }

    /// `.error "text"`, `.warning "text"`
    pub(super) fn message(&mut self, error: bool, directive: Loc) -> Parse {
        let mut text = format!(
            "{} directive invoked in source file",
            if error { ".error" } else { ".warning" }
        );
        if self.input.token.kind == Tok::Str {
            self.string()?;
            text = String::from_utf8_lossy(&self.bytes).into_owned();
        }
        if error {
            return Err(self.error(directive, text));
        }
        let warning = Diagnostic::warning(text, self.span(directive));
        self.report(warning);
        Ok(())
    }

    /// `.print "text"`
    pub(super) fn print(&mut self, directive: Loc) -> Parse {
        self.string()?;
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let mut note = Diagnostic::warning(text, self.span(directive));
        note.severity = Severity::Note;
        self.report(note);
        Ok(())
    }
}
