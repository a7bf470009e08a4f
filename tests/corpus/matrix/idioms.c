// The idioms of trace generation, each as a plain loop over a generic field. A function's name is the number of its
// idiom in docs/idioms.md, and what it does.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include "field.h"

// ---- 1: events to rows of limbs ---------------------------------------------------------------

typedef struct {
    uint32_t pc, opcode, a, b;
} event;

void i01_limbs(fe *rows, const event *events, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fe *row = rows + 4 * i;
        row[0] = fe_from(events[i].a & 0xffff);
        row[1] = fe_from(events[i].a >> 16);
        row[2] = fe_from(events[i].b & 0xffff);
        row[3] = fe_from(events[i].b >> 16);
    }
}

// A row of an arithmetic table: the clock, an operation's flag, limbs, and a comparison.
void i01_row(fe *rows, const event *events, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fe *row = rows + 5 * i;
        row[0] = fe_from(events[i].pc);
        row[1] = events[i].opcode == 3 ? ONE : 0;
        row[2] = fe_from(events[i].a & 0xffff);
        row[3] = fe_from(events[i].a >> 16);
        row[4] = events[i].a < events[i].b ? ONE : 0;
    }
}

// ---- 2: words to elements ---------------------------------------------------------------------

void i02_words(fe *out, const uint32_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fe_from(x[i]);
    }
}

void i02_bytes(fe *out, const uint8_t *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fe_from(x[i]);
    }
}

// ---- 3: flags ---------------------------------------------------------------------------------

void i03_onehot(fe *rows, const event *events, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < 3; k++) {
            rows[3 * i + k] = events[i].opcode == k ? ONE : 0;
        }
    }
}

void i03_less(fe *out, const uint32_t *x, const uint32_t *y, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] < y[i] ? ONE : 0;
    }
}

// ---- 4: distances of accesses -----------------------------------------------------------------

void i04_delta(fe *rows, const uint32_t *now, const uint32_t *before, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t d = now[i] - before[i] - 1;
        rows[2 * i] = fe_from(d & 0xffff);
        rows[2 * i + 1] = fe_from(d >> 16);
    }
}

// ---- 5: histograms ----------------------------------------------------------------------------

void i05_histogram(uint32_t *counts, const uint32_t *keys, size_t n) {
    for (size_t i = 0; i < n; i++) {
        counts[keys[i]]++;
    }
}

void i05_weights(fe *sums, const uint32_t *keys, const fe *weights, size_t n) {
    for (size_t i = 0; i < n; i++) {
        sums[keys[i]] = fe_add(sums[keys[i]], weights[i]);
    }
}

// ---- 6: comparison with the row before --------------------------------------------------------

void i06_differ(fe *out, const uint32_t *key, uint32_t before, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = key[i] != before ? ONE : 0;
        before = key[i];
    }
}

// ---- 7: padding -------------------------------------------------------------------------------

void i07_fill(fe *rows, const fe *pattern, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < w; j++) {
            rows[i * w + j] = pattern[j];
        }
    }
}

// ---- 8: transposition -------------------------------------------------------------------------

void i08_transpose(fe *out, const fe *a, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < w; j++) {
            out[j * n + i] = a[i * w + j];
        }
    }
}

// ---- 9: fingerprints --------------------------------------------------------------------------

void i09_fingerprint(fe *out, const fe *a, const fe *coeff, fe gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fe acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fe_add(acc, fe_mul(coeff[j], a[i * w + j]));
        }
        out[i] = acc;
    }
}

void i09_width4(fe *out, const fe *a, const fe *coeff, fe gamma, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fe acc = gamma;
        for (size_t j = 0; j < 4; j++) {
            acc = fe_add(acc, fe_mul(coeff[j], a[i * 4 + j]));
        }
        out[i] = acc;
    }
}

void i09_subtracted(fe *out, const fe *a, const fe *coeff, fe gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fe acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fe_sub(acc, fe_mul(coeff[j], a[i * w + j]));
        }
        out[i] = acc;
    }
}

void i09_accumulate(fe *acc, const fe *x, fe c, size_t n) {
    for (size_t i = 0; i < n; i++) {
        acc[i] = fe_add(acc[i], fe_mul(c, x[i]));
    }
}

// ---- 10: inverses -----------------------------------------------------------------------------

void i10_batch(fe *out, const fe *a, size_t n) {
    fe product = ONE;
    for (size_t i = 0; i < n; i++) {
        out[i] = product;
        product = fe_mul(product, a[i]);
    }
    fe inverse = fe_inv(product);
    for (size_t i = n; i-- > 0;) {
        out[i] = fe_mul(out[i], inverse);
        inverse = fe_mul(inverse, a[i]);
    }
}

void i10_each(fe *out, const fe *a, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fe_inv(a[i]);
    }
}

// ---- 11: weighted batches ---------------------------------------------------------------------

void i11_fraction(fe *out, const fe *m, const fe *d, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = m[i] == 0 ? 0 : fe_mul(m[i], fe_inv(d[i]));
    }
}

// ---- 12: prefix sums --------------------------------------------------------------------------

void i12_inclusive(fe *out, const fe *a, fe sum, size_t n) {
    for (size_t i = 0; i < n; i++) {
        sum = fe_add(sum, a[i]);
        out[i] = sum;
    }
}

fe i12_exclusive(fe *out, const fe *a, size_t n) {
    fe sum = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = sum;
        sum = fe_add(sum, a[i]);
    }
    return sum;
}

void i12_down(fe *out, const fe *a, size_t n) {
    fe sum = 0;
    const fe *end = a + n;
    while (a != end) {
        sum = fe_add(sum, *a++);
        *out++ = sum;
    }
}

// ---- 13: running products and Horner's rule ---------------------------------------------------

void i13_product(fe *out, const fe *a, fe chi, size_t n) {
    fe z = ONE;
    for (size_t i = 0; i < n; i++) {
        z = fe_mul(z, fe_sub(chi, a[i]));
        out[i] = z;
    }
}

void i13_horner(fe *out, const fe *a, fe chi, size_t n) {
    fe e = 0;
    for (size_t i = 0; i < n; i++) {
        e = fe_add(fe_mul(e, chi), a[i]);
        out[i] = e;
    }
}

// ---- 14: a level of a fraction tree -----------------------------------------------------------

void i14_fractions(fe *restrict on, fe *restrict od, const fe *num, const fe *den, size_t n) {
    for (size_t i = 0; i < n; i++) {
        on[i] = fe_add(fe_mul(num[2 * i], den[2 * i + 1]), fe_mul(num[2 * i + 1], den[2 * i]));
        od[i] = fe_mul(den[2 * i], den[2 * i + 1]);
    }
}

void i14_products(fe *out, const fe *a, const fe *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fe_mul(a[i], b[i]);
    }
}

// ---- 15: gathers ------------------------------------------------------------------------------

void i15_gather(fe *out, const fe *table, const uint32_t *index, const fe *m, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fe_mul(table[index[i]], m[i]);
    }
}

// ---- 16: powers -------------------------------------------------------------------------------

void i16_powers(fe *out, fe beta, size_t n) {
    fe power = ONE;
    for (size_t j = 0; j < n; j++) {
        out[j] = power;
        power = fe_mul(power, beta);
    }
}
