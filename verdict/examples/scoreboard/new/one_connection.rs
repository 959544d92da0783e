//! One connection to the model for all streams: every chunk goes through it, 5 ms each, and every 300th is lost on the
//! way and comes 250 ms late, with all that are behind it.
//!
//! Truth: what all chunks pass through one by one. Threads for chunks, or a processor, would look the same; so would
//! stalls, which the lost ones are.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct OneConnection {
    chunk: f64,
    lost: f64,
    late: f64,
    connection: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let chunk = 0.05 * answers.gap;
    let (connection, streams) = (Servers::new(1), Streams::new(answers, seed));
    Box::new(OneConnection { chunk, lost: 1.0 / 300.0, late: 0.25, connection, streams })
}

impl OneConnection {
    /// The model has a chunk ready for the connection at `at`.
    fn ready(id: Id, at: u64, out: &mut Agenda) {
        out.push((at, News::Wake(Wake::Ready(id))));
    }
}

impl Streaming for OneConnection {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.streams.join(id);
        let first = us(self.streams.answers.ttft * self.streams.dice.between(0.7, 1.3));
        OneConnection::ready(id, at + first, out);
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Ready(id) = wake else { return };
        if !self.streams.has(id) {
            return;
        }
        let is_lost = self.streams.dice.share() < self.lost;
        let takes = self.chunk + if is_lost { self.late } else { 0.0 };
        let arrives = self.connection.done(at, us(takes));
        self.streams.send(id, arrives, out);
    }

    fn arrived(&mut self, id: Id, is_last: bool, at: u64, out: &mut Agenda) {
        match is_last {
            true => self.over(id, at, out),
            false => OneConnection::ready(id, at + us(self.streams.answers.gap), out),
        }
    }
}
