//! What a second says of arrivals, and what several do.

use crate::{Arrived, Second};

/// One second of an open load.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Count {
    /// Who came.
    pub arrived: f64,
    /// Who left.
    pub ended: f64,
    /// Who is there at its end.
    pub present: f64,
    /// For whom `--max-users` left no place.
    pub dropped: f64,
    /// Whom the load generator could not start.
    pub missed: f64,
    /// Who is due and has not started, at its end.
    pub waiting: f64,
    /// Requests that ended, and those of them that failed.
    pub requests: f64,
    pub failed: f64,
}

/// The seconds of a span, of which the first is known only for who is there at its end.
pub(super) fn counts(seconds: &[Second]) -> Vec<Count> {
    let count = |pair: &[Second]| {
        let arrived = pair[1].arrivals.unwrap_or_default();
        let Arrived { present: before, waiting, .. } = pair[0].arrivals.unwrap_or_default();
        // Those who wait to start are there already.
        let came = (arrived.started + u64::from(arrived.waiting)).saturating_sub(u64::from(waiting));
        Count {
            arrived: came as f64,
            ended: (u64::from(before) + came).saturating_sub(u64::from(arrived.present)) as f64,
            present: f64::from(arrived.present),
            dropped: arrived.dropped as f64,
            missed: arrived.missed as f64,
            waiting: f64::from(arrived.waiting),
            requests: pair[1].requests as f64,
            failed: pair[1].failed as f64,
        }
    };
    seconds.windows(2).map(count).collect()
}

/// The last of these seconds across which it can be said who left: those who are there with a worker that dies or is
/// silent do not leave, and do not come again with its next word.
pub(super) fn since_workers_were_lost(seconds: &[Second]) -> &[Second] {
    let is_cut = |pair: &[Second]| {
        let [before, after] = [&pair[0], &pair[1]].map(|second| second.arrivals.unwrap_or_default());
        let more_than_came =
            u64::from(after.present) > u64::from(before.present) + after.started + u64::from(after.waiting);
        after.workers < before.workers || (after.workers > before.workers && more_than_came)
    };
    let cut = seconds.windows(2).rposition(is_cut);
    &seconds[cut.map_or(0, |before| before + 1)..]
}

/// A sum over seconds.
pub(super) fn sum(counts: &[Count], of: impl Fn(&Count) -> f64) -> f64 {
    counts.iter().map(of).sum()
}

/// A mean over seconds.
pub(super) fn mean(counts: &[Count], of: impl Fn(&Count) -> f64) -> f64 {
    sum(counts, of) / counts.len().max(1) as f64
}

/// How long those who leave were there, about, seconds (Little's law); `None` while nobody has left.
pub(super) fn stay(counts: &[Count]) -> Option<f64> {
    let ended = mean(counts, |count| count.ended);
    (ended > 0.0).then(|| mean(counts, |count| count.present) / ended)
}
