//! Figures as people read them in a sentence, and the answer in two of them.

use super::Plateau;
use crate::limits::{Cause, CauseKind, Estimate, UserLimit, UserVerdict};

/// A time in seconds, as milliseconds or seconds.
pub fn ms(seconds: f64) -> String {
    match seconds {
        long if long >= 10.0 => format!("{long:.0} s"),
        long if long >= 1.0 => format!("{long:.1} s"),
        short if short >= 0.1 => format!("{:.0} ms", short * 1000.0),
        tiny => format!("{:.1} ms", tiny * 1000.0),
    }
}

/// A ratio.
pub fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0}-fold") } else { format!("{ratio:.1}-fold") }
}

/// A number with as many digits as matter.
pub fn number(value: f64) -> String {
    match value {
        large if large >= 100.0 => format!("{large:.0}"),
        middle if middle >= 10.0 => format!("{middle:.1}"),
        small => format!("{small:.2}"),
    }
}

/// A share.
pub fn percent(share: f64) -> String {
    if share >= 0.1 { format!("{:.0} %", share * 100.0) } else { format!("{:.1} %", share * 100.0) }
}

/// The answer in at most two sentences. `spoilt`: most users of a rung beyond the answer that the load generator
/// spoiled.
pub fn headline(
    (users, spoilt): (&UserLimit, Option<u64>),
    criteria: &[String],
    (plateau, slots): (Option<&Plateau>, Option<Estimate>),
    cause: &Cause,
) -> Vec<String> {
    let asked = criteria.join(", ");
    let first = match (users.verdict, users.high) {
        (UserVerdict::Found, Some(high)) => {
            let about =
                users.point.map_or_else(|| users.low.to_string(), |point| format!("{:.0}", point.floor()));
            let missed =
                users.failed_first.as_ref().map_or(String::new(), |missed| format!(" ({missed} gives way)"));
            format!(
                "The service holds about {about} users within {asked}: {} pass, {high} do not{missed}{}.",
                users.low,
                if users.confirmed { ", and a longer run at the answer held" } else { "" }
            )
        }
        (UserVerdict::NoFailureInRange, _) => match spoilt {
            None => {
                format!("The service holds {} users within {asked}, the most that were tried.", users.low)
            }
            Some(more) => format!(
                "The service holds at least {} users within {asked}; with {more} the load generator itself was the \
                 limit, so give it more cores or workers to tell more.",
                users.low
            ),
        },
        (UserVerdict::FailsAtFirst, high) => {
            format!("The service misses {asked} with {} users already.", high.unwrap_or(1))
        }
        _ => match (users.low, users.high) {
            (0, None) => {
                format!("How many users the service holds within {asked} cannot be told from these rungs.")
            }
            (0, Some(high)) => format!(
                "The service does not hold {high} users within {asked}; how many fewer it holds is too close to \
                 tell: measure longer."
            ),
            (low, None) => format!(
                "The service holds at least {low} users within {asked}; whether it holds more is too close to tell."
            ),
            (low, Some(high)) => format!(
                "The service holds at least {low} users within {asked}, and fewer than {high}; what lies between is \
                 too close to tell."
            ),
        },
    };
    let plateau = plateau.map_or_else(String::new, |plateau| {
        let knee = plateau
            .knee
            .map_or_else(String::new, |knee| format!(" from about {:.0} users on", knee.estimate));
        format!(", where throughput stops growing{knee}")
    });
    let second = match (cause.kind, slots) {
        (CauseKind::SlotPool, Some(slots)) => format!(
            "What gives way first is {}: about {} streams can run at once{plateau}.",
            cause.kind.title(),
            slots.estimate
        ),
        (CauseKind::NoneInRange, _) => "Nothing gave way among the users that were tried.".to_owned(),
        (CauseKind::Unsure, _) => {
            format!("What gives way first cannot be told{plateau}; the figures below may.")
        }
        _ => format!("What gives way first is {}{plateau}.", cause.kind.title()),
    };
    vec![first, second]
}
