//! Fewer rows, for charts of long runs.

use std::borrow::Cow;

use crate::rows::{Percentiles, SecondRow};

/// Most points that a line has: one a second for twenty minutes.
pub const MAX_POINTS: usize = 1200;

/// At most `max` rows, each standing for the same number of consecutive ones (the last one for what
/// remains). Rates take the mean, everything else the greatest value: no bad second is hidden.
pub fn thin(history: &[SecondRow], max: usize) -> Cow<'_, [SecondRow]> {
    if history.len() <= max {
        return Cow::Borrowed(history);
    }
    let span = history.len().div_ceil(max.max(1));
    Cow::Owned(history.chunks(span).filter_map(one).collect())
}

/// Rows as one; none of none.
pub(super) fn one(rows: &[SecondRow]) -> Option<SecondRow> {
    let last = rows.last()?;
    let most = |value: fn(&SecondRow) -> Option<u64>| rows.iter().filter_map(value).max();
    let top = |value: fn(&SecondRow) -> Option<f64>| rows.iter().filter_map(value).reduce(f64::max);
    let mean = |value: fn(&SecondRow) -> f64| {
        (rows.iter().map(value).sum::<f64>() / rows.len() as f64 * 1000.0).round() / 1000.0
    };
    Some(SecondRow {
        users: most(|row| Some(row.users)).unwrap_or(last.users),
        users_target: most(|row| row.users_target),
        stopping: most(|row| row.stopping),
        streams: most(|row| row.streams),
        workers: most(|row| row.workers),
        rps: mean(|row| row.rps),
        failures_per_s: mean(|row| row.failures_per_s),
        percentiles: rows.iter().filter_map(|row| row.percentiles).reduce(greatest),
        calls_p50_ms: top(|row| row.calls_p50_ms),
        calls_p95_ms: top(|row| row.calls_p95_ms),
        calls_p99_ms: top(|row| row.calls_p99_ms),
        ttft_p50_ms: top(|row| row.ttft_p50_ms),
        ttft_p95_ms: top(|row| row.ttft_p95_ms),
        ttft_p99_ms: top(|row| row.ttft_p99_ms),
        icl_p50_ms: top(|row| row.icl_p50_ms),
        icl_p95_ms: top(|row| row.icl_p95_ms),
        icl_p99_ms: top(|row| row.icl_p99_ms),
        tokens_per_s: last.tokens_per_s.map(|_| mean(|row| row.tokens_per_s.unwrap_or(0.0))),
        arrivals: mean_of(rows, |row| row.arrivals),
        arrivals_late: mean_of(rows, |row| row.arrivals_late),
        arrivals_dropped: mean_of(rows, |row| row.arrivals_dropped),
        arrivals_missed: mean_of(rows, |row| row.arrivals_missed),
        arrivals_waiting: most(|row| row.arrivals_waiting),
        ..last.clone()
    })
}

/// Of counts of a second each.
fn mean_of(rows: &[SecondRow], value: fn(&SecondRow) -> Option<u64>) -> Option<u64> {
    let sum = rows.iter().filter_map(value).reduce(|sum, count| sum + count)?;
    Some((sum as f64 / rows.len() as f64).round() as u64)
}

fn greatest(a: Percentiles, b: Percentiles) -> Percentiles {
    Percentiles(std::array::from_fn(|at| a.0[at].max(b.0[at])))
}

/// At most so many points, each the greatest of as many neighbours: no peak is hidden.
pub(super) fn peaks(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let span = points.len().div_ceil(most.max(1)).max(1);
    let greatest = |points: &[(f64, f64)]| points.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    points.chunks(span).filter_map(greatest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(rows: u64) -> Vec<SecondRow> {
        let row = |second| SecondRow {
            second,
            users: second,
            rps: second as f64,
            percentiles: (second % 2 == 0).then_some(Percentiles([second as f64; 11])),
            ..SecondRow::default()
        };
        (0..rows).map(row).collect()
    }

    #[test]
    fn a_short_history_stays_as_it_is() {
        assert!(matches!(thin(&history(5), 5), Cow::Borrowed(rows) if rows.len() == 5));
        assert!(thin(&[], 5).is_empty());
    }

    #[test]
    fn a_long_one_keeps_its_worst_seconds_and_its_mean_rate() {
        let rows = history(7);
        let thinned = thin(&rows, 3);
        let kept: Vec<_> = thinned
            .iter()
            .map(|row| (row.second, row.users, row.rps, row.percentiles.and_then(|p| p.p50())))
            .collect();
        assert_eq!(kept, [(2, 2, 1.0, Some(2.0)), (5, 5, 4.0, Some(4.0)), (6, 6, 6.0, Some(6.0))]);
    }
}
