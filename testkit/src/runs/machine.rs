//! Who has the machine: tests of one program run side by side, and there are few cores.
//!
//! ```text
//! alone     ██ ███                          one
//! apart           ████ ██ ███               light ones whose times are judged, beside each other
//! beside                      ██ ████ ███   whatever comes
//! searches  ██████ █████████ ████████████   whatever goes on
//! ```
//!
//! Each waits for those that came before it, so a change from one kind to another costs the time until the last of
//! those that run has ended: tests of a kind have names that follow each other.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Beside whom a test may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Nobody,
    Light,
    Anybody,
}

/// Whose turn it is.
#[derive(Debug)]
struct Turns {
    /// Who has the machine, and how many of them.
    running: Option<(Company, usize)>,
    /// Who came, by number, and has not had it yet.
    waiting: VecDeque<u64>,
    next: u64,
}

static TURNS: Mutex<Turns> = Mutex::new(Turns { running: None, waiting: VecDeque::new(), next: 0 });
static CHANGED: Condvar = Condvar::new();
/// Searches take minutes in which they mostly wait; only what fills the cores on purpose may not run beside them.
static SEARCHES: RwLock<()> = RwLock::new(());

/// The machine, as long as the value lives.
#[derive(Debug)]
pub struct Turn(());

/// For a run of which counts, files and words are judged, and which mostly waits.
pub fn beside_others() -> Turn {
    Turn::wait_for(Company::Anybody)
}

/// For a run whose times are judged, and which is light: only others of its kind, and searches, go on meanwhile.
pub fn apart() -> Turn {
    Turn::wait_for(Company::Light)
}

/// For a run that fills the cores, or whose CPU is judged: no other run but searches goes on meanwhile.
pub fn alone() -> Turn {
    Turn::wait_for(Company::Nobody)
}

/// For a search of some minutes: whatever else goes on.
pub fn searching() -> RwLockReadGuard<'static, ()> {
    SEARCHES.read().unwrap_or_else(PoisonError::into_inner)
}

/// For what neither a search nor any other run may disturb, or stand.
pub fn alone_without_searches() -> (RwLockWriteGuard<'static, ()>, Turn) {
    (SEARCHES.write().unwrap_or_else(PoisonError::into_inner), alone())
}

impl Turns {
    fn take(&mut self, number: u64, company: Company) -> bool {
        let fits = match self.running {
            None => true,
            Some((running, _)) => running == company && company != Company::Nobody,
        };
        let is_next = self.waiting.front() == Some(&number);
        if fits && is_next {
            self.waiting.pop_front();
            let others = self.running.map_or(0, |(_, others)| others);
            self.running = Some((company, others + 1));
        }
        fits && is_next
    }
}

impl Turn {
    fn wait_for(company: Company) -> Turn {
        let mut turns = lock();
        let number = turns.next;
        turns.next += 1;
        turns.waiting.push_back(number);
        while !turns.take(number, company) {
            turns = CHANGED.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
        drop(turns);
        // Whoever is next may be of the same kind.
        CHANGED.notify_all();
        Turn(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = lock();
        turns.running = turns.running.and_then(|(kind, count)| (count > 1).then_some((kind, count - 1)));
        drop(turns);
        CHANGED.notify_all();
    }
}

fn lock() -> MutexGuard<'static, Turns> {
    TURNS.lock().unwrap_or_else(PoisonError::into_inner)
}
