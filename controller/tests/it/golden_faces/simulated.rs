//! The simulated runs: two workers and a service whose figures follow from a seed, through the real state machine.

mod delta;

use std::time::Duration;

use common::api::Api;
use common::class::ClassSet;
use common::protocol as wire;
use common::shape::{Shape, Stage};
use common::timeline::Timeline;
use controller::view::{self, History, ReportContext};
use hub::fleet::LeaseTiming;
use hub::run::{Input, Output, Phase, Run, RunSettings, SearchPlan, TICK};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use report::rows::{RunFacts, RunReport};
use verdict::limits::Criteria;
use verdict::search::{Ladder, SearchSettings};
use verdict::threshold::{Rule, ThresholdContext, parse, resolve};
use wire::controller_message::Kind as ToWorker;
use wire::worker_message::Kind as FromWorker;

const RUN: [u8; 16] = [1; 16];
/// Streams that the service runs at once.
const SLOTS: f64 = 10.0;
/// Length of a stream, seconds.
const STREAM_S: f64 = 0.3;
const THRESHOLDS: [&str; 7] = [
    "p95<200ms",
    "failures<1%",
    "ttft.p95<3s",
    "crud:p99<50ms",
    "rps>2000",
    "complete>99%",
    "stage \"rush\":icl.p95<20ms",
];

/// Which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Three stages; a worker is lost on the way.
    Shape,
    /// The limit search.
    Search,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Shape => "shape",
            Kind::Search => "search",
        }
    }
}

/// The report of a run.
pub fn simulated(kind: Kind) -> RunReport {
    let mut world = World::new(kind);
    while !matches!(world.run.phase(), Phase::Over(_)) {
        assert!(world.now < Duration::from_secs(3600), "the run has no end");
        world.second();
    }
    view::report(&world.run, &world.history, &world.frame, world.now)
}

struct World {
    run: Run,
    history: History,
    frame: ReportContext,
    rng: Pcg64,
    now: Duration,
    seq: [u64; 2],
    is_draining: bool,
    epoch: [u64; 2],
    kind: Kind,
}

fn shape() -> Shape {
    let stage = |name: &str, users, seconds| Stage {
        name: name.to_owned(),
        duration: Duration::from_secs(seconds),
        users,
        spawn_rate: 10.0,
        classes: ClassSet::ALL,
        arrivals: None,
    };
    let stages = vec![stage("warm up", 4, 12), stage("rush", 24, 20), stage("=peak|", 60, 20)];
    Shape { name: "lunch".to_owned(), stages, mock_llm: false }
}

