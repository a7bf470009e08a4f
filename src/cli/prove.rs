//! `zktr spec prove`: proves what the toolchain relies on, and checks the certificates.

use super::{Failure, Global, Verdict, files};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zktr_isa::proof::obligations::{self, Obligation};
use zktr_isa::proof::smt::{self, Query, Solver};
use zktr_isa::proof::{self, Certificate, Statement};
use zktr_isa::span::Diagnostic;

/// Prove what the toolchain relies on: field arithmetic in words, recurrences, guards.
#[derive(Debug, Args)]
pub struct Prove {
    /// Only obligations whose name contains this.
    filter: Option<String>,
    /// Ask these SMT solvers as well: names of programs, with commas between.
    #[arg(long, value_name = "PROGRAMS", value_delimiter = ',')]
    solver: Vec<String>,
    /// Seconds that a solver has for a query.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    timeout: u64,
    /// Keep the solvers' answers in this directory, and take them from there.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Write each certificate to a file in this directory.
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Search for nothing: check the certificates of this directory.
    #[arg(long, value_name = "DIR", conflicts_with = "certificates")]
    recheck: Option<PathBuf>,
    /// One JSON object for each obligation.
    #[arg(long)]
    json: bool,
}

/// What has become of an obligation.
struct Report {
    /// The certificate is valid.
    proved: Result<(), String>,
    /// The search, or reading the certificate.
    search: Duration,
    check: Duration,
    /// Bytes of the certificate.
    size: usize,
    /// What each solver says.
    solvers: Vec<(String, Answer)>,
}

/// What a solver says about a statement that has been proved.
enum Answer {
    /// No query has a model.
    Agrees,
    /// Nothing, and why.
    Silent(String),
    /// The statement is wrong.
    Counterexample(String),
}

impl Report {
    fn is_fine(&self) -> bool {
        let disagrees =
            |(_, answer): &(String, Answer)| matches!(answer, Answer::Counterexample(_));
        self.proved.is_ok() && !self.solvers.iter().any(disagrees)
    }
}

impl Prove {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let mut list = obligations::of_spec(&spec);
        if let Some(filter) = &self.filter {
            list.retain(|obligation| obligation.name.contains(filter.as_str()));
            if list.is_empty() {
                let message = format!("no obligation's name contains `{filter}`");
                return Err(Diagnostic::global(message).into());
            }
        }
        let solvers = self.solvers()?;
        let width = list.iter().map(|o| o.name.len()).max().unwrap_or(0);
        let mut failed = 0;
        for obligation in &list {
            let report = self.prove(obligation, &solvers)?;
            failed += usize::from(!report.is_fine());
            if self.json {
                writeln!(out, "{}", to_json(obligation, &report))?;
            } else {
                print(obligation, &report, width, out)?;
            }
            out.flush()?;
        }
        if !self.json {
            let proved = list.len() - failed;
            writeln!(out, "{proved} of {} obligations proved", list.len())?;
        }
        Ok(if failed == 0 {
            Verdict::Fine
        } else {
            Verdict::Findings
        })
    }

    fn solvers(&self) -> Result<Vec<Solver>, Failure> {
        let solvers: Vec<Solver> = self.solver.iter().map(|name| Solver::named(name)).collect();
        match solvers.iter().find(|solver| !solver.is_installed()) {
            Some(missing) => Err(Failure::Usage(format!(
                "cannot start the solver `{}`",
                missing.program.display()
            ))),
            None => Ok(solvers),
        }
    }

    fn prove(&self, obligation: &Obligation, solvers: &[Solver]) -> Result<Report, Failure> {
        let statement = &obligation.statement;
        let start = Instant::now();
        let certificate = match &self.recheck {
            Some(directory) => {
                let source = files::read_text(&path_of(directory, obligation))?;
                let parsed = source.text.parse::<Certificate>();
                parsed.map_err(|error| error.to_string())
            }
            None => proof::prove(statement).map_err(|failure| failure.to_string()),
        };
        let search = start.elapsed();
        let mut report = Report {
            proved: Ok(()),
            search,
            check: Duration::ZERO,
            size: 0,
            solvers: Vec::new(),
        };
        let certificate = match certificate {
            Ok(certificate) => certificate,
            Err(reason) => {
                report.proved = Err(reason);
                return Ok(report);
            }
        };
        let start = Instant::now();
        report.proved = proof::check(statement, &certificate)
            .map_err(|rejected| format!("the certificate is rejected: {rejected}"));
        report.check = start.elapsed();
        let text = certificate.to_string();
        report.size = text.len();
        if let Some(directory) = &self.certificates {
            let created = std::fs::create_dir_all(directory);
            created.map_err(|error| {
                Failure::Usage(format!("cannot create `{}`: {error}", directory.display()))
            })?;
            files::write(&path_of(directory, obligation), text.as_bytes())?;
        }
        if !solvers.is_empty() {
            let queries = queries(statement, &certificate);
            for solver in solvers {
                let answer = match &queries {
                    Some(queries) => self.ask(solver, queries),
                    None => Answer::Silent("it has no queries".into()),
                };
                let name = solver.program.display().to_string();
                report.solvers.push((name, answer));
            }
        }
        Ok(report)
    }

    /// Whether the solver finds no model of any query.
    fn ask(&self, solver: &Solver, queries: &[Query]) -> Answer {
        let timeout = Duration::from_secs(self.timeout);
        for query in queries {
            match solver.solve(query, timeout, self.cache.as_deref()) {
                Ok(smt::Verdict::Unsat) => {}
                Ok(smt::Verdict::Sat(model)) if query.exact => {
                    let value = |(name, value): (&String, _)| format!("{name} = {value}");
                    let model: Vec<String> = query.params.iter().zip(model).map(value).collect();
                    return Answer::Counterexample(model.join(", "));
                }
                Ok(smt::Verdict::Sat(_)) => {
                    return Answer::Silent("products are not linear".into());
                }
                Ok(smt::Verdict::Unknown(what)) => return Answer::Silent(what),
                Err(error) => return Answer::Silent(error.to_string()),
            }
        }
        Answer::Agrees
    }
}

