//! Reading a statement by its bytes: names and numbers eight bytes at a time, and operand lists as shapes.
//!
//! What is read here means the same to the [lexer](crate::lex); what it does not know is left to it.

use crate::lex::in_name;
use crate::lexicon::Word;
use crate::section::Modifier;
use crate::tables::Names;

/// Operands, of the pieces that an operand list can have.
pub(crate) const MAX_ITEMS: usize = 8;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Which bytes of a word are at least `bound`, by their high bits; all of them have to be below 0x80.
fn at_least(word: u64, bound: u8) -> u64 {
    word + LOW * u64::from(0x80 - bound)
}

/// Which bytes of a word are from `first` to `last`, by their high bits; all of them have to be below 0x80.
fn within(word: u64, first: u8, last: u8) -> u64 {
    at_least(word, first) & !at_least(word, last + 1)
}

/// Eight bytes from a place, if there are so many.
#[inline]
fn block(bytes: &[u8], at: usize) -> Option<u64> {
    let block = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*block))
}

/// Behind the bytes of a name that begins here.
#[inline]
pub(crate) fn name_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(word) = block(bytes, at) {
        let ascii = word & !HIGH;
        // An upper-case letter becomes a lower-case one, and what is none stays none.
        let letters = within(ascii | (LOW * 0x20), b'a', b'z');
        let others =
            within(ascii, b'_', b'_') | within(ascii, b'.', b'.') | within(ascii, b'$', b'$');
        let named = letters | within(ascii, b'0', b'9') | others | word;
        let end = !named & HIGH;
        if end != 0 {
            return at + (end.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|&&b| in_name(b)).count()
}

/// The first eight bytes of a token that ends among them, filled up with zeros; and its length, which may be zero. What
/// ends it is below `0`, as blanks, commas, parentheses and line breaks are, and no part of a name or a number.
#[inline]
pub(crate) fn short_token(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let (word, length) = open_token(bytes, at)?;
    is_delimiter(*bytes.get(at + length)?).then_some((word, length))
}

/// The same, whatever below `0` ends it: that it is no part of the token remains to be seen.
#[inline]
pub(crate) fn open_token(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let word = block(bytes, at)?;
    let end = !at_least(word & !HIGH, b'0') & !word & HIGH;
    if end == 0 {
        return None;
    }
    let shift = end.trailing_zeros() & !7;
    Some((word & !(u64::MAX << shift), (shift / 8) as usize))
}

/// A decimal number of at most seven digits, with a sign or none and a delimiter behind it; and where it ends.
#[inline]
pub(crate) fn short_number(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let (value, end) = open_number(bytes, start)?;
    is_delimiter(*bytes.get(end)?).then_some((value, end))
}

/// The same, whatever below `0` ends it, as in [`open_token`].
#[inline]
pub(crate) fn open_number(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let negative = bytes.get(start) == Some(&b'-');
    let start = start + usize::from(negative);
    let (word, length) = open_token(bytes, start)?;
    // Behind a leading zero it is octal or hexadecimal.
    let plain = length == 1 || length > 1 && word as u8 != b'0';
    // At the upper end of the word.
    let word = word.checked_shl(64 - 8 * length as u32)?;
    let filled = word | (LOW * 0x30) & !(u64::MAX << (64 - 8 * length));
    if !plain || word & HIGH != 0 || within(filled, b'0', b'9') & HIGH != HIGH {
        return None;
    }
    let value = eight_digits(word) as i64;
    Some((if negative { -value } else { value }, start + length))
}

/// Powers of ten, up to that of as many digits as a block has.
const TENS: [u64; 9] = [
    1,
    10,
    100,
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// A decimal number of 64 bits that begins here, and where it ends.
#[inline]
fn decimal(bytes: &[u8], start: usize) -> Option<(u64, usize)> {
    let (mut value, mut at) = (0u64, start);
    loop {
        let Some(word) = block(bytes, at) else {
            while let Some(digit) = bytes.get(at).filter(|b| b.is_ascii_digit()) {
                value = value
                    .checked_mul(10)?
                    .checked_add(u64::from(digit - b'0'))?;
                at += 1;
            }
            break;
        };
        let end = !within(word & !HIGH, b'0', b'9') & HIGH | word & HIGH;
        let length = (end.trailing_zeros() / 8) as usize;
        if length > 0 {
            let digits = eight_digits(word << (64 - 8 * length));
            value = value.checked_mul(TENS[length])?.checked_add(digits)?;
            at += length;
        }
        if length < 8 {
            break;
        }
    }
    // A leading zero makes it octal.
    let octal = at > start + 1 && bytes[start] == b'0';
    (at > start && !octal).then_some((value, at))
}

/// The number that eight bytes are, the first being the lowest: digits, or zero bytes before them. Neighbours are
/// joined to numbers of two digits, these to numbers of four, and these to the whole.
fn eight_digits(word: u64) -> u64 {
    let digits = word & (LOW * 0xf);
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff
}

/// A number in decimal, or in hexadecimal behind `0x`, that begins here and has at most 64 bits; and where it ends.
#[inline]
pub(crate) fn number(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let negative = bytes.get(start) == Some(&b'-');
    let start = start + usize::from(negative);
    let hexadecimal =
        bytes.get(start) == Some(&b'0') && matches!(bytes.get(start + 1), Some(b'x' | b'X'));
    let (value, end) = if hexadecimal {
        let digits = start + 2;
        let (mut value, mut at) = (0u64, digits);
        while let Some(digit) = bytes.get(at).and_then(|&b| (b as char).to_digit(16)) {
            value = (value << 4) | u64::from(digit);
            at += 1;
        }
        if !(1..=16).contains(&(at - digits)) {
            return None;
        }
        (value, at)
    } else {
        decimal(bytes, start)?
    };
    let value = value as i64;
    let value = if negative {
        value.wrapping_neg()
    } else {
        value
    };
    Some((value, end))
}

/// Past the blanks that begin here.
#[inline]
pub(crate) fn blanks_end(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// The kinds of pieces of an operand list, in their order: four bits for each, the last one lowest. No kind is zero.
pub(crate) type Shape = u64;

/// A kind of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A register.
    Register = 1,
    /// A number.
    Number,
    /// A name that is not a register.
    Symbol,
    /// `%modifier(symbol)`
    Modified,
    /// `,`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
}

impl Kind {
    /// A shape with another piece; none if it is full.
    #[inline]
    pub fn behind(self, shape: Shape) -> Option<Shape> {
        (shape >> 60 == 0).then_some(shape << 4 | self as u64)
    }

    /// Of a punctuation mark.
    pub fn of_mark(mark: char) -> Option<Self> {
        match mark {
            ',' => Some(Self::Comma),
            '(' => Some(Self::Open),
            ')' => Some(Self::Close),
            _ => None,
        }
    }
}

/// A range of the text.
pub(crate) type Range = (usize, usize);

/// A symbol in an operand list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Symbol {
    /// Which of the items it is.
    pub item: usize,
    /// What is taken of it.
    pub modifier: Modifier,
    /// Its name.
    pub name: Range,
    /// The operand that it is in.
    pub operand: Range,
}

/// An operand list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operands {
    /// Its pieces.
    pub shape: Shape,
    /// Those that are not punctuation marks: numbers of registers, numbers, and zero for a symbol.
    pub items: [i64; MAX_ITEMS],
    /// The only symbol.
    pub symbol: Option<Symbol>,
    /// Where the statement ends.
    pub end: usize,
}

