//! The option about loops that only move words, of the commands that run the pass.

use clap::Args;

/// What the pass does with loops without field arithmetic.
#[derive(Debug, Clone, Copy, Args)]
pub struct Movement {
    /// Offload loops without field arithmetic, too: copies, fills, transposes, bit fields, conversions of integers.
    #[arg(long)]
    movement: bool,
}

impl Movement {
    /// The option of the pass.
    pub fn option(self) -> zktr_pass::Movement {
        if self.movement {
            zktr_pass::Movement::Offload
        } else {
            zktr_pass::Movement::Keep
        }
    }
}
