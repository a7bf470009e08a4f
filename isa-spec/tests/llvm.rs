//! The decoder against LLVM's: all compressed words, and legal words, near misses and random words of 32 bits. The text
//! of every instruction that both know is the same; what only one knows is listed here, with the reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use zktr_isa::model::{Operand, OperandKind, SyntaxPiece};
use zktr_isa::{Decoded, Spec};

const TOOLS: [&str; 3] = ["llvm-mc-19", "llvm-mc-20", "llvm-mc"];
const EXTENSIONS: &str = "-mattr=+m,+a,+c,+d,+zba,+zbb,+zbs,-zihintntl,-zihintpause";

/// The tool; none if it is not installed, which is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn tool(test: &str) -> Option<&'static str> {
    let found = TOOLS.into_iter().find(|name| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|out| out.status.success())
    });
    if found.is_none() {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "{} not found",
            TOOLS[0]
        );
        println!("skipped: {} not found: {test}", TOOLS[0]);
    }
    found
}

/// What LLVM makes of each word, if it knows it: text with one blank between mnemonic and operands.
fn disassemble(tool: &str, xlen: u8, words: &[u32]) -> Vec<Option<String>> {
    let mut input = String::new();
    for word in words {
        let length = if word & 3 == 3 { 4 } else { 2 };
        input.push('[');
        for byte in &word.to_le_bytes()[..length] {
            let _ = write!(input, " {byte:#04x}");
        }
        input.push_str(" ]\n");
    }
    let mut child = Command::new(tool)
        .args(["--disassemble", "-M", "no-aliases", "-M", "numeric"])
        .arg(format!("--triple=riscv{xlen}"))
        .arg(EXTENSIONS)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap();
    // `<stdin>:LINE:COLUMN: warning: invalid instruction encoding`
    let mut known = vec![true; words.len()];
    for line in String::from_utf8(out.stderr).unwrap().lines() {
        if line.ends_with("invalid instruction encoding") {
            let number: usize = line.split(':').nth(1).unwrap().parse().unwrap();
            known[number - 1] = false;
        }
    }
    let text = String::from_utf8(out.stdout).unwrap();
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('.'));
    let found = known
        .into_iter()
        .map(|known| known.then(|| lines.next().unwrap().replace('\t', " ")))
        .collect();
    assert_eq!(lines.next(), None);
    found
}

/// Ours in the same style.
fn show(spec: &Spec, decoded: &Decoded) -> String {
    let instruction = &spec.instructions[decoded.instruction];
    let mut text = instruction.name.clone();
    for (index, piece) in instruction.syntax.iter().enumerate() {
        match piece {
            SyntaxPiece::Punct(',') => text.push_str(", "),
            SyntaxPiece::Punct(c) => text.push(*c),
            SyntaxPiece::Operand(operand) => {
                if index == 0 {
                    text.push(' ');
                }
                let operand = operand.0 as usize;
                text.push_str(&show_value(
                    spec,
                    &instruction.operands[operand],
                    decoded.values()[operand],
                ));
            }
        }
    }
    if instruction.syntax.first() == Some(&SyntaxPiece::Punct('(')) {
        text.insert(instruction.name.len(), ' ');
    }
    text
}

fn show_value(spec: &Spec, operand: &Operand, value: i64) -> String {
    match operand.kind {
        OperandKind::Gpr { .. } => format!("x{value}"),
        OperandKind::Fpr { .. } => format!("f{value}"),
        OperandKind::Imm { .. } => value.to_string(),
        OperandKind::Csr => spec
            .csr_by_number(value as u16)
            .map_or_else(|| value.to_string(), |csr| csr.name.clone()),
        OperandKind::FenceSet if value == 0 => "0".to_owned(),
        OperandKind::FenceSet => "iorw"
            .chars()
            .enumerate()
            .filter(|(bit, _)| value >> (3 - bit) & 1 == 1)
            .map(|(_, letter)| letter)
            .collect(),
    }
}

