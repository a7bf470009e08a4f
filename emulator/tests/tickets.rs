//! Operations with tickets: what the host sees of them, at both ends of the time in which they may take place.

use std::sync::Arc;
use zktr_emu::host::{Machine, Options, Stop, Timing};
use zktr_emu::memory::{Memory, Permissions, SegmentedMemory};
use zktr_isa::Spec;

const CODE: u64 = 0x1000;
const DATA: u64 = 0x8000;
/// Descriptors, sources and results of operations are this far from each other.
const STEP: u64 = 0x400;

struct Host {
    spec: Arc<Spec>,
    machine: Machine,
}

impl Host {
    /// A machine that executes what `issue` and `wait` set up, one instruction at a time.
    fn new(timing: Timing) -> Self {
        let spec = Spec::builtin();
        let mut memory = SegmentedMemory::new(1 << 20);
        let executable = Permissions {
            read: true,
            write: false,
            execute: true,
        };
        memory.map(CODE, 0x1000, executable).unwrap();
        memory.map(DATA, 0x10000, Permissions::READ_WRITE).unwrap();
        let code: Vec<u8> = [("zktr.inv", [5, 6, 7].as_slice()), ("zktr.wait", &[5, 6])]
            .iter()
            .flat_map(|(mnemonic, registers)| {
                let index = spec.instruction(mnemonic).unwrap();
                let values: Vec<i64> = registers.to_vec();
                spec.encode(index, &values).unwrap().to_le_bytes()
            })
            .collect();
        memory.initialize(CODE, &code).unwrap();
        let options = Options {
            timing,
            ..Options::default()
        };
        let machine = Machine::new(spec.clone(), 64, memory, options);
        Self { spec, machine }
    }

    fn step(&mut self, pc: u64, rs1: u64, rs2: u64) -> u64 {
        self.machine.set_pc(pc);
        self.machine.set_x(6, rs1);
        self.machine.set_x(7, rs2);
        assert_eq!(self.machine.run(1), Stop::OutOfFuel);
        self.machine.x()[5]
    }

    /// An inversion of three words, with its number; the result is rd.
    fn issue(&mut self, n: u64, source: [u32; 3], flags: u8) -> u64 {
        let at = DATA + STEP * n;
        let descriptor = self.spec.descriptor("inv").unwrap().clone();
        let field = |name: &str| at + u64::from(descriptor.field(name).unwrap().1.at);
        let version = descriptor.field("version").unwrap().1.value.unwrap();
        let format = self.spec.format("babybear").unwrap().code;
        let memory = self.machine.memory_mut();
        memory
            .write(at, &vec![0; descriptor.size as usize])
            .unwrap();
        memory
            .write(at, &[version as u8, format, 0, flags])
            .unwrap();
        for (name, offset) in [("out", 0x200u64), ("a", 0x300)] {
            memory
                .write(field(name), &(at + offset).to_le_bytes())
                .unwrap();
            memory.write(field(name) + 8, &4u64.to_le_bytes()).unwrap();
        }
        self.set_source(n, source);
        self.step(CODE, at, 3)
    }

    fn set_source(&mut self, n: u64, source: [u32; 3]) {
        let at = DATA + STEP * n + 0x300;
        for (i, word) in (0u64..).zip(source) {
            let memory = self.machine.memory_mut();
            memory.write_u32(at + 4 * i, word).unwrap();
        }
    }

    fn result(&self, n: u64) -> [u32; 3] {
        let at = DATA + STEP * n + 0x200;
        [0, 1, 2].map(|i| self.machine.memory().read_u32(at + 4 * i).unwrap())
    }

    fn wait(&mut self, ticket: u64) -> u64 {
        self.step(CODE + 4, ticket, 0)
    }

    fn status(&self, name: &str) -> u64 {
        self.spec.status(name).unwrap().code
    }
}

const P: u32 = 2_013_265_921;
/// Each is the other's inverse: 1, -1 and 2 with its half.
const SOURCE: [u32; 3] = [1, P - 1, 2];
const INVERSE: [u32; 3] = [1, P - 1, P.div_ceil(2)];

const BOTH: [Timing; 2] = [Timing::AtIssue, Timing::AtWait];

