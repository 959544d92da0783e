//! A distribution in figures.

use common::stats::{Histogram, Percentile};
use serde::{Deserialize, Serialize};

/// The percentiles of Locust's columns, ascending: 50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99 and
/// 100 %, by nearest rank. NaN where it is not known: Locust can be set to write others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles(pub [f64; 11]);

/// Median, mean, least and greatest value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The median. Locust rounds it otherwise than its 50 % column; ours is the 50 % column.
    pub median: f64,
    /// Arithmetic mean of the exact values.
    pub avg: f64,
    /// Exact least value.
    pub min: f64,
    /// Exact greatest value.
    pub max: f64,
}

/// A distribution of at least one sample. Times are in milliseconds, token rates in tokens/s, both
/// with three decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Median, mean, least and greatest value.
    #[serde(flatten)]
    pub summary: Summary,
    /// The percentiles, each at most 0.1 % above the sample it stands for.
    pub percentiles: Percentiles,
}

impl Percentiles {
    /// The percentiles of a histogram of microseconds or of thousandths of tokens/s; `None` without
    /// samples.
    pub fn of(histogram: &Histogram) -> Option<Percentiles> {
        histogram.percentiles(Percentile::LOCUST).map(|values| Percentiles(values.map(thousandths)))
    }

    /// The percentile of this place, if it is known.
    pub fn at(&self, place: usize) -> Option<f64> {
        self.0.get(place).copied().filter(|value| !value.is_nan())
    }

    /// The median.
    pub fn p50(&self) -> Option<f64> {
        self.at(0)
    }

    /// 90 %.
    pub fn p90(&self) -> Option<f64> {
        self.at(4)
    }

    /// 95 %.
    pub fn p95(&self) -> Option<f64> {
        self.at(5)
    }

    /// 99 %.
    pub fn p99(&self) -> Option<f64> {
        self.at(7)
    }
}

impl Summary {
    /// The summary of a histogram of microseconds or of thousandths of tokens/s; `None` without
    /// samples.
    pub fn of(histogram: &Histogram) -> Option<Summary> {
        Some(Summary {
            median: thousandths(histogram.percentile(Percentile::P50)?),
            avg: histogram.mean()?.round() / 1000.0,
            min: thousandths(histogram.min()?),
            max: thousandths(histogram.max()?),
        })
    }
}

impl Figures {
    /// The figures of a histogram of microseconds or of thousandths of tokens/s; `None` without
    /// samples.
    pub fn of(histogram: &Histogram) -> Option<Figures> {
        Some(Figures { summary: Summary::of(histogram)?, percentiles: Percentiles::of(histogram)? })
    }
}

/// `count` per second over `duration_s` seconds, to a thousandth; 0 when no time has passed.
pub fn rate(count: u64, duration_s: f64) -> f64 {
    if duration_s > 0.0 { (count as f64 / duration_s * 1000.0).round() / 1000.0 } else { 0.0 }
}

/// The share of `part` in `whole`, 0 to 1, to a hundred-thousandth (a thousandth of a percent); 0
/// for a part of nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 100_000.0).round() / 100_000.0 }
}

/// A whole number of thousandths. The quotient is the double nearest to the decimal number, so it is
/// printed with three decimals at most.
fn thousandths(value: u64) -> f64 {
    value as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_become_milliseconds_with_three_decimals() {
        let figures = Figures::of(&[1, 12_345, 12_345, 2].into_iter().collect()).unwrap();
        assert_eq!(figures.summary, Summary { median: 0.002, avg: 6.173, min: 0.001, max: 12.345 });
        assert_eq!(figures.percentiles.0[10], 12.345, "100 % is the exact greatest value");
        assert_eq!(figures.percentiles.p50(), Some(figures.summary.median));
        assert_eq!(Figures::of(&Histogram::default()), None);
    }

    #[test]
    fn the_named_percentiles_are_those_of_the_columns() {
        let percentiles = Percentiles::of(&(1..=1000).collect()).unwrap();
        let named =
            [percentiles.p50(), percentiles.p90(), percentiles.p95(), percentiles.p99()].map(Option::unwrap);
        assert_eq!(named, [0.5, 0.9, 0.95, 0.99]);
    }

    #[test]
    fn rates_and_shares_of_nothing_are_zero() {
        assert_eq!((rate(7, 0.0), rate(0, 3.0), rate(10, 3.0)), (0.0, 0.0, 3.333));
        assert_eq!((share(0, 0), share(1, 3), share(2, 2)), (0.0, 0.33333, 1.0));
    }
}
