//! Planes that are memory: words of views that are computed on without a copy.
//!
//! A window that no program writes can be read where it is. A plane whose only store is the only access of its program to a window
//! can be computed in its place. Both are about whole words of residues; whether they are adjacent and aligned in
//! memory is for the block to see.

use super::{Final, Program};
use crate::fast::program::{Direct, Load, Op, Source};

/// Finds them for each program, after which `finals` are written.
pub(super) fn find<W: Clone>(programs: &mut [Program<W>], finals: &[Final<W>], windows: usize) {
    let mut intact = vec![true; windows];
    for to in programs.iter().flat_map(|program| &program.ops) {
        if let Op::Store { to, .. } | Op::StoreWord { to, .. } | Op::Accumulate { to, .. } = to {
            intact[to.window] = false;
        }
    }
    for last in finals {
        intact[last.to.window] = false;
    }
    for program in programs {
        program.direct = Direct {
            stores: stores(&program.ops, windows),
            intact: intact.clone(),
        };
    }
}

/// For each operation the store that has a plane of it, if that can be computed in its place.
fn stores<W: Clone>(ops: &[Op<W>], windows: usize) -> Vec<Option<usize>> {
    let mut accesses = vec![0u32; windows];
    for op in ops {
        if let Op::Load { from: at, .. }
        | Op::Store { to: at, .. }
        | Op::StoreWord { to: at, .. }
        | Op::Accumulate { to: at, .. } = op
        {
            accesses[at.window] += 1;
        }
    }
    let mut direct = vec![None; ops.len()];
    for (number, op) in ops.iter().enumerate() {
        let Op::Store { to, planes, .. } = op else {
            continue;
        };
        let &[(_, Source::Plane(plane))] = &planes[..] else {
            continue;
        };
        let in_its_row = to.index.is_none() && !to.rows.wrap && !to.rows.partial;
        let stored = |op: &&Op<W>| matches!(op, Op::Store { planes, .. } if planes.iter().any(|(_, from)| matches!(from, Source::Plane(p) if *p == plane)));
        if !in_its_row || accesses[to.window] != 1 || ops.iter().filter(stored).count() != 1 {
            continue;
        }
        let reads = |op: &Op<W>| {
            let mut reads = false;
            op.clone()
                .visit(&mut |p, written| reads |= !written && *p == plane);
            reads
        };
        let writes = |op: &Op<W>| match op {
            // It becomes words of the format at once, which are no residues for others.
            Op::Load { how, planes, .. } => {
                *how == Load::Reduce
                    && planes.iter().any(|p| p.plane == plane)
                    && ops.iter().filter(|op| reads(op)).count() == 1
            }
            Op::Dot { out, .. }
            | Op::Sum { out, .. }
            | Op::Mul { out, .. }
            | Op::Inverse { out, .. }
            | Op::Select { out, .. } => out.contains(&plane),
            Op::ToFelt { out, .. } => *out == plane,
            Op::Scan { before, after, .. } => before.contains(&plane) || after.contains(&plane),
            _ => false,
        };
        if let Some(writer) = ops[..number].iter().position(writes) {
            direct[writer] = Some(number);
        }
    }
    direct
}
