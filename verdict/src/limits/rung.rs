//! One rung: what was measured of a stage while its users held still.

use std::time::Duration;

use common::stats::{Histogram, Metric, Percentile};

use super::{Margin, RungVerdict, margin};
use crate::threshold::{Confidence, Measure, Rule, Verdict, judge, sample};
use crate::validity::Spoilt;
use crate::validity::spoilt;
use crate::{Beat, Beats, Faults};
use common::segment::Segment;
use common::timeline::Timeline;
use common::totals::{StageTotals, Totals};

/// Lateness of timers from which a second's looks at the streams are no good, microseconds.
const LATE_LOOK_US: u64 = 20_000;

/// Halves that differ by more than this share are no steady state.
const DRIFT: f64 = 0.2;
/// A distance from Little's law beyond this is none either.
const LITTLE: f64 = 0.15;
/// Share of failures from which neither is asked.
const STEADY_FAILURES: f64 = 0.05;

/// Where a run's measurements lie.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The stages and their measured segments.
    pub timeline: &'a Timeline,
    /// The totals.
    pub totals: &'a Totals,
    /// The seconds.
    pub beats: &'a Beats,
}

/// A rung. Times are in seconds, rates per second.
#[derive(Debug, Clone, Default)]
pub struct Rung {
    /// The stage's place in the shape.
    pub stage: usize,
    /// Its name.
    pub name: String,
    /// Users.
    pub users: u32,
    /// Run clock from which it was measured.
    pub from: f64,
    /// Run clock to which it was measured.
    pub to: f64,
    /// Requests with an outcome.
    pub requests: u64,
    /// Of those, failed.
    pub failures: u64,
    /// Requests per second.
    pub rps: f64,
    /// Latency of all requests, 95 %.
    pub p95: Option<f64>,
    /// Mean latency of all requests.
    pub latency: Option<f64>,
    /// Streams with an outcome.
    pub streams: u64,
    /// Streams completed per second.
    pub rate: f64,
    /// Standard error of `rate`, from the seconds of the rung.
    pub rate_error: f64,
    /// Time to first token.
    pub ttft: Figures,
    /// Gaps between chunks.
    pub icl: Figures,
    /// Time to the response headers.
    pub headers: Figures,
    /// Length of completed streams.
    pub e2e: Figures,
    /// Visible chunks per stream.
    pub chunks: f64,
    /// Streams open at once, mean.
    pub open: f64,
    /// How much more streams were open in the second half than in the first, as a share of all.
    pub drift: f64,
    /// Streams sending text at once, mean.
    pub producing: f64,
    /// Streams sending text at once, most but for one second in a hundred.
    pub producing_peak: u32,
    /// The canary's median, and how many of its probes failed.
    pub canary: Option<f64>,
    /// Share of the canary's probes that failed.
    pub canary_failures: f64,
    /// Failures by kind.
    pub faults: Faults,
    /// What made its figures unfit.
    pub spoilt: Spoilt,
    /// How it stands to each criterion.
    pub criteria: Vec<(Verdict, Option<Margin>)>,
    /// Whether it failed by what the service itself said.
    pub refused: bool,
    /// Which criterion was missed, else which cannot be told and why: of the first such.
    pub missed: Option<String>,
}

/// Figures of a distribution in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Samples.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95 %.
    pub p95: f64,
}

impl Figures {
    fn of(values: &Histogram) -> Figures {
        let seconds = |us: u64| us as f64 / 1e6;
        let Some([p50, p95]) = values.percentiles([Percentile::P50, Percentile::P95]) else {
            return Figures::default();
        };
        let mean = values.mean().unwrap_or_default() / 1e6;
        Figures { count: values.count(), mean, p50: seconds(p50), p95: seconds(p95) }
    }

    /// A figure, if there are samples.
    pub fn told(&self, figure: fn(&Figures) -> f64) -> Option<f64> {
        (self.count > 0).then(|| figure(self))
    }
}

impl Rung {
    /// The rung of a stage, up to `now` (run clock); none when nothing of it is measured.
    pub fn of(sources: Sources<'_>, stage: usize, now: Duration, criteria: &[Rule]) -> Option<Rung> {
        let (from, to) = sources.timeline.measured(stage)?;
        let to = to.min(now);
        let beats = sources.beats.within(from, to);
        if beats.is_empty() {
            return None;
        }
        let empty = StageTotals::default();
        let totals = sources.totals.segment(Segment { stage, measured: true }).unwrap_or(&empty);
        let wanted = sources.timeline.shape().stages.get(stage)?;
        let metric = |metric: Metric| Figures::of(&totals.streams.metrics[metric as usize]);
        let canary: Vec<_> = sources.beats.canary_within(from, to).collect();
        let sum = totals.all();
        let all = Figures::of(&sum.latency);
        let mut rung = Rung {
            stage,
            name: wanted.name.clone(),
            users: wanted.users,
            from: from.as_secs_f64(),
            to: to.as_secs_f64(),
            requests: sum.latency.count(),
            failures: sum.failures,
            p95: all.told(|all| all.p95),
            latency: all.told(|all| all.mean),
            streams: totals.streams.counts.ended(),
            ttft: metric(Metric::Ttft),
            icl: metric(Metric::Icl),
            headers: metric(Metric::Headers),
            e2e: metric(Metric::E2e),
            chunks: totals.streams.counts.chunks as f64 / (totals.streams.counts.completed.max(1)) as f64,
            canary: median(canary.iter().filter_map(|canary| canary.latency)),
            canary_failures: failed(&canary),
            spoilt: spoilt(beats),
            ..Rung::default()
        };
        rung.count(beats);
        rung.judge(criteria, totals);
        Some(rung)
    }

