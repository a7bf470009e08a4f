//! Memory with views, and descriptors written by the names of their fields.

use zktr_emu::memory::FlatMemory;
use zktr_isa::Spec;
use zktr_isa::model::{Elem, Extent, FieldType, Format, Mode, SLOT_BYTES};

const BASE: u64 = 0x1_0000;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A residue other than zero.
    pub fn residue(&mut self) -> u32 {
        1 + (self.next() % 2_013_265_920) as u32
    }
}

/// A view: its address, and strides in bytes.
#[derive(Debug, Clone)]
pub struct View {
    at: u64,
    strides: Vec<u64>,
}

impl View {
    /// The view so many bytes later.
    pub fn skip(&self, bytes: u64) -> Self {
        Self {
            at: self.at + bytes,
            strides: self.strides.clone(),
        }
    }
}

/// A use of an instruction.
pub struct Call {
    pub instruction: usize,
    pub registers: (u64, u64),
}

/// Memory of a fixed size that is handed out from the bottom.
pub struct Memory<'a> {
    spec: &'a Spec,
    format: &'a Format,
    flat: FlatMemory,
    free: u64,
}

impl<'a> Memory<'a> {
    pub fn new(spec: &'a Spec, format: &str, size: usize) -> Self {
        Self {
            spec,
            format: spec.format(format).expect("a format of the spec"),
            flat: FlatMemory::new(BASE, vec![0; size]).expect("memory below the top"),
            free: BASE,
        }
    }

    pub fn get(&mut self) -> &mut FlatMemory {
        &mut self.flat
    }

    fn bytes(&mut self, at: u64, len: usize) -> &mut [u8] {
        let at = (at - BASE) as usize;
        &mut self.flat.bytes_mut()[at..at + len]
    }

    fn room(&mut self, len: usize) -> u64 {
        let at = self.free;
        self.free = (at + len as u64).next_multiple_of(64);
        at
    }

    /// Words, as a dense view of elements of so many words.
    pub fn put(&mut self, words: &[u32], extents: &[usize], element: usize) -> View {
        let at = self.room(4 * words.len());
        let len = 4 * words.len();
        for (to, word) in self.bytes(at, len).chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        let mut stride = 4 * element as u64;
        let mut strides: Vec<u64> = extents
            .iter()
            .rev()
            .map(|&extent| {
                let this = stride;
                stride *= extent as u64;
                this
            })
            .collect();
        strides.reverse();
        View { at, strides }
    }

    pub fn words(&mut self, view: &View, count: usize) -> Vec<u32> {
        let bytes = self.bytes(view.at, 4 * count);
        let words = bytes.chunks_exact(4);
        words
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect()
    }

    /// Overwrites the first word of a view.
    pub fn fill(&mut self, view: &View, byte: u8) {
        self.bytes(view.at, 4).fill(byte);
    }

    /// A descriptor with these fields.
    pub fn call(
        &mut self,
        name: &str,
        mode: &str,
        n: usize,
        fields: impl FnOnce(&mut Draft<'_>),
    ) -> Call {
        let instruction = self
            .spec
            .instruction(name)
            .expect("an instruction of the spec");
        let modes = &self.spec.instructions[instruction].modes;
        let mode = modes
            .iter()
            .find(|m| m.name == mode)
            .or(modes.first())
            .expect("a mode");
        let descriptor = self.spec.descriptor_of(instruction).expect("a descriptor");
        let mut draft = Draft {
            fields: &descriptor.fields,
            bytes: vec![0; descriptor.size as usize],
        };
        for field in draft.fields {
            let at = field.at as usize;
            match field.ty {
                FieldType::Format => draft.bytes[at] = self.format.code,
                FieldType::Mode => draft.bytes[at] = mode.code,
                // The layout's version: the only value of its field.
                FieldType::Uint(_) => {
                    let values = self
                        .spec
                        .field_values(&self.spec.instructions[instruction], field);
                    let least = (0..=u64::from(u8::MAX))
                        .find(|&value| values.as_ref().is_none_or(|values| values.contains(value)));
                    draft.bytes[at] = least.unwrap_or(0) as u8;
                }
                _ => {}
            }
        }
        fields(&mut draft);
        let bytes = draft.bytes;
        let at = self.room(bytes.len());
        self.bytes(at, bytes.len()).copy_from_slice(&bytes);
        Call {
            instruction,
            registers: (at, n as u64),
        }
    }
}

/// A descriptor that is being written.
pub struct Draft<'a> {
    fields: &'a [zktr_isa::model::DescriptorField],
    bytes: Vec<u8>,
}

