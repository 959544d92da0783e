//! What a metric is.

use crate::rows::Buckets;

/// Samples of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Name without its unit: `loadtest_request_duration`.
    pub name: &'static str,
    /// What it counts or measures, in one sentence.
    pub help: &'static str,
    /// What its values are measured in.
    pub unit: MetricUnit,
    /// How its values behave.
    pub kind: Kind,
    /// The values, by labels.
    pub samples: Vec<LabelledValue>,
}

/// A base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricUnit {
    /// A number of things.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// A share, 0 to 1.
    Ratio,
}

/// How values behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows within a run.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts below bounds, which only grow within a run.
    Histogram,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledValue {
    /// Label names and values. The values are texts from outside.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: MetricValue,
}

/// A value by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// How many.
    Count(u64),
    /// How much.
    Number(f64),
    /// How they are spread.
    Spread(Buckets),
}

impl Family {
    /// A family without samples.
    pub fn new(name: &'static str, unit: MetricUnit, kind: Kind, help: &'static str) -> Family {
        Family { name, help, unit, kind, samples: Vec::new() }
    }

    /// The same family with one more sample.
    pub fn with(mut self, labels: &[(&'static str, &str)], value: impl Into<MetricValue>) -> Family {
        let labels = labels.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        self.samples.push(LabelledValue { labels, value: value.into() });
        self
    }
}

impl From<u64> for MetricValue {
    fn from(count: u64) -> MetricValue {
        MetricValue::Count(count)
    }
}

impl From<f64> for MetricValue {
    fn from(number: f64) -> MetricValue {
        MetricValue::Number(number)
    }
}

impl From<&Buckets> for MetricValue {
    fn from(buckets: &Buckets) -> MetricValue {
        MetricValue::Spread(buckets.clone())
    }
}
