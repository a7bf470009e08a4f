//! Unification of an instruction's term with a loop's.
//!
//! Both are polynomials over F_p. Each monomial of the instruction has to be one of the loop, and none of the
//! loop's may be left over. An additive scalar of the instruction takes what is the same in every row; a
//! scalar factor takes the factors that are. A sum of the instruction is either a sum of the loop, or as
//! many monomials as it has terms.

use super::bindings::Bindings;
use super::records;
use crate::kernel::host::{HostAtom, HostKernel};
use crate::kernel::spec::{self, Ix, SpecAtom, SpecSum};
use crate::kernel::term::{self, Monomial, Term};
use crate::plan::Word;
use std::cell::Cell;
use zktr_isa::algebra::FieldId;

/// Sums that are written out have at most this many terms.
const MAX_WRITTEN_OUT: usize = 64;

/// Unifies terms of one loop with terms of one instruction.
pub struct Unifier<'k> {
    /// The loop.
    pub host: &'k HostKernel,
    /// Descending order of the columns of sums that are written out.
    pub reversed: bool,
    /// How many more monomials and unknowns may be compared.
    budget: &'k Cell<u32>,
}

type SpecTerm = Term<SpecAtom>;
type HostTerm = Term<HostAtom>;
/// Monomials of the loop that are still to be matched, with their coefficients.
type Monomials<'h> = Vec<(&'h Monomial<HostAtom>, u64)>;
/// What is to be done with bindings: if it fails, others are tried.
pub type Then<'t, 'k> = &'t mut dyn FnMut(&mut Unifier<'k>, &Bindings) -> Option<Bindings>;
/// The same, with the monomials that are left over.
type ThenRest<'t, 'k, 'h> =
    &'t mut dyn FnMut(&mut Unifier<'k>, Monomials<'h>, &Bindings) -> Option<Bindings>;
/// The same, with the factors that are left over.
type ThenFactors<'t, 'k, 'h> =
    &'t mut dyn FnMut(&mut Unifier<'k>, Vec<&'h HostAtom>, &Bindings) -> Option<Bindings>;

impl<'k> Unifier<'k> {
    /// A unifier that works as long as the budget lasts.
    pub fn new(host: &'k HostKernel, reversed: bool, budget: &'k Cell<u32>) -> Self {
        Self {
            host,
            reversed,
            budget,
        }
    }

    /// Takes one step from the budget. `None` if there is none left.
    pub fn step(&self) -> Option<()> {
        self.budget.set(self.budget.get().checked_sub(1)?);
        Some(())
    }

