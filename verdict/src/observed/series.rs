//! One series: its values along the run clock.

use std::sync::Arc;
use std::time::Duration;

/// A value at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Run clock in milliseconds; it ends after 49 days.
    at_ms: u32,
    /// The value.
    pub value: f64,
}

impl Point {
    /// Run clock.
    pub fn at(&self) -> Duration {
        Duration::from_millis(u64::from(self.at_ms))
    }
}

/// One series of one observer.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name, see [`SeriesName`](super::SeriesName).
    pub name: Arc<str>,
    points: Vec<Point>,
    /// How many points were handed out.
    taken: usize,
}

impl Series {
    pub(super) fn new(name: Arc<str>) -> Series {
        Series { name, points: Vec::new(), taken: 0 }
    }

    /// Adds a value. Two at one moment are one: the first.
    pub(super) fn push(&mut self, at: Duration, value: f64) {
        let at_ms = u32::try_from(at.as_millis()).unwrap_or(u32::MAX);
        if self.points.last().is_none_or(|last| last.at_ms < at_ms) {
            self.points.push(Point { at_ms, value });
        }
    }

    /// Its values, ascending in time.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Its values in a span of the run clock, the end left out.
    pub fn within(&self, from: Duration, to: Duration) -> &[Point] {
        let first = self.points.partition_point(|point| point.at() < from);
        let end = self.points.partition_point(|point| point.at() < to);
        self.points.get(first..end).unwrap_or_default()
    }

    pub(super) fn take_new(&mut self) -> &[Point] {
        let taken = std::mem::replace(&mut self.taken, self.points.len());
        self.points.get(taken..).unwrap_or_default()
    }
}

/// Adds points to sums of the same moments; a moment that only one of them has stays as it is. Both ascend.
pub(super) fn add(sums: &mut Vec<(Duration, f64)>, points: &[Point]) {
    let mut rest = points.iter().peekable();
    let mut missing = Vec::new();
    for (at, sum) in sums.iter_mut() {
        while let Some(point) = rest.next_if(|point| point.at() < *at) {
            missing.push((point.at(), point.value));
        }
        if let Some(point) = rest.next_if(|point| point.at() == *at) {
            *sum += point.value;
        }
    }
    missing.extend(rest.map(|point| (point.at(), point.value)));
    if !missing.is_empty() {
        sums.extend(missing);
        sums.sort_by_key(|(at, _)| *at);
    }
}
