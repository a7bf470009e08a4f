// Powers of a challenge.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_ADD
#endif
#include "field.h"

// b[j] = beta^j, each from its neighbour in memory.
void powers(fp *b, fp beta, size_t n) {
    if (n == 0) {
        return;
    }
    b[0] = FP_ONE;
    for (size_t j = 1; j < n; j++) {
        b[j] = fp_mul(b[j - 1], beta);
    }
}

// b[j] = start * beta^j, from an accumulator; returns the next power.
fp powers_from(fp *b, fp start, fp beta, size_t n) {
    for (size_t j = 0; j < n; j++) {
        b[j] = start;
        start = fp_mul(start, beta);
    }
    return start;
}

// Scales a column by the powers of a shift, as a coset evaluation does.
void scale_by_powers(fp *a, fp shift, size_t n) {
    fp power = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        a[i] = fp_mul(a[i], power);
        power = fp_mul(power, shift);
    }
}
