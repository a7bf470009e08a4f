//! When everything happens.
//!
//! Service times are known, buffers are FIFOs, and rows are dispatched in order; so the times of a row follow from
//! those of rows before it by additions and maxima alone. That is exact for the pipeline, the Trace Buffer and the
//! units, takes constant time for a row, and never makes a run longer if a resource is added. The
//! inverters and memory are servers with a bounded backlog: what they are given is work, without a beginning of its own.
//!
//! Times are in cycles.

use super::hardware::{Hardware, Order, Policy};
use super::pipeline::Pipeline;
use super::profile::{Contents, Profile, Row};
use super::timeline::Probe;
use super::workload::{Chunk, Code};
use std::sync::Arc;

/// What a simulation has counted. All sums; times in cycles.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Instructions.
    pub instructions: f64,
    /// Those that are traced.
    pub traced: f64,
    /// Rows.
    pub rows: f64,
    /// Terms of fingerprints.
    pub terms: f64,
    /// Fractions.
    pub fractions: f64,
    /// Until everything is in memory.
    pub cycles: f64,
    /// The pipeline alone.
    pub mtu: f64,
    /// The pipeline waits for room in the Trace Buffer.
    pub stalled: f64,
    /// All units together: work on rows.
    pub service: f64,
    /// All units together: they have power.
    pub powered: f64,
    /// Times that a unit was woken.
    pub woken: f64,
    /// The inverters: work on fractions.
    pub inversion: f64,
    /// Rows in the buffer, integrated over time.
    pub waiting: f64,
    /// Bytes that are written.
    pub written: f64,
    /// Bytes that are read back.
    pub read: f64,
    /// Of the orders with two passes: the first one.
    pub first_pass: f64,
}

impl std::ops::Add for Totals {
    type Output = Self;

    /// One run after the other.
    fn add(self, other: Self) -> Self {
        Self {
            instructions: self.instructions + other.instructions,
            traced: self.traced + other.traced,
            rows: self.rows + other.rows,
            terms: self.terms + other.terms,
            fractions: self.fractions + other.fractions,
            cycles: self.cycles + other.cycles,
            mtu: self.mtu + other.mtu,
            stalled: self.stalled + other.stalled,
            service: self.service + other.service,
            powered: self.powered + other.powered,
            woken: self.woken + other.woken,
            inversion: self.inversion + other.inversion,
            waiting: self.waiting + other.waiting,
            written: self.written + other.written,
            read: self.read + other.read,
            first_pass: self.first_pass + other.first_pass,
        }
    }
}

impl Totals {
    /// Cycles for an instruction of the pipeline alone.
    #[must_use]
    pub fn cpi(&self) -> f64 {
        self.mtu / self.instructions.max(1.0)
    }

    /// Rows in the buffer, on average (Little's law).
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.waiting / self.cycles.max(1.0)
    }

    /// How long each part would take if it never waited: the largest is a bound from below.
    #[must_use]
    pub fn bounds(&self, hardware: &Hardware) -> [(&'static str, f64); 4] {
        [
            ("MTU", self.mtu),
            ("PTU", self.service / hardware.units),
            ("inverter", self.inversion),
            ("DRAM", (self.written + self.read) / hardware.bandwidth()),
        ]
    }

    /// The part that nothing is faster than.
    #[must_use]
    pub fn bottleneck(&self, hardware: &Hardware) -> (&'static str, f64) {
        let bounds = self.bounds(hardware);
        bounds
            .into_iter()
            .fold(bounds[0], |a, b| if b.1 > a.1 { b } else { a })
    }
}

/// The PTUs, from the dispatcher on.
#[derive(Debug)]
struct Units {
    free: Vec<f64>,
    policy: Policy,
    next: usize,
    /// Units that have power: the first ones.
    awake: usize,
    /// Since when the units that have power have not changed.
    since: f64,
    /// Rows one behind the other that found the buffer empty.
    empty: f64,
    last_start: f64,
    last_done: f64,
    /// When the inverters and memory have done all that they were given.
    inverted: f64,
    memory: f64,
}

