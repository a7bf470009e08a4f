//! A machine under a debugger, whatever its protocol: breakpoints, watchpoints, steps forward and back.
//!
//! Nothing is patched into memory. Breakpoints are addresses that are compared with the program counter, watchpoints
//! live in the memory layer, and a run without either of them goes at full speed. The way back is to
//! execute again from a snapshot: a run is a function of the machine's state. What the debugger has changed in
//! between belongs to the run; a later moment that is reached again without that change is not the same.

mod describe;
mod history;
mod log;

pub use describe::{describe, describe_offload};
pub use log::Offloaded;

use crate::host::{Machine, Mix, Observer, Offload, Retire, Stop};
use crate::memory::{WatchHit, Watchpoint};
use history::History;
use log::Log;
use std::collections::BTreeMap;
use std::sync::Arc;
use zktr_isa::Spec;

/// Most breakpoints, and most watchpoints.
const MAX_POINTS: usize = 1 << 12;
/// Instructions between two looks at whether the user has lost patience.
const SLICE: u64 = 1 << 20;
/// Most instructions that are executed again for statistics.
const MAX_COUNTED: u64 = 1 << 32;

/// How to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// One instruction.
    Step,
    /// Until there is a reason to stop.
    Continue,
    /// Until the program counter is outside of `start..end`.
    Range {
        /// First address.
        start: u64,
        /// Address behind the last.
        end: u64,
    },
    /// To before the last instruction.
    StepBack,
    /// To the last moment before this one with a reason to stop.
    ContinueBack,
}

/// Why the machine has stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// The steps are done.
    Stepped,
    /// The next instruction has a breakpoint.
    Breakpoint,
    /// A watchpoint was hit: by the last instruction, or on the way back by the next one.
    Watch(WatchHit),
    /// The last instruction has been refused, or has waited for an operation that was: see [`Debugger::offloads`].
    Refused,
    /// The caller has asked for it.
    Interrupted,
    /// The run's fuel is used up.
    OutOfFuel,
    /// There is no earlier moment.
    Beginning,
    /// The program has ended, or its next instruction cannot be executed.
    Ended(Stop),
}

/// A machine and what a debugger wants to know of it.
#[derive(Debug)]
pub struct Debugger {
    machine: Machine,
    spec: Arc<Spec>,
    /// Addresses, and how often each was asked for.
    breakpoints: BTreeMap<u64, u32>,
    watchpoints: usize,
    break_on_refusal: bool,
    log: Log,
    history: History,
    /// Instructions that may be executed in total.
    end: u64,
}

impl Debugger {
    /// A debugger on a machine that is about to run; at most `fuel` more instructions.
    pub fn new(machine: Machine, fuel: u64) -> Self {
        Self {
            spec: machine.spec().clone(),
            breakpoints: BTreeMap::new(),
            watchpoints: 0,
            break_on_refusal: false,
            log: Log::default(),
            history: History::new(&machine),
            end: machine.retired().saturating_add(fuel),
            machine,
        }
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine, whose registers and memory are going to be changed.
    pub fn edit(&mut self) -> &mut Machine {
        self.history.edit();
        &mut self.machine
    }

    /// The machine, no longer under the debugger, and the fuel that is left.
    pub fn into_machine(self) -> (Machine, u64) {
        let left = self.fuel();
        (self.machine, left)
    }

    /// Instructions that may still be executed.
    pub fn fuel(&self) -> u64 {
        self.end.saturating_sub(self.machine.retired())
    }

    /// Allows more instructions.
    pub fn add_fuel(&mut self, more: u64) {
        self.end = self.end.saturating_add(more);
    }

    /// The last instructions of the accelerator, the latest one last.
    pub fn offloads(&self) -> impl DoubleEndedIterator<Item = &Offloaded> {
        self.log.entries()
    }

    /// Whether a refusal is a reason to stop.
    pub fn break_on_refusal(&self) -> bool {
        self.break_on_refusal
    }

    /// Chooses whether a refusal is a reason to stop.
    pub fn set_break_on_refusal(&mut self, on: bool) {
        self.break_on_refusal = on;
    }

    /// Stops in front of the instruction at an address. False if there are too many breakpoints.
    pub fn add_breakpoint(&mut self, addr: u64) -> bool {
        if self.breakpoints.len() >= MAX_POINTS && !self.breakpoints.contains_key(&addr) {
            return false;
        }
        let count = self.breakpoints.entry(addr).or_default();
        *count = count.saturating_add(1);
        true
    }

    /// Takes one breakpoint at an address away. False if there is none.
    pub fn remove_breakpoint(&mut self, addr: u64) -> bool {
        let Some(count) = self.breakpoints.get_mut(&addr) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            self.breakpoints.remove(&addr);
        }
        true
    }