    fn count(&mut self, beats: &[Beat]) {
        let seconds = beats.len() as f64;
        self.rps = beats.iter().map(|beat| beat.requests).sum::<u64>() as f64 / seconds;
        self.rate = beats.iter().map(|beat| beat.completed).sum::<u64>() as f64 / seconds;
        let spread = beats.iter().map(|beat| (beat.completed as f64 - self.rate).powi(2)).sum::<f64>();
        // With one second there is no spread to see: as for independent events, then.
        self.rate_error = match beats.len() {
            1 => self.rate.sqrt(),
            several => (spread / (several - 1) as f64 / seconds).sqrt(),
        };
        let punctual = punctual(beats);
        let mean = |of: fn(&Beat) -> f32| {
            punctual.iter().map(|beat| f64::from(of(beat))).sum::<f64>() / punctual.len().max(1) as f64
        };
        self.open = mean(|beat| beat.open);
        self.drift = drift(&punctual, self.open);
        self.producing = mean(|beat| beat.producing);
        self.producing_peak = peak(punctual.iter().map(|beat| beat.producing_peak).collect());
        for beat in beats {
            self.faults.add(&beat.faults);
        }
    }

    /// Whether most failures are answers of the service, and not this side's impatience.
    fn is_refused(&self) -> bool {
        let said = self.faults.limited + self.faults.database + self.faults.server;
        said > 0 && said * 2 >= self.faults.sum()
    }

    fn judge(&mut self, criteria: &[Rule], totals: &StageTotals) {
        let seconds = self.to - self.from;
        let mut reasons = Vec::new();
        for rule in criteria {
            let sample = sample(rule, totals, seconds);
            // What the service itself refuses is a fact, however busy the generator was.
            let told = matches!(rule.threshold.measure, Measure::Share(_)) && self.is_refused();
            let spoilt = if told { Spoilt::default() } else { self.spoilt };
            let judged = judge(&rule.threshold, &sample, &spoilt, Confidence::REPORT);
            self.refused |= told && judged.verdict == Verdict::Fail;
            reasons.push((judged.verdict, reason(rule, judged.verdict, judged.why)));
            self.criteria.push((judged.verdict, margin(&rule.threshold, &sample)));
        }
        self.missed = most_telling(&reasons);
    }

    /// What became of it. A criterion without samples says nothing: crud users have no streams.
    pub fn verdict(&self) -> RungVerdict {
        let has = |verdict| self.criteria.iter().any(|(told, _)| *told == verdict);
        if self.refused {
            RungVerdict::Fail
        } else if self.spoilt.cpu || self.spoilt.below_target {
            RungVerdict::Invalid
        } else if !self.is_steady() {
            RungVerdict::Undetermined
        } else if has(Verdict::Fail) {
            RungVerdict::Fail
        } else if self
            .criteria
            .iter()
            .any(|(told, margin)| *told == Verdict::Undetermined && margin.is_some())
        {
            RungVerdict::Undetermined
        } else if has(Verdict::Pass) {
            RungVerdict::Pass
        } else {
            RungVerdict::Undetermined
        }
    }

    /// Why it did not pass.
    pub fn why(&self) -> Option<String> {
        match (self.spoilt.cpu, self.spoilt.below_target) {
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
        self.criteria.iter().all(|(_, margin)| margin.is_none_or(|margin| margin.holds))
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
        let expected = self.rate * self.e2e.told(|e2e| e2e.mean)?;
        (expected > 0.0 && self.open > 0.0).then(|| self.open / expected - 1.0)
    }

    /// Share of its requests that failed.
    pub fn failure_share(&self) -> f64 {
        self.failures as f64 / self.requests.max(1) as f64
    }

    /// Time from first to last visible text and the stream's end, mean, seconds.
    pub fn decode(&self) -> Option<f64> {
        Some((self.e2e.told(|e2e| e2e.mean)? - self.ttft.told(|ttft| ttft.mean)?).max(0.0))
    }
}

/// The first reason why a criterion was missed, else why one cannot be told.
pub(super) fn most_telling(reasons: &[(Verdict, String)]) -> Option<String> {
    let first = |verdict| reasons.iter().find(|(told, _)| *told == verdict);
    first(Verdict::Fail).or_else(|| first(Verdict::Undetermined)).map(|(_, reason)| reason.clone())
}

/// Why a criterion was not kept.
fn reason(rule: &Rule, verdict: Verdict, why: Option<String>) -> String {
    match (verdict, why) {
        (Verdict::Undetermined, Some(why)) => format!("{}: {why}", rule.text),
        (Verdict::Undetermined, None) => format!("{} cannot be told", rule.text),
        (Verdict::Pass | Verdict::Fail, _) => format!("{} was missed", rule.text),
    }
}

/// A generator that is late itself sees streams end late, so its late seconds say nothing of streams at once,
/// unless there are no others.
fn punctual(beats: &[Beat]) -> Vec<&Beat> {
    let any = beats.iter().any(|beat| beat.strain.late_us <= LATE_LOOK_US);
    beats.iter().filter(|beat| !any || beat.strain.late_us <= LATE_LOOK_US).collect()
}

/// The second half less the first, over the mean; 0 with too few seconds to halve.
fn drift(beats: &[&Beat], mean: f64) -> f64 {
    let half = beats.len() / 2;
    let sum = |beats: &[&Beat]| beats.iter().map(|beat| f64::from(beat.open)).sum::<f64>();
    if half == 0 || mean <= 0.0 {
        return 0.0;
    }
    (sum(&beats[beats.len() - half..]) - sum(&beats[..half])) / half as f64 / mean
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

fn failed(canary: &[crate::Canary]) -> f64 {
    let failed = canary.iter().filter(|canary| canary.latency.is_none()).count();
    failed as f64 / canary.len().max(1) as f64
}
