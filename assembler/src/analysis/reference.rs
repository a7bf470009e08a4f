//! What directives, pseudo-instructions and relocation operators are for, in a line or two: how they are written,
//! and what they do. What instructions do says the spec.

use crate::condition::Test;
use crate::directive::{DIRECTIVES, Directive};
use crate::object::{Binding, Visibility};
use crate::pseudo::{self, Pseudo};
use crate::section::Modifier;

/// A line about a name of the assembler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name, in lower case.
    pub name: &'static str,
    /// What is written behind it.
    pub operands: &'static str,
    /// What it does.
    pub text: String,
}

/// All directives, by name.
pub fn directives() -> impl Iterator<Item = Reference> {
    let all = DIRECTIVES.iter();
    all.map(|&(name, directive)| about_directive(name, directive))
}

/// The directive of this name, whatever its case.
#[must_use]
pub fn directive(name: &str) -> Option<Reference> {
    let lower = name.to_ascii_lowercase();
    let index = DIRECTIVES.binary_search_by(|(known, _)| (*known).cmp(lower.as_str()));
    let (name, directive) = DIRECTIVES[index.ok()?];
    Some(about_directive(name, directive))
}

/// All pseudo-instructions that are no aliases of the spec.
pub fn pseudo_instructions() -> impl Iterator<Item = Reference> {
    pseudo::ALL
        .into_iter()
        .map(|(name, pseudo)| about_pseudo(name, pseudo))
}

/// The pseudo-instruction of this name, if it is none of the spec's.
#[must_use]
pub fn pseudo_instruction(name: &str) -> Option<Reference> {
    pseudo_instructions().find(|reference| reference.name == name)
}

/// All relocation operators, without their `%`.
pub fn relocation_operators() -> impl Iterator<Item = Reference> {
    Modifier::ALL.into_iter().map(|(name, modifier)| Reference {
        name,
        operands: modifier_operand(modifier),
        text: about_modifier(modifier).to_owned(),
    })
}

/// The relocation operator of this name, without `%`.
#[must_use]
pub fn relocation_operator(name: &str) -> Option<Reference> {
    relocation_operators().find(|reference| reference.name == name)
}

/// Names of the sections that have a directive of their own.
pub(super) fn standard_sections() -> impl Iterator<Item = &'static str> {
    DIRECTIVES
        .iter()
        .filter_map(|(_, directive)| match directive {
            Directive::Standard(name) => Some(*name),
            _ => None,
        })
}

fn about_pseudo(name: &'static str, pseudo: Pseudo) -> Reference {
    let (operands, text) = match pseudo {
        Pseudo::LoadImmediate => (
            "rd, constant",
            "Loads a constant of any size, with as few instructions as possible.",
        ),
        Pseudo::LoadAddress => (
            "rd, symbol",
            "Loads the address of a symbol: relative to the pc, or from the global offset table under `.option pic`.",
        ),
        Pseudo::LoadLocalAddress => (
            "rd, symbol",
            "Loads the address of a symbol, relative to the pc.",
        ),
        Pseudo::LoadGlobalAddress => (
            "rd, symbol",
            "Loads the address of a symbol from the global offset table.",
        ),
        Pseudo::LoadThreadOffset => (
            "rd, symbol",
            "Loads the distance of a thread's variable from the thread pointer, from the global offset table.",
        ),
        Pseudo::LoadThreadIndex => (
            "rd, symbol",
            "Loads the address of what `__tls_get_addr` needs to find a thread's variable.",
        ),
        Pseudo::Call => (
            "[rd,] symbol",
            "Calls a function at any distance; the return address goes to ra, or to rd.",
        ),
        Pseudo::Tail => (
            "symbol",
            "Jumps to a function at any distance, which returns to this one's caller. Changes t1.",
        ),
        Pseudo::Jump => (
            "symbol, rt",
            "Jumps to a symbol at any distance. Changes rt.",
        ),
    };
    Reference {
        name,
        operands,
        text: text.to_owned(),
    }
}

