//! One rung: what was measured of a stage while its users held still.

use std::time::Duration;

use common::stats::{Histogram, Metric, Percentile};

use super::{Margin, RungVerdict, margin};
use crate::threshold::{Confidence, Measure, Rule, Verdict, judge, sample};
use crate::validity::{Validity, spoils_looks};
use crate::{FailureKinds, Second, Sources};
use common::segment::Segment;
use common::totals::StageTotals;

/// Halves that differ by more than this share are not a steady state.
const DRIFT: f64 = 0.2;
/// Nor is a distance from Little's law beyond this share.
const LITTLE: f64 = 0.15;
/// Share of failures above which neither is checked.
const STEADY_FAILURES: f64 = 0.05;

/// A rung. Times are in seconds, rates per second.
#[derive(Debug, Clone, Default)]
pub struct Rung {
    /// The stage's place in the shape.
    pub(super) stage: usize,
    pub(super) name: String,
    /// Users that the stage asks for.
    pub users: u32,
    /// Run clock from which it was measured.
    pub(super) from: f64,
    /// Run clock to which it was measured.
    pub(super) to: f64,
    /// Requests with an outcome.
    pub requests: u64,
    pub(super) failures: u64,
    pub(super) rps: f64,
    /// Latency of all requests, 95 %.
    pub(super) p95: Option<f64>,
    /// Streams with an outcome.
    pub streams: u64,
    /// Streams completed per second.
    pub(super) rate: f64,
    /// Standard error of `rate`, from the seconds of the rung.
    pub(super) rate_error: f64,
    pub(super) ttft: TimeSummary,
    pub(super) icl: TimeSummary,
    /// Time to the response headers.
    pub(super) headers: TimeSummary,
    /// Length of completed streams.
    pub(super) e2e: TimeSummary,
    /// Visible chunks per stream.
    pub(super) chunks: f64,
    /// Streams open at once, mean.
    pub(super) open: f64,
    /// How much more streams were open in the second half than in the first, as a share of all.
    pub(super) drift: f64,
    pub(super) producing: f64,
    /// Streams sending text at once, most but for one second in a hundred.
    pub(super) producing_peak: u32,
    /// The canary's median.
    pub(super) canary: Option<f64>,
    pub(super) failure_kinds: FailureKinds,
    /// Whether the load generator was the limit.
    pub(super) validity: Validity,
    /// How it stands to each criterion.
    pub(super) criteria: Vec<Judged>,
    /// Whether it failed by what the service itself said.
    pub(super) refused: bool,
    /// Which criterion was missed, else which is undetermined and why: of the first such.
    pub(super) missed: Option<String>,
}

/// How a rung stands to one criterion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judged {
    pub verdict: Verdict,
    /// `None` without samples.
    pub margin: Option<Margin>,
}

/// A distribution of times, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TimeSummary {
    pub count: u64,
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
}

impl TimeSummary {
    fn of(values: &Histogram) -> TimeSummary {
        let seconds = |us: u64| us as f64 / 1e6;
        let Some([p50, p95]) = values.percentiles([Percentile::P50, Percentile::P95]) else {
            return TimeSummary::default();
        };
        let mean = values.mean().unwrap_or_default() / 1e6;
        TimeSummary { count: values.count(), mean, p50: seconds(p50), p95: seconds(p95) }
    }

    /// A figure, if there are samples.
    pub(super) fn get(&self, figure: fn(&TimeSummary) -> f64) -> Option<f64> {
        (self.count > 0).then(|| figure(self))
    }
}

