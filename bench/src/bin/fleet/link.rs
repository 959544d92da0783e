//! One worker's link, without the worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::protocol as wire;
use common::protocol::control_client::ControlClient;
use common::protocol::controller_message::Kind as FromController;
use common::protocol::worker_message::Kind as ToController;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::delta::Sample;

/// Microseconds of a second.
const SECOND_US: u64 = 1_000_000;
/// Messages that may wait to be sent.
const QUEUE: usize = 256;

/// The state of one link.
struct State {
    zero: Instant,
    incarnation: [u8; 16],
    run: Vec<u8>,
    heartbeat: Duration,
    epoch: u64,
    /// Run clock minus own clock, known from the first quota on.
    offset_us: Option<i64>,
    /// Where the next delta begins, on the run clock.
    from_us: u64,
    seq: u64,
    /// When each delta was sent, from the first that is not acked.
    sent: std::collections::VecDeque<(u64, Instant)>,
    times: LinkTimes,
}

/// What a link measured, in microseconds.
#[derive(Debug, Default)]
pub struct LinkTimes {
    /// From each delta's sending to its ack.
    pub waits: Vec<u64>,
    /// From the end of each interval to the delta's sending: above some milliseconds the links lack CPU,
    /// and the waits hold their own delay as well.
    pub late: Vec<u64>,
}

impl LinkTimes {
    /// Adds the times of another link.
    pub fn add(&mut self, other: LinkTimes) {
        self.waits.extend(other.waits);
        self.late.extend(other.late);
    }

    /// Both in ascending order.
    pub fn sorted(mut self) -> LinkTimes {
        self.waits.sort_unstable();
        self.late.sort_unstable();
        self
    }
}

/// Attaches and works until the controller ends the run; returns how long its deltas took.
pub async fn run(
    address: String,
    number: usize,
    sample: Arc<Sample>,
    running: Arc<AtomicUsize>,
) -> Result<LinkTimes, String> {
    let (send, outbound) = mpsc::channel(QUEUE);
    let incarnation = (number as u128 + 1).to_be_bytes();
    let register = wire::Register {
        worker: format!("link-{number}"),
        incarnation: incarnation.to_vec(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: common::protocol::VERSION,
        settings_fingerprint: common::api::settings_fingerprint(),
        cores: 1,
        run: Vec::new(),
        host: "fleet".to_owned(),
    };
    send_message(&send, ToController::Register(register)).await?;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).map_err(text)?;
    let channel = channel.connect().await.map_err(text)?;
    let mut client = ControlClient::new(channel).max_decoding_message_size(32 << 20);
    let mut inbound = client.attach(ReceiverStream::new(outbound)).await.map_err(text)?.into_inner();
    let mut state = State::new(incarnation);
    let mut next_heartbeat = Instant::now() + Duration::from_secs(3600);
    loop {
        let cut = state.next_cut().unwrap_or(next_heartbeat);
        tokio::select! {
            message = inbound.message() => {
                let Some(kind) = message.map_err(text)?.and_then(|message| message.kind) else {
                    return Err("the controller closed the connection".to_owned());
                };
                match kind {
                    FromController::Welcome(welcome) => {
                        state.run = welcome.run;
                        state.heartbeat = Duration::from_millis(u64::from(welcome.heartbeat_ms));
                        next_heartbeat = Instant::now();
                    }
                    FromController::Quota(quota) => state.quota(&quota, &running),
                    FromController::Ack(ack) => state.ack(ack.seq),
                    FromController::Drain(_) => {
                        send_message(&send, ToController::Drained(wire::Drained { last_seq: state.seq })).await?;
                        state.offset_us = None;
                    }
                    FromController::Farewell(_) => return Ok(state.times),
                    FromController::Refusal(refusal) => return Err(refusal.message),
                }
            }
            () = tokio::time::sleep_until(cut.into()), if state.offset_us.is_some() => {
                let delta = state.cut(&sample);
                send_message(&send, ToController::Delta(delta)).await?;
            }
            () = tokio::time::sleep_until(next_heartbeat.into()) => {
                send_message(&send, ToController::Heartbeat(state.heartbeat())).await?;
                next_heartbeat += state.heartbeat;
            }
        }
    }
}

impl State {
    fn new(incarnation: [u8; 16]) -> State {
        State {
            zero: Instant::now(),
            incarnation,
            run: Vec::new(),
            heartbeat: Duration::from_secs(1),
            epoch: 0,
            offset_us: None,
            from_us: 0,
            seq: 0,
            sent: std::collections::VecDeque::new(),
            times: LinkTimes::default(),
        }
    }

    fn now_us(&self) -> u64 {
        // 0 means that no heartbeat was sent.
        self.zero.elapsed().as_micros() as u64 + 1
    }

    fn heartbeat(&self) -> wire::Heartbeat {
        // No user runs, so whatever a quota took away has ended.
        wire::Heartbeat { sent_at_us: self.now_us(), applied_epoch: self.epoch, ..wire::Heartbeat::default() }
    }

    fn quota(&mut self, quota: &wire::Quota, running: &AtomicUsize) {
        self.epoch = self.epoch.max(quota.epoch);
        let Some(run_us) = quota.run_us.filter(|_| self.offset_us.is_none() && self.seq == 0) else { return };
        // Half a round trip off at most, on the side that sends a delta late rather than early.
        self.offset_us = Some(run_us as i64 - self.now_us() as i64);
        self.from_us = run_us / SECOND_US * SECOND_US;
        running.fetch_add(1, Ordering::Relaxed);
    }

    fn next_cut(&self) -> Option<Instant> {
        let own_us = (self.from_us + SECOND_US) as i64 - self.offset_us?;
        Some(self.zero + Duration::from_micros(own_us.max(0) as u64))
    }

    fn cut(&mut self, sample: &Sample) -> wire::Delta {
        let (from_us, to_us) = (self.from_us, self.from_us + SECOND_US);
        if let Some(due) = self.next_cut() {
            self.times.late.push(due.elapsed().as_micros() as u64);
        }
        self.seq += 1;
        self.from_us = to_us;
        self.sent.push_back((self.seq, Instant::now()));
        sample.delta(&self.run, &self.incarnation, self.seq, from_us, to_us)
    }

    fn ack(&mut self, seq: u64) {
        while let Some((_, at)) = self.sent.front().filter(|(sent, _)| *sent <= seq) {
            self.times.waits.push(at.elapsed().as_micros() as u64);
            self.sent.pop_front();
        }
    }
}

async fn send_message(send: &mpsc::Sender<wire::WorkerMessage>, kind: ToController) -> Result<(), String> {
    send.send(wire::WorkerMessage { kind: Some(kind) }).await.map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
