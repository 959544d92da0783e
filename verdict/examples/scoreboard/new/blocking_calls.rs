//! An event loop that is blocked for 120 ms (of long answers 480 ms) by the template and the tokens of every prompt, and for 1 ms by every chunk
//! and every cheap request.
//!
//! Truth: the event loop; or the pauses that a blocking call makes, by the words of that cause.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct BlockingCalls {
    prompt: f64,
    small: f64,
    the_loop: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (the_loop, streams) = (Servers::new(1), Streams::new(answers, seed));
    let prompt = if answers.slower > 1.0 { 0.48 } else { 0.12 };
    Box::new(BlockingCalls { prompt, small: 0.001, the_loop, streams })
}

impl Streaming for BlockingCalls {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.join(id);
        let read = self.the_loop.done(at, us(self.prompt));
        let first = us(self.streams.answers.ttft * self.streams.dice.between(0.7, 1.3));
        out.push((read + first, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Ready(id) = wake else { return };
        if self.streams.has(id) {
            let sent = self.the_loop.done(at, us(self.small));
            self.streams.send(id, sent, out);
        }
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => out.push((at + us(self.streams.answers.gap), News::Wake(Wake::Ready(id)))),
        }
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        let done = self.the_loop.done(at + self.streams.cheap(), us(self.small));
        Ok(done - at)
    }
}
