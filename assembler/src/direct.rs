//! The most direct way from a statement to its word, for instructions with registers and a number in one of the usual
//! orders, written the usual way: each piece is read for what it has to be, and put into the word by a shift.
//!
//! It is for texts in which hardly a statement occurs twice. What it does not know is left to the other ways.

use crate::field::Plain;
use crate::lexicon::ShortNames;
use crate::scan::{Kind, Shape, blanks_end, open_number, open_token};

/// Registers in an operand list.
const MAX_REGISTERS: usize = 3;

/// The usual orders of operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// `rd, rs1, rs2`
    ThreeRegisters,
    /// `rd, rs1, number`
    RegistersAndNumber,
    /// `rd, number(rs1)`
    Access,
    /// `rd, rs1`
    TwoRegisters,
    /// `rd, number`
    RegisterAndNumber,
}

impl Order {
    const ALL: [(Self, &'static [Kind]); 5] = {
        use Kind::{Close, Comma, Number, Open, Register};
        [
            (
                Self::ThreeRegisters,
                &[Register, Comma, Register, Comma, Register],
            ),
            (
                Self::RegistersAndNumber,
                &[Register, Comma, Register, Comma, Number],
            ),
            (
                Self::Access,
                &[Register, Comma, Number, Open, Register, Close],
            ),
            (Self::TwoRegisters, &[Register, Comma, Register]),
            (Self::RegisterAndNumber, &[Register, Comma, Number]),
        ]
    };

    /// The order of an operand list of this shape.
    fn of(shape: Shape) -> Option<Self> {
        let shape_of = |kinds: &[Kind]| kinds.iter().try_fold(0, |shape, kind| kind.behind(shape));
        let found = Self::ALL
            .iter()
            .find(|(_, kinds)| shape_of(kinds) == Some(shape))?;
        Some(found.0)
    }
}

/// An instruction of four bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Direct {
    /// Index of the instruction.
    pub instruction: u32,
    order: Order,
    /// The word without operands.
    word: u32,
    /// The lowest bits of the registers, in the order in which they are written; those that do not exist are at zero.
    shifts: [u8; MAX_REGISTERS],
    number: Plain,
}

impl Direct {
    /// An instruction whose operand lists have this shape, with the encoding of each item of the list; none if it is
    /// too special.
    pub fn new(instruction: u32, word: u32, shape: Shape, items: &[Plain]) -> Option<Self> {
        let order = Order::of(shape)?;
        let number_at = match order {
            Order::ThreeRegisters | Order::TwoRegisters => None,
            Order::RegistersAndNumber => Some(2),
            Order::Access | Order::RegisterAndNumber => Some(1),
        };
        let mut shifts = [0; MAX_REGISTERS];
        let mut registers = 0;
        for (i, item) in items.iter().enumerate() {
            if number_at != Some(i) {
                *shifts.get_mut(registers)? = item.whole_register()?;
                registers += 1;
            }
        }
        Some(Self {
            instruction,
            order,
            word,
            shifts,
            number: *items.get(number_at.unwrap_or(0))?,
        })
    }

    /// The word for the operands that begin here, and the end of the statement; none if they are not as they usually
    /// are.
    ///
    /// What ends a token needs no look of its own: a punctuation mark or the end of the statement is asked for behind it.
    #[inline]
    pub fn read(&self, names: &ShortNames, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        let [first, second, third] = self.shifts;
        let reader = Reader { names, bytes };
        let (a, at) = reader.register(blanks_end(bytes, at), first)?;
        let at = reader.comma(at)?;
        let (word, end) = match self.order {
            Order::ThreeRegisters => {
                let (b, at) = reader.register(at, second)?;
                let (c, at) = reader.register(reader.comma(at)?, third)?;
                (a | b | c, at)
            }
            Order::RegistersAndNumber => {
                let (b, at) = reader.register(at, second)?;
                let (c, at) = reader.number(reader.comma(at)?, &self.number)?;
                (a | b | c, at)
            }
            Order::Access => {
                let (b, at) = reader.number(at, &self.number)?;
                let (c, at) = reader.register(reader.mark(at, b'(')?, second)?;
                (a | b | c, reader.mark(at, b')')?)
            }
            Order::TwoRegisters => {
                let (b, at) = reader.register(at, second)?;
                (a | b, at)
            }
            Order::RegisterAndNumber => {
                let (b, at) = reader.number(at, &self.number)?;
                (a | b, at)
            }
        };
        let end = blanks_end(bytes, end);
        matches!(bytes.get(end)?, b'\n' | b';' | b'#').then_some((self.word | word, end))
    }
}

/// Reads the pieces of an operand list, each where it has to be; the place behind it with what it is.
#[derive(Clone, Copy)]
struct Reader<'t> {
    names: &'t ShortNames,
    bytes: &'t [u8],
}

impl Reader<'_> {
    /// The bits of a register.
    #[inline]
    fn register(self, at: usize, shift: u8) -> Option<(u32, usize)> {
        let (name, length) = open_token(self.bytes, at)?;
        Some((self.names.get(name)? << shift, at + length))
    }

    /// The bits of a number.
    #[inline]
    fn number(self, at: usize, plain: &Plain) -> Option<(u32, usize)> {
        let (value, end) = open_number(self.bytes, at)?;
        Some((plain.encode(value)?, end))
    }

    #[inline]
    fn mark(self, at: usize, mark: u8) -> Option<usize> {
        (self.bytes.get(at) == Some(&mark)).then_some(at + 1)
    }

    #[inline]
    fn comma(self, at: usize) -> Option<usize> {
        Some(blanks_end(self.bytes, self.mark(at, b',')?))
    }
}