fn words(spec: &Spec, xlen: u8) -> Vec<u32> {
    let mut state = u64::from(xlen);
    let mut random = || {
        state = state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        state ^ state >> 31
    };
    let mut words: Vec<u32> = (0..=0xffff).filter(|word| word & 3 != 3).collect();
    for (index, instruction) in spec.instructions.iter().enumerate() {
        if instruction.length == 4 && instruction.xlen.contains(&xlen) {
            for _ in 0..6 {
                let word = spec
                    .encode(index, &instruction.sample(&mut random))
                    .unwrap();
                words.push(word);
                words.extend((2..32).map(|bit| word ^ 1 << bit));
            }
        }
    }
    // Every major opcode, funct3 and funct7, with some registers.
    for function in 0..1u32 << 15 {
        let [opcode, funct3, funct7] = [function & 31, function >> 5 & 7, function >> 8];
        if opcode & 7 != 7 {
            let registers = random() as u32 & 0x01ff_8f80;
            words.push(funct7 << 25 | registers | funct3 << 12 | opcode << 2 | 3);
        }
    }
    // The upper twelve bits say all: fences, system instructions, unary operations.
    for upper in 0..1u32 << 12 {
        let words_of = [
            "fence", "fence.i", "ecall", "clz", "rev8", "clzw", "roriw", "lr.w", "zext.h", "fld",
            "fsd",
        ];
        for name in words_of {
            if let Some(index) = spec.instruction_for(name, xlen) {
                words.push(spec.instructions[index].bits & 0x000f_ffff | upper << 20);
            }
        }
    }
    words.extend(
        (0..10_000)
            .map(|_| random() as u32 | 3)
            .filter(|word| word & 0x1c != 0x1c),
    );
    words
}

#[test]
fn llvm_decodes_every_word_to_the_same() {
    let Some(tool) = tool("llvm_decodes_every_word_to_the_same") else {
        return;
    };
    let spec = Spec::builtin();
    for xlen in [32, 64] {
        let words = words(&spec, xlen);
        let theirs = disassemble(tool, xlen, &words);
        let mut agreed = 0;
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for (word, theirs) in words.into_iter().zip(theirs) {
            let decoded = spec.decode(word, xlen).ok();
            let ours = decoded.as_ref().map(|decoded| show(&spec, decoded));
            if ours == theirs {
                agreed += usize::from(ours.is_some());
                continue;
            }
            let reason = reason(&spec, xlen, decoded.as_ref(), theirs.as_deref());
            let reason =
                reason.unwrap_or_else(|| panic!("{word:08x} on RV{xlen}: {ours:?} and {theirs:?}"));
            *reasons.entry(reason).or_default() += 1;
        }
        assert!(agreed > 40_000, "{agreed}");
        println!("RV{xlen}: {agreed} words agree; {reasons:#?}");
    }
}

/// Why only one of the two knows a word, or writes it so.
fn reason(
    spec: &Spec,
    xlen: u8,
    ours: Option<&Decoded>,
    theirs: Option<&str>,
) -> Option<&'static str> {
    let mnemonic = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let Some(ours) = ours else {
        let theirs = theirs?;
        let name = mnemonic(theirs);
        let number = |text: &str| text.rsplit(' ').next()?.parse::<u32>().ok();
        return match name.as_str() {
            "mret" | "sret" | "dret" | "wfi" | "sfence.vma" => {
                Some("privileged instructions are not part of this spec")
            }
            name if name.starts_with("f")
                || name.starts_with("c.fl")
                || name.starts_with("c.fs") =>
            {
                Some(
                    "of the instructions with floating-point registers, only some moves are part of this spec",
                )
            }
            "c.lui" if number(theirs)? == 0 => Some("an upper immediate of zero is reserved"),
            "slli" | "srli" | "srai" | "rori" | "bclri" | "bexti" | "binvi" | "bseti"
            | "c.slli" | "c.srli" | "c.srai"
                if xlen == 32 && number(theirs)? >= 32 =>
            {
                Some("shifts by 32 and more are reserved on RV32, or left to custom extensions")
            }
            _ => None,
        };
    };
    let instruction = &spec.instructions[ours.instruction];
    let Some(theirs) = theirs else {
        return instruction
            .extension
            .starts_with('X')
            .then_some("a vendor's instruction");
    };
    let theirs_name = mnemonic(theirs);
    if let Some(csr) = instruction
        .operands
        .iter()
        .position(|operand| operand.kind == OperandKind::Csr)
    {
        let number = ours.values()[csr];
        let known = spec.csr_by_number(number as u16).is_some();
        let named = !theirs.contains(&format!(" {number},"));
        return (known != named && theirs_name == instruction.name)
            .then_some("the name of a CSR that only one of the two has");
    }
    if instruction.name == "c.lui" && theirs.starts_with("c.lui x0, -") {
        return Some("as a hint, its negative immediate is not written modulo 2^20");
    }
    let zero_shift = ours.values().contains(&0) && theirs_name == format!("{}64", instruction.name);
    if zero_shift {
        return Some("a shift by zero has another name, since it is one by 64 on RV128");
    }
    (instruction.name == "c.nop.hint" && theirs_name == "c.nop")
        .then_some("a hint that has a name of its own here, and the alias `c.nop imm`")
}
