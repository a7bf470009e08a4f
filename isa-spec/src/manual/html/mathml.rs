//! Formulas as MathML Core, which browsers render without help.

use super::write::Writer;
use crate::manual::math::Math;

/// An inline formula.
pub(crate) fn inline(out: &mut Writer, math: &Math) {
    out.open("math", &[]);
    write(out, math);
    out.close("math");
}

/// A formula in display style.
pub(crate) fn display(out: &mut Writer, math: &Math) {
    out.open("math", &[("displaystyle", "true")]);
    write(out, math);
    out.close("math");
}

fn write(out: &mut Writer, math: &Math) {
    match math {
        Math::Name(name) => out.element("mi", &[], name),
        Math::Number(number) => out.element("mn", &[], number),
        Math::Operator(operator) => out.element("mo", &[], operator),
        Math::Prefix(operator) => out.element("mo", &[("form", "prefix")], operator),
        Math::Words(words) => {
            // Spaces at the ends of a text are dropped unless they cannot break.
            out.element("mtext", &[], &words.replace(' ', "\u{a0}"));
        }
        Math::Row(parts) => {
            out.open("mrow", &[]);
            parts.iter().for_each(|part| write(out, part));
            out.close("mrow");
        }
        Math::Sub(base, index) => scripts(out, "msub", base, index),
        Math::Sup(base, exponent) => scripts(out, "msup", base, exponent),
        Math::Big {
            operator,
            below,
            above,
        } => {
            out.open("munderover", &[]);
            out.element("mo", &[("movablelimits", "false")], operator);
            group(out, below);
            group(out, above);
            out.close("munderover");
        }
        Math::Fenced(open, inner, close) => {
            out.open("mrow", &[]);
            out.element("mo", &[("form", "prefix")], open);
            write(out, inner);
            out.element("mo", &[("form", "postfix")], close);
            out.close("mrow");
        }
        Math::Cases(cases) => {
            out.open("mrow", &[]);
            out.element("mo", &[("form", "prefix"), ("fence", "true")], "{");
            out.open("mtable", &[("class", "cases")]);
            for (value, condition) in cases {
                out.open("mtr", &[]);
                for cell in [value, condition] {
                    out.open("mtd", &[]);
                    write(out, cell);
                    out.close("mtd");
                }
                out.close("mtr");
            }
            out.close("mtable");
            out.close("mrow");
        }
    }
}

fn scripts(out: &mut Writer, element: &str, base: &Math, script: &Math) {
    out.open(element, &[]);
    group(out, base);
    group(out, script);
    out.close(element);
}

/// Exactly one element.
fn group(out: &mut Writer, math: &Math) {
    out.open("mrow", &[]);
    write(out, math);
    out.close("mrow");
}
