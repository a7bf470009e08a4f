//! What the spec says about names, in tables that are fast to search: mnemonics with all their forms, registers,
//! directives.

use crate::directive::{self, Directive};
use crate::fast::Form;
use crate::instruction::Candidate;
use crate::pseudo::{self, Pseudo};
use foldhash::fast::FixedState;
use std::borrow::Cow;
use std::collections::HashMap;
use zktr_isa::Spec;

/// A map whose keys nobody can choose.
type Table<'s, T> = HashMap<&'s str, T, FixedState>;

/// What a mnemonic stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mnemonic {
    /// Its forms, the instruction first; one of another XLEN if there is no other.
    pub candidates: Vec<Candidate>,
    /// The first of them, prepared for the short way.
    pub fast: Vec<Form>,
    /// Several instructions.
    pub pseudo: Option<Pseudo>,
}

/// All names of a spec, for harts of one width.
#[derive(Debug, Clone)]
pub(crate) struct Names<'s> {
    mnemonics: Packed<'s, Mnemonic>,
    registers: Packed<'static, u8>,
    directives: Packed<'static, Directive>,
}

/// A map of names, most of which fit in sixteen bytes and are compared as a number.
#[derive(Debug, Clone)]
struct Packed<'s, T> {
    short: HashMap<u128, T, FixedState>,
    long: HashMap<Cow<'s, str>, T, FixedState>,
}

/// The bytes of a name as a number; zero bytes do not occur in names.
fn pack(name: &str) -> Option<u128> {
    let mut bytes = [0; 16];
    bytes
        .get_mut(..name.len())?
        .copy_from_slice(name.as_bytes());
    Some(u128::from_le_bytes(bytes))
}

impl<'s, T> Packed<'s, T> {
    fn new(entries: impl IntoIterator<Item = (Cow<'s, str>, T)>) -> Self {
        let (mut short, mut long) = (HashMap::default(), HashMap::default());
        for (name, value) in entries {
            match pack(&name) {
                Some(key) => short.insert(key, value),
                None => long.insert(name, value),
            };
        }
        Self { short, long }
    }

    fn get(&self, name: &str) -> Option<&T> {
        match pack(name) {
            Some(key) => self.short.get(&key),
            None => self.long.get(name),
        }
    }
}

impl<'s> Names<'s> {
    /// The names of a spec.
    pub fn new(spec: &'s Spec, xlen: u8) -> Self {
        let mut mnemonics: Table<'s, Mnemonic> = Table::default();
        for instruction in &spec.instructions {
            let name = instruction.name.as_str();
            mnemonics.entry(name).or_insert_with(|| {
                let index = spec
                    .instruction_for(name, xlen)
                    .or_else(|| spec.instruction(name));
                Mnemonic {
                    candidates: index.map(Candidate::Instruction).into_iter().collect(),
                    fast: Vec::new(),
                    pseudo: None,
                }
            });
        }
        for (name, pseudo) in pseudo::ALL {
            // A spec may list a pseudo-instruction as an alias, for the disassembler; an instruction wins.
            let entry = mnemonics.entry(name).or_default();
            entry.pseudo = entry.candidates.is_empty().then_some(pseudo);
        }
        for (index, alias) in spec.aliases.iter().enumerate() {
            let entry = mnemonics.entry(&alias.name).or_default();
            entry.candidates.push(Candidate::Alias(index));
        }
        for mnemonic in mnemonics.values_mut() {
            mnemonic.fast = match mnemonic.pseudo {
                None => Form::all(spec, xlen, &mnemonic.candidates),
                Some(Pseudo::LoadImmediate) => {
                    Form::load_immediate(spec, xlen).into_iter().collect()
                }
                Some(_) => Vec::new(),
            };
        }
        let registers = &spec.registers;
        let numbered = (0..registers.abi.len()).map(|i| format!("{}{i}", registers.prefix));
        let others = registers.others.keys().chain(&registers.abi).cloned();
        let named = |name: String| spec.register(&name).map(|number| (name.into(), number));
        let directives = directive::DIRECTIVES.iter();
        let mnemonics = mnemonics.into_iter();
        Self {
            mnemonics: Packed::new(mnemonics.map(|(name, known)| (name.into(), known))),
            registers: Packed::new(numbered.chain(others).filter_map(named)),
            directives: Packed::new(directives.map(|&(name, found)| (name.into(), found))),
        }
    }

    /// What a mnemonic stands for.
    pub fn mnemonic(&self, name: &str) -> Option<&Mnemonic> {
        self.mnemonics.get(name)
    }

    /// The number of a register.
    pub fn register(&self, name: &str) -> Option<u8> {
        self.registers.get(name).copied()
    }

    /// A directive, by its name in lower case.
    pub fn directive(&self, name: &str) -> Option<Directive> {
        self.directives.get(name).copied()
    }
}
