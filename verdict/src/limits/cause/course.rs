//! How the figures move as users are added: before the plateau, and along it.

use common::api::Operation;

use crate::limits::plateau::Fall;
use crate::limits::slots::{at_peak, unloaded_ttft};
use crate::limits::{Plateau, Rung, RungVerdict, flow};

/// Fewest first tokens from which a rung's times speak.
const FEWEST: u64 = 2;
/// Gaps between chunks that grew by more than this with the users before the plateau grew smoothly.
const SMOOTH: f64 = 1.12;
/// Gaps that grew by less than this did not.
const STILL: f64 = 1.06;
/// Seconds from which a correlation that is not there says that there is none.
const PLAIN: usize = 30;
/// Streams that are shorter than this, seconds, come and go within one: what follows what cannot be seen.
const SLOW: f64 = 1.5;
/// Seconds that a place may be held for longer than its stream.
const HELD_AFTER: u32 = 8;
/// Least correlation that says so, and how many standard errors it must be: that of several lags is the best.
const LATER: f64 = 0.25;
const SURE: f64 = 3.5;
/// Share of the most streams that ever sent text at once, below which hardly any sends.
const SENDS: f64 = 0.3;
/// Share of the most streams that ever sent text at once, from which a rung was full on average.
const FULL: f64 = 0.3;
/// So many times as many streams are clearly more.
const MORE_SEND: f64 = 1.25;
/// Answers of which the long ones take less than this times the median are of one length.
const SAME_LENGTH: f64 = 1.15;
/// Fewest answers whose lengths say so.
const ENOUGH_ENDS: u64 = 20;
/// Failures of this share of the requests have begun.
const BEGINS: f64 = 0.008;
/// Throughput up to this share of the most is well before the plateau.
const EARLY: f64 = 0.65;
/// Throughput per user that is less than this share of the best bends.
const BENT: f64 = 0.8;
/// Users of two rungs between which a course can be seen differ by at least, best and at most this factor.
const CLOSE: f64 = 1.2;
const APART: f64 = 1.5;
const FAR: f64 = 2.8;

/// Body bytes a second below which no way between a service and its users is full: half a megabit.
const SLOWEST_WAY: f64 = 62_500.0;

/// The rungs of a search, by what they are to the question.
#[derive(Debug, Clone)]
pub(super) struct Course<'a> {
    /// The smallest rung with evidence.
    pub base: &'a Rung,
    /// The largest.
    pub top: &'a Rung,
    /// The first that missed a criterion.
    pub missed: Option<&'a Rung>,
    pub plateau: Option<&'a Plateau>,
    pub fall: Option<Fall>,
    /// All, ascending.
    pub rungs: &'a [Rung],
}

/// How the figures move along the plateau.
#[derive(Debug, Clone, Copy)]
pub(super) struct Along {
    /// Of the time that a stream takes longer at the plateau's end, the share that passes before its first token.
    pub before_text: f64,
    /// Exponent of the gaps' growth with the users: 0 they stay, 1 they grow as the users do.
    pub gaps: f64,
    /// Seconds that the first token takes longer than unloaded, at the end.
    pub wait: f64,
    /// And how many times as long.
    pub grown: f64,
    /// The same of a cheap request.
    pub cheap_wait: f64,
    /// The same of the time between chunks.
    pub gap_wait: f64,
}

