//! The answer of a search for a rate, as rows of a report.

use std::time::Duration;

use super::capacity::Capacity;
use super::plan::{Outcome, Purpose, rounded, rounded_down, shown};
use super::rung::HELD;
use super::{RateRung, RateSearch};
use crate::Sources;
use crate::limits::{
    Cause, CauseKind, Criteria, Estimate, LimitRows, RateLimit, RungRow, RungVerdict, UserVerdict, missed,
    rung_row, unmeasured, unmeasured_sentence,
};
use crate::threshold::Rule;
use common::text::number::{percent, seconds};

/// The limits that a search shows up to `now` (run clock); `None` before anything was measured.
pub fn rows(
    search: &RateSearch,
    sources: Sources<'_>,
    now: Duration,
    criteria: &Criteria,
) -> Option<LimitRows> {
    let mut rungs: Vec<(RateRung, bool)> = search.rungs.iter().map(|rung| (rung.clone(), true)).collect();
    let running = search.look(sources, now).filter(|looked| {
        search.rungs.last().is_none_or(|last| last.rung.stage() != looked.rung.rung.stage())
    });
    rungs.extend(running.map(|looked| (looked.rung, false)));
    let capacity = search.plan.capacity();
    let judged: Vec<(&RateRung, RungVerdict)> = rungs
        .iter()
        .map(|(rung, is_over)| {
            (rung, if *is_over { rung.verdict(capacity) } else { RungVerdict::Undetermined })
        })
        .collect();
    if judged.is_empty() {
        return None;
    }
    let mut limit = limit(&judged, capacity, &criteria.rules);
    let unmeasured = unmeasured(rungs.iter().map(|(rung, _)| &rung.rung), criteria);
    if unmeasured.is_some() {
        limit = RateLimit { verdict: UserVerdict::Undetermined, point: None, low: 0.0, ..limit };
    }
    let texts: Vec<String> = criteria.rules.iter().map(|rule| rule.text.clone()).collect();
    let cause =
        Cause { kind: kind(&judged), seen: seen(&judged, capacity, &criteria.rules), ..Cause::default() };
    let mut headline = match search.rungs.iter().find(|rung| rung.outcome == Outcome::Dead) {
        Some(dead) => vec![broken(dead, criteria)],
        None => vec![match unmeasured {
            Some(criterion) => unmeasured_sentence(criterion, "arrivals a second"),
            None => how_many(&texts.join(", "), &limit, &judged),
        }],
    };
    headline.extend(cut_short(search, &limit));
    let rows = rungs.iter().zip(&judged).map(|((rung, is_over), (_, verdict))| RungRow {
        verdict: *verdict,
        why: if *is_over { why(rung, *verdict, capacity) } else { Some("it was not over".to_owned()) },
        rate: Some(rung.rate),
        users: rung.present.round() as u64,
        grew_per_s: Some(thousandths(rung.growth.per_s)),
        dropped: Some(rung.dropped as u64),
        ..rung_row(&rung.rung)
    });
    Some(LimitRows {
        headline,
        criteria: texts,
        assumed: criteria.assumed,
        rungs: rows.collect(),
        rate: Some(limit),
        cause,
        ..LimitRows::default()
    })
}

/// The largest rate that held and the smallest that did not.
fn limit(judged: &[(&RateRung, RungVerdict)], capacity: Option<Capacity>, rules: &[Rule]) -> RateLimit {
    let failed = |(_, verdict): &&(&RateRung, RungVerdict)| *verdict == RungVerdict::Fail;
    let first =
        judged.iter().filter(failed).min_by(|a, b| a.0.rate.total_cmp(&b.0.rate)).map(|(rung, _)| *rung);
    let high = first.map(|rung| rung.rate);
    let passed = |(rung, verdict): &(&RateRung, RungVerdict)| {
        (*verdict == RungVerdict::Pass && high.is_none_or(|high| rung.rate < high)).then_some(rung.rate)
    };
    let low = judged.iter().filter_map(passed).fold(0.0, f64::max);
    let is_of_capacity = first.is_some_and(|rung| rung.outcome == Outcome::Grew);
    let verdict = match (low > 0.0, first) {
        (true, Some(_)) => UserVerdict::Found,
        (true, None) => UserVerdict::NoFailureInRange,
        (false, Some(rung)) if rung.outcome != Outcome::Dead && !seems_held(judged, rung.rate) => {
            UserVerdict::FailsAtFirst
        }
        (false, _) => UserVerdict::Undetermined,
    };
    let point = high.filter(|_| low > 0.0).map(|high| match capacity.filter(|_| is_of_capacity) {
        Some(capacity) => capacity.per_s.clamp(low, high),
        None => f64::midpoint(low, high),
    });
    RateLimit {
        verdict,
        point: point.map(rounded),
        low,
        high,
        served: capacity.map(|capacity| Estimate {
            estimate: rounded(capacity.per_s),
            low: rounded_down(capacity.low()),
            high: rounded(capacity.high()),
        }),
        confirmed: judged.iter().any(|(rung, verdict)| {
            rung.outcome == Outcome::Held && *verdict == RungVerdict::Pass && rung.rate >= low
        }),
        failed_first: first.map(|rung| match rung.outcome {
            Outcome::Grew => "a queue that grows without end".to_owned(),
            _ => missed(&rung.rung, rules).unwrap_or_else(|| "a threshold".to_owned()),
        }),
    }
}

