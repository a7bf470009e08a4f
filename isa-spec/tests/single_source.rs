//! The spec files are the only place where an instruction is written down: no mnemonic, CSR, encoding or field constant of
//! theirs is a literal of the Rust code of any crate, but for the exceptions that are listed here with their reasons.
//!
//! What to look for is derived from the loaded spec. Code for tests, comments and documentation are not looked at.

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zktr_isa::Spec;

/// The source folders of all crates, from this one's.
const FOLDERS: [&str; 5] = [
    "src",
    "../assembler/src",
    "../compiler-pass/src",
    "../emulator/src",
    "../src",
];

/// Words of the spec format: keys, and types of descriptor fields. A field may have the same name.
const FORMAT: [&str; 7] = [
    "version",
    "format",
    "mode",
    "flags",
    "reduction",
    "reserved",
    "base",
];

/// Where literals may be, which ones, and why.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "compiler-pass/src/cost.rs",
        "bne add mul divu lw sw jalr",
        "the instructions that stand for kinds of CLIF instructions, by whose classes of latency a loop is priced",
    ),
    (
        "emulator/src/host/system/sp1.rs",
        "0x7800_0000",
        "where the memory of SP1's programs ends",
    ),
    (
        "src/cli/trace/text.rs",
        "table",
        "the heading of a list of tables",
    ),
    (
        "src/cli/proof/prove.rs",
        "tables",
        "the name of a stage of the prover",
    ),
    (
        "src/cli/model/measured.rs",
        "tables limit",
        "the name of a stage of the prover, and a key of a report",
    ),
    ("src/cli/model/text.rs", "limit", "the heading of a column"),
    (
        "assembler/src/pseudo.rs",
        "auipc jalr addi srli slli lw lui ld addiw li",
        "pseudo-instructions that stand for several instructions, whose number depends on the value",
    ),
    (
        "assembler/src/assembler.rs",
        "nop c.nop",
        "what code is padded with",
    ),
    (
        "compiler-pass/src/rv64/patch.rs",
        "amomax.d.aqrl",
        "the instruction of the back end that carries an operation",
    ),
    (
        "emulator/src/host/csr.rs",
        "cycle cycleh time timeh instret instreth",
        "CSRs that count, by the names of the base ISA",
    ),
    (
        "isa-spec/src/manual/html",
        "div fence csrs li",
        "elements of HTML and MathML",
    ),
    (
        "isa-spec/src/manual/example.rs",
        "0xfe00_707f",
        "what GNU's `.insn r` fixes",
    ),
    (
        "isa-spec/src/manual/anchors.rs",
        "csrs",
        "a part of an address",
    ),
    ("isa-spec/src/load/lint", "csrs", "a key of the spec format"),
    (
        "isa-spec/src/manual",
        "rem rev8 clz ctz orc_b reserved",
        "words of the spec format and of its language, which the manual explains",
    ),
    (
        "isa-spec/src/load",
        "max reserved",
        "keys of the spec format",
    ),
    (
        "isa-spec/src/sem",
        "rev8 orc_b clz ctz min max inv sum reserved fence ecall ebreak",
        "words of the language of meanings",
    ),
    (
        "isa-spec/src/trace",
        "min max time",
        "words of the trace schema",
    ),
    (
        "assembler/src/builder/generate.rs",
        "move",
        "a keyword of Rust",
    ),
    ("isa-spec/src/export/rust.rs", "move", "a keyword of Rust"),
    (
        "isa-spec/src/export/c/",
        "and not or xor",
        "keywords of C++",
    ),
    (
        "isa-spec/src/export/systemverilog/",
        "and not or xor xnor time",
        "keywords of SystemVerilog",
    ),
    (
        "isa-spec/src/export/sail",
        "and not neg sub mul clz ctz rev8 orc_b add sum inv min max",
        "keywords of Sail, and functions of the model for the operations of terms",
    ),
    (
        "isa-spec/src/export/json",
        "csrs min max and or sum fence neg not inv clz ctz rev8 orc_b add sub mul xor time",
        "keys of the JSON document, and the operations of its terms",
    ),
    (
        "isa-spec/src/proof",
        "min",
        "a word of the language of proofs",
    ),
];

/// A literal that stands for something of the spec.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Offender {
    file: String,
    line: usize,
    literal: String,
    what: String,
}

