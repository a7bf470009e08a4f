//! A file as a source that assembles to it again: the same bytes in every section, the same relocations and symbols.
//!
//! Instructions are written so that no assembler has a choice: `.option rvc` and `.option norvc` stand where the length
//! of an instruction would depend on them, and all is under `.option norelax`. A relocation is an operator (`%hi(x)`,
//! `call x`, `.word x + 4`) where that yields the same bits and the same relocation, and a `.reloc` everywhere else.
//! Of a linked file each section is relative to its own start: what refers to other sections stays a number.

mod code;
mod data;
mod headers;
mod names;

use super::symbols::{self, SymbolTable};
use super::{ObjdumpError, parse};
use crate::Dialect;
use crate::arch::Arch;
use crate::attributes;
use crate::compress::Compression;
use crate::disasm::{DisasmOptions, Disassembler, Targets};
use crate::field::Codec;
use crate::object::RelocationKind;
use crate::tables::Names as Mnemonics;
use ::object::elf;
use ::object::read::elf::AttributesSection;
use ::object::read::{
    self, File, Object as _, ObjectSection as _, RelocationFlags, RelocationTarget,
};
use ::object::{LittleEndian, ObjectKind, SectionFlags};
use headers::Headers;
use names::{Entry, Names, Place};
use std::fmt::Write as _;
use std::io::{self, Write};
use zktr_isa::Spec;

/// Text is handed on in pieces of about this many bytes.
const BUFFER: usize = 1 << 16;
/// The largest alignment that is kept, as a power of two.
const MAX_ALIGN: u32 = 30;

/// Writes an ELF file as a source for [`crate::assemble`] that yields the same sections, relocations and symbols.
/// `name` is the file's name in messages.
///
/// # Errors
/// Bytes that are not an ELF file for RISC-V; errors of the output.
pub fn dump_source(
    spec: &Spec,
    name: &str,
    bytes: &[u8],
    out: &mut dyn Write,
) -> Result<(), ObjdumpError> {
    let (file, xlen) = parse(name, bytes)?;
    let mut writer = Writer::new(spec, &file, xlen, out);
    writer.prologue(name)?;
    writer.symbols_without_section()?;
    // Sections of a valid file do not overlap, nor do their relocations; those of a hostile one may all be the whole file.
    let mut budget = bytes.len() as u64;
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        if !is_content(writer.headers.get(section.index().0).kind) {
            continue;
        }
        let shown = symbols::section_name(&section);
        let data = match section.data() {
            Ok(data) => data,
            Err(error) => {
                writer.remark(&format!("section {shown} cannot be read: {error}"))?;
                continue;
            }
        };
        let relocations = if file.kind() == ObjectKind::Relocatable {
            relocations(&section, budget)
        } else {
            Vec::new()
        };
        let cost = data.len() as u64 + relocations.len() as u64;
        let Some(rest) = budget.checked_sub(cost) else {
            writer.remark(&format!("section {shown} is left out: it overlaps others"))?;
            continue;
        };
        budget = rest;
        writer.section(&section, sh_flags, data, &relocations)?;
    }
    writer.flush()?;
    Ok(())
}

/// Writes bytes that are no ELF file as a source with one section of code.
///
/// # Errors
/// Errors of the output.
pub fn dump_source_raw(spec: &Spec, bytes: &[u8], xlen: u8, out: &mut dyn Write) -> io::Result<()> {
    let style = style(xlen);
    let mut writer = Writer {
        tools: Tools::new(spec, xlen, &style),
        names: Names::none(),
        mapping: SymbolTable::default(),
        headers: Headers::default(),
        file: None,
        compressed: None,
        text: String::new(),
        out,
    };
    writer.text.push_str("\t.option\tnorelax\n\t.text\n");
    let part = Part {
        index: 0,
        data: bytes,
        relocations: &[],
    };
    writer.code_and_data(&part, true)?;
    writer.flush()
}

/// A relocation of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reloc {
    offset: u64,
    number: u32,
    /// Index of the symbol in the file.
    symbol: Option<usize>,
    addend: i64,
}

impl Reloc {
    fn kind(&self) -> Option<RelocationKind> {
        RelocationKind::from_number(self.number)
    }
}

/// The relocations of a section by offset, those of one place in the file's order; at most `most`.
fn relocations(section: &read::Section<'_, '_>, most: u64) -> Vec<Reloc> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut all: Vec<Reloc> = section
        .relocations()
        .take(most)
        .filter_map(|(offset, relocation)| {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                return None;
            };
            Some(Reloc {
                offset,
                number: r_type,
                symbol: match relocation.target() {
                    RelocationTarget::Symbol(index) => Some(index.0),
                    _ => None,
                },
                addend: relocation.addend(),
            })
        })
        .collect();
    all.sort_by_key(|relocation| relocation.offset);
    all
}

