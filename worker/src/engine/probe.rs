//! Measures how late the core's own timers fire.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::recorder::CoreRecorder;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(50);

/// Sets one timer after another, for as long as the core runs.
pub(super) async fn watch(recorder: Rc<RefCell<CoreRecorder>>) {
    let mut due = Instant::now() + EVERY;
    loop {
        sleep_until(due.into()).await;
        let now = Instant::now();
        recorder.borrow_mut().timer(now.saturating_duration_since(due));
        // It does not catch up after a stall: that is one late timer, not many.
        due = now.max(due + EVERY);
    }
}
