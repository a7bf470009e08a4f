//! Instructions looked at several rows, or several columns, at a time.

use super::super::bits::{Chosen, SpecAdjacent, SpecComparison};
use super::super::term::{Replacement, Term};
use super::build::Coordinates;
use super::{Ix, SpecAtom, SpecKernel, SpecStore, SpecSum, WordIx};
use zktr_isa::algebra::VarId;

impl SpecKernel {
    /// The same instruction looked at `rows` rows at a time, and at `columns` iterations of its stores' inner loop.
    pub fn unrolled(&self, rows: u32, columns: u32) -> Option<Self> {
        let mut kernel = self.clone();
        if columns > 1 {
            kernel = kernel.unrolled_columns(columns)?;
        }
        if rows > 1 {
            kernel = kernel.unrolled_rows(rows)?;
        }
        Some(kernel)
    }

    fn unrolled_rows(&self, rows: u32) -> Option<Self> {
        let mut kernel = self.clone();
        kernel.stores.clear();
        // The state before the copy that is being made, in terms of the state before the first.
        let mut state: Vec<Coordinates> = self
            .carries
            .iter()
            .enumerate()
            .map(|(carry, c)| {
                let atom = |coord| SpecAtom::Carry {
                    carry: carry as u32,
                    coord: coord as u32,
                };
                let p = |i: usize| c.init[i].modulus();
                (0..c.init.len())
                    .map(|i| Term::atom(p(i), atom(i)))
                    .collect()
            })
            .collect();
        for copy in 0..rows {
            let place = |t: &Term<SpecAtom>| {
                let t = map_index(t, self.row, rows, copy)?;
                t.substitute(&|a| {
                    Some(match a {
                        SpecAtom::Carry { carry, coord } => {
                            Replacement::By(state[*carry as usize][*coord as usize].clone())
                        }
                        _ => Replacement::Keep,
                    })
                })
            };
            for store in &self.stores {
                kernel.stores.push(SpecStore {
                    index: store
                        .index
                        .iter()
                        .map(|&i| unroll_index(i, self.row, rows, copy))
                        .collect(),
                    value: place(&store.value)?,
                    ..store.clone()
                });
            }
            state = self
                .carries
                .iter()
                .map(|c| c.step.iter().map(place).collect::<Option<Vec<_>>>())
                .collect::<Option<_>>()?;
        }
        for (carry, step) in kernel.carries.iter_mut().zip(state) {
            carry.step = step;
        }
        Some(kernel)
    }

    fn unrolled_columns(&self, columns: u32) -> Option<Self> {
        let mut kernel = self.clone();
        kernel.stores.clear();
        for store in &self.stores {
            let (var, _) = store.inner?;
            for copy in 0..columns {
                kernel.stores.push(SpecStore {
                    index: store
                        .index
                        .iter()
                        .map(|&i| unroll_index(i, var, columns, copy))
                        .collect(),
                    value: map_index(&store.value, var, columns, copy)?,
                    ..store.clone()
                });
            }
        }
        Some(kernel)
    }

    /// The same with the stores' inner loop written out: `columns` stores for each, and no inner loop.
    pub fn written_out(&self, columns: u32) -> Option<Self> {
        let mut kernel = self.clone();
        kernel.stores.clear();
        for store in &self.stores {
            let (var, extent) = store.inner?;
            if !kernel.fixed.contains(&(extent, columns)) {
                kernel.fixed.push((extent, columns));
            }
            for column in 0..columns {
                let fix = |ix: &Ix| match *ix {
                    Ix::Var {
                        var: v,
                        scale,
                        offset,
                    } if v == var => Ix::Lit(scale * column + offset),
                    other => other,
                };
                kernel.stores.push(SpecStore {
                    index: store.index.iter().map(fix).collect(),
                    inner: None,
                    value: fix_index(&store.value, var, column)?,
                    ..store.clone()
                });
            }
        }
        Some(kernel)
    }
}

fn unroll_index(ix: Ix, of: VarId, by: u32, copy: u32) -> Ix {
    match ix {
        Ix::Var { var, scale, offset } if var == of => Ix::Var {
            var,
            scale: scale * by,
            offset: offset + scale * copy,
        },
        Ix::Word(word) if word.var == of => Ix::Word(WordIx {
            scale: word.scale * by,
            offset: word.offset + word.scale * copy,
            ..word
        }),
        other => other,
    }
}

/// Replaces the index `of` by `by * of + copy`.
pub fn map_index(t: &Term<SpecAtom>, of: VarId, by: u32, copy: u32) -> Option<Term<SpecAtom>> {
    map_reads(t, &|ix| unroll_index(ix, of, by, copy))
}

/// Replaces the index `of` by a number.
pub fn fix_index(t: &Term<SpecAtom>, of: VarId, number: u32) -> Option<Term<SpecAtom>> {
    map_reads(t, &|ix| match ix {
        Ix::Var { var, scale, offset } if var == of => Ix::Lit(scale * number + offset),
        other => other,
    })
}

fn map_reads(t: &Term<SpecAtom>, f: &dyn Fn(Ix) -> Ix) -> Option<Term<SpecAtom>> {
    let p = t.modulus();
    t.substitute(&|a| {
        Some(Replacement::By(Term::atom(
            p,
            match a {
                SpecAtom::Read {
                    view,
                    index,
                    coord,
                    raw,
                    bytes,
                    optional,
                } => SpecAtom::Read {
                    view: *view,
                    index: index.iter().map(|&i| f(i)).collect(),
                    coord: *coord,
                    raw: *raw,
                    bytes: *bytes,
                    optional: *optional,
                },
                SpecAtom::Sum(sum) => SpecAtom::Sum(Box::new(SpecSum {
                    body: map_reads(&sum.body, f)?,
                    ..(**sum).clone()
                })),
                SpecAtom::Inv(inner) => SpecAtom::Inv(Box::new(map_reads(inner, f)?)),
                SpecAtom::Bits(bits) => SpecAtom::Bits(Box::new(bits.map(f))),
                SpecAtom::Comparison(comparison) => {
                    let chosen = |c: Chosen| Chosen {
                        view: c.view,
                        at: f(c.at),
                    };
                    SpecAtom::Comparison(Box::new(SpecComparison {
                        relation: comparison.relation,
                        x: chosen(comparison.x),
                        y: chosen(comparison.y),
                    }))
                }
                SpecAtom::Adjacent(adjacent) => SpecAtom::Adjacent(Box::new(SpecAdjacent {
                    row: f(adjacent.row),
                    ..**adjacent
                })),
                other => other.clone(),
            },
        )))
    })
}