/// Is a section of this type a part of the program, and not a table of the file format?
fn is_content(kind: u32) -> bool {
    !matches!(
        kind,
        elf::SHT_NULL
            | elf::SHT_SYMTAB
            | elf::SHT_STRTAB
            | elf::SHT_RELA
            | elf::SHT_REL
            | elf::SHT_GROUP
            | elf::SHT_SYMTAB_SHNDX
            | elf::SHT_RISCV_ATTRIBUTES
    )
}

/// How instructions are printed.
fn style(xlen: u8) -> DisasmOptions {
    DisasmOptions {
        xlen,
        relative: true,
        ..DisasmOptions::default()
    }
}

/// What is known of the instruction set.
struct Tools<'s> {
    spec: &'s Spec,
    xlen: u8,
    disassembler: Disassembler<'s>,
    compression: Compression,
    codecs: Vec<Vec<Codec>>,
    mnemonics: Mnemonics,
    /// For each instruction: the architecture that the file states has it.
    allowed: Option<Vec<bool>>,
}

impl<'s> Tools<'s> {
    fn new(spec: &'s Spec, xlen: u8, style: &DisasmOptions) -> Self {
        let codecs = Codec::all(spec);
        Self {
            spec,
            xlen,
            disassembler: Disassembler::with_targets(spec, style, Targets::Distance),
            compression: Compression::new(spec, xlen, &codecs, Dialect::Llvm),
            codecs,
            mnemonics: Mnemonics::new(spec, xlen),
            allowed: None,
        }
    }

    /// Can a symbol of this name be an operand of an instruction? A register's name is the register there.
    fn is_operand(&self, name: &str) -> bool {
        self.mnemonics.register(name).is_none()
    }
}

/// Can this be the name of a symbol in a source?
fn is_readable(name: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '.' | '$');
    name.starts_with(start) && name != "." && name.chars().all(|c| start(c) || c.is_ascii_digit())
}

/// The bytes of a section.
struct Part<'p> {
    index: usize,
    data: &'p [u8],
    relocations: &'p [Reloc],
}

/// Writes a source.
struct Writer<'s, 'd, 'f> {
    tools: Tools<'s>,
    names: Names<'d>,
    mapping: SymbolTable,
    headers: Headers,
    file: Option<&'f File<'d>>,
    /// What the last `.option` has said about compressed instructions.
    compressed: Option<bool>,
    text: String,
    out: &'f mut dyn Write,
}

