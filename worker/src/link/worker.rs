//! A worker from its start to its end: attach, run, drain or leave.

mod link_events;

use std::time::{Duration, Instant};

use common::micros;
use common::protocol as wire;
use common::protocol::worker_message::Kind as ToController;
use tokio::sync::mpsc;

use super::assigned_run::AssignedRun;
use super::connection::{Link, Reconnect};
use super::{LinkError, WorkerEnd, WorkerSettings};
use crate::boot_clock::BootClock;
use link_events::register;

/// A request to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRequest {
    /// Hand the users over, deliver everything, then end.
    Leave,
    /// End now.
    Abandon,
}

/// Why users are being stopped for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StopCause {
    Drain,
    Leave,
}

struct Worker {
    settings: WorkerSettings,
    incarnation: [u8; 16],
    clock: BootClock,
    link: Link,
    reconnect: Reconnect,
    reminded: Option<Instant>,
    heartbeat: Duration,
    next_heartbeat: Instant,
    run: Option<AssignedRun>,
    ending: Option<StopCause>,
    /// The last interval was begun; it may not have been gathered yet.
    complete: bool,
}

/// Runs a worker until the controller needs it no longer, or a request to end comes from `stops`.
///
/// # Errors
/// The controller refuses it, cannot be reached for too long, or its plan cannot be carried out here.
pub async fn run(
    settings: WorkerSettings,
    mut stops: mpsc::Receiver<StopRequest>,
) -> Result<WorkerEnd, LinkError> {
    let mut worker = Worker::new(settings);
    loop {
        if let Some(ended) = worker.step(&mut stops).await? {
            if let Some(run) = worker.run.take() {
                run.shutdown();
            }
            return Ok(ended);
        }
    }
}

impl Worker {
    fn new(settings: WorkerSettings) -> Worker {
        let incarnation = *uuid::Uuid::new_v4().as_bytes();
        let register = register(&settings, incarnation, None);
        let link = Link::after(Duration::ZERO, &settings.controller, settings.token.as_deref(), register);
        Worker {
            settings,
            incarnation,
            clock: BootClock::start(),
            link,
            reconnect: Reconnect::default(),
            reminded: None,
            heartbeat: Duration::from_secs(1),
            next_heartbeat: Instant::now(),
            run: None,
            ending: None,
            complete: false,
        }
    }

    fn now_us(&self) -> u64 {
        micros::whole(self.clock.elapsed())
    }

    /// Waits for the next event and handles it.
    async fn step(
        &mut self,
        stops: &mut mpsc::Receiver<StopRequest>,
    ) -> Result<Option<WorkerEnd>, LinkError> {
        let up = self.link.session().is_some();
        let next_cut = self.run.as_ref().filter(|_| !self.complete).and_then(AssignedRun::next_cut);
        let lease_alarm = self.run.as_ref().and_then(AssignedRun::lease_alarm);
        let idle =
            self.run.as_ref().filter(|run| self.ending.is_some() && !self.complete && !run.is_cutting());
        let idle = idle.map(AssignedRun::idle);
        let Worker { link, run, heartbeat, .. } = self;
        tokio::select! {
            biased;
            stop = stops.recv() => return Ok(self.stop(stop.unwrap_or(StopRequest::Abandon))),
            event = link.next() => return self.on_link(event).await,
            () = at(Some(self.next_heartbeat)), if up => self.send_heartbeat(),
            () = at(lease_alarm) => self.lease_over(),
            interval = gathered(run) => self.keep(interval),
            last_end = maybe(idle) => self.last_cut(last_end),
            () = at(next_cut) => self.cut(),
            // Timers stand still with a suspended machine: the alarms above are set anew, by the clock that does not.
            () = tokio::time::sleep(*heartbeat) => {}
        }
        Ok(None)
    }

    fn send_heartbeat(&mut self) {
        self.next_heartbeat = Instant::now() + self.heartbeat;
        let (offset, round_trip) = self.run.as_ref().and_then(|run| run.clock.estimate()).unwrap_or_default();
        let heartbeat = wire::Heartbeat {
            sent_at_us: self.now_us().max(1),
            applied_epoch: self.run.as_mut().map_or(0, AssignedRun::applied_epoch),
            arrivals: self.run.as_ref().map_or(0, AssignedRun::window),
            round_trip_us: round_trip,
            clock_offset_us: offset,
        };
        self.send(ToController::Heartbeat(heartbeat));
        self.deliver();
    }

    fn send(&self, message: ToController) -> bool {
        self.link.session().is_some_and(|session| session.send(message))
    }

    /// Sends the outbox's deltas as far as there is room, and informs the controller once everything was sent.
    fn deliver(&mut self) {
        let (Some(session), Some(run)) = (self.link.session(), &mut self.run) else { return };
        // Failures are stamped by a clock that stands still with the machine.
        let suspended = i64::try_from(self.clock.suspended().as_micros()).unwrap_or(0);
        let offset = run.clock.estimate().map_or(0, |(offset, _)| offset.saturating_add(suspended));
        while session.room() > 1 {
            let Some(delta) = run.outbox.next(offset) else { break };
            session.send(ToController::Delta(delta));
        }
        if self.complete && !run.is_cutting() && run.outbox.is_sent() {
            session.send(ToController::Drained(wire::Drained { last_seq: run.outbox.last_seq() }));
        }
    }

    fn lease_over(&mut self) {
        let now_us = self.now_us();
        if let Some(run) = &mut self.run {
            tracing::warn!(
                users = run.users(),
                "no word from the controller: the lease is ending, users stop"
            );
            run.lease_over(now_us);
        }
    }

    fn cut(&mut self) {
        let now_us = self.now_us();
        if let Some(run) = &mut self.run {
            run.begin_cut(now_us, false);
        }
    }

    /// No user is left and none will start: the interval that the last one ended in is the last. What passed until
    /// this process noticed is no part of the run.
    fn last_cut(&mut self, last_end: Option<Instant>) {
        let unnoticed = last_end.map_or(Duration::ZERO, |end| end.elapsed());
        let now_us = self.now_us().saturating_sub(micros::whole(unnoticed));
        if let Some(run) = &mut self.run {
            run.begin_cut(now_us, true);
            self.complete = true;
            if !run.is_cutting() {
                self.deliver(); // the run never started: only the end itself is reported
            }
        }
    }

    fn keep(&mut self, interval: crate::interval::Interval) {
        if let Some(run) = &mut self.run {
            run.keep(interval);
        }
        self.deliver();
    }

    fn stop(&mut self, stop: StopRequest) -> Option<WorkerEnd> {
        let undelivered = self.run.as_ref().map_or(0, |run| run.outbox.undelivered());
        match (stop, &mut self.run) {
            (StopRequest::Leave, Some(run)) if self.ending.is_none() => {
                tracing::info!("leaving: handing {} users over", run.users());
                self.ending = Some(StopCause::Leave);
                run.leave();
                self.send(ToController::Leave(wire::Leave {}));
                None
            }
            (StopRequest::Leave, None) => Some(WorkerEnd::Left),
            _ => Some(WorkerEnd::Abandoned { undelivered }),
        }
    }
}

/// Resolves at `instant`; never when there is none.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

async fn maybe<T>(future: Option<impl Future<Output = T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn gathered(run: &mut Option<AssignedRun>) -> crate::interval::Interval {
    match run {
        Some(run) => run.gathered().await,
        None => std::future::pending().await,
    }
}
