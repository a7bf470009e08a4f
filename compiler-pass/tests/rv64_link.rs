//! Objects link with GNU ld, and the instructions are in the linked program.

use object::{Object, ObjectSection, ObjectSymbol};
use std::path::{Path, PathBuf};
use std::process::Command;
use zktr_isa::Spec;
use zktr_pass::rv64::{FloatAbi, Target, compile_object};

const LINKER: &str = "riscv64-unknown-elf-ld";

/// The linker, if it is installed. A test run can demand that it is.
fn linker(test: &str) -> Option<&'static str> {
    if Command::new(LINKER)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return Some(LINKER);
    }
    assert!(
        std::env::var("ZKTR_REQUIRE_TOOLS").as_deref() != Ok("1"),
        "{LINKER} not found"
    );
    println!("skipped: {LINKER} not found: {test}");
    None
}

fn object(text: &str, target: &Target) -> Vec<u8> {
    let functions = cranelift_reader::parse_functions(text).expect("the test's CLIF parses");
    let named = functions
        .into_iter()
        .map(|func| (func.name.to_string().replace('%', ""), func))
        .collect();
    compile_object(named, &Spec::builtin(), target).unwrap_or_else(|error| panic!("{error}"))
}

/// A directory that is removed at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zktr-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory can be made");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left-over files in a temporary directory are no failure.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn write(directory: &Path, name: &str, data: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, data).expect("a file can be written");
    path
}

const MAIN: &str = "
function %main(i64, i64) -> i64 system_v {
    sig0 = (i64, i64) -> i64 system_v
    fn0 = %zktr_inv sig0
    fn1 = %helper sig0
block0(v0: i64, v1: i64):
    v2 = call fn0(v0, v1)
    v3 = call fn1(v0, v2)
    return v3
}";

const HELPER: &str = "
function %helper(i64, i64) -> i64 system_v {
    fn0 = %zktr_rlc(i64, i64) -> i64 system_v
block0(v0: i64, v1: i64):
    v2 = call fn0(v0, v1)
    return v2
}";

#[test]
fn two_objects_make_a_program() {
    let Some(linker) = linker("two_objects_make_a_program") else {
        return;
    };
    let spec = Spec::builtin();
    for compressed in [false, true] {
        let target = Target {
            compressed,
            ..Target::default()
        };
        let scratch = Scratch::new(&format!("link-{compressed}"));
        let main = write(&scratch.0, "main.o", &object(MAIN, &target));
        let helper = write(&scratch.0, "helper.o", &object(HELPER, &target));
        let program = scratch.0.join("program");
        let output = Command::new(linker)
            .args(["-e", "main", "-Ttext=0x10000", "-o"])
            .args([&program, &main, &helper])
            .output()
            .expect("the linker can be run");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );

        let data = std::fs::read(&program).expect("there is a program");
        let file = object::File::parse(&*data).expect("the program can be read");
        for (function, operation) in [("main", "zktr.inv"), ("helper", "zktr.rlc")] {
            let symbol = file
                .symbol_by_name(function)
                .expect("the function has a symbol");
            let text = file.section_by_name(".text").expect("the program has code");
            let start = (symbol.address() - text.address()) as usize;
            let mut code =
                &text.data().expect("it has data")[start..start + symbol.size() as usize];
            let mut found = Vec::new();
            while !code.is_empty() {
                let decoded = spec
                    .decode_bytes(code, 64)
                    .expect("integer code is in the spec");
                found.push(spec.instructions[decoded.instruction].name.as_str());
                code = &code[usize::from(decoded.length)..];
            }
            assert_eq!(
                found
                    .iter()
                    .filter(|name| name.starts_with("zktr."))
                    .collect::<Vec<_>>(),
                [&operation]
            );
        }
    }
}

#[test]
fn objects_of_two_floating_point_abis_do_not_link() {
    let Some(linker) = linker("objects_of_two_floating_point_abis_do_not_link") else {
        return;
    };
    let scratch = Scratch::new("abi");
    let soft = Target {
        float_abi: FloatAbi::Soft,
        ..Target::default()
    };
    let main = write(&scratch.0, "main.o", &object(MAIN, &soft));
    for (target, links) in [(soft, true), (Target::default(), false)] {
        let helper = write(&scratch.0, "helper.o", &object(HELPER, &target));
        let output = Command::new(linker)
            .args(["-e", "main", "-o"])
            .args([&scratch.0.join("program"), &main, &helper])
            .output()
            .expect("the linker can be run");
        assert_eq!(output.status.success(), links);
    }
}
