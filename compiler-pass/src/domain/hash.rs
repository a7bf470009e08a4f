//! A fast hasher for the interning tables.
//!
//! Keys are short sequences of small integers that the domain makes itself, so a multiply-and-rotate
//! hash is enough; the tables are looked up several times for every lifted instruction.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A hash map over interned keys.
pub(super) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Multiply-and-rotate over 64-bit words.
#[derive(Default)]
pub(super) struct FastHasher(u64);

impl FastHasher {
    fn mix(&mut self, word: u64) {
        // An odd constant with well spread bits (2^64 divided by the golden ratio).
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn write_i128(&mut self, value: i128) {
        self.mix(value as u64);
        // Most coefficients are small: their upper half says nothing but the sign.
        self.mix((value >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes the low bits for the bucket; the multiplication made the high ones good.
        self.0 ^ (self.0 >> 32)
    }
}
