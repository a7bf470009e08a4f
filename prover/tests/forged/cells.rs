//! Wrong values in every column of every table.

use super::{Table, buses, list, name};
use crate::trace_support::{Random, around, full_guest};
use std::collections::BTreeSet;
use zktr_emu::trace::{Trace, check_row};
use zktr_isa::Spec;
use zktr_isa::trace::{Column, Knowledge};

/// Rows of a table that are tried, beside the first and the last one.
const ROWS: u64 = 12;

/// What has caught wrong values in a column.
#[derive(Default)]
struct Catch {
    tried: usize,
    constraints: BTreeSet<usize>,
    buses: BTreeSet<usize>,
}

pub fn table() -> String {
    let guest = full_guest(0);
    let spec = &guest.spec;
    let schema = spec.trace();
    let mut trace = guest.trace();
    let mut random = Random(3);
    let mut out = Table::new(&["table", "column", "constraints", "buses"]);
    for (index, table) in schema.tables.iter().enumerate() {
        for column in &table.columns {
            let known = table.knowledge == Knowledge::Public || column.fixed;
            if known {
                let by = "the verifier computes it".to_owned();
                out.row([table.name.clone(), column.name.clone(), by, String::new()]);
                continue;
            }
            let catch = attack(spec, &mut trace, index, column, &mut random);
            assert!(catch.tried > 0, "{}.{}", table.name, column.name);
            let mut constraints: Vec<String> = catch
                .constraints
                .iter()
                .map(|at| name(&table.constraints[*at]))
                .collect();
            constraints.dedup();
            out.row([
                table.name.clone(),
                column.name.clone(),
                list(&constraints),
                list(&buses(spec, catch.buses)),
            ]);
        }
    }
    out.text()
}

fn attack(
    spec: &Spec,
    trace: &mut Trace,
    table: usize,
    column: &Column,
    random: &mut Random,
) -> Catch {
    let schema = spec.trace();
    let description = &schema.tables[table];
    let (count, height) = (trace.tables[table].rows, trace.tables[table].height());
    let mut rows: BTreeSet<usize> = (0..ROWS)
        .map(|_| random.below(count as u64) as usize)
        .collect();
    // Padding that nothing reads may be anything.
    rows.extend([0, count - 1]);
    let p = trace.modulus as u32;
    let mut catch = Catch::default();
    for row in rows {
        let right = around(schema, trace, table, row);
        for cell in column.at..column.at + column.len {
            let at = row * description.width() + cell as usize;
            let good = trace.tables[table].cells[at];
            let other = random.below(u64::from(p)) as u32;
            let wrong = [
                0,
                1,
                good ^ 1,
                (good + 1) % p,
                (good + p - 1) % p,
                p - good,
                other,
            ];
            for value in wrong.into_iter().filter(|&v| v != good && v < p) {
                trace.tables[table].cells[at] = value;
                let before = (row + height - 1) % height;
                let violations: BTreeSet<usize> = [before, row]
                    .into_iter()
                    .flat_map(|row| check_row(schema, trace, table, row))
                    .map(|violation| violation.constraint)
                    .collect();
                let changed = around(schema, trace, table, row);
                let unbalanced: BTreeSet<usize> = changed
                    .iter()
                    .filter(|(message, count)| right.get(message) != Some(count))
                    .chain(
                        right
                            .iter()
                            .filter(|(message, _)| !changed.contains_key(message)),
                    )
                    .map(|((bus, _), _)| *bus)
                    .collect();
                assert!(
                    !violations.is_empty() || !unbalanced.is_empty(),
                    "{}.{} of row {row}: {value} for {good} is not caught",
                    description.name,
                    description.cell_name(cell as usize)
                );
                catch.tried += 1;
                catch.constraints.extend(violations);
                catch.buses.extend(unbalanced);
            }
            trace.tables[table].cells[at] = good;
        }
    }
    catch
}
