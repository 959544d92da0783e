//! A model for 30 answers at once; further ones come from a small one, which says a tenth of it and waits for nothing.
//!
//! Truth: the cap of the large model. By the times alone nothing gives way.

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id};

#[derive(Debug)]
pub struct FallsBack {
    most: usize,
    share: f64,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(FallsBack { most: 30, share: 0.1, streams: Streams::new(answers, seed) })
}

impl Streaming for FallsBack {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let usual = self.streams.answers;
        if self.streams.count() >= self.most {
            self.streams.answers.chunks *= self.share;
        }
        self.streams.begin(id, at, out);
        self.streams.answers = usual;
    }
}
