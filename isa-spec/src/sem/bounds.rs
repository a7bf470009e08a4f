//! Proofs about integers: that an index is below an extent, that a difference is not negative.
//!
//! Facts are polynomials that are not negative, over *atoms*: integers that keep their value while the
//! fact is in use (counts, fields, loop indices, elements of views that are only read). They come from
//! loops (`i < n`), conditions, refusals, the ranges of fields, and the definitions of `%`, `/`, `min` and
//! `max`. A goal is proved by adding multiples of facts to cancel its negative terms until none is
//! left; all atoms are natural numbers, so that what remains is not negative. The search is
//! bounded, and what it does not find is not proved.

use super::check::Scope;
use super::print;
use crate::algebra::{BinOp, Expr, ExprKind, Type, UnOp, VarId};
use crate::model::{Extent, FieldType};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Goals that are looked at for all proofs of a meaning, and for one of them.
const MAX_GOALS: u32 = 1 << 14;
const MAX_GOALS_ONCE: u32 = 1 << 8;
/// Terms of a polynomial, and atoms of a term; larger ones are not reasoned about.
const MAX_TERMS: usize = 24;
const MAX_DEGREE: usize = 4;
/// Facts, atoms and names of a meaning; later ones are not kept.
const MAX_FACTS: usize = 512;

/// A product of atoms, in ascending order; empty for one.
type Monomial = Vec<u32>;

/// A polynomial with integer coefficients, none of them zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Poly(BTreeMap<Monomial, i128>);

impl Poly {
    fn constant(value: i128) -> Self {
        Self::default().plus(&[], value).unwrap_or_default()
    }

    fn atom(atom: u32) -> Self {
        Self(BTreeMap::from([(vec![atom], 1)]))
    }

    /// With a multiple of a monomial added; none if that becomes too large.
    fn plus(mut self, monomial: &[u32], factor: i128) -> Option<Self> {
        let entry = self.0.entry(monomial.to_vec()).or_insert(0);
        *entry = entry.checked_add(factor)?;
        if *entry == 0 {
            self.0.remove(monomial);
        }
        (self.0.len() <= MAX_TERMS).then_some(self)
    }

    /// `self + factor * monomial * other`
    fn plus_multiple(self, other: &Self, monomial: &[u32], factor: i128) -> Option<Self> {
        let mut sum = self;
        for (term, coefficient) in &other.0 {
            let mut product: Monomial = term.iter().chain(monomial).copied().collect();
            if product.len() > MAX_DEGREE {
                return None;
            }
            product.sort_unstable();
            sum = sum.plus(&product, coefficient.checked_mul(factor)?)?;
        }
        Some(sum)
    }

    fn times(&self, other: &Self) -> Option<Self> {
        let mut product = Self::default();
        for (monomial, &factor) in &other.0 {
            product = product.plus_multiple(self, monomial, factor)?;
        }
        Some(product)
    }

    fn minus(&self, other: &Self) -> Option<Self> {
        self.clone().plus_multiple(other, &[], -1)
    }

    fn less(&self, amount: i128) -> Option<Self> {
        self.clone().plus(&[], -amount)
    }

    /// The first term with a negative coefficient, of the highest degree.
    fn negative(&self) -> Option<(&Monomial, i128)> {
        self.0
            .iter()
            .filter(|(_, coefficient)| **coefficient < 0)
            .max_by_key(|(monomial, _)| monomial.len())
            .map(|(monomial, coefficient)| (monomial, *coefficient))
    }
}

/// What is left of a monomial when the atoms of another are taken away; none if it does not have them.
fn quotient(monomial: &[u32], by: &[u32]) -> Option<Monomial> {
    let mut rest = monomial.to_vec();
    for atom in by {
        let at = rest.iter().position(|a| a == atom)?;
        rest.remove(at);
    }
    Some(rest)
}

/// The facts that hold at a point of the text.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// Each is not negative.
    facts: Vec<Poly>,
    /// What the atoms are.
    atoms: Vec<Expr>,
    /// Integers with names.
    named: HashMap<VarId, Poly>,
    /// Names that are assigned, whose value is no fact.
    carries: HashSet<VarId>,
    /// What is left of [`MAX_GOALS`].
    goals: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            facts: Vec::new(),
            atoms: Vec::new(),
            named: HashMap::new(),
            carries: HashSet::new(),
            goals: MAX_GOALS,
        }
    }
}

impl Bounds {
    /// The facts so far; those that are added later end with [`Self::reset`].
    pub(crate) fn mark(&self) -> usize {
        self.facts.len()
    }

