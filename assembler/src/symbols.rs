//! The symbol table: names, definitions and attributes; local numeric labels; anonymous labels.

use crate::layout::Layout;
use crate::lex::Loc;
use crate::names::NameTable;
use crate::object::{Binding, SymbolKind, Visibility};
use crate::value::{Linear, Value};
use foldhash::fast::RandomState;
use std::cell::Cell;
use std::collections::HashMap;

/// Index of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SymbolId(pub u32);

/// Where a symbol's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Only referred to so far.
    Undefined,
    /// A place in a section.
    Label {
        /// Index of the section.
        section: u32,
        /// Offset from its start.
        offset: u64,
    },
    /// `.set`, `.equ` and `=`.
    Set(Value),
    /// `.comm`: the linker makes room for it.
    Common {
        /// Bytes.
        size: u64,
        /// Alignment in bytes.
        align: u64,
    },
}

/// A symbol.
#[derive(Debug, Clone)]
pub(crate) struct Symbol<'a> {
    /// Its name; empty for an anonymous or numeric label.
    pub name: &'a str,
    /// What it is.
    pub definition: Definition,
    /// The definition, or the first use.
    pub loc: Loc,
    /// Local, global or weak; none if nothing says so.
    pub binding: Option<Binding>,
    /// Visibility.
    pub visibility: Visibility,
    /// Type.
    pub kind: SymbolKind,
    /// True while its `.set` definition is evaluated.
    pub resolving: bool,
    /// A function with a calling convention of its own.
    pub variant_cc: bool,
    /// It needs an entry in the object's symbol table although its name is private.
    pub referenced: bool,
}

impl Symbol<'_> {
    /// Private to this assembly: it has no entry in the object's symbol table unless a relocation needs one.
    pub fn is_private(&self) -> bool {
        self.name.is_empty() || self.name.starts_with(".L")
    }

    /// True if the linker may replace this definition, or if it is elsewhere.
    pub fn is_preemptible(&self) -> bool {
        matches!(
            self.definition,
            Definition::Undefined | Definition::Common { .. }
        ) || !matches!(self.binding, None | Some(Binding::Local))
    }
}

/// All symbols of an assembly.
#[derive(Debug, Default)]
pub(crate) struct Symbols<'a> {
    all: Vec<Symbol<'a>>,
    names: NameTable,
    /// For each number: the last definition, and the next one if it was referred to.
    numeric: HashMap<u64, (Option<SymbolId>, Option<SymbolId>), RandomState>,
    /// Sizes, as `.size` gives them; few symbols have one.
    pub sizes: HashMap<SymbolId, (Value, Loc), RandomState>,
    /// Values of `.set` definitions, each with the [`Symbols::generation`] for which it holds.
    pub resolved: HashMap<SymbolId, (u32, Linear), RandomState>,
    /// For each section: what has no known size yet.
    pub layouts: Vec<Layout>,
    /// Sizes have been given to what had none, so that all distances are known.
    pub placed: bool,
    /// Distances that the linker may change count as unknown.
    pub precise: bool,
    /// Counts what was looked up by name.
    lookups: Cell<u64>,
    /// Counts definitions: what was evaluated before the last one may have another value now.
    pub generation: u32,
}

