/* Modular exponentiation of 512 bits with Montgomery multiplication, as RSA has it: x^65537, and that to the
   power of m - 1, which has to be 1: the modulus m is the prime 2^512 - 569. */
#include "guest.h"

#define WORDS 16
#define LOW (0u - 569u)

static u32 modulus[WORDS];
static u32 inverse; /* -modulus^-1 mod 2^32 */

static void montgomery(u32 out[WORDS], const u32 a[WORDS], const u32 b[WORDS])
{
    u32 t[WORDS + 2];
    for (int i = 0; i < WORDS + 2; i++)
        t[i] = 0;
    for (int i = 0; i < WORDS; i++) {
        u64 carry = 0;
        for (int j = 0; j < WORDS; j++) {
            carry += (u64)a[j] * b[i] + t[j];
            t[j] = (u32)carry;
            carry >>= 32;
        }
        carry += t[WORDS];
        t[WORDS] = (u32)carry;
        t[WORDS + 1] = (u32)(carry >> 32);
        u32 m = t[0] * inverse;
        carry = ((u64)m * modulus[0] + t[0]) >> 32;
        for (int j = 1; j < WORDS; j++) {
            carry += (u64)m * modulus[j] + t[j];
            t[j - 1] = (u32)carry;
            carry >>= 32;
        }
        carry += t[WORDS];
        t[WORDS - 1] = (u32)carry;
        t[WORDS] = t[WORDS + 1] + (u32)(carry >> 32);
    }
    u32 reduced[WORDS];
    u64 borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        u64 d = (u64)t[i] - modulus[i] - borrow;
        reduced[i] = (u32)d;
        borrow = d >> 63;
    }
    int keep = borrow > t[WORDS];
    for (int i = 0; i < WORDS; i++)
        out[i] = keep ? t[i] : reduced[i];
}

int run(void)
{
    for (int i = 0; i < WORDS; i++)
        modulus[i] = i ? ~0u : LOW;
    u32 v = 1;
    for (int i = 0; i < 5; i++)
        v *= 2 - LOW * v;
    inverse = 0 - v;
    /* 2^512 mod m is 569: the one of Montgomery's form. */
    u32 one[WORDS], square[WORDS], x[WORDS], y[WORDS];
    for (int i = 0; i < WORDS; i++) {
        one[i] = i ? 0 : 569;
        square[i] = i ? 0 : 569 * 569;
        x[i] = next();
    }
    montgomery(x, x, square);
    for (int i = 0; i < WORDS; i++)
        y[i] = x[i];
    for (int i = 0; i < 16; i++)
        montgomery(y, y, y);
    montgomery(y, y, x);
    /* Fermat: x^(m - 1) = 1. */
    u32 power[WORDS];
    for (int i = 0; i < WORDS; i++)
        power[i] = one[i];
    for (int bit = 32 * WORDS - 1; bit >= 0; bit--) {
        u32 e = bit / 32 ? ~0u : LOW - 1;
        montgomery(power, power, power);
        if (e >> bit % 32 & 1)
            montgomery(power, power, y);
    }
    for (int i = 0; i < WORDS; i++)
        if (power[i] != one[i])
            return 1;
    return 0;
}
