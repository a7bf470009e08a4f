//! Statements in short ways, by their bytes and without tokens: instructions that were read before, labels, blank
//! lines.
//!
//! Each of them does exactly what the general way does with the same text, or nothing at all; the general way then
//! reads the statement, and reports its errors.

use crate::assembler::{Assembler, Parse};
use crate::lex::{Loc, Tok, Token, in_name};
use crate::memo::{BranchTo, Code, Context, Effect, Found, Place, Text};
use crate::scan::{Range, name_end};
use crate::symbols::{Definition, SymbolId};
use crate::value::Value;

/// What is known before an instruction is read in the general way, to see what it does.
struct Before {
    lookups: u64,
    diagnostics: usize,
    data: usize,
    fixups: usize,
    variables: usize,
    sites: usize,
}

impl<'a> Assembler<'a> {
    /// Reads statements as long as there is a short way; then the next token is the first one of another.
    pub fn short_statements(&mut self) -> Parse {
        let Some(context) = self.context() else {
            return Ok(());
        };
        let base = self.input.lexer.base();
        let bytes = self.input.lexer.source().as_bytes();
        let start = self.input.token.loc.start.wrapping_sub(base) as usize;
        let mut at = start;
        let result = loop {
            let run = self.code_run(bytes, at, context);
            at = run.at;
            if run.more {
                continue;
            }
            let next = match bytes.get(at) {
                None => break Ok(()),
                Some(b'#') => Ok(bytes[at..].iter().position(|&b| b == b'\n').map(|n| at + n)),
                Some(b'0'..=b'9') => Ok(None),
                Some(&b) if in_name(b) => {
                    let end = name_end(bytes, at);
                    match bytes.get(end) {
                        Some(b':') => Ok(self.short_label(at, end)),
                        _ if b == b'.' => self.short_directive(bytes, (at, end)),
                        _ => self.short_instruction(bytes, (at, end), run.text, context),
                    }
                }
                _ => Ok(None),
            };
            match next {
                Ok(Some(next)) => at = next,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if at != start {
            self.input.lexer.seek(at);
            self.bump();
        }
        result
    }

    /// What the meaning of an instruction depends on; none if nothing is kept.
    fn context(&mut self) -> Option<Context> {
        let settings = &self.settings;
        let flags = [
            settings.compressed,
            settings.compress,
            settings.relax,
            settings.pic,
        ];
        let flags = flags
            .iter()
            .fold(0, |bits, &flag| bits << 1 | u64::from(flag));
        let bits = u64::from(self.macro_generation) << 32 | (settings.arch as u64) << 4 | flags;
        Some(self.memo.as_mut()?.context(bits))
    }

    /// A label, of this range and with a colon behind it; the place behind that.
    fn short_label(&mut self, at: usize, end: usize) -> Option<usize> {
        let base = self.input.lexer.base();
        let loc = Loc {
            start: base + at as u32,
            end: base + end as u32,
        };
        let text = self.text(loc);
        if text == "." {
            return None;
        }
        let id = self.symbols.named(text, loc);
        if self.symbols.get(id).definition != Definition::Undefined {
            return None;
        }
        let definition = Definition::Label {
            section: self.current as u32,
            offset: self.here(),
        };
        self.symbols.define(id, definition, loc);
        self.fresh_labels.push(id);
        Some(end + 1)
    }

    /// An instruction; the place behind it.
    fn short_instruction(
        &mut self,
        bytes: &'a [u8],
        mnemonic: Range,
        text: Option<Text>,
        context: Context,
    ) -> Parse<Option<usize>> {
        if !self.takes_code() {
            return Ok(None);
        }
        if let Some(text) = text {
            let found = self.find_with_symbol(bytes, mnemonic.0, text, context)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let base = self.input.lexer.base();
        let loc = Loc {
            start: base + mnemonic.0 as u32,
            end: base + mnemonic.1 as u32,
        };
        if self.is_macro(loc) {
            return Ok(None);
        }
        let before = text.map(|text| (text, self.before()));
        let Some(end) = self.instruction_fast(bytes, mnemonic)? else {
            return Ok(None);
        };
        self.fresh_labels.clear();
        if let Some((text, before)) = before.filter(|(text, _)| text.end == end) {
            self.remember(loc, &before, bytes, text);
        }
        Ok(Some(end))
    }

    /// A macro is known by this name.
    pub fn is_macro(&self, name: Loc) -> bool {
        !self.macros.is_empty() && self.macros.contains_key(self.text(name))
    }

    /// An instruction with a symbol that was read before with another one; the line break behind it.
    fn find_with_symbol(
        &mut self,
        bytes: &'a [u8],
        at: usize,
        text: Text,
        context: Context,
    ) -> Parse<Option<usize>> {
        let Some(memo) = &self.memo else {
            return Ok(None);
        };
        let base = self.input.lexer.base();
        let loc = |(start, end): (usize, usize)| Loc {
            start: base + start as u32,
            end: base + end as u32,
        };
        let Some((start, end)) = text.symbol(bytes, at) else {
            return Ok(None);
        };
        let name = self.text(loc((start, end)));
        if name == "." || self.names.register(name).is_some() {
            return Ok(None);
        }
        let key = text.without(bytes, at, (start, end), context);
        let Some(Found::Effect(&effect)) = key.and_then(|key| memo.find(&key)) else {
            return Ok(None);
        };
        let id = self.symbols.named(name, loc((start, end)));
        if matches!(self.symbols.get(id).definition, Definition::Set(_)) {
            return Ok(None);
        }
        let within =
            |margins: (u8, u8)| loc((start - usize::from(margins.0), end + usize::from(margins.1)));
        match effect {
            Effect::Code(_) => return Ok(None),
            Effect::Place(place) => {
                self.mark_line(loc((at, at)));
                let offset = self.here();
                self.append_code(place.code.bytes());
                if place.site {
                    self.add_site(offset);
                }
                let value = Value::Symbol(id, place.addend);
                let at = within(place.margins);
                self.fixup(offset + place.offset, value, place.target, at)?;
            }
            Effect::Branch(known) => {
                self.mark_line(loc((at, at)));
                let mut branch = known.branch;
                branch.value = Value::Symbol(id, known.addend);
                branch.loc = within(known.margins);
                self.place_branch(branch, loc((at, at + usize::from(known.mnemonic))))?;
            }
        }
        self.fresh_labels.clear();
        if let Some(memo) = &mut self.memo {
            memo.note_found();
        }
        Ok(Some(text.end))
    }

    /// Reads an instruction in the general way, and keeps it if it depends on little.
    pub fn instruction_remembered(&mut self, mnemonic: Token) -> Parse {
        if self.memo.is_none() || !self.takes_code() {
            return self.instruction(mnemonic);
        }
        let before = self.before();
        self.instruction(mnemonic)?;
        // The kept text has to be the whole rest of a line.
        let base = self.input.lexer.base();
        let at = mnemonic.loc.start.wrapping_sub(base) as usize;
        let end = self.input.token.loc.start.wrapping_sub(base) as usize;
        let bytes = self.input.lexer.source().as_bytes();
        if self.input.token.kind == Tok::End
            && bytes.get(end) == Some(&b'\n')
            && let Some(text) = Text::of(bytes, at).filter(|text| text.end == end)
        {
            self.remember(mnemonic.loc, &before, bytes, text);
        }
        Ok(())
    }

    /// What is known before an instruction is read.
    fn before(&mut self) -> Before {
        self.last_branch = None;
        let layout = &self.symbols.layouts[self.current];
        let section = &self.sections[self.current];
        Before {
            lookups: self.symbols.lookups(),
            diagnostics: self.diagnostics.len(),
            data: section.data.len(),
            fixups: section.fixups.len(),
            variables: layout.variables.len(),
            sites: layout.sites(),
        }
    }

    /// Keeps the instruction that has just been read.
    fn remember(&mut self, mnemonic: Loc, before: &Before, bytes: &[u8], text: Text) {
        let base = self.input.lexer.base();
        let at = mnemonic.start.wrapping_sub(base) as usize;
        let Some(context) = self.context() else {
            return;
        };
        let layout = &self.symbols.layouts[self.current];
        let section = &self.sections[self.current];
        let lookups = self.symbols.lookups() - before.lookups;
        let new = (
            section.fixups.len() - before.fixups,
            layout.variables.len() - before.variables,
            layout.sites() - before.sites,
        );
        let code = section.data.get(before.data..).and_then(Code::new);
        let (Some(memo), true) = (&mut self.memo, self.diagnostics.len() == before.diagnostics)
        else {
            return;
        };
        if let (0, (0, 0, 0), Some(code)) = (lookups, new, code) {
            if let Some(key) = text.whole(at, context) {
                memo.insert(key, Effect::Code(code));
            }
            return;
        }
        let Some((start, end)) = text.symbol(bytes, at).filter(|_| lookups == 1) else {
            return;
        };
        let Some(key) = text.without(bytes, at, (start, end), context) else {
            return;
        };
        let base = self.input.lexer.base();
        let margins = |loc: Loc| {
            let before = (start as u32).checked_sub(loc.start.checked_sub(base)?)?;
            let behind = loc.end.checked_sub(base)?.checked_sub(end as u32)?;
            Some((u8::try_from(before).ok()?, u8::try_from(behind).ok()?))
        };
        let is_named = |id: SymbolId| self.symbols.get(id).name.as_bytes() == &bytes[start..end];
        if let Some(branch) = self.last_branch {
            if let Value::Symbol(id, addend) = branch.value
                && is_named(id)
                && let Some(margins) = margins(branch.loc)
            {
                memo.insert(
                    key,
                    Effect::Branch(BranchTo {
                        branch,
                        addend,
                        margins,
                        mnemonic: (mnemonic.end - mnemonic.start) as u8,
                    }),
                );
            }
        } else if let (Some(fixup), (1, 0, sites @ 0..=1), Some(code)) =
            (section.fixups.last(), new, code)
            && let Value::Symbol(id, addend) = fixup.value
            && is_named(id)
            && let Some(margins) = margins(fixup.loc)
        {
            memo.insert(
                key,
                Effect::Place(Place {
                    code,
                    offset: fixup.offset - before.data as u64,
                    target: fixup.target,
                    addend,
                    site: sites == 1,
                    margins,
                }),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::NoFiles;
    use crate::sources::Texts;
    use crate::{Diagnostic, Object, Options, Source, Spec};
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    static SPEC: LazyLock<Arc<Spec>> = LazyLock::new(Spec::builtin);

    fn assemble(
        source: &Arc<Source>,
        options: &Options,
        short: bool,
    ) -> Result<Object, Vec<Diagnostic>> {
        let texts = Texts::new();
        let mut assembler = Assembler::new(&SPEC, source, options, &NoFiles, &texts);
        if !short {
            assembler.memo = None;
        }
        assembler.state_options()?;
        assembler.run();
        assembler.finish()
    }

    fn check(text: &str, options: &Options) {
        // With and without an end of the last line, and with more behind it.
        for end in ["", "\n", "\n########################################"] {
            let source = Source::new("test.s", format!("{text}{end}"));
            let [short, general] = [true, false].map(|short| assemble(&source, options, short));
            assert_eq!(short, general, "{text}");
        }
    }

    /// One of the strings.
    fn one(of: &'static [&'static str]) -> impl Strategy<Value = String> {
        proptest::sample::select(of).prop_map(str::to_owned)
    }

    const REGISTERS: &[&str] = &["a0", "a5", "s0", "sp", "zero", "x8", "t6"];
    const SYMBOLS: &[&str] = &[
        "f", ".L1", ".L2", "data", "number", "other", "a1", ".", "1f", "1b", "$x", "lo",
    ];
    const NUMBERS: &[&str] = &[
        "0",
        "1",
        "-1",
        "8",
        "16",
        "31",
        "32",
        "63",
        "64",
        "0x10",
        "010",
        "2047",
        "-2048",
        "2048",
        "4096",
        "-0x1",
        "0x12345",
        "4294967295",
        "99999999999999999999",
    ];

    fn operand() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => one(REGISTERS),
            3 => one(NUMBERS),
            3 => one(SYMBOLS),
            1 => (one(SYMBOLS), one(NUMBERS)).prop_map(|(s, n)| format!("{s}+{n}")),
            1 => one(SYMBOLS).prop_map(|s| format!("{s}@plt")),
            2 => (one(NUMBERS), one(REGISTERS)).prop_map(|(n, r)| format!("{n}({r})")),
            2 => (one(&["hi", "lo", "pcrel_hi", "pcrel_lo", "tprel_add", "none"]), one(SYMBOLS))
                .prop_map(|(m, s)| format!("%{m}({s})")),
            2 => (one(SYMBOLS), one(REGISTERS)).prop_map(|(s, r)| format!("%lo({s})({r})")),
            1 => (one(SYMBOLS), one(REGISTERS)).prop_map(|(s, r)| format!("%lo({s}+8)({r})")),
        ]
    }

    fn instruction() -> impl Strategy<Value = String> {
        let mnemonic = one(&[
            "addi",
            "add",
            "mv",
            "li",
            "lui",
            "auipc",
            "lw",
            "ld",
            "sd",
            "sw",
            "beq",
            "bnez",
            "bgtu",
            "j",
            "jal",
            "jr",
            "ret",
            "call",
            "tail",
            "la",
            "lla",
            "nop",
            "c.addi",
            "csrr",
            "csrw",
            "fence",
            "slli",
            "mulw",
            "jump",
            "jalr",
            "zktr.on",
            "zktr.wbatch",
        ]);
        let operands = proptest::collection::vec(operand(), 0..4);
        let comma = one(&[",", ", ", " , "]);
        (mnemonic, operands, comma).prop_map(|(mnemonic, operands, comma)| {
            format!("\t{mnemonic}\t{}", operands.join(&comma))
        })
    }

    /// Instructions that are right, so that programs without errors occur too.
    const RIGHT: &[&str] = &[
        "\taddi\tsp,sp,-32",
        "\tmv\ts0,a0",
        "\tret",
        "\tnop",
        "\tli\ta0,5",
        "\tli\ta0,-3000",
        "\tli\ta5,0x123456789",
        "\tli\ta5,0x12345",
        "\tli t0, -2048001",
        "\tli s1,2048",
        "\tli x0, 4096",
        "\tli a1,0x80000000",
        "\tbeq\ta0,a5,.L1",
        "\tbeq\ta0,a5,.L2",
        "\tbnez\ts0,.L1",
        "\tj\t.L2",
        "\tbeq\ta0,a5,other",
        "\tj\tother",
        "\tcall\tf",
        "\tcall\tother",
        "\tcall\tother@plt",
        "\ttail\tf",
        "\tlui\ta5,%hi(data)",
        "\tlw\ta4,%lo(data)(a5)",
        "\tlw\ta4,%lo(data+8)(a5)",
        "\taddi\ta0,a5,%lo(other)",
        "\tlla\ta0,data",
        "\tla\ta0,other",
        "\tld\ts0,16(sp)",
        "\tsd\ts0,16(sp)",
        "\tsd s0, 16 (sp)",
        "\tbeqz\ta0,1f",
        "1:",
        "\tcsrr\ta0,mhartid",
        "\taddi a0, a0, 1 # comment",
        "\tnop; nop",
        "\taddi a0, a0, number",
        "\tbgtu\ta4,a5,.L1",
        "\tadd\ta0,a0,a1\r",
        "\tnop // more",
        "\taddi a0, a0, 1; addi a1, a1, 2",
        "\tli a0, 5#comment",
        "\tamoadd.w a0, a1, (a2)",
        "\tamoadd.w a0, a1, 0(a2)",
        "\tlw a0, (a1)",
        "\tsw x31,-2048(x1)",
        "\tsub x5,x6,x7",
        "\tsltiu x9,x10,2047",
        "\tc.add a0, a1",
        "\tauipc a0, 0xfffff",
        "\taddi a0, a1, %pcrel_lo(1b)",
        "\tadd a0, a0, tp, %tprel_add(other)",
        "\tlui a0, %tprel_hi(other)",
        "\t.word 1, 0x2, -3",
        "\t.byte 255, -128, 0x7f # comment",
        "\t.half 1 ,2;.half 3",
        "\t.dword 18446744073709551615, -9223372036854775808, 0xffffffffffffffff",
        "\t.word 017, 'a', 1 + 2",
        "\t.8byte .L1 - .L2, 5",
        "\t.4byte\t7",
        "\t.globl\tf",
        "\t.global data # more",
        "\t.type\tf, @function",
        "\t.type data,@object;nop",
        "\t.size\tf, .-f",
        "\t.size f,. - f",
        "\t.size\tdata, 8",
        "\t.word\tf",
        "\t.dword data # address",
        "\t.word\t.L2-.L1",
        "\t.dword\tf-other",
        "\t.8byte\tf - data",
        "\t.align\t2",
        "\t.p2align 4 ;nop",
        "\t.section\t.rodata",
        "\t.section\t.text",
        "\t.text",
        "\t.string\t\"a string; # of two words\"",
        "\t.ascii \"\" ",
    ];
    /// What changes the meaning of instructions.
    const STATE: &[&str] = &[
        "\t.option norvc",
        "\t.option rvc",
        "\t.option relax",
        "\t.option norelax",
        "\t.option pic",
        "\t.option push",
        "\t.option pop",
        "\t.option arch, -c",
        "\t.text",
        "\t.data",
        "\t.bss",
        "\t.section .init,\"ax\",@progbits",
        "\t.set number, 4",
        "\t.set number, 5",
        "number = 40",
        "\t.equ other, f",
        "\t.set other, .L1",
        ".macro mv a, b\n addi \\a, \\b, 1\n.endm",
        ".purgem mv",
        ".macro nop\n.endm",
        ".purgem nop",
        ".macro both\n mv s0, a0\n call f\n.endm",
        "both",
        ".rept 3\n mv s0,a0\n beq a0,a5,.L1\n.endr",
        ".irp r, a0, a1\n mv \\r, \\r\n.endr",
        ".if number\n\tmv\ts0,a0\n.endif",
        "\t.globl f",
        "\t.align 4",
        "\t.zero 3000",
        "\t.word 1, 2, .L1-.L2",
        "\t.globl f, data",
        "\t.globl f+1",
        "\t.globl f@plt",
        "\t.globl \"f\"",
        "\t.globl .",
        "\t.globl number",
        "\t.weak f",
        "\t.local f",
        "\t.type f",
        "\t.type f, @nothing",
        "\t.type f, function",
        "\t.type f, %object",
        "\t.type f, STT_FUNC",
        "\t.size f, .-",
        "\t.size f, .-other",
        "\t.size f, .+f",
        "\t.size f, .-f-4",
        "\t.size number, .-number",
        "\t.size f, number",
        "\t.size f, -8",
        "\t.size f, .L2-f",
        "\t.word number",
        "\t.word number-f",
        "\t.word f-number",
        "\t.word f-f",
        "\t.word f-.",
        "\t.word .",
        "\t.word f-data-4",
        "\t.word -f",
        "\t.byte f-data",
        "\t.half f",
        "\t.byte .L2-.L1",
        "\t.word 1f-f",
        "\t.align 40",
        "\t.align -1",
        "\t.align 1+1",
        "\t.align 3,0",
        "\t.align 4,,2",
        "\t.align number",
        "\t.align",
        "\t.text 1",
        "\t.text 0",
        "\t.section .rodata-x",
        "\t.section nowhere",
        "\t.section .rodata,\"a\"",
        "\t.section \".data\"",
        "\t.string \"a\\n\"",
        "\t.string \"a\", \"b\"",
        "\t.string \"a\" \"b\"",
        "\t.string \"\u{e9}\u{7f}\"",
        "\t.string \"open",
        "\t.string",
        ".macro .globl a\n nop\n.endm",
        ".purgem .globl",
        "\t.loc 1 5",
        "\t.byte 256",
        "\t.half -32769",
        "\t.word 1,",
        "\t.word , 1",
        "\t.word 1 2",
        "\t.word 5x, 1",
        "\t.word",
        "\t.Word 5",
        "\t.dword 18446744073709551616",
        ".macro .word a\n nop\n.endm",
        "\tlw a0, 4(a1) 5",
        "\taddi a0, a0, 1f",
        "\taddi a0, a0, 5 6",
        "\tadd x32, x1, x2",
        "\tc.addi sp, 1",
        "\tc.lw a0, 4(t0)",
        "\tlui a0, %bad(f)",
        "\tadd a0, a0, %tprel_add(f)",
        "\t.cfi_startproc",
        "\t.cfi_endproc",
        "/* a\n b */",
        "",
        "   ",
        "# comment",
        ".L1:",
        ".L2:",
        "f:",
        "data:",
        "f: nop",
        ".L1: .L2: mv s0, a0",
        "nop:",
        "x::",
        "1: j 1b",
        "\"quoted\": nop",
        "a b:",
        "\tbeq\ta0,a5,a1",
        "\tlui\ta5,%hi(a1)",
    ];

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![5 => one(RIGHT), 2 => one(STATE), 1 => instruction()]
    }

    fn right_line() -> impl Strategy<Value = String> {
        const FINE: &[&str] = &[
            "\t.option norvc",
            "\t.option rvc",
            "\t.option relax",
            "\t.option norelax",
            "\t.zero 300",
            "\t.align 4",
            "",
            "# comment",
            "\t.set number, 4",
            "\t.set number, 5",
            "\t.set other, f",
            "\t.set other, .L2",
            "1:",
            "\t.balign 8",
        ];
        prop_oneof![6 => one(RIGHT), 1 => one(FINE)]
    }

    fn options() -> impl Strategy<Value = Options> {
        let arch = proptest::sample::select(vec![None, Some("rv64imac"), Some("rv64ima")]);
        (arch, any::<bool>(), any::<bool>()).prop_map(|(arch, relax, debug)| Options {
            arch: arch.map(|arch| format!("{arch}_zicsr_xzktr")),
            relax,
            debug,
            ..Options::default()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn short_ways_change_nothing(
            lines in proptest::collection::vec(line(), 1..60),
            options in options(),
        ) {
            check(&lines.join("\n"), &options);
        }

        #[test]
        fn short_ways_change_nothing_of_programs_without_errors(
            lines in proptest::collection::vec(right_line(), 1..200),
            at in 0usize..200,
            options in options(),
        ) {
            let mut lines = lines;
            let at = at.min(lines.len());
            lines.splice(at..at, ["f:", ".L1:", "\tnop", ".L2:", "data:"].map(str::to_owned));
            let text = format!("\t.set number, 1\n1:{}\n1:", lines.join("\n"));
            check(&text, &options);
        }
    }
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Then instructions are not searched for among those that were read before.
        #[test]
        fn short_ways_change_nothing_where_nothing_is_repeated(
            seed in any::<u32>(),
            options in options(),
        ) {
            // With errors all over, or without any.
            let limit = if seed % 2 == 0 { 4096 } else { 32 };
            let line = |n: u32| {
                let mixed = (seed ^ n).wrapping_mul(0x9e37_79b9) >> 4;
                let (a, b, number) = (mixed % 32, (mixed >> 5) % 32, (mixed >> 10) % 4096);
                let small = number % limit;
                match mixed >> 25 {
                    0 => format!(".L{n}: beq x{a}, x{b}, .L0"),
                    1 => "\tcall\tf".to_owned(),
                    2 => format!("  li x{a}, {number} # number"),
                    3 => format!("\tmv\tx{a}, x{b};nop"),
                    4 => format!("\tlui x{a},{number}"),
                    5 => format!("\tslli\tx{a} , x{b},{small}"),
                    6 => format!("\tsd x{a}, {small}( x{b})"),
                    7 => format!("\tadd x{a},x{b},{small}"),
                    8 => format!("\tsub x{a},x{b},x{small}"),
                    9 => format!("\taddi x{a},x{b},0x{small:x}"),
                    10 => format!("\tld x{a},0{small:o}(sp)"),
                    11 => format!("\taddiw a{},s{},-{small}", a % 8, b % 12),
                    12..40 => format!("\tlw x{a},{}(x{b})", i64::from(number) - 2048),
                    _ => format!("\taddi\tx{a},x{b},{}", i64::from(number) - 2048),
                }
            };
            let lines: Vec<String> = (1..700).map(line).collect();
            check(&format!(".L0:\n{}", lines.join("\n")), &options);
        }
    }
}