impl World {
    fn new(kind: Kind) -> World {
        let endpoints = Api::default().endpoints();
        let mut ladder = None;
        let timeline = match kind {
            Kind::Shape => Timeline::of(shape()),
            Kind::Search => {
                let settings = SearchSettings {
                    criteria: Vec::new(),
                    max_users: 64,
                    classes: ClassSet::ALL,
                    longest: None,
                    stream_timeout: Duration::from_secs(120),
                    notice: LeaseTiming::default().duration + TICK * 2,
                };
                let timeline = Ladder::timeline(&settings, false);
                ladder = Some(settings);
                timeline
            }
        };
        let rule = |text: &&str| -> Option<Rule> {
            let ground =
                ThresholdContext { shape: timeline.shape(), endpoints: &endpoints, no_streams: None };
            resolve(&parse(text).unwrap(), &ground).ok()
        };
        let (rules, criteria): (Vec<Rule>, Vec<Rule>) = match kind {
            Kind::Shape => {
                (THRESHOLDS.iter().filter_map(rule).collect(), vec![rule(&"ttft.p95<100ms").unwrap()])
            }
            Kind::Search => (Vec::new(), ["failures<5%", "ttft.p95<100ms"].iter().filter_map(rule).collect()),
        };
        if let Some(ladder) = &mut ladder {
            ladder.criteria = criteria.clone();
        }
        let facts = RunFacts {
            shape: timeline.shape().name.clone(),
            seed: Some(7),
            started: Some("2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap()),
            host: Some("http://chat.internal:8000".to_owned()),
            api: Some("default".to_owned()),
            users_target_peak: Some(60),
            classes: vec!["crud".to_owned(), "stream".to_owned(), "mixed".to_owned()],
            think_s: Some((0.5, 1.5)),
            mock_llm: Some(false),
            versions: [("controller".to_owned(), "0.1.0".to_owned())].into(),
            command: Some("controller --shape lunch.toml --seed 7".to_owned()),
            ..RunFacts::default()
        };
        let settings = RunSettings {
            replay: None,
            id: RUN,
            plan: wire::Plan::default(),
            timeline,
            search: ladder.map(SearchPlan::Users),
            lease: LeaseTiming::default(),
            stop_timeout: Duration::from_secs(3),
            expect_workers: 2,
            expect_max_wait: None,
            max_workers: 4,
        };
        let criteria = Criteria { rules: criteria, ..Criteria::default() };
        let frame = ReportContext { facts, endpoints, rules, criteria, breach: None, unwritten: None };
        let mut world = World {
            run: Run::new(settings, Duration::ZERO),
            history: History::default(),
            frame,
            rng: Pcg64::seed_from_u64(20_260_301),
            now: Duration::ZERO,
            seq: [0; 2],
            is_draining: false,
            epoch: [0; 2],
            kind,
        };
        for worker in 0..2 {
            world.say(worker, FromWorker::Register(register(worker)));
            world.heartbeat(worker);
        }
        world.input(Input::Tick);
        world
    }

    /// Whether the worker still lives: the second one of the shape is lost at second 30.
    fn lives(&self, worker: usize) -> bool {
        worker == 0 || self.kind == Kind::Search || self.now < Duration::from_secs(30)
    }

    fn second(&mut self) {
        for quarter in 0..4 {
            self.input(Input::Tick);
            if quarter % 2 == 0 {
                let failed = self.rng.random_bool(0.02);
                let latency = Duration::from_micros(self.rng.random_range(900..4_000));
                let age = if failed { Duration::ZERO } else { latency };
                self.input(Input::Canary { age, latency: (!failed).then_some(latency) });
            }
            self.now += TICK;
        }
        if self.kind == Kind::Shape && self.now == Duration::from_secs(30) {
            self.input(Input::Disconnected(1));
        }
        for worker in (0..2).filter(|worker| self.lives(*worker)).collect::<Vec<_>>() {
            let delta = self.delta(worker);
            self.say(worker, FromWorker::Delta(delta.clone()));
            match self.now.as_secs() {
                9 => self.say(worker, FromWorker::Delta(delta)),
                11 => self.say(worker, FromWorker::Delta(wire::Delta { seq: delta.seq + 9, ..delta })),
                _ => {}
            }
            self.heartbeat(worker);
            if self.is_draining {
                self.say(worker, FromWorker::Drained(wire::Drained { last_seq: self.seq[worker] }));
            }
        }
    }

    fn heartbeat(&mut self, worker: usize) {
        let beat = wire::Heartbeat {
            sent_at_us: self.now.as_micros() as u64 + 1,
            applied_epoch: self.epoch[worker],
            round_trip_us: 400 + worker as u64,
            clock_offset_us: 1_000 * worker as i64,
            arrivals: 0,
        };
        self.say(worker, FromWorker::Heartbeat(beat));
    }

    fn say(&mut self, worker: usize, kind: FromWorker) {
        self.input(Input::Message(worker as u64, Box::new(wire::WorkerMessage { kind: Some(kind) })));
    }

    fn input(&mut self, input: Input) {
        for output in self.run.handle(self.now, input) {
            match output {
                Output::Send(link, ToWorker::Quota(quota)) => self.epoch[link as usize] = quota.epoch,
                Output::Send(_, ToWorker::Drain(_)) => self.is_draining = true,
                Output::Second(second, open, target) => {
                    let started = self.frame.facts.started.unwrap();
                    self.history.push(second, &open, target, started);
                }
                Output::Send(..) | Output::Close(_) => {}
            }
        }
    }
}

fn register(worker: usize) -> wire::Register {
    wire::Register {
        worker: format!("w{worker}"),
        incarnation: vec![worker as u8; 16],
        version: "0.1.0".to_owned(),
        protocol: common::protocol::VERSION,
        settings_fingerprint: common::api::settings_fingerprint(),
        cores: 2,
        run: Vec::new(),
        host: format!("host-{worker}"),
    }
}
