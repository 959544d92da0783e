//! A healthy service with a cache in front of its search for documents: two of a hundred questions are not in it, and
//! wait 4 s longer.
//!
//! Truth: nothing in range; the criterion is of 95 %.

use super::streams::{Answers, Streams};
use crate::backend::{Agenda, Backend, Failure, Id, Wake, us};

#[derive(Debug)]
pub struct CacheMisses {
    share: f64,
    longer: f64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Box<dyn Backend> {
    Box::new(CacheMisses { share: 0.02, longer: 4.0, streams: Streams::new(answers, seed) })
}

impl Backend for CacheMisses {
    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let is_missing = self.streams.dice.share() < self.share;
        let from = at + if is_missing { us(self.longer) } else { 0 };
        self.streams.begin(id, from, out);
    }

    fn wake(&mut self, _wake: Wake, _at: u64, _out: &mut Agenda) {}

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => self.streams.send(id, at + us(self.streams.answers.gap), out),
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.streams.end(id);
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.over(id, at, out);
    }

    fn cheap(&mut self, _at: u64) -> Result<u64, Failure> {
        Ok(self.streams.cheap())
    }
}
