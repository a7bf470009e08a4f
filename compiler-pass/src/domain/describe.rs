//! Values as text, for traces and for the messages of failed tests.

use std::fmt::Write;

use super::form::{Form, Meaning, Symbol};
use super::interval::Interval;
use super::{Domain, MAX_BITS, Value};

/// How deep the definitions of symbols are written out.
const MAX_NESTING: u32 = 3;

impl Domain {
    /// The cases of a value, one on each line: form, range, and path.
    pub fn describe(&self, value: Value) -> String {
        if value.bits > MAX_BITS {
            return format!("unknown word of {} bits\n", value.bits);
        }
        let mut out = String::new();
        for case in self.cases_of(value) {
            self.write_form(&mut out, case.form, MAX_NESTING);
            write_range(&mut out, case.range);
            for fact in self.paths.facts(case.path) {
                out.push_str(" if ");
                let form = Form {
                    linear: fact.linear,
                    scale: 1,
                    offset: 0,
                };
                self.write_form(&mut out, form, MAX_NESTING);
                write_range(&mut out, fact.bounds);
            }
            out.push('\n');
        }
        out
    }

    fn write_form(&self, out: &mut String, form: Form, nesting: u32) {
        let start = out.len();
        for (symbol, c) in self.forms.scaled_terms(form).unwrap_or_default() {
            let sign = if c < 0 { "- " } else { "+ " };
            out.push_str(if out.len() == start {
                sign.trim_end().trim_start_matches('+')
            } else {
                sign
            });
            if c.abs() != 1 {
                let _ = write!(out, "{}*", c.abs());
            }
            self.write_symbol(out, symbol, nesting);
            out.push(' ');
        }
        let _ = write!(
            out,
            "{}{}",
            if out.len() == start { "" } else { "+ " },
            form.offset
        );
    }

    fn write_symbol(&self, out: &mut String, symbol: Symbol, nesting: u32) {
        match self.forms.meaning(symbol) {
            Meaning::Leaf(origin) => {
                let _ = write!(out, "x{origin}");
            }
            Meaning::Product(factors) => {
                for (index, &factor) in factors.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "*" });
                    self.write_symbol(out, factor, nesting);
                }
            }
            Meaning::Quotient(dividend, divisor) if nesting > 0 => {
                out.push_str("floor((");
                self.write_form(out, *dividend, nesting - 1);
                let _ = write!(out, ") / {divisor})");
            }
            Meaning::Quotient(..) | Meaning::Unknown => {
                let _ = write!(out, "{symbol:?}");
            }
        }
    }
}

fn write_range(out: &mut String, range: Interval) {
    let _ = write!(out, " in [{}, {}]", range.lo, range.hi);
}
