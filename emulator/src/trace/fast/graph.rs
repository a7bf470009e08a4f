//! Terms of many cells as one graph, in which each value is there once.
//!
//! A value has the word of 64 bits that the term has (see [`zktr_isa::trace::term`]); where it is known to be below 2^32, or only its low half is asked
//! for, it is computed in 32 bits. For that, each value has an interval that it lies in. A value that depends on nothing but the
//! program word is marked: it is computed once for each word of the program.

use std::collections::HashMap;
use zktr_isa::algebra::BinOp;
use zktr_isa::trace::term::{Signal, binary};

/// A value: an index into [`Graph::nodes`]. Operands come before what is made of them.
pub(super) type Id = u32;

/// How a value is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Const(u64),
    /// A word of the row's source.
    Input(u32),
    /// Something of the program word.
    Code(Signal),
    /// Whether the program word is one of the instructions of [`Graph::sets`].
    Is(u32),
    /// An operation modulo 2^64 or, if `narrow`, modulo 2^32; its operands are as wide.
    Binary {
        op: BinOp,
        a: Id,
        b: Id,
        narrow: bool,
    },
    /// `a` if `c`, which is narrow, is not zero, else `b`.
    Select {
        c: Id,
        a: Id,
        b: Id,
    },
    /// The low bits of a wide value, sign-extended.
    Sext(u8, Id),
    /// A narrow value as a wide one.
    Widen(Id),
    /// The low half of a wide value.
    Narrow(Id),
    /// The residue, narrow.
    Residue(Id),
}

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) min: u64,
    pub(super) max: u64,
    /// It is kept in 32 bits.
    pub(super) narrow: bool,
    /// It depends on nothing but the program word.
    pub(super) fixed: bool,
}

/// All values that some cells are made of.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) infos: Vec<Info>,
    pub(super) sets: Vec<Vec<usize>>,
    known: HashMap<Node, Id>,
    modulus: u64,
}

const NARROW: u64 = u32::MAX as u64;

impl Graph {
    /// Residues are those of this prime, which is below 2^31.
    pub(super) fn new(modulus: u64) -> Self {
        Self {
            modulus,
            ..Self::default()
        }
    }

