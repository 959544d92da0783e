//! A collector that stops everything every 10 s, for 40 ms of each stream that is open: with 50 streams for 2 s.
//!
//! Truth: the pauses. That they come late to some chunks and not to most is the same thing, seen from a stream.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, us};

#[derive(Debug)]
pub struct HeapPauses {
    every: f64,
    each: f64,
    /// When the pause ends that began last.
    until: u64,
    begins: u64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (every, each) = (10.0, 0.04);
    Box::new(HeapPauses { every, each, until: 0, begins: us(every), streams: Streams::new(answers, seed) })
}

impl HeapPauses {
    /// When what would happen at `at` happens.
    fn after_pause(&mut self, at: u64, now: u64) -> u64 {
        if now >= self.begins {
            let lasts = us(self.each * self.streams.count() as f64);
            self.until = self.begins + lasts;
            while self.begins <= now {
                self.begins += us(self.every);
            }
        }
        if at < self.until { self.until } else { at }
    }
}

impl Streaming for HeapPauses {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let starts = self.after_pause(at, at);
        self.streams.begin(id, starts, out);
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        if is_last {
            return self.over(id, at, out);
        }
        let next = self.after_pause(at, at) + us(self.streams.answers.gap);
        self.streams.send(id, next, out);
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        let starts = self.after_pause(at, at);
        Ok(starts - at + self.streams.cheap())
    }
}
