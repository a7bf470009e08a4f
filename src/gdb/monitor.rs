//! `monitor` commands: what GDB does not know of.

use super::target::Program;
use std::fmt::Write;
use zktr_emu::debug::{describe, describe_offload};
use zktr_emu::host::Machine;
use zktr_isa::Spec;
use zktr_isa::model::Csr;
use zktr_isa::names;

struct Command {
    name: &'static str,
    arguments: &'static str,
    doc: &'static str,
    run: fn(&mut Program, &[&str]) -> Result<String, String>,
}

const COMMANDS: [Command; 8] = [
    Command {
        name: "help",
        arguments: "",
        doc: "these commands; each can be shortened",
        run: help,
    },
    Command {
        name: "csr",
        arguments: "[NAME]",
        doc: "a CSR with its fields; the extension's and all that are not zero",
        run: csr,
    },
    Command {
        name: "offloads",
        arguments: "[N]",
        doc: "the last N instructions of the accelerator: descriptor, status",
        run: offloads,
    },
    Command {
        name: "descriptor",
        arguments: "ADDRESS KIND",
        doc: "memory at an address (a number, register or symbol) as a descriptor",
        run: descriptor,
    },
    Command {
        name: "break-on-refusal",
        arguments: "on|off",
        doc: "stop behind an instruction of the accelerator that was refused",
        run: break_on_refusal,
    },
    Command {
        name: "stats",
        arguments: "",
        doc: "how often each instruction has been executed",
        run: stats,
    },
    Command {
        name: "regions",
        arguments: "",
        doc: "the memory that there is",
        run: regions,
    },
    Command {
        name: "fuel",
        arguments: "[N]",
        doc: "instructions that may still be executed; N adds to them",
        run: fuel,
    },
];

/// Executes a command. The result is what the user sees.
pub(super) fn execute(program: &mut Program, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (name, arguments) = words.split_first().unwrap_or((&"help", &[]));
    let exact = COMMANDS.iter().find(|command| command.name == *name);
    let mut short = COMMANDS
        .iter()
        .filter(|command| command.name.starts_with(name));
    let found = exact.or_else(|| short.next().filter(|_| short.next().is_none()));
    let result = match found {
        Some(command) => (command.run)(program, arguments),
        None => Err(unknown(
            "command",
            name,
            COMMANDS.iter().map(|command| command.name),
        )),
    };
    result.unwrap_or_else(|error| format!("error: {error}\n"))
}

fn unknown<'a>(what: &str, name: &str, names: impl Iterator<Item = &'a str>) -> String {
    match names::nearest(name, names) {
        Some(nearest) => format!("no {what} `{name}`; did you mean `{nearest}`?"),
        None => format!("no {what} `{name}`"),
    }
}

fn help(_: &mut Program, _: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    for command in &COMMANDS {
        let usage = format!("{} {}", command.name, command.arguments);
        // Writing to a string does not fail.
        let _ = writeln!(text, "monitor {usage:<24} {}", command.doc);
    }
    Ok(text)
}

fn csr(program: &mut Program, arguments: &[&str]) -> Result<String, String> {
    let machine = program.debugger.machine();
    let spec = machine.spec();
    let mut text = String::new();
    match arguments {
        [] => {
            for csr in &spec.csrs {
                let value = machine.csr(csr.number).unwrap_or(0);
                if value != 0 || !csr.extension.is_empty() {
                    one_csr(&mut text, csr, value);
                }
            }
        }
        [name] => {
            let found = spec
                .csrs
                .iter()
                .find(|csr| csr.name == *name || super::description::csr_name(csr) == *name)
                .or_else(|| {
                    let number = integer(name).and_then(|n| u16::try_from(n).ok())?;
                    spec.csr_by_number(number)
                });
            let all = || spec.csrs.iter().map(|csr| csr.name.as_str());
            let csr = found.ok_or_else(|| unknown("CSR", name, all()))?;
            one_csr(&mut text, csr, machine.csr(csr.number).unwrap_or(0));
            let _ = writeln!(text, "  {}", csr.doc);
        }
        _ => return Err("usage: monitor csr [NAME]".to_owned()),
    }
    Ok(text)
}

