//! Four replicas of three streams each behind a balancer that throws dice: one has a queue while another is idle.
//!
//! Truth: pools of 12 streams together; and that a stream waits where it was sent to a full one, while the others do
//! not, is what a part that serves only a share is called.

use std::collections::{BTreeMap, VecDeque};

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id};

#[derive(Debug)]
pub struct RandomReplicas {
    streams_each: usize,
    replicas: Vec<Replica>,
    /// Which of them each stream was sent to.
    of: BTreeMap<Id, usize>,
    streams: Streams,
}

#[derive(Debug, Default)]
struct Replica {
    running: usize,
    waiting: VecDeque<Id>,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let replicas = (0..4).map(|_| Replica::default()).collect();
    Box::new(RandomReplicas {
        streams_each: 3,
        replicas,
        of: BTreeMap::new(),
        streams: Streams::new(answers, seed),
    })
}

impl RandomReplicas {
    fn go_on(&mut self, place: usize, at: u64, out: &mut Agenda) {
        let replica = &mut self.replicas[place];
        while replica.running < self.streams_each {
            let Some(next) = replica.waiting.pop_front() else { return };
            replica.running += 1;
            self.streams.begin(next, at, out);
        }
    }
}

impl Streaming for RandomReplicas {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let place = (self.streams.dice.share() * self.replicas.len() as f64) as usize;
        self.of.insert(id, place);
        self.replicas[place].waiting.push_back(id);
        self.go_on(place, at, out);
    }

    fn over(&mut self, id: Id, at: u64, out: &mut Agenda) {
        let Some(place) = self.of.remove(&id) else { return };
        let replica = &mut self.replicas[place];
        match self.streams.end(id) {
            true => replica.running -= 1,
            false => replica.waiting.retain(|waiting| *waiting != id),
        }
        self.go_on(place, at, out);
    }
}
