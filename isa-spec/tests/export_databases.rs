//! The entries for riscv-opcodes and riscv-unified-db, read as those projects' tools read them.

mod export_support;

use export_support::{odd, only, symbol};
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::export::{File, Selection, Target, export};

/// Mask and value of a line of riscv-opcodes: `name arguments high..low=value bit=value`. No bit may be in it twice,
/// and each argument has to be known; what no field has is an error too.
fn parse(line: &str, arguments: &HashMap<String, (u32, u32)>) -> (String, u64, u64) {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap().to_owned();
    let (mut mask, mut value, mut seen) = (0u64, 0u64, 0u64);
    for word in words {
        let (high, low, fixed) = match word.split_once('=') {
            Some((place, number)) => {
                let (high, low) = place.split_once("..").unwrap_or((place, place));
                let number = match number.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                (
                    high.parse().unwrap(),
                    low.parse().unwrap(),
                    Some(number.unwrap()),
                )
            }
            None => {
                let &(high, low) = arguments
                    .get(word)
                    .unwrap_or_else(|| panic!("unknown argument {word}"));
                (high, low, None)
            }
        };
        let bits = ((1u64 << (high - low + 1)) - 1) << low;
        assert_eq!(seen & bits, 0, "{line}");
        seen |= bits;
        if let Some(number) = fixed {
            assert_eq!(number << low & !bits, 0, "{line}");
            mask |= bits;
            value |= number << low;
        }
    }
    let all = if value & 3 == 3 { 0xffff_ffff } else { 0xffff };
    assert_eq!(seen, all, "{line}");
    (name, mask, value)
}

/// The arguments that riscv-opcodes has in its table and that an export may use.
fn known_arguments() -> HashMap<String, (u32, u32)> {
    [
        ("rd", 11, 7),
        ("rs1", 19, 15),
        ("rs2", 24, 20),
        ("rs3", 31, 27),
        ("imm20", 31, 12),
        ("jimm20", 31, 12),
        ("imm12", 31, 20),
        ("imm12hi", 31, 25),
        ("imm12lo", 11, 7),
        ("bimm12hi", 31, 25),
        ("bimm12lo", 11, 7),
        ("shamtw", 24, 20),
        ("shamtd", 25, 20),
        ("zimm5", 19, 15),
        ("csr", 31, 20),
        ("pred", 27, 24),
        ("succ", 23, 20),
    ]
    .into_iter()
    .map(|(name, high, low)| (name.to_owned(), (high, low)))
    .collect()
}

fn rows(file: &File) -> Vec<Vec<String>> {
    let row = |line: &str| {
        line.split(", ")
            .map(|cell| cell.trim_matches('"').to_owned())
            .collect()
    };
    file.text.lines().map(row).collect()
}

fn file<'a>(files: &'a [File], path: &str) -> &'a File {
    files
        .iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("{path}"))
}

