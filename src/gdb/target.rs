//! The machine as the target of GDB's remote protocol.
//!
//! Nothing here runs it: what GDB asks for is noted, and the session, which has the connection, carries it out.

use super::arch::{PC, Register, RiscV};
use super::{arch, description, monitor};
use gdbstub::common::Signal;
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::reverse_exec::{
    ReverseCont, ReverseContOps, ReverseStep, ReverseStepOps,
};
use gdbstub::target::ext::base::single_register_access::{
    SingleRegisterAccess, SingleRegisterAccessOps,
};
use gdbstub::target::ext::base::singlethread::{
    SingleThreadBase, SingleThreadRangeStepping, SingleThreadRangeSteppingOps, SingleThreadResume,
    SingleThreadResumeOps, SingleThreadSingleStep, SingleThreadSingleStepOps,
};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps,
    SwBreakpoint, SwBreakpointOps, WatchKind,
};
use gdbstub::target::ext::monitor_cmd::{ConsoleOutput, MonitorCmd, MonitorCmdOps, output};
use gdbstub::target::ext::target_description_xml_override::{
    TargetDescriptionXmlOverride, TargetDescriptionXmlOverrideOps,
};
use gdbstub::target::{Target, TargetError, TargetResult};
use std::convert::Infallible;
use zktr_emu::debug::{Debugger, Halt, Resume};
use zktr_emu::memory::Watchpoint;
use zktr_isa::model::FLEN;

/// Linux's error numbers, which GDB shows in words.
const NO_ENTRY: u8 = 2;
const BAD_ADDRESS: u8 = 14;
const INVALID: u8 = 22;

/// A debugger and what GDB has asked of it.
pub(super) struct Program {
    pub(super) debugger: Debugger,
    /// How it is to go on, and with which signal.
    pub(super) request: (Resume, Option<Signal>),
    /// Why it has stopped.
    pub(super) halt: Option<Halt>,
    description: String,
}

impl Program {
    pub(super) fn new(debugger: Debugger) -> Self {
        let machine = debugger.machine();
        Self {
            description: description::target_description(machine.spec(), machine.xlen()),
            debugger,
            request: (Resume::Continue, None),
            halt: None,
        }
    }

    /// Bytes of an integer register.
    fn width(&self) -> usize {
        usize::from(self.debugger.machine().xlen() / 8)
    }

    fn width_of(&self, register: Register) -> usize {
        match register {
            Register::F(_) => usize::from(FLEN / 8),
            Register::X(_) | Register::Pc | Register::Csr(_) => self.width(),
        }
    }

    fn register(&self, register: Register) -> Option<u64> {
        let machine = self.debugger.machine();
        match register {
            Register::X(number) => machine.x().get(usize::from(number)).copied(),
            Register::Pc => Some(machine.pc()),
            Register::F(number) => machine.f().get(usize::from(number)).copied(),
            Register::Csr(number) => machine.csr(number),
        }
    }

    /// True if the register could be set.
    fn set_register(&mut self, register: Register, value: u64) -> bool {
        let machine = self.debugger.edit();
        match register {
            Register::X(number) => machine.set_x(number, value),
            Register::Pc => machine.set_pc(value),
            Register::F(number) => machine.set_f(number, value),
            Register::Csr(number) => return machine.set_csr(number, value),
        }
        true
    }
}

fn word(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().take(8).rev();
    bytes.fold(0, |value, byte| value << 8 | u64::from(*byte))
}

impl Target for Program {
    type Arch = RiscV;
    type Error = Infallible;

    fn base_ops(&mut self) -> BaseOps<'_, RiscV, Infallible> {
        BaseOps::SingleThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }

    fn support_target_description_xml_override(
        &mut self,
    ) -> Option<TargetDescriptionXmlOverrideOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadBase for Program {
    fn read_registers(&mut self, registers: &mut arch::Bytes) -> TargetResult<(), Self> {
        let width = self.width();
        registers.0.clear();
        for number in 0..=PC {
            let value = Register::from_number(number).and_then(|register| self.register(register));
            let bytes = value.unwrap_or(0).to_le_bytes();
            registers.0.extend_from_slice(&bytes[..width]);
        }
        Ok(())
    }

    fn write_registers(&mut self, registers: &arch::Bytes) -> TargetResult<(), Self> {
        let width = self.width();
        if registers.0.len() != width * (PC + 1) {
            return Err(TargetError::Errno(INVALID));
        }
        for (number, bytes) in registers.0.chunks_exact(width).enumerate() {
            if let Some(register) = Register::from_number(number) {
                self.set_register(register, word(bytes));
            }
        }
        Ok(())
    }

    fn support_single_register_access(&mut self) -> Option<SingleRegisterAccessOps<'_, (), Self>> {
        Some(self)
    }

    fn read_addrs(&mut self, start: u64, data: &mut [u8]) -> TargetResult<usize, Self> {
        // The caller adds up addresses: none of them may wrap.
        if start.checked_add(data.len() as u64).is_none() {
            return Err(TargetError::Errno(BAD_ADDRESS));
        }
        match self.debugger.machine().memory().inspect(start, data) {
            0 if !data.is_empty() => Err(TargetError::Errno(BAD_ADDRESS)),
            read => Ok(read),
        }
    }

    fn write_addrs(&mut self, start: u64, data: &[u8]) -> TargetResult<(), Self> {
        let memory = self.debugger.edit().memory_mut();
        memory
            .initialize(start, data)
            .map_err(|_| TargetError::Errno(BAD_ADDRESS))
    }

    fn support_resume(&mut self) -> Option<SingleThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl SingleRegisterAccess<()> for Program {
    fn read_register(
        &mut self,
        (): (),
        register: Register,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        let value = self
            .register(register)
            .ok_or(TargetError::Errno(NO_ENTRY))?
            .to_le_bytes();
        let width = self.width_of(register);
        let to = buffer.get_mut(..width).ok_or(TargetError::NonFatal)?;
        to.copy_from_slice(&value[..width]);
        Ok(width)
    }

    fn write_register(
        &mut self,
        (): (),
        register: Register,
        value: &[u8],
    ) -> TargetResult<(), Self> {
        if value.len() == self.width_of(register) && self.set_register(register, word(value)) {
            Ok(())
        } else {
            Err(TargetError::Errno(INVALID))
        }
    }
}

