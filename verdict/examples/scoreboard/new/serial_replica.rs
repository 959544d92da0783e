//! Two replicas in turn, of which one reads its prompts one after another, each for 0.9 s; the other has no limit.
//!
//! Truth: one of several. Half of the questions wait, however many users there are, and the others never do.

use std::collections::VecDeque;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct SerialReplica {
    /// Seconds, for answers of the usual length.
    prompt: f64,
    turn: u64,
    streams: Streams,
    /// At the serial one, the first of which is being read.
    waiting: VecDeque<Id>,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let prompt = 0.9 * answers.slower;
    let streams = Streams::new(answers, seed);
    Box::new(SerialReplica { prompt, turn: 0, streams, waiting: VecDeque::new() })
}

impl SerialReplica {
    fn read_next(&mut self, at: u64, out: &mut Agenda) {
        if let Some(next) = self.waiting.front() {
            out.push((
                at + us(self.prompt * self.streams.dice.between(0.9, 1.1)),
                News::Wake(Wake::Ready(*next)),
            ));
        }
    }
}

impl Streaming for SerialReplica {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.turn += 1;
        if self.turn.is_multiple_of(2) {
            return self.streams.begin(id, at, out);
        }
        self.waiting.push_back(id);
        if self.waiting.len() == 1 {
            self.read_next(at, out);
        }
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Ready(id) = wake else { return };
        if self.waiting.front() == Some(&id) {
            self.waiting.pop_front();
            self.streams.join(id);
            self.streams.send(id, at, out);
            self.read_next(at, out);
        }
    }

    fn left(&mut self, id: Id, at: u64, out: &mut Agenda) {
        // The one that is being read is read to its end.
        let reading = self.waiting.front().copied();
        self.waiting.retain(|waiting| *waiting != id || Some(id) == reading);
        self.over(id, at, out);
    }
}
