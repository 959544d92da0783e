//! Two database connections for queries of 120 ms: three before the first token of a stream (the user, the thread, its
//! messages), one by one, and one for every cheap request. What finds none waits for it.
//!
//! Truth: the connections. They let queries through at a rate, and so first tokens too.

use std::collections::BTreeMap;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Failure, Id, News, Wake, us};
use crate::servers::Servers;

#[derive(Debug)]
pub struct QueryPool {
    query: f64,
    queries: u32,
    connections: Servers,
    /// Queries that each stream has yet to make.
    asking: BTreeMap<Id, u32>,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    let (connections, streams) = (Servers::new(2), Streams::new(answers, seed));
    Box::new(QueryPool { query: 0.12, queries: 3, connections, asking: BTreeMap::new(), streams })
}

impl QueryPool {
    fn query(&mut self, at: u64) -> u64 {
        let takes = us(self.query * self.streams.dice.between(0.5, 1.5));
        self.connections.done(at, takes)
    }
}

impl Streaming for QueryPool {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        self.asking.insert(id, self.queries);
        let done = self.query(at);
        out.push((done, News::Wake(Wake::Ready(id))));
    }

    fn wake(&mut self, wake: Wake, at: u64, out: &mut Agenda) {
        let Wake::Ready(id) = wake else { return };
        let Some(left) = self.asking.get_mut(&id) else { return };
        *left -= 1;
        if *left > 0 {
            let done = self.query(at);
            return out.push((done, News::Wake(Wake::Ready(id))));
        }
        self.asking.remove(&id);
        self.streams.begin(id, at, out);
    }

    fn over(&mut self, id: Id, _at: u64, _out: &mut Agenda) {
        self.asking.remove(&id);
        self.streams.end(id);
    }

    fn cheap(&mut self, at: u64) -> Result<u64, Failure> {
        Ok(self.query(at) - at + self.streams.cheap())
    }
}
