/* The kinds of work that CoreMark mixes: lists, matrices of 16-bit numbers, a state machine over text, a CRC over all results. */
#include "guest.h"

/* As another compiler and processor have it. */
#define EXPECTED 24481

typedef struct node { struct node *next; int value, index; } node;

static node nodes[64];
static short a[81], b[81];
static int c[81];
static const char *numbers[8] = {"5012", "1234", "-874", "+122", "35.54400", ".1234500", "-110.700", "T0.3e-1F"};

static u32 crc16(u32 value, u32 crc)
{
    for (int i = 0; i < 16; i++) {
        u32 bit = (value ^ crc) & 1;
        crc >>= 1;
        if (bit)
            crc ^= 0xa001;
        value >>= 1;
    }
    return crc;
}

static node *reverse(node *list)
{
    node *out = 0;
    while (list) {
        node *rest = list->next;
        list->next = out;
        out = list;
        list = rest;
    }
    return out;
}

static node *find(node *list, int value)
{
    while (list && (list->value & 0xff) != value)
        list = list->next;
    return list;
}

static node *merge_sort(node *list, int n)
{
    if (n <= 1) {
        if (list)
            list->next = 0;
        return list;
    }
    node *middle = list;
    for (int i = 0; i < n / 2; i++)
        middle = middle->next;
    node *second = merge_sort(middle, n - n / 2);
    node *first = list;
    /* The first half ends before the second, which was cut off by its own sort. */
    first = merge_sort(first, n / 2);
    node head, *tail = &head;
    while (first && second) {
        node **less = first->value <= second->value ? &first : &second;
        tail->next = *less;
        tail = *less;
        *less = (*less)->next;
    }
    tail->next = first ? first : second;
    return head.next;
}

static u32 matrices(int scale, u32 crc)
{
    for (int i = 0; i < 81; i++)
        a[i] = (short)(a[i] + scale);
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            int sum = 0;
            for (int k = 0; k < 9; k++) {
                int product = a[9 * i + k] * b[9 * k + j];
                sum += (product >> 2 & 15) * (product >> 5 & 127);
            }
            c[9 * i + j] = sum;
        }
    for (int i = 0; i < 81; i += 9)
        crc = crc16((u32)c[i], crc);
    return crc;
}

enum { START, SIGN, INTEGER, POINT, EXPONENT, POWER, INVALID, STATES };

static u32 machine(u32 *counts)
{
    for (int i = 0; i < 8; i++) {
        int state = START;
        for (const char *at = numbers[i]; *at; at++) {
            int digit = *at >= '0' && *at <= '9';
            switch (state) {
            case START: state = digit ? INTEGER : *at == '+' || *at == '-' ? SIGN : *at == '.' ? POINT : INVALID; break;
            case SIGN: state = digit ? INTEGER : *at == '.' ? POINT : INVALID; break;
            case INTEGER: state = digit ? INTEGER : *at == '.' ? POINT : INVALID; break;
            case POINT: state = digit ? POINT : *at == 'e' || *at == 'E' ? EXPONENT : INVALID; break;
            case EXPONENT: state = digit || *at == '+' || *at == '-' ? POWER : INVALID; break;
            case POWER: state = digit ? POWER : INVALID; break;
            default: break;
            }
            counts[state]++;
        }
    }
    return counts[INTEGER] + counts[POINT];
}

int run(void)
{
    u32 crc = 0, counts[STATES] = {0};
    for (int i = 0; i < 64; i++) {
        nodes[i].value = (int)(next() >> 17);
        nodes[i].index = i;
        nodes[i].next = i < 63 ? &nodes[i + 1] : 0;
    }
    for (int i = 0; i < 81; i++) {
        a[i] = (short)next();
        b[i] = (short)next();
    }
    node *list = nodes;
    for (int round = 0; round < 24; round++) {
        for (int i = 0; i < 20; i++) {
            node *found = find(list, (round * 20 + i) & 0xff);
            crc = crc16(found ? (u32)found->index : 0, crc);
            list = reverse(list);
        }
        list = merge_sort(list, 64);
        crc = matrices(round & 7, crc);
        crc = crc16(machine(counts), crc);
    }
    for (node *at = list; at && at->next; at = at->next)
        if (at->value > at->next->value)
            return 1;
    return crc != EXPECTED;
}
