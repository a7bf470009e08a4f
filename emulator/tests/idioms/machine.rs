//! Memory, and a typed way to write descriptors into it: offsets and sizes are those of the spec's model.

use crate::hosts::Host;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;
use zktr_emu::golden::{Options, offload};
use zktr_emu::memory::FlatMemory;
use zktr_isa::Spec;
use zktr_isa::model::{FieldType, Format, SLOT_BYTES};

const BASE: u64 = 0x1_0000;
const SIZE: usize = 1 << 18;

/// Numbers that look random (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// An element of the base field; boundary values are likely.
    pub fn base<H: Host>(&mut self) -> H {
        H::of(&[self.coordinate::<H>()])
    }

    /// An element of the extension.
    pub fn ext<H: Host>(&mut self) -> H {
        let coordinates: Vec<u64> = (0..H::DEGREE).map(|_| self.coordinate::<H>()).collect();
        H::of(&coordinates)
    }

    pub fn bases<H: Host>(&mut self, n: usize) -> Vec<H> {
        (0..n).map(|_| self.base()).collect()
    }

    pub fn exts<H: Host>(&mut self, n: usize) -> Vec<H> {
        (0..n).map(|_| self.ext()).collect()
    }

    pub fn words(&mut self, n: usize) -> Vec<u64> {
        (0..n).map(|_| self.next() & 0xffff_ffff).collect()
    }

    fn coordinate<H: Host>(&mut self) -> u64 {
        match self.next() % 8 {
            0 => 0,
            1 => 1,
            2 => H::MODULUS - 1,
            _ => self.next() % H::MODULUS,
        }
    }
}

/// An array in memory: the address, then the strides in bytes as a descriptor has them.
#[derive(Debug, Clone)]
pub struct View {
    pub at: u64,
    pub strides: Vec<i64>,
}

impl View {
    /// The part that begins at these indices of the outermost dimensions, with the dimensions behind them.
    pub fn from(&self, index: &[i64]) -> Self {
        let offset: i64 = index.iter().zip(&self.strides).map(|(i, s)| i * s).sum();
        Self {
            at: self.at.wrapping_add_signed(offset),
            strides: self.strides.clone(),
        }
    }

    /// Without its outermost dimension.
    pub fn inner(&self) -> Self {
        Self {
            at: self.at,
            strides: self.strides[1..].to_vec(),
        }
    }

    /// Every `step`-th element of the outermost dimension; a negative step runs backwards.
    pub fn step(&self, step: i64) -> Self {
        let mut strides = self.strides.clone();
        strides[0] *= step;
        Self {
            at: self.at,
            strides,
        }
    }

    /// A column of a table of extension elements.
    pub fn column(&self, column: i64) -> Self {
        Self {
            at: self.from(&[0, column]).at,
            strides: vec![self.strides[0], self.strides[2]],
        }
    }

    /// Rows and columns of a table exchanged.
    pub fn transposed(&self) -> Self {
        Self {
            at: self.at,
            strides: vec![self.strides[1], self.strides[0]],
        }
    }

    /// The elements of the base field that are the first coordinates.
    pub fn first_coordinates(&self) -> Self {
        let dimensions = self.strides.len() - 1;
        Self {
            at: self.at,
            strides: self.strides[..dimensions].to_vec(),
        }
    }
}

/// A memory, and the format of a host.
pub struct Machine<H> {
    pub spec: Arc<Spec>,
    pub format: Format,
    pub memory: FlatMemory,
    pub options: Options,
    free: u64,
    /// What was executed with success, each mnemonic once.
    executed: Vec<String>,
    host: PhantomData<H>,
}

impl<H: Host> Machine<H> {
    pub fn new(format: &str) -> Self {
        let spec = Spec::builtin();
        let format = spec.format(format).expect(format).clone();
        assert_eq!((format.modulus, format.degree), (H::MODULUS, H::DEGREE));
        Self {
            spec,
            format,
            memory: FlatMemory::new(BASE, vec![0xff; SIZE]).unwrap(),
            options: Options::default(),
            free: BASE,
            executed: Vec::new(),
            host: PhantomData,
        }
    }

    /// Bytes of a coordinate.
    pub fn width(&self) -> i64 {
        self.format.word_bytes.into()
    }

    /// The words of an element, in the format's representation.
    pub fn image(&self, element: &H) -> Vec<u64> {
        element.words(self.format.montgomery != 1)
    }

    fn images(&self, elements: &[H]) -> Vec<u64> {
        elements.iter().flat_map(|e| self.image(e)).collect()
    }

