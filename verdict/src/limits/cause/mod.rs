//! What gives way first, by how the figures move along the plateau and before it.
//!
//! | cause | before the plateau | on it: first token · gaps · streams sending · cheap requests |
//! | --- | --- | --- |
//! | slot pool | nothing grows | waits · stay · as many as slots, each first token follows an end · stay |
//! | batch slots | gaps grow smoothly | the same |
//! | admission rate | nothing grows | waits · stay · they vary, first tokens come by themselves · stay |
//! | held connections | | waits · stay · as many as connections · wait too, or fail |
//! | shared processor | gaps grow smoothly | little · grow · all · stay |
//! | thread per chunk | gaps stay | little · grow · all · stay |
//! | event loop | | grow · grow · all · grow with them |
//! | bandwidth | | as an event loop, or as threads where it is shared fairly · so many bytes that a way may be full |
//! | concurrency cap, rate limiter | refusals (429, 503), those let in as fast as before | |
//! | collapse | | throughput falls |
//! | one of several | a share of the first tokens waits, whatever the users, and the others do not | |
//! | pauses | gaps and cheap requests are held up together, with few users too, or for longer the more there are | |
//! | one endpoint | its answers wait, nothing else does |
//! | stalls | few gaps grow long with the users, their median stays | |
//!
//! Where two causes, or three, explain what was seen equally well, all are named, with what would decide between them.

mod advice;
mod age;
mod course;
mod endpoint;
mod evidence;
mod seen;
mod tail;
mod text;

use super::{Cause, CauseKind, Estimate, Plateau, Rung, plateau};
#[cfg(test)]
pub(super) use advice::ADVICE;
use course::{Along, Course, Turnover};
pub(super) use endpoint::SlowEndpoint;

/// Share of requests that must have failed for one reason before it counts as more than chance.
const TELLING: f64 = 0.02;
/// Share of streams that are refused where the limit is always met.
const OFTEN: f64 = 0.1;
/// A first token that takes this many times as long, and `SLOWER` seconds longer, waits.
const GROWN: f64 = 1.5;
/// A first token that takes this many times as long has queued.
const QUEUED: f64 = 3.0;
/// In seconds.
const SLOWER: f64 = 0.1;
/// Of what a stream takes longer, the share before its first token that says it waits for its turn.
const WAITS: f64 = 0.75;
/// Below this share it is slow between its chunks.
const DRAGS: f64 = 0.5;
/// Exponent of the gaps' growth along the plateau below which they stay.
const STAYS: f64 = 0.2;
/// Above this they grow with the users.
const GROWS: f64 = 0.4;
/// Share of a stream's wait that a cheap request must have as well to stand in the same queue.
const SAME_QUEUE: f64 = 0.2;
/// Gaps on the plateau that are this many times the unloaded ones make a batch.
const BATCHED: f64 = 1.12;
/// From so many times on nothing but a batch does.
const SURELY_BATCHED: f64 = 1.35;
/// Gaps that grew so many times well before throughput stopped growing did not wait for a way that was full.
const SURELY_SHARED: f64 = 1.35;
/// Correlation of first tokens with completions from which they follow them.
const FOLLOWS: f64 = 0.35;
/// Below this they come by themselves.
const UNRELATED: f64 = 0.18;
/// Share of looks at a plateau's peak from which it is a wall.
const WALL: f64 = 0.15;
/// Below this share it is the tail of chance.
const NO_WALL: f64 = 0.08;
/// Share of the most streams at once that run on average where they fill places.
const PLACES: f64 = 0.82;
/// Share of the looks at which all places of a cap would send text at once, from which its wall would have been seen.
const WALL_SHOWS: f64 = 0.2;
/// So many failures of a rung are chance.
const CHANCE: u64 = 2;
/// Seconds that a cheap request may lose beside streams that collapse by themselves.
const COLLAPSE_CHEAP: f64 = 0.05;
/// The share of its streams' length after which a first token counts as held back until the end.
const HELD_BACK: f64 = 0.95;
/// Gaps whose median falls below this share of the unloaded one, though their mean grows, come in bursts.
const BURSTS: f64 = 0.6;
/// What is let in beside so much more that is refused is less than this share of the most ever let in: no rate.
const LET_IN_LESS: f64 = 0.8;
/// Streams are refused at most half as often as the requests beside them, where those who are in may go on: a limiter
/// refuses both alike.
const LET_GO_ON: f64 = 0.5;
/// A gap below this is no wait, seconds: chunks came together.
const TOGETHER: f64 = 0.000_3;

