//! ELF files: objects that are linked here, executables, and everything that is wrong with them.

use object::write::{Object, Relocation, StandardSection, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationFlags, SymbolFlags, SymbolKind, SymbolScope,
    elf,
};
use proptest::prelude::*;
use std::sync::Arc;
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::loader::{Image, Input, load};
use zktr_emu::memory::{Memory, Permissions};
use zktr_isa::Spec;

const LIMIT: u64 = 1 << 24;

fn word(spec: &Spec, mnemonic: &str, operands: &[(&str, i64)]) -> [u8; 4] {
    let index = spec.instruction(mnemonic).unwrap();
    let value = |name: &str| {
        operands
            .iter()
            .find(|(n, _)| *n == name)
            .map_or(0, |(_, v)| *v)
    };
    let values: Vec<i64> = spec.instructions[index]
        .operands
        .iter()
        .map(|o| value(&o.name))
        .collect();
    spec.encode(index, &values).unwrap().to_le_bytes()
}

/// An object file under construction.
struct Builder {
    spec: Arc<Spec>,
    object: Object<'static>,
}

impl Builder {
    fn new() -> Self {
        Self::of(Architecture::Riscv64)
    }

    fn of(architecture: Architecture) -> Self {
        Self {
            spec: Spec::builtin(),
            object: Object::new(BinaryFormat::Elf, architecture, Endianness::Little),
        }
    }

    fn code(&mut self, mnemonic: &str, operands: &[(&str, i64)]) -> u64 {
        let bytes = word(&self.spec, mnemonic, operands);
        let text = self.object.section_id(StandardSection::Text);
        self.object.append_section_data(text, &bytes, 4)
    }

    fn define(
        &mut self,
        name: &str,
        section: StandardSection,
        value: u64,
        scope: SymbolScope,
    ) -> SymbolId {
        let section = SymbolSection::Section(self.object.section_id(section));
        self.symbol(name, section, value, scope, false)
    }

    fn undefined(&mut self, name: &str) -> SymbolId {
        self.symbol(
            name,
            SymbolSection::Undefined,
            0,
            SymbolScope::Unknown,
            false,
        )
    }

    fn symbol(
        &mut self,
        name: &str,
        section: SymbolSection,
        value: u64,
        scope: SymbolScope,
        weak: bool,
    ) -> SymbolId {
        self.object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value,
            size: 0,
            kind: if section == SymbolSection::Undefined {
                SymbolKind::Unknown
            } else {
                SymbolKind::Label
            },
            scope,
            weak,
            section,
            flags: SymbolFlags::None,
        })
    }

    fn relocate(
        &mut self,
        section: StandardSection,
        offset: u64,
        symbol: SymbolId,
        r_type: u32,
        addend: i64,
    ) {
        let section = self.object.section_id(section);
        let flags = RelocationFlags::Elf { r_type };
        self.object
            .add_relocation(
                section,
                Relocation {
                    offset,
                    symbol,
                    addend,
                    flags,
                },
            )
            .unwrap();
    }

    fn text(&mut self, offset: u64, symbol: SymbolId, r_type: u32) {
        self.relocate(StandardSection::Text, offset, symbol, r_type, 0);
    }

    fn write(&self) -> Vec<u8> {
        self.object.write().unwrap()
    }
}