impl Operands {
    /// The operands that begin here, up to the statement's end; none if anything else is among them.
    #[inline]
    pub fn read(names: &Names, bytes: &[u8], at: usize) -> Option<Self> {
        let mut this = Self {
            shape: 0,
            items: [0; MAX_ITEMS],
            symbol: None,
            end: at,
        };
        let mut count = 0;
        loop {
            let at = blanks_end(bytes, this.end);
            let byte = bytes.get(at)?;
            let (kind, value, end) = match byte {
                b'\n' | b';' | b'#' => {
                    this.end = at;
                    return Some(this);
                }
                b',' => (Kind::Comma, None, at + 1),
                b'(' => (Kind::Open, None, at + 1),
                b')' => (Kind::Close, None, at + 1),
                b'0'..=b'9' | b'-' => {
                    let (value, end) = match short_number(bytes, at) {
                        Some(number) => number,
                        None => number(bytes, at)?,
                    };
                    // What follows directly may belong to it.
                    if !is_delimiter(*bytes.get(end)?) {
                        return None;
                    }
                    (Kind::Number, Some(value), end)
                }
                b'%' => {
                    let name = (at + 1, name_end(bytes, at + 1));
                    let modifier = Modifier::of_operand(bytes.get(name.0..name.1)?)?;
                    let symbol = in_parentheses(bytes, name.1)?;
                    let whole = (at, symbol.1 + 1);
                    this.set_symbol(count, modifier, symbol, whole)?;
                    (Kind::Modified, Some(0), whole.1)
                }
                &byte if in_name(byte) => match names.register_at(bytes, at) {
                    Some((number, end)) => (Kind::Register, Some(number.into()), end),
                    None => {
                        let end = name_end(bytes, at);
                        let word = Word::at(bytes, at, end - at);
                        match word.and_then(|word| names.register_word(word)) {
                            Some(number) => (Kind::Register, Some(number.into()), end),
                            None if bytes.get(at..end)? == b"." => return None,
                            None => {
                                this.set_symbol(count, Modifier::None, (at, end), (at, end))?;
                                (Kind::Symbol, Some(0), end)
                            }
                        }
                    }
                },
                _ => return None,
            };
            if let Some(value) = value {
                *this.items.get_mut(count)? = value;
                count += 1;
            }
            this.shape = kind.behind(this.shape)?;
            this.end = end;
        }
    }

