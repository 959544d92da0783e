//! Twelve places, each held from before the first token until a while after the answer's end, as by a sandbox that saves
//! what was done: 2.5 s, as half an answer of 4.4 s.
//!
//! Truth: a pool of 12, of which fewer send text at once.

use std::collections::VecDeque;

use super::streams::{Answers, Streams};
use crate::backend::{Agenda, Backend, Failure, Id, News, Wake, us};

#[derive(Debug)]
pub struct HeldAfter {
    places: usize,
    /// Seconds.
    after: f64,
    /// Of places whose stream has ended.
    saving: usize,
    streams: Streams,
    waiting: VecDeque<Id>,
}

pub fn make(answers: Answers, seed: u64) -> Box<dyn Backend> {
    let streams = Streams::new(answers, seed);
    Box::new(HeldAfter { places: 12, after: 2.5, saving: 0, streams, waiting: VecDeque::new() })
}

impl HeldAfter {
    fn go_on(&mut self, at: u64, out: &mut Agenda) {
        while self.streams.count() + self.saving < self.places {
            let Some(next) = self.waiting.pop_front() else { return };
            self.streams.begin(next, at, out);
        }
    }
}

impl Backend for HeldAfter {
    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.push_back(id);
        self.go_on(at, out);
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if wake == Wake::Step {
            self.saving -= 1;
            self.go_on(at, out);
        }
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => self.streams.send(id, at + us(self.streams.answers.gap), out),
        }
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.end(id) {
            self.saving += 1;
            out.push((at + us(self.after), News::Wake(Wake::Step)));
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.retain(|waiting| *waiting != id);
        self.over(id, at, out);
    }

    fn cheap(&mut self, _at: u64) -> Result<u64, Failure> {
        Ok(self.streams.cheap())
    }
}
