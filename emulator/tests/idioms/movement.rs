//! The idioms of main traces: events to rows, histograms, sorted tables, padding and layouts.

use crate::hosts::*;
use crate::machine::{Machine, Random, View};
use crate::{run, status};
use p3_koala_bear::KoalaBear;

type F = KoalaBear;

fn machine() -> (Machine<F>, Random) {
    (Machine::new("koalabear-m"), Random(23))
}

fn felt(word: u64) -> F {
    F::of(&[word % F::MODULUS])
}

fn felts(words: impl IntoIterator<Item = u64>) -> Vec<F> {
    words.into_iter().map(felt).collect()
}

/// Columns of a row: the program counter in two limbs, an operand in bytes, and its bits.
#[test]
fn events_to_limbs_and_bits() {
    let (mut m, mut random) = machine();
    let mut columns = vec![(0u64, 0u64, 0xffffu64), (0, 16, 0xffff)];
    columns.extend((0..4).map(|b| (2, 8 * b, 0xff)));
    columns.extend((0..32).map(|b| (1, b, 1)));
    columns.push((1, 0, 0xffff_ffff));
    let k = columns.len();
    let part = |f: fn(&(u64, u64, u64)) -> u64| columns.iter().map(f).collect::<Vec<_>>();
    let (src, shift, mask) = (part(|c| c.0), part(|c| c.1), part(|c| c.2));
    let (src, shift, mask) = (m.u32s(&src), m.u32s(&shift), m.u32s(&mask));
    for n in [0usize, 1, 6] {
        let events = random.words(3 * n);
        let x = m.words(4, 3, &events);
        // By columns, as some hosts have it.
        let rows = m.table_out(k, n);
        let out = View {
            at: rows.at,
            strides: vec![4, 4 * n as i64],
        };
        run!(m, "zktr.slice" "", n; k = int k as u64, w = int 3, out = view &out, x = view &x, src = view &src,
            shift = view &shift, mask = view &mask);
        let expected = felts(events.chunks(3).flat_map(|event| {
            let cell = |c: &(u64, u64, u64)| event[c.0 as usize] >> c.1 & c.2;
            columns.iter().map(cell).collect::<Vec<_>>()
        }));
        m.check_table(&out, k, &expected);
    }
    let x = m.words(4, 3, &[1, 2, 3]);
    let out = m.table_out(1, k);
    let found = status!(m, "zktr.slice" "", 1; k = int k as u64, w = int 2, out = view &out, x = view &x, src = view &src,
        shift = view &shift, mask = view &mask);
    assert_eq!(
        found, "index",
        "a column reads a word that records do not have"
    );
}

#[test]
fn selectors() {
    let (mut m, _) = machine();
    let opcodes = [0x33u64, 0x13, 0x0300_0033, 0x63];
    let keys = [0x33u64, 0x13, 0x63, 0x7b, 3];
    let masks = [0x7fu64, 0x7f, 0x7f, 0x7f, 0xff];
    let shifts = [0u64, 0, 0, 0, 24];
    let x = m.words(4, 1, &opcodes);
    let (src, shift) = (m.u32s(&[0; 5]), m.u32s(&shifts));
    let (mask, key) = (m.u32s(&masks), m.u32s(&keys));
    let out = m.table_out(4, 5);
    run!(m, "zktr.onehot" "", 4; k = int 5, w = int 1, out = view &out, x = view &x, src = view &src, shift = view &shift,
        mask = view &mask, key = view &key);
    let expected = felts(opcodes.iter().flat_map(|x| {
        (0..5)
            .map(|j| u64::from(x >> shifts[j] & masks[j] == keys[j]))
            .collect::<Vec<_>>()
    }));
    m.check_table(&out, 5, &expected);
    let src = m.u32s(&[0, 0, 0, 0, 1]);
    let found = status!(m, "zktr.onehot" "", 4; k = int 5, w = int 1, out = view &out, x = view &x, src = view &src,
        shift = view &shift, mask = view &mask, key = view &key);
    assert_eq!(found, "index");
}

