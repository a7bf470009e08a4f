//! Names and addresses, both ways.

use object::{Object, ObjectSymbol, SymbolKind};
use std::collections::HashMap;

/// The symbols of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symbols {
    by_name: HashMap<String, u64>,
    /// Those that stand for code or data, by address.
    by_addr: Vec<(u64, String)>,
}

impl Symbols {
    /// Adds a symbol. A name that is there already keeps its address.
    pub(super) fn add(&mut self, name: &str, addr: u64, kind: SymbolKind) {
        // Assemblers' marks of code and data, and local labels, tell a reader nothing.
        let internal = name.is_empty() || name.starts_with('$') || name.starts_with(".L");
        if internal
            || matches!(
                kind,
                SymbolKind::File | SymbolKind::Section | SymbolKind::Tls
            )
        {
            return;
        }
        self.by_name.entry(name.to_owned()).or_insert(addr);
        self.by_addr.push((addr, name.to_owned()));
    }

    /// To be called when all are added.
    pub(super) fn sort(&mut self) {
        self.by_addr.sort();
        self.by_addr.dedup();
    }

    /// The symbols of a linked file.
    pub(super) fn of_executable(elf: &object::File<'_>) -> Self {
        let mut symbols = Self::default();
        // A global name wins over a local one.
        for global in [true, false] {
            for symbol in elf
                .symbols()
                .filter(|s| s.is_definition() && s.is_global() == global)
            {
                if let Ok(name) = symbol.name() {
                    symbols.add(name, symbol.address(), symbol.kind());
                }
            }
        }
        symbols.sort();
        symbols
    }

    /// The address of a name.
    pub fn address(&self, name: &str) -> Option<u64> {
        self.by_name.get(name).copied()
    }

    /// The nearest symbol at or below an address, and the distance from it.
    pub fn nearest(&self, addr: u64) -> Option<(&str, u64)> {
        let below = self.by_addr.partition_point(|(start, _)| *start <= addr);
        let (start, _) = self.by_addr.get(below.checked_sub(1)?)?;
        // The first one of several with the same address.
        let first = self.by_addr.partition_point(|(other, _)| other < start);
        let (start, name) = self.by_addr.get(first)?;
        Some((name, addr - start))
    }

    /// All names with their addresses, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.by_addr
            .iter()
            .map(|(addr, name)| (name.as_str(), *addr))
    }
}
