//! The builder: what it makes of an instruction is the word that the spec's encoder gives; its methods are those of
//! the spec; each mistake is reported with the call that made it.

use std::path::Path;
use zktr_asm::builder::reg::{A0, A1, A2, S1, SP, ZERO};
use zktr_asm::builder::{
    Accesses, Builder, Csr, Descriptor, Emit, FloatReg, Instructions, Operand, Reg, View, ZktrRlc,
    csr, format, rust_source,
};
use zktr_asm::{Options, Source, Spec, assemble_str};
use zktr_isa::model::{AliasPiece, AliasValue, OperandKind, SyntaxPiece};

/// The module of the built-in spec. `ZKTR_UPDATE=1` writes it.
#[test]
fn generated_methods_are_those_of_the_spec() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/builder/generated.rs");
    let wanted = rust_source(&Spec::builtin(), "crate::builder");
    if std::env::var_os("ZKTR_UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(
        found == wanted,
        "the spec has changed: run this test with ZKTR_UPDATE=1"
    );
}

fn options(xlen: u8) -> Options {
    Options {
        xlen,
        ..Options::default()
    }
}

fn operand(like: &zktr_isa::model::Operand, value: i64) -> Operand {
    match like.kind {
        OperandKind::Gpr { .. } => Reg::new(value as u8).into(),
        OperandKind::Fpr { .. } => FloatReg::new(value as u8).into(),
        OperandKind::Csr => Csr::new(value as u16).into(),
        OperandKind::Imm { .. } | OperandKind::FenceSet => value.into(),
    }
}

#[test]
fn every_instruction_has_the_word_of_the_encoder() {
    let spec = Spec::builtin();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let xlen = instruction.xlen[0];
        for _ in 0..5 {
            let values = instruction.sample(&mut random);
            let Ok(word) = spec.encode(index, &values) else {
                continue;
            };
            let operands: Vec<Operand> = instruction
                .syntax
                .iter()
                .filter_map(|piece| match *piece {
                    SyntaxPiece::Operand(id) => Some(id.0 as usize),
                    SyntaxPiece::Punct(_) => None,
                })
                .map(|i| operand(&instruction.operands[i], values[i]))
                .collect();
            let mut b = Builder::new(&spec, options(xlen));
            b.emit(&instruction.name, &operands);
            let text = b.assembly().to_owned();
            let object = b.finish().unwrap_or_else(|e| panic!("{text} {}", e[0]));
            let length = usize::from(instruction.length);
            let bytes = &object.section(".text").unwrap().data;
            assert_eq!(bytes[..], word.to_le_bytes()[..length], "{text}");
        }
    }
}

#[test]
fn methods_are_the_assembly_that_they_look_like() {
    let spec = Spec::builtin();
    let mut b = Builder::new(&spec, options(64));
    let (again, end, table) = (b.label(), b.label(), b.label());
    let (main, other) = (b.symbol("main"), b.symbol("other"));
    b.global(&main).bind(&main);
    b.addi(SP, SP, -16).sd(S1, 8, SP).mv(S1, A0).not(A1, A1);
    b.bind(&again);
    b.lui(A2, table.plus(8).hi()).lw(A2, table.plus(8).lo(), A2);
    b.beq(A0, ZERO, &end).bnez(A1, &end).j(&again);
    b.fence(Accesses::RW, Accesses::W)
        .csrrw(A0, csr::MSCRATCH, A1);
    b.li(A0, 0x1234_5678_9abc)
        .la(A1, &table)
        .call(&other)
        .tail(&other);
    b.bind(&end).ret();
    b.section(".rodata").align(8).bind(&table);
    b.bytes(&[1, 2, 3])
        .words(&[4; 20])
        .dwords(&[u64::MAX])
        .address(&main);
    b.source("\t.zero 4\n");
    let text = "\
        .globl main\nmain: addi sp, sp, -16\n sd s1, 8(sp)\n mv s1, a0\n not a1, a1\n\
        again: lui a2, %hi(table+8)\n lw a2, %lo(table+8)(a2)\n\
        beq a0, zero, end\n bnez a1, end\n j again\n\
        fence rw, w\n csrrw a0, mscratch, a1\n\
        li a0, 0x123456789abc\n la a1, table\n call other\n tail other\n\
        end: ret\n .section .rodata\n .balign 8\n\
        table: .byte 1, 2, 3\n .fill 20, 4, 4\n .dword -1, main\n .zero 4\n";
    let built = b.finish().unwrap();
    let written = assemble_str(&spec, text).unwrap();
    for (built, written) in built.sections.iter().zip(&written.sections) {
        assert_eq!(built.name, written.name);
        assert_eq!(built.data, written.data);
        assert_eq!(built.relocations.len(), written.relocations.len());
    }
}

