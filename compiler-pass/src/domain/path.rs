//! Path conditions: under which a case of a value applies.
//!
//! A path is a conjunction of facts `lo <= L <= hi` on primitive linear combinations. Since a comparison,
//! the borrow of a subtraction and a wrap are all bounds of the same combination, decisions that depend
//! on each other meet in one fact.
//!
//! Guarantee: every operation keeps all states that it should keep. It may keep more: a path never says
//! more than is true, and one that is found empty has no state.

use super::form::{Form, Forms, LinearId, Meaning, Symbol};
use super::hash::FastMap;
use super::interval::Interval;

/// Longest conjunction.
const MAX_FACTS: usize = 8;
/// How many quotients in each other are looked through.
const MAX_NESTING: u32 = 4;
/// Longest combination that is bounded symbol by symbol.
const MAX_SUMMANDS: usize = 4;

/// An interned conjunction; [`PathId::ALWAYS`] is the empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PathId(u32);

impl PathId {
    /// No condition.
    pub(super) const ALWAYS: Self = Self(0);
}

/// Bounds of a combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fact {
    /// What is bounded.
    pub(super) linear: LinearId,
    /// Its bounds; not empty.
    pub(super) bounds: Interval,
}

/// The paths of one domain.
pub(super) struct Paths {
    paths: Vec<Box<[Fact]>>,
    ids: FastMap<Box<[Fact]>, PathId>,
    conjunctions: FastMap<(PathId, PathId), Option<PathId>>,
}

impl Paths {
    /// Only the empty conjunction.
    pub(super) fn new() -> Self {
        Self {
            paths: vec![Box::default()],
            ids: FastMap::default(),
            conjunctions: FastMap::default(),
        }
    }

    /// The facts of a path, sorted by combination.
    pub(super) fn facts(&self, path: PathId) -> &[Fact] {
        &self.paths[path.0 as usize]
    }

    fn intern(&mut self, facts: Vec<Fact>) -> PathId {
        if facts.is_empty() {
            return PathId::ALWAYS;
        }
        if let Some(&id) = self.ids.get(facts.as_slice()) {
            return id;
        }
        let facts = facts.into_boxed_slice();
        let id = PathId(self.paths.len() as u32);
        self.ids.insert(facts.clone(), id);
        self.paths.push(facts);
        id
    }

    /// Bounds of a combination in the states of a path.
    pub(super) fn linear_bounds(&self, forms: &Forms, path: PathId, linear: LinearId) -> Interval {
        let bounds = self.bounds_nested(forms, path, linear, MAX_NESTING);
        bounds.intersect(self.summed_bounds(forms, path, linear))
    }

    /// Bounds of a short combination with quotients from those that its symbols have in the states of a path.
    fn summed_bounds(&self, forms: &Forms, path: PathId, linear: LinearId) -> Interval {
        let terms = forms.terms(linear);
        let has_quotient = || terms.iter().any(|&(symbol, _)| forms.is_quotient(symbol));
        if path == PathId::ALWAYS || !(2..=MAX_SUMMANDS).contains(&terms.len()) || !has_quotient() {
            return Interval::ALL;
        }
        terms.iter().fold(Interval::point(0), |sum, &(symbol, c)| {
            sum.add(self.symbol_bounds(forms, path, symbol).scale(c))
        })
    }

    /// Bounds of a symbol in the states of a path.
    fn symbol_bounds(&self, forms: &Forms, path: PathId, symbol: Symbol) -> Interval {
        let mut bounds = forms.symbol_bounds(symbol);
        for fact in self.facts(path) {
            if *forms.terms(fact.linear) == [(symbol, 1)] {
                bounds = bounds.intersect(fact.bounds);
            }
        }
        match *forms.meaning(symbol) {
            // Facts on a quotient are kept as facts on its dividend.
            Meaning::Quotient(dividend, divisor) => {
                let inner = self.bounds_nested(forms, path, dividend.linear, MAX_NESTING - 1);
                bounds.intersect(dividend.bounds_from(inner).floor_div(divisor))
            }
            _ => bounds,
        }
    }