impl Rung {
    /// The rung of a stage, up to `now` (run clock); `None` when nothing of it is measured.
    pub fn of(sources: Sources<'_>, stage: usize, now: Duration, criteria: &[Rule]) -> Option<Rung> {
        let (from, to) = sources.timeline.measured(stage)?;
        let to = to.min(now);
        let seconds = sources.evidence.within(from, to);
        if seconds.is_empty() {
            return None;
        }
        let empty = StageTotals::default();
        let totals = sources.totals.segment(Segment { stage, measured: true }).unwrap_or(&empty);
        let wanted = sources.timeline.shape().stages.get(stage)?;
        let metric = |metric: Metric| TimeSummary::of(&totals.streams.metrics[metric as usize]);
        let canary = sources.evidence.canary_within(from, to);
        let sum = totals.all();
        let all = TimeSummary::of(&sum.latency);
        let mut rung = Rung {
            stage,
            name: wanted.name.clone(),
            users: wanted.users,
            from: from.as_secs_f64(),
            to: to.as_secs_f64(),
            requests: sum.latency.count(),
            failures: sum.failures,
            p95: all.get(|all| all.p95),
            streams: totals.streams.counts.ended(),
            ttft: metric(Metric::Ttft),
            icl: metric(Metric::Icl),
            headers: metric(Metric::Headers),
            e2e: metric(Metric::E2e),
            chunks: totals.streams.counts.chunks as f64 / (totals.streams.counts.completed.max(1)) as f64,
            canary: median(canary.filter_map(|canary| canary.latency)),
            validity: Validity::of_rung(seconds, &sum.latency),
            ..Rung::default()
        };
        rung.count(seconds);
        rung.judge(criteria, totals);
        Some(rung)
    }

    fn count(&mut self, seconds: &[Second]) {
        let length = seconds.len() as f64;
        self.rps = seconds.iter().map(|second| second.requests).sum::<u64>() as f64 / length;
        self.rate = seconds.iter().map(|second| second.completed).sum::<u64>() as f64 / length;
        let spread = seconds.iter().map(|second| (second.completed as f64 - self.rate).powi(2)).sum::<f64>();
        // With one second there is no spread to see: as for independent events, then.
        self.rate_error = match seconds.len() {
            1 => self.rate.sqrt(),
            several => (spread / (several - 1) as f64 / length).sqrt(),
        };
        let punctual = punctual(seconds);
        let mean = |of: fn(&Second) -> f32| {
            punctual.iter().map(|second| f64::from(of(second))).sum::<f64>() / punctual.len().max(1) as f64
        };
        self.open = mean(|second| second.open);
        self.drift = drift(&punctual, self.open);
        self.producing = mean(|second| second.producing);
        self.producing_peak = peak(punctual.iter().map(|second| second.producing_peak).collect());
        for second in seconds {
            self.failure_kinds.add(&second.failures);
        }
    }

    /// Whether most failures are answers of the service, and not this side's impatience.
    fn is_refused(&self) -> bool {
        let kinds = &self.failure_kinds;
        let said = kinds.sum() - kinds.late - kinds.other;
        said > 0 && said * 2 >= kinds.sum()
    }

    fn judge(&mut self, criteria: &[Rule], totals: &StageTotals) {
        let seconds = self.to - self.from;
        let mut reasons = Vec::new();
        for rule in criteria {
            let sample = sample(rule, totals, seconds);
            // What the service itself refuses is a fact, however busy the generator was.
            let is_fact = matches!(rule.threshold.measure, Measure::Share(_)) && self.is_refused();
            let validity = if is_fact { Validity::default() } else { self.validity };
            let judged = judge(&rule.threshold, &sample, &validity, Confidence::REPORT);
            self.refused |= is_fact && judged.verdict == Verdict::Fail;
            reasons.push((judged.verdict, reason(rule, judged.verdict, judged.why)));
            self.criteria.push(Judged { verdict: judged.verdict, margin: margin(&rule.threshold, &sample) });
        }
        self.missed = most_telling(&reasons);
    }

    /// What became of it. A criterion without samples says nothing: crud users have no streams.
    pub fn verdict(&self) -> RungVerdict {
        let has = |verdict| self.criteria.iter().any(|judged| judged.verdict == verdict);
        let is_open = |judged: &Judged| judged.verdict == Verdict::Undetermined && judged.margin.is_some();
        if self.refused {
            RungVerdict::Fail
        } else if self.validity.cpu || self.validity.below_target {
            RungVerdict::Invalid
        } else if !self.is_steady() {
            RungVerdict::Undetermined
        } else if has(Verdict::Fail) {
            RungVerdict::Fail
        } else if self.criteria.iter().any(is_open) {
            RungVerdict::Undetermined
        } else if has(Verdict::Pass) {
            RungVerdict::Pass
        } else {
            RungVerdict::Undetermined
        }
    }

