//! The limits as rows of a report.

use std::time::Duration;

use super::users::Contradiction;
use super::{
    Cause, CauseKind, Changed, Estimate, Gone, LimitRows, Plateau, Rung, RungRow, RungVerdict, Saturation,
    Shorter, UserLimit, UserVerdict, cause, current, flow, inside, limit, mark_shorter, missed_by_failures,
    plateau, pooled, slots, text, unmeasured,
};
use crate::Sources;
use crate::threshold::{Confidence, Rule};

/// How a search's time was over before it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Not even its first rung was repeated.
    BeforeTheFirstAgain,
    /// There was time for that.
    WithTheFirstAgain,
}

/// What a rung must keep to.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// The thresholds.
    pub rules: Vec<Rule>,
    /// Whether they were assumed, since none were given.
    pub assumed: bool,
    /// Whether the run is a search for the limits: then what little there is counts as an answer.
    pub searches: bool,
    /// The stage that was a longer run at the answer, where there is one.
    pub confirming: Option<usize>,
    /// How the search's time was over before it was.
    pub cut: Option<Cut>,
    /// What people call each endpoint, and what it says most often when it fails, by its place.
    pub endpoints: Vec<EndpointWords>,
}

/// An endpoint in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointWords {
    /// Its method and path.
    pub name: String,
    /// What it says most often when it fails, if it ever did. Text from outside: never print it unquoted.
    pub says: Option<String>,
}

/// What never worked with the first users.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Broken {
    pub users: u32,
    /// Requests that failed, or streams that ended without a word.
    pub failed: u64,
    /// None where streams end as they should, but show no text.
    pub endpoint: Option<EndpointWords>,
}

/// What the headline is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Findings<'a> {
    pub users: &'a UserLimit,
    /// Most users of a rung beyond the answer that is invalid.
    pub invalid_beyond: Option<u64>,
    pub plateau: Option<&'a Plateau>,
    pub slots: Option<Estimate>,
    pub cause: &'a Cause,
    /// What always fails.
    pub broken: Option<&'a Broken>,
    /// What people call the one endpoint that gives way, where it is one.
    pub endpoint: Option<&'a str>,
    pub changed: Option<Changed>,
    /// Since when nothing was served any more.
    pub gone: Option<&'a Gone>,
    /// Whether what was missed first was missed by what failed, and those who were answered kept to it.
    pub missed_by_failures: bool,
    /// A criterion that was given, and of which nothing was measured.
    pub unmeasured: Option<&'a str>,
    /// How answers became shorter, and the most users with whom they were.
    pub shorter: Option<(Shorter, u32)>,
    pub contradiction: Option<Contradiction>,
    /// How the search's time was over before it was.
    pub cut: Option<Cut>,
    /// Users of the rungs that are left out since the service does more by now.
    pub outdated: &'a [u32],
    /// Whether each of them came right after more users, who may have left it something to do.
    pub carried: bool,
    /// What the service said of itself, where that decides what gives way.
    pub inside: Option<&'a str>,
}

