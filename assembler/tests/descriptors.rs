//! Descriptors in object files are shown as literals, and only as literals that yield the same bytes again.

use object::{Object, ObjectSection};
use proptest::prelude::*;
use zktr_asm::objdump::{Disassemble, ObjdumpOptions, dump, dump_source};
use zktr_asm::{Options, Source, Spec, assemble};
use zktr_isa::field::MAX_DEGREE;
use zktr_isa::model::FieldType;

fn object(spec: &Spec, text: &str, xlen: u8) -> Vec<u8> {
    let options = Options {
        xlen,
        ..Options::default()
    };
    match assemble(spec, &Source::new("d.s", text), &options) {
        Ok(object) => object.write_elf().unwrap(),
        Err(errors) => panic!("{}\n{text}", errors[0]),
    }
}

fn source_of(spec: &Spec, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    dump_source(spec, "d.o", bytes, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The whole file as `objdump -D -r` shows it.
fn listing(spec: &Spec, bytes: &[u8]) -> String {
    let options = ObjdumpOptions {
        disassemble: Disassemble::All,
        ..ObjdumpOptions::default()
    };
    let mut out = Vec::new();
    dump(spec, "d.o", bytes, &options, &|_| None, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Bytes and relocations of a section.
fn contents(bytes: &[u8], name: &str) -> (Vec<u8>, Vec<String>) {
    let file = object::File::parse(bytes).unwrap();
    let section = file.section_by_name(name).unwrap();
    let relocations = section
        .relocations()
        .map(|(at, r)| format!("{at:#x} {:?} {:#x}", r.flags(), r.addend()));
    (section.data().unwrap().to_vec(), relocations.collect())
}

const KERNEL: &str = "\
\t.data
buf:\t.zero 64
one:\t.zktr.descriptor zktr.rlc format=babybear4-m, k=8, init={1, 2, 3, 4}, out={buf, 16, 4}, a=table, coeff=coeffs+8
\t.zktr.descriptor zktr.rlc format=babybear, k=3, init=-1, out=buf, a={table, 12, -4}, coeff={coeffs, 0, 4}
two:\t.zktr.descriptor zktr.inv format=babybear, out=buf, a=0x1000
\t.word 7
\t.text
f:\tret
\t.zktr.descriptor zktr.inv format=koalabear, out=a, a=b
\tret
";

#[test]
fn descriptors_are_listed_as_literals() {
    let spec = Spec::builtin();
    for xlen in [64, 32] {
        let bytes = object(&spec, KERNEL, xlen);
        let listing = listing(&spec, &bytes);
        for expected in [
            ":\t.zktr.descriptor\tzktr.rlc format=babybear4-m, k=8, init={1, 2, 3, 4}, \
             out={buf, 16, 4}, a={table, 32, 4}, coeff={coeffs+0x8, 16, 4}\n",
            ":\t.zktr.descriptor\tzktr.rlc format=babybear, k=3, init=2013265920, out={buf, 4, 4}, \
             a={table, 12, -4}, coeff={coeffs, 0, 4}\n",
            ":\t.zktr.descriptor\tzktr.inv format=babybear, out={buf, 4, 4}, a={0x1000, 4, 4}\n",
            ":\t.zktr.descriptor\tzktr.inv format=koalabear, out={a, 4, 4}, a={b, 4, 4}\n",
            "\t.word\t0x00000007\n",
        ] {
            assert!(listing.contains(expected), "{expected:?} in\n{listing}");
        }
        // Code goes on behind a descriptor.
        assert_eq!(listing.matches("\tret\n").count(), 2, "{listing}");
    }
}

#[test]
fn literals_yield_the_same_file() {
    let spec = Spec::builtin();
    for xlen in [64, 32] {
        let bytes = object(&spec, KERNEL, xlen);
        let text = source_of(&spec, &bytes);
        assert_eq!(text.matches(".zktr.descriptor\t").count(), 4, "{text}");
        let again = object(&spec, &text, xlen);
        for section in [".data", ".text"] {
            assert_eq!(
                contents(&bytes, section),
                contents(&again, section),
                "{text}"
            );
        }
        assert_eq!(source_of(&spec, &again), text);
    }
}

#[test]
fn what_no_literal_yields_stays_numbers() {
    let spec = Spec::builtin();
    let literal = ".zktr.descriptor zktr.inv format=babybear, out=buf, a=0x1000\n";
    let whole = object(&spec, &format!(".data\n{literal}"), 64);
    let size = contents(&whole, ".data").0.len();
    for (text, why) in [
        ("$d.zktr.inv:\n.zero 8\n", "too short"),
        ("$d.zktr.inv:\n.fill 200, 1, 0xff\n", "no such format"),
        ("$d.addi:\n.zero 200\n", "no descriptor"),
        ("$d.nothing:\n.zero 200\n", "no instruction"),
        ("$d.zktr.inv:\n.zero 200\n", "another version"),
    ] {
        let bytes = object(&spec, &format!(".data\n.balign 16\n{text}"), 64);
        for shown in [listing(&spec, &bytes), source_of(&spec, &bytes)] {
            assert!(!shown.contains(".zktr.descriptor"), "{why}: {shown}");
        }
    }
    // A symbol in the middle, and a relocation at another place.
    for text in [
        format!(".data\n{literal}.set inside, . - 8\n.globl inside\n"),
        format!(".data\n{literal}.reloc . - {size}, R_RISCV_32, x\n"),
    ] {
        let bytes = object(&spec, &text, 64);
        let source = source_of(&spec, &bytes);
        assert!(!source.contains(".zktr.descriptor"), "{source}");
        let again = object(&spec, &source, 64);
        assert_eq!(contents(&bytes, ".data"), contents(&again, ".data"));
    }
}

/// Bytes of a descriptor of an instruction with all fields from `random`.
fn valid(spec: &Spec, index: usize, random: &[u64]) -> Option<Vec<u8>> {
    let instruction = &spec.instructions[index];
    let descriptor = spec.descriptor_of(index)?;
    let mut bytes = vec![0; descriptor.size as usize];
    let mut random = random.iter().copied().cycle();
    let mut next = || random.next().unwrap_or(0);
    let formats: Vec<_> = spec
        .formats
        .iter()
        .filter(|f| !f.is_programmable())
        .collect();
    let format = formats[next() as usize % formats.len()];
    let mut put = |at: u32, size: usize, value: u64| {
        bytes[at as usize..][..size].copy_from_slice(&value.to_le_bytes()[..size]);
    };
    for field in &descriptor.fields {
        let slots = field.size / 8;
        match &field.ty {
            FieldType::Format => put(field.at, 1, format.code.into()),
            FieldType::Uint(_) | FieldType::Mode | FieldType::Flags => {
                let values = spec.field_values(instruction, field)?;
                let wanted = next();
                put(
                    field.at,
                    field.size as usize,
                    values.sample(u64::MAX, wanted)?,
                );
            }
            FieldType::Felt(_) => {
                let mut element = zktr_isa::field::Element::ZERO;
                let degree = format.degree.min(slots as usize);
                for coordinate in element.0.iter_mut().take(degree.min(MAX_DEGREE)) {
                    *coordinate = next() % format.modulus;
                }
                for (slot, word) in (0..slots).zip(format.to_words(element)) {
                    put(field.at + 8 * slot, 8, word);
                }
            }
            FieldType::Reduction => {}
            FieldType::View(_) => (0..slots).for_each(|slot| put(field.at + 8 * slot, 8, next())),
        }
    }
    Some(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_descriptor_is_a_literal_and_any_other_bytes_survive(
        random in prop::collection::vec(any::<u64>(), 16..40),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let spec = Spec::builtin();
        let (mut as_is, mut changed) = (".data\n".to_owned(), ".data\n".to_owned());
        let mut count = 0;
        for index in 0..spec.instructions.len() {
            let Some(mut bytes) = valid(&spec, index, &random) else { continue };
            let marked = |bytes: &[u8]| {
                let name = &spec.instructions[index].name;
                format!(".balign 64\n$d.{name}:\n.byte {bytes:?}\n").replace(['[', ']'], "")
            };
            as_is += &marked(&bytes);
            for &(at, to) in &changes {
                let at = at % bytes.len();
                bytes[at] = to;
            }
            changed += &marked(&bytes);
            count += 1;
        }
        prop_assert!(count > 5);
        for (source, least) in [(as_is, count), (changed, 0)] {
            let bytes = object(&spec, &source, 64);
            let text = source_of(&spec, &bytes);
            prop_assert!(text.matches(".zktr.descriptor\t").count() >= least, "{}", text);
            let again = object(&spec, &text, 64);
            prop_assert_eq!(contents(&bytes, ".data"), contents(&again, ".data"), "{}", text);
        }
    }
}
