//! The functions of the corpus, sorted by how far the pass gets with them.

use super::Set;
use cranelift_codegen::ir::immediates::Imm64;
use cranelift_codegen::ir::{Function, Inst, InstructionData, Opcode};
use std::error::Error;
use std::path::Path;
use zktr_pass::Pass;
use zktr_pass::rewrite::Testcase;

/// The corpus as sets.
pub struct Corpus {
    /// Functions without a prime of the spec.
    pub no_prime: Set,
    /// The functions that have one, with another prime in its place.
    pub other_prime: Set,
    /// Functions with a prime of the spec in which nothing is replaced.
    pub near_misses: Set,
    /// Functions with loops that are replaced.
    pub rewritten: Set,
}

/// Reads the corpus.
pub fn sets(pass: &Pass, moduli: &[u64]) -> Result<Corpus, Box<dyn Error>> {
    let mut corpus = Corpus {
        no_prime: Set::new("corpus, no prime"),
        other_prime: Set::new("corpus, a prime that is not in the spec"),
        near_misses: Set::new("corpus, a prime of the spec, nothing replaced"),
        rewritten: Set::new("corpus, loops replaced"),
    };
    for (name, function) in functions()? {
        if modulus_constants(&function, moduli).is_empty() {
            corpus.no_prime.push(name, function);
            continue;
        }
        let other = with_other_prime(&function, moduli);
        corpus.other_prime.push(name.clone(), other);
        let offloaded = pass.run(&mut function.clone(), &mut Testcase).offloaded();
        let set = match offloaded {
            0 => &mut corpus.near_misses,
            _ => &mut corpus.rewritten,
        };
        set.push(name, function);
    }
    Ok(corpus)
}

/// All functions, each with the name of its file and its own.
fn functions() -> Result<Vec<(String, Function)>, Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/clif");
    let mut paths = std::fs::read_dir(&directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "clif")
    });
    paths.sort();
    let mut functions = Vec::new();
    for path in paths {
        let file = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path)?;
        let parsed =
            cranelift_reader::parse_functions(&text).map_err(|error| format!("{file}: {error}"))?;
        functions.extend(
            parsed
                .into_iter()
                .map(|function| (format!("{file} {}", function.name), function)),
        );
    }
    Ok(functions)
}

/// The instructions that make a modulus or its negation, which compilers write as well.
fn modulus_constants(function: &Function, moduli: &[u64]) -> Vec<(Inst, Imm64)> {
    let blocks = function.layout.blocks();
    let constants = blocks
        .flat_map(|block| function.layout.block_insts(block))
        .filter_map(|inst| match function.dfg.insts[inst] {
            InstructionData::UnaryImm {
                opcode: Opcode::Iconst,
                imm,
            } => Some((inst, imm)),
            _ => None,
        });
    constants
        .filter_map(|(inst, imm)| {
            let value = imm.bits();
            let is = |p: u64| value as u64 == p;
            let is_negated = |p: u64| value as u32 == (p as u32).wrapping_neg();
            if moduli.iter().any(|&p| is(p)) {
                return Some((inst, Imm64::new(value - 2)));
            }
            moduli
                .iter()
                .any(|&p| is_negated(p))
                .then(|| (inst, Imm64::new(value + 2)))
        })
        .collect()
}

/// The same code with another modulus: as much to compile, and nothing to find.
fn with_other_prime(function: &Function, moduli: &[u64]) -> Function {
    let mut function = function.clone();
    for (inst, imm) in modulus_constants(&function, moduli) {
        function.dfg.insts[inst] = InstructionData::UnaryImm {
            opcode: Opcode::Iconst,
            imm,
        };
    }
    function
}