impl<'a> Course<'a> {
    /// `rungs` are valid and ascend; `None` without two of different users.
    pub(super) fn of(
        rungs: &'a [Rung],
        plateau: Option<&'a Plateau>,
        fall: Option<Fall>,
    ) -> Option<Course<'a>> {
        let streams = rungs.iter().any(|rung| rung.begun > 0);
        let speaks = |rung: &&Rung| match streams {
            true => rung.ttft.count >= FEWEST || rung.failures > 0,
            false => rung.requests > 0,
        };
        let (base, top) = (rungs.iter().find(speaks)?, rungs.iter().rfind(speaks)?);
        let holds = |rung: &&Rung| rung.verdict() == RungVerdict::Pass;
        // What more users do not miss was chance.
        let contradicted =
            |rung: &Rung| rungs.iter().filter(|other| other.users > rung.users).any(|other| holds(&other));
        let missed = rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail && !contradicted(rung));
        (base.users < top.users).then_some(Course { base, top, missed, plateau, fall, rungs })
    }

    pub(super) fn has_streams(&self) -> bool {
        self.base.ttft.count > 0
    }

    /// The rungs on the plateau; without one those at the end of the way, if throughput bends there.
    pub(super) fn saturated(&self) -> Vec<&'a Rung> {
        let from = match self.plateau {
            Some(plateau) => plateau.from_users,
            None if self.bends() => (f64::from(self.top.users) / FAR) as u32,
            None => u32::MAX,
        };
        self.rungs.iter().filter(|rung| rung.users >= from).collect()
    }

    /// Whether those that run still send text with the most users. Where hardly any does, they are not let in: what
    /// collapses does its work, slowly.
    pub(super) fn sends_still(&self) -> bool {
        let most = self.rungs.iter().map(|rung| rung.producing).fold(0.0, f64::max);
        self.top.producing >= SENDS * most
    }

    /// Whether the last users that were added brought clearly less throughput than the best ones.
    pub(super) fn bends(&self) -> bool {
        let per_user = |rung: &Rung| rung.throughput() / f64::from(rung.users.max(1));
        let best = self.rungs.iter().map(per_user).fold(0.0, f64::max);
        per_user(self.top) < BENT * best
    }

    /// Mean time to first token of a service that is not loaded, seconds.
    fn unloaded(&self) -> Option<f64> {
        match self.plateau {
            Some(plateau) => unloaded_ttft(self.rungs, plateau),
            None => self.base.ttft.get(|ttft| ttft.mean),
        }
    }

    /// How the figures move along the plateau; none without one, or without streams.
    pub(super) fn along(&self) -> Option<Along> {
        let saturated = self.saturated();
        let last = *saturated.last()?;
        // Close to its end, if there are enough users between: the plateau's beginning may still bend.
        let times = |rung: &Rung| f64::from(last.users) / f64::from(rung.users.max(1));
        let from_apart = |rung: &Rung| (times(rung) - APART).abs();
        let first = saturated
            .iter()
            .filter(|rung| (CLOSE..=FAR).contains(&times(rung)))
            .min_by(|a, b| from_apart(a).total_cmp(&from_apart(b)))
            .or(saturated.first())
            .copied()?;
        let unloaded = self.unloaded()?;
        let gap = |rung: &Rung| rung.icl.get(|icl| icl.mean);
        let (base_gap, first_gap, last_gap) = (gap(self.base)?, gap(first)?, gap(last)?);
        let chunks = self.chunks_of_an_answer();
        let wait = (last.ttft.mean - unloaded).max(0.0);
        let gap_wait = (last_gap - base_gap).max(0.0);
        let before_text = last.ttft.mean - first.ttft.mean;
        let between = (last_gap - first_gap) * chunks;
        let users = f64::from(last.users) / f64::from(first.users.max(1));
        Some(Along {
            before_text: before_text.max(0.0) / (before_text.max(0.0) + between.max(0.0)).max(1e-6),
            gaps: (last_gap / first_gap.max(1e-5)).ln() / users.ln().max(1e-6),
            wait,
            grown: last.ttft.mean / unloaded.max(1e-6),
            cheap_wait: self.cheap_wait(last),
            gap_wait,
        })
    }

    /// Seconds that a cheap request takes longer than unloaded; without end where most fail.
    pub(super) fn cheap_wait(&self, rung: &Rung) -> f64 {
        match (self.base.canary(), rung.canary()) {
            (Some(before), Some(after)) => (after - before).max(0.0),
            (Some(_), None) if rung.canary_failures() > 0.5 => f64::INFINITY,
            _ => 0.0,
        }
    }

    /// Chunks of an answer, by all that came and all that ended.
    pub(super) fn chunks_of_an_answer(&self) -> f64 {
        let sum = |of: fn(&Rung) -> f64| self.rungs.iter().map(of).sum::<f64>();
        let chunks = sum(|rung| rung.seconds.iter().map(|second| second.chunks as f64).sum());
        let first = sum(|rung| rung.first_tokens() as f64);
        (chunks / first.max(1.0)).max(2.0)
    }

    /// How the gaps grew from the base to the plateau, or to the top where there is none.
    pub(super) fn gaps_before(&self) -> Option<f64> {
        let from = self.plateau.map_or(u32::MAX, |plateau| plateau.from_users);
        let last = self.rungs.iter().find(|rung| rung.users >= from).unwrap_or(self.top);
        Some(last.icl.get(|icl| icl.mean)? / self.base.icl.get(|icl| icl.mean)?.max(1e-5))
    }

    /// Body bytes that come each second on a rung. Those of a stream are counted at its end, so they are reckoned by its
    /// chunks.
    pub(super) fn carried(&self, rung: &Rung) -> f64 {
        let (bytes, ended) = self.rungs.iter().fold((0.0, 0.0), |(bytes, ended), rung| {
            let chat = &rung.totals.endpoints[Operation::Chat.index()];
            (bytes + chat.bytes as f64, ended + chat.latency.count() as f64)
        });
        let chunk = bytes / f64::max(ended, 1.0) / self.chunks_of_an_answer();
        let streams = if self.has_streams() { rung.throughput() * chunk } else { 0.0 };
        let calls: u64 = rung.totals.beside_streams().map(|endpoint| endpoint.bytes).sum();
        streams + calls as f64 / rung.length().max(1.0)
    }

    /// Whether so many bytes come with the most users that the way to them may be full.
    pub(super) fn may_fill_the_way(&self) -> bool {
        self.carried(self.top) >= SLOWEST_WAY
    }

    /// How gaps had grown well before throughput stopped growing; none where no rung shows it.
    pub(super) fn early_growth(&self) -> Option<f64> {
        let most = self.rungs.iter().map(Rung::throughput).fold(0.0, f64::max);
        let is_early = |rung: &&Rung| {
            rung.throughput() <= EARLY * most && rung.producing >= 1.5 * self.base.producing.max(0.3)
        };
        let early = self.rungs.iter().rfind(is_early)?;
        Some(early.icl.get(|icl| icl.mean)? / self.base.icl.get(|icl| icl.mean)?.max(1e-5))
    }

    /// Whether gaps grew smoothly from the first rungs on.
    pub(super) fn gaps_grow_early(&self) -> Option<bool> {
        match self.early_growth()? {
            grown if grown >= SMOOTH => Some(true),
            still if still <= STILL => Some(false),
            _ => None,
        }
    }

    /// Share of looks on these rungs that saw as many streams send text as were ever seen on them.
    pub(super) fn wall(&self, rungs: &[&Rung]) -> f64 {
        let peak = rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0);
        if peak == 0 { 0.0 } else { at_peak(rungs, f64::from(peak)) }
    }

    /// Whether about as many streams sent text all the time as ever did at once on these rungs.
    pub(super) fn is_full(&self, rungs: &[&Rung]) -> bool {
        let peak = rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0);
        rungs.last().is_some_and(|rung| rung.producing >= FULL * f64::from(peak))
    }

    /// Streams that run on average with the most users of these rungs, those that are served and have no text yet among
    /// them, as a share of the most that ever sent text at once on any of them.
    pub(super) fn filled(&self, rungs: &[&Rung]) -> f64 {
        let peak = rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0);
        let Some(last) = rungs.last() else { return 0.0 };
        let begin = last.first_tokens() as f64 / last.seconds.len().max(1) as f64;
        let run = last.producing + begin * self.unloaded().unwrap_or(0.0);
        run / f64::from(peak.max(1))
    }

    /// Whether clearly more streams send text with the most users of these rungs than with the fewest.
    pub(super) fn more_send(&self, rungs: &[&Rung]) -> bool {
        let (Some(first), Some(last)) = (rungs.first(), rungs.last()) else { return false };
        last.producing >= MORE_SEND * first.producing + 1.0
    }

    /// Whether answers, while few users run, differ in length. What lets those of one length in at a rate has them end at
    /// that rate as well, as many at once as a pool of that size: one cannot be told from the other.
    pub(super) fn lengths_differ(&self) -> bool {
        let calm =
            self.rungs.iter().filter(|rung| self.saturated().iter().all(|full| full.users > rung.users));
        let enough = calm.filter(|rung| rung.e2e.count >= ENOUGH_ENDS).max_by_key(|rung| rung.e2e.count);
        enough.is_none_or(|rung| rung.e2e.p95 >= SAME_LENGTH * rung.e2e.p50)
    }

    /// Share of looks at which as many streams as were ever seen to send text would all do so, if there were no more
    /// places: each waits for its first token for a share of its time.
    pub(super) fn all_send(&self, rungs: &[&Rung]) -> f64 {
        let peak = rungs.iter().map(|rung| rung.producing_peak).max().unwrap_or(0);
        let lengths: Vec<f64> = rungs.iter().filter_map(|rung| rung.answer()).collect();
        let answer = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
        let waits = self.unloaded().map_or(1.0, |ttft| (ttft / answer.max(1e-6)).min(1.0));
        (1.0 - waits).powf(f64::from(peak))
    }

    /// How first tokens go with completions on these rungs. None with too few seconds, or where streams do not outlast
    /// them.
    pub(super) fn turnover(&self, rungs: &[&Rung]) -> Option<Turnover> {
        let lag = self.unloaded()?;
        let answers = rungs.iter().filter_map(|rung| rung.answer());
        if answers.fold(f64::INFINITY, f64::min) < lag + SLOW {
            return None;
        }
        let (follows, seconds) = correlation(rungs, lag)?;
        let beyond = (1..=HELD_AFTER).filter_map(|more| correlation(rungs, lag + f64::from(more)));
        let is_beyond_chance =
            |(follows, seconds): (f64, usize)| follows >= LATER && follows * (seconds as f64).sqrt() >= SURE;
        Some(Turnover {
            follows,
            follow_later: beyond.into_iter().any(is_beyond_chance),
            is_plain: seconds >= PLAIN,
        })
    }

    /// Share of requests that failed for one reason where the service gave way: at the first rung that missed, or
    /// at the next if failures began there; 0 where most failures have another reason.
    pub(super) fn failing(&self, count: fn(&Rung) -> u64) -> f64 {
        let share =
            |rung: &Rung| if count(rung) * 2 >= rung.failures { rung.share(count(rung)) } else { 0.0 };
        let Some(missed) = self.missed else { return 0.0 };
        let next = self.rungs.iter().find(|rung| rung.users > missed.users);
        match missed.share(missed.failures) >= BEGINS {
            true => share(missed).max(next.map_or(0.0, share)),
            false => share(missed),
        }
    }
}

