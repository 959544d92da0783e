//! The run so far, for charts that grow with it.

use super::thin::{MAX_POINTS, one};
use crate::rows::{EndpointSecond, SecondRow};

/// At most [`MAX_POINTS`] moments, however long the run lasts: beyond so many seconds each stands for several of them,
/// as in [`thin`](super::thin()).
#[derive(Debug)]
pub struct Course {
    /// So many seconds make a moment.
    span: usize,
    moments: Vec<Moment>,
    /// Seconds that make no whole moment yet.
    rest: Vec<Moment>,
}

/// What happened in a second, or in some.
#[derive(Debug, Clone)]
pub struct Moment {
    /// All endpoints together.
    pub row: SecondRow,
    /// Each of them, by its place in the table of endpoints.
    pub endpoints: Vec<EndpointSecond>,
}

impl Default for Course {
    fn default() -> Course {
        Course { span: 1, moments: Vec::new(), rest: Vec::new() }
    }
}

impl Course {
    /// Adds the second after the last one.
    pub fn push(&mut self, second: Moment) {
        if self.rest.is_empty() && self.moments.len() == MAX_POINTS {
            self.moments = self.moments.chunks(2).filter_map(merged).collect();
            self.span *= 2;
        }
        self.rest.push(second);
        if self.rest.len() == self.span {
            self.moments.extend(merged(&self.rest));
            self.rest.clear();
        }
    }

    /// The rows of the run.
    pub fn rows(&self) -> Vec<SecondRow> {
        self.moments.iter().chain(&merged(&self.rest)).map(|moment| moment.row.clone()).collect()
    }

    /// The rows of one endpoint, whose requests are all calls in them.
    pub fn rows_of(&self, endpoint: usize) -> Vec<SecondRow> {
        self.moments.iter().chain(&merged(&self.rest)).map(|moment| moment.row_of(endpoint)).collect()
    }
}

impl Moment {
    fn row_of(&self, endpoint: usize) -> SecondRow {
        let of_it = self.endpoints.get(endpoint).copied().unwrap_or_default();
        SecondRow {
            second: self.row.second,
            rps: of_it.rps,
            failures_per_s: of_it.failures_per_s,
            streams: Some(0),
            calls_p50_ms: of_it.p50_ms,
            calls_p95_ms: of_it.p95_ms,
            calls_p99_ms: of_it.p99_ms,
            ..SecondRow::default()
        }
    }
}

/// Neighbours as one; none of none.
fn merged(moments: &[Moment]) -> Option<Moment> {
    if let [alone] = moments {
        return Some(alone.clone());
    }
    let merge = |row: &dyn Fn(&Moment) -> SecondRow| one(&moments.iter().map(row).collect::<Vec<_>>());
    let row = merge(&|moment| moment.row.clone())?;
    let endpoints = moments.iter().map(|moment| moment.endpoints.len()).max()?;
    let endpoint = |place| {
        let SecondRow { rps, failures_per_s, calls_p50_ms, calls_p95_ms, calls_p99_ms, .. } =
            merge(&|moment| moment.row_of(place))?;
        Some(EndpointSecond {
            rps,
            failures_per_s,
            p50_ms: calls_p50_ms,
            p95_ms: calls_p95_ms,
            p99_ms: calls_p99_ms,
        })
    };
    Some(Moment { row, endpoints: (0..endpoints).filter_map(endpoint).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(seconds: u64) -> Course {
        let mut course = Course::default();
        for second in 0..seconds {
            let of_it = EndpointSecond {
                rps: second as f64,
                p99_ms: (second % 3 == 0).then_some(second as f64),
                ..EndpointSecond::default()
            };
            let row = SecondRow { second, users: second, rps: 2.0 * second as f64, ..SecondRow::default() };
            course.push(Moment { row, endpoints: vec![EndpointSecond::default(), of_it] });
        }
        course
    }

    #[test]
    fn a_short_run_has_all_its_seconds() {
        assert!(Course::default().rows().is_empty());
        let course = course(MAX_POINTS as u64);
        let (rows, of_one) = (course.rows(), course.rows_of(1));
        assert_eq!((rows.len(), of_one.len()), (MAX_POINTS, MAX_POINTS));
        for (second, (row, of_one)) in rows.iter().zip(&of_one).enumerate() {
            assert_eq!(
                (row.second, row.rps, of_one.rps),
                (second as u64, 2.0 * second as f64, second as f64)
            );
            assert_eq!(of_one.calls_ms()[2], (second % 3 == 0).then_some(second as f64));
        }
        assert_eq!(course.rows_of(7)[3].rps, 0.0, "one that nobody called");
    }

    #[test]
    fn a_long_run_is_thinned_as_it_goes_on_and_hides_no_bad_second() {
        for seconds in [1201, 1202, 2400, 2401, 9999] {
            let (course, seconds) = (course(seconds), seconds as usize);
            let (rows, of_one) = (course.rows(), course.rows_of(1));
            assert!((MAX_POINTS / 2..=MAX_POINTS).contains(&rows.len()), "{} of {seconds}", rows.len());
            let span = course.span;
            assert_eq!(rows.len(), seconds.div_ceil(span), "{seconds}");
            for (place, (row, of_one)) in rows.iter().zip(&of_one).enumerate() {
                let (from, to) = (place * span, ((place + 1) * span).min(seconds));
                assert_eq!((row.second, row.users), (to as u64 - 1, to as u64 - 1), "{seconds}");
                let mean = (from + to - 1) as f64 / 2.0;
                assert!((row.rps - 2.0 * mean).abs() < 0.01 && (of_one.rps - mean).abs() < 0.01, "{seconds}");
                let worst = (from..to).rev().find(|second| second % 3 == 0).map(|second| second as f64);
                assert_eq!(of_one.calls_ms()[2], worst, "{seconds} {place}");
            }
        }
    }
}
