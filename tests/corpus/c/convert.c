// Words to field elements, in flat arrays and in rows of a trace.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef MONTY_FORM
#define MONTY_FORM MONTY_ADD
#endif
#include "field.h"

static inline fp fp_from_u32(uint32_t x) {
    return (fp)(((uint64_t)x << 32) % P);
}

void to_monty(fp *out, const uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = fp_from_u32(words[i]);
    }
}

// Rows of `columns` words into rows of `stride` field elements, from column `offset`.
void to_monty_rows(fp *out, size_t stride, size_t offset, const uint32_t *words, size_t columns,
                   size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < columns; j++) {
            out[i * stride + offset + j] = fp_from_u32(words[i * columns + j]);
        }
    }
}

// By a multiplication with R^2 in place of a remainder.
void to_monty_by_mul(fp *out, const uint32_t *words, size_t n) {
    const fp r_squared = (fp)((UINT64_MAX % P + 1) % P);
    for (size_t i = 0; i < n; i++) {
        out[i] = fp_mul(words[i], r_squared);
    }
}

void from_monty(uint32_t *out, const fp *a, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = monty_reduce(a[i]);
    }
}

// Canonical residues: for hosts that do not keep Montgomery form.
void to_canonical(uint32_t *out, const uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[i] = words[i] % P;
    }
}

void to_canonical_rows(uint32_t *out, size_t stride, size_t offset, const uint32_t *words,
                       size_t columns, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < columns; j++) {
            out[i * stride + offset + j] = words[i * columns + j] % P;
        }
    }
}

// Each word's four bytes, in four columns of its row.
void bytes_to_rows(fp *out, size_t stride, const uint32_t *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 4; k++) {
            out[i * stride + k] = fp_from_u32((words[i] >> (8 * k)) & 0xff);
        }
    }
}

// An event as an executor records it.
typedef struct {
    uint32_t clock;
    uint32_t pc;
    uint32_t value;
    uint32_t is_write;
} memory_event;

enum { EVENT_COLUMNS = 6 };

// One row per event: clock, pc, the value in 16-bit limbs, a flag, and the step of the clock.
void events_to_rows(fp *out, const memory_event *events, uint32_t previous_clock, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const memory_event *event = &events[i];
        fp *row = &out[i * EVENT_COLUMNS];
        row[0] = fp_from_u32(event->clock);
        row[1] = fp_from_u32(event->pc);
        row[2] = fp_from_u32(event->value & 0xffff);
        row[3] = fp_from_u32(event->value >> 16);
        row[4] = event->is_write ? FP_ONE : 0;
        row[5] = fp_from_u32(event->clock - previous_clock - 1);
        previous_clock = event->clock;
    }
}
