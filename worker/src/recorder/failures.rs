//! Failures counted by endpoint, class and text.

use common::api::Operation;

use crate::http::Failure;
use crate::interval::{FailureCount, Interval, MAX_FAILURE_TEXTS};
use common::failure::OTHER_TEXTS;

/// A short table. The same failure often comes many times in a row, so the search begins at the last one found.
/// A known failure is counted without an allocation.
#[derive(Debug, Default)]
pub(super) struct Failures {
    rows: Vec<FailureEntry>,
    last: usize,
    dropped_texts: u64,
}

#[derive(Debug)]
struct FailureEntry {
    operation: Operation,
    failure: Failure,
    count: FailureCount,
}

impl Failures {
    /// Counts a failure, under [`OTHER_TEXTS`] when there are too many different ones already.
    pub(super) fn count(&mut self, operation: Operation, failure: &Failure, at_us: u64) {
        if let Some(place) = self.find(operation, failure) {
            return self.count_again(place, at_us);
        }
        if self.rows.len() < MAX_FAILURE_TEXTS {
            return self.add(operation, failure.clone(), at_us);
        }
        self.dropped_texts += 1;
        let other = Failure::new(failure.class, OTHER_TEXTS);
        match self.find(operation, &other) {
            Some(place) => self.count_again(place, at_us),
            None => self.add(operation, other, at_us),
        }
    }

    fn find(&self, operation: Operation, failure: &Failure) -> Option<usize> {
        let is_it = |place: &usize| {
            self.rows.get(*place).is_some_and(|row| row.operation == operation && row.failure == *failure)
        };
        (self.last..self.rows.len()).chain(0..self.last).find(is_it)
    }

    fn count_again(&mut self, place: usize, at_us: u64) {
        let count = &mut self.rows[place].count;
        count.count += 1;
        count.first_us = count.first_us.min(at_us);
        count.last_us = count.last_us.max(at_us);
        self.last = place;
    }

    fn add(&mut self, operation: Operation, failure: Failure, at_us: u64) {
        let count = FailureCount { count: 1, first_us: at_us, last_us: at_us };
        self.last = self.rows.len();
        self.rows.push(FailureEntry { operation, failure, count });
    }

    /// Moves everything into `interval`.
    pub(super) fn drain_into(&mut self, interval: &mut Interval) {
        for row in self.rows.drain(..) {
            let key = (row.operation.number(), row.failure.class, row.failure.text);
            interval.failures.insert(key, row.count);
        }
        self.last = 0;
        interval.dropped_texts += std::mem::take(&mut self.dropped_texts);
    }
}
