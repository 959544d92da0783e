//! Two limit searches: what each says of the service, and their rungs of equal users.
//!
//! Each search takes its own way through the users: in second 40 one has 8 of them where the other has 64, so their
//! seconds and their whole runs have nothing in common. What each states has an interval of its own; that of a
//! difference is made from both ends (MOVER: Zou and Donner 2008), which asks for no symmetry.

use std::collections::BTreeMap;

use common::text::number::counted;

use super::finding::difference;
use super::rows::{ComparedFigure, Difference, Finding};
use crate::rows::{Estimate, LimitRows, RateLimit, RungRow, RungVerdict};

const LIMITS: &str = "limits";
const USERS: ComparedFigure = ComparedFigure::more("users held", "users");
const RATE: ComparedFigure = ComparedFigure::more("rate held", "arrivals/s");
const SLOTS: ComparedFigure = ComparedFigure::more("streams at once", "streams");
const CHUNKS: ComparedFigure = ComparedFigure::more("throughput", "chunks/s");
const REQUESTS: ComparedFigure = ComparedFigure::more("throughput", "requests/s");
const TTFT: ComparedFigure = ComparedFigure::less("TTFT, mean", "ms");
const FAILED: ComparedFigure = ComparedFigure::less("failed", "%");

/// Reports state 95 %; a comparison reports what is beyond 99 %.
const STATED: f64 = 2.576 / 1.960;
/// The same for figures of rungs, each from few samples of its error: as there are many of them, they are to hold
/// together.
const MANY: f64 = 2.0;
/// Limits are whole numbers, and often small: an interval within this share of no difference says that there is none.
const CLOSE: f64 = 0.25;
/// 95 % of a normal distribution lie within so many standard errors.
const Z: f64 = 1.96;

/// The differences of two searches.
pub(super) fn differences(a: &LimitRows, b: &LimitRows, left_out: &mut Vec<String>) -> Vec<Difference> {
    match (&a.rate, &b.rate) {
        (Some(one), Some(other)) => return vec![rates(one, other)],
        (None, None) => {}
        (one, _) => {
            let (of_rates, of_users) = if one.is_some() { ("A", "B") } else { ("B", "A") };
            left_out.push(format!(
                "the limits: run {of_rates} searched for a rate of arrivals, and run {of_users} for users"
            ));
            return Vec::new();
        }
    }
    let mut rows = vec![users(a, b)];
    match (a.slot_limit, b.slot_limit) {
        (Some(one), Some(other)) => rows.push(of_small_numbers(stated(LIMITS, SLOTS, one, other, STATED))),
        (None, None) => {}
        (one, _) => {
            let run = if one.is_none() { "A" } else { "B" };
            left_out.push(format!("{}: run {run} does not state them", SLOTS.name));
        }
    }
    let (in_a, in_b) = (rungs(a), rungs(b));
    for (users, one) in &in_a {
        if let Some(other) = in_b.get(users) {
            rows.extend(rung(*users, one, other));
        }
    }
    for (run, own, others) in [("A", &in_a, &in_b), ("B", &in_b, &in_a)] {
        let alone: Vec<String> =
            own.keys().filter(|users| !others.contains_key(users)).map(u64::to_string).collect();
        if !alone.is_empty() {
            left_out.push(format!("rungs of {} users: only run {run} has them", alone.join(", ")));
        }
    }
    rows
}

/// What gives way first, where the runs name different things.
pub(super) fn causes(a: &LimitRows, b: &LimitRows) -> Option<String> {
    let (one, other) = (a.cause.kind, b.cause.kind);
    let said = || format!("What gives way first differs: in A {}, in B {}.", one.title(), other.title());
    (one != other).then(said)
}

/// The largest rate held: from the largest that held to the smallest that did not.
fn rates(a: &RateLimit, b: &RateLimit) -> Difference {
    let best = |rate: &RateLimit| rate.point.unwrap_or(rate.low);
    let high = |rate: &RateLimit| rate.high.unwrap_or(f64::INFINITY);
    let interval = (b.low - high(a), high(b) - a.low);
    let mut row = difference(LIMITS, RATE, (best(a), best(b)), Some(interval));
    if interval.0.is_infinite() && interval.1.is_infinite() {
        (row.interval, row.finding) = (None, Finding::Unsure);
    }
    row
}

