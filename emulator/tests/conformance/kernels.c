/* Computations of many kinds. Each writes a line with its name and a checksum; the exit code is 42. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed int i32;
typedef signed long long i64;
typedef unsigned long word;

static word call(word number, word a, word b, word c) {
    register word a0 __asm__("a0") = a;
    register word a1 __asm__("a1") = b;
    register word a2 __asm__("a2") = c;
    register word a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/* Compilers put calls of these where nobody wrote one. */
void *memset(void *to, int value, word size) {
    volatile u8 *bytes = to;
    for (word i = 0; i < size; i++) bytes[i] = (u8)value;
    return to;
}

void *memcpy(void *to, const void *from, word size) {
    volatile u8 *bytes = to;
    const u8 *source = from;
    for (word i = 0; i < size; i++) bytes[i] = source[i];
    return to;
}

static word length(const char *text) {
    word n = 0;
    while (text[n]) n++;
    return n;
}

static void line(const char *name, u64 value) {
    char text[80];
    word at = 0;
    for (; name[at]; at++) text[at] = name[at];
    text[at++] = ' ';
    for (int digit = 15; digit >= 0; digit--) text[at++] = "0123456789abcdef"[value >> 4 * digit & 15];
    text[at++] = '\n';
    call(64, 1, (word)text, at);
}

static u64 state = 1;

static u64 next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static u64 mix(u64 sum, u64 value) { return (sum ^ value) * 0x100000001b3ull; }

/* ---- integers of all widths ---- */

#define DIVISIONS(name, type)                                                                                            \
    static u64 name(void) {                                                                                            \
        u64 sum = 0;                                                                                                   \
        for (int i = 0; i < 200; i++) {                                                                                \
            type a = (type)next(), b = (type)(next() >> (i & 31));                                                     \
            if (b == 0 || b == (type)-1) b = 3;                                                                        \
            sum = mix(sum, (u64)(a / b));                                                                              \
            sum = mix(sum, (u64)(a % b));                                                                              \
            sum = mix(sum, (u64)(a * b));                                                                              \
            sum = mix(sum, (u64)(a < b) + 2 * (u64)(a == b));                                                          \
        }                                                                                                              \
        return sum;                                                                                                    \
    }
DIVISIONS(unsigned_bytes, u8)
DIVISIONS(unsigned_halves, u16)
DIVISIONS(unsigned_words, u32)
DIVISIONS(signed_words, i32)
#if __riscv_xlen == 64
DIVISIONS(unsigned_doubles, u64)
DIVISIONS(signed_doubles, i64)
#endif

static u64 shifts(void) {
    u64 sum = 0;
    for (int i = 0; i < 300; i++) {
        u64 a = next();
        int n = (int)(next() & 63);
        sum = mix(sum, a << n);
        sum = mix(sum, a >> n);
        sum = mix(sum, (u64)((i64)a >> n));
        sum = mix(sum, (u32)a << (n & 31));
        sum = mix(sum, (u64)((i32)a >> (n & 31)));
        sum = mix(sum, a << n | a >> (-n & 63));
        sum = mix(sum, (u32)a << (n & 31) | (u32)a >> (-n & 31));
    }
    return sum;
}

static u64 bits(void) {
    u64 sum = 0;
    for (int i = 0; i < 300; i++) {
        u64 a = next() >> (i & 31) | 1;
        int count = 0, lead = 0, trail = 0;
        for (u64 b = a; b; b &= b - 1) count++;
        while (!(a << lead >> 63)) lead++;
        while (!(a >> trail & 1)) trail++;
        sum = mix(sum, (u64)(count * 10000 + lead * 100 + trail));
        sum = mix(sum, a & ~(1ull << (i & 63)));
        sum = mix(sum, a ^ 1ull << (i & 63));
        sum = mix(sum, a >> (i & 63) & 1);
        sum = mix(sum, (u64)(i64)(signed char)a + (u64)(short)a + (u16)a);
        i64 s = (i64)a, t = (i64)next();
        sum = mix(sum, (u64)(s < t ? s : t) + (a < (u64)t ? a : (u64)t));
        u32 w = (u32)a;
        sum = mix(sum, w << 24 | w >> 24 | (w << 8 & 0xff0000) | (w >> 8 & 0xff00));
    }
    return sum;
}

/* ---- memory ---- */

static u32 table[1024];

static void sort(u32 *from, int count) {
    if (count < 2) return;
    u32 pivot = from[count / 2];
    int i = 0, j = count - 1;
    while (i <= j) {
        while (from[i] < pivot) i++;
        while (from[j] > pivot) j--;
        if (i <= j) {
            u32 other = from[i];
            from[i++] = from[j];
            from[j--] = other;
        }
    }
    sort(from, j + 1);
    sort(from + i, count - i);
}

static u64 sorting(void) {
    u64 sum = 0;
    for (int i = 0; i < 1024; i++) table[i] = (u32)next();
    sort(table, 1024);
    for (int i = 0; i < 1024; i++) {
        if (i && table[i - 1] > table[i]) return 0;
        sum = mix(sum, table[i]);
    }
    return sum;
}

