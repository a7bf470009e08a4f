// Fingerprints: a random linear combination of the columns of each row.
//
//     out[i] = gamma + sum_j coeff[j] * a[i][j]
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_SUBTRACT
#endif
#include "field.h"

// Any width.
void fingerprint(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[i * w + j]));
        }
        out[i] = acc;
    }
}

// A width known at compile time. As `out` may overlap `coeff`, the coefficients are read again
// for each row.
void fingerprint_w8(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < 8; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[i * 8 + j]));
        }
        out[i] = acc;
    }
}

// `restrict` lets the compiler hoist the coefficients, as it does for Rust's references.
void fingerprint_w8_restrict(fp *restrict out, const fp *restrict a, const fp *restrict coeff,
                             fp gamma, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < 8; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[i * 8 + j]));
        }
        out[i] = acc;
    }
}

// Running powers of beta in place of a vector of coefficients.
void fingerprint_powers(fp *out, const fp *a, fp beta, fp gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        fp power = FP_ONE;
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, fp_mul(power, a[i * w + j]));
            power = fp_mul(power, beta);
        }
        out[i] = acc;
    }
}

// The same by Horner's rule, from the last column to the first.
void fingerprint_horner(fp *out, const fp *a, fp beta, fp gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = 0;
        for (size_t j = w; j-- > 0;) {
            acc = fp_add(fp_mul(acc, beta), a[i * w + j]);
        }
        out[i] = fp_add(gamma, acc);
    }
}

// Some columns of a wider trace: w columns from `offset` in rows of `stride`.
void fingerprint_strided(fp *out, const fp *a, size_t stride, size_t offset, const fp *coeff,
                         fp gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[i * stride + offset + j]));
        }
        out[i] = acc;
    }
}

// A column-major trace.
void fingerprint_columns(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[j * n + i]));
        }
        out[i] = acc;
    }
}

// Pointers that move through the rows.
void fingerprint_bump(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w) {
    for (fp *end = out + n; out != end; out++) {
        fp acc = gamma;
        for (const fp *c = coeff, *row_end = a + w; a != row_end; a++, c++) {
            acc = fp_add(acc, fp_mul(*c, *a));
        }
        *out = acc;
    }
}

// One reduction for two products: their sum still fits, as 2 * P^2 < P * 2^32. w is even.
void fingerprint_pairs(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j += 2) {
            uint64_t pair = (uint64_t)coeff[j] * a[i * w + j]
                          + (uint64_t)coeff[j + 1] * a[i * w + j + 1];
            acc = fp_add(acc, monty_reduce(pair));
        }
        out[i] = acc;
    }
}

// Challenges in the extension, trace in the base field.
void fingerprint_ext4(fp4 *out, const fp *a, const fp4 *coeff, const fp4 *gamma, size_t n,
                      size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp4 acc = *gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fp4_add(acc, fp4_scale(coeff[j], a[i * w + j]));
        }
        out[i] = acc;
    }
}