/// Constants of a machine.
#[derive(Debug, Clone, Copy)]
struct Costs {
    hardware: Hardware,
    fill: f64,
    inversion: f64,
    inverter_room: f64,
    byte: f64,
    memory_room: f64,
    /// The dispatcher need not look for a free unit: all rows take equally long.
    uniform: bool,
}

/// Where a row's bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Main {
    Written,
    Kept,
}

impl Units {
    fn new(hardware: &Hardware, policy: Policy, ready: f64) -> Self {
        let count = hardware.units as usize;
        let awake = match policy {
            Policy::Gated => (hardware.least as usize).clamp(1, count),
            _ => count,
        };
        Self {
            free: vec![ready; count],
            policy,
            next: 0,
            awake,
            since: 0.0,
            empty: 0.0,
            last_start: 0.0,
            last_done: 0.0,
            inverted: 0.0,
            memory: 0.0,
        }
    }

    /// Takes a row that is there since `enter`, with `fill` others before it. Returns its unit and when that begins.
    fn accept(
        &mut self,
        costs: &Costs,
        totals: &mut Totals,
        (enter, fill): (f64, f64),
        (row, service): (&Row, f64),
        main: Main,
    ) -> (usize, f64) {
        if self.policy == Policy::Gated {
            self.gate(costs, totals, enter, fill);
        }
        let unit = match self.policy {
            // All rows take equally long: the next unit is the one that is free first.
            Policy::RoundRobin => self.next,
            Policy::FirstFree if costs.uniform => self.next,
            Policy::FirstFree => self.first_free(),
            // The first of those that are free, so that the last ones have nothing to do.
            Policy::Gated => {
                let free = self.free[..self.awake]
                    .iter()
                    .position(|free| *free <= enter);
                free.unwrap_or_else(|| self.first_free())
            }
        };
        self.next = (unit + 1) % self.free.len();
        let credit = (self.inverted - costs.inverter_room).max(self.memory - costs.memory_room);
        let start = enter.max(credit).max(self.last_start).max(self.free[unit]);
        self.last_start = start;
        self.free[unit] = start + service;
        let done = start + service + costs.fill;
        self.last_done = self.last_done.max(done);
        let inversion = row.fractions * costs.inversion;
        self.inverted = self.inverted.max(done) + inversion;
        let written = match main {
            Main::Written => row.main + row.permutation,
            Main::Kept => row.permutation,
        };
        self.memory = self.memory.max(start) + written * costs.byte;
        totals.service += service;
        totals.inversion += inversion;
        totals.written += written;
        (unit, start)
    }

    fn first_free(&self) -> usize {
        let mut best = 0;
        for unit in 1..self.awake {
            if self.free[unit] < self.free[best] {
                best = unit;
            }
        }
        best
    }

    /// Wakes a unit, or gates those at the end that have nothing to do.
    fn gate(&mut self, costs: &Costs, totals: &mut Totals, now: f64, fill: f64) {
        let hardware = &costs.hardware;
        self.empty = if fill == 0.0 { self.empty + 1.0 } else { 0.0 };
        if fill >= hardware.high && self.awake < self.free.len() {
            self.account(totals, now);
            self.free[self.awake] = self.free[self.awake].max(now + hardware.wake);
            self.awake += 1;
            totals.woken += 1.0;
        } else if self.empty >= hardware.hold {
            self.account(totals, now);
            while self.awake > hardware.least as usize && self.free[self.awake - 1] <= now {
                self.awake -= 1;
            }
            self.empty = 0.0;
        }
    }

    fn account(&mut self, totals: &mut Totals, now: f64) {
        totals.powered += (now - self.since).max(0.0) * self.awake as f64;
        self.since = self.since.max(now);
    }

    /// When everything is in memory.
    fn end(&self, costs: &Costs) -> f64 {
        let hardware = &costs.hardware;
        let summed = self.inverted + hardware.inversion_latency() + hardware.sum_latency();
        if self.last_done == 0.0 {
            return self.memory;
        }
        summed.max(self.memory)
    }
}

/// The pipeline before a Trace Buffer: when the next instruction begins.
#[derive(Debug)]
struct Mtu {
    now: f64,
    /// Of the last rows, as many as the buffer holds: when they have left it.
    left: Vec<f64>,
    /// Rows that have entered, and those of them that have left before `now`.
    entered: u64,
    gone: u64,
}

