//! What is to happen and when, in the order of true time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::network::{Conn, Down, Up};
use super::super::plan::Fault;

/// Where something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Controller,
    Worker(usize),
}

#[derive(Debug)]
pub enum Event {
    Up(Conn, Up),
    Down(Conn, Down),
    /// An end of a connection learns that it is over.
    WorkerLost(Conn),
    ControllerLost(Conn),
    Tick,
    Check,
    Wake {
        worker: usize,
        stamp: u64,
    },
    Come {
        name: String,
    },
    Fault(Fault),
    /// A process that was frozen goes on.
    Thaw(Place),
    /// The lease of a frozen process is over.
    Outlived {
        worker: usize,
        frozen_until: u64,
    },
    /// The delay of a path is as usual again.
    Usual {
        worker: usize,
    },
}

#[derive(Debug)]
pub struct Entry {
    pub at: u64,
    order: u64,
    pub event: Event,
}

/// Everything that is still to happen.
#[derive(Debug, Default)]
pub struct Agenda {
    queue: BinaryHeap<Entry>,
    order: u64,
}

impl Agenda {
    /// Adds an event; of two at the same time the one that was added first happens first.
    pub fn add(&mut self, at: u64, event: Event) {
        self.order += 1;
        self.queue.push(Entry { at, order: self.order, event });
    }

    /// Takes the next event out.
    pub fn next(&mut self) -> Option<Entry> {
        self.queue.pop()
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The earliest is the greatest, as the heap hands out the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}