    pub(crate) fn reset(&mut self, mark: usize) {
        self.facts.truncate(mark);
    }

    /// `var` may be assigned.
    pub(crate) fn carry(&mut self, var: VarId) {
        self.carries.insert(var);
    }

    /// `var` is this integer.
    pub(crate) fn name(&mut self, var: VarId, value: &Expr, scope: &Scope<'_>) {
        if value.ty == Type::Int
            && self.named.len() < MAX_FACTS
            && let Some(poly) = self.poly(value, scope)
        {
            self.named.insert(var, poly);
        }
    }

    /// `index` is the index of a loop with this bound.
    pub(crate) fn below_bound(&mut self, index: VarId, bound: &Expr, scope: &Scope<'_>) {
        let atom = self.var(index, bound);
        if let Some(bound) = self.poly(bound, scope) {
            self.fact(bound.minus(&atom).and_then(|room| room.less(1)));
        }
    }

    /// This condition holds.
    pub(crate) fn assume(&mut self, condition: &Expr, scope: &Scope<'_>) {
        let ExprKind::Binary(op, a, b) = &condition.kind else {
            return;
        };
        if *op == BinOp::And && condition.ty == Type::Bool {
            self.assume(a, scope);
            self.assume(b, scope);
            return;
        }
        let (Some(a), Some(b)) = (self.natural(a, scope), self.natural(b, scope)) else {
            return;
        };
        match op {
            BinOp::LtU => self.fact(b.minus(&a).and_then(|room| room.less(1))),
            BinOp::LeU => self.fact(b.minus(&a)),
            BinOp::Eq => {
                self.fact(b.minus(&a));
                self.fact(a.minus(&b));
            }
            _ => {}
        }
    }

    /// True if `index < extent` is proved.
    pub(crate) fn within(&mut self, index: &Expr, extent: Extent, scope: &Scope<'_>) -> bool {
        let extent = Expr {
            kind: match extent {
                Extent::Count(operand) => ExprKind::Count(operand),
                Extent::Field(field) => ExprKind::Field(field),
            },
            ty: Type::Int,
            span: index.span.clone(),
        };
        let Some((index, extent)) = self.poly(index, scope).zip(self.poly(&extent, scope)) else {
            return false;
        };
        extent
            .minus(&index)
            .and_then(|room| room.less(1))
            .is_some_and(|room| self.proves(room))
    }

    /// True if `b <= a` is proved, for integers.
    pub(crate) fn at_most(&mut self, b: &Expr, a: &Expr, scope: &Scope<'_>) -> bool {
        let Some((a, b)) = self.poly(a, scope).zip(self.poly(b, scope)) else {
            return false;
        };
        a.minus(&b).is_some_and(|room| self.proves(room))
    }

    fn fact(&mut self, fact: Option<Poly>) {
        if let Some(fact) = fact
            && self.facts.len() < MAX_FACTS
            && fact.0.values().any(|&coefficient| coefficient < 0)
            && !self.facts.contains(&fact)
        {
            self.facts.push(fact);
        }
    }

    /// Cancels a goal's first negative term with each fact that can, and goes on with what that gives, the shortest
    /// proofs first.
    fn proves(&mut self, goal: Poly) -> bool {
        let mut goals = vec![goal.clone()];
        let mut seen = HashSet::from([goal]);
        let mut next = 0;
        while let Some(goal) = goals.get(next).cloned() {
            next += 1;
            let Some((monomial, coefficient)) = goal.negative() else {
                return true;
            };
            let Some(rest) = self.goals.checked_sub(1) else {
                return false;
            };
            self.goals = rest;
            for fact in &self.facts {
                for (term, &of_fact) in fact.0.iter().filter(|(_, c)| **c < 0) {
                    let Some(factor) = quotient(monomial, term) else {
                        continue;
                    };
                    // As often as it takes; both are negative. The goal follows from goal - times * fact.
                    let smaller = coefficient
                        .checked_neg()
                        .zip(of_fact.checked_neg())
                        .map(|(missing, each)| missing / each + i128::from(missing % each != 0))
                        .and_then(|times| goal.clone().plus_multiple(fact, &factor, -times));
                    if let Some(smaller) = smaller
                        && goals.len() < MAX_GOALS_ONCE as usize
                        && seen.insert(smaller.clone())
                    {
                        goals.push(smaller);
                    }
                }
            }
        }
        false
    }

