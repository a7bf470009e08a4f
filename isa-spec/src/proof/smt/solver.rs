//! SMT solvers as external programs.

use super::Query;
use num_bigint::BigInt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// A solver that reads SMT-LIB from its standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solver {
    /// The program, looked for in PATH unless it is a path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A solver's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No model: the statement holds.
    Unsat,
    /// A model: the values of the parameters.
    Sat(Vec<BigInt>),
    /// No answer in time, or none at all: what the solver said.
    Unknown(String),
}

/// How often a running solver is looked at.
const POLL: Duration = Duration::from_millis(2);

impl Solver {
    /// The solver with this name or path. The arguments are those of z3 if the file's name begins like that, else those of cvc5.
    #[must_use]
    pub fn named(program: &str) -> Self {
        let program = PathBuf::from(program);
        let is_z3 = program
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("z3"));
        let arguments: &[&str] = if is_z3 {
            &["-smt2", "-in"]
        } else {
            &["--lang=smt2", "--produce-models", "-q"]
        };
        Self {
            program,
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
        }
    }

    /// Whether it can be started.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        let mut command = Command::new(&self.program);
        command.arg("--version").stdout(Stdio::null());
        command.stderr(Stdio::null()).status().is_ok()
    }

    /// The answer to a query. With a directory as `cache`, an answer that was given before is read from there; it is only taken
    /// for the very same text and solver, and it is no proof.
    ///
    /// # Errors
    /// The solver cannot be started, or the cache not be written.
    pub fn solve(
        &self,
        query: &Query,
        timeout: Duration,
        cache: Option<&Path>,
    ) -> io::Result<Verdict> {
        let values = query.params.join(" ");
        let ask = if values.is_empty() {
            String::new()
        } else {
            format!("(get-value ({values}))\n")
        };
        let script = format!("{}(check-sat)\n{ask}(exit)\n", query.text);
        let Some(cache) = cache else {
            return Ok(verdict(&self.run(&script, timeout)?));
        };
        // The whole text is compared, so that a collision costs a repetition, and nothing else.
        let key = format!(
            "; {} {}\n{script}",
            self.program.display(),
            self.arguments.join(" ")
        );
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let path = cache.join(format!("{:016x}.smt2", hasher.finish()));
        let known = fs::read_to_string(&path).unwrap_or_default();
        if let Some(answer) = known.strip_prefix(&key) {
            return Ok(verdict(answer));
        }
        let answer = self.run(&script, timeout)?;
        let verdict = verdict(&answer);
        if !matches!(verdict, Verdict::Unknown(_)) {
            fs::create_dir_all(cache)?;
            fs::write(path, key + &answer)?;
        }
        Ok(verdict)
    }

    fn run(&self, script: &str, timeout: Duration) -> io::Result<String> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        thread::scope(|scope| {
            // A solver that does not read, or does not stop to write, must not block this thread.
            scope.spawn(move || {
                // A solver that has given up early answers nevertheless.
                let _ = stdin.map(|mut stdin| stdin.write_all(script.as_bytes()));
            });
            let reader = scope.spawn(move || {
                let mut answer = String::new();
                let read = stdout.map(|mut stdout| stdout.read_to_string(&mut answer));
                read.transpose().map(|_| answer)
            });
            wait(&mut child, timeout)?;
            reader
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the reader of the answer has failed")))
        })
    }
}

/// Waits for the end, which the solver's is at the latest when its time is over.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<()> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > timeout {
            child.kill()?;
            child.wait()?;
            break;
        }
        thread::sleep(POLL);
    }
    Ok(())
}

fn verdict(answer: &str) -> Verdict {
    let (first, rest) = answer
        .trim()
        .split_once('\n')
        .unwrap_or((answer.trim(), ""));
    match first.trim() {
        "unsat" => Verdict::Unsat,
        "sat" => Verdict::Sat(model(rest)),
        "" => Verdict::Unknown("no answer in time".into()),
        other => Verdict::Unknown(other.to_owned()),
    }
}

/// The values of `((x0 5) (x1 (- 3)))`.
fn model(text: &str) -> Vec<BigInt> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut values = Vec::new();
    let mut negative = false;
    for token in spaced.split_whitespace() {
        match token {
            "-" => negative = true,
            _ => {
                if let Ok(value) = token.parse::<BigInt>() {
                    values.push(if negative { -value } else { value });
                    negative = false;
                }
            }
        }
    }
    values
}
