//! `.include` and `.incbin`: other files.

use crate::assembler::{Assembler, Parse};
use crate::encoding::decode;
use crate::input::InputKind;
use crate::lex::{Loc, Tok};
use crate::sources::Reason;
use zktr_isa::span::Source;

impl Assembler<'_> {
    /// The contents of a file whose name comes next, and the name for messages.
    fn read_file(&mut self) -> Parse<(Vec<u8>, String, Loc)> {
        let loc = self.string()?;
        let Ok(name) = String::from_utf8(self.bytes.clone()) else {
            return Err(self.error(loc, "name of a file is not UTF-8"));
        };
        let from = self.span(loc).source.name.clone();
        match self.files.read(&name, &from) {
            Ok((bytes, shown)) => Ok((bytes, shown, loc)),
            Err(error) => Err(self.error(loc, format!("cannot read '{name}': {error}"))),
        }
    }

    /// `.include "file"`
    pub(super) fn include(&mut self, directive: Loc) -> Parse {
        let (bytes, name, _) = self.read_file()?;
        if !self.at_end() {
            return Err(self.unexpected("unexpected token, expected end of statement"));
        }
        let reason = Reason::Included(directive);
        self.push_input(
            Source::new(name, decode(bytes)),
            reason,
            InputKind::File,
            directive,
        )
    }

    /// `.incbin "file" [, skip [, count]]`
    pub(super) fn incbin(&mut self, directive: Loc) -> Parse {
        let (bytes, name, loc) = self.read_file()?;
        let (mut skip, mut count) = (0, None);
        if self.eat(Tok::Comma) {
            if self.input.token.kind != Tok::Comma {
                let (value, loc) = self.absolute()?;
                let Ok(value) = usize::try_from(value) else {
                    return Err(self.error(loc, "skip is negative"));
                };
                skip = value;
            }
            if self.eat(Tok::Comma) {
                let (value, loc) = self.absolute()?;
                let Ok(value) = usize::try_from(value) else {
                    return Err(self.error(loc, "count is negative"));
                };
                count = Some(value);
            }
        }
        let rest = bytes.get(skip..);
        let part = rest.and_then(|rest| match count {
            Some(count) => rest.get(..count),
            None => Some(rest),
        });
        let Some(part) = part else {
            let message = format!("'{name}' has only {} bytes", bytes.len());
            return Err(self.error(loc, message));
        };
        self.emit(part, directive)
    }
}
