//! Twelve places, each held from before the first token until a while after the answer's end, as by a sandbox that saves
//! what was done: 2.5 s, as half an answer of 4.4 s.
//!
//! Truth: a pool of 12, of which fewer send text at once.

use std::collections::VecDeque;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

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

pub fn make(answers: Answers, seed: u64) -> Made {
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

impl Streaming for HeldAfter {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

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
}
