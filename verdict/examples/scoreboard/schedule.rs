//! What is to happen, in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Events to come; of several at once the one that was scheduled first comes first.
#[derive(Debug)]
pub struct Schedule<E> {
    events: BinaryHeap<Scheduled<E>>,
    scheduled: u64,
}

#[derive(Debug)]
struct Scheduled<E> {
    at: u64,
    number: u64,
    event: E,
}

impl<E> Schedule<E> {
    pub fn new() -> Schedule<E> {
        Schedule { events: BinaryHeap::new(), scheduled: 0 }
    }

    /// An event will come at `at`.
    pub fn add(&mut self, at: u64, event: E) {
        self.scheduled += 1;
        self.events.push(Scheduled { at, number: self.scheduled, event });
    }

    /// The next event, if it comes before `until`, and when.
    pub fn next_before(&mut self, until: u64) -> Option<(u64, E)> {
        self.events.peek().filter(|next| next.at < until)?;
        self.events.pop().map(|next| (next.at, next.event))
    }
}

impl<E> Scheduled<E> {
    fn order(&self) -> Reverse<(u64, u64)> {
        Reverse((self.at, self.number))
    }
}

impl<E> Ord for Scheduled<E> {
    fn cmp(&self, other: &Scheduled<E>) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl<E> PartialOrd for Scheduled<E> {
    fn partial_cmp(&self, other: &Scheduled<E>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Scheduled<E> {
    fn eq(&self, other: &Scheduled<E>) -> bool {
        self.order() == other.order()
    }
}

impl<E> Eq for Scheduled<E> {}