fn one_csr(text: &mut String, csr: &Csr, value: u64) {
    let _ = write!(text, "{:<16} 0x{:03x}  {value:#x}", csr.name, csr.number);
    for (name, high, low, _) in &csr.fields {
        let bits = u64::MAX >> (63 - high.saturating_sub(*low).min(63));
        let field = value.checked_shr(u32::from(*low)).unwrap_or(0) & bits;
        let _ = write!(text, "  {name}={field}");
    }
    text.push('\n');
}

fn offloads(program: &mut Program, arguments: &[&str]) -> Result<String, String> {
    let count = match arguments {
        [] => 1,
        [count] => integer(count).ok_or_else(|| format!("`{count}` is no number"))?,
        _ => return Err("usage: monitor offloads [N]".to_owned()),
    };
    let spec = program.debugger.machine().spec();
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut last: Vec<String> = program
        .debugger
        .offloads()
        .rev()
        .take(count)
        .map(|offload| describe_offload(spec, offload))
        .collect();
    if last.is_empty() {
        return Ok("no instruction of the accelerator has been executed yet\n".to_owned());
    }
    last.reverse();
    Ok(last.concat())
}

fn descriptor(program: &mut Program, arguments: &[&str]) -> Result<String, String> {
    let machine = program.debugger.machine();
    let spec = machine.spec();
    let [place, kind] = arguments else {
        let kinds: Vec<&str> = spec.descriptors.iter().map(|d| d.name.as_str()).collect();
        return Err(format!(
            "usage: monitor descriptor ADDRESS KIND; kinds are {}",
            kinds.join(", ")
        ));
    };
    let all = || spec.descriptors.iter().map(|d| d.name.as_str());
    let descriptor = spec
        .descriptor(kind)
        .ok_or_else(|| unknown("descriptor", kind, all()))?;
    let addr = address(spec, machine, place)
        .ok_or_else(|| format!("`{place}` is no number, register or symbol"))?;
    let mut bytes = vec![0; descriptor.size as usize];
    let read = machine.memory().inspect(addr, &mut bytes);
    bytes.truncate(read);
    Ok(describe(spec, descriptor, addr, &bytes, None))
}

/// A number, the content of a register, or the address of a symbol.
fn address(spec: &Spec, machine: &Machine, text: &str) -> Option<u64> {
    let register = spec.register(text.trim_start_matches('$'));
    let content = register.and_then(|number| machine.x().get(usize::from(number)).copied());
    integer(text)
        .or(content)
        .or_else(|| machine.symbols().address(text))
}

fn break_on_refusal(program: &mut Program, arguments: &[&str]) -> Result<String, String> {
    match arguments {
        [] => {}
        ["on"] => program.debugger.set_break_on_refusal(true),
        ["off"] => program.debugger.set_break_on_refusal(false),
        _ => return Err("usage: monitor break-on-refusal on|off".to_owned()),
    }
    let on = program.debugger.break_on_refusal();
    Ok(format!(
        "break-on-refusal is {}\n",
        if on { "on" } else { "off" }
    ))
}

fn stats(program: &mut Program, _: &[&str]) -> Result<String, String> {
    let mix = program
        .debugger
        .mix()
        .ok_or("the run is too long, or its memory too large, to be counted again")?;
    Ok(mix.table(program.debugger.machine().spec()))
}

fn regions(program: &mut Program, _: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    for (start, len, permissions) in program.debugger.machine().memory().regions() {
        let letter = |allowed, letter| if allowed { letter } else { '-' };
        let last = start + (len - 1);
        let _ = writeln!(
            text,
            "{start:#018x} to {last:#018x} {}{}{}",
            letter(permissions.read, 'r'),
            letter(permissions.write, 'w'),
            letter(permissions.execute, 'x')
        );
    }
    Ok(text)
}

fn fuel(program: &mut Program, arguments: &[&str]) -> Result<String, String> {
    match arguments {
        [] => {}
        [more] => {
            let more = integer(more).ok_or_else(|| format!("`{more}` is no number"))?;
            program.debugger.add_fuel(more);
        }
        _ => return Err("usage: monitor fuel [N]".to_owned()),
    }
    Ok(format!(
        "{} instructions may still be executed\n",
        program.debugger.fuel()
    ))
}

fn integer(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match digits {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