#[test]
fn descriptors_have_checked_fields() {
    let spec = Spec::builtin();
    let mut b = Builder::new(&spec, options(64));
    let (out, a) = (b.symbol("out"), b.symbol("a"));
    let descriptor = ZktrRlc::new()
        .format(format::BABYBEAR4_M)
        .k(2)
        .init([1, 2, 3, 4])
        .out(View::strided(&out, [16, 4]))
        .a(&a)
        .coeff(&a.plus(64));
    b.section(".rodata").descriptor(descriptor.clone());
    let written = assemble_str(
        &spec,
        ".section .rodata\n.zktr.descriptor zktr.rlc format=babybear4-m, k=2, init={1, 2, 3, 4}, \
         out={out, 16, 4}, a=a, coeff=a+64\n",
    );
    let data = |object: &zktr_asm::Object| object.section(".rodata").unwrap().data.clone();
    assert_eq!(data(&b.finish().unwrap()), data(&written.unwrap()));

    let mut b = Builder::new(&spec, options(64));
    b.descriptor(Descriptor::new("zktr.rlc").set("frmat", "babybear"));
    b.descriptor(Descriptor::new("zktr.rcl"));
    b.descriptor(Descriptor::new("zktr.rlc").set("k", "many"));
    b.descriptor(Descriptor::new("zktr.rlc").set("format", 999u64));
    let errors = b.finish().unwrap_err();
    let messages: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
    assert!(
        messages[0].contains("no field 'frmat', did you mean: format?"),
        "{messages:?}"
    );
    assert!(
        messages[1].contains("did you mean: zktr.rlc?"),
        "{messages:?}"
    );
    assert!(
        messages[2].contains("field 'k' must be a number"),
        "{messages:?}"
    );
    assert!(
        messages[3].contains("field 'format' must be"),
        "{messages:?}"
    );
}

#[test]
fn all_mistakes_are_reported_with_their_calls() {
    let spec = Spec::builtin();
    let mut b = Builder::new(&spec, options(64));
    let mut elsewhere = Builder::new(&spec, options(64));
    let (label, foreign, lost) = (b.label(), elsewhere.label(), b.label());
    let line = line!();
    b.addi(A0, A0, 2048);
    b.emit("adi", &[A0.into(), A0.into(), 1.into()]);
    b.emit("add", &[A0.into(), A0.into()]);
    b.emit("mul", &[A0.into(), A0.into(), 1.into()]);
    b.emit("c.and", &[A0.into(), SP.into()]);
    b.j(&foreign);
    b.bind(&label);
    b.bind(&label);
    b.symbol("a b");
    b.emit("lw", &[A0.into(), label.clone().into(), A1.into()]);
    b.emit("c.jal", &[(&label).into()]);
    b.j(&lost);
    let errors = b.finish().unwrap_err();
    let expected = [
        (
            1,
            "'addi': 'imm' must be an integer in the range [-2048, 2047], not 2048",
        ),
        (
            2,
            "unrecognized instruction mnemonic 'adi', did you mean: addi?",
        ),
        (3, "'add' has 3 operands, not 2"),
        (4, "'mul': 'rs2' must be a register, not a number"),
        (
            5,
            "'c.and': the number of register 'rs2' must be an integer in the range [8, 15], not 2",
        ),
        (6, "the label belongs to another builder"),
        (8, "the label is already bound at"),
        (9, "'a b' is not a name of a symbol"),
        (
            10,
            "'lw': 'imm' must be a number or a part of an address, not a label",
        ),
        (11, "RV64 has no 'c.jal'"),
        (12, "the label is used but never bound"),
    ];
    let found: Vec<(u32, &str)> = errors
        .iter()
        .map(|e| (e.location.unwrap().line() - line, e.message.as_str()))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((at, message), (expected_at, expected)) in found.iter().zip(expected) {
        assert_eq!(*at, expected_at, "{message}");
        assert!(message.starts_with(expected), "{message}");
    }
    // What only the assembler finds has its call, too.
    let mut b = Builder::new(&spec, options(64));
    b.nop();
    b.source("\tnop\n\taddi a0, a0, x, y\n");
    let errors = b.finish().unwrap_err();
    assert_eq!(errors[0].location.unwrap().file(), file!());
}

