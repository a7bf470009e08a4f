//! Checks on a thread of their own: of assembly by the assembler, of spec files by their loader.
//!
//! A job is a snapshot, so that a check never sees a text change. Only the last of several jobs about one document
//! is done.

use super::settings::Settings;
use super::workspace::{Overlay, Report};
use crate::contain::contain;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use zktr_asm::analysis;
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Severity, Source};

/// What is to be checked.
#[derive(Debug)]
pub(super) enum Task {
    /// An assembly file.
    Assembly {
        /// Its text.
        source: Arc<Source>,
        /// The spec that it is read with.
        spec: Arc<Spec>,
        /// The other files.
        files: Overlay,
    },
    /// Spec files, together.
    Spec {
        /// The text that the report is about, one of the others; none for the settings' own.
        source: Option<Arc<Source>>,
        /// All texts.
        sources: Vec<Arc<Source>>,
        /// Files that cannot be read, with the reasons.
        failed: Vec<Diagnostic>,
        /// The spec that results is the one to read assembly with.
        adopt: bool,
    },
}

/// A check to be done.
#[derive(Debug)]
pub(super) struct Job {
    /// What the report is filed under.
    pub path: PathBuf,
    /// What is checked.
    pub task: Task,
    /// How.
    pub settings: Settings,
}

/// A check that was done.
#[derive(Debug)]
pub(super) struct Done {
    /// What the report is filed under.
    pub path: PathBuf,
    /// What was found.
    pub report: Report,
    /// A spec to be adopted.
    pub spec: Option<Arc<Spec>>,
}

/// The thread that checks. It ends when this is dropped and the last job is done.
#[derive(Debug)]
pub(super) struct Checker {
    jobs: Sender<Job>,
    /// Where what was done comes out.
    pub done: Receiver<Done>,
}

impl Checker {
    /// Starts the thread.
    pub fn start() -> std::io::Result<Self> {
        let (jobs, inbox) = unbounded::<Job>();
        let (outbox, done) = unbounded();
        std::thread::Builder::new()
            .name("check".to_owned())
            .spawn(move || work(&inbox, &outbox))?;
        Ok(Self { jobs, done })
    }

    /// Has a job done.
    pub fn send(&self, job: Job) {
        // The thread only ends after this sender.
        let _ = self.jobs.send(job);
    }
}

fn work(inbox: &Receiver<Job>, outbox: &Sender<Done>) {
    let mut waiting: Vec<Job> = Vec::new();
    loop {
        if waiting.is_empty() {
            match inbox.recv() {
                Ok(job) => waiting.push(job),
                Err(_) => return,
            }
        }
        for job in inbox.try_iter() {
            waiting.retain(|other| other.path != job.path);
            waiting.push(job);
        }
        let job = waiting.remove(0);
        if outbox.send(run(job)).is_err() {
            return;
        }
    }
}

/// Does a job.
fn run(job: Job) -> Done {
    let Job {
        path,
        task,
        settings,
    } = job;
    match task {
        Task::Assembly {
            source,
            spec,
            files,
        } => {
            let options = settings.options();
            let checked = contain(|| analysis::check(&spec, &source, &options, &files));
            let (diagnostics, checked) = match checked {
                Ok(checked) => (checked.diagnostics.clone(), Some(checked)),
                Err(message) => (vec![fault(message)], None),
            };
            let report = Report {
                source,
                diagnostics,
                checked,
                files: files.into_read(),
            };
            Done {
                path,
                report,
                spec: None,
            }
        }
        Task::Spec {
            source,
            sources,
            failed,
            adopt,
        } => {
            let parameters = settings.parameters();
            let result = if sources.is_empty() && settings.major.is_none() {
                Ok(Ok((Spec::builtin(), Vec::new())))
            } else {
                contain(|| Spec::check(&sources, &parameters))
            };
            let (found, spec) = match result {
                Ok(Ok((spec, warnings))) => (warnings, adopt.then_some(spec)),
                Ok(Err(errors)) => (errors, None),
                Err(message) => (vec![fault(message)], None),
            };
            let mut diagnostics = failed;
            diagnostics.extend(found.into_iter().filter(|d| concerns(d, &sources)));
            let files = sources.iter().map(|s| PathBuf::from(&s.name));
            let files: BTreeSet<PathBuf> = files.collect();
            let report = Report {
                source: source.unwrap_or_else(|| Source::new("", "")),
                diagnostics,
                checked: None,
                files,
            };
            Done { path, report, spec }
        }
    }
}

/// Errors of all files are worth knowing; warnings only about the user's.
fn concerns(diagnostic: &Diagnostic, sources: &[Arc<Source>]) -> bool {
    let Some(span) = &diagnostic.span else {
        return true;
    };
    diagnostic.severity == Severity::Error || sources.contains(&span.source)
}

fn fault(message: String) -> Diagnostic {
    Diagnostic::global(format!("this file could not be checked: {message}"))
}
