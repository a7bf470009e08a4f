//! A user's instruction: an entry in a spec file, executed without a change in Rust.

mod support;

use support::Case;
use zktr_emu::golden::Options;
use zktr_isa::Spec;
use zktr_isa::span::Source;

const WEIGHTED_SUM: &str = r#"
[extension]
name    = "Xweigh"
version = "0.1"
doc     = "A weighted sum of two columns."

[descriptor.weigh]
size = 128
fields = [
  { name = "w",   at = 8,  type = "felt<ext>", doc = "The weight." },
  { name = "out", at = 56, type = "view<ext, n>", access = "write", doc = "The sums." },
  { name = "a",   at = 80, type = "view<ext, n>", access = "read", doc = "What is weighted." },
  { name = "b",   at = 104, type = "view<ext, n>", access = "read", doc = "What is added." },
]

[inst."weigh.sum"]
title    = "Weighted sum"
encoding = { format = "rocc", funct7 = 0x7A }
operands = { rd = "status", rs1 = "descriptor weigh", rs2 = "count n" }
in-place = ["out = b"]
sem      = """
for i < n { out[i] = w * a[i] + b[i]; }
"""
"#;

#[test]
fn an_instruction_of_a_spec_file_is_executed() {
    let spec = Spec::load(&[Source::new("weigh.toml", WEIGHTED_SUM)]).unwrap_or_else(|errors| {
        panic!(
            "{}",
            errors.iter().map(ToString::to_string).collect::<String>()
        );
    });
    for format in &spec.formats {
        let mut case = Case::new(&spec, "weigh.sum", format, 0, 41);
        // Products of the extension need a polynomial, and this descriptor has no place for one.
        if format.is_programmable() {
            assert_eq!(case.run(0, &Options::default()), case.status("format"));
            continue;
        }
        let w = case.element("w");
        let ext = Some(case.field.d);
        let (a, b) = (case.view("a", &[7], ext), case.view("b", &[7], ext));
        let out = case.view("out", &[7], ext);
        let (left, right) = (case.vector(&a, 7, false), case.vector(&b, 7, false));
        assert_eq!(case.run(7, &Options::default()), case.status("ok"));
        for i in 0..7 {
            let sum = case.field.add(&case.field.mul(&w, &left[i]), &right[i]);
            for (c, coordinate) in sum.iter().enumerate() {
                assert_eq!(
                    case.peek(out.address(&[i as u64], c)),
                    case.field.word(*coordinate)
                );
            }
        }
        case.place("out", &a, true);
        assert_eq!(case.run(7, &Options::default()), case.status("overlap"));
        case.place("out", &b, true);
        assert_eq!(case.run(7, &Options::default()), case.status("ok"));
    }
}
