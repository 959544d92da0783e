//! A model worker: the rules of `worker::link::worker`, without sockets.

use common::protocol as wire;
use common::protocol::controller_message::Kind as ToWorker;
use common::protocol::worker_message::Kind as ToController;
use rand::RngExt;
use rand_pcg::Pcg64;
use wire::refusal::Reason;

use super::clock::Clock;
use super::job::{Job, measured_in};
use super::network::{Conn, Down, Network, Up};
use super::sabotage::Sabotage;
use super::users::Measured;

/// How a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Alive,
    /// Killed, with all it had in memory.
    Crashed,
    /// The controller bade it farewell.
    Finished,
    /// It left on its own account, and the controller bade it farewell.
    Left,
    /// It looked for a controller in vain, or was refused.
    GaveUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Down { retry_at: u64 },
    Trying { conn: Conn, until: u64 },
    Up(Conn),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Drain,
    Leave,
}

/// How a process is set up. Times in microseconds of its own clock.
#[derive(Debug, Clone)]
pub struct Setup {
    pub number: usize,
    pub name: String,
    pub clock: Clock,
    pub longest_request: u64,
    pub connect_timeout: u64,
    pub longest_backoff: u64,
    pub name_patience: u64,
    pub patience: u64,
    pub sabotage: Sabotage,
}

/// One worker process. Times are of its own clock unless said otherwise.
#[derive(Debug)]
pub struct Worker {
    pub setup: Setup,
    pub incarnation: [u8; 16],
    pub fate: Fate,
    pub job: Option<Job>,
    /// What each delta said, by number.
    pub sent: Vec<Measured>,
    link: Link,
    attempts: u32,
    down_since: Option<u64>,
    heartbeat: u64,
    next_heartbeat: u64,
    ending: Option<Ending>,
    complete: bool,
    rng: Pcg64,
    outgoing: Vec<(Conn, Up)>,
}

impl Worker {
    pub fn new(setup: Setup, mut rng: Pcg64) -> Worker {
        Worker {
            setup,
            incarnation: rng.random(),
            fate: Fate::Alive,
            job: None,
            sent: Vec::new(),
            link: Link::Down { retry_at: 0 },
            attempts: 0,
            down_since: None,
            heartbeat: 1_000_000,
            next_heartbeat: 0,
            ending: None,
            complete: false,
            rng,
            outgoing: Vec::new(),
        }
    }

    pub fn is_alive(&self) -> bool {
        self.fate == Fate::Alive
    }

    /// The connection that it has or is trying to have.
    pub fn connection(&self) -> Option<Conn> {
        match self.link {
            Link::Trying { conn, .. } | Link::Up(conn) => Some(conn),
            Link::Down { .. } => None,
        }
    }

    /// Whether users may be given to it.
    pub fn is_willing(&self) -> bool {
        self.is_alive() && self.ending.is_none()
    }

    /// What it wants sent since it was last asked.
    pub fn outgoing(&mut self) -> Vec<(Conn, Up)> {
        std::mem::take(&mut self.outgoing)
    }

    /// When [`Self::wake`] has something to do.
    pub fn next_due(&self, now: u64) -> u64 {
        let link = match self.link {
            Link::Down { retry_at } => retry_at,
            Link::Trying { until, .. } => until,
            Link::Up(_) => self.next_heartbeat,
        };
        let job = self.job.as_ref();
        let cut = job.filter(|_| !self.complete).and_then(Job::next_cut);
        let times = [job.and_then(Job::lease_alarm), job.and_then(Job::gathered_at), cut];
        let users = job.and_then(|job| job.users.next_due(now));
        times.into_iter().flatten().chain(users).fold(link, u64::min)
    }

    /// Does everything that is due.
    pub fn wake(&mut self, now: u64, network: &mut Network) {
        if let Some(job) = &mut self.job {
            job.users.settle(now, &mut self.rng);
        }
        self.dial(now, network);
        if matches!(self.link, Link::Up(_)) && self.next_heartbeat <= now {
            self.beat(now);
        }
        self.work(now);
    }

