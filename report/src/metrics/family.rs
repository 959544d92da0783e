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
    pub unit: Unit,
    /// How its values behave.
    pub kind: Kind,
    /// The values, by labels.
    pub samples: Vec<Sample>,
}

/// A base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
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
pub struct Sample {
    /// Label names and values. The values are texts from outside.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: Value,
}

/// A value by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// How many.
    Count(u64),
    /// How much.
    Number(f64),
    /// How they are spread.
    Spread(Buckets),
}

impl Family {
    /// A family without samples.
    pub fn new(name: &'static str, unit: Unit, kind: Kind, help: &'static str) -> Family {
        Family { name, help, unit, kind, samples: Vec::new() }
    }

    /// The same family with one more sample.
    pub fn with(mut self, labels: &[(&'static str, &str)], value: impl Into<Value>) -> Family {
        let labels = labels.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        self.samples.push(Sample { labels, value: value.into() });
        self
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Value {
        Value::Count(count)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<&Buckets> for Value {
    fn from(buckets: &Buckets) -> Value {
        Value::Spread(buckets.clone())
    }
}
