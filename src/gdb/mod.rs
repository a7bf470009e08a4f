//! A server of GDB's remote protocol, for the machine of the emulator.
//!
//! The protocol itself is the gdbstub crate's; [`zktr_emu::debug`] is what it drives. What is here belongs to neither:
//! the connection, what the registers are called, and which signal GDB sees for which stop.
//!
//! The other side is not trusted: packets are bounded, what is malformed ends the session with an error, and
//! a client that goes away while the program runs stops it.

mod arch;
mod description;
mod monitor;
mod target;
mod transport;

#[cfg(test)]
mod tests;

pub use transport::{Endpoint, Link};

use gdbstub::common::Signal;
use gdbstub::stub::state_machine::GdbStubStateMachine as State;
use gdbstub::stub::{DisconnectReason, GdbStubBuilder, GdbStubError, SingleThreadStopReason};
use gdbstub::target::ext::base::reverse_exec::ReplayLogPosition;
use gdbstub::target::ext::breakpoints::WatchKind;
use std::convert::Infallible;
use target::Program;
use zktr_emu::debug::{Debugger, Halt, Resume, describe_offload};
use zktr_emu::host::{Cause, Machine, Stop, Trap};
use zktr_emu::memory::Watchpoint;

/// Bytes of the longest packet.
const PACKET: usize = 1 << 14;

/// How a session has ended.
#[derive(Debug)]
pub enum Ending {
    /// The program has ended, or GDB has had it terminated by the signal of its trap.
    Stopped(Stop),
    /// GDB has let go of the program, which goes on by itself.
    Detached,
    /// GDB has killed the program.
    Killed,
    /// The connection broke down, with the reason.
    Lost(String),
}

/// Serves GDB until it or the program ends. The machine is in the state in which that left it.
pub fn serve(link: Link, debugger: Debugger) -> (Debugger, Ending) {
    let mut program = Program::new(debugger);
    let ending = match session(link, &mut program) {
        Ok(ending) => ending,
        Err(reason) => Ending::Lost(reason),
    };
    (program.debugger, ending)
}

fn session(link: Link, program: &mut Program) -> Result<Ending, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    // A borrowed buffer: one of its own would grow with the packet.
    let mut buffer = vec![0; PACKET];
    let stub = GdbStubBuilder::new(link)
        .with_packet_buffer(&mut buffer)
        .build()
        .map_err(|error| text(&error))?;
    let mut state = stub
        .run_state_machine(program)
        .map_err(|error| text(&error))?;
    // What the program has written and the user has seen.
    let mut shown = program.debugger.machine().output().len();
    loop {
        state = match state {
            State::Idle(mut inner) => match inner.borrow_conn().next() {
                Some(byte) => inner.incoming_data(program, byte).map_err(|e| text(&e))?,
                None => return Err("the connection was closed".to_owned()),
            },
            State::Running(mut inner) => {
                let link = inner.borrow_conn();
                let (reason, note) = go_on(program, link, &mut shown).map_err(|e| text(&e))?;
                match reason {
                    Some(reason) => {
                        link.console(note.as_bytes()).map_err(|e| text(&e))?;
                        inner.report_stop(program, reason).map_err(|e| text(&e))?
                    }
                    None if link.is_over() => return Err("the connection was closed".to_owned()),
                    None => listen(State::Running(inner), program).map_err(|e| text(&e))?,
                }
            }
            State::CtrlCInterrupt(inner) => {
                let reason = Some(SingleThreadStopReason::Signal(Signal::SIGINT));
                inner
                    .interrupt_handled(program, reason)
                    .map_err(|e| text(&e))?
            }
            State::Disconnected(inner) => {
                return Ok(match (inner.get_reason(), program.halt.take()) {
                    (
                        DisconnectReason::TargetExited(_) | DisconnectReason::TargetTerminated(_),
                        Some(Halt::Ended(stop)),
                    ) => Ending::Stopped(stop),
                    (DisconnectReason::Disconnect, _) => Ending::Detached,
                    _ => Ending::Killed,
                });
            }
        };
    }
}

type Session<'a> = State<'a, Program, Link>;
type Error = GdbStubError<Infallible, std::io::Error>;
type Reason = SingleThreadStopReason<u64>;

/// Takes what has arrived while the program was running, until that says that it should no longer.
fn listen<'a>(mut state: Session<'a>, program: &mut Program) -> Result<Session<'a>, Error> {
    while let State::Running(mut inner) = state {
        match inner.borrow_conn().next_pending() {
            Some(byte) => state = inner.incoming_data(program, byte)?,
            None => return Ok(State::Running(inner)),
        }
    }
    Ok(state)
}