#[test]
fn distances_of_accesses() {
    let (mut m, mut random) = machine();
    let n = 6;
    let (mut cur, mut prev) = (random.words(n), random.words(n));
    // Equal times and a step backwards wrap around.
    (cur[0], prev[0]) = (5, 5);
    (cur[1], prev[1]) = (0, 0xffff_ffff);
    let (vc, vp) = (m.u32s(&cur), m.u32s(&prev));
    let (shift, mask) = (m.u32s(&[0, 16]), m.u32s(&[0xffff, 0xffff]));
    for less in [0, 1] {
        let out = m.table_out(n, 2);
        run!(m, "zktr.delta" "", n; k = int 2, less = int less, out = view &out, cur = view &vc, prev = view &vp,
            shift = view &shift, mask = view &mask);
        let expected = felts((0..n).flat_map(|i| {
            let d = (cur[i] as u32)
                .wrapping_sub(prev[i] as u32)
                .wrapping_sub(less as u32);
            [u64::from(d & 0xffff), u64::from(d >> 16)]
        }));
        m.check_table(&out, 2, &expected);
    }
}

#[test]
fn histograms() {
    let (mut m, mut random) = machine();
    let words = random.words(100);
    let x = m.u32s(&words);
    let old = [7u64, 0, 0xffff_ffff, 1, 2, 3, 4, 5];
    let h = m.u32s(&old);
    run!(m, "zktr.hist" "", 100; bins = int 8, shift = int 29, mask = int 7, h = view &h, x = view &x);
    let mut expected = old.map(|c| c as u32);
    for word in &words {
        let bin = &mut expected[(*word >> 29) as usize];
        *bin = bin.wrapping_add(1);
    }
    for (i, count) in expected.iter().enumerate() {
        assert_eq!(m.peek(h.from(&[i as i64]).at, 4), u64::from(*count));
    }

    // Field counters with weights.
    let (counters, weights): (Vec<F>, Vec<F>) = (random.bases(4), random.bases(100));
    let (h, w) = (m.bases(&counters), m.bases(&weights));
    run!(m, "zktr.histf" "", 100; bins = int 4, shift = int 3, mask = int 3, h = view &h, x = view &x, m = view &w);
    let mut expected = counters.clone();
    for (word, weight) in words.iter().zip(&weights) {
        expected[(*word >> 3 & 3) as usize] += *weight;
    }
    for (i, count) in expected.iter().enumerate() {
        assert_eq!(m.peek(h.from(&[i as i64]).at, 4), m.image(count)[0]);
    }
}

/// A key without a counter, or a counter that is no residue: nothing has changed.
#[test]
fn refused_histograms_change_nothing() {
    let (mut m, _) = machine();
    m.options.scribble = zktr_emu::golden::Scribble::Seeded(1);
    let x = m.u32s(&[0, 1, 2, 0, 3]);
    let h = m.u32s(&[10, 11, 12]);
    assert_eq!(
        status!(m, "zktr.hist" "", 5; bins = int 3, shift = int 0, mask = int 0xff, h = view &h, x = view &x),
        "index"
    );
    assert_eq!([0, 1, 2].map(|i| m.peek(h.from(&[i]).at, 4)), [10, 11, 12]);
    let w = m.bases(&[F::one(); 5]);
    let h = m.u32s(&[10, 11, F::MODULUS, 13]);
    let found = status!(m, "zktr.histf" "", 5; bins = int 4, shift = int 0, mask = int 0xff, h = view &h, x = view &x, m = view &w);
    assert_eq!(found, "range");
    assert_eq!(
        [0, 1, 2, 3].map(|i| m.peek(h.from(&[i]).at, 4)),
        [10, 11, F::MODULUS, 13]
    );
    let found = status!(m, "zktr.hist" "", 5; bins = int 4, shift = int 32, mask = int 0xff, h = view &h, x = view &x);
    assert_eq!(found, "shape", "a shift beyond the word");
}

