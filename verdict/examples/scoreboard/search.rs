//! One search from its first to its last rung, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use common::api::Api;
use common::class::{ClassSet, UserClass};
use common::timeline::Timeline;
use verdict::limits::{Criteria, LimitRows, rows};
use verdict::observed::{Look, Observed, StrayLines};
use verdict::search::{Ladder, NextStep, SearchSettings};
use verdict::threshold::{Rule, ThresholdContext, parse, resolve};
use verdict::{Canary, Evidence, Sources};

use crate::backend::Figures;
use crate::models::Model;
use crate::users::{TIMEOUT_US, Users};

/// How often users are started.
const STEP_US: u64 = 100_000;
/// A search that takes longer has gone astray.
const LONGEST_S: u64 = 4 * 3_600;
/// How long before users stop workers must know.
const NOTICE: Duration = Duration::from_millis(5_500);

/// Who uses a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Load {
    /// Stream users that do not think.
    Streams,
    /// Users of every class, who think.
    Everybody,
    /// The same, with answers ten times as long.
    LongAnswers,
}

impl Load {
    pub const ALL: [Load; 3] = [Load::Streams, Load::Everybody, Load::LongAnswers];

    pub fn name(self) -> &'static str {
        match self {
            Load::Streams => "streams",
            Load::Everybody => "everybody",
            Load::LongAnswers => "long answers",
        }
    }

    pub fn classes(self) -> ClassSet {
        match self {
            Load::Streams => ClassSet::only(UserClass::Stream),
            Load::Everybody | Load::LongAnswers => ClassSet::ALL,
        }
    }

    pub fn think(self) -> (f64, f64) {
        match self {
            Load::Streams => (0.0, 0.0),
            Load::Everybody | Load::LongAnswers => (0.5, 1.5),
        }
    }

    pub fn criteria(self) -> &'static [&'static str] {
        match self {
            Load::Streams => &["failures<1%", "complete>99%", "ttft.p95<3s"],
            Load::Everybody | Load::LongAnswers => {
                &["failures<1%", "complete>99%", "ttft.p95<3s", "crud:p95<1s"]
            }
        }
    }
}

/// What a search came to.
#[derive(Debug)]
pub struct Found {
    pub limits: LimitRows,
    /// How long it took.
    pub seconds: f64,
    /// Most users that ran before the first answer had come.
    pub blind: u32,
}

/// The rules by which rungs are judged.
pub fn rules(load: Load, timeline: &Timeline) -> Vec<Rule> {
    let endpoints = Api::default().endpoints();
    let context = ThresholdContext { shape: timeline.shape(), endpoints: &endpoints, no_streams: None };
    let rule = |text: &&str| resolve(&parse(text).ok()?, &context).ok();
    load.criteria().iter().filter_map(rule).collect()
}

/// The series that an observer makes of what a service says of itself.
pub type Sees = fn(Figures) -> Vec<(&'static str, f64)>;

/// Searches for the limits of a service, which `sees` observes inside, if anybody does.
pub fn search(model: &Model, load: Load, max_users: u32, seed: u64, sees: Option<Sees>) -> Found {
    let mut settings = SearchSettings {
        criteria: Vec::new(),
        max_users,
        classes: load.classes(),
        stream_timeout: Duration::from_micros(TIMEOUT_US),
        notice: NOTICE,
        longest: None,
    };
    let mut timeline = Ladder::timeline(&settings, false);
    settings.criteria = rules(load, &timeline);
    let criteria = settings.criteria.clone();
    let mut ladder = Ladder::new(settings);
    let mut users = Users::new(model.backend(load, seed), load.think(), seed);
    let mut evidence = Evidence::default();
    if sees.is_some() {
        evidence.observe(Observed::by([("app".to_owned(), "http://app/metrics".to_owned())]));
    }
    let mut now_us = 0;
    while now_us < LONGEST_S * 1_000_000 {
        let end = now_us + 1_000_000;
        let mut target = 0;
        while now_us < end {
            if now_us.is_multiple_of(500_000) {
                let at = Duration::from_micros(now_us);
                let latency = users.service.cheap(now_us).ok().map(Duration::from_micros);
                evidence.canary(Canary { at, latency });
            }
            let at = Duration::from_micros(now_us);
            target = timeline.shape().target(at).map_or(0, |target| target.users);
            users.want(target, load.classes(), now_us);
            now_us += STEP_US;
            users.pass(now_us, timeline.segment_at(at).0);
            users.look();
        }
        if let Some(sees) = sees {
            let seen = sees(users.service.inside(now_us));
            let values = seen.into_iter().map(|(series, value)| (Arc::from(series), value)).collect();
            let look = Look { observer: 0, values: Ok(values), left_out: 0, stray: StrayLines::default() };
            evidence.look(Duration::from_micros(now_us), look);
        }
        let second = users.close(now_us, target);
        evidence.push(second);
        let now = Duration::from_micros(now_us);
        if timeline.end().is_some_and(|end| end <= now) {
            break;
        }
        let sources = Sources { timeline: &timeline, totals: &users.totals, evidence: &evidence };
        match ladder.step(&timeline, sources, now) {
            Some(NextStep::Next { at, stage, settle }) => timeline.go_on(at, stage, settle),
            Some(NextStep::End { at }) => timeline.cut(at),
            None => {}
        }
    }
    let sources = Sources { timeline: &timeline, totals: &users.totals, evidence: &evidence };
    let criteria =
        Criteria { rules: criteria, searches: true, confirming: ladder.confirming(), ..Criteria::default() };
    let now = Duration::from_micros(now_us);
    let limits = rows(sources, now, &criteria, ladder.ended()).unwrap_or_default();
    Found { limits, seconds: now_us as f64 / 1e6, blind: users.before_first_answer }
}
