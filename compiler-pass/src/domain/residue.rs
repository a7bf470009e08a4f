//! Congruences of values, and the atoms that stand for congruent words.

use super::form::{Form, Forms, LinearId, Meaning, Symbol};
use super::hash::FastMap;
use super::interval::Interval;
use super::path::PathId;
use super::polynomial::{Poly, inverse, minus, plus, residue, times};
use super::{Case, Domain, Value};

/// Which words have been replaced, and the congruences of words.
pub(super) struct Atoms {
    /// The first case of the atom for the value that begins with this case.
    atoms: FastMap<u32, u32>,
    /// By first case of the value, index of the modulus, and whether shifted leaves have origins.
    residues: FastMap<(u32, usize, bool), Option<Poly>>,
}

impl Atoms {
    /// Nothing is known.
    pub(super) fn new() -> Self {
        Self {
            atoms: FastMap::default(),
            residues: FastMap::default(),
        }
    }
}

impl Domain {
    /// What an operation takes for this operand: an atom if the word is canonical and not simply an integer
    /// polynomial, else the value itself.
    pub(super) fn operand(&mut self, value: Value) -> Value {
        if self.is_plain(value) {
            return value;
        }
        let greatest = self.range(value).hi;
        for index in 0..self.moduli.len() {
            let canonical = greatest < i128::from(self.moduli[index]);
            if canonical && self.residue_poly(value, index).is_some() {
                return self.atom(value);
            }
        }
        value
    }

    /// An atom for the operand if it is congruent to a polynomial for one of the moduli, in whatever range.
    pub(super) fn congruent_operand(&mut self, value: Value) -> Value {
        if self.is_plain(value) {
            return value;
        }
        let congruent = (0..self.moduli.len()).any(|i| self.residue_poly(value, i).is_some());
        if congruent { self.atom(value) } else { value }
    }

    /// The operands of a multiplication. Unless one of them is a constant in each case, a product would mix
    /// their quotients, which then never cancel: congruent words become atoms.
    pub(super) fn factors(&mut self, a: Value, b: Value) -> (Value, Value) {
        let constant = |v: Value| {
            self.cases_of(v)
                .iter()
                .all(|case| case.form.as_constant().is_some())
        };
        if constant(a) || constant(b) {
            return (a, b);
        }
        (self.congruent_operand(a), self.congruent_operand(b))
    }

    /// Whether nothing is gained by an atom: an integer polynomial without cases, a symbol, constants.
    fn is_plain(&self, value: Value) -> bool {
        let cases = self.cases_of(value);
        match cases {
            [] => true,
            [Case { form, .. }] => {
                self.forms.is_polynomial(form.linear)
                    || (form.scale == 1 && form.offset == 0 && self.is_atom_form(*form))
            }
            _ => cases.iter().all(|case| case.form.as_constant().is_some()),
        }
    }

    fn is_atom_form(&self, form: Form) -> bool {
        let terms = self.forms.terms(form.linear);
        matches!(terms, [(symbol, 1)] if self.forms.is_unknown(*symbol))
    }

    fn atom(&mut self, value: Value) -> Value {
        if let Some(&start) = self.atoms.atoms.get(&value.start) {
            return Value {
                start,
                len: 1,
                bits: value.bits,
            };
        }
        let range = self.range(value);
        let symbol = self.forms.unknown(range);
        for index in 0..self.moduli.len() {
            if let Some(poly) = self.residue_poly(value, index) {
                self.polynomials.define(symbol, index, poly);
            }
        }
        let form = self.forms.symbol_form(symbol);
        let atom = self.single(value.bits, form, range);
        self.atoms.atoms.insert(value.start, atom.start);
        atom
    }

    /// The polynomial that the word is congruent to, in every case.
    pub(super) fn residue_poly(&mut self, value: Value, index: usize) -> Option<Poly> {
        self.residue_with(value, index, false)
    }

    /// The same; with `shifts`, leaves shifted to the right are unknowns of their own.
    pub(super) fn residue_with(
        &mut self,
        value: Value,
        index: usize,
        shifts: bool,
    ) -> Option<Poly> {
        let key = (value.start, index, shifts);
        if let Some(known) = self.atoms.residues.get(&key) {
            return known.clone();
        }
        let poly = self.compute_residue(value, index, shifts);
        self.atoms.residues.insert(key, poly.clone());
        poly
    }

    fn compute_residue(&mut self, value: Value, index: usize, shifts: bool) -> Option<Poly> {
        let modulus = *self.moduli.get(index)?;
        if modulus < 2 {
            return None;
        }
        let cases = self.cases_of(value).to_vec();
        // The case with the fewest equations is the general one; the others have to agree with it.
        let (first, general) = cases
            .iter()
            .enumerate()
            .min_by_key(|(_, case)| self.equations(case.path).count())?;
        let mut sum = Sum::default();
        sum.add(&self.forms, general.form, 1, modulus);
        let plain = sum.clone();
        self.eliminate(&mut sum, general.path, Pivots::Quotients, modulus);
        let poly = match self.poly_of(&sum, index, modulus, shifts) {
            Some(poly) => poly,
            None => {
                self.fix_quotients(&mut sum, general.path, modulus);
                self.poly_of(&sum, index, modulus, shifts)?
            }
        };
        // What was concluded from the facts of one path need not hold on another with the same form.
        let is_plain = sum == plain;
        for (position, case) in cases.iter().enumerate() {
            if position == first || (is_plain && case.form == general.form) {
                continue;
            }
            let mut difference = sum.clone();
            difference.add(&self.forms, case.form, modulus - 1, modulus);
            self.eliminate(&mut difference, case.path, Pivots::Quotients, modulus);
            self.eliminate(&mut difference, case.path, Pivots::All, modulus);
            self.fix_quotients(&mut difference, case.path, modulus);
            let left = self.poly_of(&difference, index, modulus, shifts)?;
            if !left.is_empty() {
                return None;
            }
        }
        Some(poly)
    }

