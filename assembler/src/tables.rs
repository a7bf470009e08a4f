//! What the spec says about names, in tables that are fast to search: mnemonics with all their forms, registers,
//! directives.

use crate::directive::{self, Directive};
use crate::fast::Form;
use crate::instruction::Candidate;
use crate::pseudo::{self, Pseudo};
use foldhash::fast::FixedState;
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
    mnemonics: Table<'s, Mnemonic>,
    registers: HashMap<Box<str>, u8, FixedState>,
    directives: Table<'s, Directive>,
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
        for mnemonic in mnemonics.values_mut().filter(|m| m.pseudo.is_none()) {
            mnemonic.fast = Form::all(spec, xlen, &mnemonic.candidates);
        }
        let registers = &spec.registers;
        let numbered = (0..registers.abi.len()).map(|i| format!("{}{i}", registers.prefix));
        let others = registers.others.keys().chain(&registers.abi).cloned();
        let named = |name: String| spec.register(&name).map(|number| (name.into(), number));
        Self {
            mnemonics,
            registers: numbered.chain(others).filter_map(named).collect(),
            directives: directive::DIRECTIVES.iter().copied().collect(),
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