/// Whether a lower rate seemed to hold.
fn seems_held(judged: &[(&RateRung, RungVerdict)], high: f64) -> bool {
    judged.iter().any(|(rung, _)| {
        rung.rate < high && matches!(rung.outcome, Outcome::Held | Outcome::SeemsHeld | Outcome::Unclear)
    })
}

/// What is named as giving way: nothing, but where nothing did, or the generator. How figures move as users are added
/// tells the others, and here none are.
fn kind(judged: &[(&RateRung, RungVerdict)]) -> CauseKind {
    let has = |verdict| judged.iter().any(|(_, found)| *found == verdict);
    match judged {
        _ if judged.iter().any(|(rung, _)| rung.outcome == Outcome::Dead) => CauseKind::Broken,
        _ if has(RungVerdict::Fail) => CauseKind::Unsure,
        _ if has(RungVerdict::Invalid) => CauseKind::Generator,
        _ if has(RungVerdict::Pass) => CauseKind::NoneInRange,
        _ => CauseKind::Unsure,
    }
}

/// What was measured of what gives way, and no more than that.
fn seen(judged: &[(&RateRung, RungVerdict)], capacity: Option<Capacity>, rules: &[Rule]) -> String {
    let grew = judged.iter().filter(|(rung, _)| rung.outcome == Outcome::Grew);
    let grew = grew.min_by(|a, b| a.0.rate.total_cmp(&b.0.rate));
    let misses = judged.iter().filter(|(rung, _)| rung.outcome == Outcome::Missed);
    let misses = misses.min_by(|a, b| a.0.rate.total_cmp(&b.0.rate));
    let above = |rate: f64| grew.is_none_or(|(rung, _)| rate < rung.rate);
    match (misses.filter(|(rung, _)| above(rung.rate)), grew, capacity) {
        (Some((rung, _)), _, _) => {
            let missed = missed(&rung.rung, rules).unwrap_or_else(|| "a threshold".to_owned());
            format!(
                "At {} the service was stable, and missed {missed}: {} of the requests failed, and who came was there for \
                 {} on average. Users who stay tell what that comes from: search without --arrivals.",
                shown(rung.rate),
                percent(rung.rung.failure_share()),
                rung.stay.map_or_else(|| "an unknown time".to_owned(), seconds)
            )
        }
        (None, Some((rung, _)), Some(served)) => format!(
            "At {} more came than were served, and those who were there became more without end. Beneath a backlog {} were \
             served ({} to {}, 95 %). What it is that was full, a search for users tells by how its figures move: leave \
             out --arrivals.",
            shown(rung.rate),
            shown(served.per_s),
            rounded(served.low()),
            rounded(served.high())
        ),
        (None, Some((rung, _)), None) => {
            format!("At {} those who were there became more without end.", shown(rung.rate))
        }
        (None, None, _) => String::new(),
    }
}