    /// A sum as a polynomial over leaves.
    fn poly_of(&mut self, sum: &Sum, index: usize, modulus: u64, shifts: bool) -> Option<Poly> {
        let Sum { terms, constant } = sum;
        self.polynomials
            .of_sum(&self.forms, terms, *constant, index, modulus, shifts)
    }

    /// The facts of a path that fix a combination: the combination, and its value.
    fn equations(&self, path: PathId) -> impl Iterator<Item = (LinearId, i128)> {
        let facts = self.paths.facts(path).iter();
        facts.filter_map(|fact| Some((fact.linear, fact.bounds.as_point()?)))
    }

    /// Replaces quotients of which the facts of a path say what they are: one integer, or that and other symbols.
    fn fix_quotients(&mut self, sum: &mut Sum, path: PathId, modulus: u64) {
        for (symbol, _) in sum.terms.clone() {
            let Some(&(_, c)) = sum.terms.iter().find(|&&(s, _)| s == symbol) else {
                continue;
            };
            let Meaning::Quotient(dividend, divisor) = *self.forms.meaning(symbol) else {
                continue;
            };
            let quotient = self.forms.symbol_form(symbol);
            // First by other symbols: an integer may only be the last one that bounds leave of a path without a state.
            let known = self.quotient_on(path, dividend, divisor).or_else(|| {
                let bounds = self.paths.bounds(&self.forms, path, quotient);
                bounds.as_point().map(Form::constant)
            });
            // What it is must not be said by itself.
            if let Some(known) = known
                && self
                    .forms
                    .terms(known.linear)
                    .iter()
                    .all(|&(s, _)| s != symbol)
            {
                sum.terms.retain(|&(s, _)| s != symbol);
                sum.add(&self.forms, known, c, modulus);
            }
        }
    }

    /// `floor(f / m)` in the states of a path: for a fact on `L` with `f = m G + k L + c`, it is `G + floor((k L + c) / m)`,
    /// which is known if the last part is one integer.
    fn quotient_on(&mut self, path: PathId, dividend: Form, divisor: i128) -> Option<Form> {
        let terms = self.forms.scaled_terms(dividend)?;
        for fact in self.paths.facts(path).to_vec() {
            let pattern = self.forms.terms(fact.linear).to_vec();
            let mut factors: Vec<i128> = Vec::new();
            for &(symbol, unit) in &pattern {
                let common = terms.iter().find(|&&(s, _)| s == symbol);
                if let Some(&(_, c)) = common
                    && c % unit == 0
                    && !factors.contains(&(c / unit))
                {
                    factors.push(c / unit);
                }
            }
            for factor in factors {
                let linear = Form {
                    linear: fact.linear,
                    scale: 1,
                    offset: 0,
                };
                let part = self.forms.scale(linear, factor)?;
                let Some(whole) = self.forms.sub(dividend, part) else {
                    continue;
                };
                let rest = fact.bounds.scale(factor).add(Interval::point(whole.offset));
                let Some(rounded) = rest.floor_div(divisor).as_point() else {
                    continue;
                };
                if whole.scale % divisor == 0 {
                    let scale = whole.scale / divisor;
                    return Some(Form {
                        scale,
                        offset: rounded,
                        ..whole
                    });
                }
            }
        }
        None
    }

    /// Subtracts from a sum a multiple of each equation of a path, so that one symbol vanishes.
    fn eliminate(&self, sum: &mut Sum, path: PathId, pivots: Pivots, modulus: u64) {
        for (linear, value) in self.equations(path) {
            let pattern = self.forms.terms(linear);
            let factor = pattern.iter().find_map(|&(symbol, d)| {
                if pivots == Pivots::Quotients && !self.forms.is_quotient(symbol) {
                    return None;
                }
                let &(_, c) = sum.terms.iter().find(|&&(s, _)| s == symbol)?;
                Some(times(c, inverse(residue(d, modulus), modulus)?, modulus))
            });
            let Some(factor) = factor else { continue };
            let equation = Form {
                linear,
                scale: 1,
                offset: 0,
            };
            sum.add(&self.forms, equation, minus(0, factor, modulus), modulus);
            let value = times(factor, residue(value, modulus), modulus);
            sum.constant = plus(sum.constant, value, modulus);
        }
    }
}

/// Which symbols an equation may remove.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pivots {
    /// Quotients, which are congruent to no polynomial.
    Quotients,
    /// Any.
    All,
}

/// A linear combination of symbols and a constant, modulo a prime.
#[derive(Clone, Default, PartialEq)]
struct Sum {
    terms: Vec<(Symbol, u64)>,
    constant: u64,
}

impl Sum {
    /// Adds a multiple of a form.
    fn add(&mut self, forms: &Forms, form: Form, factor: u64, modulus: u64) {
        let scale = times(residue(form.scale, modulus), factor, modulus);
        for &(symbol, c) in forms.terms(form.linear) {
            let c = times(residue(c, modulus), scale, modulus);
            match self.terms.iter_mut().find(|(s, _)| *s == symbol) {
                Some(term) => term.1 = plus(term.1, c, modulus),
                None => self.terms.push((symbol, c)),
            }
        }
        self.terms.retain(|&(_, c)| c != 0);
        let offset = times(residue(form.offset, modulus), factor, modulus);
        self.constant = plus(self.constant, offset, modulus);
    }
}