impl Draft<'_> {
    fn at(&self, name: &str) -> usize {
        let mut fields = self.fields.iter();
        fields
            .find(|field| field.name == name)
            .expect("a field of the descriptor")
            .at as usize
    }

    pub fn int(&mut self, name: &str, value: u64) -> &mut Self {
        let at = self.at(name);
        self.bytes[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
        self
    }

    fn slot(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    pub fn element(&mut self, name: &str, words: &[u32]) -> &mut Self {
        let at = self.at(name);
        for (i, &word) in words.iter().enumerate() {
            self.slot(at + SLOT_BYTES as usize * i, u64::from(word));
        }
        self
    }

    pub fn view(&mut self, name: &str, view: &View) -> &mut Self {
        let mut fields = self.fields.iter();
        let field = fields
            .find(|field| field.name == name)
            .expect("a field of the descriptor");
        let at = field.at as usize;
        let coordinates = matches!(&field.ty, FieldType::View(view) if view.elem == Elem::Felt(zktr_isa::algebra::Kind::Ext));
        let slots = [view.at].into_iter().chain(view.strides.iter().copied());
        for (i, slot) in slots.chain(coordinates.then_some(4)).enumerate() {
            self.slot(at + 8 * i, slot);
        }
        self
    }
}

/// A legal use of an instruction with dense views, `n` rows and four of everything else; none if it does not have the format.
pub fn typical<'a>(
    spec: &'a Spec,
    index: usize,
    mode: &Mode,
    n: usize,
) -> Option<(Memory<'a>, Call)> {
    const COLUMNS: u64 = 4;
    let descriptor = spec.descriptor_of(index)?;
    let mut memory = Memory::new(spec, "babybear4-m", 128 * n * descriptor.fields.len());
    spec.mode_takes(descriptor, mode, memory.format)
        .then_some(())?;
    let mut random = Random(6);
    let mut views = Vec::new();
    for field in &descriptor.fields {
        let FieldType::View(view) = &field.ty else {
            continue;
        };
        let extents: Vec<usize> = view
            .dims
            .iter()
            .map(|extent| match extent {
                Extent::Count(_) => n,
                Extent::Field(_) => COLUMNS as usize,
            })
            .collect();
        let element = view.elem.words(memory.format)
            * view.elem.word_bytes(memory.format).div_ceil(4) as usize;
        let count = element * extents.iter().product::<usize>();
        // Words that are not elements may be indices.
        let is_word = !matches!(view.elem, Elem::Felt(_));
        let words: Vec<u32> = (0..count)
            .map(|_| {
                if is_word {
                    (random.next() % COLUMNS) as u32 & 1
                } else {
                    random.residue()
                }
            })
            .collect();
        views.push((field.name.clone(), memory.put(&words, &extents, element)));
    }
    let name = spec.instructions[index].name.clone();
    let call = memory.call(&name, &mode.name, n, |draft| {
        for field in &descriptor.fields {
            match &field.ty {
                FieldType::Uint(_) if field.at >= 4 => {
                    draft.int(
                        &field.name,
                        if field.name == "shift" || field.name == "less" {
                            0
                        } else {
                            COLUMNS
                        },
                    );
                }
                FieldType::Felt(_) => {
                    draft.element(&field.name, &[7, 5, 3, 2]);
                }
                _ => {}
            }
        }
        for (name, view) in &views {
            // Elements of less than four bytes are adjacent all the same.
            draft.view(name, view);
        }
    });
    Some((memory, call))
}
