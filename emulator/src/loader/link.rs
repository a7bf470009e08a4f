//! Relocatable objects: sections get addresses, symbols get values, relocations are applied.
//!
//! The layout is code, constants (with the global offset table), data, zeroed data, each from a page
//! boundary on, all within two gigabytes so that every pc-relative relocation reaches. Nothing is
//! relaxed.

use super::relocate::{Place, Relocator};
use super::{File, Image, Segment, Symbols};
use crate::memory::Permissions;
use object::{
    Object, ObjectKind, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget,
    SectionFlags, SectionIndex, SymbolIndex, SymbolKind, SymbolSection, elf,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// Where the first section is put.
const BASE: u64 = 0x1_0000;
const PAGE: u64 = 4096;
/// Larger alignments are refused.
const MAX_ALIGN: u64 = 1 << 20;
/// What pc-relative addressing reaches.
const MAX_SIZE: u64 = 1 << 30;
const MAX_ERRORS: usize = 100;

/// A name that the linker defines if it is used: what the `gp` register is set to.
const GLOBAL_POINTER: &str = "__global_pointer$";
/// `gp` is in the middle of the range of a signed 12-bit offset.
const GLOBAL_POINTER_OFFSET: u64 = 0x800;

/// What a section needs, which is also the order in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Code,
    Constants,
    Data,
}

impl Group {
    const ALL: [Self; 3] = [Self::Code, Self::Constants, Self::Data];

    fn permissions(self) -> Permissions {
        match self {
            Self::Code => Permissions::READ_EXECUTE,
            Self::Constants => Permissions::READ,
            Self::Data => Permissions::READ_WRITE,
        }
    }
}

/// A section in memory.
struct Section {
    file: usize,
    index: SectionIndex,
    name: String,
    group: Group,
    zeroed: bool,
    size: u64,
    align: u64,
    addr: u64,
}

/// Links objects.
pub(super) fn link(
    spec: &Spec,
    files: &[File<'_>],
    xlen: u8,
    limit: u64,
) -> Result<Image, Vec<Diagnostic>> {
    let mut linker = Linker {
        files,
        xlen,
        limit: limit.min(MAX_SIZE),
        ..Linker::default()
    };
    let image = linker.link(spec);
    match image {
        Some(image) if linker.errors.is_empty() => Ok(image),
        _ => {
            let more = linker.errors.len().saturating_sub(MAX_ERRORS);
            linker.errors.truncate(MAX_ERRORS);
            if more > 0 {
                linker.errors.push(Diagnostic::global(format!(
                    "{more} further errors are not shown"
                )));
            }
            Err(linker.errors)
        }
    }
}

#[derive(Default)]
struct Linker<'a> {
    files: &'a [File<'a>],
    xlen: u8,
    limit: u64,
    sections: Vec<Section>,
    /// (file, section of the file) to index in `sections`.
    placed: HashMap<(usize, SectionIndex), usize>,
    /// Names of definitions that all files see: (file, symbol, weak).
    globals: HashMap<&'a str, (usize, SymbolIndex, bool)>,
    /// Addresses of uninitialised common symbols, by name.
    commons: BTreeMap<&'a str, u64>,
    /// Slots of the global offset table by what they hold: (file, index of the symbol).
    got: BTreeMap<(usize, usize), u64>,
    got_addr: u64,
    data_addr: u64,
    undefined: BTreeMap<String, String>,
    errors: Vec<Diagnostic>,
}

impl<'a> Linker<'a> {
    fn link(&mut self, spec: &Spec) -> Option<Image> {
        self.collect_sections();
        self.collect_globals();
        self.collect_got();
        let ends = self.lay_out()?;
        let mut segments = self.fill(&ends)?;
        self.relocate(spec, &mut segments);
        if !self.undefined.is_empty() {
            let names: Vec<&str> = self.undefined.keys().map(String::as_str).collect();
            let mut error = Diagnostic::global(format!("undefined symbols: {}", names.join(", ")));
            for (name, place) in self.undefined.iter().take(MAX_ERRORS) {
                error = error.note(format!("`{name}` is used at {place}"), None);
            }
            self.errors
                .push(error.help("give the object files that define them as well"));
        }
        let symbols = self.symbols();
        let entry = symbols.address("_start");
        Some(Image {
            xlen: self.xlen,
            segments,
            symbols,
            entry,
        })
    }

