//! Samples → values of series: counters become rates, and only so many series are kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use verdict::observed::MOST_SERIES;

/// What a sample counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleKind {
    /// A value as it is.
    Gauge,
    /// What only grows, until whatever counts begins anew.
    Counter,
    /// The same in seconds, of which a share of a second is spent in each: the share is what its name says.
    Spent,
}

/// One value as a target gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub series: String,
    pub kind: SampleKind,
    pub value: f64,
}

impl Sample {
    pub(super) fn gauge(series: impl Into<String>, value: f64) -> Sample {
        Sample { series: series.into(), kind: SampleKind::Gauge, value }
    }

    pub(super) fn spent(series: impl Into<String>, seconds: f64) -> Sample {
        Sample { series: series.into(), kind: SampleKind::Spent, value: seconds }
    }

    pub(super) fn counter(series: impl Into<String>, value: f64) -> Sample {
        Sample { series: series.into(), kind: SampleKind::Counter, value }
    }
}

/// The series of one target.
#[derive(Debug, Default)]
pub struct Rates {
    kept: HashMap<String, Kept>,
}

#[derive(Debug)]
struct Kept {
    name: Arc<str>,
    /// What a counter said last, and when.
    last: Option<(Duration, f64)>,
}

impl Rates {
    /// The values of samples that were taken at a moment of any clock that runs on, and how many had no room. The
    /// first look at a counter says nothing yet, nor does one after it began anew.
    pub fn values(&mut self, at: Duration, samples: Vec<Sample>) -> (Vec<(Arc<str>, f64)>, u64) {
        let mut left_out = 0;
        let mut values = Vec::with_capacity(samples.len().min(MOST_SERIES));
        for Sample { series, kind, value } in samples.into_iter().filter(|sample| sample.value.is_finite()) {
            if !self.kept.contains_key(&series) && self.kept.len() >= MOST_SERIES {
                left_out += 1;
                continue;
            }
            let name = match kind {
                SampleKind::Gauge | SampleKind::Spent => Arc::from(series.as_str()),
                SampleKind::Counter => Arc::from(format!("rate({series})")),
            };
            let kept = self.kept.entry(series).or_insert_with(|| Kept { name, last: None });
            let value = match kind {
                SampleKind::Gauge => Some(value),
                SampleKind::Counter | SampleKind::Spent => rate(kept.last.replace((at, value)), (at, value)),
            };
            values.extend(value.map(|value| (Arc::clone(&kept.name), value)));
        }
        (values, left_out)
    }
}

/// What was counted in a second between two looks.
fn rate(before: Option<(Duration, f64)>, (at, value): (Duration, f64)) -> Option<f64> {
    let (then, last) = before?;
    let seconds = at.checked_sub(then).filter(|time| !time.is_zero())?.as_secs_f64();
    (value >= last).then(|| (value - last) / seconds).filter(|rate| rate.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(values: &[(Arc<str>, f64)]) -> Vec<(&str, f64)> {
        values.iter().map(|(name, value)| (&**name, *value)).collect()
    }

    #[test]
    fn a_counter_is_a_rate_and_one_that_began_anew_says_nothing() {
        let mut rates = Rates::default();
        let mut look = |seconds: u64, count: f64| {
            let samples =
                vec![Sample::counter("c", count), Sample::gauge("g", count), Sample::spent("s", count)];
            rates.values(Duration::from_secs(seconds), samples).0
        };
        assert_eq!(named(&look(1, 10.0)), [("g", 10.0)]);
        assert_eq!(named(&look(3, 20.0)), [("rate(c)", 5.0), ("g", 20.0), ("s", 5.0)]);
        assert_eq!(named(&look(4, 3.0)), [("g", 3.0)], "it began anew");
        assert_eq!(named(&look(5, 4.0)), [("rate(c)", 1.0), ("g", 4.0), ("s", 1.0)]);
        assert_eq!(named(&look(5, 9.0)), [("g", 9.0)], "no time has passed");
        assert_eq!(named(&look(6, f64::NAN)), []);
    }

    #[test]
    fn the_first_series_keep_their_room() {
        let mut rates = Rates::default();
        let all: Vec<Sample> = (0..100).map(|number| Sample::gauge(format!("s{number}"), 1.0)).collect();
        let (values, left_out) = rates.values(Duration::ZERO, all);
        assert_eq!((values.len(), left_out), (MOST_SERIES, 100 - MOST_SERIES as u64));
        let (values, left_out) =
            rates.values(Duration::from_secs(1), vec![Sample::gauge("s99", 1.0), Sample::gauge("s0", 2.0)]);
        assert_eq!((named(&values), left_out), (vec![("s0", 2.0)], 1));
    }
}
