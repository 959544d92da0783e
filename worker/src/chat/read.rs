//! Reading one stream from its connection.

use std::time::{Duration, Instant};

use common::failure::FailureClass;
use common::plan::Plan;

use super::reading::{Chunk, Reading};
use super::{Dialect, Kept, StreamReport};
use crate::http::{
    Arrivals, BodyEvent, Client, DiscardedBody, Failure, Request, Response, ResponseBody, Start,
};

/// How long the body may go on after the terminal event before its connection is given up. Most
/// servers end it in the same breath.
const GRACE: Duration = Duration::from_millis(100);

/// How long a stream may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// The whole stream, connecting included; [`Request::timeout`] is not looked at.
    pub timeout: Duration,
    /// Longest silence after the first event; any byte breaks it.
    pub idle: Duration,
    /// A gap between two chunks of at least this is a stall.
    pub stall: Duration,
}

impl From<&Plan> for StreamLimits {
    fn from(plan: &Plan) -> Self {
        Self { timeout: plan.stream_timeout, idle: plan.idle_timeout, stall: plan.stall }
    }
}

/// Sends `request` and reads the stream that answers it to its end. `on_chunk` gets every
/// chunk of visible text as it comes.
///
/// After the terminal event it waits up to 100 ms for the body's end, so that the connection can be
/// kept; no stamp includes that. Dropping the future closes the connection.
pub async fn read(
    client: &mut Client,
    request: Request<'_>,
    dialect: &Dialect,
    limits: &StreamLimits,
    on_chunk: impl FnMut(Chunk),
) -> StreamReport {
    let asked = Asked { started: Instant::now(), since: None, leaves_at: None, keep: None };
    read_from(client, asked, request, dialect, limits, on_chunk).await
}

/// What was asked.
pub(crate) struct Asked<'k> {
    /// When it was decided on, just now unless another call put the question.
    pub(crate) started: Instant,
    /// When the question left, if another call put it: times count from there.
    pub(crate) since: Option<Start>,
    /// When the user leaves, if the answer has not ended by then.
    pub(crate) leaves_at: Option<Instant>,
    /// Takes of the answer what somebody wants.
    pub(crate) keep: Option<&'k mut Kept>,
}

/// As [`read`], for what was asked already or is asked by this request.
pub(crate) async fn read_from(
    client: &mut Client,
    asked: Asked<'_>,
    request: Request<'_>,
    dialect: &Dialect,
    limits: &StreamLimits,
    on_chunk: impl FnMut(Chunk),
) -> StreamReport {
    let patience = asked.leaves_at.map(|at| at.saturating_duration_since(asked.started));
    let patience = patience.filter(|patience| *patience < limits.timeout);
    let waits = patience.unwrap_or(limits.timeout);
    let Response { deadline: until, connect, start, at, result, .. } =
        client.send(&request, asked.started, waits, true).await;
    let deadline = until + (limits.timeout - waits);
    let start = asked.since.unwrap_or(start);
    let mut report = StreamReport::begun(start, at, connect);
    let (head, body) = match result {
        Ok(answer) => answer,
        Err(failure) if patience.is_some() && failure.class == FailureClass::Timeout => {
            return StreamReport { left: true, ..report };
        }
        Err(failure) => return report.failed(failure),
    };
    report.status = head.status;
    report.retry_after = head.verdict.retry_after;
    report.headers = Some(start.until(at));
    if let Err(unexpected) = head.verdict.outcome {
        let DiscardedBody { beginning, bytes, ended, .. } = body.explain(deadline).await;
        (report.bytes, report.ended) = (bytes, ended);
        return report.failed(unexpected.into_failure(&beginning));
    }
    let mut reading = Reading::new(dialect, limits.stall, start, asked.keep, on_chunk);
    let ends = Ends { leaves_at: patience.map(|_| until), deadline };
    let outcome = read_events(body, &mut reading, &mut report, ends, limits).await;
    report.close(&reading, outcome)
}

/// When a stream is over at the latest.
#[derive(Clone, Copy)]
struct Ends {
    /// Before the deadline: when its user leaves.
    leaves_at: Option<Instant>,
    deadline: Instant,
}

/// Reads until the stream's end, whichever it is; one that its user has left has not failed.
async fn read_events<G: FnMut(Chunk)>(
    mut body: ResponseBody<'_>,
    reading: &mut Reading<'_, G>,
    report: &mut StreamReport,
    Ends { leaves_at, deadline }: Ends,
    limits: &StreamLimits,
) -> Result<(), Failure> {
    let last = leaves_at.unwrap_or(deadline);
    let mut until = last;
    let outcome = loop {
        let mut end = None;
        let take = |data: &[u8], at: Arrivals| {
            reading.tally.hear(data, at.at());
            // What comes after the end is not part of the stream.
            match end {
                Some(_) => reading.feed_after_end(data),
                None => {
                    report.bytes += data.len() as u64;
                    end = reading.feed(data, at);
                }
            }
        };
        let (event, came) = body.next(until, take).await;
        report.ended = came;
        let at = came.at;
        match event {
            BodyEvent::Data(_) => {
                let start = report.start;
                report.first_byte.get_or_insert_with(|| start.until(came));
                if let Some(outcome) = end {
                    let until = deadline.min(at + GRACE);
                    let rest = |data: &[u8]| {
                        reading.tally.hear(data, Instant::now());
                        reading.feed_after_end(data);
                    };
                    report.left_open = !body.discard_rest(until, rest).await;
                    return outcome;
                }
                if reading.tally.first_event.is_some() {
                    until = at.checked_add(limits.idle).map_or(last, |idle| idle.min(last));
                }
            }
            BodyEvent::End => break reading.end(came),
            BodyEvent::Broken(how) => break Err(Failure::new(FailureClass::CutFrame, &how)),
            BodyEvent::Late if leaves_at.is_some_and(|leaves_at| at >= leaves_at) => {
                report.left = true;
                break Ok(());
            }
            BodyEvent::Late if at >= deadline => {
                break Err(Failure::late("the stream had not ended", limits.timeout));
            }
            BodyEvent::Late => {
                let text = format!("nothing came for {:?}", limits.idle);
                break Err(Failure::new(FailureClass::IdleTimeout, &text));
            }
        }
    };
    body.end();
    outcome
}
