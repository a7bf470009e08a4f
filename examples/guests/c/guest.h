/* What all guests have: an entry, an exit, and types. No libc, no 64-bit division, no calls that a compiler invents. */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

int run(void);

__attribute__((noreturn, used)) void _start(void)
{
    register int code __asm__("a0") = run();
    register int number __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(code), "r"(number));
    __builtin_unreachable();
}

/* A fixed sequence of numbers (xorshift). */
static u32 seed = 2463534242u;

static inline u32 next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

#endif
