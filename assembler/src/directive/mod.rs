//! Directives: the table of their names, and what each one does.

mod attribute;
mod data;
mod descriptor;
mod extra;
mod file;
mod insn;
mod layout;
mod short;
mod symbol;

pub(crate) use attribute::{OPTIONS, TAGS};
pub(crate) use data::fits;
pub(crate) use symbol::SYMBOL_TYPES;

use crate::assembler::{Assembler, Parse};
use crate::condition::Test;
use crate::lex::Token;
use crate::object::{Binding, Visibility};

/// A directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directive {
    /// Numbers of this many bytes.
    Data(u8),
    /// Numbers of 16 bytes.
    Octa,
    /// IEEE 754 numbers of this many bytes.
    Float(u8),
    /// Distances from the thread's storage, of this many bytes.
    Dtprel(u8),
    /// Numbers in LEB128, with a sign if true.
    Leb(bool),
    /// Strings; each ends with a zero byte if true.
    Strings(bool),
    /// `count [, fill]`
    Space,
    /// `repeat [, size [, value]]`
    Fill,
    /// `count`: instructions that do nothing, in bytes
    Nops,
    /// `amount [, fill [, max]]`: the amount is a power of two if true; bytes of an element that fills.
    Align(bool, u8),
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
    /// A calling convention of its own.
    VariantCc,
    /// A symbol that is a number or address; it must be new if true.
    Set(bool),
    /// Memory that the linker allocates.
    Common,
    /// Memory of this object.
    LocalCommon,
    /// A relocation.
    Reloc,
    /// Settings.
    Option,
    /// An entry of the attributes section.
    Attribute,
    /// A line of the comment section.
    Ident,
    /// An instruction by its fields.
    Insn,
    /// A descriptor of a bulk instruction.
    Descriptor,
    /// A file of the line table.
    File,
    /// A line.
    Line,
    /// Call frame information.
    Cfi,
    /// A condition.
    If(Test),
    /// Its other branch; with a condition of its own if true.
    Else(bool),
    /// Its end.
    EndIf,
    /// A macro.
    Macro,
    /// The end of something that has not begun.
    Stray,
    /// Out of a macro.
    ExitMacro,
    /// Forget a macro.
    PurgeMacro,
    /// A number of times.
    Repeat,
    /// For each of some values; for each character if true.
    Iterate(bool),
    /// Another source file.
    Include,
    /// The bytes of a file.
    Incbin,
    /// The end of the source.
    End,
    /// A message: an error if true.
    Message(bool),
    /// A remark for the programmer, printed as a note.
    Print,
    /// Nothing that concerns the object.
    Ignored,
}

