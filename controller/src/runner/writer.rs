//! The thread that writes to disk, so that a slow disk never delays a worker's quota.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use common::text::number::counted;
use report::files::Outputs;
use report::rows::{Note, NoteKind, ObservedSample, RunReport, SecondRow};

/// Jobs that may wait. When the disk is slower than that, seconds wait in the run loop and snapshots,
/// which the next one replaces anyway, are left out.
const QUEUE: usize = 2;

/// What is to be appended.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    pub seconds: Vec<SecondRow>,
    pub observed: Vec<ObservedSample>,
}

struct Job {
    new: Unwritten,
    snapshot: Option<Arc<RunReport>>,
}

/// The way to the writing thread.
pub(crate) struct Writer {
    jobs: SyncSender<Job>,
    thread: JoinHandle<Outputs>,
    trouble: Arc<Mutex<Option<WriteTrouble>>>,
}

/// Writes that failed while the run went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WriteTrouble {
    /// How many, each of a second.
    pub failed: u64,
    /// What the first one ran into.
    pub first: String,
}

impl WriteTrouble {
    /// What the report says about it.
    pub(crate) fn note(&self) -> Note {
        let WriteTrouble { failed, first } = self;
        Note::new(
            NoteKind::Unwritten,
            format!(
                "In {} of the run its files could not be written ({first}), and had it been killed then they would \
                 lack them. What is in them now is what could be written at last.",
                counted(*failed, "second")
            ),
        )
    }
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start(outputs: Outputs) -> std::io::Result<Writer> {
        let (jobs, queue) = sync_channel(QUEUE);
        let trouble = Arc::new(Mutex::new(None));
        let report = Arc::clone(&trouble);
        let named = std::thread::Builder::new().name("writer".to_owned());
        let thread = named.spawn(move || write(outputs, &queue, &report))?;
        Ok(Writer { jobs, thread, trouble })
    }

    /// Hands over what is new: it is taken, or left for the next time.
    pub(crate) fn progress(&self, new: &mut Unwritten, snapshot: Option<Arc<RunReport>>) {
        let job = Job { new: std::mem::take(new), snapshot };
        if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) = self.jobs.try_send(job) {
            *new = job.new;
        }
    }

    /// What could not be written so far.
    pub(crate) fn trouble(&self) -> Option<WriteTrouble> {
        self.trouble.lock().ok()?.clone()
    }

    /// Writes this last and gives the files back, none when the thread died, and what could not be
    /// written meanwhile.
    pub(crate) fn finish(self, new: Unwritten) -> (Option<Outputs>, Option<WriteTrouble>) {
        // Waits for room; an error means that the thread is gone, and the join says why.
        let _ = self.jobs.send(Job { new, snapshot: None });
        drop(self.jobs);
        let outputs = self.thread.join().ok();
        (outputs, self.trouble.lock().ok().and_then(|trouble| trouble.clone()))
    }
}

fn write(mut outputs: Outputs, queue: &Receiver<Job>, trouble: &Mutex<Option<WriteTrouble>>) -> Outputs {
    while let Ok(job) = queue.recv() {
        // Each is taken, and the first failure reported.
        let mut appended: Vec<_> = job.new.seconds.iter().map(|row| outputs.append_second(row)).collect();
        if !job.new.observed.is_empty() {
            appended.push(outputs.append_observed(job.new.observed));
        }
        let seconds = appended.into_iter().collect::<Result<(), _>>();
        let snapshot = job.snapshot.map_or(Ok(()), |report| outputs.snapshot(&report));
        let (Err(error), Ok(mut trouble)) = (seconds.and(snapshot), trouble.lock()) else { continue };
        match &mut *trouble {
            Some(trouble) => trouble.failed += 1,
            none => {
                tracing::error!("{error}; the run goes on, and tries again each second");
                *none = Some(WriteTrouble { failed: 1, first: error.to_string() });
            }
        }
    }
    outputs
}
