//! What a worker does when its link is up, brings a message, or is lost.

use std::time::{Duration, Instant};

use common::protocol as wire;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as ToController;

use super::super::assigned_run::{AssignedRun, run_id};
use super::super::connection::{ConnectError, Link, LinkEvent};
use super::super::process::host_name;
use super::super::{LinkError, WorkerEnd, WorkerSettings};
use super::{StopCause, Worker};

/// How long a worker whose name is taken tries again: it may replace one that is not yet known to be dead.
const NAME_PATIENCE: Duration = Duration::from_secs(15);
/// How often the log says that the controller cannot be reached.
const REMIND: Duration = Duration::from_secs(5);

impl Worker {
    pub(super) async fn on_link(&mut self, event: LinkEvent) -> Result<Option<WorkerEnd>, LinkError> {
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
        if self.ending == Some(StopCause::Leave) {
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
                self.ending = Some(StopCause::Drain);
                run.drain(Duration::from_millis(u64::from(drain.timeout_ms)));
            }
            FromController::Farewell(farewell) => {
                return Some(match self.ending {
                    Some(StopCause::Leave) => WorkerEnd::Left,
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

pub(super) fn register(
    settings: &WorkerSettings,
    incarnation: [u8; 16],
    run: Option<[u8; 16]>,
) -> wire::Register {
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