impl Mtu {
    fn new(hardware: &Hardware) -> Self {
        Self {
            now: 0.0,
            left: vec![0.0; hardware.buffer as usize],
            entered: 0,
            gone: 0,
        }
    }

    /// Waits for a slot. Returns when there is one, and how many rows are in the buffer then.
    fn slot(&mut self) -> (f64, f64) {
        let size = self.left.len() as u64;
        let enter = self.now.max(self.left[(self.entered % size) as usize]);
        self.gone = self.gone.max(self.entered.saturating_sub(size));
        while self.gone < self.entered && self.left[(self.gone % size) as usize] <= enter {
            self.gone += 1;
        }
        (enter, (self.entered - self.gone) as f64)
    }

    fn leaves(&mut self, at: f64) {
        let size = self.left.len() as u64;
        self.left[(self.entered % size) as usize] = at;
        self.entered += 1;
    }
}

/// A machine in simulation. Chunks of codes go in, times come out.
#[derive(Debug)]
pub struct Simulator<P: Probe = ()> {
    hardware: Hardware,
    order: Order,
    pipeline: Arc<Pipeline>,
    profile: Arc<Profile>,
    /// Service times of the profile's rows.
    service: Vec<f64>,
    costs: Costs,
    mtu: Mtu,
    units: Units,
    /// The pass in which the main trace is written: the end of the pipeline and of memory.
    first: (f64, f64),
    /// When the rows that are read back are there.
    fetched: f64,
    /// A part of a row that the instructions until now have left.
    part: f64,
    /// What the last instruction makes one wait that needs its result.
    wait: f64,
    totals: Totals,
    probe: P,
}

impl Simulator {
    /// A machine at its beginning.
    #[must_use]
    pub fn new(
        hardware: Hardware,
        pipeline: Arc<Pipeline>,
        profile: Arc<Profile>,
        order: Order,
        policy: Policy,
    ) -> Self {
        Self::observed(hardware, pipeline, profile, order, policy, ())
    }
}

impl<P: Probe> Simulator<P> {
    /// The same with a probe.
    #[must_use]
    pub fn observed(
        hardware: Hardware,
        pipeline: Arc<Pipeline>,
        profile: Arc<Profile>,
        order: Order,
        policy: Policy,
        probe: P,
    ) -> Self {
        let kinds = profile.kinds();
        let service: Vec<f64> = kinds
            .iter()
            .map(|row| hardware.service(row.terms))
            .collect();
        let inversion = hardware.inversion().max(hardware.sum());
        let byte = 1.0 / hardware.bandwidth();
        let costs = Costs {
            hardware,
            fill: hardware.fill(),
            inversion,
            // Each inverter fills one batch while it inverts the others.
            inverter_room: hardware.buffers * hardware.batch * hardware.inverters * inversion,
            byte,
            memory_room: hardware.dma_buffer * byte,
            uniform: service.windows(2).all(|two| two[0] == two[1]),
        };
        Self {
            order,
            service,
            costs,
            mtu: Mtu::new(&hardware),
            units: Units::new(&hardware, policy, hardware.powers(profile.widest())),
            first: (0.0, 0.0),
            fetched: 0.0,
            part: 0.0,
            wait: 0.0,
            totals: Totals::default(),
            probe,
            hardware,
            pipeline,
            profile,
        }
    }

    /// The machine.
    #[must_use]
    pub fn hardware(&self) -> &Hardware {
        &self.hardware
    }

    /// Instructions, in the order of execution.
    pub fn feed(&mut self, chunk: Chunk<'_>) {
        let profile = self.profile.clone();
        let pipeline = self.pipeline.clone();
        let mut functions = chunk.functions.iter().peekable();
        for (at, &code) in chunk.codes.iter().enumerate() {
            if P::ACTIVE {
                while let Some((_, function)) = functions.next_if(|(from, _)| *from as usize <= at)
                {
                    self.probe.enters(self.mtu.now, *function);
                }
            }
            let mut cycles = f64::from(pipeline.cycles(code));
            if code.has(Code::DEPENDENT) {
                cycles += self.wait;
            }
            self.wait = f64::from(pipeline.wait(code));
            self.execute(code, cycles);
            if let Some(rate) = profile.rate() {
                if !code.has(Code::UNTRACED) {
                    self.part += rate;
                    while self.part >= 1.0 {
                        self.part -= 1.0;
                        self.row(0);
                    }
                }
            } else {
                for kind in profile.rows(code) {
                    self.row(*kind as usize);
                }
            }
        }
    }

