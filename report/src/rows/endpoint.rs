//! One endpoint's row.

use common::api::Endpoint;
use common::stats::{Histogram, Unit};
use common::totals::EndpointTotals;

use super::Buckets;
use super::figures::{Figures, Percentiles, rate};

/// The name of the row of all endpoints together.
pub const AGGREGATED: &str = "Aggregated";

/// What was measured of one endpoint, or of all together, over the whole run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointRow {
    /// HTTP method; empty in the row of all endpoints.
    pub method: String,
    /// Path with ids folded to `[id]`, or [`AGGREGATED`].
    pub name: String,
    /// Every request sent that has ended: answered, failed, left and cut.
    pub count: u64,
    /// Of those, the failed ones. Cut ones are neither failed nor answered.
    pub failures: u64,
    /// Of those, the ones we cut at a stop. They have no latency. Unknown (0) in a report made from
    /// CSV files, whose columns are Locust's.
    pub cut: u64,
    /// Of those, streams that their users left before the end, as the load asks for. They have no latency.
    pub abandoned: u64,
    /// Latency in milliseconds of all that were neither left nor cut, failed ones included; `None` without any.
    pub latency: Option<Figures>,
    /// Latency in milliseconds of the good ones alone; `None` where none failed, or the failed ones have no times.
    pub good: Option<Percentiles>,
    /// Latency in milliseconds of the failed ones alone; `None` without any.
    pub failed: Option<Percentiles>,
    /// The same samples as in `latency` below round bounds, in seconds.
    pub buckets: Buckets,
    /// Mean body size in bytes over all of `count`.
    pub avg_bytes: f64,
    /// `count` per second of the run.
    pub rps: f64,
    /// `failures` per second of the run.
    pub failures_per_s: f64,
}

impl EndpointRow {
    /// The row of one endpoint; `duration_s` is the measured span of the run in seconds, the same for every row.
    pub fn new(endpoint: &Endpoint, totals: &EndpointTotals, duration_s: f64) -> EndpointRow {
        let mut row = Self::aggregated(totals, duration_s);
        row.method.clone_from(&endpoint.method);
        row.name.clone_from(&endpoint.name);
        row
    }

    /// The row of all endpoints together, from the sum of their parts. The times of good and failed requests stand
    /// apart where some failed.
    pub fn aggregated(totals: &EndpointTotals, duration_s: f64) -> EndpointRow {
        let EndpointTotals { latency, failed, failures, cut, abandoned, bytes, .. } = totals;
        let count = totals.count();
        let is_apart = failed.count() > 0;
        EndpointRow {
            method: String::new(),
            name: AGGREGATED.to_owned(),
            count,
            failures: *failures,
            cut: *cut,
            abandoned: *abandoned,
            latency: Figures::of(latency),
            good: is_apart.then(|| Percentiles::of(&latency.with(failed, &Histogram::default()))).flatten(),
            failed: is_apart.then(|| Percentiles::of(failed)).flatten(),
            buckets: Buckets::of(latency, Unit::Microseconds),
            avg_bytes: rate(*bytes, count as f64),
            rps: rate(count, duration_s),
            failures_per_s: rate(*failures, duration_s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::stats::Recorder;

    #[test]
    fn requests_that_were_cut_or_left_count_but_have_no_latency() {
        let mut recorder = Recorder::default();
        [10_000, 20_000, 30_000].into_iter().for_each(|value| recorder.record(value));
        let mut latency = Histogram::default();
        latency.merge(&recorder.drain());
        let endpoint = Endpoint { method: "GET".to_owned(), name: "/threads".to_owned() };

        let totals =
            EndpointTotals { latency, failures: 1, cut: 2, abandoned: 5, bytes: 1000, ..Default::default() };
        let row = EndpointRow::new(&endpoint, &totals, 4.0);

        assert_eq!((row.count, row.failures, row.cut, row.abandoned), (10, 1, 2, 5));
        assert_eq!((row.avg_bytes, row.rps, row.failures_per_s), (100.0, 2.5, 0.25));
        assert_eq!(row.latency.map(|figures| figures.summary.avg), Some(20.0));
        assert_eq!((row.method.as_str(), row.name.as_str()), ("GET", "/threads"));
    }

    #[test]
    fn fast_refusals_do_not_hide_how_slow_the_good_ones_are() {
        let of = |values: &[u64]| {
            let mut histogram = Histogram::default();
            values.iter().for_each(|value| histogram.record(*value));
            histogram
        };
        let (all, failed) = (of(&[1_000, 1_000, 1_000, 1_000, 900_000, 950_000]), of(&[1_000; 4]));
        let row = |failed: &Histogram, failures| {
            let totals = EndpointTotals {
                latency: all.clone(),
                failed: failed.clone(),
                failures,
                ..EndpointTotals::default()
            };
            EndpointRow::aggregated(&totals, 1.0)
        };
        let unknown = row(&Histogram::default(), 4);
        assert_eq!((unknown.good, unknown.failed), (None, None));
        let every = row(&all, 6);
        let row = row(&failed, 4);
        assert_eq!(row.latency.map(|figures| figures.percentiles.p50()), Some(Some(1.0)));
        let within = |of: Option<Percentiles>, ms: f64| {
            of.and_then(|of| of.p50()).is_some_and(|p50| (p50 / ms - 1.0).abs() < 0.001)
        };
        assert!(within(row.good, 900.0) && within(row.failed, 1.0), "{row:?}");
        assert_eq!(every.good, None);
    }

    #[test]
    fn nothing_measured_is_no_latency_and_no_division_by_zero() {
        let row = EndpointRow::aggregated(&EndpointTotals::default(), 0.0);
        let buckets = row.buckets.clone();
        assert_eq!((buckets.count, buckets.sum), (0, 0.0));
        assert_eq!(row, EndpointRow { name: AGGREGATED.to_owned(), buckets, ..EndpointRow::default() });
    }
}