/// The bound may be larger than the table, whatever is behind it: only rows that an index leads to are looked at.
#[test]
fn tables_reach_as_far_as_the_largest_index() {
    let (mut m, _) = machine();
    let keys = [4u64, 1, 4, 0];
    let all = u64::from(u32::MAX);
    // The words that are read stand right behind the counters.
    let h = m.u32s(&[10, 11, 12, 13, 14]);
    let x = m.u32s(&keys);
    run!(m, "zktr.hist" "", 4; bins = int all, shift = int 0, mask = int all, h = view &h, x = view &x);
    let counters = |m: &Machine<F>| [0, 1, 2, 3, 4].map(|i| m.peek(h.from(&[i]).at, 4));
    assert_eq!(counters(&m), [11, 12, 12, 13, 16]);
    // The same table, of which the words that are read are a part.
    let within = h.from(&[2]);
    assert_eq!(
        status!(m, "zktr.hist" "", 3; bins = int all, shift = int 0, mask = int all, h = view &h, x = view &within),
        "overlap",
    );
    // A table at the end of memory, and an index that leads out of it.
    let last = m.end(5);
    assert_eq!(
        status!(m, "zktr.hist" "", 4; bins = int all, shift = int 0, mask = int all, h = view &last, x = view &x),
        "ok",
    );
    let x = m.u32s(&[4, 1, 5, 0]);
    assert_eq!(
        status!(m, "zktr.hist" "", 4; bins = int all, shift = int 0, mask = int all, h = view &last, x = view &x),
        "fault",
    );
    // An index that is not below the bound does not make the table larger.
    assert_eq!(
        status!(m, "zktr.hist" "", 4; bins = int 5, shift = int 0, mask = int all, h = view &last, x = view &x),
        "index",
    );
    // Without rows there is no table.
    let nowhere = View {
        at: 4,
        strides: vec![4],
    };
    assert_eq!(
        status!(m, "zktr.hist" "", 0; bins = int all, shift = int 0, mask = int all, h = view &nowhere, x = view &x),
        "ok",
    );
}

/// Keys of two words, the more significant one first, against the row before.
#[test]
fn comparisons_after_a_sort() {
    let (mut m, _) = machine();
    let keys: [[u64; 2]; 7] = [
        [0, 3],
        [0, 3],
        [0, 9],
        [1, 0],
        [0xffff_ffff, 0],
        [2, 8],
        [2, 7],
    ];
    let init = [0u64, 2];
    let x = m.words(4, 2, keys.as_flattened());
    let (vi, out) = (m.u32s(&init), m.table_out(7, 1));
    type Relation = fn([u64; 2], [u64; 2]) -> F;
    let modes: [(&str, Relation); 4] = [
        ("equal", |x, before| felt(u64::from(x == before))),
        ("differ", |x, before| felt(u64::from(x != before))),
        ("grow", |x, before| felt(u64::from(x > before))),
        ("step", |x, before| felt(x[1]) - felt(before[1])),
    ];
    for (mode, relation) in modes {
        for n in [0, 1, 7] {
            let mut adj = m.descriptor("zktr.adj", mode);
            adj.int(&mut m, "w", 2)
                .view(&mut m, "out", &out.first_coordinates())
                .view(&mut m, "x", &x)
                .view(&mut m, "init", &vi);
            adj.run(&mut m, n);
            let before = std::iter::once(init).chain(keys);
            let expected: Vec<F> = before
                .zip(keys)
                .map(|(b, x)| relation(x, b))
                .take(n)
                .collect();
            m.check_table(&out, 1, &expected);
        }
    }
    // A key without words is always the same.
    run!(m, "zktr.adj" "equal", 3; w = int 0, out = view &out.first_coordinates(), x = view &x, init = view &vi);
    m.check_table(&out, 1, &[F::one(); 3]);
    let found = status!(m, "zktr.adj" "equal", 3; w = int 65, out = view &out.first_coordinates(), x = view &x, init = view &vi);
    assert_eq!(found, "shape");
}

