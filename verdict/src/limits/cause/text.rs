//! The cause as a short paragraph: what was seen, what it means, what to change, what it could be mistaken for.
//! Every sentence here is printed only with the figures that it claims.

use super::advice::ADVICE;
use super::course::Course;
use crate::limits::text::{ms, number, percent, times};
use crate::limits::{Cause, CauseKind, Estimate, Rung, RungVerdict};

/// The paragraph about the causes that explain what was seen: none, one, or two.
pub(super) fn paragraph(
    kinds: &[CauseKind],
    course: Option<&Course<'_>>,
    invalid: &[Rung],
    slots: Option<Estimate>,
) -> Cause {
    let kind = kinds.first().copied().unwrap_or(CauseKind::Unsure);
    let seen = match (course, kind) {
        (Some(course), _) => seen(kind, course, slots),
        (None, CauseKind::Generator) => {
            "The load generator gave out before the service could be measured.".to_owned()
        }
        (None, _) => "Fewer than two rungs with different users were measured.".to_owned(),
    };
    let mut evidence = course.map(evidence).unwrap_or_default();
    if kind == CauseKind::Generator {
        evidence.insert(0, invalid_rungs(invalid));
    }
    let advice = |kind: CauseKind| ADVICE.iter().find(|advice| advice.kind == kind);
    let words =
        |of: fn(&super::advice::Advice) -> &'static str| advice(kind).map(of).unwrap_or_default().to_owned();
    let mut cause = Cause {
        kind,
        or: kinds.iter().skip(1).copied().collect(),
        seen,
        means: words(|advice| advice.means),
        change: words(|advice| advice.change),
        mistaken_for: words(|advice| advice.mistaken_for),
        evidence,
    };
    if let Some(other) = cause.or.first().copied().and_then(advice) {
        cause.means = format!("Either: {} Or {}: {}", cause.means, other.kind.title(), other.means);
        cause.change = format!("{} For the other: {}", cause.change, other.change);
        cause.mistaken_for = tells_apart(kind, other.kind).unwrap_or(other.mistaken_for).to_owned();
    }
    cause
}

/// The experiment that decides between two causes.
fn tells_apart(one: CauseKind, other: CauseKind) -> Option<&'static str> {
    use CauseKind as Kind;
    match (one, other) {
        (Kind::SlotPool, Kind::AdmissionRate) => Some(
            "What decides: search again with answers half as long (`max_tokens`, in the service or the API file). The answers per second of a pool \
             double, those of a fixed rate stay.",
        ),
        (Kind::SlotPool, Kind::DatabaseConnections) => Some(
            "What decides: count the database's connections while the service is full. As many as answers run, and a \
             session is held for each; far fewer, and it is a queue in front of all requests (HAProxy `maxconn`, worker \
             processes, a thread pool that every request needs).",
        ),
        (Kind::ThreadPerChunk, Kind::SharedProcessor) => Some(
            "What decides: the processors while the service is full. Busy ones are the limit; idle ones wait for threads.",
        ),
        (Kind::RateLimit, Kind::ConcurrencyCap) => Some(
            "What decides: search again with answers half as long (`max_tokens`, in the service or the API file). A cap then lets twice as many in, a \
             rate does not.",
        ),
        _ => None,
    }
}

/// What was seen.
fn seen(kind: CauseKind, course: &Course<'_>, slots: Option<Estimate>) -> String {
    let Course { base, top, .. } = course;
    let span = format!("from {} to {} users", base.users, top.users);
    let ttft = top.ttft.p50 / base.ttft.p50.max(1e-6);
    let icl = top.icl.p50 / base.icl.p50.max(0.000_2);
    let canary = |rung: &Rung| rung.canary.map_or_else(|| "no answer".to_owned(), ms);
    match kind {
        CauseKind::SlotPool | CauseKind::BatchSlots => waiting_for_slots(course, &span, ttft, slots),
        CauseKind::AdmissionRate => format!(
            "The time to first token grew {} {span} while the gaps between chunks stayed as they were, and first tokens \
             came at a steady rate whatever ended: about {} each second.",
            times(ttft),
            number(first_tokens(course))
        ),
        CauseKind::ThreadPerChunk | CauseKind::SharedProcessor => format!(
            "The gaps between chunks grew {} {span}, throughput stopped growing, and cheap requests took {} with {} \
             users and {} with {}.",
            times(icl),
            canary(base),
            base.users,
            canary(top),
            top.users
        ),
        CauseKind::EventLoop => format!(
            "Everything slowed down together {span}: gaps between chunks {}, the time to first token {}, and even a \
             cheap request from {} to {}.",
            times(icl),
            times(ttft),
            canary(base),
            canary(top)
        ),
        CauseKind::DatabaseConnections => format!(
            "Up to {} of a rung's streams or requests failed with a text that says no database connection was left.",
            percent(course.failing(|rung| rung.failure_kinds.database))
        ),
        CauseKind::ClientPool => format!(
            "Up to {} of a rung's streams failed with a text that says no connection of an HTTP client's or of Redis' \
             pool was left.",
            percent(course.failing(|rung| rung.failure_kinds.client_pools()))
        ),
        CauseKind::RateLimit | CauseKind::ConcurrencyCap => format!(
            "{} of the streams or requests were refused where the service gave way, while the first token of those that were \
             let in took no longer than with few users, and no more than {} streams sent text at once.",
            percent(course.failing(|rung| rung.failure_kinds.refused())),
            course.rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0)
        ),
        CauseKind::BufferingProxy => format!(
            "Streams arrive whole: the first token comes after {} of a stream that lasts {}, and the {} chunks of an \
             answer arrive together.",
            ms(base.ttft.p50),
            ms(base.e2e.p50),
            number(base.chunks)
        ),
        CauseKind::Collapse => match course.fall {
            Some(fall) => format!(
                "Throughput fell from {} chunks or requests a second with {} users to {} with {}.",
                number(fall.best.1),
                fall.best.0,
                number(fall.last.1),
                fall.last.0
            ),
            None => "Throughput fell although users grew.".to_owned(),
        },
        CauseKind::Slower => slower(course),
        CauseKind::Generator => {
            "The load generator had too little processor time, or waited for a core that others used, before the \
             service gave way.".to_owned()
        }
        CauseKind::NoneInRange => match course.rungs.iter().any(|rung| rung.verdict() == RungVerdict::Fail) {
            true => format!("Throughput grew with the users {span}, and what some missed, more kept to."),
            false => format!("Throughput grew with the users {span}, and no criterion was missed."),
        },
        CauseKind::Unsure => format!(
            "{} to {} users show no known signature, or those of several causes at once.",
            base.users, top.users
        ),
    }
}