    pub fn poke(&mut self, at: u64, width: i64, words: &[u64]) {
        let width = width as usize;
        for (i, word) in words.iter().enumerate() {
            let from = (at - BASE) as usize + i * width;
            self.memory.bytes_mut()[from..from + width]
                .copy_from_slice(&word.to_le_bytes()[..width]);
        }
    }

    pub fn peek(&self, at: u64, width: i64) -> u64 {
        let from = (at - BASE) as usize;
        let bytes = &self.memory.bytes()[from..from + width as usize];
        bytes
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte))
    }

    /// Bytes that nothing was written to.
    fn allocate(&mut self, bytes: i64) -> u64 {
        let at = self.free.next_multiple_of(64);
        self.free = at + bytes as u64;
        assert!(self.free <= BASE + SIZE as u64, "out of memory");
        at
    }

    /// Words of some width, by rows.
    pub fn words(&mut self, width: i64, k: usize, words: &[u64]) -> View {
        let at = self.allocate(width * words.len() as i64);
        self.poke(at, width, words);
        View {
            at,
            strides: vec![width * k as i64, width],
        }
    }

    /// A vector of words of 32 bits.
    pub fn u32s(&mut self, words: &[u64]) -> View {
        let mut view = self.words(4, 1, words);
        view.strides.pop();
        view
    }

    /// The last words of memory, of 32 bits.
    pub fn end(&self, words: u64) -> View {
        View {
            at: BASE + SIZE as u64 - 4 * words,
            strides: vec![4],
        }
    }

    /// A table of base elements, by rows of `k`.
    pub fn table(&mut self, k: usize, elements: &[H]) -> View {
        let words: Vec<u64> = elements.iter().map(|e| self.image(e)[0]).collect();
        let width = self.width();
        self.words(width, k, &words)
    }

    /// A vector of base elements.
    pub fn bases(&mut self, elements: &[H]) -> View {
        let mut view = self.table(1, elements);
        view.strides.pop();
        view
    }

    /// A vector of extension elements, coordinates adjacent.
    pub fn exts(&mut self, elements: &[H]) -> View {
        let words = self.images(elements);
        let width = self.width();
        self.words(width, H::DEGREE, &words)
    }

    /// Room for rows of `k` base elements.
    pub fn table_out(&mut self, n: usize, k: usize) -> View {
        let width = self.width();
        let at = self.allocate(width * (n * k) as i64);
        View {
            at,
            strides: vec![width * k as i64, width],
        }
    }

    /// Room for a vector of extension elements, coordinates adjacent.
    pub fn exts_out(&mut self, n: usize) -> View {
        self.table_out(n, H::DEGREE)
    }

    /// Room for rows of `k` extension elements.
    pub fn ext_table_out(&mut self, n: usize, k: usize) -> View {
        let view = self.table_out(n, k * H::DEGREE);
        let width = self.width();
        View {
            at: view.at,
            strides: vec![view.strides[0], width * H::DEGREE as i64, width],
        }
    }

    /// Room for a vector of extension elements, each coordinate a plane of its own.
    pub fn planes_out(&mut self, n: usize) -> View {
        let width = self.width();
        let at = self.allocate(width * (n * H::DEGREE) as i64);
        View {
            at,
            strides: vec![width, width * n as i64],
        }
    }

    /// What is in memory must be these extension elements.
    #[track_caller]
    pub fn check(&self, view: &View, expected: &[H]) {
        for (i, element) in expected.iter().enumerate() {
            let found: Vec<u64> = (0..H::DEGREE as i64)
                .map(|c| self.peek(view.from(&[i as i64, c]).at, self.width()))
                .collect();
            assert_eq!(found, self.image(element), "element {i}");
        }
    }

    /// What is in memory must be this table of base elements, by rows of `k`.
    #[track_caller]
    pub fn check_table(&self, view: &View, k: usize, expected: &[H]) {
        for (i, element) in expected.iter().enumerate() {
            let index = [(i / k) as i64, (i % k) as i64];
            let found = self.peek(view.from(&index).at, self.width());
            assert_eq!(found, self.image(element)[0], "row and column {index:?}");
        }
    }

    /// The system's row in the documentation has to show what was executed, in the order of first use.
    #[track_caller]
    pub fn documented(&self, system: &str) {
        let row = crate::DOCUMENT
            .lines()
            .find(|line| line.starts_with(&format!("| {system} |")))
            .unwrap_or_else(|| panic!("no row for {system}"));
        let mut shown: Vec<&str> = Vec::new();
        for word in row.split('`').skip(1).step_by(2) {
            let mnemonic = word.split(' ').next().unwrap();
            if mnemonic.starts_with("zktr.") && !shown.contains(&mnemonic) {
                shown.push(mnemonic);
            }
        }
        assert_eq!(shown, self.executed, "{system}");
    }

    /// A descriptor of an instruction in memory, its mode by name (empty where there is only one).
    pub fn descriptor(&mut self, mnemonic: &str, mode: &str) -> Descriptor {
        let spec = self.spec.clone();
        let instruction = spec.instruction(mnemonic).expect(mnemonic);
        let modes = &spec.instructions[instruction].modes;
        let mode = modes.iter().find(|m| m.name == mode).expect(mode);
        let layout = spec.descriptor_of(instruction).unwrap();
        let at = self.allocate(layout.size.into());
        self.poke(at, 1, &vec![0; layout.size as usize]);
        let mut descriptor = Descriptor {
            at,
            instruction,
            unset: layout
                .fields
                .iter()
                .filter(|f| !matches!(f.ty, FieldType::Flags | FieldType::Reduction))
                .map(|f| f.name.clone())
                .collect(),
        };
        let version = layout.field("version").unwrap().1.value.unwrap();
        descriptor.int(self, "version", version);
        descriptor.int(self, "format", self.format.code.into());
        descriptor.int(self, "mode", mode.code.into());
        descriptor
    }
}

