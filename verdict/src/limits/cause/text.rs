//! The cause as a short paragraph: what was seen, what it means, what to change, what it could be mistaken for.

use super::advice::{ADVICE, Advice};
use super::course::Course;
use super::evidence::{evidence, invalid_rungs};
use super::seen::seen;
use crate::limits::{Cause, CauseKind, Estimate, Explanation, Rung};

/// The paragraph about the causes that explain what was seen: none, one, or up to three.
pub(super) fn paragraph(
    kinds: &[CauseKind],
    course: Option<&Course<'_>>,
    invalid: &[Rung],
    slots: Option<Estimate>,
) -> Cause {
    let kind = kinds.first().copied().unwrap_or(CauseKind::Unsure);
    let seen = match (course, kind) {
        (Some(course), _) => seen(kind, course, slots),
        (None, CauseKind::Broken) => String::new(),
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
    let words = |of: fn(&Advice) -> &'static str| advice(kind).map(of).unwrap_or_default().to_owned();
    let mut cause = Cause {
        kind,
        or: kinds.iter().skip(1).copied().collect(),
        seen,
        means: words(|advice| advice.means),
        change: words(|advice| advice.change),
        mistaken_for: words(|advice| advice.mistaken_for),
        evidence,
        ..Cause::default()
    };
    if let Some(other) = cause.or.first().copied().and_then(advice) {
        let mut decides = vec![experiment(kind, other.kind).unwrap_or(other.mistaken_for)];
        let third = cause.or.get(1).and_then(|third| experiment(kind, *third));
        decides.extend(third);
        cause.decides = decides.join(" ");
        cause.mistaken_for = String::new();
        let all = kinds.iter().copied().filter_map(advice);
        cause.either = all.map(|advice| explanation(advice, cause.title_of(advice.kind))).collect();
    }
    cause
}

fn explanation(advice: &Advice, title: &str) -> Explanation {
    Explanation {
        kind: advice.kind,
        title: title.to_owned(),
        means: advice.means.to_owned(),
        change: advice.change.to_owned(),
    }
}

/// Where what the way to the users holds up does not wait.
const BESIDE_THE_SERVICE: &str = "Search again from a machine beside the service, past proxies and limits of its network: if it then holds clearly more, it \
     is the way to the users, and the bytes that came each second, which are in the evidence, are what it carries.";

/// The experiment that decides between two causes; of three, between the first and each other one.
fn experiment(one: CauseKind, other: CauseKind) -> Option<&'static str> {
    use CauseKind as Kind;
    match (one, other) {
        (Kind::SlotPool, Kind::AdmissionRate) => Some(
            "Search again with answers half as long (`max_tokens`, in the service or the API file). The answers per second of a pool \
             double, those of a fixed rate stay.",
        ),
        (Kind::SlotPool, Kind::DatabaseConnections) => Some(
            "Count the database's connections while the service is full. If all of its pool are busy, the pool is the limit: a \
             session is held for each answer if they are as many as answers run, and for each query if they are fewer. If some \
             are idle, it is places that every request needs (worker processes, a thread pool, HAProxy `maxconn`), \
             or that an answer needs until its first token alone (threads that look things up).",
        ),
        (Kind::AdmissionRate, Kind::DatabaseConnections) => Some(
            "Requests beside the streams wait as well, and streams hold nothing that is full. Count the database's connections while \
             the service is full. If all of its pool are busy, queries wait for one; if some are idle, look at what every request \
             passes: a gateway's rate, a sign-in that is checked each time, one worker in front.",
        ),
        (Kind::BatchSlots, Kind::SlotPool) => Some(
            "Compare the number with both settings: the engine's batch, whose every answer makes the gaps of all a little longer, and \
             what stands in front of it (threads, a semaphore, jobs of a worker).",
        ),
        (Kind::ThreadPerChunk, Kind::SharedProcessor) => Some(
            "Look at the processors while the service is full: busy ones are the limit; idle ones wait for threads, or for what \
             each chunk passes alone (a commit, a lock).",
        ),
        (Kind::ConcurrencyCap, Kind::RateLimit) => Some(
            "Look whom it refuses: a cap on connections refuses newcomers whatever they ask and lets those go on who are in; a rate in \
             front of one call refuses that call, whoever asks.",
        ),
        (Kind::RateLimit, Kind::ConcurrencyCap) => Some(
            "Search again with answers half as long (`max_tokens`, in the service or the API file). A cap then lets twice as many in, a \
             rate does not.",
        ),
        (Kind::EventLoop, Kind::Bandwidth) => Some(
            "Look at the service's processor while it is full: if one core is busy all the time, it is the loop; if not, compare the \
             bytes that came each second, which are in the evidence, with what the way carries (`sar -n DEV`, `docker stats`, the \
             provider's egress quota), or search again from a machine beside the service.",
        ),
        (Kind::ThreadPerChunk | Kind::SharedProcessor, Kind::Bandwidth) => Some(BESIDE_THE_SERVICE),
        (Kind::Pauses, Kind::EventLoop) => Some(
            "Look at the process' own record while the service is full: the collector's log has its pauses with their lengths; \
             `asyncio` in debug mode (`slow_callback_duration`) and `py-spy dump` name a call that blocks the loop.",
        ),
        _ => None,
    }
}
