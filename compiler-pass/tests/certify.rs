//! The checker of certificates: it takes every rewrite of the corpus, and refuses it after one change, be it to the
//! certificate or to the function.

mod loops_support;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, Function, Inst, InstructionData, Opcode};
use loops_support::*;
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_pass::certify::{Certificate, Refusal, check};
use zktr_pass::inline;
use zktr_pass::plan::{Address, FieldValue, Final, Poly, Word};
use zktr_pass::rewrite::{self, Testcase};

/// A rewrite with its certificate.
struct Case {
    name: String,
    before: Function,
    after: Function,
    certificate: Certificate,
}

impl Case {
    fn check(&self, spec: &Spec) -> Result<(), Refusal> {
        check(
            &self.before,
            &self.after,
            spec,
            &self.certificate,
            &Testcase,
        )
    }
}

/// The first rewrite of each function of the corpus.
fn cases(filter: impl Fn(&str) -> bool) -> (Arc<Spec>, Vec<Case>) {
    let pass = pass();
    let spec = pass.spec().clone();
    let mut cases = Vec::new();
    for file in corpus().filter(|file| filter(&file.name)) {
        let mut functions = parse(&file.text);
        inline(&mut functions);
        for before in functions {
            let report = pass.analyse(&before);
            let Some(plan) = report.plans().next() else {
                continue;
            };
            let mut after = before.clone();
            let options = rewrite::Options::default();
            let applied = rewrite::apply(&mut after, &spec, plan, &mut Testcase, options);
            let applied = applied.unwrap_or_else(|e| panic!("{} {}: {e}", file.name, before.name));
            cases.push(Case {
                name: format!("{} {}", file.name, before.name),
                certificate: Certificate::new(plan, &applied),
                before,
                after,
            });
        }
    }
    (spec, cases)
}

#[test]
fn the_rewrites_of_the_corpus_are_certified() {
    let (spec, cases) = cases(|_| true);
    for case in &cases {
        if let Err(refusal) = case.check(&spec) {
            panic!("{}: {refusal}\n{}", case.name, case.after.display());
        }
    }
    assert!(cases.len() > 50, "only {} rewrites", cases.len());
}

fn more(poly: &mut Poly) {
    match poly
        .terms
        .iter_mut()
        .find(|(_, factors)| factors.is_empty())
    {
        Some((constant, _)) => *constant += 1,
        None => poly.terms.push((1, Vec::new())),
    }
    poly.terms.retain(|(c, _)| *c != 0);
}

fn change_word(word: &mut Word) {
    *word = match word {
        Word::Const(c) => Word::Const(*c ^ 1),
        Word::Value(_) | Word::Memory { .. } => Word::Const(77),
    };
}

/// Certificates with one thing changed, each with what it is.
fn mutants(certificate: &Certificate) -> Vec<(String, Certificate)> {
    let mut mutants = Vec::new();
    let mut mutant = |what: String, change: &dyn Fn(&mut Certificate)| {
        let mut changed = certificate.clone();
        change(&mut changed);
        assert_ne!(changed, *certificate, "{what} changes nothing");
        mutants.push((what, changed));
    };
    let plan = &certificate.plan;
    for n in 0..plan.guards.len() {
        // A condition that nothing in the function checks.
        mutant(format!("guard {n}"), &|c| {
            for bounds in &mut c.plan.guards[n].any {
                (bounds.lo, bounds.hi) = (12_345, 12_345);
            }
        });
    }
    for (n, offload) in plan.offloads.iter().enumerate() {
        mutant(format!("instruction {n}"), &|c| {
            c.plan.offloads[n].instruction += 1;
        });
        mutant(format!("mode {n}"), &|c| c.plan.offloads[n].mode += 1);
        mutant(format!("format {n}"), &|c| c.plan.offloads[n].format ^= 1);
        mutant(format!("count {n}"), &|c| {
            more(&mut c.plan.offloads[n].count)
        });
        for (k, (_, value)) in offload.fields.iter().enumerate() {
            let set =
                |what: &str, value: FieldValue| (format!("{what} of field {k} of {n}"), value);
            let mut values = Vec::new();
            match value {
                FieldValue::Uint(poly) => {
                    let mut poly = poly.clone();
                    more(&mut poly);
                    values.push(set("value", FieldValue::Uint(poly)));
                }
                FieldValue::Felt(words) => {
                    for w in 0..words.len() {
                        let mut words = words.clone();
                        change_word(&mut words[w]);
                        values.push(set("word", FieldValue::Felt(words)));
                    }
                }
                FieldValue::View { base, strides } => {
                    let mut other = base.clone();
                    match &mut other {
                        Address::Poly(poly) => more(poly),
                        Address::Buffer(_, offset) => *offset += 4,
                    }
                    let strides = strides.clone();
                    values.push(set(
                        "base",
                        FieldValue::View {
                            base: other,
                            strides: strides.clone(),
                        },
                    ));
                    for s in 0..strides.len() {
                        let mut strides = strides.clone();
                        more(&mut strides[s]);
                        let base = base.clone();
                        values.push(set("stride", FieldValue::View { base, strides }));
                    }
                }
            }
            for (what, value) in values {
                mutant(what, &|c| c.plan.offloads[n].fields[k].1 = value.clone());
            }
            mutant(format!("field {k} of {n} left out"), &|c| {
                c.plan.offloads[n].fields.remove(k);
            });
        }
    }
    for (n, buffer) in plan.buffers.iter().enumerate() {
        for k in 0..buffer.words.len() {
            mutant(format!("word {k} of buffer {n}"), &|c| {
                change_word(&mut c.plan.buffers[n].words[k].1);
            });
        }
    }
    for (n, (value, _)) in plan.finals.iter().enumerate() {
        // The plan may speak of more values than leave the region.
        if !certificate.replaced.iter().any(|(v, _)| v == value) {
            continue;
        }
        mutant(format!("final {n}"), &|c| match &mut c.plan.finals[n].1 {
            Final::Poly(poly) => more(poly),
            Final::BufferWord(_, offset) => *offset += 4,
        });
        mutant(format!("final {n} left out"), &|c| {
            c.plan.finals.remove(n);
        });
        mutant(format!("what stands for final {n}"), &|c| {
            c.replaced.retain(|(v, _)| v != value);
        });
    }
    mutant("edge".into(), &|c| c.plan.region.exit_edge ^= 1);
    mutant("blocks".into(), &|c| {
        c.plan
            .region
            .blocks
            .truncate(c.plan.region.blocks.len() - 1)
    });
    mutant("guard block".into(), &|c| c.guard_block = c.exit_block);
    mutant("exit block".into(), &|c| c.exit_block = c.offload_blocks[0]);
    mutant("calls".into(), &|c| c.calls.clear());
    mutant("operations".into(), &|c| drop(c.plan.offloads.pop()));
    mutant("blocks of operations".into(), &|c| {
        c.offload_blocks.clear();
    });
    mutants
}

