//! How often messages are sent, for the tables that count them.
//!
//! Where all receivers of a bus are tables of every number below a given one, the elements of a message that tell its receivers apart are
//! one number, and messages are counted in an array by that. Which elements those are is found by trying; that the others are as
//! the receiver has them is looked up. On all other buses messages are hashed.

use super::super::Filled;
use super::super::fill;
use super::super::record::Execution;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use zktr_isa::trace::{CellValue, Rows, Schema, Table};

/// The most numbers of an array.
const MOST: u64 = 1 << 22;

/// What is sent on a bus.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// If messages are counted by number.
    pub(super) dense: Option<Dense>,
    /// How often the others are sent.
    pub(super) counts: HashMap<Box<[u32]>, u64>,
}

/// Messages by number.
#[derive(Debug)]
pub(super) struct Dense {
    /// The elements of a message that its number is made of, with the greatest value of each and what it is multiplied by.
    pub(super) key: Vec<(usize, u32, u32)>,
    /// Other elements, with what they have to be by number.
    pub(super) others: Vec<(usize, Vec<u32>)>,
    /// How many numbers there are; the next one is for what nobody receives.
    pub(super) size: u32,
    /// How often each number was sent.
    sums: Vec<u64>,
    /// The same, to be added.
    recent: Vec<u32>,
    /// No number of recent messages is greater.
    pending: u64,
    cells: Vec<Counting>,
}

/// Cells of a table that count.
#[derive(Debug)]
struct Counting {
    table: usize,
    cell: usize,
    /// Rows with the number of the message that they receive.
    rows: Vec<(u32, u32)>,
}

impl Tally {
    /// For each bus; all receivers that count by number are known here.
    pub(super) fn of_all(schema: &Schema, modulus: u64) -> Vec<Self> {
        let mut known = vec![None; schema.tables.len()];
        (0..schema.buses.len())
            .map(|bus| Self {
                dense: Dense::new(schema, bus, modulus, &mut known),
                counts: HashMap::new(),
            })
            .collect()
    }

    /// Counts a message.
    pub(super) fn add(&mut self, message: &[u32], times: u64) {
        match &mut self.dense {
            Some(dense) => {
                if let Some(number) = dense.number(message) {
                    dense.sums[number as usize] += times;
                }
            }
            None => match self.counts.get_mut(message) {
                Some(sum) => *sum += times,
                None => {
                    self.counts.insert(message.into(), times);
                }
            },
        }
    }

    /// Forgets all messages.
    pub(super) fn clear(&mut self) {
        self.counts.clear();
        if let Some(dense) = &mut self.dense {
            dense.sums.fill(0);
            dense.recent.fill(0);
            dense.pending = 0;
        }
    }
}

impl Dense {
    /// The array to count in, to which at most `more` is to be added.
    #[inline(always)]
    pub(super) fn recent(&mut self, more: u64) -> &mut [u32] {
        self.pending = self.pending.saturating_add(more);
        if self.pending > u64::from(u32::MAX) {
            self.settle();
            self.pending = more;
        }
        &mut self.recent
    }

    /// Counts a message by its number, if its other elements are right.
    pub(super) fn add_checked(&mut self, number: u32, times: u64, other: impl Fn(usize) -> u32) {
        let number = number as usize;
        let mut others = self.others.iter().enumerate();
        if others.all(|(i, (_, values))| other(i) == values[number]) {
            self.sums[number] += times;
        }
    }

    #[cold]
    fn settle(&mut self) {
        for (sum, recent) in self.sums.iter_mut().zip(&mut self.recent) {
            *sum += u64::from(std::mem::take(recent));
        }
        self.pending = 0;
    }

    /// Writes how often the messages of a table are sent.
    pub(super) fn write(&mut self, table: usize, cells: &mut [u32], width: usize, modulus: u64) {
        if self.cells.iter().all(|c| c.table != table) {
            return;
        }
        self.settle();
        for Counting { cell, rows, .. } in self.cells.iter().filter(|c| c.table == table) {
            for (row, number) in rows {
                let sum = self.sums[*number as usize];
                let residue = if sum < modulus { sum } else { sum % modulus };
                cells[*row as usize * width + cell] = residue as u32;
            }
        }
    }

    /// The number of a message; none if nobody receives it.
    fn number(&self, message: &[u32]) -> Option<u32> {
        let mut number = 0;
        for (element, most, factor) in &self.key {
            let value = message[*element];
            if value > *most {
                return None;
            }
            number += value * factor;
        }
        let right =
            |(element, values): &(usize, Vec<u32>)| message[*element] == values[number as usize];
        self.others.iter().all(right).then_some(number)
    }