    /// It was frozen and goes on. Its users look at the lease before they send.
    pub fn thaw(&mut self, now: u64) {
        let Some(job) = &mut self.job else { return };
        if job.lease_alarm().is_some_and(|alarm| alarm <= now) {
            job.users.do_not_start();
            job.lease_over(now, &mut self.rng);
        }
    }

    fn work(&mut self, now: u64) {
        let Some(job) = &mut self.job else { return };
        if job.lease_alarm().is_some_and(|alarm| alarm <= now) {
            job.lease_over(now, &mut self.rng);
        }
        if job.gathered_at().is_some_and(|due| due <= now) {
            job.keep();
            self.deliver();
        }
        let Some(job) = &mut self.job else { return };
        if self.ending.is_some() && !self.complete && !job.is_cutting() && job.users.is_idle(now) {
            job.begin_cut(now, true, &mut self.rng);
            self.complete = true;
            if !job.is_cutting() {
                self.deliver();
            }
        } else if !self.complete && job.next_cut().is_some_and(|due| due <= now) {
            job.begin_cut(now, false, &mut self.rng);
        }
    }

    fn dial(&mut self, now: u64, network: &mut Network) {
        match self.link {
            Link::Down { retry_at } if retry_at <= now => {
                let conn = network.open(self.setup.number);
                self.link = Link::Trying { conn, until: now + self.setup.connect_timeout };
                self.outgoing.push((conn, message(ToController::Register(self.register()))));
            }
            Link::Trying { until, .. } if until <= now => self.lost(now, self.setup.patience),
            _ => {}
        }
    }

    fn register(&self) -> wire::Register {
        wire::Register {
            worker: self.setup.name.clone(),
            incarnation: self.incarnation.to_vec(),
            version: "1".to_owned(),
            protocol: common::protocol::VERSION,
            settings_fingerprint: common::api::settings_fingerprint(),
            cores: 1,
            run: self.job.as_ref().map(|job| job.outbox.run().to_vec()).unwrap_or_default(),
            host: "host".to_owned(),
        }
    }

    /// The connection is of no use any more.
    fn lost(&mut self, now: u64, patience: u64) {
        if let Link::Trying { conn, .. } | Link::Up(conn) = self.link {
            self.outgoing.push((conn, Up::Fin));
        }
        let since = *self.down_since.get_or_insert(now);
        if now - since >= patience {
            self.fate = Fate::GaveUp;
            return;
        }
        let step =
            ((self.setup.longest_backoff / 50) << self.attempts.min(16)).min(self.setup.longest_backoff);
        self.attempts += 1;
        self.link = Link::Down { retry_at: now + self.rng.random_range(step / 2..=step) };
    }

    /// The kernel says that a connection has ended.
    pub fn connection_lost(&mut self, now: u64, conn: Conn) {
        if matches!(self.link, Link::Trying { conn: mine, .. } | Link::Up(mine) if mine == conn) {
            self.lost(now, self.setup.patience);
        }
    }

    fn beat(&mut self, now: u64) {
        self.next_heartbeat = now + self.heartbeat;
        let job = self.job.as_ref();
        let (clock_offset_us, round_trip_us) = job.and_then(|job| job.clock.estimate()).unwrap_or_default();
        let applied = |job: &Job| match self.setup.sabotage.worker_confirms_at_once {
            true => job.epoch_read(),
            false => job.users.applied(),
        };
        let applied_epoch = job.map_or(0, applied);
        let sent_at_us = now.max(1);
        self.send(ToController::Heartbeat(wire::Heartbeat {
            sent_at_us,
            applied_epoch,
            round_trip_us,
            clock_offset_us,
            arrivals: 0,
        }));
        self.deliver();
    }

    fn send(&mut self, kind: ToController) {
        if let Link::Up(conn) = self.link {
            self.outgoing.push((conn, message(kind)));
        }
    }

