//! What was seen of a cause, in a sentence that is printed only with the figures that it claims.

use super::course::Course;
use super::endpoint::{self, SlowEndpoint};
use super::tail::{self, Groups, Stops};
use crate::limits::named::ONE_ENDPOINT;
use crate::limits::text::{times, users};
use crate::limits::{CauseKind, Estimate, Rung, RungVerdict};
use common::text::number::{count, counted, percent, rounded, seconds};

/// What was seen.
pub(super) fn seen(kind: CauseKind, course: &Course<'_>, slots: Option<Estimate>) -> String {
    let Course { base, top, .. } = course;
    let span = format!("from {} to {} users", base.users, top.users);
    let ttft = top.ttft.mean / base.ttft.mean.max(1e-6);
    let icl = top.icl.mean / base.icl.mean.max(0.000_2);
    let canary = |rung: &Rung| rung.canary().map_or_else(|| "no answer".to_owned(), seconds);
    match kind {
        CauseKind::SlotPool | CauseKind::BatchSlots => waiting_for_slots(course, &span, ttft, slots),
        CauseKind::AdmissionRate => format!(
            "The mean time to first token grew {} {span} while the gaps between chunks stayed as they were, and first tokens \
             came at a steady rate whatever ended: about {} each second.",
            times(ttft),
            rounded(first_tokens(course))
        ),
        CauseKind::ThreadPerChunk | CauseKind::SharedProcessor => format!(
            "The mean gap between chunks grew {} {span}, {}, and cheap requests took {} with {} and {} with {}.",
            times(icl),
            throughput(course),
            canary(base),
            users(base.users),
            canary(top),
            top.users
        ),
        CauseKind::EventLoop | CauseKind::Bandwidth => format!(
            "Everything slowed down together {span}: the mean gap between chunks {}, the mean time to first token {}, and \
             even a cheap request from {} to {}.",
            times(icl),
            times(ttft),
            canary(base),
            canary(top)
        ),
        CauseKind::DatabaseConnections => format!(
            "Up to {} of a rung's streams or requests failed with a text that says no database connection was left.",
            percent(course.failing(|rung| rung.failure_kinds.database))
        ),
        CauseKind::OpenFiles => format!(
            "Up to {} of a rung's streams or requests failed with a text that says that the service had too many files open.",
            percent(course.failing(|rung| rung.failure_kinds.open_files))
        ),
        CauseKind::DatabaseLocks => format!(
            "Up to {} of a rung's streams or requests failed with a text that says a transaction did not get its locks.",
            percent(course.failing(|rung| rung.failure_kinds.locks))
        ),
        CauseKind::Pauses => pauses(course),
        CauseKind::Stalls => stalls(course),
        CauseKind::OneOfSeveral => slow_share(course),
        CauseKind::OneEndpoint => one_endpoint(course),
        // Seen from inside alone.
        CauseKind::Broken | CauseKind::CpuQuota => String::new(),
        CauseKind::ClientPool => format!(
            "Up to {} of a rung's streams failed with a text that says no connection of an HTTP client's or of Redis' \
             pool was left.",
            percent(course.failing(|rung| rung.failure_kinds.client_pools()))
        ),
        CauseKind::RateLimit | CauseKind::ConcurrencyCap => format!(
            "{}{} where the service gave way, while the first token of those that were let in took no longer than with few \
             users, and no more than {} streams sent text at once.",
            refused(course),
            without_connection(course),
            course.rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0)
        ),
        CauseKind::BufferingProxy => format!(
            "Streams arrive whole: the first token comes after {} of a stream that lasts {}, and the {} chunks of an \
             answer arrive together.",
            seconds(base.ttft.p50),
            seconds(base.e2e.p50),
            rounded(base.chunks)
        ),
        CauseKind::Collapse => match course.fall {
            Some(fall) => format!(
                "Throughput fell from {} chunks or requests a second with {} to {} with {}.",
                rounded(fall.best.1),
                users(fall.best.0),
                rounded(fall.last.1),
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
        CauseKind::Unsure => match course.missed.filter(|missed| missed.misses_beside_streams()) {
            Some(missed) => format!(
                "With {} {}, which is of requests beside the streams, and no known signature of what holds those up was seen.",
                users(missed.users),
                missed.why().unwrap_or_else(|| "a criterion was missed".to_owned())
            ),
            None => format!(
                "{} to {} users show no known signature, or those of several causes at once.",
                base.users, top.users
            ),
        },
    }
}

/// How much was refused: of the streams where it was nearly all of them, else of all requests.
fn refused(course: &Course<'_>) -> String {
    let (share, of) = course.refused();
    format!("{} of the {of} were refused", percent(share))
}

/// How what was refused was, where it was not said in an answer.
fn without_connection(course: &Course<'_>) -> &'static str {
    match course.failing(|rung| rung.failure_kinds.turned_away) > 0.0 {
        true => ", their connections not taken, reset or closed without an answer,",
        false => "",
    }
}

fn slower(course: &Course<'_>) -> String {
    let Some(missed) = course.missed else { return "A criterion was missed.".to_owned() };
    let why = missed.why().unwrap_or_else(|| "a criterion seems missed".to_owned());
    let latency = |rung: &Rung| rung.p95.map_or_else(|| "nothing".to_owned(), seconds);
    format!(
        "With {} {why}, while throughput still grew: {} of the requests failed, 95 % of all took {} ({} with {}).",
        users(missed.users),
        percent(missed.failure_share()),
        latency(missed),
        latency(course.base),
        users(course.base.users)
    )
}

/// What throughput does with the most users: one of the two, as the evidence says too.
fn throughput(course: &Course<'_>) -> &'static str {
    match course.plateau {
        Some(_) => "throughput stopped growing",
        None => "throughput grew by less than the users did",
    }
}

fn pauses(course: &Course<'_>) -> String {
    let at = tail::first_miss(course).unwrap_or(course.top);
    let held_up = |rung: &Rung| {
        let Stops { gaps, cheap, share } = Stops::of(&[rung]);
        if gaps.count == 0 {
            return format!("With {} no stream stood still.", users(rung.users));
        }
        format!(
            "With {} streams stood still for {} of the time, {} at a time on average, and {} of {} cheap requests were \
             held up as well (the median took {}).",
            users(rung.users),
            percent(share),
            seconds(gaps.mean()),
            count(cheap.count),
            count(cheap.of),
            rung.canary().map_or_else(|| "too long".to_owned(), seconds)
        )
    };
    match at.users == course.base.users {
        true => held_up(at),
        false => format!("{} {}", held_up(course.base), held_up(at)),
    }
}

fn stalls(course: &Course<'_>) -> String {
    let at = course.missed.unwrap_or(course.top);
    let gaps = Stops::of(&[at]).gaps;
    format!(
        "With {} the median gap between chunks was {} ({} with {}), but {} of {} gaps were {} longer than that on average: \
         so the mean gap went from {} to {}.",
        users(at.users),
        seconds(at.icl.p50),
        seconds(course.base.icl.p50),
        users(course.base.users),
        count(gaps.count),
        count(gaps.of),
        seconds(gaps.mean()),
        seconds(course.base.icl.mean),
        seconds(at.icl.mean)
    )
}

fn one_endpoint(course: &Course<'_>) -> String {
    let Some(SlowEndpoint { users: with, before, after, others, .. }) = endpoint::alone(course) else {
        return String::new();
    };
    format!(
        "{ONE_ENDPOINT} took {} with {} and {} with {} (medians), while no other took more than {} there and streams were as \
         fast as ever.",
        seconds(before),
        users(with.0),
        seconds(after),
        with.1,
        seconds(others)
    )
}

fn slow_share(course: &Course<'_>) -> String {
    let Some(tail::SlowShare { first, last }) = tail::slow_share(course) else { return String::new() };
    let groups = |(rung, groups): (&Rung, Groups)| {
        format!(
            "With {} {} of the first tokens took about {}, the others about {}, and hardly any in between.",
            users(rung.users),
            percent(groups.share),
            seconds(groups.slow),
            seconds(groups.fast)
        )
    };
    format!("{} {}", groups(first), groups(last))
}

/// Streams that got their first token, each second, with the most users.
fn first_tokens(course: &Course<'_>) -> f64 {
    course.top.first_tokens() as f64 / course.top.seconds.len().max(1) as f64
}

fn waiting_for_slots(course: &Course<'_>, span: &str, ttft: f64, slots: Option<Estimate>) -> String {
    let most = course.rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0);
    let slots = slots.map_or_else(
        || format!("no more than {} sent text at once", counted(u64::from(most), "stream")),
        |slots| format!("about {} ran at once", counted(slots.estimate as u64, "stream")),
    );
    let once = match course.plateau {
        Some(_) => "once throughput had stopped growing",
        None => "with the most users",
    };
    format!(
        "The mean time to first token grew {} {span} while the gaps between chunks stayed as they were {once}, and {slots}: \
         the others waited for their turn.",
        times(ttft)
    )
}
