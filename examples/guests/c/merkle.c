/* As a light client checks a block: records are parsed (fields with a tag and a length in base 128), hashed to a Merkle tree
   with the prefixes of RFC 6962, and paths of leaves are checked against the root. */
#include "sha256.h"

#define LEAVES 32

static u8 text[LEAVES * 128];
static u32 starts[LEAVES + 1];
static u8 tree[2 * LEAVES][32];

static u32 varint(u8 *to, u32 value)
{
    u32 n = 0;
    while (value >= 128) {
        to[n++] = (u8)(value | 128);
        value >>= 7;
    }
    to[n++] = (u8)value;
    return n;
}

static void inner(const u8 *left, const u8 *right, u8 *out)
{
    u8 both[65];
    both[0] = 1;
    for (int i = 0; i < 32; i++) {
        both[1 + i] = left[i];
        both[33 + i] = right[i];
    }
    sha256(both, 65, out);
}

/* The sum of the powers of a record, which is field 3; 0 if it is malformed. */
static u32 parse(const u8 *at, const u8 *end)
{
    u32 power = 0;
    while (at < end) {
        u32 tag = *at++, value = 0, shift = 0;
        do {
            if (at >= end || shift > 28)
                return 0;
            value |= (u32)(*at & 127) << shift;
            shift += 7;
        } while (*at++ & 128);
        if ((tag & 7) == 2) {
            if (value > (u32)(end - at))
                return 0;
            at += value;
        } else if (tag >> 3 == 3) {
            power += value;
        }
    }
    return power;
}

int run(void)
{
    u32 at = 0, power = 0, expected = 0;
    for (int i = 0; i < LEAVES; i++) {
        starts[i] = at;
        text[at++] = 1 << 3 | 2;
        at += varint(text + at, 32);
        for (int j = 0; j < 32; j++)
            text[at++] = (u8)next();
        u32 own = next() >> 12;
        expected += own;
        text[at++] = 3 << 3;
        at += varint(text + at, own);
    }
    starts[LEAVES] = at;
    for (int i = 0; i < LEAVES; i++) {
        u8 leaf[128];
        u32 len = starts[i + 1] - starts[i];
        power += parse(text + starts[i], text + starts[i + 1]);
        leaf[0] = 0;
        for (u32 j = 0; j < len; j++)
            leaf[1 + j] = text[starts[i] + j];
        sha256(leaf, len + 1, tree[LEAVES + i]);
    }
    if (power != expected)
        return 1;
    for (int i = LEAVES - 1; i > 0; i--)
        inner(tree[2 * i], tree[2 * i + 1], tree[i]);
    for (int i = 0; i < LEAVES; i += 5) {
        u8 hash[32];
        for (int j = 0; j < 32; j++)
            hash[j] = tree[LEAVES + i][j];
        for (int node = LEAVES + i; node > 1; node /= 2)
            if (node & 1)
                inner(tree[node - 1], hash, hash);
            else
                inner(hash, tree[node + 1], hash);
        for (int j = 0; j < 32; j++)
            if (hash[j] != tree[1][j])
                return 2;
    }
    return 0;
}
