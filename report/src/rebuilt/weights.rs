//! How many requests a line stands for.

use common::request_log::{LoggedRequest, Outcome};

/// No line of a sample stands for more; a smaller share is a header that somebody wrote by hand.
const MOST: f64 = 1e6;

/// What a log leaves out by its sample stands behind those good requests that are in it.
#[derive(Debug)]
pub(super) struct Weights {
    each: f64,
    owed: f64,
    is_sample: bool,
}

impl Weights {
    /// For a log that keeps this share of the good requests, from 0 to 1.
    pub(super) fn of_share(share: f64) -> Weights {
        let each = if share > 0.0 && share < 1.0 { (1.0 / share).min(MOST) } else { 1.0 };
        Weights { each, owed: 0.0, is_sample: share < 1.0 }
    }

    /// So many good lines of a sample, which stand for so many requests in all.
    pub(super) fn of_counts(lines: u64, requests: u64) -> Weights {
        let each = if lines > 0 { (requests as f64 / lines as f64).clamp(1.0, MOST) } else { 1.0 };
        Weights { each, owed: 0.0, is_sample: true }
    }

    /// Whether requests were left out.
    pub(super) fn is_sample(&self) -> bool {
        self.is_sample
    }

    /// For how many requests the line counts: its fractions add up over lines.
    pub(super) fn next(&mut self, request: &LoggedRequest<'_>) -> u64 {
        match (request.outcome, request.slowest) {
            (Outcome::Ok, true) => 0,
            (Outcome::Ok, false) => {
                self.owed += self.each;
                let whole = self.owed.floor();
                self.owed -= whole;
                whole as u64
            }
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::tests::line;
    use super::*;

    #[test]
    fn lines_of_a_sample_stand_for_what_it_left_out() {
        let good = line(1, "GET /", "\"outcome\":\"ok\"");
        let slow = LoggedRequest { slowest: true, ..good.clone() };
        let failed = LoggedRequest { outcome: Outcome::Failed, ..good.clone() };
        for (share, of_ten) in [(1.0, 10), (0.1, 100), (0.3, 33), (0.0, 10), (f64::NAN, 10), (-1.0, 10)] {
            let mut weights = Weights::of_share(share);
            assert_eq!((0..10).map(|_| weights.next(&good)).sum::<u64>(), of_ten, "{share}");
            assert_eq!((weights.next(&slow), weights.next(&failed)), (0, 1));
        }
        assert_eq!(Weights::of_share(1e-300).next(&good), 1_000_000);
        let mut weights = Weights::of_counts(3, 31);
        assert_eq!((0..3).map(|_| weights.next(&good)).sum::<u64>(), 31, "fractions add up");
        assert_eq!(Weights::of_counts(0, 7).next(&good), 1);
    }
}
