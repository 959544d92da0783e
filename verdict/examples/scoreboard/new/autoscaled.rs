//! Workers of four streams each, of which one more is started whenever all have been busy for 15 s, up to three; it
//! takes 20 s to start. None is stopped again.
//!
//! Truth: a pool, of 4 streams, then of 8, then of 12.

use std::collections::VecDeque;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct Autoscaled {
    streams_each: usize,
    most: usize,
    workers: usize,
    /// Seconds.
    patience: f64,
    start: f64,
    busy_since: Option<u64>,
    is_starting: bool,
    streams: Streams,
    waiting: VecDeque<Id>,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let streams = Streams::new(answers, seed);
    Box::new(Autoscaled {
        streams_each: 4,
        most: 3,
        workers: 1,
        patience: 15.0,
        start: 20.0,
        busy_since: None,
        is_starting: false,
        streams,
        waiting: VecDeque::new(),
    })
}

impl Autoscaled {
    /// Begins what waits, and looks whether another worker is wanted.
    fn go_on(&mut self, at: u64, out: &mut Agenda) {
        while self.streams.count() < self.workers * self.streams_each {
            let Some(next) = self.waiting.pop_front() else { break };
            self.streams.begin(next, at, out);
        }
        if self.streams.count() < self.workers * self.streams_each {
            self.busy_since = None;
            return;
        }
        let since = *self.busy_since.get_or_insert(at);
        if at - since >= us(self.patience) && !self.is_starting && self.workers < self.most {
            self.is_starting = true;
            out.push((at + us(self.start), News::Wake(Wake::Step)));
        }
    }
}

impl Streaming for Autoscaled {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.push_back(id);
        self.go_on(at, out);
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if wake == Wake::Step {
            (self.is_starting, self.busy_since) = (false, None);
            self.workers += 1;
            self.go_on(at, out);
        }
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.end(id) {
            // One that is free for no time at all was busy all the time.
            self.go_on(at, out);
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.retain(|waiting| *waiting != id);
        self.over(id, at, out);
    }
}
