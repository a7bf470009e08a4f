//! `zktr verify`.

use super::{Parameters, program};
use crate::cli::guest::{Loaded, Start};
use crate::cli::{Failure, Global, Verdict, files};
use clap::Args;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::PathBuf;
use zktr_isa::span::Diagnostic;
use zktr_prove::proof::Proof;
use zktr_prove::replay::Outcome;
use zktr_prove::verify::{Verified, Verifier};

/// Verify the proof of a run of a guest.
///
/// Prints what is proved: what the guest has written, what it has read, and how it has ended. Options that say how the guest begins
/// have to be those of `zktr prove`; without `--input`, what it has read is what the proof says.
#[derive(Debug, Args)]
pub struct Verify {
    /// The files of the proofs of all segments.
    #[arg(required = true)]
    proofs: Vec<PathBuf>,
    /// The ELF files of the guest; may be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    program: Vec<PathBuf>,
    #[command(flatten)]
    start: Start,
    /// The parameters that the proofs have to have.
    #[arg(long, value_name = "NAME", default_value = "standard")]
    parameters: Parameters,
    /// The guest has to have ended with this exit code.
    #[arg(long, value_name = "CODE", value_parser = crate::cli::integer)]
    exit: Option<u64>,
    /// The guest has to have written what is in this file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let mut proofs = Vec::new();
        for path in &self.proofs {
            let found = Proof::decode_all(&files::read(path)?)
                .map_err(|error| Diagnostic::global(format!("`{}`: {error}", path.display())))?;
            proofs.extend(found);
        }
        proofs.sort_by_key(|proof| proof.claim.segment);
        let loaded = self
            .start
            .load(&spec, &self.program, self.start.options())?;
        let Loaded {
            mut machine,
            started,
            inputs: given,
            ..
        } = loaded;
        started.map_err(|stop| Diagnostic::global(format!("the guest does not begin: {stop}")))?;
        let inputs = proofs.first().map_or(&[][..], |proof| &proof.claim.inputs);
        if given.is_empty() {
            for input in inputs {
                machine.add_input(input.clone());
            }
        } else if !given.iter().map(|(_, bytes)| bytes).eq(inputs) {
            return Err(refused(
                "the guest has been given other input than `--input`",
            ));
        }
        let program = program(global, &spec, &machine)?;
        let mut verifier = Verifier::new(&program, self.parameters.into(), &mut machine)?;
        let mut security = None;
        for proof in &proofs {
            let one = verifier.segment(proof).map_err(|error| {
                let number = proof.claim.segment;
                Diagnostic::global(format!("segment {number}: {error}"))
            })?;
            let bits = (one.conjectured, one.proven);
            let (a, b) = security.unwrap_or(bits);
            security = Some((a.min(bits.0), b.min(bits.1)));
        }
        let verified = verifier.finish()?;
        let (written, public) = (machine.output(), machine.public_values());
        let code = match verified.outcome {
            Outcome::Exit(code) | Outcome::Returned(code) => u64::from(code),
        };
        if self.exit.is_some_and(|exit| exit != code) {
            return Err(refused(&format!("the guest has ended with {code}")));
        }
        if let Some(path) = &self.output
            && files::read(path)? != written
        {
            return Err(refused(
                "the guest has written something else than `--output`",
            ));
        }
        let result = Proved {
            verified,
            security: security.unwrap_or((0, 0)),
            inputs,
            written,
            public,
        };
        if self.json {
            writeln!(out, "{:#}", result.json())?;
        } else {
            result.print(out)?;
        }
        Ok(Verdict::Fine)
    }
}

fn refused(what: &str) -> Failure {
    Diagnostic::global(format!("the proof is right, but {what}")).into()
}

/// What has been proved.
struct Proved<'a> {
    verified: Verified,
    /// Bits, conjectured and proven.
    security: (usize, usize),
    inputs: &'a [Vec<u8>],
    written: &'a [u8],
    public: &'a [u8],
}

impl Proved<'_> {
    fn json(&self) -> serde_json::Value {
        let (kind, code) = match self.verified.outcome {
            Outcome::Exit(code) => ("exit", code),
            Outcome::Returned(code) => ("returned", code),
        };
        let inputs: Vec<_> = self.inputs.iter().map(|input| digest(input)).collect();
        json!({
            "outcome": kind,
            "code": code,
            "segments": self.verified.segments,
            "instructions": self.verified.instructions,
            "security_bits": { "conjectured": self.security.0, "proven": self.security.1 },
            "inputs": inputs,
            "output": digest(self.written),
            "public_values": digest(self.public),
        })
    }

    fn print(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let Verified {
            outcome,
            segments,
            instructions,
        } = self.verified;
        let ended = match outcome {
            Outcome::Exit(code) => format!("exit with code {code}"),
            Outcome::Returned(code) => format!("returned {code}"),
        };
        let (conjectured, proven) = self.security;
        writeln!(out, "proved: {ended} after {instructions} instructions")?;
        writeln!(out, "segments: {segments}")?;
        writeln!(
            out,
            "security: {conjectured} bits conjectured, {proven} bits proven"
        )?;
        for input in self.inputs {
            writeln!(out, "input: {}", described(input))?;
        }
        writeln!(out, "output: {}", described(self.written))?;
        if !self.public.is_empty() {
            writeln!(out, "public values: {}", described(self.public))?;
        }
        Ok(())
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn digest(bytes: &[u8]) -> serde_json::Value {
    json!({ "bytes": bytes.len(), "sha256": sha256(bytes) })
}

fn described(bytes: &[u8]) -> String {
    format!("{} bytes, SHA-256 {}", bytes.len(), sha256(bytes))
}
