//! How long an event is on its way from the server's write to the stamp that a stream's reader gives
//! it. The reader is the worker's; the server tells its own stamp in the terminal event.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bench::clock::{Bridge, Stamp};
use clap::Parser;
use common::api::{Answer, Operation};
use common::plan::Plan;
use common::stats::{Histogram, Percentile, Recorder};
use http::Method;
use tokio::task::LocalSet;
use worker::chat::{Dialect, StreamLimits, StreamReport, read};
use worker::http::{Client, Limits, Request, Target};
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
    /// Query of a stream, to which `stamp=1` is added.
    #[arg(long, default_value = "n=50&gap=20&ttft=100")]
    query: String,
}

/// What all streams share.
struct Ground {
    plan: Plan,
    target: Target,
    dialect: Dialect,
    path: String,
    bridge: Bridge,
    /// When samples begin to count.
    from: Instant,
    recorder: RefCell<CoreRecorder>,
    tally: RefCell<Tally>,
}

#[derive(Default)]
struct Tally {
    /// Microseconds on the way.
    error: Recorder,
    ttft: Recorder,
    failures: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    rlimit::increase_nofile_limit(u64::MAX)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let plan = Plan { base_url: arguments.target.clone(), ..Plan::default() };
    let begun = Instant::now();
    let ground = Rc::new(Ground {
        target: runtime.block_on(Target::resolve(&plan))?,
        dialect: Dialect::compile(&plan.api.stream)?,
        path: format!("/chat/stream?{}&stamp=1", arguments.query),
        bridge: Bridge::new(),
        from: begun + Duration::from_millis(arguments.spread_ms),
        recorder: RefCell::new(CoreRecorder::new(begun)),
        tally: RefCell::default(),
        plan,
    });
    let local = LocalSet::new();
    for user in 0..arguments.users {
        let ground = Rc::clone(&ground);
        let start = Duration::from_millis(arguments.spread_ms * user / arguments.users);
        local.spawn_local(async move {
            tokio::time::sleep(start).await;
            stream(&ground).await;
        });
    }
    let limit = Duration::from_secs_f64(arguments.seconds);
    runtime.block_on(local.run_until(async { tokio::time::sleep(limit).await }));
    println!("{}", report(&mut ground.tally.borrow_mut()));
    Ok(())
}

async fn stream(ground: &Ground) {
    let mut client = Client::new(ground.target.clone(), Limits::from(&ground.plan), None);
    let limits = StreamLimits::from(&ground.plan);
    loop {
        let request = Request {
            method: &Method::POST,
            path: &ground.path,
            body: Some(b"{\"message\":\"why?\"}"),
            answer: Answer::Sse,
            timeout: limits.timeout,
            user: None,
        };
        let stage = ground.recorder.borrow_mut().begin(Operation::Chat, Instant::now());
        let on_chunk = |chunk| ground.recorder.borrow_mut().chunk(stage, chunk);
        let report = read(&mut client, request, &ground.dialect, &limits, on_chunk).await;
        ground.recorder.borrow_mut().stream(stage, &report);
        note(ground, &report);
    }
}

fn note(ground: &Ground, report: &StreamReport) {
    let mut tally = ground.tally.borrow_mut();
    // A stream that tells no stamp is as good as lost here: its own count of chunks would pass for one.
    let told = report.outcome.is_ok() && report.tokens_reported;
    tally.failures += u64::from(!told);
    if told && report.started >= ground.from {
        tally.error.record(Stamp::of(ground.bridge.ns(report.ended)).since(report.tokens));
        tally.ttft.record(report.ttft.unwrap_or_default().as_micros() as u64);
    }
}

fn report(tally: &mut Tally) -> serde_json::Value {
    let (mut error, mut ttft) = (Histogram::default(), Histogram::default());
    error.merge(&tally.error.drain());
    ttft.merge(&tally.ttft.drain());
    serde_json::json!({
        "streams": error.count(),
        "failures": tally.failures,
        "error_p50_us": error.percentile(Percentile::P50),
        "error_p99_us": error.percentile(Percentile::P99),
        "error_max_us": error.max(),
        "ttft_p50_us": ttft.percentile(Percentile::P50),
        "ttft_p99_us": ttft.percentile(Percentile::P99),
    })
}
