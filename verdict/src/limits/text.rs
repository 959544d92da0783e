//! Figures as people read them in a sentence, and the answer in two sentences.

use super::rows::Findings;
use super::users::Contradiction;
use super::{CauseKind, UserVerdict};

/// A time in seconds, as milliseconds or seconds.
pub(super) fn ms(seconds: f64) -> String {
    match seconds {
        long if long >= 10.0 => format!("{long:.0} s"),
        long if long >= 1.0 => format!("{long:.1} s"),
        short if short >= 0.1 => format!("{:.0} ms", short * 1000.0),
        tiny => format!("{:.1} ms", tiny * 1000.0),
    }
}

/// A ratio.
pub(super) fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0}-fold") } else { format!("{ratio:.1}-fold") }
}

/// A number with as many digits as matter.
pub(super) fn number(value: f64) -> String {
    match value {
        large if large >= 100.0 => format!("{large:.0}"),
        middle if middle >= 10.0 => format!("{middle:.1}"),
        small => format!("{small:.2}"),
    }
}

/// A share.
pub(super) fn percent(share: f64) -> String {
    if share >= 0.1 { format!("{:.0} %", share * 100.0) } else { format!("{:.1} %", share * 100.0) }
}

/// How many users there can be within the criteria, then what gives way first, then whether that changed with time.
pub(super) fn headline(criteria: &str, findings: &Findings<'_>) -> Vec<String> {
    if let Some(rung) = findings.dead {
        return vec![format!(
            "No stream showed any text: {} were asked for with {} users, {} ended. That is no limit; see the failures, \
             and whether the API file describes this service.",
            rung.begun, rung.users, rung.streams
        )];
    }
    let mut sentences = vec![how_many(criteria, findings), gives_way(findings)];
    sentences.extend(findings.changed.map(|(users, before, after)| {
        let (became, holds) = match after > before {
            true => ("slower", "holds for a run of this length only"),
            false => ("faster", "may be too low: search again while it is warm"),
        };
        format!(
            "The service became {became} with time, whatever the load: with the same {users} users the first token took \
             {} at the beginning and {} at the end, so the answer {holds}.",
            ms(before),
            ms(after)
        )
    }));
    sentences
}

fn how_many(criteria: &str, findings: &Findings<'_>) -> String {
    let users = findings.users;
    match (users.verdict, users.high) {
        (UserVerdict::Found, Some(high)) => {
            let about =
                users.point.map_or_else(|| users.low.to_string(), |point| format!("{:.0}", point.floor()));
            let missed =
                users.failed_first.as_ref().map_or(String::new(), |missed| format!(" ({missed} gives way)"));
            format!(
                "The service holds about {about} users within {criteria}: {} pass, {high} do not{missed}{}.",
                users.low,
                if users.confirmed { ", and a longer run at the answer held" } else { "" }
            )
        }
        (UserVerdict::NoFailureInRange, _) => match findings.invalid_beyond {
            None => {
                format!("The service holds {} users within {criteria}, the most that were tried.", users.low)
            }
            Some(more) => format!(
                "The service holds at least {} users within {criteria}; with {more} the load generator itself was the \
                 limit, so give it more cores or workers to tell more.",
                users.low
            ),
        },
        (UserVerdict::FailsAtFirst, high) => {
            format!("The service misses {criteria} with {} users already.", high.unwrap_or(1))
        }
        _ => match findings.contradiction {
            Some(Contradiction { missed, passed }) => format!(
                "How many users the service holds within {criteria} depends on more than their number: {missed} missed \
                 them, {passed} kept to them later. Pauses, other load or a cache would do that; search again, and for \
                 longer."
            ),
            None => too_close(criteria, users.low, users.high),
        },
    }
}

fn too_close(criteria: &str, low: u64, high: Option<u64>) -> String {
    match (low, high) {
        (0, None) => {
            format!("How many users the service holds within {criteria} is undetermined by these rungs.")
        }
        (0, Some(high)) => format!(
            "The service does not hold {high} users within {criteria}; how many fewer it holds is too close to \
             tell: measure longer."
        ),
        (low, None) => format!(
            "The service holds at least {low} users within {criteria}; whether it holds more is too close to tell."
        ),
        (low, Some(high)) => format!(
            "The service holds at least {low} users within {criteria}, and fewer than {high}; what lies between is \
             too close to tell."
        ),
    }
}

fn gives_way(findings: &Findings<'_>) -> String {
    let plateau = findings.plateau.map_or_else(String::new, |plateau| {
        let knee = plateau
            .knee
            .map_or_else(String::new, |knee| format!(" from about {:.0} users on", knee.estimate));
        format!(", where throughput stops growing{knee}")
    });
    let kind = findings.cause.kind;
    let title = match findings.cause.or.first() {
        Some(other) => format!("{} or {}", kind.title(), other.title()),
        None => kind.title().to_owned(),
    };
    match (kind, findings.slots) {
        (CauseKind::SlotPool | CauseKind::BatchSlots, Some(slots)) => format!(
            "What gives way first is {title}: about {} streams can run at once{plateau}.",
            slots.estimate
        ),
        (CauseKind::NoneInRange, _) if findings.contradiction.is_some() => {
            "No more users made it worse, so nothing that users fill up gives way.".to_owned()
        }
        (CauseKind::NoneInRange, _) => "Nothing gave way among the users that were tried.".to_owned(),
        (CauseKind::Unsure, _) => {
            format!("What gives way first is undetermined{plateau}; see the figures below.")
        }
        _ => format!("What gives way first is {title}{plateau}."),
    }
}
