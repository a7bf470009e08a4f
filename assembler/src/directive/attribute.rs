//! `.option` and `.attribute`: settings of the assembler, and facts about the object.

use crate::arch::Arch;
use crate::assembler::{ArchSetting, Assembler, Parse};
use crate::attributes;
use crate::lex::{Loc, Tok};
use crate::object::Attribute;
use zktr_isa::span::Diagnostic;

/// How many settings `.option push` remembers.
const MAX_PUSHED: usize = 1024;

/// What `.option` can say.
pub(crate) const OPTIONS: [&str; 9] = [
    "push", "pop", "rvc", "norvc", "relax", "norelax", "pic", "nopic", "arch",
];

/// Tags of the attributes section with their names in the psABI.
pub(crate) const TAGS: [(&str, u32); 6] = [
    ("stack_align", attributes::STACK_ALIGN),
    ("arch", attributes::ARCH),
    ("unaligned_access", attributes::UNALIGNED_ACCESS),
    ("priv_spec", attributes::PRIV_SPEC[0]),
    ("priv_spec_minor", attributes::PRIV_SPEC[1]),
    ("priv_spec_revision", attributes::PRIV_SPEC[2]),
];

impl Assembler<'_> {
    /// `.option name`
    pub(super) fn option(&mut self, loc: Loc) -> Parse {
        let name = self.expect(Tok::Name, "the name of an option")?;
        match self.text(name.loc) {
            "push" => {
                if self.settings_stack.len() >= MAX_PUSHED {
                    return Err(self.error(loc, ".option push is nested too deeply"));
                }
                self.settings_stack.push(self.settings);
            }
            "pop" => match self.settings_stack.pop() {
                Some(settings) => self.settings = settings,
                None => return Err(self.error(loc, ".option pop with no .option push")),
            },
            "rvc" => {
                (self.settings.compressed, self.settings.compress) = (true, true);
                self.compressed = true;
            }
            "norvc" => (self.settings.compressed, self.settings.compress) = (false, false),
            "arch" => return self.option_arch(),
            "relax" => self.settings.relax = true,
            "norelax" => self.settings.relax = false,
            "pic" => self.settings.pic = true,
            "nopic" => self.settings.pic = false,
            text => {
                let mut known = OPTIONS.to_vec();
                known.sort_unstable();
                let message = match zktr_isa::names::nearest(text, known) {
                    Some(near) => format!("unknown option, did you mean: {near}?"),
                    None => format!("unknown option, expected one of '{}'", OPTIONS.join("', '")),
                };
                return Err(self.error(name.loc, message));
            }
        }
        Ok(())
    }

    /// `.attribute tag, value`: a number for an even tag, a string for an odd one.
    pub(super) fn attribute(&mut self) -> Parse {
        let (tag, loc) = self.attribute_tag()?;
        self.expect(Tok::Comma, "','")?;
        let value = if tag % 2 == 1 {
            let loc = self.string()?;
            match String::from_utf8(self.bytes.clone()) {
                Ok(text) if !text.contains('\0') => {
                    if tag == attributes::ARCH {
                        return self.state_arch(&text, loc);
                    }
                    Attribute::Text(text)
                }
                _ => return Err(self.error(loc, "expected a string of UTF-8 without zero bytes")),
            }
        } else {
            let (value, loc) = self.absolute()?;
            match u64::try_from(value) {
                Ok(value) => Attribute::Number(value),
                Err(_) => return Err(self.error(loc, "value of an attribute is negative")),
            }
        };
        // Tags below 4 frame the section's structure.
        if tag < attributes::STACK_ALIGN {
            return Err(self.error(loc, format!("tag {tag} is not an attribute of a file")));
        }
        self.attributes.insert(tag, value);
        Ok(())
    }

    fn attribute_tag(&mut self) -> Parse<(u32, Loc)> {
        if self.input.token.kind != Tok::Name {
            let (tag, loc) = self.absolute()?;
            return match u32::try_from(tag) {
                Ok(tag) => Ok((tag, loc)),
                Err(_) => {
                    Err(self.error(loc, "tag must be an integer in the range [4, 4294967295]"))
                }
            };
        }
        let name = self.bump();
        let text = self.text(name.loc);
        let short = text.strip_prefix("Tag_RISCV_").unwrap_or(text);
        match TAGS.iter().find(|x| x.0 == short) {
            Some(&(_, tag)) => Ok((tag, name.loc)),
            None => Err(self.error_with_suggestion(
                name.loc,
                "unknown attribute tag",
                short,
                TAGS.iter().map(|x| x.0),
            )),
        }
    }

    /// The architecture that the whole object is for.
    fn state_arch(&mut self, text: &str, loc: Loc) -> Parse {
        match Arch::parse(text, self.options.xlen) {
            Ok(arch) => {
                self.stated_arch = Some(arch.clone());
                self.select_arch(arch);
                Ok(())
            }
            Err(message) => Err(self.error(loc, message)),
        }
    }

    /// Code from here on is for this architecture.
    fn select_arch(&mut self, arch: Arch) {
        let compressed = arch.has("C");
        (self.settings.compressed, self.settings.compress) = (compressed, compressed);
        // As other assemblers have it, the object is one with compressed code even if none of it can be compressed.
        self.compressed |= compressed;
        let known = self
            .archs
            .iter()
            .skip(1)
            .position(|known| known.arch == arch);
        self.settings.arch = match known {
            Some(index) => index + 1,
            None => {
                let instructions = arch.instructions(self.spec);
                self.archs.push(ArchSetting { arch, instructions });
                self.archs.len() - 1
            }
        };
    }

    /// `.option arch, +extension, -extension` or `.option arch, rv64...`
    fn option_arch(&mut self) -> Parse {
        self.expect(Tok::Comma, "',' and an architecture or extensions")?;
        let mut arch = self.archs[self.settings.arch].arch.clone();
        let whole = self.settings.arch == 0;
        loop {
            let (start, sign) = (self.input.token.loc, self.input.token.kind);
            if matches!(sign, Tok::Plus | Tok::Minus) {
                self.bump();
            }
            let name = self.expect(Tok::Name, "the name of an extension, or an architecture")?;
            let loc = start.to(name.loc);
            let text = self.text(loc);
            let result = if sign == Tok::Name {
                Arch::parse(text, self.options.xlen).map(|new| arch = new)
            } else {
                arch.change(text)
            };
            if let Err(message) = result {
                return Err(self.error(loc, message));
            }
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        let settings = self.settings;
        self.select_arch(arch);
        if whole && settings.arch == self.settings.arch {
            self.settings = settings;
        }
        Ok(())
    }

    /// What the options say before the source does.
    pub fn state_options(&mut self) -> Result<(), Vec<Diagnostic>> {
        let Some(text) = &self.options.arch else {
            return Ok(());
        };
        match Arch::parse(text, self.options.xlen) {
            Ok(arch) => {
                self.stated_arch = Some(arch.clone());
                self.select_arch(arch);
                Ok(())
            }
            Err(message) => Err(vec![Diagnostic::global(format!("'{text}': {message}"))]),
        }
    }
}
