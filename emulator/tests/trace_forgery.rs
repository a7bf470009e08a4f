//! Forged traces: a wrong value in any cell is caught by a constraint or on a bus.

mod trace_support;

use trace_support::{DATA, Guest, Multiset, Random, around, assert_right, full_guest};
use zktr_emu::trace::{Execution, Options, Trace, balance, check, check_row, fill, record};
use zktr_isa::trace::{Knowledge, Schema};

/// Whether constraints or buses tell this trace from a right one that differs in this row only.
fn caught(schema: &Schema, trace: &Trace, right: &Multiset, table: usize, row: usize) -> bool {
    let height = trace.tables[table].height();
    let before = (row + height - 1) % height;
    check_row(schema, trace, table, row).next().is_some()
        || check_row(schema, trace, table, before).next().is_some()
        || around(schema, trace, table, row) != *right
}

/// Tries wrong values in every cell of some rows; gives those that nobody noticed.
fn attack(
    schema: &Schema,
    trace: &mut Trace,
    rows_each: usize,
    random: &mut Random,
) -> Vec<String> {
    let mut survivors = Vec::new();
    for table in 0..schema.tables.len() {
        let description = &schema.tables[table];
        let count = trace.tables[table].rows;
        assert!(
            count > 0,
            "table `{}` has no row to attack",
            description.name
        );
        let mut rows: Vec<usize> = (0..rows_each)
            .map(|_| random.below(count as u64) as usize)
            .collect();
        rows.extend([0, count - 1]);
        if description.knowledge == Knowledge::Fixed {
            // Multiplicities only; the other cells are known to the verifier.
            rows.truncate(rows_each.min(20));
        }
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            let right = around(schema, trace, table, row);
            for column in &description.columns {
                if description.knowledge == Knowledge::Fixed && column.fixed {
                    continue;
                }
                for cell in column.at..column.at + column.len {
                    let at = row * description.width() + cell as usize;
                    let good = trace.tables[table].cells[at];
                    let p = trace.modulus as u32;
                    let wrong = [
                        0,
                        1,
                        good ^ 1,
                        (good + 1) % p,
                        (good + p - 1) % p,
                        (good + 256) % p,
                        p - good,
                        (random.next() % u64::from(p)) as u32,
                    ];
                    for value in wrong.into_iter().filter(|&v| v != good && v < p) {
                        trace.tables[table].cells[at] = value;
                        if !caught(schema, trace, &right, table, row) {
                            survivors.push(format!(
                                "{}.{} of row {row}: {value} for {good}",
                                description.name,
                                description.cell_name(cell as usize)
                            ));
                        }
                    }
                    trace.tables[table].cells[at] = good;
                }
            }
        }
    }
    survivors
}

#[test]
fn every_wrong_cell_is_caught() {
    for seed in 0..3 {
        let guest = full_guest(seed);
        let schema = guest.spec.trace();
        let mut trace = guest.trace();
        assert_right(&guest.spec, &trace);
        let survivors = attack(schema, &mut trace, 60, &mut Random(seed));
        let shown: Vec<&String> = survivors.iter().take(40).collect();
        assert!(
            survivors.is_empty(),
            "{} of them: {shown:#?}",
            survivors.len()
        );
    }
}

/// The statement is bound: another beginning, end, memory or log is not that of these tables.
#[test]
fn the_statement_is_in_the_tables() {
    let guest = full_guest(9);
    let trace = guest.trace();
    let schema = guest.spec.trace();
    for (index, table) in schema.tables.iter().enumerate() {
        if table.knowledge == Knowledge::Public {
            assert!(trace.tables[index].rows > 0, "{}", table.name);
        }
    }
    let (transfers, table) = schema.table("transfers").unwrap();
    assert_eq!(
        trace.tables[transfers].rows,
        3,
        "nine bytes from {:#x} on",
        DATA + 0x83
    );
    assert_eq!(table.knowledge, Knowledge::Public);
}

/// A machine that computes something else, and whose tables are filled as if that were right: what an arithmetic
/// unit, a load, a store or a jump gets wrong is caught by the constraints of its table.
#[test]
fn a_faulty_machine_is_caught() {
    let mut random = Random(1);
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..6 {
        let guest = full_guest(100 + seed);
        let right = guest.execution();
        for at in 0..right.events.len() {
            let name = &guest.spec.instructions[right.events[at].code.instruction].name;
            if kinds.contains(name) {
                continue;
            }
            let mut faulty = prefix(&guest, &right, at + 1);
            let event = faulty.events.last_mut().unwrap();
            let flip = 1 << random.below(32);
            let mut changed = None;
            if let Some(call) = &mut event.call {
                // Its result is the environment's: the statement says it.
                call.result ^= flip;
                continue;
            } else if let Some(memory) = event
                .memory
                .as_mut()
                .filter(|m| name.starts_with('s') && m.before != m.after.wrapping_add(1))
            {
                memory.after ^= flip;
                changed = Some((memory.addr >> 2, memory.after));
            } else if event.code.rd != 0 {
                event.rd_value ^= flip;
                let register = guest.spec.trace().guest.registers + u32::from(event.code.rd);
                changed = Some((register, event.rd_value));
            } else {
                event.next_pc ^= 4 << random.below(20);
                faulty.end_pc = event.next_pc;
            }
            kinds.insert(name.clone());
            if let Some((addr, value)) = changed {
                let word = faulty
                    .words
                    .iter_mut()
                    .find(|word| word.addr == addr)
                    .unwrap();
                word.last = value;
            }
            let trace = fill(&guest.spec, &faulty, "babybear").unwrap();
            let schema = guest.spec.trace();
            let noticed = !check(schema, &trace).is_empty() || !balance(schema, &trace).is_empty();
            assert!(noticed, "{name}: {:?}", faulty.events.last());
        }
    }
    assert!(kinds.len() > 44, "{kinds:?}");
}

/// The first instructions of a run, as a run.
fn prefix(guest: &Guest, run: &Execution, count: usize) -> Execution {
    let options = Options {
        fuel: count as u64,
        ..Options::default()
    };
    let recording = record(&guest.spec, &mut guest.machine(), &options).unwrap();
    let prefix = recording.executions.into_iter().next().unwrap();
    assert_eq!(prefix.events, run.events[..count]);
    prefix
}
