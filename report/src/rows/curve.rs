//! The run along its time with few points: what a chart draws.

use serde::{Deserialize, Serialize};

use super::SecondRow;

/// Most points of a curve in Markdown.
pub const MAX_POINTS: usize = 60;

/// Curves of equally many points, each of which stands for the same number of consecutive rows of
/// the history (the last one for what remains).
///
/// Downsampling never hides a bad second: users and percentiles take the greatest value of their rows, the
/// request rate takes the mean.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// How many seconds one point stands for.
    pub rows_per_point: usize,
    /// First second of the run that is covered.
    pub from_s: u64,
    /// Last second of the run that is covered.
    pub to_s: u64,
    /// Most users running.
    pub users: Vec<f64>,
    /// Greatest target; `None` where the history has no targets.
    pub users_target: Option<Vec<f64>>,
    /// Mean requests per second.
    pub rps: Vec<f64>,
    /// Greatest 95 % latency of calls in milliseconds of one row; 0 where nothing ended.
    pub p95_ms: Vec<f64>,
    /// Greatest 95 % time to first token in milliseconds of one row, 0 where none came; `None` where
    /// the history has no streams.
    pub ttft_p95_ms: Option<Vec<f64>>,
}

impl Curves {
    /// The curves of a history with at most `max_points` points each.
    pub fn of(history: &[SecondRow], max_points: usize) -> Curves {
        let (Some(first), Some(last)) = (history.first(), history.last()) else { return Curves::default() };
        let rows_per_point = history.len().div_ceil(max_points.max(1));
        let points = || history.chunks(rows_per_point);
        let has_streams = history.iter().any(|row| row.ttft_p95_ms.is_some());
        let has_targets = history.iter().any(|row| row.users_target.is_some());
        Curves {
            rows_per_point,
            from_s: first.second,
            to_s: last.second,
            users: points().map(|rows| greatest(rows, |row| row.users as f64)).collect(),
            users_target: has_targets.then(|| {
                points().map(|rows| greatest(rows, |row| row.users_target.unwrap_or(0) as f64)).collect()
            }),
            rps: points().map(mean_rps).collect(),
            p95_ms: points().map(|rows| greatest(rows, |row| row.calls_ms()[1].unwrap_or(0.0))).collect(),
            ttft_p95_ms: has_streams
                .then(|| points().map(|rows| greatest(rows, |row| row.ttft_p95_ms.unwrap_or(0.0))).collect()),
        }
    }
}

fn greatest(rows: &[SecondRow], value: impl Fn(&SecondRow) -> f64) -> f64 {
    rows.iter().map(value).fold(0.0, f64::max)
}

fn mean_rps(rows: &[SecondRow]) -> f64 {
    let sum: f64 = rows.iter().map(|row| row.rps).sum();
    (sum / rows.len() as f64 * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Percentiles;

    #[test]
    fn points_keep_the_worst_second_and_the_mean_rate() {
        let history: Vec<SecondRow> = (0..7)
            .map(|second| SecondRow {
                second,
                users: second,
                rps: second as f64,
                percentiles: (second != 6).then_some(Percentiles([second as f64 * 10.0; 11])),
                ..SecondRow::default()
            })
            .collect();

        let curves = Curves::of(&history, 3);

        assert_eq!((curves.rows_per_point, curves.from_s, curves.to_s), (3, 0, 6));
        assert_eq!(curves.users, [2.0, 5.0, 6.0]);
        assert_eq!(curves.users_target, None);
        assert_eq!(curves.rps, [1.0, 4.0, 6.0]);
        assert_eq!(curves.p95_ms, [20.0, 50.0, 0.0]);
    }

    #[test]
    fn sixty_rows_are_sixty_points_and_one_more_row_halves_them() {
        for (rows, points, per_point) in [(0, 0, 0), (1, 1, 1), (60, 60, 1), (61, 31, 2), (330, 55, 6)] {
            let curves = Curves::of(&vec![SecondRow::default(); rows], MAX_POINTS);
            assert_eq!((curves.rps.len(), curves.rows_per_point), (points, per_point), "{rows} rows");
        }
    }
}
