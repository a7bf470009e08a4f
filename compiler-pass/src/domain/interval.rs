//! Intervals of integers, and the exact integer arithmetic around them.
//!
//! An interval is *sound to widen*: every operation returns a superset of the exact result. Bounds are
//! finite up to [`LIMIT`] in magnitude and infinite beyond it, so that no operation can overflow.

/// The largest magnitude of a finite bound: sums of a few bounds stay within `i128`.
pub(super) const LIMIT: i128 = 1 << 124;

/// All integers from `lo` to `hi`, both included; `i128::MIN` and `i128::MAX` stand for the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Interval {
    /// Least element, or `i128::MIN`.
    pub(super) lo: i128,
    /// Greatest element, or `i128::MAX`.
    pub(super) hi: i128,
}

const NEG_INF: i128 = i128::MIN;
const POS_INF: i128 = i128::MAX;

impl Interval {
    /// All integers.
    pub(super) const ALL: Self = Self {
        lo: NEG_INF,
        hi: POS_INF,
    };

    /// From `lo` to `hi`, widened where a bound is beyond the limit.
    pub(super) fn new(lo: i128, hi: i128) -> Self {
        Self {
            lo: if lo < -LIMIT { NEG_INF } else { lo.min(LIMIT) },
            hi: if hi > LIMIT { POS_INF } else { hi.max(-LIMIT) },
        }
    }

    /// One integer.
    pub(super) fn point(value: i128) -> Self {
        Self::new(value, value)
    }

    /// The words of this width.
    pub(super) fn word(bits: u8) -> Self {
        Self::new(0, (1i128 << bits) - 1)
    }

    /// Whether no integer is left.
    pub(super) fn is_empty(self) -> bool {
        self.lo > self.hi
    }

    /// The only element, where there is just one.
    pub(super) fn as_point(self) -> Option<i128> {
        (self.lo == self.hi).then_some(self.lo)
    }

    /// Whether every element of `other` is one of `self`.
    pub(super) fn contains(self, other: Self) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }

    /// Elements of both.
    pub(super) fn intersect(self, other: Self) -> Self {
        Self {
            lo: self.lo.max(other.lo),
            hi: self.hi.min(other.hi),
        }
    }

    /// The least interval that holds both.
    pub(super) fn hull(self, other: Self) -> Self {
        Self {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }

    /// Sums.
    pub(super) fn add(self, other: Self) -> Self {
        let sum = |a: i128, b: i128, infinity: i128| {
            if a == infinity || b == infinity {
                infinity
            } else {
                a + b
            }
        };
        Self::new(
            sum(self.lo, other.lo, NEG_INF),
            sum(self.hi, other.hi, POS_INF),
        )
    }

    /// Differences.
    pub(super) fn sub(self, other: Self) -> Self {
        self.add(other.scale(-1))
    }

    /// Multiples.
    pub(super) fn scale(self, factor: i128) -> Self {
        if factor == 0 {
            return Self::point(0);
        }
        let (a, b) = (bound_times(self.lo, factor), bound_times(self.hi, factor));
        if factor > 0 {
            Self::new(a, b)
        } else {
            Self::new(b, a)
        }
    }

    /// Products.
    pub(super) fn mul(self, other: Self) -> Self {
        let corners = [
            bound_times(self.lo, other.lo),
            bound_times(self.lo, other.hi),
            bound_times(self.hi, other.lo),
            bound_times(self.hi, other.hi),
        ];
        let lo = corners.iter().copied().fold(POS_INF, i128::min);
        let hi = corners.iter().copied().fold(NEG_INF, i128::max);
        Self::new(lo, hi)
    }

    /// Quotients by a positive divisor, rounded towards minus infinity.
    pub(super) fn floor_div(self, divisor: i128) -> Self {
        let quotient = |bound: i128| {
            if bound == NEG_INF || bound == POS_INF {
                bound
            } else {
                bound.div_euclid(divisor)
            }
        };
        Self {
            lo: quotient(self.lo),
            hi: quotient(self.hi),
        }
    }

    /// The integers whose multiple by a positive divisor is in the interval.
    pub(super) fn inner_div(self, divisor: i128) -> Self {
        let lo = if self.lo == NEG_INF {
            NEG_INF
        } else {
            -((-self.lo).div_euclid(divisor))
        };
        Self {
            lo,
            hi: self.floor_div(divisor).hi,
        }
    }
}

/// A product of bounds. Zero times an infinity is zero: a bound of an empty direction does not count.
fn bound_times(a: i128, b: i128) -> i128 {
    if a == 0 || b == 0 {
        return 0;
    }
    let infinite = |x: i128| x == NEG_INF || x == POS_INF;
    let overflow = if (a < 0) == (b < 0) { POS_INF } else { NEG_INF };
    if infinite(a) || infinite(b) {
        overflow
    } else {
        a.checked_mul(b).unwrap_or(overflow)
    }
}

/// `value` where it is small enough to be a coefficient, an offset or a divisor.
pub(super) fn fit(value: Option<i128>) -> Option<i128> {
    value.filter(|v| (-LIMIT..=LIMIT).contains(v))
}

/// Greatest common divisor of the magnitudes; `gcd(0, x) = |x|`. The operands are coefficients.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i128
}
