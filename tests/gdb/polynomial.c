/* A bare-metal program for gdb to look at: calls, locals, an array, a global variable. */
typedef unsigned int u32;

u32 total;
static u32 powers[4];

static u32 horner(u32 x, int degree) {
    u32 value = 0;
    for (int i = degree; i >= 0; i--) {
        value = value * x + powers[i];
    }
    return value;
}

void fill(u32 base) {
    u32 power = 1;
    for (int i = 0; i < 4; i++) {
        powers[i] = power;
        power *= base;
    }
}

int main(void) {
    fill(3);
    total = horner(2, 3);
    return (int)(total & 0xff);
}

__attribute__((naked, noreturn)) void _start(void) {
    __asm__ volatile("call main\n li a7, 93\n ecall");
}
