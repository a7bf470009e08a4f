//! Directives: the table of their names, and what each one does.

mod attribute;
mod data;
mod descriptor;
mod insn;
mod layout;
mod symbol;

pub(crate) use data::fits;

use crate::assembler::{Assembler, Parse};
use crate::lex::Token;
use crate::object::{Binding, Visibility};

/// A directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    /// Numbers of this many bytes.
    Data(u8),
    /// Strings; each ends with a zero byte if true.
    Strings(bool),
    /// `count [, fill]`
    Space,
    /// `repeat [, size [, value]]`
    Fill,
    /// `amount [, fill [, max]]`; the amount is a power of two if true.
    Align(bool),
    /// A new place, counted from the section's start.
    Org,
    /// A section that every program has.
    Standard(&'static str),
    /// A section by name.
    Section,
    /// The same, and remember the present one.
    PushSection,
    /// Back to what was remembered.
    PopSection,
    /// Back to the section before.
    Previous,
    /// Binding of symbols.
    Bind(Binding),
    /// Visibility of symbols.
    Visible(Visibility),
    /// Type of a symbol.
    Type,
    /// Size of a symbol.
    Size,
    /// A symbol that is a number or address; it must be new if true.
    Set(bool),
    /// Memory that the linker allocates.
    Common,
    /// Settings.
    Option,
    /// An entry of the attributes section.
    Attribute,
    /// An instruction by its fields.
    Insn,
    /// A descriptor of a bulk instruction.
    Descriptor,
}

/// All directives, by name.
const DIRECTIVES: [(&str, Directive); 53] = [
    (".2byte", Directive::Data(2)),
    (".4byte", Directive::Data(4)),
    (".8byte", Directive::Data(8)),
    (".align", Directive::Align(true)),
    (".ascii", Directive::Strings(false)),
    (".asciz", Directive::Strings(true)),
    (".attribute", Directive::Attribute),
    (".balign", Directive::Align(false)),
    (".bss", Directive::Standard(".bss")),
    (".byte", Directive::Data(1)),
    (".comm", Directive::Common),
    (".data", Directive::Standard(".data")),
    (".dword", Directive::Data(8)),
    (".equ", Directive::Set(false)),
    (".equiv", Directive::Set(true)),
    (".fill", Directive::Fill),
    (".global", Directive::Bind(Binding::Global)),
    (".globl", Directive::Bind(Binding::Global)),
    (".half", Directive::Data(2)),
    (".hidden", Directive::Visible(Visibility::Hidden)),
    (".hword", Directive::Data(2)),
    (".insn", Directive::Insn),
    (".int", Directive::Data(4)),
    (".internal", Directive::Visible(Visibility::Internal)),
    (".local", Directive::Bind(Binding::Local)),
    (".long", Directive::Data(4)),
    (".option", Directive::Option),
    (".org", Directive::Org),
    (".p2align", Directive::Align(true)),
    (".popsection", Directive::PopSection),
    (".previous", Directive::Previous),
    (".protected", Directive::Visible(Visibility::Protected)),
    (".pushsection", Directive::PushSection),
    (".quad", Directive::Data(8)),
    (".rodata", Directive::Standard(".rodata")),
    (".sbss", Directive::Standard(".sbss")),
    (".sdata", Directive::Standard(".sdata")),
    (".section", Directive::Section),
    (".set", Directive::Set(false)),
    (".short", Directive::Data(2)),
    (".size", Directive::Size),
    (".skip", Directive::Space),
    (".space", Directive::Space),
    (".string", Directive::Strings(true)),
    (".tbss", Directive::Standard(".tbss")),
    (".tdata", Directive::Standard(".tdata")),
    (".text", Directive::Standard(".text")),
    (".type", Directive::Type),
    (".weak", Directive::Bind(Binding::Weak)),
    (".word", Directive::Data(4)),
    (".xword", Directive::Data(8)),
    (".zero", Directive::Space),
    (".zktr.descriptor", Directive::Descriptor),
];

impl Assembler<'_> {
    /// A directive, behind its name.
    pub fn directive(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc);
        let Ok(found) = DIRECTIVES.binary_search_by_key(&text, |x| x.0) else {
            let known = DIRECTIVES.iter().map(|x| x.0);
            return Err(self.error_with_suggestion(name.loc, "unknown directive", text, known));
        };
        match DIRECTIVES[found].1 {
            Directive::Data(size) => self.data(size),
            Directive::Strings(terminated) => self.strings(terminated),
            Directive::Space => self.space(name.loc),
            Directive::Fill => self.fill(name.loc),
            Directive::Align(power) => self.align_directive(power),
            Directive::Org => self.org(),
            Directive::Standard(name) => self.standard_section(name),
            Directive::Section => self.section_directive(),
            Directive::PushSection => self.push_section(name.loc),
            Directive::PopSection => self.pop_section(name.loc),
            Directive::Previous => {
                let previous = self.previous;
                self.select_section(previous);
                Ok(())
            }
            Directive::Bind(binding) => self.bind(binding),
            Directive::Visible(visibility) => self.visible(visibility),
            Directive::Type => self.symbol_type(),
            Directive::Size => self.symbol_size(),
            Directive::Set(new) => self.set(new),
            Directive::Common => self.common(),
            Directive::Option => self.option(name.loc),
            Directive::Attribute => self.attribute(),
            Directive::Insn => self.insn(name.loc),
            Directive::Descriptor => self.descriptor(name.loc),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_for_the_search() {
        assert!(DIRECTIVES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
