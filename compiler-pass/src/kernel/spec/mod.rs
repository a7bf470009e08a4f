//! Instructions in the normal form, from their entries in the spec.
//!
//! A kernel for each instruction, mode and format. An entry whose meaning is outside of the normal form
//! (an inverse in a proper extension, control flow, memory access) is not offered to loops; why, is
//! said by [`NotOffered`]. Where an instruction has factors in its descriptor, there are also kernels with factors
//! from the base field.

mod build;
mod narrow;
mod unroll;
mod words;

pub use unroll::{fix_index, map_index};

use super::bits::{SpecAdjacent, SpecBits, SpecComparison, SpecSource};
use super::term::{self, Term};
use build::Builder;
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, OperandId, VarId};
use zktr_isa::model::{Format, Reduction};

/// An index of a view: `scale * var + offset`, a number, or a word that the row reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ix {
    /// Depends on a loop index.
    Var {
        /// The index.
        var: VarId,
        /// Factor: how often the loop is unrolled.
        scale: u32,
        /// Which of the unrolled copies.
        offset: u32,
    },
    /// A number.
    Lit(u32),
    /// `word >> shift & mask`.
    Word(WordIx),
}

/// An index that is a bit field of an element of a vector of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordIx {
    /// The vector.
    pub view: FieldId,
    /// The loop index that says which element, as in [`Ix::Var`].
    pub var: VarId,
    /// Factor of the loop index.
    pub scale: u32,
    /// What is added to it.
    pub offset: u32,
    /// The fields that say how far the word is shifted to the right, and which bits are kept then; none for the whole word.
    pub part: Option<(FieldId, FieldId)>,
    /// The field that the index is below: else the instruction refuses.
    pub bound: FieldId,
}

/// An unknown of an instruction's meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecAtom {
    /// The word of a coordinate of an element in the descriptor.
    Scalar {
        /// The field.
        field: FieldId,
        /// The coordinate.
        coord: u32,
    },
    /// The word of a coordinate of an element of a view.
    Read {
        /// The view.
        view: FieldId,
        /// Where.
        index: Vec<Ix>,
        /// The coordinate.
        coord: u32,
        /// True for a word that may have any value.
        raw: bool,
        /// Its size.
        bytes: u8,
        /// True if it is not read where the other factor is zero.
        optional: bool,
    },
    /// The word of a coordinate of a carried element, before this row. Index into [`SpecKernel::carries`].
    Carry {
        /// Which.
        carry: u32,
        /// The coordinate.
        coord: u32,
    },
    /// A sum over an inner index.
    Sum(Box<SpecSum>),
    /// The residue whose product with the term is 1.
    Inv(Box<Term<SpecAtom>>),
    /// Bits of a word, or whether they are equal to a key.
    Bits(Box<SpecBits>),
    /// 1 where a word is equal to the one of the row before, and 0 elsewhere.
    Adjacent(Box<SpecAdjacent>),
    /// 1 where a word has a relation to another one, and 0 elsewhere.
    Comparison(Box<SpecComparison>),
}

/// `sum(var < extent) { body }`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecSum {
    /// The index.
    pub var: VarId,
    /// The descriptor field that says how many.
    pub extent: FieldId,
    /// A term of the sum.
    pub body: Term<SpecAtom>,
}

/// State that goes from row to row.
#[derive(Debug, Clone)]
pub struct SpecCarry {
    /// The name in the semantics.
    pub var: VarId,
    /// Words of the coordinates before the first row.
    pub init: Vec<Term<SpecAtom>>,
    /// Words after a row.
    pub step: Vec<Term<SpecAtom>>,
}

/// What a row writes.
#[derive(Debug, Clone)]
pub struct SpecStore {
    /// The view.
    pub view: FieldId,
    /// Where.
    pub index: Vec<Ix>,
    /// The coordinate.
    pub coord: u32,
    /// An inner loop around the store: its index, and the field that says how many iterations.
    pub inner: Option<(VarId, FieldId)>,
    /// The word, or what is added to it.
    pub value: Term<SpecAtom>,
    /// What is done with it.
    pub how: StoreKind,
}

/// What a store does with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// Writes a residue.
    Write,
    /// Writes a word that may have any value: it is a copy of another one.
    Copy,
    /// Adds it to the residue that is there.
    Add,
    /// Adds this constant to the word that is there, modulo 2 to the word's width.
    Count(u64),
}

