//! One search from its first to its last rung, in virtual time.

use std::time::Duration;

use common::api::Api;
use common::class::{ClassSet, UserClass};
use common::protocol as wire;
use common::stats::LOOKS;
use hub::fleet::LeaseTiming;
use hub::run::{Input, Output, Phase, Run, RunSettings, Search, SearchPlan, TICK};
use verdict::limits::{CauseKind, Criteria, LimitRows};
use verdict::search::{Ladder, SearchSettings};
use verdict::threshold::{Rule, ThresholdContext, parse, resolve};
use wire::controller_message::Kind as ToWorker;
use wire::worker_message::Kind as FromWorker;

use super::model::Service;
use super::worker::Worker;

const RUN: [u8; 16] = [1; 16];
const WORKER: [u8; 16] = [2; 16];
/// How often the worker looks for users to start.
const STEP_US: u64 = 10_000;
/// A search that takes longer has gone astray.
const LONGEST_S: u64 = 3_600;

/// What a search came to.
#[derive(Debug)]
pub struct Found {
    pub limits: LimitRows,
    /// Streams in the report, and at the service.
    pub reported: u64,
    pub served: u64,
}

impl Found {
    pub fn cause(&self) -> CauseKind {
        self.limits.cause.kind
    }
}

/// Searches with stream users that do not think.
pub fn search(service: &Service, threshold: &str, max_users: u32, seed: u64) -> Found {
    let mut world = World::new(service, threshold, max_users, seed);
    while !matches!(world.run.phase(), Phase::Over(_)) {
        assert!(world.now_us < LONGEST_S * 1_000_000, "the search has no end");
        world.second();
    }
    let now = world.now();
    let ladder = match world.run.search() {
        Some(Search::Users(ladder)) => ladder,
        _ => panic!("it searches for users"),
    };
    let confirming = ladder.confirming();
    let criteria =
        Criteria { rules: world.criteria.clone(), searches: true, confirming, ..Criteria::default() };
    let limits =
        verdict::limits::rows(world.run.sources(), world.run.elapsed(now), &criteria, ladder.ended())
            .unwrap();
    let reported = world.run.ledger().totals.run.all().count();
    Found { limits, reported, served: world.worker.service.served }
}

struct World {
    run: Run,
    worker: Worker,
    criteria: Vec<Rule>,
    now_us: u64,
    epoch: u64,
    is_draining: bool,
}

impl World {
    fn new(service: &Service, threshold: &str, max_users: u32, seed: u64) -> World {
        let classes = ClassSet::only(UserClass::Stream);
        let endpoints = Api::default().endpoints();
        let mut ladder = SearchSettings {
            criteria: Vec::new(),
            max_users,
            classes,
            longest: None,
            stream_timeout: Duration::from_secs(120),
            notice: LeaseTiming::default().duration + TICK * 2,
        };
        let timeline = Ladder::timeline(&ladder, false);
        let context = ThresholdContext { shape: timeline.shape(), endpoints: &endpoints, no_streams: None };
        ladder.criteria = vec![resolve(&parse(threshold).unwrap(), &context).unwrap()];
        let criteria = ladder.criteria.clone();
        let settings = RunSettings {
            replay: None,
            id: RUN,
            plan: wire::Plan::default(),
            timeline,
            search: Some(SearchPlan::Users(ladder)),
            lease: LeaseTiming::default(),
            stop_timeout: Duration::from_secs(3),
            expect_workers: 1,
            expect_max_wait: None,
            max_workers: 1,
        };
        let run = Run::new(settings, Duration::ZERO);
        let worker = Worker::new(service, seed);
        let mut world = World { run, worker, criteria, now_us: 0, epoch: 0, is_draining: false };
        world.say(FromWorker::Register(wire::Register {
            worker: "w".to_owned(),
            incarnation: WORKER.to_vec(),
            version: "1".to_owned(),
            protocol: common::protocol::VERSION,
            settings_fingerprint: common::api::settings_fingerprint(),
            cores: 1,
            ..wire::Register::default()
        }));
        world.heartbeat();
        world.input(Input::Tick);
        world
    }

    fn now(&self) -> Duration {
        Duration::from_micros(self.now_us)
    }

    /// One second: users, looks, the canary twice, and the delta at its end.
    fn second(&mut self) {
        let end = self.now_us + 1_000_000;
        while self.now_us < end {
            let in_second = self.now_us % 1_000_000;
            if in_second.is_multiple_of(TICK.as_micros() as u64) {
                self.input(Input::Tick);
            }
            if in_second.is_multiple_of(500_000) {
                let latency = self.worker.service.cheap(self.now_us).map(Duration::from_micros);
                self.input(Input::Canary { age: latency.unwrap_or_default(), latency });
            }
            let (segment, _) = self.run.timeline().segment_at(self.now());
            let target = self.target();
            self.worker.want(target, self.now_us);
            self.now_us += STEP_US;
            self.worker.pass(self.now_us, segment, target);
            if self.now_us.is_multiple_of(1_000_000 / LOOKS as u64) {
                self.worker.look((self.now_us / (1_000_000 / LOOKS as u64) - 1) as usize % LOOKS);
            }
        }
        let target = self.target();
        let delta = self.worker.delta(&RUN, &WORKER, self.now_us, target);
        self.say(FromWorker::Delta(delta));
        self.heartbeat();
        if self.is_draining {
            self.say(FromWorker::Drained(wire::Drained { last_seq: self.worker.seq }));
        }
    }

    /// Users that are wanted now.
    fn target(&self) -> u32 {
        if self.is_draining {
            return 0;
        }
        self.run.timeline().shape().target(self.now()).map_or(0, |target| target.users)
    }

    fn heartbeat(&mut self) {
        let (sent_at_us, applied_epoch) = (self.now_us + 1, self.epoch);
        self.say(FromWorker::Heartbeat(wire::Heartbeat {
            sent_at_us,
            applied_epoch,
            ..wire::Heartbeat::default()
        }));
    }

    fn say(&mut self, kind: FromWorker) {
        self.input(Input::Message(1, Box::new(wire::WorkerMessage { kind: Some(kind) })));
    }

    fn input(&mut self, input: Input) {
        for output in self.run.handle(self.now(), input) {
            match output {
                Output::Send(_, ToWorker::Quota(quota)) => self.epoch = quota.epoch,
                Output::Send(_, ToWorker::Drain(_)) => self.is_draining = true,
                Output::Send(_, ToWorker::Refusal(refusal)) => panic!("{refusal:?}"),
                Output::Send(..) | Output::Close(_) | Output::Second(..) => {}
            }
        }
    }
}
