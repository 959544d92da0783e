//! Processes that do nothing for a while, and go on as if nothing had been.

use super::super::plan::{Fault, Who};
use super::World;
use super::agenda::{Event, Place};

impl World {
    pub(super) fn freeze(&mut self, who: Who, lasts: u64) {
        let living: Vec<usize> =
            (0..self.workers.len()).filter(|worker| self.workers[*worker].is_alive()).collect();
        match who {
            Who::Worker(_) if living.is_empty() => {}
            Who::Worker(victim) => self.freeze_worker(living[victim % living.len()], lasts),
            Who::Controller => self.freeze_controller(lasts),
            Who::All => {
                living.into_iter().for_each(|worker| self.freeze_worker(worker, lasts));
                self.freeze_controller(lasts);
            }
        }
        self.last_fault = self.last_fault.max(self.now + lasts);
    }

    fn freeze_controller(&mut self, lasts: u64) {
        self.controller_frozen_until = self.controller_frozen_until.max(self.now + lasts);
        self.schedule(self.controller_frozen_until, Event::Thaw(Place::Controller));
    }

    fn freeze_worker(&mut self, worker: usize, lasts: u64) {
        // What its users had done up to now is done.
        if !self.is_frozen(Place::Worker(worker)) {
            self.wake(worker);
        }
        let until = self.frozen.get(&worker).copied().unwrap_or(0).max(self.now + lasts);
        self.frozen.insert(worker, until);
        self.audit.frozen.insert(worker);
        let cut_at = self.workers[worker].job.as_ref().and_then(|job| job.cut_at());
        if let Some(cut_at) = cut_at {
            let at = self.workers[worker].setup.clock.when(cut_at);
            self.schedule(at, Event::Outlived { worker, frozen_until: until });
        }
        self.schedule(until, Event::Thaw(Place::Worker(worker)));
    }

    pub(super) fn is_frozen(&self, place: Place) -> bool {
        match place {
            Place::Controller => self.now < self.controller_frozen_until,
            Place::Worker(worker) => self.frozen.get(&worker).is_some_and(|until| self.now < *until),
        }
    }

    /// Whom an event needs; none: it happens to whoever stands still, too.
    pub(super) fn whom(&self, event: &Event) -> Option<Place> {
        match event {
            Event::Up(..) | Event::ControllerLost(_) | Event::Tick => Some(Place::Controller),
            Event::Fault(Fault::Stop) => Some(Place::Controller),
            Event::Down(conn, _) | Event::WorkerLost(conn) => {
                Some(Place::Worker(self.network.connections[*conn].worker))
            }
            Event::Wake { worker, .. } => Some(Place::Worker(*worker)),
            _ => None,
        }
    }

    /// Nobody waits for what a frozen process may have in flight any longer than its lease.
    pub(super) fn outlived(&mut self, worker: usize, frozen_until: u64) {
        if self.frozen.get(&worker) == Some(&frozen_until) && self.now < frozen_until {
            self.audit.died(worker);
        }
    }

    pub(super) fn thaw(&mut self, place: Place) {
        if self.is_frozen(place) {
            return; // another freeze lasts longer
        }
        if let Place::Worker(worker) = place
            && self.frozen.remove(&worker).is_some()
        {
            self.audit.frozen.remove(&worker);
            self.goes_on(worker);
        }
        for event in self.held.remove(&place).unwrap_or_default() {
            self.happen(event);
        }
    }

    fn goes_on(&mut self, worker: usize) {
        self.note(|_| format!("process {worker} goes on"));
        if !self.workers[worker].is_alive() {
            return;
        }
        if self.sabotage.users_ignore_the_lease {
            self.send_before_the_link_looks(worker);
        }
        let now = self.workers[worker].setup.clock.read(self.now);
        self.workers[worker].thaw(now);
        self.settle(worker);
        self.wake(worker);
    }

    /// Everybody who ran when the process froze begins something.
    fn send_before_the_link_looks(&mut self, worker: usize) {
        let running = self.workers[worker].job.as_ref().map(|job| job.users.running()).unwrap_or_default();
        for key in running {
            if let Some(home) = self.audit.home(key).filter(|home| *home != worker) {
                self.audit.violated(|| format!("user {key:?} sends on process {worker} and lives on {home}"));
            }
        }
    }
}
