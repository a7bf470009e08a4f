//! Where the time and the memory of proving went.

use crate::cli::Failure;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use zktr_prove::security::Security;

/// A part of the work.
#[derive(Debug)]
struct Part {
    name: &'static str,
    time: Duration,
    /// Most bytes of the process while it lasted, if the system says so.
    peak: Option<u64>,
}

/// What has been measured.
#[derive(Debug)]
pub struct Report {
    /// Who makes the proofs.
    backend: String,
    parts: Vec<Part>,
    current: Option<(&'static str, Instant)>,
    segments: usize,
    instructions: u64,
    security: Option<Security>,
}

impl Report {
    pub fn new(backend: String) -> Self {
        Self {
            backend,
            parts: Vec::new(),
            current: None,
            segments: 0,
            instructions: 0,
            security: None,
        }
    }

    /// A part begins, and the one before ends.
    pub fn begin(&mut self, name: &'static str) {
        self.end();
        reset_peak();
        self.current = Some((name, Instant::now()));
    }

    /// What has begun ends.
    pub fn end(&mut self) {
        let Some((name, start)) = self.current.take() else {
            return;
        };
        let (time, peak) = (start.elapsed(), peak());
        match self.parts.iter_mut().find(|part| part.name == name) {
            Some(part) => {
                part.time += time;
                part.peak = part.peak.max(peak);
            }
            None => self.parts.push(Part { name, time, peak }),
        }
    }

    /// A segment is done.
    pub fn segment(&mut self, instructions: u64, security: Security) {
        self.segments += 1;
        self.instructions += instructions;
        // The weakest of all.
        self.security = Some(self.security.map_or(security, |before| Security {
            proven: before.proven.min(security.proven),
            conjectured: before.conjectured.min(security.conjectured),
            lookups: before.lookups.min(security.lookups),
        }));
    }

    fn total(&self) -> Duration {
        self.parts.iter().map(|part| part.time).sum()
    }

    /// A line for people.
    pub fn summary(&self, bytes: usize, out: &mut dyn Write) -> std::io::Result<()> {
        let segments = match self.segments {
            1 => "1 segment".to_owned(),
            many => format!("{many} segments"),
        };
        write!(
            out,
            "{} instructions in {segments}, proved in {:.2} s; {bytes} bytes",
            self.instructions,
            self.total().as_secs_f64()
        )?;
        if let Some(security) = self.security {
            write!(
                out,
                "; {} bits of security conjectured, {} proven",
                security.conjectured, security.proven
            )?;
        }
        writeln!(out)
    }

    /// The report in the form that the name of its file asks for.
    pub fn render(&self, path: &Path) -> Result<String, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Ok(format!("{:#}\n", self.json())),
            Some("svg") => self.svg(),
            _ => Ok(self.text()),
        }
    }

    fn json(&self) -> serde_json::Value {
        let part = |part: &Part| json!({ "stage": part.name, "seconds": part.time.as_secs_f64(), "peak_bytes": part.peak });
        json!({
            "backend": self.backend,
            "segments": self.segments,
            "instructions": self.instructions,
            "seconds": self.total().as_secs_f64(),
            "security_bits": self.security.map(|security| json!({
                "conjectured": security.conjectured, "proven": security.proven, "lookups": security.lookups,
            })),
            "stages": self.parts.iter().map(part).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let total = self.total().as_secs_f64().max(f64::MIN_POSITIVE);
        let mut text = String::new();
        for part in &self.parts {
            let seconds = part.time.as_secs_f64();
            let peak = part
                .peak
                .map_or_else(String::new, |bytes| format!("{:8} MiB", bytes >> 20));
            let share = 100.0 * seconds / total;
            let _ = writeln!(text, "{:24} {seconds:9.3} s {share:5.1} %{peak}", part.name);
        }
        let _ = writeln!(text, "{:24} {total:9.3} s", "all");
        text
    }

    /// A bar for each part.
    fn svg(&self) -> Result<String, Failure> {
        use plotters::prelude::*;
        let failed = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("cannot draw the report: {error}"))
        };
        let longest = self
            .parts
            .iter()
            .map(|part| part.time)
            .max()
            .unwrap_or_default();
        let scale = 480.0 / longest.as_secs_f64().max(1e-9);
        let mut image = String::new();
        {
            let height = 30 * self.parts.len() as u32 + 20;
            let root = SVGBackend::with_string(&mut image, (820, height)).into_drawing_area();
            root.fill(&WHITE).map_err(|error| failed(&error))?;
            for (row, part) in self.parts.iter().enumerate() {
                let seconds = part.time.as_secs_f64();
                let top = 10 + 30 * row as i32;
                let end = 200 + (seconds * scale) as i32;
                let bar = Rectangle::new(
                    [(200, top), (end.max(201), top + 20)],
                    BLUE.mix(0.6).filled(),
                );
                root.draw(&bar).map_err(|error| failed(&error))?;
                let font = ("sans-serif", 14).into_font();
                let name = Text::new(part.name.to_owned(), (10, top + 4), font.clone());
                root.draw(&name).map_err(|error| failed(&error))?;
                let value = Text::new(format!("{seconds:.3} s"), (end + 8, top + 4), font);
                root.draw(&value).map_err(|error| failed(&error))?;
            }
            root.present().map_err(|error| failed(&error))?;
        }
        Ok(image)
    }
}

/// The most memory that the process has had since the last reset; Linux says so in `/proc`.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// Begins to count the most memory anew. Where that is not possible, it is the most of the whole process.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