/// What the literals of a program may not be.
struct Wanted {
    texts: BTreeMap<String, String>,
    /// Names of descriptors and of their fields. They are common words, which the crate that reads and explains spec
    /// files has as keys and headings; all others have no reason to know them.
    layouts: BTreeMap<String, String>,
    numbers: BTreeMap<u128, String>,
}

impl Wanted {
    fn of(spec: &Spec) -> Self {
        let mut texts = BTreeMap::new();
        let mut layouts = BTreeMap::new();
        let mut numbers = BTreeMap::new();
        for instruction in &spec.instructions {
            let name = &instruction.name;
            texts.insert(name.clone(), format!("mnemonic {name}"));
            texts.insert(instruction.symbol(), format!("mnemonic {name}"));
            if instruction.length == 4 {
                numbers.insert(u128::from(instruction.bits), format!("match of {name}"));
                numbers.insert(u128::from(instruction.mask), format!("mask of {name}"));
                let opcode = instruction.bits & 0x7f;
                numbers.insert(u128::from(opcode), format!("opcode of {name}"));
            }
        }
        for alias in &spec.aliases {
            texts.insert(alias.name.clone(), format!("mnemonic {}", alias.name));
        }
        for csr in &spec.csrs {
            texts.insert(csr.name.clone(), format!("CSR {}", csr.name));
            // Those below are also round numbers of other things.
            if csr.number >= 0x800 {
                numbers.insert(
                    u128::from(csr.number),
                    format!("number of CSR {}", csr.name),
                );
            }
        }
        for field in &spec.fields {
            texts.insert(field.name.clone(), format!("field {}", field.name));
            let p = u128::from(field.modulus);
            for (number, what) in [
                (p, "modulus"),
                (p - 1, "modulus - 1"),
                (p / 2, "modulus / 2"),
                (2 * p, "2 * modulus"),
            ] {
                numbers.insert(number, format!("{what} of {}", field.name));
            }
            let bits = if p < 1 << 32 { 32 } else { 64 };
            let r = 1u128 << bits;
            numbers.insert(r % p, format!("R of {}", field.name));
            if bits == 32 {
                numbers.insert((r % p) * (r % p) % p, format!("R^2 of {}", field.name));
            }
            // Newton's iteration: each step doubles the number of right bits.
            let inverse = (0..6).fold(1u128, |x, _| {
                x.wrapping_mul(2u128.wrapping_sub(p.wrapping_mul(x)))
            }) % r;
            numbers.insert(inverse, format!("inverse of the modulus of {}", field.name));
            numbers.insert(
                r - inverse,
                format!("-inverse of the modulus of {}", field.name),
            );
        }
        for format in &spec.formats {
            texts.insert(format.name.clone(), format!("format {}", format.name));
        }
        for descriptor in &spec.descriptors {
            layouts.insert(
                descriptor.name.clone(),
                format!("descriptor {}", descriptor.name),
            );
            let fields = descriptor.fields.iter();
            for field in fields.filter(|field| !FORMAT.contains(&field.name.as_str())) {
                layouts.insert(
                    field.name.clone(),
                    format!("field {} of a descriptor", field.name),
                );
            }
        }
        for parameter in &spec.parameters {
            for (name, value) in &parameter.values {
                texts.insert(
                    name.clone(),
                    format!("value of parameter {}", parameter.name),
                );
                numbers.insert(u128::from(*value), format!("opcode {name}"));
            }
        }
        // Numbers as small as these are in every program, and so are the masks of all bits and of
        // all but one; and a letter is a name of many things.
        let usual = [u128::from(u32::MAX), u128::from(u32::MAX - 1)];
        numbers.retain(|number, _| *number > 255 && !usual.contains(number));
        texts.retain(|text, _| text.len() > 1);
        layouts.retain(|text, _| text.len() > 1);
        Self {
            texts,
            layouts,
            numbers,
        }
    }

    fn what(&self, literal: &str, file: &str) -> Option<&str> {
        if let Some(text) = literal
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            let layout = || {
                self.layouts
                    .get(text)
                    .filter(|_| !file.starts_with("isa-spec/"))
            };
            return self.texts.get(text).or_else(layout).map(String::as_str);
        }
        let digits = literal.replace('_', "");
        let digits = digits
            .trim_end_matches(|c: char| !c.is_ascii_hexdigit())
            .to_owned();
        let suffixes = [
            "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        ];
        let digits = suffixes
            .iter()
            .find_map(|suffix| digits.strip_suffix(suffix))
            .unwrap_or(&digits);
        let number = match digits.strip_prefix("0x") {
            Some(hex) => u128::from_str_radix(hex, 16).ok()?,
            None => digits.parse().ok()?,
        };
        self.numbers.get(&number).map(String::as_str)
    }
}

