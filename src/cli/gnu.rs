//! `zktr as`: the assembler with the command line of GNU as, so that it can stand where that one stands: in makefiles,
//! and behind `gcc -B`.
//!
//! Options that concern the output have the meaning and the default of GNU as for RISC-V: `rv64gc`, code that the
//! linker may shorten, `a.out`. Options that it knows and that change nothing here are accepted; all others are errors.

use super::{Failure, Global, Verdict, files, report};
use clap::Args;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use zktr_asm::object::{Abi, FloatAbi};
use zktr_asm::{FileSystem, Options, assemble_with};

/// Assemble, with the command line of GNU as.
#[derive(Debug, Args)]
pub struct As {
    /// Options and the source file of GNU as; `-` or no file is standard input.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENT"
    )]
    arguments: Vec<OsString>,
}

/// The architecture without `-march`.
const DEFAULT_ARCH: &str = "rv64gc";

/// What a command line asks for.
#[derive(Debug)]
struct Request {
    source: Option<PathBuf>,
    output: PathBuf,
    directories: Vec<PathBuf>,
    abi: Option<String>,
    fatal_warnings: bool,
    quiet: bool,
    options: Options,
}

impl As {
    pub fn run(&self, global: &Global) -> Result<Verdict, Failure> {
        let mut request = Request::parse(&self.arguments).map_err(Failure::Usage)?;
        request.complete().map_err(Failure::Usage)?;
        let spec = global.load()?;
        let source = match &request.source {
            Some(path) => files::read_assembly(path)?,
            None => files::read_standard_input()?,
        };
        let files = FileSystem {
            directories: request.directories,
        };
        let object = assemble_with(&spec, &source, &request.options, &files)?;
        if !request.quiet {
            report(&object.warnings, global.message_format);
        }
        if request.fatal_warnings && !object.warnings.is_empty() {
            return Ok(Verdict::Findings);
        }
        files::write(&request.output, &object.write_elf()?)?;
        Ok(Verdict::Fine)
    }
}

impl Request {
    fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let mut request = Self {
            source: None,
            output: PathBuf::from("a.out"),
            directories: Vec::new(),
            abi: None,
            fatal_warnings: false,
            quiet: false,
            options: Options {
                arch: Some(DEFAULT_ARCH.to_owned()),
                relax: true,
                ..Options::default()
            },
        };
        let mut rest = arguments.iter();
        let mut only_files = false;
        while let Some(argument) = rest.next() {
            let text = argument.to_str();
            let option = text.filter(|t| t.starts_with('-') && *t != "-" && !only_files);
            let Some(option) = option else {
                request.input(Path::new(argument))?;
                continue;
            };
            let mut value = |attached: &str| match attached {
                "" => rest
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("option `{option}` needs a value")),
                attached => Ok(OsString::from(attached)),
            };
            if option == "--" {
                only_files = true;
            } else if let Some(path) = option.strip_prefix("-o") {
                request.output = value(path)?.into();
            } else if let Some(path) = option.strip_prefix("-I") {
                request.directories.push(value(path)?.into());
            } else if let Some(definition) = option.strip_prefix("--defsym") {
                let definition = value(definition.strip_prefix('=').unwrap_or(definition))?;
                request.define(&definition.to_string_lossy())?;
            } else {
                request.option(option)?;
            }
        }
        Ok(request)
    }

    fn input(&mut self, path: &Path) -> Result<(), String> {
        if self.source.is_some() {
            return Err("one source file at a time".to_owned());
        }
        self.source = (path != Path::new("-")).then(|| path.to_owned());
        Ok(())
    }

    /// `name=value`
    fn define(&mut self, definition: &str) -> Result<(), String> {
        let (name, value) = definition
            .split_once('=')
            .ok_or_else(|| format!("`--defsym {definition}` has to be `--defsym name=value`"))?;
        // A negative number is its two's complement.
        let value =
            super::integer(value).map_err(|error| format!("`--defsym {definition}`: {error}"))?;
        self.options.defines.push((name.to_owned(), value as i64));
        Ok(())
    }

    /// An option without a value of its own word.
    fn option(&mut self, option: &str) -> Result<(), String> {
        if let Some(arch) = option.strip_prefix("-march=") {
            self.options.arch = Some(arch.to_owned());
        } else if let Some(abi) = option.strip_prefix("-mabi=") {
            self.abi = Some(abi.to_owned());
        } else {
            match option {
                "-mrelax" => self.options.relax = true,
                "-mno-relax" => self.options.relax = false,
                "-fpic" | "-fPIC" => self.options.pic = true,
                "-fno-pic" => self.options.pic = false,
                "-g" | "--gen-debug" | "--gdwarf-5" | "-gdwarf-5" => self.options.debug = true,
                "-W" | "--no-warn" => self.quiet = true,
                "--warn" => self.quiet = false,
                "--fatal-warnings" => self.fatal_warnings = true,
                "--traditional-format"
                | "-mlittle-endian"
                | "-march-attr"
                | "-mno-csr-check"
                | "--noexecstack"
                | "-f"
                | "-w"
                | "-X"
                | "-nocpp"
                | "--reduce-memory-overheads" => {}
                other
                    if ["-misa-spec=", "-mpriv-spec=", "--hash-size="]
                        .iter()
                        .any(|known| other.starts_with(known)) => {}
                other => {
                    return Err(format!(
                        "`{other}` is no option of GNU as that is supported here"
                    ));
                }
            }
        }
        Ok(())
    }

    /// What follows from several options.
    fn complete(&mut self) -> Result<(), String> {
        let arch = self.options.arch.as_deref().unwrap_or(DEFAULT_ARCH);
        let arch = arch.to_ascii_lowercase();
        self.options.xlen = if arch.starts_with("rv32") { 32 } else { 64 };
        let Some(name) = &self.abi else {
            self.options.abi = default_abi(&arch);
            return Ok(());
        };
        self.options.abi = Abi::parse(name, self.options.xlen)
            .ok_or_else(|| format!("`-mabi={name}` is no calling convention of `{arch}`"))?;
        Ok(())
    }
}

/// The calling convention without `-mabi`: the widest floating-point registers of a lower-case ISA string carry
/// arguments, but those of F alone do not.
fn default_abi(arch: &str) -> Abi {
    let letters = arch.get(4..).unwrap_or_default();
    let letters = letters.split(['_', 'z', 's', 'x']).next();
    let has = |letter| letters.is_some_and(|letters| letters.contains(letter));
    let float = match (has('q'), has('d') || has('g')) {
        (true, _) => FloatAbi::Quad,
        (_, true) => FloatAbi::Double,
        _ => FloatAbi::Soft,
    };
    Abi {
        float,
        embedded: has('e'),
    }
}
