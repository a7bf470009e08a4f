//! The SystemVerilog package: Verilator's lint has nothing to say, and its decoder, run in Icarus on words from all
//! over the encoding space, finds what the spec's decoder finds.

mod export_support;

use export_support::{Random, odd, one, put, run, scratch, symbol, tool};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;
use zktr_isa::Spec;
use zktr_isa::export::{Selection, Target};
use zktr_isa::model::{Operand, OperandKind};

fn lint(spec: &Spec, selection: &Selection, test: &str) {
    let Some(verilator) = tool(&["verilator"], test) else {
        return;
    };
    let file = one(spec, Target::SystemVerilog, selection);
    let folder = scratch(test);
    put(&folder, &file.path, &file.text);
    // Lint looks at what is used, so that a module uses the decoder.
    let top = "module top(input logic [31:0] insn, output zktr_isa_pkg::op_e op);\n  \
               assign op = zktr_isa_pkg::decode_rv64(insn);\nendmodule\n";
    put(&folder, "top.sv", top);
    run(Command::new(verilator).current_dir(&folder).args([
        "--lint-only",
        "-Wall",
        "-Wno-MULTITOP",
        "--top-module",
        "top",
        &file.path,
        "top.sv",
    ]));
}

#[test]
fn verilator_has_nothing_to_say() {
    lint(&odd(), &Selection::Usual, "export-sv-lint");
    lint(&odd(), &Selection::All, "export-sv-lint-all");
}

/// Words: instructions with random operands, the same with one bit flipped, and any.
fn words(spec: &Spec) -> Vec<u32> {
    let mut random = Random::new(99);
    let mut words = BTreeSet::new();
    for (index, instruction) in spec.instructions.iter().enumerate() {
        for _ in 0..3 {
            let word = spec.encode(index, &random.values(instruction)).unwrap();
            words.insert(word);
            words.insert(word ^ 1 << (random.next() % (u64::from(instruction.length) * 8)));
        }
        // No operand: those that are all zeros often stand for something else.
        words.insert(instruction.bits);
    }
    words.extend((0..1000).map(|_| random.next() as u32));
    words.into_iter().collect()
}

/// The value of an operand in the structure, and its width.
fn packed(operand: &Operand, value: i64) -> (u64, u32) {
    let width = match operand.kind {
        OperandKind::Gpr { .. } | OperandKind::Fpr { .. } => 5,
        _ => u32::from(operand.width()),
    };
    (value as u64 & ((1 << width) - 1), width)
}

/// The names that the package gives to the operands of an instruction.
fn operand_names(operands: &[&Operand]) -> Vec<String> {
    operands
        .iter()
        .map(|operand| operand.name.clone())
        .collect()
}

/// A testbench that prints for each word: the word, the instruction's number for each width, the operands' bits, and
/// the word that they are encoded as.
fn testbench(spec: &Spec, count: usize) -> String {
    let mut out = format!(
        "module bench;\n  import zktr_isa_pkg::*;\n  logic [31:0] words [0:{}];\n  logic [31:0] insn;\n  op_e op32, op64;\n  integer i;\n",
        count - 1
    );
    for instruction in &spec.instructions {
        let name = symbol(spec, instruction);
        if instruction.operands.iter().any(|o| o.fixed.is_none()) {
            let _ = writeln!(out, "  {name}_operands_t o_{name};");
        }
    }
    out.push_str("  initial begin\n    $readmemh(\"words.hex\", words);\n");
    let _ = writeln!(
        out,
        "    for (i = 0; i < {count}; i = i + 1) begin\n      insn = words[i];\n      op32 = decode_rv32(insn);\n      \
         op64 = decode_rv64(insn);\n      $write(\"%h %0d %0d\", insn, op32, op64);"
    );
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let written: Vec<&Operand> = instruction
            .operands
            .iter()
            .filter(|o| o.fixed.is_none())
            .collect();
        if written.is_empty() {
            continue;
        }
        let name = symbol(spec, instruction);
        let arguments: Vec<String> = operand_names(&written)
            .into_iter()
            .map(|field| format!("o_{name}.{field}"))
            .collect();
        let number = index + 1;
        let xlen = if instruction.xlen.contains(&64) {
            64
        } else {
            32
        };
        let _ = writeln!(
            out,
            "      if (op{xlen} == {number}) begin\n        o_{name} = {name}_operands(insn);\n        \
             $write(\" {number}:%h:%h\", o_{name}, {name}_encode({}));\n      end",
            arguments.join(", ")
        );
    }
    out.push_str("      $write(\"\\n\");\n    end\n  end\nendmodule\n");
    out
}

