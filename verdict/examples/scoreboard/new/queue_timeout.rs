//! A queue with a timeout in front of eight workers, each busy with one stream from its start to its end: what has
//! waited for 6 s is answered with 504, as a router or a gateway does.
//!
//! Truth: the pool of 8. The timeout only says how its users feel it.

use std::collections::VecDeque;

use common::failure::FailureClass;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct QueueTimeout {
    workers: usize,
    patience: f64,
    streams: Streams,
    waiting: VecDeque<Id>,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let streams = Streams::new(answers, seed);
    Box::new(QueueTimeout { workers: 8, patience: 6.0, streams, waiting: VecDeque::new() })
}

impl Streaming for QueueTimeout {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.count() < self.workers {
            return self.streams.begin(id, at, out);
        }
        self.waiting.push_back(id);
        out.push((at + us(self.patience), News::Wake(Wake::Overdue(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Overdue(id) = wake else { return };
        if self.waiting.contains(&id) {
            self.waiting.retain(|waiting| *waiting != id);
            let (class, text) = (FailureClass::Http5xx, "HTTP 504: upstream request timeout");
            out.push((at, News::Failed { id, class, text }));
        }
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.end(id)
            && let Some(next) = self.waiting.pop_front()
        {
            self.streams.begin(next, at, out);
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.retain(|waiting| *waiting != id);
        self.over(id, at, out);
    }
}