    /// Stops behind an access. False if there are too many watchpoints, or the range is impossible.
    pub fn add_watchpoint(&mut self, point: Watchpoint) -> bool {
        let added = self.watchpoints < MAX_POINTS && self.machine.watch(point);
        self.watchpoints += usize::from(added);
        added
    }

    /// Takes a watchpoint away. False if there is none.
    pub fn remove_watchpoint(&mut self, point: &Watchpoint) -> bool {
        let removed = self.machine.unwatch(point);
        self.watchpoints -= usize::from(removed);
        removed
    }

    /// Goes on until there is a reason to stop. `poll` is called from time to time; it says whether to interrupt.
    pub fn resume(&mut self, how: Resume, poll: &mut dyn FnMut(&Machine) -> bool) -> Halt {
        // What was noted before is no reason to stop now.
        self.machine.memory().take_watch_hit();
        match how {
            Resume::StepBack => self.step_back(),
            Resume::ContinueBack => self.continue_back(poll),
            Resume::Step => self.forward(None, 1, poll),
            Resume::Continue => self.forward(None, u64::MAX, poll),
            Resume::Range { start, end } => self.forward(Some((start, end)), u64::MAX, poll),
        }
    }

    /// How often each instruction has been executed since the beginning, which is found by executing all again.
    /// None if that is impossible or would take too long.
    pub fn mix(&mut self) -> Option<Mix> {
        let now = self.machine.retired();
        let beginning = self.history.beginning()?;
        if now - beginning > MAX_COUNTED {
            return None;
        }
        let present = self.machine.snapshot()?;
        let mut mix = Mix::default();
        for (snapshot, end) in self.history.stretches(now) {
            if self.machine.restore(snapshot) {
                let fuel = end.saturating_sub(snapshot.retired());
                self.machine.run_observed(fuel, &mut mix);
            }
        }
        self.machine.restore(&present);
        Some(mix)
    }

    // ---- forward ----

    fn forward(
        &mut self,
        range: Option<(u64, u64)>,
        steps: u64,
        poll: &mut dyn FnMut(&Machine) -> bool,
    ) -> Halt {
        self.history.go_on(&self.machine);
        let mut left = steps;
        loop {
            let now = self.machine.retired();
            let fuel = self.end.saturating_sub(now);
            if fuel == 0 {
                return Halt::OutOfFuel;
            }
            let slice = SLICE.min(fuel).min(left).min(self.history.due(now));
            let (stop, why) = self.run(range, slice, Direction::Forward);
            match (stop, why) {
                (Stop::Halted, Some(why)) => return why,
                (Stop::OutOfFuel | Stop::Halted, _) => {}
                (stop, _) => return Halt::Ended(stop),
            }
            self.history.pass(&self.machine);
            left = left.saturating_sub(slice);
            if left == 0 {
                return Halt::Stepped;
            }
            if poll(&self.machine) {
                return Halt::Interrupted;
            }
        }
    }

    /// Runs with the eyes that are needed.
    fn run(
        &mut self,
        range: Option<(u64, u64)>,
        fuel: u64,
        direction: Direction,
    ) -> (Stop, Option<Halt>) {
        let each = range.is_some() || !self.breakpoints.is_empty() || self.watchpoints > 0;
        let mut eyes = Eyes::<true> {
            spec: &self.spec,
            breakpoints: &self.breakpoints,
            range,
            log: (direction == Direction::Forward).then_some(&mut self.log),
            break_on_refusal: self.break_on_refusal,
            direction,
            why: None,
        };
        if each {
            let stop = self.machine.run_observed(fuel, &mut eyes);
            (stop, eyes.why)
        } else {
            let mut eyes = eyes.blink();
            let stop = self.machine.run_observed(fuel, &mut eyes);
            (stop, eyes.why)
        }
    }

    // ---- back ----

    fn step_back(&mut self) -> Halt {
        let before = self.machine.retired().checked_sub(1);
        match before.filter(|time| self.go_to(*time)) {
            Some(_) => Halt::Stepped,
            None => Halt::Beginning,
        }
    }

    /// Returns to an earlier time. False if it is before the beginning.
    fn go_to(&mut self, time: u64) -> bool {
        let reached = self
            .history
            .at(time)
            .is_some_and(|snapshot| self.machine.restore(snapshot));
        if reached {
            let fuel = time - self.machine.retired();
            // A fuel of zero would look at the next instruction, which need not exist.
            if fuel > 0 {
                self.machine.run(fuel);
            }
            self.machine.memory().take_watch_hit();
            self.log.rewind(time);
        }
        reached
    }

