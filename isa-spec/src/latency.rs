//! How long instructions take: estimates for people who read listings.

use crate::model::Instruction;

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The paper on the accelerator states it.
    Given,
    /// Measured on hardware or its description.
    Measured,
    /// Follows from others.
    Derived,
    /// Nobody knows.
    Assumed,
}

impl Origin {
    /// All, with their names in spec files.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("given", Self::Given),
        ("measured", Self::Measured),
        ("derived", Self::Derived),
        ("assumed", Self::Assumed),
    ];

    /// Its name in spec files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, origin)| *origin == self)
            .map_or("", |(name, _)| name)
    }
}

/// A class of instructions that take equally long. All counts are of cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// As in the spec file.
    pub name: String,
    /// Until the next instruction begins.
    pub cycles: u32,
    /// The same for a branch that is taken.
    pub taken: Option<u32>,
    /// Further ones for each element of an operation in bulk.
    pub element: Option<u32>,
    /// Instead of `cycles`, if a register that is read holds zero.
    pub zero: Option<u32>,
    /// Further ones if the signs of what the registers hold differ, and nothing is zero.
    pub sign: Option<u32>,
    /// A basic block ends here.
    pub transfer: bool,
    /// Where the figures come from.
    pub origin: Origin,
    /// Instructions of the class, by mnemonic.
    pub(crate) instructions: Vec<String>,
    /// Encoding formats whose instructions are of the class unless another one names them.
    pub(crate) formats: Vec<String>,
    /// Operations in bulk are of the class.
    pub(crate) bulk: bool,
    /// What no class names is of this one.
    pub(crate) default: bool,
}

/// The class of an instruction that is not compressed.
pub(crate) fn class_of(latencies: &[Latency], instruction: &Instruction) -> Option<usize> {
    let named = |class: &Latency| class.instructions.contains(&instruction.name);
    let bulk = |class: &Latency| class.bulk && instruction.is_bulk();
    let by_format = |class: &Latency| class.formats.contains(&instruction.format);
    let find = |is: &dyn Fn(&Latency) -> bool| latencies.iter().position(is);
    find(&named)
        .or_else(|| find(&bulk))
        .or_else(|| find(&by_format))
        .or_else(|| find(&|class| class.default))
}
