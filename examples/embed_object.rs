//! Ahead of time: a compiler on Cranelift whose RV64 objects use the accelerator.
//!
//!     cargo run --example embed_object [-- OUTPUT.o]
//!
//! The front end (`support`) builds a function and makes an object of it, first as ever and then with the
//! pass in its module, which takes three lines. Both objects run in the emulator on the same data.

mod support;

use cranelift_codegen::Context;
use cranelift_codegen::ir::Function;
use cranelift_module::{Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};
use std::error::Error;
use std::sync::Arc;
use zktr_emu::host::{Machine, Options as MachineOptions};
use zktr_emu::loader::{self, Input};
use zktr_emu::memory::Memory;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_pass::rewrite::Symbols;
use zktr_pass::rv64::{OffloadModule, Target};
use zktr_pass::{Options, Pass};

fn main() -> Result<(), Box<dyn Error>> {
    let spec = Spec::builtin();

    let mut module = object_module()?;
    define(&mut module, &spec)?;
    let original = module.finish().emit()?;

    let module = object_module()?;
    // The integration:
    let pass = Pass::new(spec.clone(), Options::default());
    let run = move |func: &mut Function, symbols: &mut dyn Symbols| {
        print!("{}", pass.run(func, symbols));
        Ok(())
    };
    let mut module = OffloadModule::new(module, spec.clone(), run)?;
    // From here on as before.
    define(&mut module, &spec)?;
    let offloaded = module.finish()?.emit()?;

    if let Some(path) = std::env::args_os().nth(1) {
        std::fs::write(&path, &offloaded)?;
        println!("written: {}", path.display());
    }
    let (expected, before) = execute(&spec, &original)?;
    let (computed, after) = execute(&spec, &offloaded)?;
    println!("original:  {before} instructions executed");
    println!("offloaded: {after} instructions executed");
    if computed != expected {
        return Err("the results differ".into());
    }
    println!("{} fingerprints agree", expected.len() / 4);
    Ok(())
}

fn object_module() -> Result<ObjectModule, Box<dyn Error>> {
    let isa = Target::default().isa()?;
    let builder = ObjectBuilder::new(isa, "program", default_libcall_names())?;
    Ok(ObjectModule::new(builder))
}

/// What a compiler does for each function.
fn define(module: &mut dyn Module, spec: &Spec) -> Result<(), Box<dyn Error>> {
    let function = support::fingerprint(module.isa(), support::modulus(spec));
    let id = module.declare_function("fingerprint", Linkage::Export, &function.signature)?;
    module.define_function(id, &mut Context::for_function(function))?;
    Ok(())
}

/// Runs the function of an object; the results are its fingerprints and the number of executed instructions.
fn execute(spec: &Arc<Spec>, object: &[u8]) -> Result<(Vec<u8>, u64), Box<dyn Error>> {
    let options = MachineOptions::default();
    let file = Input {
        name: "program.o",
        bytes: object,
    };
    let image = loader::load(spec, &[file], options.memory).map_err(text)?;
    let entry = image.symbols.address("fingerprint");
    let entry = entry.ok_or("the object does not define the function")?;
    let mut machine =
        Machine::load(spec.clone(), &image, options).map_err(|error| text(vec![error]))?;

    let (rows, columns) = support::SHAPE;
    let p = support::modulus(spec);
    let out = machine.allocate(rows as u64 * 4)?;
    let table = place(&mut machine, &support::elements(rows * columns, p))?;
    let coefficients = place(&mut machine, &support::elements(columns, p))?;
    let args = [out, table, coefficients, 7, rows as u64, columns as u64];
    machine
        .call(entry, &args, 100_000_000)
        .map_err(|stop| format!("the program stopped: {stop}"))?;
    let mut results = vec![0; rows * 4];
    machine.memory().read(out, &mut results)?;
    Ok((results, machine.retired()))
}

/// Puts words into the memory of the machine.
fn place(machine: &mut Machine, words: &[u32]) -> Result<u64, Box<dyn Error>> {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let address = machine.allocate(bytes.len() as u64)?;
    machine.memory_mut().write(address, &bytes)?;
    Ok(address)
}

fn text(diagnostics: Vec<Diagnostic>) -> String {
    diagnostics.iter().map(ToString::to_string).collect()
}
