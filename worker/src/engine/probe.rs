//! Measures how late the core's own timers fire, and looks how many streams there are.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::recorder::CoreRecorder;

/// How often it looks: five times for each look at the streams, so that all workers take that at nearly
/// the same instant.
const EVERY: Duration = Duration::from_millis(20);

/// Sets one timer after another, for as long as the core runs.
pub(super) async fn watch(recorder: Rc<RefCell<CoreRecorder>>) {
    let mut due = Instant::now() + EVERY;
    loop {
        sleep_until(due.into()).await;
        let now = Instant::now();
        let mut recorder = recorder.borrow_mut();
        recorder.timer(now.saturating_duration_since(due));
        recorder.look(now);
        drop(recorder);
        // It does not catch up after a stall: that is one late timer, not many.
        due = now.max(due + EVERY);
    }
}
