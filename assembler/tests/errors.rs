//! What is said about wrong sources: each snapshot stands beside its source.

use zktr_asm::{Diagnostic, Options, Source, Spec, assemble};

/// The text as a snapshot, without the source of this file.
#[track_caller]
fn snapshot(name: &str, text: &str) {
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(name, text) });
}

fn errors(text: &str, xlen: u8) -> Vec<Diagnostic> {
    let spec = Spec::builtin();
    assemble(
        &spec,
        &Source::new("e.s", text),
        &Options {
            xlen,
            debug: false,
            ..Options::default()
        },
    )
    .err()
    .unwrap_or_default()
}

/// Each line is a source of its own; `|` stands for a line break in it.
fn table(lines: &str, xlen: u8) -> String {
    let mut out = String::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let found = errors(&line.replace('|', "\n"), xlen);
        assert!(!found.is_empty(), "no error: {line}");
        out.push_str(&format!("==== {line}\n"));
        out.extend(found.iter().map(ToString::to_string));
    }
    out
}

#[test]
fn operands() {
    snapshot(
        "operands",
        &table(
            "\
addii a0, a0, 1
zktr.rcl a0, a1, a2
xyzzyplugh a0
fadd.d fa0, fa1, fa2
cv.abs a0, a1
fld a0, 0(a1)
fld fa0, 0(fa1)
fld fa99, 0(a1)
fsd fs0, 2048(sp)
c.fld ft0, 0(a0)
addi fa0, a0, 1
.option arch, -d|fld fa0, 0(a0)
.cfi_startproc|.cfi_offset fx, 0|.cfi_endproc
addi a0, a0, 2048
addi a0, a0, -2049
addi a0, a0, a1
addi a0, a9, 1
addi a0, sq, 1
addi a0, 5, 1
addi a0, a0
addi a0,
addi
addi a0, a0, 1, 2
addi a0 a0, 1
addi a0, a0, symbol
addi a0, a0, %hi(symbol)
addi a0, a0, %low(symbol)
addi a0, a0, %lo symbol
sub a0, a1, 5
lui a0, 1048576
lui a0, -1
slli a0, a0, 64
slliw a0, a0, 32
lw a0, 4(5)
lw a0, 4(a1
lw a0, 4 a1
lw a0, a1
lw zero, symbol
sw a0, symbol
sw a0, 2048(a1)
ld a0, 0x10000(a1)
beq a0, a1, 3
beq a0, a1, 4096
jal a0, 0x100000
csrr a0, cylce
csrr a0, 4096
csrwi cycle, 32
fence rw, x
fence wr, rw
lr.w a0, 4(a1)
c.addi16sp sp, 0
c.addi zero, 1
c.addi a0, 32
c.lw a0, 0(t6)
c.lw a0, 2(a1)
c.lui a0, 0x20
c.lui sp, 1
c.addi16sp a0, 16
c.lwsp a0, 0(a1)
.option norvc|c.nop
li a0, symbol
li a0
li 5, a0
li a0, 0x1ffffffffffffffff
la a0, 5
la a0, a1
la a0
call 5
call a0, b, c
tail
jump x
",
            64,
        ),
    );
}

#[test]
fn operands_of_rv32() {
    snapshot(
        "operands_of_rv32",
        &table(
            "\
ld a0, 0(a1)
addiw a0, a0, 1
addi a0, a0, 0xfffff7ff
slli a0, a0, 32
.word 0x100000000
.dword symbol
",
            32,
        ),
    );
}

#[test]
fn symbols_and_expressions() {
    snapshot(
        "symbols_and_expressions",
        &table(
            "\
a:|a:
a: .set a, 5
.set a, 5|a:
.equiv a, 5|.equiv a, 6
.set a, b|.set b, a|.word a
.globl a|.local a
j 1b
j 1f
beq a0, a1, .Lmissing
.word (1
.word 1)
.word 1 +
.word 5 / 0
.word 5 / (a - a)
.word a * 2
.word a + b
.word -a
.word 08
.word 0x
.word 0b12
.word 123456789012345678901
.word 'ab'
.word '
.word '\\q'
.word 0x1ffffffff
.half 65536
.byte -129
.byte symbol
.half symbol
jal a0, far|.zero 0x200000|far:
j far|.zero 2000000|far:
c.j far|.zero 3000000|far:
%lo(5)
1: addi a0, a0, %pcrel_lo(1b)
auipc a0, %pcrel_hi(5)
lui a0, %hi(0x123456789ab)
.size f, -1|f:
.globl a|.set a, b
. = 5
=
5
a b c:
",
            64,
        ),
    );
}

#[test]
fn directives() {
    snapshot(
        "directives",
        &table(
            "\
.wrod 5
.zero -1
.zero symbol
.space 1, 256
.fill -1
.fill 1, 9
.balign 3
.p2align 31
.balign 8, 300
.balign 8, 0, -1
.org 8|.org 4
.org symbol
.ascii 5
.ascii \"abc
.ascii \"a\\qb\"
.section
.section .foo, \"z\"
.section .foo, \"a\", progbits
.section .foo, \"a\", @progbit
.section .foo, \"aM\", @progbits
.section .foo, \"a\"|.section .foo, \"aw\"
.popsection
.bss|.word 1
.bss|addi a0, a0, 1
.bss|.word symbol
.type f
.type f, @func
.comm x, 4, 3
.comm x
.option nonsense
.option norelaxx
.option pop
.attribute arch, \"rv32i\"
.attribute arch, 5
.attribute archs, \"x\"
.attribute 1, \"x\"
.insn q 1, 2
.insn r 0x7b, 7, 1, a0, a1
.insn r 0x7b, 8, 1, a0, a1, a2
.insn r 0x80, 7, 1, a0, a1, a2
.insn r CUSTOM_9, 7, 1, a0, a1, a2
.insn i 0x13, 0, a0, a1, 5000
.insn 3, 5
.insn 4, 1
.insn 2, 0x10001
.globl 5
.globl .
nop nop
nop )
nop @
nop \u{1}
/* open
",
            64,
        ),
    );
}

#[test]
fn descriptors() {
    snapshot(
        "descriptors",
        &table(
            "\
.zktr.descriptor
.zktr.descriptor zktr.rcl k=1
.zktr.descriptor addi
.zktr.descriptor zktr.inv
.zktr.descriptor zktr.inv format=babybear, out=a
.zktr.descriptor zktr.inv format=babbybear, out=a, a=b
.zktr.descriptor zktr.inv format=99, out=a, a=b
.zktr.descriptor zktr.inv format=babybear, out=a, a=b, c=d
.zktr.descriptor zktr.inv format=babybear, out=a, out=b, a=c
.zktr.descriptor zktr.inv format=babybear, out={a, 4}, a=c
.zktr.descriptor zktr.inv format=babybear, out={a, 4, 4, 4}, a=c
.zktr.descriptor zktr.inv format=babybear, out={a, 4, 4, a=c
.zktr.descriptor zktr.inv format=babybear, out, a=c
.zktr.descriptor zktr.inv version=1, format=babybear, out=a, a=b
.zktr.descriptor zktr.inv flags=asink, format=babybear, out=a, a=b
.zktr.descriptor zktr.inv flags=2, format=babybear, out=a, a=b
.zktr.descriptor zktr.inv format=babybear3-x-m, out=a, a=b
.zktr.descriptor zktr.inv format=babybear3-x-m, reduction={1, 2}, out=a, a=b
.zktr.descriptor zktr.inv format=babybear4, reduction={11, 0, 0, 0}, out=a, a=b
.zktr.descriptor zktr.scan format=babybear, init=0, out=a, a=b, last=c
.zktr.descriptor zktr.scan format=babybear, mode=sumbefore, init=0, out=a, a=b, last=c
.zktr.descriptor zktr.scan format=babybear4-m, mode=sum, init={1, 2, 3}, out=a, a=b, last=c
.zktr.descriptor zktr.scan format=babybear, mode=sum, init={1, 2}, out=a, a=b, last=c
.zktr.descriptor zktr.scan format=babybear, mode=sum, init=2013265921, out=a, a=b, last=c
.zktr.descriptor zktr.rlc format=babybear, k=65, init=0, out=a, a=b, coeff=c
.zktr.descriptor zktr.cvt format=babybear, k=-1, out=a, x=b
",
            64,
        ),
    );
}

#[test]
fn a_statement_with_an_error_does_not_disturb_the_others() {
    let found = errors(
        "start:\n addi a0, a0, 5000\nlabel: bogus a0, a1\n add a0, a1, a2\n .word label, (1\n beqz a0, label\n\
         j start\n .zktr.descriptor zktr.inv out=a,\n  bogus=b\n lw a0, 4(\n ret\n .unknown \"x\n nop x\nend: j end\n",
        64,
    );
    snapshot(
        "a_statement_with_an_error_does_not_disturb_the_others",
        &found.iter().map(ToString::to_string).collect::<String>(),
    );
}

#[test]
fn many_errors_are_cut_off_with_a_note() {
    let found = errors(&"bogus\n".repeat(250), 64);
    assert_eq!(found.len(), 101);
    assert_eq!(
        found[100].to_string(),
        "note: 150 more errors are not shown\n"
    );
}

#[test]
fn a_warning_does_not_stop_the_assembly() {
    let spec = Spec::builtin();
    let object = assemble(
        &spec,
        &Source::new("w.s", ".data\nnop\n"),
        &Options::default(),
    )
    .unwrap();
    assert_eq!(
        object
            .warnings
            .iter()
            .map(ToString::to_string)
            .collect::<String>(),
        "w.s:2:1: warning: instruction in section '.data', which is not executable\nnop\n^~~\n"
    );
}

#[test]
fn a_constant_for_both_widths_is_cut_with_a_warning() {
    let spec = Spec::builtin();
    let options = Options {
        xlen: 32,
        ..Options::default()
    };
    let assembled =
        |text: &str| assemble(&spec, &Source::new("w.s", text), &options).expect("a warning only");
    let wide = assembled("li a0, 0x4ffffffff8000\n");
    assert_eq!(
        wide.warnings[0].message,
        "immediate must be an integer in the range [-2147483648, 4294967295], and is cut to 0xffff8000"
    );
    let narrow = assembled("li a0, 0xffff8000\n");
    assert!(narrow.warnings.is_empty());
    assert_eq!(wide.sections[0].data, narrow.sections[0].data);
}

#[test]
fn options_are_checked() {
    let spec = Spec::builtin();
    let found = assemble(
        &spec,
        &Source::new("x.s", ""),
        &Options {
            xlen: 16,
            debug: false,
            ..Options::default()
        },
    )
    .unwrap_err();
    assert_eq!(found[0].message, "XLEN must be 32 or 64, not 16");
}

/// Files that are included, by name.
struct Included(&'static [(&'static str, &'static str)]);

impl zktr_asm::Files for Included {
    fn read(&self, name: &str, _: &str) -> std::io::Result<(Vec<u8>, String)> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, text)| (text.as_bytes().to_vec(), name.to_owned()))
            .ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

#[test]
fn errors_come_in_the_order_in_which_a_reader_meets_them() {
    let source = "first x\n.include \"part.inc\"\n.macro twice n\n  second \\n\n  .rept 2\n  third\n  .endr\n\
                  .endm\n.zero 100\nfourth\ntwice 1\nfifth\n";
    let spec = Spec::builtin();
    let files = Included(&[("part.inc", "nop\nincluded a0\nalso a1\n")]);
    let found = zktr_asm::assemble_with(
        &spec,
        &Source::new("e.s", source),
        &Options::default(),
        &files,
    )
    .unwrap_err();
    snapshot(
        "errors_come_in_the_order_in_which_a_reader_meets_them",
        &found.iter().map(ToString::to_string).collect::<String>(),
    );
}
