//! One endpoint's row.

use common::api::Endpoint;
use common::stats::{Histogram, Unit};

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
    /// Every request sent that has ended: answered, failed and cut.
    pub count: u64,
    /// Of those, the failed ones. Cut ones are neither failed nor answered.
    pub failures: u64,
    /// Of those, the ones we cut at a stop. They have no latency. Unknown (0) in a report made from
    /// CSV files, whose columns are Locust's.
    pub cut: u64,
    /// Latency in milliseconds of all that were not cut, failed ones included; `None` without any.
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
    /// The row of one endpoint. `latency` is in microseconds and holds failed requests too, `cut`
    /// ones are outside of it; `bytes` are all body bytes received, `duration_s` is the measured
    /// span of the run in seconds, the same for every row.
    pub fn new(
        endpoint: &Endpoint,
        latency: &Histogram,
        failures: u64,
        cut: u64,
        bytes: u64,
        duration_s: f64,
    ) -> EndpointRow {
        let mut row = Self::aggregated(latency, failures, cut, bytes, duration_s);
        row.method.clone_from(&endpoint.method);
        row.name.clone_from(&endpoint.name);
        row
    }

    /// The row of all endpoints together, from the sum of their parts; parameters as for
    /// [`EndpointRow::new`].
    pub fn aggregated(
        latency: &Histogram,
        failures: u64,
        cut: u64,
        bytes: u64,
        duration_s: f64,
    ) -> EndpointRow {
        let count = latency.count() + cut;
        EndpointRow {
            method: String::new(),
            name: AGGREGATED.to_owned(),
            count,
            failures,
            cut,
            latency: Figures::of(latency),
            good: None,
            failed: None,
            buckets: Buckets::of(latency, Unit::Microseconds),
            avg_bytes: rate(bytes, count as f64),
            rps: rate(count, duration_s),
            failures_per_s: rate(failures, duration_s),
        }
    }

    /// The same, with the times of good and failed requests apart: of `latency` those in `failed` failed.
    pub fn apart(self, latency: &Histogram, failed: &Histogram) -> EndpointRow {
        match failed.count() {
            0 => self,
            _ => EndpointRow {
                good: Percentiles::of(&latency.with(failed, &Histogram::default())),
                failed: Percentiles::of(failed),
                ..self
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::stats::Recorder;

    #[test]
    fn cut_requests_count_but_have_no_latency() {
        let mut recorder = Recorder::default();
        [10_000, 20_000, 30_000].into_iter().for_each(|value| recorder.record(value));
        let mut latency = Histogram::default();
        latency.merge(&recorder.drain());
        let endpoint = Endpoint { method: "GET".to_owned(), name: "/threads".to_owned() };

        let row = EndpointRow::new(&endpoint, &latency, 1, 2, 1000, 4.0);

        assert_eq!((row.count, row.failures, row.cut), (5, 1, 2));
        assert_eq!((row.avg_bytes, row.rps, row.failures_per_s), (200.0, 1.25, 0.25));
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
        let row = EndpointRow::aggregated(&all, 4, 0, 0, 1.0);
        assert_eq!((row.good, row.failed), (None, None));
        let row = row.apart(&all, &failed);
        assert_eq!(row.latency.map(|figures| figures.percentiles.p50()), Some(Some(1.0)));
        let within = |of: Option<Percentiles>, ms: f64| {
            of.and_then(|of| of.p50()).is_some_and(|p50| (p50 / ms - 1.0).abs() < 0.001)
        };
        assert!(within(row.good, 900.0) && within(row.failed, 1.0), "{row:?}");
        assert_eq!(EndpointRow::aggregated(&all, 6, 0, 0, 1.0).apart(&all, &all).good, None);
    }

    #[test]
    fn nothing_measured_is_no_latency_and_no_division_by_zero() {
        let row = EndpointRow::aggregated(&Histogram::default(), 0, 0, 0, 0.0);
        let buckets = row.buckets.clone();
        assert_eq!((buckets.count, buckets.sum), (0, 0.0));
        assert_eq!(row, EndpointRow { name: AGGREGATED.to_owned(), buckets, ..EndpointRow::default() });
    }
}
