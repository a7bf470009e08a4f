//! Shared by the tests of bulk instructions: memory with a descriptor in it, laid out by chance, and
//! a plain reimplementation of the fields that shares nothing with the code under test.

#![allow(dead_code)] // each test binary uses a part of this

use std::sync::Arc;
use zktr_emu::golden::{Options, offload};
use zktr_emu::memory::FlatMemory;
use zktr_isa::Spec;
use zktr_isa::model::{Descriptor, Format};

/// Where memory begins.
pub const BASE: u64 = 0x4000;
/// Its size.
pub const SIZE: usize = 1 << 16;
/// Address of the descriptor.
pub const DESCRIPTOR: u64 = BASE;

/// A generator of numbers.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A field element as its coordinates.
pub type El = Vec<u64>;

/// Naive arithmetic: x^d = r, by repeated addition of shifted products.
#[derive(Clone)]
pub struct Naive {
    pub p: u64,
    pub d: usize,
    /// x^d = r[0] + r[1] x + ...
    pub r: Vec<u64>,
    /// R of the representation.
    pub montgomery: u64,
}

impl Naive {
    pub fn new(spec: &Spec, format: &Format) -> Self {
        let p = spec.fields[format.field].modulus;
        Self {
            p,
            d: format.degree,
            r: format.reduction.clone(),
            montgomery: format.montgomery,
        }
    }

    pub fn add(&self, a: &El, b: &El) -> El {
        a.iter().zip(b).map(|(a, b)| (a + b) % self.p).collect()
    }

    /// Multiplies by x.
    fn shift(&self, a: &El) -> El {
        let top = a[self.d - 1];
        let mut out = vec![0; self.d];
        for i in 0..self.d {
            let below = if i == 0 { 0 } else { a[i - 1] };
            out[i] = (below + top * self.r[i] % self.p) % self.p;
        }
        out
    }

    pub fn mul(&self, a: &El, b: &El) -> El {
        let (mut sum, mut shifted) = (vec![0; self.d], a.clone());
        for &coefficient in b {
            let term = shifted.iter().map(|c| c * coefficient % self.p).collect();
            sum = self.add(&sum, &term);
            shifted = self.shift(&shifted);
        }
        sum
    }

    pub fn constant(&self, c: u64) -> El {
        let mut out = vec![0; self.d];
        out[0] = c % self.p;
        out
    }

    /// By Fermat: a^(p^d - 2).
    pub fn inverse(&self, a: &El) -> El {
        assert!(a.iter().any(|&c| c != 0));
        let exponent = u128::from(self.p).pow(self.d as u32) - 2;
        let mut out = self.constant(1);
        for bit in (0..128).rev() {
            out = self.mul(&out, &out);
            if exponent >> bit & 1 == 1 {
                out = self.mul(&out, a);
            }
        }
        out
    }

    /// The word of a coordinate.
    pub fn word(&self, c: u64) -> u32 {
        (u128::from(c) * u128::from(self.montgomery) % u128::from(self.p)) as u32
    }

    pub fn random(&self, random: &mut Random) -> El {
        // Boundary values are as likely as all others together.
        let coordinate = |random: &mut Random| match random.below(6) {
            0 => 0,
            1 => 1,
            2 => self.p - 1,
            _ => random.below(self.p),
        };
        (0..self.d).map(|_| coordinate(random)).collect()
    }
}

/// Where the elements of a view are.
#[derive(Debug, Clone)]
pub struct Laid {
    pub base: u64,
    pub strides: Vec<i64>,
    pub coordinate_stride: i64,
}

impl Laid {
    pub fn address(&self, index: &[u64], coordinate: usize) -> u64 {
        let offset: i64 = self
            .strides
            .iter()
            .zip(index)
            .map(|(s, i)| s * *i as i64)
            .sum();
        self.base
            .wrapping_add_signed(offset + self.coordinate_stride * coordinate as i64)
    }
}

/// An instruction, its descriptor and memory.
pub struct Case {
    pub spec: Arc<Spec>,
    pub instruction: usize,
    pub field: Naive,
    pub memory: FlatMemory,
    pub random: Random,
    free: u64,
}

impl Case {
    pub fn new(spec: &Arc<Spec>, mnemonic: &str, format: &Format, mode: u8, seed: u64) -> Self {
        let instruction = spec.instruction(mnemonic).expect(mnemonic);
        let mut random = Random(seed);
        let bytes = (0..SIZE).map(|_| random.next() as u8).collect();
        let mut case = Self {
            spec: spec.clone(),
            instruction,
            field: Naive::new(spec, format),
            memory: FlatMemory::new(BASE, bytes).unwrap(),
            random,
            free: BASE + 0x400,
        };
        let size = case.descriptor().size as usize;
        case.poke(DESCRIPTOR, &vec![0; size]);
        case.set("version", 1);
        case.set("format", format.code.into());
        case.set("mode", mode.into());
        case
    }

