//! A loop of the host in the normal form.

use super::bits::HostBits;
use super::term::Term;
use crate::analysis::poly::Poly;
use cranelift_codegen::ir::{Block, Inst, Value};
use cranelift_codegen::loop_analysis::Loop;

/// An unknown of what a loop computes: a word, that is an integer of its width (below the modulus where it was
/// assumed to be canonical).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostAtom {
    /// A value that is available on entry.
    Entry(Value),
    /// Memory as it was on entry. Index into [`HostKernel::loads`].
    Load(u32),
    /// A carried word, before the iteration. Index into [`HostKernel::carries`].
    Carry(u32),
    /// A sum over the iterations of an inner loop. Index into [`HostKernel::sums`].
    Sum(u32),
    /// The residue whose product with the term is 1.
    Inv(Box<Term<HostAtom>>),
    /// A carried word after all iterations of its loop, that is no sum. Index into the lifter's results.
    Final(u32),
    /// Bits of a word, or whether they are equal to a key.
    Bits(HostBits),
    /// Some word that the loop computes in another way. Nothing matches it.
    Opaque(u32),
}

/// A place in memory that the loop reads.
#[derive(Debug, Clone)]
pub struct HostLoad {
    /// Its address, modulo 2^64.
    pub address: Poly,
    /// Size of the word: 1, 2, 4 or 8.
    pub bytes: u8,
    /// The instructions that read it.
    pub insts: Vec<Inst>,
    /// True if the word was assumed to be a canonical residue.
    pub canonical: bool,
    /// If it is not read in each row: the load of a word that is not zero where it is. Index into [`HostKernel::loads`].
    pub unless_zero: Option<u32>,
}

/// A word that a loop carries in a parameter of its header.
#[derive(Debug, Clone)]
pub struct HostCarry {
    /// The loop.
    pub l: Loop,
    /// The header parameter.
    pub param: Value,
    /// Before the first iteration.
    pub init: Term<HostAtom>,
    /// After an iteration.
    pub step: Term<HostAtom>,
}

/// A sum over all iterations of a loop.
#[derive(Debug, Clone)]
pub struct HostSum {
    /// The loop.
    pub l: Loop,
    /// Number of iterations, the same each time that the loop is entered.
    pub count: Poly,
    /// What an iteration adds.
    pub body: Term<HostAtom>,
}

/// A word that the loop writes.
#[derive(Debug, Clone)]
pub struct HostStore {
    /// The instruction.
    pub inst: Inst,
    /// Where it is.
    pub block: Block,
    /// Address, modulo 2^64.
    pub address: Poly,
    /// An inner loop around it, and its number of iterations.
    pub inner: Option<(Loop, Poly)>,
    /// The word modulo p.
    pub value: Term<HostAtom>,
    /// True if it is the canonical residue.
    pub canonical: bool,
    /// What it is a copy of, bit by bit.
    pub copied: Option<Copied>,
    /// The constant that is added to the word that was there, modulo 2 to the word's width, if that is what it is.
    pub counted: Option<u64>,
}

/// A word that is written as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// Memory as it was on entry. Index into [`HostKernel::loads`].
    Load(u32),
    /// A value that is available on entry.
    Entry(Value),
    /// A constant.
    Const(u64),
}

impl Copied {
    /// The word modulo p.
    pub fn term(self, p: u64) -> Term<HostAtom> {
        match self {
            Self::Load(load) => Term::atom(p, HostAtom::Load(load)),
            Self::Entry(value) => Term::atom(p, HostAtom::Entry(value)),
            Self::Const(c) => Term::constant(p, c),
        }
    }
}

/// A loop nest: what each row reads, carries and writes. Words are residues modulo `p`.
#[derive(Debug, Clone)]
pub struct HostKernel {
    /// The modulus.
    pub p: u64,
    /// Bytes of each word that is written.
    pub bytes: u8,
    /// The loop over rows.
    pub row: Loop,
    /// Number of rows.
    pub count: Poly,
    /// Places that are read.
    pub loads: Vec<HostLoad>,
    /// Carried words, of the row loop and of inner ones.
    pub carries: Vec<HostCarry>,
    /// Sums of inner loops.
    pub sums: Vec<HostSum>,
    /// Writes, in the order of the program.
    pub stores: Vec<HostStore>,
    /// Words that are unknowns of addresses, by the result of the load, with the index of the load.
    pub words: Vec<(Value, u32)>,
    /// Loads and stores, in the order of the program.
    pub accesses: Vec<Inst>,
}

impl HostKernel {
    /// What an address of a word that is loaded and stored says of it: the load of what a store replaces.
    pub fn replaced(&self, store: &HostStore) -> Option<u32> {
        let same = |l: &HostLoad| l.address == store.address && l.bytes == self.bytes;
        let load = self.loads.iter().position(same)?;
        u32::try_from(load).ok()
    }

    /// True if no word is computed: all that are written are constants, or copies.
    pub fn only_copies(&self) -> bool {
        !self.stores.is_empty() && self.stores.iter().all(|s| s.copied.is_some())
    }

    /// True if something that is written is computed in a way that no instruction has.
    pub fn has_opaque_store(&self) -> bool {
        let opaque = |a: &HostAtom| matches!(a, HostAtom::Opaque(_));
        self.stores.iter().any(|s| s.value.any(&mut opaque.clone()))
    }

    /// True if something that is carried or added up is.
    pub fn has_opaque_state(&self) -> bool {
        let carried = self.carries.iter().flat_map(|c| [&c.init, &c.step]);
        let summed = self.sums.iter().map(|s| &s.body);
        let opaque = |a: &HostAtom| matches!(a, HostAtom::Opaque(_));
        carried.chain(summed).any(|t| t.any(&mut opaque.clone()))
    }

    /// True if the word is the same in every row.
    pub fn is_row_invariant(&self, atom: &HostAtom) -> bool {
        let by_row = crate::analysis::poly::Atom::Index(self.row);
        match atom {
            HostAtom::Entry(_) => true,
            HostAtom::Load(l) => {
                let address = &self.loads[*l as usize].address;
                !address.mentions(by_row) && address.words().next().is_none()
            }
            HostAtom::Carry(c) => self.carries[*c as usize].l != self.row,
            HostAtom::Sum(s) => !self.sums[*s as usize]
                .body
                .any(&mut |a| !self.is_row_invariant(a)),
            HostAtom::Inv(t) => !t.any(&mut |a| !self.is_row_invariant(a)),
            HostAtom::Bits(bits) => bits
                .loads()
                .all(|l| self.is_row_invariant(&HostAtom::Load(l))),
            HostAtom::Final(_) | HostAtom::Opaque(_) => false,
        }
    }
}
