//! The RV64 engine: the functions compiled to RV64, with ZK-Tracer instructions, in the emulator.
//!
//! Every case gets a machine of its own: what one case leaves behind, in memory or in caches, no
//! other sees.

use super::case::Case;
use super::memory::Layout;
use super::outcome::{Ending, Event, Outcome, Trap};
use super::program::Program;
use super::trampoline::trampoline;
use crate::contain::contain;
use cranelift_codegen::ir::{ExternalName, UserFuncName};
use cranelift_codegen::isa::CallConv;
use std::sync::Arc;
use zktr_emu::host::{Cause, Machine, Observer, Options, Retire, Stop};
use zktr_emu::loader::{self, Image, Input};
use zktr_emu::memory::{Access, Memory, Permissions};
use zktr_isa::Spec;
use zktr_pass::rv64::{Target, compile_object};

/// The symbol of the trampoline.
const ENTRY: &str = "zktr_diff_entry";
/// Bytes of stack; one case needs a few frames.
const STACK: u64 = 64 << 10;
/// Bytes that a machine may have in all.
const MEMORY: u64 = 64 << 20;

/// A function of a program as RV64 code.
pub struct Rv64 {
    spec: Arc<Spec>,
    image: Image,
    entry: u64,
    results: usize,
    layout: Layout,
    after: Vec<u8>,
}

impl Rv64 {
    /// Compiles a function of a program and all that it can reach, or says why that is not possible.
    pub fn new(
        spec: &Arc<Spec>,
        program: &Program,
        index: usize,
        layout: Layout,
    ) -> Result<Self, String> {
        let function = program.functions().get(index).ok_or("no such function")?;
        let symbol = |index: usize| format!("f{index}");
        let mut functions: Vec<_> = program
            .reachable(index)?
            .into_iter()
            .map(|index| (symbol(index), program.functions()[index].clone()))
            .collect();
        let name = |_: &mut _| ExternalName::testcase(symbol(index));
        let entry = trampoline(
            UserFuncName::testcase(ENTRY),
            CallConv::SystemV,
            name,
            &function.signature,
        );
        functions.push((ENTRY.into(), entry));
        let object = contain(|| compile_object(functions, spec, &Target::default()))?
            .map_err(|error| error.to_string())?;
        let input = Input {
            name: "object",
            bytes: &object,
        };
        let image = loader::load(spec, &[input], MEMORY).map_err(|errors| {
            errors
                .first()
                .map_or_else(String::new, |error| error.message.clone())
        })?;
        let entry = image
            .symbols
            .address(ENTRY)
            .ok_or("the object lacks its entry")?;
        let results = function.signature.returns.len();
        Ok(Self {
            spec: spec.clone(),
            image,
            entry,
            results,
            layout,
            after: Vec::new(),
        })
    }

    /// The arena after the last run.
    pub fn arena(&self) -> &[u8] {
        &self.after
    }

    /// Runs the function on a copy of the case's arena. The offloads that it issues are only recorded if `observe`
    /// is set, which makes it slower.
    pub fn run(&mut self, case: &Case, fuel: u64, observe: bool) -> Outcome {
        let options = Options {
            memory: MEMORY,
            stack: STACK,
            offload: case.options(),
            ..Options::default()
        };
        match Machine::load(self.spec.clone(), &self.image, options) {
            Ok(mut machine) => self.run_on(&mut machine, case, fuel, observe),
            Err(error) => Outcome {
                ending: Ending::Undefined(error.message),
                events: Vec::new(),
                steps: 0,
            },
        }
    }

    fn run_on(&mut self, machine: &mut Machine, case: &Case, fuel: u64, observe: bool) -> Outcome {
        let mut events = Events {
            spec: &self.spec,
            events: Vec::new(),
        };
        let ending = match self.set_up(machine, case) {
            Err(error) => Ending::Undefined(error),
            Ok((arguments, results)) => {
                let operands = [arguments, results];
                let stop = if observe {
                    machine.call_observed(self.entry, &operands, fuel, &mut events)
                } else {
                    machine.call(self.entry, &operands, fuel)
                };
                match stop {
                    Ok(_) => self.results(machine, results),
                    Err(stop) => ending(stop),
                }
            }
        };
        self.after.resize(case.arena.len(), 0);
        if machine
            .memory()
            .read(self.layout.base, &mut self.after)
            .is_err()
        {
            self.after.clear();
        }
        Outcome {
            ending,
            events: events.events,
            steps: machine.retired(),
        }
    }

    /// Maps arena, arguments and results; the addresses of the latter two.
    fn set_up(&self, machine: &mut Machine, case: &Case) -> Result<(u64, u64), String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let mut allocate = |words: usize| {
            machine
                .allocate(8 * words.max(1) as u64)
                .map_err(|error| text(&error))
        };
        let arguments = allocate(case.arguments.len())?;
        let results = allocate(self.results)?;
        let memory = machine.memory_mut();
        let bytes: Vec<u8> = case
            .arguments
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        memory
            .write(arguments, &bytes)
            .map_err(|error| text(&error))?;
        let len = case.arena.len() as u64;
        memory
            .map(self.layout.base, len, Permissions::READ_WRITE)
            .map_err(|error| text(&error))?;
        memory
            .write(self.layout.base, &case.arena)
            .map_err(|error| text(&error))?;
        Ok((arguments, results))
    }

    fn results(&self, machine: &Machine, address: u64) -> Ending {
        let mut bytes = vec![0; 8 * self.results];
        match machine.memory().read(address, &mut bytes) {
            Ok(()) => {
                let words = bytes
                    .chunks_exact(8)
                    .map(|word| word.iter().rev().fold(0, |w, &b| w << 8 | u64::from(b)));
                Ending::Returned(words.collect())
            }
            Err(fault) => Ending::Undefined(fault.to_string()),
        }
    }
}

/// What CLIF's trap instructions become in machine code: the word zero, which is illegal by definition.
const TRAP_WORD: u32 = 0;

fn ending(stop: Stop) -> Ending {
    let trap = match stop {
        Stop::OutOfFuel => return Ending::OutOfFuel,
        Stop::Trap(trap) => trap,
        other => return Ending::Undefined(other.to_string()),
    };
    match trap.cause {
        Cause::Fault(fault) if fault.access != Access::Execute => Ending::Trapped(Trap::Memory),
        Cause::IllegalInstruction
        | Cause::UnknownInstruction {
            word: TRAP_WORD, ..
        } => Ending::Trapped(Trap::Code(String::new())),
        _ => Ending::Undefined(trap.to_string()),
    }
}

/// Records offloads with their statuses.
struct Events<'s> {
    spec: &'s Spec,
    events: Vec<Event>,
}

impl Observer for Events<'_> {
    fn retire(&mut self, event: &Retire<'_>) {
        let Some(instruction) = self
            .spec
            .instructions
            .get(event.instruction)
            .filter(|i| i.is_bulk())
        else {
            return;
        };
        let operand = instruction
            .status_operand()
            .and_then(|operand| event.values.get(operand.0 as usize));
        let register = operand.and_then(|&register| usize::try_from(register).ok());
        let status = register
            .and_then(|register| event.x.get(register))
            .copied()
            .unwrap_or_default();
        self.events.push((event.instruction, status));
    }
}
