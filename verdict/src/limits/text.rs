//! Figures as people read them in a sentence, and the answer in two sentences.

use super::rows::{Broken, Cut, Findings};
use super::rung::BY_FAILURES;
use super::users::Contradiction;
use super::{CauseKind, Changed, Gone, Shorter, UserVerdict, unmeasured_sentence};
use common::text::number::counted;

/// A number of users.
pub(super) fn users(count: impl Into<u64>) -> String {
    counted(count.into(), "user")
}

/// A ratio.
pub(super) fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0}-fold") } else { format!("{ratio:.1}-fold") }
}

/// How many users there can be within the criteria, then what gives way first, then whether that changed with time.
pub(super) fn headline(criteria: &str, findings: &Findings<'_>) -> Vec<String> {
    if let Some(broken) = findings.broken {
        return vec![always_fails(broken)];
    }
    let mut sentences = vec![how_many(criteria, findings), gives_way(findings)];
    sentences.extend(findings.inside.map(str::to_owned));
    sentences.extend(does_more(findings.outdated, findings.carried));
    sentences.extend(findings.shorter.map(|(shorter, users)| shorter_sentence(&shorter, users)));
    sentences.extend(findings.changed.map(Changed::sentence));
    sentences.extend(findings.gone.map(Gone::sentence));
    sentences.extend(findings.cut.map(|cut| cut_short(cut, findings.users.confirmed)));
    sentences
}

/// That the search had no time for its last rungs.
fn cut_short(cut: Cut, confirmed: bool) -> String {
    let missing = match (cut, confirmed) {
        (Cut::BeforeTheFirstAgain, true) => {
            "the first rung was not repeated, so what time changed is not known"
        }
        (Cut::BeforeTheFirstAgain, false) => {
            "the answer was not held for long enough, and the first rung was not repeated, so what time changed is not known"
        }
        (Cut::WithTheFirstAgain, true) => "what lies beyond the answer was seen less well",
        (Cut::WithTheFirstAgain, false) => "the answer was not held for long enough",
    };
    format!("The time of `--search-time` was over before the search was: {missing}.")
}

/// That answers became shorter, with both lengths.
pub(super) fn became_shorter(shorter: &Shorter, with: u32) -> String {
    format!(
        "answers became shorter: {:.0} chunks with {}, {:.0} with {with}",
        shorter.before,
        users(shorter.than),
        shorter.after
    )
}

