//! Sections while they are assembled: bytes, and the places in them that wait for a symbol.

use crate::lex::Loc;
use crate::listing::Statement;
use crate::object::{Content, LineEntry, Mapping, RelocationKind, SectionFlags, SectionKind};
use crate::value::Value;

/// A section of the source.
#[derive(Debug, Clone)]
pub(crate) struct Buffer<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub kind: SectionKind,
    /// Flags.
    pub flags: SectionFlags,
    /// Size of an element that may be merged.
    pub entry_size: u64,
    /// The largest alignment asked for.
    pub align: u64,
    /// Size in bytes.
    pub size: u64,
    /// Its bytes; empty without contents.
    pub data: Vec<u8>,
    /// Places to be filled in, by offset.
    pub fixups: Vec<Fixup>,
    /// Lines of instructions.
    pub lines: Vec<LineEntry>,
    /// The number of the last of them among those of its address.
    pub last_view: u32,
    /// Statements, if they are to be listed, with their places in the order of reading.
    pub statements: Vec<(u32, Statement)>,
    /// Index into [`crate::object::Object::groups`], for a member of a group.
    pub group: Option<usize>,
    /// Index of the section that this one follows in the order of linking.
    pub link_order: Option<usize>,
    /// Where code and data begin.
    pub mapping: Vec<Mapping>,
}

/// A place that waits for a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixup {
    /// Offset in the section.
    pub offset: u64,
    /// The value.
    pub value: Value,
    /// What becomes of it.
    pub target: Target,
    /// The expression.
    pub loc: Loc,
}

/// What a [`Fixup`] fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A number of this many bytes.
    Data(u8),
    /// An operand of an instruction.
    Operand {
        /// Index of the instruction.
        instruction: u32,
        /// Index of the operand.
        operand: u8,
        /// What it takes of the value.
        modifier: Modifier,
        /// The linker may shorten code here.
        relax: bool,
    },
    /// A mark on an instruction, which changes nothing in it.
    Mark {
        /// Which.
        modifier: Modifier,
        /// The linker may shorten code here.
        relax: bool,
    },
    /// A call: upper and lower part of a distance, in the operands of
    /// [`call_operands`](crate::assembler::Assembler::call_operands).
    Call {
        /// The linker may shorten the code.
        relax: bool,
    },
    /// Padding that the linker shortens to this alignment; the value is the number of bytes.
    Align,
    /// A distance from here, of four bytes.
    Relative,
    /// The change of an address in call frame information: the low six bits of a byte, or this many bytes.
    Advance(u8),
    /// A number in LEB128, in this many bytes.
    Leb(u8),
    /// A relocation of this kind as the source demands it.
    Reloc(RelocationKind),
}

/// The part of a value that an operand takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modifier {
    /// All of it.
    None,
    /// `%hi`: the upper 20 bits, so that `%lo` can be added to them.
    Hi,
    /// `%lo`: the low 12 bits, sign-extended.
    Lo,
    /// `%pcrel_hi`: like `%hi`, of the distance from this instruction.
    PcrelHi,
    /// `%pcrel_lo(label)`: the low part that belongs to the instruction at the label.
    PcrelLo,
    /// `%got_pcrel_hi`: like `%pcrel_hi`, of the symbol's entry in the global offset table.
    GotPcrelHi,
    /// `%tprel_hi`: like `%hi`, of the distance from the thread pointer.
    TprelHi,
    /// `%tprel_lo`: the low part that belongs to it.
    TprelLo,
    /// `%tprel_add`: marks the addition of the thread pointer.
    TprelAdd,
    /// `%tls_ie_pcrel_hi`: like `%pcrel_hi`, of the entry for the initial-exec model.
    TlsIePcrelHi,
    /// `%tls_gd_pcrel_hi`: the same for the general-dynamic model.
    TlsGdPcrelHi,
    /// `%tlsdesc_hi`: like `%pcrel_hi`, of the symbol's descriptor.
    TlsDescHi,
    /// `%tlsdesc_load_lo(label)`: the low part, in the load of the resolver's address.
    TlsDescLoadLo,
    /// `%tlsdesc_add_lo(label)`: the low part, in the address of the descriptor.
    TlsDescAddLo,
    /// `%tlsdesc_call(label)`: marks the call of the resolver.
    TlsDescCall,
}

