//! Arithmetic on columns: a coordinate of as many rows as a block has, residues in a slice.
//!
//! An element is a list of columns, one for each coordinate. The lengths of all columns are equal and multiples of
//! [`STEP`]. What is not a residue (words that a check has found, of rows that a condition excludes) gives results without a
//! meaning in its own row and no others.

use super::chains;
use super::field::{Field, Residues};
use super::lanes::{Lanes, Modulus, Word};
use crate::golden::arithmetic::MAX_DEGREE;

/// Chains that a batch inversion interleaves: a multiplication has to wait for the one before it in its chain only.
pub(super) const CHAINS: usize = 4;
/// Bytes of a cache line.
const LINE: usize = 64;
/// What the lengths of columns are multiples of: all lanes of all chains.
pub(super) const STEP: usize = 16 * CHAINS;

/// Lanes with the field that they compute in.
pub(super) struct Kernel<'a, L: Lanes> {
    pub(super) lanes: L,
    pub(super) field: &'a Field<L::Word>,
}

impl<L: Lanes> Clone for Kernel<'_, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<L: Lanes> Copy for Kernel<'_, L> {}

type Column<'a, L> = &'a [<L as Lanes>::Word];
type ColumnMut<'a, L> = &'a mut [<L as Lanes>::Word];

/// Calls a function with the number of coordinates as a constant.
macro_rules! with_degree {
    ($degree:expr, $function:ident($($argument:expr),*)) => {
        match $degree {
            1 => $function::<L, 1>($($argument),*),
            2 => $function::<L, 2>($($argument),*),
            3 => $function::<L, 3>($($argument),*),
            4 => $function::<L, 4>($($argument),*),
            5 => $function::<L, 5>($($argument),*),
            _ => $function::<L, MAX_DEGREE>($($argument),*),
        }
    };
}

