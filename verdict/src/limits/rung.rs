//! One rung: what was measured of a stage while its users held still.

use std::time::Duration;

use common::stats::{Histogram, Metric, Percentile};

use super::flow::{self, Flow};
use super::{Margin, RungVerdict, load, margin};
use crate::threshold::{Confidence, Measure, Measured, Rule, Sample, Share, Verdict, judge};
use crate::validity::{Validity, spoils_looks};
use crate::{Canary, FailureKinds, Second, Sources};
use common::segment::Segment;
use common::totals::StageTotals;

/// Share of failures above which steadiness is not asked for: failures end streams early.
const STEADY_FAILURES: f64 = 0.05;
/// A load of at most this share of its bound is far from it.
const FAR: f64 = 0.5;
/// Fewest outcomes without a failure by which a share of failures counts as kept, were they too few to prove it.
const FAULTLESS: u64 = 20;

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
    /// Streams asked for.
    pub begun: u64,
    /// Streams completed per second.
    pub(super) rate: f64,
    /// Throughput: visible chunks per second where there are streams, else requests that were answered.
    pub(super) flow: Flow,
    /// Time to first token; of streams that still wait, as long as they have waited so far.
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
    pub(super) producing: f64,
    /// Streams sending text at once, most but for one second in a hundred.
    pub(super) producing_peak: u32,
    /// Its seconds.
    pub(super) seconds: Vec<Second>,
    /// The canary's median; a failed one counts as the slowest.
    pub(super) canary: Option<f64>,
    /// Share of the canary's requests that failed.
    pub(super) canary_failures: f64,
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
    /// A share of failures of which not one was seen, in too few outcomes to prove it.
    pub faultless: bool,
    /// What was measured as a share of the bound: above 1 it is missed.
    pub load: Option<f64>,
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
    pub fn of(
        sources: Sources<'_>,
        stage: usize,
        now: Duration,
        criteria: &[Rule],
        confidence: Confidence,
    ) -> Option<Rung> {
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
        let canary: Vec<Canary> = sources.evidence.canary_within(from, to).collect();
        let sum = totals.all();
        let all = TimeSummary::of(&sum.latency);
        let streams = &totals.streams;
        let mut rung = Rung {
            stage,
            name: wanted.name.clone(),
            users: wanted.users,
            from: from.as_secs_f64(),
            to: to.as_secs_f64(),
            requests: sum.latency.count(),
            failures: sum.failures,
            p95: all.get(|all| all.p95),
            streams: streams.counts.ended(),
            begun: streams.counts.begun,
            ttft: waited(&streams.metrics[Metric::Ttft as usize], &streams.waiting),
            icl: metric(Metric::Icl),
            headers: metric(Metric::Headers),
            e2e: metric(Metric::E2e),
            canary: median(&canary),
            canary_failures: share(&canary, |canary| canary.latency.is_none()),
            validity: Validity::of_span(seconds),
            seconds: seconds.to_vec(),
            ..Rung::default()
        };
        rung.count(seconds);
        rung.judge(criteria, totals, confidence);
        Some(rung)
    }

    fn count(&mut self, seconds: &[Second]) {
        let length = seconds.len() as f64;
        let sum = |of: fn(&Second) -> u64| seconds.iter().map(of).sum::<u64>();
        self.rps = sum(|second| second.requests.saturating_sub(second.failed)) as f64 / length;
        self.rate = sum(|second| second.completed) as f64 / length;
        let chunks = sum(|second| second.chunks);
        let completed = sum(|second| second.completed);
        // Streams that are longer than the rung have chunks here and their end elsewhere.
        self.chunks = chunks as f64 / completed.max(1) as f64;
        self.flow = match chunks {
            0 => Flow::of(seconds, |second| second.requests.saturating_sub(second.failed)),
            _ => Flow::of(seconds, |second| second.chunks),
        };
        let punctual = punctual(seconds);
        let mean = |of: fn(&Second) -> f32| {
            punctual.iter().map(|second| f64::from(of(second))).sum::<f64>() / punctual.len().max(1) as f64
        };
        self.open = mean(|second| second.open);
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

    /// The same rung, judged by these totals.
    pub(super) fn judged_by(&self, totals: &StageTotals, criteria: &[Rule], confidence: Confidence) -> Rung {
        let mut rung = Rung { criteria: Vec::new(), missed: None, ..self.clone() };
        rung.judge(criteria, totals, confidence);
        rung
    }

    fn judge(&mut self, criteria: &[Rule], totals: &StageTotals, confidence: Confidence) {
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
            if !faultless {
                reasons.push((judged.verdict, reason(rule, judged.verdict, judged.why)));
            }
            let margin = margin(&rule.threshold, sample);
            let load = judged.actual.map(|actual| load(&rule.threshold, actual));
            self.criteria.push(Judged { verdict: judged.verdict, margin, faultless, load });
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
        } else if has(Verdict::Fail) && !self.is_improving() {
            RungVerdict::Fail
        } else if !self.is_steady() || self.criteria.iter().any(|judged| self.is_open(judged)) {
            RungVerdict::Undetermined
        } else if has(Verdict::Pass) {
            RungVerdict::Pass
        } else {
            RungVerdict::Undetermined
        }
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
            RungVerdict::Undetermined if !self.is_steady() => unsteady(),
            _ => self.missed.clone(),
        }
    }

    /// Whether it is evidence of the service.
    pub fn is_valid(&self) -> bool {
        self.verdict() != RungVerdict::Invalid
    }

    /// Whether its users ask for streams.
    pub fn has_streams(&self) -> bool {
        self.begun > 0 || self.open > 0.0
    }

    /// Whether streams were asked for and none has shown text.
    pub fn is_silent(&self) -> bool {
        self.has_streams() && self.ttft.count == 0 && self.first_tokens() == 0
    }

    /// Whether streams ended and none had shown text: no other figure can make up for that.
    pub fn is_dead(&self) -> bool {
        self.is_silent() && self.streams > 0
    }

    /// Whether what was measured keeps to every criterion, however sure that is. Nothing measured keeps to nothing.
    pub fn seems_fine(&self) -> bool {
        !self.is_silent()
            && self.criteria.iter().all(|judged| judged.margin.is_none_or(|margin| margin.holds))
    }

    /// What was measured of a criterion, by its place, as a share of its bound: above 1 it is missed.
    pub fn load(&self, criterion: usize) -> Option<f64> {
        self.criteria.get(criterion)?.load
    }

    /// How many criteria it is judged by.
    pub fn criteria(&self) -> usize {
        self.criteria.len()
    }

    /// Whether it is steady and far from every bound, so that its users are clearly not too many.
    pub fn is_far(&self) -> bool {
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

    /// Whether its second half was clearly better than its first: what it missed may have been the first half's.
    fn is_improving(&self) -> bool {
        flow::improves(&self.seconds)
    }

    /// First tokens that came while it was measured.
    pub fn first_tokens(&self) -> u64 {
        self.seconds.iter().map(|second| second.first_tokens).sum()
    }

    /// So many of its failures as a share of its streams, or of its requests where there are no streams.
    pub(super) fn share(&self, failures: u64) -> f64 {
        let whole = if self.streams > 0 { self.streams } else { self.requests };
        (failures as f64 / whole.max(1) as f64).min(1.0)
    }

    /// Mean gap between the chunks of a stream, seconds.
    pub fn gap(&self) -> Option<f64> {
        self.icl.get(|icl| icl.mean)
    }

    /// Mean length of a completed stream, seconds.
    pub fn answer(&self) -> Option<f64> {
        self.e2e.get(|e2e| e2e.mean)
    }

    /// Longest wait that is common, seconds: to the first token, 95 %.
    pub fn wait(&self) -> Option<f64> {
        self.ttft.get(|ttft| ttft.p95)
    }

    /// Throughput: visible chunks per second where there are streams, else requests.
    pub fn throughput(&self) -> f64 {
        self.flow.rate
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

/// The most that was seen, but for one second in a hundred.
fn peak(mut seen: Vec<u32>) -> u32 {
    seen.sort_unstable();
    seen.get((seen.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0)
}

/// The canary's median, a failed one as slow as can be; none when that is the median.
fn median(canary: &[Canary]) -> Option<f64> {
    let mut times: Vec<_> = canary.iter().map(|canary| canary.latency.unwrap_or(Duration::MAX)).collect();
    times.sort_unstable();
    times.get(times.len() / 2).filter(|time| **time < Duration::MAX).map(Duration::as_secs_f64)
}

fn share(canary: &[Canary], is: fn(&Canary) -> bool) -> f64 {
    canary.iter().filter(|canary| is(canary)).count() as f64 / canary.len().max(1) as f64
}

/// Times to first token with those of streams that still wait: these have waited for at least so long. What has
/// waited for less than is usual says nothing yet.
fn waited(seen: &Histogram, waiting: &Histogram) -> TimeSummary {
    let usual = seen.percentile(Percentile::P50).unwrap_or(0);
    let telling: Vec<(u64, u64)> = waiting.buckets().filter(|(age, _)| *age > usual).collect();
    if telling.is_empty() {
        return TimeSummary::of(seen);
    }
    let mut all = seen.clone();
    for (age, count) in telling {
        (0..count).for_each(|_| all.record(age));
    }
    TimeSummary::of(&all)
}