/// Rows behind the last event, with a template that is not zero; words that are no residues are copied as well.
#[test]
fn padding() {
    let (mut m, _) = machine();
    let template = [1u64, F::MODULUS, 0xffff_ffff];
    let (t, table) = (m.u32s(&template), m.words(4, 3, &[0; 24]));
    run!(m, "zktr.fill" "", 5; k = int 3, out = view &table.from(&[3]), t = view &t);
    for i in 0..8 {
        let row = [0, 1, 2].map(|j| m.peek(table.from(&[i, j]).at, 4));
        assert_eq!(row, if i < 3 { [0; 3] } else { template });
    }
    // Broadcast: one word for all.
    let row = View {
        at: t.at,
        strides: vec![0],
    };
    run!(m, "zktr.fill" "", 8; k = int 3, out = view &table, t = view &row);
    assert!((0..24).all(|i| m.peek(table.at + 4 * i, 4) == 1));
}

#[test]
fn transposition_and_flattening() {
    let (mut m, mut random) = machine();
    let (n, k, c) = (5i64, 3i64, 4i64);
    let words = random.words((n * k * c) as usize);
    let a = m.words(4, 1, &words).at;
    let out = m.table_out(words.len(), 1).at;
    // Rows of extension elements, to a plane for each coordinate of each column.
    let from = View {
        at: a,
        strides: vec![4 * k * c, 4 * c, 4],
    };
    let to = View {
        at: out,
        strides: vec![4, 4 * n * c, 4 * n],
    };
    run!(m, "zktr.copy" "", n as usize; k = int k as u64, c = int c as u64, out = view &to, a = view &from);
    for i in 0..n {
        for j in 0..k {
            for l in 0..c {
                let word = words[((i * k + j) * c + l) as usize];
                assert_eq!(m.peek(out + 4 * ((j * c + l) * n + i) as u64, 4), word);
            }
        }
    }
    let found = status!(m, "zktr.copy" "", n as usize; k = int k as u64, c = int c as u64, out = view &from, a = view &from);
    assert_eq!(found, "overlap");
}

/// Rows by index, in both directions; of several rows for one place the last one stays.
#[test]
fn gathers_and_scatters_of_rows() {
    let (mut m, mut random) = machine();
    let table = random.words(8);
    let index = [3u64, 0, 0, 2];
    let (vt, vi, out) = (m.words(4, 2, &table), m.u32s(&index), m.table_out(4, 2));
    run!(m, "zktr.pick" "", 4; k = int 2, bins = int 4, out = view &out, table = view &vt, idx = view &vi);
    for (i, &t) in index.iter().enumerate() {
        for j in 0..2 {
            assert_eq!(
                m.peek(out.from(&[i as i64, j]).at, 4),
                table[2 * t as usize + j as usize]
            );
        }
    }
    let to = m.words(4, 2, &[9; 8]);
    run!(m, "zktr.scatter" "", 4; k = int 2, bins = int 4, out = view &to, a = view &vt, idx = view &vi);
    let expected = [
        table[4], table[5], 9, 9, table[6], table[7], table[0], table[1],
    ];
    assert_eq!(
        [0, 1, 2, 3, 4, 5, 6, 7].map(|i| m.peek(to.at + 4 * i, 4)),
        expected
    );
    for mnemonic in ["zktr.pick", "zktr.scatter"] {
        let mut short = m.descriptor(mnemonic, "");
        short
            .int(&mut m, "k", 2)
            .int(&mut m, "bins", 3)
            .view(&mut m, "out", &out)
            .view(
                &mut m,
                if mnemonic == "zktr.pick" {
                    "table"
                } else {
                    "a"
                },
                &vt,
            )
            .view(&mut m, "idx", &vi);
        assert_eq!(short.status(&mut m, 4), "index");
    }
}
