//! Arrivals of an open load on this worker: each rings when it is due, and has one of four fates.
//!
//! ```text
//! expected ──due, a place is free──▶ rung ──core──▶ started
//!     │  ├───due, none is free─────▶ dropped
//!     │  └───due, the door is shut─▶ missed
//!     └──────the run was stopped───▶ withdrawn
//! ```
//!
//! A thread of its own waits for each, since the timers of the load threads have a granularity of a millisecond.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use common::class::UserClass;
use common::replay::Session;

use crate::boot_clock::boot_time;
use crate::gate::LeaseEnds;
use crate::interval::ArrivalCounts;

/// One that starts later than this after it was due is late.
const LATE: Duration = Duration::from_millis(10);

/// An arrival on this worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedArrival {
    /// Its number in the run.
    pub number: u64,
    /// Of which class it is.
    pub class: UserClass,
    /// When it is due.
    pub due: Instant,
    /// What it asks, if it is of a trace.
    pub session: Option<Arc<Session>>,
}

/// Whether those who are due may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    /// The lease is over: who is due meanwhile is missed.
    Shut,
    /// The worker leaves: everybody who was to come is missed.
    Left,
    /// The run is over: who was due is missed, who is not due yet is withdrawn.
    Closed,
}

/// What is shared by the bell's thread, the load threads and the engine.
#[derive(Debug)]
pub(super) struct Arrivals {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// In the order in which they are due.
    expected: VecDeque<ExpectedArrival>,
    door: Door,
    /// Users that there may be at once.
    places: u32,
    /// Places taken, by users that have been rung for and have not ended.
    taken: u32,
    counts: ArrivalCounts,
    /// Rung for, and not started yet.
    rung: u64,
    /// After a stall of the whole process nobody has shut the door yet.
    lease: LeaseEnds,
    over: bool,
}

