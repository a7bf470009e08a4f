//! Translates a wasm module to CLIF text with wasmtime's own translator.
//!
//! `corpus-translator [--bounds-checks] IN.wasm OUT`
//!
//! writes `OUT.clif`, the functions as translated, and `OUT.opt.clif`, the same after
//! `Context::optimize` at `opt_level=speed`, both for riscv64. What it writes it has read back
//! with cranelift-reader and verified, and every call in a file resolves within the file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::sync::Mutex;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExternalName, Function, UserExternalName, UserFuncName};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::Context;
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload};
use wasmtime::{Config, Engine, OptLevel};

/// RV64GC: the C extension is `zca` and `zcd` to Cranelift; G is its baseline.
const TARGET: &str = "riscv64gc-unknown-linux-gnu";
const ISA_FEATURES: [&str; 2] = ["has_zca", "has_zcd"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let bounds_checks = args.first().is_some_and(|arg| arg == "--bounds-checks");
    if bounds_checks {
        args.remove(0);
    }
    let [input, output] = args.as_slice() else {
        return Err("usage: corpus-translator [--bounds-checks] IN.wasm OUT".into());
    };

    let wasm = fs::read(input)?;
    let titles = titles(&wasm)?;
    let translated = translate(&wasm, bounds_checks)?;
    let isa = isa()?;

    let mut before = String::new();
    let mut after = String::new();
    let mut loops = 0;
    for (index, text) in &translated {
        let title = &titles[index];
        let mut context = Context::for_function(parse_one(text)?);
        // Offsets in the wasm module: of no use without it, and half of the text.
        context.func.srclocs.clear();
        writeln!(before, "; {title}\n{}", context.func.display())?;
        context.optimize(&*isa, &mut ControlPlane::default())?;
        context.compute_loop_analysis();
        loops += context.loop_analysis.loops().count();
        writeln!(after, "; {title}\n{}", context.func.display())?;
    }

    for (suffix, text) in [("clif", &before), ("opt.clif", &after)] {
        check(text, &isa).map_err(|error| format!("{output}.{suffix}: {error}"))?;
        fs::write(format!("{output}.{suffix}"), text)?;
    }
    println!("{output}: {} functions, {loops} loops", translated.len());
    Ok(())
}

/// A comment for each function of the module, by function index: what it is called, and whether
/// it is an export or an internal helper.
fn titles(wasm: &[u8]) -> Result<HashMap<u32, String>> {
    let mut titles = HashMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            // CLIF numbers the functions that a module defines, wasm the imported ones as well.
            Payload::ImportSection(_) => return Err("a corpus module has no imports".into()),
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        titles.insert(export.index, format!("export {}", export.name));
                    }
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else {
                    continue;
                };
                for subsection in subsections {
                    let Name::Function(names) = subsection? else {
                        continue;
                    };
                    for naming in names {
                        let naming = naming?;
                        titles
                            .entry(naming.index)
                            .or_insert_with(|| format!("internal {}", naming.name));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(titles)
}

/// The text of each function of the module as wasmtime hands it to Cranelift, by index.
///
/// `Config::emit_clif` shows a function only after `Context::compile` has rewritten it: even with
/// the optimiser off, unreachable code, constant block parameters and aliases are gone by then.
/// What a pass in front of the compiler meets is what `Context::optimize` logs when it starts.
fn translate(wasm: &[u8], bounds_checks: bool) -> Result<BTreeMap<u32, String>> {
    log::set_logger(&CAPTURE).expect("no other logger");
    log::set_max_level(log::LevelFilter::Trace);

    let mut config = Config::new();
    config.target(TARGET)?;
    config.cranelift_opt_level(OptLevel::None);
    for feature in ISA_FEATURES {
        // SAFETY: the code is never run.
        unsafe { config.cranelift_flag_enable(feature) };
    }
    if bounds_checks {
        // No address space to spare: memories are as large as they are, and may move.
        config.memory_reservation(0);
        config.memory_reservation_for_growth(0);
        config.memory_guard_size(0);
        config.memory_may_move(true);
    }
    Engine::new(&config)?.precompile_module(wasm)?;

    log::set_max_level(log::LevelFilter::Off);
    Ok(std::mem::take(&mut *CAPTURE.0.lock().unwrap()))
}

/// Keeps the functions of the module that `Context::optimize` logs.
struct Capture(Mutex<BTreeMap<u32, String>>);

static CAPTURE: Capture = Capture(Mutex::new(BTreeMap::new()));

impl log::Log for Capture {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() == log::Level::Trace && metadata.target() == "cranelift_codegen::context"
    }

    fn log(&self, record: &log::Record) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let message = record.args().to_string();
        if !message.starts_with("Optimizing (opt level") {
            return;
        }
        let (_, text) = message
            .split_once('\n')
            .expect("a heading, then the function");
        // Namespace 0 is the module's own functions; the rest are wasmtime's trampolines.
        let Some(rest) = text.strip_prefix("function u0:") else {
            return;
        };
        let digits = rest
            .split('(')
            .next()
            .expect("split yields at least one part");
        let index = digits.parse().expect("a function index");
        self.0.lock().unwrap().insert(index, text.to_string());
    }

    fn flush(&self) {}
}

fn isa() -> Result<OwnedTargetIsa> {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed")?;
    let mut builder = cranelift_codegen::isa::lookup_by_name(TARGET)?;
    for feature in ISA_FEATURES {
        builder.enable(feature)?;
    }
    Ok(builder.finish(settings::Flags::new(flags))?)
}

fn parse_one(text: &str) -> Result<Function> {
    let mut functions = cranelift_reader::parse_functions(text)?;
    match functions.len() {
        1 => Ok(functions.remove(0)),
        count => Err(format!("one function expected, {count} found").into()),
    }
}

/// A file must parse, verify, and hold every function that it calls.
fn check(text: &str, isa: &OwnedTargetIsa) -> Result<()> {
    let functions = cranelift_reader::parse_functions(text)?;
    let mut defined = BTreeSet::new();
    for function in &functions {
        cranelift_codegen::verify_function(function, &**isa)?;
        if let UserFuncName::User(UserExternalName { namespace, index }) = function.name {
            defined.insert((namespace, index));
        }
    }
    for function in &functions {
        for (_, callee) in function.dfg.ext_funcs.iter() {
            let ExternalName::User(name) = callee.name else {
                return Err(format!("{}: calls {:?}", function.name, callee.name).into());
            };
            let name = &function.params.user_named_funcs()[name];
            if !defined.contains(&(name.namespace, name.index)) {
                return Err(format!("{}: calls {name}, not in the file", function.name).into());
            }
        }
    }
    Ok(())
}
