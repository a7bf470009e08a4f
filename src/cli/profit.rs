//! The option about what a rewrite has to gain, of the commands that write code.

use clap::{Args, ValueEnum};
use zktr_isa::Spec;
use zktr_pass::CostModel;

/// From how many iterations on loops are offloaded.
#[derive(Debug, Clone, Copy, Args)]
pub struct Profit {
    /// From how many iterations on loops are offloaded, a guard of each rewrite. Without the option: by the costs of what
    /// executes the operations.
    #[arg(long, value_name = "COSTS")]
    profit: Option<Costs>,
}

/// Costs of loops and operations.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Costs {
    /// Those of the accelerator beside an in-order host: the spec's classes of latency.
    Hardware,
    /// Those of the software units on a processor of today.
    Software,
    /// None: always.
    Always,
}

impl Profit {
    /// The option of the pass, for the accelerator or for software units.
    pub fn option(self, spec: &Spec, hardware: bool) -> Option<CostModel> {
        match (self.profit, hardware) {
            (Some(Costs::Hardware), _) | (None, true) => Some(CostModel::hardware(spec)),
            (Some(Costs::Software), _) | (None, false) => Some(CostModel::software()),
            (Some(Costs::Always), _) => None,
        }
    }
}
