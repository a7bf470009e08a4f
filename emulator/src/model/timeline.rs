//! A run in simulated time, as trace events that Perfetto and `chrome://tracing` open.
//!
//! The format is Chrome's ("Trace Event Format"): metadata events name processes and threads, complete events (`X`) are slices,
//! counter events (`C`) are curves; times are microseconds. Its size is bounded: time is divided into windows,
//! and when there are too many, neighbours are merged. A short run also has a slice for each row.

use super::hardware::Hardware;
use super::workload::{Code, Functions};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Something that looks at a simulation. Times are in cycles.
pub trait Probe {
    /// False for one that does not look.
    const ACTIVE: bool = true;

    /// Execution enters another function.
    fn enters(&mut self, now: f64, function: u32);
    /// The pipeline executes an instruction.
    fn executes(&mut self, from: f64, to: f64, code: Code);
    /// The pipeline waits for the Trace Buffer.
    fn stalls(&mut self, from: f64, to: f64);
    /// A row is in the buffer from the first time to the second, and then in a unit until the third; bytes of the
    /// main and of the permutation trace are written.
    fn row(&mut self, unit: usize, times: (f64, f64, f64), bytes: (f64, f64));
}

/// No probe.
impl Probe for () {
    const ACTIVE: bool = false;

    fn enters(&mut self, _now: f64, _function: u32) {}
    fn executes(&mut self, _from: f64, _to: f64, _code: Code) {}
    fn stalls(&mut self, _from: f64, _to: f64) {}
    fn row(&mut self, _unit: usize, _times: (f64, f64, f64), _bytes: (f64, f64)) {}
}

/// Windows of a timeline.
const WINDOWS: usize = 2048;
/// Rows that have slices of their own.
const ROWS: usize = 4096;
/// Visits of functions that are kept.
const VISITS: usize = 8192;

/// What happens in a window of time.
#[derive(Debug, Clone, Default, PartialEq)]
struct Window {
    executing: f64,
    stalled: f64,
    waiting: f64,
    main: f64,
    permutation: f64,
    units: Vec<f32>,
}

impl Window {
    fn merge(&mut self, other: &Self) {
        self.executing += other.executing;
        self.stalled += other.stalled;
        self.waiting += other.waiting;
        self.main += other.main;
        self.permutation += other.permutation;
        for (unit, busy) in self.units.iter_mut().zip(&other.units) {
            *unit += busy;
        }
    }
}

/// A probe that draws a timeline.
#[derive(Debug)]
pub struct Timeline {
    hardware: Hardware,
    /// Cycles of a window.
    span: f64,
    windows: Vec<Window>,
    /// Unit, begin and end of the first rows.
    rows: Vec<(usize, f64, f64)>,
    /// How many rows there were.
    seen: usize,
    /// When which function was entered.
    visits: Vec<(f64, u32)>,
    /// Visits that are shorter are not kept.
    shortest: f64,
    end: f64,
}

impl Timeline {
    /// Of a machine.
    #[must_use]
    pub fn new(hardware: &Hardware) -> Self {
        Self {
            hardware: *hardware,
            span: 16.0,
            windows: Vec::new(),
            rows: Vec::new(),
            seen: 0,
            visits: Vec::new(),
            shortest: 0.0,
            end: 0.0,
        }
    }

    /// The window around a time.
    fn window(&mut self, time: f64) -> usize {
        while time >= self.span * WINDOWS as f64 {
            self.span *= 2.0;
            self.windows = self
                .windows
                .chunks(2)
                .map(|two| {
                    let mut sum = two[0].clone();
                    if let Some(other) = two.get(1) {
                        sum.merge(other);
                    }
                    sum
                })
                .collect();
        }
        let at = (time / self.span) as usize;
        while self.windows.len() <= at {
            self.windows.push(Window {
                units: vec![0.0; self.hardware.units as usize],
                ..Window::default()
            });
        }
        at
    }

