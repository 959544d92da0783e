//! A process that dies when 24 streams are open, with all that it serves, and refuses connections for the 10 s until it
//! runs again.
//!
//! Truth: no known signature; that it does less the more it is asked is true as well.

use common::failure::FailureClass;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, News, us};

#[derive(Debug)]
pub struct Crashing {
    most: usize,
    away: f64,
    /// When it runs again.
    until: u64,
    streams: Streams,
}

const REFUSED: Failure = (FailureClass::Connect, "127.0.0.1:8000: Connection refused (os error 111)");

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(Crashing { most: 24, away: 10.0, until: 0, streams: Streams::new(answers, seed) })
}

impl Streaming for Crashing {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if at < self.until {
            let (class, text) = REFUSED;
            return out.push((at, News::Failed { id, class, text }));
        }
        self.streams.begin(id, at, out);
        if self.streams.count() > self.most {
            self.until = at + us(self.away);
            let (class, text) =
                (FailureClass::CutFrame, "the connection broke: Connection reset by peer (os error 104)");
            out.extend(self.streams.ids().map(|id| (at, News::Failed { id, class, text })));
        }
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        if at < self.until { Err(REFUSED) } else { Ok(self.streams.cheap()) }
    }
}
