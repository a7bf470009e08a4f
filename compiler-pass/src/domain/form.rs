//! Exact integer forms: what a word is as an integer, without any wrap.
//!
//! A [`Form`] is `scale * L + offset` where `L` is an interned primitive linear combination of symbols: its
//! coefficients have no common divisor and the first one is positive. So forms that differ by a factor and
//! a constant share their `L`, and a fact about one bounds the other. Guarantees:
//! - equal forms are equal integers in every state, and equal linear combinations get equal forms;
//! - the bounds of a symbol, a combination or a form hold in every state;
//! - all arithmetic is exact: where a coefficient would leave [`LIMIT`], the operation gives nothing.
//!
//! A symbol is a leaf, a product of symbols, the floor quotient of a form by a constant, or unknown.

use super::hash::FastMap;
use super::interval::{Interval, fit, gcd};

/// Longest linear combination.
const MAX_TERMS: usize = 96;
/// Most terms of a product that is multiplied out.
const MAX_PRODUCT_TERMS: usize = 24;
/// Most factors of a product symbol.
const MAX_FACTORS: usize = 8;
/// How many nested quotients are taken apart for a bound or for a normal form.
const MAX_NESTING: u32 = 4;
/// Longest combination whose quotients are substituted for a tighter bound.
const MAX_REFINED_TERMS: usize = 24;

/// A symbol: an integer that is fixed in each state of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Symbol(u32);

/// An interned primitive linear combination of symbols; [`LinearId::ZERO`] is the empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LinearId(u32);

impl LinearId {
    /// The empty combination.
    pub(super) const ZERO: Self = Self(0);
}

/// `scale * linear + offset`. The scale is zero exactly if the combination is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Form {
    /// The primitive combination.
    pub(super) linear: LinearId,
    /// Its factor.
    pub(super) scale: i128,
    /// The constant.
    pub(super) offset: i128,
}

impl Form {
    /// A constant.
    pub(super) fn constant(value: i128) -> Self {
        Self {
            linear: LinearId::ZERO,
            scale: 0,
            offset: value,
        }
    }

    /// The value, if it is a constant.
    pub(super) fn as_constant(self) -> Option<i128> {
        (self.scale == 0).then_some(self.offset)
    }

    /// How many low bits are zero in every state, at most 127.
    pub(super) fn trailing_zeros(self) -> u32 {
        (self.scale | self.offset).trailing_zeros().min(127)
    }

    /// The bounds of the form where those of its combination are `linear`.
    pub(super) fn bounds_from(self, linear: Interval) -> Interval {
        linear.scale(self.scale).add(Interval::point(self.offset))
    }
}

/// One summand: symbol and coefficient.
pub(super) type Term = (Symbol, i128);

/// What a symbol stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The word that the caller named by this tag.
    Leaf(u32),
    /// A product of at least two symbols, none of them a product; sorted.
    Product(Box<[Symbol]>),
    /// The form divided by a constant of at least 2, rounded towards minus infinity.
    Quotient(Form, i128),
    /// A word of which nothing is known here but its bounds.
    Unknown,
}

struct SymbolData {
    meaning: Meaning,
    bounds: Interval,
    /// The greatest value of a product that is never negative, also beyond what bounds can be.
    greatest: Option<u128>,
}

struct LinearData {
    terms: Box<[Term]>,
    bounds: Interval,
}

/// The symbols and combinations of one domain.
pub(super) struct Forms {
    symbols: Vec<SymbolData>,
    linears: Vec<LinearData>,
    linear_ids: FastMap<Box<[Term]>, LinearId>,
    leaves: FastMap<u32, Symbol>,
    products: FastMap<Box<[Symbol]>, Symbol>,
    quotients: FastMap<(Form, i128), Symbol>,
}

impl Forms {
    /// No symbols yet.
    pub(super) fn new() -> Self {
        let zero = LinearData {
            terms: Box::default(),
            bounds: Interval::point(0),
        };
        Self {
            symbols: Vec::new(),
            linears: vec![zero],
            linear_ids: FastMap::default(),
            leaves: FastMap::default(),
            products: FastMap::default(),
            quotients: FastMap::default(),
        }
    }

    /// What a symbol stands for.
    pub(super) fn meaning(&self, symbol: Symbol) -> &Meaning {
        &self.symbols[symbol.0 as usize].meaning
    }

