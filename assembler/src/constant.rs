//! Instruction sequences that load a constant.
//!
//! [`like_gnu`] is the sequence of GNU as. [`shortest`] finds a short one: the constant is split from the low end
//! into 12-bit additions and shifts; trailing zeros and leading zeros are tried as shifts of a simpler constant.

/// An instruction of the sequence. The first one starts from zero, the others from the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The register becomes this signed 20-bit number, times 4096, sign-extended.
    Lui(i64),
    /// Add a signed 12-bit number.
    Addi(i64),
    /// Add a signed 12-bit number; sign-extend the low 32 bits.
    Addiw(i64),
    /// Shift left.
    Slli(u32),
    /// Shift right, logical.
    Srli(u32),
}

/// The steps that leave `value` in a register of a hart with this XLEN. For XLEN 32 the value is a
/// sign-extended 32-bit number.
pub(crate) fn shortest(value: i64, xlen: u8) -> Vec<Step> {
    let mut best = by_low_parts(value, xlen);
    if xlen == 32 || best.len() <= 2 {
        return best;
    }
    // A number with zeros below: a simpler one, shifted left.
    let zeros = value.trailing_zeros();
    if zeros > 0 {
        consider(
            &mut best,
            by_low_parts(value >> zeros, xlen),
            Step::Slli(zeros),
        );
    }
    // A positive number: one with its highest bit set, shifted right. The bits below are free, so ones
    // and zeros are tried.
    if value > 0 {
        let zeros = value.leading_zeros();
        let ones = (1i64 << zeros) - 1;
        consider(
            &mut best,
            by_low_parts((value << zeros) | ones, xlen),
            Step::Srli(zeros),
        );
        consider(
            &mut best,
            by_low_parts(value << zeros, xlen),
            Step::Srli(zeros),
        );
    }
    best
}

/// The steps by which GNU as leaves `value` in a register (`load_const` in binutils' `tc-riscv.c`, 2.40): all bits above
/// the low twelve, without the zeros below them, and then a shift and an addition. The value as for [`shortest`].
pub(crate) fn like_gnu(value: i64, xlen: u8) -> Vec<Step> {
    let mut steps = Vec::with_capacity(8);
    let mut rest = value;
    // From the last instruction to the first one.
    while i32::try_from(rest).is_err() {
        let low = low_part(rest);
        let high = rest.wrapping_sub(low);
        let shift = high.trailing_zeros();
        if low != 0 {
            steps.push(Step::Addi(low));
        }
        steps.push(Step::Slli(shift));
        rest = high >> shift;
    }
    let (low, high) = (low_part(rest), rest.wrapping_sub(low_part(rest)) >> 12);
    let alone = high == 0 && steps.is_empty();
    if low != 0 || high == 0 {
        // Inside a longer sequence it is the 32-bit addition even where there is nothing to wrap around.
        steps.push(if xlen == 64 && !alone {
            Step::Addiw(low)
        } else {
            Step::Addi(low)
        });
    }
    if high != 0 {
        steps.push(Step::Lui((high << 44) >> 44));
    }
    steps.reverse();
    steps
}

/// Takes a sequence with one more step if it is shorter.
fn consider(best: &mut Vec<Step>, mut other: Vec<Step>, last: Step) {
    other.push(last);
    if other.len() < best.len() {
        *best = other;
    }
}

/// Sign extension of the low 12 bits.
fn low_part(value: i64) -> i64 {
    (value << 52) >> 52
}

/// A sequence that adds the low 12 bits last.
fn by_low_parts(value: i64, xlen: u8) -> Vec<Step> {
    let mut steps = Vec::with_capacity(8);
    let mut rest = value;
    // From the last instruction to the first one.
    loop {
        let low = low_part(rest);
        if let Ok(word) = i32::try_from(rest) {
            // The upper part may wrap around: lui sign-extends, and the addition wraps back at 32 bits.
            let high = i64::from(word.wrapping_sub(low as i32) >> 12);
            match (high, low) {
                (0, _) => steps.push(Step::Addi(low)),
                (_, 0) => steps.push(Step::Lui(high)),
                _ => steps.extend([
                    if xlen == 64 {
                        Step::Addiw(low)
                    } else {
                        Step::Addi(low)
                    },
                    Step::Lui(high),
                ]),
            }
            break;
        }
        if low != 0 {
            steps.push(Step::Addi(low));
        }
        rest = rest.wrapping_sub(low);
        let mut shift = rest.trailing_zeros();
        rest >>= shift;
        // Zeros that lui makes anyway need no shift.
        if shift > 12 && low_part(rest) != rest && i32::try_from(rest << 12).is_ok() {
            shift -= 12;
            rest <<= 12;
        }
        steps.push(Step::Slli(shift));
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(steps: &[Step], xlen: u8) -> i64 {
        let mut x = 0i64;
        for &step in steps {
            x = match step {
                Step::Lui(high) => {
                    assert!((-(1 << 19)..1 << 19).contains(&high));
                    high << 12
                }
                Step::Addi(low) => {
                    assert_eq!(low_part(low), low);
                    x.wrapping_add(low)
                }
                Step::Addiw(low) => {
                    assert_eq!(low_part(low), low);
                    i64::from(x.wrapping_add(low) as i32)
                }
                Step::Slli(n) => x << n,
                Step::Srli(n) => ((x as u64) >> n) as i64,
            };
            if xlen == 32 {
                x = i64::from(x as i32);
            }
        }
        x
    }

    fn check(value: i64) {
        let narrow = i64::from(value as i32);
        for sequence in [like_gnu, shortest] {
            let steps = sequence(value, 64);
            assert_eq!(run(&steps, 64), value, "{steps:?}");
            assert!(steps.len() <= 8, "{steps:?}");
            let steps = sequence(narrow, 32);
            assert_eq!(run(&steps, 32), narrow, "{steps:?}");
            assert!(
                steps.len() <= 2
                    && steps
                        .iter()
                        .all(|s| matches!(s, Step::Lui(_) | Step::Addi(_)))
            );
        }
        assert!(shortest(value, 64).len() <= like_gnu(value, 64).len());
    }

    #[test]
    fn boundaries() {
        for shift in 0..64 {
            for delta in [
                -4097, -4096, -2049, -2048, -2047, -1, 0, 1, 2047, 2048, 2049, 4095, 4096,
            ] {
                check((1i64 << shift).wrapping_add(delta));
                check((-1i64 << shift).wrapping_add(delta));
                check((0x7fff_ffff_ffff_ffffu64 >> shift) as i64 ^ delta);
            }
        }
    }

    #[test]
    fn lengths_of_known_constants() {
        let cases = [
            (0, 1),
            (-1, 1),
            (2047, 1),
            (2048, 2),
            (0x1000, 1),
            (0x7fff_f800, 2),
            (-0x8000_0000, 1),
            (0xffff_ffff, 2),
            (0x8000_0000, 2),
            (i64::MAX, 2),
            (i64::MIN, 2),
            (0x0fff_ffff_ffff_ffff, 2),
            (2_013_265_921, 2),
        ];
        for (value, length) in cases {
            assert_eq!(
                shortest(value, 64).len(),
                length,
                "{value:#x}: {:?}",
                shortest(value, 64)
            );
        }
    }

    proptest! {
        #[test]
        fn any_value_is_loaded(value: i64, shift in 0u32..64) {
            check(value);
            check(value >> shift);
            check(value << shift);
            check(((value as u64) >> shift) as i64);
        }
    }
}
