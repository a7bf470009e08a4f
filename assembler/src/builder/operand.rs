//! What operands can be, each kind a type of its own.

use std::sync::Arc;

/// An integer register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg(u8);

impl Reg {
    /// The register with this number.
    ///
    /// # Panics
    /// A number above 31: in a constant, that is an error of the compiler.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        assert!(number < 32, "there are 32 registers");
        Self(number)
    }

    /// Its number, from 0 to 31.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A floating-point register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FloatReg(u8);

impl FloatReg {
    /// The register with this number.
    ///
    /// # Panics
    /// A number above 31: in a constant, that is an error of the compiler.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        assert!(number < 32, "there are 32 registers");
        Self(number)
    }

    /// Its number, from 0 to 31.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A control and status register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Csr(u16);

impl Csr {
    /// The register with this number.
    ///
    /// # Panics
    /// A number above 4095: in a constant, that is an error of the compiler.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        assert!(number < 4096, "CSR numbers have 12 bits");
        Self(number)
    }

    /// Its number, from 0 to 4095.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The accesses that a fence orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Accesses(u8);

impl Accesses {
    /// Input of devices.
    pub const I: Self = Self(8);
    /// Output to devices.
    pub const O: Self = Self(4);
    /// Reads of memory.
    pub const R: Self = Self(2);
    /// Writes of memory.
    pub const W: Self = Self(1);
    /// Reads and writes of memory.
    pub const RW: Self = Self(3);
    /// All of them.
    pub const IORW: Self = Self(15);

    /// These, and others.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub(super) fn bits(self) -> i64 {
        self.0.into()
    }
}

/// A place in a program or a symbol of another one, plus a constant. It belongs to the builder that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub(super) name: Arc<str>,
    /// Index among the builder's labels; none for a symbol, which need not be defined.
    pub(super) index: Option<usize>,
    /// Which builder.
    pub(super) owner: u32,
    pub(super) addend: i64,
}

impl Label {
    /// The place this many bytes behind it.
    #[must_use]
    pub fn plus(&self, bytes: i64) -> Self {
        Self {
            addend: self.addend.wrapping_add(bytes),
            ..self.clone()
        }
    }

    /// `%hi(label)`: the upper 20 bits of its address, rounded so that [`Label::lo`] can be added.
    #[must_use]
    pub fn hi(&self) -> Imm {
        self.part("hi")
    }

    /// `%lo(label)`: the low 12 bits of its address, with a sign.
    #[must_use]
    pub fn lo(&self) -> Imm {
        self.part("lo")
    }

    /// `%pcrel_hi(label)`: like [`Label::hi`], of its distance from the instruction.
    #[must_use]
    pub fn pcrel_hi(&self) -> Imm {
        self.part("pcrel_hi")
    }

    /// `%pcrel_lo(label)`: the low part that belongs to the `auipc` at this label.
    #[must_use]
    pub fn pcrel_lo(&self) -> Imm {
        self.part("pcrel_lo")
    }

    /// `%got_pcrel_hi(label)`: like [`Label::pcrel_hi`], of its entry in the global offset table.
    #[must_use]
    pub fn got_pcrel_hi(&self) -> Imm {
        self.part("got_pcrel_hi")
    }

    fn part(&self, modifier: &'static str) -> Imm {
        Imm(Operand::Part(modifier, self.clone()))
    }
}

/// An immediate: a number, or a part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imm(Operand);

/// Where a branch or jump goes: a label, or a number of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Operand);

/// An operand of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A register.
    Reg(Reg),
    /// A floating-point register.
    FloatReg(FloatReg),
    /// A number.
    Number(i64),
    /// A label.
    Label(Label),
    /// A part of a label's address: the name of a relocation operator.
    Part(&'static str, Label),
    /// A control and status register.
    Csr(Csr),
    /// Accesses that a fence orders.
    Accesses(Accesses),
}

impl Operand {
    /// For messages.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Reg(_) => "a register",
            Self::FloatReg(_) => "a floating-point register",
            Self::Number(_) => "a number",
            Self::Label(_) => "a label",
            Self::Part(..) => "a part of an address",
            Self::Csr(_) => "a CSR",
            Self::Accesses(_) => "a set of accesses",
        }
    }
}

/// Conversions into operands.
macro_rules! from {
    ($($from:ty => $to:ty: $convert:expr;)*) => {
        $(impl From<$from> for $to {
            fn from(value: $from) -> Self {
                $convert(value)
            }
        })*
    };
}

from! {
    Reg => Operand: Operand::Reg;
    FloatReg => Operand: Operand::FloatReg;
    Csr => Operand: Operand::Csr;
    Accesses => Operand: Operand::Accesses;
    Label => Operand: Operand::Label;
    &Label => Operand: |label: &Label| Operand::Label(label.clone());
    Imm => Operand: |imm: Imm| imm.0;
    Target => Operand: |target: Target| target.0;
    i64 => Operand: Operand::Number;
    i32 => Operand: |n: i32| Operand::Number(n.into());
    u32 => Operand: |n: u32| Operand::Number(n.into());
    i64 => Imm: |n: i64| Imm(n.into());
    i32 => Imm: |n: i32| Imm(n.into());
    u32 => Imm: |n: u32| Imm(n.into());
    Label => Target: |label: Label| Target(label.into());
    &Label => Target: |label: &Label| Target(label.into());
    i64 => Target: |n: i64| Target(n.into());
    i32 => Target: |n: i32| Target(n.into());
}
