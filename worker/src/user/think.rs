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
        if !time.is_zero() {
            self.sleep_until(Instant::now() + time).await;
        }
    }

    /// Waits for a moment that has not come yet. A stop ends it at once.
    pub(super) async fn sleep_until(&self, due: Instant) {
        if self.is_stopping() || due <= Instant::now() {
            return;
        }
        tokio::select! {
            biased;
            () = self.signal.stopping() => {}
            () = sleep_until(due.into()) => {
                self.recorder.borrow_mut().pause(due.elapsed());
            }
        }
    }
}
