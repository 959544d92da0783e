//! A synchronous service with twelve threads for everything: a stream holds one from its start to its end, a cheap
//! request for 15 ms. All wait in one queue.
//!
//! Truth: the pool of 12.

use std::collections::VecDeque;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, us};

#[derive(Debug)]
pub struct OneThreadPool {
    threads: usize,
    cheap: f64,
    /// When the last streams ended, newest last, by which a cheap request's wait in the queue is known.
    ends: VecDeque<u64>,
    streams: Streams,
    waiting: VecDeque<Id>,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (ends, waiting) = (VecDeque::new(), VecDeque::new());
    Box::new(OneThreadPool { threads: 12, cheap: 0.015, ends, streams: Streams::new(answers, seed), waiting })
}

impl OneThreadPool {
    /// How long a thread is waited for with so many in front: at the pace at which streams ended last.
    fn wait(&mut self, ahead: usize) -> u64 {
        let answers = self.streams.answers;
        let usual = us(answers.ttft + answers.chunks * answers.gap) / self.threads as u64;
        let spans = self.ends.len().saturating_sub(1) as u64;
        let pace = match (self.ends.front(), self.ends.back()) {
            (Some(first), Some(last)) if spans >= 5 => (last - first) / spans,
            _ => usual,
        };
        pace * ahead as u64 + us(self.streams.dice.share() * pace as f64 / 1e6)
    }
}

impl Streaming for OneThreadPool {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        match self.streams.count() < self.threads {
            true => self.streams.begin(id, at, out),
            false => self.waiting.push_back(id),
        }
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if !self.streams.end(id) {
            return;
        }
        self.ends.push_back(at);
        if self.ends.len() > 10 {
            self.ends.pop_front();
        }
        if let Some(next) = self.waiting.pop_front() {
            self.streams.begin(next, at, out);
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.retain(|waiting| *waiting != id);
        self.over(id, at, out);
    }

    fn cheap(&mut self, _at: u64) -> Result<u64, Failure> {
        let takes = us(self.cheap * self.streams.dice.between(0.7, 1.3));
        let waits = match self.streams.count() < self.threads {
            true => 0,
            false => self.wait(self.waiting.len()),
        };
        Ok(waits + takes)
    }
}
