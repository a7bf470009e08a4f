//! Runs the `zktr` command in a directory of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A directory for the files of one test, empty at first.
pub struct Place {
    directory: PathBuf,
}

/// What a run of the command came to.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// The directory of the test with this name.
    pub fn new(test: &str) -> Self {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        // What an earlier run has left is in the way; that there is nothing is fine.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("the directory for temporary files is writable");
        Self { directory }
    }

    /// Writes a file.
    pub fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.write(name, contents);
        self
    }

    /// Writes a file.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.directory.join(name), contents).expect("the directory is writable");
    }

    /// The contents of a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.directory.join(name)).expect("the file has been written")
    }

    /// The command, ready to start in the directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zktr"));
        command
            .args(arguments)
            .current_dir(&self.directory)
            .stdin(Stdio::null());
        command
    }

    /// Runs another program in the directory.
    #[allow(dead_code, reason = "not all test binaries have other programs")]
    pub fn tool(&self, mut command: Command) -> Output {
        let output = command.current_dir(&self.directory).output();
        output.expect("the program can be run")
    }

    /// Runs the command. That it does not panic is checked here, for every test.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let Output {
            status,
            stdout,
            stderr,
        } = self
            .command(arguments)
            .output()
            .expect("the command starts");
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        Outcome {
            code: status.code(),
            stdout,
            stderr,
        }
    }

    /// Runs the command, which has to end with this code.
    pub fn run_to(&self, code: i32, arguments: &[&str]) -> Outcome {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {}", outcome);
        outcome
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code.map_or("killed".into(), |code| code.to_string());
        writeln!(f, "exit code: {code}")?;
        if !self.stdout.is_empty() {
            write!(f, "--- stdout\n{}", self.stdout)?;
        }
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", self.stderr)?;
        }
        Ok(())
    }
}