impl<'a> Symbols<'a> {
    /// A symbol.
    pub fn get(&self, id: SymbolId) -> &Symbol<'a> {
        &self.all[id.0 as usize]
    }

    /// A symbol, to change it.
    pub fn get_mut(&mut self, id: SymbolId) -> &mut Symbol<'a> {
        &mut self.all[id.0 as usize]
    }

    /// Makes room for so many more.
    pub fn make_room(&mut self, more: usize) {
        self.all.reserve(more);
    }

    /// How many there are; their ids are the numbers below this.
    pub fn len(&self) -> u32 {
        self.all.len() as u32
    }

    /// The symbol of this name, made if it does not exist.
    pub fn named(&mut self, name: &'a str, loc: Loc) -> SymbolId {
        self.count_lookup();
        let hash = self.names.hash(name);
        let same = |id: SymbolId| self.all[id.0 as usize].name == name;
        if let Some(id) = self.names.find(hash, same) {
            return id;
        }
        let id = self.add(name, Definition::Undefined, loc);
        self.names.insert(hash, id);
        id
    }

    /// The symbol of this name, if there is one.
    pub fn find(&self, name: &str) -> Option<SymbolId> {
        self.count_lookup();
        let same = |id: SymbolId| self.get(id).name == name;
        self.names.find(self.names.hash(name), same)
    }

    /// Symbols with a name and a definition.
    pub fn definitions(&self) -> impl Iterator<Item = &Symbol<'a>> {
        let defined = |symbol: &&Symbol<'a>| {
            !symbol.name.is_empty() && symbol.definition != Definition::Undefined
        };
        self.all.iter().filter(defined)
    }

    /// Gives a symbol its definition.
    pub fn define(&mut self, id: SymbolId, definition: Definition, loc: Loc) {
        self.generation = self.generation.wrapping_add(1);
        let symbol = self.get_mut(id);
        (symbol.definition, symbol.loc) = (definition, loc);
    }

    /// A label without a name.
    pub fn anonymous(&mut self, section: u32, offset: u64, loc: Loc) -> SymbolId {
        self.count_lookup();
        self.add("", Definition::Label { section, offset }, loc)
    }

    /// Defines the numeric label `number` here.
    pub fn define_numeric(&mut self, number: u64, section: u32, offset: u64, loc: Loc) -> SymbolId {
        let definition = Definition::Label { section, offset };
        let id = match self.numeric.get(&number) {
            Some(&(_, Some(id))) => {
                self.define(id, definition, loc);
                id
            }
            _ => self.add("", definition, loc),
        };
        self.numeric.insert(number, (Some(id), None));
        id
    }

    /// The last definition of a numeric label.
    pub fn numeric_backward(&self, number: u64) -> Option<SymbolId> {
        self.count_lookup();
        self.numeric.get(&number).and_then(|entry| entry.0)
    }

    /// The next definition of a numeric label.
    pub fn numeric_forward(&mut self, number: u64, loc: Loc) -> SymbolId {
        self.count_lookup();
        let last = match self.numeric.get(&number) {
            Some(&(_, Some(id))) => return id,
            Some(&(last, None)) => last,
            None => None,
        };
        let id = self.add("", Definition::Undefined, loc);
        self.numeric.insert(number, (last, Some(id)));
        id
    }

    /// How many symbols were looked up so far: what reads none between two calls depends on none.
    pub fn lookups(&self) -> u64 {
        self.lookups.get()
    }

    fn count_lookup(&self) {
        self.lookups.set(self.lookups.get() + 1);
    }

    /// The distance from `b` to `a`, if no linker can change it.
    pub fn distance(&self, a: SymbolId, b: SymbolId) -> Option<i64> {
        if a == b {
            return Some(0);
        }
        match (self.get(a).definition, self.get(b).definition) {
            (
                Definition::Label {
                    section: s,
                    offset: x,
                },
                Definition::Label {
                    section: t,
                    offset: y,
                },
            ) if s == t => self.offsets_between(s as usize, x, y, true),
            _ => None,
        }
    }

    /// The distance from the position `y` to `x` of a section; none if it is not known yet, or if `linker` and
    /// the linker may change it.
    pub fn offsets_between(&self, section: usize, x: u64, y: u64, linker: bool) -> Option<i64> {
        let layout = &self.layouts[section];
        if linker && self.precise && layout.is_relaxed_between(x, y) {
            return None;
        }
        if !layout.is_variable_between(x, y) {
            return Some(x.wrapping_sub(y) as i64);
        }
        self.placed
            .then(|| layout.position(x).wrapping_sub(layout.position(y)) as i64)
    }

    fn add(&mut self, name: &'a str, definition: Definition, loc: Loc) -> SymbolId {
        let id = SymbolId(self.all.len() as u32);
        self.all.push(Symbol {
            name,
            definition,
            loc,
            binding: None,
            visibility: Visibility::Default,
            kind: SymbolKind::None,
            resolving: false,
            variant_cc: false,
            referenced: false,
        });
        id
    }
}
