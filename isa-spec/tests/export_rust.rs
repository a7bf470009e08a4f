//! The Rust module: compiled for this host in two editions, where its constants check the layouts, and its functions
//! for RISC-V, where each is its instruction.
//!
//! A toolchain without the standard library of a RISC-V target still has the compiler for it. So the functions are
//! compiled there without `core`, with the few items that they need of it.

mod export_support;

use export_support::{Random, odd, one, put, run, scratch, symbol, tool};
use object::{Object, ObjectSection};
use std::fmt::Write as _;
use std::process::Command;
use zktr_isa::Spec;
use zktr_isa::export::{Selection, Target};
use zktr_isa::model::{OperandKind, Role};

/// As much of the language and of `core` as the functions need.
const PRELUDE: &str = r#"
#![no_core]
#![feature(no_core, lang_items, rustc_attrs, decl_macro)]
#![allow(internal_features, unused)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
#[lang = "neg"]
pub trait Neg {
    type Output;
    fn neg(self) -> Self::Output;
}
impl Neg for i64 {
    type Output = i64;
    fn neg(self) -> i64 { -self }
}
impl Copy for usize {}
impl Copy for i64 {}
impl<T> Copy for *const T {}
mod core {
    pub mod arch {
        #[rustc_builtin_macro]
        pub macro asm("assembly template", $(operands,)* $(options($(option),*))?) {}
    }
}
macro_rules! assert { ($($condition:tt)*) => { () }; }
pub struct Status(pub usize);
"#;

#[test]
fn hosts_take_the_module() {
    let Some(rustc) = tool(&["rustc"], "hosts_take_the_module") else {
        return;
    };
    let spec = odd();
    for (selection, name) in [(Selection::Usual, "usual"), (Selection::All, "all")] {
        let file = one(&spec, Target::Rust, &selection);
        let folder = scratch(&format!("export-rust-{name}"));
        put(&folder, &file.path, &file.text);
        for edition in ["2021", "2024"] {
            put(
                &folder,
                "lib.rs",
                &format!(
                    "#![no_std]\n#![deny(warnings)]\n#[path = \"{}\"]\npub mod isa;\n",
                    file.path
                ),
            );
            run(Command::new(&rustc).current_dir(&folder).args([
                "--edition",
                edition,
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "lib.rs",
            ]));
        }
        // A layout that is not the spec's does not compile.
        let wrong = file.text.replacen("pub k: u32,", "pub k: u64,", 1);
        assert_ne!(wrong, file.text);
        put(&folder, &file.path, &wrong);
        let errors = export_support::fail(Command::new(&rustc).current_dir(&folder).args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "lib.rs",
        ]));
        assert!(errors.contains("assertion failed"), "{errors}");
    }
}

/// A function that calls an exported one.
struct Case {
    instruction: usize,
    /// For each operand the value, if it is known which one the compiler chooses.
    expected: Vec<Option<i64>>,
}

