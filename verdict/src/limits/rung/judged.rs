//! How a rung stands to its criteria, and what became of it by that.

use super::Rung;
use crate::limits::{Margin, RungVerdict, flow, load, margin, text};
use crate::threshold::{Confidence, Measure, Measured, Rule, Sample, Share, Verdict, judge};
use crate::validity::Validity;
use common::totals::StageTotals;

/// Share of failures above which steadiness is not asked for: failures end streams early.
const STEADY_FAILURES: f64 = 0.05;
/// Streams open at once as a share of the users, above which some are not theirs.
const LEFT_OVER: f64 = 1.05;
/// Those who wait for their first token would be let in only after so many times the mean wait, and so many seconds more:
/// others are served before them.
const STARVE: (f64, f64) = (2.0, 1.0);
/// A load of at most this share of its bound is far from it.
const FAR: f64 = 0.5;
/// Fewest outcomes without a failure by which a share of failures counts as kept, were they too few to prove it.
const FAULTLESS: u64 = 20;

/// How a rung stands to one criterion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    pub verdict: Verdict,
    /// Whether it is a criterion that streams can miss.
    pub of_streams: bool,
    /// `None` without samples.
    pub margin: Option<Margin>,
    /// A share of failures of which not one was seen, in too few outcomes to prove it.
    pub faultless: bool,
    /// What was measured as a share of the bound: above 1 it is missed.
    pub load: Option<f64>,
    /// Whether the percentile that is judged lies among those that failed.
    pub among_failed: bool,
}

/// Why a criterion is missed that those who were answered keep to.
pub const BY_FAILURES: &str = "what failed meets no bound";

impl Judged {
    /// Whether those that were answered keep to it, and so many failed that it is missed all the same.
    pub fn is_missed_by_failures(&self) -> bool {
        self.verdict == Verdict::Fail && self.among_failed
    }
}

impl Rung {
    /// Whether most failures are answers of the service, and not this side's impatience.
    fn is_refused(&self) -> bool {
        let kinds = &self.failure_kinds;
        let said = kinds.sum() - kinds.turned_away - kinds.late - kinds.other;
        said > 0 && said * 2 >= kinds.sum()
    }

    /// The same rung, judged by these totals.
    pub(crate) fn judged_by(&self, totals: &StageTotals, criteria: &[Rule], confidence: Confidence) -> Rung {
        let mut rung = Rung { criteria: Vec::new(), missed: None, ..self.clone() };
        rung.judge(criteria, totals, confidence);
        rung
    }

    pub(super) fn judge(&mut self, criteria: &[Rule], totals: &StageTotals, confidence: Confidence) {
        let seconds = self.to - self.from;
        let mut reasons = Vec::new();
        for rule in criteria {
            let measured = Measured::of(rule, totals, seconds);
            let sample = &measured.seen;
            // What the service itself refuses is a fact, however busy the generator was.
            let is_fact = matches!(rule.threshold.measure, Measure::Share(_)) && self.is_refused();
            let validity = if is_fact { Validity::default() } else { self.validity };
            let judged = judge(&rule.threshold, &measured, &validity, confidence);
            self.refused |= is_fact && judged.verdict == Verdict::Fail;
            let faultless = match (&rule.threshold.measure, sample) {
                (Measure::Share(Share::Failures), Sample::Share { part: 0, whole, .. }) => {
                    *whole >= FAULTLESS
                }
                (Measure::Share(Share::Complete), Sample::Share { part, whole, .. }) => {
                    part == whole && *whole >= FAULTLESS
                }
                _ => false,
            };
            let margin = margin(&rule.threshold, sample);
            let load = judged.actual.map(|actual| load(&rule.threshold, actual));
            let (verdict, of_streams) = (judged.verdict, rule.is_of_streams());
            // Beyond all that were answered lie those that failed, and those that still waited.
            let among_failed = self.failures > 0 && judged.actual.is_some_and(f64::is_infinite);
            let standing = Judged { verdict, of_streams, margin, faultless, load, among_failed };
            if !faultless {
                reasons.push((verdict, reason(rule, &standing, judged.why)));
            }
            self.criteria.push(standing);
        }
        self.missed = most_telling(&reasons);
    }

    /// What became of it. Criteria of what users of this load never do say nothing; nothing measured of what they
    /// do is no pass.
    pub fn verdict(&self) -> RungVerdict {
        let has = |verdict| self.criteria.iter().any(|judged| judged.verdict == verdict);
        if self.refused || self.is_dead() {
            RungVerdict::Fail
        } else if self.validity.lost || self.validity.below_target {
            RungVerdict::Invalid
        } else if self.is_loaded_by_those_who_left() {
            RungVerdict::Undetermined
        } else if has(Verdict::Fail) && !self.is_improving() {
            RungVerdict::Fail
        } else if !self.is_steady()
            || self.starves()
            || self.shorter.is_some()
            || self.criteria.iter().any(|judged| self.is_open(judged))
        {
            RungVerdict::Undetermined
        } else if has(Verdict::Pass) {
            RungVerdict::Pass
        } else {
            RungVerdict::Undetermined
        }
    }

