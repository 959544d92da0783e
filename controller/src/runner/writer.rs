//! The thread that writes to disk, so that a slow disk never delays a worker's quota.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use report::files::Outputs;
use report::rows::{RunReport, SecondRow};

/// Jobs that may wait. When the disk is slower than that, seconds wait in the run loop and snapshots,
/// which the next one replaces anyway, are left out.
const QUEUE: usize = 2;

struct Job {
    seconds: Vec<SecondRow>,
    snapshot: Option<Arc<RunReport>>,
}

/// The way to the writing thread.
pub(crate) struct Writer {
    jobs: SyncSender<Job>,
    thread: JoinHandle<Outputs>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start(outputs: Outputs) -> std::io::Result<Writer> {
        let (jobs, queue) = sync_channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || write(outputs, &queue))?;
        Ok(Writer { jobs, thread })
    }

    /// Hands over what is new: the seconds are taken, or left for the next time.
    pub(crate) fn progress(&self, seconds: &mut Vec<SecondRow>, snapshot: Option<Arc<RunReport>>) {
        let job = Job { seconds: std::mem::take(seconds), snapshot };
        if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) = self.jobs.try_send(job) {
            *seconds = job.seconds;
        }
    }

    /// Writes these last seconds and gives the files back; none when the thread died.
    pub(crate) fn finish(self, seconds: Vec<SecondRow>) -> Option<Outputs> {
        // Waits for room; an error means that the thread is gone, which the join tells.
        let _ = self.jobs.send(Job { seconds, snapshot: None });
        drop(self.jobs);
        self.thread.join().ok()
    }
}

fn write(mut outputs: Outputs, queue: &Receiver<Job>) -> Outputs {
    let mut complained = false;
    while let Ok(job) = queue.recv() {
        let seconds = job.seconds.iter().try_for_each(|row| outputs.append_second(row));
        let snapshot = job.snapshot.map_or(Ok(()), |report| outputs.snapshot(&report));
        if let Err(error) = seconds.and(snapshot)
            && !std::mem::replace(&mut complained, true)
        {
            tracing::error!("{error}; the run goes on, its files will be incomplete");
        }
    }
    outputs
}
