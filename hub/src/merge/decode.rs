//! A delta from the wire, checked before anything of it counts.

use std::collections::BTreeSet;

use super::checked::{
    ArrivalTally, CheckedDelta, EndpointPart, FailurePart, MetricPart, ReportedUsers, StagePart,
};
use common::api::OPERATIONS;
use common::ask::{Ask, MOST_ASKS};
use common::class::{PerClass, UserClass};
use common::failure::{FailureClass, KIND_LIMIT, TEXT_LIMIT};
use common::protocol as wire;
use common::slowest::{SLOWEST, SlowPart, SlowRequest, Slowest};
use common::stats::{Concurrency, LOOKS, Metric, SamplesError, SparseHistogram, StreamCounts, Uncertain};
use common::trace::TraceId;

/// The most failures, stages and exceptions one delta may carry.
const MAX_ROWS: usize = 1024;
/// The longest word of a worker on its request log, bytes.
const MAX_LOG_ERROR: usize = 200;
/// The most slow requests that one delta may carry: of each endpoint and part on each of many load threads.
const MAX_SLOWEST: usize = 64 * OPERATIONS * 2 * SLOWEST;
/// The most users one worker may report.
const MAX_USERS: u32 = 10_000_000;
/// Highest stage number: far beyond any shape.
const MAX_STAGE: u32 = 100_000;

