//! A healthy service with a cache in front of its search for documents: two of a hundred questions are not in it, and
//! wait 4 s longer.
//!
//! Truth: nothing in range; the criterion is of 95 %.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, us};

#[derive(Debug)]
pub struct CacheMisses {
    share: f64,
    longer: f64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(CacheMisses { share: 0.02, longer: 4.0, streams: Streams::new(answers, seed) })
}

impl Streaming for CacheMisses {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let is_missing = self.streams.dice.share() < self.share;
        let from = at + if is_missing { us(self.longer) } else { 0 };
        self.streams.begin(id, from, out);
    }
}
