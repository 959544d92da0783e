//! Deltas kept until the controller has them.
//!
//! ```text
//!  acked ┊ sent, not acked        ┊ not sent yet
//!  gone  ┊ numbered, never change ┊ intervals, may be added up
//!        ┊ at most 64             ┊ at most 120
//! ```
//!
//! A delta that was sent may have been merged although its ack was lost, so it is sent again as it
//! was, never added to another. What was not sent yet has no number; when the link is down for so
//! long that there is no room, neighbours are added up two by two: coarser in time, nothing lost.

use std::collections::VecDeque;

use common::protocol::Delta;

use crate::interval::{Envelope, Interval};

/// Most deltas sent and not acked.
const MAX_SENT: usize = 64;
/// Most intervals not sent yet; at this many they are added up two by two.
const MAX_WAITING: usize = 120;

/// An interval with its place on the run clock and the process's state in it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What was measured.
    pub interval: Interval,
    /// AssignedRun clock of its first microsecond.
    pub from_us: u64,
    /// AssignedRun clock after its last microsecond.
    pub to_us: u64,
    /// CPU of the busiest load thread, thousandths of a core.
    pub cpu_permille: u32,
    /// Longest time that a load thread waited for a core, thousandths of the interval.
    pub wait_permille: u32,
    /// Resident memory.
    pub memory_bytes: u64,
}

impl Waiting {
    fn add_next(&mut self, next: Waiting) {
        self.interval.add_next(next.interval);
        self.to_us = next.to_us;
        self.cpu_permille = self.cpu_permille.max(next.cpu_permille);
        self.wait_permille = self.wait_permille.max(next.wait_permille);
        self.memory_bytes = self.memory_bytes.max(next.memory_bytes);
    }
}

/// The deltas of one run that the controller has not acked.
#[derive(Debug)]
pub struct Outbox {
    run: [u8; 16],
    incarnation: [u8; 16],
    next_seq: u64,
    sent: VecDeque<Delta>,
    /// How many of `sent` went out on the present connection.
    on_the_way: usize,
    waiting: VecDeque<Waiting>,
}

impl Outbox {
    /// An empty outbox for a run whose next delta has the number `next_seq`.
    pub fn new(run: [u8; 16], incarnation: [u8; 16], next_seq: u64) -> Outbox {
        Outbox { run, incarnation, next_seq, sent: VecDeque::new(), on_the_way: 0, waiting: VecDeque::new() }
    }

    /// The run the deltas belong to.
    pub fn run(&self) -> [u8; 16] {
        self.run
    }

    /// Keeps an interval.
    pub fn push(&mut self, waiting: Waiting) {
        if self.waiting.len() >= MAX_WAITING {
            self.add_up();
        }
        self.waiting.push_back(waiting);
    }

    fn add_up(&mut self) {
        let mut coarser = VecDeque::with_capacity(MAX_WAITING);
        while let Some(mut first) = self.waiting.pop_front() {
            if let Some(second) = self.waiting.pop_front() {
                first.add_next(second);
            }
            coarser.push_back(first);
        }
        self.waiting = coarser;
    }

    /// A connection was made: everything not acked goes out again, from `next_seq` on.
    pub fn reconnect(&mut self, next_seq: u64) {
        self.ack(next_seq.saturating_sub(1));
        self.on_the_way = 0;
    }

    /// The controller has this delta and all before it.
    pub fn ack(&mut self, seq: u64) {
        while self.sent.front().is_some_and(|delta| delta.seq <= seq) {
            self.sent.pop_front();
            self.on_the_way = self.on_the_way.saturating_sub(1);
        }
    }

