//! How long a user waits after it got no answer at all.

use std::time::Duration;

use common::failure::FailureClass;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// 100 ms after the first request without an answer, twice as long after each further one in a row,
/// at most 5 s; the second half of each wait is random. So users of a dead target neither spin nor
/// come back all at once. Any answer, also a refusal, ends it: refusals are the service's business.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    in_a_row: u32,
}

impl Backoff {
    /// Notes how a request went.
    pub(super) fn note(&mut self, outcome: Result<(), FailureClass>) {
        self.in_a_row = match outcome {
            Err(class) if is_no_answer(class) => self.in_a_row.saturating_add(1),
            _ => 0,
        };
    }

    /// How long to wait before the next request; `jitter` from 0 to 1.
    pub(super) fn wait(&self, jitter: f64) -> Duration {
        let Some(doublings) = self.in_a_row.checked_sub(1) else {
            return Duration::ZERO;
        };
        let whole = FIRST.saturating_mul(1 << doublings.min(16)).min(LONGEST);
        whole / 2 + (whole / 2).mul_f64(jitter)
    }
}

/// Whether the service may be gone. A timeout is not among them: it has waited already.
pub(super) fn is_no_answer(class: FailureClass) -> bool {
    use FailureClass::{Connect, LocalLimit, Tls, Transport};
    matches!(class, Connect | Tls | LocalLimit | Transport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_seconds_and_an_answer_ends_them() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.wait(1.0), Duration::ZERO);
        let mut waits = Vec::new();
        for _ in 0..8 {
            backoff.note(Err(FailureClass::Connect));
            waits.push((backoff.wait(0.0).as_millis(), backoff.wait(1.0).as_millis()));
        }
        let expected = [50, 100, 200, 400, 800, 1600, 2500, 2500].map(|least| (least, least * 2));
        assert_eq!(waits, expected);
        backoff.note(Err(FailureClass::Http5xx));
        assert_eq!(backoff.wait(1.0), Duration::ZERO);
    }
}