    fn execute(&mut self, code: Code, cycles: f64) {
        self.totals.instructions += 1.0;
        self.totals.traced += f64::from(u8::from(!code.has(Code::UNTRACED)));
        self.totals.mtu += cycles;
        if self.order != Order::Overlapped {
            self.first.0 += cycles;
        }
        match self.order {
            Order::Overlapped | Order::RunTwice => {
                if P::ACTIVE {
                    self.probe
                        .executes(self.mtu.now, self.mtu.now + cycles, code);
                }
                self.mtu.now += cycles;
            }
            Order::Serial | Order::ReadBack => {}
        }
    }

    /// A row of the instruction that has just been executed.
    fn row(&mut self, kind: usize) {
        let row = self.profile.kinds()[kind];
        let service = self.service[kind];
        let costs = &self.costs;
        self.totals.rows += 1.0;
        self.totals.terms += row.terms;
        self.totals.fractions += row.fractions;
        let mut main = Main::Kept;
        if self.order == Order::Overlapped {
            main = Main::Written;
        } else {
            // The first pass: rows are written, and the pipeline waits if memory does not take them.
            let (now, memory) = &mut self.first;
            *now = now.max(*memory - costs.memory_room);
            *memory = memory.max(*now) + row.main * costs.byte;
            self.totals.written += row.main;
        }
        let totals = &mut self.totals;
        match self.order {
            Order::Overlapped | Order::RunTwice => {
                let (enter, fill) = self.mtu.slot();
                totals.stalled += enter - self.mtu.now;
                if P::ACTIVE && enter > self.mtu.now {
                    self.probe.stalls(self.mtu.now, enter);
                }
                self.mtu.now = enter;
                let ready = enter + self.hardware.convert;
                let (unit, start) =
                    self.units
                        .accept(costs, totals, (ready, fill), (&row, service), main);
                totals.waiting += start - enter;
                self.mtu.leaves(start);
                if P::ACTIVE {
                    self.probe.row(
                        unit,
                        (enter, start, start + service),
                        main_bytes(main, &row),
                    );
                }
            }
            Order::Serial => {
                // A row is fetched when a unit wants it, and not before.
                totals.read += row.main;
                self.fetched += row.main * costs.byte;
                self.units
                    .accept(costs, totals, (0.0, 0.0), (&row, service), main);
            }
            Order::ReadBack => {
                // Rows are fetched as long as the buffer has room for them.
                totals.read += row.main;
                let (enter, fill) = self.mtu.slot();
                self.units.memory = self.units.memory.max(enter) + row.main * costs.byte;
                self.fetched = self.fetched.max(enter) + row.main * costs.byte;
                let arrival = (self.fetched, fill);
                let (_, start) = self
                    .units
                    .accept(costs, totals, arrival, (&row, service), main);
                self.mtu.leaves(start);
            }
        }
    }

    /// What has come out, once the rows are done that a run has besides those of its instructions; and the probe.
    #[must_use]
    pub fn finish(mut self, contents: Contents) -> (Totals, P) {
        for (kind, count) in self.profile.clone().besides(self.totals.traced, contents) {
            for _ in 0..count {
                // One a cycle.
                self.mtu.now += 1.0;
                self.row(kind as usize);
            }
        }
        let mut end = self.units.end(&self.costs).max(self.mtu.now);
        self.units.account(&mut self.totals, end);
        self.totals.first_pass = self.first.0.max(self.first.1);
        if self.order == Order::Serial {
            end += self.fetched;
        }
        self.totals.cycles = self.totals.first_pass + end;
        self.totals.fractions = self.totals.fractions.round();
        (self.totals, self.probe)
    }
}

fn main_bytes(main: Main, row: &Row) -> (f64, f64) {
    match main {
        Main::Written => (row.main, row.permutation),
        Main::Kept => (0.0, row.permutation),
    }
}
