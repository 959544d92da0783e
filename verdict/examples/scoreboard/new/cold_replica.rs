//! Four replicas, of which one has no GPU and needs 5 s to the first token; a balancer goes round. There is room for
//! all on each.
//!
//! Truth: the one of several. That people wait although nothing is full is said by the milder word as well.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, us};

#[derive(Debug)]
pub struct ColdReplica {
    replicas: u64,
    cold: f64,
    asked: u64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(ColdReplica { replicas: 4, cold: 5.0, asked: 0, streams: Streams::new(answers, seed) })
}

impl Streaming for ColdReplica {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.asked += 1;
        if !self.asked.is_multiple_of(self.replicas) {
            return self.streams.begin(id, at, out);
        }
        self.streams.join(id);
        let first = us(self.cold * self.streams.dice.between(0.8, 1.2));
        self.streams.send(id, at + first, out);
    }
}
