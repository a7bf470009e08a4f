// LogUp's running sums, the column that feeds them, and the products of older arguments.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_SUBTRACT
#endif
#include "field.h"

// sum[i] takes in perm[i]; returns the total.
fp running_sum(fp *sum, const fp *perm, size_t n) {
    fp acc = 0;
    for (size_t i = 0; i < n; i++) {
        acc = fp_add(acc, perm[i]);
        sum[i] = acc;
    }
    return acc;
}

// The accumulator starts from the caller's value and lives in memory from row to row.
void running_sum_from(fp *sum, const fp *perm, fp start, size_t n) {
    for (size_t i = 0; i < n; i++) {
        sum[i] = fp_add(i == 0 ? start : sum[i - 1], perm[i]);
    }
}

// sum[i] is the sum before row i.
fp running_sum_exclusive(fp *sum, const fp *perm, size_t n) {
    fp acc = 0;
    for (size_t i = 0; i < n; i++) {
        sum[i] = acc;
        acc = fp_add(acc, perm[i]);
    }
    return acc;
}

// Each row counts m[i] times.
fp running_sum_weighted(fp *sum, const fp *m, const fp *perm, size_t n) {
    fp acc = 0;
    for (size_t i = 0; i < n; i++) {
        acc = fp_add(acc, fp_mul(m[i], perm[i]));
        sum[i] = acc;
    }
    return acc;
}

// The four coordinates of an extension element.
void running_sum_ext4(fp4 *sum, const fp4 *perm, size_t n) {
    fp4 acc = {{0, 0, 0, 0}};
    for (size_t i = 0; i < n; i++) {
        acc = fp4_add(acc, perm[i]);
        sum[i] = acc;
    }
}

// Extension denominators with a multiplicity in the base field.
void running_sum_ext4_weighted(fp4 *sum, const fp *m, const fp4 *perm, size_t n) {
    fp4 acc = {{0, 0, 0, 0}};
    for (size_t i = 0; i < n; i++) {
        acc = fp4_add(acc, fp4_scale(perm[i], m[i]));
        sum[i] = acc;
    }
}

// Everything for one row in one go: fingerprint, inverse, running sum.
fp logup_column(fp *perm, fp *sum, const fp *a, fp beta, fp gamma, size_t n, size_t w) {
    fp acc = 0;
    for (size_t i = 0; i < n; i++) {
        fp d = gamma;
        fp power = FP_ONE;
        for (size_t j = 0; j < w; j++) {
            d = fp_add(d, fp_mul(power, a[i * w + j]));
            power = fp_mul(power, beta);
        }
        perm[i] = fp_inv(d);
        acc = fp_add(acc, perm[i]);
        sum[i] = acc;
    }
    return acc;
}

// The same with a vector of coefficients and a multiplicity column.
fp logup_column_weighted(fp *perm, fp *sum, const fp *a, const fp *m, const fp *coeff, fp gamma,
                         size_t n, size_t w) {
    fp acc = 0;
    for (size_t i = 0; i < n; i++) {
        fp d = gamma;
        for (size_t j = 0; j < w; j++) {
            d = fp_add(d, fp_mul(coeff[j], a[i * w + j]));
        }
        perm[i] = fp_mul(m[i], fp_inv(d));
        acc = fp_add(acc, perm[i]);
        sum[i] = acc;
    }
    return acc;
}

// z[i] is the product up to and including a[i].
fp running_product(fp *z, const fp *a, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        acc = fp_mul(acc, a[i]);
        z[i] = acc;
    }
    return acc;
}

// A permutation argument's factor: z *= chi - a[i].
fp running_product_shifted(fp *z, const fp *a, fp chi, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        acc = fp_mul(acc, fp_sub(chi, a[i]));
        z[i] = acc;
    }
    return acc;
}

// An evaluation argument: e = e * chi + a[i].
fp running_evaluation(fp *e, const fp *a, fp chi, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        acc = fp_add(fp_mul(acc, chi), a[i]);
        e[i] = acc;
    }
    return acc;
}
