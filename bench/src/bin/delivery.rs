//! How long an event is on its way from the server's write to the stamp that a stream's reader gives
//! it. The reader is the worker's; the server writes its own stamp into the terminal event.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bench::clock::{Bridge, Stamp};
use clap::Parser;
use common::api::{Answer, Encoding, Operation};
use common::plan::Plan;
use common::stats::{Histogram, Percentile, Recorder};
use http::Method;
use tokio::task::LocalSet;
use worker::chat::{Dialect, StreamLimits, StreamReport, read};
use worker::http::{Client, Request, RequestLimits, Target};
use worker::recorder::CoreRecorder;

/// Streams read by the worker's own reader, every gap recorded.
#[derive(Debug, Parser)]
struct Arguments {
    /// `http://HOST:PORT` of the responder.
    #[arg(long)]
    target: String,
    /// Streams at a time.
    #[arg(long, default_value_t = 1000)]
    users: u64,
    /// How long, seconds.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Spread the starts over so many milliseconds; nothing counts before that is over.
    #[arg(long, default_value_t = 1000)]
    spread_ms: u64,
    /// Query of a stream, to which `stamp` is added.
    #[arg(long, default_value = "n=50&gap=20&ttft=100")]
    query: String,
    /// Of the first event, not of the last.
    #[arg(long)]
    first: bool,
}

/// What all streams share.
struct Shared {
    plan: Plan,
    target: Target,
    dialect: Dialect,
    path: String,
    first: bool,
    bridge: Bridge,
    /// When samples begin to count.
    from: Instant,
    recorder: RefCell<CoreRecorder>,
    results: RefCell<Results>,
}

#[derive(Default)]
struct Results {
    /// Delivery times, microseconds.
    error: Recorder,
    ttft: Recorder,
    /// How long the ends lay unread, microseconds.
    late: Recorder,
    /// First tokens whose time is not known to 0.05 ms.
    unsure: u64,
    failures: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    worker::open_files::raise_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let plan = Plan { base_url: arguments.target.clone(), ..Plan::default() };
    let begun = Instant::now();
    let shared = Rc::new(Shared {
        target: runtime.block_on(Target::resolve(&plan))?,
        dialect: Dialect::compile(&plan.api.stream)?,
        path: format!("/chat/stream?{}&stamp={}", arguments.query, 1 + u64::from(arguments.first)),
        first: arguments.first,
        bridge: Bridge::new(),
        from: begun + Duration::from_millis(arguments.spread_ms),
        recorder: RefCell::new(CoreRecorder::new(begun)),
        results: RefCell::default(),
        plan,
    });
    let local = LocalSet::new();
    for user in 0..arguments.users {
        let shared = Rc::clone(&shared);
        let start = Duration::from_millis(arguments.spread_ms * user / arguments.users);
        local.spawn_local(async move {
            tokio::time::sleep(start).await;
            stream(&shared).await;
        });
    }
    let limit = Duration::from_secs_f64(arguments.seconds);
    runtime.block_on(local.run_until(async { tokio::time::sleep(limit).await }));
    println!("{}", report(&mut shared.results.borrow_mut()));
    Ok(())
}

async fn stream(shared: &Shared) {
    let mut client = Client::new(shared.target.clone(), RequestLimits::from(&shared.plan), None);
    let limits = StreamLimits::from(&shared.plan);
    loop {
        let request = Request {
            method: &Method::POST,
            path: shared.path.as_bytes(),
            body: Some(b"{\"message\":\"why?\"}"),
            answer: Answer::Sse,
            timeout: limits.timeout,
            encoding: Encoding::Json,
            user: None,
            success: &[],
            lines: b"",
        };
        let stage = shared.recorder.borrow_mut().begin(Operation::Chat, Instant::now());
        let on_chunk = |chunk| shared.recorder.borrow_mut().chunk(stage, chunk);
        let report = read(&mut client, request, &shared.dialect, &limits, on_chunk).await;
        shared.recorder.borrow_mut().stream(stage, &report);
        note(shared, &report);
    }
}

fn note(shared: &Shared, report: &StreamReport) {
    let mut results = shared.results.borrow_mut();
    // A stream without a stamp is useless here: its number of chunks would be taken for one.
    let has_stamp = report.outcome.is_ok() && report.has_usage;
    results.failures += u64::from(!has_stamp);
    if has_stamp && report.start.at >= shared.from {
        let ttft = report.ttft.unwrap_or_default();
        let came = if shared.first { report.start.at + ttft.seen } else { report.ended.at };
        results.error.record(Stamp::of(shared.bridge.ns(came)).since(report.tokens));
        results.unsure += u64::from(!ttft.is_sure());
        results.late.record(report.ended.unread.time().as_micros() as u64);
        results.ttft.record(ttft.seen.as_micros() as u64);
    }
}

fn report(results: &mut Results) -> serde_json::Value {
    let (mut error, mut ttft) = (Histogram::default(), Histogram::default());
    error.merge(&results.error.drain());
    ttft.merge(&results.ttft.drain());
    let mut late = Histogram::default();
    late.merge(&results.late.drain());
    serde_json::json!({
        "streams": error.count(),
        "failures": results.failures,
        "error_p50_us": error.percentile(Percentile::P50),
        "error_p99_us": error.percentile(Percentile::P99),
        "error_max_us": error.max(),
        "late_p50_us": late.percentile(Percentile::P50),
        "late_p99_us": late.percentile(Percentile::P99),
        "unsure": results.unsure,
        "ttft_p50_us": ttft.percentile(Percentile::P50),
        "ttft_p99_us": ttft.percentile(Percentile::P99),
    })
}
