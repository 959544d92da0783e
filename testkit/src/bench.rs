//! A run on the bench: a state machine and the time, which only the test moves.

use std::time::Duration;

use common::class::{ClassSet, UserClass};
use common::protocol as wire;
use common::protocol::worker_message::Kind as FromWorker;
use common::shape::Shape;
use common::timeline::Timeline;
use hub::fleet::{LeaseTiming, LinkId, MemberState};
use hub::run::{Input, Output, Phase, Run, RunSettings, TICK};

/// The run's id.
pub const RUN: [u8; 16] = [1; 16];

/// Five seconds of four crud users, for two workers, which are waited for ten seconds.
pub fn settings() -> RunSettings {
    let classes = ClassSet::only(UserClass::Crud);
    RunSettings {
        replay: None,
        id: RUN,
        plan: wire::Plan::default(),
        timeline: Timeline::of(Shape::constant(4, 1000.0, Duration::from_secs(5), classes).unwrap()),
        search: None,
        lease: LeaseTiming::default(),
        stop_timeout: Duration::from_secs(3),
        expect_workers: 2,
        expect_max_wait: Some(Duration::from_secs(10)),
        max_workers: 3,
    }
}

/// A run and the time, which only the test moves.
pub struct Bench {
    pub run: Run,
    pub now: Duration,
}

impl Bench {
    pub fn new(settings: RunSettings) -> Bench {
        Bench { run: Run::new(settings, Duration::ZERO), now: Duration::ZERO }
    }

    /// A run that began at zero with the workers 0 and 1 on links of these numbers.
    pub fn running() -> Bench {
        let mut bench = Bench::new(settings());
        for worker in 0..2 {
            bench.attach(worker, worker as u8);
            bench.beat(worker, 1, 0);
        }
        bench.tick();
        assert_eq!(bench.run.phase(), Phase::Running);
        bench
    }

    /// A run that is stopped at once, so that it drains.
    pub fn draining() -> Bench {
        let mut bench = Bench::running();
        bench.input(Input::Stop);
        bench
    }

    pub fn input(&mut self, input: Input) -> Vec<Output> {
        self.run.handle(self.now, input)
    }

    pub fn tick(&mut self) -> Vec<Output> {
        self.input(Input::Tick)
    }

    /// Ticks until `until`, a quarter of a second each.
    pub fn pass(&mut self, until: Duration) -> Vec<Output> {
        let mut outputs = Vec::new();
        while self.now < until {
            self.now = (self.now + TICK).min(until);
            outputs.extend(self.tick());
        }
        outputs
    }

    pub fn message(&mut self, link: LinkId, kind: FromWorker) -> Vec<Output> {
        self.input(Input::Message(link, Box::new(wire::WorkerMessage { kind: Some(kind) })))
    }

    pub fn attach(&mut self, link: LinkId, process: u8) -> Vec<Output> {
        self.message(link, FromWorker::Register(register(process)))
    }

    pub fn beat(&mut self, link: LinkId, sent_at_us: u64, applied_epoch: u64) -> Vec<Output> {
        let beat = wire::Heartbeat { sent_at_us, applied_epoch, ..wire::Heartbeat::default() };
        self.message(link, FromWorker::Heartbeat(beat))
    }

    pub fn deliver(&mut self, link: LinkId, process: u8, seq: u64) -> Vec<Output> {
        self.message(link, FromWorker::Delta(delta(process, seq)))
    }

    pub fn drained(&mut self, link: LinkId, last_seq: u64) -> Vec<Output> {
        self.message(link, FromWorker::Drained(wire::Drained { last_seq }))
    }

    pub fn state(&self, worker: usize) -> MemberState {
        self.run.fleet().members()[worker].state
    }
}

/// The process number `process`; its name goes with it.
pub fn register(process: u8) -> wire::Register {
    wire::Register {
        worker: format!("w{process}"),
        incarnation: vec![process; 16],
        version: "1.0".to_owned(),
        protocol: common::protocol::VERSION,
        settings_fingerprint: common::api::settings_fingerprint(),
        cores: 2,
        run: Vec::new(),
        host: "host".to_owned(),
    }
}

/// The second `seq - 1` of the run, in which the process ran two users and made one request of 5 µs.
pub fn delta(process: u8, seq: u64) -> wire::Delta {
    let latency = common::stats::SparseHistogram::repeated(5, 1).encode();
    let endpoint = wire::EndpointPart { endpoint: 0, latency, ..wire::EndpointPart::default() };
    wire::Delta {
        run: RUN.to_vec(),
        incarnation: vec![process; 16],
        seq,
        from_us: (seq - 1) * 1_000_000,
        to_us: seq * 1_000_000,
        layout: common::protocol::LAYOUT,
        stages: vec![wire::StagePart { stage: 0, endpoints: vec![endpoint], streams: None }],
        users: vec![wire::UserCount { class: 0, running: 2, stopping: 0, peak: 2 }],
        ..wire::Delta::default()
    }
}
