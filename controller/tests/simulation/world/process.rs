//! The workers' processes: they come, hear, act and are gone.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::super::clock::Clock;
use super::super::network::{Conn, Down, Path, Up};
use super::super::users::Change;
use super::super::worker::{Fate, Setup, Worker};
use super::World;
use super::agenda::Event;
use super::trace::{brief_down, brief_up};
use common::protocol::controller_message::Kind as ToWorker;

impl World {
    pub(super) fn come(&mut self, name: String) {
        let (lease, number) = (self.plan.lease_us(), self.workers.len());
        let clock = Clock::new(self.now, self.rng.random_range(-5_000..=5_000));
        let setup = Setup {
            number,
            name,
            clock,
            longest_request: self.plan.longest_request,
            connect_timeout: lease,
            longest_backoff: lease,
            name_patience: 3 * lease,
            patience: 10 * lease,
            sabotage: self.sabotage,
        };
        let rng = Pcg64::seed_from_u64(self.rng.random());
        self.network.paths.push(Path { up_cut_until: 0, down_cut_until: 0, delay: self.plan.delay });
        self.workers.push(Worker::new(setup, rng));
        self.wakes.push((0, Vec::new(), 0));
        self.note(|world| format!("process {number} comes as {}", world.workers[number].setup.name));
        self.wake(number);
    }

    pub(super) fn wake(&mut self, worker: usize) {
        if self.workers[worker].is_alive() {
            let now = self.workers[worker].setup.clock.read(self.now);
            self.workers[worker].wake(now, &mut self.network);
            self.settle(worker);
        }
    }

    /// After a worker has done anything: its users are noted, its messages sent, its alarm set.
    pub(super) fn settle(&mut self, number: usize) {
        let worker = &mut self.workers[number];
        let changes = worker.job.as_mut().map(|job| job.users.changes()).unwrap_or_default();
        let sent = worker.outgoing();
        let started = changes.iter().any(|(_, change)| *change == Change::Started);
        for (key, change) in changes {
            self.audit.changed(number, key, change);
            self.note(|_| format!("process {number}: {key:?} {change:?}"));
        }
        if started {
            self.check_target();
        }
        for (conn, what) in sent {
            self.note(|_| format!("process {number} sends on {conn}: {}", brief_up(&what)));
            if let Some(at) = self.network.arrival_up(self.now, conn, &mut self.rng) {
                self.schedule(at, Event::Up(conn, what));
            }
        }
        match self.workers[number].is_alive() {
            true => self.set_alarm(number),
            false => self.bury(number, false),
        }
    }

    fn set_alarm(&mut self, number: usize) {
        let clock = self.workers[number].setup.clock;
        let due = self.workers[number].next_due(clock.read(self.now));
        self.wakes[number].0 += 1;
        let stamp = self.wakes[number].0;
        self.schedule(clock.when(due), Event::Wake { worker: number, stamp });
    }

    /// A process is gone. Its kernel closes its connections, unless the whole machine is gone.
    pub(super) fn bury(&mut self, number: usize, silent: bool) {
        let fate = self.workers[number].fate;
        self.note(|_| format!("process {number} has ended: {fate:?}"));
        let left = self.audit.living_on(number);
        if left > 0 && fate == Fate::Left {
            self.audit.violated(|| format!("process {number} left with {left} users alive"));
        }
        self.audit.died(number);
        for conn in self.network.open_of(number) {
            if silent {
                self.network.lose_up(conn, self.now);
                let notices = self.now + self.keep_alive();
                self.schedule(notices, Event::ControllerLost(conn));
            } else if let Some(at) = self.network.arrival_up(self.now, conn, &mut self.rng) {
                self.schedule(at, Event::Up(conn, Up::Fin));
            }
        }
    }

    pub(super) fn at_worker(&mut self, conn: Conn, what: Down) {
        let number = self.network.connections[conn].worker;
        if !self.workers[number].is_alive() {
            return;
        }
        self.note(|_| format!("process {number} hears on {conn}: {}", brief_down(&what)));
        let is_quota = matches!(&what, Down::Message(kind) if matches!(**kind, ToWorker::Quota(_)));
        let now = self.workers[number].setup.clock.read(self.now);
        let mine = self.workers[number].connection() == Some(conn);
        self.workers[number].hear(now, conn, what);
        if is_quota && mine {
            self.check_clock(number, now);
        }
        self.settle(number);
        self.wake(number);
    }
}
