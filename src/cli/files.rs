//! Reads and writes the files that a command line names.

use super::Failure;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use zktr_asm::decode;
use zktr_isa::span::{Diagnostic, Source, Span};

/// Bytes that a file may have: far more than any sensible input, far less than would hurt.
const LIMIT: u64 = 256 << 20;

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let file = File::open(path)
        .map_err(|error| Failure::Usage(format!("cannot read `{name}`: {error}")))?;
    read_from(file, &name)
}

/// All bytes of what has this name.
fn read_from(from: impl Read, name: &str) -> Result<Vec<u8>, Failure> {
    let fail =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("cannot read `{name}`: {error}"));
    let mut bytes = Vec::new();
    from.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(&error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(fail(&format_args!("it has more than {LIMIT} bytes")));
    }
    Ok(bytes)
}

/// The text of a file.
pub fn read_text(path: &Path) -> Result<Arc<Source>, Failure> {
    text(path.display().to_string(), read(path)?)
}

/// The CLIF of a file, or of a WebAssembly module.
pub fn read_clif(path: &Path) -> Result<Arc<Source>, Failure> {
    let mut parts = Vec::new();
    each_clif(path, &mut |source| {
        parts.push(source.clone());
        Ok(())
    })?;
    if let [source] = &parts[..] {
        return Ok(source.clone());
    }
    let texts: Vec<&str> = parts.iter().map(|source| &*source.text).collect();
    Ok(Source::new(path.display().to_string(), texts.join("\n")))
}

/// Calls `work` with the CLIF of a file, or of each function of a WebAssembly module.
pub fn each_clif(
    path: &Path,
    work: &mut dyn FnMut(&Arc<Source>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let name = path.display().to_string();
    let bytes = read(path)?;
    if !bytes.starts_with(b"\0asm") {
        return work(&text(name, bytes)?);
    }
    each_of_module(&name, &bytes, work)
}

#[cfg(feature = "wasm")]
fn each_of_module(
    name: &str,
    bytes: &[u8],
    work: &mut dyn FnMut(&Arc<Source>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let functions = crate::wasm::translate(bytes)
        .map_err(|error| Diagnostic::global(format!("{name}: {error}")))?;
    for function in functions {
        let title = function
            .title
            .map_or(String::new(), |title| format!("; {title}\n"));
        work(&Source::new(name, title + &function.text))?;
    }
    Ok(())
}

#[cfg(not(feature = "wasm"))]
fn each_of_module(
    name: &str,
    _: &[u8],
    _: &mut dyn FnMut(&Arc<Source>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let message = format!("{name}: this is a WebAssembly module");
    let help = "a zktr that reads them is built with `--features wasm`";
    Err(Diagnostic::global(message).help(help).into())
}

/// The text of an assembly file, of any encoding that contains ASCII.
pub fn read_assembly(path: &Path) -> Result<Arc<Source>, Failure> {
    let bytes = read(path)?;
    Ok(Source::new(path.display().to_string(), decode(bytes)))
}

/// The same, of standard input.
pub fn read_standard_input() -> Result<Arc<Source>, Failure> {
    let name = "<stdin>";
    let bytes = read_from(std::io::stdin().lock(), name)?;
    Ok(Source::new(name, decode(bytes)))
}

/// A text of these bytes.
fn text(name: String, bytes: Vec<u8>) -> Result<Arc<Source>, Failure> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let position = error.utf8_error().valid_up_to();
            let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
            let span = Span::new(&source, position..position);
            Err(Diagnostic::error("the file is not UTF-8 text", span).into())
        }
    }
}

/// Writes a file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes)
        .map_err(|error| Failure::Usage(format!("cannot write `{}`: {error}", path.display())))
}

/// Creates a directory and those above it, unless they are there.
pub fn create_directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path)
        .map_err(|error| Failure::Usage(format!("cannot create `{}`: {error}", path.display())))
}

/// Writes a program: a file that everybody who can read it may execute, where files have such a right.
pub fn write_program(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let failed = |error: std::io::Error| {
            Failure::Usage(format!(
                "cannot make `{}` executable: {error}",
                path.display()
            ))
        };
        let metadata = fs::metadata(path).map_err(failed)?;
        // A device or a pipe has no contents to execute.
        if metadata.is_file() {
            let mut permissions = metadata.permissions();
            let mode = permissions.mode();
            permissions.set_mode(mode | (mode & 0o444) >> 2);
            fs::set_permissions(path, permissions).map_err(failed)?;
        }
    }
    Ok(())
}
