//! The thread that writes the log, and the handles to it.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, io};

use common::plan::Plan;
use common::request_log::{LogFooter, LogHeader, LogMark, LogSettings, VERSION};

use super::core_log::CoreLog;
use super::entry::Entry;
use super::error::LogError;
use super::file::LogFile;
use super::line::{LineClock, LineNames, line};
use super::place;
use super::sampler::Sampler;
use crate::interval::LogLoss;

/// Batches that may wait for the writer; with [`BATCH`](super::core_log) requests each, some 20 MiB.
const QUEUE: usize = 128;
/// What is written is in the file after this at the latest.
const EVERY: Duration = Duration::from_secs(1);
/// How long the end of a run waits for what is still to be written.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest error that is told, bytes.
const LONGEST_ERROR: usize = 200;
/// How often it looks meanwhile whether there is room to say so.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Something for the writer to do.
#[derive(Debug)]
pub(super) enum Work {
    /// Requests to write, and how many the sample left out beside them.
    Batch { entries: Vec<Entry>, left_out: u64 },
    /// Nothing follows: finish the file and say so.
    Finish(SyncSender<()>),
}

/// What cores, writer and link share.
#[derive(Debug, Default)]
pub(super) struct LogState {
    /// The run's clock minus the worker's, microseconds.
    offset_us: AtomicI64,
    dropped: AtomicU64,
    error: Mutex<Option<String>>,
}

impl LogState {
    pub(super) fn drop_requests(&self, requests: u64) {
        self.dropped.fetch_add(requests, Relaxed);
    }

    fn fail(&self, error: &io::Error) {
        let mut text = error.to_string();
        text.truncate(text.floor_char_boundary(LONGEST_ERROR));
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
    }

    fn error(&self) -> Option<String> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Makes the log of each core.
#[derive(Debug, Clone)]
pub struct LogHandle {
    to_writer: SyncSender<Work>,
    state: Arc<LogState>,
    sample: f64,
    seed: u64,
}

impl LogHandle {
    /// The side of one core.
    pub(crate) fn core(&self, core: usize) -> CoreLog {
        let sampler = Sampler::new(self.sample, self.seed ^ core as u64);
        CoreLog::new(sampler, self.to_writer.clone(), Arc::clone(&self.state))
    }
}

/// The log of one run, from its first line to its last.
#[derive(Debug)]
pub(crate) struct RequestLog {
    handle: LogHandle,
    thread: Option<JoinHandle<()>>,
    told: u64,
    is_error_told: bool,
}

impl RequestLog {
    /// Opens the file and starts the thread. `epoch` is the zero of the worker's clock.
    pub(crate) fn open(
        settings: &LogSettings,
        plan: &Plan,
        worker: &str,
        run: [u8; 16],
        epoch: Instant,
    ) -> Result<RequestLog, LogError> {
        let run = uuid::Uuid::from_bytes(run).simple().to_string();
        let (file, path) = place::find(Path::new(&settings.path), worker, &run)?;
        let blame = |source| LogError::Open { path: path.clone(), source };
        let file = LogFile::new(file, path.clone()).map_err(blame)?;
        let (to_writer, work) = mpsc::sync_channel(QUEUE);
        let state = Arc::new(LogState::default());
        let calls = plan.api.endpoints().iter().map(|row| format!("{} {}", row.method, row.name)).collect();
        let names = LineNames { calls, ids: settings.ids.clone() };
        let header = Header { run, seed: plan.seed, worker: worker.to_owned(), sample: settings.sample };
        let writer =
            Writer { file, names, header, epoch, state: Arc::clone(&state), left_out: 0, is_failed: false };
        let thread = thread::Builder::new().name("request-log".to_owned()).spawn(|| writer.serve(work));
        let thread = Some(thread.map_err(blame)?);
        let handle = LogHandle { to_writer, state, sample: settings.sample, seed: plan.seed };
        Ok(RequestLog { handle, thread, told: 0, is_error_told: false })
    }

    /// What the cores need.
    pub(crate) fn handle(&self) -> LogHandle {
        self.handle.clone()
    }

    /// The run's clock minus the worker's.
    pub(crate) fn set_offset(&self, offset_us: i64) {
        self.handle.state.offset_us.store(offset_us, Relaxed);
    }

    /// Resolves once all that was handed over is in the file, its footer too, or it is too late for that.
    pub(crate) fn finish(&self) -> impl Future<Output = ()> + Send + use<> {
        let to_writer = self.handle.to_writer.clone();
        async move {
            let finished = tokio::task::spawn_blocking(move || finish(&to_writer));
            // It cannot be cancelled, and does not panic.
            let _ = finished.await;
        }
    }

