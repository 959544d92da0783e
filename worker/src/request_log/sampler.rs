//! Which requests of one core are kept: a share of them, every failure, and the slowest of each call in each second.

use std::time::Duration;

use common::request_log::Outcome;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::entry::Entry;

/// Decides of one request after another.
#[derive(Debug)]
pub(super) struct Sampler {
    /// Draws below it are in the sample; `None`: everything is.
    bound: Option<u64>,
    draws: Pcg64Mcg,
    /// By call: the slowest good answer of this second.
    slowest: Vec<Slowest>,
}

#[derive(Debug, Default)]
struct Slowest {
    latency: Duration,
    /// It, if the sample leaves it out.
    held: Option<Entry>,
}

impl Sampler {
    /// Keeps this share. `seed` makes the draws of each core its own.
    pub(super) fn new(share: f64, seed: u64) -> Sampler {
        let bound = (share < 1.0).then_some((share * u64::MAX as f64) as u64);
        Sampler { bound, draws: Pcg64Mcg::seed_from_u64(seed), slowest: Vec::new() }
    }

    /// Takes a request, and adds it to `written` if that is certain. Returns how many it left out for good.
    pub(super) fn take(&mut self, entry: Entry, written: &mut Vec<Entry>) -> u64 {
        let Some(bound) = self.bound else {
            written.push(entry);
            return 0;
        };
        let in_sample = self.draws.next_u64() < bound;
        if entry.outcome != Outcome::Ok {
            written.push(entry);
            return 0;
        }
        let place = entry.asked.operation.index();
        if place >= self.slowest.len() {
            self.slowest.resize_with(place + 1, Slowest::default);
        }
        let slowest = &mut self.slowest[place];
        if entry.latency() <= slowest.latency {
            written.extend(in_sample.then_some(entry));
            return u64::from(!in_sample);
        }
        slowest.latency = entry.latency();
        let before = slowest.held.take();
        if in_sample {
            written.push(entry);
        } else {
            slowest.held = Some(Entry { slowest: true, ..entry });
        }
        u64::from(before.is_some())
    }

    /// A second is over: adds what is held of it.
    pub(super) fn end_second(&mut self, written: &mut Vec<Entry>) {
        for slowest in &mut self.slowest {
            slowest.latency = Duration::ZERO;
            written.extend(slowest.held.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_log::Asked;
    use common::api::Operation;
    use common::class::UserClass;
    use std::time::Instant;

    fn entry(took_ms: u64, outcome: Outcome) -> Entry {
        let start = Instant::now();
        let asked = Asked {
            user: (UserClass::Crud, 0),
            number: 0,
            trace: None,
            session: 0,
            turn: 0,
            operation: Operation::ListThreads,
            stage: 0,
            intended: start,
            start,
            ids: Vec::new(),
        };
        Entry { outcome, ..Entry::of_cut(asked, start + Duration::from_millis(took_ms), true, None) }
    }

    /// What is written of seconds of requests: how long each took, and whether it is there as the slowest.
    fn kept(share: f64, seconds: &[Vec<(u64, Outcome)>]) -> (Vec<(u64, bool)>, u64) {
        let (mut written, mut left_out) = (Vec::new(), 0);
        let mut sampler = Sampler::new(share, 7);
        for second in seconds {
            for (took, outcome) in second {
                left_out += sampler.take(entry(*took, *outcome), &mut written);
            }
            sampler.end_second(&mut written);
        }
        let told = |entry: &Entry| (entry.latency().as_millis() as u64, entry.slowest);
        (written.iter().map(told).collect(), left_out)
    }

    #[test]
    fn every_failure_and_the_slowest_of_each_second_are_kept_whatever_the_share() {
        use Outcome::{Cut, Failed, Ok};
        let seconds = [vec![(10, Ok), (30, Ok), (20, Ok), (90, Failed), (5, Cut)], vec![(40, Ok), (15, Ok)]];
        let (written, left_out) = kept(0.0, &seconds);
        assert_eq!(written, [(90, false), (5, false), (30, true), (40, true)]);
        assert_eq!(left_out, 3);
        assert_eq!(kept(1.0, &seconds).0.len(), 7);
    }

    #[test]
    fn the_share_is_kept_and_every_request_is_written_or_counted() {
        let second = |_| (0..10_000).map(|n| (1 + n * 7919 % 100, Outcome::Ok)).collect();
        let (written, left_out) = kept(0.1, &[0, 1].map(second));
        assert_eq!(written.len() as u64 + left_out, 20_000);
        let sampled = written.iter().filter(|(_, slowest)| !slowest).count();
        assert!((1_800..2_200).contains(&sampled), "{sampled}");
        assert!(written.len() - sampled <= 2);
    }
}
