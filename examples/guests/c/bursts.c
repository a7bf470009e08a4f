/* Work that comes in bursts: stretches of divisions, for which a simple pipeline takes long, and stretches of additions, which
   make a row a cycle. */
#include "guest.h"

static u32 gcd(u32 a, u32 b)
{
    while (b) {
        u32 r = a % b;
        a = b;
        b = r;
    }
    return a;
}

static u32 stream(u32 x, u32 y)
{
    for (int i = 0; i < 100; i++) {
        x += y << 3; y ^= x >> 5; x += y; y += x << 7; x ^= y >> 9; y ^= x << 2;
        x += y << 4; y ^= x >> 6; x += y; y += x << 8; x ^= y >> 10; y ^= x << 3;
    }
    return x ^ y;
}

int run(void)
{
    u32 sum = 0;
    for (int i = 0; i < 120; i++) {
        u32 a = next() | 1, b = next() | 1;
        u32 g = gcd(a, b);
        if (!g || a % g || b % g)
            return 1;
        for (int j = 0; j < 8; j++)
            sum += gcd(next(), next());
        sum ^= stream(a, b);
        sum ^= stream(b, sum);
    }
    return sum == 0;
}