    fn continue_back(&mut self, poll: &mut dyn FnMut(&Machine) -> bool) -> Halt {
        let now = self.machine.retired();
        let mut end = now;
        loop {
            let found = match self.last_reason(end, poll) {
                Search::Found(time, halt) => Some((time, halt)),
                Search::Nothing(start) => {
                    end = start;
                    continue;
                }
                Search::Interrupted => Some((now, Halt::Interrupted)),
                Search::Over => None,
            };
            let Some((time, halt)) = found else {
                if let Some(beginning) = self.history.beginning() {
                    self.go_to(beginning);
                }
                return Halt::Beginning;
            };
            self.go_to(time);
            return halt;
        }
    }

    /// The last reason to stop between the latest snapshot before `end` and `end`.
    fn last_reason(&mut self, end: u64, poll: &mut dyn FnMut(&Machine) -> bool) -> Search {
        let Some(snapshot) = self.history.before(end) else {
            return Search::Over;
        };
        let start = snapshot.retired();
        if !self.machine.restore(snapshot) {
            return Search::Over;
        }
        let mut found = self
            .breakpoints
            .contains_key(&self.machine.pc())
            .then_some((start, Halt::Breakpoint));
        while self.machine.retired() < end {
            let fuel = (end - self.machine.retired()).min(SLICE);
            let (stop, why) = self.run(None, fuel, Direction::Back);
            let time = self.machine.retired();
            match why {
                Some(Halt::Breakpoint) if time < end => found = Some((time, Halt::Breakpoint)),
                // Before the instruction that has hit it, or was refused.
                Some(halt @ (Halt::Watch(_) | Halt::Refused)) => {
                    found = Some((time.saturating_sub(1), halt));
                }
                _ => {}
            }
            if !matches!(stop, Stop::OutOfFuel | Stop::Halted) {
                break;
            }
            if poll(&self.machine) {
                return Search::Interrupted;
            }
        }
        match found {
            Some((time, halt)) => Search::Found(time, halt),
            None => Search::Nothing(start),
        }
    }
}

/// What a search of one stretch of the past has found.
enum Search {
    Found(u64, Halt),
    /// Nothing since this time.
    Nothing(u64),
    Interrupted,
    /// There is no such stretch.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    /// For the sake of the last reason to stop.
    Back,
}

/// Looks for reasons to stop: after each instruction, or (`EACH` is false) only after those of the accelerator.
struct Eyes<'a, const EACH: bool> {
    spec: &'a Spec,
    breakpoints: &'a BTreeMap<u64, u32>,
    range: Option<(u64, u64)>,
    log: Option<&'a mut Log>,
    break_on_refusal: bool,
    direction: Direction,
    why: Option<Halt>,
}

impl<'a> Eyes<'a, true> {
    /// The same, which does not look at each instruction.
    fn blink(self) -> Eyes<'a, false> {
        Eyes {
            spec: self.spec,
            breakpoints: self.breakpoints,
            range: self.range,
            log: self.log,
            break_on_refusal: self.break_on_refusal,
            direction: self.direction,
            why: self.why,
        }
    }
}

impl<const EACH: bool> Observer for Eyes<'_, EACH> {
    const ACTIVE: bool = EACH;

    fn retire(&mut self, event: &Retire<'_>) {
        let watch = event.memory.take_watch_hit().map(Halt::Watch);
        let at_breakpoint =
            !self.breakpoints.is_empty() && self.breakpoints.contains_key(&event.next_pc);
        let breakpoint = at_breakpoint.then_some(Halt::Breakpoint);
        let outside = |(start, end): (u64, u64)| !(start..end).contains(&event.next_pc);
        let stepped = self.range.is_some_and(outside).then_some(Halt::Stepped);
        // Seen from behind, the breakpoint in front of the next instruction comes first.
        let why = match self.direction {
            Direction::Forward => watch.or(self.why.take()).or(breakpoint).or(stepped),
            Direction::Back => breakpoint.or(watch).or(self.why.take()),
        };
        self.why = why;
    }

    fn offload(&mut self, event: &Offload<'_>) {
        if let Some(log) = &mut self.log {
            log.push(self.spec, event);
        }
        let refused = self
            .spec
            .status_by_code(event.status)
            .is_some_and(|status| status.phase.is_some());
        if self.break_on_refusal && refused {
            self.why = Some(Halt::Refused);
        }
    }

    fn halts(&mut self) -> bool {
        self.why.is_some()
    }
}