/// The cause that the rungs show. `valid` ascend in users; on the `invalid` ones the generator was the limit.
pub(super) fn cause(
    valid: &[Rung],
    invalid: &[Rung],
    plateau: Option<&Plateau>,
    slots: Option<Estimate>,
) -> Cause {
    let course = Course::of(valid, plateau, plateau::fall(valid));
    let found = course.as_ref().map(explaining).unwrap_or_default();
    let tells_nothing = found.is_empty() || found == [CauseKind::NoneInRange];
    let found = match (valid.is_empty(), generator_at_the_top(valid, invalid)) {
        (true, _) if !invalid.is_empty() => vec![CauseKind::Generator],
        (_, true) if tells_nothing => vec![CauseKind::Generator],
        _ => found,
    };
    text::paragraph(&found, course.as_ref(), invalid, slots)
}

/// The cause, or none where more than the users changed what was measured: only what a service says itself, or shows
/// whatever the load, stands then.
pub(super) fn unless_confounded(cause: Cause, why: Option<&str>) -> Cause {
    let mut kinds = [cause.kind].into_iter().chain(cause.or.iter().copied());
    match why.filter(|_| kinds.any(CauseKind::is_by_users)) {
        Some(why) => Cause { seen: why.to_owned(), evidence: cause.evidence, ..named(CauseKind::Unsure) },
        None => cause,
    }
}

/// The endpoint that waits by itself; `valid` ascend in users.
pub(super) fn slow_endpoint(valid: &[Rung], plateau: Option<&Plateau>) -> Option<SlowEndpoint> {
    endpoint::alone(&Course::of(valid, plateau, plateau::fall(valid))?)
}

/// A cause that nothing but its words is known of.
pub(super) fn named(kind: CauseKind) -> Cause {
    text::paragraph(&[kind], None, &[], None)
}

/// Whether the generator gave out above everything that was measured well.
fn generator_at_the_top(valid: &[Rung], invalid: &[Rung]) -> bool {
    let top = valid.last().map_or(0, |rung| rung.users);
    invalid.iter().any(|rung| rung.users > top)
}

/// The causes that explain what was seen, if one of them explains what was missed as well: where that is only of requests
/// beside the streams, what holds up streams does not.
fn explaining(course: &Course<'_>) -> Vec<CauseKind> {
    let found = kinds(course);
    let is_beside = course.missed.is_some_and(Rung::misses_beside_streams);
    match is_beside && found.iter().all(|kind| kind.is_of_streams()) {
        true => Vec::new(),
        false => found,
    }
}

/// The causes that explain what was seen: none where nothing known does, several where all do alike.
fn kinds(course: &Course<'_>) -> Vec<CauseKind> {
    if course.failing(|rung| rung.failure_kinds.database) >= TELLING {
        return vec![CauseKind::DatabaseConnections];
    }
    if course.failing(|rung| rung.failure_kinds.locks) >= TELLING {
        return vec![CauseKind::DatabaseLocks];
    }
    if course.failing(|rung| rung.failure_kinds.client_pools()) >= TELLING {
        return vec![CauseKind::ClientPool];
    }
    if course.failing(|rung| rung.failure_kinds.open_files) >= TELLING {
        return vec![CauseKind::OpenFiles];
    }
    if refuses(course) && !waits(course) {
        return refusing(course);
    }
    if is_held_back(course) {
        return vec![CauseKind::BufferingProxy];
    }
    if endpoint::alone(course).is_some() {
        return vec![CauseKind::OneEndpoint];
    }
    // Where cheap requests wait as well, they may have taken what the streams lost.
    // What does nothing at all for a while is kept waiting.
    let works = course.sends_still() && course.top.idle() < tail::ALL_WAIT;
    if course.fall.is_some() && works && course.cheap_wait(course.top) <= COLLAPSE_CHEAP {
        return vec![CauseKind::Collapse];
    }
    if tail::pauses_under_load(course) {
        return match tail::pauses(course) {
            true => vec![CauseKind::Pauses],
            false => vec![CauseKind::Pauses, CauseKind::EventLoop],
        };
    }
    if tail::slow_share(course).is_some() {
        return vec![CauseKind::OneOfSeveral];
    }
    // What nobody misses bends for another reason than users, with time or by chance, unless throughput fell.
    let bends = course.bends() && (course.missed.is_some() || course.fall.is_some());
    match (course.plateau.is_some() || bends, course.along()) {
        (true, Some(along)) => on_the_plateau(course, along),
        (true, None) => Vec::new(),
        (false, _) if tail::pauses(course) => vec![CauseKind::Pauses],
        // Where a queue forms the service is full, though its throughput does not show it yet.
        (false, _) if course.missed.is_some() && queues(course) => Vec::new(),
        (false, _) if tail::stalls(course) => vec![CauseKind::Stalls],
        (false, _) if tail::only_some_wait(course) => vec![CauseKind::Slower, CauseKind::OneOfSeveral],
        (false, _) if course.missed.is_some() => vec![CauseKind::Slower],
        (false, _) if course.fall.is_some() => Vec::new(),
        (false, _) if course.top.seems_fine() || course.top.failures <= CHANCE => {
            vec![CauseKind::NoneInRange]
        }
        (false, _) => Vec::new(),
    }
}

