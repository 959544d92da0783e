//! Who has the machine: tests of one program run side by side, and there are few cores.
//!
//! ```text
//! beside   ████ ███ ██ ████ ██            a few at a time, whoever comes
//! searches ███████ ████████ ███████       two at a time, whatever goes on
//! alone                         ██ ███    when nobody waits who needs less
//! quiet                                █  when no search does either
//! ```
//!
//! Whoever needs more waits for all who need less: a test that is alone in the middle would keep the others waiting
//! while it waits for the last of those that run. So there are more test threads than cores (`.cargo/config.toml`),
//! and here it is decided how many of them work.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many runs of which counts, files and words are judged go on at a time.
const BESIDE: usize = 4;
/// So many searches.
const SEARCHES: usize = 2;

/// What a test needs of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Beside,
    Search,
    Alone,
    Quiet,
}

/// How many tests have the machine, by what they need, and how many wait for it.
#[derive(Debug)]
struct Tests {
    run: [usize; 4],
    wait: [usize; 4],
}

static TESTS: Mutex<Tests> = Mutex::new(Tests { run: [0; 4], wait: [0; 4] });
static CHANGED: Condvar = Condvar::new();

/// The machine, as long as the value lives.
#[derive(Debug)]
pub struct Turn(Need);

/// For a run of which counts, files and words are judged, and which mostly waits.
pub fn beside_others() -> Turn {
    Turn::wait_for(Need::Beside)
}

/// For a search of some minutes, which mostly waits: whatever else goes on but what fills the cores on purpose.
pub fn searching() -> Turn {
    Turn::wait_for(Need::Search)
}

/// For a run whose times or CPU are judged: no other run but searches goes on meanwhile.
pub fn alone() -> Turn {
    Turn::wait_for(Need::Alone)
}

/// For what neither a search nor any other run may disturb, or stand.
pub fn alone_without_searches() -> Turn {
    Turn::wait_for(Need::Quiet)
}

impl Tests {
    fn have_room_for(&self, need: Need) -> bool {
        let run = |need: Need| self.run[need as usize];
        let none = |need: Need| run(need) + self.wait[need as usize] == 0;
        let is_shared = run(Need::Alone) + run(Need::Quiet) == 0;
        match need {
            Need::Beside => is_shared && run(Need::Beside) < BESIDE,
            Need::Search => run(Need::Quiet) == 0 && run(Need::Search) < SEARCHES,
            Need::Alone => is_shared && none(Need::Beside),
            Need::Quiet => is_shared && none(Need::Beside) && none(Need::Search),
        }
    }
}

impl Turn {
    fn wait_for(need: Need) -> Turn {
        let mut tests = lock();
        tests.wait[need as usize] += 1;
        tests = CHANGED
            .wait_while(tests, |tests| !tests.have_room_for(need))
            .unwrap_or_else(PoisonError::into_inner);
        tests.wait[need as usize] -= 1;
        tests.run[need as usize] += 1;
        Turn(need)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock().run[self.0 as usize] -= 1;
        CHANGED.notify_all();
    }
}

fn lock() -> MutexGuard<'static, Tests> {
    TESTS.lock().unwrap_or_else(PoisonError::into_inner)
}
