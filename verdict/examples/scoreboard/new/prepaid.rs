//! Everybody is served until 150 answers have been begun; then each further one is refused, whoever asks and however few
//! they are: what was paid for is used up.
//!
//! Truth: no number of users gives way.

use common::failure::FailureClass;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News};

#[derive(Debug)]
pub struct Prepaid {
    left: u32,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(Prepaid { left: 150, streams: Streams::new(answers, seed) })
}

impl Streaming for Prepaid {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.left > 0 {
            self.left -= 1;
            return self.streams.begin(id, at, out);
        }
        let text = "429: You exceeded your current quota, please check your plan and billing details";
        out.push((at + 1_000, News::Failed { id, class: FailureClass::Http429, text }));
    }
}