/// The same in a sentence, with what it means.
pub(super) fn shorter_sentence(shorter: &Shorter, with: u32) -> String {
    let became = capital(&became_shorter(shorter, with));
    format!("{became}. A service that falls back to less when it is full does so; those users are not held.")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// That rungs are left out since the service does more than before, as after it has scaled out.
fn does_more(outdated: &[u32], carried: bool) -> Option<String> {
    let (last, others) = outdated.split_last()?;
    let others: Vec<String> = others.iter().map(u32::to_string).collect();
    let tried =
        if others.is_empty() { last.to_string() } else { format!("{} and {last}", others.join(", ")) };
    Some(match carried {
        true => format!(
            "What the service did with {tried} users is left out: they came right after more, and it did more with fewer later, \
             so it seems to have had something left to do."
        ),
        false => format!(
            "The service came to do more while it was searched, as one that scales out: what it did before with {tried} users \
             is left out."
        ),
    })
}

fn always_fails(broken: &Broken) -> String {
    let what = match &broken.endpoint {
        Some(endpoint) => {
            let says = endpoint.says.as_ref().map_or(String::new(), |says| format!(" ({says})"));
            format!("{} failed {} of {} times{says}", endpoint.name, broken.failed, broken.failed)
        }
        None => format!("no stream showed any text of {} that ended", counted(broken.failed, "stream")),
    };
    format!(
        "No limit was found: with the first {} already, {what}. Either this call is wrongly described, or the service does \
         not work.",
        users(broken.users)
    )
}

fn how_many(criteria: &str, findings: &Findings<'_>) -> String {
    let users = findings.users;
    if let Some(criterion) = findings.unmeasured {
        return unmeasured_sentence(criterion, "users");
    }
    match (users.verdict, users.high) {
        (UserVerdict::Found, Some(high)) => {
            let about = users.point.map_or(users.low, |point| point as u64);
            let why = if findings.missed_by_failures { format!(": {BY_FAILURES}") } else { String::new() };
            let missed = users.failed_first.as_ref();
            let missed = missed.map_or(String::new(), |missed| format!(" ({missed} gives way{why})"));
            format!(
                "The service holds about {} within {criteria}: {} {}, {high} {}{missed}{}.",
                counted(about, "user"),
                users.low,
                if users.low == 1 { "passes" } else { "pass" },
                if high == 1 { "does not" } else { "do not" },
                if users.confirmed { ", and a longer run at the answer held" } else { "" }
            )
        }
        (UserVerdict::NoFailureInRange, _) => match findings.invalid_beyond {
            None => {
                format!(
                    "The service holds {} within {criteria}, the most that were tried.",
                    self::users(users.low)
                )
            }
            Some(more) => format!(
                "The service holds at least {} within {criteria}; with {more} the load generator itself was the limit, so \
                 give it more cores or workers to tell more.",
                self::users(users.low)
            ),
        },
        (UserVerdict::FailsAtFirst, high) => {
            format!("The service misses {criteria} with {} already.", self::users(high.unwrap_or(1)))
        }
        _ if findings.gone.is_some() => match users.low {
            0 => {
                format!("How many users the service holds within {criteria} is undetermined by these rungs.")
            }
            low => {
                let held = self::users(low);
                format!("The service held {held} within {criteria}, until it served nothing any more.")
            }
        },
        _ => match findings.contradiction {
            Some(contradiction) => {
                format!(
                    "How many users the service holds within {criteria} depends on more than their number: {}. Pauses, \
                     other load, a cache or a quota of an hour or a minute would do that; search again, and for longer.",
                    in_order(contradiction)
                )
            }
            None => too_close(criteria, users.low, users.high),
        },
    }
}

fn in_order(contradiction: Contradiction) -> String {
    let Contradiction { missed, passed, missed_later } = contradiction;
    match missed_later {
        true => format!("{passed} kept to them, {missed} missed them later"),
        false => format!("{missed} missed them, {passed} kept to them later"),
    }
}

fn too_close(criteria: &str, low: u64, high: Option<u64>) -> String {
    match (low, high) {
        (0, None) => {
            format!("How many users the service holds within {criteria} is undetermined by these rungs.")
        }
        (0, Some(high)) => format!(
            "The service does not hold {} within {criteria}; how many fewer it holds is too close to tell: measure \
             longer.",
            users(high)
        ),
        (low, None) => format!(
            "The service holds at least {} within {criteria}; whether it holds more is too close to tell.",
            users(low)
        ),
        (low, Some(high)) => format!(
            "The service holds at least {} within {criteria}, and fewer than {high}; what lies between is too close to \
             tell.",
            users(low)
        ),
    }
}

fn gives_way(findings: &Findings<'_>) -> String {
    let plateau = findings.plateau.map_or_else(String::new, |plateau| {
        let knee = plateau.knee.map_or_else(String::new, |knee| {
            format!(" from about {} on", users(knee.estimate.round() as u64))
        });
        format!(", where throughput stops growing{knee}")
    });
    let kind = findings.cause.kind;
    let title = title(findings);
    match (kind, findings.slots) {
        (CauseKind::SlotPool | CauseKind::BatchSlots, Some(slots)) => {
            // A rate has no places: as many ran, and more may.
            let ran = if findings.cause.or.is_empty() { "can run" } else { "ran" };
            let streams = counted(slots.estimate as u64, "stream");
            format!("What gives way first is {title}: about {streams} {ran} at once{plateau}.")
        }
        (CauseKind::NoneInRange, _) if findings.contradiction.is_some() => {
            "No more users made it worse, so nothing that users fill up gives way.".to_owned()
        }
        (CauseKind::NoneInRange, _) => "Nothing gave way among the users that were tried.".to_owned(),
        (CauseKind::OneEndpoint, _) if findings.endpoint.is_some() => format!(
            "What gives way first is `{}` alone: it waits, and nothing else does.",
            findings.endpoint.unwrap_or_default()
        ),
        (CauseKind::Unsure, _) => {
            format!("What gives way first is undetermined{plateau}; see the figures below.")
        }
        _ => format!("What gives way first is {title}{plateau}."),
    }
}

/// The causes, a cap with its number where that was measured.
fn title(findings: &Findings<'_>) -> String {
    let cause = findings.cause;
    let kinds = [cause.kind].into_iter().chain(cause.or.iter().copied());
    let titles = kinds.map(|kind| match (kind, findings.slots) {
        (CauseKind::ConcurrencyCap, Some(slots)) => {
            format!("a cap of {} at once", counted(slots.estimate as u64, "stream"))
        }
        _ => cause.title_of(kind).to_owned(),
    });
    titles.collect::<Vec<_>>().join(" or ")
}
