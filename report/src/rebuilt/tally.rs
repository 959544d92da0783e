//! All that the lines of a run's logs come to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::class::UserClass;
use common::request_log::{LoggedRequest, Moment, Outcome};
use common::slowest::{SlowPart, SlowRequest, Slowest};
use common::totals::{EndpointTotals, StreamTotals};
use common::trace::TraceId;
use logs::{LogEnd, LogReadError, LogReader, Merged};

use super::calls::{self, CallTallies, is_stream};
use super::course::CourseTally;
use super::failures::FailureTally;
use super::stages::StageTallies;
use super::streams;
use super::weights::Weights;
use crate::rows::RunReport;

/// Totals of lines.
#[derive(Debug)]
pub(super) struct LogTally {
    pub weights: Weights,
    pub calls: CallTallies,
    pub streams: StreamTotals,
    pub stages: StageTallies,
    pub course: CourseTally,
    pub failures: FailureTally,
    pub slowest: Slowest,
    /// By name.
    pub workers: BTreeMap<String, EndpointTotals>,
    pub classes: BTreeSet<UserClass>,
    /// The last end.
    pub end: Moment,
}

/// The report that these logs make.
///
/// # Errors
/// A line that is none; what cannot be read; logs of different runs, or one that is there twice.
pub fn report<'p>(paths: impl IntoIterator<Item = &'p Path> + Clone) -> Result<RunReport, LogReadError> {
    let mut merged = Merged::open(paths.clone())?;
    let each_once = merged.each_once()?;
    let mut tally = LogTally::new(match each_once.as_ref().map_or(1.0, |header| header.sample) {
        share if share < 1.0 => sample(Merged::open(paths)?, share)?,
        share => Weights::of_share(share),
    });
    while let Some(request) = merged.next_request()? {
        tally.add(&request);
    }
    let files: Vec<&LogReader> = merged.files().collect();
    Ok(tally.into_report(each_once.as_ref(), &files))
}

/// For how many requests each good line of a sample stands: as the last lines of the files count them, else by the
/// share that was asked for.
fn sample(mut merged: Merged, share: f64) -> Result<Weights, LogReadError> {
    let (mut lines, mut slowest) = (0u64, 0u64);
    while let Some(request) = merged.next_request()? {
        if request.outcome == Outcome::Ok {
            if request.slowest { slowest += 1 } else { lines += 1 }
        }
    }
    let left_out = merged.files().map(|file| match file.end() {
        LogEnd::Whole(footer) => Some(footer.left_out),
        LogEnd::Open => None,
    });
    Ok(match left_out.sum::<Option<u64>>() {
        Some(left_out) => Weights::of_counts(lines, (lines + slowest).saturating_add(left_out)),
        None => Weights::of_share(share),
    })
}

impl LogTally {
    pub(super) fn new(weights: Weights) -> LogTally {
        LogTally {
            weights,
            calls: CallTallies::default(),
            streams: StreamTotals::default(),
            stages: StageTallies::default(),
            course: CourseTally::default(),
            failures: FailureTally::default(),
            slowest: Slowest::default(),
            workers: BTreeMap::new(),
            classes: BTreeSet::new(),
            end: Moment::default(),
        }
    }

    pub(super) fn add(&mut self, request: &LoggedRequest<'_>) {
        let times = self.weights.next(request);
        let call = self.calls.add(request, times);
        streams::add(&mut self.streams, request, times);
        self.stages.add(request, times);
        self.course.add(request, times);
        self.failures.add(request);
        self.slow(request, call);
        let worker = request.worker.as_deref().unwrap_or_default();
        if !self.workers.contains_key(worker) {
            self.workers.insert(worker.to_owned(), EndpointTotals::default());
        }
        if let Some(totals) = self.workers.get_mut(worker) {
            calls::add(totals, request, times);
        }
        self.classes.insert(request.class);
        self.end = self.end.max(request.end);
    }