impl<'s, 'd, 'f> Writer<'s, 'd, 'f> {
    fn new(spec: &'s Spec, file: &'f File<'d>, xlen: u8, out: &'f mut dyn Write) -> Self {
        let tools = Tools::new(spec, xlen, &style(xlen));
        Self {
            names: Names::new(file, is_readable, |name| tools.is_operand(name)),
            tools,
            mapping: SymbolTable::new(file),
            headers: Headers::new(file),
            file: Some(file),
            compressed: None,
            text: String::new(),
            out,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Hands the text on if it has become long.
    fn pass_on(&mut self) -> io::Result<()> {
        if self.text.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// Appends to the text. Writing to a string cannot fail.
    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(arguments);
    }

    /// Something that the source cannot say.
    fn remark(&mut self, text: &str) -> io::Result<()> {
        self.put(format_args!("# warning: {}\n", symbols::printable(text)));
        self.pass_on()
    }

    /// What holds for the whole file.
    fn prologue(&mut self, name: &str) -> io::Result<()> {
        let xlen = self.tools.xlen;
        self.put(format_args!(
            "# {}: ELF for RV{xlen}\n",
            symbols::printable(name)
        ));
        self.text.push_str("\t.option\tnorelax\n");
        let Some(file) = self.file else {
            return Ok(());
        };
        let attributes = file
            .sections()
            .find(|s| self.headers.get(s.index().0).kind == elf::SHT_RISCV_ATTRIBUTES)
            .and_then(|section| section.data().ok());
        if let Some(data) = attributes
            && self.attributes(data).is_err()
        {
            self.remark("the attributes cannot be read")?;
        }
        self.pass_on()
    }

    /// `.attribute` for each attribute of the file.
    fn attributes(&mut self, data: &[u8]) -> read::Result<()> {
        let section =
            AttributesSection::<elf::FileHeader64<LittleEndian>>::new(LittleEndian, data)?;
        let mut vendors = section.subsections()?;
        while let Some(vendor) = vendors.next()? {
            if vendor.vendor() != b"riscv" {
                continue;
            }
            let mut scopes = vendor.subsubsections();
            while let Some(scope) = scopes.next()? {
                if scope.tag() != elf::Tag_File {
                    continue;
                }
                let mut reader = scope.attributes();
                while let Some(tag) = reader.read_tag()? {
                    if tag % 2 == 0 {
                        let value = reader.read_integer()?;
                        self.put(format_args!("\t.attribute\t{tag}, {value}\n"));
                        continue;
                    }
                    let text = String::from_utf8_lossy(reader.read_string()?).into_owned();
                    if tag == u64::from(attributes::ARCH) {
                        match Arch::parse(&text, self.tools.xlen) {
                            Ok(arch) => {
                                self.tools.allowed = Some(arch.instructions(self.tools.spec));
                            }
                            Err(error) => {
                                self.put(format_args!("# warning: {error}: {text:?}\n"));
                                continue;
                            }
                        }
                    }
                    self.put(format_args!("\t.attribute\t{tag}, "));
                    data::quoted(&mut self.text, text.as_bytes());
                    self.text.push('\n');
                }
            }
        }
        Ok(())
    }

    /// Symbols that are in no section.
    fn symbols_without_section(&mut self) -> io::Result<()> {
        let names = std::mem::take(&mut self.names);
        for entry in names.all().filter(|entry| !entry.is_section) {
            if entry.kind == elf::STT_FILE {
                self.text.push_str("\t.file\t");
                data::quoted(&mut self.text, entry.name.as_bytes());
                self.text.push('\n');
                continue;
            }
            match entry.place {
                Place::Section(..) => continue,
                Place::Undefined if entry.name.is_empty() => continue,
                Place::Undefined => {}
                Place::Absolute(value) => {
                    self.put(format_args!("\t.set\t{}, {value:#x}\n", entry.name));
                }
                Place::Common(size, align) => {
                    if entry.binding == elf::STB_LOCAL {
                        self.put(format_args!("\t.local\t{}\n", entry.name));
                    }
                    let align = align.max(1);
                    self.put(format_args!("\t.comm\t{}, {size}, {align}\n", entry.name));
                }
            }
            self.properties(entry);
            self.pass_on()?;
        }
        self.names = names;
        Ok(())
    }

    /// Binding, visibility, type and size.
    fn properties(&mut self, entry: &Entry<'_>) {
        let name = &entry.name;
        if entry.lost {
            self.put(format_args!(
                "# warning: a global symbol has a name that cannot be written: {name} stands for it\n"
            ));
        }
        match entry.binding {
            elf::STB_GLOBAL => self.put(format_args!("\t.globl\t{name}\n")),
            elf::STB_WEAK => self.put(format_args!("\t.weak\t{name}\n")),
            _ => {}
        }
        let visibility = match entry.visibility {
            elf::STV_INTERNAL => Some("internal"),
            elf::STV_HIDDEN => Some("hidden"),
            elf::STV_PROTECTED => Some("protected"),
            _ => None,
        };
        if let Some(visibility) = visibility {
            self.put(format_args!("\t.{visibility}\t{name}\n"));
        }
        let kind = match entry.kind {
            elf::STT_OBJECT => Some("object"),
            elf::STT_FUNC => Some("function"),
            elf::STT_TLS => Some("tls_object"),
            elf::STT_GNU_IFUNC => Some("gnu_indirect_function"),
            _ => None,
        };
        if let Some(kind) = kind {
            self.put(format_args!("\t.type\t{name}, @{kind}\n"));
        }
        if entry.size != 0 {
            self.put(format_args!("\t.size\t{name}, {}\n", entry.size));
        }
        if entry.variant_cc {
            self.put(format_args!("\t.variant_cc\t{name}\n"));
        }
    }

    /// The heading of a section, and what is in it.
    fn section(
        &mut self,
        section: &read::Section<'d, '_>,
        flags: u64,
        data: &[u8],
        relocations: &[Reloc],
    ) -> io::Result<()> {
        let index = section.index().0;
        self.heading(section, flags)?;
        if let Some(label) = self.names.section_label(index) {
            self.put(format_args!("{label}:\n"));
        }
        let align = section.align().max(1).trailing_zeros().min(MAX_ALIGN);
        if align > 0 {
            self.put(format_args!("\t.p2align\t{align}\n"));
        }
        let part = Part {
            index,
            data,
            relocations,
        };
        if section.kind().is_bss() {
            return self.zeros(&part, section.size());
        }
        let executable = flags & u64::from(elf::SHF_EXECINSTR) != 0;
        self.code_and_data(&part, executable)
    }

    /// `.section`
    fn heading(&mut self, section: &read::Section<'d, '_>, flags: u64) -> io::Result<()> {
        let index = section.index().0;
        let name = section.name().unwrap_or_default();
        if section.address() != 0 {
            self.put(format_args!("\n# address {:#x}", section.address()));
        }
        self.text.push_str("\n\t.section\t");
        if is_readable(name) {
            self.text.push_str(name);
        } else if name.is_empty() || name.contains(['"', '\\', '\n', '\0']) {
            self.put(format_args!(".unnamed.{index}"));
        } else {
            self.put(format_args!("\"{name}\""));
        }
        let header = self.headers.get(index);
        let group = self.headers.group(index).and_then(|group| {
            let signature = self.names.get(group.signature)?.name.clone();
            Some((signature.into_owned(), group.comdat))
        });
        let linked = u64::from(elf::SHF_LINK_ORDER);
        let letters = [
            (u64::from(elf::SHF_ALLOC), 'a'),
            (u64::from(elf::SHF_WRITE), 'w'),
            (u64::from(elf::SHF_EXECINSTR), 'x'),
            (u64::from(elf::SHF_MERGE), 'M'),
            (u64::from(elf::SHF_STRINGS), 'S'),
            (u64::from(elf::SHF_TLS), 'T'),
            (u64::from(elf::SHF_GNU_RETAIN), 'R'),
            (u64::from(elf::SHF_EXCLUDE), 'e'),
        ];
        let merged = header.entry_size > 0;
        let from = self.text.len();
        for (flag, letter) in letters {
            if flags & flag != 0 && (letter != 'M' || merged) {
                self.text.push(letter);
            }
        }
        if group.is_some() {
            self.text.push('G');
        }
        // Sections that every program has are what they are; one of the same name can be another.
        let other = match name {
            ".text" => (&self.text[from..], header.kind) != ("ax", elf::SHT_PROGBITS),
            ".data" => (&self.text[from..], header.kind) != ("aw", elf::SHT_PROGBITS),
            ".bss" => (&self.text[from..], header.kind) != ("aw", elf::SHT_NOBITS),
            _ => false,
        };
        self.text.insert_str(from, ",\"");
        self.text.push_str("\",@");
        match header.kind {
            elf::SHT_PROGBITS => self.text.push_str("progbits"),
            elf::SHT_NOBITS => self.text.push_str("nobits"),
            elf::SHT_NOTE => self.text.push_str("note"),
            elf::SHT_INIT_ARRAY => self.text.push_str("init_array"),
            elf::SHT_FINI_ARRAY => self.text.push_str("fini_array"),
            elf::SHT_PREINIT_ARRAY => self.text.push_str("preinit_array"),
            other => self.put(format_args!("{other:#x}")),
        }
        if merged && flags & u64::from(elf::SHF_MERGE) != 0 {
            self.put(format_args!(",{}", header.entry_size));
        }
        match group {
            Some((signature, comdat)) => {
                let comdat = if comdat { ",comdat" } else { "" };
                self.put(format_args!(",{signature}{comdat}"));
            }
            None if other || self.names.section_label(index).is_some() => {
                self.put(format_args!(",unique,{index}"));
            }
            None => {}
        }
        self.text.push('\n');
        if flags & linked != 0 {
            self.remark("the section is linked to another one, which is not written")?;
        }
        self.pass_on()
    }

    /// The value of a relocation: its symbol and addend.
    fn expression(&self, relocation: &Reloc) -> Option<String> {
        let addend = relocation.addend;
        let Some(symbol) = relocation.symbol else {
            return (addend != 0).then(|| addend.to_string());
        };
        let mut text = self.names.get(symbol)?.name.clone().into_owned();
        if addend != 0 {
            let sign = if addend < 0 { '-' } else { '+' };
            let _ = write!(text, " {sign} {}", addend.unsigned_abs());
        }
        Some(text)
    }

    /// A relocation by name, for the present place.
    fn reloc(&mut self, relocation: &Reloc, back: u64) {
        let Some(kind) = relocation.kind() else {
            self.put(format_args!(
                "# warning: relocation of type {} has no name\n",
                relocation.number
            ));
            return;
        };
        self.text.push_str("\t.reloc\t.");
        if back > 0 {
            self.put(format_args!(" - {back}"));
        }
        self.text.push_str(", ");
        self.text.push_str(kind.name());
        if let Some(value) = self.expression(relocation) {
            self.text.push_str(", ");
            self.text.push_str(&value);
        }
        self.text.push('\n');
    }
}