/// The file of an obligation's certificate.
fn path_of(directory: &Path, obligation: &Obligation) -> PathBuf {
    let name = obligation.name.replace('/', ".");
    directory.join(format!("{name}.proof"))
}

/// The queries of a statement, if it has any.
fn queries(statement: &Statement, certificate: &Certificate) -> Option<Vec<Query>> {
    match statement {
        Statement::Program { program, claims } => {
            smt::program_queries(program, claims, Some(certificate))
        }
        Statement::Identity(_) | Statement::Induction(_) => {
            let query = smt::identity_query(statement, certificate).ok()??;
            Some(vec![query])
        }
    }
}

fn print(
    obligation: &Obligation,
    report: &Report,
    width: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let name = &obligation.name;
    if let Err(reason) = &report.proved {
        return writeln!(out, "{name:width$}  NOT PROVED: {reason}");
    }
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    write!(
        out,
        "{name:width$}  proved  {:8.2} ms  check {:6.2} ms  {:6} bytes",
        ms(report.search),
        ms(report.check),
        report.size
    )?;
    for (solver, answer) in &report.solvers {
        match answer {
            Answer::Agrees => write!(out, "  {solver}: agrees")?,
            Answer::Silent(why) => write!(out, "  {solver}: no answer: {why}")?,
            Answer::Counterexample(model) => write!(out, "  {solver}: COUNTEREXAMPLE: {model}")?,
        }
    }
    writeln!(out)
}

fn to_json(obligation: &Obligation, report: &Report) -> serde_json::Value {
    let solvers: serde_json::Map<_, _> = report
        .solvers
        .iter()
        .map(|(solver, answer)| {
            let answer = match answer {
                Answer::Agrees => json!("agrees"),
                Answer::Silent(why) => json!({ "silent": why }),
                Answer::Counterexample(model) => json!({ "counterexample": model }),
            };
            (solver.clone(), answer)
        })
        .collect();
    json!({
        "name": obligation.name,
        "doc": obligation.doc,
        "proved": report.proved.is_ok(),
        "reason": report.proved.as_ref().err(),
        "search_seconds": report.search.as_secs_f64(),
        "check_seconds": report.check.as_secs_f64(),
        "certificate_bytes": report.size,
        "solvers": solvers,
    })
}
