//! A server that answers the default API as cheaply as possible: one thread, epoll, canned answers.

mod answers;
mod connection;
mod request;
mod stream;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use crate::clock::monotonic_ns;
use common::stats::Histogram;
use connection::Connection;

const LISTENER: Token = Token(usize::MAX);

/// What was served so far.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Requests answered, those for the counts not among them; a stream counts when it starts.
    pub requests: u64,
    /// Events of streams sent, terminal ones included.
    pub events: u64,
    /// Streams ended with their terminal event.
    pub streams: u64,
    /// Connections accepted.
    pub connections: u64,
    /// From a question's reading to the sending of its first event, microseconds.
    pub ttft: Histogram,
    /// Between the sendings of two events of a stream, microseconds.
    pub gap: Histogram,
}

/// The server: its connections, and when each has something to do.
#[derive(Debug)]
pub struct Responder {
    poll: Poll,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// (when, connection, its generation), soonest first.
    due: BinaryHeap<Reverse<(u64, usize, u64)>>,
    generation: u64,
    delay: Duration,
    counts: Counts,
    buffer: Vec<u8>,
}

impl Responder {
    /// Listens at `address`; every answer but a stream is held back by `delay`.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub fn bind(address: SocketAddr, delay: Duration) -> io::Result<Responder> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(address)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Responder {
            poll,
            listener,
            connections: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            generation: 0,
            delay,
            counts: Counts::default(),
            buffer: vec![0; 64 << 10],
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not return it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    /// Waiting for events fails.
    pub fn serve(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(4096);
        loop {
            let wait = self
                .due
                .peek()
                .map(|Reverse((at, ..))| Duration::from_nanos(at.saturating_sub(monotonic_ns())));
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(place) => self.work(place, event.is_writable()),
                }
            }
            self.meet_deadlines();
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => continue,
            };
            socket.set_nodelay(true)?;
            let place = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut socket, Token(place), interest)?;
            self.generation += 1;
            self.counts.connections += 1;
            self.connections[place] = Some(Connection::new(socket, self.generation));
        }
    }

    fn work(&mut self, place: usize, writable: bool) {
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else { return };
        let mut alive = !writable || connection.flush();
        alive = alive && connection.read(&mut self.buffer, &mut self.counts, self.delay);
        self.follow_up(place, alive);
    }

    fn meet_deadlines(&mut self) {
        let now = monotonic_ns();
        while let Some(Reverse((at, place, generation))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            let Some(connection) = self.connections[place].as_mut() else { continue };
            if connection.generation == generation {
                let alive = connection.meet(&mut self.counts);
                self.follow_up(place, alive);
            }
        }
    }

    /// Forgets a connection that has ended, or notes when it is to act next.
    fn follow_up(&mut self, place: usize, alive: bool) {
        let Some(connection) = self.connections[place].as_mut() else { return };
        if !alive {
            self.connections[place] = None;
            self.free.push(place);
        } else if let Some(at) = connection.take_new_deadline() {
            self.due.push(Reverse((at, place, connection.generation)));
        }
    }
}
