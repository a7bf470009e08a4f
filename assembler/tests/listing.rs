//! Snapshots of what comes out: encodings, disassembly, descriptors, line information.

use zktr_asm::object::{Place, RelocationKind};
use zktr_asm::{DisasmOptions, Object, Options, Source, Spec, assemble, explain, objdump};

/// The text as a snapshot, without the source of this file.
#[track_caller]
fn snapshot(name: &str, text: &str) {
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(name, text) });
}

fn build(text: &str, xlen: u8) -> Object {
    let spec = Spec::builtin();
    assemble(
        &spec,
        &Source::new("test.s", text),
        &Options {
            xlen,
            debug: true,
            ..Options::default()
        },
    )
    .unwrap_or_else(|errors| {
        panic!(
            "{}",
            errors.iter().map(ToString::to_string).collect::<String>()
        )
    })
}

fn dump(text: &str, xlen: u8, options: &DisasmOptions) -> String {
    let spec = Spec::builtin();
    objdump(&spec, &build(text, xlen).write_elf().unwrap(), options).unwrap()
}

/// The bytes of a section as hexadecimal, 16 to a line.
fn hex(object: &Object, section: &str) -> String {
    let data = &object.section(section).unwrap().data;
    data.chunks(16)
        .map(|row| row.iter().map(|b| format!("{b:02x} ")).collect::<String>() + "\n")
        .collect()
}

#[test]
fn kernel() {
    snapshot(
        "kernel",
        &dump(include_str!("kernel.s"), 64, &DisasmOptions::default()),
    );
}

#[test]
fn kernel_without_aliases() {
    let options = DisasmOptions {
        aliases: false,
        numeric: true,
        ..DisasmOptions::default()
    };
    snapshot(
        "kernel_without_aliases",
        &dump(include_str!("kernel.s"), 64, &options),
    );
}

#[test]
fn kernel_data() {
    let object = build(include_str!("kernel.s"), 64);
    snapshot(
        "kernel_data",
        &format!(
            "{}\n{}",
            hex(&object, ".rodata.table"),
            hex(&object, ".data")
        ),
    );
}

#[test]
fn explained_words() {
    let spec = Spec::builtin();
    let words = [
        0x12c5_f57b,
        0xfe05_08e3,
        0x0000_8522,
        0x8aff_ff0b,
        0xc000_2573,
    ];
    let text: String = words
        .iter()
        .map(|&word| explain(&spec, word, 64) + "\n")
        .collect();
    snapshot("explained_words", &text);
}

#[test]
fn constants_in_one_to_eight_instructions() {
    let text = "li a0, 5\nli a0, 0x1000\nli a0, 0x12345\nli a0, 0xffffffff\nli a0, 1 << 40\nli a0, -1 - 1 << 40\n\
                li a0, 0x7fffffffffffffff\nli a0, 0x5555555555555555\nli a0, 2013265921\n";
    snapshot(
        "constants_in_one_to_eight_instructions",
        &dump(text, 64, &DisasmOptions::default()),
    );
}

#[test]
fn constants_of_rv32() {
    let text = "li a0, 5\nli a0, 0xffffffff\nli a0, 0x80000000\nli a0, -0x80000000\naddi a0, a0, 0xfffffffe\n";
    snapshot(
        "constants_of_rv32",
        &dump(text, 32, &DisasmOptions::default()),
    );
}

#[test]
fn labels_before_a_descriptor_stand_for_it_and_not_for_the_padding() {
    let object = build(
        ".data\n.byte 1\nend:\n.byte 2\na: b:\n.zktr.descriptor zktr.inv format=babybear, out=x, a=x\n.bss\nx: .zero 4\n",
        64,
    );
    let offset = |name: &str| match object.symbol(name).unwrap().place {
        Place::Section { offset, .. } => offset,
        other => panic!("{other:?}"),
    };
    assert_eq!((offset("end"), offset("a"), offset("b")), (1, 64, 64));
    assert_eq!(object.section(".data").unwrap().align, 64);
}

#[test]
fn descriptor_words_follow_the_format() {
    let text = |format: &str, init: &str| {
        format!(
            ".data\n.zktr.descriptor zktr.scan format={format}, mode=sum, init={init}, a=0x2000, last=0x3000,\n out={{0x1000, 16, 4}}\n"
        )
    };
    let word = |format, init| {
        let object = build(&text(format, init), 64);
        let data = &object.section(".data").unwrap().data;
        u32::from_le_bytes(data[8..12].try_into().unwrap())
    };
    let p = 2_013_265_921u64;
    assert_eq!(word("babybear", "5"), 5);
    assert_eq!(word("babybear", "-1"), (p - 1) as u32);
    assert_eq!(u64::from(word("babybear-m", "5")), (5u64 << 32) % p);
    assert_eq!(word("babybear4-m", "{0, 1, 2, 3}"), 0);
}

