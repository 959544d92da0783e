//! How often a verdict is right, and how often it is confidently wrong.

use std::collections::BTreeMap;

use verdict::limits::{CauseKind, LimitRows, RungVerdict, UserLimit, UserVerdict};

use crate::MAX_USERS;
use crate::models::Model;
use crate::search::{Found, Load};

/// What became of one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Right,
    Wrong,
    /// It named nothing.
    Unsure,
}

/// All searches of one model under one load.
#[derive(Debug, Default)]
pub struct Row {
    pub right: usize,
    pub single: usize,
    pub wrong: usize,
    pub unsure: usize,
    /// Intervals of slots that hold the truth, and all that were stated.
    pub slots: (usize, usize),
    /// The same of users.
    pub users: (usize, usize),
    pub minutes: Vec<f64>,
    pub blind: u32,
    pub named: BTreeMap<String, usize>,
}

/// `users`: how many the service holds in truth. Where it holds all that may be tried, it is right to find nothing.
pub fn outcome(model: &Model, users: Option<u32>, found: &Found) -> Outcome {
    let cause = &found.limits.cause;
    let holds_all = users.is_some_and(|users| users >= MAX_USERS);
    let is_true =
        |kind: &CauseKind| model.truth.contains(kind) || (holds_all && *kind == CauseKind::NoneInRange);
    let named: Vec<CauseKind> = [cause.kind].into_iter().chain(cause.or.iter().copied()).collect();
    if named.iter().any(is_true) {
        Outcome::Right
    } else if cause.kind == CauseKind::Unsure {
        Outcome::Unsure
    } else {
        Outcome::Wrong
    }
}

impl Row {
    /// `users`: how many the service holds in truth, of those that may be tried; none where that changes with time.
    pub fn add(&mut self, model: &Model, users: Option<u32>, found: &Found) {
        let cause = &found.limits.cause;
        match outcome(model, users, found) {
            Outcome::Right => {
                self.right += 1;
                self.single += usize::from(cause.or.is_empty());
            }
            Outcome::Wrong => self.wrong += 1,
            Outcome::Unsure => self.unsure += 1,
        }
        if let Some(stated) = found.limits.slot_limit
            && !model.slots.is_empty()
        {
            let is_within = model.slots.iter().any(|slots| stated.low <= *slots && *slots <= stated.high);
            count(&mut self.slots, is_within);
        }
        if let (Some(users), Some((low, high))) = (users, stated_users(&found.limits)) {
            let users = u64::from(users);
            count(&mut self.users, low <= users && high.is_none_or(|high| users < high));
        }
        self.minutes.push(found.seconds / 60.0);
        self.blind = self.blind.max(found.blind);
        let or: String = cause.or.iter().map(|or| format!("|{or:?}")).collect();
        *self.named.entry(format!("{:?}{or}", cause.kind)).or_default() += 1;
    }

    pub fn searches(&self) -> usize {
        self.right + self.wrong + self.unsure
    }
}

fn count((within, stated): &mut (usize, usize), is_within: bool) {
    *within += usize::from(is_within);
    *stated += 1;
}

/// The interval of users that is stated: at least the first hold, fewer than the second. None where the rungs contradict
/// each other: then it is said that the users do not decide.
fn stated_users(limits: &LimitRows) -> Option<(u64, Option<u64>)> {
    let of = |verdict: RungVerdict| {
        limits.rungs.iter().filter(move |rung| rung.verdict == verdict).map(|rung| rung.users)
    };
    let contradicted = match (of(RungVerdict::Fail).min(), of(RungVerdict::Pass).max()) {
        (Some(missed), Some(passed)) => passed > missed,
        _ => false,
    };
    let UserLimit { low, high, verdict, .. } = limits.users;
    let says = low > 0 || high.is_some();
    (says && !(verdict == UserVerdict::Undetermined && contradicted)).then_some((low, high))
}

/// A line of the table.
pub fn line(model: &Model, load: Load, row: &Row) -> String {
    let mut minutes = row.minutes.clone();
    minutes.sort_by(f64::total_cmp);
    let percent = |count: usize| 100.0 * count as f64 / row.searches().max(1) as f64;
    let named: Vec<String> = row.named.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!(
        "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} | {:.1} | {:.1} | {} | {} |",
        model.name,
        load.name(),
        percent(row.right),
        percent(row.single),
        percent(row.wrong),
        percent(row.unsure),
        within(row.slots),
        within(row.users),
        minutes.get(minutes.len() / 2).copied().unwrap_or(0.0),
        minutes.last().copied().unwrap_or(0.0),
        row.blind,
        named.join(", "),
    )
}

fn within((within, stated): (usize, usize)) -> String {
    if stated == 0 { String::from("–") } else { format!("{within}/{stated}") }
}

/// Many rows together.
#[derive(Debug, Default)]
pub struct Sums {
    pub right: usize,
    pub wrong: usize,
    pub searches: usize,
    /// Intervals that hold the truth, and all that were stated.
    pub slots: (usize, usize),
    pub users: (usize, usize),
}

impl Sums {
    pub fn add(&mut self, row: &Row) {
        self.right += row.right;
        self.wrong += row.wrong;
        self.searches += row.searches();
        self.slots = (self.slots.0 + row.slots.0, self.slots.1 + row.slots.1);
        self.users = (self.users.0 + row.users.0, self.users.1 + row.users.1);
    }
}

impl std::fmt::Display for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |count: usize, of: usize| 100.0 * count as f64 / of.max(1) as f64;
        let Sums { right, wrong, searches, slots, users } = *self;
        write!(
            f,
            "{searches} searches: {:.1} % right, {:.1} % confidently wrong; the interval of slots holds the truth in {} of \
             {} ({:.1} %), that of users in {} of {} ({:.1} %).",
            percent(right, searches),
            percent(wrong, searches),
            slots.0,
            slots.1,
            percent(slots.0, slots.1),
            users.0,
            users.1,
            percent(users.0, users.1)
        )
    }
}
