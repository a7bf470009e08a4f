//! Directives about symbols.

use crate::assembler::{Assembler, Parse};
use crate::lex::{Loc, Tok};
use crate::object::{Binding, SymbolKind, Visibility};
use crate::symbols::{Definition, SymbolId};
use crate::value::Value;

/// What `.type` can say: the word behind `@`, its other spelling, and the type.
pub(crate) const SYMBOL_TYPES: [(&str, &str, SymbolKind); 6] = [
    ("function", "STT_FUNC", SymbolKind::Function),
    ("object", "STT_OBJECT", SymbolKind::Object),
    ("tls_object", "STT_TLS", SymbolKind::Tls),
    (
        "gnu_indirect_function",
        "STT_GNU_IFUNC",
        SymbolKind::IndirectFunction,
    ),
    ("common", "STT_COMMON", SymbolKind::Object),
    ("notype", "STT_NOTYPE", SymbolKind::None),
];

impl Assembler<'_> {
    /// One symbol.
    pub(super) fn symbol_name(&mut self) -> Parse<(SymbolId, crate::lex::Token)> {
        let token = self.expect(Tok::Name, "symbol")?;
        let text = self.text(token.loc);
        if text == "." {
            return Err(self.error(token.loc, "expected symbol"));
        }
        Ok((self.symbols.named(text, token.loc), token))
    }

    /// `symbol, symbol, ...`
    pub(super) fn for_each_symbol(
        &mut self,
        mut apply: impl FnMut(&mut Self, SymbolId, crate::lex::Token) -> Parse,
    ) -> Parse {
        loop {
            let (id, token) = self.symbol_name()?;
            apply(self, id, token)?;
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// `.globl`, `.weak`, `.local`
    pub(super) fn bind(&mut self, binding: Binding) -> Parse {
        self.for_each_symbol(|this, id, token| {
            let symbol = this.symbols.get_mut(id);
            // As GNU as has it, a weak symbol stays weak.
            let merged = match (symbol.binding, binding) {
                (Some(Binding::Weak), Binding::Global) => Binding::Weak,
                (Some(Binding::Local), Binding::Global | Binding::Weak)
                | (Some(Binding::Global | Binding::Weak), Binding::Local) => {
                    let message =
                        format!("symbol '{}' is declared both local and global", symbol.name);
                    return Err(this.error(token.loc, message));
                }
                _ => binding,
            };
            symbol.binding = Some(merged);
            Ok(())
        })
    }

    /// `.hidden` and the like.
    pub(super) fn visible(&mut self, visibility: Visibility) -> Parse {
        self.for_each_symbol(|this, id, _| {
            this.symbols.get_mut(id).visibility = visibility;
            Ok(())
        })
    }

    /// `symbol, @function`; `%function` and `STT_FUNC` are other spellings.
    pub(super) fn symbol_type(&mut self) -> Parse {
        let (id, _) = self.symbol_name()?;
        self.expect(Tok::Comma, "','")?;
        let marked = self.eat(Tok::At) || self.eat(Tok::Percent);
        let quoted = !marked && self.input.token.kind == Tok::Str;
        let name = if quoted {
            self.bump()
        } else {
            self.expect(Tok::Name, "the type of the symbol, as in @function")?
        };
        let text = self.text(name.loc).trim_matches('"');
        match SYMBOL_TYPES
            .iter()
            .find(|(short, long, _)| *short == text || !marked && *long == text)
        {
            Some(&(_, _, kind)) => {
                self.symbols.get_mut(id).kind = kind;
                Ok(())
            }
            None => Err(self.error_with_suggestion(
                name.loc,
                "unsupported symbol type",
                text,
                SYMBOL_TYPES.iter().map(|x| x.0),
            )),
        }
    }

    /// `symbol, expression`
    pub(super) fn symbol_size(&mut self) -> Parse {
        let (id, _) = self.symbol_name()?;
        self.expect(Tok::Comma, "','")?;
        let size = self.expression()?;
        self.symbols.sizes.insert(id, size);
        Ok(())
    }

    /// `symbol, expression`
    pub(super) fn set(&mut self, new: bool) -> Parse {
        let name = self.expect(Tok::Name, "symbol")?;
        self.expect(Tok::Comma, "','")?;
        if new && let Some(id) = self.symbols.find(self.text(name.loc)) {
            self.check_undefined(id, name.loc)?;
        }
        self.assignment(name)
    }

    /// The symbols that the options define.
    pub fn define_symbols(&mut self) {
        let options = self.options;
        let loc = Loc { start: 0, end: 0 };
        for (name, value) in &options.defines {
            let id = self.symbols.named(name, loc);
            let definition = Definition::Set(Value::Const(*value));
            self.symbols.define(id, definition, loc);
        }
    }

    /// `symbol, size [, alignment]`
    pub(super) fn common(&mut self) -> Parse {
        let (id, token) = self.symbol_name()?;
        let (size, align) = self.common_size()?;
        if self.symbols.get(id).binding == Some(Binding::Local) {
            self.check_undefined(id, token.loc)?;
            return self.allocate(id, size, align, token.loc);
        }
        if let Definition::Common { size: s, align: a } = self.symbols.get(id).definition {
            let definition = Definition::Common {
                size: size.max(s),
                align: align.max(a),
            };
            self.symbols.define(id, definition, token.loc);
            return Ok(());
        }
        self.check_undefined(id, token.loc)?;
        self.symbols
            .define(id, Definition::Common { size, align }, token.loc);
        let symbol = self.symbols.get_mut(id);
        symbol.binding.get_or_insert(Binding::Global);
        symbol.kind = SymbolKind::Object;
        Ok(())
    }

    /// `, size [, alignment]`
    pub(super) fn common_size(&mut self) -> Parse<(u64, u64)> {
        self.expect(Tok::Comma, "','")?;
        let (size, loc) = self.absolute()?;
        let Ok(size) = u64::try_from(size) else {
            return Err(self.error(loc, "size is negative"));
        };
        let mut align = 1;
        if self.eat(Tok::Comma) {
            let (value, loc) = self.absolute()?;
            match u64::try_from(value) {
                Ok(value) if value.is_power_of_two() => align = value,
                _ => return Err(self.error(loc, "alignment must be a power of 2")),
            }
        }
        Ok((size, align))
    }
}