    pub(super) fn info(&self, id: Id) -> Info {
        self.infos[id as usize]
    }

    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[id as usize]
    }

    pub(super) fn constant(&self, id: Id) -> Option<u64> {
        match self.node(id) {
            Node::Const(value) => Some(value),
            _ => None,
        }
    }

    fn add(&mut self, node: Node, info: Info) -> Id {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = self.nodes.len() as Id;
        self.nodes.push(node);
        self.infos.push(info);
        self.known.insert(node, id);
        id
    }

    pub(super) fn number(&mut self, value: u64) -> Id {
        let info = Info {
            min: value,
            max: value,
            narrow: value <= NARROW,
            fixed: true,
        };
        self.add(Node::Const(value), info)
    }

    /// A word of the source's row that is at most `max`.
    pub(super) fn input(&mut self, slot: u32, max: u32) -> Id {
        let info = Info {
            min: 0,
            max: u64::from(max),
            narrow: true,
            fixed: false,
        };
        self.add(Node::Input(slot), info)
    }

    pub(super) fn code(&mut self, signal: Signal) -> Id {
        let max = match signal {
            Signal::Rd | Signal::Rs1 | Signal::Rs2 => 31,
            _ => NARROW,
        };
        let info = Info {
            min: 0,
            max,
            narrow: true,
            fixed: true,
        };
        self.add(Node::Code(signal), info)
    }

    pub(super) fn is(&mut self, instructions: &[usize]) -> Id {
        let known = self.sets.iter().position(|set| set == instructions);
        let set = known.unwrap_or_else(|| {
            self.sets.push(instructions.to_vec());
            self.sets.len() - 1
        });
        self.add(Node::Is(set as u32), truth(true))
    }

    /// The operation as the language of terms has it.
    pub(super) fn binary(&mut self, op: BinOp, a: Id, b: Id) -> Id {
        if let (Some(a), Some(b)) = (self.constant(a), self.constant(b)) {
            return self.number(binary(op, a, b));
        }
        if let Some(id) = self.simplified(op, a, b) {
            return id;
        }
        let (x, y) = (self.info(a), self.info(b));
        let fixed = x.fixed && y.fixed;
        let (min, max) = interval(op, x, y);
        let info = |narrow| Info {
            min,
            max,
            narrow,
            fixed,
        };
        if x.narrow && y.narrow && exact(op, x, y, max) {
            return self.add(
                Node::Binary {
                    op,
                    a,
                    b,
                    narrow: true,
                },
                info(true),
            );
        }
        if op == BinOp::And && max <= NARROW {
            let (a, b) = (self.low(a), self.low(b));
            return self.add(
                Node::Binary {
                    op,
                    a,
                    b,
                    narrow: true,
                },
                info(true),
            );
        }
        let signed = matches!(op, BinOp::LtS | BinOp::LeS);
        if signed && let (Some(a), Some(b)) = (self.word(a), self.word(b)) {
            return self.add(
                Node::Binary {
                    op,
                    a,
                    b,
                    narrow: true,
                },
                info(true),
            );
        }
        let (a, b) = (self.wide(a), self.wide(b));
        let wide = self.add(
            Node::Binary {
                op,
                a,
                b,
                narrow: false,
            },
            info(false),
        );
        if max <= NARROW {
            self.add(Node::Narrow(wide), info(true))
        } else {
            wide
        }
    }

    /// What needs no operation.
    fn simplified(&mut self, op: BinOp, a: Id, b: Id) -> Option<Id> {
        let (x, y) = (self.constant(a), self.constant(b));
        match (op, x, y) {
            (BinOp::Add | BinOp::Or | BinOp::Xor, Some(0), _) => Some(b),
            (BinOp::Add | BinOp::Sub | BinOp::Or | BinOp::Xor, _, Some(0)) => Some(a),
            (BinOp::Shl | BinOp::ShrU | BinOp::ShrS, _, Some(n)) if n % 64 == 0 => Some(a),
            (BinOp::Mul, Some(1), _) => Some(b),
            (BinOp::Mul, _, Some(1)) => Some(a),
            (BinOp::Mul | BinOp::And, Some(0), _) | (BinOp::Mul | BinOp::And, _, Some(0)) => {
                Some(self.number(0))
            }
            (BinOp::And, _, Some(mask))
                if mask.trailing_ones() + mask.leading_zeros() == 64
                    && self.info(a).max <= mask =>
            {
                Some(a)
            }
            (BinOp::And, Some(_), None) => Some(self.binary(op, b, a)),
            _ if a == b => match op {
                BinOp::Sub | BinOp::Xor | BinOp::Ne | BinOp::LtU | BinOp::LtS => {
                    Some(self.number(0))
                }
                BinOp::Eq | BinOp::LeU | BinOp::LeS => Some(self.number(1)),
                BinOp::And | BinOp::Or => Some(a),
                _ => None,
            },
            _ => None,
        }
    }

    /// A narrow value of which this one is the sign extension.
    fn word(&self, id: Id) -> Option<Id> {
        match self.node(id) {
            Node::Sext(32, a) => match self.node(a) {
                Node::Widen(a) => Some(a),
                _ => None,
            },
            _ => None,
        }
    }

    /// The same value in 64 bits.
    fn wide(&mut self, id: Id) -> Id {
        match self.info(id) {
            Info { narrow: false, .. } => id,
            info => self.add(
                Node::Widen(id),
                Info {
                    narrow: false,
                    ..info
                },
            ),
        }
    }

    /// The low half of a value.
    fn low(&mut self, id: Id) -> Id {
        let info = self.info(id);
        if info.narrow {
            return id;
        }
        let (min, max) = match info.max {
            0..=NARROW => (info.min, info.max),
            _ => (0, NARROW),
        };
        let half = Info {
            min,
            max,
            narrow: true,
            fixed: info.fixed,
        };
        match self.node(id) {
            Node::Const(value) => self.number(value & NARROW),
            Node::Widen(a) => a,
            Node::Sext(32.., a) => self.low(a),
            Node::Binary {
                op:
                    op @ (BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor),
                a,
                b,
                ..
            } => {
                let (a, b) = (self.low(a), self.low(b));
                self.add(
                    Node::Binary {
                        op,
                        a,
                        b,
                        narrow: true,
                    },
                    half,
                )
            }
            _ => self.add(Node::Narrow(id), half),
        }
    }

    /// The low bits, sign-extended to 64.
    pub(super) fn sext(&mut self, bits: u8, a: Id) -> Id {
        let info = self.info(a);
        if bits >= 64 || info.max < 1 << (bits - 1) {
            return a;
        }
        let a = self.wide(a);
        let info = Info {
            min: 0,
            max: u64::MAX,
            narrow: false,
            fixed: info.fixed,
        };
        self.add(Node::Sext(bits, a), info)
    }

    pub(super) fn select(&mut self, c: Id, a: Id, b: Id) -> Id {
        if let Some(c) = self.constant(c) {
            return if c == 0 { b } else { a };
        }
        if a == b {
            return a;
        }
        let c = if self.info(c).narrow {
            c
        } else {
            let zero = self.number(0);
            self.binary(BinOp::Ne, c, zero)
        };
        let narrow = self.info(a).narrow && self.info(b).narrow;
        let (a, b) = match narrow {
            true => (a, b),
            false => (self.wide(a), self.wide(b)),
        };
        let (x, y) = (self.info(a), self.info(b));
        let info = Info {
            min: x.min.min(y.min),
            max: x.max.max(y.max),
            narrow,
            fixed: self.info(c).fixed && x.fixed && y.fixed,
        };
        self.add(Node::Select { c, a, b }, info)
    }

    /// The residue.
    pub(super) fn residue(&mut self, a: Id) -> Id {
        let info = self.info(a);
        if let Some(value) = self.constant(a) {
            return self.number(value % self.modulus);
        }
        if info.max < self.modulus {
            return a;
        }
        let info = Info {
            min: 0,
            max: self.modulus - 1,
            narrow: true,
            fixed: info.fixed,
        };
        self.add(Node::Residue(a), info)
    }

    /// Calls `visit` with the operands of a value.
    pub(super) fn operands(&self, id: Id, mut visit: impl FnMut(Id)) {
        match self.node(id) {
            Node::Const(_) | Node::Input(_) | Node::Code(_) | Node::Is(_) => {}
            Node::Binary { a, b, .. } => {
                visit(a);
                visit(b);
            }
            Node::Select { c, a, b } => {
                visit(c);
                visit(a);
                visit(b);
            }
            Node::Sext(_, a) | Node::Widen(a) | Node::Narrow(a) | Node::Residue(a) => visit(a),
        }
    }

    /// The value of a fixed node, given those of its operands and the program word.
    pub(super) fn evaluate(
        &self,
        id: Id,
        value: impl Fn(Id) -> u64,
        code: &super::super::ProgramWord,
    ) -> u64 {
        match self.node(id) {
            Node::Const(value) => value,
            Node::Input(_) => 0,
            Node::Code(signal) => u64::from(super::super::fill::code_signal(code, signal)),
            Node::Is(set) => u64::from(self.sets[set as usize].contains(&code.instruction)),
            Node::Binary { op, a, b, narrow } => match narrow {
                false => binary(op, value(a), value(b)),
                true => narrow_binary(op, value(a), value(b)),
            },
            Node::Select { c, a, b } => value(if value(c) == 0 { b } else { a }),
            Node::Sext(bits, a) => sign_extend(bits, value(a)),
            Node::Widen(a) => value(a),
            Node::Narrow(a) => value(a) & NARROW,
            Node::Residue(a) => value(a) % self.modulus,
        }
    }
}

