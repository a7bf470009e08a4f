//! Recording at the machine's speed: what [`super::super::record_each`] notes, of instructions that are executed by the host core's
//! operations. What those cannot do, the golden recorder does, one instruction at a time, and into the same segment.

use super::super::record::{Options, ProgramWord, Region, check_guest, current, mark, program};
use super::pages::Pages;
use super::segment::{
    ACCESSES, CLOCK, CODE, MEM_ADDR, MEM_AFTER, MEM_BEFORE, MEM_TIME, NEXT_PC, RD_BEFORE, RD_TIME,
    RD_VALUE, RS1_TIME, RS1_VALUE, RS2_TIME, RS2_VALUE, Segment, line,
};
use super::source::Line;
use crate::host::{Machine, Noted, Site, Sites, Stop};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_isa::trace::Clock;

/// Lines that are made room for at once.
const ROOM: u64 = 1 << 20;

/// Runs a guest until it stops or the fuel is used up, and gives `deliver` one part of the run after the other.
///
/// # Errors
/// As for [`super::super::record_each`].
pub fn record_each<E: From<Diagnostic>>(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
    mut deliver: impl FnMut(&Segment) -> Result<(), E>,
) -> Result<Stop, E> {
    record_into(spec, machine, options, |segment| deliver(segment))
}

/// The same, where what is delivered may be exchanged for the memory of another segment of the same program.
pub(super) fn record_into<E: From<Diagnostic>>(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
    mut deliver: impl FnMut(&mut Segment) -> Result<(), E>,
) -> Result<Stop, E> {
    let schema = spec.trace();
    check_guest(schema, machine)?;
    let program = program(spec, machine.memory());
    let words = program
        .iter()
        .map(|code| (code.pc, code.word, [code.rd, code.rs1, code.rs2]));
    let mut recorder = Recorder {
        spec,
        sites: Sites::new(spec, machine.memory(), words),
        pages: Pages::new(schema.guest.registers),
        segment: Segment::default(),
        clock: schema.clock,
        limit: options.segment.clamp(1, schema.guest.instructions),
        now: 0,
    };
    recorder.segment.run.program = program;
    let mut on = !options.marked;
    let mut begun = false;
    let mut left = options.fuel;
    let stop = loop {
        if left == 0 {
            break Stop::OutOfFuel;
        }
        let effect = match options.marked {
            true => current(spec, machine).and_then(|index| mark(&spec.instructions[index])),
            false => None,
        };
        if effect == Some(false) {
            on = false;
        }
        let full = recorder.segment.lines.len() as u64 >= recorder.limit;
        if begun && (!on || full) {
            begun = false;
            deliver(recorder.end(machine))?;
        }
        if !on {
            left -= 1;
            match machine.run(1) {
                Stop::OutOfFuel => {}
                stop => break stop,
            }
        } else {
            if !begun {
                begun = true;
                recorder.begin(machine);
            }
            let before = machine.retired();
            recorder.run(machine, left);
            let done = machine.retired() - before;
            left -= done;
            let full = recorder.segment.lines.len() as u64 >= recorder.limit;
            let step = if done == 0 {
                left -= 1;
                recorder.step(machine)?
            } else if left == 0 || full {
                // Why the machine cannot go on, if it cannot, is part of this segment.
                machine.run(0)
            } else {
                Stop::OutOfFuel
            };
            match step {
                Stop::OutOfFuel => {}
                stop => break stop,
            }
        }
        if effect == Some(true) {
            on = true;
        }
    };
    if begun {
        deliver(recorder.end(machine))?;
    }
    Ok(stop)
}

struct Recorder<'a> {
    spec: &'a Spec,
    sites: Sites,
    pages: Pages,
    segment: Segment,
    clock: Clock,
    limit: u64,
    now: u32,
}

impl Recorder<'_> {
    fn begin(&mut self, machine: &Machine) {
        let Segment {
            run,
            lines,
            codes,
            sparse,
        } = &mut self.segment;
        run.exchanges.clear();
        run.start_pc = machine.pc() as u32;
        lines.clear();
        lines.reserve(self.limit.min(ROOM) as usize);
        codes.clear();
        codes.reserve(self.limit.min(ROOM) as usize);
        sparse.clear();
        self.pages.begin(machine);
        self.now = self.clock.first;
    }

    fn end(&mut self, machine: &Machine) -> &mut Segment {
        let run = &mut self.segment.run;
        run.words = self.pages.words(machine);
        run.end_pc = machine.pc() as u32;
        run.end_clock = self.now;
        &mut self.segment
    }

    /// Records as many instructions as the host core's operations can execute.
    fn run(&mut self, machine: &mut Machine, left: u64) {
        let Self {
            segment,
            pages,
            now,
            clock,
            ..
        } = self;
        let Segment { lines, codes, .. } = segment;
        let fuel = left.min(self.limit - lines.len() as u64);
        let clock = *clock;
        machine.run_noted(&self.sites, fuel, |site, noted| {
            codes.push(noted.code);
            lines.push(note(pages, site, noted, *now, clock));
            *now += clock.step;
        });
    }

    /// Records one instruction as the golden recorder does.
    fn step(&mut self, machine: &mut Machine) -> Result<Stop, Diagnostic> {
        let program = &self.segment.run.program;
        let pc = machine.pc() as u32;
        let code = program.binary_search_by_key(&pc, |code| code.pc).ok();
        let word: Option<ProgramWord> = code.map(|code| program[code]);
        let mut region = Region::begin(self.spec, machine, &mut self.pages);
        region.now = self.now;
        let stop = region.step(self.spec, machine, word.as_ref())?;
        self.now = region.now;
        let mut execution = region.execution;
        self.segment.run.exchanges.append(&mut execution.exchanges);
        for event in execution.events {
            let line = line(&event, code.unwrap_or(0) as u32);
            self.segment.push(line, event);
        }
        Ok(stop)
    }
}

/// The line of an instruction that the host core has executed.
#[inline(always)]
fn note(pages: &mut Pages, site: &Site, noted: &Noted, now: u32, clock: Clock) -> Line {
    let mut line: Line = [0; 16];
    line[CODE] = noted.code;
    line[NEXT_PC] = noted.next_pc;
    line[CLOCK] = now;
    line[RS1_VALUE] = noted.rs1_value;
    line[RS2_VALUE] = noted.rs2_value;
    line[RD_BEFORE] = noted.rd_before;
    line[RD_VALUE] = noted.rd_value;
    let times = &mut pages.register_times;
    let mut register =
        |number: u8, slot: u32| std::mem::replace(&mut times[usize::from(number % 32)], now + slot);
    line[RS1_TIME] = register(site.rs1, clock.rs1);
    line[RS2_TIME] = register(site.rs2, clock.rs2);
    if site.rd != 0 {
        line[RD_TIME] = register(site.rd, clock.rd);
    }
    if let Some((addr, before, after)) = noted.access {
        line[MEM_ADDR] = addr;
        line[MEM_BEFORE] = before;
        line[MEM_AFTER] = after;
        line[MEM_TIME] = pages.memory(addr >> 2, before, now + clock.memory);
        line[ACCESSES] = 1;
    }
    line
}
