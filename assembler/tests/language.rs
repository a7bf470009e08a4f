//! The language: macros, conditions, includes, architectures, compressed forms, branches that reach further.

use std::io;
use zktr_asm::{Files, Object, Options, Source, Spec, assemble_with};

/// Files of a test.
struct Virtual(&'static [(&'static str, &'static str)]);

impl Files for Virtual {
    fn read(&self, name: &str, _: &str) -> io::Result<(Vec<u8>, String)> {
        let found = self.0.iter().find(|file| file.0 == name);
        let (name, text) = found.ok_or(io::ErrorKind::NotFound)?;
        Ok((text.as_bytes().to_vec(), (*name).to_owned()))
    }
}

fn build(text: &str, options: &Options) -> Result<Object, String> {
    let files = Virtual(&[
        ("inner.s", ".macro two\n nop\n nop\n.endm\n"),
        ("self.s", ".include \"self.s\"\n"),
        ("bad.s", "nop\nadd a0, 5\n"),
        ("data", "0123456789"),
    ]);
    let spec = Spec::builtin();
    assemble_with(&spec, &Source::new("t.s", text), options, &files)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn text_of(text: &str, options: &Options) -> Vec<u8> {
    let object = build(text, options).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    object.section(".text").unwrap().data.clone()
}

/// Two sources give the same code.
#[track_caller]
fn same(a: &str, b: &str) {
    let options = Options::default();
    assert_eq!(text_of(a, &options), text_of(b, &options), "{a}\n{b}");
}

#[track_caller]
fn fails(text: &str, expected: &[&str]) {
    let errors = build(text, &Options::default()).expect_err(text);
    for part in expected {
        assert!(errors.contains(part), "{part:?} is not in\n{errors}");
    }
}

fn compressed() -> Options {
    Options {
        arch: Some("rv64imac_zicsr".to_owned()),
        ..Options::default()
    }
}

#[test]
fn macros_have_parameters_of_all_kinds() {
    same(
        ".macro m a, b=5, c:req\n li \\a, \\b\n li a1, \\c\n.endm\nm a0, , 7\nm c=1, a=t0\n",
        "li a0, 5\nli a1, 7\nli t0, 5\nli a1, 1\n",
    );
    same(
        ".macro all first, rest:vararg\n.word \\first\n.word \\rest\n.endm\nall 1, 2, 3\n",
        ".word 1, 2, 3\n",
    );
    same(
        ".macro load size, reg\n l\\size \\reg\\()1, 8(sp)\n.endm\nload w, a\nload d t\n",
        "lw a1, 8(sp)\nld t1, 8(sp)\n",
    );
    same(
        ".macro m x\n.byte \\x\n.endm\nm 1 + 2\nm (4 - 1)\n",
        ".byte 3, 3\n",
    );
}

#[test]
fn macros_nest_and_count_their_invocations() {
    same(
        ".macro outer\n.macro inner\n nop\n.endm\n inner\n inner\n.endm\nouter\n",
        "nop\nnop\n",
    );
    same(
        ".macro loop\n1\\@: j 1\\@b\n.endm\nloop\nloop\n",
        "10: j 10b\n11: j 11b\n",
    );
    same(
        ".macro down n\n.word \\n\n.if \\n\n down \\n - 1\n.endif\n.endm\ndown 3\n",
        ".word 3, 2, 1, 0\n",
    );
    same(
        ".macro m n\n.if \\n\n.exitm\n.endif\n nop\n.endm\nm 1\nm 0\n.purgem m\n.macro m\n ret\n.endm\nm\n",
        "nop\nret\n",
    );
}

#[test]
fn repetitions() {
    same(".rept 3\n nop\n.endr\n", "nop\nnop\nnop\n");
    same(
        ".rept 2\n.rept 2\n nop\n.endr\n ret\n.endr\n",
        "nop\nnop\nret\nnop\nnop\nret\n",
    );
    same(
        ".irp r, a0, a1,a2\n li \\r, 1\n.endr\n",
        "li a0, 1\nli a1, 1\nli a2, 1\n",
    );
    same(
        ".irpc c, 012\n.byte \\c\n.endr\n.byte 0\n",
        ".byte 0, 1, 2, 0\n",
    );
    same(".rept 0\n this is not read\n.endr\nnop\n", "nop\n");
}

#[test]
fn conditions() {
    same(
        ".set n, 2\n.if n == 1\n bad\n.elseif n == 2\n nop\n.elseif 1\n bad\n.else\n bad\n.endif\n",
        "nop\n",
    );
    same(
        ".if 0\n.if 1\n bad\n.else\n bad\n.endif\n.else\n nop\n.endif\n",
        "nop\n",
    );
    same(
        "a:\n.ifdef a\n nop\n.endif\n.ifndef b\n ret\n.endif\n",
        "a: nop\nret\n",
    );
    same(".ifb\n nop\n.endif\n.ifnb x\n ret\n.endif\n", "nop\nret\n");
    same(
        ".ifc a b, a b\n nop\n.endif\n.ifeqs \"a\", \"b\"\n bad\n.endif\n",
        "nop\n",
    );
    same("a: nop\n.if . - a == 4\n ret\n.endif\n", "a: nop\nret\n");
}

#[test]
fn files() {
    same(".include \"inner.s\"\ntwo\n", "nop\nnop\n");
    same(".incbin \"data\", 2, 4\n", ".ascii \"2345\"\n");
    fails(
        ".include \"none.s\"\n",
        &["t.s:1:10: error: cannot read 'none.s'"],
    );
    fails(".incbin \"data\", 8, 4\n", &["'data' has only 10 bytes"]);
    fails(
        "nop\n.include \"bad.s\"\n",
        &["bad.s:2:9: error:", "t.s:2:1: note: included from here"],
    );
}

#[test]
fn what_expands_without_end_is_stopped() {
    fails(
        ".macro m\n m\n.endm\nm\n",
        &[
            "macros cannot be nested more than",
            "while in macro instantiation",
            "further instantiations",
        ],
    );
    fails(
        ".include \"self.s\"\n",
        &["files cannot be included more than"],
    );
    fails(".rept 1000000000\n nop\n.endr\n", &["expand to more than"]);
    fails(
        ".macro m x\n m \\x\\x\n.endm\nm aaaaaaaa\n",
        &["error: macros"],
    );
}

#[test]
fn errors_in_macros_tell_where_they_come_from() {
    fails(
        ".macro m r\n addi \\r, \\r, 5000\n.endm\n\n m a0\n",
        &[
            "<instantiation>:1:14: error: immediate must be an integer in the range [-2048, 2047]",
            "addi a0, a0, 5000\n",
            "t.s:5:2: note: while in macro instantiation",
        ],
    );
    fails(
        ".macro m a:req\n.endm\nm\n",
        &["missing value for required parameter 'a' in macro 'm'"],
    );
    fails(
        ".macro m a\n.endm\nm 1, 2\n",
        &["too many positional arguments", "the macro is defined here"],
    );
    fails(".macro m\n nop\n", &["t.s:1:1: error: no matching '.endm'"]);
    fails(
        ".macro m\n.endm\n.macro m\n.endm\n",
        &["macro 'm' is already defined"],
    );
    fails(".endm\n", &["unexpected '.endm'"]);
    fails(".if 1\nnop\n", &["t.s:1:1: error: unmatched .ifs"]);
    fails(".else\n", &["encountered a .else that doesn't follow"]);
    fails(
        ".if 1\n.else\n.else\n.endif\n",
        &["behind the .else", "the condition is here"],
    );
    fails(".exitm\n", &["no current macro definition"]);
    fails(".purgem x\n", &["macro 'x' is not defined"]);
    // The reading goes on behind what is wrong.
    fails(
        ".if x\n.endif\nbad1\n.macro m :\nbad2\n.endm\nbad3\n",
        &["bad1", "bad3"],
    );
}

#[test]
fn instructions_are_compressed_if_the_architecture_says_so() {
    let code = "addi a0, a0, 1\nmv a1, a0\nadd a0, a1, a0\nlw a0, 4(sp)\nret\nli a2, 100\naddi a0, a0, 32\n";
    let explicit = "c.addi a0, 1\nc.mv a1, a0\nc.add a0, a1\nc.lwsp a0, 4(sp)\nc.jr ra\nli a2, 100\naddi a0, a0, 32\n";
    assert_eq!(
        text_of(code, &compressed()),
        text_of(explicit, &Options::default())
    );
    assert_eq!(text_of(code, &Options::default()).len(), 28);
    let option = format!(".option rvc\n{code}.option push\n.option norvc\nret\n.option pop\nret\n");
    assert_eq!(text_of(&option, &Options::default()).len(), 18 + 4 + 2);
    let arch = format!(".attribute arch, \"rv64ic\"\n{code}");
    assert_eq!(text_of(&arch, &Options::default()).len(), 18);
}

#[test]
fn instructions_need_their_extensions() {
    let options = Options {
        arch: Some("rv64i".to_owned()),
        ..Options::default()
    };
    let errors = build("mul a0, a0, a1\nc.nop\nnop\n", &options).unwrap_err();
    for part in [
        "instruction requires the following: 'M'",
        "'.option arch, +m'",
        "t.s:2:1: error:",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
    assert!(build(".option arch, +m\nmul a0, a0, a1\n", &options).is_ok());
    let object = build(".option arch, rv64im\nmul a0, a0, a1\n", &options).unwrap();
    let arch = object.attributes.values().next().unwrap();
    assert!(format!("{arch:?}").contains("rv64i2p1_m2p0"), "{arch:?}");
    fails(
        ".option arch, rv32i\n",
        &["architecture must begin with 'rv64i'"],
    );
    fails(".option arch, -q\n", &["no extension 'q'"]);
    fails(
        ".attribute arch, \"rv64\"\n",
        &["architecture must begin with"],
    );
}

#[test]
fn branches_take_the_shortest_form_that_reaches() {
    let options = compressed();
    // Length of the branch, and of what is between it and its target.
    let cases = [
        ("beqz a0, x", 252, 2),
        ("beqz a0, x", 254, 4),
        ("beqz a0, x", 4090, 4),
        ("beqz a0, x", 4092, 6),
        ("bnez t0, x", 254, 4),
        ("blt a0, a1, x", 4092, 8),
        ("j x", 2044, 2),
        ("j x", 2046, 4),
        ("jal x", 16, 4),
        ("c.beqz a0, x", 4092, 6),
    ];
    for (branch, between, length) in cases {
        let forward = format!("{branch}\n.zero {between}\nx:\n");
        let size = text_of(&forward, &options).len();
        assert_eq!(size, between + length, "{forward}");
    }
    for (branch, between, length) in [
        ("beqz a0, x", 256, 2),
        ("beqz a0, x", 258, 4),
        ("beqz a0, x", 4098, 6),
    ] {
        let backward = format!("x: .zero {between}\n{branch}\n");
        let size = text_of(&backward, &options).len();
        assert_eq!(size, between + length, "{backward}");
    }
    // The opposite branch around a jump.
    same(
        "beq a0, a1, x\n.zero 5000\nx:\n",
        "bne a0, a1, . + 8\nj . + 5004\n.zero 5000\n",
    );
}

#[test]
fn branches_that_depend_on_each_other() {
    // Each of the branches reaches only if the ones between are short.
    let mut text = String::new();
    for i in 0..125 {
        text.push_str(&format!("beqz a0, l{i}\n"));
    }
    for i in 0..125 {
        text.push_str(&format!("l{i}: c.nop\n"));
    }
    assert_eq!(text_of(&text, &compressed()).len(), 500);
    // One more instruction, and all of them grow.
    let longer = text.replacen("l0: c.nop", "c.nop\nc.nop\nc.nop\nl0: c.nop", 1);
    assert_eq!(text_of(&longer, &compressed()).len(), 506 + 125 * 2);
}

#[test]
fn sizes_that_depend_on_branches() {
    let options = compressed();
    let text = "a: beqz a0, b\n.balign 8\nb: .word b - a\n.uleb128 b - a\n.zero 16 - (. - b)\n.org 32\nc.nop\n";
    let bytes = text_of(text, &options);
    assert_eq!(bytes[..4], [0x01, 0xc5, 0x01, 0x00], "{bytes:02x?}");
    assert_eq!(bytes[8..13], [8, 0, 0, 0, 8]);
    assert_eq!(bytes.len(), 34);
    fails(
        "a: beqz a0, b\n.zero b - a - 100\nb:\n",
        &["expected absolute expression that is not negative"],
    );
    let backwards = "beqz a0, b\nb: nop\n.org 2\n";
    assert!(
        build(backwards, &options)
            .unwrap_err()
            .contains("not before this place")
    );
}

#[test]
fn call_frame_information() {
    let text = "f:\n.cfi_startproc\n addi sp, sp, -16\n.cfi_def_cfa_offset 16\n sd ra, 8(sp)\n.cfi_offset ra, -8\n ret\n.cfi_endproc\n";
    let object = build(text, &Options::default()).unwrap();
    let frame = object.section(".eh_frame").unwrap();
    // Length, CIE, version, "zR", alignments, return column, pcrel | sdata4, DW_CFA_def_cfa sp 0.
    let common = [
        20, 0, 0, 0, 0, 0, 0, 0, 1, b'z', b'R', 0, 1, 0x78, 1, 1, 0x1b, 0x0c, 2, 0,
    ];
    assert_eq!(frame.data[..20], common);
    // DW_CFA_advance_loc 4, DW_CFA_def_cfa_offset 16, advance 4, DW_CFA_offset ra 1.
    assert!(
        frame
            .data
            .windows(6)
            .any(|w| w == [0x44, 0x0e, 16, 0x44, 0x81, 1]),
        "{:02x?}",
        frame.data
    );
    fails(
        ".cfi_offset ra, 8\n",
        &["must appear between .cfi_startproc and .cfi_endproc"],
    );
    fails(".cfi_startproc\n", &["unfinished frame"]);
    fails(
        ".cfi_startproc\n.cfi_startproc\n",
        &["before finishing the previous one"],
    );
    fails(
        ".cfi_startproc\n.cfi_offset rz, 8\n.cfi_endproc\n",
        &["invalid register name"],
    );
}

#[test]
fn the_linker_decides_about_what_it_may_shorten() {
    use zktr_asm::object::RelocationKind::{
        Add32, Align, CallPlt, Jal, Relax, SetUleb128, Sub32, SubUleb128,
    };
    let options = Options {
        relax: true,
        ..Options::default()
    };
    let text = "a: call f\nb: j b\n.balign 8\nc: .word b - a, c - b\n.uleb128 b - a\n.word 0\nd: .word d - c\n";
    let object = build(text, &options).unwrap();
    let section = object.section(".text").unwrap();
    let kinds: Vec<_> = section.relocations.iter().map(|r| r.kind).collect();
    assert_eq!(
        kinds,
        [
            CallPlt, Relax, Jal, Align, Add32, Sub32, Add32, Sub32, SetUleb128, SubUleb128
        ]
    );
    // What lies between the last two labels is fixed.
    assert!(
        section.data.ends_with(&[13, 0, 0, 0]),
        "{:02x?}",
        section.data
    );
}

#[test]
fn strings_may_have_several_lines() {
    let text = ".data\n.asciz \"one\ntwo\" # three\n.ascii \"a\nb\", \"c\"\n.byte 1\n";
    let object = build(text, &Options::default()).unwrap();
    let data = object.flat(&Spec::builtin(), 0).unwrap();
    assert_eq!(data, b"one\ntwo\0a\nbc\x01");
    // A quote that is missing does not swallow the string of the next line.
    let text = ".data\n.asciz \"one\n.asciz \"two\"\n.bogus\n";
    let errors = build(text, &Options::default()).unwrap_err();
    assert_eq!(errors.matches("error").count(), 2, "{errors}");
    assert!(errors.contains("unterminated string"), "{errors}");
    assert!(errors.contains("directive"), "{errors}");
}