    /// The next delta to send on the present connection. `offset_us`: run clock minus worker clock.
    pub fn next(&mut self, offset_us: i64) -> Option<Delta> {
        if self.on_the_way == self.sent.len() {
            if self.sent.len() >= MAX_SENT {
                return None;
            }
            let waiting = self.waiting.pop_front()?;
            let envelope = Envelope {
                run: self.run,
                incarnation: self.incarnation,
                seq: self.next_seq,
                from_us: waiting.from_us,
                to_us: waiting.to_us,
                offset_us,
                cpu_permille: waiting.cpu_permille,
                wait_permille: waiting.wait_permille,
                memory_bytes: waiting.memory_bytes,
            };
            self.next_seq += 1;
            self.sent.push_back(waiting.interval.to_delta(&envelope));
        }
        let delta = self.sent.get(self.on_the_way)?.clone();
        self.on_the_way += 1;
        Some(delta)
    }

    /// Whether there was ever a delta.
    pub(crate) fn has_any(&self) -> bool {
        self.next_seq > 1 || !self.waiting.is_empty()
    }

    /// Number of the last delta sent; 0: none.
    pub fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }

    /// Whether everything was sent over the present connection.
    pub fn is_sent(&self) -> bool {
        self.waiting.is_empty() && self.on_the_way == self.sent.len()
    }

    /// Intervals and deltas that the controller has not acked.
    pub fn undelivered(&self) -> usize {
        self.waiting.len() + self.sent.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::stats::{Recorder, SparseHistogram};
    use proptest::prelude::*;

    fn second(number: u64) -> Waiting {
        let mut recorder = Recorder::default();
        recorder.record(number);
        let mut interval = Interval::default();
        interval.stages.entry(0).or_default().endpoints[0].latency = recorder.drain();
        let (from_us, to_us) = (number * 1_000_000, (number + 1) * 1_000_000);
        Waiting { interval, from_us, to_us, cpu_permille: 0, wait_permille: 0, memory_bytes: 0 }
    }

    /// A controller that merges what comes in order, once.
    #[derive(Default)]
    struct Merged {
        next: u64,
        samples: u64,
        covered_us: u64,
    }

    impl Merged {
        fn take(&mut self, delta: &Delta) {
            if delta.seq != self.next + 1 {
                return;
            }
            self.next = delta.seq;
            assert_eq!(delta.from_us, self.covered_us, "intervals are contiguous");
            self.covered_us = delta.to_us;
            for endpoint in delta.stages.iter().flat_map(|stage| &stage.endpoints) {
                let samples = endpoint.latency.as_ref().unwrap();
                self.samples += SparseHistogram::decode(samples).unwrap().count();
            }
        }
    }

    #[test]
    fn an_endless_outage_costs_bounded_memory_and_no_sample() {
        let mut outbox = Outbox::new([1; 16], [2; 16], 1);
        for number in 0..10_000 {
            outbox.push(second(number));
        }
        assert!(outbox.undelivered() <= MAX_WAITING);
        let mut merged = Merged::default();
        while let Some(delta) = outbox.next(0) {
            merged.take(&delta);
            outbox.ack(delta.seq);
        }
        assert_eq!((merged.samples, merged.covered_us), (10_000, 10_000_000_000));
        assert_eq!(outbox.undelivered(), 0);
    }

    proptest! {
        /// Whatever is lost on the way, every second counts exactly once.
        #[test]
        fn every_interval_is_merged_once(events in prop::collection::vec((0..5u8, any::<bool>()), 1..400)) {
            let mut outbox = Outbox::new([1; 16], [2; 16], 1);
            let mut merged = Merged::default();
            let mut pushed = 0;
            for (event, arrives) in events {
                match event {
                    0 | 1 => {
                        outbox.push(second(pushed));
                        pushed += 1;
                    }
                    2 | 3 => if let Some(delta) = outbox.next(0) && arrives {
                        merged.take(&delta);
                        if event == 3 {
                            outbox.ack(merged.next);
                        }
                    },
                    _ => outbox.reconnect(merged.next + 1),
                }
            }
            outbox.reconnect(merged.next + 1);
            while let Some(delta) = outbox.next(0) {
                merged.take(&delta);
                outbox.ack(merged.next);
            }
            prop_assert_eq!(merged.samples, pushed);
            prop_assert_eq!(outbox.undelivered(), 0);
        }
    }
}