/// A descriptor in memory. It can be changed after it was executed.
pub struct Descriptor {
    at: u64,
    instruction: usize,
    unset: BTreeSet<String>,
}

impl Descriptor {
    fn field<H: Host>(&self, machine: &Machine<H>, name: &str) -> (u64, i64) {
        let layout = machine.spec.descriptor_of(self.instruction).unwrap();
        let (_, field) = layout.field(name).expect(name);
        (self.at + u64::from(field.at), field.size.into())
    }

    pub fn int<H: Host>(&mut self, machine: &mut Machine<H>, name: &str, value: u64) -> &mut Self {
        let (at, size) = self.field(machine, name);
        machine.poke(at, size, &[value]);
        self.unset.remove(name);
        self
    }

    pub fn element<H: Host>(
        &mut self,
        machine: &mut Machine<H>,
        name: &str,
        element: H,
    ) -> &mut Self {
        let (at, _) = self.field(machine, name);
        let image = machine.image(&element);
        machine.poke(at, SLOT_BYTES.into(), &image);
        self.unset.remove(name);
        self
    }

    pub fn view<H: Host>(
        &mut self,
        machine: &mut Machine<H>,
        name: &str,
        view: &View,
    ) -> &mut Self {
        let (at, size) = self.field(machine, name);
        let slots: Vec<u64> = std::iter::once(view.at)
            .chain(view.strides.iter().map(|&s| s as u64))
            .collect();
        assert_eq!(size, slots.len() as i64 * 8, "dimensions of {name}");
        machine.poke(at, 8, &slots);
        self.unset.remove(name);
        self
    }

    /// An element in place, as a vector of one element that other instructions can write: what it has in
    /// the unused parts of its slots is zero.
    pub fn slot<H: Host>(&mut self, machine: &mut Machine<H>, name: &str) -> View {
        self.element(machine, name, H::of(&[]));
        let (at, _) = self.field(machine, name);
        View {
            at,
            strides: vec![0, SLOT_BYTES.into()],
        }
    }

    /// Executes it; the name of the status.
    pub fn status<H: Host>(&self, machine: &mut Machine<H>, n: usize) -> String {
        assert!(self.unset.is_empty(), "not set: {:?}", self.unset);
        let code = offload(
            &machine.spec,
            self.instruction,
            self.at,
            n as u64,
            64,
            &mut machine.memory,
            &machine.options,
        );
        let status = machine.spec.status_by_code(code).unwrap().name.clone();
        let mnemonic = &machine.spec.instructions[self.instruction].name;
        if status == "ok" && !machine.executed.contains(mnemonic) {
            machine.executed.push(mnemonic.clone());
        }
        status
    }

    /// Executes it, and it must not refuse.
    #[track_caller]
    pub fn run<H: Host>(&self, machine: &mut Machine<H>, n: usize) {
        assert_eq!(self.status(machine, n), "ok");
    }
}

/// Executes an instruction: `run!(machine, "zktr.x" "mode", n; k = int 3, init = element e, out = view v)`.
#[macro_export]
macro_rules! status {
    ($m:expr, $mnemonic:literal $mode:literal, $n:expr; $($field:ident = $kind:ident $value:expr),* $(,)?) => {{
        let mut descriptor = $m.descriptor($mnemonic, $mode);
        $( descriptor.$kind(&mut $m, stringify!($field), $value); )*
        descriptor.status(&mut $m, $n)
    }};
}

/// The same, and the status has to be success.
#[macro_export]
macro_rules! run {
    ($($all:tt)*) => { assert_eq!($crate::status!($($all)*), "ok") };
}
