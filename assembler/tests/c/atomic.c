/* Atomic operations, fences, inline assembly, sections, and branches over long distances. */
#include <stdatomic.h>

atomic_int counter;
_Atomic unsigned flags __attribute__((section(".sdata.flags")));

int take(int n) { return atomic_fetch_add_explicit(&counter, n, memory_order_acq_rel); }
int swap_in(int old, int new) { return atomic_compare_exchange_strong(&counter, &old, new); }
unsigned set(unsigned bits) { return atomic_fetch_or(&flags, bits) & ~bits; }
void publish(int *to, int value) { *to = value; atomic_thread_fence(memory_order_release); atomic_store(&counter, 1); }

unsigned long cycles(void)
{
    unsigned long now;
    __asm__ volatile ("csrr %0, cycle\n\tnop\n1:\tbeqz %0, 1b\n" : "=r"(now));
    return now;
}

__attribute__((section(".text.hot"), noinline)) int hot(int x) { return x * 12345 + 678910; }

#define FOUR(x) x x x x
#define MANY(x) FOUR(FOUR(FOUR(FOUR(x))))

int far(volatile int *p, int n)
{
    while (n > 0) {
        if (*p == n) return hot(n);
        if (p[1]) { MANY(p[2] = p[3] + n; p[40] = 7;) }
        n--;
    }
    return take(n);
}
