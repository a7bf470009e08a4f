//! What a loop computes, as text: for loops that are understood, but that no instruction does the work of.

use crate::analysis::poly::{Atom, Poly};
use crate::kernel::bits::{HostBits, HostKey, HostSource};
use crate::kernel::host::{HostAtom, HostKernel};
use crate::kernel::term::{Term, inverse, mul, pow};
use cranelift_codegen::loop_analysis::Loop;

/// Summands of a sum that are written out.
const MAX_SUMMANDS: usize = 8;
/// Lines of a formula.
const MAX_LINES: usize = 16;
/// Inverses and inner sums are written out to this depth.
const MAX_DEPTH: u32 = 4;
/// Numerators up to this are recognised where a coefficient is a multiple of a power of 2^32, as in Montgomery form.
const MAX_NUMERATOR: u64 = 1 << 16;

/// One line for each word that a row writes or carries. Rows are counted by `i`, the iterations of inner loops by `j`, `k`,
/// ...; `[a]` is the word at address a, `s0`, `s1`, ... are carried words before the row. All is modulo the prime.
pub fn lines(host: &HostKernel) -> Vec<String> {
    let text = Text { host };
    let mut lines = Vec::new();
    for store in &host.stores {
        let mut line = format!(
            "[{}] = {}",
            text.poly(&store.address),
            text.term(&store.value, 0)
        );
        if let Some((l, count)) = &store.inner {
            line += &format!(", for {} < {}", text.index(*l), text.poly(count));
        }
        lines.push(line);
    }
    for (n, carry) in host.carries.iter().enumerate() {
        let (init, step) = (text.term(&carry.init, 0), text.term(&carry.step, 0));
        lines.push(format!("s{n} = {step}, from {init} on"));
    }
    if lines.len() > MAX_LINES {
        let more = lines.len() - MAX_LINES;
        lines.truncate(MAX_LINES);
        lines.push(format!("and {more} more"));
    }
    lines
}

struct Text<'h> {
    host: &'h HostKernel,
}