/// All offenders of a stream of tokens.
fn search(tokens: TokenStream, file: &str, wanted: &Wanted, found: &mut Vec<Offender>) {
    let mut test_only = false;
    let mut attribute = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                attribute = true;
                continue;
            }
            TokenTree::Group(group) if attribute && group.delimiter() == Delimiter::Bracket => {
                test_only |= group.stream().to_string().replace(' ', "") == "cfg(test)";
            }
            TokenTree::Punct(punct) if punct.as_char() == '!' && attribute => continue,
            TokenTree::Group(group) => {
                if test_only && group.delimiter() == Delimiter::Brace {
                    test_only = false;
                } else {
                    search(group.stream(), file, wanted, found);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => test_only = false,
            TokenTree::Literal(literal) if !test_only => check(&literal, file, wanted, found),
            _ => {}
        }
        attribute = false;
    }
}

fn check(literal: &Literal, file: &str, wanted: &Wanted, found: &mut Vec<Offender>) {
    let text = literal.to_string();
    if let Some(what) = wanted.what(&text, file) {
        found.push(Offender {
            file: file.to_owned(),
            line: literal.span().start().line,
            literal: text,
            what: what.to_owned(),
        });
    }
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn what_the_spec_says_is_not_written_in_rust() {
    let wanted = Wanted::of(&Spec::builtin());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in FOLDERS {
        rust_files(&root.join(folder), &mut files);
    }
    assert!(files.len() > 100, "{}", files.len());
    let mut found = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        // Made from the spec, which a test of its crate watches over.
        if text.starts_with("// @generated from the spec") {
            continue;
        }
        let tokens: TokenStream = text.parse().unwrap();
        let path = path.canonicalize().unwrap();
        let from = root.parent().unwrap().canonicalize().unwrap();
        let file = path.strip_prefix(from).unwrap().display().to_string();
        search(tokens, &file, &wanted, &mut found);
    }
    found.sort();
    let mut used = vec![false; ALLOWED.len()];
    found.retain(|offender| {
        let literal = offender.literal.trim_matches('"');
        let allowed = ALLOWED.iter().position(|(file, literals, _)| {
            offender.file.starts_with(file) && literals.split(' ').any(|text| text == literal)
        });
        if let Some(index) = allowed {
            used[index] = true;
        }
        allowed.is_none()
    });
    let lines: Vec<String> = found
        .iter()
        .map(|o| {
            format!(
                "{}:{}: {} is written in a spec file: {}",
                o.file, o.line, o.literal, o.what
            )
        })
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    for ((file, literals, _), used) in ALLOWED.iter().zip(used) {
        assert!(used, "there is no {literals} in {file} any more");
    }
}

#[test]
fn offenders_are_found() {
    let wanted = Wanted::of(&Spec::builtin());
    let found = |text: &str| {
        let mut found = Vec::new();
        search(text.parse().unwrap(), "test.rs", &wanted, &mut found);
        found
            .into_iter()
            .map(|offender| offender.literal)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found("fn f() -> u32 { 0x7800_0001u32 }"),
        ["0x7800_0001u32"]
    );
    assert_eq!(found("const P: u64 = 2013265921;"), ["2013265921"]);
    // -p^-1 modulo 2^32, as Montgomery's reduction has it.
    assert_eq!(found("x.wrapping_mul(0x77ff_ffff)"), ["0x77ff_ffff"]);
    assert_eq!(found("spec.instruction(\"zktr.rlc\")"), ["\"zktr.rlc\""]);
    assert_eq!(
        found("call(\"zktr_rlc\", 0xCE0)"),
        ["\"zktr_rlc\"", "0xCE0"]
    );
    assert_eq!(found("// \"zktr.rlc\"\n/// \"addi\"\nfn f() {}"), [""; 0]);
    assert_eq!(
        found("#[cfg(test)] mod tests { const A: &str = \"addi\"; } const B: &str = \"subw\";"),
        ["\"subw\""]
    );
    assert_eq!(
        found("#[cfg(test)] use a::b; const C: &str = \"subw\";"),
        ["\"subw\""]
    );
    assert_eq!(found("0x1_0000 + 31 + x.0"), [""; 0]);
    assert_eq!(found("field(\"gamma\")"), ["\"gamma\""]);
}
