//! An engine whose memory holds 900 tokens' worth of answers, each of which takes room for its prompt and for every
//! chunk that it has sent. One is let in while its prompt fits; where the memory is full, the youngest has to leave it,
//! and comes back, its prompt and its chunks read again, when there is room. Steps take 80 ms.
//!
//! Truth: the engine's room, so its batch: about 28 answers at once. That chunks stall where one had to leave, and that
//! what is read again is lost, are the same thing, seen from an answer and from the sum.

use std::collections::{BTreeMap, VecDeque};

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct CachePreempted {
    room: u64,
    prompt: u64,
    step: f64,
    /// Seconds to read a token of what is let in.
    read: f64,
    /// Room that each running answer takes, in the order in which they came.
    running: BTreeMap<Id, u64>,
    /// What waits, with the room that it takes at once.
    waiting: VecDeque<(Id, u64)>,
    is_busy: bool,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(CachePreempted {
        room: 900 * (answers.chunks / 40.0) as u64,
        prompt: 12 * (answers.chunks / 40.0) as u64,
        step: 0.8 * answers.gap,
        read: 0.002,
        running: BTreeMap::new(),
        waiting: VecDeque::new(),
        is_busy: false,
        streams: Streams::new(answers, seed),
    })
}

impl CachePreempted {
    fn used(&self) -> u64 {
        self.running.values().sum()
    }

    /// Lets in what fits, and begins the next step.
    fn work(&mut self, at: u64, out: &mut Agenda) {
        let mut read = 0;
        while let Some((id, takes)) = self.waiting.front().copied()
            && self.used() + takes < self.room
        {
            self.waiting.pop_front();
            self.running.insert(id, takes);
            read += takes;
        }
        self.is_busy = !self.running.is_empty();
        if self.is_busy {
            out.push((at + us(self.step + self.read * read as f64), News::Wake(Wake::Step)));
        }
    }
}

impl Streaming for CachePreempted {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.join(id);
        self.waiting.push_back((id, self.prompt));
        if !self.is_busy {
            self.work(at, out);
        }
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if wake != Wake::Step {
            return;
        }
        let all: Vec<Id> = self.running.keys().copied().collect();
        for id in all {
            self.streams.send(id, at, out);
        }
        self.running.values_mut().for_each(|takes| *takes += 1);
        while self.used() > self.room
            && let Some((youngest, takes)) = self.running.pop_last()
        {
            self.waiting.push_front((youngest, takes));
        }
        self.work(at, out);
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        if is_last {
            self.over(id, at, out);
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.streams.end(id);
        self.running.remove(&id);
        self.waiting.retain(|(waiting, _)| *waiting != id);
    }
}
