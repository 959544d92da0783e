//! How many users a service holds in truth: by simulations so long that chance is out of them, bisected in the number
//! of users. They take minutes, so what they found is kept in `bench/TRUTHS.toml`, each with a mark of the parameters
//! that it is true of.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use common::shape::{LADDER, Stage};
use common::timeline::Timeline;
use thiserror::Error;
use verdict::limits::Rung;
use verdict::threshold::{Confidence, Rule};
use verdict::{Canary, Evidence, Sources};

use crate::models::Model;
use crate::search::{Load, rules};
use crate::users::Users;

/// Answers after which the users of a long simulation behave as they will.
const SETTLES: u64 = 30;
/// Answers after which it is looked at first, and whose time it takes at most.
const FIRST_LOOK: u64 = 100;
const LONGEST: u64 = 1_600;
/// Criteria further from their bounds than this, as shares of them, are clear at the first look.
const CLEAR: (f64, f64) = (0.8, 1.3);
/// How often users are started, microseconds.
const STEP_US: u64 = 100_000;

/// Why truths cannot be used.
#[derive(Debug, Error)]
pub enum TruthsError {
    #[error(
        "{path} cannot be read ({source}): make it with `bench/verdict --truths`, which takes some minutes"
    )]
    Unreadable { path: String, source: std::io::Error },
    #[error(
        "bench/TRUTHS.toml has no number of users for {service:?} as it is now: make it anew with `bench/verdict --truths`, \
         which takes some minutes, after a look at what changed the service"
    )]
    Stale { service: String },
}

/// What is known, by service and load.
#[derive(Debug, Default)]
pub struct Truths(BTreeMap<String, Truth>);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Truth {
    users: u32,
    /// Of the parameters.
    mark: u64,
}

impl Truths {
    pub fn path() -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/TRUTHS.toml"))
    }

    /// Those that are kept.
    pub fn read() -> Result<Truths, TruthsError> {
        let path = Truths::path();
        let unreadable = |source| TruthsError::Unreadable { path: path.display().to_string(), source };
        let text = std::fs::read_to_string(&path).map_err(unreadable)?;
        Ok(Truths(text.lines().filter_map(parsed).collect()))
    }

    /// Most users that a service holds, at most as many as are tried; none where that changes with time.
    pub fn users(&self, model: &Model, load: Load) -> Result<Option<u32>, TruthsError> {
        if !model.keeps {
            return Ok(None);
        }
        let service = key(model, load);
        match self.0.get(&service) {
            Some(truth) if truth.mark == mark(model, load) => Ok(Some(truth.users)),
            _ => Err(TruthsError::Stale { service }),
        }
    }

    /// Measures one anew.
    pub fn measure(model: &Model, load: Load, max_users: u32) -> Truths {
        let truth = Truth { users: most(model, load, max_users), mark: mark(model, load) };
        Truths(BTreeMap::from([(key(model, load), truth)]))
    }

    pub fn add(&mut self, other: Truths) {
        self.0.extend(other.0);
    }

    /// Leaves out those of services that are no more.
    pub fn keep(&mut self, models: &[Model]) {
        let keys: Vec<String> =
            models.iter().flat_map(|model| model.loads.iter().map(move |load| key(model, *load))).collect();
        self.0.retain(|service, _| keys.contains(service));
    }

    /// As the file has it.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# Most users that each simulated service of bench/verdict holds within its load's criteria, up to 128, by long\n\
             # simulations, and a mark of the parameters of which that is true. Made by `bench/verdict --truths`.\n\n",
        );
        for (service, Truth { users, mark }) in &self.0 {
            // Writing to a string does not fail.
            let _ = writeln!(text, "\"{service}\" = {{ users = {users}, of = \"{mark:016x}\" }}");
        }
        text
    }
}

fn key(model: &Model, load: Load) -> String {
    format!("{}, {}", model.name, load.name())
}

fn parsed(line: &str) -> Option<(String, Truth)> {
    let (service, rest) = line.strip_prefix('"')?.split_once("\" = { users = ")?;
    let (users, rest) = rest.split_once(", of = \"")?;
    let mark = u64::from_str_radix(rest.strip_suffix("\" }")?, 16).ok()?;
    Some((service.to_owned(), Truth { users: users.parse().ok()?, mark }))
}

/// A mark of all on which a truth rests: FNV-1a of its text.
fn mark(model: &Model, load: Load) -> u64 {
    let text = format!("{} {:?} {:?}", model.parameters(load), load.think(), load.criteria());
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Most users for which the criteria hold, by bisection.
fn most(model: &Model, load: Load, max_users: u32) -> u32 {
    let (mut holds, mut misses) = (0, max_users + 1);
    let mut users = 16.min(max_users);
    while misses - holds > 1 {
        match holds_for_long(model, load, users) {
            true => holds = users,
            false => misses = users,
        }
        users = if misses > max_users { (users * 2).min(max_users) } else { holds + (misses - holds) / 2 };
    }
    holds
}

/// Whether the criteria hold for so many users in the long run.
fn holds_for_long(model: &Model, load: Load, users: u32) -> bool {
    let name = String::from("for long");
    let stage = Stage {
        name,
        duration: Duration::ZERO,
        users,
        spawn_rate: f64::from(users),
        classes: load.classes(),
        arrivals: None,
    };
    let answer = if load == Load::LongAnswers { 41 } else { 5 };
    let settle = answer * SETTLES;
    let timeline = Timeline::open(LADDER, stage, Duration::from_secs(settle), false);
    let rules = rules(load, &timeline);
    let mut run = Users::new(model.backend(load, 0), load.think(), u64::from(users));
    let mut evidence = Evidence::default();
    let mut look = settle + answer * FIRST_LOOK;
    for second in 0..settle + answer * LONGEST {
        let mut now_us = second * 1_000_000;
        let at = Duration::from_secs(second);
        while now_us < (second + 1) * 1_000_000 {
            if now_us.is_multiple_of(500_000) {
                let latency = run.service.cheap(now_us).ok().map(Duration::from_micros);
                evidence.canary(Canary { at: Duration::from_micros(now_us), latency });
            }
            run.want(users, load.classes(), now_us);
            now_us += STEP_US;
            run.pass(now_us, timeline.segment_at(at).0);
        }
        evidence.push(run.close(now_us, users));
        if second + 1 == look {
            let sources = Sources { timeline: &timeline, totals: &run.totals, evidence: &evidence };
            let most = most_loaded(sources, Duration::from_micros(now_us), &rules);
            if most < CLEAR.0 || most > CLEAR.1 {
                return most <= 1.0;
            }
            look *= 2;
        }
    }
    let end = Duration::from_secs(settle + answer * LONGEST);
    let sources = Sources { timeline: &timeline, totals: &run.totals, evidence: &evidence };
    most_loaded(sources, end, &rules) <= 1.0
}

/// The criterion that is closest to its bound or furthest beyond, as a share of it.
fn most_loaded(sources: Sources<'_>, now: Duration, rules: &[Rule]) -> f64 {
    let Some(rung) = Rung::of(sources, 0, now, rules, Confidence::REPORT) else { return 0.0 };
    (0..rung.criteria()).filter_map(|place| rung.load(place)).fold(0.0, f64::max)
}