/// Why a delta does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// The delta belongs to another run.
    #[error("it belongs to another run")]
    OtherRun,
    /// The delta carries another incarnation than the worker registered with.
    #[error("it carries another incarnation than its worker")]
    OtherIncarnation,
    /// A delta in between is missing.
    #[error("delta {got} came before delta {expected}")]
    Gap {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        got: u64,
    },
    /// Its interval lies outside the run or is empty.
    #[error("its interval {from_us} to {to_us} µs lies outside the run")]
    Interval {
        /// Claimed start on the run clock.
        from_us: u64,
        /// Claimed end on the run clock.
        to_us: u64,
    },
    /// Its histograms use a bucket layout that this controller does not know.
    #[error("its histograms use the unknown bucket layout {0}")]
    Layout(u32),
    /// A histogram that no recorder can have made.
    #[error(transparent)]
    Samples(#[from] SamplesError),
    /// A number that names nothing, or appears twice.
    #[error("it names {what} {number}, which does not exist or was named before")]
    Unknown {
        /// What the number should name.
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// Counts that contradict each other.
    #[error("its counts of {0} contradict each other")]
    Impossible(&'static str),
    /// More rows, or longer texts, than a worker sends.
    #[error("it carries more or longer {0} than a worker sends")]
    TooMuch(&'static str),
}

/// Checks a delta. `latest_us` is the latest run clock that an interval may reach.
pub fn decode(delta: wire::Delta, latest_us: u64) -> Result<CheckedDelta, DeltaError> {
    if delta.layout != common::protocol::LAYOUT {
        return Err(DeltaError::Layout(delta.layout));
    }
    let (from_us, to_us) = (delta.from_us, delta.to_us);
    if from_us >= to_us || to_us > latest_us {
        return Err(DeltaError::Interval { from_us, to_us });
    }
    if delta.stages.len() > MAX_ROWS || delta.failures.len() > MAX_ROWS || delta.exceptions.len() > MAX_ROWS {
        return Err(DeltaError::TooMuch("rows"));
    }
    let stages = delta.stages.into_iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    let failures =
        delta.failures.into_iter().map(|part| failure(part, latest_us)).collect::<Result<Vec<_>, _>>()?;
    once("stage", stages.iter().map(|stage| stage.stage))?;
    once("user class", delta.users.iter().map(|users| users.class))?;
    explained(&stages, &failures)?;
    let health = delta.health.unwrap_or_default();
    if health.log_error.len() > MAX_LOG_ERROR {
        return Err(DeltaError::TooMuch("the request log's error"));
    }
    let lateness = samples(health.lateness.as_ref())?;
    if health.own_stamps > lateness.count() {
        return Err(DeltaError::Impossible("stamps"));
    }
    let (arrivals, arrivals_waiting) = arrivals(delta.arrivals.unwrap_or_default())?;
    Ok(CheckedDelta {
        seq: delta.seq,
        from_us,
        to_us,
        stages,
        failures,
        users: users(&delta.users)?,
        concurrency: concurrency(&delta.open, &delta.producing)?,
        health,
        lateness,
        exceptions: delta.exceptions.into_iter().map(exception).collect::<Result<_, _>>()?,
        arrivals,
        arrivals_waiting,
        slowest: slowest(&delta.slowest, latest_us)?,
        asks: asks(&delta.asks)?,
    })
}

/// Refuses a number that comes twice: the second would hide or double the first.
fn once(what: &'static str, numbers: impl Iterator<Item = u32>) -> Result<(), DeltaError> {
    let mut seen = BTreeSet::new();
    for number in numbers {
        if !seen.insert(number) {
            return Err(DeltaError::Unknown { what, number });
        }
    }
    Ok(())
}

/// Refuses failed requests that no failure of their endpoint explains, and failures without requests.
fn explained(stages: &[StagePart], failures: &[FailurePart]) -> Result<(), DeltaError> {
    // At most MAX_ROWS counts of at most MAX_COUNT: the sum cannot overflow.
    let mut failed = [0u64; OPERATIONS];
    for part in stages.iter().flat_map(|stage| &stage.endpoints) {
        failed[part.endpoint] += part.failures;
    }
    let mut explained = [0u64; OPERATIONS];
    for failure in failures {
        explained[failure.endpoint] = explained[failure.endpoint].saturating_add(failure.count);
    }
    if failed == explained { Ok(()) } else { Err(DeltaError::Impossible("failures")) }
}

fn stage(part: wire::StagePart) -> Result<StagePart, DeltaError> {
    if part.stage > MAX_STAGE {
        return Err(DeltaError::Unknown { what: "stage", number: part.stage });
    }
    let mut seen = [false; OPERATIONS];
    let mut endpoints = Vec::with_capacity(part.endpoints.len().min(OPERATIONS));
    for endpoint in part.endpoints {
        let number = endpoint.endpoint;
        match seen.get_mut(number as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(DeltaError::Unknown { what: "endpoint", number }),
        }
        endpoints.push(self::endpoint(number as usize, &endpoint)?);
    }
    let sent = part.streams.unwrap_or_default();
    let (streams, in_progress) = (StreamCounts::from(&sent), sent.in_progress);
    let waiting = samples(sent.waiting.as_ref())?;
    let (left, left_textless) = (samples(sent.left.as_ref())?, samples(sent.left_textless.as_ref())?);
    let metrics = metrics(sent.metrics)?;
    check_streams(&streams, in_progress, &waiting)?;
    if left.count() > streams.abandoned || !left.holds(&left_textless) {
        return Err(DeltaError::Impossible("streams that were left"));
    }
    Ok(StagePart {
        stage: part.stage,
        endpoints,
        streams,
        in_progress,
        waiting,
        left,
        left_textless,
        metrics,
    })
}

fn endpoint(endpoint: usize, sent: &wire::EndpointPart) -> Result<EndpointPart, DeltaError> {
    let (latency, failed) = (samples(sent.latency.as_ref())?, samples(sent.failed_latency.as_ref())?);
    let waiting = samples(sent.waiting.as_ref())?;
    let wire::EndpointPart { failures, cut, abandoned, bytes, .. } = *sent;
    let is_few = cut.max(abandoned) <= SparseHistogram::MAX_COUNT;
    if failed.count() != failures || !latency.holds(&failed) || !is_few {
        return Err(DeltaError::Impossible("requests"));
    }
    let uncertain = Uncertain::decode(sent.uncertain.as_ref(), &latency)?;
    Ok(EndpointPart { endpoint, latency, failed, uncertain, failures, cut, abandoned, bytes, waiting })
}

fn metrics(parts: Vec<wire::MetricPart>) -> Result<Vec<MetricPart>, DeltaError> {
    let mut seen = [false; Metric::ALL.len()];
    let mut metrics = Vec::with_capacity(parts.len().min(seen.len()));
    for part in parts {
        let unknown = DeltaError::Unknown { what: "metric", number: part.metric };
        let metric = Metric::from_index(part.metric).ok_or(unknown.clone())?;
        if std::mem::replace(&mut seen[metric as usize], true) {
            return Err(unknown);
        }
        let samples = samples(part.samples.as_ref())?;
        let uncertain = Uncertain::decode(part.uncertain.as_ref(), &samples)?;
        metrics.push(MetricPart { metric, samples, uncertain });
    }
    Ok(metrics)
}

fn check_streams(
    streams: &StreamCounts,
    in_progress: u64,
    waiting: &SparseHistogram,
) -> Result<(), DeltaError> {
    let limit = SparseHistogram::MAX_COUNT;
    let tokens = [streams.tokens, streams.prompt_tokens, streams.cached_tokens, streams.reasoning_tokens];
    let others = StreamCounts {
        tokens: 0,
        tokens_reported: 0,
        prompt_tokens: 0,
        cached_tokens: 0,
        reasoning_tokens: 0,
        ..*streams
    };
    let finished = [
        streams.finish_stop,
        streams.finish_length,
        streams.finish_tool,
        streams.finish_filter,
        streams.finish_other,
    ];
    let of_completed = [
        streams.stalled,
        streams.wordless,
        streams.contradicted,
        streams.text_after_end,
        streams.left_open,
        finished.iter().fold(0, |sum, count| count.saturating_add(sum)),
    ];
    let sane = others.values().iter().all(|count| *count <= limit)
        && in_progress <= limit
        && waiting.count() <= in_progress
        && streams.textless <= streams.failed
        // A stream may report 2^25 tokens of a kind.
        && tokens.iter().all(|tokens| *tokens <= limit << 25)
        && streams.tokens_reported <= streams.tokens
        && of_completed.iter().all(|count| *count <= streams.completed);
    if sane { Ok(()) } else { Err(DeltaError::Impossible("streams")) }
}

fn samples(samples: Option<&wire::Samples>) -> Result<SparseHistogram, DeltaError> {
    samples.map_or(Ok(SparseHistogram::default()), |samples| Ok(SparseHistogram::decode(samples)?))
}

fn failure(failure: wire::Failure, latest_us: u64) -> Result<FailurePart, DeltaError> {
    if failure.endpoint as usize >= OPERATIONS {
        return Err(DeltaError::Unknown { what: "endpoint", number: failure.endpoint });
    }
    let class = FailureClass::from_index(failure.class)
        .ok_or(DeltaError::Unknown { what: "failure class", number: failure.class })?;
    let is_text = |text: &str, limit| text.len() <= limit && !text.chars().any(char::is_control);
    if !is_text(&failure.text, KIND_LIMIT) || !is_text(&failure.example, TEXT_LIMIT) {
        return Err(DeltaError::TooMuch("failure texts"));
    }
    Ok(FailurePart {
        endpoint: failure.endpoint as usize,
        class,
        example: if failure.example.is_empty() { failure.text.clone() } else { failure.example },
        words: failure.text,
        varies: failure.varies,
        trace: trace(&failure.trace)?,
        count: failure.count,
        first_us: failure.first_us.min(latest_us),
        last_us: failure.last_us.min(latest_us),
    })
}

/// The id of a trace, or nothing.
fn trace(bytes: &[u8]) -> Result<Option<TraceId>, DeltaError> {
    match (bytes, TraceId::from_bytes(bytes)) {
        ([], _) => Ok(None),
        (_, Some(trace)) => Ok(Some(trace)),
        (_, None) => Err(DeltaError::Impossible("traces")),
    }
}

fn asks(sent: &[wire::Ask]) -> Result<Vec<Ask>, DeltaError> {
    if sent.len() > MOST_ASKS {
        return Err(DeltaError::TooMuch("questions"));
    }
    let ask = |sent: &wire::Ask| {
        let ask = Ask::try_from(sent).map_err(|_| DeltaError::Impossible("questions"))?;
        match (ask.endpoint as usize) < OPERATIONS && ask.stage <= MAX_STAGE {
            true => Ok(ask),
            false => Err(DeltaError::Impossible("questions")),
        }
    };
    sent.iter().map(ask).collect()
}

fn slowest(sent: &[wire::SlowRequest], latest_us: u64) -> Result<Slowest, DeltaError> {
    if sent.len() > MAX_SLOWEST {
        return Err(DeltaError::TooMuch("slow requests"));
    }
    let mut slowest = Slowest::default();
    for request in sent {
        let wire::SlowRequest { endpoint, first_text, took_us, sent_us, stage, user, .. } = *request;
        if endpoint as usize >= OPERATIONS {
            return Err(DeltaError::Unknown { what: "endpoint", number: endpoint });
        }
        if stage > MAX_STAGE {
            return Err(DeltaError::Unknown { what: "stage", number: stage });
        }
        let part = if first_text { SlowPart::FirstText } else { SlowPart::Answer };
        let (at_us, trace) = (sent_us.min(latest_us), trace(&request.trace)?);
        slowest.add(endpoint, part, SlowRequest { took_us, at_us, stage, user, trace });
    }
    Ok(slowest)
}

fn users(counts: &[wire::UserCount]) -> Result<PerClass<ReportedUsers>, DeltaError> {
    let mut users = PerClass::default();
    for count in counts {
        let class = UserClass::from_index(count.class)
            .ok_or(DeltaError::Unknown { what: "user class", number: count.class })?;
        let wire::UserCount { running, stopping, peak, .. } = *count;
        if running.max(stopping).max(peak) > MAX_USERS {
            return Err(DeltaError::Impossible("users"));
        }
        users[class.index()] = ReportedUsers { running, stopping, peak };
    }
    Ok(users)
}

fn arrivals(sent: wire::ArrivalPart) -> Result<(ArrivalTally, u64), DeltaError> {
    let wire::ArrivalPart { started, dropped, missed, withdrawn, late, waiting } = sent;
    let counts = [started, dropped, missed, withdrawn, waiting];
    if late > started || counts.iter().any(|count| *count > SparseHistogram::MAX_COUNT) {
        return Err(DeltaError::Impossible("arrivals"));
    }
    Ok((ArrivalTally { started, dropped, missed, withdrawn, late }, waiting))
}

fn concurrency(open: &[u32], producing: &[u32]) -> Result<Concurrency, DeltaError> {
    if open.is_empty() && producing.is_empty() {
        return Ok(Concurrency::default());
    }
    let looks = |sent: &[u32]| <[u32; LOOKS]>::try_from(sent).map_err(|_| DeltaError::TooMuch("looks"));
    let seen = Concurrency { open: looks(open)?, producing: looks(producing)? };
    let is_sane = seen
        .open
        .iter()
        .zip(&seen.producing)
        .all(|(open, producing)| producing <= open && *open <= MAX_USERS);
    if is_sane { Ok(seen) } else { Err(DeltaError::Impossible("streams at once")) }
}

fn exception(exception: wire::Exception) -> Result<wire::Exception, DeltaError> {
    if exception.message.len() > 4096 || exception.traceback.len() > 65_536 {
        return Err(DeltaError::TooMuch("exceptions"));
    }
    Ok(exception)
}