fn link(files: &[&[u8]]) -> Result<Image, String> {
    let names = ["a.o", "b.o", "c.o"];
    let inputs: Vec<Input<'_>> = names
        .iter()
        .zip(files)
        .map(|(name, bytes)| Input { name, bytes })
        .collect();
    load(&Spec::builtin(), &inputs, LIMIT)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn call(image: &Image, name: &str, args: &[u64]) -> Result<u64, Stop> {
    let mut machine = Machine::load(Spec::builtin(), image, Options::default()).unwrap();
    let addr = image.symbols.address(name).expect(name);
    machine.call(addr, args, 10_000)
}

/// `main(x)` calls `twice` of another file and adds constants that it reads in four ways.
fn program() -> (Vec<u8>, Vec<u8>) {
    let mut a = Builder::new();
    let local = a.object.section_id(StandardSection::ReadOnlyData);
    a.object
        .append_section_data(local, &1000u64.to_le_bytes(), 8);
    let constant = a.define(
        "constant",
        StandardSection::ReadOnlyData,
        0,
        SymbolScope::Compilation,
    );
    let (twice, shared) = (a.undefined("twice"), a.undefined("shared"));
    a.code("addi", &[("rd", 8), ("rs1", 1)]);
    let at = a.code("auipc", &[("rd", 1)]);
    a.text(at, twice, elf::R_RISCV_CALL_PLT);
    a.code("jalr", &[("rd", 1), ("rs1", 1)]);
    // pc-relative
    let high = a.code("auipc", &[("rd", 5)]);
    a.text(high, constant, elf::R_RISCV_PCREL_HI20);
    let label = a.define(
        ".Lhigh",
        StandardSection::Text,
        high,
        SymbolScope::Compilation,
    );
    let low = a.code("ld", &[("rd", 5), ("rs1", 5)]);
    a.text(low, label, elf::R_RISCV_PCREL_LO12_I);
    a.code("add", &[("rd", 10), ("rs1", 10), ("rs2", 5)]);
    // through the table
    let high = a.code("auipc", &[("rd", 5)]);
    a.text(high, shared, elf::R_RISCV_GOT_HI20);
    let label = a.define(
        ".Lgot",
        StandardSection::Text,
        high,
        SymbolScope::Compilation,
    );
    let low = a.code("ld", &[("rd", 5), ("rs1", 5)]);
    a.text(low, label, elf::R_RISCV_PCREL_LO12_I);
    a.code("ld", &[("rd", 5), ("rs1", 5)]);
    a.code("add", &[("rd", 10), ("rs1", 10), ("rs2", 5)]);
    // absolute
    let high = a.code("lui", &[("rd", 6)]);
    a.text(high, shared, elf::R_RISCV_HI20);
    let low = a.code("ld", &[("rd", 5), ("rs1", 6)]);
    a.text(low, shared, elf::R_RISCV_LO12_I);
    a.code("add", &[("rd", 10), ("rs1", 10), ("rs2", 5)]);
    // A store, and what it stored by a pointer in data.
    let low = a.code("sd", &[("rs1", 6), ("rs2", 10)]);
    a.text(low, shared, elf::R_RISCV_LO12_S);
    // A branch and a jump over one instruction each that would spoil the result.
    let branch = a.code("beq", &[]);
    a.code("addi", &[("rd", 10)]);
    let here = a.code("jal", &[]);
    let over = a.define(
        "over",
        StandardSection::Text,
        here,
        SymbolScope::Compilation,
    );
    a.text(branch, over, elf::R_RISCV_BRANCH);
    a.code("addi", &[("rd", 10)]);
    let end = a.code("jalr", &[("rs1", 8)]);
    let out = a.define("out", StandardSection::Text, end, SymbolScope::Compilation);
    a.text(here, out, elf::R_RISCV_JAL);
    a.define("main", StandardSection::Text, 0, SymbolScope::Linkage);

    let mut b = Builder::new();
    b.code("slli", &[("rd", 10), ("rs1", 10), ("imm", 1)]);
    b.code("jalr", &[("rs1", 1)]);
    b.define("twice", StandardSection::Text, 0, SymbolScope::Linkage);
    let data = b.object.section_id(StandardSection::Data);
    b.object.append_section_data(data, &7u64.to_le_bytes(), 8);
    let shared = b.define("shared", StandardSection::Data, 0, SymbolScope::Linkage);
    b.object.append_section_data(data, &[0; 8], 8);
    b.relocate(StandardSection::Data, 8, shared, elf::R_RISCV_64, 0);
    b.define("pointer", StandardSection::Data, 8, SymbolScope::Linkage);
    let bss = b.object.section_id(StandardSection::UninitializedData);
    b.object.append_section_bss(bss, 5000, 64);
    b.define(
        "zeros",
        StandardSection::UninitializedData,
        0,
        SymbolScope::Linkage,
    );
    (a.write(), b.write())
}

#[test]
fn objects_are_linked_in_any_order() {
    let (a, b) = program();
    for files in [[&a[..], &b[..]], [&b[..], &a[..]]] {
        let image = link(&files).unwrap();
        let mut machine = Machine::load(Spec::builtin(), &image, Options::default()).unwrap();
        let address = |name| image.symbols.address(name).unwrap();
        assert_eq!(
            machine.call(address("main"), &[21], 1000),
            Ok(42 + 1000 + 7 + 7)
        );
        let mut pointer = [0; 8];
        machine
            .memory()
            .read(address("pointer"), &mut pointer)
            .unwrap();
        assert_eq!(u64::from_le_bytes(pointer), address("shared"));
        assert_eq!(machine.memory().read_u32(address("shared")), Ok(1056));
        assert_eq!(machine.memory().read_u32(address("zeros") + 4996), Ok(0));
        assert!(address("zeros").is_multiple_of(64));
        // Names by address; local labels and marks are not among them.
        assert_eq!(
            image.symbols.nearest(address("main") + 4),
            Some(("main", 4))
        );
        assert_eq!(image.symbols.address(".Lhigh"), None);
        assert_eq!(
            image
                .symbols
                .address("constant")
                .map(|at| image.symbols.nearest(at)),
            Some(Some(("constant", 0)))
        );
    }
}

#[test]
fn objects_for_rv32_have_words_of_four_bytes() {
    let mut a = Builder::of(Architecture::Riscv32);
    let data = a.object.section_id(StandardSection::Data);
    a.object
        .append_section_data(data, &[0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff], 4);
    let value = a.define("value", StandardSection::Data, 4, SymbolScope::Linkage);
    let pointer = a.define("pointer", StandardSection::Data, 0, SymbolScope::Linkage);
    a.relocate(StandardSection::Data, 0, value, elf::R_RISCV_32, 0);
    let high = a.code("auipc", &[("rd", 5)]);
    a.text(high, pointer, elf::R_RISCV_GOT_HI20);
    let label = a.define(
        ".Lhigh",
        StandardSection::Text,
        high,
        SymbolScope::Compilation,
    );
    let low = a.code("lw", &[("rd", 5), ("rs1", 5)]);
    a.text(low, label, elf::R_RISCV_PCREL_LO12_I);
    for _ in 0..2 {
        a.code("lw", &[("rd", 5), ("rs1", 5)]);
    }
    // The tenth argument is the second one on the stack.
    a.code("lw", &[("rd", 10), ("rs1", 2), ("imm", 4)]);
    a.code("add", &[("rd", 10), ("rs1", 10), ("rs2", 5)]);
    a.code("jalr", &[("rs1", 1)]);
    a.define("main", StandardSection::Text, 0, SymbolScope::Linkage);
    let image = link(&[&a.write()]).unwrap();
    assert_eq!(image.xlen, 32);
    assert_eq!(call(&image, "main", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), Ok(7));
}

#[test]
fn code_and_constants_cannot_be_written() {
    let (a, b) = program();
    let image = link(&[&a, &b]).unwrap();
    let permissions: Vec<_> = image
        .segments
        .iter()
        .map(|segment| segment.permissions)
        .collect();
    assert_eq!(
        permissions,
        [
            Permissions::READ_EXECUTE,
            Permissions::READ,
            Permissions::READ_WRITE
        ]
    );
}

#[test]
fn differences_of_labels() {
    let mut a = Builder::new();
    for _ in 0..5 {
        a.code("addi", &[]);
    }
    let (start, end) = (
        a.define("start", StandardSection::Text, 4, SymbolScope::Linkage),
        a.define("end", StandardSection::Text, 20, SymbolScope::Linkage),
    );
    let data = a.object.section_id(StandardSection::Data);
    a.object.append_section_data(
        data,
        &[
            0xc0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0,
        ],
        8,
    );
    a.define("data", StandardSection::Data, 0, SymbolScope::Linkage);
    for (offset, add, sub) in [
        (0, elf::R_RISCV_SET6, elf::R_RISCV_SUB6),
        (1, elf::R_RISCV_ADD8, elf::R_RISCV_SUB8),
        (2, elf::R_RISCV_ADD16, elf::R_RISCV_SUB16),
        (4, elf::R_RISCV_ADD32, elf::R_RISCV_SUB32),
        (8, elf::R_RISCV_ADD64, elf::R_RISCV_SUB64),
    ] {
        a.relocate(StandardSection::Data, offset, end, add, 0);
        a.relocate(StandardSection::Data, offset, start, sub, 0);
    }
    a.relocate(StandardSection::Data, 16, start, elf::R_RISCV_32_PCREL, 0);
    let image = link(&[&a.write()]).unwrap();
    let data = image.symbols.address("data").unwrap();
    let segment = image
        .segments
        .iter()
        .find(|s| s.addr <= data && data - s.addr < s.size)
        .unwrap();
    let bytes = &segment.bytes[(data - segment.addr) as usize..];
    let ones = |n: u32| (0..n).fold(0u64, |v, _| v << 8 | 1);
    assert_eq!(bytes[..2], [0xc0 | 16, 17]);
    assert_eq!(
        u64::from(u16::from_le_bytes([bytes[2], bytes[3]])),
        ones(2) + 16
    );
    assert_eq!(
        u64::from(u32::from_le_bytes(bytes[4..8].try_into().unwrap())),
        ones(4) + 16
    );
    assert_eq!(
        u64::from_le_bytes(bytes[8..16].try_into().unwrap()),
        ones(8) + 16
    );
    let distance = i32::from_le_bytes(bytes[16..20].try_into().unwrap());
    assert_eq!(
        data as i64 + 16 + i64::from(distance),
        image.symbols.address("start").unwrap() as i64
    );
}

#[test]
fn weak_definitions_yield_and_weak_references_are_zero() {
    let function = |weak: bool, value: i64| {
        let mut b = Builder::new();
        b.code("addi", &[("rd", 10), ("imm", value)]);
        b.code("jalr", &[("rs1", 1)]);
        let text = SymbolSection::Section(b.object.section_id(StandardSection::Text));
        b.symbol("f", text, 0, SymbolScope::Linkage, weak);
        b.write()
    };
    for files in [
        [function(true, 1), function(false, 2)],
        [function(false, 2), function(true, 1)],
    ] {
        assert_eq!(
            call(&link(&[&files[0], &files[1]]).unwrap(), "f", &[]),
            Ok(2)
        );
    }
    let mut a = Builder::new();
    let nothing = a.symbol(
        "nothing",
        SymbolSection::Undefined,
        0,
        SymbolScope::Unknown,
        true,
    );
    let high = a.code("lui", &[("rd", 10)]);
    a.text(high, nothing, elf::R_RISCV_HI20);
    a.code("jalr", &[("rs1", 1)]);
    a.define("main", StandardSection::Text, 0, SymbolScope::Linkage);
    assert_eq!(call(&link(&[&a.write()]).unwrap(), "main", &[5]), Ok(0));
}

#[test]
fn errors_say_where() {
    let (a, b) = program();
    let defined_twice = link(&[&b, &b]).unwrap_err();
    let undefined = link(&[&a]).unwrap_err();

    let mut far = Builder::new();
    let here = far.code("beq", &[]);
    let there = far.define("there", StandardSection::Text, 0x1000, SymbolScope::Linkage);
    for _ in 0..0x401 {
        far.code("addi", &[]);
    }
    far.text(here, there, elf::R_RISCV_BRANCH);
    let too_far = link(&[&far.write()]).unwrap_err();

    let mut tls = Builder::new();
    let here = tls.code("lui", &[]);
    let f = tls.define("f", StandardSection::Text, 0, SymbolScope::Linkage);
    tls.text(here, f, elf::R_RISCV_TPREL_HI20);
    let unsupported = link(&[&tls.write()]).unwrap_err();

    let mut low = Builder::new();
    let here = low.code("ld", &[]);
    let f = low.define("f", StandardSection::Text, 0, SymbolScope::Linkage);
    low.text(here, f, elf::R_RISCV_PCREL_LO12_I);
    let no_high = link(&[&low.write()]).unwrap_err();

    let mut outside = Builder::new();
    outside.code("addi", &[]);
    let f = outside.define("f", StandardSection::Text, 0, SymbolScope::Linkage);
    outside.text(2, f, elf::R_RISCV_64);
    outside.text(4000, f, elf::R_RISCV_32);
    let outside = link(&[&outside.write()]).unwrap_err();

    let mut large = Builder::new();
    let bss = large.object.section_id(StandardSection::UninitializedData);
    large.object.append_section_bss(bss, LIMIT + 8, 8);
    let too_large = link(&[&large.write()]).unwrap_err();

    let x86 = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little)
        .write()
        .unwrap();
    let mixed = link(&[&a, &Builder::of(Architecture::Riscv32).write()]).unwrap_err();
    let all = [
        defined_twice,
        undefined,
        too_far,
        unsupported,
        no_high,
        outside,
        too_large,
        link(&[&x86]).unwrap_err(),
        mixed,
        link(&[b"no elf"]).unwrap_err(),
        link(&[b""]).unwrap_err(),
        link(&[&a[..100]]).unwrap_err(),
        link(&[]).unwrap_err(),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

/// A linked executable with one segment of code.
fn executable(code: &[u8], vaddr: u64, memory_size: u64) -> Vec<u8> {
    let mut file = vec![0; 64 + 56];
    file[..16].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &elf::ET_EXEC.to_le_bytes());
    put(18, &elf::EM_RISCV.to_le_bytes());
    put(20, &1u32.to_le_bytes());
    put(24, &vaddr.to_le_bytes());
    put(32, &64u64.to_le_bytes());
    put(52, &64u16.to_le_bytes());
    put(54, &56u16.to_le_bytes());
    put(56, &1u16.to_le_bytes());
    put(64, &elf::PT_LOAD.to_le_bytes());
    put(68, &(elf::PF_R | elf::PF_X).to_le_bytes());
    put(72, &120u64.to_le_bytes());
    put(80, &vaddr.to_le_bytes());
    put(96, &(code.len() as u64).to_le_bytes());
    put(104, &memory_size.to_le_bytes());
    file.extend_from_slice(code);
    file
}

fn exit_program() -> Vec<u8> {
    let spec = Spec::builtin();
    [
        word(&spec, "addi", &[("rd", 10), ("imm", 42)]),
        word(&spec, "addi", &[("rd", 17), ("imm", 93)]),
        word(&spec, "ecall", &[]),
    ]
    .concat()
}

#[test]
fn an_executable_runs_from_its_entry() {
    let file = executable(&exit_program(), 0x1_0078, 0x1000);
    let image = link(&[&file]).unwrap();
    assert_eq!(image.entry, Some(0x1_0078));
    let mut machine = Machine::load(Spec::builtin(), &image, Options::default()).unwrap();
    assert_eq!(machine.run(100), Stop::Exit(42));
}

#[test]
fn executables_that_cannot_be_loaded() {
    let code = exit_program();
    let all = [
        link(&[&executable(&code, 0x1_0000, LIMIT + 1)]).unwrap_err(),
        link(&[&executable(&code, u64::MAX - 10, 12)]).unwrap_err(),
        link(&[&executable(&code, 0x1_0000, 4)]).unwrap_err(),
        link(&[&executable(&code, 0x1_0000, 0)]).unwrap_err(),
        link(&[
            &executable(&code, 0x1_0000, 64),
            &executable(&code, 0x2_0000, 64),
        ])
        .unwrap_err(),
        link(&[&executable(&code, 0x1_0000, 12)[..125]]).unwrap_err(),
    ];
    insta::assert_snapshot!(all.join("\n"));
    let on_the_stack = link(&[&executable(&code, 0x3f_fffe_fff0, 64)]).unwrap();
    assert!(Machine::load(Spec::builtin(), &on_the_stack, Options::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Files with wrong bytes are loaded or refused; what is loaded runs or stops.
    #[test]
    fn damaged_files_do_no_harm(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..10),
        cut in proptest::option::weighted(0.2, any::<proptest::sample::Index>()),
        which in 0..3,
    ) {
        let (mut a, mut b) = program();
        let mut e = executable(&exit_program(), 0x1_0000, 64);
        let damaged = match which { 0 => &mut a, 1 => &mut b, _ => &mut e };
        for (at, byte) in changes {
            let at = at.index(damaged.len());
            damaged[at] = byte;
        }
        if let Some(cut) = cut {
            let length = cut.index(damaged.len());
            damaged.truncate(length);
        }
        let files: Vec<&[u8]> = if which == 2 { vec![&e] } else { vec![&a, &b] };
        if let Ok(image) = link(&files)
            && let Ok(mut machine) = Machine::load(Spec::builtin(), &image, Options::default())
        {
            let entry = image.entry.or(image.symbols.address("main")).unwrap_or(0);
            let _ = machine.call(entry, &[1], 1000);
        }
    }
}
