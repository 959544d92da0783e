//! A way to the users that carries 250 kB a second, in the order in which it is given: events of 1 kB or more, and small
//! answers behind them. A stream goes on when its event was sent.
//!
//! Truth: the bandwidth. Whatever is sent waits in one queue, as on an event loop.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{ANSWER, Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

/// Bytes a second.
const CARRIES: f64 = 250_000.0;

#[derive(Debug)]
pub struct LinkInTurn {
    event: u64,
    link: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let event = (10_000.0 * answers.gap) as u64;
    Box::new(LinkInTurn { event, link: Servers::new(1), streams: Streams::new(answers, seed) })
}

impl LinkInTurn {
    fn carried(&mut self, at: u64, bytes: u64) -> u64 {
        self.link.done(at, us(bytes as f64 / CARRIES))
    }
}

impl Streaming for LinkInTurn {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.join(id);
        let first = us(self.streams.answers.ttft * self.streams.dice.between(0.7, 1.3));
        out.push((at + first, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Ready(id) = wake else { return };
        if self.streams.has(id) {
            let arrives = self.carried(at, self.event);
            self.streams.send(id, arrives, out);
        }
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => out.push((at + us(self.streams.answers.gap), News::Wake(Wake::Ready(id)))),
        }
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        let made = at + self.streams.cheap();
        Ok(self.carried(made, ANSWER) - at)
    }

    fn event_bytes(&self) -> u64 {
        self.event
    }
}
