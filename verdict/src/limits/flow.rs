//! How much comes through, and whether that changed while a rung was measured.

use super::Estimate;
use crate::Second;

/// Parts of a rung by which the error of a mean is estimated: neighbouring seconds share their streams, so they
/// are no independent samples.
const BATCHES: usize = 6;
/// Student's t with five degrees of freedom, 68 %: few batches understate their spread.
const FEW: f64 = 1.11;
/// The same, 95 %.
const FEW_95: f64 = 2.571;
/// Halves that differ by more than this share are not a steady state, if that is more than chance.
const DRIFT: f64 = 0.25;
/// Standard errors beyond which a difference is more than chance, and beyond which few samples cannot make it either.
const BEYOND_CHANCE: f64 = 3.0;
const BEYOND_DOUBT: f64 = 6.0;
/// Times to first token of the same users that differ by this factor are another service's.
const CHANGED: f64 = 2.0;

/// A rate, per second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Flow {
    pub rate: f64,
    /// Its standard error.
    pub error: f64,
}

impl Flow {
    pub(super) fn of(seconds: &[Second], count: impl Fn(&Second) -> u64) -> Flow {
        let counts: Vec<f64> = seconds.iter().map(|second| count(second) as f64).collect();
        if counts.len() < 2 {
            // With one second there is no spread to see: as for independent events, then.
            let rate = mean(&counts);
            return Flow { rate, error: rate.sqrt() };
        }
        Flow::batched(&counts)
    }

    /// The mean of at least two values, its error by their batches.
    fn batched(values: &[f64]) -> Flow {
        let batches = BATCHES.min(values.len());
        let bounds = |batch: usize| batch * values.len() / batches;
        let means: Vec<f64> =
            (0..batches).map(|batch| mean(&values[bounds(batch)..bounds(batch + 1)])).collect();
        Flow { rate: mean(values), error: FEW * spread(&means) / (batches as f64).sqrt() }
    }

    /// With its 95 % interval.
    pub(super) fn estimate(self) -> Estimate {
        let half = self.error * FEW_95 / FEW;
        Estimate { estimate: self.rate, low: (self.rate - half).max(0.0), high: self.rate + half }
    }

    /// The error as a share of the rate.
    pub(super) fn relative(self) -> f64 {
        if self.rate > 0.0 { self.error / self.rate } else { 0.0 }
    }
}

/// Whether throughput or the time to first token differs between the halves, by much and beyond chance.
pub(super) fn drifts(seconds: &[Second]) -> bool {
    throughput_drifts(seconds) || differs(halves(seconds, first_token))
}

/// Whether throughput differs between the halves, by much and beyond chance.
pub(super) fn throughput_drifts(seconds: &[Second]) -> bool {
    differs(halves(seconds, throughput))
}

/// Whether the second half's first tokens came clearly sooner.
pub(super) fn improves(seconds: &[Second]) -> bool {
    let (before, after) = halves(seconds, first_token);
    differs((before, after)) && after.rate < before.rate
}

/// The mean times to first token of two spans, seconds, if they differ twofold and far beyond chance.
pub(super) fn changed(before: &[Second], after: &[Second]) -> Option<(f64, f64)> {
    let (before, after) = (first_token(before), first_token(after));
    let ratio = after.rate / before.rate;
    let is_much = before.rate > 0.0 && after.rate > 0.0 && !(1.0 / CHANGED..=CHANGED).contains(&ratio);
    let is_sure = (after.rate - before.rate).abs() > BEYOND_DOUBT * before.error.hypot(after.error);
    (is_much && is_sure).then_some((before.rate / 1e6, after.rate / 1e6))
}

fn throughput(seconds: &[Second]) -> Flow {
    match seconds.iter().any(|second| second.chunks > 0) {
        true => Flow::of(seconds, |second| second.chunks),
        false => Flow::of(seconds, |second| second.requests.saturating_sub(second.failed)),
    }
}

/// Mean time to first token, microseconds; its error by its batches.
fn first_token(seconds: &[Second]) -> Flow {
    let waits = waits(seconds);
    match waits.len() {
        0..=3 => Flow::default(),
        count => Flow { rate: mean(&waits), error: spread(&waits) / (count as f64).sqrt() },
    }
}

/// Mean time to first token, microseconds, of seconds that share their streams; none with too few to tell.
pub(super) fn mean_wait(seconds: &[Second]) -> Option<Flow> {
    let waits = waits(seconds);
    (waits.len() >= BATCHES).then(|| Flow::batched(&waits))
}

/// Mean time to first token of each second that has one, microseconds.
fn waits(seconds: &[Second]) -> Vec<f64> {
    let with_any = seconds.iter().filter(|second| second.first_tokens > 0);
    with_any.map(|second| second.ttft_us as f64 / second.first_tokens as f64).collect()
}

fn halves(seconds: &[Second], of: fn(&[Second]) -> Flow) -> (Flow, Flow) {
    let half = seconds.len() / 2;
    (of(&seconds[..half]), of(&seconds[seconds.len() - half..]))
}

fn differs((before, after): (Flow, Flow)) -> bool {
    let difference = (after.rate - before.rate).abs();
    let usual = (before.rate + after.rate) / 2.0;
    before.rate > 0.0
        && after.rate > 0.0
        && difference > DRIFT * usual
        && difference > BEYOND_CHANCE * before.error.hypot(after.error)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Standard deviation.
fn spread(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (squares / values.len().saturating_sub(1).max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(chunks: &[u64], ttft_us: &[u64]) -> Vec<Second> {
        let second = |(chunks, ttft_us): (&u64, &u64)| Second {
            chunks: *chunks,
            first_tokens: 1,
            ttft_us: *ttft_us,
            ..Second::default()
        };
        chunks.iter().zip(ttft_us).map(second).collect()
    }

    #[test]
    fn halves_that_differ_by_much_and_beyond_chance_drift() {
        let flat = [100, 101, 99, 100, 101, 99, 100, 101, 99, 100, 101, 99];
        let rising = [50, 51, 49, 50, 51, 49, 100, 101, 99, 100, 101, 99];
        let noisy = [10, 200, 30, 150, 90, 20, 210, 40, 160, 80, 20, 200];
        assert!(!drifts(&seconds(&flat, &flat)));
        assert!(drifts(&seconds(&rising, &flat)), "throughput");
        assert!(drifts(&seconds(&flat, &rising)), "time to first token");
        assert!(!improves(&seconds(&flat, &rising)));
        let falling: Vec<u64> = rising.iter().rev().copied().collect();
        assert!(improves(&seconds(&flat, &falling)), "a warm-up");
        assert!(!drifts(&seconds(&noisy, &flat)), "chance");
    }

    #[test]
    fn seconds_that_share_their_streams_are_fewer_samples_than_they_are() {
        let waves: Vec<u64> = (0..60).map(|second| if second / 10 % 2 == 0 { 80 } else { 120 }).collect();
        let independent: Vec<u64> = (0..60).map(|second| if second % 2 == 0 { 80 } else { 120 }).collect();
        let error = |chunks: &[u64]| Flow::of(&seconds(chunks, chunks), |second| second.chunks).error;
        assert!(error(&waves) > 5.0 * error(&independent));
    }
}
