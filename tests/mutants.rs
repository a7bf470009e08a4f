//! Near misses: idioms as compilers emit them, with one constant, operation, condition, operand or offset changed.
//!
//! A mutant is either left as it is or rewritten, and then original and rewritten function have to agree on generated inputs: some
//! mutants compute the same, or another thing that the units have. `ZKTR_MUTANTS` is how many there are in all, `ZKTR_MUTANTS_SEED`
//! the seed, `ZKTR_MUTANTS_CASES` the inputs for each that is rewritten. A finding is printed with its seed and number, and with the function.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::immediates::{Imm64, Offset32};
use cranelift_codegen::ir::{Function, Inst, InstructionData, Opcode, Value};
use cranelift_codegen::{settings, verify_function};
use cranelift_reader::parse_functions;
use std::sync::Arc;
use zktr::diff::campaign::{CampaignOptions, campaign};
use zktr::diff::engines::EngineOptions;
use zktr::diff::prepare;
use zktr::diff::rng::Rng;
use zktr_isa::Spec;
use zktr_pass::{Movement, Options, Pass};

/// Files in which most functions are offloaded, in several fields and shapes.
const FILES: [&str; 11] = [
    include_str!("corpus/clif/fingerprint.babybear.clang19.O2.clif"),
    include_str!("corpus/clif/batch_inverse.koalabear.clang19.O2.opt.clif"),
    include_str!("corpus/clif/logup.babybear.clang19.O1.clif"),
    include_str!("corpus/clif/powers.babybear.clang19.O2.opt.clif"),
    include_str!("corpus/matrix/clif/babybear.O1.clif"),
    include_str!("corpus/matrix/clif/babybear-m.O2.clif"),
    include_str!("corpus/matrix/clif/koalabear.Os.clif"),
    include_str!("corpus/matrix/clif/mersenne31.O2.clif"),
    include_str!("corpus/matrix/clif/mersenne31.Oz.clif"),
    include_str!("corpus/matrix/clif/goldilocks.O2.clif"),
    include_str!("corpus/matrix/clif/goldilocks-m.Os.clif"),
];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Operations that a slip of the pen could exchange.
fn other_operation(opcode: Opcode, rng: &mut Rng) -> Option<Opcode> {
    use Opcode::*;
    let others: &[Opcode] = match opcode {
        Iadd | Isub | Bor | Bxor => &[Iadd, Isub, Bor, Bxor],
        Imul => &[Iadd, Umulhi, Smulhi],
        Band => &[Bor, Bxor, Urem],
        Ishl | Ushr | Sshr => &[Ishl, Ushr, Sshr],
        Urem | Udiv => &[Urem, Udiv, Srem],
        _ => return None,
    };
    rng.pick(others).copied()
}

fn other_condition(rng: &mut Rng) -> Option<IntCC> {
    use IntCC::*;
    rng.pick(&[
        Equal,
        NotEqual,
        UnsignedLessThan,
        UnsignedLessThanOrEqual,
        UnsignedGreaterThan,
        UnsignedGreaterThanOrEqual,
        SignedLessThan,
        SignedGreaterThanOrEqual,
    ])
    .copied()
}

fn other_constant(value: u64, bits: u32, moduli: &[u64], rng: &mut Rng) -> u64 {
    let p = *rng.pick(moduli).unwrap_or(&1);
    let others = [
        value.wrapping_add(1),
        value.wrapping_sub(1),
        value.wrapping_add(4),
        value ^ (1 << rng.below(bits.into())),
        value.wrapping_neg(),
        value << 1,
        value >> 1,
        0,
        1,
        p,
        p - 1,
        p.wrapping_neg(),
    ];
    others[rng.below(others.len() as u64) as usize]
}

/// A value of the same type that is defined before this instruction in its block, or a parameter of it.
fn other_value(func: &Function, inst: Inst, of: Value, rng: &mut Rng) -> Option<Value> {
    let block = func.layout.inst_block(inst)?;
    let before = func.layout.block_insts(block).take_while(|&i| i != inst);
    let results = before.flat_map(|i| func.dfg.inst_results(i).iter().copied());
    let parameters = func.dfg.block_params(block).iter().copied();
    let ty = func.dfg.value_type(of);
    let others: Vec<Value> = parameters
        .chain(results)
        .filter(|&v| v != of && func.dfg.value_type(v) == ty)
        .collect();
    rng.pick(&others).copied()
}