impl Modifier {
    /// All that can be written, with their names.
    pub const ALL: [(&'static str, Modifier); 14] = [
        ("hi", Modifier::Hi),
        ("lo", Modifier::Lo),
        ("pcrel_hi", Modifier::PcrelHi),
        ("pcrel_lo", Modifier::PcrelLo),
        ("got_pcrel_hi", Modifier::GotPcrelHi),
        ("tprel_hi", Modifier::TprelHi),
        ("tprel_lo", Modifier::TprelLo),
        ("tprel_add", Modifier::TprelAdd),
        ("tls_ie_pcrel_hi", Modifier::TlsIePcrelHi),
        ("tls_gd_pcrel_hi", Modifier::TlsGdPcrelHi),
        ("tlsdesc_hi", Modifier::TlsDescHi),
        ("tlsdesc_load_lo", Modifier::TlsDescLoadLo),
        ("tlsdesc_add_lo", Modifier::TlsDescAddLo),
        ("tlsdesc_call", Modifier::TlsDescCall),
    ];

    /// The one of this name, if it takes a part of a value.
    pub fn of_operand(name: &[u8]) -> Option<Self> {
        let found = Self::ALL
            .iter()
            .find(|(known, _)| known.as_bytes() == name)?;
        (!found.1.is_mark()).then_some(found.1)
    }

    /// The symbol is thread-local.
    pub fn is_tls(self) -> bool {
        matches!(
            self,
            Modifier::TprelHi
                | Modifier::TprelLo
                | Modifier::TprelAdd
                | Modifier::TlsIePcrelHi
                | Modifier::TlsGdPcrelHi
                | Modifier::TlsDescHi
        )
    }

    /// It marks an instruction and takes no part of the value.
    pub fn is_mark(self) -> bool {
        matches!(self, Modifier::TprelAdd | Modifier::TlsDescCall)
    }

    /// The low part of what another instruction has the upper part of, which a label tells.
    pub fn refers_to_upper(self) -> bool {
        matches!(
            self,
            Modifier::PcrelLo | Modifier::TlsDescLoadLo | Modifier::TlsDescAddLo
        )
    }
}

impl<'a> Buffer<'a> {
    /// An empty section.
    pub fn new(name: &'a str, kind: SectionKind, flags: SectionFlags, entry_size: u64) -> Self {
        Self {
            name,
            kind,
            flags,
            entry_size,
            align: 1,
            size: 0,
            data: Vec::new(),
            fixups: Vec::new(),
            lines: Vec::new(),
            last_view: 0,
            statements: Vec::new(),
            group: None,
            link_order: None,
            mapping: Vec::new(),
        }
    }

    /// Notes what the bytes that come next are.
    pub fn enter(&mut self, content: Content) {
        if self.flags.execute && self.mapping.last().is_none_or(|m| m.content != content) {
            self.mapping.push(Mapping {
                offset: self.size,
                content,
            });
        }
    }

    /// Notes that a descriptor comes next.
    pub fn enter_descriptor(&mut self, mark: u32) {
        self.mapping.push(Mapping {
            offset: self.size,
            content: Content::Descriptor(mark),
        });
    }

    /// The kind and flags that a section of this name has if the source does not say: that of its family,
    /// as `.text.foo` belongs to `.text`; of no family, bytes that are not loaded.
    pub fn defaults(name: &str) -> (SectionKind, SectionFlags) {
        let flags = |write, execute, tls| SectionFlags {
            alloc: true,
            write,
            execute,
            tls,
            ..Default::default()
        };
        let families = [
            (".text", SectionKind::Progbits, flags(false, true, false)),
            (".init", SectionKind::Progbits, flags(false, true, false)),
            (".fini", SectionKind::Progbits, flags(false, true, false)),
            (".data", SectionKind::Progbits, flags(true, false, false)),
            (".sdata", SectionKind::Progbits, flags(true, false, false)),
            (".bss", SectionKind::Nobits, flags(true, false, false)),
            (".sbss", SectionKind::Nobits, flags(true, false, false)),
            (".rodata", SectionKind::Progbits, flags(false, false, false)),
            (
                ".srodata",
                SectionKind::Progbits,
                flags(false, false, false),
            ),
            (".tdata", SectionKind::Progbits, flags(true, false, true)),
            (".tbss", SectionKind::Nobits, flags(true, false, true)),
            (
                ".init_array",
                SectionKind::InitArray,
                flags(true, false, false),
            ),
            (
                ".fini_array",
                SectionKind::FiniArray,
                flags(true, false, false),
            ),
            (
                ".preinit_array",
                SectionKind::PreinitArray,
                flags(true, false, false),
            ),
            (
                ".eh_frame",
                SectionKind::Progbits,
                flags(false, false, false),
            ),
            (".note", SectionKind::Note, SectionFlags::default()),
        ];
        families
            .into_iter()
            .find(|(family, ..)| {
                name.strip_prefix(family)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
            .map_or(
                (SectionKind::Progbits, SectionFlags::default()),
                |(_, kind, flags)| (kind, flags),
            )
    }
}
