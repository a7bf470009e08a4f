//! `zktr lsp`: a language server on standard input and output.

use super::asm::Xlen;
use super::{Failure, Global, Verdict};
use crate::lsp::{self, Ended, Settings};
use clap::Args;
use lsp_server::Connection;
use std::path::{Path, PathBuf};

/// Serve an editor: the language server protocol on standard input and output.
#[derive(Debug, Args)]
pub struct Lsp {
    /// Width of the hart's registers; without it, what `--march` says, or 64.
    #[arg(long, value_name = "BITS")]
    xlen: Option<Xlen>,
    /// The extensions that may be used, as in `rv64imac_zba`.
    #[arg(long, alias = "arch", value_name = "ISA")]
    march: Option<String>,
    /// A folder in which included files are looked for, after that of the source file.
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    directories: Vec<PathBuf>,
}

impl Lsp {
    pub fn run(&self, global: &Global) -> Result<Verdict, Failure> {
        let settings = Settings {
            spec: absolute(&global.spec)?,
            major: global.major.clone(),
            xlen: self.xlen.map(Xlen::bits),
            march: self.march.clone(),
            include: absolute(&self.directories)?,
            hints: true,
        };
        let (connection, threads) = Connection::stdio();
        let ended = lsp::serve(&connection, settings);
        // The threads end with their channels.
        drop(connection);
        match ended {
            Ok(Ended::Orderly) => {
                threads.join()?;
                Ok(Verdict::Fine)
            }
            Ok(Ended::Early) => Ok(Verdict::Findings),
            Err(error) => Err(Failure::Usage(format!("the session has failed: {error}"))),
        }
    }
}

/// Paths as documents have them.
fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let absolute = |path: &PathBuf| {
        let path: &Path = path;
        std::path::absolute(path).map_err(Failure::Output)
    };
    paths.iter().map(absolute).collect()
}
