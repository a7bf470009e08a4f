//! What a proof says, and the tables of the schema that follow from it.
//!
//! A run is a chain of segments. [`State`] is what is in memory, in registers and in the program counter between two of
//! them; a [`Claim`] says what a segment makes of one. The first state is that of the loaded program, which a verifier knows; a
//! claim lists the words that differ afterwards or that have been used at all, so that with each claim a verifier knows the next
//! state.
//!
//! The tables that everybody knows are filled from a recording of which only the public part is there.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use zktr_emu::host::Machine;
use zktr_emu::memory::SegmentedMemory;
use zktr_emu::trace::{self, Call, Event, Exchange, Execution, ProgramWord, WordState};
use zktr_isa::Spec;
use zktr_isa::algebra::{Effect, Stmt};

use crate::Error;

/// The words that are not zero, registers included, by word address as in the schema; and where execution goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Contents by word address.
    pub words: BTreeMap<u32, u32>,
    /// The program counter.
    pub pc: u32,
}

impl State {
    /// The state of a machine.
    #[must_use]
    pub fn of(spec: &Spec, machine: &Machine) -> Self {
        let mut words = BTreeMap::new();
        for (start, bytes) in machine.memory().contents() {
            for (addr, byte) in (start..).zip(bytes).filter(|(_, byte)| **byte != 0) {
                let word = words.entry((addr >> 2) as u32).or_insert(0);
                *word |= u32::from(*byte) << (8 * (addr % 4));
            }
        }
        for (number, value) in (spec.trace().guest.registers..).zip(machine.x()) {
            if *value != 0 {
                words.insert(number, *value as u32);
            }
        }
        Self {
            words,
            pc: machine.pc() as u32,
        }
    }

    /// A register.
    #[must_use]
    pub fn register(&self, spec: &Spec, number: u8) -> u32 {
        let addr = spec.trace().guest.registers + u32::from(number);
        self.words.get(&addr).copied().unwrap_or(0)
    }
}

/// What is public of an environment call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallClaim {
    /// When it begins.
    pub clock: u32,
    /// a7.
    pub number: u32,
    /// a0, a1, a2.
    pub args: [u32; 3],
    /// a0 after.
    pub result: u32,
    /// t0.
    pub t0: u32,
    /// t0 after.
    pub result_t0: u32,
}

/// A word that a call has read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeClaim {
    /// When the call begins.
    pub clock: u32,
    /// Word address.
    pub addr: u32,
    /// Content before.
    pub before: u32,
    /// Content after.
    pub after: u32,
}

/// What a segment makes of the state at its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Claim {
    /// Its place in the run, from 0.
    pub segment: u32,
    /// What the program could read: in the first segment only.
    pub inputs: Vec<Vec<u8>>,
    /// Where execution begins.
    pub start_pc: u32,
    /// Address of the instruction after the last.
    pub end_pc: u32,
    /// When that would begin.
    pub end_clock: u32,
    /// Environment calls, in order.
    pub calls: Vec<CallClaim>,
    /// What they have read and written: by time, then by address.
    pub exchanges: Vec<ExchangeClaim>,
    /// Words that have another value afterwards, and words that were zero and have been used, registers always: addresses, which grow,
    /// and values.
    pub last: Vec<(u32, u32)>,
}

impl Claim {
    /// What is public of a recorded segment.
    #[must_use]
    pub fn of(spec: &Spec, execution: &Execution, segment: u32, inputs: Vec<Vec<u8>>) -> Self {
        let registers = registers(spec);
        let calls = execution.events.iter().filter_map(|event| {
            let call = event.call?;
            Some(CallClaim {
                clock: event.clock,
                number: call.number,
                args: call.args,
                result: call.result,
                t0: call.t0,
                result_t0: call.result_t0,
            })
        });
        let exchanges = execution.exchanges.iter().map(|exchange| ExchangeClaim {
            clock: exchange.clock,
            addr: exchange.addr,
            before: exchange.before,
            after: exchange.after,
        });
        let last = execution.words.iter().filter_map(|word| {
            let listed =
                word.first == 0 || word.last != word.first || registers.contains(&word.addr);
            listed.then_some((word.addr, word.last))
        });
        Self {
            segment,
            inputs,
            start_pc: execution.start_pc,
            end_pc: execution.end_pc,
            end_clock: execution.end_clock,
            calls: calls.collect(),
            exchanges: exchanges.collect(),
            last: last.collect(),
        }
    }

    /// How many instructions the segment has.
    ///
    /// # Errors
    /// The time of its end is none.
    pub fn instructions(&self, spec: &Spec) -> Result<u64, Error> {
        let schema = spec.trace();
        let time = self.end_clock.checked_sub(schema.clock.first);
        let count = time
            .filter(|time| time.is_multiple_of(schema.clock.step))
            .map(|time| u64::from(time / schema.clock.step))
            .filter(|count| (1..=schema.guest.instructions).contains(count));
        count.ok_or_else(|| Error::claim("the time of its end is not that of a number of instructions that a segment can have"))
    }