/// The limits that a run's stages show up to `now` (run clock); `None` with fewer than two rungs of
/// different users, unless that was all that a search could do. `ended` are rungs as a search saw them at their end.
pub fn rows(sources: Sources<'_>, now: Duration, criteria: &Criteria, ended: &[Rung]) -> Option<LimitRows> {
    // A search ends a rung when its figures are clear, so each look at them may be the one that counts.
    let confidence = if criteria.searches { Confidence::LOOK } else { Confidence::REPORT };
    let stages = 0..sources.timeline.shape().stages.len();
    let seen = |stage| ended.iter().find(|rung| rung.stage == stage).cloned();
    let of_now = |stage| Rung::of(sources, stage, now, &criteria.rules, confidence);
    let mut rungs: Vec<Rung> = stages.filter_map(|stage| seen(stage).or_else(|| of_now(stage))).collect();
    mark_shorter(&mut rungs);
    let first = rungs.first()?.users;
    if !criteria.searches && rungs.iter().all(|rung| rung.users == first) {
        return None;
    }
    let gone = Gone::of(&rungs, &criteria.endpoints);
    let speaks = |rung: &&Rung| gone.as_ref().is_none_or(|gone| !gone.holds_of(rung));
    let (valid, invalid): (Vec<Rung>, Vec<Rung>) =
        rungs.iter().filter(speaks).cloned().partition(Rung::is_valid);
    let mut valid = current(ascending(valid));
    pooled::with_more(&mut valid, &rungs, &criteria.rules, confidence);
    let broken = broken(&rungs, criteria);
    let changed = Changed::of(&rungs);
    let longest = rungs.iter().filter(|rung| rung.is_valid()).max_by_key(|rung| rung.users);
    let shorter = longest.and_then(|rung| Some((rung.shorter?, rung.users)));
    let gone_sentence = gone.as_ref().map(Gone::sentence);
    let confounded = gone_sentence.or_else(|| confounded(changed, shorter));
    let (plateau, slots, cause) = found(&valid, &invalid);
    let cause = cause::unless_confounded(cause, confounded.as_deref());
    let slots = at_once(&valid, plateau.as_ref(), slots, &cause);
    let cause = match broken {
        Some(_) => cause::named(CauseKind::Broken),
        // In the words too no number stands that is not claimed.
        None => {
            let cause = cause::cause(plateau::without_dip(&valid), &invalid, plateau.as_ref(), slots);
            cause::unless_confounded(cause, confounded.as_deref())
        }
    };
    let inside::Settled { cause, slots, sentence: inside } =
        inside::settle(cause, slots, &valid, sources.evidence.observed());
    let (cause, front) = inside::narrowed(cause, &valid, sources.evidence.behind());
    let inside = [front, inside].into_iter().flatten().reduce(|front, inside| format!("{front} {inside}"));
    let endpoint = Some(cause.kind)
        .filter(|kind| *kind == CauseKind::OneEndpoint)
        .and_then(|_| cause::slow_endpoint(plateau::without_dip(&valid), plateau.as_ref()))
        .and_then(|slow| criteria.endpoints.get(slow.place));
    let cause = match endpoint {
        Some(words) => cause.with_endpoint(&words.name),
        None => cause,
    };
    let mut users = limit(&valid, &criteria.rules);
    if broken.is_some() || gone.is_some() {
        users.verdict = UserVerdict::Undetermined;
    }
    let unmeasured = unmeasured(&rungs, criteria);
    if unmeasured.is_some() {
        users = UserLimit { verdict: UserVerdict::Undetermined, point: None, low: 0, ..users };
    }
    users.confirmed = is_confirmed(&valid, criteria.confirming, users.low);
    let beyond = invalid.iter().map(|rung| u64::from(rung.users)).filter(|tried| *tried > users.low);
    let findings = Findings {
        users: &users,
        invalid_beyond: beyond.max(),
        plateau: plateau.as_ref(),
        slots,
        cause: &cause,
        broken: broken.as_ref(),
        endpoint: endpoint.map(|words| words.name.as_str()),
        changed,
        gone: gone.as_ref(),
        unmeasured,
        missed_by_failures: missed_by_failures(&valid, &criteria.rules),
        shorter,
        contradiction: Contradiction::of(&valid),
        cut: criteria.cut,
        outdated: &plateau::outdated(&rungs),
        carried: plateau::carries_over(&rungs),
        inside: inside.as_deref(),
    };
    let texts: Vec<String> = criteria.rules.iter().map(|rule| rule.text.clone()).collect();
    Some(LimitRows {
        rate: None,
        headline: text::headline(&texts.join(", "), &findings),
        criteria: texts,
        assumed: criteria.assumed,
        users,
        slot_limit: slots.map(rounded),
        knee: plateau.as_ref().and_then(|plateau| plateau.knee).map(rounded),
        saturation: plateau.as_ref().map(|plateau| Saturation {
            rps: thousandths(plateau.rps),
            streams_per_s: match valid.iter().any(|rung| rung.streams > 0) {
                true => thousandths(plateau.streams),
                false => 0.0,
            },
        }),
        cause,
        // What a rung shows together with others is its verdict in every table too.
        rungs: rungs
            .iter()
            .map(|rung| row(valid.iter().find(|judged| judged.stage == rung.stage).unwrap_or(rung)))
            .collect(),
    })
}

/// What never worked in the first rung, where a search ended with that.
fn broken(rungs: &[Rung], criteria: &Criteria) -> Option<Broken> {
    let [only] = rungs else { return None };
    if !criteria.searches {
        return None;
    }
    let users = only.users;
    let always = only.broken().map(|(place, failed)| {
        let endpoint = criteria.endpoints.get(place).cloned().unwrap_or_default();
        Broken { users, failed, endpoint: Some(endpoint) }
    });
    let wordless = || only.is_dead().then_some(Broken { users, failed: only.streams, endpoint: None });
    always.or_else(wordless)
}

