//! Requests without a stream write, one at a time behind a lock, each for 40 ms; what only reads, as the canary does, and
//! streams wait for nothing. Streams are begun by sessions that write first.
//!
//! Truth: the lock. Streams are as fast as ever.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct OneWriter {
    writes: f64,
    lock: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(OneWriter { writes: 0.04, lock: Servers::new(1), streams: Streams::new(answers, seed) })
}

impl Streaming for OneWriter {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.begin(id, at, out);
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        // The canary asks on the half second, and reads.
        if at.is_multiple_of(500_000) {
            return Ok(self.streams.cheap());
        }
        let takes = us(self.writes * self.streams.dice.between(0.7, 1.3));
        Ok(self.lock.done(at, takes) - at)
    }
}
