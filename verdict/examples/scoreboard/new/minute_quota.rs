//! A provider's quota that all users share, 90 answers in each minute of the clock; the service waits for the next
//! minute with what is beyond it, oldest first.
//!
//! Truth: a rate in front of the first token.

use std::collections::VecDeque;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct MinuteQuota {
    quota: u32,
    /// Seconds.
    window: f64,
    used: u32,
    ends: u64,
    /// Whether it looks again when the minute ends.
    looks: bool,
    waiting: VecDeque<Id>,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (window, streams) = (60.0, Streams::new(answers, seed));
    let quota = (90.0 / answers.slower) as u32;
    let ends = us(window);
    Box::new(MinuteQuota { quota, window, used: 0, ends, looks: false, waiting: VecDeque::new(), streams })
}

impl MinuteQuota {
    fn let_in(&mut self, at: u64, out: &mut Agenda) {
        while at >= self.ends {
            (self.used, self.ends) = (0, self.ends + us(self.window));
        }
        while self.used < self.quota {
            let Some(id) = self.waiting.pop_front() else { return };
            self.used += 1;
            self.streams.begin(id, at, out);
        }
        if !self.waiting.is_empty() && !self.looks {
            self.looks = true;
            out.push((self.ends, News::Wake(Wake::Step)));
        }
    }
}

impl Streaming for MinuteQuota {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.push_back(id);
        self.let_in(at, out);
    }

    fn wake(&mut self, _wake: Wake, at: u64, out: &mut Agenda) {
        self.looks = false;
        self.let_in(at, out);
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.waiting.retain(|waiting| *waiting != id);
        self.over(id, at, out);
    }
}
