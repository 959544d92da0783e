//! Ten slots, each held from a stream's start to its end, of which the one that came last has the next: a stack of those who
//! wait, as a pool that is asked by LIFO.
//!
//! Truth: the pool of 10. Some have their first token at once, others wait until hardly anybody comes.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id};

#[derive(Debug)]
pub struct LastFirst {
    slots: usize,
    waiting: Vec<Id>,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(LastFirst { slots: 10, waiting: Vec::new(), streams: Streams::new(answers, seed) })
}

impl Streaming for LastFirst {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        match self.streams.count() < self.slots {
            true => self.streams.begin(id, at, out),
            false => self.waiting.push(id),
        }
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.end(id)
            && let Some(next) = self.waiting.pop()
        {
            self.streams.begin(next, at, out);
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.retain(|waiting| *waiting != id);
        self.over(id, at, out);
    }
}
