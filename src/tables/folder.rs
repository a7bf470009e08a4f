//! A folder of files that is there as a whole or not at all.
//!
//! Files are written to a folder of another name inside of it, and are moved to their places at the end, the one that tells of the others
//! last. What has been written is removed if that end is not reached.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes that are collected before the system is asked to write them.
const BUFFER: usize = 1 << 18;

/// A folder that is being written.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    staging: PathBuf,
    /// Not there before.
    created: bool,
    finished: bool,
}

/// Why a folder cannot be written.
#[derive(Debug)]
pub enum Error {
    /// There is something in it already.
    NotEmpty(PathBuf),
    /// What the system says about a file or folder.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEmpty(path) => write!(
                f,
                "`{}` is not empty: name another folder, or remove what is in it",
                path.display()
            ),
            Self::Io { path, error } => write!(f, "cannot write `{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

/// Names the file or folder of an error of the system.
fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Io { path, error }
}

impl Folder {
    /// Creates the folder and those above it, unless it is there and empty.
    ///
    /// # Errors
    /// It is not empty, or cannot be created.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let created = match fs::read_dir(path) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(Error::NotEmpty(path.to_owned()));
                }
                false
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(at(path))?;
                true
            }
            Err(error) => return Err(at(path)(error)),
        };
        let staging = path.join(format!(".partial-{}", std::process::id()));
        let folder = Self {
            path: path.to_owned(),
            staging,
            created,
            finished: false,
        };
        fs::create_dir(&folder.staging).map_err(at(&folder.staging))?;
        Ok(folder)
    }

    /// Writes a file; its name may have folders in front. What is written is on its way to the disk when this returns.
    ///
    /// # Errors
    /// The file cannot be created or written.
    pub fn write(
        &self,
        name: &Path,
        contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Error> {
        let (path, shown) = (self.staging.join(name), self.path.join(name));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(&shown))?;
        }
        let file = File::create(&path).map_err(at(&shown))?;
        let mut file = BufWriter::with_capacity(BUFFER, file);
        contents(&mut file)
            .and_then(|()| file.flush())
            .map_err(at(&shown))
    }

    /// Moves what is in a folder of this folder up to where that is, and removes it.
    ///
    /// # Errors
    /// Something cannot be moved.
    pub fn lift(&self, name: &Path) -> Result<(), Error> {
        let (inner, shown) = (self.staging.join(name), self.path.join(name));
        for entry in fs::read_dir(&inner).map_err(at(&shown))? {
            let entry = entry.map_err(at(&shown))?;
            fs::rename(entry.path(), self.staging.join(entry.file_name())).map_err(at(&shown))?;
        }
        fs::remove_dir(&inner).map_err(at(&shown))
    }

    /// Moves everything to its place: first the entries other than `last`, then that.
    ///
    /// # Errors
    /// Something cannot be moved; then what has been moved already stays.
    pub fn finish(mut self, last: &Path) -> Result<(), Error> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.staging).map_err(at(&self.staging))? {
            names.push(entry.map_err(at(&self.staging))?.file_name());
        }
        names.sort_by_key(|name| (Path::new(name) == last, name.clone()));
        for name in names {
            let target = self.path.join(&name);
            fs::rename(self.staging.join(&name), &target).map_err(at(&target))?;
        }
        fs::remove_dir(&self.staging).map_err(at(&self.staging))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            // The error that has led here is the one to report.
            let _ = fs::remove_dir_all(&self.staging);
            if self.created {
                let _ = fs::remove_dir(&self.path);
            }
        }
    }
}