    /// Adds the parts of a period to the windows that they are in.
    fn spread(&mut self, from: f64, to: f64, mut add: impl FnMut(&mut Window, f64)) {
        self.end = self.end.max(to);
        let last = self.window(to);
        let first = self.window(from);
        for at in first..=last {
            let begin = from.max(self.span * at as f64);
            let end = to.min(self.span * (at + 1) as f64);
            if end > begin {
                add(&mut self.windows[at], end - begin);
            }
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, functions: &Functions, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(
            br#"{"displayTimeUnit":"ns","otherData":{"time":"simulated"},"traceEvents":["#,
        )?;
        let mut separator = "\n";
        self.events(functions, &mut |event: Value| {
            write!(out, "{separator}{event}")?;
            separator = ",\n";
            Ok(())
        })?;
        out.write_all(b"\n]}\n")
    }

    fn events(
        &self,
        functions: &Functions,
        event: &mut dyn FnMut(Value) -> io::Result<()>,
    ) -> io::Result<()> {
        let micros = |cycles: f64| cycles / self.hardware.clock;
        let units = self.hardware.units as usize;
        event(
            json!({ "ph": "M", "pid": 1, "tid": 0, "name": "process_name", "args": { "name": "ZK-Tracer" } }),
        )?;
        let mut names = vec!["MTU: function".to_owned(), "MTU: pipeline".to_owned()];
        names.extend((0..units).map(|unit| format!("PTU {unit}")));
        for (tid, name) in names.iter().enumerate() {
            let tid = tid + 1;
            event(
                json!({ "ph": "M", "pid": 1, "tid": tid, "name": "thread_name", "args": { "name": name } }),
            )?;
            event(
                json!({ "ph": "M", "pid": 1, "tid": tid, "name": "thread_sort_index", "args": { "sort_index": tid } }),
            )?;
        }
        let mut slice = |tid: usize, name: &str, from: f64, to: f64, args: Value| {
            event(json!({
                "ph": "X", "pid": 1, "tid": tid, "name": name,
                "ts": micros(from), "dur": micros(to - from), "args": args,
            }))
        };
        for (at, (from, function)) in self.visits.iter().enumerate() {
            let to = self.visits.get(at + 1).map_or(self.end, |next| next.0);
            slice(1, functions.name(*function), *from, to, json!({}))?;
        }
        // Neighbours that look the same are one slice.
        let level = |part: f64| (part * 20.0).round() / 20.0;
        for unit in 0..=units {
            let mut open: Option<(usize, f64)> = None;
            for at in 0..=self.windows.len() {
                let now = self.windows.get(at).map(|window| match unit {
                    0 => level(window.stalled / self.span),
                    _ => level(f64::from(window.units[unit - 1]) / self.span),
                });
                if let Some((from, value)) = open
                    && now != Some(value)
                {
                    let (begin, end) = (self.span * from as f64, self.span * at as f64);
                    let end = end.min(self.end.max(begin));
                    let percent = (value * 100.0).round();
                    let name = if unit == 0 {
                        format!("stalled {percent} %")
                    } else {
                        format!("busy {percent} %")
                    };
                    let detailed = unit > 0 && self.seen <= ROWS;
                    if value > 0.0 && !detailed {
                        slice(unit + 2, &name, begin, end, json!({ "percent": percent }))?;
                    }
                    open = None;
                }
                if open.is_none() {
                    open = now.map(|value| (at, value));
                }
            }
        }
        if self.seen <= ROWS {
            for (row, (unit, from, to)) in self.rows.iter().enumerate() {
                slice(
                    unit + 3,
                    &format!("row {row}"),
                    *from,
                    *to,
                    json!({ "row": row }),
                )?;
            }
        }
        for (at, window) in self.windows.iter().enumerate() {
            let ts = micros(self.span * at as f64);
            let cycles = self.span.min((self.end - self.span * at as f64).max(1.0));
            let rate = |bytes: f64| bytes / cycles * self.hardware.clock * 1e-3;
            let mut counter = |name: &str, args: Value| {
                event(
                    json!({ "ph": "C", "pid": 1, "tid": 0, "name": name, "ts": ts, "args": args }),
                )
            };
            let busy: f32 = window.units.iter().sum();
            counter(
                "Trace Buffer, rows",
                json!({ "rows": window.waiting / cycles }),
            )?;
            counter(
                "MTU, %",
                json!({
                    "executing": window.executing / cycles * 100.0,
                    "stalled": window.stalled / cycles * 100.0,
                }),
            )?;
            counter("PTUs busy", json!({ "units": f64::from(busy) / cycles }))?;
            counter(
                "DMA to DRAM, GB/s",
                json!({
                    "main": rate(window.main),
                    "permutation": rate(window.permutation),
                }),
            )?;
        }
        Ok(())
    }
}

impl Probe for Timeline {
    fn enters(&mut self, now: f64, function: u32) {
        if let Some(last) = self.visits.last_mut()
            && now - last.0 < self.shortest
        {
            last.1 = function;
            return;
        }
        self.visits.push((now, function));
        if self.visits.len() > VISITS {
            self.shortest = (self.shortest * 2.0).max(64.0);
            let shortest = self.shortest;
            let mut kept: Vec<(f64, u32)> = Vec::new();
            for (at, visit) in self.visits.iter().enumerate() {
                let end = self.visits.get(at + 1).map_or(now, |next| next.0);
                let short = end - visit.0 < shortest;
                if !short && kept.last().is_none_or(|last| last.1 != visit.1) {
                    kept.push(*visit);
                }
            }
            if kept.is_empty() {
                kept.push(self.visits[0]);
            }
            self.visits = kept;
        }
    }

    fn executes(&mut self, from: f64, to: f64, _code: Code) {
        self.spread(from, to, |window, time| window.executing += time);
    }

    fn stalls(&mut self, from: f64, to: f64) {
        self.spread(from, to, |window, time| window.stalled += time);
    }

    fn row(&mut self, unit: usize, (enter, start, end): (f64, f64, f64), bytes: (f64, f64)) {
        self.spread(enter, start, |window, time| window.waiting += time);
        self.spread(start, end, |window, time| window.units[unit] += time as f32);
        let at = self.window(start);
        self.windows[at].main += bytes.0;
        self.windows[at].permutation += bytes.1;
        self.seen += 1;
        if self.rows.len() < ROWS {
            self.rows.push((unit, start, end));
        }
    }
}