fn how_many(criteria: &str, limit: &RateLimit, judged: &[(&RateRung, RungVerdict)]) -> String {
    let low = shown(limit.low);
    match (limit.verdict, limit.high) {
        (UserVerdict::Found, Some(high)) => format!(
            "The service holds about {} arrivals ({} to {}) within {criteria}: {low} {}, {} does not ({} gives way).",
            shown(limit.point.unwrap_or(limit.low)),
            rounded(limit.low),
            rounded(high),
            if limit.confirmed { "holds" } else { "seems to hold" },
            shown(high),
            limit.failed_first.as_deref().unwrap_or("a threshold")
        ),
        (UserVerdict::NoFailureInRange, _) => {
            let beyond = |outcome| {
                let those =
                    judged.iter().filter(|(rung, _)| rung.outcome == outcome && rung.rate >= limit.low);
                those.map(|(rung, _)| rung.rate).reduce(f64::min)
            };
            let more = match (beyond(Outcome::Capped), beyond(Outcome::Invalid)) {
                (Some(rate), _) => format!(
                    "; at {} as many users were there as --max-users allows, and further arrivals were dropped: raise it to \
                     tell more",
                    shown(rate)
                ),
                (None, Some(rate)) => format!(
                    "; at {} the load generator itself was the limit, so give it more cores or workers to tell more",
                    shown(rate)
                ),
                (None, None) => ", the most that was tried".to_owned(),
            };
            format!("The service holds at least {low} arrivals within {criteria}{more}.")
        }
        (UserVerdict::FailsAtFirst, Some(high)) => format!(
            "The service does not hold {} arrivals within {criteria} ({} gives way), the least that was measured to its \
             end.",
            shown(high),
            limit.failed_first.as_deref().unwrap_or("a threshold")
        ),
        _ => format!("How many arrivals the service holds within {criteria} is undetermined by these rungs."),
    }
}

fn broken(dead: &RateRung, criteria: &Criteria) -> String {
    let what = match dead.rung.broken() {
        Some((place, failed)) => {
            let endpoint = criteria.endpoints.get(place).cloned().unwrap_or_default();
            let says = endpoint.says.map_or_else(String::new, |says| format!(" ({says})"));
            format!("{} failed {failed} of {failed} times{says}", endpoint.name)
        }
        None => "no stream showed any text".to_owned(),
    };
    format!(
        "No limit was found: at {} already, {what}. Either this call is wrongly described, or the service does not work.",
        shown(dead.rate)
    )
}

fn cut_short(search: &RateSearch, limit: &RateLimit) -> Option<String> {
    search.cut?;
    let missing = match (limit.verdict, limit.confirmed) {
        (UserVerdict::Found, true) => "what lies between the two rates was not narrowed further",
        (UserVerdict::Found, false) => "the rate that seems to hold was not held for longer",
        (UserVerdict::NoFailureInRange, _) => "higher rates were not tried",
        _ => "no rate was shown to be held",
    };
    Some(format!("The time of `--search-time` was over before the search was: {missing}."))
}

/// Why a rung is what it is.
fn why(rung: &RateRung, verdict: RungVerdict, capacity: Option<Capacity>) -> Option<String> {
    let served =
        rung.served.map_or_else(String::new, |served| format!(", {} were served", shown(served.per_s)));
    match rung.outcome {
        Outcome::Grew if rung.purpose == Purpose::Full => {
            Some(format!("more came than was served beneath the backlog of the rung before{served}"))
        }
        Outcome::Grew => Some(format!(
            "those who are there grew by {} each second{served}",
            rounded(rung.growth.per_s.max(0.0))
        )),
        Outcome::Capped => Some(format!(
            "for {} arrivals --max-users left no place, so the rate was not offered",
            rung.dropped as u64
        )),
        Outcome::Emptied => Some(format!("the backlog of the rung before was served{served}")),
        Outcome::NotAbove => Some(format!("as much may be served as came{served}")),
        Outcome::Invalid => Some(
            "the load generator was late, lost workers all along, or could not start who was due".to_owned(),
        ),
        Outcome::Dead => Some("nothing worked".to_owned()),
        Outcome::Held | Outcome::SeemsHeld if verdict == RungVerdict::Pass => None,
        Outcome::Held | Outcome::SeemsHeld if capacity.is_some_and(|capacity| rung.rate > capacity.low()) => {
            Some(
                "it is not below what was served beneath a backlog: held for so short a time by luck"
                    .to_owned(),
            )
        }
        Outcome::Held | Outcome::SeemsHeld | Outcome::Unclear if rung.growth.load > HELD => {
            Some("those who are there may have become more; it was too short to tell".to_owned())
        }
        Outcome::Held | Outcome::SeemsHeld | Outcome::Unclear | Outcome::Missed => rung.rung.missed_first(),
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