/// Most users held: a whole number from the largest rung that passed to below the smallest that failed.
fn users(a: &LimitRows, b: &LimitRows) -> Difference {
    let best = |limits: &LimitRows| limits.users.point.unwrap_or(limits.users.low as f64);
    let values = (best(a), best(b));
    let brackets = bracket(a).zip(bracket(b));
    let interval = brackets.map(|((a_low, a_high), (b_low, b_high))| (b_low - a_high, b_high - a_low));
    let mut row = difference(LIMITS, USERS, values, interval);
    // Neither missed anything up to the same number.
    if interval.is_some_and(|(low, high)| low.is_infinite() && high.is_infinite()) {
        row.interval = None;
        row.finding = if a.users.low == b.users.low { Finding::Same } else { Finding::Unsure };
    }
    of_small_numbers(row)
}

/// The ends of what is held; none where a rung beyond one that failed has passed.
fn bracket(limits: &LimitRows) -> Option<(f64, f64)> {
    let passed = |rung: &&RungRow| rung.verdict == RungVerdict::Pass;
    let most = limits.rungs.iter().filter(passed).map(|rung| rung.users).max();
    let high = limits.users.high;
    let contradicted = high.zip(most).is_some_and(|(high, most)| most > high);
    let high = high.map_or(f64::INFINITY, |high| high.saturating_sub(1) as f64);
    (!contradicted).then_some((limits.users.low as f64, high))
}

/// A figure that both state with its 95 % interval; `wider` widens that of the difference.
fn stated(scope: &str, figure: ComparedFigure, a: Estimate, b: Estimate, wider: f64) -> Difference {
    let between = b.estimate - a.estimate;
    let down = (b.estimate - b.low).hypot(a.high - a.estimate) * wider;
    let up = (b.high - b.estimate).hypot(a.estimate - a.low) * wider;
    difference(scope, figure, (a.estimate, b.estimate), Some((between - down, between + up)))
}

fn of_small_numbers(mut row: Difference) -> Difference {
    let is_close = row.interval.is_some_and(|(low, high)| low >= -CLOSE && high <= CLOSE);
    if row.finding == Finding::Unsure && is_close {
        row.finding = Finding::Same;
    }
    row
}

/// The rungs that say something of the service, by users: of several the one with the most requests.
fn rungs(limits: &LimitRows) -> BTreeMap<u64, &RungRow> {
    let mut rungs: BTreeMap<u64, &RungRow> = BTreeMap::new();
    for rung in limits.rungs.iter().filter(|rung| rung.verdict != RungVerdict::Invalid) {
        let best = rungs.entry(rung.users).or_insert(rung);
        if rung.count > best.count {
            *best = rung;
        }
    }
    rungs
}

fn rung(users: u64, a: &RungRow, b: &RungRow) -> impl Iterator<Item = Difference> {
    let scope = counted(users, "user");
    let throughput = if a.streams > 0 || b.streams > 0 { CHUNKS } else { REQUESTS };
    let figures = [
        (throughput, a.throughput.zip(b.throughput)),
        (TTFT, a.ttft_mean_ms.zip(b.ttft_mean_ms)),
        (FAILED, failed(a).zip(failed(b)).filter(|(a, b)| a.estimate + b.estimate > 0.0)),
    ];
    let difference = move |(figure, both): (ComparedFigure, Option<(Estimate, Estimate)>)| {
        both.map(|(a, b)| stated(&scope, figure, a, b, MANY))
    };
    figures.into_iter().filter_map(difference)
}

/// The share of failures in percent and its Wilson interval.
fn failed(rung: &RungRow) -> Option<Estimate> {
    let (share, count) = (rung.failures, rung.count as f64);
    let weight = 1.0 + Z * Z / count;
    let middle = (share + Z * Z / (2.0 * count)) / weight;
    let half = Z / weight * (share * (1.0 - share) / count + (Z / count / 2.0).powi(2)).sqrt();
    let percent = |share: f64| share * 100.0;
    let (low, high) = (percent(middle - half), percent(middle + half));
    let estimate = percent(share);
    (rung.count > 0).then(|| Estimate { estimate, low: low.min(estimate), high: high.max(estimate) })
}
