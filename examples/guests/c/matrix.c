/* Products of matrices; (A B) v has to be A (B v). */
#include "guest.h"

#define N 40

static u32 a[N][N], b[N][N], c[N][N], v[N], x[N], y[N];

static void apply(u32 m[N][N], const u32 *in, u32 *out)
{
    for (int i = 0; i < N; i++) {
        u32 sum = 0;
        for (int j = 0; j < N; j++)
            sum += m[i][j] * in[j];
        out[i] = sum;
    }
}

int run(void)
{
    for (int i = 0; i < N; i++) {
        v[i] = next();
        for (int j = 0; j < N; j++) {
            a[i][j] = next();
            b[i][j] = next();
        }
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            u32 sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    apply(b, v, x);
    apply(a, x, y);
    apply(c, v, x);
    for (int i = 0; i < N; i++)
        if (x[i] != y[i])
            return 1;
    return 0;
}
