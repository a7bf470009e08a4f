//! Recording and filling at the same time: while the caller's thread executes the guest, others fill the tables of the segments
//! that it has recorded. What is delivered does not depend on the number of threads.

use super::super::Trace;
use super::super::record::Options;
use super::filler::Filler;
use super::record::{record_each, record_into};
use super::segment::Segment;
use crate::host::{Machine, Stop};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// Runs a guest until it stops or the fuel is used up, and gives `deliver` one segment after the other, with all its tables of
/// residues of `modulus` (see [`super::super::modulus`]).
///
/// With more than one thread, so many fill tables while the caller's executes and delivers; then up to `threads + 2` segments with
/// their tables are in memory at once.
///
/// # Errors
/// As for [`super::super::record_each`].
pub fn fill_each<E: From<Diagnostic>>(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
    (modulus, threads): (u64, usize),
    mut deliver: impl FnMut(&Segment, &Trace) -> Result<(), E>,
) -> Result<Stop, E> {
    let empty = || Trace {
        modulus,
        tables: Vec::new(),
    };
    if threads <= 1 {
        let (mut filler, mut tables) = (Filler::new(spec.trace(), modulus), empty());
        return record_each(spec, machine, options, |segment| {
            filler.fill_again(segment, &mut tables);
            deliver(segment, &tables)
        });
    }
    let (send, jobs) = mpsc::channel::<Job>();
    let (finish, finished) = mpsc::channel();
    let jobs = Mutex::new(jobs);
    thread::scope(|scope| {
        // Without its sender the fillers end, also where this returns with an error.
        let send = send;
        for _ in 0..threads {
            let (jobs, finish) = (&jobs, finish.clone());
            scope.spawn(move || fill_jobs(spec, modulus, jobs, &finish));
        }
        drop(finish);
        let mut order = InOrder {
            finished,
            early: BTreeMap::new(),
            spare: Vec::new(),
            sent: 0,
            delivered: 0,
        };
        let stop = record_into(spec, machine, options, |segment| {
            while order.sent - order.delivered > threads + 1 {
                order.deliver_next(&mut deliver)?;
            }
            let mut job = order.spare.pop().unwrap_or_else(|| Job {
                number: 0,
                segment: Segment::default(),
                tables: empty(),
            });
            job.number = order.sent;
            job.segment.run.program.clone_from(&segment.run.program);
            std::mem::swap(&mut job.segment, segment);
            order.sent += 1;
            // There are receivers as long as there is the sender.
            let _ = send.send(job);
            Ok::<(), E>(())
        })?;
        while order.delivered < order.sent {
            order.deliver_next(&mut deliver)?;
        }
        Ok(stop)
    })
}

/// A segment, and its tables or the memory for them.
struct Job {
    number: usize,
    segment: Segment,
    tables: Trace,
}

/// What a thread has made of a job: it, or what it has panicked with.
type Finished = Result<Job, Box<dyn Any + Send>>;

/// Fills tables until there are no more jobs.
fn fill_jobs(
    spec: &Spec,
    modulus: u64,
    jobs: &Mutex<mpsc::Receiver<Job>>,
    finish: &mpsc::Sender<Finished>,
) {
    let mut filler = Filler::new(spec.trace(), modulus);
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut job) = next else {
            return;
        };
        // A filler that has panicked is not used again.
        let filled = catch_unwind(AssertUnwindSafe(|| {
            filler.fill_again(&job.segment, &mut job.tables);
        }));
        let failed = filled.is_err();
        if finish.send(filled.map(|()| job)).is_err() || failed {
            return;
        }
    }
}

/// Jobs in the order in which they were sent.
struct InOrder {
    finished: mpsc::Receiver<Finished>,
    /// Those that have been finished before their turn.
    early: BTreeMap<usize, Job>,
    /// Those whose memory can be used again.
    spare: Vec<Job>,
    sent: usize,
    delivered: usize,
}

impl InOrder {
    /// Waits for the next job and delivers it.
    fn deliver_next<E>(
        &mut self,
        deliver: &mut impl FnMut(&Segment, &Trace) -> Result<(), E>,
    ) -> Result<(), E> {
        let job = loop {
            if let Some(job) = self.early.remove(&self.delivered) {
                break job;
            }
            match self.finished.recv() {
                Ok(Ok(job)) => {
                    self.early.insert(job.number, job);
                }
                Ok(Err(panic)) => resume_unwind(panic),
                // Threads end by themselves only when there are no more jobs.
                Err(_) => unreachable!("a job is under way"),
            }
        };
        self.delivered += 1;
        let result = deliver(&job.segment, &job.tables);
        self.spare.push(job);
        result
    }
}
