//! The buses: what is sent is what is received.

use super::Trace;
use std::collections::HashMap;
use zktr_isa::field::{Arithmetic, Element};
use zktr_isa::trace::{Bus, Schema};

/// A message of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Index of the bus.
    pub bus: usize,
    /// Its elements.
    pub values: Vec<u32>,
    /// How often it is sent, a residue; receiving is negative.
    pub count: u64,
}

/// A message that is not sent as often as it is received.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Imbalance {
    /// Index of the bus.
    pub bus: usize,
    /// Its elements.
    pub values: Vec<u32>,
    /// How much more often it is sent; negative if it is received more often.
    pub surplus: i64,
}

impl Imbalance {
    /// The imbalance in words.
    #[must_use]
    pub fn describe(&self, schema: &Schema) -> String {
        let bus: &Bus = &schema.buses[self.bus];
        let parts: Vec<String> = bus
            .fields
            .iter()
            .map(|field| {
                let values = &self.values[field.at as usize..][..field.len as usize];
                match values {
                    [value] => format!("{} = {value}", field.name),
                    _ => format!("{} = {values:?}", field.name),
                }
            })
            .collect();
        let (what, times) = if self.surplus > 0 {
            ("sent", self.surplus)
        } else {
            ("received", -self.surplus)
        };
        format!(
            "bus `{}`: {} is {what} {times} times too often",
            bus.name,
            parts.join(", ")
        )
    }
}

/// The messages of a row, without those of multiplicity zero.
pub fn messages<'a>(
    schema: &'a Schema,
    trace: &'a Trace,
    table: usize,
    row: usize,
) -> impl Iterator<Item = Message> + 'a {
    let filled = &trace.tables[table];
    let (this, next) = (filled.row(row), filled.next(row));
    let p = trace.modulus;
    schema.tables[table]
        .interactions
        .iter()
        .filter_map(move |interaction| {
            let count = match interaction.count.eval(p, this, next) {
                0 => return None,
                count if interaction.send => count,
                count => p - count,
            };
            let values = &interaction.values;
            Some(Message {
                bus: interaction.bus,
                values: values
                    .iter()
                    .map(|v| v.eval(p, this, next) as u32)
                    .collect(),
                count,
            })
        })
}

/// All messages that are not sent as often as they are received, by bus and message. None, if the buses balance.
#[must_use]
pub fn balance(schema: &Schema, trace: &Trace) -> Vec<Imbalance> {
    let mut sums: HashMap<(usize, Vec<u32>), u64> = HashMap::new();
    for (table, filled) in trace.tables.iter().enumerate() {
        for row in 0..filled.height() {
            for message in messages(schema, trace, table, row) {
                let sum = sums.entry((message.bus, message.values)).or_default();
                *sum = (*sum + message.count) % trace.modulus;
            }
        }
    }
    let mut out: Vec<Imbalance> = sums
        .into_iter()
        .filter(|(_, sum)| *sum != 0)
        .map(|((bus, values), sum)| Imbalance {
            bus,
            values,
            surplus: if sum > trace.modulus / 2 {
                sum.cast_signed() - trace.modulus.cast_signed()
            } else {
                sum.cast_signed()
            },
        })
        .collect();
    out.sort_unstable();
    out
}

/// A challenge for which a message has the fingerprint zero: draw another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroDenominator;

/// For each table, the sum of `count / (gamma + bus + 1 + sum_j beta^(j+1) value_j)` over its messages; the sums of all
/// tables add up to zero if the buses balance, and otherwise with negligible probability only.
///
/// # Errors
/// A denominator is zero.
pub fn logup(
    schema: &Schema,
    trace: &Trace,
    field: &Arithmetic,
    gamma: Element,
    beta: Element,
) -> Result<Vec<Element>, ZeroDenominator> {
    let mut sums = Vec::new();
    for (table, filled) in trace.tables.iter().enumerate() {
        let mut sum = Element::ZERO;
        for row in 0..filled.height() {
            for message in messages(schema, trace, table, row) {
                let mut power = Element::ONE;
                let number = field.from_int(message.bus as i128 + 1);
                let mut denominator = field.add(gamma, number);
                for value in message.values {
                    power = field.mul(power, beta);
                    let value = field.from_int(i128::from(value));
                    denominator = field.add(denominator, field.mul(power, value));
                }
                let inverse = field.inverse(denominator).ok_or(ZeroDenominator)?;
                let count = field.from_int(i128::from(message.count));
                sum = field.add(sum, field.mul(count, inverse));
            }
        }
        sums.push(sum);
    }
    Ok(sums)
}