fn modifier_operand(modifier: Modifier) -> &'static str {
    if modifier.refers_to_upper() || modifier.is_mark() && modifier != Modifier::TprelAdd {
        "(label)"
    } else {
        "(symbol)"
    }
}

fn about_modifier(modifier: Modifier) -> &'static str {
    match modifier {
        Modifier::None => "The value itself.",
        Modifier::Hi => "The upper 20 bits of an address, rounded so that `%lo` can be added.",
        Modifier::Lo => "The low 12 bits of an address, with their sign: what `%hi` leaves.",
        Modifier::PcrelHi => {
            "The upper 20 bits of the distance from this instruction, rounded so that `%pcrel_lo` can be added."
        }
        Modifier::PcrelLo => {
            "The low 12 bits of the distance whose upper part the instruction at the label has."
        }
        Modifier::GotPcrelHi => {
            "The upper 20 bits of the distance to the symbol's entry in the global offset table; `%pcrel_lo` has the rest."
        }
        Modifier::TprelHi => "The upper 20 bits of the distance from the thread pointer.",
        Modifier::TprelLo => "The low 12 bits of the distance from the thread pointer.",
        Modifier::TprelAdd => {
            "Marks the addition of the thread pointer, which a linker may remove."
        }
        Modifier::TlsIePcrelHi => {
            "The upper 20 bits of the distance to the symbol's entry for the initial-exec model of thread-local storage."
        }
        Modifier::TlsGdPcrelHi => {
            "The upper 20 bits of the distance to the symbol's entry for the general-dynamic model of thread-local storage."
        }
        Modifier::TlsDescHi => {
            "The upper 20 bits of the distance to the symbol's thread-local descriptor."
        }
        Modifier::TlsDescLoadLo => {
            "The low 12 bits that belong to `%tlsdesc_hi` at the label, in the load of the resolver's address."
        }
        Modifier::TlsDescAddLo => {
            "The low 12 bits that belong to `%tlsdesc_hi` at the label, in the address of the descriptor."
        }
        Modifier::TlsDescCall => "Marks the call of the resolver of a thread-local descriptor.",
    }
}