/// Whether the service itself says that it is asked too much.
fn refuses(course: &Course<'_>) -> bool {
    // What is turned away with few users too is no refusal, nor what is where the service was down.
    let turns_away = |rung: &&Rung| rung.share(rung.failure_kinds.turned_away) >= TELLING;
    course.failing(Rung::refused) >= TELLING
        && !turns_away(&course.base)
        && course.rungs.iter().filter(turns_away).all(Rung::is_serving)
}

/// Whether those that are let in wait longer than unloaded, where it refuses.
fn waits(course: &Course<'_>) -> bool {
    let is_telling = |rung: &&Rung| rung.share(rung.refused()) >= TELLING;
    let Some(rung) = course.rungs.iter().find(is_telling) else { return false };
    let (before, after) = (course.base.ttft, rung.ttft);
    after.count > 0 && after.p50 >= GROWN * before.p50 && after.p50 - before.p50 >= SLOWER
}

/// Whether most streams of the largest rung wait for much longer than those of the smallest.
fn queues(course: &Course<'_>) -> bool {
    course.has_streams() && course.top.ttft.p50 >= QUEUED * course.base.ttft.p50
}

/// Refusals of a number at once, or of a rate.
fn refusing(course: &Course<'_>) -> Vec<CauseKind> {
    // Where only a few are refused, both kinds are idle for most of the time.
    let is_busy = |rung: &&Rung| rung.share(rung.refused()) >= OFTEN;
    let refusing: Vec<&Rung> = course.rungs.iter().filter(is_busy).collect();
    let wall = course.wall(&refusing);
    // What streams do says nothing where they are not what is refused.
    if lets_go_on(&refusing) {
        return match lets_in_less(course) {
            true => vec![CauseKind::ConcurrencyCap],
            false => vec![CauseKind::ConcurrencyCap, CauseKind::RateLimit],
        };
    }
    match held_places(course.turnover(&refusing), wall) {
        // Those who were refused come again by themselves, so a wall must be seen.
        Some(true) if wall >= WALL => vec![CauseKind::ConcurrencyCap],
        // Places that seldom all send text at once show no wall.
        Some(false) if course.all_send(&refusing) >= WALL_SHOWS => vec![CauseKind::RateLimit],
        _ => vec![CauseKind::RateLimit, CauseKind::ConcurrencyCap],
    }
}

/// Whether clearly less is let in where more is asked: a limiter of a rate lets its rate through.
fn lets_in_less(course: &Course<'_>) -> bool {
    let is_busy = |rung: &&Rung| rung.share_of_requests(rung.refused()) >= OFTEN;
    let Some(last) = course.rungs.iter().rfind(is_busy) else { return false };
    last.rps < LET_IN_LESS * course.rungs.iter().map(|rung| rung.rps).fold(0.0, f64::max)
}

/// Whether who is let in goes on, and the others are refused whatever they ask first: streams are refused far less often
/// than the requests beside them.
fn lets_go_on(refusing: &[&Rung]) -> bool {
    let sum = |of: fn(&Rung) -> u64| refusing.iter().map(|rung| of(rung)).sum::<u64>() as f64;
    let (streams, failed) = (sum(|rung| rung.streams), sum(|rung| rung.totals.streams.counts.failed));
    let (beside, failed_beside) = (sum(|rung| rung.requests) - streams, sum(|rung| rung.failures) - failed);
    streams > 0.0 && beside > 0.0 && failed / streams < LET_GO_ON * failed_beside / beside
}

/// Whether streams take the places of those that have ended, up to a fixed number; none where that is not clear.
fn held_places(turnover: Option<Turnover>, wall: f64) -> Option<bool> {
    let Turnover { follows, is_plain, .. } = turnover?;
    if wall >= WALL && follows >= UNRELATED {
        Some(true)
    } else if is_plain && wall < NO_WALL && follows < UNRELATED {
        Some(false)
    } else {
        Some(true).filter(|_| wall > 0.0 && wall < WALL && follows >= FOLLOWS)
    }
}