#[test]
fn the_decoder_agrees_with_the_specs() {
    let Some(iverilog) = tool(&["iverilog"], "the_decoder_agrees_with_the_specs") else {
        return;
    };
    // The names in the odd file are changed in the package; the decoder is the same for all.
    let spec = Spec::builtin();
    let file = one(&spec, Target::SystemVerilog, &Selection::All);
    let words = words(&spec);
    let folder = scratch("export-sv-decoder");
    put(&folder, &file.path, &file.text);
    put(&folder, "bench.sv", &testbench(&spec, words.len()));
    let hex: Vec<String> = words.iter().map(|word| format!("{word:08x}\n")).collect();
    put(&folder, "words.hex", &hex.concat());
    run(Command::new(iverilog).current_dir(&folder).args([
        "-g2012",
        "-o",
        "bench.vvp",
        &file.path,
        "bench.sv",
    ]));
    let output = run(Command::new("vvp")
        .current_dir(&folder)
        .args(["-n", "bench.vvp"]));
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), words.len());
    let mut operands_seen = 0;
    for (&word, line) in words.iter().zip(lines) {
        let mut parts = line.split(' ');
        assert_eq!(parts.next(), Some(format!("{word:08x}").as_str()));
        let number = |xlen| {
            spec.decode(word, xlen)
                .map_or(0, |decoded| decoded.instruction + 1)
        };
        for xlen in [32, 64] {
            assert_eq!(
                parts.next(),
                Some(number(xlen).to_string().as_str()),
                "{word:#x} {xlen}"
            );
        }
        for part in parts {
            let fields: Vec<u64> = part
                .split(':')
                .skip(1)
                .map(|hex| u64::from_str_radix(hex, 16).unwrap())
                .collect();
            let index: usize = part.split(':').next().unwrap().parse().unwrap();
            let instruction = &spec.instructions[index - 1];
            let xlen = if instruction.xlen.contains(&64) {
                64
            } else {
                32
            };
            let decoded = spec.decode(word, xlen).unwrap();
            let expected = instruction
                .operands
                .iter()
                .zip(decoded.values())
                .filter(|(operand, _)| operand.fixed.is_none())
                .fold(0u64, |all, (operand, &value)| {
                    let (bits, width) = packed(operand, value);
                    all << width | bits
                });
            let whole = if instruction.length == 2 {
                word & 0xffff
            } else {
                word
            };
            assert_eq!(
                fields,
                [expected, whole.into()],
                "{} {word:#x}",
                instruction.name
            );
            operands_seen += 1;
        }
    }
    assert!(operands_seen > 700, "{operands_seen}");
}

/// Bit 0 of a descriptor's structure is bit 0 of its first byte.
#[test]
fn descriptors_are_little_endian() {
    let Some(iverilog) = tool(&["iverilog"], "descriptors_are_little_endian") else {
        return;
    };
    let spec = Spec::builtin();
    let file = one(&spec, Target::SystemVerilog, &Selection::Usual);
    let descriptor = spec.descriptor("rlc").unwrap();
    let folder = scratch("export-sv-descriptor");
    put(&folder, &file.path, &file.text);
    // Byte n of the descriptor has the value n.
    let bytes: String = (0..descriptor.size)
        .rev()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    put(
        &folder,
        "bench.sv",
        &format!(
            "module bench;\n  import zktr_isa_pkg::*;\n  rlc_descriptor_t d;\n  initial begin\n    d = {}'h{bytes};\n    \
             $display(\"%h %h %h %h %h\", d.version, d.mode, d.k, d.out_address, d.a_stride1);\n  end\nendmodule\n",
            descriptor.size * 8
        ),
    );
    run(Command::new(iverilog).current_dir(&folder).args([
        "-g2012",
        "-o",
        "bench.vvp",
        &file.path,
        "bench.sv",
    ]));
    let output = run(Command::new("vvp")
        .current_dir(&folder)
        .args(["-n", "bench.vvp"]));
    let value = |at: u32, size: u32| -> String {
        (at..at + size)
            .rev()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let at = |name: &str| descriptor.field(name).unwrap().1.at;
    let expected = [
        value(at("version"), 1),
        value(at("mode"), 1),
        value(at("k"), 4),
        value(at("out"), 8),
        value(at("a") + 16, 8),
    ];
    assert_eq!(output.trim(), expected.join(" "));
}
