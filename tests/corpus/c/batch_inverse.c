// Inverses of many elements: Montgomery's trick and its rivals.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_ADD
#endif
#include "field.h"

// out[i] holds the product of a[0..i] until the backward sweep turns it into 1 / a[i].
void batch_inverse(fp *out, const fp *a, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        out[i] = acc;
        acc = fp_mul(acc, a[i]);
    }
    acc = fp_inv(acc);
    for (size_t i = n; i-- > 0;) {
        out[i] = fp_mul(acc, out[i]);
        acc = fp_mul(acc, a[i]);
    }
}

// Prefix products that include their own element, read back from memory.
void batch_inverse_inclusive(fp *out, const fp *a, size_t n) {
    if (n == 0) {
        return;
    }
    out[0] = a[0];
    for (size_t i = 1; i < n; i++) {
        out[i] = fp_mul(out[i - 1], a[i]);
    }
    fp acc = fp_inv(out[n - 1]);
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = fp_mul(acc, out[i - 1]);
        acc = fp_mul(acc, a[i]);
    }
    out[0] = acc;
}

// Prefix products in an array of their own.
void batch_inverse_scratch(fp *out, const fp *a, fp *prefix, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        prefix[i] = acc;
        acc = fp_mul(acc, a[i]);
    }
    acc = fp_inv(acc);
    for (size_t i = n; i-- > 0;) {
        out[i] = fp_mul(acc, prefix[i]);
        acc = fp_mul(acc, a[i]);
    }
}

// In place: the backward sweep overwrites each element after its last use.
void batch_inverse_in_place(fp *a, fp *prefix, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        prefix[i] = acc;
        acc = fp_mul(acc, a[i]);
    }
    acc = fp_inv(acc);
    for (size_t i = n; i-- > 0;) {
        fp inverse = fp_mul(acc, prefix[i]);
        acc = fp_mul(acc, a[i]);
        a[i] = inverse;
    }
}

// Multiplicity over denominator, fused into the backward sweep.
void batch_divide(fp *out, const fp *m, const fp *d, fp *restrict prefix, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        prefix[i] = acc;
        acc = fp_mul(acc, d[i]);
    }
    acc = fp_inv(acc);
    for (size_t i = n; i-- > 0;) {
        fp inverse = fp_mul(acc, prefix[i]);
        acc = fp_mul(acc, d[i]);
        out[i] = fp_mul(m[i], inverse);
    }
}

// No batching.
void inverse_each(fp *out, const fp *a, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fp_inv(a[i]);
    }
}

fp inverse(fp a) {
    return fp_inv(a);
}
