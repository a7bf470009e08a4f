//! What environment calls have to do: the check of a run's public calls.
//!
//! Tables prove that a call has had these arguments, has read and written these words and has left this result. Whether that is
//! what the environment does with these arguments is checked here, by the emulator's environment itself: each call is made
//! once more, on a machine whose memory has the words that the call is said to have read, and everything that it changes is compared.

use crate::Error;
use crate::statement::{CallClaim, Claim, ExchangeClaim, Program, State, is_call};
use zktr_emu::host::{Machine, Stop};
use zktr_isa::Spec;

/// How a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// By a call, with this code.
    Exit(u32),
    /// A function has returned this.
    Returned(u32),
}

/// A run's environment while its segments are checked, one after the other.
#[derive(Debug)]
pub struct Replay<'a> {
    machine: &'a mut Machine,
    registers: Registers,
}

/// Registers of calls.
#[derive(Debug, Clone, Copy)]
struct Registers {
    a0: u8,
    a1: u8,
    a2: u8,
    a7: u8,
    t0: u8,
}

impl<'a> Replay<'a> {
    /// With the loaded program, which has its input.
    ///
    /// # Errors
    /// The spec does not name the registers of the calling convention.
    pub fn new(spec: &Spec, machine: &'a mut Machine) -> Result<Self, Error> {
        let number = |name: &str| {
            let none = || Error::Unsupported(format!("the spec has no register `{name}`"));
            spec.register(name).ok_or_else(none)
        };
        let registers = Registers {
            a0: number("a0")?,
            a1: number("a1")?,
            a2: number("a2")?,
            a7: number("a7")?,
            t0: number("t0")?,
        };
        Ok(Self { machine, registers })
    }

    /// The machine: what has been written, said in public and read so far is there.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        self.machine
    }

    /// Makes the calls of a segment.
    ///
    /// # Errors
    /// One of them does something else than the claim says.
    pub fn segment(&mut self, claim: &Claim) -> Result<(), Error> {
        let mut exchanges = &claim.exchanges[..];
        for call in &claim.calls {
            let mine = exchanges.partition_point(|exchange| exchange.clock <= call.clock);
            let (now, later) = exchanges.split_at(mine);
            exchanges = later;
            if now.iter().any(|exchange| exchange.clock != call.clock) {
                return Err(Error::claim("it has an exchange at a time without a call"));
            }
            self.call(call, now)?;
        }
        match exchanges {
            [] => Ok(()),
            _ => Err(Error::claim("it has an exchange after the last call")),
        }
    }

    fn set(&mut self, number: u32, args: [u32; 3], t0: u32) {
        let Registers {
            a0,
            a1,
            a2,
            a7,
            t0: at,
        } = self.registers;
        let values = [
            (a7, number),
            (a0, args[0]),
            (a1, args[1]),
            (a2, args[2]),
            (at, t0),
        ];
        for (register, value) in values {
            self.machine.set_x(register, u64::from(value));
        }
    }

    fn call(&mut self, call: &CallClaim, exchanges: &[ExchangeClaim]) -> Result<(), Error> {
        let wrong = |what: &str| {
            Err(Error::claim(format!(
                "the call at time {}: {what}",
                call.clock
            )))
        };
        self.set(call.number, call.args, call.t0);
        for exchange in exchanges {
            let start = u64::from(exchange.addr) * 4;
            for (addr, byte) in (start..).zip(exchange.before.to_le_bytes()) {
                if self.machine.memory_mut().initialize(addr, &[byte]).is_err() && byte != 0 {
                    return wrong("there is no memory where it finds something");
                }
            }
        }
        if let Err(stop) = self.machine.replay_call() {
            return wrong(&format!("it does not return: {stop}"));
        }
        let register = |number: u8| self.machine.x()[usize::from(number)] as u32;
        let Registers { a0, t0, .. } = self.registers;
        if (register(a0), register(t0)) != (call.result, call.result_t0) {
            return wrong("the environment gives another result");
        }
        let mut touched: Vec<u32> = Vec::new();
        for transfer in self.machine.transfers() {
            let Some(last) = (transfer.before.len() as u64).checked_sub(1) else {
                continue;
            };
            let words = transfer.addr >> 2..=transfer.addr.wrapping_add(last) >> 2;
            touched.extend(words.map(|addr| addr as u32));
        }
        touched.sort_unstable();
        touched.dedup();
        if !touched
            .iter()
            .eq(exchanges.iter().map(|exchange| &exchange.addr))
        {
            return wrong("the environment reads or writes other words");
        }
        if exchanges
            .iter()
            .any(|exchange| word(self.machine, exchange.addr) != exchange.after)
        {
            return wrong("the environment writes something else");
        }
        Ok(())
    }

    /// How a run in this state ends.
    ///
    /// # Errors
    /// It goes on, or cannot.
    pub fn end(&mut self, program: &Program, state: &State) -> Result<Outcome, Error> {
        let spec = &program.spec;
        let Registers { a0, a1, a2, a7, t0 } = self.registers;
        let register = |number| state.register(spec, number);
        self.set(register(a7), [a0, a1, a2].map(register), register(t0));
        let last = program
            .words
            .binary_search_by_key(&state.pc, |word| word.pc);
        let stop = match last {
            Ok(at) if is_call(spec, program.words[at].instruction) => {
                self.machine.replay_call().err().unwrap_or(Stop::OutOfFuel)
            }
            Ok(_) => Stop::OutOfFuel,
            Err(_) => {
                self.machine.set_pc(u64::from(state.pc));
                self.machine.run(1)
            }
        };
        match stop {
            Stop::Exit(code) => Ok(Outcome::Exit(code as u32)),
            Stop::Returned => Ok(Outcome::Returned(register(a0))),
            Stop::OutOfFuel => Err(Error::claim(
                "the run goes on after it: there are segments missing",
            )),
            stop => Err(Error::claim(format!("the run does not end there: {stop}"))),
        }
    }
}

/// The word at a word address; bytes that are not mapped are zero.
fn word(machine: &Machine, addr: u32) -> u32 {
    let byte = |i: u64| machine.memory().peek(u64::from(addr) * 4 + i).unwrap_or(0);
    u32::from_le_bytes([0, 1, 2, 3].map(byte))
}
