//! Servers of which each does one piece of work at a time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A number of servers with one queue. Work comes in the order of time.
#[derive(Debug, Clone)]
pub struct Servers {
    /// When each is free, microseconds; the first to be free on top.
    free_at: BinaryHeap<Reverse<u64>>,
}

impl Servers {
    pub fn new(servers: usize) -> Servers {
        Servers { free_at: (0..servers.max(1)).map(|_| Reverse(0)).collect() }
    }

    /// When work that comes at `at` and takes `takes` is done.
    pub fn done(&mut self, at: u64, takes: u64) -> u64 {
        let Reverse(free_at) = self.free_at.pop().unwrap_or(Reverse(0));
        let done = free_at.max(at) + takes;
        self.free_at.push(Reverse(done));
        done
    }

    /// How many work at `at`.
    pub fn busy(&self, at: u64) -> usize {
        self.free_at.iter().filter(|Reverse(free_at)| *free_at > at).count()
    }

    /// Whether one is free at `at`; it then works for `takes`.
    pub fn take(&mut self, at: u64, takes: u64) -> bool {
        let is_free = self.free_at.peek().is_some_and(|Reverse(free_at)| *free_at <= at);
        if is_free {
            self.done(at, takes);
        }
        is_free
    }
}