    fn error(&mut self, file: usize, what: impl std::fmt::Display) {
        self.errors.push(Diagnostic::global(format!(
            "{}: {what}",
            self.files[file].name
        )));
    }

    fn collect_sections(&mut self) {
        for (file, input) in self.files.iter().enumerate() {
            if input.elf.kind() != ObjectKind::Relocatable {
                self.error(file, "an executable cannot be linked with other files");
                continue;
            }
            for section in input.elf.sections() {
                let SectionFlags::Elf { sh_flags } = section.flags() else {
                    continue;
                };
                if sh_flags & u64::from(elf::SHF_ALLOC) == 0 || section.size() == 0 {
                    continue;
                }
                let name =
                    String::from_utf8_lossy(section.name_bytes().unwrap_or_default()).into_owned();
                if sh_flags & u64::from(elf::SHF_TLS) != 0 {
                    self.error(file, format!("{name}: thread-local data is not supported"));
                    continue;
                }
                let align = section.align().max(1);
                if !align.is_power_of_two() || align > MAX_ALIGN {
                    self.error(
                        file,
                        format!("{name}: alignment of {align} bytes is not supported"),
                    );
                    continue;
                }
                let group = if sh_flags & u64::from(elf::SHF_EXECINSTR) != 0 {
                    Group::Code
                } else if sh_flags & u64::from(elf::SHF_WRITE) != 0 {
                    Group::Data
                } else {
                    Group::Constants
                };
                let zeroed = section.kind().is_bss();
                self.placed
                    .insert((file, section.index()), self.sections.len());
                let (index, size) = (section.index(), section.size());
                self.sections.push(Section {
                    file,
                    index,
                    name,
                    group,
                    zeroed,
                    size,
                    align,
                    addr: 0,
                });
            }
        }
    }

    fn collect_globals(&mut self) {
        let files = self.files;
        for (file, input) in files.iter().enumerate() {
            for symbol in input
                .elf
                .symbols()
                .filter(|s| s.is_global() && !s.is_undefined())
            {
                let Ok(name) = symbol.name() else { continue };
                if symbol.is_common() {
                    self.commons.insert(name, 0);
                    continue;
                }
                let new = (file, symbol.index(), symbol.is_weak());
                match self.globals.get(name) {
                    Some((_, _, true)) if !new.2 => {
                        self.globals.insert(name, new);
                    }
                    Some((other, _, false)) if !new.2 => {
                        let message = format!(
                            "symbol `{name}` is already defined in {}",
                            files[*other].name
                        );
                        self.error(file, message);
                    }
                    Some(_) => {}
                    None => {
                        self.globals.insert(name, new);
                    }
                }
            }
        }
        // A definition wins over a common symbol.
        let globals = &self.globals;
        self.commons.retain(|name, _| !globals.contains_key(name));
    }

    fn collect_got(&mut self) {
        let files = self.files;
        let word = u64::from(self.xlen / 8);
        for section in &self.sections {
            let Ok(source) = files[section.file].elf.section_by_index(section.index) else {
                continue;
            };
            for (_, relocation) in source.relocations() {
                if let (
                    RelocationFlags::Elf {
                        r_type: elf::R_RISCV_GOT_HI20,
                    },
                    RelocationTarget::Symbol(symbol),
                ) = (relocation.flags(), relocation.target())
                {
                    let offset = word * self.got.len() as u64;
                    self.got.entry((section.file, symbol.0)).or_insert(offset);
                }
            }
        }
    }

