// What a computation does all day, a program for each value of KERNEL. The exit code depends on all results.

typedef unsigned char u8;
typedef unsigned u32;

static u8 bytes[1 << 20];
static u32 words[4096];

#if KERNEL == 0
static u32 run(void) { return 0; }
#elif KERNEL == 1
static u32 run(void) {
  u32 primes = 0;
  for (int round = 0; round < 60; round++) {
    for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = 1;
    for (u32 i = 2; i * i < sizeof bytes; i++)
      if (bytes[i])
        for (u32 j = i * i; j < sizeof bytes; j += i) bytes[j] = 0;
    for (u32 i = 0; i < sizeof bytes; i++) primes += bytes[i];
  }
  return primes;
}
#elif KERNEL == 2
static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
static u32 run(void) { return fibonacci(37); }
#elif KERNEL == 3
static u32 run(void) {
  u32 crc = ~0u;
  for (int round = 0; round < 30; round++)
    for (u32 i = 0; i < sizeof bytes; i++) {
      crc ^= bytes[i] + i;
      for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
    }
  return crc;
}
#elif KERNEL == 4
static void sort(u32 *x, int low, int high) {
  if (low >= high) return;
  u32 pivot = x[(low + high) / 2];
  int i = low, j = high;
  while (i <= j) {
    while (x[i] < pivot) i++;
    while (x[j] > pivot) j--;
    if (i <= j) {
      u32 t = x[i];
      x[i++] = x[j];
      x[j--] = t;
    }
  }
  sort(x, low, j);
  sort(x, i, high);
}
static u32 run(void) {
  u32 sum = 0;
  for (u32 round = 0; round < 800; round++) {
    u32 state = round + 1;
    for (int i = 0; i < 4096; i++) words[i] = state = state * 1664525u + 1013904223u;
    sort(words, 0, 4095);
    sum += words[77];
  }
  return sum;
}
#elif KERNEL == 5
static u32 a[64][64], b[64][64], c[64][64];
static u32 run(void) {
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++) a[i][j] = i * j + 1, b[i][j] = i ^ j;
  for (int round = 0; round < 800; round++)
    for (int i = 0; i < 64; i++)
      for (int j = 0; j < 64; j++) {
        u32 sum = 0;
        for (int k = 0; k < 64; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum % 7 + c[j][i];
      }
  return c[5][9];
}
#else
// SHA-256's compression function on a buffer that it changes.
static u32 k[64], h[8];
static u32 rotated(u32 x, int n) { return x >> n | x << (32 - n); }
static u32 run(void) {
  u32 w[64];
  for (u32 i = 0; i < 64; i++) k[i] = i * 0x9e3779b9u ^ i << 7;
  for (u32 i = 0; i < 8; i++) h[i] = i * 0x6a09e667u + 1;
  for (u32 block = 0; block < 120000; block++) {
    for (int i = 0; i < 16; i++) w[i] = words[(block * 16 + i) & 4095] ^ h[i & 7];
    for (int i = 16; i < 64; i++) {
      u32 s0 = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
      u32 s1 = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    u32 v[8];
    for (int i = 0; i < 8; i++) v[i] = h[i];
    for (int i = 0; i < 64; i++) {
      u32 s1 = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25);
      u32 t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
      u32 s0 = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22);
      u32 t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      for (int j = 7; j > 0; j--) v[j] = v[j - 1];
      v[4] += t1;
      v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
    words[block & 4095] = h[0];
  }
  return h[3];
}
#endif

void _start(void) {
#ifdef __riscv
  __asm__ volatile(".option push\n.option norelax\nla gp, __global_pointer$\n.option pop");
#endif
  u32 result = run() + bytes[7] + words[9];
  register u32 code __asm__("a0") = (result ^ result >> 8 ^ result >> 16 ^ result >> 24) & 0xff;
  register u32 number __asm__("a7") = 93;
  __asm__ volatile("ecall" : : "r"(code), "r"(number));
  __builtin_unreachable();
}
