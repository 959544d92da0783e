//! A GPU that reads prompts before it writes: while a prompt is read, for 200 ms, no answer has a token; then every
//! answer has one in each step, which takes 30 ms and 1 ms more for each. There is room for all.
//!
//! Truth: the processor that all answers share. That other people's prompts stall chunks is the same thing, seen from
//! an answer.

use std::collections::VecDeque;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct PrefillFirst {
    prompt: f64,
    step: f64,
    step_each: f64,
    /// Prompts that are to be read; the first of them is being read, if `is_reading`.
    prompts: VecDeque<Id>,
    is_reading: bool,
    is_busy: bool,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(PrefillFirst {
        prompt: 0.2 * answers.slower.sqrt(),
        step: 0.3 * answers.gap,
        step_each: 0.01 * answers.gap,
        prompts: VecDeque::new(),
        is_reading: false,
        is_busy: false,
        streams: Streams::new(answers, seed),
    })
}

impl PrefillFirst {
    /// Begins the next piece of work.
    fn work(&mut self, at: u64, out: &mut Agenda) {
        self.is_reading = !self.prompts.is_empty();
        self.is_busy = self.is_reading || self.streams.count() > 0;
        let takes = match self.is_reading {
            true => self.prompt * self.streams.dice.between(0.5, 1.5),
            false => self.step + self.step_each * self.streams.count() as f64,
        };
        if self.is_busy {
            out.push((at + us(takes), News::Wake(Wake::Step)));
        }
    }
}

impl Streaming for PrefillFirst {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.prompts.push_back(id);
        if !self.is_busy {
            self.work(at, out);
        }
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if wake != Wake::Step {
            return;
        }
        if self.is_reading {
            if let Some(id) = self.prompts.pop_front() {
                self.streams.join(id);
                self.streams.send(id, at, out);
            }
        } else {
            let all: Vec<Id> = self.streams.ids().collect();
            all.into_iter().for_each(|id| self.streams.send(id, at, out));
        }
        self.work(at, out);
    }

    fn arrived(&mut self, id: Id, is_last: bool, _at: u64, _out: &mut Agenda) {
        if is_last {
            self.streams.end(id);
        }
    }

    fn left(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        // The prompt that is being read is read to its end.
        let keeps = usize::from(self.is_reading);
        let mut place = 0;
        self.prompts.retain(|waiting| {
            place += 1;
            place <= keeps || *waiting != id
        });
        self.streams.end(id);
    }
}