#[test]
fn a_ticket_gives_the_status_once_and_the_work_is_done() {
    for timing in BOTH {
        let mut host = Host::new(timing);
        let first = host.spec.tickets.first;
        assert_eq!(host.issue(0, SOURCE, 1), first, "{timing:?}");
        assert_eq!(host.issue(1, SOURCE, 1), first + 1);
        assert_eq!(host.wait(first + 1), host.status("ok"));
        assert_eq!(host.result(1), INVERSE);
        assert_eq!(host.wait(first), host.status("ok"));
        assert_eq!(host.result(0), INVERSE);
        for ticket in [first, first + 1, 1, first + 16, u64::MAX] {
            assert_eq!(host.wait(ticket), host.status("ticket"));
        }
        // A ticket that is free is given again.
        assert_eq!(host.issue(2, SOURCE, 1), first);
        // Without the flag there is none.
        assert_eq!(host.issue(3, SOURCE, 0), host.status("ok"));
        assert_eq!(host.result(3), INVERSE);
    }
}

#[test]
fn a_source_that_changes_meanwhile_is_a_race() {
    let results = BOTH.map(|timing| {
        let mut host = Host::new(timing);
        let ticket = host.issue(0, [2, 2, 2], 1);
        host.set_source(0, SOURCE);
        assert_eq!(host.wait(ticket), host.status("ok"));
        host.result(0)
    });
    assert_ne!(results[0], results[1]);
    assert_eq!(results[1], INVERSE);
}

#[test]
fn the_descriptor_can_be_reused_at_once() {
    for timing in BOTH {
        let mut host = Host::new(timing);
        let ticket = host.issue(0, SOURCE, 1);
        host.machine.memory_mut().write(DATA, &[0xff; 128]).unwrap();
        assert_eq!(host.wait(ticket), host.status("ok"), "{timing:?}");
        assert_eq!(host.result(0), INVERSE);
    }
}

#[test]
fn refusals_of_phase_check_are_at_once_and_those_of_phase_data_at_the_wait() {
    for timing in BOTH {
        let mut host = Host::new(timing);
        assert_eq!(host.issue(0, SOURCE, 2), host.status("version"));
        // No ticket was taken.
        let first = host.spec.tickets.first;
        assert_eq!(host.issue(1, [1, 0, 1], 1), first);
        assert_eq!(host.issue(2, [1, P, 1], 1), first + 1);
        assert_eq!(host.wait(first + 1), host.status("range"), "{timing:?}");
        assert_eq!(host.wait(first), host.status("zero"));
    }
}

#[test]
fn there_are_only_so_many_tickets() {
    for timing in BOTH {
        let mut host = Host::new(timing);
        let (first, most) = (
            host.spec.tickets.first,
            u64::from(host.spec.tickets.outstanding),
        );
        for n in 0..most {
            assert_eq!(host.issue(n, SOURCE, 1), first + n);
        }
        assert_eq!(host.issue(most, SOURCE, 1), host.status("busy"));
        // An operation without a ticket needs none.
        assert_eq!(host.issue(most, SOURCE, 0), host.status("ok"));
        assert_eq!(host.wait(first + 3), host.status("ok"));
        assert_eq!(host.issue(most, SOURCE, 1), first + 3, "{timing:?}");
    }
}

#[test]
fn ticket_zero_stands_for_all() {
    for timing in BOTH {
        let mut host = Host::new(timing);
        assert_eq!(host.wait(0), host.status("ok"));
        let tickets = [SOURCE, [1, P, 1], [0, 0, 0], SOURCE];
        for (n, source) in (0u64..).zip(tickets) {
            host.issue(n, source, 1);
        }
        // A free ticket is taken by the operation that is issued last.
        let first = host.spec.tickets.first;
        assert_eq!(host.wait(first), host.status("ok"));
        assert_eq!(host.issue(4, [0, 0, 0], 1), first);
        assert_eq!(host.wait(0), host.status("range"), "{timing:?}");
        assert_eq!(host.result(3), INVERSE);
        assert_eq!(host.wait(0), host.status("ok"));
        assert_eq!(host.wait(first + 1), host.status("ticket"));
    }
}
