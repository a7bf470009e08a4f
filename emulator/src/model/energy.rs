//! Area and power.
//!
//! The totals of the published design are given; how they are split is assumed, and other designs are extrapolated part by
//! part: the buffer by its rows, units by their number and, but for a fixed part, by their multiply-accumulates, the
//! inverters by their multipliers. What is left of the totals (DMA, TRNG, CSRs) is the same for all.

use super::design::Design;
use super::hardware::Hardware;
use super::simulate::Totals;

/// Area in mm2 and power in mW of the parts of a design, all busy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    area: Parts,
    power: Parts,
    /// Picojoules for a byte of DRAM.
    dram: f64,
    idle: f64,
    gated: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Parts {
    mtu: f64,
    buffer: f64,
    units: f64,
    inverter: f64,
    rest: f64,
}

impl Parts {
    fn sum(&self) -> f64 {
        self.mtu + self.buffer + self.units + self.inverter + self.rest
    }
}

/// What a machine costs, and has used in a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bill {
    /// mm2.
    pub area: f64,
    /// mW, if all of it is busy.
    pub peak: f64,
    /// mW, on average over the run.
    pub power: f64,
    /// mJ of the chip.
    pub chip: f64,
    /// mJ of DRAM.
    pub dram: f64,
    /// mJ: MTU, buffer, units, inverters, the rest.
    pub parts: [f64; 5],
}

impl Prices {
    /// Those of a design; `reference` is the one that the given totals are of.
    #[must_use]
    pub fn of(design: &Design, reference: &Hardware) -> Self {
        let own = Hardware::of(design);
        let ratio = |of: fn(&Hardware) -> f64| of(&own) / of(reference);
        let fixed = design.value("area.fixed");
        let unit = fixed + (1.0 - fixed) * ratio(|h| h.macs);
        let parts = |what: &str, clock: f64| {
            let share = |part: &str| design.value(&format!("{what}.{part}"));
            let total = share("total") * clock;
            let rest = 1.0 - share("mtu") - share("buffer") - share("units") - share("inverter");
            Parts {
                mtu: total * share("mtu"),
                buffer: total * share("buffer") * ratio(|h| h.buffer),
                units: total * share("units") * ratio(|h| h.units) * unit,
                inverter: total * share("inverter") * ratio(|h| h.inverters * h.multipliers),
                rest: total * rest.max(0.0),
            }
        };
        Self {
            area: parts("area", 1.0),
            // Dynamic power, which most of it is, grows with the clock.
            power: parts("power", ratio(|h| h.clock)),
            dram: design.value("dram.energy"),
            idle: design.value("power.idle"),
            gated: design.value("power.gated"),
        }
    }

    /// The bill of a run.
    #[must_use]
    pub fn bill(&self, hardware: &Hardware, totals: &Totals) -> Bill {
        let cycles = totals.cycles;
        let passes = if totals.first_pass > 0.0 { 2.0 } else { 1.0 };
        let idle = |busy: f64| busy + self.idle * (cycles - busy).max(0.0);
        let units = hardware.units * cycles;
        // In the first of two passes nothing is said of the units: they have power as in the second.
        let powered = totals.powered + hardware.units * totals.first_pass;
        let unit_cycles = totals.service
            + self.idle * (powered - totals.service).max(0.0)
            + self.gated * (units - powered).max(0.0);
        let millijoules = |power: f64, busy: f64| power * hardware.seconds(busy);
        let parts = [
            millijoules(self.power.mtu, idle((totals.mtu * passes).min(cycles))),
            millijoules(self.power.buffer, idle(totals.rows.min(cycles))),
            millijoules(self.power.units, unit_cycles / hardware.units),
            millijoules(self.power.inverter, idle(totals.inversion.min(cycles))),
            millijoules(self.power.rest, cycles),
        ];
        let chip: f64 = parts.iter().sum();
        Bill {
            area: self.area.sum(),
            peak: self.power.sum(),
            power: chip / hardware.seconds(cycles).max(f64::MIN_POSITIVE),
            chip,
            dram: (totals.written + totals.read) * self.dram * 1e-9,
            parts,
        }
    }
}