/// Changes one instruction. `None` if this draw changes nothing that could be changed.
fn mutate(func: &mut Function, moduli: &[u64], rng: &mut Rng) -> Option<()> {
    let insts: Vec<Inst> = func
        .layout
        .blocks()
        .flat_map(|block| func.layout.block_insts(block))
        .collect();
    let inst = *rng.pick(&insts)?;
    let before = func.dfg.insts[inst];
    if rng.chance(25) {
        // Another operand, or the same ones in another order.
        let mut operands = func.dfg.inst_args(inst).to_vec();
        if before.opcode().is_terminator() || operands.is_empty() {
            return None;
        }
        let at = rng.below(operands.len() as u64) as usize;
        if operands.len() > 1 && rng.chance(40) {
            let next = (at + 1) % operands.len();
            operands.swap(at, next);
        } else {
            operands[at] = other_value(func, inst, operands[at], rng)?;
        }
        func.dfg.inst_args_mut(inst).copy_from_slice(&operands);
        return Some(());
    }
    let after = match before {
        InstructionData::UnaryImm {
            opcode: Opcode::Iconst,
            imm,
        } => {
            let bits = func.dfg.value_type(func.dfg.first_result(inst)).bits();
            let mask = u64::MAX >> (64 - bits);
            let value = other_constant(imm.bits() as u64, bits, moduli, rng) & mask;
            InstructionData::UnaryImm {
                opcode: Opcode::Iconst,
                imm: Imm64::new(value as i64),
            }
        }
        InstructionData::Binary { opcode, args } => InstructionData::Binary {
            opcode: other_operation(opcode, rng)?,
            args,
        },
        InstructionData::IntCompare { opcode, args, .. } => InstructionData::IntCompare {
            opcode,
            args,
            cond: other_condition(rng)?,
        },
        InstructionData::Load {
            opcode,
            arg,
            flags,
            offset,
        } => InstructionData::Load {
            opcode,
            arg,
            flags,
            offset: shifted(offset, rng)?,
        },
        InstructionData::Store {
            opcode,
            args,
            flags,
            offset,
        } => InstructionData::Store {
            opcode,
            args,
            flags,
            offset: shifted(offset, rng)?,
        },
        InstructionData::Brif {
            opcode,
            arg,
            blocks: [then, otherwise],
        } if rng.chance(50) => InstructionData::Brif {
            opcode,
            arg,
            blocks: [otherwise, then],
        },
        _ => return None,
    };
    func.dfg.insts[inst] = after;
    Some(())
}

fn shifted(offset: Offset32, rng: &mut Rng) -> Option<Offset32> {
    // Offsets into the context of a wasm instance have to stay.
    if i32::from(offset) != 0 {
        return None;
    }
    rng.pick(&[-4, 1, 2, 4, 8]).copied().map(Offset32::new)
}

#[test]
fn mutants_stay_or_do_the_same() {
    let spec = Spec::builtin();
    let pass = Pass::new(
        spec.clone(),
        Options {
            movement: Movement::Offload,
            ..Options::default()
        },
    );
    let moduli: Vec<u64> = spec.fields.iter().map(|f| f.modulus).collect();
    let subjects: Vec<Function> = FILES
        .iter()
        .flat_map(|text| parse_functions(text).expect("valid CLIF"))
        .filter(|f| f.dfg.ext_funcs.is_empty() && pass.analyse(f).offloaded() > 0)
        .collect();
    assert!(subjects.len() > 50, "{} functions", subjects.len());
    let seed = setting("ZKTR_MUTANTS_SEED", 1);
    let wanted = setting("ZKTR_MUTANTS", 300);
    let cases = setting("ZKTR_MUTANTS_CASES", 24);
    let flags = settings::Flags::new(settings::builder());
    let (mut made, mut rewritten, mut compared) = (0, 0, 0);
    for number in 0.. {
        if made == wanted {
            break;
        }
        let mut rng = Rng::for_case(seed, number);
        let subject = rng.pick(&subjects).expect("there are some");
        let mut mutant = subject.clone();
        let unchanged = mutate(&mut mutant, &moduli, &mut rng).is_none()
            || mutant.display().to_string() == subject.display().to_string();
        if unchanged || verify_function(&mutant, &flags).is_err() {
            continue;
        }
        made += 1;
        let agreed = check(&spec, &pass, &mutant, cases, rng.draw());
        rewritten += u64::from(agreed.is_some());
        compared += agreed.unwrap_or(0);
    }
    eprintln!("{made} mutants, {rewritten} rewritten, {compared} cases agree");
    assert!(rewritten > 0 && rewritten < made && compared > 0);
}

/// In how many cases original and rewritten function agree; `None` if nothing is rewritten.
fn check(spec: &Arc<Spec>, pass: &Pass, mutant: &Function, cases: u64, seed: u64) -> Option<u64> {
    let prepared = match prepare(spec, pass, vec![mutant.clone()]) {
        Ok(prepared) => prepared,
        Err(message) => panic!("{message}\n{}", mutant.display()),
    };
    let subject = prepared.subject(0)?;
    let options = CampaignOptions {
        cases,
        seed,
        engines: EngineOptions {
            jit: false,
            rv64: false,
            fuel: 50_000,
        },
        ..CampaignOptions::default()
    };
    let (tally, counterexample) = match campaign(spec, &subject, &options) {
        Ok(found) => found,
        Err(message) => panic!("{message}\n{}", mutant.display()),
    };
    if let Some(example) = counterexample {
        panic!(
            "a rewritten mutant differs: {:?}\narguments {:x?}\n{}\n{}",
            example.difference,
            example.case.arguments,
            mutant.display(),
            prepared.rewritten.functions()[0].display()
        );
    }
    Some(tally.agreed.values().copied().min().unwrap_or(0))
}
