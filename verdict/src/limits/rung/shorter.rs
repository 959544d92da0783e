//! Whether a rung's answers were clearly shorter than those of fewer users: as of a service that falls back to short ones
//! when it is full.

use common::stats::{Histogram, Metric};

use super::Rung;

/// Answers of at most this share of the length are shorter.
const SHORTER: f64 = 0.6;
/// Fewest answers by which a length is known.
const ENOUGH: u64 = 8;
/// Spread of lengths, as a share of their mean, where too few are known.
const UNKNOWN: f64 = 0.5;
/// Standard errors that are beyond chance.
const BEYOND_CHANCE: f64 = 3.0;

/// Chunks of an answer, with fewer users and on this rung.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shorter {
    /// The fewer users.
    pub than: u32,
    pub before: f64,
    pub after: f64,
}

/// Marks the rungs whose answers are clearly shorter than those of fewer users, of the fewest by whom that is clear.
pub fn mark_shorter(rungs: &mut [Rung]) {
    let knows = |rung: &&Rung| rung.streams_done() >= ENOUGH && rung.is_valid();
    let mut known: Vec<Rung> = rungs.iter().filter(knows).cloned().collect();
    known.sort_by_key(|rung| rung.users);
    for rung in rungs {
        let fewer = known.iter().take_while(|base| base.users < rung.users);
        rung.shorter = fewer.into_iter().find_map(|base| rung.shorter_than(base));
    }
}

impl Rung {
    fn shorter_than(&self, base: &Rung) -> Option<Shorter> {
        let fewest = self.streams_done().min(self.first_tokens());
        if fewest < ENOUGH || base.first_tokens() == 0 {
            return None;
        }
        // Where streams break in their midst, those that begin and those that end are not as many.
        let by = |of: fn(&Rung) -> u64| (chunks(base) / of(base) as f64, chunks(self) / of(self) as f64);
        let (begun, ended) = (by(Rung::first_tokens), by(Rung::streams_done));
        // As many as each user can begin or end in that time, were they all in step: no answer is as long as before. Its
        // length is by its chunks: of answers as long as the rung, hardly any begins and ends in it.
        let answer = SHORTER * begun.0.min(ended.0) * base.icl.get(|icl| icl.mean)?;
        let most = self.open.max(1.0) * (self.length() / answer.max(1e-6) + 1.0);
        let error =
            (base.error(base.streams_done()) * begun.0).hypot(self.error(self.streams_done()) * begun.1);
        let is_shorter = |(before, after): (f64, f64)| after <= SHORTER * before;
        let is_sure = begun.0 - begun.1 > BEYOND_CHANCE * error && fewest as f64 > most;
        // What began before the rung and what ends after it make up for each other.
        let by_both = |rung: &Rung| chunks(rung) * 2.0 / (rung.first_tokens() + rung.streams_done()) as f64;
        let (before, after) = (by_both(base), by_both(self));
        (is_shorter(begun) && is_shorter(ended) && is_sure).then_some(Shorter {
            than: base.users,
            before,
            after,
        })
    }

    /// Streams that came to their end while it was measured.
    fn streams_done(&self) -> u64 {
        self.seconds.iter().map(|second| second.completed).sum()
    }

    /// Standard error of the mean length of so many answers, as a share of it.
    fn error(&self, answers: u64) -> f64 {
        spread(&self.totals.streams.metrics[Metric::E2e as usize]) / (answers.max(1) as f64).sqrt()
    }
}

fn chunks(rung: &Rung) -> f64 {
    rung.seconds.iter().map(|second| second.chunks as f64).sum()
}

/// Standard deviation as a share of the mean; half of it where too few are known.
fn spread(times: &Histogram) -> f64 {
    if times.count() < ENOUGH {
        return UNKNOWN;
    }
    let Some(mean) = times.mean().filter(|mean| *mean > 0.0) else { return 0.0 };
    let squares: f64 = times.buckets().map(|(us, count)| (us as f64 - mean).powi(2) * count as f64).sum();
    (squares / times.count() as f64).sqrt() / mean
}
