//! What has to be apart in memory for several operations to do one after the other what a loop does row by row.
//!
//! With all that an operation writes apart from what the others read and write, the order does not matter, and where a later
//! operation refuses, the loop finds what it reads as it was. What an operation writes and reads itself is the unit's affair.
//!
//! A loop that traps has written nothing behind the row that traps. An operation that has been done has written all rows, so
//! that no later one may find out that an access traps. In a heap, which is accessible from its start up to some bound, an
//! array is accessible if its last word is: one word of each is read first, by operations that write nothing but
//! scratch memory. Where accesses may trap in other memory, the loop stays.

use super::Planner;
use super::guards::endpoints;
use crate::analysis::evolution::Range;
use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::HostKernel;
use crate::legality;
use crate::remark::Reason;
use cranelift_codegen::ir::TrapCode;

/// More pairs of arrays are not compared on entry.
const MAX_PAIRS: usize = 12;

/// A word that is accessible if the array that it ends is.
pub(super) struct Probe {
    pub address: Poly,
    pub bytes: u8,
}

/// For remarks.
const REASON: &str = "what one operation writes is not what another one reads or writes";

/// A word that a part of the loop reads or writes in each row.
struct Access {
    part: usize,
    address: Poly,
    bytes: i128,
    /// Behind the last word, less the array's polynomial.
    end: i128,
}

/// Accesses whose first addresses differ by constants, and whose last ones do.
struct Array {
    written: bool,
    /// The first and the last address, less constants.
    first: Poly,
    last: Poly,
    /// The least constant, and the greatest with the bytes of the word.
    from: i128,
    to: i128,
    accesses: Vec<Access>,
}

