//! The functions of the corpus, sorted by how far the pass gets with them.

use super::{Set, Subject};
use cranelift_codegen::ir::immediates::Imm64;
use cranelift_codegen::ir::{Function, Inst, InstructionData, Opcode};
use std::error::Error;
use std::path::Path;
use zktr_pass::Pass;
use zktr_pass::rewrite::Testcase;

/// The corpus as sets.
pub struct Corpus {
    /// Functions that stay as they are.
    pub nothing_to_rewrite: Vec<Set>,
    /// Functions with loops that are replaced.
    pub rewritten: Set,
}

/// Reads the corpus.
pub fn sets(pass: &Pass, moduli: &[u64]) -> Result<Corpus, Box<dyn Error>> {
    let mut plain = Set {
        name: "corpus, no field constant",
        functions: Vec::new(),
    };
    let mut near_misses = Set {
        name: "corpus, field constant, nothing replaced",
        functions: Vec::new(),
    };
    let mut foreign = Set {
        name: "corpus, with a prime that no spec knows",
        functions: Vec::new(),
    };
    let mut rewritten = Set {
        name: "corpus, loops replaced",
        functions: Vec::new(),
    };
    for (name, function) in functions()? {
        if modulus_constants(&function, moduli).is_empty() {
            plain.functions.push(Subject { name, function });
            continue;
        }
        foreign.functions.push(Subject {
            name: name.clone(),
            function: with_other_prime(&function, moduli),
        });
        let offloaded = pass.run(&mut function.clone(), &mut Testcase)?.offloaded();
        let set = if offloaded > 0 {
            &mut rewritten
        } else {
            &mut near_misses
        };
        set.functions.push(Subject { name, function });
    }
    Ok(Corpus {
        nothing_to_rewrite: vec![plain, foreign, near_misses],
        rewritten,
    })
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
