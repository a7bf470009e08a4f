// Arithmetic of the matrix: -DFIELD=<name> picks the prime, -DMONTGOMERY the representation.
//
// A field is what provers' own code has: a word, a sum and a difference with one correction, a product
// with one reduction, canonical results. Goldilocks multiplies by four 32-bit products, as compilers do
// on a machine without a wide product.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MATRIX_FIELD_H
#define MATRIX_FIELD_H

#include <stddef.h>
#include <stdint.h>

#define babybear 1
#define koalabear 2
#define mersenne31 3
#define goldilocks 4

#if FIELD == goldilocks

typedef uint64_t fe;
#define P 0xFFFFFFFF00000001u
#define EPSILON 0xFFFFFFFFu // 2^64 mod P

typedef struct {
    uint64_t low, high;
} wide;

static inline wide mul_wide(uint64_t a, uint64_t b) {
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
    uint64_t middle = p01 + (p00 >> 32);
    uint64_t carried = p10 + (uint32_t)middle;
    wide w = {carried << 32 | (uint32_t)p00, p11 + (middle >> 32) + (carried >> 32)};
    return w;
}

static inline fe fe_add(fe a, fe b) {
    fe sum = a + b;
    // Subtracting P is adding 2^64 - P, where the sum wrapped or is not below P.
    return sum < a || sum >= P ? sum - P : sum;
}

static inline fe fe_sub(fe a, fe b) {
    fe difference = a - b;
    return a < b ? difference + P : difference;
}

#if MONTGOMERY
// x / 2^64 mod P, for x < P * 2^64.
static inline fe reduce(wide x) {
    uint64_t a = x.low + (x.low << 32);
    uint64_t b = a - (a >> 32) - (a < x.low);
    uint64_t r = x.high - b;
    return x.high < b ? r + P : r;
}
#define ONE ((fe)EPSILON)
#define R_SQUARED 0xFFFFFFFE00000001u
#else
static inline fe reduce(wide x) {
    uint64_t top = x.high >> 32, next = (uint32_t)x.high;
    uint64_t t = x.low - top;
    if (x.low < top) {
        t -= EPSILON; // cannot borrow again
    }
    uint64_t u = next * EPSILON;
    uint64_t r = t + u;
    if (r < t) {
        r += EPSILON;
    }
    return r >= P ? r - P : r;
}
#define ONE ((fe)1)
#endif

static inline fe fe_mul(fe a, fe b) {
    return reduce(mul_wide(a, b));
}

static inline fe fe_from(uint32_t x) {
#if MONTGOMERY
    return fe_mul(x, R_SQUARED);
#else
    return x;
#endif
}

#else // words of 32 bits

typedef uint32_t fe;

#if FIELD == babybear
#define P 2013265921u
#define P_INVERSE 0x88000001u // modulo 2^32
#elif FIELD == koalabear
#define P 2130706433u
#define P_INVERSE 0x81000001u
#elif FIELD == mersenne31
#define P 2147483647u
#else
#error "FIELD is babybear, koalabear, mersenne31 or goldilocks"
#endif

static inline fe fe_add(fe a, fe b) {
    fe sum = a + b;
    return sum >= P ? sum - P : sum;
}

static inline fe fe_sub(fe a, fe b) {
    fe difference = a - b;
    return a < b ? difference + P : difference;
}

#if MONTGOMERY
static inline fe reduce(uint64_t x) {
    uint32_t t = (uint32_t)x * P_INVERSE;
    uint64_t u = (uint64_t)t * P;
    uint32_t high = (uint32_t)((x - u) >> 32);
    return x < u ? high + P : high;
}
#define ONE ((fe)((UINT64_C(1) << 32) % P))
#elif FIELD == mersenne31
static inline fe reduce(uint64_t x) {
    uint64_t once = (x & P) + (x >> 31);
    uint32_t twice = (uint32_t)((once & P) + (once >> 31));
    return twice >= P ? twice - P : twice;
}
#define ONE ((fe)1)
#else
static inline fe reduce(uint64_t x) {
    return (fe)(x % P);
}
#define ONE ((fe)1)
#endif

static inline fe fe_mul(fe a, fe b) {
    return reduce((uint64_t)a * b);
}

static inline fe fe_from(uint32_t x) {
#if MONTGOMERY
    return (fe)(((uint64_t)x << 32) % P);
#elif FIELD == mersenne31
    return reduce(x);
#else
    return x % P;
#endif
}

#endif

// Fermat's inverse, by the binary method from the lowest bit.
static inline fe fe_inv(fe x) {
    fe result = ONE;
    for (uint64_t e = P - 2; e != 0; e >>= 1) {
        if (e & 1) {
            result = fe_mul(result, x);
        }
        x = fe_mul(x, x);
    }
    return result;
}

#endif
