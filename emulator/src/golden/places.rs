//! The places of a view's elements in memory, as a set of bytes.
//!
//! A view of any rank, with the coordinates of its elements as one more dimension, is the set of
//! the cells of 1, 2, 4 or 8 bytes `base + sum of stride[d] * i[d]`. The questions that an instruction asks
//! before it starts (aligned? accessible? disjoint from another view?) are answered here exactly and
//! in integers that do not wrap. Two of them may need work that grows with the number of cells; it
//! is bounded, and an undecided question gets the answer that makes the instruction refuse.

use crate::memory::{Access, Memory};

/// A set of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    base: u64,
    /// Bytes of a cell: one word or coordinate.
    cell: u8,
    /// Stride in bytes and extent of each dimension, in the view's order.
    dims: Vec<(i64, u64)>,
}

/// The same set in normal form: `run` adjacent bytes at `start + sum of stride[d] * i[d]`, with
/// strides above zero in ascending order, the smallest larger than `run`, and extents of two or more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Runs {
    start: i128,
    run: i128,
    dims: Vec<(i128, i128)>,
}

impl Places {
    /// Cells of `cell` bytes from `base` on.
    pub(super) fn new(base: u64, cell: u8, dims: Vec<(i64, u64)>) -> Self {
        Self { base, cell, dims }
    }

    /// `len` adjacent bytes.
    pub(super) fn contiguous(base: u64, len: u64) -> Self {
        Self::new(base, 1, vec![(1, len)])
    }

    /// How many cells, counted once for each index; none if more than 2^64.
    pub(crate) fn count(&self) -> Option<u64> {
        if self.is_empty() {
            return Some(0);
        }
        self.dims
            .iter()
            .try_fold(1u64, |n, &(_, extent)| n.checked_mul(extent))
    }

    fn is_empty(&self) -> bool {
        self.dims.iter().any(|&(_, extent)| extent == 0)
    }

    /// True if every cell is at a multiple of its size.
    pub(super) fn aligned(&self) -> bool {
        let cell = u64::from(self.cell);
        self.is_empty()
            || self.base.is_multiple_of(cell)
                && self.dims.iter().all(|&(stride, extent)| {
                    extent < 2 || stride.unsigned_abs().is_multiple_of(cell)
                })
    }