fn about_directive(name: &'static str, directive: Directive) -> Reference {
    let bytes = |size: u8| if size == 1 { "byte" } else { "bytes" };
    let plain = |operands, text: &str| (operands, text.to_owned());
    let (operands, text) = match directive {
        Directive::Data(size) => (
            "value, ...",
            format!("Numbers or addresses of {size} {} each.", bytes(size)),
        ),
        Directive::Octa => plain("value, ...", "Numbers of 16 bytes each."),
        Directive::Float(size) => (
            "number, ...",
            format!("IEEE 754 numbers of {size} bytes each."),
        ),
        Directive::Dtprel(size) => (
            "symbol, ...",
            format!("Distances from the thread's storage, of {size} bytes each."),
        ),
        Directive::Leb(true) => plain("value, ...", "Signed numbers in LEB128."),
        Directive::Leb(false) => plain("value, ...", "Unsigned numbers in LEB128."),
        Directive::Strings(true) => plain(
            "\"text\", ...",
            "The bytes of strings, with a zero byte behind each.",
        ),
        Directive::Strings(false) => plain("\"text\", ...", "The bytes of strings."),
        Directive::Space => plain(
            "count [, fill]",
            "A number of equal bytes; zero if not given.",
        ),
        Directive::Fill => plain(
            "repeat [, size [, value]]",
            "Copies of a number of `size` bytes, 1 if not given.",
        ),
        Directive::Nops => plain(
            "count",
            "Instructions that do nothing, of `count` bytes together.",
        ),
        Directive::Align(power, width) => {
            let unit = if power {
                "The amount is a power of two: 3 is 8 bytes."
            } else {
                "The amount is in bytes, a power of two."
            };
            let fill = match width {
                1 => "",
                2 => " What fills is repeated in units of 2 bytes.",
                _ => " What fills is repeated in units of 4 bytes.",
            };
            (
                "amount [, fill [, max]]",
                format!(
                    "Padding up to a multiple. {unit}{fill} With more than `max` bytes to fill, nothing is done."
                ),
            )
        }
        Directive::Org => plain(
            "offset [, fill]",
            "Goes on at this offset from the section's start, which cannot be before the present one.",
        ),
        Directive::Standard(section) => ("", format!("Goes on in the section `{section}`.")),
        Directive::Section => plain(
            "name [, \"flags\" [, @type [, size]]]",
            "Goes on in this section. Flags: `a` in memory, `w` writable, `x` executable, `M` merged, `S` strings, `T` thread-local, `G` in a group.",
        ),
        Directive::PushSection => plain(
            "name [, \"flags\" [, @type [, size]]]",
            "Goes on in this section; `.popsection` returns to the present one.",
        ),
        Directive::PopSection => {
            plain("", "Returns to the section before the last `.pushsection`.")
        }
        Directive::Previous => plain("", "Returns to the section before this one."),
        Directive::Bind(Binding::Global) => {
            plain("symbol, ...", "Other objects know these symbols.")
        }
        Directive::Bind(Binding::Local) => {
            plain("symbol, ...", "Only this object knows these symbols.")
        }
        Directive::Bind(Binding::Weak) => plain(
            "symbol, ...",
            "Like global symbols, but another definition wins, and none is needed.",
        ),
        Directive::Visible(Visibility::Default) => {
            plain("symbol, ...", "Visible as the binding says.")
        }
        Directive::Visible(Visibility::Internal) => plain(
            "symbol, ...",
            "Visibility `internal`: reserved for the processor.",
        ),
        Directive::Visible(Visibility::Hidden) => plain(
            "symbol, ...",
            "Visibility `hidden`: not known outside of the linked component.",
        ),
        Directive::Visible(Visibility::Protected) => plain(
            "symbol, ...",
            "Visibility `protected`: known outside of the linked component, but not replaceable.",
        ),
        Directive::Type => plain(
            "symbol, @type",
            "What a symbol is: `@function`, `@object`, `@tls_object`, `@common`, `@notype` or `@gnu_indirect_function`.",
        ),
        Directive::Size => plain(
            "symbol, expression",
            "The size of a symbol, as in `.size f, . - f`.",
        ),
        Directive::VariantCc => plain(
            "symbol, ...",
            "Functions with a calling convention of their own, which is not resolved lazily.",
        ),
        Directive::Set(false) => plain(
            "symbol, expression",
            "Gives a symbol a value; it can be given another one later.",
        ),
        Directive::Set(true) => plain(
            "symbol, expression",
            "Gives a symbol a value, once and for all.",
        ),
        Directive::Common => plain(
            "symbol, size [, alignment]",
            "Memory that the linker allocates, together with that of other objects of this name.",
        ),
        Directive::LocalCommon => plain(
            "symbol, size [, alignment]",
            "Memory of this object that is zero at first.",
        ),
        Directive::Reloc => plain(
            "offset, R_RISCV_name [, expression]",
            "A relocation, as it is to stand in the object.",
        ),
        Directive::Option => plain(
            "rvc | norvc | relax | norelax | pic | nopic | push | pop | arch, +ext",
            "Changes settings: compressed instructions, what the linker may shorten, how addresses are found, the extensions that can be used.",
        ),
        Directive::Attribute => plain(
            "tag, value",
            "An entry of the attributes section: `arch`, `stack_align`, `unaligned_access`, `priv_spec`.",
        ),
        Directive::Ident => plain("\"text\"", "A line of the section `.comment`."),
        Directive::Insn => plain(
            "format operands | length, value | value",
            "An instruction by the fields of its format, or as a number.",
        ),
        Directive::Descriptor => plain(
            "mnemonic field=value, ...",
            "The descriptor of a bulk instruction, aligned, with its fields by name: numbers, names of formats, modes and flags, elements in braces, and views as `address` or `{address, stride, ...}`.",
        ),
        Directive::File => plain(
            "\"name\" | number [\"directory\"] \"name\" [md5 value]",
            "What the source was made from: its name, or a file that `.loc` can name.",
        ),
        Directive::Line => plain(
            "file line [column] [option ...]",
            "The line that the next instruction comes from.",
        ),
        Directive::Cfi => plain(
            cfi_operands(name),
            "Call frame information: how a debugger or unwinder finds the caller's registers from here on.",
        ),
        Directive::If(test) => {
            let (operands, when) = about_test(test);
            (
                operands,
                format!("What follows up to `.else` or `.endif` is read only if {when}."),
            )
        }
        Directive::Else(true) => plain(
            "expression",
            "Read if no branch before was, and the expression is not zero.",
        ),
        Directive::Else(false) => plain("", "Read if no branch before was."),
        Directive::EndIf => plain("", "The end of a condition."),
        Directive::Macro => plain(
            "name [parameter[:req|:vararg][=default], ...]",
            "Defines a macro up to `.endm`. `\\parameter` is its argument, `\\@` the number of the invocation, `\\()` nothing.",
        ),
        Directive::Stray => plain("", "The end of a macro or of a repetition."),
        Directive::ExitMacro => plain("", "Leaves the innermost macro."),
        Directive::PurgeMacro => plain("name", "Forgets a macro."),
        Directive::Repeat => plain("count", "Repeats what follows up to `.endr`."),
        Directive::Iterate(false) => plain(
            "parameter, value, ...",
            "Repeats what follows up to `.endr` for each of the values.",
        ),
        Directive::Iterate(true) => plain(
            "parameter, characters",
            "Repeats what follows up to `.endr` for each of the characters.",
        ),
        Directive::Include => plain("\"file\"", "Reads another source file here."),
        Directive::Incbin => plain("\"file\" [, skip [, count]]", "The bytes of a file."),
        Directive::End => plain("", "The end of the source."),
        Directive::Message(true) => plain("[\"text\"]", "An error with this text."),
        Directive::Message(false) => plain("[\"text\"]", "A warning with this text."),
        Directive::Print => plain("\"text\"", "Prints a text."),
        Directive::Ignored => plain("...", "Accepted, and without effect on the object."),
    };
    Reference {
        name,
        operands,
        text,
    }
}

