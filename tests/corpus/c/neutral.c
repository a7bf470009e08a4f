// Loops that no field operation may replace: ordinary ones, and near misses of the loops in this
// corpus. Where a near miss is a nest, its inner loop alone may be a genuine dot product.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_SUBTRACT
#endif
#include "field.h"

// ---- ordinary code ----

void copy_words(uint32_t *to, const uint32_t *from, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

uint32_t sum_words(const uint32_t *a, size_t n) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i];
    }
    return sum;
}

size_t string_length(const char *s) {
    size_t length = 0;
    while (s[length] != '\0') {
        length++;
    }
    return length;
}

void insertion_sort(uint32_t *a, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint32_t x = a[i];
        size_t j = i;
        for (; j > 0 && a[j - 1] > x; j--) {
            a[j] = a[j - 1];
        }
        a[j] = x;
    }
}

// FNV-1a, a word at a time.
uint32_t hash_words(const uint32_t *a, size_t n) {
    uint32_t hash = 0x811c9dc5;
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ a[i]) * 0x01000193;
    }
    return hash;
}

float sum_floats(const float *a, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i];
    }
    return sum;
}

// A genuine histogram: no field arithmetic, but what a counting unit is for.
void histogram(uint32_t *counts, const uint8_t *keys, size_t n) {
    for (size_t i = 0; i < n; i++) {
        counts[keys[i]]++;
    }
}

// The shape of a histogram with reference counts as its content: the address comes from a
// pointer, and zero is special.
size_t release_all(uint32_t **objects, size_t n) {
    size_t freed = 0;
    for (size_t i = 0; i < n; i++) {
        if (--*objects[i] == 0) {
            freed++;
        }
    }
    return freed;
}

// ---- near misses ----

#define OTHER_P 1811939329u // 27 * 2^26 + 1, prime, but not the field

// A fingerprint in another field.
void fingerprint_other_field(uint32_t *out, const uint32_t *a, const uint32_t *coeff,
                             uint32_t gamma, size_t n, size_t w) {
    for (size_t i = 0; i < n; i++) {
        uint32_t acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = (uint32_t)((acc + (uint64_t)coeff[j] * a[i * w + j]) % OTHER_P);
        }
        out[i] = acc;
    }
}

// The right modulus with a constant that is off by one bit.
static inline fp reduce_wrong(uint64_t x) {
    uint32_t t = (uint32_t)x * (P_INV ^ 2);
    uint64_t u = (uint64_t)t * P;
    uint32_t high = (uint32_t)((x - u) >> 32);
    return high + (x < u ? P : 0);
}

void fingerprint_wrong_constant(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n,
                                size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, reduce_wrong((uint64_t)coeff[j] * a[i * w + j]));
        }
        out[i] = acc;
    }
}

// Reduces P + 1 and above, but leaves P as it is.
fp running_sum_off_by_one(fp *sum, const fp *perm, size_t n) {
    fp acc = 0;
    for (size_t i = 0; i < n; i++) {
        acc += perm[i];
        acc = acc > P ? acc - P : acc;
        sum[i] = acc;
    }
    return acc;
}

// Adds without reducing, so it wraps at 2^32 and not at P.
void fingerprint_unreduced_sum(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n,
                               size_t w) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc += fp_mul(coeff[j], a[i * w + j]);
        }
        out[i] = acc;
    }
}

// Stops at the first zero element.
size_t running_sum_until_zero(fp *sum, const fp *perm, size_t n) {
    fp acc = 0;
    size_t i = 0;
    for (; i < n && perm[i] != 0; i++) {
        acc = fp_add(acc, perm[i]);
        sum[i] = acc;
    }
    return i;
}

// Also counts the rows, in memory that anything may alias.
void fingerprint_counted(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w,
                         volatile uint32_t *rows_done) {
    for (size_t i = 0; i < n; i++) {
        fp acc = gamma;
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[i * w + j]));
        }
        out[i] = acc;
        *rows_done += 1;
    }
}

// Each row starts from the previous row's result: a chain, not a map.
void fingerprint_chained(fp *out, const fp *a, const fp *coeff, fp gamma, size_t n, size_t w) {
    fp acc = gamma;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < w; j++) {
            acc = fp_add(acc, fp_mul(coeff[j], a[i * w + j]));
        }
        out[i] = acc;
        acc = fp_mul(acc, acc);
    }
}

// Odd rows take their factor from another array.
fp running_product_alternating(fp *z, const fp *a, const fp *b, size_t n) {
    fp acc = FP_ONE;
    for (size_t i = 0; i < n; i++) {
        acc = fp_mul(acc, i & 1 ? b[i] : a[i]);
        z[i] = acc;
    }
    return acc;
}

// Reads the element that the previous step wrote: out and in overlap by one.
void prefix_in_place(fp *a, size_t n) {
    for (size_t i = 0; i + 1 < n; i++) {
        a[i + 1] = fp_add(a[i + 1], fp_mul(a[i], a[i]));
    }
}