    /// True if the cell with any index is at the same address in both.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let extents = |p: &Self| p.dims.iter().map(|d| d.1).collect::<Vec<_>>();
        let strides = |p: &Self| {
            p.dims
                .iter()
                .filter(|d| d.1 > 1)
                .map(|d| d.0)
                .collect::<Vec<_>>()
        };
        self.cell == other.cell
            && extents(self) == extents(other)
            && (self.is_empty() || self.base == other.base && strides(self) == strides(other))
    }

    /// True if all cells lie in the address space below `1 << xlen` and allow this access.
    pub(super) fn accessible(&self, memory: &dyn Memory, access: Access, xlen: u8) -> bool {
        if self.is_empty() {
            return true;
        }
        let Some(runs) = self.runs() else {
            return false;
        };
        let Some((low, high)) = runs.hull() else {
            return false;
        };
        low >= 0 && high <= 1i128 << xlen && runs.accessible(memory, access)
    }

    /// True if no byte belongs to both. False also where neither the hulls nor the strides' common
    /// divisor decide and looking at each run of the smaller set would exceed `budget` steps.
    pub(super) fn disjoint(&self, other: &Self, budget: u64) -> bool {
        if self.is_empty() || other.is_empty() {
            return true;
        }
        let (Some(a), Some(b)) = (self.runs(), other.runs()) else {
            return false;
        };
        let (Some(a_hull), Some(b_hull)) = (a.hull(), b.hull()) else {
            return false;
        };
        if a_hull.1 <= b_hull.0 || b_hull.1 <= a_hull.0 || a.disjoint_modulo_strides(&b) {
            return true;
        }
        let (few, many) = if a.count() <= b.count() {
            (&a, &b)
        } else {
            (&b, &a)
        };
        let mut budget = budget;
        few.each_start(&mut budget, |start, budget| {
            !many.meets(start, start + few.run, budget)
        })
    }

    /// True if no byte belongs to two cells of this set. False also where that cannot be seen from
    /// the strides and there are more than `budget` cells.
    pub(super) fn injective(&self, budget: u64) -> bool {
        let Some(runs) = self.normalized(false) else {
            return false;
        };
        let cell = i128::from(self.cell);
        let mut span = cell;
        let nested = runs.dims.iter().all(|&(stride, extent)| {
            let apart = stride >= span;
            span = span.saturating_add(stride.saturating_mul(extent - 1));
            apart
        });
        if self.is_empty() || nested {
            return true;
        }
        let too_close = runs.dims.first().is_some_and(|&(stride, _)| stride < cell);
        if too_close || runs.count() > i128::from(budget) {
            return false;
        }
        let mut starts = Vec::new();
        let mut steps = budget;
        runs.each_start(&mut steps, |start, _| {
            starts.push(start);
            true
        });
        starts.sort_unstable();
        starts.windows(2).all(|pair| pair[1] - pair[0] >= cell)
    }

    /// Calls `visit` with the address of each cell. For places that have been found accessible.
    pub(super) fn each(&self, mut visit: impl FnMut(u64)) {
        if let Some(runs) = self.normalized(false).filter(|_| !self.is_empty()) {
            let mut unlimited = u64::MAX;
            runs.each_start(&mut unlimited, |start, _| {
                visit(start as u64);
                true
            });
        }
    }

    /// The first byte's address and how many there are from it to the last; none where there is no cell, or the
    /// places are larger than the address space.
    pub(crate) fn hull(&self) -> Option<(u64, u64)> {
        let (low, high) = self.runs().filter(|_| !self.is_empty())?.hull()?;
        Some((u64::try_from(low).ok()?, u64::try_from(high - low).ok()?))
    }

    fn runs(&self) -> Option<Runs> {
        self.normalized(true)
    }

    /// The normal form; without `merge`, each cell stays a run of its own.
    fn normalized(&self, merge: bool) -> Option<Runs> {
        let mut start = i128::from(self.base);
        let mut dims = Vec::with_capacity(self.dims.len());
        for &(stride, extent) in &self.dims {
            let (stride, extent) = (i128::from(stride), i128::from(extent));
            if extent < 2 || merge && stride == 0 {
                continue;
            }
            if stride < 0 {
                start = start.checked_add(stride.checked_mul(extent - 1)?)?;
            }
            dims.push((stride.abs(), extent));
        }
        dims.sort_unstable();
        let mut run = i128::from(self.cell);
        if merge {
            let mut sparse = Vec::with_capacity(dims.len());
            for (stride, extent) in dims {
                if stride <= run {
                    run = run.checked_add(stride.checked_mul(extent - 1)?)?;
                } else {
                    sparse.push((stride, extent));
                }
            }
            dims = sparse;
        }
        Some(Runs { start, run, dims })
    }
}

impl Runs {
    /// First byte, and the one behind the last.
    fn hull(&self) -> Option<(i128, i128)> {
        let length = hull_length(self.run, &self.dims)?;
        Some((self.start, self.start.checked_add(length)?))
    }

    /// How many runs; saturating.
    fn count(&self) -> i128 {
        self.dims
            .iter()
            .fold(1, |n: i128, &(_, extent)| n.saturating_mul(extent))
    }

    fn accessible(&self, memory: &dyn Memory, access: Access) -> bool {
        // The caller has seen that the hull lies in the address space, so that nothing is cut off.
        fn check(
            start: i128,
            run: i128,
            dims: &[(i128, i128)],
            memory: &dyn Memory,
            access: Access,
        ) -> bool {
            let Some(length) = hull_length(run, dims) else {
                return false;
            };
            if u64::try_from(length)
                .is_ok_and(|length| memory.accessible(start as u64, length, access))
            {
                return true;
            }
            match dims.split_last() {
                None => false,
                Some((&(stride, extent), inner)) => {
                    (0..extent).all(|i| check(start + stride * i, run, inner, memory, access))
                }
            }
        }
        check(self.start, self.run, &self.dims, memory, access)
    }