fn about_test(test: Test) -> (&'static str, &'static str) {
    match test {
        Test::NotZero => ("expression", "the expression is not zero"),
        Test::Zero => ("expression", "the expression is zero"),
        Test::Negative => ("expression", "the expression is negative"),
        Test::NotPositive => ("expression", "the expression is zero or negative"),
        Test::Positive => ("expression", "the expression is positive"),
        Test::NotNegative => ("expression", "the expression is zero or positive"),
        Test::Defined(true) => ("symbol", "the symbol is defined"),
        Test::Defined(false) => ("symbol", "the symbol is not defined"),
        Test::Blank(true) => ("text", "there is no text"),
        Test::Blank(false) => ("text", "there is a text"),
        Test::SameText(true) => ("text, text", "the texts are equal"),
        Test::SameText(false) => ("text, text", "the texts differ"),
        Test::SameString(true) => ("\"text\", \"text\"", "the strings are equal"),
        Test::SameString(false) => ("\"text\", \"text\"", "the strings differ"),
    }
}

fn cfi_operands(name: &str) -> &'static str {
    match name {
        ".cfi_def_cfa" | ".cfi_offset" | ".cfi_rel_offset" | ".cfi_val_offset" => {
            "register, offset"
        }
        ".cfi_def_cfa_offset" | ".cfi_adjust_cfa_offset" => "offset",
        ".cfi_register" => "register, register",
        ".cfi_def_cfa_register"
        | ".cfi_restore"
        | ".cfi_same_value"
        | ".cfi_undefined"
        | ".cfi_return_column" => "register",
        ".cfi_escape" => "byte, ...",
        ".cfi_lsda" | ".cfi_personality" => "encoding [, symbol]",
        ".cfi_sections" => "section, ...",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_a_text() {
        let all = directives()
            .chain(pseudo_instructions())
            .chain(relocation_operators());
        for reference in all {
            assert!(reference.text.ends_with('.'), "{reference:?}");
        }
        assert_eq!(directive(".WORD").unwrap().name, ".word");
        assert_eq!(directive(".wrod"), None);
    }
}