fn slower(course: &Course<'_>) -> String {
    let Some(missed) = course.missed else { return "A criterion was missed.".to_owned() };
    let why = missed.why().unwrap_or_else(|| "a criterion seems missed".to_owned());
    let latency = |rung: &Rung| rung.p95.map_or_else(|| "nothing".to_owned(), ms);
    format!(
        "With {} users {why}, while throughput still grew: {} of the requests failed, 95 % of all took {} ({} with {} \
         users).",
        missed.users,
        percent(missed.failure_share()),
        latency(missed),
        latency(course.base),
        course.base.users
    )
}

/// Streams that got their first token, each second, with the most users.
fn first_tokens(course: &Course<'_>) -> f64 {
    course.top.first_tokens() as f64 / course.top.seconds.len().max(1) as f64
}

fn waiting_for_slots(course: &Course<'_>, span: &str, ttft: f64, slots: Option<Estimate>) -> String {
    let slots = slots.map_or_else(
        || format!("no more than {} streams sent text at once", course.top.producing_peak),
        |slots| format!("about {} streams ran at once", slots.estimate),
    );
    format!(
        "The time to first token grew {} {span} while the gaps between chunks stayed as they were once throughput had \
         stopped growing, and {slots}: the others waited for their turn.",
        times(ttft)
    )
}

/// The figures between the unloaded and the most loaded rung, one sentence each.
fn evidence(course: &Course<'_>) -> Vec<String> {
    let Course { base, top, plateau, .. } = course;
    let mut sentences = Vec::new();
    let mut grew = |what: &str, from: Option<f64>, to: Option<f64>| {
        if let (Some(from), Some(to)) = (from, to) {
            sentences.push(format!(
                "{what}: {} with {} users, {} with {} ({}).",
                ms(from),
                base.users,
                ms(to),
                top.users,
                times(to / from.max(1e-6))
            ));
        }
    };
    grew("Time to first token, median", base.ttft.get(|f| f.p50), top.ttft.get(|f| f.p50));
    grew("Gap between chunks, median", base.icl.get(|f| f.p50), top.icl.get(|f| f.p50));
    grew("Response headers of a stream, median", base.headers.get(|f| f.p50), top.headers.get(|f| f.p50));
    grew("A cheap request, median", base.canary, top.canary);
    let (unit, per_answer) = match course.has_streams() {
        true => ("streams", course.chunks_of_an_answer()),
        false => ("requests", 1.0),
    };
    sentences.push(match plateau {
        Some(plateau) => format!(
            "Throughput does not grow from {} users on: {} {unit} each second.",
            plateau.from_users,
            number(plateau.rate / per_answer)
        ),
        None => format!(
            "Throughput went from {} to {} {unit} each second and shows no plateau.",
            number(base.throughput() / per_answer),
            number(top.throughput() / per_answer)
        ),
    });
    if course.has_streams() {
        let peaks: Vec<String> =
            course.rungs.iter().map(|rung| format!("{} of {}", rung.producing_peak, rung.users)).collect();
        sentences.push(format!("Most streams sending text at once, by users: {}.", peaks.join(", ")));
    }
    sentences
}

fn invalid_rungs(invalid: &[Rung]) -> String {
    let users: Vec<String> = invalid.iter().map(|rung| rung.users.to_string()).collect();
    let why = match invalid.iter().any(|rung| rung.validity.lost) {
        true => "the load generator was late and offered less load",
        false => "fewer users ran than were asked for",
    };
    format!("The rungs of {} users are invalid: {why}.", users.join(", "))
}