    /// Whether all is in the form that a prover writes. What it says may still be wrong.
    ///
    /// # Errors
    /// What is not.
    pub fn check(&self, spec: &Spec, state: &State) -> Result<(), Error> {
        self.instructions(spec)?;
        let fail = |what| Err(Error::claim(what));
        if !self.start_pc.is_multiple_of(4) || !self.end_pc.is_multiple_of(4) {
            return fail("it begins or ends between two instructions");
        }
        if self.segment > 0 && !self.inputs.is_empty() {
            return fail("it has input, which belongs to the first segment");
        }
        if self.start_pc != state.pc {
            return fail("it does not begin where the run has come to");
        }
        if !self.calls.is_sorted_by(|a, b| a.clock < b.clock) {
            return fail("its calls are not in the order of time");
        }
        let key = |exchange: &ExchangeClaim| (exchange.clock, exchange.addr);
        if !self.exchanges.is_sorted_by(|a, b| key(a) < key(b)) {
            return fail("its exchanges are not in order");
        }
        if !self.last.is_sorted_by(|a, b| a.0 < b.0) {
            return fail("its words are not in the order of addresses");
        }
        let registers = registers(spec);
        let first = self
            .last
            .partition_point(|(addr, _)| *addr < registers.start);
        let known = self.last[first..].iter().map(|(addr, _)| *addr);
        if !known.eq(registers) {
            return fail("it does not have all registers, or words behind them");
        }
        Ok(())
    }

    /// The state after the segment.
    #[must_use]
    pub fn next(&self, mut state: State) -> State {
        for (addr, value) in &self.last {
            match value {
                0 => state.words.remove(addr),
                value => state.words.insert(*addr, *value),
            };
        }
        state.pc = self.end_pc;
        state
    }

    /// A recording with the public part of the segment: public tables, and the fixed columns of fixed ones, are filled from it as from the
    /// whole one.
    ///
    /// # Errors
    /// There are calls, and no instruction of the program makes any.
    pub fn execution(
        &self,
        spec: &Spec,
        program: &[ProgramWord],
        state: &State,
    ) -> Result<Execution, Error> {
        let call = program.iter().find(|word| is_call(spec, word.instruction));
        let events = self.calls.iter().map(|claim| {
            let code =
                call.ok_or_else(|| Error::claim("it has calls, and the program has none"))?;
            Ok(Event {
                code: *code,
                clock: claim.clock,
                call: Some(Call {
                    number: claim.number,
                    args: claim.args,
                    result: claim.result,
                    t0: claim.t0,
                    result_t0: claim.result_t0,
                    times: [0; 5],
                }),
                ..Event::default()
            })
        });
        let exchanges = self.exchanges.iter().map(|claim| Exchange {
            clock: claim.clock,
            addr: claim.addr,
            before: claim.before,
            after: claim.after,
            time: 0,
        });
        let mut words: BTreeMap<u32, (u32, u32)> = state
            .words
            .iter()
            .map(|(&addr, &value)| (addr, (value, value)))
            .collect();
        for &(addr, last) in &self.last {
            words.entry(addr).or_default().1 = last;
        }
        let words = words.into_iter().map(|(addr, (first, last))| WordState {
            addr,
            first,
            last,
            time: 0,
        });
        Ok(Execution {
            program: program.to_vec(),
            events: events.collect::<Result<_, Error>>()?,
            exchanges: exchanges.collect(),
            words: words.collect(),
            start_pc: self.start_pc,
            end_pc: self.end_pc,
            end_clock: self.end_clock,
        })
    }
}

/// Word addresses of registers.
fn registers(spec: &Spec) -> std::ops::Range<u32> {
    let first = spec.trace().guest.registers;
    first..first + 32
}

/// True for an instruction that calls the environment.
pub(crate) fn is_call(spec: &Spec, instruction: usize) -> bool {
    let modes = &spec.instructions[instruction].modes;
    modes.first().is_some_and(|mode| {
        let body = &mode.semantics.body;
        body.iter()
            .any(|statement| matches!(statement, Stmt::Effect(Effect::EnvironmentCall)))
    })
}

/// A program with what a proof about it takes from the spec.
#[derive(Debug, Clone)]
pub struct Program {
    /// The spec.
    pub spec: Arc<Spec>,
    /// Its instructions.
    pub words: Vec<ProgramWord>,
    digest: [u8; 32],
}

impl Program {
    /// The program in a machine's memory. `extensions` are the texts that the spec has beside the built-in ones.
    #[must_use]
    pub fn new(spec: &Arc<Spec>, extensions: &[&str], memory: &SegmentedMemory) -> Self {
        let words = trace::program(spec, memory);
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(&(extensions.len() as u64).to_le_bytes());
        let builtin = Spec::builtin_files().iter().map(|source| &source.text[..]);
        builtin
            .chain(extensions.iter().copied())
            .for_each(|text| part(text.as_bytes()));
        let code: Vec<u8> = words
            .iter()
            .flat_map(|word| [word.pc.to_le_bytes(), word.word.to_le_bytes()])
            .flatten()
            .collect();
        part(&code);
        Self {
            spec: spec.clone(),
            words,
            digest: hash.finalize().into(),
        }
    }

    /// Digest of the spec's texts and of the program.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}