    fn bounds_nested(
        &self,
        forms: &Forms,
        path: PathId,
        linear: LinearId,
        nesting: u32,
    ) -> Interval {
        let mut bounds = forms.linear_bounds(linear);
        if path == PathId::ALWAYS || linear == LinearId::ZERO {
            return bounds;
        }
        for fact in self.facts(path) {
            bounds = bounds.intersect(if fact.linear == linear {
                fact.bounds
            } else {
                forms.bounds_given(linear, fact.linear, fact.bounds)
            });
        }
        if nesting > 0
            && let Some((dividend, divisor)) = forms.as_quotient(linear)
        {
            // Facts on a quotient are kept as facts on its dividend.
            let inner = self.bounds_nested(forms, path, dividend.linear, nesting - 1);
            bounds = bounds.intersect(dividend.bounds_from(inner).floor_div(divisor));
        }
        bounds
    }

    /// Bounds of a form in the states of a path.
    pub(super) fn bounds(&self, forms: &Forms, path: PathId, form: Form) -> Interval {
        form.bounds_from(self.linear_bounds(forms, path, form.linear))
    }

    /// The path with the fact that `form` is within `bounds`; nothing if no state is left.
    pub(super) fn constrain(
        &mut self,
        forms: &Forms,
        path: PathId,
        form: Form,
        bounds: Interval,
    ) -> Option<PathId> {
        if let Some(value) = form.as_constant() {
            return bounds.contains(Interval::point(value)).then_some(path);
        }
        let mut linear = form.linear;
        let mut bounds = solve(form, bounds);
        // A bound of a quotient is one of its dividend: floor(f / m) <= b exactly if f <= m*b + m - 1.
        for _ in 0..MAX_NESTING {
            let Some((dividend, divisor)) = forms.as_quotient(linear) else {
                break;
            };
            let remainders = Interval::new(0, divisor - 1);
            bounds = solve(dividend, bounds.scale(divisor).add(remainders));
            linear = dividend.linear;
        }
        let known = self.linear_bounds(forms, path, linear);
        if bounds.contains(known) {
            return Some(path);
        }
        let bounds = bounds.intersect(known);
        if bounds.is_empty() {
            return None;
        }
        let mut facts = self.facts(path).to_vec();
        match facts.binary_search_by_key(&linear, |fact| fact.linear) {
            Ok(position) => facts[position].bounds = bounds,
            Err(_) if facts.len() == MAX_FACTS => return Some(path),
            Err(position) => facts.insert(position, Fact { linear, bounds }),
        }
        Some(self.intern(facts))
    }

    /// The states of both paths; nothing if there are none.
    pub(super) fn conjunction(&mut self, forms: &Forms, a: PathId, b: PathId) -> Option<PathId> {
        if a == b || b == PathId::ALWAYS {
            return Some(a);
        }
        if a == PathId::ALWAYS {
            return Some(b);
        }
        let key = if a.0 < b.0 { (a, b) } else { (b, a) };
        if let Some(&known) = self.conjunctions.get(&key) {
            return known;
        }
        let result = self.conjoin(forms, key.0, key.1);
        self.conjunctions.insert(key, result);
        result
    }

    fn conjoin(&mut self, forms: &Forms, a: PathId, b: PathId) -> Option<PathId> {
        let mut path = a;
        for index in 0..self.facts(b).len() {
            let Fact { linear, bounds } = self.facts(b)[index];
            let form = Form {
                linear,
                scale: 1,
                offset: 0,
            };
            path = self.constrain(forms, path, form, bounds)?;
        }
        Some(path)
    }

    /// The facts that both paths have: it holds in all states of both.
    pub(super) fn common(&mut self, a: PathId, b: PathId) -> PathId {
        if a == b {
            return a;
        }
        let shared = self
            .facts(a)
            .iter()
            .filter(|fact| self.facts(b).contains(fact));
        let shared = shared.copied().collect();
        self.intern(shared)
    }
}

/// The bounds of a form's combination if the form is within `bounds`.
fn solve(form: Form, bounds: Interval) -> Interval {
    let shifted = bounds.sub(Interval::point(form.offset));
    if form.scale > 0 {
        shifted.inner_div(form.scale)
    } else {
        shifted.scale(-1).inner_div(-form.scale)
    }
}

#[cfg(test)]
mod tests;
