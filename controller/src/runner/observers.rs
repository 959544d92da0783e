//! The observers of a run, and their way to the run loop.

use std::time::Instant;

use hub::grpc::Inbound;
use hub::run::Input;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use observe::{Choice, Observe, Observers, Trust};

/// Looks that may wait for the run loop; observers wait where there is no room.
const LOOKS: usize = 64;

/// Observers at work, and the task that hands on what they see.
pub(crate) struct Observing {
    observers: Observers,
    way: JoinHandle<()>,
}

impl Observing {
    /// Starts them; none where nobody is to observe.
    ///
    /// # Errors
    /// The system gives no more threads or descriptors.
    pub(crate) fn start(
        targets: &[Observe],
        choice: &Choice,
        trust: Trust,
        run_loop: mpsc::Sender<Inbound>,
    ) -> std::io::Result<Option<Observing>> {
        if targets.is_empty() {
            return Ok(None);
        }
        let (looks, mut seen) = mpsc::channel(LOOKS);
        let observers = Observers::start(targets.to_vec(), choice.clone(), trust, looks)?;
        let way = tokio::spawn(async move {
            while let Some((at, look)) = seen.recv().await {
                let input = Input::Observed { age: Instant::now().saturating_duration_since(at), look };
                if run_loop.send(Inbound::Input(input)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Some(Observing { observers, way }))
    }

    /// Looks no more.
    pub(crate) fn end(self) {
        self.way.abort();
        self.observers.end();
    }
}