    /// What its criteria alone come to, were it steady or not: of a load that is open a queue near capacity wanders.
    pub(crate) fn by_criteria(&self) -> RungVerdict {
        let has = |verdict| self.criteria.iter().any(|judged| judged.verdict == verdict);
        if self.refused || self.is_dead() || has(Verdict::Fail) {
            RungVerdict::Fail
        } else if self.criteria.iter().any(|judged| self.is_open(judged)) || !has(Verdict::Pass) {
            RungVerdict::Undetermined
        } else {
            RungVerdict::Pass
        }
    }

    /// Whether the load generator took too much of its users' time.
    pub(crate) fn is_lost(&self) -> bool {
        self.validity.lost
    }

    /// The criterion that was missed, else why one is undetermined.
    pub(crate) fn missed_first(&self) -> Option<String> {
        self.missed.clone()
    }

    /// Whether what it missed is only of requests beside the streams, which kept to theirs.
    pub(crate) fn misses_beside_streams(&self) -> bool {
        let mut missed = self.criteria.iter().filter(|judged| judged.verdict == Verdict::Fail).peekable();
        missed.peek().is_some() && missed.all(|judged| !judged.of_streams)
    }

    /// Whether a criterion still waits for its answer.
    fn is_open(&self, judged: &Judged) -> bool {
        judged.verdict == Verdict::Undetermined
            && !judged.faultless
            && (judged.margin.is_some() || self.is_silent())
    }

    /// Why it did not pass.
    pub fn why(&self) -> Option<String> {
        let unsteady = || Some("it reached no steady state; settle longer".to_owned());
        match self.verdict() {
            RungVerdict::Invalid if self.validity.lost => {
                Some("the load generator was late and offered less load".to_owned())
            }
            RungVerdict::Invalid => Some("fewer users ran than were asked for".to_owned()),
            RungVerdict::Undetermined if self.is_loaded_by_those_who_left() => {
                Some("streams of users who had left still ran; settle longer".to_owned())
            }
            RungVerdict::Undetermined if !self.is_steady() => unsteady(),
            RungVerdict::Undetermined if self.starves() => Some(
                "streams that came before it was measured wait on, and its times say nothing of them"
                    .to_owned(),
            ),
            RungVerdict::Undetermined if self.shorter.is_some() => {
                self.shorter.map(|shorter| text::became_shorter(&shorter, self.users))
            }
            _ => self.missed.clone(),
        }
    }

    /// Whether it is evidence of the service.
    pub fn is_valid(&self) -> bool {
        self.verdict() != RungVerdict::Invalid
    }

    /// Whether what was measured keeps to every criterion, however sure that is. Nothing measured keeps to nothing.
    pub fn seems_fine(&self) -> bool {
        !self.is_silent()
            && self.criteria.iter().all(|judged| judged.margin.is_none_or(|margin| margin.holds))
    }

    /// Whether it is steady and far from every bound, so that its users are clearly not too many.
    pub(crate) fn is_far(&self) -> bool {
        let loads = || self.criteria.iter().filter_map(|judged| judged.load);
        self.first_tokens().max(self.requests) > 0
            && !self.is_silent()
            && self.is_steady()
            && loads().count() > 0
            && loads().all(|load| load <= FAR)
    }

    /// Whether it was in a steady state: its halves alike in throughput and in time to first token. A rung with
    /// many failures is not asked.
    pub fn is_steady(&self) -> bool {
        self.failure_share() > STEADY_FAILURES || !flow::drifts(&self.seconds)
    }

    /// Whether more streams were open than it has users, each of whom has one at most: those of a rung of more users
    /// before it. In an open load there are as many users as come.
    pub(crate) fn is_loaded_by_those_who_left(&self) -> bool {
        let is_closed = self.seconds.iter().all(|second| second.arrivals.is_none());
        is_closed && self.open > LEFT_OVER * f64::from(self.users) + 1.0
    }

    /// Whether streams wait far longer than its times say, which are of those who came while it was measured: the last to
    /// come is served first. Little's law knows them all.
    fn starves(&self) -> bool {
        let (times, more) = STARVE;
        self.ttft.get(|ttft| ttft.mean).is_some_and(|mean| self.lets_all_in() > times * mean + more)
    }

    /// Whether its second half was clearly better than its first: what it missed may have been the first half's.
    pub(crate) fn is_improving(&self) -> bool {
        flow::improves(&self.seconds)
    }
}

/// The first reason why a criterion was missed, else why one is undetermined.
pub(crate) fn most_telling(reasons: &[(Verdict, String)]) -> Option<String> {
    let first = |verdict| reasons.iter().find(|(judged, _)| *judged == verdict);
    first(Verdict::Fail).or_else(|| first(Verdict::Undetermined)).map(|(_, reason)| reason.clone())
}

/// Why a criterion was not kept.
fn reason(rule: &Rule, judged: &Judged, why: Option<String>) -> String {
    match (judged.verdict, why) {
        (Verdict::Undetermined, Some(why)) => format!("{}: {why}", rule.text),
        (Verdict::Undetermined, None) => format!("{} is undetermined", rule.text),
        (Verdict::Fail, _) if judged.is_missed_by_failures() => {
            format!("{} was missed: {BY_FAILURES}", rule.text)
        }
        (Verdict::Pass | Verdict::Fail, _) => format!("{} was missed", rule.text),
    }
}
