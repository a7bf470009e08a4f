/* A switch with a jump table, thread-local and weak symbols, variadic functions, wide constants, aliases. */
#include <stdarg.h>
#include <stdint.h>

enum { PUSH, ADD, SUB, MUL, DIV, REM, AND, OR, XOR, SHL, SHR, NOT, DUP, SWAP, DROP, JUMP, BRANCH, HALT };

_Thread_local int64_t steps = 1;
extern _Thread_local int depth_limit;
extern int trace_enabled __attribute__((weak));
int64_t last;
static int64_t calls;
const char *const names[] = { "push", "add", "sub", "mul", "div", "rem", "and", "or", "xor", "shl", "shr", "not" };

int64_t run(const int64_t *code, int64_t *stack, int limit)
{
    int64_t *top = stack;
    const int64_t *at = code;
    calls++;
    while (limit-- > 0) {
        int64_t a, b;
        steps++;
        if (top - stack > depth_limit) return -2;
        switch (*at++) {
        case PUSH: *top++ = *at++; break;
        case ADD: b = *--top; a = *--top; *top++ = a + b; break;
        case SUB: b = *--top; a = *--top; *top++ = a - b; break;
        case MUL: b = *--top; a = *--top; *top++ = a * b; break;
        case DIV: b = *--top; a = *--top; *top++ = b ? a / b : 0; break;
        case REM: b = *--top; a = *--top; *top++ = b ? a % b : a; break;
        case AND: b = *--top; a = *--top; *top++ = a & b; break;
        case OR: b = *--top; a = *--top; *top++ = a | b; break;
        case XOR: b = *--top; a = *--top; *top++ = a ^ b; break;
        case SHL: b = *--top; a = *--top; *top++ = (uint64_t)a << (b & 63); break;
        case SHR: b = *--top; a = *--top; *top++ = (uint64_t)a >> (b & 63); break;
        case NOT: top[-1] = ~top[-1]; break;
        case DUP: *top = top[-1]; top++; break;
        case SWAP: a = top[-1]; top[-1] = top[-2]; top[-2] = a; break;
        case DROP: top--; break;
        case JUMP: at = code + *at; break;
        case BRANCH: if (*--top) at = code + *at; else at++; break;
        case HALT: return last = top[-1];
        default: return -1;
        }
    }
    return trace_enabled ? calls : 0;
}

uint64_t hash(const unsigned char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    while (*text) h = (h ^ *text++) * 0x100000001b3u;
    return h ^ 0x8000000000000000u ^ (h >> 32) * 0x9e3779b97f4a7c15u;
}

long sum(int count, ...)
{
    va_list list;
    long total = 0x7ffff800;
    va_start(list, count);
    while (count--) total += va_arg(list, long);
    va_end(list);
    return total;
}

struct node { struct node *next; short key; unsigned char tag; uint32_t data[7]; };

unsigned walk(struct node *list, uint32_t (*visit)(struct node *))
{
    unsigned n = 0;
    for (; list; list = list->next) {
        if (list->tag > 200 || list->key < -5) n += visit(list);
        else if (list->data[3] & 0x10000) n ^= list->data[list->key & 3] * 2654435761u;
    }
    return n;
}

void copy_words(uint32_t *restrict to, const uint32_t *restrict from, int n)
{
    for (int i = 0; i < n; i++) to[i] = from[i] / 7 + from[i] % 10 + (from[i] << 3);
}