/// The low bits, sign-extended; 1 to 64 of them.
#[inline(always)]
pub(super) fn sign_extend(bits: u8, value: u64) -> u64 {
    let unused = 64 - u32::from(bits);
    ((value << unused).cast_signed() >> unused).cast_unsigned()
}

/// An operation on narrow values.
fn narrow_binary(op: BinOp, a: u64, b: u64) -> u64 {
    let extend = |x| sign_extend(32, x);
    match op {
        BinOp::LtS | BinOp::LeS => binary(op, extend(a), extend(b)),
        _ => binary(op, a, b) & NARROW,
    }
}

fn truth(fixed: bool) -> Info {
    Info {
        min: 0,
        max: 1,
        narrow: true,
        fixed,
    }
}

/// Whether an operation on narrow values, done modulo 2^32, gives the word of 64 bits, which is at most `max`.
fn exact(op: BinOp, a: Info, b: Info, max: u64) -> bool {
    match op {
        BinOp::Add | BinOp::Mul => max <= NARROW,
        BinOp::Sub => a.min >= b.max,
        BinOp::Shl => max <= NARROW && b.max < 32,
        BinOp::ShrU => b.max < 32,
        BinOp::And
        | BinOp::Or
        | BinOp::Xor
        | BinOp::Eq
        | BinOp::Ne
        | BinOp::LtU
        | BinOp::LeU
        | BinOp::MinU
        | BinOp::MaxU
        | BinOp::RemU => true,
        BinOp::DivU => b.min > 0,
        _ => false,
    }
}

/// Where the result of an operation on words of 64 bits lies.
fn interval(op: BinOp, a: Info, b: Info) -> (u64, u64) {
    let any = (0, u64::MAX);
    // All bits up to the highest one that either operand can have.
    let bits = u64::MAX
        .checked_shr((a.max | b.max).leading_zeros())
        .unwrap_or(0);
    match op {
        BinOp::Add => match a.max.checked_add(b.max) {
            Some(max) => (a.min + b.min, max),
            None => any,
        },
        BinOp::Sub if a.min >= b.max => (a.min - b.max, a.max - b.min),
        BinOp::Mul => match a.max.checked_mul(b.max) {
            Some(max) => (a.min * b.min, max),
            None => any,
        },
        BinOp::And => (0, a.max.min(b.max)),
        BinOp::Or | BinOp::Xor => (0, bits),
        BinOp::Shl if b.max < 64 && a.max.leading_zeros() as u64 >= b.max => {
            (a.min << b.min, a.max << b.max)
        }
        BinOp::ShrU if b.max < 64 => (a.min >> b.max, a.max >> b.min),
        BinOp::ShrU => (0, a.max),
        BinOp::DivU if b.min > 0 => (a.min / b.max, a.max / b.min),
        BinOp::RemU if b.min > 0 => (0, a.max.min(b.max - 1)),
        BinOp::RemU => (0, a.max),
        BinOp::MinU => (a.min.min(b.min), a.max.min(b.max)),
        BinOp::MaxU => (a.min.max(b.min), a.max.max(b.max)),
        BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU | BinOp::LtS | BinOp::LeS => (0, 1),
        _ => any,
    }
}