impl Text<'_> {
    /// The letter of a loop's index.
    fn index(&self, l: Loop) -> String {
        if l == self.host.row {
            return "i".to_owned();
        }
        let sums = self.host.sums.iter().map(|s| s.l);
        let stores = self
            .host
            .stores
            .iter()
            .filter_map(|s| Some(s.inner.as_ref()?.0));
        let carries = self.host.carries.iter().map(|c| c.l);
        let mut inner: Vec<Loop> = sums.chain(stores).chain(carries).collect();
        inner.retain(|&other| other != self.host.row);
        inner.sort_by_key(|l| l.as_u32());
        inner.dedup();
        match inner.iter().position(|&other| other == l) {
            Some(n) if n < 10 => char::from(b'j' + n as u8).to_string(),
            _ => format!("{l:?}"),
        }
    }

    fn poly(&self, poly: &Poly) -> String {
        let mut text = Sum::new();
        for (factors, coefficient) in poly.terms() {
            let factors: Vec<String> = factors
                .iter()
                .map(|factor| match *factor {
                    Atom::Index(l) => self.index(l),
                    Atom::Entry(v) => v.to_string(),
                    Atom::Shifted(v, k) => format!("({v} >> {k})"),
                    Atom::Word(v) => v.to_string(),
                })
                .collect();
            let magnitude = coefficient.unsigned_abs();
            let magnitude = (magnitude != 1 || factors.is_empty()).then(|| magnitude.to_string());
            text.add(coefficient < 0, magnitude, factors);
        }
        text.finish()
    }

    fn term(&self, term: &Term<HostAtom>, depth: u32) -> String {
        if depth > MAX_DEPTH {
            return "...".to_owned();
        }
        let mut text = Sum::new();
        for (n, (monomial, coefficient)) in term.terms().enumerate() {
            if n == MAX_SUMMANDS {
                text.add(
                    false,
                    Some(format!("... ({} summands)", term.term_count())),
                    Vec::new(),
                );
                break;
            }
            let factors: Vec<String> = monomial
                .iter()
                .map(|(atom, exponent)| match exponent {
                    1 => self.atom(atom, depth),
                    exponent => format!("{}^{exponent}", self.atom(atom, depth)),
                })
                .collect();
            let (negative, magnitude) = coefficient_text(term.modulus(), coefficient);
            let magnitude = (magnitude != "1" || factors.is_empty()).then_some(magnitude);
            text.add(negative, magnitude, factors);
        }
        text.finish()
    }

    fn atom(&self, atom: &HostAtom, depth: u32) -> String {
        match atom {
            HostAtom::Entry(v) => v.to_string(),
            HostAtom::Load(l) => self.load(*l),
            HostAtom::Carry(c) => format!("s{c}"),
            HostAtom::Sum(s) => match self.host.sums.get(*s as usize) {
                Some(sum) => format!(
                    "sum({} < {}: {})",
                    self.index(sum.l),
                    self.poly(&sum.count),
                    self.term(&sum.body, depth + 1)
                ),
                None => "?".to_owned(),
            },
            HostAtom::Inv(t) => format!("1/({})", self.term(t, depth + 1)),
            HostAtom::Bits(bits) => self.bits(bits),
            HostAtom::Final(_) => "(the result of an inner loop)".to_owned(),
            HostAtom::Opaque(_) => "?".to_owned(),
        }
    }

    fn load(&self, load: u32) -> String {
        match self.host.loads.get(load as usize) {
            Some(load) => format!("[{}]", self.poly(&load.address)),
            None => "?".to_owned(),
        }
    }

    fn bits(&self, bits: &HostBits) -> String {
        let mut text = match &bits.source {
            HostSource::Load(load) => self.load(*load),
            HostSource::Difference {
                minuend,
                subtrahend,
                less,
            } => {
                let difference = format!("{} - {}", self.load(*minuend), self.load(*subtrahend));
                match less {
                    0 => format!("({difference})"),
                    less => format!("({difference} - {less})"),
                }
            }
        };
        if bits.shift != 0 {
            text += &format!(" >> {}", bits.shift);
        }
        if bits.mask != u32::MAX {
            text += &format!(" & {:#x}", bits.mask);
        }
        match bits.key {
            None => format!("({text})"),
            Some(HostKey::Const(key)) => format!("({text} == {key})"),
            Some(HostKey::Index(_, first)) => format!("({text} == {first} + the inner index)"),
            Some(HostKey::Word(load)) => format!("({text} == {})", self.load(load)),
            Some(HostKey::Above(load)) => format!("({text} < {})", self.load(load)),
            Some(HostKey::AboveSigned(load)) => {
                format!("({text} < {}, signed)", self.load(load))
            }
            Some(HostKey::Before(load, _)) => {
                format!("({text} == {} in the row before)", self.load(load))
            }
        }
    }
}

/// A coefficient: true if it is negative, and its magnitude.
fn coefficient_text(p: u64, coefficient: u64) -> (bool, String) {
    let signed = |c: u64| if c > p / 2 { (true, p - c) } else { (false, c) };
    let (negative, magnitude) = signed(coefficient);
    if magnitude <= MAX_NUMERATOR {
        return (negative, magnitude.to_string());
    }
    for power in [32, 64] {
        let r = pow(p, 2, power);
        for (factor, sign) in [(r, '/'), (inverse(p, r), '*')] {
            let (negative, numerator) = signed(mul(p, coefficient, factor));
            if numerator != 0 && numerator <= MAX_NUMERATOR {
                let power = match (numerator, sign) {
                    (1, '*') => format!("2^{power}"),
                    _ => format!("{numerator}{sign}2^{power}"),
                };
                return (negative, power);
            }
        }
    }
    (negative, magnitude.to_string())
}

/// A sum that is written from left to right.
struct Sum {
    text: String,
}

impl Sum {
    fn new() -> Self {
        Self {
            text: String::new(),
        }
    }

    fn add(&mut self, negative: bool, magnitude: Option<String>, factors: Vec<String>) {
        let sign = match (self.text.is_empty(), negative) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        };
        let product: Vec<String> = magnitude.into_iter().chain(factors).collect();
        self.text += sign;
        self.text += &product.join("*");
    }

    fn finish(self) -> String {
        match self.text.is_empty() {
            true => "0".to_owned(),
            false => self.text,
        }
    }
}
