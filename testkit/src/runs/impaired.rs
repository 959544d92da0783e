//! What `tc netem` does, for kernels that lack it: a relay of UDP datagrams that delays, loses and
//! reorders them. A tunnel through it makes every packet of a link suffer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::checksum;
use super::netns::Host;

/// Longest sleep: how soon a relay ends when it is dropped.
const LOOK: Duration = Duration::from_millis(50);
/// Largest datagram.
const DATAGRAM: usize = 65_536;

/// How a link treats its packets, each way.
#[derive(Debug, Clone, Copy)]
pub struct Impairment {
    /// Every packet takes at least this long.
    pub delay: Duration,
    /// And up to this much longer, each for itself: those sent within it may overtake each other.
    pub jitter: Duration,
    /// Share of packets that never arrive.
    pub loss: f64,
}

/// What became of the packets.
#[derive(Debug, Default)]
pub struct Fates {
    /// Passed on.
    pub passed: AtomicU64,
    /// Lost.
    pub lost: AtomicU64,
    /// Passed on before one that had come earlier.
    pub overtook: AtomicU64,
}

/// A running relay between the two ends of a [tunnel](Host::tunnel_to).
#[derive(Debug)]
pub struct Impaired {
    /// What became of the packets.
    pub fates: Arc<Fates>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A packet on its way: when it is due, its number, where it goes, its bytes.
type Due = Reverse<(Instant, u64, SocketAddr, Vec<u8>)>;

struct Relay {
    socket: UdpSocket,
    ends: [Ipv4Addr; 2],
    port: u16,
    impairment: Impairment,
    dice: Pcg64,
    on_the_way: BinaryHeap<Due>,
    fates: Arc<Fates>,
}

impl Impaired {
    /// Starts a relay on `host` that passes datagrams to `port` on to the same port of the other of two
    /// `ends`.
    pub fn start(host: &Host, ends: [Ipv4Addr; 2], port: u16, impairment: Impairment, seed: u64) -> Impaired {
        let socket = host.inside(|| UdpSocket::bind((host.ip, port)).unwrap());
        let (fates, stop) = (Arc::<Fates>::default(), Arc::<AtomicBool>::default());
        let dice = Pcg64::seed_from_u64(seed);
        let on_the_way = BinaryHeap::new();
        let mut relay = Relay { socket, ends, port, impairment, dice, on_the_way, fates: Arc::clone(&fates) };
        let over = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                relay.step();
            }
        });
        Impaired { fates, stop, thread: Some(thread) }
    }
}

impl Drop for Impaired {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A panic in there has been reported by then.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Relay {
    /// Waits for the next packet to come or to be due, and deals with it.
    fn step(&mut self) {
        let now = Instant::now();
        while self.on_the_way.peek().is_some_and(|Reverse((due, ..))| *due <= now) {
            self.deliver();
        }
        let next = self.on_the_way.peek().map_or(LOOK, |Reverse((due, ..))| *due - now);
        self.socket.set_read_timeout(Some(next.clamp(Duration::from_millis(1), LOOK))).unwrap();
        let mut datagram = [0; DATAGRAM];
        match self.socket.recv_from(&mut datagram) {
            Ok((length, from)) => self.take(from, datagram[..length].to_vec()),
            // An end that is gone answers with ICMP, which is none of a link's business.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionRefused) => {}
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}")
            }
        }
    }

    fn take(&mut self, from: SocketAddr, mut datagram: Vec<u8>) {
        checksum::fill_in(&mut datagram);
        let [one, other] = self.ends;
        let to = if from.ip() == one { other } else { one };
        if self.dice.random_bool(self.impairment.loss) {
            self.fates.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let jitter = self.impairment.jitter.mul_f64(self.dice.random_range(0.0..1.0));
        let number = self.fates.passed.fetch_add(1, Ordering::Relaxed);
        let due = Instant::now() + self.impairment.delay + jitter;
        self.on_the_way.push(Reverse((due, number, (to, self.port).into(), datagram)));
    }

    fn deliver(&mut self) {
        let Some(Reverse((_, number, to, datagram))) = self.on_the_way.pop() else { return };
        if self.on_the_way.iter().any(|Reverse((_, earlier, end, _))| *earlier < number && *end == to) {
            self.fates.overtook.fetch_add(1, Ordering::Relaxed);
        }
        // A host that is gone takes no packets; that is the tunnel's loss.
        let _ = self.socket.send_to(&datagram, to);
    }
}
