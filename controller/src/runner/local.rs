//! Workers inside the controller's process, each on a thread of its own.

use std::thread::JoinHandle;
use std::time::Duration;

use hub::grpc::Token;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use worker::link::{self, LinkError, Route, StopRequest, WorkerEnd, WorkerSettings};

/// A local worker that is under way.
pub(crate) struct LocalWorker {
    /// Kept so that the worker does not stop; the end of the run ends it.
    _stop: mpsc::Sender<StopRequest>,
    thread: JoinHandle<Result<WorkerEnd, LinkError>>,
}

/// Starts `count` workers that share the cores. They attach through `acceptor`, inside the process, so that
/// neither the address nor the certificates of the controller matter to them.
///
/// # Errors
/// The system gives no more threads.
pub(crate) fn start(
    count: usize,
    acceptor: &mpsc::Sender<DuplexStream>,
    token: Option<&Token>,
) -> std::io::Result<Vec<LocalWorker>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (1..=count)
        .map(|number| {
            let settings = WorkerSettings {
                controller: Route::InProcess(acceptor.clone()),
                name: name(number),
                cores: (cores / count).max(1),
                token: token.map(|token| token.reveal().to_owned()),
                patience: Duration::from_secs(30),
            };
            spawn(settings)
        })
        .collect()
}

/// What a local worker is called, from 1.
pub(crate) fn name(number: usize) -> String {
    format!("local-{number}")
}

fn spawn(settings: WorkerSettings) -> std::io::Result<LocalWorker> {
    let (stop, stops) = mpsc::channel(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new()
        .name(settings.name.clone())
        .spawn(move || runtime.block_on(link::run(settings, stops)))?;
    Ok(LocalWorker { _stop: stop, thread })
}

impl LocalWorker {
    /// Whether it has ended, well or not.
    pub(crate) fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Why it ended, if it could not go on. Waits for its end.
    pub(crate) fn error(self) -> Option<LinkError> {
        self.thread.join().ok().and_then(Result::err)
    }
}
