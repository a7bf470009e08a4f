// Arithmetic in a 31-bit prime field, in Montgomery form (R = 2^32), as provers write it.
//
// -DFIELD_BABYBEAR or -DFIELD_KOALABEAR picks the prime. MONTY_FORM picks how a product is
// reduced: both spellings are common, and compilers turn them into different code, so a source
// states the one it was written with and the build can override it.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef FIELD_H
#define FIELD_H

#include <stddef.h>
#include <stdint.h>

#if defined(FIELD_BABYBEAR)
#define P 2013265921u         // 15 * 2^27 + 1
#define P_INV 0x88000001u     // P^-1 mod 2^32
#elif defined(FIELD_KOALABEAR)
#define P 2130706433u         // 127 * 2^24 + 1
#define P_INV 0x81000001u
#else
#error "define FIELD_BABYBEAR or FIELD_KOALABEAR"
#endif

#define MONTY_SUBTRACT 0
#define MONTY_ADD 1
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_SUBTRACT
#endif

// A Montgomery residue in [0, P).
typedef uint32_t fp;

// An element of the degree-4 extension; adding and scaling by a base element need no polynomial.
typedef struct {
    fp c[4];
} fp4;

static const fp FP_ONE = (fp)((UINT64_C(1) << 32) % P);

// x / R mod P, for x < P * 2^32.
static inline fp monty_reduce(uint64_t x) {
#if MONTY_FORM == MONTY_SUBTRACT
    uint32_t t = (uint32_t)x * P_INV;
    uint64_t u = (uint64_t)t * P;
    // x and u agree in the low word, so only the high word can borrow.
    uint32_t high = (uint32_t)((x - u) >> 32);
    return high + (x < u ? P : 0);
#else
    uint32_t t = (0u - (uint32_t)x) * P_INV;
    // The sum's low word is zero by the choice of t.
    uint32_t high = (uint32_t)((x + (uint64_t)t * P) >> 32);
    return high >= P ? high - P : high;
#endif
}

static inline fp fp_mul(fp a, fp b) {
    return monty_reduce((uint64_t)a * b);
}

static inline fp fp_add(fp a, fp b) {
    uint32_t sum = a + b; // no carry: P < 2^31
    return sum >= P ? sum - P : sum;
}

static inline fp fp_sub(fp a, fp b) {
    uint32_t difference = a - b;
    return a < b ? difference + P : difference;
}

static inline fp fp_pow(fp base, uint32_t exponent) {
    fp result = FP_ONE;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) {
            result = fp_mul(result, base);
        }
        base = fp_mul(base, base);
    }
    return result;
}

// Fermat; the inverse of zero comes out as zero.
static inline fp fp_inv(fp a) {
    return fp_pow(a, P - 2);
}

static inline fp4 fp4_add(fp4 a, fp4 b) {
    for (int k = 0; k < 4; k++) {
        a.c[k] = fp_add(a.c[k], b.c[k]);
    }
    return a;
}

static inline fp4 fp4_scale(fp4 a, fp b) {
    for (int k = 0; k < 4; k++) {
        a.c[k] = fp_mul(a.c[k], b);
    }
    return a;
}

#endif
