//! One connection: requests in, answers out, now or later.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use mio::net::TcpStream;

use super::Counts;
use super::answers;
use super::request::Request;
use super::stream::Stream;
use crate::clock::monotonic_ns;

/// A kept-alive connection.
#[derive(Debug)]
pub(super) struct Connection {
    socket: TcpStream,
    pub(super) generation: u64,
    /// A request that has come in part.
    unread: Vec<u8>,
    /// What the socket did not take.
    unsent: Vec<u8>,
    waiting: Option<Waiting>,
    /// Set when `waiting` has a new time.
    deadline: Option<u64>,
}

#[derive(Debug)]
enum Waiting {
    Answer(Vec<u8>),
    Stream(Stream),
}

impl Connection {
    pub(super) fn new(socket: TcpStream, generation: u64) -> Connection {
        Connection {
            socket,
            generation,
            unread: Vec::new(),
            unsent: Vec::new(),
            waiting: None,
            deadline: None,
        }
    }

    pub(super) fn take_new_deadline(&mut self) -> Option<u64> {
        self.deadline.take()
    }

    /// Reads what has come and answers it; false once the connection has ended.
    pub(super) fn read(&mut self, buffer: &mut [u8], counts: &mut Counts, delay: Duration) -> bool {
        loop {
            let length = match self.socket.read(buffer) {
                Ok(0) => return false,
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return false,
            };
            if self.unread.is_empty() {
                let used = self.answer_all(&buffer[..length], counts, delay);
                self.unread.extend_from_slice(&buffer[used..length]);
            } else {
                self.unread.extend_from_slice(&buffer[..length]);
                let bytes = std::mem::take(&mut self.unread);
                let used = self.answer_all(&bytes, counts, delay);
                self.unread.extend_from_slice(&bytes[used..]);
            }
            if length < buffer.len() {
                // The rest, if there is any, is another event: the registration is edge-triggered.
                return true;
            }
        }
    }

    /// Answers each whole request; returns how many bytes they took.
    fn answer_all(&mut self, bytes: &[u8], counts: &mut Counts, delay: Duration) -> usize {
        let mut used = 0;
        while let Some((request, length)) = Request::parse(&bytes[used..]) {
            used += length;
            if request.is("GET", "/count") {
                let text = answers::counts(counts);
                self.send(&text);
                continue;
            }
            counts.requests += 1;
            if request.is("POST", "/chat/stream") {
                let stream = Stream::new(request.query(), monotonic_ns());
                self.send(answers::STREAM_HEAD);
                self.deadline = Some(stream.next());
                self.waiting = Some(Waiting::Stream(stream));
            } else if delay.is_zero() {
                self.send(answers::to(&request));
            } else {
                self.deadline = Some(monotonic_ns() + delay.as_nanos() as u64);
                self.waiting = Some(Waiting::Answer(answers::to(&request).to_vec()));
            }
        }
        used
    }

    /// Does what was due; false once the connection has ended.
    pub(super) fn meet(&mut self, counts: &mut Counts) -> bool {
        match self.waiting.take() {
            None => true,
            Some(Waiting::Answer(answer)) => self.send(&answer),
            Some(Waiting::Stream(mut stream)) => {
                let mut text = Vec::with_capacity(128);
                let ended = stream.write(&mut text, counts);
                if !ended {
                    self.deadline = Some(stream.next());
                    self.waiting = Some(Waiting::Stream(stream));
                }
                self.send(&text)
            }
        }
    }

    /// Sends what the socket did not take before.
    pub(super) fn flush(&mut self) -> bool {
        if self.unsent.is_empty() {
            return true;
        }
        let bytes = std::mem::take(&mut self.unsent);
        self.send(&bytes)
    }

    fn send(&mut self, bytes: &[u8]) -> bool {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return true;
        }
        match self.socket.write(bytes) {
            Ok(length) => {
                self.unsent.extend_from_slice(&bytes[length..]);
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.unsent.extend_from_slice(bytes);
                true
            }
            Err(_) => false,
        }
    }
}
