//! Shared by the tests of bulk instructions: memory with a descriptor in it, laid out by chance, and
//! a plain reimplementation of the fields that shares nothing with the code under test.

#![allow(dead_code)] // each test binary uses a part of this

use std::sync::Arc;
use zktr_emu::golden::{Options, offload};
use zktr_emu::memory::FlatMemory;
use zktr_isa::Spec;
use zktr_isa::field::MAX_DEGREE;
use zktr_isa::model::{Descriptor, FieldType, Format, Reduction, SLOT_BYTES};

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

/// Naive arithmetic: multiplication by x, i and u as tables of what they do to each basis element.
#[derive(Clone)]
pub struct Naive {
    pub p: u64,
    pub d: usize,
    /// Coordinates of the first step of a tower; `d` where there is one step.
    inner: usize,
    /// i^inner, where the first basis elements are the powers of i.
    first: El,
    /// u^n, where u is basis element `inner`.
    second: El,
    /// R of the representation.
    pub montgomery: u128,
    /// Bytes of a word.
    pub bytes: usize,
    /// The coefficients of the polynomial, if it is the program's.
    pub program: Option<El>,
}

impl Naive {
    pub fn new(format: &Format) -> Self {
        let (p, d) = (format.modulus, format.degree);
        let mut program = None;
        let padded = |c: &[u64]| {
            let mut c = c.to_vec();
            c.resize(d, 0);
            c
        };
        let (inner, first, second) = match &format.reduction {
            Reduction::Polynomial(c) => (d, padded(c), vec![0; d]),
            Reduction::Tower { inner, outer } => {
                let second: Vec<u64> = outer.concat();
                (inner.len(), padded(inner), padded(&second))
            }
            Reduction::Descriptor => {
                let polynomial = irreducible(format);
                program = Some(polynomial.clone());
                (d, polynomial, vec![0; d])
            }
        };
        Self {
            p,
            d,
            inner,
            first,
            second,
            montgomery: format.montgomery,
            bytes: format.word_bytes.into(),
            program,
        }
    }

    fn plus(&self, a: u64, b: u64) -> u64 {
        ((u128::from(a) + u128::from(b)) % u128::from(self.p)) as u64
    }

    fn times(&self, a: u64, b: u64) -> u64 {
        (u128::from(a) * u128::from(b) % u128::from(self.p)) as u64
    }

    pub fn add(&self, a: &El, b: &El) -> El {
        a.iter().zip(b).map(|(a, b)| self.plus(*a, *b)).collect()
    }

    fn scaled(&self, a: &El, by: u64) -> El {
        a.iter().map(|c| self.times(*c, by)).collect()
    }

    /// Multiplies by i, in each part of the first step's coordinates.
    fn times_i(&self, a: &El) -> El {
        let m = self.inner;
        let mut out = vec![0; self.d];
        for part in (0..self.d).step_by(m) {
            let top = a[part + m - 1];
            for k in 0..m {
                let below = if k == 0 { 0 } else { a[part + k - 1] };
                out[part + k] = self.plus(below, self.times(top, self.first[k]));
            }
        }
        out
    }

    /// Multiplies by u: parts move up, and the last one times u^n is added.
    fn times_u(&self, a: &El) -> El {
        let m = self.inner;
        let mut out: El = vec![0; m];
        out.extend(&a[..self.d - m]);
        let mut power = self.second.clone();
        for &coefficient in &a[self.d - m..] {
            out = self.add(&out, &self.scaled(&power, coefficient));
            power = self.times_i(&power);
        }
        out
    }

    pub fn mul(&self, a: &El, b: &El) -> El {
        let (mut sum, mut shifted) = (vec![0; self.d], a.clone());
        for part in b.chunks(self.inner) {
            let mut power = shifted.clone();
            for &coefficient in part {
                sum = self.add(&sum, &self.scaled(&power, coefficient));
                power = self.times_i(&power);
            }
            if self.inner < self.d {
                shifted = self.times_u(&shifted);
            }
        }
        sum
    }

