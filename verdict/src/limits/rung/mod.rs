//! One rung: what was measured of a stage while its users held still.

mod judged;
mod pulse;
mod refused;
mod shorter;
mod times;

use std::sync::Arc;
use std::time::Duration;

use common::segment::Segment;
use common::stats::{Metric, Percentile};
use common::totals::StageTotals;

use super::flow::Flow;
use crate::threshold::{Confidence, Rule};
use crate::validity::{Validity, spoils_looks};
use crate::{FailureKinds, Second, Sources};
#[cfg(test)]
pub(super) use judged::most_telling;
pub(super) use judged::{BY_FAILURES, Judged};
pub use pulse::Pulse;
pub use shorter::{Shorter, mark_shorter};
pub(super) use times::TimeSummary;
use times::{cheap_times, waited};

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
    /// Its totals as they were when it was looked at: what its streams come to later, they come to under another load.
    pub(super) totals: Arc<StageTotals>,
    /// What the canary's answers took, ascending; without end where it failed.
    pub(super) cheap: Vec<f64>,
    pub(super) failure_kinds: FailureKinds,
    /// Whether the load generator was the limit.
    pub(super) validity: Validity,
    /// How it stands to each criterion.
    pub(super) criteria: Vec<Judged>,
    /// Whether its answers are clearly shorter than with few users: then it is no evidence that its users are held.
    pub(super) shorter: Option<Shorter>,
    /// Whether it failed by what the service itself said.
    pub(super) refused: bool,
    /// Which criterion was missed, else which is undetermined and why: of the first such.
    pub(super) missed: Option<String>,
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
            ttft: waited(&streams.metrics[Metric::Ttft as usize], &streams.textless()),
            icl: metric(Metric::Icl),
            headers: metric(Metric::Headers),
            e2e: metric(Metric::E2e),
            cheap: cheap_times(sources.evidence.canary_within(from, to)),
            validity: Validity::of_span(seconds),
            seconds: seconds.to_vec(),
            totals: Arc::new(totals.clone()),
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

    /// How long it was measured, seconds.
    pub fn length(&self) -> f64 {
        self.to - self.from
    }

    /// Its stage's place in the shape.
    pub fn stage(&self) -> usize {
        self.stage
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

    /// The canary's median, seconds; none without one, or where the median failed.
    pub(super) fn canary(&self) -> Option<f64> {
        self.cheap.get(self.cheap.len() / 2).copied().filter(|time| time.is_finite())
    }

    /// Share of the canary's requests that failed.
    pub(super) fn canary_failures(&self) -> f64 {
        self.cheap.iter().filter(|time| time.is_infinite()).count() as f64 / self.cheap.len().max(1) as f64
    }

    /// What was measured of a criterion, by its place, as a share of its bound: above 1 it is missed.
    pub fn load(&self, criterion: usize) -> Option<f64> {
        self.criteria.get(criterion)?.load
    }

    /// How many criteria it is judged by.
    pub fn criteria(&self) -> usize {
        self.criteria.len()
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

    /// So many of its failures as a share of all its requests.
    pub(super) fn share_of_requests(&self, failures: u64) -> f64 {
        (failures as f64 / self.requests.max(1) as f64).min(1.0)
    }

    /// Mean length of a completed stream, seconds.
    pub fn answer(&self) -> Option<f64> {
        self.e2e.get(|e2e| e2e.mean)
    }

    /// Longest wait that is common, seconds: to the first token, 95 %.
    pub fn wait(&self) -> Option<f64> {
        self.ttft.get(|ttft| ttft.p95)
    }

    /// How long it takes to let in all who wait for their first token, seconds: those who came before the rung was measured
    /// too, of whom its times say nothing where the last to come is served first.
    pub(crate) fn lets_all_in(&self) -> f64 {
        let per_second = self.first_tokens() as f64 / self.length().max(1.0);
        if per_second > 0.0 { (self.open - self.producing).max(0.0) / per_second } else { 0.0 }
    }

    /// What the requests beside the streams commonly take at most, seconds: 95 %, of the endpoint that is slowest.
    pub(crate) fn longest_call(&self) -> f64 {
        let calls = self.totals.beside_streams();
        let longest = calls.filter_map(|endpoint| endpoint.latency.percentile(Percentile::P95)).max();
        longest.unwrap_or(0) as f64 / 1e6
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