/// A call of each function.
fn calls(spec: &Spec, text: &str, xlen: u8) -> (String, Vec<Case>) {
    let mut random = Random::new(0xc0ffee);
    let (mut out, mut cases) = (String::new(), Vec::new());
    for (index, instruction) in spec.instructions.iter().enumerate() {
        if !instruction.xlen.contains(&xlen) {
            continue;
        }
        let name = symbol(spec, instruction);
        let found = ["", "_"].into_iter().find_map(|end| {
            let name = format!("{name}{end}");
            let starts = [
                format!("pub unsafe fn {name}("),
                format!("pub unsafe fn {name}<"),
            ];
            starts
                .iter()
                .any(|start| text.contains(start))
                .then_some(name)
        });
        let Some(name) = found else {
            assert!(
                text.contains(&format!("// `{}` has no function: ", instruction.name)),
                "{name}"
            );
            continue;
        };
        for _ in 0..3 {
            let values = random.values(instruction);
            let mut parameter = random.next() % 5;
            let (mut arguments, mut generics, mut expected) = (Vec::new(), Vec::new(), Vec::new());
            let mut result = "";
            for (operand, &value) in instruction.operands.iter().zip(&values) {
                let OperandKind::Gpr { read, write, .. } = operand.kind else {
                    generics.push(value.to_string());
                    expected.push(Some(value));
                    continue;
                };
                if write {
                    let status = instruction.status_operand().is_some();
                    result = if status { ".0" } else { " " };
                }
                expected.push((read && !write).then_some(10 + parameter as i64));
                if read {
                    let cast = if matches!(operand.role, Role::Descriptor(_)) {
                        " as *const _"
                    } else {
                        ""
                    };
                    arguments.push(format!("p{parameter}{cast}"));
                    parameter += 1;
                }
            }
            let generics = match generics.is_empty() {
                true => String::new(),
                false => format!("::<{}>", generics.join(", ")),
            };
            let (ty, end) = if result.is_empty() {
                ("", ";")
            } else {
                (" -> usize", "")
            };
            let parameters: Vec<String> = (0..8).map(|p| format!("p{p}: usize")).collect();
            let _ = writeln!(
                out,
                "#[unsafe(no_mangle)] pub unsafe extern \"C\" fn t{}({}){ty} {{ unsafe {{ {name}{generics}({}){result}{end} }} }}",
                cases.len(),
                parameters.join(", "),
                arguments.join(", ")
            );
            cases.push(Case {
                instruction: index,
                expected,
            });
        }
    }
    (out, cases)
}

#[test]
fn every_function_is_its_instruction() {
    let Some(rustc) = tool(&["rustc"], "every_function_is_its_instruction") else {
        return;
    };
    let spec = odd();
    let file = one(&spec, Target::Rust, &Selection::All);
    // What is for RISC-V only comes after all that is for every host.
    let first = file.text.find("#[cfg(any(target_arch").unwrap();
    let from = file.text[..first].rfind("\n\n").unwrap();
    let functions = &file.text[from..];
    let mut types = String::new();
    for line in file.text[..from].lines() {
        if let Some(name) = line
            .strip_prefix("pub struct ")
            .and_then(|rest| rest.strip_suffix("Descriptor {"))
        {
            let _ = writeln!(types, "pub struct {name}Descriptor;");
        }
    }
    let folder = scratch("export-rust-riscv");
    for (target, xlen) in [
        ("riscv64gc-unknown-none-elf", 64),
        ("riscv32imac-unknown-none-elf", 32),
    ] {
        let (text, cases) = calls(&spec, functions, xlen);
        assert!(cases.len() > 150, "{}", cases.len());
        put(
            &folder,
            "lib.rs",
            &[PRELUDE, &types, functions, &text].concat(),
        );
        run(Command::new(&rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .current_dir(&folder)
            .args([
                "--edition",
                "2024",
                "--target",
                target,
                "--crate-type",
                "lib",
            ])
            .args([
                "--emit",
                "obj",
                "-O",
                "-C",
                "codegen-units=1",
                "-o",
                "lib.o",
                "lib.rs",
            ]));
        let bytes = std::fs::read(folder.join("lib.o")).unwrap();
        let elf = object::File::parse(&*bytes).unwrap();
        for (number, case) in cases.iter().enumerate() {
            // LLVM merges functions that are the same.
            let Some(section) = elf.section_by_name(&format!(".text.t{number}")) else {
                continue;
            };
            let mut code = section.data().unwrap();
            let mut found = Vec::new();
            while !code.is_empty() {
                let decoded = spec.decode_bytes(code, xlen).unwrap();
                code = &code[usize::from(decoded.length)..];
                found.push(decoded);
            }
            let fits = |d: &zktr_isa::Decoded| {
                d.instruction == case.instruction
                    && d.values()
                        .iter()
                        .zip(&case.expected)
                        .all(|(value, e)| e.is_none_or(|e| e == *value))
            };
            let name = &spec.instructions[case.instruction].name;
            assert!(
                found.iter().any(fits),
                "{target}: {name} {:?}, found {found:?}",
                case.expected
            );
        }
    }
}
