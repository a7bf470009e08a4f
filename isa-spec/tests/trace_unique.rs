//! The arithmetic tables have one answer: for given operands, the constraints and range checks of a row leave no result
//! but the right one, whatever a prover puts into the other cells. A solver decides it for boundary values.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::trace::poly::Poly;
use zktr_isa::trace::{Interaction, Rows, Schema, Table, When};

/// The prime of the default field.
const P: i128 = 2_013_265_921;

/// True if z3 is there; else that is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn solver() -> bool {
    let found = Command::new("z3").arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "z3 is not installed"
    );
    if !found {
        eprintln!("skipped: z3 is not installed");
    }
    found
}

type Known = HashMap<u32, i128>;

/// A row as a formula: cells are integers below the prime, constraints are congruences.
struct Formula<'a> {
    table: &'a Table,
    /// Cells that a constraint says are 0 or 1.
    bits: Vec<u32>,
    /// The largest values of cells that are range-checked in every row.
    top: HashMap<u32, i128>,
}

enum Value {
    Const(i128),
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Const(value) if *value < 0 => write!(f, "(- {})", -value),
            Self::Const(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Formula<'_> {
    fn value(&self, poly: &Poly, known: &Known) -> Value {
        match poly {
            Poly::Const(value) => Value::Const(i128::from(*value)),
            Poly::Cell {
                column,
                next: false,
            } => match known.get(column) {
                Some(value) => Value::Const(*value),
                None => Value::Text(format!("x{column}")),
            },
            Poly::Cell { .. } => panic!("the arithmetic tables look at one row"),
            Poly::Sum(terms) => terms.iter().fold(Value::Const(0), |sum, term| {
                combine("+", sum, self.value(term, known), |a, b| a + b)
            }),
            Poly::Sub(a, b) => combine("-", self.value(a, known), self.value(b, known), |a, b| {
                a - b
            }),
            Poly::Mul(a, b) => self.product(a, b, known),
        }
    }

    /// Integers between which a polynomial is.
    fn range(&self, poly: &Poly, known: &Known) -> (i128, i128) {
        match poly {
            Poly::Const(value) => (i128::from(*value), i128::from(*value)),
            Poly::Cell { column, .. } => match known.get(column) {
                Some(value) => (*value, *value),
                None => (0, self.top.get(column).copied().unwrap_or(P - 1)),
            },
            Poly::Sum(terms) => terms.iter().fold((0, 0), |(low, high), term| {
                let (a, b) = self.range(term, known);
                (low + a, high + b)
            }),
            Poly::Sub(a, b) => {
                let (a, b) = (self.range(a, known), self.range(b, known));
                (a.0 - b.1, a.1 - b.0)
            }
            Poly::Mul(a, b) => {
                let (a, b) = (self.range(a, known), self.range(b, known));
                let ends = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
                (
                    ends.into_iter().min().unwrap(),
                    ends.into_iter().max().unwrap(),
                )
            }
        }
    }

    /// A product: a factor that is known or made of bits, so that the solver has linear terms only.
    fn product(&self, a: &Arc<Poly>, b: &Arc<Poly>, known: &Known) -> Value {
        for (factor, other) in [(a, b), (b, a)] {
            let mut bit = None;
            let mut all_bits = true;
            factor.cells(&mut |cell, _| {
                if !known.contains_key(&cell) {
                    all_bits &= self.bits.contains(&cell);
                    bit = Some(cell);
                }
            });
            match bit {
                Some(bit) if all_bits => {
                    let [zero, one] = [0, 1].map(|value| {
                        let mut known = known.clone();
                        known.insert(bit, value);
                        self.product(factor, other, &known)
                    });
                    return Value::Text(format!("(ite (= x{bit} 1) {one} {zero})"));
                }
                None => {
                    let Value::Const(factor) = self.value(factor, known) else {
                        panic!("a value without unknown cells is known");
                    };
                    return match (factor, self.value(other, known)) {
                        (0, _) => Value::Const(0),
                        (factor, Value::Const(other)) => Value::Const(factor * other),
                        (factor, other) => {
                            Value::Text(format!("(* {} {other})", Value::Const(factor)))
                        }
                    };
                }
                Some(_) => {}
            }
        }
        Value::Text(format!(
            "(* {} {})",
            self.value(a, known),
            self.value(b, known)
        ))
    }

    /// Congruence to zero: equality, where the numbers are too small for anything else.
    fn vanishes(&self, poly: &Poly, known: &Known) -> String {
        let (low, high) = self.range(poly, known);
        if -P < low && high < P {
            format!("(= {} 0)", self.value(poly, known))
        } else {
            format!("(= {} 0)", self.residue(poly, known))
        }
    }

    /// `value` modulo the prime.
    fn residue(&self, poly: &Poly, known: &Known) -> String {
        match (poly, self.value(poly, known)) {
            (_, Value::Const(value)) => value.rem_euclid(P).to_string(),
            (_, value) if matches!(self.range(poly, known), (0.., high) if high < P) => {
                value.to_string()
            }
            (_, value) => format!("(mod {value} {P})"),
        }
    }

    fn word(&self, bytes: &[Arc<Poly>], known: &Known) -> String {
        let mut out = String::from("(+");
        for (i, byte) in bytes.iter().enumerate() {
            let _ = write!(
                out,
                " (* {} {})",
                1u64 << (8 * i),
                self.residue(byte, known)
            );
        }
        out + ")"
    }

    /// What a message says that is sent to a table that is not looked at.
    fn meaning(&self, schema: &Schema, sent: &Interaction, known: &Known) -> String {
        let value = |i: usize| self.residue(&sent.values[i], known);
        let number = |i: usize| sent.values[i].constant();
        match schema.buses[sent.bus].name.as_str() {
            "bytes" => format!("(and (<= {} 255) (<= {} 255))", value(0), value(1)),
            "half" => format!("(<= {} 65535)", value(0)),
            "bitwise" => {
                // The bit that is looked up, or two known operands.
                let (a, b) = (
                    self.value(&sent.values[1], known),
                    self.value(&sent.values[2], known),
                );
                let result = match (a, b) {
                    (Value::Const(a), Value::Const(b)) => {
                        bitwise(number_of(self, sent, known), a, b).to_string()
                    }
                    (a, Value::Const(128)) => format!("(ite (>= {a} 128) 128 0)"),
                    _ => panic!("only bits are looked up"),
                };
                format!("(and (<= {} 255) (= {} {result}))", value(1), value(3))
            }
            // A comparison, the only operation that these tables use.
            "alu" => {
                assert_eq!(
                    (number(0), number(1)),
                    (Some(9), Some(1)),
                    "LTU, and it holds"
                );
                format!(
                    "(< {} {})",
                    self.word(&sent.values[5..9], known),
                    self.word(&sent.values[9..13], known)
                )
            }
            other => panic!("no meaning of bus {other}"),
        }
    }
}

fn number_of(formula: &Formula<'_>, sent: &Interaction, known: &Known) -> i128 {
    match formula.value(&sent.values[0], known) {
        Value::Const(op) => op,
        Value::Text(_) => panic!("the operation is known"),
    }
}

fn bitwise(op: i128, a: i128, b: i128) -> i128 {
    match op {
        0 => a & b,
        1 => a | b,
        _ => a ^ b,
    }
}

fn combine(op: &str, a: Value, b: Value, known: impl Fn(i128, i128) -> i128) -> Value {
    match (a, b) {
        (Value::Const(a), Value::Const(b)) => Value::Const(known(a, b)),
        (Value::Const(0), b) if op == "+" => b,
        (a, Value::Const(0)) => a,
        (a, b) => Value::Text(format!("({op} {a} {b})")),
    }
}

/// The formula that some row of the table answers `op` on `a` and `b`; its result is `c0` to `c3`.
fn formula(schema: &Schema, table: &Table, op: i64, a: u32, b: u32) -> String {
    let bits = table
        .constraints
        .iter()
        .filter_map(|constraint| match &*constraint.zero {
            Poly::Mul(x, y) if constraint.when == When::Always => match (&**x, &**y) {
                (Poly::Cell { column, .. }, Poly::Sub(z, one))
                    if x == z && **one == Poly::Const(1) =>
                {
                    Some(*column)
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    let mut formula = Formula {
        table,
        bits,
        top: HashMap::new(),
    };
    let receive = table.interactions.iter().find(|i| !i.send).unwrap();
    // One flag is set: the one of this operation.
    let flags = receive.count.affine().unwrap().terms;
    let numbers = receive.values[0].affine().unwrap();
    let number = |cell: u32| {
        let own = numbers.terms.iter().find(|(c, ..)| *c == cell);
        numbers.constant + own.map_or(0, |(.., n)| *n)
    };
    let mut known: Known = flags
        .iter()
        .map(|(cell, ..)| (*cell, i128::from(number(*cell) == i128::from(op))))
        .collect();
    assert_eq!(
        known.values().sum::<i128>(),
        1,
        "one flag for operation {op}"
    );
    for (bytes, from) in [(a, 5), (b, 9)] {
        for (i, byte) in bytes.to_le_bytes().into_iter().enumerate() {
            let Poly::Cell {
                column,
                next: false,
            } = *receive.values[from + i]
            else {
                panic!("operands are cells");
            };
            known.insert(column, i128::from(byte));
        }
    }
    formula.top.extend(formula.bits.iter().map(|bit| (*bit, 1)));
    for sent in table.interactions.iter().filter(|i| i.send) {
        let top = match schema.buses[sent.bus].name.as_str() {
            "bytes" => 255,
            "half" => 65535,
            _ => continue,
        };
        if matches!(formula.value(&sent.count, &known), Value::Const(1)) {
            for value in &sent.values {
                if let Poly::Cell { column, .. } = **value {
                    formula.top.insert(column, top);
                }
            }
        }
    }
    let mut out = String::new();
    for cell in (0..formula.table.width() as u32).filter(|cell| !known.contains_key(cell)) {
        let top = formula.top.get(&cell).copied().unwrap_or(P - 1);
        let _ = writeln!(
            out,
            "(declare-const x{cell} Int)(assert (<= 0 x{cell} {top}))"
        );
    }
    for constraint in &table.constraints {
        let zero = formula.vanishes(&constraint.zero, &known);
        let _ = writeln!(out, "(assert {zero})");
    }
    for sent in table.interactions.iter().filter(|i| i.send) {
        let count = formula.residue(&sent.count, &known);
        let meaning = match count.as_str() {
            "0" => continue,
            "1" => formula.meaning(schema, sent, &known),
            _ => format!(
                "(=> (= {count} 1) {})",
                formula.meaning(schema, sent, &known)
            ),
        };
        let _ = writeln!(out, "(assert {meaning})");
    }
    for i in 0..4 {
        let c = formula.residue(&receive.values[1 + i], &known);
        let _ = writeln!(out, "(define-fun c{i} () Int {c})");
    }
    out
}

/// The operations by the numbers of the schema, with what they are.
fn right(op: i64, a: u32, b: u32) -> u32 {
    let (s, t) = (a.cast_signed(), b.cast_signed());
    let high = |product: i128| (product >> 32) as u32;
    match op {
        0 => a & b,
        1 => a | b,
        2 => a ^ b,
        3 => a.wrapping_add(b),
        4 => a.wrapping_sub(b),
        5 => a << (b % 32),
        6 => a >> (b % 32),
        7 => (s >> (b % 32)).cast_unsigned(),
        8 => u32::from(s < t),
        9 => u32::from(a < b),
        10 => u32::from(a == b),
        11 => a.wrapping_mul(b),
        12 => high(i128::from(s) * i128::from(t)),
        13 => high(i128::from(s) * i128::from(b)),
        14 => high(i128::from(a) * i128::from(b)),
        15 if b == 0 => u32::MAX,
        15 => s.wrapping_div(t).cast_unsigned(),
        16 => a.checked_div(b).unwrap_or(u32::MAX),
        17 if b == 0 => a,
        17 => s.wrapping_rem(t).cast_unsigned(),
        _ => a.checked_rem(b).unwrap_or(a),
    }
}

const OPERANDS: [(u32, u32); 9] = [
    (0, 0),
    (7, 3),
    (0xffff_fff9, 3),
    (7, 0xffff_fffd),
    (0x8000_0000, 0xffff_ffff),
    (0x8000_0000, 0x8000_0000),
    (0xffff_ffff, 0),
    (0x1234_5678, 0x8765_4321),
    (0x0000_0100, 0x0000_00ff),
];

/// Operands of divisions: with large divisors the question is too hard for the solver.
const DIVISIONS: [(u32, u32); 5] = [
    (0, 0),
    (7, 3),
    (0xffff_fff9, 3),
    (0xffff_ffff, 0),
    (0x0000_0100, 0x0000_00ff),
];

/// Asks the solver about all of these; the answers in order.
fn solve(questions: &[String]) -> Vec<String> {
    let mut child = Command::new("z3")
        .args(["-in", "-smt2", "-t:30000"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text: String = questions
        .iter()
        .map(|q| format!("(push)\n{q}(check-sat)\n(pop)\n"))
        .collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn operations_have_one_answer() {
    if !solver() {
        return;
    }
    let spec = Spec::builtin();
    let schema = spec.trace();
    let (alu, _) = schema.bus("alu").unwrap();
    let mut questions = Vec::new();
    let mut expected = Vec::new();
    for table in schema
        .tables
        .iter()
        .filter(|table| table.rows == Rows::Message(alu))
    {
        let receive = table.interactions.iter().find(|i| !i.send).unwrap();
        let numbers = receive.values[0].affine().unwrap();
        let mut ops: Vec<i64> = receive
            .count
            .affine()
            .unwrap()
            .terms
            .iter()
            .map(|(cell, ..)| {
                let own = numbers.terms.iter().find(|(c, ..)| c == cell);
                (numbers.constant + own.map_or(0, |(.., n)| *n)) as i64
            })
            .collect();
        ops.sort_unstable();
        for op in ops {
            let operands = if (15..=18).contains(&op) {
                &DIVISIONS[..]
            } else {
                &OPERANDS[..]
            };
            for &(a, b) in operands {
                let row = formula(schema, table, op, a, b);
                let c = right(op, a, b).to_le_bytes();
                let same = format!(
                    "(and (= c0 {}) (= c1 {}) (= c2 {}) (= c3 {}))",
                    c[0], c[1], c[2], c[3]
                );
                // There is a row with the right answer, and none with another.
                questions.push(format!("{row}(assert {same})\n"));
                questions.push(format!("{row}(assert (not {same}))\n"));
                let what = format!("table {}, operation {op}, {a:#x}, {b:#x}", table.name);
                expected.push((format!("{what}: the right answer"), "sat"));
                expected.push((format!("{what}: another answer"), "unsat"));
            }
        }
    }
    assert_eq!(
        questions.len(),
        2 * (15 * OPERANDS.len() + 4 * DIVISIONS.len())
    );
    let answers = solve(&questions);
    let wrong: Vec<String> = expected
        .iter()
        .zip(
            answers
                .iter()
                .chain(std::iter::repeat(&String::from("nothing"))),
        )
        .filter(|((_, expected), answer)| expected != answer)
        .map(|((what, expected), answer)| format!("{what} is {answer}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The question is a good one: without a range check, or a constraint, there are other answers.
#[test]
fn what_is_left_out_is_missed() {
    if !solver() {
        return;
    }
    let spec = Spec::builtin();
    let schema = spec.trace();
    let (_, divide) = schema.table("divide").unwrap();
    let mut weaker = divide.clone();
    let (alu, _) = schema.bus("alu").unwrap();
    weaker.interactions.retain(|i| !(i.send && i.bus == alu));
    let other = "(assert (not (and (= c0 2) (= c1 0) (= c2 0) (= c3 0))))\n";
    let questions = [divide, &weaker].map(|table| formula(schema, table, 15, 7, 3) + other);
    assert_eq!(solve(&questions), ["unsat", "sat"]);
}
