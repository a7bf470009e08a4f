//! `zktr trace`: the tables that prove a run of a guest, as files.

mod text;

use super::guest::{Guest, Loaded, Resume};
use super::progress::Progress;
use super::{Failure, Format as MessageFormat, Global, Verdict};
use crate::tables::folder::{self, Folder};
use crate::tables::manifest::{self, InputFile, Manifest, Segment, SegmentTable, TableEntry};
use crate::tables::{self, Content, Format, check};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use zktr_emu::host::{Machine, Stop};
use zktr_emu::trace::fast;
use zktr_emu::trace::{self, Filled, Options};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_isa::trace::Table;

/// Fill the tables that prove a run of a guest, and write them to files.
///
/// The guest is executed as by `zktr run`, and split into segments, each of which has tables of its own. Without
/// `--output` nothing is written but the numbers of rows and cells.
#[derive(Debug, Args)]
pub struct Trace {
    #[command(flatten)]
    guest: Guest,
    #[command(flatten)]
    resume: Resume,
    /// The folder for the files: a new or an empty one.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// What the files are.
    #[arg(long, value_name = "FORMAT", default_value = "parquet")]
    format: Format,
    /// Only this table; may be repeated.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// The most instructions of a segment. Memory is used for one segment at a time.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = 1 << 18)]
    segment: u64,
    /// Only the regions that the guest marks with `zktr.on` and `zktr.off`.
    #[arg(long)]
    marked: bool,
    /// Whose residues the cells are.
    #[arg(long, value_name = "NAME", default_value = "babybear")]
    field: String,
    /// Leave rows of padding out of the files.
    #[arg(long)]
    no_padding: bool,
    /// Check all constraints and the balance of all buses.
    #[arg(long)]
    check: bool,
    /// Threads that fill tables, each of another segment, while the guest is executed: memory grows with them.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "golden")]
    threads: usize,
    /// Let the golden layer record and fill: slower, with the same result.
    #[arg(long)]
    golden: bool,
    /// Print the manifest, as JSON, instead of text.
    #[arg(long)]
    json: bool,
}

impl From<folder::Error> for Failure {
    fn from(error: folder::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Trace {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        self.validate(&spec)?;
        let modulus = trace::modulus(&spec, &self.field)?;
        let selected = self.selected(&spec)?;
        let mut options = self.guest.options();
        // One instruction is executed at a time.
        options.compile_after = None;
        let mut loaded = self.guest.load(&spec, options)?;
        self.resume.apply(&mut loaded.machine)?;
        let mut run = Run {
            spec: &spec,
            modulus,
            folder: self.output.as_deref().map(Folder::create).transpose()?,
            progress: Progress::new(global.message_format == MessageFormat::Text),
            segments: Vec::new(),
            findings: Vec::new(),
            selected,
            command: self,
        };
        let stop = match &loaded.started {
            Err(stop) => stop.clone(),
            Ok(()) => run.execute(&mut loaded.machine)?,
        };
        if run.segments.is_empty() {
            let error = Diagnostic::global(format!("nothing to trace: {stop}"));
            return Err(match self.marked {
                true => error.help(
                    "no instruction was executed between `zktr.on` and `zktr.off`: without `--marked` all of them are traced",
                ),
                false => error,
            }
            .into());
        }
        let manifest = self.manifest(global, &loaded, &run, &stop)?;
        let findings = run.finish(&manifest)?;
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &manifest).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else {
            text::write(&manifest, out)?;
        }
        let verdict = match stop {
            Stop::Exit(_) | Stop::Returned => Verdict::Fine,
            stop => {
                out.flush()?;
                let error = Diagnostic::global(format!("the program stopped: {stop}"));
                let error = error.help("the tables are those of what it has executed until then");
                super::report(&[error], global.message_format);
                Verdict::Findings
            }
        };
        if findings.is_empty() {
            Ok(verdict)
        } else {
            Err(findings.into())
        }
    }

    /// Whether the options make sense for this schema and this build.
    fn validate(&self, spec: &Spec) -> Result<(), Failure> {
        if self.output.is_some() && !self.format.is_supported() {
            return Err(Failure::Usage(
                "this build does not write Parquet: choose `--format npy` or `--format csv`, or build `zktr` with its feature `parquet`".into(),
            ));
        }
        let most = spec.trace().guest.instructions;
        if !(1..=most).contains(&self.segment) {
            return Err(Failure::Usage(format!(
                "`--segment` is a number from 1 to {most}, the most instructions whose times fit in the tables"
            )));
        }
        Ok(())
    }

    /// Indices of the tables that are written.
    fn selected(&self, spec: &Spec) -> Result<Vec<usize>, Failure> {
        let schema = spec.trace();
        for name in &self.tables {
            if schema.table(name).is_none() {
                let error = Diagnostic::global(format!("no table `{name}` in the trace schema"));
                let names: Vec<&str> = schema.tables.iter().map(|t| &t.name[..]).collect();
                let help = match zktr_isa::names::nearest(name, names.iter().copied()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("the tables are {}", names.join(", ")),
                };
                return Err(error.help(help).into());
            }
        }
        let wanted = |table: &Table| self.tables.is_empty() || self.tables.contains(&table.name);
        Ok((0..schema.tables.len())
            .filter(|&index| wanted(&schema.tables[index]))
            .collect())
    }