    /// An integer as a polynomial; none for one that is not known to keep its value.
    fn poly(&mut self, term: &Expr, scope: &Scope<'_>) -> Option<Poly> {
        match &term.kind {
            ExprKind::Int(value) => Some(Poly::constant(*value)),
            ExprKind::Var(var) => {
                if self.carries.contains(var) {
                    return None;
                }
                Some(match self.named.get(var) {
                    Some(value) => value.clone(),
                    None => self.var(*var, term),
                })
            }
            ExprKind::Field(field) => {
                let atom = self.atom(term)?;
                let field = scope.descriptor?.fields.get(field.0 as usize)?;
                if let Some(value) = field.value {
                    return Some(Poly::constant(i128::from(value)));
                }
                if let (FieldType::Uint(_), Some(max)) = (&field.ty, field.max) {
                    self.fact(Poly::constant(i128::from(max)).minus(&atom));
                }
                Some(atom)
            }
            ExprKind::Count(_) => self.atom(term),
            ExprKind::Unary(UnOp::ToInt, word) => self.natural(word, scope),
            ExprKind::Binary(op, a, b) => self.operation(term, *op, a, b, scope),
            _ => None,
        }
    }

    fn operation(
        &mut self,
        term: &Expr,
        op: BinOp,
        a: &Expr,
        b: &Expr,
        scope: &Scope<'_>,
    ) -> Option<Poly> {
        let (x, y) = (self.poly(a, scope)?, self.poly(b, scope)?);
        match op {
            BinOp::Add => x.plus_multiple(&y, &[], 1),
            // The checker has proved that it is not negative.
            BinOp::Sub => x.minus(&y),
            BinOp::Mul => x.times(&y),
            BinOp::RemU => {
                let rest = self.atom(term)?;
                self.fact(x.minus(&rest));
                // The remainder of a division by zero is the dividend.
                let positive = y.less(1)?;
                if self.proves(positive) {
                    self.fact(y.minus(&rest).and_then(|room| room.less(1)));
                }
                Some(rest)
            }
            BinOp::DivU => {
                let ExprKind::Int(divisor) = b.kind else {
                    return None;
                };
                let quotient = self.atom(term)?;
                let product = Poly::default().plus_multiple(&quotient, &[], divisor)?;
                self.fact(x.minus(&product));
                self.fact(product.minus(&x).and_then(|room| room.less(1 - divisor)));
                Some(quotient)
            }
            BinOp::MinU => {
                let smaller = self.atom(term)?;
                self.fact(x.minus(&smaller));
                self.fact(y.minus(&smaller));
                Some(smaller)
            }
            BinOp::MaxU => {
                let larger = self.atom(term)?;
                self.fact(larger.minus(&x));
                self.fact(larger.minus(&y));
                Some(larger)
            }
            _ => None,
        }
    }

    /// An integer, or what a word is as an integer.
    fn natural(&mut self, term: &Expr, scope: &Scope<'_>) -> Option<Poly> {
        let Type::Bits(width) = term.ty else {
            return (term.ty == Type::Int)
                .then(|| self.poly(term, scope))
                .flatten();
        };
        match &term.kind {
            ExprKind::Int(value) => (*value >= 0).then(|| Poly::constant(*value)),
            ExprKind::Unary(UnOp::Zext, inner) => self.natural(inner, scope),
            _ => {
                let atom = self.atom(term)?;
                let bits = scope.widths(width).max().unwrap_or(128);
                if bits < 127 {
                    self.fact(Poly::constant((1 << bits) - 1).minus(&atom));
                }
                Some(atom)
            }
        }
    }

    /// The atom for a term, if that keeps its value.
    fn atom(&mut self, term: &Expr) -> Option<Poly> {
        let mut constant = true;
        term.visit(&mut |part| {
            constant &= match &part.kind {
                ExprKind::Var(var) => !self.carries.contains(var),
                // A sum or product binds a name, which would have to be renamed to be compared.
                ExprKind::Random(_) | ExprKind::Reduce { .. } | ExprKind::Wait(_) => false,
                _ => true,
            };
        });
        if !constant {
            return None;
        }
        let known = self.atoms.iter().position(|known| print::same(known, term));
        if known.is_none() {
            if self.atoms.len() >= MAX_FACTS {
                return None;
            }
            self.atoms.push(term.clone());
        }
        let index = known.unwrap_or(self.atoms.len() - 1);
        Some(Poly::atom(index as u32))
    }

    /// The atom for a name; any term of the text gives its place.
    fn var(&mut self, var: VarId, place: &Expr) -> Poly {
        let term = Expr {
            kind: ExprKind::Var(var),
            ty: Type::Int,
            span: place.span.clone(),
        };
        self.atom(&term)
            .unwrap_or_else(|| Poly::atom(u32::MAX - var.0))
    }
}
