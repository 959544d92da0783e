//! A first-come-first-served queue in front of equal servers, as pure arithmetic on instants.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What the queue decided for one piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    /// When it is done.
    pub(crate) end: Instant,
    /// Pieces of work in the queue as it joins, itself included; 0 if it is served at once.
    pub(crate) waiting: u64,
}

/// Equal servers behind one queue in the order of arrival.
///
/// The length of the work is known when it arrives, so its times are fixed then:
/// it goes to the server that is free first and begins at `max(arrival, free)`.
/// With one server this is `free = max(arrival, free) + length`.
///
/// An arrival may lie a little in the past, because a timer was late: if a server
/// was idle then, the work begins then. Work is served even if the client has
/// left, as a thread that has begun cannot be stopped.
#[derive(Debug)]
pub(crate) struct Servers {
    /// When each is free.
    free: BinaryHeap<Reverse<Instant>>,
    /// When the work in the queue will begin, in that order.
    begins: VecDeque<Instant>,
}

impl Servers {
    /// `count` servers, at least 1, that are free from `start` on.
    pub(crate) fn new(count: usize, start: Instant) -> Self {
        let free = std::iter::repeat_n(Reverse(start), count.max(1)).collect();
        Self { free, begins: VecDeque::new() }
    }

    /// Adds work that arrives at `arrival` and occupies a server for `length`.
    pub(crate) fn take(&mut self, arrival: Instant, length: Duration) -> Turn {
        let free = self.free.pop().map_or(arrival, |Reverse(free)| free);
        let begin = free.max(arrival);
        let end = begin + length;
        self.free.push(Reverse(end));
        while self.begins.front().is_some_and(|begin| *begin <= arrival) {
            self.begins.pop_front();
        }
        if begin <= arrival {
            return Turn { end, waiting: 0 };
        }
        self.begins.push_back(begin);
        Turn { end, waiting: self.begins.len() as u64 }
    }
}

/// Servers that all tasks share.
#[derive(Debug)]
pub(crate) struct Queue(Mutex<Servers>);

impl Queue {
    pub(crate) fn new(count: usize, start: Instant) -> Self {
        Self(Mutex::new(Servers::new(count, start)))
    }

    pub(crate) fn take(&self, arrival: Instant, length: Duration) -> Turn {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(arrival, length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Ends, in ms from the start, and queue lengths of works (arrival, length).
    fn turns(count: usize, works: &[(u32, u32)]) -> Vec<(u128, u64)> {
        let start = Instant::now();
        let mut servers = Servers::new(count, start);
        let turn = |&(arrival, length): &(u32, u32)| {
            let turn = servers.take(start + MS * arrival, MS * length);
            ((turn.end - start).as_millis(), turn.waiting)
        };
        works.iter().map(turn).collect()
    }

    #[test]
    fn one_server_is_the_larger_of_arrival_and_free_plus_the_length() {
        let works = [(0, 5), (0, 5), (3, 5), (30, 5), (31, 5)];
        assert_eq!(turns(1, &works), [(5, 0), (10, 1), (15, 2), (35, 0), (40, 1)]);
    }

    #[test]
    fn work_beyond_the_servers_waits_for_the_one_that_is_free_first() {
        let works = [(0, 9), (0, 4), (1, 2), (2, 2), (7, 1)];
        assert_eq!(turns(2, &works), [(9, 0), (4, 0), (6, 1), (8, 2), (9, 1)]);
    }

    #[test]
    fn a_late_arrival_is_served_when_a_server_was_idle() {
        assert_eq!(turns(2, &[(0, 5), (20, 5), (10, 5)]), [(5, 0), (25, 0), (15, 0)]);
    }

    /// A closed population of `users` that ask for the next chunk as soon as they
    /// have the one before; the time at which all have `chunks`.
    fn closed(servers: usize, users: usize, chunks: usize, gap: Duration) -> Duration {
        let start = Instant::now();
        let mut queue = Servers::new(servers, start);
        let mut asked = vec![start; users];
        for _ in 0..chunks {
            // In the order of their asking, which is that of the last round.
            for at in &mut asked {
                *at = queue.take(*at, gap).end;
            }
        }
        asked.into_iter().max().unwrap_or(start) - start
    }

    #[test]
    fn the_chunk_rate_is_the_servers_over_the_gap_and_a_gap_grows_by_users_over_servers() {
        let gap = Duration::from_millis(25);
        // Up to as many users as threads nobody waits.
        assert_eq!(closed(40, 20, 120, gap), gap * 120);
        assert_eq!(closed(40, 40, 120, gap), gap * 120);
        // Beyond, 40 / 25 ms = 1600 chunks a second.
        assert_eq!(closed(40, 80, 120, gap), gap * 240);
        assert_eq!(closed(40, 120, 120, gap), gap * 360);
    }

    #[test]
    fn at_fifty_microseconds_a_second_holds_twenty_thousand_events() {
        assert_eq!(closed(1, 500, 40, Duration::from_micros(50)), Duration::from_secs(1));
    }

    proptest! {
        /// At no instant are more works served than there are servers, and none
        /// waits while a server is idle.
        #[test]
        fn servers_are_never_exceeded_nor_idle(
            count in 1_usize..6,
            works in proptest::collection::vec((0_u32..50, 1_u32..20), 1..80),
        ) {
            let mut works = works;
            works.sort_by_key(|(arrival, _)| *arrival);
            let ends = turns(count, &works);
            let spans: Vec<(u128, u128, u128)> = works.iter().zip(&ends)
                .map(|(&(arrival, length), &(end, _))| (arrival.into(), end - u128::from(length), end))
                .collect();
            for &(arrival, begin, _) in &spans {
                prop_assert!(begin >= arrival);
                let busy = spans.iter().filter(|(_, b, e)| *b <= begin && begin < *e).count();
                prop_assert!(busy <= count);
                if begin > arrival {
                    let before = begin - 1;
                    let busy = spans.iter().filter(|(_, b, e)| *b <= before && before < *e).count();
                    prop_assert_eq!(busy, count);
                }
            }
            prop_assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].1), "not in order of arrival");
        }
    }
}