fn on_the_plateau(course: &Course<'_>, along: Along) -> Vec<CauseKind> {
    // A large share of nothing is nothing.
    let is_wait = along.wait >= SLOWER && along.grown >= GROWN;
    if is_wait && tail::only_some_wait(course) {
        return Vec::new();
    }
    if is_wait && along.before_text >= WAITS && along.gaps < STAYS {
        return waiting(course, along);
    }
    if tail::pauses(course) {
        return vec![CauseKind::Pauses];
    }
    if tail::stalls(course) {
        return vec![CauseKind::Stalls];
    }
    if along.before_text > DRAGS || along.gaps <= GROWS {
        return Vec::new();
    }
    let cheap_grew = along.cheap_wait >= course.base.canary().unwrap_or(0.0)
        && along.cheap_wait >= SAME_QUEUE * along.gap_wait;
    // A loop that is full lets nothing through at once.
    if cheap_grew && tail::is_fast_between(course) {
        return vec![CauseKind::Pauses];
    }
    let works = match (cheap_grew, course.gaps_grow_early()) {
        (true, _) => vec![CauseKind::EventLoop],
        (false, Some(true)) => vec![CauseKind::SharedProcessor],
        (false, _) => vec![CauseKind::ThreadPerChunk, CauseKind::SharedProcessor],
    };
    match may_be_the_way(course, cheap_grew) {
        true => works.into_iter().chain([CauseKind::Bandwidth]).collect(),
        false => works,
    }
}

/// Whether what is sent may wait for the way to the users: all in one queue, as on a loop, or each stream in its own, where
/// a small answer passes at once.
fn may_be_the_way(course: &Course<'_>, cheap_grew: bool) -> bool {
    // What waits for its turn on a loop does not come together with what waited before it.
    if cheap_grew && comes_in_bursts(course) {
        return true;
    }
    // Chunks wait for each other only where it is nearly full.
    let grew_before = !cheap_grew && course.early_growth().is_some_and(|grown| grown >= SURELY_SHARED);
    course.may_fill_the_way() && !grew_before
}

/// Whether most chunks come together with others, though they take longer.
fn comes_in_bursts(course: &Course<'_>) -> bool {
    let gaps = |rung: &Rung| Some((rung.icl.get(|icl| icl.p50)?, rung.icl.get(|icl| icl.mean)?));
    let (Some((usual, mean)), Some((top_usual, top_mean))) = (gaps(course.base), gaps(course.top)) else {
        return false;
    };
    top_usual < BURSTS * usual && top_mean > mean
}

/// Streams wait for their first token, and are as fast as ever from there on.
fn waiting(course: &Course<'_>, along: Along) -> Vec<CauseKind> {
    let saturated = course.saturated();
    let turnover = course.turnover(&saturated);
    if along.cheap_wait >= SAME_QUEUE * along.wait {
        return everybody_waiting(course, &saturated, turnover);
    }
    let gaps_grown = course.gaps_before().unwrap_or(1.0);
    let is_batch = gaps_grown >= BATCHED;
    // A pool whose streams wait is full all the time.
    if !course.is_full(&saturated) || !is_batch && !course.lengths_differ() {
        return vec![CauseKind::SlotPool, CauseKind::AdmissionRate];
    }
    match held_places(turnover, course.wall(&saturated)) {
        Some(false) if turnover.is_some_and(|turnover| !turnover.follow_later) => {
            vec![CauseKind::AdmissionRate]
        }
        _ if gaps_grown >= SURELY_BATCHED => vec![CauseKind::BatchSlots],
        // What else runs on the machine makes the gaps of a pool grow too, a little.
        _ if is_batch => vec![CauseKind::BatchSlots, CauseKind::SlotPool],
        Some(true) => vec![CauseKind::SlotPool],
        _ => vec![CauseKind::SlotPool, CauseKind::AdmissionRate],
    }
}

/// What streams hold is full and cheap requests need it too, or all pass through one step, which streams do not hold: then
/// ever more of them send, or as many as happen to.
fn everybody_waiting(course: &Course<'_>, saturated: &[&Rung], turnover: Option<Turnover>) -> Vec<CauseKind> {
    let are_places = course.filled(saturated) >= PLACES && !course.more_send(saturated);
    match held_places(turnover, course.wall(saturated)) {
        Some(true) if are_places => vec![CauseKind::SlotPool, CauseKind::DatabaseConnections],
        // What is held until the first token lets streams in at a rate, which keeps about as many sending.
        None if are_places => {
            vec![CauseKind::SlotPool, CauseKind::DatabaseConnections, CauseKind::AdmissionRate]
        }
        _ => vec![CauseKind::AdmissionRate, CauseKind::DatabaseConnections],
    }
}

/// Whether streams come all at once at their end, on every rung.
fn is_held_back(course: &Course<'_>) -> bool {
    let ended = || course.rungs.iter().filter(|rung| rung.e2e.count > 0);
    course.has_streams()
        && ended().count() > 0
        && ended().all(|rung| {
            rung.chunks >= 3.0 && rung.ttft.p50 >= HELD_BACK * rung.e2e.p50 && rung.icl.p50 < TOGETHER
        })
}
