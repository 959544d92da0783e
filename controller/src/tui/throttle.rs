//! When a plain line is worth printing.

use std::time::Duration;

/// How often a line is printed.
pub(super) const EVERY: Duration = Duration::from_secs(5);
/// How often one that says what the one before said: who waits must see that something still runs.
const AGAIN: Duration = Duration::from_secs(60);

/// The lines that were printed.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    last: Option<(Duration, String)>,
}

impl Throttle {
    /// Whether it is time for a line.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.last.as_ref().is_none_or(|(at, _)| now >= *at + EVERY)
    }

    /// The line, if it is to be printed now.
    pub(super) fn pass(&mut self, line: String, now: Duration) -> Option<&str> {
        let stale = self.last.as_ref().is_some_and(|(at, said)| *said == line && now < *at + AGAIN);
        if stale {
            return None;
        }
        self.last = Some((now, line));
        self.last.as_ref().map(|(_, line)| line.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_comes_every_five_seconds_and_the_same_once_a_minute() {
        let mut throttle = Throttle::default();
        let mut printed = Vec::new();
        for second in 0..=140 {
            let now = Duration::from_secs(second);
            let line = if second < 100 { "waiting".to_owned() } else { format!("running {second}") };
            if throttle.is_due(now) && throttle.pass(line, now).is_some() {
                printed.push(second);
            }
        }
        assert_eq!(printed, [0, 60, 100, 105, 110, 115, 120, 125, 130, 135, 140]);
    }
}
