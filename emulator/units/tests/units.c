/* Inverses and running sums by the units, against plain C. Prints "ok". */

#include HEADER
#include <stdio.h>
#include <stdlib.h>

enum { N = 50000 };

static const uint64_t P = ZKTR_FORMAT_BABYBEAR_MODULUS;

static uint64_t power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = result * base % P;
        base = base * base % P;
    }
    return result;
}

static uint32_t a[N], out[N], sum[N], last[1];

static void expect(int condition, const char *what)
{
    if (!condition) {
        printf("%s\n", what);
        exit(1);
    }
}

int main(void)
{
    uint64_t state = 1, total = 0;
    for (size_t i = 0; i < N; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        a[i] = 1 + (state >> 33) % (P - 1);
    }

    static _Alignas(64) struct zktr_inv_descriptor inv;
    inv = zktr_inv_descriptor_init(ZKTR_FORMAT_BABYBEAR, 0);
    inv.out.address = (uint64_t)(uintptr_t)out;
    inv.out.stride[0] = 4;
    inv.a.address = (uint64_t)(uintptr_t)a;
    inv.a.stride[0] = 4;
    expect(zktr_inv(&inv, N) == ZKTR_STATUS_OK, "the inverses are refused");
    for (size_t i = 0; i < N; i += 97)
        expect(out[i] == power(a[i], P - 2), "an inverse");

    static _Alignas(64) struct zktr_scan_descriptor scan;
    scan = zktr_scan_descriptor_init(ZKTR_FORMAT_BABYBEAR, ZKTR_SCAN_MODE_SUM);
    scan.out.address = (uint64_t)(uintptr_t)sum;
    scan.out.stride[0] = 4;
    scan.a.address = inv.a.address;
    scan.a.stride[0] = 4;
    scan.last.address = (uint64_t)(uintptr_t)last;
    expect(zktr_scan(&scan, N) == ZKTR_STATUS_OK, "the sums are refused");
    for (size_t i = 0; i < N; i++) {
        total = (total + a[i]) % P;
        expect(sum[i] == total, "a sum");
    }
    expect(last[0] == total, "the last sum");

    a[N / 2] = 0;
    expect(zktr_inv(&inv, N) == ZKTR_STATUS_ZERO, "zero has no inverse");
    a[N / 3] = P;
    expect(zktr_inv(&inv, N) == ZKTR_STATUS_RANGE, "p is no residue");
    inv.out.address = inv.a.address + 4;
    expect(zktr_inv(&inv, N) == ZKTR_STATUS_OVERLAP, "an overlap");
    inv.format = 255;
    expect(zktr_inv(&inv, N) == ZKTR_STATUS_FORMAT, "a format that does not exist");
    puts("ok");
    return 0;
}
