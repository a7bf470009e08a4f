//! What every match satisfies and is cheap to check, so that few instructions are compared with a loop term by term.
//!
//! Guarantee: an instruction that is ruled out here is one that unification would not find.

use crate::kernel::host::{HostAtom, HostKernel};
use crate::kernel::spec::{SpecAtom, SpecKernel, SpecStore, StoreKind};

/// What a loop needs of an instruction.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Something that is written is computed in a way that no instruction has.
    hopeless: bool,
    /// Something that is written has an inverse in it.
    inverts: bool,
    /// An inverse occurs anywhere, also in what is only carried.
    has_inverse: bool,
    /// Words are carried.
    carries: bool,
    /// Sizes of the words that are read, a bit for each.
    sizes: u8,
    /// Each word that is written is a copy of another one.
    copies: bool,
    /// Each word that is written is one more than what was there, or another constant.
    counts: bool,
    /// Bits are taken of words, or less than words of 32 bits are read.
    bits: bool,
}

impl Filter {
    /// What this loop needs.
    pub fn new(host: &HostKernel) -> Self {
        let inverse = |a: &HostAtom| matches!(a, HostAtom::Inv(_));
        let inverts = host
            .stores
            .iter()
            .any(|s| s.value.any(&mut inverse.clone()));
        let carried = host.carries.iter().flat_map(|c| [&c.init, &c.step]);
        let summed = host.sums.iter().map(|s| &s.body);
        Self {
            hopeless: host.has_opaque_store(),
            inverts,
            has_inverse: inverts || carried.chain(summed).any(|t| t.any(&mut inverse.clone())),
            carries: !host.carries.is_empty(),
            sizes: host.loads.iter().fold(0, |sizes, l| sizes | l.bytes),
            copies: host.stores.iter().all(|s| s.copied.is_some()),
            counts: host.stores.iter().all(|s| s.counted.is_some()),
            bits: host.loads.iter().any(|l| l.bytes < 4)
                || host
                    .stores
                    .iter()
                    .any(|s| s.value.any(&mut |a| matches!(a, HostAtom::Bits(_)))),
        }
    }

    /// True if the instruction may do what the loop does: every word that the loop writes is one that the instruction
    /// writes, and every word that the instruction carries is one that the loop carries.
    pub fn admits(&self, kernel: &SpecKernel) -> bool {
        if self.hopeless || (!kernel.carries.is_empty() && !self.carries) {
            return false;
        }
        let does = |how: fn(StoreKind) -> bool| kernel.stores.iter().any(|s| how(s.how));
        let copies = does(|how| how == StoreKind::Copy);
        if does(|how| matches!(how, StoreKind::Count(_))) && !self.counts {
            return false;
        }
        // Words that are converted have one size.
        let missing = |a: &SpecAtom| matches!(a, SpecAtom::Read { raw: true, bytes, .. } if self.sizes & bytes == 0);
        if !copies
            && kernel
                .stores
                .iter()
                .any(|s| s.value.any(&mut |a| missing(a)))
        {
            return false;
        }
        let bits = |s: &SpecStore| {
            s.value.any(&mut |a| {
                matches!(
                    a,
                    SpecAtom::Bits(_) | SpecAtom::Adjacent(_) | SpecAtom::Comparison(_)
                )
            })
        };
        if (copies && !self.copies) || (!self.bits && kernel.stores.iter().any(bits)) {
            return false;
        }
        // What is written may be a carried word, so that an inverse in a step counts as one too.
        (!self.inverts || kernel.inverts || kernel.carries_inverse)
            && (self.has_inverse || !kernel.inverts)
    }
}
