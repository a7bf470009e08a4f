//! An assembler with the options that GNU as and compilers use: `as -march=rv64imac -o out.o in.s`.

use std::process::ExitCode;
use zktr_asm::{FileSystem, Options, Source, Spec, assemble_with};

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut files = FileSystem::default();
    let (mut input, mut output) = (None, "a.out".to_owned());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if let Some(arch) = argument.strip_prefix("-march=") {
            options.arch = Some(arch.to_owned());
            options.xlen = if arch.starts_with("rv32") { 32 } else { 64 };
        } else if let Some(directory) = argument.strip_prefix("-I") {
            files.directories.push(directory.into());
        } else {
            match argument.as_str() {
                "-mrelax" => options.relax = true,
                "-mno-relax" => options.relax = false,
                "-fpic" | "-fPIC" => options.pic = true,
                "-g" => options.debug = true,
                "-o" => output = arguments.next().unwrap_or(output),
                _ if argument.starts_with('-') => {}
                _ => input = Some(argument),
            }
        }
    }
    let Some(input) = input else {
        eprintln!("usage: as [-march=ISA] [-mrelax] [-fpic] [-g] [-Idir] [-o FILE] FILE");
        return ExitCode::FAILURE;
    };
    let result = std::fs::read_to_string(&input)
        .map_err(|error| format!("{input}: {error}\n"))
        .and_then(|text| {
            let source = Source::new(&input, text);
            assemble_with(&Spec::builtin(), &source, &options, &files)
                .map_err(|errors| errors.iter().map(ToString::to_string).collect())
        })
        .and_then(|object| {
            object
                .warnings
                .iter()
                .for_each(|warning| eprint!("{warning}"));
            object.write_elf().map_err(|error| error.to_string())
        })
        .and_then(|bytes| {
            std::fs::write(&output, bytes).map_err(|error| format!("{output}: {error}\n"))
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprint!("{message}");
            ExitCode::FAILURE
        }
    }
}
