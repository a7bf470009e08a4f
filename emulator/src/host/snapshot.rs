//! The state of a machine at one moment, to which it can return.
//!
//! A run is a function of the state, so that what comes after a snapshot can be executed again and is the same.

use super::csr::Csrs;
use super::ops::Frame;
use super::system::{Streams, Transfer};
use super::tickets::Tickets;
use super::{Machine, float_registers, registers};
use crate::golden::Devices;
use crate::memory::SegmentedMemory;

/// The state of a [`Machine`]: registers, memory, devices, operations that are outstanding, output.
#[derive(Debug)]
pub struct Snapshot {
    frame: Box<Frame>,
    pc: u64,
    memory: SegmentedMemory,
    csrs: Csrs,
    retired: u64,
    reservation: Option<u64>,
    output: Vec<u8>,
    streams: Streams,
    transfers: Vec<Transfer>,
    devices: Box<dyn Devices>,
    tickets: Tickets,
    next_data: u64,
}

impl Snapshot {
    /// Number of instructions that had been executed.
    pub fn retired(&self) -> u64 {
        self.retired
    }

    /// Address of the next instruction.
    pub fn pc(&self) -> u64 {
        self.pc
    }

    /// The integer registers.
    pub fn x(&self) -> &[u64; 32] {
        registers(&self.frame)
    }

    /// The floating-point registers.
    pub fn f(&self) -> &[u64; 32] {
        float_registers(&self.frame)
    }

    /// Memory.
    pub fn memory(&self) -> &SegmentedMemory {
        &self.memory
    }
}

impl Machine {
    /// The state of now; none if the devices cannot be duplicated.
    pub fn snapshot(&self) -> Option<Snapshot> {
        Some(Snapshot {
            frame: self.frame.clone(),
            pc: self.pc,
            memory: self.memory.clone(),
            csrs: self.csrs.clone(),
            retired: self.retired,
            reservation: self.reservation,
            output: self.output.clone(),
            streams: self.streams.clone(),
            transfers: self.transfers.clone(),
            devices: self.devices.duplicate()?,
            tickets: self.tickets.clone(),
            next_data: self.next_data,
        })
    }

    /// Returns to a snapshot of this machine. Watchpoints stay as they are. False, and nothing is changed, if
    /// its devices cannot be duplicated.
    pub fn restore(&mut self, snapshot: &Snapshot) -> bool {
        let Some(devices) = snapshot.devices.duplicate() else {
            return false;
        };
        self.frame.clone_from(&snapshot.frame);
        self.pc = snapshot.pc;
        self.memory.restore(&snapshot.memory);
        self.csrs.clone_from(&snapshot.csrs);
        self.retired = snapshot.retired;
        self.reservation = snapshot.reservation;
        self.output.clone_from(&snapshot.output);
        self.streams.clone_from(&snapshot.streams);
        self.transfers.clone_from(&snapshot.transfers);
        self.devices = devices;
        self.tickets.clone_from(&snapshot.tickets);
        self.next_data = snapshot.next_data;
        self.waited = None;
        // The code may be another.
        self.cache.clear();
        self.code_written = false;
        true
    }
}