/// The packs at index `at` of the first `D` columns.
#[inline(always)]
fn load<L: Lanes, const D: usize>(lanes: L, columns: &[Column<'_, L>], at: usize) -> [L::Pack; D] {
    std::array::from_fn(|k| lanes.load(&columns[k][at..]))
}

/// The same to be written.
#[inline(always)]
fn store<L: Lanes, const D: usize>(
    lanes: L,
    packs: [L::Pack; D],
    columns: &mut [ColumnMut<'_, L>],
    at: usize,
) {
    for (pack, column) in packs.into_iter().zip(columns) {
        lanes.store(pack, &mut column[at..]);
    }
}

impl<L: Lanes> Kernel<'_, L> {
    #[inline(always)]
    fn modulus(&self) -> Modulus<L::Pack> {
        Modulus::splat(self.lanes, self.field.p, self.field.inverse)
    }

    /// `out[k] = constant[k] + sum over t of matrix[t * outs + k] * terms[t]`.
    pub(super) fn dot(
        self,
        terms: &[Column<'_, L>],
        matrix: &[L::Word],
        constant: &[L::Word],
        out: &mut [ColumnMut<'_, L>],
    ) {
        with_degree!(out.len(), dot(self, terms, matrix, constant, out));
    }

    /// `out = a * b`, coordinate by coordinate.
    pub(super) fn mul(self, a: Column<'_, L>, b: Column<'_, L>, out: ColumnMut<'_, L>) {
        self.each(
            a,
            b,
            out,
            #[inline(always)]
            |l, a, b, m| l.mul(a, b, m),
        );
    }

    /// `out = a + b`, likewise.
    pub(super) fn add(self, a: Column<'_, L>, b: Column<'_, L>, out: ColumnMut<'_, L>) {
        self.each(
            a,
            b,
            out,
            #[inline(always)]
            |l, a, b, m| l.add(a, b, m),
        );
    }

    /// `out = a - b`, likewise.
    pub(super) fn sub(self, a: Column<'_, L>, b: Column<'_, L>, out: ColumnMut<'_, L>) {
        self.each(
            a,
            b,
            out,
            #[inline(always)]
            |l, a, b, m| l.sub(a, b, m),
        );
    }

    #[inline(always)]
    fn each(
        self,
        a: Column<'_, L>,
        b: Column<'_, L>,
        out: ColumnMut<'_, L>,
        op: impl Fn(L, L::Pack, L::Pack, &Modulus<L::Pack>) -> L::Pack,
    ) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let rows = a.chunks_exact(L::LANES).zip(b.chunks_exact(L::LANES));
                for (out, (a, b)) in out.chunks_exact_mut(L::LANES).zip(rows) {
                    lanes.store(op(lanes, lanes.load(a), lanes.load(b), &m), out);
                }
            },
        );
    }

    /// `column = column * factor`; any words become residues.
    pub(super) fn scale(self, column: ColumnMut<'_, L>, factor: L::Word) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let factor = lanes.splat(factor);
                for words in column.chunks_exact_mut(L::LANES) {
                    let pack = lanes.load(words);
                    lanes.store(lanes.mul(pack, factor, &m), words);
                }
            },
        );
    }

    /// `to = from * factor`, from any words; written past the caches if `streamed`, where packs are lines.
    pub(super) fn scaled(
        self,
        from: Column<'_, L>,
        factor: L::Word,
        to: ColumnMut<'_, L>,
        streamed: bool,
    ) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let factor = lanes.splat(factor);
                let size = L::LANES * size_of::<L::Word>();
                // Lines that are written past the caches in parts are slower than in them.
                if !streamed || size < LINE {
                    for at in (0..to.len()).step_by(L::LANES) {
                        lanes.store(scale::<L>(lanes, &from[at..], factor, &m), &mut to[at..]);
                    }
                    return;
                }
                // From the first aligned pack on; those at both ends overlap their neighbours.
                let last = to.len() - L::LANES;
                let first = to.as_ptr().align_offset(size).min(last);
                lanes.store(scale::<L>(lanes, from, factor, &m), to);
                for at in (first..last).step_by(L::LANES) {
                    lanes.stream(scale::<L>(lanes, &from[at..], factor, &m), &mut to[at..]);
                }
                lanes.store(
                    scale::<L>(lanes, &from[last..], factor, &m),
                    &mut to[last..],
                );
            },
        );
    }

    /// The product of two elements of the extension.
    pub(super) fn mul_extension(
        self,
        a: &[Column<'_, L>],
        b: &[Column<'_, L>],
        out: &mut [ColumnMut<'_, L>],
    ) {
        with_degree!(out.len(), mul_extension(self, a, b, out));
    }

    /// Inverses of base elements, by Montgomery's trick; false where one is zero, and then `out` has no meaning.
    pub(super) fn invert(self, a: Column<'_, L>, out: ColumnMut<'_, L>) -> bool {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || invert(self, a, out),
        )
    }

    /// The norm of elements in x^2 = c, and what [`Self::finish_quadratic`] needs.
    pub(super) fn norm_quadratic(self, c: L::Word, a: [Column<'_, L>; 2], norm: ColumnMut<'_, L>) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let (c, zero) = (lanes.splat(c), lanes.splat(L::Word::ZERO));
                for at in (0..norm.len()).step_by(L::LANES) {
                    let [a0, a1] = load::<L, 2>(lanes, &a, at);
                    let less = lanes.sub(zero, lanes.mul(a1, c, &m), &m);
                    let sum = lanes.product(a0, a0, &m);
                    let sum = lanes.accumulate(sum, less, a1, &m);
                    lanes.store(lanes.reduce(sum, &m), &mut norm[at..]);
                }
            },
        );
    }

    /// The inverses, from the inverses of the norms: (a0 - a1 x) / N.
    pub(super) fn finish_quadratic(
        self,
        a: [Column<'_, L>; 2],
        inverse: Column<'_, L>,
        out: &mut [ColumnMut<'_, L>],
    ) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let zero = lanes.splat(L::Word::ZERO);
                for at in (0..inverse.len()).step_by(L::LANES) {
                    let [a0, a1] = load::<L, 2>(lanes, &a, at);
                    let inverse = lanes.load(&inverse[at..]);
                    let conjugate = lanes.sub(zero, a1, &m);
                    let packs = [
                        lanes.mul(a0, inverse, &m),
                        lanes.mul(conjugate, inverse, &m),
                    ];
                    store::<L, 2>(lanes, packs, out, at);
                }
            },
        );
    }

    /// The norm of elements in x^4 = c, by way of the field of y = x^2: with a = A + B x, the norm over that field is
    /// `A^2 - y B^2 = half[0] + half[1] y`, and its norm is `half[0]^2 - c half[1]^2`.
    pub(super) fn norm_quartic(
        self,
        c: L::Word,
        a: [Column<'_, L>; 4],
        half: [ColumnMut<'_, L>; 2],
        norm: ColumnMut<'_, L>,
    ) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let (c, zero) = (lanes.splat(c), lanes.splat(L::Word::ZERO));
                let [half0, half1] = half;
                for at in (0..norm.len()).step_by(L::LANES) {
                    let [a0, a1, a2, a3] = load::<L, 4>(lanes, &a, at);
                    let (ca2, ca3) = (lanes.mul(a2, c, &m), lanes.mul(a3, c, &m));
                    let (less1, less3) = (lanes.sub(zero, a1, &m), lanes.sub(zero, ca3, &m));
                    // a0^2 + c a2^2 - 2 c a1 a3
                    let sum = lanes.product(a0, a0, &m);
                    let sum = lanes.accumulate(sum, ca2, a2, &m);
                    let sum = lanes.accumulate(sum, less3, a1, &m);
                    let h0 = lanes.reduce(lanes.accumulate(sum, less3, a1, &m), &m);
                    // 2 a0 a2 - a1^2 - c a3^2
                    let sum = lanes.product(a0, a2, &m);
                    let sum = lanes.accumulate(sum, a0, a2, &m);
                    let sum = lanes.accumulate(sum, less1, a1, &m);
                    let h1 = lanes.reduce(lanes.accumulate(sum, less3, a3, &m), &m);
                    let less = lanes.sub(zero, lanes.mul(h1, c, &m), &m);
                    let sum = lanes.accumulate(lanes.product(h0, h0, &m), less, h1, &m);
                    lanes.store(h0, &mut half0[at..]);
                    lanes.store(h1, &mut half1[at..]);
                    lanes.store(lanes.reduce(sum, &m), &mut norm[at..]);
                }
            },
        );
    }

    /// The inverses, from the inverses of the norms: (A - B x) (half[0] - half[1] y) / N.
    pub(super) fn finish_quartic(
        self,
        c: L::Word,
        a: [Column<'_, L>; 4],
        half: [Column<'_, L>; 2],
        inverse: Column<'_, L>,
        out: &mut [ColumnMut<'_, L>],
    ) {
        let lanes = self.lanes;
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = self.modulus();
                let (c, zero) = (lanes.splat(c), lanes.splat(L::Word::ZERO));
                let negative = |pack| lanes.sub(zero, pack, &m);
                let two = |a, b, c, d| {
                    lanes.reduce(lanes.accumulate(lanes.product(a, b, &m), c, d, &m), &m)
                };
                for at in (0..inverse.len()).step_by(L::LANES) {
                    let [a0, a1, a2, a3] = load::<L, 4>(lanes, &a, at);
                    let [h0, h1] = load::<L, 2>(lanes, &half, at);
                    let inverse = lanes.load(&inverse[at..]);
                    let h0 = lanes.mul(h0, inverse, &m);
                    let less1 = lanes.mul(h1, inverse, &m);
                    let h1 = negative(less1);
                    let ch1 = lanes.mul(h1, c, &m);
                    let (less0, cless1) = (negative(h0), negative(ch1));
                    let packs = [
                        two(a0, h0, a2, ch1),
                        two(a1, less0, a3, cless1),
                        two(a0, h1, a2, h0),
                        two(a1, less1, a3, less0),
                    ];
                    store::<L, 4>(lanes, packs, out, at);
                }
            },
        );
    }

    /// Inverses of elements of any extension, by Montgomery's trick in each lane and one inverse for all; false where the
    /// product of all has none, and then `out` has no meaning.
    pub(super) fn invert_extension(
        self,
        a: &[Column<'_, L>],
        out: &mut [ColumnMut<'_, L>],
    ) -> bool {
        with_degree!(out.len(), invert_extension(self, a, out))
    }

    /// A recurrence `s = s * mul + add` from row to row; see [`Recurrence`]. `before` and `after`, of which one
    /// may be empty, get the values of s before and after each of the first `rows` rows.
    pub(super) fn scan(
        self,
        recurrence: &Recurrence<'_, L::Word>,
        state: &mut Residues<L::Word>,
        rows: usize,
        before: &mut [ColumnMut<'_, L>],
        after: &mut [ColumnMut<'_, L>],
    ) {
        if let (Factor::One, false) = (&recurrence.factor, recurrence.add.is_empty()) {
            return self.sum(recurrence.add, state, rows, before, after);
        }
        if before.len().max(after.len()) == 1 && rows >= chains::LEAST_ROWS {
            let (before, after) = (before.first_mut(), after.first_mut());
            let [first, ..] = state;
            return chains::scan(
                self,
                recurrence,
                first,
                rows,
                before.map(|column| &mut **column),
                after.map(|column| &mut **column),
            );
        }
        with_degree!(
            before.len().max(after.len()),
            scan(self, recurrence, state, rows, before, after)
        );
    }
}

impl<L: Lanes> Kernel<'_, L> {
    /// Running sums, each coordinate by itself.
    fn sum(
        self,
        add: &[Column<'_, L>],
        state: &mut Residues<L::Word>,
        rows: usize,
        before: &mut [ColumnMut<'_, L>],
        after: &mut [ColumnMut<'_, L>],
    ) {
        let (lanes, zero) = (self.lanes, L::Word::ZERO);
        for (k, state) in state
            .iter_mut()
            .enumerate()
            .take(before.len().max(after.len()))
        {
            let Some(add) = add.get(k) else {
                // Nothing is added to the higher coordinates of a base element.
                if let Some(before) = before.get_mut(k) {
                    before.fill(*state);
                }
                if let Some(after) = after.get_mut(k) {
                    after.fill(*state);
                }
                continue;
            };
            let (mut before, mut after) = (before.get_mut(k), after.get_mut(k));
            lanes.vectorize(
                #[inline(always)]
                || {
                    let m = self.modulus();
                    let mut words = [zero; 16];
                    for at in (0..rows).step_by(L::LANES) {
                        let count = L::LANES.min(rows - at);
                        let term = lanes.load(&add[at..]);
                        let sum = lanes.add(lanes.running_sum(term, &m), lanes.splat(*state), &m);
                        if let Some(after) = &mut after {
                            lanes.store(sum, &mut after[at..]);
                        }
                        if let Some(before) = &mut before {
                            lanes.store(lanes.sub(sum, term, &m), &mut before[at..]);
                        }
                        lanes.store(sum, &mut words);
                        *state = words[count - 1];
                    }
                },
            );
        }
    }
}

/// How a carried value goes on.
pub(super) struct Recurrence<'a, W> {
    pub(super) factor: Factor<'a, W>,
    /// What is added: coordinates, those behind the last zero.
    pub(super) add: &'a [&'a [W]],
}

/// What a carried value is multiplied by.
pub(super) enum Factor<'a, W> {
    /// One.
    One,
    /// The same element in each row, by its matrix.
    Constant(&'a [Residues<W>; MAX_DEGREE]),
    /// An element of the row; coordinates, those behind the last zero.
    Row(&'a [&'a [W]]),
}

#[inline(always)]
fn dot<L: Lanes, const D: usize>(
    kernel: Kernel<'_, L>,
    terms: &[Column<'_, L>],
    matrix: &[L::Word],
    constant: &[L::Word],
    out: &mut [ColumnMut<'_, L>],
) {
    let lanes = kernel.lanes;
    let rows = out[0].len();
    lanes.vectorize(
        #[inline(always)]
        || {
            let m = kernel.modulus();
            let constant: [L::Pack; D] = std::array::from_fn(|k| lanes.splat(constant[k]));
            let factors: Vec<[L::Pack; D]> = matrix
                .chunks_exact(D)
                .map(|row| std::array::from_fn(|k| lanes.splat(row[k])))
                .collect();
            for at in (0..rows).step_by(L::LANES) {
                let mut total = constant;
                let groups = terms.chunks(L::PRODUCTS).zip(factors.chunks(L::PRODUCTS));
                for (terms, factors) in groups {
                    let first = lanes.load(&terms[0][at..]);
                    let mut sums: [L::Sum; D] =
                        std::array::from_fn(|k| lanes.product_by(first, factors[0][k], &m));
                    for (term, factors) in terms.iter().zip(factors).skip(1) {
                        let term = lanes.load(&term[at..]);
                        for (sum, factor) in sums.iter_mut().zip(factors) {
                            *sum = lanes.accumulate_by(*sum, term, *factor, &m);
                        }
                    }
                    for (total, sum) in total.iter_mut().zip(sums) {
                        *total = lanes.add(*total, lanes.reduce(sum, &m), &m);
                    }
                }
                store::<L, D>(lanes, total, out, at);
            }
        },
    );
}

/// The linear combinations of a multiplier's coordinates that products need.
type Cells<L> = [<L as Lanes>::Pack; MAX_DEGREE * MAX_DEGREE];

#[inline(always)]
fn cells<L: Lanes, const D: usize>(
    kernel: Kernel<'_, L>,
    b: &[L::Pack; D],
    m: &Modulus<L::Pack>,
) -> Cells<L> {
    let lanes = kernel.lanes;
    let mut cells = [lanes.splat(L::Word::ZERO); MAX_DEGREE * MAX_DEGREE];
    for (cell, terms) in cells.iter_mut().zip(&kernel.field.product.cells) {
        for (i, &(j, factor)) in terms.iter().enumerate() {
            let term = if factor == kernel.field.one {
                b[j]
            } else {
                lanes.mul(b[j], lanes.splat(factor), m)
            };
            *cell = if i == 0 {
                term
            } else {
                lanes.add(*cell, term, m)
            };
        }
    }
    cells
}

#[inline(always)]
fn multiply<L: Lanes, const D: usize>(
    kernel: Kernel<'_, L>,
    a: &[L::Pack; D],
    cells: &Cells<L>,
    m: &Modulus<L::Pack>,
) -> [L::Pack; D] {
    let lanes = kernel.lanes;
    std::array::from_fn(|k| {
        let row = &kernel.field.product.matrix[k];
        let mut sum = lanes.product(a[0], cells[row[0]], m);
        for i in 1..D.min(4) {
            sum = lanes.accumulate(sum, a[i], cells[row[i]], m);
        }
        let mut total = lanes.reduce(sum, m);
        // A sum has room for four products.
        for i in 4..D {
            total = lanes.add(total, lanes.mul(a[i], cells[row[i]], m), m);
        }
        total
    })
}

#[inline(always)]
fn mul_extension<L: Lanes, const D: usize>(
    kernel: Kernel<'_, L>,
    a: &[Column<'_, L>],
    b: &[Column<'_, L>],
    out: &mut [ColumnMut<'_, L>],
) {
    let lanes = kernel.lanes;
    let rows = out[0].len();
    lanes.vectorize(
        #[inline(always)]
        || {
            let m = kernel.modulus();
            for at in (0..rows).step_by(L::LANES) {
                let cells = cells(kernel, &load::<L, D>(lanes, b, at), &m);
                let product = multiply(kernel, &load::<L, D>(lanes, a, at), &cells, &m);
                store::<L, D>(lanes, product, out, at);
            }
        },
    );
}

/// The products of the first words and a residue.
#[inline(always)]
fn scale<L: Lanes>(lanes: L, from: &[L::Word], factor: L::Pack, m: &Modulus<L::Pack>) -> L::Pack {
    lanes.mul(lanes.load(from), factor, m)
}

#[inline(always)]
fn invert<L: Lanes>(kernel: Kernel<'_, L>, a: Column<'_, L>, out: ColumnMut<'_, L>) -> bool {
    let lanes = kernel.lanes;
    let m = kernel.modulus();
    let chain = out.len() / CHAINS;
    let one = lanes.splat(kernel.field.one);
    let (a01, a23) = a.split_at(2 * chain);
    let ((a0, a1), (a2, a3)) = (a01.split_at(chain), a23.split_at(chain));
    let (out01, out23) = out.split_at_mut(2 * chain);
    let ((out0, out1), (out2, out3)) = (out01.split_at_mut(chain), out23.split_at_mut(chain));
    // What stands before each element in its chain.
    let [mut p0, mut p1, mut p2, mut p3] = [one; CHAINS];
    for t in (0..chain).step_by(L::LANES) {
        // All loads first: a processor may take what is stored at the same place of another page for what is to be loaded.
        let [e0, e1, e2, e3] = load::<L, CHAINS>(lanes, &[a0, a1, a2, a3], t);
        lanes.store(p0, &mut out0[t..]);
        lanes.store(p1, &mut out1[t..]);
        lanes.store(p2, &mut out2[t..]);
        lanes.store(p3, &mut out3[t..]);
        p0 = lanes.mul(p0, e0, &m);
        p1 = lanes.mul(p1, e1, &m);
        p2 = lanes.mul(p2, e2, &m);
        p3 = lanes.mul(p3, e3, &m);
    }
    // One inverse for all chains.
    let (p01, p23) = (lanes.mul(p0, p1, &m), lanes.mul(p2, p3, &m));
    let all = lanes.mul(p01, p23, &m);
    // Residues of a product of residues: zero if and only if one of them is.
    let mut words = [L::Word::ZERO; 16];
    lanes.store(all, &mut words);
    if words[..L::LANES].contains(&L::Word::ZERO) {
        return false;
    }
    // Fermat's.
    let inverse = power(lanes, all, kernel.field.p.number() - 2, one, &m);
    let (i01, i23) = (lanes.mul(inverse, p23, &m), lanes.mul(inverse, p01, &m));
    let (mut i0, mut i1) = (lanes.mul(i01, p1, &m), lanes.mul(i01, p0, &m));
    let (mut i2, mut i3) = (lanes.mul(i23, p3, &m), lanes.mul(i23, p2, &m));
    for t in (0..chain).step_by(L::LANES).rev() {
        let [e0, e1, e2, e3] = load::<L, CHAINS>(lanes, &[a0, a1, a2, a3], t);
        let [b0, b1, b2, b3] = load::<L, CHAINS>(lanes, &[out0, out1, out2, out3], t);
        lanes.store(lanes.mul(b0, i0, &m), &mut out0[t..]);
        lanes.store(lanes.mul(b1, i1, &m), &mut out1[t..]);
        lanes.store(lanes.mul(b2, i2, &m), &mut out2[t..]);
        lanes.store(lanes.mul(b3, i3, &m), &mut out3[t..]);
        i0 = lanes.mul(i0, e0, &m);
        i1 = lanes.mul(i1, e1, &m);
        i2 = lanes.mul(i2, e2, &m);
        i3 = lanes.mul(i3, e3, &m);
    }
    true
}

/// The power of residues, by windows of at most four bits that begin and end with a one: each multiplication has to wait for the one
/// before it, so that fewer of them are what counts.
#[inline(always)]
fn power<L: Lanes>(
    lanes: L,
    base: L::Pack,
    exponent: u64,
    one: L::Pack,
    m: &Modulus<L::Pack>,
) -> L::Pack {
    let base2 = lanes.mul(base, base, m);
    let base4 = lanes.mul(base2, base2, m);
    let base8 = lanes.mul(base4, base4, m);
    let (base3, base5) = (lanes.mul(base, base2, m), lanes.mul(base, base4, m));
    let base7 = lanes.mul(base3, base4, m);
    // The odd powers.
    let odd = [
        base,
        base3,
        base5,
        base7,
        lanes.mul(base, base8, m),
        lanes.mul(base3, base8, m),
        lanes.mul(base5, base8, m),
        lanes.mul(base7, base8, m),
    ];
    let mut power = one;
    // Bits that are left.
    let mut bits = u64::BITS - exponent.leading_zeros();
    while bits > 0 {
        if exponent >> (bits - 1) & 1 == 0 {
            power = lanes.mul(power, power, m);
            bits -= 1;
            continue;
        }
        let most = bits.min(4);
        let window = exponent >> (bits - most) & ((1 << most) - 1);
        let len = most - window.trailing_zeros();
        for _ in 0..len {
            power = lanes.mul(power, power, m);
        }
        let factor = odd[(window >> (most - len)) as usize / 2];
        power = lanes.mul(power, factor, m);
        bits -= len;
    }
    power
}

#[inline(always)]
fn invert_extension<L: Lanes, const D: usize>(
    kernel: Kernel<'_, L>,
    a: &[Column<'_, L>],
    out: &mut [ColumnMut<'_, L>],
) -> bool {
    let (lanes, field) = (kernel.lanes, kernel.field);
    let rows = out[0].len();
    let mut one = [L::Word::ZERO; MAX_DEGREE];
    one[0] = field.one;
    // The product of each lane's elements, and after that its inverse.
    let mut products = [[L::Word::ZERO; 16]; D];
    lanes.vectorize(
        #[inline(always)]
        || {
            let m = kernel.modulus();
            let mut product: [L::Pack; D] = std::array::from_fn(|k| lanes.splat(one[k]));
            for at in (0..rows).step_by(L::LANES) {
                store::<L, D>(lanes, product, out, at);
                let cells = cells(kernel, &load::<L, D>(lanes, a, at), &m);
                product = multiply(kernel, &product, &cells, &m);
            }
            for (words, pack) in products.iter_mut().zip(product) {
                lanes.store(pack, words);
            }
        },
    );
    // The same trick across the lanes.
    let lane = |products: &[[L::Word; 16]; D], i: usize| -> Residues<L::Word> {
        std::array::from_fn(|k| if k < D { products[k][i] } else { L::Word::ZERO })
    };
    let mut before = [one; 16];
    let mut all = one;
    for (i, before) in before.iter_mut().enumerate().take(L::LANES) {
        *before = all;
        all = field.multiply(&all, &lane(&products, i));
    }
    let Some(mut inverse) = field.invert(&all) else {
        return false;
    };
    for i in (0..L::LANES).rev() {
        let of_lane = field.multiply(&inverse, &before[i]);
        inverse = field.multiply(&inverse, &lane(&products, i));
        for (words, word) in products.iter_mut().zip(of_lane) {
            words[i] = word;
        }
    }
    lanes.vectorize(
        #[inline(always)]
        || {
            let m = kernel.modulus();
            let mut inverse: [L::Pack; D] = std::array::from_fn(|k| lanes.load(&products[k]));
            for at in (0..rows).step_by(L::LANES).rev() {
                let before: [L::Pack; D] = std::array::from_fn(|k| lanes.load(&out[k][at..]));
                let of_inverse = cells(kernel, &inverse, &m);
                let result = multiply(kernel, &before, &of_inverse, &m);
                let element = load::<L, D>(lanes, a, at);
                store::<L, D>(lanes, result, out, at);
                inverse = multiply(kernel, &element, &of_inverse, &m);
            }
        },
    );
    true
}

fn scan<L: Lanes, const D: usize>(
    kernel: Kernel<'_, L>,
    recurrence: &Recurrence<'_, L::Word>,
    state: &mut Residues<L::Word>,
    rows: usize,
    before: &mut [ColumnMut<'_, L>],
    after: &mut [ColumnMut<'_, L>],
) {
    let field = kernel.field;
    let zero = L::Word::ZERO;
    let (p, inverse) = (field.p, field.inverse);
    let row = |columns: &[Column<'_, L>], i: usize| -> [L::Word; D] {
        std::array::from_fn(|k| columns.get(k).map_or(zero, |column| column[i]))
    };
    let (add, mut visit) = (
        recurrence.add,
        Visit::<L::Word, D>::new(before, after, rows),
    );
    let start: [L::Word; D] = std::array::from_fn(|k| state[k]);
    let plus = |s: [L::Word; D], i: usize| -> [L::Word; D] {
        let add = row(add, i);
        std::array::from_fn(|k| s[k].add(add[k], p))
    };
    let end = match &recurrence.factor {
        Factor::One => visit.all(start, plus),
        Factor::Constant(matrix) => visit.all(start, |s, i| {
            let product = std::array::from_fn(|k| {
                (0..D).fold(zero, |sum, i| {
                    sum.add(s[i].mul(matrix[k][i], p, inverse), p)
                })
            });
            if add.is_empty() {
                product
            } else {
                plus(product, i)
            }
        }),
        Factor::Row([base]) => visit.all(start, |s, i| {
            let factor = base[i];
            plus(s.map(|word| word.mul(factor, p, inverse)), i)
        }),
        Factor::Row(columns) => {
            let recipe = &field.product;
            visit.all(start, |s, i| {
                let b = row(columns, i);
                let mut cells = [zero; MAX_DEGREE * MAX_DEGREE];
                for (cell, terms) in cells.iter_mut().zip(&recipe.cells) {
                    *cell = terms.iter().fold(zero, |sum, &(j, factor)| {
                        let term = if factor == field.one {
                            b[j]
                        } else {
                            b[j].mul(factor, p, inverse)
                        };
                        sum.add(term, p)
                    });
                }
                let product = std::array::from_fn(|k| {
                    (0..D).fold(zero, |sum, i| {
                        sum.add(s[i].mul(cells[recipe.matrix[k][i]], p, inverse), p)
                    })
                });
                if add.is_empty() {
                    product
                } else {
                    plus(product, i)
                }
            })
        }
    };
    state[..D].copy_from_slice(&end);
}

/// The columns that a recurrence writes: either may be missing.
struct Visit<'a, W, const D: usize> {
    before: Option<[&'a mut [W]; D]>,
    after: Option<[&'a mut [W]; D]>,
    rows: usize,
}

impl<'a, W: Word, const D: usize> Visit<'a, W, D> {
    fn new(before: &'a mut [&mut [W]], after: &'a mut [&mut [W]], rows: usize) -> Self {
        fn columns<'a, W, const D: usize>(
            columns: &'a mut [&mut [W]],
            rows: usize,
        ) -> Option<[&'a mut [W]; D]> {
            let columns: Vec<&mut [W]> = columns
                .iter_mut()
                .map(|column| &mut column[..rows])
                .collect();
            columns.try_into().ok()
        }
        Self {
            before: columns(before, rows),
            after: columns(after, rows),
            rows,
        }
    }

    /// The value behind the last row.
    #[inline(always)]
    fn all(&mut self, start: [W; D], step: impl Fn([W; D], usize) -> [W; D]) -> [W; D] {
        let rows = self.rows;
        let mut s = start;
        for i in 0..rows {
            if let Some(before) = &mut self.before {
                for k in 0..D {
                    before[k][i] = s[k];
                }
            }
            s = step(s, i);
            if let Some(after) = &mut self.after {
                for k in 0..D {
                    after[k][i] = s[k];
                }
            }
        }
        s
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::lanes::Portable;
    use crate::golden::arithmetic::Arithmetic;
    use zktr_isa::Spec;

    fn check<L: Lanes<Word = u32>>(lanes: L) {
        let spec = Spec::builtin();
        let format = spec.format("babybear").unwrap();
        let golden = Arithmetic::new(format, &[0; 6]).unwrap();
        let field = &Field::<u32>::new(format, &golden).unwrap();
        let kernel = Kernel { lanes, field };
        let words: Vec<u32> = (1..=512u32).map(|i| i.wrapping_mul(0x9E37_79B9)).collect();
        let residues: Vec<u32> = words.iter().map(|&w| field.mul(w, field.r2)).collect();
        // At any place within a line, and not beyond.
        for shift in 0..20 {
            for streamed in [false, true] {
                let mut to = vec![7; 512];
                let len = 256;
                kernel.scaled(&words, field.r2, &mut to[shift..shift + len], streamed);
                assert_eq!(to[shift..shift + len], residues[..len]);
                assert!(
                    to[..shift]
                        .iter()
                        .chain(&to[shift + len..])
                        .all(|&w| w == 7)
                );
            }
        }
        let mut out = vec![0; 512];
        assert!(kernel.invert(&residues, &mut out));
        for (a, b) in residues.iter().zip(&out) {
            assert_eq!(field.mul(*a, *b), field.one);
        }
        for zero in [0, 130, 511] {
            let mut residues = residues.clone();
            residues[zero] = 0;
            assert!(!kernel.invert(&residues, &mut out));
        }
        // Powers with windows of all lengths.
        for exponent in [0, 1, 2, 3, 8, 0b1011_0000, 0x77ff_ffff, 0x1234_5678] {
            let mut result = vec![0; 16];
            lanes.vectorize(|| {
                let m = kernel.modulus();
                let (base, one) = (lanes.splat(residues[5]), lanes.splat(field.one));
                lanes.store(power(lanes, base, exponent, one, &m), &mut result);
            });
            let expected = (0..64).rev().fold(field.one, |power, bit| {
                let square = field.mul(power, power);
                match exponent >> bit & 1 {
                    0 => square,
                    _ => field.mul(square, residues[5]),
                }
            });
            assert_eq!(result[0], expected, "{exponent:#x}");
        }
    }

    #[test]
    fn columns_are_scaled_and_inverted() {
        check(Portable::<u32>::default());
        #[cfg(target_arch = "x86_64")]
        {
            use crate::fast::lanes::{Avx2, Avx512};
            if let Some(lanes) = Avx2::detect() {
                check(lanes);
            }
            if let Some(lanes) = Avx512::detect() {
                check(lanes);
            }
        }
    }
}
