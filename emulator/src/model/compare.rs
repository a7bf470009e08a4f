//! Speed-ups over a baseline, end to end, and what published ratios imply.

use super::design::Design;
use super::hardware::Hardware;
use super::simulate::Totals;
use zktr_isa::span::Diagnostic;

/// A CPU: seconds of a guest cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// Execution, dependencies, main trace: what the MTU does.
    pub main: f64,
    /// Permutation trace: what the PTUs do.
    pub permutation: f64,
    /// Watts meanwhile.
    pub watts: f64,
}

/// How many times faster than the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speedups {
    /// The MTU alone.
    pub mtu: f64,
    /// The PTUs alone, inverters included.
    pub ptu: f64,
    /// Both, as they overlap.
    pub total: f64,
    /// Joules of the baseline over joules of chip and DRAM.
    pub energy: f64,
}

impl Baseline {
    /// The baseline of this name.
    ///
    /// # Errors
    /// The design has none.
    pub fn of(design: &Design, name: &str) -> Result<Self, Diagnostic> {
        design.named("baseline", name)?;
        let figure = |key: &str| design.value(&format!("baseline.{name}.{key}"));
        let cycles = figure("guest-cycles");
        Ok(Self {
            main: (figure("execution") + figure("dependencies") + figure("main")) / cycles,
            permutation: figure("permutation") / cycles,
            watts: figure("watts"),
        })
    }

    /// Seconds of a guest cycle.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.main + self.permutation
    }

    /// How much faster a machine was. `joules` is what it has used.
    #[must_use]
    pub fn speedups(&self, hardware: &Hardware, totals: &Totals, joules: f64) -> Speedups {
        let cpu = |each: f64| each * totals.traced;
        Speedups {
            mtu: cpu(self.main) / hardware.seconds(totals.mtu),
            ptu: cpu(self.permutation) / hardware.seconds(ptu(hardware, totals)),
            total: cpu(self.total()) / hardware.seconds(totals.cycles),
            energy: cpu(self.total()) * self.watts / joules,
        }
    }
}

/// Cycles of the PTUs alone.
#[must_use]
pub fn ptu(hardware: &Hardware, totals: &Totals) -> f64 {
    (totals.service / hardware.units).max(totals.inversion)
}

/// Amdahl: speed-up of a whole of which `share` is made `front` times faster, and the rest `back` times.
#[must_use]
pub fn end_to_end(share: f64, front: f64, back: f64) -> f64 {
    1.0 / (share / front + (1.0 - share) / back)
}

/// The speed-up of the rest with which the whole gets `total` times faster; none, if no finite one does.
#[must_use]
pub fn needed_back_end(share: f64, front: f64, total: f64) -> Option<f64> {
    let left = 1.0 / total - share / front;
    (left > 0.0).then(|| (1.0 - share) / left)
}
