//! A server that takes 40 connections at once, each for a stream from its start to its end, and resets every further one.
//!
//! Truth: the cap on what runs at once. Those that are let in never wait.

use common::failure::FailureClass;

use super::streams::{Answers, Made, Streaming, Streams};
use crate::backend::{Agenda, Id, News};

#[derive(Debug)]
pub struct ConnectionCap {
    connections: usize,
    streams: Streams,
}

pub fn make(answers: Answers, seed: u64) -> Made {
    Box::new(ConnectionCap { connections: 40, streams: Streams::new(answers, seed) })
}

impl Streaming for ConnectionCap {
    fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    fn ask(&mut self, id: Id, at: u64, out: &mut Agenda) {
        if self.streams.count() < self.connections {
            return self.streams.begin(id, at, out);
        }
        let text = "the connection broke: Connection reset by peer (os error 104)";
        out.push((at, News::Failed { id, class: FailureClass::Transport, text }));
    }
}
