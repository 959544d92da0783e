//! How the figures move as users are added: before the plateau, and along it.

use crate::limits::plateau::Fall;
use crate::limits::slots::{at_peak, unloaded_ttft};
use crate::limits::{Plateau, Rung, RungVerdict};

/// Fewest first tokens from which a rung's times speak.
const FEWEST: u64 = 4;
/// Gaps between chunks that grew by more than this with the users before the plateau grew smoothly.
const SMOOTH: f64 = 1.12;
/// Gaps that grew by less than this did not.
const STILL: f64 = 1.06;

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
        let missed = rungs.iter().find(|rung| rung.verdict() == RungVerdict::Fail || !rung.seems_fine());
        (base.users < top.users).then_some(Course { base, top, missed, plateau, fall, rungs })
    }

    pub(super) fn has_streams(&self) -> bool {
        self.base.ttft.count > 0
    }

    /// The rungs on the plateau.
    pub(super) fn saturated(&self) -> Vec<&'a Rung> {
        let from = self.plateau.map_or(u32::MAX, |plateau| plateau.from_users);
        self.rungs.iter().filter(|rung| rung.users >= from).collect()
    }

    /// How the figures move along the plateau; none without one, or without streams.
    pub(super) fn along(&self) -> Option<Along> {
        let saturated = self.saturated();
        let (first, last) = (*saturated.first()?, *saturated.last()?);
        let unloaded = unloaded_ttft(self.rungs, self.plateau?)?;
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
            cheap_wait: self.cheap_wait(last),
            gap_wait,
        })
    }

    /// Seconds that a cheap request takes longer than unloaded; without end where most fail.
    pub(super) fn cheap_wait(&self, rung: &Rung) -> f64 {
        match (self.base.canary, rung.canary) {
            (Some(before), Some(after)) => (after - before).max(0.0),
            (Some(_), None) if rung.canary_failures > 0.5 => f64::INFINITY,
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

    /// Whether gaps grew smoothly from the first rungs on, before throughput stopped growing.
    pub(super) fn gaps_grow_early(&self) -> Option<bool> {
        let from = self.plateau.map_or(u32::MAX, |plateau| plateau.from_users);
        let early: Vec<&Rung> = self
            .rungs
            .iter()
            .filter(|rung| {
                rung.users < from && rung.producing >= 1.5 * self.base.producing.max(0.3)
            })
            .collect();
        let base = self.base.icl.get(|icl| icl.mean)?.max(1e-5);
        let growth = |rung: &Rung| rung.icl.get(|icl| icl.mean).map(|gap| gap / base);
        // In the middle of the way: the last one before the plateau may stand in its knee.
        let middle = early.get(early.len().saturating_sub(1) / 2).and_then(|rung| growth(rung))?;
        match middle {
            grown if grown >= SMOOTH => Some(true),
            still if still <= STILL => Some(false),
            _ => None,
        }
    }

    /// Share of looks on the plateau that saw as many streams send text as were ever seen there.
    pub(super) fn wall(&self) -> f64 {
        let saturated = self.saturated();
        let peak = saturated.iter().map(|rung| rung.producing_peak).max().unwrap_or(0);
        if peak == 0 { 0.0 } else { at_peak(&saturated, f64::from(peak)) }
    }

    /// How much first tokens follow completions on these rungs, second by second: 1 each comes when one has ended,
    /// 0 they come by themselves. None where neither varies.
    pub(super) fn turnover(&self, rungs: &[&Rung]) -> Option<Turnover> {
        let lag = self.plateau.and_then(|plateau| unloaded_ttft(self.rungs, plateau))
            .or(self.base.ttft.get(|ttft| ttft.mean))?;
        let mut pairs = Vec::new();
        for rung in rungs {
            let ended: Vec<f64> =
                rung.seconds.iter().map(|second| second.streams as f64).collect();
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
        Some(Turnover {
            follows: both / (ended * first).sqrt().max(1e-9),
            seconds: pairs.len(),
            regular: first / ended.max(1e-9),
        })
    }

    /// Greatest share of a rung's requests that failed for one reason, among the rungs up to the first that missed.
    pub(super) fn share_at_first_miss(&self, count: fn(&Rung) -> u64) -> f64 {
        let last = self.missed.map_or(u32::MAX, |rung| rung.users);
        let share = |rung: &Rung| count(rung) as f64 / rung.requests.max(1) as f64;
        self.rungs.iter().filter(|rung| rung.users <= last).map(share).fold(0.0, f64::max)
    }
}

/// How first tokens go with completions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turnover {
    /// Correlation of first tokens with the completions that they would follow.
    pub follows: f64,
    /// By how many seconds.
    pub seconds: usize,
    /// Variance of first tokens as a share of that of completions: near 0 they come as by a clock.
    pub regular: f64,
}

fn centre(pairs: &mut [(f64, f64)]) {
    let count = pairs.len().max(1) as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    for pair in pairs {
        *pair = (pair.0 - x / count, pair.1 - y / count);
    }
}