/// All directives, by name.
pub(crate) const DIRECTIVES: [(&str, Directive); 154] = [
    (".1byte", Directive::Data(1)),
    (".2byte", Directive::Data(2)),
    (".4byte", Directive::Data(4)),
    (".8byte", Directive::Data(8)),
    (".abort", Directive::Message(true)),
    (".addrsig", Directive::Ignored),
    (".addrsig_sym", Directive::Ignored),
    (".align", Directive::Align(true, 1)),
    (".ascii", Directive::Strings(false)),
    (".asciz", Directive::Strings(true)),
    (".attribute", Directive::Attribute),
    (".balign", Directive::Align(false, 1)),
    (".balignl", Directive::Align(false, 4)),
    (".balignw", Directive::Align(false, 2)),
    (".bss", Directive::Standard(".bss")),
    (".byte", Directive::Data(1)),
    (".cfi_adjust_cfa_offset", Directive::Cfi),
    (".cfi_def_cfa", Directive::Cfi),
    (".cfi_def_cfa_offset", Directive::Cfi),
    (".cfi_def_cfa_register", Directive::Cfi),
    (".cfi_endproc", Directive::Cfi),
    (".cfi_escape", Directive::Cfi),
    (".cfi_lsda", Directive::Cfi),
    (".cfi_offset", Directive::Cfi),
    (".cfi_personality", Directive::Cfi),
    (".cfi_register", Directive::Cfi),
    (".cfi_rel_offset", Directive::Cfi),
    (".cfi_remember_state", Directive::Cfi),
    (".cfi_restore", Directive::Cfi),
    (".cfi_restore_state", Directive::Cfi),
    (".cfi_return_column", Directive::Cfi),
    (".cfi_same_value", Directive::Cfi),
    (".cfi_sections", Directive::Cfi),
    (".cfi_signal_frame", Directive::Cfi),
    (".cfi_startproc", Directive::Cfi),
    (".cfi_undefined", Directive::Cfi),
    (".cfi_val_offset", Directive::Cfi),
    (".comm", Directive::Common),
    (".common", Directive::Common),
    (".data", Directive::Standard(".data")),
    (".dc.a", Directive::Data(8)),
    (".dc.b", Directive::Data(1)),
    (".dc.d", Directive::Float(8)),
    (".dc.l", Directive::Data(4)),
    (".dc.s", Directive::Float(4)),
    (".dc.w", Directive::Data(2)),
    (".double", Directive::Float(8)),
    (".dtpreldword", Directive::Dtprel(8)),
    (".dtprelword", Directive::Dtprel(4)),
    (".dword", Directive::Data(8)),
    (".eject", Directive::Ignored),
    (".else", Directive::Else(false)),
    (".elseif", Directive::Else(true)),
    (".end", Directive::End),
    (".endif", Directive::EndIf),
    (".endm", Directive::Stray),
    (".endmacro", Directive::Stray),
    (".endr", Directive::Stray),
    (".equ", Directive::Set(false)),
    (".equiv", Directive::Set(true)),
    (".eqv", Directive::Set(true)),
    (".err", Directive::Message(true)),
    (".error", Directive::Message(true)),
    (".exitm", Directive::ExitMacro),
    (".file", Directive::File),
    (".fill", Directive::Fill),
    (".float", Directive::Float(4)),
    (".global", Directive::Bind(Binding::Global)),
    (".globl", Directive::Bind(Binding::Global)),
    (".gnu_attribute", Directive::Ignored),
    (".half", Directive::Data(2)),
    (".hidden", Directive::Visible(Visibility::Hidden)),
    (".hword", Directive::Data(2)),
    (".ident", Directive::Ident),
    (".if", Directive::If(Test::NotZero)),
    (".ifb", Directive::If(Test::Blank(true))),
    (".ifc", Directive::If(Test::SameText(true))),
    (".ifdef", Directive::If(Test::Defined(true))),
    (".ifeq", Directive::If(Test::Zero)),
    (".ifeqs", Directive::If(Test::SameString(true))),
    (".ifge", Directive::If(Test::NotNegative)),
    (".ifgt", Directive::If(Test::Positive)),
    (".ifle", Directive::If(Test::NotPositive)),
    (".iflt", Directive::If(Test::Negative)),
    (".ifnb", Directive::If(Test::Blank(false))),
    (".ifnc", Directive::If(Test::SameText(false))),
    (".ifndef", Directive::If(Test::Defined(false))),
    (".ifne", Directive::If(Test::NotZero)),
    (".ifnes", Directive::If(Test::SameString(false))),
    (".ifnotdef", Directive::If(Test::Defined(false))),
    (".incbin", Directive::Incbin),
    (".include", Directive::Include),
    (".insn", Directive::Insn),
    (".int", Directive::Data(4)),
    (".internal", Directive::Visible(Visibility::Internal)),
    (".irp", Directive::Iterate(false)),
    (".irpc", Directive::Iterate(true)),
    (".lcomm", Directive::LocalCommon),
    (".line", Directive::Ignored),
    (".list", Directive::Ignored),
    (".ln", Directive::Ignored),
    (".loc", Directive::Line),
    (".local", Directive::Bind(Binding::Local)),
    (".long", Directive::Data(4)),
    (".macro", Directive::Macro),
    (".noaltmacro", Directive::Ignored),
    (".nolist", Directive::Ignored),
    (".nops", Directive::Nops),
    (".octa", Directive::Octa),
    (".option", Directive::Option),
    (".org", Directive::Org),
    (".p2align", Directive::Align(true, 1)),
    (".p2alignl", Directive::Align(true, 4)),
    (".p2alignw", Directive::Align(true, 2)),
    (".popsection", Directive::PopSection),
    (".previous", Directive::Previous),
    (".print", Directive::Print),
    (".protected", Directive::Visible(Visibility::Protected)),
    (".psize", Directive::Ignored),
    (".purgem", Directive::PurgeMacro),
    (".pushsection", Directive::PushSection),
    (".quad", Directive::Data(8)),
    (".reloc", Directive::Reloc),
    (".rep", Directive::Repeat),
    (".rept", Directive::Repeat),
    (".rodata", Directive::Standard(".rodata")),
    (".sbss", Directive::Standard(".sbss")),
    (".sbttl", Directive::Ignored),
    (".sdata", Directive::Standard(".sdata")),
    (".section", Directive::Section),
    (".set", Directive::Set(false)),
    (".short", Directive::Data(2)),
    (".single", Directive::Float(4)),
    (".size", Directive::Size),
    (".skip", Directive::Space),
    (".sleb128", Directive::Leb(true)),
    (".space", Directive::Space),
    (".string", Directive::Strings(true)),
    (".string8", Directive::Strings(true)),
    (".subtitle", Directive::Ignored),
    (".tbss", Directive::Standard(".tbss")),
    (".tdata", Directive::Standard(".tdata")),
    (".text", Directive::Standard(".text")),
    (".title", Directive::Ignored),
    (".type", Directive::Type),
    (".uleb128", Directive::Leb(false)),
    (".variant_cc", Directive::VariantCc),
    (".version", Directive::Ignored),
    (".warning", Directive::Message(false)),
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
        let lower;
        let key = if text.bytes().any(|b| b.is_ascii_uppercase()) {
            lower = text.to_ascii_lowercase();
            lower.as_str()
        } else {
            text
        };
        let Some(found) = self.names.directive(key) else {
            let known = DIRECTIVES.iter().map(|x| x.0);
            return Err(self.error_with_suggestion(name.loc, "unknown directive", text, known));
        };
        match found {
            Directive::Data(size) => self.data(size),
            Directive::Strings(terminated) => self.strings(terminated),
            Directive::Space => self.space(name.loc),
            Directive::Fill => self.fill(name.loc),
            Directive::Align(power, width) => self.align_directive(power, width),
            Directive::Org => self.org(name.loc),
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
            Directive::Octa => self.octa(),
            Directive::Float(size) => self.floats(size),
            Directive::Dtprel(size) => self.dtprel(size),
            Directive::Leb(signed) => self.leb(signed),
            Directive::Nops => self.nops_directive(name.loc),
            Directive::VariantCc => self.variant_cc(),
            Directive::LocalCommon => self.local_common(),
            Directive::Reloc => self.reloc(name.loc),
            Directive::Ident => self.ident(name.loc),
            Directive::File => self.file_directive(),
            Directive::Line => self.loc_directive(),
            Directive::Cfi => self.cfi_directive(name),
            Directive::If(test) => self.open_condition(test, name.loc),
            Directive::Else(test) => self.next_condition(test, name.loc),
            Directive::EndIf => self.close_condition(name.loc),
            Directive::Macro => {
                self.entered = true;
                self.define_macro(name.loc)
            }
            Directive::Stray => {
                let message = format!("unexpected '{text}' in file, nothing is open that it ends");
                Err(self.error(name.loc, message))
            }
            Directive::ExitMacro => self.exit_macro(name.loc),
            Directive::PurgeMacro => self.purge_macro(),
            Directive::Repeat => {
                self.entered = true;
                self.repeat(name.loc)
            }
            Directive::Iterate(characters) => {
                self.entered = true;
                self.iterate(characters, name.loc)
            }
            Directive::Include => self.include(name.loc),
            Directive::Incbin => self.incbin(name.loc),
            Directive::End => {
                self.end_source();
                Ok(())
            }
            Directive::Message(error) => self.message(error, name.loc),
            Directive::Print => self.print(name.loc),
            Directive::Ignored => {
                self.raw_rest();
                Ok(())
            }
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