    /// Gives every section an address; the result is start, end of the bytes in files, and end of each group.
    fn lay_out(&mut self) -> Option<Vec<(Group, u64, u64, u64)>> {
        let mut at = BASE;
        let top = BASE + self.limit;
        let word = u64::from(self.xlen / 8);
        let mut groups = Vec::new();
        let mut fits = true;
        // Both are far below the top of the address space, or the layout is given up.
        let mut take = |at: &mut u64, size: u64, align: u64| {
            let addr = at.next_multiple_of(align);
            match addr.checked_add(size).filter(|end| *end <= top) {
                Some(end) => *at = end,
                None => fits = false,
            }
            addr
        };
        for group in Group::ALL {
            at = at.next_multiple_of(PAGE);
            let start = at;
            for zeroed in [false, true] {
                for section in self
                    .sections
                    .iter_mut()
                    .filter(|s| s.group == group && s.zeroed == zeroed)
                {
                    section.addr = take(&mut at, section.size, section.align);
                }
                if !zeroed && group == Group::Constants {
                    self.got_addr = take(&mut at, word * self.got.len() as u64, word);
                }
                if !zeroed {
                    groups.push((group, start, at, at));
                }
            }
            if group == Group::Data {
                self.data_addr = start;
                for name in self.commons.keys().copied().collect::<Vec<_>>() {
                    let (size, align) = common_shape(self.files, name);
                    let addr = take(&mut at, size, align);
                    self.commons.insert(name, addr);
                }
            }
            if let Some(last) = groups.last_mut() {
                last.3 = at;
            }
        }
        if !fits {
            let message = format!(
                "the program needs more than the limit of {} bytes",
                self.limit
            );
            self.errors
                .push(Diagnostic::global(message).help("raise the memory limit"));
        }
        fits.then_some(groups)
    }

    /// The groups' contents before relocation.
    fn fill(&mut self, groups: &[(Group, u64, u64, u64)]) -> Option<Vec<Segment>> {
        let mut segments = Vec::new();
        for &(group, start, bytes_end, end) in groups {
            let mut bytes = vec![0; (bytes_end - start) as usize];
            for i in 0..self.sections.len() {
                let section = &self.sections[i];
                if section.group != group || section.zeroed {
                    continue;
                }
                let source = self.files[section.file].elf.section_by_index(section.index);
                let data = source.and_then(|source| source.data());
                let place = bytes
                    .get_mut((section.addr - start) as usize..)
                    .and_then(|b| b.get_mut(..section.size as usize));
                match (data, place) {
                    (Ok(data), Some(place)) if data.len() == place.len() => {
                        place.copy_from_slice(data)
                    }
                    (Err(why), _) => {
                        self.error(section.file, format!("{}: {why}", self.sections[i].name))
                    }
                    _ => self.error(
                        section.file,
                        format!(
                            "{}: its size is not that of its data",
                            self.sections[i].name
                        ),
                    ),
                }
            }
            if end > start {
                segments.push(Segment {
                    addr: start,
                    bytes,
                    size: end - start,
                    permissions: group.permissions(),
                });
            }
        }
        self.errors.is_empty().then_some(segments)
    }

    /// The value of a symbol as a file sees it; none if it is not defined.
    fn value(&self, file: usize, index: SymbolIndex) -> Option<u64> {
        let symbol = self.files.get(file)?.elf.symbol_by_index(index).ok()?;
        let local = symbol.is_local() || symbol.kind() == SymbolKind::Section;
        let own = |file: usize, symbol: &object::Symbol<'_, '_>| match symbol.section() {
            SymbolSection::Section(section) => {
                let place = &self.sections[*self.placed.get(&(file, section))?];
                Some(place.addr.wrapping_add(symbol.address()))
            }
            SymbolSection::Absolute => Some(symbol.address()),
            _ => None,
        };
        if local {
            // Index 0 stands for no symbol, with value zero.
            return own(file, &symbol)
                .or_else(|| (index.0 == 0).then_some(0))
                .or_else(|| self.empty_section(file, &symbol));
        }
        let name = symbol.name().ok()?;
        if let Some(&(owner, index, _)) = self.globals.get(name) {
            let symbol = self.files[owner].elf.symbol_by_index(index).ok()?;
            return own(owner, &symbol).or_else(|| self.empty_section(owner, &symbol));
        }
        if let Some(&addr) = self.commons.get(name) {
            return Some(addr);
        }
        if name == GLOBAL_POINTER {
            return Some(self.data_addr + GLOBAL_POINTER_OFFSET);
        }
        symbol.is_weak().then_some(0)
    }

    /// A symbol in a section without bytes: any address will do, because nothing is there.
    fn empty_section(&self, file: usize, symbol: &object::Symbol<'_, '_>) -> Option<u64> {
        let SymbolSection::Section(section) = symbol.section() else {
            return None;
        };
        let section = self.files[file].elf.section_by_index(section).ok()?;
        (section.size() == 0).then(|| BASE.wrapping_add(symbol.address()))
    }

