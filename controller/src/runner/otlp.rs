//! Pushes the run's metrics to a collector while it goes on, and once more at its end.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use prost::Message;
use report::metrics::export;
use report::rows::{RunReport, SecondRow};

/// Time between two pushes.
const EVERY: Duration = Duration::from_secs(10);
/// Times that the last push is tried, for nothing comes after it.
const LAST_TRIES: u32 = 3;
/// Time between two of them.
const PAUSE: Duration = Duration::from_secs(1);

/// Longest time for a collector to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The report without its history, and its last closed second.
pub(crate) type Latest = (Arc<RunReport>, Option<SecondRow>);

/// Pushes to one collector. A collector that fails is complained of once, and the run goes on.
#[derive(Debug)]
pub(crate) struct Pusher {
    latest: watch::Sender<Option<Latest>>,
    task: JoinHandle<()>,
}

impl Pusher {
    /// Starts pushing to `url`, which is the full address for metrics.
    ///
    /// # Errors
    /// The TLS of this machine cannot be set up.
    pub(crate) fn start(url: String) -> Result<Pusher, reqwest::Error> {
        let client = reqwest::Client::builder().build()?;
        let (latest, changes) = watch::channel(None);
        Ok(Pusher { latest, task: tokio::spawn(push_regularly(client, url, changes)) })
    }

    /// The way to say what is new.
    pub(crate) fn publisher(&self) -> watch::Sender<Option<Latest>> {
        self.latest.clone()
    }

    /// Pushes this last report, and waits until that is done.
    pub(crate) async fn finish(self, report: &RunReport) {
        let last = report.history.last().cloned();
        let bare = RunReport { history: Vec::new(), ..report.clone() };
        self.latest.send_replace(Some((Arc::new(bare), last)));
        // The task ends once the last sender is gone.
        drop(self.latest);
        let _ = self.task.await;
    }
}

async fn push_regularly(client: reqwest::Client, url: String, mut changes: watch::Receiver<Option<Latest>>) {
    let mut complained = false;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let over = tokio::select! {
            _ = ticks.tick() => false,
            () = closed(&mut changes) => true,
        };
        let latest = changes.borrow_and_update().clone();
        let Some((report, row)) = latest else { if over { return } else { continue } };
        for attempt in 1..=(if over { LAST_TRIES } else { 1 }) {
            let message = export(&report, row.as_ref(), Timestamp::now());
            let Err(error) = push(&client, &url, &message).await else { break };
            if over && attempt < LAST_TRIES {
                tokio::time::sleep(PAUSE).await;
            } else if over {
                tracing::warn!("--otlp {url}: {error}; the collector does not have the last figures");
            } else if !std::mem::replace(&mut complained, true) {
                tracing::warn!("--otlp {url}: {error}; the run goes on, and so do the attempts to push");
            }
        }
        if over {
            return;
        }
    }
}

/// Ends once the last sender is gone.
async fn closed(changes: &mut watch::Receiver<Option<Latest>>) {
    while changes.changed().await.is_ok() {}
}

/// Pushes a message to a collector's address for metrics.
///
/// # Errors
/// Nobody answers in time, or the answer is a refusal; the text says which.
async fn push(client: &reqwest::Client, url: &str, message: &impl Message) -> Result<(), String> {
    let request = client
        .post(url)
        .timeout(PATIENCE)
        .header("content-type", "application/x-protobuf")
        .body(message.encode_to_vec());
    let answer = request.send().await.map_err(|error| root(&error))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("it answered {status}")),
    }
}

/// What is at the bottom of an error: the message of the top repeats the address.
fn root(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
