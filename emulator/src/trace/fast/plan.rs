//! What is done for each block of a table's rows, compiled from the schema.

use super::super::fill;
use super::filler::takes;
use super::graph::{Graph, Id};
use super::layout::Layout;
use super::lower::{Lowered, condition, lower};
use super::program::{Known, Program, Reg, Registers};
use super::segment::slot;
use super::source::{Line, WORDS};
use super::tally::{Dense, Tally};
use crate::trace::{Filled, ProgramWord};
use zktr_isa::algebra::BinOp;
use zktr_isa::trace::term::Signal;
use zktr_isa::trace::{Interaction, Rows, Schema};

/// A table.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) lowered: Lowered,
    pub(super) program: Program,
    pub(super) registers: Registers,
    /// What the words of a row's source are, if they are not those of a record or a message.
    pub(super) signals: Vec<Signal>,
    /// Rows have program words.
    pub(super) coded: bool,
    /// Lines of a row's source.
    pub(super) per_row: usize,
    pub(super) row: Layout,
    /// Not zero where there is a row.
    pub(super) only: Option<Reg>,
    pub(super) sends: Vec<Send>,
    pub(super) padding: Vec<u32>,
    pub(super) fixed: Fixed,
    /// The instruction of each program word.
    pub(super) words: Vec<usize>,
}

/// A message that each row sends, or some.
#[derive(Debug)]
pub(super) struct Send {
    pub(super) interaction: usize,
    pub(super) how: How,
}

/// What is done with it.
#[derive(Debug)]
pub(super) enum How {
    /// It depends on the program word only: counted for each word.
    Fixed { count: Id, values: Vec<Id> },
    /// Counted by number.
    Dense {
        number: Reg,
        count: Times,
        others: Vec<Reg>,
    },
    /// Counted by content.
    Hash { values: Vec<Reg>, count: Times },
    /// Made to rows of these tables; a bit of the route is set for each that has one.
    Rows {
        message: Layout,
        route: Reg,
        count: Times,
        to: Vec<usize>,
        /// How many lines a message has.
        per_row: usize,
    },
    /// Evaluated cell by cell when the table is filled: messages that depend on the next row.
    Slow { counted: bool, to: Vec<usize> },
}

/// How often a row sends a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// None for once.
    pub(super) from: Option<Reg>,
    /// The most.
    pub(super) most: u64,
}

/// What is computed once for a program.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    pub(super) known: Known,
    /// The fixed cells of each word.
    pub(super) cells: Vec<Line>,
    /// The same of messages that are made to rows, for each send.
    pub(super) messages: Vec<Vec<Line>>,
    /// Messages that depend on the word only, with how often they are sent, for each send.
    pub(super) sent: Vec<Vec<(u64, Box<[u32]>)>>,
}

/// The greatest value of each element of the messages that are made to rows of each table.
pub(super) type Bounds = Vec<Vec<u32>>;

/// How many lines a message has.
pub(super) fn lines(schema: &Schema, bus: usize) -> usize {
    schema.buses[bus].arity().div_ceil(WORDS).max(1)
}

impl Plan {
    /// For a table; those before it have been compiled, and have left in `bounds` what they send to it.
    pub(super) fn new(
        schema: &Schema,
        index: usize,
        modulus: u64,
        bounds: &mut Bounds,
        tallies: &[Tally],
    ) -> Self {
        let table = &schema.tables[index];
        let coded = matches!(table.rows, Rows::Instruction(_) | Rows::Program(_));
        let mut signals = Vec::new();
        let known = bounds[index].clone();
        let mut lowered = lower(table, modulus, |graph, signal| {
            let most = u32::MAX;
            match (&table.rows, signal) {
                (Rows::Message(_), Signal::Message(element)) => {
                    // Nothing is sent that nobody sends.
                    graph.input(element, known.get(element as usize).copied().unwrap_or(0))
                }
                (
                    Rows::Instruction(_) | Rows::Program(_),
                    Signal::Pc
                    | Signal::Word
                    | Signal::Imm
                    | Signal::Rd
                    | Signal::Rs1
                    | Signal::Rs2,
                ) => graph.code(signal),
                (Rows::Instruction(_), signal) => match slot(signal) {
                    Some(slot) => graph.input(slot as u32, most),
                    None => graph.input((WORDS + place(&mut signals, signal)) as u32, most),
                },
                (_, signal) => graph.input(place(&mut signals, signal) as u32, most),
            }
        });
        let per_row = match table.rows {
            Rows::Instruction(_) => 1,
            Rows::Program(_) => 0,
            Rows::Message(bus) => lines(schema, bus),
            _ => signals.len().div_ceil(WORDS).max(1),
        };
        let mut compiler = Compiler {
            schema,
            index,
            modulus,
            coded,
            per_row,
            tallies,
            wanted: Layout::wanted(&lowered.graph, &lowered.cells, per_row),
        };
        let only = lowered
            .only
            .filter(|_| !matches!(table.rows, Rows::Message(_)));
        let only = only.map(|only| truth(&mut lowered.graph, only));
        compiler.wanted.extend(only);
        let mut drafts = Vec::new();
        for (i, interaction) in table.interactions.iter().enumerate() {
            if interaction.send {
                compiler.send(&mut lowered, only, i, bounds, &mut drafts);
            }
        }
        let program = Program::new(&lowered.graph, &compiler.wanted, per_row);
        let place = |id: Id| program.place(id);
        let sends = drafts
            .into_iter()
            .map(|(interaction, draft)| Send {
                interaction,
                how: match draft {
                    Draft::Fixed { count, values } => How::Fixed { count, values },
                    Draft::Dense {
                        number,
                        count,
                        others,
                    } => How::Dense {
                        number: place(number),
                        count: times(&lowered.graph, count, place),
                        others: others.into_iter().map(place).collect(),
                    },
                    Draft::Hash { values, count } => How::Hash {
                        values: values.into_iter().map(place).collect(),
                        count: times(&lowered.graph, count, place),
                    },
                    Draft::Rows {
                        values,
                        route,
                        count,
                        to,
                    } => How::Rows {
                        message: Layout::new(&lowered.graph, &program, &values, per_row),
                        route: place(route),
                        count: times(&lowered.graph, count, place),
                        to,
                        per_row: lines(schema, table.interactions[interaction].bus),
                    },
                    Draft::Slow { counted, to } => How::Slow { counted, to },
                },
            })
            .collect();
        Self {
            row: Layout::new(&lowered.graph, &program, &lowered.cells, per_row),
            registers: program.registers(),
            only: only.map(place),
            sends,
            padding: fill::padding(table, modulus),
            fixed: Fixed::default(),
            words: Vec::new(),
            lowered,
            program,
            signals,
            coded,
            per_row,
        }
    }