impl SingleThreadResume for Program {
    fn resume(&mut self, signal: Option<Signal>) -> Result<(), Infallible> {
        self.request = (Resume::Continue, signal);
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<SingleThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_range_step(&mut self) -> Option<SingleThreadRangeSteppingOps<'_, Self>> {
        Some(self)
    }

    fn support_reverse_step(&mut self) -> Option<ReverseStepOps<'_, (), Self>> {
        Some(self)
    }

    fn support_reverse_cont(&mut self) -> Option<ReverseContOps<'_, (), Self>> {
        Some(self)
    }
}

impl SingleThreadSingleStep for Program {
    fn step(&mut self, signal: Option<Signal>) -> Result<(), Infallible> {
        self.request = (Resume::Step, signal);
        Ok(())
    }
}

impl SingleThreadRangeStepping for Program {
    fn resume_range_step(&mut self, start: u64, end: u64) -> Result<(), Infallible> {
        self.request = (Resume::Range { start, end }, None);
        Ok(())
    }
}

impl ReverseCont<()> for Program {
    fn reverse_cont(&mut self) -> Result<(), Infallible> {
        self.request = (Resume::ContinueBack, None);
        Ok(())
    }
}

impl ReverseStep<()> for Program {
    fn reverse_step(&mut self, (): ()) -> Result<(), Infallible> {
        self.request = (Resume::StepBack, None);
        Ok(())
    }
}

impl Breakpoints for Program {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Program {
    fn add_sw_breakpoint(&mut self, addr: u64, _: usize) -> TargetResult<bool, Self> {
        Ok(self.debugger.add_breakpoint(addr))
    }

    fn remove_sw_breakpoint(&mut self, addr: u64, _: usize) -> TargetResult<bool, Self> {
        Ok(self.debugger.remove_breakpoint(addr))
    }
}

impl HwBreakpoint for Program {
    fn add_hw_breakpoint(&mut self, addr: u64, _: usize) -> TargetResult<bool, Self> {
        Ok(self.debugger.add_breakpoint(addr))
    }

    fn remove_hw_breakpoint(&mut self, addr: u64, _: usize) -> TargetResult<bool, Self> {
        Ok(self.debugger.remove_breakpoint(addr))
    }
}

impl HwWatchpoint for Program {
    fn add_hw_watchpoint(
        &mut self,
        addr: u64,
        len: u64,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        Ok(self.debugger.add_watchpoint(watchpoint(addr, len, kind)))
    }

    fn remove_hw_watchpoint(
        &mut self,
        addr: u64,
        len: u64,
        kind: WatchKind,
    ) -> TargetResult<bool, Self> {
        Ok(self
            .debugger
            .remove_watchpoint(&watchpoint(addr, len, kind)))
    }
}

fn watchpoint(addr: u64, len: u64, kind: WatchKind) -> Watchpoint {
    Watchpoint {
        addr,
        len,
        read: kind != WatchKind::Write,
        write: kind != WatchKind::Read,
    }
}

impl MonitorCmd for Program {
    fn handle_monitor_cmd(
        &mut self,
        command: &[u8],
        mut out: ConsoleOutput<'_>,
    ) -> Result<(), Infallible> {
        let text = monitor::execute(self, &String::from_utf8_lossy(command));
        output!(out, "{text}");
        Ok(())
    }
}

impl TargetDescriptionXmlOverride for Program {
    fn target_description_xml(
        &self,
        annex: &[u8],
        offset: u64,
        length: usize,
        buffer: &mut [u8],
    ) -> TargetResult<usize, Self> {
        if annex != b"target.xml" {
            return Err(TargetError::NonFatal);
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self
            .description
            .as_bytes()
            .get(offset..)
            .unwrap_or_default();
        let here = rest.len().min(length).min(buffer.len());
        buffer[..here].copy_from_slice(&rest[..here]);
        Ok(here)
    }
}
