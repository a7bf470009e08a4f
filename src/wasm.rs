//! WebAssembly modules as CLIF: each function as wasmtime's translator hands it to Cranelift.
//!
//! `Config::emit_clif` shows a function only after Cranelift has rewritten it: even with the optimiser off, unreachable code,
//! constant block parameters and aliases are gone by then. What a pass in front of the compiler meets is what
//! `Context::optimize` logs when it starts, so a logger collects that. Code is generated for riscv64, and thrown away.

use crate::contain::contain;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Once;
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};
use wasmtime::{Config, Engine, OptLevel};

/// What a module begins with.
pub const MAGIC: &[u8] = b"\0asm";

/// RV64GCV: the C extension is `zca` and `zcd` to Cranelift; G is its baseline. Modules with vectors need V.
const TARGET: &str = "riscv64gc-unknown-linux-gnu";
const ISA_FEATURES: [&str; 3] = ["has_zca", "has_zcd", "has_v"];

/// A function of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// What it is called: `export sum` or `internal helper`, if the module says so.
    pub title: Option<String>,
    /// The CLIF.
    pub text: String,
}

/// Why a module is not translated, in wasmtime's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslateError(String);

impl fmt::Display for TranslateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wasmtime does not translate this module: {}", self.0)
    }
}

impl std::error::Error for TranslateError {}

/// The functions that a module defines, in its order.
pub fn translate(module: &[u8]) -> Result<Vec<Translated>, TranslateError> {
    let fail = |error: &dyn fmt::Display| TranslateError(error.to_string());
    let (imported, mut titles) = titles(module).map_err(|error| fail(&error))?;
    static LOGGER: Once = Once::new();
    LOGGER.call_once(|| {
        // Another logger of the process would be no reason to go on without this one.
        if log::set_logger(&Capture).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
    });
    let mut config = Config::new();
    config.target(TARGET).map_err(|error| fail(&error))?;
    config.cranelift_opt_level(OptLevel::None);
    for feature in ISA_FEATURES {
        // SAFETY: the code is never run.
        unsafe { config.cranelift_flag_enable(feature) };
    }
    let engine = Engine::new(&config).map_err(|error| fail(&error))?;
    FUNCTIONS.with(|functions| *functions.borrow_mut() = Some(BTreeMap::new()));
    let compiled = contain(|| engine.precompile_module(module));
    let found = FUNCTIONS.with(|functions| functions.borrow_mut().take());
    compiled
        .map_err(|panic| fail(&panic))?
        .map_err(|error| fail(&format_args!("{error:#}")))?;
    let found = found.unwrap_or_default();
    Ok(found
        .into_iter()
        .map(|(index, text)| Translated {
            // CLIF numbers the functions that a module defines, wasm the imported ones as well.
            title: titles.remove(&(index + imported)),
            text,
        })
        .collect())
}

/// How many functions are imported, and a comment for each function that has a name: what it is called, and whether it is
/// an export or an internal helper.
fn titles(module: &[u8]) -> Result<(u32, HashMap<u32, String>), wasmparser::BinaryReaderError> {
    let mut titles = HashMap::new();
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let is_function =
                        matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                    imported += u32::from(is_function);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        titles.insert(export.index, title("export", export.name));
                    }
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else {
                    continue;
                };
                // Names are a courtesy: the module is right without them.
                for subsection in subsections.into_iter().map_while(Result::ok) {
                    let Name::Function(names) = subsection else {
                        continue;
                    };
                    for naming in names.into_iter().map_while(Result::ok) {
                        titles
                            .entry(naming.index)
                            .or_insert_with(|| title("internal", naming.name));
                    }
                }
            }
            _ => {}
        }
    }
    Ok((imported, titles))
}

/// A comment of one line.
fn title(kind: &str, name: &str) -> String {
    let shown = |c: char| if c.is_control() { '?' } else { c };
    format!("{kind} {}", name.chars().map(shown).collect::<String>())
}

thread_local! {
    /// The functions of the module that this thread translates, by index.
    static FUNCTIONS: RefCell<Option<BTreeMap<u32, String>>> = const { RefCell::new(None) };
}

/// Keeps the functions that `Context::optimize` logs while a module is translated. wasmtime compiles in the thread that asks
/// for it: its feature `parallel-compilation` is off.
struct Capture;

impl log::Log for Capture {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() == log::Level::Trace
            && metadata.target() == "cranelift_codegen::context"
            && FUNCTIONS.with(|functions| functions.borrow().is_some())
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let message = record.args().to_string();
        let Some((_, text)) = message
            .split_once('\n')
            .filter(|(heading, _)| heading.starts_with("Optimizing (opt level"))
        else {
            return;
        };
        // Namespace 0 is the module's own functions; the rest are wasmtime's trampolines.
        let index = text
            .strip_prefix("function u0:")
            .and_then(|rest| rest.split('(').next()?.parse().ok());
        if let Some(index) = index {
            FUNCTIONS.with(|functions| {
                if let Some(functions) = functions.borrow_mut().as_mut() {
                    functions.insert(index, text.to_owned());
                }
            });
        }
    }

    fn flush(&self) {}
}