impl Arrivals {
    pub(super) fn new() -> Arc<Arrivals> {
        let state = State {
            expected: VecDeque::new(),
            door: Door::Open,
            places: 0,
            taken: 0,
            counts: ArrivalCounts::default(),
            rung: 0,
            lease: LeaseEnds::NEVER,
            over: false,
        };
        Arc::new(Arrivals { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Starts the thread that rings. `ring` gets those whom a place was found for.
    pub(super) fn start(
        self: &Arc<Self>,
        ring: impl Fn(&[ExpectedArrival]) + Send + 'static,
    ) -> std::io::Result<()> {
        let arrivals = Arc::clone(self);
        let main = move || {
            wake_at_once();
            arrivals.serve(ring);
        };
        thread::Builder::new().name("arrivals".to_owned()).spawn(main).map(drop)
    }

    /// Rings for everybody who is due, until it is over. It rings under the lock, so that nobody is rung for after the
    /// door was shut.
    fn serve(&self, ring: impl Fn(&[ExpectedArrival])) {
        let (mut state, mut due) = (self.lock(), Vec::new());
        while !state.over {
            let now = Instant::now();
            state.let_in(now, &mut due);
            ring(&due);
            due.clear();
            let next = state.expected.front().map(|next| next.due.saturating_duration_since(now));
            state = match next {
                Some(time) => {
                    let waited = self.changed.wait_timeout(state, time);
                    waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state)
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Adds arrivals, each due not before those that were added before.
    pub(super) fn expect(&self, arrivals: impl IntoIterator<Item = ExpectedArrival>) {
        let mut state = self.lock();
        state.expected.extend(arrivals);
        state.turn_away(Instant::now());
        self.changed.notify_one();
    }

    pub(super) fn set_door(&self, door: Door) {
        let mut state = self.lock();
        let now = Instant::now();
        // Whoever is due is judged by the door that was there.
        if state.door == Door::Shut {
            state.let_in(now, &mut Vec::new());
        }
        // Neither of the last two is opened again.
        if !matches!(state.door, Door::Left | Door::Closed) {
            state.door = door;
        }
        state.turn_away(now);
        self.changed.notify_one();
    }

    /// How long users may come in.
    pub(super) fn set_lease(&self, lease: LeaseEnds) {
        self.lock().lease = lease;
    }

    /// How many users there may be at once.
    pub(super) fn set_places(&self, places: u32) {
        self.lock().places = places;
    }

    /// Whether no more users are there than there may be.
    pub(super) fn fits(&self) -> bool {
        let state = self.lock();
        state.taken <= state.places
    }

    /// An arrival has become a user now.
    pub(super) fn started(&self, arrival: &ExpectedArrival, now: Instant) {
        let mut state = self.lock();
        state.rung -= 1;
        state.counts.started += 1;
        state.counts.late += u64::from(now.saturating_duration_since(arrival.due) > LATE);
    }

    /// Arrivals that were rung for do not start any more.
    pub(super) fn missed(&self, rung: usize) {
        let mut state = self.lock();
        state.rung -= rung as u64;
        state.counts.missed += rung as u64;
        state.taken -= u32::try_from(rung).unwrap_or(0);
    }

    /// A user that had left is there once more, to tidy up.
    pub(super) fn returned(&self) {
        self.lock().taken += 1;
    }

    /// A user has left.
    pub(super) fn left(&self) {
        self.lock().taken -= 1;
    }

    /// What was counted since the last call.
    pub(super) fn take(&self) -> ArrivalCounts {
        let mut state = self.lock();
        let now = Instant::now();
        let due = state.expected.iter().take_while(|arrival| arrival.due <= now).count();
        let waiting = state.rung + due as u64;
        ArrivalCounts { waiting, ..std::mem::take(&mut state.counts) }
    }

    pub(super) fn end(&self) {
        self.lock().over = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kernel may put off the end of a wait by 50 µs, to end several at once: a gap between arrivals that is shorter
/// would vanish. Where it cannot be told not to, arrivals are that much later.
fn wake_at_once() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

impl State {
    /// Decides what becomes of everybody who is due.
    fn let_in(&mut self, now: Instant, rung: &mut Vec<ExpectedArrival>) {
        let is_open = self.door == Door::Open && boot_time() < self.lease.stop;
        while let Some(arrival) = self.expected.pop_front_if(|arrival| arrival.due <= now) {
            if !is_open {
                self.counts.missed += 1;
            } else if self.taken >= self.places {
                self.counts.dropped += 1;
            } else {
                self.taken += 1;
                self.rung += 1;
                rung.push(arrival);
            }
        }
    }

    /// Decides what becomes of those who will not come in, whenever they are due.
    fn turn_away(&mut self, now: Instant) {
        let all = self.expected.len() as u64;
        let missed = match self.door {
            Door::Open | Door::Shut => return,
            Door::Left => all,
            Door::Closed => self.expected.iter().take_while(|arrival| arrival.due <= now).count() as u64,
        };
        self.counts.missed += missed;
        self.counts.withdrawn += all - missed;
        self.expected.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(number: u64, due: Instant) -> ExpectedArrival {
        ExpectedArrival { number, class: UserClass::Crud, due, session: None }
    }

    fn due_now(arrivals: &Arrivals) -> Vec<u64> {
        let mut due = Vec::new();
        arrivals.lock().let_in(Instant::now(), &mut due);
        due.iter().map(|arrival| arrival.number).collect()
    }

    #[test]
    fn each_arrival_has_one_fate() {
        let (arrivals, now) = (Arrivals::new(), Instant::now());
        arrivals.set_places(2);
        arrivals.expect((0..3).map(|number| arrival(number, now)));
        assert_eq!(due_now(&arrivals), [0, 1], "there is no place for a third");
        assert_eq!(arrivals.take(), ArrivalCounts { dropped: 1, waiting: 2, ..ArrivalCounts::default() });
        arrivals.started(&arrival(0, now), now + LATE);
        arrivals.started(&arrival(1, now), now + LATE * 2);
        assert_eq!(arrivals.take(), ArrivalCounts { started: 2, late: 1, ..ArrivalCounts::default() });
        arrivals.left();
        arrivals.expect([arrival(3, now), arrival(4, now)]);
        assert_eq!(due_now(&arrivals), [3]);
        arrivals.missed(1);
        arrivals.set_door(Door::Shut);
        arrivals.expect([arrival(5, now)]);
        assert_eq!(due_now(&arrivals), [0u64; 0]);
        assert_eq!(arrivals.take(), ArrivalCounts { dropped: 1, missed: 2, ..ArrivalCounts::default() });
    }

    #[test]
    fn of_a_stopped_run_those_who_are_not_due_yet_are_withdrawn() {
        let (arrivals, now) = (Arrivals::new(), Instant::now());
        let later = now + Duration::from_secs(60);
        arrivals.expect([arrival(0, now), arrival(1, later)]);
        arrivals.set_door(Door::Closed);
        arrivals.set_door(Door::Open);
        arrivals.expect([arrival(2, later)]);
        assert_eq!(due_now(&arrivals), [0u64; 0]);
        assert_eq!(arrivals.take(), ArrivalCounts { missed: 1, withdrawn: 2, ..ArrivalCounts::default() });
    }

    #[test]
    fn a_worker_that_leaves_misses_all_that_it_was_handed() {
        let (arrivals, now) = (Arrivals::new(), Instant::now());
        arrivals.set_places(9);
        arrivals.expect([arrival(0, now + Duration::from_secs(60))]);
        arrivals.set_door(Door::Left);
        arrivals.set_door(Door::Open);
        arrivals.expect([arrival(1, now)]);
        assert_eq!(arrivals.take(), ArrivalCounts { missed: 2, ..ArrivalCounts::default() });
    }

    #[test]
    fn a_place_that_is_taken_away_is_free_once_its_user_has_left() {
        let (arrivals, now) = (Arrivals::new(), Instant::now());
        arrivals.set_places(2);
        arrivals.expect([arrival(0, now), arrival(1, now)]);
        due_now(&arrivals);
        arrivals.set_places(1);
        assert!(!arrivals.fits());
        arrivals.left();
        assert!(arrivals.fits());
    }
}