/// How many streams run at once, where there is a pool of slots, or a cap. Where there may be none, only if all that
/// was measured says one number.
fn at_once(
    rungs: &[Rung],
    plateau: Option<&Plateau>,
    slots: Option<Estimate>,
    cause: &Cause,
) -> Option<Estimate> {
    match cause.kind {
        CauseKind::SlotPool | CauseKind::BatchSlots => slots.filter(|slots| {
            let is_sure = !cause.or.contains(&CauseKind::AdmissionRate);
            is_sure
                || (slots::agree(slots)
                    && plateau.is_some_and(|plateau| slots::is_one_number(rungs, plateau)))
        }),
        CauseKind::ConcurrencyCap => slots::cap(rungs, true),
        CauseKind::RateLimit if cause.or.contains(&CauseKind::ConcurrencyCap) => slots::cap(rungs, false),
        _ => None,
    }
}

/// Why users alone explain nothing of what was measured; none where they may.
fn confounded(changed: Option<Changed>, shorter: Option<(Shorter, u32)>) -> Option<String> {
    let slower = changed.filter(|changed| changed.is_slower()).map(Changed::sentence);
    slower.or_else(|| shorter.map(|(shorter, users)| text::shorter_sentence(&shorter, users)))
}

/// The plateau, the slots and the cause that rungs show.
fn found(valid: &[Rung], invalid: &[Rung]) -> (Option<Plateau>, Option<Estimate>, Cause) {
    let valid = plateau::without_dip(valid);
    let plateau = plateau(valid);
    let slots = plateau.as_ref().and_then(|plateau| slots::slots(valid, plateau));
    let cause = cause::cause(valid, invalid, plateau.as_ref(), slots);
    (plateau, slots, cause)
}

/// Whether rungs, in any order, show what gives way.
pub fn tells_cause(rungs: &[Rung]) -> bool {
    let (valid, invalid) = rungs.iter().cloned().partition(Rung::is_valid);
    let (.., cause) = found(&current(ascending(valid)), &invalid);
    cause.kind != CauseKind::Unsure
}

/// Whether the longer run held. An invalid or undetermined one, or one with fewer users, confirms nothing.
fn is_confirmed(rungs: &[Rung], confirming: Option<usize>, low: u64) -> bool {
    let longer = rungs.iter().find(|rung| Some(rung.stage) == confirming);
    longer.is_some_and(|rung| rung.verdict() == RungVerdict::Pass && u64::from(rung.users) >= low)
}

/// By users; of several rungs with the same users the one that was measured for the longest: by samples one that is
/// slow would count for less than one that is fast.
pub(super) fn ascending(mut rungs: Vec<Rung>) -> Vec<Rung> {
    rungs.sort_by(|a, b| a.users.cmp(&b.users).then(b.length().total_cmp(&a.length())));
    rungs.dedup_by_key(|rung| rung.users);
    rungs
}

pub(crate) fn row(rung: &Rung) -> RungRow {
    let ms = |seconds: f64| thousandths(seconds * 1000.0);
    RungRow {
        stage: rung.name.clone(),
        users: u64::from(rung.users),
        from_s: thousandths(rung.from),
        to_s: thousandths(rung.to),
        verdict: rung.verdict(),
        why: rung.why(),
        criteria: rung.criteria.iter().map(|judged| judged.verdict).collect(),
        count: rung.requests,
        failures: (rung.failure_share() * 1e6).round() / 1e6,
        rps: thousandths(rung.rps),
        p95_ms: rung.p95.map(ms),
        streams: rung.streams,
        streams_per_s: thousandths(rung.rate),
        throughput: Some(rung.flow.estimate().map(thousandths)),
        ttft_mean_ms: flow::mean_wait(&rung.seconds)
            .map(|wait| wait.estimate().map(|us| thousandths(us / 1000.0))),
        // Those who still wait have waited for some time, but where no token came at all that is no figure of one.
        ttft_p50_ms: rung.ttft.get(|of| of.p50).map(ms).filter(|_| !rung.is_silent()),
        ttft_p95_ms: rung.ttft.get(|of| of.p95).map(ms).filter(|_| !rung.is_silent()),
        icl_p50_ms: rung.icl.get(|of| of.p50).map(ms),
        icl_p95_ms: rung.icl.get(|of| of.p95).map(ms),
        headers_p50_ms: rung.headers.get(|of| of.p50).map(ms),
        e2e_p50_ms: rung.e2e.get(|of| of.p50).map(ms),
        open: thousandths(rung.open),
        producing: thousandths(rung.producing),
        producing_peak: u64::from(rung.producing_peak),
        canary_p50_ms: rung.canary().map(ms),
        little: rung.little().map(thousandths),
        ..RungRow::default()
    }
}

fn rounded(estimate: Estimate) -> Estimate {
    estimate.map(|value| (value * 10.0).round() / 10.0)
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