    fn deliver(&mut self) {
        let (Link::Up(conn), Some(job)) = (self.link, &mut self.job) else { return };
        let offset = job.clock.estimate().map_or(0, |(offset, _)| offset);
        while let Some(delta) = job.outbox.next(offset) {
            if delta.seq > self.sent.len() as u64 {
                self.sent.push(measured_in(&delta));
            }
            self.outgoing.push((conn, message(ToController::Delta(delta))));
        }
        let kept = !job.is_cutting() || self.setup.sabotage.worker_drains_too_soon;
        if self.complete && kept && job.outbox.is_sent() {
            let last_seq = job.outbox.last_seq();
            self.outgoing.push((conn, message(ToController::Drained(wire::Drained { last_seq }))));
        }
    }

    /// A person asks it to leave.
    pub fn leave(&mut self, now: u64) {
        match &mut self.job {
            Some(job) if self.ending.is_none() => {
                self.ending = Some(Ending::Leave);
                job.leave(now, &mut self.rng);
                self.send(ToController::Leave(wire::Leave {}));
            }
            Some(_) => {}
            None => self.fate = Fate::Left,
        }
    }

    /// Something came by `conn`.
    pub fn hear(&mut self, now: u64, conn: Conn, what: Down) {
        let (Link::Trying { conn: mine, .. } | Link::Up(mine)) = self.link else { return };
        if mine != conn {
            return;
        }
        match (self.link, what) {
            (_, Down::Fin) => self.lost(now, self.setup.patience),
            (Link::Trying { .. }, Down::Message(first)) => self.first_word(now, conn, *first),
            (_, Down::Message(kind)) => self.on_message(now, *kind),
        }
    }

    fn first_word(&mut self, now: u64, conn: Conn, kind: ToWorker) {
        match kind {
            ToWorker::Welcome(welcome) => {
                self.link = Link::Up(conn);
                self.on_welcome(now, &welcome);
            }
            ToWorker::Refusal(refusal) if refusal.reason() == Reason::NameTaken => {
                self.lost(now, self.setup.name_patience);
            }
            ToWorker::Refusal(refusal) if refusal.reason() == Reason::Over && self.job.is_none() => {
                self.fate = Fate::Finished;
            }
            ToWorker::Refusal(_) => self.fate = Fate::GaveUp,
            _ => self.lost(now, self.setup.patience),
        }
    }

    fn on_welcome(&mut self, now: u64, welcome: &wire::Welcome) {
        (self.attempts, self.down_since) = (0, None);
        self.heartbeat = u64::from(welcome.heartbeat_ms) * 1000;
        let (longest, sabotage) = (self.setup.longest_request, self.setup.sabotage);
        let incarnation = self.incarnation;
        let job = self.job.get_or_insert_with(|| Job::new(welcome, incarnation, longest, sabotage));
        match sabotage.worker_forgets_unacked {
            true => job.outbox.ack(u64::MAX),
            false => job.outbox.reconnect(welcome.next_seq),
        }
        if self.ending == Some(Ending::Leave) {
            self.send(ToController::Leave(wire::Leave {}));
        }
        self.beat(now);
    }

    fn on_message(&mut self, now: u64, kind: ToWorker) {
        let Some(job) = &mut self.job else { return };
        match kind {
            ToWorker::Quota(quota) => {
                let first = job.clock.estimate().is_none();
                job.apply(&quota, now, &mut self.rng);
                if first && job.clock.estimate().is_some() {
                    self.next_heartbeat = now;
                }
            }
            ToWorker::Ack(ack) => {
                job.outbox.ack(ack.seq);
                self.deliver();
            }
            ToWorker::Drain(drain) => {
                self.ending = Some(Ending::Drain);
                job.drain(now, u64::from(drain.timeout_ms) * 1000, &mut self.rng);
            }
            ToWorker::Farewell(_) => {
                self.fate = match self.ending {
                    Some(Ending::Leave) => Fate::Left,
                    _ => Fate::Finished,
                };
            }
            ToWorker::Welcome(_) | ToWorker::Refusal(_) => {}
        }
    }
}

fn message(kind: ToController) -> Up {
    Up::Message(Box::new(kind))
}