    /// True if the runs stay apart modulo the greatest common divisor of all strides: columns of one table.
    fn disjoint_modulo_strides(&self, other: &Self) -> bool {
        let divisor = self
            .dims
            .iter()
            .chain(&other.dims)
            .fold(0, |g, &(stride, _)| gcd(g, stride));
        if divisor == 0 {
            return false;
        }
        let distance = (other.start - self.start).rem_euclid(divisor);
        distance >= self.run && distance + other.run <= divisor
    }

    /// Calls `visit` with the start of each run until it or the budget says no; true if all said yes.
    fn each_start(&self, budget: &mut u64, mut visit: impl FnMut(i128, &mut u64) -> bool) -> bool {
        let mut index = vec![0; self.dims.len()];
        let mut start = self.start;
        loop {
            if !spend(budget) || !visit(start, budget) {
                return false;
            }
            // Counts up; the innermost dimension first.
            let mut d = 0;
            loop {
                let Some(&(stride, extent)) = self.dims.get(d) else {
                    return true;
                };
                index[d] += 1;
                start += stride;
                if index[d] < extent {
                    break;
                }
                start -= stride * extent;
                index[d] = 0;
                d += 1;
            }
        }
    }

    /// True if some run has a byte in `low..high`, or if the budget does not suffice to say no.
    fn meets(&self, low: i128, high: i128, budget: &mut u64) -> bool {
        fn search(
            start: i128,
            run: i128,
            dims: &[(i128, i128)],
            range: (i128, i128),
            budget: &mut u64,
        ) -> bool {
            if !spend(budget) {
                return true;
            }
            let Some((&(stride, extent), inner)) = dims.split_last() else {
                return start < range.1 && range.0 < start + run;
            };
            let Some(length) = hull_length(run, inner) else {
                return true;
            };
            // Slices whose hull meets the range: start + stride * i < high and low < start + stride * i + length.
            let first = (range.0 - start - length).div_euclid(stride) + 1;
            let last = (range.1 - start - 1).div_euclid(stride);
            (first.max(0)..=last.min(extent - 1))
                .any(|i| search(start + stride * i, run, inner, range, budget))
        }
        search(self.start, self.run, &self.dims, (low, high), budget)
    }
}

fn hull_length(run: i128, dims: &[(i128, i128)]) -> Option<i128> {
    dims.iter().try_fold(run, |length, &(stride, extent)| {
        length.checked_add(stride.checked_mul(extent - 1)?)
    })
}

