//! The canary: one cheap request twice a second, beside the load. When it slows down, what gives way is shared by
//! all requests; when it does not, it is the streams' own.
//!
//! It is asked at fixed times whatever became of the one before, so that a service that stands still for four
//! seconds is seen by eight of them. What it asks for does not grow with the load.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::plan::Plan;
use hub::grpc::Inbound;
use hub::run::Input;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;
use worker::user::Visitor;

use crate::runner::probe_call::ProbeCall;

/// How the service can distinguish its requests from those of users.
const MARK: &str = "canary";
/// How often it is sent.
const EVERY: Duration = Duration::from_millis(500);
/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most on the way at once; where there is no room for one more, it has failed.
const MOST: usize = 20;
/// Its thread is deleted within this time, or stays.
const CLEANING_UP: Duration = Duration::from_secs(2);

/// A canary that is being asked.
pub(crate) struct CanaryProbe {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl CanaryProbe {
    /// Asks the plan's host until the run loop is gone, or [`CanaryProbe::end`]. None where the API file says that there is
    /// no such call.
    pub(crate) fn start(plan: &Plan, run_loop: mpsc::Sender<Inbound>) -> Option<CanaryProbe> {
        if plan.api.probe.as_ref().is_some_and(|probe| probe.skip) {
            return None;
        }
        let plan = plan.clone();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let visitor = match Visitor::to(&plan, MARK).await {
                Ok(visitor) => visitor,
                // The look before the load met none of it, so it has come since; the users will show it.
                Err(error) => return tracing::warn!("there is no canary: {error}"),
            };
            let call = Arc::new(ProbeCall::prepare(visitor, &plan, PATIENCE).await);
            tokio::select! {
                () = ask(&call, &run_loop) => {}
                _ = stopped => {}
            }
            // A thread that cannot be deleted stays: it is one, and the run is over.
            call.clean_up(CLEANING_UP).await;
        });
        Some(CanaryProbe { stop, task })
    }

    /// Asks no more, and deletes what it asked for.
    pub(crate) async fn end(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}

async fn ask(call: &Arc<ProbeCall>, run_loop: &mpsc::Sender<Inbound>) {
    let mut ticks = tokio::time::interval(EVERY);
    // What this process itself was too late for is no failure of the service.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut on_the_way = JoinSet::new();
    loop {
        ticks.tick().await;
        if run_loop.is_closed() {
            return;
        }
        while on_the_way.try_join_next().is_some() {}
        let (sent, run_loop) = (Instant::now(), run_loop.clone());
        let call = (on_the_way.len() < MOST).then(|| Arc::clone(call));
        on_the_way.spawn(async move {
            let latency = match call {
                Some(call) => call.latency(PATIENCE).await,
                None => None,
            };
            let input = Input::Canary { age: sent.elapsed(), latency };
            // Without a run loop nobody needs the result.
            let _ = run_loop.send(Inbound::Input(input)).await;
        });
    }
}

#[cfg(test)]
mod tests;