    fn set_symbol(
        &mut self,
        item: usize,
        modifier: Modifier,
        name: Range,
        operand: Range,
    ) -> Option<()> {
        let symbol = Symbol {
            item,
            modifier,
            name,
            operand,
        };
        self.symbol.replace(symbol).is_none().then_some(())
    }
}

/// Nothing in this byte belongs to the number before it.
#[inline]
pub(crate) fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b'(' | b')' | b' ' | b'\t' | b'\n' | b';' | b'#'
    )
}

/// The name in `(name)`, with nothing else between the parentheses.
fn in_parentheses(bytes: &[u8], at: usize) -> Option<Range> {
    let start = at + 1;
    let end = name_end(bytes, start);
    let name = bytes.get(start..end)?;
    let fits = bytes.get(at) == Some(&b'(') && bytes.get(end) == Some(&b')');
    let named = name.first().is_some_and(|b| !b.is_ascii_digit()) && name != b".";
    (fits && named).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex::{self, Lexer, Tok};
    use proptest::prelude::*;

    fn whole(text: &str) -> Option<i64> {
        // With more behind it, and at the end of a text.
        let short = number(text.as_bytes(), 0);
        let long = format!("{text},           ");
        assert_eq!(number(long.as_bytes(), 0), short, "{text}");
        short
            .filter(|&(_, end)| end == text.len())
            .map(|(value, _)| value)
    }

    #[test]
    fn numbers_are_those_of_the_lexer() {
        for (text, value) in [
            ("0", 0),
            ("-5", -5),
            ("0x1F", 31),
            ("-0x10", -16),
            ("2047", 2047),
            ("12345678", 12_345_678),
            ("123456789", 123_456_789),
            ("99999999999999999", 99_999_999_999_999_999),
            ("18446744073709551615", -1),
            ("0xffffffffffffffff", -1),
            ("-18446744073709551615", 1),
        ] {
            assert_eq!(whole(text), Some(value), "{text}");
        }
        // Left to the general way.
        for text in [
            "",
            "017",
            "0x",
            "1f",
            "18446744073709551616",
            "100000000000000000000000",
            "-",
            "0b1",
            "0x12345678123456789",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn short_tokens_end_at_delimiters() {
        let token = |text: &str| short_token(text.as_bytes(), 0);
        assert_eq!(token("a0,xxxxxx"), Some((0x3061, 2)));
        assert_eq!(token("1234567)x"), Some((0x37_3635_3433_3231, 7)));
        assert_eq!(token(",a0,a1,a2"), Some((0, 0)));
        // At the end of a text, longer, or with something behind it that may belong to it.
        for text in [
            "a0,",
            "12345678,",
            "a0.x,a1,a2",
            "a0$,a1,a2",
            "a0:,a1,a2",
            "a\u{e9},a1,a2,",
        ] {
            assert!(token(text).is_none_or(|(_, length)| length > 2), "{text}");
        }
    }

    proptest! {
        #[test]
        fn short_numbers_are_numbers(text in "-?[0-9a-fx]{0,9}", behind in "[ ,;)(#\n.]{1,9}") {
            let line = format!("{text}{behind}");
            if let Some(short) = short_number(line.as_bytes(), 0) {
                prop_assert_eq!(number(line.as_bytes(), 0), Some(short));
            }
        }

        #[test]
        fn names_end_where_the_lexer_ends_them(text in "[a-zA-Z0-9_.$é@`{\\[/:-]{0,20}\\PC{0,12}") {
            let expected = text.bytes().take_while(|&b| in_name(b)).count();
            prop_assert_eq!(name_end(text.as_bytes(), 0), expected);
        }

        #[test]
        fn every_byte_is_told_apart(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            let expected = bytes.iter().take_while(|&&b| in_name(b)).count();
            prop_assert_eq!(name_end(&bytes, 0), expected);
            let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
            if let Some((_, end)) = decimal(&bytes, 0) {
                prop_assert_eq!(end, digits);
            }
        }

        #[test]
        fn values_are_those_of_the_lexer(text in "-?(0x)?[0-9a-f]{1,20}", behind in "[ ,;]{1,9}") {
            let line = format!("{text}{behind}");
            if let Some((value, end)) = number(line.as_bytes(), 0).filter(|&(_, end)| end == text.len()) {
                let digits = text.strip_prefix('-').unwrap_or(&text);
                let token = Lexer::at(digits, 0).next();
                prop_assert_eq!(token.kind, Tok::Number);
                prop_assert_eq!(token.loc.end as usize, digits.len());
                let expected = lex::number_value(digits).unwrap() as i64;
                let negative = text.len() > digits.len();
                prop_assert_eq!(value, if negative { expected.wrapping_neg() } else { expected });
                prop_assert_eq!(end, text.len());
            }
        }
    }
}
