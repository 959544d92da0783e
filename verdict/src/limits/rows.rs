//! The limits as rows of a report.

use std::time::Duration;

use super::rung::{Rung, Sources};
use super::{cause, limit, plateau, slots, words};
use crate::limits::{CauseKind, LimitRows, RungRow, RungVerdict, Saturation};
use crate::threshold::Rule;

/// What is asked of the rungs.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What a rung must keep to.
    pub criteria: Vec<Rule>,
    /// Whether they were assumed, since none were given.
    pub assumed: bool,
    /// Whether the run is a search for them: then what little there is counts as an answer.
    pub searches: bool,
    /// The stage that was a longer run at the answer, where there is one.
    pub confirming: Option<usize>,
}

/// The limits that a run's stages tell of, up to `now` (run clock); none with fewer than two rungs of
/// different users, unless that was all that a search could do.
pub fn rows(sources: Sources<'_>, now: Duration, question: &Question) -> Option<LimitRows> {
    let stages = 0..sources.timeline.shape().stages.len();
    let rungs: Vec<Rung> =
        stages.filter_map(|stage| Rung::of(sources, stage, now, &question.criteria)).collect();
    let first = rungs.first()?.users;
    if !question.searches && rungs.iter().all(|rung| rung.users == first) {
        return None;
    }
    let (valid, invalid): (Vec<Rung>, Vec<Rung>) = rungs.iter().cloned().partition(Rung::is_valid);
    let valid = ascending(valid);
    let plateau = plateau(&valid);
    let estimate = plateau.as_ref().and_then(|plateau| slots::slots(&valid, plateau));
    let cause = cause::cause(&valid, &invalid, plateau.as_ref(), estimate);
    // A number of slots is claimed where there is a pool of them.
    let slot_limit = estimate.filter(|_| cause.kind == CauseKind::SlotPool);
    let mut users = limit(&valid, &question.criteria);
    // A rung that the generator spoiled, that is too close to tell, or with fewer users confirms nothing.
    let confirming = question.confirming.and_then(|stage| rungs.iter().find(|rung| rung.stage == stage));
    users.confirmed = confirming
        .is_some_and(|rung| rung.verdict() == RungVerdict::Pass && u64::from(rung.users) >= users.low);
    let spoilt =
        invalid.iter().map(|rung| u64::from(rung.users)).filter(|users_of| *users_of > users.low).max();
    let criteria: Vec<String> = question.criteria.iter().map(|rule| rule.text.clone()).collect();
    let headline = words::headline((&users, spoilt), &criteria, (plateau.as_ref(), slot_limit), &cause);
    Some(LimitRows {
        headline,
        criteria,
        assumed: question.assumed,
        users,
        slot_limit: slot_limit.map(rounded),
        knee: plateau.as_ref().and_then(|plateau| plateau.knee).map(rounded),
        saturation: plateau.as_ref().map(|plateau| Saturation {
            rps: thousandths(plateau.rps),
            streams_per_s: if valid.iter().any(|rung| rung.streams > 0) {
                thousandths(plateau.rate)
            } else {
                0.0
            },
        }),
        cause,
        rungs: rungs.iter().map(row).collect(),
    })
}

/// By users; of several rungs with the same users the one with the most samples.
fn ascending(mut rungs: Vec<Rung>) -> Vec<Rung> {
    rungs.sort_by_key(|rung| (rung.users, std::cmp::Reverse(rung.requests)));
    rungs.dedup_by_key(|rung| rung.users);
    rungs
}

fn row(rung: &Rung) -> RungRow {
    let ms = |seconds: f64| thousandths(seconds * 1000.0);
    RungRow {
        stage: rung.name.clone(),
        users: u64::from(rung.users),
        from_s: thousandths(rung.from),
        to_s: thousandths(rung.to),
        verdict: rung.verdict(),
        why: rung.why(),
        criteria: rung.criteria.iter().map(|(verdict, _)| *verdict).collect(),
        count: rung.requests,
        failures: (rung.failure_share() * 1e6).round() / 1e6,
        rps: thousandths(rung.rps),
        p95_ms: rung.p95.map(ms),
        streams: rung.streams,
        streams_per_s: thousandths(rung.rate),
        ttft_p50_ms: rung.ttft.told(|figures| figures.p50).map(ms),
        ttft_p95_ms: rung.ttft.told(|figures| figures.p95).map(ms),
        icl_p50_ms: rung.icl.told(|figures| figures.p50).map(ms),
        icl_p95_ms: rung.icl.told(|figures| figures.p95).map(ms),
        headers_p50_ms: rung.headers.told(|figures| figures.p50).map(ms),
        e2e_p50_ms: rung.e2e.told(|figures| figures.p50).map(ms),
        open: thousandths(rung.open),
        producing: thousandths(rung.producing),
        producing_peak: u64::from(rung.producing_peak),
        canary_p50_ms: rung.canary.map(ms),
        little: rung.little().map(thousandths),
    }
}

fn rounded(estimate: crate::limits::Estimate) -> crate::limits::Estimate {
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    crate::limits::Estimate {
        estimate: tenths(estimate.estimate),
        low: tenths(estimate.low),
        high: tenths(estimate.high),
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
