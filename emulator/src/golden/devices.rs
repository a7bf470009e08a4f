//! What the units need from the world around them: entropy, and a unit that runs guest programs.

use crate::memory::Memory;
use std::fmt::Debug;

/// The surroundings of the units.
pub trait Devices: Debug + Send {
    /// 64 uniformly random bits, independent of all others: the TRNG.
    fn random(&mut self) -> u64;

    /// True if [`Self::run_guest`] can be called.
    fn runs_guests(&self) -> bool {
        false
    }

    /// Runs the guest program that the descriptor at this address is about. The result is the status of
    /// the instruction; none where there is no such unit.
    fn run_guest(&mut self, memory: &mut dyn Memory, descriptor: u64) -> Option<u64> {
        let _ = (memory, descriptor);
        None
    }

    /// Their state as a number, for a checkpoint; none if it is more than that.
    fn state(&self) -> Option<u64> {
        None
    }

    /// Goes to a state that [`Self::state`] has given; false if there is none to go to.
    fn set_state(&mut self, state: u64) -> bool {
        let _ = state;
        false
    }

    /// These devices in their present state, so that a run can be repeated from here; none if that is impossible.
    fn duplicate(&self) -> Option<Box<dyn Devices>> {
        None
    }
}

/// No unit for guests, and numbers that are a function of a seed: SplitMix64 (Steele, Lea and Flood, 2014).
/// So a run can be repeated. It is no source of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeded(pub u64);

impl Devices for Seeded {
    fn random(&mut self) -> u64 {
        let value = mix(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        value
    }

    fn state(&self) -> Option<u64> {
        Some(self.0)
    }

    fn set_state(&mut self, state: u64) -> bool {
        self.0 = state;
        true
    }

    fn duplicate(&self) -> Option<Box<dyn Devices>> {
        Some(Box::new(*self))
    }
}

/// A residue, uniformly random: numbers of as many bits as the modulus has, until one is below it.
pub(super) fn residue(devices: &mut dyn Devices, modulus: u64) -> u64 {
    // Each try succeeds with a probability above one half.
    const TRIES: u32 = 256;
    let mask = u64::MAX >> (modulus - 1).max(1).leading_zeros();
    (0..TRIES)
        .map(|_| devices.random() & mask)
        .find(|&number| number < modulus)
        // A source that is stuck must not hang the unit.
        .unwrap_or(0)
}

/// SplitMix64's output function.
pub(super) fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Stuck(u64);

    impl Devices for Stuck {
        fn random(&mut self) -> u64 {
            self.0
        }
    }

    #[test]
    fn residues_are_below_the_modulus_and_reach_all_of_it() {
        let mut seeded = Seeded(1);
        for modulus in [2, 3, 5, 7, 8, 17] {
            let mut seen = vec![0; modulus as usize];
            for _ in 0..1000 {
                seen[residue(&mut seeded, modulus) as usize] += 1;
            }
            let expected = 1000 / modulus as i32;
            assert!(
                seen.iter().all(|&n: &i32| (n - expected).abs() < 100),
                "{seen:?}"
            );
        }
        for modulus in [2_013_265_921, 0xffff_ffff_0000_0001] {
            assert!((0..1000).all(|_| residue(&mut seeded, modulus) < modulus));
        }
    }

    #[test]
    fn a_stuck_source_does_not_hang() {
        assert_eq!(residue(&mut Stuck(u64::MAX), 2_013_265_921), 0);
        assert_eq!(residue(&mut Stuck(0), 2_013_265_921), 0);
        assert_eq!(Seeded(0).run_guest(&mut Empty, 0), None);
    }

    struct Empty;

    impl Memory for Empty {
        fn read(&self, addr: u64, _: &mut [u8]) -> Result<(), crate::memory::Fault> {
            Err(crate::memory::Fault {
                addr,
                len: 1,
                access: crate::memory::Access::Read,
            })
        }

        fn write(&mut self, addr: u64, _: &[u8]) -> Result<(), crate::memory::Fault> {
            Err(crate::memory::Fault {
                addr,
                len: 1,
                access: crate::memory::Access::Write,
            })
        }

        fn accessible(&self, _: u64, _: u64, _: crate::memory::Access) -> bool {
            false
        }
    }
}
