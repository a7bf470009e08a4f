//! What the spec says about names, in tables that are fast to search: mnemonics with all their forms, registers,
//! directives.

use crate::direct::Direct;
use crate::directive::{self, Directive};
use crate::fast::Forms;
use crate::instruction::Candidate;
use crate::lexicon::{Lexicon, ShortNames, Word};
use crate::pseudo::{self, Pseudo};
use crate::scan::{open_token, short_token};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::model::RegisterFile;

/// A map whose keys nobody can choose.
type Table<'s, T> = HashMap<&'s str, T, FixedState>;

/// What a mnemonic stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mnemonic {
    /// Its forms, the instruction first; one of another XLEN if there is no other.
    pub candidates: Vec<Candidate>,
    /// The first ones of them, prepared for the short way.
    pub fast: Forms,
    /// Several instructions.
    pub pseudo: Option<Pseudo>,
}

/// All names of a spec, for harts of one width.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// Indices into `known`.
    mnemonics: Lexicon<u32>,
    known: Vec<Mnemonic>,
    registers: Lexicon<u8>,
    /// Those whose names are short.
    pub short_registers: ShortNames,
    /// Indices into `direct`.
    short_mnemonics: ShortNames,
    direct: Vec<Direct>,
    floats: Lexicon<u8>,
    directives: Lexicon<Directive>,
}

impl Names {
    /// The names of a spec.
    pub fn new(spec: &Spec, xlen: u8) -> Self {
        let mut mnemonics: Table<'_, Mnemonic> = Table::default();
        for instruction in &spec.instructions {
            let name = instruction.name.as_str();
            mnemonics.entry(name).or_insert_with(|| {
                let index = spec
                    .instruction_for(name, xlen)
                    .or_else(|| spec.instruction(name));
                Mnemonic {
                    candidates: index.map(Candidate::Instruction).into_iter().collect(),
                    fast: Forms::default(),
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
                None => Forms::new(spec, xlen, &mnemonic.candidates),
                Some(Pseudo::LoadImmediate) => Forms::load_immediate(spec, xlen),
                Some(_) => Forms::default(),
            };
        }
        let direct = mnemonics
            .iter()
            .filter_map(|(name, mnemonic)| Some((*name, mnemonic.fast.direct(spec)?)));
        let (direct_names, direct): (Vec<&str>, Vec<Direct>) = direct.unzip();
        let short_mnemonics = direct_names.into_iter().zip(0..);
        let registers = spec.registers.names();
        let registers = registers.map(|(name, number)| (name, u32::from(number)));
        let (mnemonics, known): (Vec<&str>, Vec<Mnemonic>) = mnemonics.into_iter().unzip();
        Self {
            mnemonics: Lexicon::new(mnemonics.into_iter().zip(0..)),
            known,
            registers: Lexicon::new(spec.registers.names()),
            short_registers: ShortNames::new(registers),
            short_mnemonics: ShortNames::new(short_mnemonics),
            direct,
            floats: Lexicon::new(spec.float_registers.names()),
            directives: Lexicon::new(directive::DIRECTIVES),
        }
    }

    /// What a mnemonic stands for.
    pub fn mnemonic(&self, name: &str) -> Option<&Mnemonic> {
        let index = self.mnemonics.get(name)?;
        self.known.get(index as usize)
    }

    /// The same, of a short name.
    #[inline]
    pub fn mnemonic_word(&self, name: Word) -> Option<&Mnemonic> {
        let index = self.mnemonics.word(name)?;
        self.known.get(index as usize)
    }

    /// The instruction that begins here, read in the most direct way: what it is, its word, and the end of the statement.
    #[inline]
    pub fn read_direct(&self, bytes: &[u8], at: usize) -> Option<(&Direct, u32, usize)> {
        let (name, length) = open_token(bytes, at)?;
        let index = self.short_mnemonics.get(name)?;
        let direct = self.direct.get(index as usize)?;
        let (word, end) = direct.read(&self.short_registers, bytes, at + length)?;
        Some((direct, word, end))
    }

    /// The number of a register.
    pub fn register(&self, name: &str) -> Option<u8> {
        self.registers.get(name)
    }

    /// The same, of a short name.
    #[inline]
    pub fn register_word(&self, name: Word) -> Option<u8> {
        self.registers.word(name)
    }

    /// The number of a register with a short name that begins at a place of a text, with a delimiter behind it; and
    /// where it ends.
    #[inline]
    pub fn register_at(&self, bytes: &[u8], at: usize) -> Option<(u8, usize)> {
        let (word, length) = short_token(bytes, at)?;
        let number = self.short_registers.get(word)?;
        Some((number as u8, at + length))
    }

    /// The number of a register of a file.
    pub fn register_of(&self, file: RegisterFile, name: &str) -> Option<u8> {
        match file {
            RegisterFile::Integer => self.register(name),
            RegisterFile::Float => self.floats.get(name),
        }
    }

    /// A directive, by its name in lower case.
    pub fn directive(&self, name: &str) -> Option<Directive> {
        self.directives.get(name)
    }

    /// The same, of a short name.
    #[inline]
    pub fn directive_word(&self, name: Word) -> Option<Directive> {
        self.directives.word(name)
    }
}
