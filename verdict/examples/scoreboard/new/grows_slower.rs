//! A service that reads all that it has stored before each answer, without an index: the first token takes 0.6 ms longer
//! for each answer that was given before.
//!
//! Truth: time, not users. With the first users again it is many times slower.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id};

#[derive(Debug)]
pub struct GrowsSlower {
    first: f64,
    each: f64,
    stored: u64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let each = 0.0006 * answers.slower;
    Box::new(GrowsSlower { first: 0.012, each, stored: 0, streams: Streams::new(answers, seed) })
}

impl Streaming for GrowsSlower {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.answers.ttft = self.first + self.each * self.stored as f64;
        self.streams.begin(id, at, out);
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.stored += u64::from(self.streams.end(id));
    }
}