    /// The summands of a combination, sorted by symbol.
    pub(super) fn terms(&self, linear: LinearId) -> &[Term] {
        &self.linears[linear.0 as usize].terms
    }

    /// Bounds of a symbol in every state.
    pub(super) fn symbol_bounds(&self, symbol: Symbol) -> Interval {
        self.symbols[symbol.0 as usize].bounds
    }

    /// Bounds of a combination in every state.
    pub(super) fn linear_bounds(&self, linear: LinearId) -> Interval {
        self.linears[linear.0 as usize].bounds
    }

    /// If the combination is a single quotient: its dividend and divisor.
    pub(super) fn as_quotient(&self, linear: LinearId) -> Option<(Form, i128)> {
        match self.terms(linear) {
            [(symbol, 1)] => match *self.meaning(*symbol) {
                Meaning::Quotient(dividend, divisor) => Some((dividend, divisor)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether leaves and products of leaves are all that the combination is made of.
    pub(super) fn is_polynomial(&self, linear: LinearId) -> bool {
        self.terms(linear)
            .iter()
            .all(|&(symbol, _)| self.is_monomial(symbol))
    }

    /// Whether a symbol is a leaf or a product of leaves.
    pub(super) fn is_monomial(&self, symbol: Symbol) -> bool {
        match self.meaning(symbol) {
            Meaning::Leaf(_) => true,
            Meaning::Product(factors) => factors
                .iter()
                .all(|&f| matches!(self.meaning(f), Meaning::Leaf(_))),
            Meaning::Quotient(..) | Meaning::Unknown => false,
        }
    }

    /// The caller's tag of a leaf.
    pub(super) fn origin(&self, symbol: Symbol) -> Option<u32> {
        match self.meaning(symbol) {
            Meaning::Leaf(origin) => Some(*origin),
            _ => None,
        }
    }

    /// Whether nothing but bounds, and perhaps congruences, is known of a symbol.
    pub(super) fn is_unknown(&self, symbol: Symbol) -> bool {
        matches!(self.meaning(symbol), Meaning::Unknown)
    }

    /// Whether a symbol is a quotient.
    pub(super) fn is_quotient(&self, symbol: Symbol) -> bool {
        matches!(self.meaning(symbol), Meaning::Quotient(..))
    }

    fn add_symbol(&mut self, meaning: Meaning, bounds: Interval) -> Symbol {
        // Far below 2^32: a lifted region makes a bounded number of symbols for each instruction.
        let symbol = Symbol(self.symbols.len() as u32);
        self.symbols.push(SymbolData {
            meaning,
            bounds,
            greatest: None,
        });
        symbol
    }

    /// The symbol for the caller's tag. The bounds are those of the first call.
    pub(super) fn leaf(&mut self, origin: u32, bounds: Interval) -> Symbol {
        if let Some(&symbol) = self.leaves.get(&origin) {
            return symbol;
        }
        let symbol = self.add_symbol(Meaning::Leaf(origin), bounds);
        self.leaves.insert(origin, symbol);
        symbol
    }

    /// A symbol of its own for a word within these bounds.
    pub(super) fn unknown(&mut self, bounds: Interval) -> Symbol {
        self.add_symbol(Meaning::Unknown, bounds)
    }

    /// A symbol as a form.
    pub(super) fn symbol_form(&mut self, symbol: Symbol) -> Form {
        if let Some(value) = self.symbol_bounds(symbol).as_point() {
            return Form::constant(value);
        }
        Form {
            linear: self.intern(vec![(symbol, 1)]),
            scale: 1,
            offset: 0,
        }
    }

    /// `a + b`.
    pub(super) fn add(&mut self, a: Form, b: Form) -> Option<Form> {
        let offset = fit(a.offset.checked_add(b.offset))?;
        if b.scale == 0 || a.scale == 0 {
            let other = if b.scale == 0 { a } else { b };
            return Some(Form { offset, ..other });
        }
        if a.linear == b.linear {
            let scale = fit(a.scale.checked_add(b.scale))?;
            let linear = if scale == 0 { LinearId::ZERO } else { a.linear };
            return Some(Form {
                linear,
                scale,
                offset,
            });
        }
        let terms = merge(self.terms(a.linear), a.scale, self.terms(b.linear), b.scale)?;
        self.sum_of(terms, offset)
    }

    /// `a - b`.
    pub(super) fn sub(&mut self, a: Form, b: Form) -> Option<Form> {
        let negated = self.scale(b, -1)?;
        self.add(a, negated)
    }

    /// `factor * a`.
    pub(super) fn scale(&self, a: Form, factor: i128) -> Option<Form> {
        let offset = fit(a.offset.checked_mul(factor))?;
        let scale = fit(a.scale.checked_mul(factor))?;
        let linear = if scale == 0 { LinearId::ZERO } else { a.linear };
        Some(Form {
            linear,
            scale,
            offset,
        })
    }

    /// `a * b`, multiplied out.
    pub(super) fn mul(&mut self, a: Form, b: Form) -> Option<Form> {
        if let Some(factor) = a.as_constant() {
            return self.scale(b, factor);
        }
        if let Some(factor) = b.as_constant() {
            return self.scale(a, factor);
        }
        let (left, right) = (self.scaled_terms(a)?, self.scaled_terms(b)?);
        if left.len() * right.len() > MAX_PRODUCT_TERMS {
            return None;
        }
        let mut terms = Vec::with_capacity((left.len() + 1) * (right.len() + 1));
        for &(x, c) in &left {
            for &(y, d) in &right {
                let symbol = self.product(x, y)?;
                terms.push((symbol, fit(c.checked_mul(d))?));
            }
        }
        for &(x, c) in &left {
            terms.push((x, fit(c.checked_mul(b.offset))?));
        }
        for &(y, d) in &right {
            terms.push((y, fit(d.checked_mul(a.offset))?));
        }
        let offset = fit(a.offset.checked_mul(b.offset))?;
        self.collect(terms, offset)
    }

    /// The product of two symbols.
    fn product(&mut self, a: Symbol, b: Symbol) -> Option<Symbol> {
        let mut factors = Vec::with_capacity(2);
        for symbol in [a, b] {
            match self.meaning(symbol) {
                Meaning::Product(inner) => factors.extend_from_slice(inner),
                _ => factors.push(symbol),
            }
        }
        if factors.len() > MAX_FACTORS {
            return None;
        }
        factors.sort_unstable();
        if let Some(&symbol) = self.products.get(factors.as_slice()) {
            return Some(symbol);
        }
        let bounds = factors.iter().fold(Interval::point(1), |bounds, &factor| {
            bounds.mul(self.symbol_bounds(factor))
        });
        let greatest = factors.iter().try_fold(1u128, |product, &factor| {
            let bounds = self.symbol_bounds(factor);
            let finite = bounds.lo >= 0 && bounds.hi != i128::MAX;
            product.checked_mul(u128::try_from(bounds.hi).ok().filter(|_| finite)?)
        });
        let factors = factors.into_boxed_slice();
        let symbol = self.add_symbol(Meaning::Product(factors.clone()), bounds);
        self.symbols[symbol.0 as usize].greatest = greatest;
        self.products.insert(factors, symbol);
        Some(symbol)
    }

    /// The summands of a form without its constant.
    pub(super) fn scaled_terms(&self, form: Form) -> Option<Vec<Term>> {
        let scaled = |&(symbol, c): &Term| Some((symbol, fit(c.checked_mul(form.scale))?));
        self.terms(form.linear).iter().map(scaled).collect()
    }

    /// A form from summands in any order, with repetitions.
    pub(super) fn collect(&mut self, mut terms: Vec<Term>, offset: i128) -> Option<Form> {
        terms.sort_unstable_by_key(|&(symbol, _)| symbol);
        let mut merged: Vec<Term> = Vec::with_capacity(terms.len());
        for (symbol, c) in terms {
            match merged.last_mut() {
                Some(last) if last.0 == symbol => last.1 = fit(last.1.checked_add(c))?,
                _ => merged.push((symbol, c)),
            }
        }
        merged.retain(|&(_, c)| c != 0);
        self.sum_of(merged, offset)
    }

    /// A form from sorted summands with distinct symbols and no zero.
    fn sum_of(&mut self, mut terms: Vec<Term>, offset: i128) -> Option<Form> {
        let Some(&(_, first)) = terms.first() else {
            return Some(Form::constant(offset));
        };
        if terms.len() > MAX_TERMS {
            return None;
        }
        let mut scale = terms.iter().fold(0, |g, &(_, c)| gcd(g, c));
        if first < 0 {
            scale = -scale;
        }
        if scale != 1 {
            for term in &mut terms {
                term.1 /= scale;
            }
        }
        Some(Form {
            linear: self.intern(terms),
            scale,
            offset,
        })
    }

    fn intern(&mut self, terms: Vec<Term>) -> LinearId {
        if let Some(&id) = self.linear_ids.get(terms.as_slice()) {
            return id;
        }
        let bounds = self.refined_bounds(&terms, MAX_NESTING);
        let terms = terms.into_boxed_slice();
        let id = LinearId(self.linears.len() as u32);
        self.linear_ids.insert(terms.clone(), id);
        self.linears.push(LinearData { terms, bounds });
        id
    }

    fn plain_bounds(&self, terms: &[Term]) -> Interval {
        terms.iter().fold(Interval::point(0), |sum, &(symbol, c)| {
            sum.add(self.symbol_bounds(symbol).scale(c))
        })
    }

    /// Bounds of a sum. Besides the sum of the bounds, replaces the youngest quotient `q = floor(f / m)` by
    /// `(f - r) / m` with `0 <= r < m`, which keeps the correlation of `q` with what it was made from.
    fn refined_bounds(&self, terms: &[Term], nesting: u32) -> Interval {
        let plain = self.plain_bounds(terms);
        if nesting == 0 || terms.len() > MAX_REFINED_TERMS {
            return plain;
        }
        let refined = self.substitute_quotient(terms).map(|substituted| {
            let sum = self.refined_bounds(&substituted.terms, nesting - 1);
            sum.add(substituted.rest).inner_div(substituted.multiple)
        });
        refined.map_or(plain, |refined| plain.intersect(refined))
    }

    /// `multiple * sum(terms) = sum(result.terms) + rest`, without the youngest quotient of `terms`.
    fn substitute_quotient(&self, terms: &[Term]) -> Option<Substituted> {
        let quotient = terms
            .iter()
            .rev()
            .find_map(|&(symbol, c)| match *self.meaning(symbol) {
                Meaning::Quotient(dividend, divisor) => Some((symbol, c, dividend, divisor)),
                _ => None,
            });
        let (symbol, c, dividend, divisor) = quotient?;
        let common = gcd(c, divisor);
        let (multiple, c) = (divisor / common, c / common);
        let others: Vec<Term> = terms
            .iter()
            .copied()
            .filter(|&(s, _)| s != symbol)
            .collect();
        let factor = fit(c.checked_mul(dividend.scale))?;
        let merged = merge(&others, multiple, self.terms(dividend.linear), factor)?;
        let constant = Interval::point(fit(c.checked_mul(dividend.offset))?);
        let rest = constant.sub(Interval::new(0, divisor - 1).scale(c));
        Some(Substituted {
            terms: merged,
            rest,
            multiple,
        })
    }

    /// Bounds of a form in every state.
    pub(super) fn bounds(&self, form: Form) -> Interval {
        form.bounds_from(self.linear_bounds(form.linear))
    }

    /// Bounds of `linear` given those of another combination, from writing the one as a multiple of the
    /// other and a rest that lacks the other's youngest symbol, or its oldest.
    pub(super) fn bounds_given(
        &self,
        linear: LinearId,
        known: LinearId,
        known_bounds: Interval,
    ) -> Interval {
        let (terms, pattern) = (self.terms(linear), self.terms(known));
        let mut bounds = Interval::ALL;
        let (Some(oldest), Some(youngest)) = (pattern.first(), pattern.last()) else {
            return bounds;
        };
        if pattern.len() > 2 * terms.len() + 2 {
            return bounds;
        }
        let factor = |&(symbol, unit): &Term| {
            let position = terms.binary_search_by_key(&symbol, |&(s, _)| s).ok()?;
            let c = terms[position].1;
            (c % unit == 0).then(|| c / unit)
        };
        let (first, second) = (factor(youngest), factor(oldest));
        for factor in [first, second.filter(|_| second != first)] {
            let Some(factor) = factor else { continue };
            if let Some(rest) = merge(terms, 1, pattern, -factor) {
                let sum = self.plain_bounds(&rest).add(known_bounds.scale(factor));
                bounds = bounds.intersect(sum);
            }
        }
        bounds
    }

    /// `form` with each coefficient and the constant reduced modulo `modulus`, into `(-m/2, m/2]` and
    /// `[0, m)`: congruent, and small where the form is a short sum.
    pub(super) fn reduce(&mut self, form: Form, modulus: i128) -> Option<Form> {
        let half = modulus / 2;
        let small = |&(_, c): &Term| {
            c.checked_mul(form.scale)
                .is_some_and(|c| -half < c && c <= half)
        };
        let offset = form.offset.rem_euclid(modulus);
        if self.terms(form.linear).iter().all(small) {
            return Some(Form { offset, ..form });
        }
        let mut terms = Vec::new();
        for &(symbol, c) in self.terms(form.linear) {
            // The modulus is at most 2^64, so that the product of two such residues fits.
            let c = balanced(
                balanced(c, modulus) * balanced(form.scale, modulus),
                modulus,
            );
            if c != 0 {
                terms.push((symbol, c));
            }
        }
        self.sum_of(terms, offset)
    }

    /// `floor(form / divisor)` for a positive divisor, in normal form:
    /// - multiples of the divisor are taken out of the quotient, common factors are cancelled;
    /// - a quotient inside of the dividend with coefficient 1 or -1 is merged with this one;
    /// - a multiplication by a magic number becomes the division that it stands for, where it is one.
    pub(super) fn floor_div(&mut self, form: Form, divisor: i128) -> Option<Form> {
        self.floor_div_nested(form, fit(Some(divisor))?, MAX_NESTING)
    }

    fn floor_div_nested(&mut self, form: Form, divisor: i128, nesting: u32) -> Option<Form> {
        if divisor == 1 {
            return Some(form);
        }
        let (mut whole, mut rest) = (Vec::new(), Vec::new());
        for (symbol, c) in self.scaled_terms(form)? {
            let remainder = balanced(c, divisor);
            let quotient = (c - remainder) / divisor;
            if quotient != 0 {
                whole.push((symbol, quotient));
            }
            if remainder != 0 {
                rest.push((symbol, remainder));
            }
        }
        let whole = self.sum_of(whole, form.offset.div_euclid(divisor))?;
        let rest_offset = form.offset.rem_euclid(divisor);
        if rest.is_empty() {
            return Some(whole);
        }
        let common = rest.iter().fold(divisor, |g, &(_, c)| gcd(g, c));
        for term in &mut rest {
            term.1 /= common;
        }
        let dividend = self.sum_of(rest, rest_offset / common)?;
        let divisor = divisor / common;
        let part = self.proper_quotient(dividend, divisor, nesting)?;
        self.add(whole, part)
    }

    /// The quotient where nothing can be taken out any more.
    fn proper_quotient(&mut self, dividend: Form, divisor: i128, nesting: u32) -> Option<Form> {
        if divisor == 1 {
            return Some(dividend);
        }
        if divisor == 2 && dividend.offset == 1 {
            // floor((f + 1) / 2) = f - floor(f / 2): one quotient for both.
            let base = Form {
                offset: 0,
                ..dividend
            };
            let quotient = self.proper_quotient(base, divisor, nesting)?;
            return self.sub(base, quotient);
        }
        if nesting > 0 {
            if let Some((dividend, divisor)) = self.merge_nested(dividend, divisor) {
                let merged = self.floor_div_nested(dividend, divisor, nesting - 1);
                if merged.is_some() {
                    return merged;
                }
            }
            if let Some((dividend, divisor)) = self.magic_divisor(dividend, divisor) {
                return self.floor_div_nested(dividend, divisor, nesting - 1);
            }
        }
        let bounds = self.bounds(dividend).floor_div(divisor);
        let bounds = bounds.intersect(self.product_quotient(dividend, divisor));
        if let Some(value) = bounds.as_point() {
            return Some(Form::constant(value));
        }
        let key = (dividend, divisor);
        let symbol = match self.quotients.get(&key) {
            Some(&symbol) => symbol,
            None => {
                let symbol = self.add_symbol(Meaning::Quotient(dividend, divisor), bounds);
                self.quotients.insert(key, symbol);
                symbol
            }
        };
        Some(self.symbol_form(symbol))
    }

    /// Bounds of the quotient of a product that is beyond the limit of bounds itself.
    fn product_quotient(&self, dividend: Form, divisor: i128) -> Interval {
        let [(symbol, 1)] = self.terms(dividend.linear)[..] else {
            return Interval::ALL;
        };
        let greatest = self.symbols[symbol.0 as usize].greatest;
        let bound = greatest
            .filter(|_| dividend.scale == 1 && dividend.offset == 0)
            .and_then(|greatest| i128::try_from(greatest / divisor.cast_unsigned()).ok());
        match bound {
            Some(bound) => Interval::new(0, bound),
            None => Interval::ALL,
        }
    }

    /// `floor((floor(f/n) + g) / m) = floor((f + n*g) / (n*m))`, and for `-floor(f/n)`, which is
    /// `floor((n - 1 - f)/n)`, likewise.
    fn merge_nested(&mut self, dividend: Form, divisor: i128) -> Option<(Form, i128)> {
        let terms = self.scaled_terms(dividend)?;
        let nested = terms
            .iter()
            .rev()
            .find_map(|&(symbol, c)| match *self.meaning(symbol) {
                Meaning::Quotient(f, n) if c == 1 || c == -1 => Some((symbol, c, f, n)),
                _ => None,
            });
        let (symbol, sign, inner, n) = nested?;
        let others = terms.into_iter().filter(|&(s, _)| s != symbol).collect();
        let others = self.sum_of(others, dividend.offset)?;
        let scaled = self.scale(others, n)?;
        let mut inner = self.scale(inner, sign)?;
        if sign < 0 {
            inner.offset = fit(inner.offset.checked_add(n - 1))?;
        }
        let merged = self.add(inner, scaled)?;
        Some((merged, fit(n.checked_mul(divisor))?))
    }

    /// `floor((k*L + c) / m) = floor((L + c/k) / d)` for all `L` within its bounds, if there is such a `d`:
    /// how compilers divide by a constant.
    fn magic_divisor(&mut self, dividend: Form, divisor: i128) -> Option<(Form, i128)> {
        let (k, m) = (dividend.scale, divisor);
        if k <= 1 {
            return None;
        }
        let shift = dividend.offset.div_euclid(k);
        let rest = dividend.offset.rem_euclid(k);
        let base = Form {
            linear: dividend.linear,
            scale: 1,
            offset: shift,
        };
        let bounds = self.bounds(base);
        if bounds.lo < 0 || bounds.hi == i128::MAX {
            return None;
        }
        let candidates = [m.div_euclid(k) + 1, m.div_euclid(k)];
        let exact = |&d: &i128| d >= 2 && divides_like(k, m, rest, bounds.hi, d) == Some(true);
        candidates.into_iter().find(exact).map(|d| (base, d))
    }
}

/// Whether `floor((k*x + c) / m) = floor(x / d)` for all `x` from 0 to `greatest`. With `k*d = m + e` and
/// `x = q*d + r`, the dividend is `q*m + (q*e + k*r + c)`, so the part in brackets has to stay in `[0, m)`.
fn divides_like(k: i128, m: i128, c: i128, greatest: i128, d: i128) -> Option<bool> {
    let e = k.checked_mul(d)?.checked_sub(m)?;
    let (last, rest) = (greatest / d, greatest % d);
    let drift = last.checked_mul(e)?;
    if drift.min(0).checked_add(c)? < 0 {
        return Some(false);
    }
    // For the last quotient, the remainder ends early.
    if k.checked_mul(rest)?.checked_add(drift)?.checked_add(c)? >= m {
        return Some(false);
    }
    // For the others it goes up to d - 1, where k*r = m + e - k.
    let most = if e > 0 { drift } else { e };
    Some(last == 0 || most.checked_add(c)? < k)
}

struct Substituted {
    terms: Vec<Term>,
    rest: Interval,
    multiple: i128,
}

/// The residue of least magnitude, in `(-m/2, m/2]`.
fn balanced(value: i128, modulus: i128) -> i128 {
    let residue = value.rem_euclid(modulus);
    if residue > modulus / 2 {
        residue - modulus
    } else {
        residue
    }
}

/// `p * a + q * b`, sorted, without zeros.
fn merge(a: &[Term], p: i128, b: &[Term], q: i128) -> Option<Vec<Term>> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let take_a = j == b.len() || (i < a.len() && a[i].0 <= b[j].0);
        let take_b = i == a.len() || (j < b.len() && b[j].0 <= a[i].0);
        let symbol = if take_a { a[i].0 } else { b[j].0 };
        let mut c = 0;
        if take_a {
            c = fit(a[i].1.checked_mul(p))?;
            i += 1;
        }
        if take_b {
            c = fit(fit(b[j].1.checked_mul(q))?.checked_add(c))?;
            j += 1;
        }
        if c != 0 {
            out.push((symbol, c));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests;
