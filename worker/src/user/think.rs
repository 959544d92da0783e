//! The pause between two steps.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::User;

impl User {
    /// Thinks, longer if nobody answers; being told to stop ends it at once, and is `Break`.
    pub(super) async fn pause(&mut self) -> ControlFlow<()> {
        let think = self.dice.between(self.script.think());
        let wait = self.backoff.wait(self.ids.jitter());
        self.sleep(think.max(wait)).await;
        self.go_on()
    }

    async fn sleep(&self, time: Duration) {
        if time.is_zero() || self.is_told() {
            return;
        }
        let due = Instant::now() + time;
        tokio::select! {
            biased;
            () = self.signal.told() => {}
            () = sleep_until(due.into()) => {
                self.recorder.borrow_mut().timer(due.elapsed());
            }
        }
    }
}