    pub fn descriptor(&self) -> &Descriptor {
        self.spec.descriptor_of(self.instruction).unwrap()
    }

    pub fn poke(&mut self, addr: u64, bytes: &[u8]) {
        let at = (addr - BASE) as usize;
        self.memory.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub fn peek(&self, addr: u64) -> u32 {
        let at = (addr - BASE) as usize;
        u32::from_le_bytes(self.memory.bytes()[at..at + 4].try_into().unwrap())
    }

    /// Address of a field of the descriptor.
    pub fn at(&self, name: &str) -> u64 {
        DESCRIPTOR + u64::from(self.descriptor().field(name).expect(name).1.at)
    }

    /// Sets an integer field.
    pub fn set(&mut self, name: &str, value: u64) {
        let size = self.descriptor().field(name).expect(name).1.size as usize;
        self.poke(self.at(name), &value.to_le_bytes()[..size]);
    }

    /// Sets an element in place to a random value.
    pub fn element(&mut self, name: &str) -> El {
        let element = self.field.random(&mut self.random);
        self.set_element(name, &element);
        element
    }

    pub fn set_element(&mut self, name: &str, element: &El) {
        let at = self.at(name);
        for (i, c) in element.iter().enumerate() {
            self.poke(at + 4 * i as u64, &self.field.word(*c).to_le_bytes());
        }
    }

    /// Gives a view a place of its own with strides by chance: any order of dimensions, padding, negative.
    pub fn view(&mut self, name: &str, dims: &[u64], coordinates: Option<usize>) -> Laid {
        let mut extents: Vec<u64> = dims.to_vec();
        extents.extend(coordinates.map(|c| c as u64));
        let mut order: Vec<usize> = (0..extents.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, self.random.below(i as u64 + 1) as usize);
        }
        let mut strides = vec![0i64; extents.len()];
        let mut span = 4u64;
        let mut base = self.free;
        for &d in &order {
            span += 4 * self.random.below(3);
            let length = span * extents[d].max(1);
            if self.random.below(4) == 0 {
                strides[d] = -(span as i64);
                base += length - span;
            } else {
                strides[d] = span as i64;
            }
            span = length;
        }
        self.free += span + 4 * self.random.below(5);
        assert!(self.free < BASE + SIZE as u64, "the case is too large");
        let coordinate_stride = if coordinates.is_some() {
            strides.pop().unwrap()
        } else {
            0
        };
        let laid = Laid {
            base,
            strides,
            coordinate_stride,
        };
        self.place(name, &laid, coordinates.is_some());
        laid
    }

    /// Writes a view into the descriptor.
    pub fn place(&mut self, name: &str, laid: &Laid, ext: bool) {
        let at = self.at(name);
        self.poke(at, &laid.base.to_le_bytes());
        let mut strides = laid.strides.clone();
        if ext {
            strides.push(laid.coordinate_stride);
        }
        for (i, stride) in strides.iter().enumerate() {
            self.poke(at + 8 + 8 * i as u64, &stride.to_le_bytes());
        }
    }

    pub fn write(&mut self, laid: &Laid, index: &[u64], element: &El) {
        for (i, c) in element.iter().enumerate() {
            self.poke(laid.address(index, i), &self.field.word(*c).to_le_bytes());
        }
    }

    /// Fills a vector of elements.
    pub fn vector(&mut self, laid: &Laid, n: u64, base: bool) -> Vec<El> {
        (0..n)
            .map(|i| {
                let mut element = self.field.random(&mut self.random);
                if base {
                    element.truncate(1);
                }
                self.write(laid, &[i], &element);
                element
            })
            .collect()
    }

    pub fn run(&mut self, n: u64, options: &Options) -> u64 {
        self.run_at(DESCRIPTOR, n, 64, options)
    }

    pub fn run_at(&mut self, descriptor: u64, n: u64, xlen: u8, options: &Options) -> u64 {
        offload(
            &self.spec,
            self.instruction,
            descriptor,
            n,
            xlen,
            &mut self.memory,
            options,
        )
    }

    /// The code of a status.
    pub fn status(&self, name: &str) -> u64 {
        self.spec.status(name).expect(name).code
    }
}