impl Planner<'_, '_, '_> {
    /// Demands it of the parts of the loop. The result is what has to be accessible beside what the first part accesses.
    pub(super) fn keep_apart(&mut self, parts: &[&HostKernel]) -> Result<Vec<Probe>, Reason> {
        let mut arrays: Vec<Array> = Vec::new();
        for (part, host) in parts.iter().enumerate() {
            let read = host.loads.iter().filter(|l| !l.insts.is_empty());
            let read = read.map(|l| (false, &l.address, l.bytes));
            let written = host.stores.iter().map(|s| (true, &s.address, host.bytes));
            for (written, address, bytes) in read.chain(written) {
                let access = Access {
                    part,
                    address: address.clone(),
                    bytes: bytes.into(),
                    end: 0,
                };
                self.add(access, written, &mut arrays)
                    .ok_or(Reason::Guard)?;
            }
        }
        let row = Atom::Index(parts.first().ok_or(Reason::NoInstruction)?.row);
        let mut pairs = 0;
        for (n, array) in arrays.iter().enumerate().filter(|(_, a)| a.written) {
            are_apart(array, array, row)?;
            for (m, other) in arrays.iter().enumerate() {
                if m == n || (other.written && m < n) || is_of_one_part(array, other) {
                    continue;
                }
                if array.first == other.first {
                    are_apart(array, other, row)?;
                    continue;
                }
                pairs += 1;
                if pairs > MAX_PAIRS {
                    return Err(Reason::TooLarge);
                }
                let distance = |x: &Poly, to: i128, y: &Poly, from: i128| {
                    x.sub(y)?.add(&Poly::constant(to.checked_sub(from)?))
                };
                let below = distance(&array.last, array.to, &other.first, other.from);
                let above = distance(&array.first, array.from, &other.last, other.to);
                let (below, above) = below.zip(above).ok_or(Reason::Guard)?;
                self.lifter.evolution.require_disjoint(below, above, REASON);
            }
        }
        self.probes(&arrays)
    }

    fn probes(&mut self, arrays: &[Array]) -> Result<Vec<Probe>, Reason> {
        let func = self.lifter.evolution.nests.func;
        let blocks = self.lifter.evolution.region.list.iter();
        let insts = blocks.flat_map(|&b| func.layout.block_insts(b));
        let flags = insts.filter_map(|i| func.dfg.insts[i].memflags());
        let mut codes = flags
            .filter_map(|flags| func.dfg.mem_flags[flags].trap_code())
            .peekable();
        if codes.peek().is_none() {
            return Ok(Vec::new());
        }
        if !codes.all(|code| code == TrapCode::HEAP_OUT_OF_BOUNDS) {
            return Err(Reason::TrappingAccess);
        }
        let mut probes: Vec<Probe> = Vec::new();
        for array in arrays {
            let heap = array.first.terms().find_map(|(factors, c)| match factors {
                [heap @ Atom::Entry(v)] => {
                    (c == 1 && legality::is_context_pointer(func, *v)).then_some(*heap)
                }
                _ => None,
            });
            let start = Poly::atom(heap.ok_or(Reason::TrappingAccess)?);
            let offset = array.first.add(&Poly::constant(array.from));
            let offset = offset.and_then(|first| first.sub(&start));
            let reason = "what is accessed is not in front of the heap";
            let evolution = &mut self.lifter.evolution;
            evolution.require(offset.ok_or(Reason::Guard)?, 0, i128::MAX, reason);
            // Where the first operation accesses the last word, it finds out before it writes anything.
            let mut last = array.accesses.iter().filter(|a| a.end == array.to);
            if last.clone().any(|a| a.part == 0) {
                continue;
            }
            let bytes = last.next().map_or(1, |a| a.bytes);
            let address = array.last.add(&Poly::constant(array.to - bytes));
            let address = address.ok_or(Reason::Guard)?;
            if !probes.iter().any(|p| p.address == address) {
                let bytes = u8::try_from(bytes).map_err(|_| Reason::AccessWidth)?;
                probes.push(Probe { address, bytes });
            }
        }
        Ok(probes)
    }

    fn add(&mut self, mut access: Access, written: bool, arrays: &mut Vec<Array>) -> Option<()> {
        let range = Range {
            poly: access.address.clone(),
            lo: 0,
            hi: 0,
            reason: REASON,
        };
        // No address depends on a word here.
        let ends = endpoints(self.lifter.evolution, &range, 1)?;
        let ((least, ..), (greatest, ..)) = (ends.first()?, ends.last()?);
        let ((from, first), (to, last)) = (least.split_constant(), greatest.split_constant());
        let to = to.checked_add(access.bytes)?;
        access.end = to;
        let same = |a: &&mut Array| a.written == written && a.first == first && a.last == last;
        match arrays.iter_mut().find(same) {
            Some(array) => {
                (array.from, array.to) = (array.from.min(from), array.to.max(to));
                array.accesses.push(access);
            }
            None => arrays.push(Array {
                written,
                first,
                last,
                from,
                to,
                accesses: vec![access],
            }),
        }
        Some(())
    }
}

fn is_of_one_part(x: &Array, y: &Array) -> bool {
    let mut parts = x.accesses.iter().chain(&y.accesses).map(|a| a.part);
    let first = parts.next();
    parts.all(|part| Some(part) == first)
}

/// Demands that words in one array which different parts access are never the same: they are different columns of rows.
fn are_apart(x: &Array, y: &Array, row: Atom) -> Result<(), Reason> {
    let pairs = x
        .accesses
        .iter()
        .flat_map(|a| y.accesses.iter().map(move |b| (a, b)));
    for (a, b) in pairs.filter(|(a, b)| a.part != b.part) {
        let columns = || {
            let (stride, rest) = a.address.linear_in(row)?;
            let (other_stride, other_rest) = b.address.linear_in(row)?;
            let stride = stride.as_constant().filter(|&stride| stride != 0)?;
            let varies = rest.varies() || other_rest.varies();
            if other_stride.as_constant() != Some(stride) || varies {
                return None;
            }
            let distance = other_rest.sub(&rest)?.wrap(64).as_constant()?;
            Some((stride.abs(), distance))
        };
        let (stride, distance) = columns().ok_or(Reason::Overlap)?;
        let above = distance.rem_euclid(stride);
        if above < a.bytes || stride - above < b.bytes {
            return Err(Reason::Overlap);
        }
    }
    Ok(())
}
