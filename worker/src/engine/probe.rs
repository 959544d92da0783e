//! Measures how late the core's own timers fire, and samples the number of streams.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::http::{compare_clocks, looked};
use crate::recorder::CoreRecorder;

/// Five times for each sample of the streams, so that all workers take that sample at nearly the same instant.
const EVERY: Duration = Duration::from_millis(20);

/// What the report says when somebody sets the wall clock in a run.
const CLOCK_SET: &str =
    "this machine's wall clock was set: what came in the 20 ms before may be wrong by as much";

/// Sets one timer after another, for as long as the core runs.
pub(super) async fn watch(recorder: Rc<RefCell<CoreRecorder>>) {
    let mut due = Instant::now() + EVERY;
    loop {
        sleep_until(due.into()).await;
        let now = Instant::now();
        looked(now);
        let mut recorder = recorder.borrow_mut();
        recorder.timer(now.saturating_duration_since(due));
        recorder.look(now);
        if compare_clocks() {
            recorder.exception(CLOCK_SET.to_owned(), "stamps of received bytes".to_owned());
        }
        drop(recorder);
        // After a stall it does not catch up: that is one late timer, not many.
        due = now.max(due + EVERY);
    }
}
