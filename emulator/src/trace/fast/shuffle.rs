//! Rows from columns and columns from rows: sixteen words at a time, as vector registers of AVX-512 hold.
//!
//! [`Shuffle`] has several operations, first of all two: [`columns`](Shuffle::columns) takes sixteen lines apart into sixteen columns, or the other way round, and [`assemble`](Shuffle::assemble) makes sixteen adjacent cells of some rows, each cell
//! one to four adjacent bytes of a word of a source, which is one byte permutation for each source. Where the processor has no permutation of the bytes of a whole
//! register (AVX-512 VBMI), the same is done with loops that the compiler makes of them what it can.
//!
//! # Safety
//! All that is unsafe here is the use of instructions that the processor may not have: a [`Shuffle`] that says that they are there is only
//! made by [`Shuffle::detect`], which has asked. Vectors are loaded from and stored to arrays.

use super::program::BLOCK;
use super::source::{Line, WORDS};

/// How words are moved on this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shuffle {
    #[cfg(target_arch = "x86_64")]
    vbmi: bool,
}

/// What some cells of sixteen adjacent ones take from one source.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Which source.
    pub(super) source: usize,
    /// The byte of the source that each byte of the cells is.
    bytes: [u8; 4 * WORDS],
    /// Bytes of cells that are taken from it, the others being zero.
    taken: u64,
    /// The same for words: which one, how far it is shifted down, and what is left of it.
    words: [u8; WORDS],
    shifts: [u32; WORDS],
    masks: [u32; WORDS],
}

/// Bytes of a word of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) source: usize,
    pub(super) word: usize,
    /// The lowest byte.
    pub(super) byte: u32,
    /// How many.
    pub(super) len: u32,
}

impl Part {
    pub(super) fn new(source: usize) -> Self {
        Self {
            source,
            bytes: [0; 4 * WORDS],
            taken: 0,
            words: [0; WORDS],
            shifts: [0; WORDS],
            masks: [0; WORDS],
        }
    }

    /// A cell is this field of the source.
    pub(super) fn set(&mut self, cell: usize, field: Field) {
        let len = field.len.min(4 - field.byte);
        self.words[cell] = field.word as u8;
        self.shifts[cell] = 8 * field.byte;
        self.masks[cell] = ((1u64 << (8 * len)) - 1) as u32;
        for byte in 0..len {
            let to = 4 * cell + byte as usize;
            self.bytes[to] = (4 * field.word as u32 + field.byte + byte) as u8;
            self.taken |= 1 << to;
        }
    }
}

/// At most sixteen rows of which some adjacent cells are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a> {
    /// The lines of each source.
    pub(super) sources: &'a [[&'a Line; WORDS]],
    /// For each row, what is added to the parts, which do not overlap it.
    pub(super) base: &'a [&'a Line; WORDS],
    /// How many rows there are; the other lines are not looked at.
    pub(super) rows: usize,
}

