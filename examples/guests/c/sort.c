/* Heap sort, then a binary search for every element. */
#include "guest.h"

#define N 4000

static u32 a[N];

static void sift(u32 root, u32 n)
{
    u32 value = a[root];
    for (;;) {
        u32 child = 2 * root + 1;
        if (child >= n)
            break;
        if (child + 1 < n && a[child + 1] > a[child])
            child++;
        if (a[child] <= value)
            break;
        a[root] = a[child];
        root = child;
    }
    a[root] = value;
}

int run(void)
{
    u32 sum = 0;
    for (int i = 0; i < N; i++)
        sum += a[i] = next();
    for (int i = N / 2 - 1; i >= 0; i--)
        sift(i, N);
    for (int n = N - 1; n > 0; n--) {
        u32 top = a[0];
        a[0] = a[n];
        a[n] = top;
        sift(0, n);
    }
    for (int i = 0; i < N; i++) {
        u32 low = 0, high = N;
        while (high - low > 1) {
            u32 middle = (low + high) / 2;
            if (a[middle] <= a[i])
                low = middle;
            else
                high = middle;
        }
        if (a[low] != a[i] || (i && a[i - 1] > a[i]))
            return 1;
        sum -= a[i];
    }
    return sum != 0;
}