/// An instruction in one mode and format.
#[derive(Debug, Clone)]
pub struct SpecKernel {
    /// Index into the spec's instructions.
    pub instruction: usize,
    /// Index into the instruction's modes.
    pub mode: usize,
    /// Index into the spec's formats.
    pub format: usize,
    /// The row index.
    pub row: VarId,
    /// The operand that says how many rows.
    pub count: OperandId,
    /// Carried state.
    pub carries: Vec<SpecCarry>,
    /// Writes of a row, in order.
    pub stores: Vec<SpecStore>,
    /// Extents of inner loops that are written out.
    pub fixed: Vec<(FieldId, u32)>,
    /// Bytes of a coordinate.
    pub word_bytes: u8,
    /// Views of one element that get a carried element after the last row.
    pub lasts: Vec<(FieldId, u32)>,
    /// The prime of the format.
    pub modulus: u64,
    /// True if a word that is written has an inverse in it.
    pub inverts: bool,
    /// True if a word that is carried has.
    pub carries_inverse: bool,
}

impl SpecKernel {
    /// True if a word that is written comes of a comparison of words, or of a difference that wraps.
    pub fn compares(&self) -> bool {
        self.stores
            .iter()
            .any(|store| store.value.any(&mut compares))
    }
}

fn compares(atom: &SpecAtom) -> bool {
    match atom {
        SpecAtom::Adjacent(_) | SpecAtom::Comparison(_) => true,
        SpecAtom::Bits(bits) => {
            bits.key.is_some() || matches!(bits.source, SpecSource::Difference { .. })
        }
        SpecAtom::Sum(sum) => sum.body.any(&mut compares),
        _ => false,
    }
}

/// Why an instruction is not offered to loops in some mode and format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOffered {
    /// It has no descriptor, or does not count rows.
    NotBulk,
    /// Its meaning has a statement or term outside of the normal form.
    Unsupported(&'static str),
    /// The pass does not know loops over elements of this format.
    Format,
    /// It is too large.
    TooLarge,
}

/// The kernels of all instructions of a spec in all modes and formats that can be matched.
pub fn kernels(spec: &Spec) -> Vec<SpecKernel> {
    let mut kernels = Vec::new();
    for instruction in 0..spec.instructions.len() {
        if spec.instructions[instruction].descriptor().is_none() {
            continue;
        }
        for mode in 0..spec.instructions[instruction].modes.len() {
            for format in 0..spec.formats.len() {
                let Ok(kernel) = kernel(spec, instruction, mode, format) else {
                    continue;
                };
                let narrowed = kernel.narrowed();
                kernels.push(kernel);
                kernels.extend(narrowed);
            }
        }
    }
    kernels
}

/// The kernel of an instruction in a mode and format, by their indices.
pub fn kernel(
    spec: &Spec,
    instruction: usize,
    mode: usize,
    format: usize,
) -> Result<SpecKernel, NotOffered> {
    let inst = &spec.instructions[instruction];
    let (_, descriptor) = inst.descriptor().ok_or(NotOffered::NotBulk)?;
    let count = inst.count().ok_or(NotOffered::NotBulk)?;
    let fields = &spec.descriptors[descriptor].fields;
    let format_data = &spec.formats[format];
    let p = format_data.modulus;
    let (r, reduction) = offered(format_data).ok_or(NotOffered::Format)?;
    let mut builder = Builder {
        fields: fields.iter().map(|f| &f.ty).collect(),
        format: format_data,
        reduction,
        p,
        r,
        r_inverse: term::inverse(p, r),
        env: vec![None; inst.modes[mode].semantics.vars.len()],
        carries: Vec::new(),
        carry_of: Vec::new(),
        stores: Vec::new(),
        lasts: Vec::new(),
        fixed: Vec::new(),
        row: None,
    };
    builder.top(&inst.modes[mode].semantics.body, count)?;
    let row = builder.row.ok_or(NotOffered::NotBulk)?;
    let mut steps = builder.carries.iter().flat_map(|c| &c.step);
    Ok(SpecKernel {
        modulus: p,
        inverts: builder.stores.iter().any(|s| has_inverse(&s.value)),
        carries_inverse: steps.any(has_inverse),
        instruction,
        mode,
        format,
        row,
        count,
        carries: builder.carries,
        stores: builder.stores,
        lasts: builder.lasts,
        fixed: builder.fixed,
        word_bytes: format_data.word_bytes,
    })
}

fn has_inverse(term: &Term<SpecAtom>) -> bool {
    term.any(&mut |a| match a {
        SpecAtom::Inv(_) => true,
        SpecAtom::Sum(sum) => has_inverse(&sum.body),
        _ => false,
    })
}

/// R modulo p and the reduction polynomial of a format whose elements loops are known to compute with: canonical or in
/// Montgomery form with R as large as a word, a residue in each word.
fn offered(format: &Format) -> Option<(u64, &[u64])> {
    let Reduction::Polynomial(reduction) = &format.reduction else {
        return None;
    };
    let words = 1u128 << (8 * u32::from(format.word_bytes));
    let known = format.montgomery == 1 || format.montgomery == words;
    if !matches!(format.word_bytes, 4 | 8) || format.accepts_modulus || !known {
        return None;
    }
    let r = (format.montgomery % u128::from(format.modulus)) as u64;
    Some((r, reduction))
}