    /// Computes what depends on the words of this program only.
    pub(super) fn prepare(&mut self, program: &[ProgramWord]) {
        let graph = &self.lowered.graph;
        let mut values = vec![0u64; graph.nodes.len()];
        let mut fixed = Fixed {
            known: Known {
                lines: Vec::new(),
                columns: vec![Vec::with_capacity(program.len()); self.program.columns.len()],
            },
            cells: Vec::new(),
            messages: vec![Vec::new(); self.sends.len()],
            sent: vec![Vec::new(); self.sends.len()],
        };
        for code in program {
            for id in 0..graph.nodes.len() {
                if graph.infos[id].fixed {
                    values[id] = graph.evaluate(id as Id, |id| values[id as usize], code);
                }
            }
            let word = |id: Id| values[id as usize] as u32;
            for words in self.program.words.chunks(WORDS) {
                let mut line = [0; WORDS];
                line.iter_mut()
                    .zip(words)
                    .for_each(|(to, id)| *to = word(*id));
                fixed.known.lines.push(line);
            }
            for (column, id) in fixed.known.columns.iter_mut().zip(&self.program.columns) {
                column.push(values[*id as usize]);
            }
            self.row.prepare(&mut fixed.cells, word);
            for (i, send) in self.sends.iter().enumerate() {
                match &send.how {
                    How::Fixed { count, values: of } => {
                        let message = of.iter().map(|id| word(*id)).collect();
                        fixed.sent[i].push((values[*count as usize], message));
                    }
                    How::Rows { message, .. } => {
                        message.prepare(&mut fixed.messages[i], word);
                    }
                    _ => {}
                }
            }
        }
        self.fixed = fixed;
        self.words = program.iter().map(|code| code.instruction).collect();
    }
}

/// A send before it is known where its values are.
enum Draft {
    Fixed {
        count: Id,
        values: Vec<Id>,
    },
    Dense {
        number: Id,
        count: Id,
        others: Vec<Id>,
    },
    Hash {
        values: Vec<Id>,
        count: Id,
    },
    Rows {
        values: Vec<Id>,
        route: Id,
        count: Id,
        to: Vec<usize>,
    },
    Slow {
        counted: bool,
        to: Vec<usize>,
    },
}

struct Compiler<'a> {
    schema: &'a Schema,
    index: usize,
    modulus: u64,
    coded: bool,
    per_row: usize,
    tallies: &'a [Tally],
    /// Values that have to be in lanes.
    wanted: Vec<Id>,
}

