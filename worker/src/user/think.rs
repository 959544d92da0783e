//! The pause between two steps.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::User;

impl User {
    /// Waits for the think time, longer if the service does not answer. A stop ends it at once with `Break`.
    pub(super) async fn pause(&mut self) -> ControlFlow<()> {
        let think = self.plan.think(self.key.0).sample(self.rng.draw());
        self.sleep(think.max(self.backoff.wait())).await;
        self.continue_unless_stopping()
    }

    pub(super) async fn sleep(&self, time: Duration) {
        if time.is_zero() || self.is_stopping() {
            return;
        }
        let due = Instant::now() + time;
        tokio::select! {
            biased;
            () = self.signal.stopping() => {}
            () = sleep_until(due.into()) => {
                self.recorder.borrow_mut().pause(due.elapsed());
            }
        }
    }
}
