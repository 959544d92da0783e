//! A list of threads that is read behind a lock, one at a time, 0.1 s each or 0.5 s; what else is called, the canary and streams
//! wait for nothing.
//!
//! Truth: that endpoint. Who has left is served all the same, so what comes after many users finds their backlog.

use common::api::Operation;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct OneEndpoint {
    reads: f64,
    lock: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    reading(0.1, answers, seed)
}

pub fn make_slow(answers: Answers, seed: u64) -> Made {
    reading(0.5, answers, seed)
}

fn reading(reads: f64, answers: Answers, seed: u64) -> Made {
    Box::new(OneEndpoint { reads, lock: Servers::new(1), streams: Streams::new(answers, seed) })
}

impl Streaming for OneEndpoint {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.begin(id, at, out);
    }

    fn call(&mut self, operation: Operation, at: u64) -> Result<u64, Failure> {
        if operation != Operation::ListThreads {
            return self.cheap(at);
        }
        let takes = us(self.reads * self.streams.dice.between(0.7, 1.3));
        Ok(self.lock.done(at, takes) - at)
    }
}
