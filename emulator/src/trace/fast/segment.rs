//! A part of a run in the form in which it is recorded fast: a line of words for each instruction.

use super::super::record::{Event, Execution, MemoryAccess};
use super::source::Line;
use zktr_isa::trace::term::Signal;

pub(super) const CODE: usize = 0;
pub(super) const NEXT_PC: usize = 1;
pub(super) const CLOCK: usize = 2;
pub(super) const RS1_VALUE: usize = 3;
pub(super) const RS2_VALUE: usize = 4;
pub(super) const RD_BEFORE: usize = 5;
pub(super) const RD_VALUE: usize = 6;
pub(super) const RS1_TIME: usize = 7;
pub(super) const RS2_TIME: usize = 8;
pub(super) const RD_TIME: usize = 9;
pub(super) const MEM_ADDR: usize = 10;
pub(super) const MEM_BEFORE: usize = 11;
pub(super) const MEM_AFTER: usize = 12;
pub(super) const MEM_TIME: usize = 13;

/// Where a line has a signal; none if it is one of the program word, or of few instructions.
pub(super) fn slot(signal: Signal) -> Option<usize> {
    Some(match signal {
        Signal::NextPc => NEXT_PC,
        Signal::Clock => CLOCK,
        Signal::Rs1Value => RS1_VALUE,
        Signal::Rs2Value => RS2_VALUE,
        Signal::RdBefore => RD_BEFORE,
        Signal::RdValue => RD_VALUE,
        Signal::Rs1Time => RS1_TIME,
        Signal::Rs2Time => RS2_TIME,
        Signal::RdTime => RD_TIME,
        Signal::MemAddr => MEM_ADDR,
        Signal::MemBefore => MEM_BEFORE,
        Signal::MemAfter => MEM_AFTER,
        Signal::MemTime => MEM_TIME,
        _ => return None,
    })
}

/// A part of a run from which all tables are filled: what an [`Execution`] is, more compactly.
#[derive(Debug, Clone, Default)]
pub struct Segment {
    /// All but the instructions that were executed.
    pub(super) run: Execution,
    /// Those, in the order of execution.
    pub(super) lines: Vec<Line>,
    /// The first word of each line once more: tables choose their rows by it.
    pub(super) codes: Vec<u32>,
    /// Those that have more than a line holds, with their index.
    pub(super) sparse: Vec<(u32, Event)>,
}

impl Segment {
    /// How many instructions were executed.
    #[must_use]
    pub fn instructions(&self) -> usize {
        self.lines.len()
    }

    /// Address of the first instruction.
    #[must_use]
    pub fn start_pc(&self) -> u32 {
        self.run.start_pc
    }

    /// Address of the instruction after the last.
    #[must_use]
    pub fn end_pc(&self) -> u32 {
        self.run.end_pc
    }

    /// The time at which that would begin.
    #[must_use]
    pub fn end_clock(&self) -> u32 {
        self.run.end_clock
    }

    /// The same as the golden recorder has it.
    #[must_use]
    pub fn execution(&self) -> Execution {
        let mut sparse = self.sparse.iter().peekable();
        let events = (0u32..).zip(&self.lines).map(|(i, line)| {
            let event = sparse.next_if(|(index, _)| *index == i);
            event.map_or_else(|| self.event(line), |(_, event)| *event)
        });
        Execution {
            events: events.collect(),
            ..self.run.clone()
        }
    }

    /// What is public of it: the same without the instructions that are no environment calls.
    #[must_use]
    pub fn public(&self) -> Execution {
        let events = self.sparse.iter().map(|(_, event)| *event);
        Execution {
            events: events.filter(|event| event.call.is_some()).collect(),
            ..self.run.clone()
        }
    }

    /// Adds an instruction.
    pub(super) fn push(&mut self, line: Line, event: Event) {
        if self.event(&line) != event {
            self.sparse.push((self.lines.len() as u32, event));
        }
        self.codes.push(line[CODE]);
        self.lines.push(line);
    }

    /// An instruction that has no more than a line.
    fn event(&self, line: &Line) -> Event {
        let memory = MemoryAccess {
            addr: line[MEM_ADDR],
            before: line[MEM_BEFORE],
            after: line[MEM_AFTER],
            time: line[MEM_TIME],
        };
        Event {
            code: self.run.program[line[CODE] as usize],
            clock: line[CLOCK],
            next_pc: line[NEXT_PC],
            rs1_value: line[RS1_VALUE],
            rs2_value: line[RS2_VALUE],
            rd_before: line[RD_BEFORE],
            rd_value: line[RD_VALUE],
            rs1_time: line[RS1_TIME],
            rs2_time: line[RS2_TIME],
            rd_time: line[RD_TIME],
            memory: (line[ACCESSES] != 0).then_some(memory),
            call: None,
        }
    }
}

/// Not zero if the instruction has an access to memory.
pub(super) const ACCESSES: usize = 14;

/// The line of an instruction, whose program word has this index.
pub(super) fn line(event: &Event, code: u32) -> Line {
    let memory = event.memory.unwrap_or_default();
    let mut line = [0; 16];
    for (slot, value) in [
        (CODE, code),
        (NEXT_PC, event.next_pc),
        (CLOCK, event.clock),
        (RS1_VALUE, event.rs1_value),
        (RS2_VALUE, event.rs2_value),
        (RD_BEFORE, event.rd_before),
        (RD_VALUE, event.rd_value),
        (RS1_TIME, event.rs1_time),
        (RS2_TIME, event.rs2_time),
        (RD_TIME, event.rd_time),
        (MEM_ADDR, memory.addr),
        (MEM_BEFORE, memory.before),
        (MEM_AFTER, memory.after),
        (MEM_TIME, memory.time),
        (ACCESSES, u32::from(event.memory.is_some())),
    ] {
        line[slot] = value;
    }
    line
}

impl From<Execution> for Segment {
    /// What a line does not hold is kept beside it. An instruction that is not one of the program's words is left out; the golden
    /// recorder notes none.
    fn from(mut execution: Execution) -> Self {
        let events = std::mem::take(&mut execution.events);
        let mut segment = Self {
            run: execution,
            lines: Vec::with_capacity(events.len()),
            codes: Vec::with_capacity(events.len()),
            sparse: Vec::new(),
        };
        for event in events {
            let program = &segment.run.program;
            let Ok(code) = program.binary_search_by_key(&event.code.pc, |word| word.pc) else {
                continue;
            };
            segment.push(line(&event, code as u32), event);
        }
        segment
    }
}