#[test]
fn every_alias_has_the_word_of_what_it_stands_for() {
    let spec = Spec::builtin();
    let mut number = 0u64;
    let mut random = || {
        number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
        number.wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    let mut built = 0;
    for alias in &spec.aliases {
        let target = &spec.instructions[alias.target];
        for _ in 0..5 {
            let mut slots: Vec<Option<Operand>> = vec![None; alias.syntax.len()];
            let mut values = target.sample(&mut random);
            for (i, binding) in alias.bindings.iter().enumerate() {
                match *binding {
                    AliasValue::Fixed(value) => values[i] = value,
                    AliasValue::Operand(slot) => {
                        let first = alias.bindings[..i].iter().position(|b| b == binding);
                        values[i] = first.map_or(values[i], |first| values[first]);
                        slots[slot] = Some(operand(&target.operands[i], values[i]));
                    }
                }
            }
            let operands: Option<Vec<Operand>> = alias
                .syntax
                .iter()
                .filter_map(|piece| match *piece {
                    AliasPiece::Operand(slot) => Some(slots[slot].clone()),
                    AliasPiece::Punct(_) => None,
                })
                .collect();
            let (Ok(word), Some(operands)) = (spec.encode(alias.target, &values), operands) else {
                continue;
            };
            let mut b = Builder::new(&spec, options(target.xlen[0]));
            b.emit(&alias.name, &operands);
            let text = b.assembly().to_owned();
            let object = b.finish().unwrap_or_else(|e| panic!("{text} {}", e[0]));
            let length = usize::from(target.length);
            let bytes = &object.section(".text").unwrap().data;
            assert_eq!(bytes[..], word.to_le_bytes()[..length], "{text}");
            built += 1;
        }
    }
    assert!(built > 4 * spec.aliases.len(), "{built}");
}

#[test]
fn instructions_of_a_user_are_built_by_name_or_by_methods_of_their_own() {
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
    let mut b = Builder::new(&spec, options(64));
    b.emit("mine.add3", &[A0.into(), A1.into(), A2.into()]);
    let object = b.finish().unwrap();
    assert_eq!(
        object.section(".text").unwrap().data,
        0x06c5_950bu32.to_le_bytes()
    );
    let module = rust_source(&spec, "zktr_asm::builder");
    assert!(module.contains("fn mine_add3(&mut self, rd: Reg, rs1: Reg, rs2: Reg) -> &mut Self"));
    assert!(!module.contains("crate::"));
    // It is no instruction of other specs.
    let spec = Spec::builtin();
    let mut b = Builder::new(&spec, options(64));
    b.emit("mine.add3", &[A0.into(), A1.into(), A2.into()]);
    assert!(
        b.finish().unwrap_err()[0]
            .message
            .contains("unrecognized instruction mnemonic")
    );
}