struct Record {
    u8 tag;
    u16 half;
    u32 words[3];
    u64 big;
} __attribute__((packed));

static u64 structures(void) {
    static struct Record records[50];
    u64 sum = 0;
    for (int i = 0; i < 50; i++) {
        struct Record record = {(u8)next(), (u16)next(), {(u32)i, (u32)next(), 7}, next()};
        records[(i * 7) % 50] = record;
    }
    for (int i = 0; i < 50; i++) {
        sum = mix(sum, records[i].tag + records[i].half);
        sum = mix(sum, records[i].words[1] ^ records[i].big);
    }
    return sum;
}

static u64 crc(void) {
    u32 sum = ~0u;
    const char *text = "The quick brown fox jumps over the lazy dog";
    for (word i = 0; i < length(text); i++) {
        sum ^= (u8)text[i];
        for (int k = 0; k < 8; k++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
    }
    return (u32)~sum;
}

/* ---- fields ---- */

#define P 2013265921u

static u32 power(u32 base, u32 exponent) {
    u32 result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result = (u32)((u64)result * base % P);
        base = (u32)((u64)base * base % P);
    }
    return result;
}

#if __riscv_xlen == 64
static u64 fields(void) {
    u64 sum = 0;
    for (u32 i = 1; i < 50; i++) {
        u32 a = (u32)next() % P;
        if (!a) a = 1;
        u32 inverse = power(a, P - 2);
        if ((u64)a * inverse % P != 1) return 0;
        sum = mix(sum, inverse);
    }
    return sum;
}
#else
/* Montgomery's form, without a division of 64-bit numbers. */
static u32 reduce(u64 a) {
    u32 m = (u32)a * 0x77ffffffu;
    u32 high = (u32)((a + (u64)m * P) >> 32);
    return high >= P ? high - P : high;
}

static u64 fields(void) {
    u64 sum = 0;
    for (u32 i = 1; i < 50; i++) {
        u32 a = (u32)(next() >> 33) % P;
        sum = mix(sum, reduce((u64)a * (a + i)));
    }
    return sum;
}
#endif

/* ---- control flow ---- */

static u32 ackermann(u32 m, u32 n) {
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static u32 add(u32 a, u32 b) { return a + b; }
static u32 subtract(u32 a, u32 b) { return a - b; }
static u32 multiply(u32 a, u32 b) { return a * b; }
static u32 (*const operations[])(u32, u32) = {add, subtract, multiply};

static u64 machine(void) {
    u32 stack[16], top = 0;
    u64 sum = 0;
    for (int step = 0; step < 500; step++) {
        switch (top < 2 ? 0 : (int)((u32)next() % 7)) {
        case 0: stack[top++ & 15] = (u32)next(); break;
        case 1: case 2: case 3:
            top--;
            stack[top - 1] = operations[step % 3](stack[top - 1], stack[top]);
            break;
        case 4: stack[top - 1] ^= stack[top - 2]; break;
        case 5: top--; break;
        default: sum = mix(sum, stack[top - 1]);
        }
        if (top > 15) top = 15;
    }
    return sum;
}

static u64 many(int a, int b, int c, int d, int e, int f, int g, int h, u64 i, u8 j, i64 k) {
    return (u64)(a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h) + i * j + (u64)k;
}

#ifdef __riscv_atomic
static u64 atomics(void) {
    static u32 cell = 5;
    u32 expected = 5;
    u64 sum = __atomic_fetch_add(&cell, 3, __ATOMIC_SEQ_CST);
    sum = mix(sum, __atomic_fetch_xor(&cell, 0xff, __ATOMIC_RELAXED));
    sum = mix(sum, __atomic_compare_exchange_n(&cell, &expected, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    sum = mix(sum, expected);
    sum = mix(sum, __atomic_compare_exchange_n(&cell, &expected, 9, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    sum = mix(sum, __atomic_exchange_n(&cell, 11, __ATOMIC_RELEASE));
    return mix(sum, __atomic_load_n(&cell, __ATOMIC_ACQUIRE));
}
#else
/* What the atomic operations give. */
static u64 atomics(void) {
    u64 sum = 5;
    sum = mix(sum, 8);
    sum = mix(sum, 0);
    sum = mix(sum, 0xf7);
    sum = mix(sum, 1);
    sum = mix(sum, 9);
    return mix(sum, 11);
}
#endif

int main(void) {
    line("unsigned_bytes", unsigned_bytes());
    line("unsigned_halves", unsigned_halves());
    line("unsigned_words", unsigned_words());
    line("signed_words", signed_words());
#if __riscv_xlen == 64
    line("unsigned_doubles", unsigned_doubles());
    line("signed_doubles", signed_doubles());
#endif
    line("shifts", shifts());
    line("bits", bits());
    line("sorting", sorting());
    line("structures", structures());
    line("crc", crc());
    line("fields", fields());
    line("ackermann", ackermann(2, 9));
    line("machine", machine());
    line("many", many(1, 2, 3, 4, 5, 6, 7, 8, next(), 200, -12345678901ll));
    line("atomics", atomics());
    return 42;
}

__attribute__((naked, noreturn)) void _start(void) {
    __asm__ volatile(".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
                     "call main\nli a7, 93\necall");
}