    /// Extends the bindings so that both terms are equal, in all ways until `then` succeeds.
    pub fn term(
        &mut self,
        spec: &SpecTerm,
        host: &HostTerm,
        bindings: &Bindings,
        then: Then<'_, 'k>,
    ) -> Option<Bindings> {
        if spec.modulus() != host.modulus() {
            return None;
        }
        let mut constants = Vec::new();
        let mut sums = Vec::new();
        let mut products = Vec::new();
        let mut rest: Monomials<'_> = host.terms().collect();
        for (monomial, c) in spec.terms() {
            match &monomial[..] {
                [(SpecAtom::Scalar { field, coord }, 1)] => constants.push((*field, *coord, c)),
                [(SpecAtom::Sum(sum), 1)] => sums.push((&**sum, c)),
                // A constant of the instruction is one of the loop.
                [] => {
                    let same = |(m, d): &(&Monomial<HostAtom>, u64)| m.is_empty() && *d == c;
                    rest.remove(rest.iter().position(same)?);
                }
                _ => products.push((monomial, c)),
            }
        }
        if sums.len() > 1 {
            return None;
        }
        self.products(&products, rest, bindings, &mut |this, rest, bindings| {
            let mut finish = |this: &mut Self, rest: Monomials<'_>, bindings: &Bindings| {
                let bindings = this.constants(&constants, &rest, bindings.clone())?;
                then(this, &bindings)
            };
            match sums[..] {
                [(sum, c)] => this.sum(sum, c, rest, bindings, &mut finish),
                _ => finish(this, rest, bindings),
            }
        })
    }

    /// Matches each product with a monomial of the loop.
    fn products<'h>(
        &mut self,
        products: &[(&Monomial<SpecAtom>, u64)],
        rest: Monomials<'h>,
        bindings: &Bindings,
        then: ThenRest<'_, 'k, 'h>,
    ) -> Option<Bindings> {
        let Some(((monomial, c), others)) = products.split_first() else {
            return then(self, rest, bindings);
        };
        for at in 0..rest.len() {
            let (candidate, d) = rest[at];
            let mut left = rest.clone();
            left.remove(at);
            let found = self.monomial(
                monomial,
                *c,
                candidate,
                d,
                bindings,
                &mut |this, bindings| this.products(others, left.clone(), bindings, then),
            );
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The additive scalar takes all that is left.
    fn constants(
        &self,
        constants: &[(FieldId, u32, u64)],
        rest: &[(&Monomial<HostAtom>, u64)],
        mut bindings: Bindings,
    ) -> Option<Bindings> {
        let p = self.host.p;
        match constants {
            [] => rest.is_empty().then_some(bindings),
            [(field, coord, c)] => {
                let word = match rest {
                    [] => Word::Const(0),
                    [(monomial, d)] => {
                        let scale = term::mul(p, *d, term::inverse(p, *c));
                        self.invariant_word(monomial.iter().map(|(a, e)| (a, *e)), scale)?
                    }
                    _ => return None,
                };
                bindings.scalar(*field, *coord, &word).then_some(bindings)
            }
            _ => None,
        }
    }

    /// A product that a single word of the entry can stand for.
    fn invariant_word<'h>(
        &self,
        factors: impl Iterator<Item = (&'h HostAtom, u64)>,
        scale: u64,
    ) -> Option<Word> {
        let factors: Vec<_> = factors.collect();
        match &factors[..] {
            [] => Some(Word::Const(scale)),
            [(HostAtom::Entry(v), 1)] if scale == 1 => Some(Word::Value(*v)),
            [(HostAtom::Load(l), 1)]
                if scale == 1 && self.host.loads[*l as usize].bytes == self.host.bytes =>
            {
                let load = &self.host.loads[*l as usize];
                Some(Word::Memory {
                    address: load.address.to_plan()?,
                    load: *load.insts.first()?,
                })
            }
            _ => None,
        }
    }

    fn monomial(
        &mut self,
        spec: &Monomial<SpecAtom>,
        c: u64,
        host: &Monomial<HostAtom>,
        d: u64,
        bindings: &Bindings,
        then: Then<'_, 'k>,
    ) -> Option<Bindings> {
        self.step()?;
        let mut scalars = Vec::new();
        let mut atoms = Vec::new();
        for (atom, e) in spec {
            for _ in 0..*e {
                match atom {
                    SpecAtom::Scalar { field, coord } => scalars.push((*field, *coord)),
                    other => atoms.push(other),
                }
            }
        }
        let mut factors = Vec::new();
        for (atom, e) in host {
            if *e > 8 {
                return None;
            }
            for _ in 0..*e {
                factors.push(atom);
            }
        }
        if factors.len() > atoms.len() + scalars.len() {
            // What is left over would have to be multiplied on entry.
            return None;
        }
        self.atoms(&atoms, factors, bindings, &mut |this, left, bindings| {
            let mut ratio = term::mul(this.host.p, d, term::inverse(this.host.p, c));
            let mut bindings = bindings.clone();
            if scalars.is_empty()
                && let Some(view) = this.coefficients(&atoms, &bindings)
            {
                bindings.factor(view, ratio)?;
                ratio = 1;
            }
            let bindings = this.scalars(&scalars, left, ratio, bindings)?;
            then(this, &bindings)
        })
    }

    /// A factor that is an element of a vector in memory, the same vector for each row: its elements could be multiplied by
    /// a constant before.
    fn coefficients(&self, atoms: &[&SpecAtom], bindings: &Bindings) -> Option<FieldId> {
        let (row, _) = *bindings.loops.first()?;
        atoms.iter().find_map(|atom| match atom {
            SpecAtom::Read {
                view,
                index,
                raw: false,
                ..
            } => {
                let [ix] = &index[..] else { return None };
                let by_row = matches!(ix, Ix::Var { var, .. } if *var == row);
                (!by_row && bindings.is_in_memory(*view)).then_some(*view)
            }
            _ => None,
        })
    }

    /// What is left of a monomial is the product of the scalars: those that are bound are divided out, and one that is
    /// not gets the rest.
    fn scalars(
        &self,
        scalars: &[(FieldId, u32)],
        mut left: Vec<&HostAtom>,
        mut ratio: u64,
        mut bindings: Bindings,
    ) -> Option<Bindings> {
        let p = self.host.p;
        let mut unbound = Vec::new();
        for scalar in scalars {
            match bindings.scalars.get(scalar) {
                Some(Word::Value(v)) => {
                    let at = left.iter().position(|a| **a == HostAtom::Entry(*v))?;
                    left.remove(at);
                }
                Some(Word::Memory { address, .. }) => {
                    let same = |a: &&HostAtom| match a {
                        HostAtom::Load(l) => {
                            self.host.loads[*l as usize].address.to_plan().as_ref() == Some(address)
                        }
                        _ => false,
                    };
                    let at = left.iter().position(same)?;
                    left.remove(at);
                }
                Some(Word::Const(k)) => ratio = term::mul(p, ratio, term::inverse(p, *k)),
                None => unbound.push(*scalar),
            }
        }
        match unbound[..] {
            [] => (left.is_empty() && ratio == 1).then_some(bindings),
            [(field, coord)] => {
                let word = self.invariant_word(left.into_iter().map(|a| (a, 1)), ratio)?;
                bindings.scalar(field, coord, &word).then_some(bindings)
            }
            _ => None,
        }
    }

    /// Matches each atom with a factor of the loop's monomial.
    fn atoms<'h>(
        &mut self,
        atoms: &[&SpecAtom],
        factors: Vec<&'h HostAtom>,
        bindings: &Bindings,
        then: ThenFactors<'_, 'k, 'h>,
    ) -> Option<Bindings> {
        let Some((atom, others)) = atoms.split_first() else {
            return then(self, factors, bindings);
        };
        for at in 0..factors.len() {
            let mut left = factors.clone();
            left.remove(at);
            let found = self.atom(atom, factors[at], bindings, &mut |this, bindings| {
                this.atoms(others, left.clone(), bindings, then)
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn atom(
        &mut self,
        spec: &SpecAtom,
        host: &HostAtom,
        bindings: &Bindings,
        then: Then<'_, 'k>,
    ) -> Option<Bindings> {
        self.step()?;
        if let (SpecAtom::Inv(x), HostAtom::Inv(y)) = (spec, host) {
            return self.term(x, y, bindings, then);
        }
        let mut bindings = bindings.clone();
        if let SpecAtom::Bits(bits) = spec {
            records::bits(self.host, bits, host, &mut bindings)?;
            return then(self, &bindings);
        }
        if let (SpecAtom::Adjacent(spec), HostAtom::Bits(found)) = (spec, host) {
            let bound = records::adjacent(self.host, spec, found, &bindings);
            return bound.into_iter().find_map(|bindings| then(self, &bindings));
        }
        if let (SpecAtom::Comparison(spec), HostAtom::Bits(found)) = (spec, host) {
            let bound = records::compared(self.host, spec, found, &bindings);
            return bound.into_iter().find_map(|bindings| then(self, &bindings));
        }
        match (spec, host) {
            (
                SpecAtom::Read {
                    view,
                    index,
                    coord,
                    raw,
                    bytes,
                    optional,
                },
                HostAtom::Load(load),
            ) => {
                let load = &self.host.loads[*load as usize];
                // Where the unit does not look at an element, the loop may not have relied on what it is.
                if *optional != load.unless_zero.is_some() {
                    return None;
                }
                // A view of any words is not checked by the unit: nothing may have been assumed of them.
                if (*raw && load.canonical) || *bytes != load.bytes {
                    return None;
                }
                bindings.address(self.host, *view, index, *coord, &load.address)?;
            }
            (
                SpecAtom::Read {
                    view,
                    index,
                    coord,
                    optional: false,
                    ..
                },
                HostAtom::Entry(v),
            ) => bindings.word(*view, index, *coord, &Word::Value(*v))?,
            (
                SpecAtom::Read {
                    view,
                    index,
                    coord,
                    raw: false,
                    optional: false,
                    ..
                },
                HostAtom::Carry(c),
            ) => {
                let carry = &self.host.carries[*c as usize];
                let [
                    Ix::Var {
                        var,
                        scale: 1,
                        offset: 0,
                    },
                ] = index[..]
                else {
                    return None;
                };
                let runs = bindings.loops.iter().rev().find(|(v, _)| *v == var)?.1 == carry.l;
                (runs && carry.l != self.host.row && bindings.sequence(*view, *coord, *c))
                    .then_some(())?;
            }
            (SpecAtom::Carry { carry, coord }, HostAtom::Carry(c)) => {
                let of_rows = self.host.carries[*c as usize].l == self.host.row;
                (of_rows && bindings.carry(*carry, *coord, *c)).then_some(())?;
            }
            _ => return None,
        }
        then(self, &bindings)
    }

    /// Matches a sum of the instruction; what it leaves over of the loop's monomials goes to `then`.
    fn sum<'h>(
        &mut self,
        sum: &SpecSum,
        c: u64,
        mut rest: Monomials<'h>,
        bindings: &Bindings,
        then: ThenRest<'_, 'k, 'h>,
    ) -> Option<Bindings> {
        let looped = rest
            .iter()
            .position(|(m, _)| matches!(&m[..], [(HostAtom::Sum(_), 1)]));
        if let Some(at) = looped {
            let (monomial, d) = rest.remove(at);
            let [(HostAtom::Sum(s), 1)] = monomial[..] else {
                return None;
            };
            let host = self.host;
            let found = &host.sums[s as usize];
            let columns = self.columns_of(sum, &found.body)?;
            let mut bindings = bindings.clone();
            if d != c || !bindings.extent(sum.extent, &found.count.scale(columns.into())?) {
                return None;
            }
            let mut body = Term::zero(host.p);
            for copy in 0..columns {
                body = body.add(&spec::map_index(&sum.body, sum.var, columns, copy)?)?;
            }
            bindings.loops.push((sum.var, found.l));
            return self.term(&body, &found.body, &bindings, &mut |this, bindings| {
                let mut bindings = bindings.clone();
                bindings.loops.pop();
                then(this, rest.clone(), &bindings)
            });
        }
        // Written out: everything that changes from row to row is a term of the sum.
        let (mut terms, rest): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|(m, _)| !m.iter().all(|(a, _)| self.host.is_row_invariant(a)));
        if terms.is_empty() || terms.len() > MAX_WRITTEN_OUT {
            return None;
        }
        terms.sort_by_cached_key(|(m, _)| self.column_key(m));
        if self.reversed {
            terms.reverse();
        }
        let mut bindings = bindings.clone();
        let columns = crate::analysis::poly::Poly::constant(terms.len() as i128);
        if !bindings.extent(sum.extent, &columns) {
            return None;
        }
        let mut pairs = Vec::new();
        for (column, (monomial, d)) in terms.into_iter().enumerate() {
            let body = spec::fix_index(&sum.body, sum.var, column as u32)?.scale(c);
            let mut one = Term::zero(self.host.p);
            one.add_monomial(monomial.clone(), d);
            pairs.push((body, one));
        }
        self.columns(&pairs, &bindings, &mut |this, bindings| {
            then(this, rest.clone(), bindings)
        })
    }

    /// Matches the terms of a sum that is written out, one after the other.
    fn columns(
        &mut self,
        pairs: &[(SpecTerm, HostTerm)],
        bindings: &Bindings,
        then: Then<'_, 'k>,
    ) -> Option<Bindings> {
        let Some(((body, one), others)) = pairs.split_first() else {
            return then(self, bindings);
        };
        self.column(body, one, bindings, &mut |this, bindings| {
            this.columns(others, bindings, then)
        })
    }

    /// How many terms of the instruction's sum an iteration of the loop's sum adds.
    fn columns_of(&self, sum: &SpecSum, body: &HostTerm) -> Option<u32> {
        if sum.body.is_zero() || !body.term_count().is_multiple_of(sum.body.term_count()) {
            return None;
        }
        u32::try_from(body.term_count() / sum.body.term_count())
            .ok()
            .filter(|&n| n >= 1 && n as usize <= MAX_WRITTEN_OUT)
    }

    /// A term of a sum that is written out. A factor that is not in memory becomes a word of a
    /// vector: a constant factor, or a value.
    fn column(
        &mut self,
        body: &SpecTerm,
        host: &HostTerm,
        bindings: &Bindings,
        then: Then<'_, 'k>,
    ) -> Option<Bindings> {
        if let Some(found) = self.term(body, host, bindings, then) {
            return Some(found);
        }
        // A coefficient that the compiler knows: the loop's monomial has a constant in place of a factor.
        let [(spec, c)] = body.terms().collect::<Vec<_>>()[..] else {
            return None;
        };
        let [(monomial, d)] = host.terms().collect::<Vec<_>>()[..] else {
            return None;
        };
        let p = self.host.p;
        for (at, (atom, e)) in spec.iter().enumerate() {
            let SpecAtom::Read {
                view,
                index,
                coord,
                raw: false,
                ..
            } = atom
            else {
                continue;
            };
            if *e != 1 || !index.iter().all(|i| matches!(i, Ix::Lit(_))) {
                continue;
            }
            let mut others = spec.clone();
            others.remove(at);
            let word = term::mul(p, d, term::inverse(p, c));
            let mut bound = bindings.clone();
            if bound
                .word(*view, index, *coord, &Word::Const(word))
                .is_none()
            {
                continue;
            }
            if let Some(found) = self.monomial(&others, 1, monomial, 1, &bound, then) {
                return Some(found);
            }
        }
        None
    }

    /// Orders the terms of a sum that is written out by where the row's own word is in memory.
    fn column_key(
        &self,
        monomial: &Monomial<HostAtom>,
    ) -> Option<(crate::analysis::poly::Poly, i128)> {
        monomial
            .iter()
            .filter_map(|(a, _)| match a {
                HostAtom::Load(l) if !self.host.is_row_invariant(a) => {
                    let (offset, rest) = self.host.loads[*l as usize].address.split_constant();
                    Some((rest, offset))
                }
                _ => None,
            })
            .next()
    }
}