/// Lets the program run as GDB has asked. The result is why it has stopped, with a note for the user; or nothing, if
/// something has arrived meanwhile.
fn go_on(
    program: &mut Program,
    link: &mut Link,
    shown: &mut usize,
) -> std::io::Result<(Option<Reason>, String)> {
    let (how, signal) = program.request;
    // A program without a handler does not survive the signal of its own trap, unless it was led away from there.
    if let (Some(signal), Some(Halt::Ended(Stop::Trap(trap)))) = (signal, &program.halt)
        && trap.pc == program.debugger.machine().pc()
    {
        return Ok((Some(Reason::Terminated(signal)), String::new()));
    }
    // GDB takes the watchpoints of RISC-V to stop in front of the access, and steps over it by itself. Here it has been
    // made, since nobody knows beforehand what a unit is going to access: nothing is left of that step.
    let over = matches!(how, Resume::Step | Resume::StepBack);
    if over && matches!(program.halt, Some(Halt::Watch(_))) {
        program.halt = Some(Halt::Stepped);
        return Ok((Some(Reason::DoneStep), String::new()));
    }
    let mut show = |machine: &Machine, link: &mut Link| {
        // On the way back output disappears.
        *shown = (*shown).min(machine.output().len());
        let new = &machine.output()[*shown..];
        *shown += new.len();
        link.console(new)
    };
    let mut written = Ok(());
    let halt = program.debugger.resume(how, &mut |machine| {
        written = show(machine, link);
        written.is_err() || link.has_news()
    });
    written?;
    show(program.debugger.machine(), link)?;
    let note = note(program, &halt);
    let reason = reason(&halt);
    program.halt = Some(halt);
    Ok((reason, note))
}

/// Why it has stopped, in GDB's terms.
fn reason(halt: &Halt) -> Option<Reason> {
    Some(match halt {
        Halt::Stepped => Reason::DoneStep,
        Halt::Breakpoint => Reason::SwBreak(()),
        Halt::Watch(hit) => Reason::Watch {
            tid: (),
            kind: kind(&hit.watchpoint),
            addr: hit.addr,
        },
        // Not SIGTRAP, which is no news where GDB has made a step of its own.
        Halt::Refused => Reason::Signal(Signal::SIGUSR1),
        Halt::OutOfFuel => Reason::Signal(Signal::SIGXCPU),
        Halt::Interrupted => return None,
        Halt::Beginning => Reason::ReplayLog {
            tid: None,
            pos: ReplayLogPosition::Begin,
        },
        // As a shell does: the low eight bits.
        Halt::Ended(Stop::Exit(code)) => Reason::Exited((code & 0xff) as u8),
        Halt::Ended(Stop::Returned) => Reason::Exited(0),
        Halt::Ended(Stop::Trap(trap)) => Reason::Signal(signal(trap)),
        Halt::Ended(Stop::OutOfFuel | Stop::Halted) => Reason::Signal(Signal::SIGTRAP),
    })
}

fn kind(point: &Watchpoint) -> WatchKind {
    match (point.read, point.write) {
        (true, true) => WatchKind::ReadWrite,
        (true, false) => WatchKind::Read,
        (false, _) => WatchKind::Write,
    }
}

/// What a kernel would send to a program that does this.
fn signal(trap: &Trap) -> Signal {
    match trap.cause {
        Cause::UnknownInstruction { .. }
        | Cause::IllegalInstruction
        | Cause::Csr(_)
        | Cause::Unsupported(_) => Signal::SIGILL,
        Cause::Fault(_) => Signal::SIGSEGV,
        Cause::MisalignedFetch => Signal::SIGBUS,
        Cause::Breakpoint => Signal::SIGTRAP,
        Cause::UnknownCall(_) | Cause::Call(_) => Signal::SIGSYS,
        Cause::OutputLimit(_) => Signal::SIGXFSZ,
    }
}

/// What GDB has no words for.
fn note(program: &Program, halt: &Halt) -> String {
    let machine = program.debugger.machine();
    match halt {
        Halt::Ended(Stop::Trap(trap)) => format!("{trap}\n"),
        Halt::Ended(Stop::Returned) => format!("returned {:#x}\n", machine.result()),
        Halt::OutOfFuel => "out of fuel; `monitor fuel N` adds more\n".to_owned(),
        Halt::Refused => {
            let last = program.debugger.offloads().next_back();
            last.map_or_else(String::new, |last| describe_offload(machine.spec(), last))
        }
        _ => String::new(),
    }
}
