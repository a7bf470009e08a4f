//! Control and status registers.
//!
//! Which ones exist, and what the accelerator's say, comes from the spec. The counters follow the
//! number of retired instructions, so that a run is a function of its input; the other ones are
//! storage that starts at zero.

use std::collections::BTreeMap;
use zktr_isa::Spec;
use zktr_isa::model::{Csr, CsrValue};

/// The values that instructions have written.
#[derive(Debug, Clone, Default)]
pub(super) struct Csrs {
    written: BTreeMap<u16, u64>,
}

/// Counters by the names of the base ISA: (low or only word, its high half on RV32).
const COUNTERS: [(&str, &str); 3] = [
    ("cycle", "cycleh"),
    ("time", "timeh"),
    ("instret", "instreth"),
];

impl Csrs {
    /// The content of a CSR after this many instructions; none if it does not exist.
    pub(super) fn read(&self, spec: &Spec, number: u16, xlen: u8, retired: u64) -> Option<u64> {
        let csr = spec.csr_by_number(number)?;
        let value = spec.csr_constant(csr).unwrap_or_else(|| {
            let counter = COUNTERS
                .iter()
                .find(|(low, high)| csr.name == *low || csr.name == *high);
            match counter {
                Some((_, high)) if csr.name == *high => retired >> 32,
                Some(_) => retired,
                None => self.written.get(&number).copied().unwrap_or(0),
            }
        });
        Some(if xlen == 32 {
            value & u64::from(u32::MAX)
        } else {
            value
        })
    }

    /// The CSRs that have been written, and their values.
    pub(super) fn written(&self) -> impl Iterator<Item = (u16, u64)> {
        self.written.iter().map(|(number, value)| (*number, *value))
    }

    /// Writes a CSR; false if it does not exist or is read-only.
    pub(super) fn write(&mut self, spec: &Spec, number: u16, value: u64) -> bool {
        let writable = writable(spec, number);
        if writable {
            self.written.insert(number, value);
        }
        writable
    }
}

/// True if the CSR exists and can be written.
pub(super) fn writable(spec: &Spec, number: u16) -> bool {
    spec.csr_by_number(number)
        .is_some_and(|csr| csr.value == CsrValue::Hart)
        && !Csr::is_read_only(number)
}