fn spend(budget: &mut u64) -> bool {
    let rest = budget.checked_sub(1);
    *budget = rest.unwrap_or(0);
    rest.is_some()
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{FlatMemory, Permissions, SegmentedMemory};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const BUDGET: u64 = 1 << 20;

    fn cells(places: &Places) -> Vec<i128> {
        let mut all = vec![i128::from(places.base)];
        for &(stride, extent) in &places.dims {
            all = all
                .iter()
                .flat_map(|&a| (0..i128::from(extent)).map(move |i| a + i128::from(stride) * i))
                .collect();
        }
        all
    }

    fn bytes(places: &Places) -> BTreeSet<i128> {
        let cell = i128::from(places.cell);
        cells(places).iter().flat_map(|&a| a..a + cell).collect()
    }

    fn places() -> impl Strategy<Value = Places> {
        let dim = (-12i64..12, 0u64..5);
        let cell = proptest::sample::select(vec![1u8, 2, 4, 8]);
        (0u64..160, cell, proptest::collection::vec(dim, 0..4)).prop_map(|(base, cell, dims)| {
            Places::new(
                1000 + base,
                cell,
                dims.into_iter().map(|(s, e)| (4 * s, e)).collect(),
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn disjoint_is_exact(a in places(), b in places()) {
            prop_assert_eq!(a.disjoint(&b, BUDGET), bytes(&a).is_disjoint(&bytes(&b)));
            prop_assert_eq!(a.disjoint(&b, BUDGET), b.disjoint(&a, BUDGET));
        }

        #[test]
        fn undecided_is_not_disjoint(a in places(), b in places(), budget in 0u64..20) {
            prop_assert!(!a.disjoint(&b, budget) || bytes(&a).is_disjoint(&bytes(&b)));
            prop_assert!(!a.injective(budget) || a.injective(BUDGET));
        }

        #[test]
        fn injective_is_exact(a in places()) {
            prop_assert_eq!(a.injective(BUDGET), bytes(&a).len() as i128 == i128::from(a.cell) * cells(&a).len() as i128);
        }

        #[test]
        fn accessible_is_exact(a in places(), holes in proptest::collection::vec((200u64..400, 1u64..8), 1..4)) {
            let mut memory = SegmentedMemory::new(1 << 20);
            for (start, len) in holes {
                // Overlapping attempts are refused, which is as good as any other layout.
                let _ = memory.map(start * 4, len * 4, Permissions::READ);
            }
            let expected = bytes(&a).iter().all(|&at| memory.accessible(at as u64, 1, Access::Read));
            prop_assert_eq!(a.accessible(&memory, Access::Read, 64), expected);
        }
    }

    #[test]
    fn columns_of_a_table_are_disjoint_without_work() {
        let column = |j: u64| Places::new(0x1000 + 16 * j, 4, vec![(64, 1 << 40), (4, 4)]);
        assert!(column(0).disjoint(&column(1), 0));
        assert!(column(3).disjoint(&column(0), 0));
        assert!(!column(2).disjoint(&column(2), 0));
    }

    #[test]
    fn address_space_ends() {
        let memory = FlatMemory::new(u64::MAX - 15, vec![0; 16]).unwrap();
        let down = |base| Places::new(base, 4, vec![(-4, 4)]);
        assert!(down(u64::MAX - 3).accessible(&memory, Access::Read, 64));
        assert!(!down(u64::MAX - 7).accessible(&memory, Access::Read, 64));
        assert!(!down(8).accessible(&memory, Access::Read, 64));
        assert!(!Places::new(u64::MAX - 3, 4, vec![(4, 2)]).accessible(&memory, Access::Read, 64));
        // Beyond any integer that could hold the address.
        let huge = Places::new(0, 4, vec![(i64::MIN, u64::MAX), (i64::MIN, u64::MAX)]);
        assert!(!huge.accessible(&memory, Access::Read, 64));
        assert!(!huge.disjoint(&down(64), BUDGET));
        assert!(!huge.injective(BUDGET));
        assert_eq!(huge.count(), None);
        let low = FlatMemory::new(0xffff_fff0, vec![0; 32]).unwrap();
        assert!(Places::contiguous(0xffff_fff0, 16).accessible(&low, Access::Write, 32));
        assert!(!Places::contiguous(0xffff_fff4, 16).accessible(&low, Access::Write, 32));
    }

    #[test]
    fn same_looks_at_elements_only() {
        let a = Places::new(64, 4, vec![(4, 3), (100, 1)]);
        assert!(a.same(&Places::new(64, 4, vec![(4, 3), (8, 1)])));
        assert!(!a.same(&Places::new(64, 4, vec![(8, 3), (100, 1)])));
        assert!(!a.same(&Places::new(68, 4, vec![(4, 3), (100, 1)])));
        assert!(Places::new(0, 4, vec![(4, 0)]).same(&Places::new(8, 4, vec![(4, 0)])));
        assert!(!Places::new(0, 4, vec![(4, 1)]).same(&Places::new(0, 4, vec![(4, 2)])));
    }
}