    /// Why it did not pass.
    pub fn why(&self) -> Option<String> {
        match (self.validity.cpu, self.validity.below_target) {
            _ if self.refused => self.missed.clone(),
            (true, _) => Some("the load generator had too little processor time".to_owned()),
            (_, true) => Some("fewer users ran than were asked for".to_owned()),
            _ if !self.is_steady() => Some("it reached no steady state; settle longer".to_owned()),
            _ => self.missed.clone(),
        }
    }

    /// Whether it is evidence of the service.
    pub fn is_valid(&self) -> bool {
        self.verdict() != RungVerdict::Invalid
    }

    /// Whether what was measured keeps to every criterion, however sure that is.
    pub fn seems_fine(&self) -> bool {
        self.criteria.iter().all(|judged| judged.margin.is_none_or(|margin| margin.holds))
    }

    /// Whether it was in a steady state: its halves alike, and Little's law kept. Failures end streams early,
    /// so a rung with many of them is not asked.
    pub fn is_steady(&self) -> bool {
        let drifts = self.drift.abs() > DRIFT && self.drift.abs() * self.open > 1.0;
        let strays =
            self.little().is_some_and(|little| little.abs() > LITTLE && little.abs() * self.open > 1.0);
        self.failure_share() > STEADY_FAILURES || !(drifts || strays)
    }

    /// Throughput: streams completed where there are streams, else requests.
    pub fn throughput(&self) -> f64 {
        if self.streams > 0 { self.rate } else { self.rps }
    }

    /// Distance from Little's law (streams open = their rate × their length), as a share.
    pub fn little(&self) -> Option<f64> {
        let expected = self.rate * self.e2e.get(|e2e| e2e.mean)?;
        (expected > 0.0 && self.open > 0.0).then(|| self.open / expected - 1.0)
    }

    /// Share of its requests that failed.
    pub fn failure_share(&self) -> f64 {
        self.failures as f64 / self.requests.max(1) as f64
    }

    /// Time from first to last visible text and the stream's end, mean, seconds.
    pub fn decode(&self) -> Option<f64> {
        Some((self.e2e.get(|e2e| e2e.mean)? - self.ttft.get(|ttft| ttft.mean)?).max(0.0))
    }
}

/// The first reason why a criterion was missed, else why one is undetermined.
pub(super) fn most_telling(reasons: &[(Verdict, String)]) -> Option<String> {
    let first = |verdict| reasons.iter().find(|(judged, _)| *judged == verdict);
    first(Verdict::Fail).or_else(|| first(Verdict::Undetermined)).map(|(_, reason)| reason.clone())
}

/// Why a criterion was not kept.
fn reason(rule: &Rule, verdict: Verdict, why: Option<String>) -> String {
    match (verdict, why) {
        (Verdict::Undetermined, Some(why)) => format!("{}: {why}", rule.text),
        (Verdict::Undetermined, None) => format!("{} is undetermined", rule.text),
        (Verdict::Pass | Verdict::Fail, _) => format!("{} was missed", rule.text),
    }
}

/// A generator that is late itself sees streams end late, so its late seconds say nothing of streams at once,
/// unless there are no others.
fn punctual(seconds: &[Second]) -> Vec<&Second> {
    let any = seconds.iter().any(|second| !spoils_looks(second));
    seconds.iter().filter(|second| !any || !spoils_looks(second)).collect()
}

/// The second half less the first, over the mean; 0 with too few seconds to halve.
fn drift(seconds: &[&Second], mean: f64) -> f64 {
    let half = seconds.len() / 2;
    let sum = |seconds: &[&Second]| seconds.iter().map(|second| f64::from(second.open)).sum::<f64>();
    if half == 0 || mean <= 0.0 {
        return 0.0;
    }
    (sum(&seconds[seconds.len() - half..]) - sum(&seconds[..half])) / half as f64 / mean
}

/// The most that was seen, but for one second in a hundred.
fn peak(mut seen: Vec<u32>) -> u32 {
    seen.sort_unstable();
    seen.get((seen.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0)
}

fn median(times: impl Iterator<Item = Duration>) -> Option<f64> {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).map(Duration::as_secs_f64)
}
