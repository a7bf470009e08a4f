//! The examples of the manual are what it says: our assembler and GNU as make the words that stand beside them.

use std::path::PathBuf;
use std::process::Command;
use zktr_asm::{Options, Source, Spec, assemble};
use zktr_isa::Parameters;
use zktr_isa::manual::{self, Example};

/// The examples of the instructions that harts of this width have.
fn examples(spec: &Spec, xlen: u8) -> Vec<Example> {
    (0..spec.instructions.len())
        .filter(|&index| spec.instructions[index].xlen.contains(&xlen))
        .map(|index| manual::example(spec, index).unwrap())
        .collect()
}

/// Lines of assembly, and the bytes that they are. Nothing is compressed or left to the linker.
fn program(examples: &[Example], line: impl Fn(&Example) -> &str) -> (String, Vec<u8>) {
    let mut text = ".option norelax\n".to_owned();
    let mut bytes = Vec::new();
    for example in examples {
        let option = if example.length == 2 { "rvc" } else { "norvc" };
        text.push_str(&format!(".option {option}\n{}\n", line(example)));
        bytes.extend(&example.word.to_le_bytes()[..usize::from(example.length)]);
    }
    (text, bytes)
}

fn text_section(elf: &[u8]) -> Vec<u8> {
    use object::{Object, ObjectSection};
    let file = object::File::parse(elf).unwrap();
    let section = file.section_by_name(".text").unwrap();
    section.data().unwrap().to_vec()
}

fn ours(spec: &Spec, xlen: u8, text: &str) -> Vec<u8> {
    let options = Options {
        xlen,
        ..Options::default()
    };
    let object =
        assemble(spec, &Source::new("examples.s", text), &options).unwrap_or_else(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", errors.join("\n"))
        });
    text_section(&object.write_elf().unwrap())
}

#[test]
fn examples_assemble_to_their_words() {
    let chosen = Parameters::default().with("major", "custom-0");
    for spec in [Spec::builtin(), Spec::load_with(&[], &chosen).unwrap()] {
        for xlen in [32, 64] {
            let examples = examples(&spec, xlen);
            let (text, bytes) = program(&examples, |example| &example.text);
            assert_eq!(ours(&spec, xlen, &text), bytes);
            let (text, bytes) = program(&examples, |example| &example.insn);
            assert_eq!(ours(&spec, xlen, &text), bytes);
        }
    }
}

#[test]
fn gnu_as_takes_the_directives() {
    let assembler = "riscv64-unknown-elf-as";
    let found = Command::new(assembler).arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "{assembler} not found"
    );
    if !found {
        println!("skipped: {assembler} not found: gnu_as_takes_the_directives");
        return;
    }
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("manual_examples");
    std::fs::create_dir_all(&directory).unwrap();
    // The raw form with a length is newer than the oldest GNU as in use; the named one is not.
    let named: Vec<Example> = examples(&Spec::builtin(), 64)
        .into_iter()
        .filter(|example| example.insn.starts_with(".insn r "))
        .collect();
    assert!(named.len() > 50);
    let (text, bytes) = program(&named, |example| &example.insn);
    let (source, elf) = (directory.join("examples.s"), directory.join("examples.o"));
    std::fs::write(&source, text).unwrap();
    let out = Command::new(assembler)
        .arg("-march=rv64imac")
        .arg("-o")
        .args([&elf, &source])
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(text_section(&std::fs::read(&elf).unwrap()), bytes);
}