#[test]
fn riscv_opcodes_reads_the_encodings() {
    let spec = odd();
    let files = export(&spec, Target::RiscvOpcodes, &Selection::All).unwrap();
    let mut arguments = known_arguments();
    for row in rows(file(&files, "arg_lut.csv")) {
        let place = (row[1].parse().unwrap(), row[2].parse().unwrap());
        assert_eq!(arguments.insert(row[0].clone(), place), None, "{row:?}");
    }
    let mut seen = 0;
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("extensions/"))
    {
        let name = file.path.strip_prefix("extensions/").unwrap();
        let (base, extension) = name.split_once('_').unwrap();
        for line in file
            .text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (name, mask, value) = parse(line, &arguments);
            let instruction = spec.instructions.iter().find(|i| {
                let xlen = match i.xlen.as_slice() {
                    [32] => "rv32",
                    [64] => "rv64",
                    _ => "rv",
                };
                xlen == base
                    && (i.name == name || symbol(&spec, i) == name)
                    && i.extension.to_lowercase().replace('-', "_") == extension
            });
            let instruction = instruction.unwrap_or_else(|| panic!("{line}"));
            assert_eq!(
                (mask, value),
                (instruction.mask.into(), instruction.bits.into()),
                "{line}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, spec.instructions.len());
    let csrs = rows(file(&files, "csrs.csv"));
    assert!(csrs.contains(&vec!["0xce0".to_owned(), "zktr.version".to_owned()]));
}

/// Conventional names of arguments stand where the operands are the conventional ones.
#[test]
fn riscv_opcodes_lines_look_like_those_of_the_project() {
    let spec = Spec::builtin();
    let files = export(&spec, Target::RiscvOpcodes, &Selection::All).unwrap();
    for (path, line) in [
        (
            "rv_xzktr",
            "zktr.rlc rs2 rs1 rd 31..25=0x9 14..12=0x7 6..2=0x1e 1..0=0x3",
        ),
        (
            "rv_i",
            "beq bimm12hi rs2 rs1 bimm12lo 14..12=0x0 6..2=0x18 1..0=0x3",
        ),
        ("rv_i", "jal jimm20 rd 6..2=0x1b 1..0=0x3"),
        (
            "rv_i",
            "sb imm12hi rs2 rs1 imm12lo 14..12=0x0 6..2=0x8 1..0=0x3",
        ),
        (
            "rv64_i",
            "slli shamtd rs1 rd 31..26=0x0 14..12=0x1 6..2=0x4 1..0=0x3",
        ),
        (
            "rv32_i",
            "slli shamtw rs1 rd 31..25=0x0 14..12=0x1 6..2=0x4 1..0=0x3",
        ),
        (
            "rv_zicsr",
            "csrrwi csr zimm5 rd 14..12=0x5 6..2=0x1c 1..0=0x3",
        ),
    ] {
        let text = &file(&files, &format!("extensions/{path}")).text;
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
}

#[test]
fn udb_has_the_encodings() {
    let spec = odd();
    let files = export(&spec, Target::UnifiedDb, &Selection::All).unwrap();
    let instructions: Vec<&File> = files
        .iter()
        .filter(|f| f.path.starts_with("inst/"))
        .collect();
    assert_eq!(instructions.len(), spec.instructions.len());
    for instruction in &spec.instructions {
        let pattern: String = (0..u32::from(instruction.length) * 8)
            .rev()
            .map(
                |bit| match (instruction.mask >> bit & 1, instruction.bits >> bit & 1) {
                    (0, _) => '-',
                    (_, value) => {
                        if value == 0 {
                            '0'
                        } else {
                            '1'
                        }
                    }
                },
            )
            .collect();
        let name = instruction.name.replace('_', ".");
        let entry = instructions.iter().find(|file| {
            file.text.contains(&format!("\nname: \"{name}\"\n"))
                && file.text.contains(&format!("\n  match: \"{pattern}\"\n"))
        });
        assert!(entry.is_some(), "{name} {pattern}");
    }
    for path in [
        "ext/Xzktr.yaml",
        "ext/Xmyvec2.yaml",
        "csr/Xzktr/zktr.version.yaml",
        "csr/Xmyvec2/my.ctl_2.yaml",
    ] {
        file(&files, path);
    }
    let text = &file(&files, "inst/C/c.lw.yaml").text;
    for line in [
        "    - name: imm\n      location: \"5|12-10|6\"\n      left_shift: 2\n",
        "definedBy:\n  extension:\n    name: C\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(
        file(&files, "inst/C/c.jal.yaml")
            .text
            .contains("    - xlen: 32\n")
    );
}

#[test]
fn a_selection_has_what_belongs_to_it_and_nothing_else() {
    let spec = odd();
    let paths = |selection: &Selection| -> Vec<String> {
        let files = export(&spec, Target::UnifiedDb, selection).unwrap();
        files.into_iter().map(|file| file.path).collect()
    };
    let mine = paths(&only(&["xMY-vec2"]));
    assert!(mine.iter().all(|path| path.contains("Xmyvec2")), "{mine:?}");
    assert!(mine.contains(&"csr/Xmyvec2/my.ctl.yaml".to_owned()));
    let usual = paths(&Selection::Usual);
    assert!(usual.len() > mine.len() && !usual.iter().any(|path| path.starts_with("inst/I/")));
    let error = export(&spec, Target::C, &only(&["Xzkt"]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no extension `Xzkt`") && error.contains("`Xzktr`"),
        "{error}"
    );
}

/// Exports depend on nothing but the spec.
#[test]
fn exports_are_the_same_each_time() {
    for target in Target::ALL {
        let once = export(&odd(), target, &Selection::All).unwrap();
        assert_eq!(
            once,
            export(&odd(), target, &Selection::All).unwrap(),
            "{}",
            target.name()
        );
        assert_eq!(Target::from_name(target.name()), Some(target));
        for file in &once {
            assert!(
                file.text.ends_with('\n') && !file.text.contains('\r'),
                "{}",
                file.path
            );
            let notice = "Generated by zktr from the ISA spec";
            let table = file.path.ends_with(".csv") || file.path.ends_with(".json");
            assert!(table || file.text.contains(notice), "{}", file.path);
        }
    }
    assert_eq!(Target::from_name("cobol"), None);
}
