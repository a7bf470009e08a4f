//! Runs that did something else, proved as if they were right.

use super::{Table, buses, list, name};
use crate::runs::{INPUT, copier, machine, program};
use crate::trace_support::DATA;
use std::collections::BTreeSet;
use zktr_emu::trace::{Event, Execution, balance, check, fill, record};
use zktr_prove::Error;
use zktr_prove::config::Profile;
use zktr_prove::prove::{Backend, prove};
use zktr_prove::statement::{Claim, State};
use zktr_prove::verify::Verifier;

/// What is forged, and how. Registers and times are made consistent, as far as the forger can do that.
type Forgery = (&'static str, fn(&mut Execution));

const FORGERIES: [Forgery; 26] = [
    ("an instruction's result", |run| {
        let at = named(run, |e| e.code.rd == 7);
        let register = run.events[at].code.rd;
        run.events[at].rd_value ^= 1;
        let value = run.events[at].rd_value;
        later_reads(run, at, register, value);
    }),
    ("a result of the last writer of a register", |run| {
        let at = run.events.iter().rposition(|e| e.code.rd == 7).unwrap();
        run.events[at].rd_value ^= 1 << 31;
        let value = run.events[at].rd_value;
        later_reads(run, at, 7, value);
    }),
    ("a branch that is taken is not", |run| {
        let at = named(run, |e| e.next_pc != e.code.pc + 4);
        run.events[at].next_pc = run.events[at].code.pc + 4;
    }),
    ("an instruction is left out", |run| {
        run.events.remove(5);
    }),
    ("an instruction is executed twice", |run| {
        let again = run.events[5];
        run.events.insert(5, again);
    }),
    ("two instructions change places", |run| {
        let clock = run.events[6].clock;
        run.events[6].clock = run.events[7].clock;
        run.events[7].clock = clock;
    }),
    ("an instruction that is not the program's", |run| {
        run.events[5].code.imm ^= 1;
    }),
    (
        "a register that an instruction of the program writes",
        |run| {
            run.program[2].rd ^= 1;
        },
    ),
    ("an instruction of the program is another one", |run| {
        run.program[2].instruction = run.program[0].instruction ^ 1;
    }),
    (
        "a register that is read had that value earlier, not now",
        |run| {
            let at = named(run, |e| e.code.rs1 == 5 && e.code.rd == 7);
            run.events[at].rs1_value = 0;
        },
    ),
    (
        "a register is said to have been used at another time",
        |run| {
            let at = named(run, |e| e.code.rs1 == 5 && e.code.rd == 7);
            run.events[at].rs1_time -= 1;
        },
    ),
    ("a register is said to be used later", |run| {
        let at = named(run, |e| e.code.rs1 == 5 && e.code.rd == 7);
        run.events[at].rs1_time = run.end_clock;
    }),
    ("x0 has a value at the end", |run| word(run, 0).last = 5),
    ("x0 has a value at the beginning", |run| {
        word(run, 0).first = 5
    }),
    ("x0 has a value that an instruction reads", |run| {
        let at = named(run, |e| e.code.rs1 == 0 && e.code.rd == 17);
        run.events[at].rs1_value = 1;
        run.events[at].rd_value += 1;
    }),
    ("a word of memory at the beginning", |run| {
        data(run).first ^= 1 << 24;
    }),
    ("a word of memory at the end", |run| data(run).last ^= 1),
    ("a load finds another word", |run| {
        let at = named(run, |e| e.memory.is_some_and(|m| m.before == m.after));
        if let Some(memory) = &mut run.events[at].memory {
            memory.before ^= 1 << 24;
            memory.after ^= 1 << 24;
        }
    }),
    ("a store leaves another word", |run| {
        let at = named(run, |e| e.memory.is_some_and(|m| m.before != m.after));
        if let Some(memory) = &mut run.events[at].memory {
            memory.after ^= 1 << 31;
        }
    }),
    ("a load is at another address", |run| {
        let at = named(run, |e| e.memory.is_some());
        if let Some(memory) = &mut run.events[at].memory {
            memory.addr ^= 1;
        }
    }),
    ("the time does not advance", |run| {
        run.events[8].clock = run.events[7].clock;
    }),
    ("the end is later", |run| run.end_clock += 4),
    ("the end is elsewhere", |run| run.end_pc += 4),
    ("the beginning is elsewhere", |run| run.start_pc += 4),
    ("a call has another result", |run| {
        let at = named(run, |e| e.call.is_some());
        if let Some(call) = &mut run.events[at].call {
            call.result += 1;
        }
    }),
    ("a call has read a word less", |run| {
        run.exchanges.pop();
    }),
];

fn named(run: &Execution, wanted: impl Fn(&Event) -> bool) -> usize {
    run.events
        .iter()
        .position(wanted)
        .expect("the guest has one")
}

/// What reads a register after an instruction finds another value there, until it is written again.
fn later_reads(run: &mut Execution, at: usize, register: u8, value: u32) {
    for event in &mut run.events[at + 1..] {
        if event.code.rs1 == register {
            event.rs1_value = value;
        }
        if event.code.rs2 == register {
            event.rs2_value = value;
        }
        if event.code.rd == register {
            event.rd_before = value;
            return;
        }
    }
    word(run, register).last = value;
}

/// A register at the beginning and at the end. The schema has all 32 after memory.
fn word(run: &mut Execution, register: u8) -> &mut zktr_emu::trace::WordState {
    let at = run.words.len() - 32 + usize::from(register);
    &mut run.words[at]
}

/// The first word of data that the guest has changed.
fn data(run: &mut Execution) -> &mut zktr_emu::trace::WordState {
    let found = run
        .words
        .iter_mut()
        .find(|word| word.addr == DATA as u32 / 4);
    found.expect("the guest reads there")
}

pub fn table() -> String {
    let all = std::env::var_os("ZKTR_FORGERIES").is_some();
    let mut missed: Vec<String> = Vec::new();
    let mut out = Table::new(&["forged", "constraints and buses", "the verifier"]);
    for (at, (what, forge)) in FORGERIES.iter().enumerate() {
        match caught(what, *forge, all || at % 9 == 0) {
            Ok((by, said)) => out.row([(*what).to_owned(), by, said]),
            Err(what) => missed.push(what),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
    out.text()
}

/// By what it is caught, and what the verifier says; an error if it is not caught. Proofs of all forgeries take minutes; `proved` says whether this one has one. What is said is the same for all of a kind, so
/// that the table does not depend on it.
fn caught(what: &str, forge: fn(&mut Execution), proved: bool) -> Result<(String, String), String> {
    let guest = copier();
    let schema = guest.spec.trace();
    let mut machine_there = machine(&guest);
    let state = State::of(&guest.spec, &machine_there);
    let options = zktr_emu::trace::Options {
        fuel: 63,
        ..zktr_emu::trace::Options::default()
    };
    let recording = record(&guest.spec, &mut machine_there, &options).unwrap();
    let right = recording.executions.into_iter().next().unwrap();
    let mut run = right.clone();
    forge(&mut run);
    assert_ne!(run, right, "{what}");
    let program = program(&guest);
    let claim = Claim::of(&guest.spec, &run, 0, vec![INPUT.to_vec()]);
    let forged = fill(&guest.spec, &run, "babybear").unwrap();
    // What the verifier computes is as it computes it, and a proof for other cells has another transcript.
    let mut trace = forged.clone();
    let mut by = Vec::new();
    let mut machine_here = machine(&guest);
    let mut verifier = Verifier::new(&program, Profile::Test, &mut machine_here).unwrap();
    let public = claim.execution(&guest.spec, &program.words, &state);
    if let Ok(public) = public {
        let known = fill(&guest.spec, &public, "babybear").unwrap();
        for (at, table) in schema.tables.iter().enumerate() {
            let (mine, theirs) = (&mut trace.tables[at], &known.tables[at]);
            if table.knowledge == zktr_isa::trace::Knowledge::Public {
                *mine = theirs.clone();
            } else if mine.height() == theirs.height() {
                for column in table.columns.iter().filter(|column| column.fixed) {
                    for row in 0..mine.height() {
                        let cells = column.at as usize..(column.at + column.len) as usize;
                        let start = row * table.width();
                        let range = start + cells.start..start + cells.end;
                        mine.cells[range.clone()].copy_from_slice(&theirs.cells[range]);
                    }
                }
            }
        }
    }
    for (at, table) in schema.tables.iter().enumerate() {
        if trace.tables[at] != forged.tables[at] {
            by.push(format!("`{}` as the verifier computes it", table.name));
        }
    }
    let violations = check(schema, &trace);
    let constraints: BTreeSet<String> = violations
        .iter()
        .map(|v| {
            let table = &schema.tables[v.table];
            format!(
                "{} in `{}`",
                name(&table.constraints[v.constraint]),
                table.name
            )
        })
        .collect();
    let unbalanced: BTreeSet<usize> = balance(schema, &trace).iter().map(|i| i.bus).collect();
    by.extend(constraints);
    let buses = buses(&guest.spec, unbalanced);
    by.extend(buses.into_iter().map(|bus| format!("bus {bus}")));
    // The verifier's own checks of the claim come first; they are quick.
    let said = match claim.check(&guest.spec, &state) {
        Err(error) => Some(error),
        Ok(()) => {
            let mut replayed = machine(&guest);
            let mut replay = zktr_prove::replay::Replay::new(&guest.spec, &mut replayed).unwrap();
            replay.segment(&claim).err()
        }
    };
    if said.is_none() && by.is_empty() {
        return Err(what.to_owned());
    }
    if proved {
        let proof = prove(
            &program,
            Profile::Test,
            Backend::Units,
            &state,
            claim,
            &forged,
            &mut |_| (),
        );
        if let Ok(proof) = proof {
            let refused = verifier.segment(&proof);
            assert!(refused.is_err(), "{what}: {refused:?}");
            assert_eq!(matches!(refused, Err(Error::Claim(_))), said.is_some());
        }
    }
    let said = said.map_or_else(
        || "the proof is refused".to_owned(),
        |error| error.to_string(),
    );
    Ok((list(&by), said))
}