    fn slow(&mut self, request: &LoggedRequest<'_>, call: u32) {
        let (Some(sent), Outcome::Ok | Outcome::Left) = (request.sent, request.outcome) else { return };
        let answer = request.latency().filter(|_| request.outcome == Outcome::Ok);
        let text = request.ttft().filter(|_| is_stream(request));
        for (part, took) in [(SlowPart::Answer, answer), (SlowPart::FirstText, text)] {
            let Some(took) = took else { continue };
            let slow = SlowRequest {
                took_us: took.nearest_us(),
                at_us: sent.nearest_us(),
                stage: request.stage,
                user: request.user,
                trace: request.trace.as_deref().and_then(|trace| trace.parse::<TraceId>().ok()),
            };
            self.slowest.add(call, part, slow);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use common::stats::Metric;

    /// A line of a call that was sent after one second and took 250 ms; `more` may say anything else.
    pub fn line(user: u64, call: &str, more: &str) -> LoggedRequest<'static> {
        let text = format!(
            "{{\"user\":{user},\"class\":\"stream\",\"session\":1,\"turn\":1,\"call\":\"{call}\",\"stage\":0,\"measured\":true,\
             \"intended\":1000000.0,\"start\":1000000.0,\"sent\":1000000.0,\"end\":1250000.0,\"status\":200,\"bytes\":10,{more}}}"
        );
        let request: LoggedRequest<'_> = serde_json::from_str(&text).unwrap();
        request
    }

    fn made(share: f64, lines: &[LoggedRequest<'_>]) -> RunReport {
        let mut tally = LogTally::new(Weights::of_share(share));
        lines.iter().for_each(|line| tally.add(line));
        tally.into_report(None, &[])
    }

    const TEXT: &str = "\"chunks\":3,\"first_token\":1100000.0,\"last_token\":1200000.0,\"tokens\":{\"output\":3,\"counted\":false}";

    #[test]
    fn lines_become_the_rows_that_their_run_had() {
        let ok = "\"outcome\":\"ok\"";
        let left = "\"outcome\":\"left\",\"chunks\":0";
        let report = made(
            1.0,
            &[
                line(1, "GET /threads", ok),
                line(
                    1,
                    "GET /threads",
                    "\"outcome\":\"failed\",\"failure\":\"http_5xx\",\"text\":\"HTTP 500: request 17\"",
                ),
                line(
                    2,
                    "GET /threads",
                    "\"outcome\":\"failed\",\"failure\":\"http_5xx\",\"text\":\"HTTP 500: request 18\"",
                ),
                line(1, "GET /threads", "\"outcome\":\"cut\""),
                line(3, "POST /chat", &format!("{ok},{TEXT}")),
                line(4, "POST /chat", left),
                line(5, "POST /chat", "\"outcome\":\"cut\""),
                line(6, "POST /chat", "\"outcome\":\"unasked\""),
            ],
        );
        let [chat, threads] = &report.endpoints[..] else { panic!("{:?}", report.endpoints) };
        assert_eq!((chat.count, chat.cut, chat.abandoned, chat.failures), (3, 1, 1, 0));
        assert_eq!((threads.count, threads.cut, threads.failures), (4, 1, 2));
        assert_eq!((report.total.count, report.total.failures), (7, 2));
        assert_eq!(chat.latency.map(|figures| figures.summary.max), Some(250.0));
        let [failed] = &report.failures[..] else { panic!("{:?}", report.failures) };
        assert_eq!((failed.occurrences, failed.text.as_str()), (2, "HTTP 500: request #"));
        assert_eq!(failed.example.as_deref(), Some("HTTP 500: request 17"));
        let counts = &report.streams.counts;
        assert_eq!((report.streams.started, counts.completed, counts.failed, counts.textless), (4, 1, 1, 1));
        assert_eq!((counts.abandoned, counts.cut, counts.tokens, counts.chunks), (1, 1, 3, 3));
        let p50 = |metric: Metric| report.streams.figures(metric).map(|figures| figures.summary.median);
        let times = [Metric::Ttft, Metric::E2e, Metric::Tpot, Metric::TokenRate].map(p50);
        assert_eq!(times, [Some(100.0), Some(250.0), Some(50.0), Some(20.0)]);
        assert!(report.streams.metrics.iter().all(|row| row.name != "icl" && row.name != "from_due"));
        assert_eq!(report.history.len(), 2);
        assert_eq!((report.history[1].rps, report.history[1].users), (7.0, 0), "all are gone at its end");
        assert_eq!(report.slowest.len(), 3, "{:?}", report.slowest);
    }

    #[test]
    fn what_no_line_says_is_not_known_to_be_nothing() {
        let mut long = line(1, "GET /", "\"outcome\":\"ok\"");
        (long.end, long.worker) = (Moment::of_micros(3.5e6), Some("w1".into()));
        let report = made(1.0, &[long]);
        let [stage] = &report.stages[..] else { panic!("{:?}", report.stages) };
        assert_eq!((stage.users_target, stage.users_peak, report.facts.users_peak), (None, Some(1), Some(1)));
        let [worker] = &report.workers[..] else { panic!("{:?}", report.workers) };
        assert_eq!((worker.requests, worker.cores, worker.users_peak, worker.deltas), (1, None, None, None));
        assert_eq!((worker.cpu_peak, worker.time_lost, worker.lateness_max_ms), (None, None, None));
        let text = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            String::from_utf8(out).unwrap()
        };
        let page = text(&|out| crate::markdown::write(out, &report).unwrap());
        let row =
            page.lines().find(|line| line.starts_with("| w1 |") || line.starts_with("| `w1` |")).unwrap();
        assert!(!row.contains("0 %") && !row.contains("0 ms") && row.matches(" – ").count() >= 8, "{row}");
        let json = text(&|out| crate::json::write(out, &report).unwrap());
        assert!(json.contains("\"time_lost\": null") || json.contains("\"time_lost\":null"), "{json}");
        let made_none = made(1.0, &[line(1, "GET /", "\"outcome\":\"ok\"")]);
        assert_eq!(made_none.facts.users_peak, None, "no second's end sees anybody");
    }

    #[test]
    fn the_first_request_of_an_arrival_counts_from_when_that_was_due() {
        let mut first = line(1, "GET /", "\"outcome\":\"ok\"");
        first.intended = Moment::of_micros(990_000.0);
        let report = made(1.0, &[first, line(1, "GET /", "\"outcome\":\"ok\"")]);
        let of = |metric| report.streams.figures(metric).map(|figures| figures.summary.max);
        let times = [Metric::StartDelay, Metric::FromStart, Metric::FromDue].map(of);
        assert_eq!(times, [Some(10.0), Some(250.0), Some(260.0)]);
    }

    #[test]
    fn a_sample_stands_for_all_and_failures_for_themselves() {
        let ok = line(1, "GET /", "\"outcome\":\"ok\"");
        let slow = LoggedRequest { slowest: true, ..ok.clone() };
        let failed = line(1, "GET /", "\"outcome\":\"failed\",\"failure\":\"timeout\",\"text\":\"late\"");
        let report = made(0.1, &[ok.clone(), ok, slow, failed]);
        assert_eq!((report.total.count, report.total.failures), (21, 1));
    }

    #[test]
    fn no_line_makes_it_overflow_or_panic() {
        let most = u64::MAX;
        let text = format!(
            "\"outcome\":\"ok\",\"chunks\":{most},\"hidden\":{most},\"comments\":{most},\"first_token\":-1e300,\"last_token\":1e300,\
             \"tokens\":{{\"output\":{most},\"counted\":true,\"reasoning\":{most}}}"
        );
        let mut line = line(1, "", &text);
        (line.end, line.bytes, line.stage) = (Moment::of_micros(f64::INFINITY), most, u32::MAX);
        for share in [1.0, 0.001] {
            assert_eq!(made(share, &[line.clone(), line.clone()]).endpoints.len(), 1);
        }
    }
}
