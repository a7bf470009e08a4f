//! A filter for the output of other disassemblers: what they do not know gets its instruction as a comment.
//!
//! Everything else is passed on byte for byte, whatever it is. A line is looked at only up to a fixed length, so that
//! memory does not depend on the input.

use crate::disasm::{DisasmOptions, Disassembler};
use std::io::{self, BufRead, Write};
use zktr_isa::Spec;

/// Longer lines are nobody's disassembly.
const MAX_LINE: usize = 1 << 12;

/// How disassemblers print an instruction that they do not know: GNU objdump of several versions, LLVM's, QEMU. Behind
/// some follows the word as a number. The first ones stand for data as well.
const UNKNOWN: [(&str, Width); 11] = [
    (".word", Width::Data),
    (".short", Width::Data),
    (".insn\t4,", Width::Word),
    (".insn 4,", Width::Word),
    (".insn\t2,", Width::Word),
    (".insn 2,", Width::Word),
    (".4byte", Width::Word),
    (".2byte", Width::Word),
    ("<unknown>", Width::Column),
    ("unknown", Width::Column),
    ("illegal", Width::Column),
];

/// Where the word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    /// Behind the directive, which may stand for data.
    Data,
    /// Behind the directive.
    Word,
    /// In the column of bytes.
    Column,
}

/// Passes on the output of a disassembler, with a comment behind each word that only the spec knows. The width of
/// registers is that of `options` until a line says `elf32-` or `elf64-`.
///
/// # Errors
/// Errors of input and output.
pub fn filter(
    spec: &Spec,
    options: &DisasmOptions,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut filter = Filter::new(spec, options);
    let mut line = Vec::new();
    loop {
        line.clear();
        let more = read_line(input, &mut line)?;
        let whole = line.last() == Some(&b'\n') || !more;
        let comment = if whole { filter.comment(&line) } else { None };
        let end = line
            .iter()
            .rposition(|byte| !matches!(byte, b'\r' | b'\n'))
            .map_or(0, |last| last + 1);
        match comment {
            Some(comment) => {
                out.write_all(&line[..end])?;
                write!(out, "\t# {comment}")?;
                out.write_all(&line[end..])?;
            }
            None => out.write_all(&line)?,
        }
        if !more {
            return out.flush();
        }
        if !whole {
            pass_line(input, out)?;
        }
    }
}

/// Reads up to the end of a line or to the longest one: false at the end of the input.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    while line.len() < MAX_LINE {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let room = MAX_LINE - line.len();
        let end = bytes.iter().take(room).position(|&byte| byte == b'\n');
        let length = end.map_or(bytes.len().min(room), |end| end + 1);
        line.extend_from_slice(&bytes[..length]);
        input.consume(length);
        if end.is_some() {
            break;
        }
    }
    Ok(true)
}

/// Passes on the rest of a long line.
fn pass_line(input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
    loop {
        let bytes = input.fill_buf()?;
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        out.write_all(&bytes[..length])?;
        input.consume(length);
        if end.is_some() || length == 0 {
            return Ok(());
        }
    }
}

struct Filter<'s> {
    spec: &'s Spec,
    style: DisasmOptions,
    disassembler: Disassembler<'s>,
}

impl<'s> Filter<'s> {
    fn new(spec: &'s Spec, options: &DisasmOptions) -> Self {
        Self {
            spec,
            style: options.clone(),
            disassembler: Disassembler::new(spec, options),
        }
    }

