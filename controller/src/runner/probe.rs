//! The probe: one cheap request twice a second, beside the load. When it slows down, what gives way is
//! shared by all requests; when it does not, it is the streams' own.

use std::time::{Duration, Instant};

use common::api::PROBE_HEADER;
use common::plan::Plan;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::grpc::Inbound;
use crate::run::Input;
use crate::runner::preflight::{PreflightError, client};

/// How often it is sent.
const EVERY: Duration = Duration::from_millis(500);
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends probes to the plan's host until the run loop is gone, or the task is ended.
///
/// # Errors
/// The plan's certificates cannot be read.
pub(crate) fn start(plan: &Plan, run_loop: mpsc::Sender<Inbound>) -> Result<JoinHandle<()>, PreflightError> {
    let client = client(plan)?;
    let call = plan.api.probe();
    let url = format!("{}{}", plan.base_url, call.path.source());
    let method = reqwest::Method::from_bytes(call.method.as_bytes()).unwrap_or(reqwest::Method::GET);
    Ok(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let request =
                client.request(method.clone(), &url).header(PROBE_HEADER, "canary").timeout(PATIENCE);
            let latency = latency(request).await;
            if run_loop.send(Inbound::Input(Input::Canary(latency))).await.is_err() {
                return;
            }
        }
    }))
}

/// How long the whole answer takes; `None` without an answer, or for an error.
async fn latency(request: reqwest::RequestBuilder) -> Option<Duration> {
    let started = Instant::now();
    let answer = request.send().await.ok()?.error_for_status().ok()?;
    answer.bytes().await.ok()?;
    Some(started.elapsed())
}