impl Compiler<'_> {
    fn send(
        &mut self,
        lowered: &mut Lowered,
        only: Option<Id>,
        index: usize,
        bounds: &mut Bounds,
        out: &mut Vec<(usize, Draft)>,
    ) {
        let interaction = &self.schema.tables[self.index].interactions[index];
        let (listed, counted) = fill::receivers(self.schema, interaction.bus);
        let later = self.schema.tables.iter().enumerate().skip(self.index + 1);
        let to: Vec<usize> = later
            .filter(|(_, table)| listed && table.rows == Rows::Message(interaction.bus))
            .map(|(index, _)| index)
            .collect();
        let values: Option<Vec<Id>> = interaction
            .values
            .iter()
            .map(|v| lowered.affine(v))
            .collect();
        let count = lowered.affine(&interaction.count);
        // A route has a bit for each receiver.
        let (Some(mut count), Some(values), 0..=32) = (count, values, to.len()) else {
            for receiver in &to {
                bounds[*receiver] = vec![self.modulus as u32 - 1; interaction.values.len()];
            }
            if counted || !to.is_empty() {
                out.push((index, Draft::Slow { counted, to }));
            }
            return;
        };
        let graph = &mut lowered.graph;
        if let Some(only) = only {
            let zero = graph.number(0);
            count = graph.select(only, count, zero);
        }
        let padding = self.padding(interaction);
        if graph.constant(count) == Some(0) && padding.is_none() {
            return;
        }
        if counted {
            out.push((index, self.counted(graph, interaction, count, &values)));
        }
        let mut route = graph.number(0);
        let mut taken = Vec::new();
        for receiver in to {
            let table = &self.schema.tables[receiver];
            let bit = graph.number(1 << taken.len());
            let padding = padding.as_ref().filter(|message| takes(table, message));
            let zero = graph.number(0);
            let bit = match condition(graph, table, &values) {
                None => bit,
                Some(only) => graph.select(only, bit, zero),
            };
            if bit == zero && padding.is_none() {
                continue;
            }
            route = graph.binary(BinOp::Or, route, bit);
            taken.push(receiver);
            let known = &mut bounds[receiver];
            known.resize(values.len(), 0);
            for (known, value) in known.iter_mut().zip(&values) {
                *known = (*known).max(graph.info(*value).max as u32);
            }
            for (known, value) in known.iter_mut().zip(padding.into_iter().flatten()) {
                *known = (*known).max(*value);
            }
        }
        if taken.is_empty() {
            return;
        }
        // A message has whole lines.
        let mut values = values;
        let zero = graph.number(0);
        values.resize(lines(self.schema, interaction.bus) * WORDS, zero);
        self.wanted
            .extend(Layout::wanted(graph, &values, self.per_row));
        // No table has a row for what is not sent.
        let route = graph.select(count, route, zero);
        self.wanted.push(route);
        self.wanted.push(count);
        out.push((
            index,
            Draft::Rows {
                values,
                route,
                count,
                to: taken,
            },
        ));
    }

    /// What a row of padding sends, if it does.
    fn padding(&self, interaction: &Interaction) -> Option<Box<[u32]>> {
        let table = &self.schema.tables[self.index];
        let modulus = self.modulus;
        let row = Filled {
            rows: 0,
            width: table.width(),
            cells: fill::padding(table, modulus),
        };
        let mut sent = None;
        fill::each_message(interaction, &row, modulus, |message, _| {
            sent = Some(message)
        });
        sent
    }

    fn counted(
        &mut self,
        graph: &mut Graph,
        interaction: &Interaction,
        count: Id,
        values: &[Id],
    ) -> Draft {
        let fixed = |id: &Id| graph.info(*id).fixed;
        if self.coded && fixed(&count) && values.iter().all(fixed) {
            return Draft::Fixed {
                count,
                values: values.to_vec(),
            };
        }
        self.wanted.push(count);
        let Some(dense) = &self.tallies[interaction.bus].dense else {
            self.wanted.extend(values);
            return Draft::Hash {
                values: values.to_vec(),
                count,
            };
        };
        let number = number(graph, dense, values);
        self.wanted.push(number);
        let others: Vec<Id> = dense
            .others
            .iter()
            .map(|(element, _)| values[*element])
            .collect();
        self.wanted.extend(&others);
        Draft::Dense {
            number,
            count,
            others,
        }
    }
}

/// The number of a message, or the one for those that nobody receives.
fn number(graph: &mut Graph, dense: &Dense, values: &[Id]) -> Id {
    let mut number = graph.number(0);
    let mut right = graph.number(1);
    for (element, most, factor) in &dense.key {
        let value = values[*element];
        let factor = graph.number(u64::from(*factor));
        // Below 2^32, if each is right; if one is not, it does not matter what this is.
        let product = graph.binary(BinOp::Mul, value, factor);
        number = graph.binary(BinOp::Add, number, product);
        if graph.info(value).max > u64::from(*most) {
            let most = graph.number(u64::from(*most));
            let fits = graph.binary(BinOp::LeU, value, most);
            right = graph.binary(BinOp::And, right, fits);
        }
    }
    let nobody = graph.number(u64::from(dense.size));
    let number = graph.select(right, number, nobody);
    let all = graph.number(u64::from(u32::MAX));
    graph.binary(BinOp::And, number, all)
}

fn truth(graph: &mut Graph, id: Id) -> Id {
    let zero = graph.number(0);
    graph.binary(BinOp::Ne, id, zero)
}

fn times(graph: &Graph, count: Id, place: impl Fn(Id) -> Reg) -> Times {
    match graph.constant(count) {
        Some(1) => Times {
            from: None,
            most: 1,
        },
        _ => Times {
            from: Some(place(count)),
            most: graph.info(count).max,
        },
    }
}

/// The place of a signal in a list, to which it is added if it is not there.
fn place(signals: &mut Vec<Signal>, signal: Signal) -> usize {
    match signals.iter().position(|known| *known == signal) {
        Some(place) => place,
        None => {
            signals.push(signal);
            signals.len() - 1
        }
    }
}
