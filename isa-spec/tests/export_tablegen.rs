//! The TableGen file, read by llvm-tblgen: every backend takes it, and the encodings that it sees are the spec's.

mod export_support;

use export_support::{odd, one, put, run, scratch, tool};
use serde_json::Value;
use std::process::Command;
use zktr_isa::Spec;
use zktr_isa::export::{Selection, Target};
use zktr_isa::model::{BitSlice, Instruction};

const NAMES: [&str; 2] = ["llvm-tblgen-19", "llvm-tblgen"];
const INCLUDE: &str = "/usr/lib/llvm-19/include";

fn tblgen(
    spec: &Spec,
    selection: &Selection,
    folder: &str,
    backends: &[&str],
) -> Option<Vec<String>> {
    let program = tool(&NAMES, folder)?;
    let file = one(spec, Target::TableGen, selection);
    let folder = scratch(folder);
    put(&folder, &file.path, &file.text);
    let run = |backend: &&str| {
        run(Command::new(&program).current_dir(&folder).args([
            "-I",
            INCLUDE,
            "-DZKTR_STANDALONE",
            backend,
            &file.path,
        ]))
    };
    Some(backends.iter().map(run).collect())
}

/// A word's bits as TableGen has them: 0, 1, or a bit of an operand.
#[derive(Debug, PartialEq, Eq)]
enum Bit {
    Fixed(u32),
    Operand(usize, u8),
}

/// What the spec says about each bit, the lowest one first.
fn expected(instruction: &Instruction) -> Vec<Bit> {
    let place = |bit: u8| {
        for (index, operand) in instruction.operands.iter().enumerate() {
            for &BitSlice {
                word_lo,
                len,
                value_lo,
            } in &operand.slices
            {
                if (word_lo..word_lo + len).contains(&bit) {
                    return Bit::Operand(index, bit - word_lo + value_lo);
                }
            }
        }
        Bit::Fixed(instruction.bits >> bit & 1)
    };
    (0..instruction.length * 8).map(place).collect()
}

#[test]
fn the_encodings_are_the_specs() {
    let spec = odd();
    let Some(outputs) = tblgen(
        &spec,
        &Selection::All,
        "export-tablegen-json",
        &["-dump-json"],
    ) else {
        return;
    };
    let json: Value = serde_json::from_str(&outputs[0]).unwrap();
    let mut definitions: Vec<&Value> = json
        .as_object()
        .unwrap()
        .values()
        .filter(|def| def["Inst"].is_array())
        .collect();
    assert_eq!(definitions.len(), spec.instructions.len());
    for instruction in &spec.instructions {
        let names: Vec<String> = instruction
            .operands
            .iter()
            .map(|o| o.name.clone())
            .collect();
        let seen = |def: &Value| -> Option<Vec<Bit>> {
            let bit = |bit: &Value| match bit {
                Value::Number(n) => Some(Bit::Fixed(n.as_u64()? as u32)),
                other => {
                    let name = other["var"].as_str()?.trim_end_matches('_');
                    let index = names.iter().position(|n| n.trim_end_matches('_') == name)?;
                    Some(Bit::Operand(index, other["index"].as_u64()? as u8))
                }
            };
            def["Inst"].as_array()?.iter().map(bit).collect()
        };
        let wanted = expected(instruction);
        let mnemonic = |def: &Value| {
            def["AsmString"].as_str().unwrap().split('\t').next() == Some(&instruction.name)
        };
        let found = definitions
            .iter()
            .position(|def| mnemonic(def) && seen(def).as_ref() == Some(&wanted));
        let found = found.unwrap_or_else(|| panic!("{}", instruction.name));
        assert_eq!(definitions[found]["Size"], instruction.length);
        definitions.remove(found);
    }
}

#[test]
fn every_backend_takes_it() {
    let all = [
        "-gen-disassembler",
        "-gen-emitter",
        "-gen-asm-writer",
        "-gen-asm-matcher",
        "-gen-instr-info",
        "-gen-subtarget",
    ];
    let spec = odd();
    for (selection, folder, backends) in [
        (Selection::Usual, "usual", &all[..]),
        (Selection::All, "all", &all[..1]),
    ] {
        let Some(outputs) = tblgen(
            &spec,
            &selection,
            &format!("export-tablegen-{folder}"),
            backends,
        ) else {
            return;
        };
        assert!(outputs[0].contains("ZKTR_RLC"), "{folder}");
        for text in outputs.iter().skip(2).take(2) {
            assert!(text.contains("zktr.rlc"), "{folder}");
        }
    }
}