/// Share of what failed from which it is all of streams.
const ALL_STREAMS: f64 = 0.9;

impl Course<'_> {
    /// What was refused where the service gave way, as a share, and of what: at the first rung that missed, or at the
    /// next where more was.
    pub(super) fn refused(&self) -> (f64, &'static str) {
        let missed = self.missed.map_or(self.top.users, |missed| missed.users);
        let gave_way = self.rungs.iter().filter(|rung| rung.users >= missed).take(2);
        let share = |rung: &Rung| {
            let streams = rung.totals.streams.counts.failed as f64 >= ALL_STREAMS * rung.failures as f64;
            match streams && rung.streams > 0 {
                true => ((rung.refused() as f64 / rung.streams as f64).min(1.0), "streams"),
                false => (rung.share_of_requests(rung.refused()), "requests"),
            }
        };
        gave_way.map(share).max_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or((0.0, "requests"))
    }
}

/// How first tokens go with the ends of other streams.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turnover {
    /// Correlation of first tokens with the ends that they would follow at once.
    pub follows: f64,
    /// Whether they follow ends some seconds later, as where a place is held for longer than its stream.
    pub follow_later: bool,
    /// Whether it would be seen if they did: there are enough seconds.
    pub is_plain: bool,
}

/// Correlation of first tokens with the completions of `lag` seconds before, second by second, and of how many seconds.
fn correlation(rungs: &[&Rung], lag: f64) -> Option<(f64, usize)> {
    let mut pairs = Vec::new();
    // One in which the service changed has the ends and beginnings of two.
    for rung in rungs.iter().filter(|rung| !flow::throughput_drifts(&rung.seconds)) {
        let ended: Vec<f64> = rung.seconds.iter().map(|second| second.completed as f64).collect();
        let whole = lag.floor() as usize;
        let part = lag - lag.floor();
        let mut of_rung = Vec::new();
        for (place, second) in rung.seconds.iter().enumerate().skip(whole + 1) {
            let expected = ended[place - whole] * (1.0 - part) + ended[place - whole - 1] * part;
            of_rung.push((expected, second.first_tokens as f64));
        }
        centre(&mut of_rung);
        pairs.extend(of_rung);
    }
    if pairs.len() < 10 {
        return None;
    }
    let sum = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let (ended, first, both) =
        (sum(|pair| pair.0 * pair.0), sum(|pair| pair.1 * pair.1), sum(|pair| pair.0 * pair.1));
    Some((both / (ended * first).sqrt().max(1e-9), pairs.len()))
}

fn centre(pairs: &mut [(f64, f64)]) {
    let count = pairs.len().max(1) as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    for pair in pairs {
        *pair = (pair.0 - x / count, pair.1 - y / count);
    }
}
