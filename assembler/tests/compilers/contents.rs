//! What is compared of two objects or executables.

use object::{
    Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionFlags,
};
use std::collections::BTreeMap;

/// A relocation: kind, what it refers to, addend.
type Entry = (u32, String, i64);

/// Relocations by offset.
type Relocations = BTreeMap<u64, Vec<Entry>>;

/// What is compared of an object.
#[derive(Default, Debug)]
pub struct Contents {
    pub sections: BTreeMap<String, (Vec<u8>, Relocations)>,
    pub symbols: BTreeMap<String, (String, u64, u64, bool)>,
}

/// Sections that are not compared: what they say about the source is not bytes of the program, and their forms differ.
fn is_left_out(name: &str) -> bool {
    [
        "debug",
        ".eh_frame",
        ".comment",
        ".note",
        ".riscv",
        ".llvm",
        ".symtab",
        ".strtab",
        ".shstrtab",
    ]
    .iter()
    .any(|part| name.contains(part))
        || name.starts_with(".rela")
}

/// Of an object or an executable.
pub fn contents(elf: &[u8]) -> Contents {
    let file = object::File::parse(elf).unwrap();
    let mut out = Contents::default();
    let name_of = |symbol: &object::Symbol<'_, '_>| -> (String, i64) {
        match symbol.section_index() {
            Some(index) => {
                let section = file.section_by_index(index).unwrap();
                (section.name().unwrap().to_owned(), symbol.address() as i64)
            }
            None => (symbol.name().unwrap().to_owned(), 0),
        }
    };
    for section in file.sections() {
        let name = section.name().unwrap();
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        if sh_flags & u64::from(object::elf::SHF_ALLOC) == 0
            || is_left_out(name)
            || section.size() == 0
        {
            continue;
        }
        let data = section.data().unwrap().to_vec();
        let mut relocations = Relocations::new();
        for (offset, relocation) in section.relocations() {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                continue;
            };
            let (target, base) = match relocation.target() {
                RelocationTarget::Symbol(index) => name_of(&file.symbol_by_index(index).unwrap()),
                _ => (String::new(), 0),
            };
            // GNU as repeats the addend of the relocation before, which means nothing.
            let relax = r_type == object::elf::R_RISCV_RELAX;
            let addend = if relax { 0 } else { base + relocation.addend() };
            let entry = (r_type, target, addend);
            relocations.entry(offset).or_default().push(entry);
        }
        relocations.values_mut().for_each(|list| list.sort());
        // Sections of one name, which belong to different groups, are one here.
        let known = out.sections.entry(name.to_owned()).or_default();
        let base = known.0.len() as u64;
        known.0.extend(data);
        known
            .1
            .extend(relocations.into_iter().map(|(at, list)| (base + at, list)));
    }
    for symbol in file.symbols() {
        let name = symbol.name().unwrap();
        let kind = symbol.kind();
        // The linker script's own symbol counts for the section before it.
        let private =
            name.is_empty() || name.starts_with(['.', '$']) || name == "__global_pointer$";
        if private || matches!(kind, object::SymbolKind::File | object::SymbolKind::Section) {
            continue;
        }
        let (place, value) = name_of(&symbol);
        out.symbols.insert(
            name.to_owned(),
            (place, value as u64, symbol.size(), symbol.is_global()),
        );
    }
    out
}

/// The first differences, as text.
pub fn differences(ours: &Contents, theirs: &Contents) -> Vec<String> {
    let mut out = Vec::new();
    let names: std::collections::BTreeSet<_> =
        ours.sections.keys().chain(theirs.sections.keys()).collect();
    for name in names {
        let empty = Default::default();
        let (a, ra) = ours.sections.get(name).unwrap_or(&empty);
        let (b, rb) = theirs.sections.get(name).unwrap_or(&empty);
        if a != b {
            let at = a
                .iter()
                .zip(b)
                .position(|(x, y)| x != y)
                .unwrap_or(a.len().min(b.len()));
            let part = |bytes: &[u8]| {
                let start = (at & !1).min(bytes.len());
                format!("{:02x?}", &bytes[start..bytes.len().min(start + 8)])
            };
            out.push(format!(
                "{name}+{at:#x} of {}/{}: {} {}",
                a.len(),
                b.len(),
                part(a),
                part(b)
            ));
        } else if ra != rb {
            let offsets: std::collections::BTreeSet<_> = ra.keys().chain(rb.keys()).collect();
            let at = offsets
                .into_iter()
                .find(|at| ra.get(at) != rb.get(at))
                .unwrap();
            out.push(format!("{name}+{at:#x}: {:?} {:?}", ra.get(at), rb.get(at)));
        }
    }
    if out.is_empty() && ours.symbols != theirs.symbols {
        let names: std::collections::BTreeSet<_> =
            ours.symbols.keys().chain(theirs.symbols.keys()).collect();
        for name in names {
            let (a, b) = (ours.symbols.get(name), theirs.symbols.get(name));
            if a != b {
                out.push(format!("symbol {name}: {a:?} {b:?}"));
                break;
            }
        }
    }
    out
}

/// The number of instructions in the executable sections.
pub fn instructions(contents: &Contents) -> usize {
    let code = contents
        .sections
        .iter()
        .filter(|(name, _)| name.starts_with(".text"));
    code.map(|(_, (data, _))| {
        let (mut at, mut count) = (0, 0);
        while at < data.len() {
            at += if data[at] & 3 == 3 { 4 } else { 2 };
            count += 1;
        }
        count
    })
    .sum()
}

/// The number of functions that have a size.
pub fn functions(elf: &[u8]) -> usize {
    let file = object::File::parse(elf).unwrap();
    let sized = |symbol: &object::Symbol<'_, '_>| {
        symbol.kind() == object::SymbolKind::Text && symbol.size() > 0
    };
    file.symbols().filter(sized).count()
}
