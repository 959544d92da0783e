//! What goes wrong, and who notices when.

use hub::run::Input;
use rand::RngExt;

use super::super::network::Conn;
use super::super::plan::Fault;
use super::super::worker::Fate;
use super::World;
use super::agenda::{Event, Place};

impl World {
    pub(super) fn strike(&mut self, fault: Fault) {
        let living: Vec<usize> =
            (0..self.workers.len()).filter(|worker| self.workers[*worker].is_alive()).collect();
        let pick = |victim: usize| (!living.is_empty()).then(|| living[victim % living.len()]);
        match fault {
            Fault::Stop => {
                self.stopped = true;
                self.input(Input::Stop);
            }
            Fault::Freeze { who, lasts } => self.freeze(who, lasts),
            Fault::Join => self.come(format!("w{}", self.workers.len())),
            Fault::Restart { dead } => {
                let dead_ones = self.workers.iter().filter(|worker| !worker.is_alive());
                let names: Vec<String> = dead_ones.map(|worker| worker.setup.name.clone()).collect();
                if !names.is_empty() {
                    self.come(names[dead % names.len()].clone());
                }
            }
            Fault::Crash { victim, silent } => {
                if let Some(victim) = pick(victim) {
                    self.workers[victim].fate = Fate::Crashed;
                    self.bury(victim, silent);
                }
            }
            Fault::Leave { victim } => {
                if let Some(victim) = pick(victim).filter(|victim| !self.is_frozen(Place::Worker(*victim))) {
                    let now = self.workers[victim].setup.clock.read(self.now);
                    self.workers[victim].leave(now);
                    self.settle(victim);
                }
            }
            Fault::Partition { victim, up, down, lasts } => {
                if let Some(victim) = pick(victim) {
                    self.partition(victim, up, down, lasts);
                }
            }
            Fault::Reset { victim, worker_knows, controller_knows } => {
                if let Some(conn) = pick(victim).and_then(|victim| self.workers[victim].connection()) {
                    self.reset(conn, worker_knows, controller_knows);
                }
            }
            Fault::Slow { victim, delay, lasts } => {
                if let Some(victim) = pick(victim) {
                    self.network.paths[victim].delay = delay;
                    self.schedule(self.now + lasts, Event::Usual { worker: victim });
                }
            }
        }
    }

    fn partition(&mut self, victim: usize, up: bool, down: bool, lasts: u64) {
        let (until, lease) = (self.now + lasts, self.plan.lease_us());
        let path = &mut self.network.paths[victim];
        if up {
            path.up_cut_until = path.up_cut_until.max(until);
        }
        if down {
            path.down_cut_until = path.down_cut_until.max(until);
        }
        for conn in self.network.open_of(victim) {
            let worker_notices = self.now + self.rng.random_range(lease * 3 / 5..lease);
            let controller_notices = self.now + self.keep_alive();
            if worker_notices < until {
                self.schedule(worker_notices, Event::WorkerLost(conn));
            }
            if controller_notices < until {
                self.schedule(controller_notices, Event::ControllerLost(conn));
            }
        }
    }

    fn reset(&mut self, conn: Conn, worker_knows: bool, controller_knows: bool) {
        if controller_knows || self.rng.random_bool(0.5) {
            self.network.lose_up(conn, self.now);
        }
        self.network.lose_down(conn, self.now);
        let patience = self.keep_alive();
        let worker_notices = if worker_knows { 0 } else { self.rng.random_range(0..self.plan.lease_us()) };
        self.schedule(self.now + worker_notices, Event::WorkerLost(conn));
        let controller_notices = if controller_knows { 0 } else { patience };
        self.schedule(self.now + controller_notices, Event::ControllerLost(conn));
    }

    /// The controller's patience with a silent connection.
    pub(super) fn keep_alive(&mut self) -> u64 {
        let lease = self.plan.lease_us();
        self.rng.random_range(lease..lease * 7 / 5)
    }
}
