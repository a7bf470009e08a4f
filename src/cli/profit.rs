//! The option about what a rewrite has to gain, of the commands that write code.

use clap::{Args, ValueEnum};
use zktr_isa::Spec;
use zktr_pass::CostModel;

/// From how many iterations on loops are offloaded.
#[derive(Debug, Clone, Copy, Args)]
pub struct Profit {
    /// From how many iterations on loops are offloaded, a guard of each rewrite.
    #[arg(long, value_name = "COSTS", default_value = "hardware")]
    profit: Costs,
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
    /// The option of the pass.
    pub fn option(self, spec: &Spec) -> Option<CostModel> {
        match self.profit {
            Costs::Hardware => Some(CostModel::hardware(spec)),
            Costs::Software => Some(CostModel::software()),
            Costs::Always => None,
        }
    }
}