#[test]
fn addresses_are_left_to_the_linker_where_it_may_change_them() {
    let kinds = |text: &str| -> Vec<RelocationKind> {
        build(text, 64)
            .section(".text")
            .unwrap()
            .relocations
            .iter()
            .map(|r| r.kind)
            .collect()
    };
    assert_eq!(kinds("a: j a\nb: beqz a0, a\n call b\n la a0, a\n"), []);
    assert_eq!(kinds(".globl a\na: j a\n"), [RelocationKind::Jal]);
    // Nobody knows how far it is, so these take the form that reaches furthest.
    assert_eq!(kinds("beqz a0, x\n"), [RelocationKind::Jal]);
    assert_eq!(
        kinds("c.j x\nc.beqz a0, x\n"),
        [RelocationKind::Jal, RelocationKind::Jal]
    );
    assert_eq!(
        kinds(".word x - y\n"),
        [RelocationKind::Add32, RelocationKind::Sub32]
    );
    assert_eq!(
        kinds(".option pic\nla a0, x\n"),
        [RelocationKind::GotHi20, RelocationKind::PcrelLo12I]
    );
    assert_eq!(
        kinds(".option relax\na: call a\n.balign 8\nj a\n"),
        [
            RelocationKind::CallPlt,
            RelocationKind::Relax,
            RelocationKind::Align,
            RelocationKind::Jal
        ]
    );
}

#[test]
fn flat_programs_need_no_linker() {
    let spec = Spec::builtin();
    let object = build(
        ".text\n la a0, word\n lw a1, word\n lui a2, %hi(word)\n sw a1, %lo(word)(a2)\n ret\n.data\nword: .word 7\n .dword word\n",
        64,
    );
    let bytes = object.flat(&spec, 0x4000_0000).unwrap();
    let data = bytes.len() - 12;
    assert_eq!(bytes[data..data + 4], [7, 0, 0, 0]);
    assert_eq!(
        u64::from_le_bytes(bytes[data + 4..].try_into().unwrap()),
        0x4000_0000 + data as u64
    );
    // At this address %hi is out of range of lui, which sign-extends.
    let errors = object.flat(&spec, 0x8000_0000).unwrap_err();
    assert!(
        errors[0].to_string().starts_with("test.s:4:10: error: "),
        "{}",
        errors[0]
    );
    let object = build("call elsewhere\n", 64);
    let errors = object.flat(&spec, 0).unwrap_err();
    assert!(errors[0].message.contains("'elsewhere' is not defined"));
}

#[test]
fn lines_of_the_source() {
    let object = build("nop\n\n  li a0, 0x12345\n.data\n.word 1\n.text\nret\n", 64);
    let lines: Vec<_> = object
        .debug
        .lines
        .iter()
        .map(|l| (l.offset, l.line))
        .collect();
    assert_eq!(lines, [(0, 1), (4, 3), (12, 7)]);
}

#[test]
fn an_instruction_of_a_user_is_like_any_other() {
    let text = r#"
[extension]
name = "Xmine"
version = "1.0"
doc = "Mine."
[inst."mine.add3"]
title = "Add three"
encoding = { format = "R", opcode = 0x0B, funct7 = 3, funct3 = 1 }
sem = "rd = rs1 + rs2 + 3;"
"#;
    let spec = Spec::load(&[Source::new("mine.toml", text)]).unwrap();
    let source = Source::new("mine.s", "mine.add3 a0, a1, a2\n");
    let object = assemble(&spec, &source, &Options::default()).unwrap();
    assert_eq!(object.flat(&spec, 0).unwrap(), 0x06c5_950bu32.to_le_bytes());
    let dump = objdump(
        &spec,
        &object.write_elf().unwrap(),
        &DisasmOptions::default(),
    )
    .unwrap();
    assert!(dump.contains("mine.add3\ta0,a1,a2"), "{dump}");
    let errors = assemble(
        &spec,
        &Source::new("mine.s", "mine.add4 a0, a1, a2\n"),
        &Options::default(),
    )
    .unwrap_err();
    assert!(errors[0].message.ends_with("did you mean: mine.add3?"));
}

#[test]
fn listing_of_a_source() {
    let text = "# A comment\n\t.macro save reg, off\n\tsd \\reg, \\off(sp)\n\t.endm\n\n\t.text\nf:\taddi sp, sp, -16\t# room\n\
        \tsave ra, 8\n\tsave s0, 0\n\tli a0, 0x12345678\n\tla a1, table\n1:\tlw a2, 0(a1)\n\tmul a3, a2, a2\n\
        \tbeqz a2, 1b\n\tzktr.rlc a0, a1, a2\n\tcall g\n\t.rept 2\n\tnop; c.nop\n\t.endr\n\t.balign 8\n\tret\n\n\
        \t.data\ntable:\t.word 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n\t.asciz \"hello\"\n\t.bss\nbuf:\t.zero 4096\n# end\n";
    let spec = Spec::builtin();
    let options = Options {
        listing: true,
        ..Options::default()
    };
    let object = assemble(&spec, &Source::new("list.s", text), &options).unwrap();
    let mut out = Vec::new();
    zktr_asm::listing(&spec, &object, &mut out).unwrap();
    snapshot("listing_of_a_source", &String::from_utf8(out).unwrap());
    let mut out = Vec::new();
    zktr_asm::listing(&spec, &build(text, 64), &mut out).unwrap();
    // Nothing was kept.
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 1);
}