    pub fn constant(&self, c: u64) -> El {
        let mut out = vec![0; self.d];
        out[0] = c % self.p;
        out
    }

    fn pow(&self, a: &El, exponent: u64) -> El {
        let mut out = self.constant(1);
        for bit in (0..64).rev() {
            out = self.mul(&out, &out);
            if exponent >> bit & 1 == 1 {
                out = self.mul(&out, a);
            }
        }
        out
    }

    /// By Fermat: a^(p^d - 2), whose digits to the base p are p - 1, but p - 2 for the last.
    pub fn inverse(&self, a: &El) -> El {
        assert!(a.iter().any(|&c| c != 0));
        let mut out = self.constant(1);
        for digit in (0..self.d).rev() {
            let digit = self.p - if digit == 0 { 2 } else { 1 };
            out = self.mul(&self.pow(&out, self.p), &self.pow(a, digit));
        }
        out
    }

    /// The word of a coordinate.
    pub fn word(&self, c: u64) -> u64 {
        self.times(c, (self.montgomery % u128::from(self.p)) as u64)
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

/// Coefficients of an irreducible polynomial of the format's degree.
fn irreducible(format: &Format) -> El {
    let mut random = Random(5);
    loop {
        let mut c = [0; MAX_DEGREE];
        (0..format.degree).for_each(|i| c[i] = random.below(format.modulus));
        if format.arithmetic_with(&c).is_field() {
            return c[..format.degree].to_vec();
        }
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
    pub format: Format,
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
            format: format.clone(),
            field: Naive::new(format),
            memory: FlatMemory::new(BASE, bytes).unwrap(),
            random,
            free: BASE + 0x400,
        };
        let size = case.descriptor().size as usize;
        case.poke(DESCRIPTOR, &vec![0; size]);
        let (_, version) = case.descriptor().field("version").unwrap();
        case.set("version", version.value.unwrap());
        case.set("format", format.code.into());
        case.set("mode", mode.into());
        if let (Some(program), Some(_)) = (
            case.field.program.clone(),
            case.descriptor().field("reduction"),
        ) {
            case.set_element("reduction", &program);
        }
        case
    }

    pub fn descriptor(&self) -> &Descriptor {
        self.spec.descriptor_of(self.instruction).unwrap()
    }

    pub fn poke(&mut self, addr: u64, bytes: &[u8]) {
        let at = (addr - BASE) as usize;
        self.memory.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// A little-endian word of as many bytes as a coordinate has.
    pub fn peek(&self, addr: u64) -> u64 {
        let at = (addr - BASE) as usize;
        let bytes = &self.memory.bytes()[at..at + self.field.bytes];
        bytes
            .iter()
            .rev()
            .fold(0, |word, &b| word << 8 | u64::from(b))
    }

    /// Writes such a word.
    pub fn poke_word(&mut self, addr: u64, word: u64) {
        let bytes = self.field.bytes;
        self.poke(addr, &word.to_le_bytes()[..bytes]);
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
            let slot = at + u64::from(SLOT_BYTES) * i as u64;
            self.poke(slot, &self.field.word(*c).to_le_bytes());
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
        let (_, field) = self.descriptor().field(name).expect(name);
        let FieldType::View(view) = &field.ty else {
            panic!("{name} is no view")
        };
        let word = u64::from(view.elem.word_bytes(&self.format));
        let mut span = word;
        self.free = self.free.next_multiple_of(word);
        let mut base = self.free;
        for &d in &order {
            span += word * self.random.below(3);
            let length = span * extents[d].max(1);
            if self.random.below(4) == 0 {
                strides[d] = -(span as i64);
                base += length - span;
            } else {
                strides[d] = span as i64;
            }
            span = length;
        }
        self.free += span + word * self.random.below(5);
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
            let slot = at + u64::from(SLOT_BYTES) * (1 + i as u64);
            self.poke(slot, &stride.to_le_bytes());
        }
    }

    pub fn write(&mut self, laid: &Laid, index: &[u64], element: &El) {
        for (i, c) in element.iter().enumerate() {
            let word = self.field.word(*c);
            self.poke_word(laid.address(index, i), word);
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