#[test]
fn a_certificate_with_one_change_is_refused() {
    let (spec, mut cases) = cases(|name| name.contains("babybear.clang19.O2"));
    let mut count = 0;
    for case in &mut cases {
        let right = case.certificate.clone();
        for (what, certificate) in mutants(&right) {
            case.certificate = certificate;
            assert!(
                case.check(&spec).is_err(),
                "{}: {what} is not checked",
                case.name
            );
            count += 1;
        }
        case.certificate = right;
    }
    assert!(count > 300, "only {count} mutants");
}

/// The function with one instruction changed, in each way that there is for its opcode.
fn changed(func: &Function, inst: Inst) -> Vec<Function> {
    let mut mutants = Vec::new();
    let mut mutant = |change: &dyn Fn(&mut Function)| {
        let mut copy = func.clone();
        change(&mut copy);
        mutants.push(copy);
    };
    let swap = |f: &mut Function, opcode| {
        if let InstructionData::Binary { opcode: old, .. } = &mut f.dfg.insts[inst] {
            *old = opcode;
        }
    };
    match func.dfg.insts[inst].opcode() {
        Opcode::Iconst => mutant(&|f| {
            if let InstructionData::UnaryImm { imm, .. } = &mut f.dfg.insts[inst] {
                *imm = (imm.bits() ^ 1).into();
            }
        }),
        Opcode::Iadd => mutant(&|f| swap(f, Opcode::Isub)),
        Opcode::Isub => mutant(&|f| swap(f, Opcode::Iadd)),
        Opcode::Imul => mutant(&|f| swap(f, Opcode::Iadd)),
        Opcode::Band => mutant(&|f| swap(f, Opcode::Bor)),
        Opcode::Bor => mutant(&|f| swap(f, Opcode::Band)),
        Opcode::Icmp => mutant(&|f| {
            if let InstructionData::IntCompare { cond, .. } = &mut f.dfg.insts[inst] {
                *cond = match *cond {
                    IntCC::Equal => IntCC::NotEqual,
                    IntCC::UnsignedGreaterThan => IntCC::UnsignedLessThan,
                    _ => IntCC::UnsignedGreaterThan,
                };
            }
        }),
        Opcode::Store => {
            mutant(&|f| {
                f.layout.remove_inst(inst);
            });
            mutant(&|f| {
                if let InstructionData::Store { offset, .. } = &mut f.dfg.insts[inst] {
                    *offset = (i32::from(*offset) + 4).into();
                }
            });
        }
        Opcode::Brif => mutant(&|f| {
            let dfg = &mut f.dfg;
            let data = &mut dfg.insts[inst];
            let tables = (&mut dfg.jump_tables, &mut dfg.exception_tables);
            let edges = data.branch_destination_mut(tables.0, tables.1);
            edges.swap(0, 1);
        }),
        _ => {}
    }
    mutants
}

#[test]
fn a_function_with_one_change_is_refused() {
    let (spec, mut cases) = cases(|name| name.ends_with(".babybear.clang14.O2"));
    let mut count = 0;
    for case in &mut cases {
        let right = case.after.clone();
        let blocks: Vec<Block> = right.layout.blocks().collect();
        for block in blocks {
            for inst in right.layout.block_insts(block).collect::<Vec<_>>() {
                let text = right.dfg.display_inst(inst).to_string();
                for mutant in changed(&right, inst) {
                    // Guards that are tighter than they have to be are right, too, and so is a descriptor that keeps
                    // what the one before it had at the same place.
                    let opcode = right.dfg.insts[inst].opcode();
                    let tighter = block == case.certificate.guard_block
                        && matches!(
                            opcode,
                            Opcode::Iconst | Opcode::Iadd | Opcode::Isub | Opcode::Bor
                        );
                    let kept = opcode == Opcode::Store
                        && case.certificate.offload_blocks[1..].contains(&block);
                    case.after = mutant;
                    assert!(
                        tighter || kept || case.check(&spec).is_err(),
                        "{}: {block}: {text} is not checked",
                        case.name
                    );
                    count += 1;
                }
            }
        }
        case.after = right;
    }
    assert!(count > 300, "only {count} mutants");
}
