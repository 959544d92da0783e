//! A gateway that passes requests of every kind on one by one, at most eight a second, and holds the others back.
//!
//! Truth: the rate in front of everything. Streams hold nothing that could be full.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct Gateway {
    every: f64,
    gate: Servers,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (gate, streams) = (Servers::new(1), Streams::new(answers, seed));
    Box::new(Gateway { every: 0.125, gate, streams })
}

impl Streaming for Gateway {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let passed = self.gate.done(at, us(self.every));
        out.push((passed, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if let Wake::Ready(id) = wake {
            self.streams.begin(id, at, out);
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.streams.end(id);
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        Ok(self.gate.done(at, us(self.every)) - at + self.streams.cheap())
    }
}