    fn relocate(&mut self, spec: &Spec, segments: &mut [Segment]) {
        let word = usize::from(self.xlen / 8);
        let slots: Vec<_> = self
            .got
            .iter()
            .map(|(&key, &offset)| (key, self.got_addr + offset))
            .collect();
        for ((file, symbol), addr) in slots {
            // An undefined one is reported where it is used.
            let value = self.value(file, SymbolIndex(symbol)).unwrap_or(0);
            if let Some(bytes) = bytes_at(segments, addr, word) {
                bytes.copy_from_slice(&value.to_le_bytes()[..word]);
            }
        }
        let mut relocator = Relocator::new(spec, self.xlen);
        // The low halves of pc-relative addresses refer to the relocations of the high halves.
        for high_halves in [true, false] {
            for i in 0..self.sections.len() {
                self.relocate_section(i, high_halves, &mut relocator, segments);
            }
        }
    }

    fn relocate_section(
        &mut self,
        i: usize,
        high_halves: bool,
        relocator: &mut Relocator<'_>,
        segments: &mut [Segment],
    ) {
        let files = self.files;
        let (file, index, addr, size) = {
            let section = &self.sections[i];
            (section.file, section.index, section.addr, section.size)
        };
        let Ok(source) = files[file].elf.section_by_index(index) else {
            return;
        };
        let mut seen = BTreeSet::new();
        for (offset, relocation) in source.relocations() {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                continue;
            };
            if Relocator::is_high_half(r_type) != high_halves || Relocator::is_hint(r_type) {
                continue;
            }
            let place = format!("{}+{offset:#x}", self.sections[i].name);
            let RelocationTarget::Symbol(symbol) = relocation.target() else {
                self.error(file, format!("{place}: relocation {r_type} has no symbol"));
                continue;
            };
            let Some(value) = self.value(file, symbol) else {
                let name = files[file]
                    .elf
                    .symbol_by_index(symbol)
                    .and_then(|s| s.name().map(str::to_owned));
                let name = name.unwrap_or_else(|_| format!("symbol {}", symbol.0));
                relocator.give_up(addr + offset);
                if seen.insert(symbol.0) {
                    self.undefined
                        .entry(name)
                        .or_insert_with(|| format!("{}: {place}", files[file].name));
                }
                continue;
            };
            let got = self
                .got
                .get(&(file, symbol.0))
                .map(|offset| self.got_addr + offset);
            let Some(bytes) =
                bytes_at(segments, addr, size as usize).filter(|b| offset < b.len() as u64)
            else {
                self.error(file, format!("{place}: relocation outside of its section"));
                continue;
            };
            let target = Place {
                bytes,
                offset: offset as usize,
                addr: addr + offset,
            };
            if let Err(why) = relocator.apply(r_type, target, value, relocation.addend(), got) {
                self.error(file, format!("{place}: {why}"));
            }
        }
    }

    fn symbols(&self) -> Symbols {
        let mut symbols = Symbols::default();
        for global in [true, false] {
            for (file, input) in self.files.iter().enumerate() {
                for symbol in input
                    .elf
                    .symbols()
                    .filter(|s| s.is_global() == global && !s.is_undefined())
                {
                    if let (Ok(name), Some(addr)) =
                        (symbol.name(), self.value(file, symbol.index()))
                    {
                        symbols.add(name, addr, symbol.kind());
                    }
                }
            }
        }
        symbols.sort();
        symbols
    }
}

/// Size and alignment of a common symbol: the largest that any file asks for. In an object file the
/// value of a common symbol is its alignment.
fn common_shape(files: &[File<'_>], name: &str) -> (u64, u64) {
    let all = files.iter().flat_map(|file| file.elf.symbols());
    let same = all.filter(|symbol| symbol.is_common() && symbol.name() == Ok(name));
    same.fold((0, 1), |(size, align), symbol| {
        let wanted = symbol.address().clamp(1, MAX_ALIGN);
        (
            size.max(symbol.size()),
            align.max(wanted.next_power_of_two()),
        )
    })
}

/// Bytes at an address that are in a segment's file part.
fn bytes_at(segments: &mut [Segment], addr: u64, len: usize) -> Option<&mut [u8]> {
    segments.iter_mut().find_map(|segment| {
        let offset = usize::try_from(addr.checked_sub(segment.addr)?).ok()?;
        segment.bytes.get_mut(offset..)?.get_mut(..len)
    })
}