impl Shuffle {
    /// The best way that there is on this machine.
    pub(super) fn detect() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            vbmi: is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("popcnt"),
        }
    }

    /// The words of sixteen lines, by their place in the line.
    #[inline(always)]
    pub(super) fn columns(self, lines: &[&Line; WORDS], to: &mut [Line; WORDS]) {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            // SAFETY: see the module.
            unsafe { vbmi::transpose(lines, to) };
            return;
        }
        for (row, line) in lines.iter().enumerate() {
            for (column, word) in to.iter_mut().zip(line.iter()) {
                column[row] = *word;
            }
        }
    }

    /// Makes `cells` cells of each row, at most sixteen; the first cell of a row is `width` words behind that of the row before.
    #[inline(always)]
    pub(super) fn assemble(
        self,
        group: Group<'_>,
        parts: &[Part],
        out: &mut [u32],
        width: usize,
        cells: usize,
    ) {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            // SAFETY: see the module.
            unsafe { vbmi::assemble(group, parts, out, width, cells) };
            return;
        }
        let rows = out.chunks_mut(width.max(1)).zip(group.base);
        for (row, (out, base)) in rows.take(group.rows).enumerate() {
            let mut line = **base;
            for part in parts {
                let from = group.sources[part.source][row];
                for (i, to) in line.iter_mut().enumerate() {
                    let word = from[usize::from(part.words[i]) % WORDS];
                    *to |= word >> (part.shifts[i] % 32) & part.masks[i];
                }
            }
            match out.first_chunk_mut::<WORDS>() {
                Some(out) if cells == WORDS => *out = line,
                _ => out[..cells].copy_from_slice(&line[..cells]),
            }
        }
    }

    /// Of the first `rows` words, those for which `only`, which is 0 or 1, is 1: how many are `common`, and how many others, which are
    /// put into `rest`.
    #[inline(always)]
    pub(super) fn without(
        self,
        words: &[u32; BLOCK],
        only: Option<&[u32; BLOCK]>,
        rows: usize,
        common: u32,
        rest: &mut [u32; BLOCK],
    ) -> (usize, usize) {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            // SAFETY: see the module.
            return unsafe { vbmi::without(words, only, rows, common, rest) };
        }
        let (mut found, mut left) = (0, 0);
        for (row, word) in words[..rows].iter().enumerate() {
            let counts = only.is_none_or(|only| only[row] != 0);
            found += usize::from(counts && *word == common);
            rest[left] = *word;
            left += usize::from(counts && *word != common);
        }
        (found, left)
    }

    /// Which of the first `rows` words have one of these bits, and how many have.
    #[inline(always)]
    pub(super) fn with(
        self,
        words: &[u32; BLOCK],
        bits: u32,
        rows: usize,
        places: &mut [u32; BLOCK],
    ) -> usize {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            // SAFETY: see the module.
            return unsafe { vbmi::with(words, bits, rows, places) };
        }
        let mut found = 0;
        for (row, word) in (0..).zip(&words[..rows]) {
            places[found] = row;
            found += usize::from(word & bits != 0);
        }
        found
    }

    /// Asks for a line that will be read soon.
    #[inline(always)]
    pub(super) fn fetch(self, line: &Line) {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: every processor with these instructions has this one.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
        }
    }

    /// Copies words to memory that nobody reads soon: whole cache lines of it are written without being fetched first. [`Self::settle`]
    /// has to follow before another thread looks at them.
    #[inline(always)]
    pub(super) fn stream(self, from: &[u32], to: &mut [u32]) {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            // SAFETY: see the module.
            unsafe { vbmi::stream(from, to) };
            return;
        }
        to.copy_from_slice(from);
    }

    /// Makes what was streamed visible in the order of the program.
    pub(super) fn settle(self) {
        #[cfg(target_arch = "x86_64")]
        if self.vbmi {
            // SAFETY: every processor with these instructions has this one.
            unsafe { std::arch::x86_64::_mm_sfence() };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod vbmi {
    use super::{BLOCK, Group, Line, Part, WORDS};
    use std::arch::x86_64::*;

    /// Quarters 0 and 2 of two vectors, and 1 and 3.
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn load(line: &Line) -> __m512i {
        // SAFETY: both are 64 bytes, all of whose values are allowed.
        unsafe { std::mem::transmute::<Line, __m512i>(*line) }
    }

    /// Sixteen lines as sixteen columns: pairs of words, of pairs, of quarters and of halves are exchanged.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn transpose(lines: &[&Line; WORDS], to: &mut [Line; WORDS]) {
        // Loops and not closures, which would not be compiled for these instructions.
        let mut a = [_mm512_setzero_si512(); WORDS];
        let mut b = a;
        for i in 0..WORDS {
            a[i] = load(lines[i]);
        }
        // Of each quarter of a pair of rows: words 0 and 1, or 2 and 3, of both.
        for i in (0..WORDS).step_by(2) {
            b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
            b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
        }
        // Of four rows: word i % 4 of each quarter.
        for i in (0..WORDS).step_by(4) {
            a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
            a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
            a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
            a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
        }
        // Of eight rows: that word of quarters 0 and 2, or of 1 and 3.
        for i in [0, 1, 2, 3, 8, 9, 10, 11] {
            b[i] = _mm512_shuffle_i32x4::<EVEN>(a[i], a[i + 4]);
            b[i + 4] = _mm512_shuffle_i32x4::<ODD>(a[i], a[i + 4]);
        }
        for i in 0..WORDS / 2 {
            a[i] = _mm512_shuffle_i32x4::<EVEN>(b[i], b[i + 8]);
            a[i + 8] = _mm512_shuffle_i32x4::<ODD>(b[i], b[i + 8]);
        }
        for i in 0..WORDS {
            // SAFETY: as in `load`.
            to[i] = unsafe { std::mem::transmute::<__m512i, Line>(a[i]) };
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,popcnt")]
    pub(super) fn without(
        words: &[u32; BLOCK],
        only: Option<&[u32; BLOCK]>,
        rows: usize,
        common: u32,
        rest: &mut [u32; BLOCK],
    ) -> (usize, usize) {
        let (mut found, mut left) = (0, 0);
        let common = _mm512_set1_epi32(common.cast_signed());
        for (i, words) in words.as_chunks::<WORDS>().0.iter().enumerate() {
            let row = i * WORDS;
            let valid = match rows.saturating_sub(row) {
                0 => break,
                left @ 1..WORDS => (1u16 << left) - 1,
                _ => u16::MAX,
            };
            let words = load(words);
            let valid = match only {
                None => valid,
                Some(only) => {
                    let only = load(&only.as_chunks::<WORDS>().0[i]);
                    valid & _mm512_test_epi32_mask(only, only)
                }
            };
            let same = _mm512_mask_cmpeq_epi32_mask(valid, words, common);
            let others = _mm512_maskz_compress_epi32(valid & !same, words);
            found += same.count_ones() as usize;
            // Not more than there were words before, so that there is room for sixteen.
            store(others, &mut rest[left..], WORDS);
            left += (valid & !same).count_ones() as usize;
        }
        (found, left)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,popcnt")]
    pub(super) fn with(
        words: &[u32; BLOCK],
        bits: u32,
        rows: usize,
        places: &mut [u32; BLOCK],
    ) -> usize {
        let mut found = 0;
        let bits = _mm512_set1_epi32(bits.cast_signed());
        let mut place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        for (i, words) in words.as_chunks::<WORDS>().0.iter().enumerate() {
            let valid = match rows.saturating_sub(i * WORDS) {
                0 => break,
                left @ 1..WORDS => (1u16 << left) - 1,
                _ => u16::MAX,
            };
            let are = _mm512_mask_test_epi32_mask(valid, load(words), bits);
            // Not more than there were words before, so that there is room for sixteen.
            store(
                _mm512_maskz_compress_epi32(are, place),
                &mut places[found..],
                WORDS,
            );
            found += are.count_ones() as usize;
            place = _mm512_add_epi32(place, _mm512_set1_epi32(WORDS as i32));
        }
        found
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn stream(from: &[u32], to: &mut [u32]) {
        assert_eq!(from.len(), to.len());
        // Words before the first whole cache line.
        let head = to.as_ptr().align_offset(4 * WORDS).min(to.len());
        let (first, from) = from.split_at(head);
        let (head, to) = to.split_at_mut(head);
        head.copy_from_slice(first);
        let (lines, last) = from.as_chunks::<WORDS>();
        let (out, tail) = to.as_chunks_mut::<WORDS>();
        for (line, out) in lines.iter().zip(out) {
            // SAFETY: `out` has 64 bytes and is aligned to as many.
            unsafe { _mm512_stream_si512(std::ptr::from_mut(out).cast(), load(line)) };
        }
        tail.copy_from_slice(last);
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn assemble(
        group: Group<'_>,
        parts: &[Part],
        out: &mut [u32],
        width: usize,
        cells: usize,
    ) {
        match parts {
            [] => some(group, &[], out, width, cells),
            [a] => some(group, &[a], out, width, cells),
            [a, b] => some(group, &[a, b], out, width, cells),
            [a, b, c] => some(group, &[a, b, c], out, width, cells),
            [a, b, c, d] => some(group, &[a, b, c, d], out, width, cells),
            more => {
                for (row, base) in group.base.iter().enumerate().take(group.rows) {
                    let mut line = load(base);
                    for part in more {
                        let from = load(group.sources[part.source][row]);
                        line = _mm512_or_si512(line, take(part.taken, bytes(part), from));
                    }
                    store(line, &mut out[row * width..], cells);
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn some<const N: usize>(
        group: Group<'_>,
        parts: &[&Part; N],
        out: &mut [u32],
        width: usize,
        cells: usize,
    ) {
        let sources = parts.map(|part| &group.sources[part.source]);
        let mut permutations = [_mm512_setzero_si512(); N];
        for i in 0..N {
            permutations[i] = bytes(parts[i]);
        }
        for row in 0..group.rows.min(WORDS) {
            let mut line = load(group.base[row]);
            for i in 0..N {
                let part = take(parts[i].taken, permutations[i], load(sources[i][row]));
                line = _mm512_or_si512(line, part);
            }
            store(line, &mut out[row * width..], cells);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn bytes(part: &Part) -> __m512i {
        // SAFETY: as in `load`.
        unsafe { std::mem::transmute::<[u8; 4 * WORDS], __m512i>(part.bytes) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn take(taken: u64, bytes: __m512i, from: __m512i) -> __m512i {
        _mm512_maskz_permutexvar_epi8(taken, bytes, from)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn store(line: __m512i, out: &mut [u32], cells: usize) {
        // SAFETY: as in `load`.
        let line = unsafe { std::mem::transmute::<__m512i, Line>(line) };
        match out.first_chunk_mut::<WORDS>() {
            Some(out) if cells == WORDS => *out = line,
            _ => out[..cells].copy_from_slice(&line[..cells]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All ways that there are on this machine.
    fn ways() -> Vec<Shuffle> {
        vec![
            Shuffle::detect(),
            Shuffle {
                #[cfg(target_arch = "x86_64")]
                vbmi: false,
            },
        ]
    }

    proptest! {
        #[test]
        fn lines_are_transposed(lines in any::<[[u32; WORDS]; WORDS]>()) {
            for way in ways() {
                let mut to = [[0; WORDS]; WORDS];
                way.columns(&lines.each_ref(), &mut to);
                for (i, column) in to.iter().enumerate() {
                    for (j, word) in column.iter().enumerate() {
                        prop_assert_eq!(*word, lines[j][i]);
                    }
                }
            }
        }

        #[test]
        fn a_common_word_is_left_out(
            words in proptest::collection::vec((0u32..4, 0u32..2), BLOCK),
            rows in 0..=BLOCK,
            filtered in any::<bool>(),
        ) {
            let mut all = [0; BLOCK];
            let mut only = [0; BLOCK];
            for (i, (word, is)) in words.iter().enumerate() {
                (all[i], only[i]) = (*word, *is);
            }
            let counted = words[..rows].iter().filter(|(_, only)| !filtered || *only == 1);
            let expected: Vec<u32> = counted.map(|(word, _)| *word).collect();
            for way in ways() {
                let mut rest = [9; BLOCK];
                let only = filtered.then_some(&only);
                let (found, left) = way.without(&all, only, rows, 2, &mut rest);
                prop_assert_eq!(found, expected.iter().filter(|word| **word == 2).count());
                let others: Vec<u32> = expected.iter().copied().filter(|word| *word != 2).collect();
                prop_assert_eq!(&rest[..left], &others[..]);
            }
        }

        #[test]
        fn words_with_bits_are_found(
            words in proptest::collection::vec(0u32..16, BLOCK),
            bits in 0u32..16,
            rows in 0..=BLOCK,
        ) {
            let all: [u32; BLOCK] = words.as_slice().try_into().expect("a block");
            let expected: Vec<u32> = (0..rows).filter(|i| all[*i] & bits != 0).map(|i| i as u32).collect();
            for way in ways() {
                let mut places = [9; BLOCK];
                let found = way.with(&all, bits, rows, &mut places);
                prop_assert_eq!(&places[..found], &expected[..]);
            }
        }

        #[test]
        fn streams_are_copies(from in proptest::collection::vec(any::<u32>(), 0..200), start in 0usize..20) {
            for way in ways() {
                let mut to = vec![1; start + from.len() + 20];
                way.stream(&from, &mut to[start..start + from.len()]);
                way.settle();
                prop_assert_eq!(&to[start..start + from.len()], &from[..]);
                prop_assert!(to[..start].iter().chain(&to[start + from.len()..]).all(|word| *word == 1));
            }
        }

        /// Against the definition of a field, in rows of any width.
        #[test]
        fn cells_are_bytes_of_words(
            lines in proptest::collection::vec(any::<[[u32; WORDS]; WORDS]>(), 1..7),
            fields in proptest::collection::vec(
                proptest::option::of((any::<usize>(), 0..WORDS, 0u32..4, 1u32..5)), WORDS),
            rows in 1..=WORDS,
            cells in 1..=WORDS,
            more in 0usize..5,
        ) {
            let sources: Vec<[&Line; WORDS]> = lines.iter().map(|lines| lines.each_ref()).collect();
            let mut parts: Vec<Part> = (0..lines.len()).map(Part::new).collect();
            let mut base = [7; WORDS];
            for (cell, field) in fields.iter().enumerate() {
                if let Some((source, word, byte, len)) = *field {
                    base[cell] = 0;
                    let source = source % lines.len();
                    parts[source].set(cell, Field { source, word, byte, len });
                }
            }
            let width = cells + more;
            let group = Group { sources: &sources, base: &[&base; WORDS], rows };
            for way in ways() {
                let mut out = vec![1; (rows - 1) * width + cells];
                way.assemble(group, &parts, &mut out, width, cells);
                for (at, out) in out.iter().enumerate() {
                    let (row, cell) = (at / width, at % width);
                    let expected = match fields.get(cell).copied().flatten() {
                        _ if cell >= cells => 1,
                        None => 7,
                        Some((source, word, byte, len)) => {
                            let bytes = lines[source % lines.len()][row][word].to_le_bytes();
                            let bytes = bytes[byte as usize..].iter().take(len as usize);
                            bytes.rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
                        }
                    };
                    prop_assert_eq!(*out, expected, "row {} cell {}", row, cell);
                }
            }
        }
    }
}
