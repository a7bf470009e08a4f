/* Arithmetic in the base field of BLS12-381 and its quadratic extension: a chain of squarings and products, and an inverse by
   Fermat that has to give one. */
#include "guest.h"

#define WORDS 12

static const u32 p[WORDS] = {
    0xffffaaab, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0,
    0xf38512bf, 0x64774b84, 0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea,
};
static u32 inverse;

typedef struct { u32 w[WORDS]; } fp;
typedef struct { fp a, b; } fp2;

static int below(const u32 *x)
{
    for (int i = WORDS - 1; i >= 0; i--)
        if (x[i] != p[i])
            return x[i] < p[i];
    return 0;
}

static void reduce(u32 *x)
{
    if (below(x))
        return;
    u32 borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        u64 d = (u64)x[i] - p[i] - borrow;
        x[i] = (u32)d;
        borrow = (u32)(d >> 63);
    }
}

static void add(fp *out, const fp *x, const fp *y)
{
    u64 carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (u64)x->w[i] + y->w[i];
        out->w[i] = (u32)carry;
        carry >>= 32;
    }
    reduce(out->w);
}

static void sub(fp *out, const fp *x, const fp *y)
{
    u32 borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        u64 d = (u64)x->w[i] - y->w[i] - borrow;
        out->w[i] = (u32)d;
        borrow = (u32)(d >> 63);
    }
    if (!borrow)
        return;
    u64 carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (u64)out->w[i] + p[i];
        out->w[i] = (u32)carry;
        carry >>= 32;
    }
}

static void mul(fp *out, const fp *x, const fp *y)
{
    u32 t[WORDS + 1] = {0};
    for (int i = 0; i < WORDS; i++) {
        u64 carry = 0;
        for (int j = 0; j < WORDS; j++) {
            carry += (u64)x->w[j] * y->w[i] + t[j];
            t[j] = (u32)carry;
            carry >>= 32;
        }
        u32 top = t[WORDS] + (u32)carry;
        u32 m = t[0] * inverse;
        carry = ((u64)m * p[0] + t[0]) >> 32;
        for (int j = 1; j < WORDS; j++) {
            carry += (u64)m * p[j] + t[j];
            t[j - 1] = (u32)carry;
            carry >>= 32;
        }
        carry += top;
        t[WORDS - 1] = (u32)carry;
        t[WORDS] = (u32)(carry >> 32);
    }
    reduce(t);
    for (int i = 0; i < WORDS; i++)
        out->w[i] = t[i];
}

static void mul2(fp2 *out, const fp2 *x, const fp2 *y)
{
    fp aa, bb, s, t;
    mul(&aa, &x->a, &y->a);
    mul(&bb, &x->b, &y->b);
    add(&s, &x->a, &x->b);
    add(&t, &y->a, &y->b);
    mul(&s, &s, &t);
    sub(&out->a, &aa, &bb);
    sub(&s, &s, &aa);
    sub(&out->b, &s, &bb);
}

int run(void)
{
    u32 v = 1;
    for (int i = 0; i < 5; i++)
        v *= 2 - p[0] * v;
    inverse = 0 - v;
    fp one = {{0}}, x, y;
    /* 2^384 mod p, by doubling. */
    one.w[0] = 1;
    for (int i = 0; i < 384; i++)
        add(&one, &one, &one);
    for (int i = 0; i < WORDS; i++)
        x.w[i] = i < WORDS - 1 ? next() : 1;
    fp2 z = {x, one};
    for (int i = 0; i < 60; i++) {
        mul2(&z, &z, &z);
        add(&z.a, &z.a, &x);
    }
    /* The inverse: z.a^(p - 2). */
    y = one;
    for (int bit = 32 * WORDS - 1; bit >= 0; bit--) {
        u32 e = bit / 32 ? p[bit / 32] : p[0] - 2;
        mul(&y, &y, &y);
        if (e >> bit % 32 & 1)
            mul(&y, &y, &z.a);
    }
    mul(&y, &y, &z.a);
    for (int i = 0; i < WORDS; i++)
        if (y.w[i] != one.w[i])
            return 1;
    return 0;
}