    fn manifest(
        &self,
        global: &Global,
        loaded: &Loaded,
        run: &Run<'_>,
        stop: &Stop,
    ) -> Result<Manifest, Failure> {
        let digests = |files: &[(String, Vec<u8>)]| {
            files
                .iter()
                .map(|(name, bytes)| InputFile::new(name, bytes))
                .collect()
        };
        let (specs, _) = global.sources(&[])?;
        let tables = &run.spec.trace().tables;
        Ok(Manifest {
            version: manifest::VERSION,
            generator: concat!("zktr ", env!("CARGO_PKG_VERSION")).to_owned(),
            field: self.field.clone(),
            modulus: run.modulus,
            format: run.folder.as_ref().map(|_| self.format.extension()),
            padding: !self.no_padding,
            guest: digests(&loaded.files),
            inputs: digests(&loaded.inputs),
            specs: specs
                .iter()
                .map(|source| InputFile::new(&source.name, source.text.as_bytes()))
                .collect(),
            stop: stop.to_string(),
            exit_code: match stop {
                Stop::Exit(code) => Some(*code),
                _ => None,
            },
            tables: run
                .selected
                .iter()
                .map(|&index| TableEntry::new(&tables[index]))
                .collect(),
            segments: run.located(),
        })
    }
}

/// Each has a segment with its tables in memory.
const MOST_THREADS: usize = 64;

/// A run while its tables are written.
struct Run<'a> {
    spec: &'a Spec,
    command: &'a Trace,
    modulus: u64,
    selected: Vec<usize>,
    folder: Option<Folder>,
    progress: Progress,
    segments: Vec<Segment>,
    findings: Vec<Diagnostic>,
}

impl Run<'_> {
    /// Executes the guest, and takes one segment after the other.
    fn execute(&mut self, machine: &mut Machine) -> Result<Stop, Failure> {
        let options = Options {
            marked: self.command.marked,
            segment: self.command.segment,
            fuel: self.command.guest.fuel,
        };
        self.progress.stage("segment 0: executing".into());
        if self.command.golden {
            return trace::record_each(self.spec, machine, &options, |execution| {
                let filled = trace::fill_from(self.spec.trace(), &execution, self.modulus);
                self.segment(&execution.into(), &filled)
            });
        }
        let how = (self.modulus, self.command.threads.min(MOST_THREADS));
        fast::fill_each(self.spec, machine, &options, how, |segment, filled| {
            self.segment(segment, filled)
        })
    }

    /// Checks and writes the tables of a segment.
    fn segment(&mut self, executed: &fast::Segment, filled: &trace::Trace) -> Result<(), Failure> {
        if executed.instructions() == 0 {
            // The run has ended where the one before did.
            return Ok(());
        }
        let schema = self.spec.trace();
        let number = self.segments.len();
        if self.command.check {
            let rows = filled.tables.iter().map(Filled::height).sum::<usize>();
            self.progress
                .rows(format!("segment {number}: checking"), rows as u64);
            let findings = check::check(schema, filled, &mut |rows| self.progress.advance(rows));
            self.findings.extend(findings);
        }
        let mut segment = Segment::new(executed, schema.clock.first);
        let contents: Vec<Content<'_>> = self
            .selected
            .iter()
            .map(|&index| {
                let filled = &filled.tables[index];
                Content {
                    table: &schema.tables[index],
                    filled,
                    rows: match self.command.no_padding {
                        true => filled.rows,
                        false => filled.height(),
                    },
                }
            })
            .collect();
        let rows: usize = contents.iter().map(|content| content.rows).sum();
        self.progress
            .rows(format!("segment {number}: writing"), rows as u64);
        for content in &contents {
            let mut entry = SegmentTable::new(content.table, content.filled);
            if let Some(folder) = &self.folder {
                let name = entry.file_name(self.command.format);
                let path = Path::new(&segment_folder(number)).join(&name);
                folder.write(&path, |file| {
                    let progress = &mut |rows| self.progress.advance(rows);
                    tables::write(self.command.format, content, file, progress)
                })?;
                entry.file = Some(name);
            }
            segment.tables.push(entry);
        }
        self.segments.push(segment);
        self.progress
            .stage(format!("segment {}: executing", number + 1));
        Ok(())
    }

    /// The segments, with their files as they are named at the end.
    fn located(&self) -> Vec<Segment> {
        let mut segments = self.segments.clone();
        if segments.len() > 1 {
            for (number, segment) in segments.iter_mut().enumerate() {
                for file in segment.tables.iter_mut().filter_map(|t| t.file.as_mut()) {
                    *file = format!("{}/{file}", segment_folder(number));
                }
            }
        }
        segments
    }

    /// Puts all files in their places; the result is what does not hold.
    fn finish(self, manifest: &Manifest) -> Result<Vec<Diagnostic>, Failure> {
        if let Some(folder) = self.folder {
            if self.segments.len() == 1 {
                folder.lift(Path::new(&segment_folder(0)))?;
            }
            let name = Path::new(manifest::FILE);
            folder.write(name, |file| {
                serde_json::to_writer_pretty(&mut *file, manifest)?;
                writeln!(file)
            })?;
            folder.finish(name)?;
        }
        Ok(self.findings)
    }
}

/// The folder of a segment's files, if there are several.
fn segment_folder(number: usize) -> String {
    format!("segment-{number:04}")
}