    /// What is to be said about a line.
    fn comment(&mut self, line: &[u8]) -> Option<String> {
        let line = std::str::from_utf8(line).ok()?;
        for (format, xlen) in [("elf32-", 32), ("elf64-", 64)] {
            if line.contains("file format") && line.contains(format) && self.style.xlen != xlen {
                self.style.xlen = xlen;
                self.disassembler = Disassembler::new(self.spec, &self.style);
            }
        }
        // `  40:\t12c5f57b\t...`
        let (address, rest) = line.split_once(':')?;
        let address = address.trim_start().trim_start_matches("0x");
        let address = u64::from_str_radix(address, 16).ok()?;
        let (start, width) = UNKNOWN.iter().find_map(|(text, width)| {
            let start = rest.find(text)?;
            let before = rest[..start].chars().next_back()?;
            before.is_whitespace().then_some((start, *width))
        })?;
        let digits = match width {
            Width::Column => rest[..start].trim().to_owned(),
            _ => rest[start..].split("0x").nth(1)?.trim_end().to_owned(),
        };
        let word = word(&digits)?;
        let bytes = word.to_le_bytes();
        let decoded = self.spec.decode_bytes(&bytes, self.style.xlen).ok()?;
        let instruction = &self.spec.instructions[decoded.instruction];
        // A number among data is an instruction of the base by chance.
        if width == Width::Data && !instruction.extension.starts_with('X') {
            return None;
        }
        let line = self.disassembler.lines(&bytes, address).next()?;
        Some(line.text.replace('\t', " "))
    }
}

/// A word in hexadecimal digits, or its bytes from the lowest on.
fn word(digits: &str) -> Option<u32> {
    if !digits.contains(' ') {
        return u32::from_str_radix(digits, 16).ok();
    }
    let mut word = 0u32;
    for (i, byte) in digits.split_whitespace().enumerate() {
        let byte = u8::from_str_radix(byte, 16).ok()?;
        word |= u32::from(byte).checked_shl(8 * u32::try_from(i).ok()?)?;
    }
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINE, filter};
    use crate::disasm::DisasmOptions;
    use zktr_isa::Spec;

    fn filtered(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let spec = Spec::builtin();
        // A small buffer, so that lines come in pieces.
        let mut input = std::io::BufReader::with_capacity(7, text);
        filter(&spec, &DisasmOptions::default(), &mut input, &mut out).unwrap();
        out
    }

    #[test]
    fn what_others_do_not_know() {
        let spec = Spec::builtin();
        let word = spec
            .encode(spec.instruction("zktr.rlc").unwrap(), &[10, 11, 12])
            .unwrap();
        let comment = "\t# zktr.rlc a0,a1,a2";
        let spaced: Vec<String> = word
            .to_le_bytes()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        for line in [
            format!("   0:\t{word:08x}          \t.4byte\t{word:#x}"),
            format!("   0:\t{word:08x}          \t.insn\t4, {word:#010x}"),
            format!("   0:\t{word:08x}          \t.word\t{word:#010x}"),
            format!("       0: {word:08x}     \t<unknown>"),
            format!("       0: {} \t<unknown>", spaced.join(" ")),
            format!("0x00001000:  {word:08x}          illegal"),
            format!("   0:\t.4byte\t{word:#x}"),
        ] {
            for end in ["", "\n", "\r\n"] {
                let out = filtered(format!("{line}{end}").as_bytes());
                let expected = format!("{line}{comment}{end}");
                assert_eq!(String::from_utf8_lossy(&out), expected);
            }
        }
    }

    #[test]
    fn all_else_is_passed_on() {
        let long = format!("   0:\t{}\t.4byte\t0x7b\n", "0".repeat(3 * MAX_LINE));
        for text in [
            &b""[..],
            b"\n\n",
            b"   0:\t00000013          \tnop\n",
            b"   4:\t00000013          \t.word\t0x00000013\n",
            b"   4:\tffffffff          \t.4byte\t0xffffffff\n",
            b"   8:\t0000007b \t.insn\t4, 0xzz\n",
            b"   8:\t.4byte\t0x12345678901234567890\n",
            b"x:\t0200007b\t.4byte\t0x200007b\n",
            b"   0:\t\xff\xfe\t.4byte\t0x7b\n",
            b".4byte\n:\n::\n0:\n0: .4byte 0x\n",
            long.as_bytes(),
        ] {
            assert_eq!(filtered(text), text);
        }
    }
}
