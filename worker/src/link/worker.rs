//! A worker from its start to its end: attach, run, drain or leave.

use std::time::{Duration, Instant};

use common::micros;
use common::protocol as wire;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as ToController;
use tokio::sync::mpsc;

use super::assigned_run::{AssignedRun, run_id};
use super::connection::{ConnectError, Link, LinkEvent, Reconnect};
use super::process::host_name;
use super::{LinkError, WorkerEnd, WorkerSettings};
use crate::boot_clock::BootClock;

/// How long a worker whose name is taken tries again: it may replace one that is not yet known to be dead.
const NAME_PATIENCE: Duration = Duration::from_secs(15);
/// How often the log says that the controller cannot be reached.
const REMIND: Duration = Duration::from_secs(5);

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
enum Ending {
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
    ending: Option<Ending>,
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
            () = maybe(idle) => self.last_cut(),
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
            applied_epoch: self.run.as_ref().map_or(0, AssignedRun::applied_epoch),
            round_trip_us: round_trip,
            clock_offset_us: offset,
        };
        self.send(ToController::Heartbeat(heartbeat));
        self.deliver();
    }

    fn send(&self, message: ToController) -> bool {
        self.link.session().is_some_and(|session| session.send(message))
    }

    /// Sends the outbox's deltas as far as there is room, and tells the controller once everything was sent.
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

    /// No user is left and none will start: the interval that ends now is the last.
    fn last_cut(&mut self) {
        let now_us = self.now_us();
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
                self.ending = Some(Ending::Leave);
                run.leave();
                self.send(ToController::Leave(wire::Leave {}));
                None
            }
            (StopRequest::Leave, None) => Some(WorkerEnd::Left),
            _ => Some(WorkerEnd::Abandoned { undelivered }),
        }
    }

    async fn on_link(&mut self, event: LinkEvent) -> Result<Option<WorkerEnd>, LinkError> {
        match event {
            LinkEvent::Attached(welcome) => self.on_welcome(&welcome).await.map(|()| None),
            // A run that waited to be started was started with other settings.
            LinkEvent::Message(FromController::Welcome(welcome)) => {
                self.on_welcome(&welcome).await.map(|()| None)
            }
            LinkEvent::Message(message) => Ok(self.on_message(message)),
            LinkEvent::Lost(failed) => self.on_lost(failed),
        }
    }

    async fn on_welcome(&mut self, welcome: &wire::Welcome) -> Result<(), LinkError> {
        self.reconnect.succeeded();
        self.heartbeat = Duration::from_millis(u64::from(welcome.heartbeat_ms.clamp(10, 60_000)));
        let known = self.run.as_ref().is_some_and(|run| run.outbox.run() == run_id(&welcome.run));
        tracing::info!(controller = %self.settings.controller, again = known, "attached");
        if !known {
            if let Some(over) = self.run.take() {
                let undelivered = over.outbox.undelivered();
                if undelivered > 0 {
                    tracing::warn!(undelivered, "another run: the old one's rest is dropped");
                }
                over.shutdown();
            }
            (self.complete, self.ending) = (false, None);
            self.run =
                Some(AssignedRun::prepare(&self.settings, self.incarnation, self.clock, welcome).await?);
        }
        if let Some(run) = &mut self.run {
            run.outbox.reconnect(welcome.next_seq);
        }
        if self.ending == Some(Ending::Leave) {
            self.send(ToController::Leave(wire::Leave {}));
        }
        self.send_heartbeat();
        Ok(())
    }

    fn on_message(&mut self, message: FromController) -> Option<WorkerEnd> {
        let now_us = self.now_us();
        let run = self.run.as_mut()?;
        match message {
            FromController::Quota(quota) => {
                let first = run.clock.estimate().is_none();
                run.apply(&quota, now_us);
                if first && run.clock.estimate().is_some() {
                    // One round trip is a poor estimate of the clock: ask for a few more at once.
                    self.next_heartbeat = Instant::now();
                }
            }
            FromController::Ack(ack) => {
                run.outbox.ack(ack.seq);
                self.deliver();
            }
            FromController::Drain(drain) => {
                self.ending = Some(Ending::Drain);
                run.drain(Duration::from_millis(u64::from(drain.timeout_ms)));
            }
            FromController::Farewell(farewell) => {
                return Some(match self.ending {
                    Some(Ending::Leave) => WorkerEnd::Left,
                    _ => WorkerEnd::Finished(farewell.message),
                });
            }
            FromController::Welcome(_) | FromController::Refusal(_) => {}
        }
        None
    }

    fn on_lost(&mut self, failed: ConnectError) -> Result<Option<WorkerEnd>, LinkError> {
        use wire::refusal::Reason;
        let patience = self.settings.patience;
        let (reason, patience, refused) = match failed {
            ConnectError::Again(reason) => (reason, patience, false),
            ConnectError::Mismatch(reason) if self.run.is_none() => {
                return Err(LinkError::Mismatch { address: self.settings.controller.clone(), reason });
            }
            // While results wait to be delivered, another program on the controller's port is no reason to give up.
            ConnectError::Mismatch(reason) => (reason, patience, false),
            ConnectError::Refused(refusal) => match refusal.reason() {
                Reason::Over if self.run.is_none() => return Ok(Some(WorkerEnd::Finished(refusal.message))),
                Reason::NameTaken => (refusal.message, NAME_PATIENCE.min(patience), true),
                reason => {
                    let usage = matches!(reason, Reason::Protocol | Reason::Malformed);
                    return Err(LinkError::Refused { message: refusal.message, usage });
                }
            },
        };
        let (wait, down) = self.reconnect.failed(reason.clone());
        if down >= patience {
            return Err(match refused {
                true => LinkError::Refused { message: reason, usage: true },
                false => {
                    LinkError::Unreachable { address: self.settings.controller.clone(), patience, reason }
                }
            });
        }
        self.remind(&reason);
        let known = self.run.as_ref().map(|run| run.outbox.run());
        let register = register(&self.settings, self.incarnation, known);
        self.link = Link::after(wait, &self.settings.controller, self.settings.token.as_deref(), register);
        Ok(None)
    }

    /// With less patience than [`REMIND`], the error at the end is enough.
    fn remind(&mut self, reason: &str) {
        if self.settings.patience > REMIND && self.reminded.is_none_or(|last| last.elapsed() >= REMIND) {
            self.reminded = Some(Instant::now());
            tracing::warn!(controller = %self.settings.controller, "not attached: {reason}; trying again");
        }
    }
}

fn register(settings: &WorkerSettings, incarnation: [u8; 16], run: Option<[u8; 16]>) -> wire::Register {
    wire::Register {
        worker: settings.name.clone(),
        incarnation: incarnation.to_vec(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: common::protocol::VERSION,
        settings_fingerprint: common::api::settings_fingerprint(),
        cores: u32::try_from(settings.cores).unwrap_or(u32::MAX),
        run: run.map(|run| run.to_vec()).unwrap_or_default(),
        host: host_name(),
    }
}

/// Resolves at `instant`; never when there is none.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

async fn maybe(future: Option<impl Future<Output = ()>>) {
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
