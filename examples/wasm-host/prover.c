// The module of the example `wasm_host`: a part of a prover, in BabyBear.
//
//     clang-19 --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--export-dynamic -Wl,-z,stack-size=4096 prover.c -o prover.wasm
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define P 2013265921u

// a b / 2^32 modulo P: the product of elements in Montgomery form.
static uint32_t mul(uint32_t a, uint32_t b) {
    uint64_t product = (uint64_t)a * b;
    uint32_t quotient = (uint32_t)product * 2281701377u; // 1 / P modulo 2^32
    uint64_t multiple = (uint64_t)quotient * P;
    uint32_t high = (uint32_t)((product - multiple) >> 32);
    return product < multiple ? high + P : high;
}

static uint32_t add(uint32_t a, uint32_t b) {
    uint32_t sum = a + b;
    return sum >= P ? sum - P : sum;
}

// A fingerprint of each row of a table: gamma and a linear combination of the row's elements.
EXPORT void fingerprints(uint32_t *out, const uint32_t *table, const uint32_t *coefficients, uint32_t gamma, size_t rows,
                         size_t columns) {
    for (size_t i = 0; i < rows; i++) {
        uint32_t sum = gamma;
        for (size_t j = 0; j < columns; j++) {
            sum = add(sum, mul(coefficients[j], table[i * columns + j]));
        }
        out[i] = sum;
    }
}
