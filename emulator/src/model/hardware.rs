//! The machine: its figures as one value, and what its parts take, by formula.

use super::design::Design;

/// When challenges are known, and so what can overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Challenges from the TRNG at the beginning: one pass, rows go through the Trace Buffer to the PTUs.
    Overlapped,
    /// One part after the other, rows through DRAM, read when they are needed: the serial memory pattern.
    Serial,
    /// Challenges follow the commitment to the main trace; then its rows are read back, ahead of their use.
    ReadBack,
    /// Challenges follow the commitment to the main trace; then the guest runs once more, and no row is read.
    RunTwice,
}

impl Order {
    /// All, with their names.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("overlapped", Self::Overlapped),
        ("serial", Self::Serial),
        ("read-back", Self::ReadBack),
        ("run-twice", Self::RunTwice),
    ];
}

/// Which unit gets the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The next one, whatever the others do.
    RoundRobin,
    /// The one that is free first.
    FirstFree,
    /// The same among those that have power: another one is woken when the buffer fills, and loses it when that stays empty.
    Gated,
}

impl Policy {
    /// All, with their names.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("round-robin", Self::RoundRobin),
        ("first-free", Self::FirstFree),
        ("gated", Self::Gated),
    ];
}

macro_rules! hardware {
    ($($(#[$doc:meta])* $field:ident = $path:literal,)*) => {
        /// What the simulation knows of a machine. All figures of the design that it reads are listed here.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Hardware {
            $($(#[$doc])* pub $field: f64,)*
        }

        impl Hardware {
            /// Paths of the figures.
            pub const PATHS: &'static [&'static str] = &[$($path),*];

            /// That of a design.
            #[must_use]
            pub fn of(design: &Design) -> Self {
                Self { $($field: design.value($path),)* }
            }
        }
    };
}

hardware! {
    /// Megahertz.
    clock = "clock.frequency",
    /// Cycles from an instruction to its row.
    convert = "mtu.convert",
    /// Rows of the Trace Buffer.
    buffer = "buffer.rows",
    /// Compute units.
    units = "ptu.units",
    /// Processing elements of a unit's systolic array.
    macs = "ptu.macs",
    /// Cycles of a modular multiply-accumulate.
    latency = "ptu.latency",
    /// Batch inversion units.
    inverters = "inverter.count",
    /// Multipliers of each.
    multipliers = "inverter.multipliers",
    /// Elements of a batch.
    batch = "inverter.batch",
    /// Multiplications of an inverse.
    inverse = "inverter.inverse",
    /// Batches that each can hold.
    buffers = "inverter.buffers",
    /// Sums a cycle.
    prefix = "prefix.width",
    /// Bytes a cycle over the bus.
    dma = "dma.width",
    /// Bytes that may wait for it.
    dma_buffer = "dma.buffer",
    /// Gigabytes a second of DRAM.
    dram = "dram.bandwidth",
    /// Cycles until a unit that was woken takes a row.
    wake = "gating.wake",
    /// Rows that wait when a unit is woken.
    high = "gating.high",
    /// Rows that find an empty buffer until a unit is gated.
    hold = "gating.hold",
    /// Units that are never gated.
    least = "gating.least",
}

impl Hardware {
    /// Cycles in which a unit takes no other row: `ceil(C / P)` passes of the weight-stationary array of P elements.
    /// So R rows take `R ceil(C / P)`, and [`Self::fill`] until the last one is out.
    #[must_use]
    pub fn service(&self, terms: f64) -> f64 {
        (terms / self.macs).ceil().max(1.0)
    }

    /// Cycles until the array's first result: `P - 1` to the last element, and its latency.
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.macs - 1.0 + self.latency
    }

    /// Cycles for the table of powers of a challenge: `C` multiplications, each of which needs the one before.
    #[must_use]
    pub fn powers(&self, terms: f64) -> f64 {
        terms * self.latency
    }

    /// Cycles that all inverters together take for an element. A batch of B is `3 (B - 1)` multiplications and an
    /// inverse; with a second buffer, the inverse of a batch and the multiplications of the next overlap.
    #[must_use]
    pub fn inversion(&self) -> f64 {
        let multiplications = self.multiplications();
        let batch = if self.buffers > 1.0 {
            multiplications.max(self.inverting())
        } else {
            multiplications + self.inverting()
        };
        batch / self.batch / self.inverters
    }

    /// Cycles from the last element of a batch to its last inverse.
    #[must_use]
    pub fn inversion_latency(&self) -> f64 {
        self.multiplications() + self.inverting()
    }

    fn multiplications(&self) -> f64 {
        (3.0 * (self.batch - 1.0) / self.multipliers).ceil()
    }

    fn inverting(&self) -> f64 {
        self.inverse * self.latency
    }

    /// Cycles of the prefix adders for a fraction.
    #[must_use]
    pub fn sum(&self) -> f64 {
        1.0 / self.prefix
    }

    /// Depth of the tree of prefix adders.
    #[must_use]
    pub fn sum_latency(&self) -> f64 {
        self.prefix.log2().ceil()
    }

    /// Bytes a cycle to and from memory: the bus or DRAM, whichever is slower.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.dma.min(self.dram * 1000.0 / self.clock)
    }

    /// Seconds of a number of cycles.
    #[must_use]
    pub fn seconds(&self, cycles: f64) -> f64 {
        cycles / (self.clock * 1e6)
    }
}
