//! Checkpoints: a run that another machine goes on with is the same run, and no file does harm.

mod trace_support;

use proptest::prelude::*;
use trace_support::{DATA, Guest, assert_right, random_guest};
use zktr_emu::host::{Machine, Stop};
use zktr_emu::memory::{Permissions, SegmentedMemory};
use zktr_emu::trace::fast::{Filler, record_each};
use zktr_emu::trace::{Options, Trace, modulus};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// The state after so many instructions.
fn saved(guest: &Guest, instructions: u64) -> Vec<u8> {
    let mut machine = guest.machine();
    let origin = machine.origin();
    machine.add_input(b"hint".to_vec());
    assert_eq!(machine.run(instructions), Stop::OutOfFuel);
    machine.checkpoint(origin).unwrap()
}

fn assert_same(one: &Machine, other: &Machine) {
    assert_eq!(one.x(), other.x());
    assert_eq!(one.f(), other.f());
    assert_eq!(one.pc(), other.pc());
    assert_eq!(one.retired(), other.retired());
    assert!(one.memory().regions().eq(other.memory().regions()));
    assert!(one.memory().contents().eq(other.memory().contents()));
}

#[test]
fn another_machine_goes_on_alike() {
    for seed in 400..404 {
        let guest = random_guest(seed, 300);
        let mut whole = guest.machine();
        whole.add_input(b"hint".to_vec());
        whole.set_f(3, u64::MAX - seed);
        let origin = guest.machine().origin();
        assert_eq!(whole.run(100), Stop::OutOfFuel);
        let checkpoint = whole.checkpoint(origin).unwrap();
        let mut other = guest.machine();
        other.resume(&checkpoint).unwrap();
        assert_same(&whole, &other);
        assert_eq!(other.checkpoint(origin).unwrap(), checkpoint);
        assert_eq!(other.run(1000), whole.run(1000));
        assert_same(&whole, &other);
    }
}

#[test]
fn pages_of_zeros_take_no_room() {
    let machine = |len: u64| {
        let mut memory = SegmentedMemory::new(len);
        memory.map(0x1000, len, Permissions::READ_WRITE).unwrap();
        let mut machine = Machine::new(Spec::builtin(), 32, memory, Default::default());
        machine.set_pc(0x1000);
        machine
    };
    let (small, large) = (machine(1 << 12), machine(1 << 24));
    let size = |machine: &Machine| machine.checkpoint(machine.origin()).unwrap().len();
    assert_eq!(size(&small), size(&large));
}

/// All tables of all segments of a run, which another process has begun.
fn tables(spec: &Spec, machine: &mut Machine, fuel: u64) -> (Vec<Trace>, Stop) {
    let modulus = modulus(spec, "babybear").unwrap();
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut traces = Vec::new();
    let options = Options {
        segment: 64,
        fuel,
        ..Options::default()
    };
    let stop = record_each(spec, machine, &options, |segment| {
        traces.push(filler.fill(segment));
        Ok::<(), Diagnostic>(())
    });
    (traces, stop.unwrap())
}

/// Segments are the same wherever they are made, and each stands alone.
#[test]
fn segments_of_several_processes_are_those_of_one() {
    let guest = random_guest(410, 250);
    let spec = &guest.spec;
    let (whole, stop) = tables(spec, &mut guest.machine(), 100_000);
    assert!(whole.len() > 2);
    let mut parts = Vec::new();
    let mut machine = guest.machine();
    let origin = machine.origin();
    let last = loop {
        let (traces, stop) = tables(spec, &mut machine, 128);
        parts.extend(traces);
        if stop != Stop::OutOfFuel {
            break stop;
        }
        let checkpoint = machine.checkpoint(origin).unwrap();
        machine = guest.machine();
        machine.resume(&checkpoint).unwrap();
    };
    assert_eq!(last, stop);
    assert!(parts == whole, "other tables");
    parts.iter().for_each(|trace| assert_right(spec, trace));
}

#[test]
fn other_programs_and_versions_are_refused() {
    let guest = random_guest(420, 200);
    let checkpoint = saved(&guest, 50);
    let refused = |guest: &Guest, bytes: &[u8]| {
        let mut machine = guest.machine();
        let error = machine.resume(bytes).unwrap_err().to_string();
        // Nothing has happened.
        assert_same(&machine, &guest.machine());
        error
    };
    let mut other = random_guest(420, 200);
    other.data[7] ^= 1;
    let error = refused(&other, &checkpoint);
    assert!(error.contains("of a run of something else"), "{error}");
    let mut other = random_guest(420, 200);
    other.x[5] = !other.x[5];
    let error = refused(&other, &checkpoint);
    assert!(error.contains("of a run of something else"), "{error}");
    let mut version = checkpoint.clone();
    version[8] = 9;
    let error = refused(&guest, &version);
    assert!(error.contains("of version 9"), "{error}");
    let error = refused(&guest, b"\x7fELF");
    assert!(error.contains("is no checkpoint"), "{error}");
    for len in 12..checkpoint.len() {
        if len % 97 == 0 || len + 40 > checkpoint.len() {
            let error = refused(&guest, &checkpoint[..len]);
            assert!(error.contains("is damaged"), "{len}: {error}");
        }
    }
}

/// The same bytes with a right digest.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    bytes.truncate(bytes.len() - 32);
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whoever knows the digest may write anything: the machine goes on from there or refuses, and runs within its limits.
    #[test]
    fn hostile_files_do_no_harm(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u64>(), any::<bool>()), 1..6),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let guest = random_guest(430, 100);
        let mut bytes = saved(&guest, 20);
        for (at, value, whole) in edits {
            // Most are about a number in a header: what comes before the memory.
            let at = at.index(bytes.len().min(1400) - 52) + 44;
            match whole {
                true => bytes[at..at + 8].copy_from_slice(&value.to_le_bytes()),
                false => bytes[at] = value as u8,
            }
        }
        if let Some(cut) = cut {
            let len = 76 + cut.index(bytes.len() - 76);
            bytes.truncate(len);
        }
        let bytes = sealed(bytes);
        let mut machine = guest.machine();
        let before = machine.memory().size();
        if machine.resume(&bytes).is_err() {
            prop_assert_eq!(machine.memory().size(), before);
        }
        machine.run(1000);
    }
}

/// A checkpoint may not have more memory than the machine is allowed.
#[test]
fn the_memory_limit_holds() {
    let guest = random_guest(440, 30);
    let bytes = saved(&guest, 10);
    let start = DATA.to_le_bytes();
    let at = bytes
        .windows(8)
        .rposition(|window| window == start)
        .unwrap();
    let mut large = bytes.clone();
    large[at + 8..at + 16].copy_from_slice(&(1u64 << 40).to_le_bytes());
    let error = guest.machine().resume(&sealed(large)).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("memory limit"), "{error}");
}
