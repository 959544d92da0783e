//! TCP as the control link sees it: what is sent arrives in order, later or never.
//!
//! ```text
//! worker ═══ up ═══▶ controller     each direction a pipe: first in, first out
//!        ◀══ down ══                two connections of one worker overtake each other freely
//! ```
//!
//! A partition holds what is sent until it ends (the kernel sends it again); a reset or a machine
//! that dies loses the tail of a pipe. Each end learns of the other's end by itself, or not at all
//! until its keep-alive gives up.

use common::protocol::controller_message::Kind as ToWorker;
use common::protocol::worker_message::Kind as ToController;
use rand::RngExt;
use rand_pcg::Pcg64;

/// A connection's number, which the controller knows it by as well.
pub type Conn = usize;

/// What travels up.
#[derive(Debug, Clone)]
pub enum Up {
    Message(Box<ToController>),
    /// The worker's end is closed.
    Fin,
}

/// What travels down.
#[derive(Debug, Clone)]
pub enum Down {
    Message(Box<ToWorker>),
    /// The controller's end is closed.
    Fin,
}

/// One direction of one connection.
#[derive(Debug, Clone, Copy)]
struct Pipe {
    last_arrival: u64,
    /// What would arrive after this is lost.
    lost_after: u64,
}

const NOTHING_LOST: Pipe = Pipe { last_arrival: 0, lost_after: u64::MAX };

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// The process that opened it.
    pub worker: usize,
    /// The controller has neither closed it nor learned of its end.
    pub controller_open: bool,
    /// The controller still sends on it.
    pub controller_sends: bool,
    up: Pipe,
    down: Pipe,
}

/// The path between one worker and the controller.
#[derive(Debug, Clone, Copy)]
pub struct Path {
    /// Nothing sent up before this arrives before it.
    pub up_cut_until: u64,
    /// Nothing sent down before this arrives before it.
    pub down_cut_until: u64,
    /// Least and greatest delay.
    pub delay: (u64, u64),
}

/// All connections there ever were, and the path of each worker.
#[derive(Debug, Default)]
pub struct Network {
    pub connections: Vec<Connection>,
    pub paths: Vec<Path>,
}

impl Network {
    /// A new connection of `worker`; nothing of it has arrived anywhere yet.
    pub fn open(&mut self, worker: usize) -> Conn {
        self.connections.push(Connection {
            worker,
            controller_open: true,
            controller_sends: true,
            up: NOTHING_LOST,
            down: NOTHING_LOST,
        });
        self.connections.len() - 1
    }

    /// When what the worker sends now arrives; none: never.
    pub fn arrival_up(&mut self, now: u64, conn: Conn, rng: &mut Pcg64) -> Option<u64> {
        let connection = &mut self.connections[conn];
        let path = &self.paths[connection.worker];
        connection.up.arrival(now, path.up_cut_until, path.delay, rng)
    }

    /// When what the controller sends now arrives; none: never.
    pub fn arrival_down(&mut self, now: u64, conn: Conn, rng: &mut Pcg64) -> Option<u64> {
        let connection = &mut self.connections[conn];
        let path = &self.paths[connection.worker];
        connection.down.arrival(now, path.down_cut_until, path.delay, rng)
    }

    /// Whatever is still under way up after `at` is lost.
    pub fn lose_up(&mut self, conn: Conn, at: u64) {
        let pipe = &mut self.connections[conn].up;
        pipe.lost_after = pipe.lost_after.min(at);
    }

    /// Whatever is still under way down after `at` is lost.
    pub fn lose_down(&mut self, conn: Conn, at: u64) {
        let pipe = &mut self.connections[conn].down;
        pipe.lost_after = pipe.lost_after.min(at);
    }

    /// Whether something that was to arrive now by the pipe up does.
    pub fn arrives_up(&self, now: u64, conn: Conn) -> bool {
        self.connections[conn].controller_open && now <= self.connections[conn].up.lost_after
    }

    /// Whether something that was to arrive now by the pipe down does.
    pub fn arrives_down(&self, now: u64, conn: Conn) -> bool {
        now <= self.connections[conn].down.lost_after
    }

    /// The connections of a worker that the controller believes open.
    pub fn open_of(&self, worker: usize) -> Vec<Conn> {
        let mine = |conn: &Conn| {
            let connection = &self.connections[*conn];
            connection.worker == worker && connection.controller_open
        };
        (0..self.connections.len()).filter(mine).collect()
    }
}

impl Pipe {
    fn arrival(&mut self, now: u64, cut_until: u64, delay: (u64, u64), rng: &mut Pcg64) -> Option<u64> {
        let leaves = match cut_until > now {
            // The kernel tries again with growing waits, so it does not notice the end at once.
            true => cut_until + rng.random_range(0..200_000),
            false => now,
        };
        let arrives = (leaves + rng.random_range(delay.0..=delay.1)).max(self.last_arrival + 1);
        self.last_arrival = arrives;
        (arrives <= self.lost_after).then_some(arrives)
    }
}