    /// `known` are the tables that have been filled for this, and will be.
    fn new(
        schema: &Schema,
        bus: usize,
        modulus: u64,
        known: &mut [Option<Filled>],
    ) -> Option<Self> {
        let counting = |table: &Table| -> Vec<(usize, usize)> {
            let cells = table.cells.iter().enumerate();
            cells
                .filter_map(|(cell, description)| match description.value {
                    CellValue::Count(i) if table.interactions[i].bus == bus => Some((cell, i)),
                    _ => None,
                })
                .collect()
        };
        let receivers: Vec<(usize, &Table, usize, usize)> = (0..)
            .zip(&schema.tables)
            .flat_map(|(index, table)| {
                let cells = counting(table).into_iter();
                cells.map(move |(cell, interaction)| (index, table, cell, interaction))
            })
            .collect();
        for (_, table, _, interaction) in &receivers {
            // What a message counts must not be part of it.
            let depends = table.interactions[*interaction].values.iter().any(|value| {
                let mut depends = false;
                value.cells(&mut |of, _| {
                    depends |= matches!(table.cells[of as usize].value, CellValue::Count(_));
                });
                depends
            });
            if depends || !matches!(table.rows, Rows::Index(_)) {
                return None;
            }
        }
        // All messages, one after the other: there are hundreds of thousands.
        let mut elements: Vec<u32> = Vec::new();
        let mut cells = Vec::new();
        let mut count = 0;
        for (index, table, cell, interaction) in receivers {
            let filled = known[index].get_or_insert_with(|| {
                fill::rows(schema, table, &Execution::default(), &[], modulus)
            });
            let values = &table.interactions[interaction].values;
            let mut rows = Vec::with_capacity(filled.height());
            for row in 0..filled.height() {
                let (this, next) = (filled.row(row), filled.next(row));
                let value = values
                    .iter()
                    .map(|value| value.eval(modulus, this, next) as u32);
                elements.extend(value);
                rows.push((row as u32, count));
                count += 1;
            }
            cells.push(Counting {
                table: index,
                cell,
                rows,
            });
        }
        let arity = elements.len().checked_div(count as usize)?;
        // The first one receives what several could.
        let mut seen: HashSet<&[u32], BuildHasherDefault<Mix>> = HashSet::default();
        seen.reserve(count as usize);
        let mut messages: Vec<&[u32]> = Vec::with_capacity(count as usize);
        for counting in &mut cells {
            counting.rows.retain_mut(|(_, at)| {
                let message = &elements[*at as usize * arity..][..arity];
                let first = seen.insert(message);
                if first {
                    *at = messages.len() as u32;
                    messages.push(message);
                }
                first
            });
        }
        drop(seen);
        let most: Vec<u32> = (0..arity)
            .map(|e| messages.iter().map(|m| m[e]).max().unwrap_or(0))
            .collect();
        let mut chosen: Vec<usize> = (0..arity).filter(|e| most[*e] > 0).collect();
        for element in (0..arity).rev() {
            let without: Vec<usize> = chosen.iter().copied().filter(|e| *e != element).collect();
            if without.len() < chosen.len() && distinct(&messages, &without, &most) {
                chosen = without;
            }
        }
        let mut size = 1;
        let mut key = Vec::new();
        for element in chosen.iter().rev() {
            key.push((*element, most[*element], size as u32));
            size *= u64::from(most[*element]) + 1;
            if size > MOST {
                return None;
            }
        }
        let mut dense = Self {
            key,
            others: Vec::new(),
            size: size as u32,
            sums: vec![0; size as usize + 1],
            recent: vec![0; size as usize + 1],
            pending: 0,
            cells,
        };
        let numbers: Vec<u32> = messages
            .iter()
            .map(|message| {
                let parts = dense.key.iter();
                parts
                    .map(|(element, _, factor)| message[*element] * factor)
                    .sum()
            })
            .collect();
        for element in (0..arity).filter(|e| !chosen.contains(e)) {
            // A number that nobody has is right with no value of a residue.
            let mut values = vec![u32::MAX; size as usize + 1];
            for (message, number) in messages.iter().zip(&numbers) {
                values[*number as usize] = message[element];
            }
            dense.others.push((element, values));
        }
        for counting in &mut dense.cells {
            for (_, number) in &mut counting.rows {
                *number = numbers[*number as usize];
            }
        }
        Some(dense)
    }
}

/// Whether messages, all of which are different, differ in these elements already.
fn distinct(messages: &[&[u32]], elements: &[usize], most: &[u32]) -> bool {
    let radix = elements.iter().try_fold(1u64, |product, e| {
        product.checked_mul(u64::from(most[*e]) + 1)
    });
    let Some(radix) = radix else { return false };
    if radix < messages.len() as u64 {
        return false;
    }
    let number = |message: &[u32]| {
        let digits = elements.iter();
        digits.fold(0, |sum, e| {
            sum * (u64::from(most[*e]) + 1) + u64::from(message[*e])
        })
    };
    if radix > MOST {
        let mut seen: HashSet<u64, BuildHasherDefault<Mix>> = HashSet::default();
        return messages.iter().all(|message| seen.insert(number(message)));
    }
    let mut seen = vec![false; radix as usize];
    messages
        .iter()
        .all(|message| !std::mem::replace(&mut seen[number(message) as usize], true))
}

/// A quick hash: the messages are those of the spec.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for bytes in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        // The high bits of products depend on all of the words, the low ones do not.
        self.0 ^ self.0 >> 32
    }
}