    /// What is missing in the file and was not told yet.
    pub(crate) fn take_loss(&mut self) -> LogLoss {
        let dropped = self.handle.state.dropped.load(Relaxed);
        let error = self.handle.state.error().filter(|_| !self.is_error_told);
        self.is_error_told |= error.is_some();
        LogLoss { dropped: dropped - std::mem::replace(&mut self.told, dropped), error }
    }
}

/// However a run ends, its log is closed before another can begin.
impl Drop for RequestLog {
    fn drop(&mut self) {
        finish(&self.handle.to_writer);
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            // A thread that panicked has printed its message.
            let _ = thread.join();
        }
    }
}

/// Waits until the file is finished; not for ever, as a disk may hang.
fn finish(to_writer: &SyncSender<Work>) {
    let (done, is_done) = mpsc::sync_channel(1);
    let (mut work, latest) = (Work::Finish(done), Instant::now() + PATIENCE);
    loop {
        match to_writer.try_send(work) {
            Ok(()) => {
                let _ = is_done.recv_timeout(latest.saturating_duration_since(Instant::now()));
                return;
            }
            Err(TrySendError::Full(again)) if Instant::now() < latest => work = again,
            Err(_) => return,
        }
        thread::park_timeout(LOOK_AGAIN);
    }
}

/// What the header says of the run.
struct Header {
    run: String,
    seed: u64,
    worker: String,
    sample: f64,
}

struct Writer {
    file: LogFile,
    names: LineNames,
    header: Header,
    epoch: Instant,
    state: Arc<LogState>,
    left_out: u64,
    /// The file could not be written; nothing more is tried.
    is_failed: bool,
}

impl Writer {
    fn serve(mut self, work: Receiver<Work>) {
        let mut due = Instant::now() + EVERY;
        loop {
            match work.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(Work::Batch { entries, left_out }) => {
                    self.left_out += left_out;
                    self.write(&entries);
                }
                Ok(Work::Finish(done)) => {
                    self.finish();
                    let _ = done.send(());
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.finish(),
            }
            if Instant::now() >= due {
                let flushed = self.file.flush();
                self.check(flushed);
                due = Instant::now() + EVERY;
            }
        }
    }

    fn write(&mut self, entries: &[Entry]) {
        if self.is_failed {
            return self.state.drop_requests(entries.len() as u64);
        }
        for (place, entry) in entries.iter().enumerate() {
            let written = self.begin().and_then(|clock| self.file.add(&line(entry, &self.names, clock), 1));
            if self.check(written).is_none() {
                return self.state.drop_requests((entries.len() - place - 1) as u64);
            }
        }
    }

    /// Writes the header, if nothing was written before. Returns the clock as it is known now.
    fn begin(&mut self) -> io::Result<LineClock> {
        let offset_us = self.state.offset_us.load(Relaxed);
        let clock = LineClock { epoch: self.epoch, offset_us };
        if self.file.is_begun() {
            return Ok(clock);
        }
        let elapsed = clock.moment(Instant::now()).micros() / 1e6;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let header = LogHeader {
            version: VERSION,
            run: self.header.run.as_str().into(),
            seed: self.header.seed,
            worker: self.header.worker.as_str().into(),
            started: ((now - elapsed) * 1e6).round() / 1e6,
            clock_offset_us: offset_us,
            sample: self.header.sample,
        };
        // At once: of a disk that is full it is not lost with the first requests.
        self.file.add(&LogMark::Header(header), 0)?;
        self.file.flush().map(|()| clock)
    }

    /// Takes note of a failure, and of what is lost with it; `None` then.
    fn check(&mut self, result: io::Result<()>) -> Option<()> {
        let error = match result {
            Ok(()) => return Some(()),
            Err(error) => error,
        };
        self.state.drop_requests(self.file.take_waiting());
        self.state.fail(&error);
        self.is_failed = true;
        None
    }

    /// Writes what waits and the last line. A file in which nothing would stand is removed.
    fn finish(&mut self) {
        let flushed = self.file.flush();
        self.check(flushed);
        if self.file.is_empty() && !self.is_failed {
            let _ = fs::remove_file(self.file.path());
            return;
        }
        let footer = LogFooter {
            lines: self.file.written(),
            left_out: self.left_out,
            dropped: self.state.dropped.load(Relaxed),
            error: self.state.error().map(Into::into),
        };
        let ended = self.file.add(&LogMark::Footer(footer), 0).and_then(|()| self.file.flush());
        self.check(ended);
    }
}
