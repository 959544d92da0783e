//! Failures counted by endpoint, class and what their texts say.

use common::api::Operation;
use common::failure::{FailureClass, OTHER_TEXTS, masked};
use common::trace::TraceId;

use crate::http::Failure;
use crate::interval::{FailureCount, Interval, MAX_FAILURE_TEXTS};

/// A short table. The same failure often comes many times in a row, so the search begins at the last one found.
/// A known failure is counted without an allocation.
#[derive(Debug, Default)]
pub(super) struct Failures {
    rows: Vec<FailureEntry>,
    last: usize,
    dropped_texts: u64,
    /// The words of the failure that is counted; used again for each.
    words: String,
}

#[derive(Debug)]
struct FailureEntry {
    operation: Operation,
    class: FailureClass,
    /// What its texts have in common.
    words: String,
    count: FailureCount,
}

impl Failures {
    /// Counts a failure, under [`OTHER_TEXTS`] when there are too many different ones already.
    pub(super) fn count(
        &mut self,
        operation: Operation,
        failure: &Failure,
        at_us: u64,
        trace: Option<TraceId>,
    ) {
        let (class, text) = (failure.class, failure.text.as_str());
        if let Some(place) = self.find(operation, class, |row| row.count.example == text) {
            return self.count_again(place, at_us);
        }
        let mut words = std::mem::take(&mut self.words);
        masked(class, text, &mut words);
        if let Some(place) = self.find(operation, class, |row| row.words == words) {
            self.rows[place].count.varies = true;
            self.count_again(place, at_us);
        } else if self.rows.len() < MAX_FAILURE_TEXTS {
            self.add((operation, class, words.clone()), text, at_us, trace);
        } else {
            self.dropped_texts += 1;
            match self.find(operation, class, |row| row.words == OTHER_TEXTS) {
                Some(place) => self.count_again(place, at_us),
                None => self.add((operation, class, OTHER_TEXTS.to_owned()), OTHER_TEXTS, at_us, trace),
            }
        }
        self.words = words;
    }

    fn find(
        &self,
        operation: Operation,
        class: FailureClass,
        fits: impl Fn(&FailureEntry) -> bool,
    ) -> Option<usize> {
        let is_it = |place: &usize| {
            self.rows
                .get(*place)
                .is_some_and(|row| row.operation == operation && row.class == class && fits(row))
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

    fn add(
        &mut self,
        (operation, class, words): (Operation, FailureClass, String),
        text: &str,
        at_us: u64,
        trace: Option<TraceId>,
    ) {
        let count = FailureCount { trace, ..FailureCount::once(text.to_owned(), at_us) };
        self.last = self.rows.len();
        self.rows.push(FailureEntry { operation, class, words, count });
    }

    /// Moves everything into `interval`.
    pub(super) fn drain_into(&mut self, interval: &mut Interval) {
        for row in self.rows.drain(..) {
            interval.failures.insert((row.operation.number(), row.class, row.words), row.count);
        }
        self.last = 0;
        interval.dropped_texts += std::mem::take(&mut self.dropped_texts);
    }
}
