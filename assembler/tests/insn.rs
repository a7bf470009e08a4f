//! `.insn` in all its forms, against GNU as and LLVM's assembler over generated fields.

mod tools;

use object::{Object, ObjectSection};
use std::fmt::Write;
use tools::{run, scratch, tool};
use zktr_asm::{Options, Source, Spec, assemble};

/// The forms with their fields, and who knows them: GNU, LLVM or both. `R` is a register, `C` one of x8 to x15,
/// `(n)` an unsigned number of n bits, `[n]` a signed one, `{n}` an even signed one, as a distance.
const FORMS: [(&str, &[&str], bool, bool); 20] = [
    ("r", &["O", "(3)", "(7)", "R", "R", "R"], true, true),
    ("r", &["O", "(3)", "(2)", "R", "R", "R", "R"], true, true),
    ("r4", &["O", "(3)", "(2)", "R", "R", "R", "R"], true, true),
    ("i", &["O", "(3)", "R", "R", "[12]"], true, true),
    ("i", &["O", "(3)", "R", "[12](R)"], true, true),
    ("s", &["O", "(3)", "R", "[12](R)"], true, true),
    ("b", &["O", "(3)", "R", "R", "{13}"], true, true),
    ("sb", &["O", "(3)", "R", "R", "{13}"], true, true),
    ("u", &["O", "R", "(20)"], true, true),
    ("j", &["O", "R", "{21}"], true, true),
    ("uj", &["O", "R", "{21}"], true, true),
    ("cr", &["Q", "(4)", "R", "R"], true, true),
    ("ci", &["Q", "(3)", "R", "[6]"], true, true),
    ("ciw", &["Q", "(3)", "C", "(8)"], true, true),
    ("css", &["Q", "(3)", "R", "(6)"], true, true),
    ("cl", &["Q", "(3)", "C", "(5)(C)"], true, true),
    ("cs", &["Q", "(3)", "C", "(5)(C)"], true, true),
    ("ca", &["Q", "(6)", "(2)", "C", "C"], true, true),
    ("cb", &["Q", "(3)", "C", "{9}"], true, true),
    ("cj", &["Q", "(3)", "{12}"], true, true),
];

/// A generator that always says the same.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    /// The text of a field; a `(` behind its description is a base.
    fn field(&mut self, what: &str) -> String {
        if let Some(base) = what
            .strip_suffix("(R)")
            .or_else(|| what.strip_suffix("(C)"))
        {
            let register = &what[base.len() + 1..base.len() + 2];
            return format!("{}({})", self.field(base), self.field(register));
        }
        let bits = || what[1..what.len() - 1].parse::<u32>().unwrap();
        match what.as_bytes()[0] {
            b'R' => format!("x{}", self.below(32)),
            b'C' => format!("x{}", 8 + self.below(8)),
            b'O' => {
                let names = [
                    "CUSTOM_0", "CUSTOM_3", "LOAD", "OP_IMM", "MADD", "0x7b", "0x2b", "MISC_MEM",
                ];
                names[self.below(8) as usize].to_owned()
            }
            b'Q' => ["C0", "C1", "C2", "0", "1", "2"][self.below(6) as usize].to_owned(),
            b'(' => self.below(1 << bits()).to_string(),
            b'[' => (self.below(1 << bits()) as i64 - (1 << (bits() - 1))).to_string(),
            _ => {
                let distance = self.below(1 << bits()) as i64 - (1 << (bits() - 1));
                format!(". + {}", distance & !1)
            }
        }
    }
}

fn text_of(elf: &[u8]) -> Vec<u8> {
    let file = object::File::parse(elf).unwrap();
    file.section_by_name(".text")
        .unwrap()
        .data()
        .unwrap()
        .to_vec()
}

fn build(text: &str) -> Vec<u8> {
    let options = Options {
        arch: Some("rv64imac".to_owned()),
        ..Options::default()
    };
    let object = assemble(&Spec::builtin(), &Source::new("t.s", text), &options)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    text_of(&object.write_elf().unwrap())
}

