//! What workers say.

use std::time::Duration;

use common::micros::millis;
use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;
use common::protocol::worker_message::Kind as FromWorker;
use wire::refusal::Reason;

use super::{Event, Output, Phase, Run, STALE};
use crate::fleet::{AttachError, LinkId, MemberState, WorkerIdentity};
use crate::merge::DeltaError;

/// Deltas of one worker process that may be refused. A worker of ours makes none; one that makes more is
/// cut off with each further one, so that it can flood neither the run loop nor its log.
const MAX_REFUSED: u64 = 32;

impl Run {
    pub(super) fn on_message(&mut self, now: Duration, link: LinkId, message: wire::WorkerMessage) {
        if self.superseded.contains(&link) {
            return;
        }
        let out_of_turn = "this connection spoke out of turn";
        let Some(kind) = message.kind else {
            return self.refuse(link, Reason::Malformed, out_of_turn.to_owned());
        };
        let worker = self.fleet.by_link(link);
        match (kind, worker) {
            (FromWorker::Register(register), None) => self.on_register(now, link, register),
            (FromWorker::Heartbeat(heartbeat), Some(worker)) => self.on_heartbeat(now, worker, &heartbeat),
            (FromWorker::Delta(delta), Some(worker)) => self.on_delta(now, link, worker, delta),
            (FromWorker::Leave(_), Some(worker)) => {
                self.fleet.leave(worker);
                self.send_quotas(now, &[worker]);
            }
            (FromWorker::Drained(drained), Some(worker)) => {
                self.fleet.drained(worker, drained.last_seq);
                self.try_finish(now, worker);
            }
            _ => self.refuse(link, Reason::Malformed, out_of_turn.to_owned()),
        }
    }

    fn on_register(&mut self, now: Duration, link: LinkId, register: wire::Register) {
        if let Err((reason, message)) = self.check_register(&register) {
            return self.refuse(link, reason, message);
        }
        let resumes = register.run == self.settings.id;
        let attached = match self.fleet.attach(now, link, identity(register)) {
            Ok(attached) => attached,
            Err(refused) => {
                let reason = match &refused {
                    AttachError::NameTaken(_) => Reason::NameTaken,
                    AttachError::Full(_) => Reason::Full,
                };
                return self.refuse(link, reason, refused.to_string());
            }
        };
        if let Some(older) = attached.superseded {
            self.superseded.insert(older);
            self.refuse(older, Reason::Superseded, "the same worker attached again".to_owned());
        }
        let worker = attached.ordinal;
        let at = self.clock(now).unwrap_or_default();
        self.journal.note(at, Event::Attached { worker, again: resumes });
        self.welcome(link, worker);
    }

    pub(super) fn welcome(&mut self, link: LinkId, worker: usize) {
        let lease = self.settings.lease;
        let welcome = wire::Welcome {
            run: self.settings.id.to_vec(),
            next_seq: self.ledger.account(worker).next_seq,
            heartbeat_ms: millis(lease.heartbeat),
            lease_ms: millis(lease.duration),
            plan: Some(self.settings.plan.clone()),
            ordinal: u32::try_from(worker).unwrap_or(u32::MAX),
        };
        self.send(link, ToWorker::Welcome(welcome));
        if let Phase::Draining { .. } = self.phase {
            self.send(link, ToWorker::Drain(wire::Drain { timeout_ms: millis(self.settings.stop_timeout) }));
        }
    }

    fn check_register(&self, register: &wire::Register) -> Result<(), (Reason, String)> {
        let ours = (common::protocol::VERSION, common::api::settings_fingerprint());
        if (register.protocol, register.settings_fingerprint) != ours {
            let message = format!(
                "this worker (release {}, protocol {}) does not fit this controller (release {}, protocol {}); \
                 install the same release on both",
                printable(&register.version),
                register.protocol,
                env!("CARGO_PKG_VERSION"),
                ours.0
            );
            return Err((Reason::Protocol, message));
        }
        let name_fits = (1..=64).contains(&register.worker.len())
            && register.worker.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if !name_fits || register.incarnation.len() != 16 {
            let message =
                "a worker's name is 1 to 64 letters, digits, `.`, `_` or `-`, and its incarnation 16 bytes";
            return Err((Reason::Malformed, message.to_owned()));
        }
        match self.phase {
            Phase::Over(_) => Err((Reason::Over, "the run is over".to_owned())),
            _ => Ok(()),
        }
    }

    fn refuse(&mut self, link: LinkId, reason: Reason, message: String) {
        match reason {
            Reason::Malformed => self.journal.unexpected += 1,
            Reason::Superseded => {}
            _ => self.journal.refused += 1,
        }
        self.fleet.detach(link);
        self.send(link, ToWorker::Refusal(wire::Refusal { reason: reason as i32, message }));
        self.outputs.push(Output::Close(link));
    }

    fn on_heartbeat(&mut self, now: Duration, worker: usize, heartbeat: &wire::Heartbeat) {
        let returns = self.fleet.members()[worker].state == MemberState::Lost;
        self.fleet.heartbeat(now, worker, heartbeat);
        if let Some(dealer) = &mut self.dealer {
            dealer.confirm(worker, heartbeat.arrivals);
        }
        if self.phase == Phase::Running && now > self.scheduled + STALE {
            // After a stall heartbeats may come before the tick: the users of then would get a lease from now on.
            self.run(now);
        }
        if returns {
            let at = self.clock(now).unwrap_or_default();
            self.journal.note(at, Event::Attached { worker, again: true });
        }
        self.send_quotas(now, &[worker]);
    }

    fn on_delta(&mut self, now: Duration, link: LinkId, worker: usize, delta: wire::Delta) {
        let identity = self.fleet.members()[worker].identity.clone();
        let clock = self.clock(now).unwrap_or_default();
        let merged = self.ledger.merge(worker, &identity.incarnation, &identity.name, delta, clock);
        self.take_asks(now);
        if let Err(refusal) = merged {
            if matches!(refusal, DeltaError::OtherRun | DeltaError::OtherIncarnation) {
                self.journal.unexpected += 1;
            }
            let refused = self.ledger.account(worker).refused_deltas();
            if refused >= MAX_REFUSED {
                let message =
                    format!("{refused} deltas of this worker made no sense, the last one because {refusal}");
                return self.refuse(link, Reason::Malformed, message);
            }
            tracing::warn!(worker = identity.name, "refused a delta: {refusal}");
        }
        let seq = self.ledger.account(worker).next_seq - 1;
        self.send(link, ToWorker::Ack(wire::Ack { seq }));
        self.try_finish(now, worker);
    }

    pub(super) fn on_disconnect(&mut self, now: Duration, link: LinkId) {
        self.superseded.remove(&link);
        self.parting.retain(|parting| *parting != link);
        if let Some(worker) = self.fleet.detach(link) {
            let name = &self.fleet.members()[worker].identity.name;
            let lease = self.fleet.members()[worker].held_until.saturating_sub(now);
            tracing::info!(
                worker = name,
                "disconnected; its lease runs for another {:.1} s",
                lease.as_secs_f64()
            );
        }
    }
}

fn identity(register: wire::Register) -> WorkerIdentity {
    WorkerIdentity {
        name: register.worker,
        incarnation: register.incarnation.try_into().unwrap_or([0; 16]),
        version: printable(&register.version),
        host: printable(&register.host),
        cores: register.cores.min(4096),
    }
}

/// Text of a peer as it may be shown: short and without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
