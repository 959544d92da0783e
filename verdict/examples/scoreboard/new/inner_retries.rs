//! A model that runs ten answers at once and refuses more; the service asks it again after 0.5 s, 1 s, 2 s and 4 s, each
//! about, and then gives up with 502. Who comes by chance when a place is free has it.
//!
//! Truth: the ten places, which streams hold from their start to their end; or the cap that they are, from the model's
//! side.

use std::collections::BTreeMap;

use common::failure::FailureClass;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News, Wake, us};

#[derive(Debug)]
pub struct InnerRetries {
    places: usize,
    /// Seconds.
    first_wait: f64,
    tries: u32,
    /// How often each that waits has been refused.
    refused: BTreeMap<Id, u32>,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (refused, streams) = (BTreeMap::new(), Streams::new(answers, seed));
    Box::new(InnerRetries { places: 10, first_wait: 0.5, tries: 5, refused, streams })
}

impl InnerRetries {
    fn attempt(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.count() < self.places {
            self.refused.remove(&id);
            return self.streams.begin(id, at, out);
        }
        let refused = self.refused.entry(id).or_default();
        *refused += 1;
        if *refused >= self.tries {
            let (class, text) = (FailureClass::Http5xx, "HTTP 502: the model did not answer");
            return out.push((at, News::Failed { id, class, text }));
        }
        let wait = self.first_wait * f64::from(1 << (*refused - 1)) * self.streams.dice.between(0.5, 1.5);
        out.push((at + us(wait), News::Wake(Wake::Admitted(id))));
    }
}

impl Streaming for InnerRetries {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.refused.insert(id, 0);
        self.attempt(id, at, out);
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        if let Wake::Admitted(id) = wake
            && self.refused.contains_key(&id)
        {
            self.attempt(id, at, out);
        }
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.refused.remove(&id);
        self.streams.end(id);
    }
}