#[test]
fn forms_are_those_of_gnu_and_llvm() {
    let test = "forms_are_those_of_gnu_and_llvm";
    let dir = scratch(test);
    let mut random = Random(0x1234_5678_9abc_def1);
    let mut sources = [String::new(), String::new()];
    for _ in 0..200 {
        for (name, fields, gnu, llvm) in FORMS {
            let fields: Vec<String> = fields.iter().map(|field| random.field(field)).collect();
            let line = format!("\t.insn {name} {}\n", fields.join(", "));
            for (source, _) in sources.iter_mut().zip([gnu, llvm]).filter(|x| x.1) {
                source.push_str(&line);
            }
        }
    }
    // Numbers, with their lengths and without.
    let mut numbers = String::new();
    for n in 0..100 {
        let word = random.below(1 << 32);
        let (long, short) = ((word & !0x1c) | 3, (word & 0xfffc) | (n % 3));
        let _ = writeln!(numbers, "\t.insn {long:#x}");
        let _ = writeln!(numbers, "\t.insn 4, {long:#x}");
        let _ = writeln!(numbers, "\t.insn 2, {short:#x}");
    }
    for source in &mut sources {
        source.push_str(&numbers);
    }
    for (i, source) in sources.iter().enumerate() {
        std::fs::write(dir.join("t.s"), source).unwrap();
        if i == 0 {
            let Some(tool) = tool(&["riscv64-unknown-elf-as"], test) else {
                return;
            };
            run(
                &tool,
                &["-march=rv64imac", "-mno-relax", "-o", "t.o", "t.s"],
                &dir,
            );
        } else {
            let Some(tool) = tool(&["llvm-mc-19"], test) else {
                return;
            };
            let options = [
                "-triple=riscv64",
                "-mattr=+m,+a,+c",
                "-filetype=obj",
                "-o",
                "t.o",
                "t.s",
            ];
            run(&tool, &options, &dir);
        }
        let theirs = text_of(&std::fs::read(dir.join("t.o")).unwrap());
        let ours = build(source);
        let at = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        assert_eq!(at, None, "of {}", ours.len());
        assert_eq!(ours.len(), theirs.len());
    }
}

#[test]
fn fields_are_checked() {
    let spec = Spec::builtin();
    for (line, message) in [
        (".insn r CUSTOM_0, 8, 0, a0, a0, a0", "immediate must be"),
        (
            ".insn r CUSTOM_0, 0, 0, a0, a0",
            "expected the operands opcode, funct3, funct7, rd, rs1, rs2 or",
        ),
        (".insn i CUSTOM_0, 0, a0, a0, 2048", "immediate must be"),
        (
            ".insn cl 0, 0, a0, 0(t0)",
            "the register must be one of 's0' to 'a5'",
        ),
        (".insn ciw 0, 0, a0, 256", "immediate must be"),
        (
            ".insn cr 3, 0, a0, a0",
            "not that of an instruction of 2 bytes",
        ),
        (
            ".insn r 0x7f, 0, 0, a0, a0, a0",
            "not that of an instruction of 4 bytes",
        ),
        (
            ".insn r CUSTOM_4, 0, 0, a0, a0, a0",
            "opcode must be a valid opcode name or an integer in the range [0, 127]",
        ),
        (".insn q CUSTOM_0, 0, 0", "unknown instruction format"),
        (".insn ciw 0, 0, a0, x", "expected absolute expression"),
        (".insn 4, 0x1", "instruction of 2 bytes"),
        (".insn 5, 0x1", "2, 4, 6 or 8"),
    ] {
        let errors = assemble(&spec, &Source::new("t.s", line), &Options::default()).unwrap_err();
        assert!(errors[0].message.contains(message), "{line}: {}", errors[0]);
    }
}
