//! Where `.include` and `.incbin` find files.

use std::io;
use std::path::{Path, PathBuf};

/// A file is at most this long.
const MAX_BYTES: u64 = 1 << 28;

/// Gives the assembler the files that a source asks for.
pub trait Files {
    /// The contents of the file `name`, which the file `from` asks for, and the name that messages show.
    ///
    /// # Errors
    /// The file cannot be read.
    fn read(&self, name: &str, from: &str) -> io::Result<(Vec<u8>, String)>;
}

/// No file at all: a source cannot reach beyond itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, _: &str) -> io::Result<(Vec<u8>, String)> {
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "files cannot be read here",
        ))
    }
}

/// The file system: a relative name is looked up beside the file that asks for it, in the present directory, and
/// then in a list of directories.
#[derive(Debug, Clone, Default)]
pub struct FileSystem {
    /// Directories, as of the option `-I`.
    pub directories: Vec<PathBuf>,
}

impl Files for FileSystem {
    fn read(&self, name: &str, from: &str) -> io::Result<(Vec<u8>, String)> {
        let beside = Path::new(from).parent().map(Path::to_path_buf);
        let directories = beside
            .into_iter()
            .chain([PathBuf::new()])
            .chain(self.directories.iter().cloned());
        let mut result = Err(io::ErrorKind::NotFound.into());
        for directory in directories {
            let path = directory.join(name);
            match read_file(&path) {
                Ok(bytes) => return Ok((bytes, path.display().to_string())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => result = Err(error),
            }
        }
        result
    }
}

/// The bytes of a regular file that is not too long.
///
/// # Errors
/// The file cannot be read, is a device or a directory, or is longer than 256 MiB.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    // Devices and pipes have no length, and could be endless.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ));
    }
    if metadata.len() > MAX_BYTES {
        let message = format!("longer than {MAX_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    std::fs::read(path)
}
