//! What is measured: the worker's own engine, driven for a given time as a run would drive it.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use common::api::{Template, Think};
use common::class::UserClass;
use common::plan::Plan;
use common::stats::{Histogram, Metric, Percentile};
use prost::Message as _;
use worker::engine::{Engine, EngineSettings, UserSlot};
use worker::http::Target;
use worker::interval::{Envelope, Interval};
use worker::user::TraceOwner;

/// The worker's engine against a responder.
#[derive(Debug, Parser)]
struct Arguments {
    /// `http://HOST:PORT` of the responder.
    #[arg(long)]
    target: String,
    /// crud, stream or mixed.
    #[arg(long, default_value = "crud")]
    class: String,
    /// How many users.
    #[arg(long, default_value_t = 64)]
    users: u32,
    /// How long, seconds.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Think time, milliseconds, always the same.
    #[arg(long, default_value_t = 0)]
    think_ms: u64,
    /// Spread the starts over so many milliseconds.
    #[arg(long, default_value_t = 0)]
    spread_ms: u64,
    /// Load threads.
    #[arg(long, default_value_t = 1)]
    cores: usize,
    /// Connect from these addresses of this machine in turn.
    #[arg(long, value_delimiter = ',')]
    sources: Vec<IpAddr>,
    /// Query of a stream.
    #[arg(long, default_value = "n=50&gap=20&ttft=100")]
    query: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    worker::open_files::raise_limit()?;
    let plan = Arc::new(plan(&arguments)?);
    let target = Target::resolve_from(&plan, arguments.sources.clone()).await?;
    let begun = Instant::now();
    let traces = TraceOwner::default();
    let settings = EngineSettings { plan, target, cores: arguments.cores, log: None, traces };
    let engine = Engine::start(settings, begun)?;
    engine.apply(1, &slots(&arguments, begun)?);
    let end = begun + Duration::from_secs_f64(arguments.seconds);
    let mut whole = Interval::default();
    let mut wire_bytes = 0;
    for seq in 1.. {
        let next = begun + Duration::from_secs(seq);
        tokio::time::sleep_until(next.min(end).into()).await;
        let interval = engine.take_interval().await;
        // As a run does each second, so that its cost is in the figure.
        wire_bytes = interval.to_delta(&envelope(seq)).encoded_len();
        whole.add_next(interval);
        if next >= end {
            break;
        }
    }
    println!("{}", report(&whole, &engine, wire_bytes));
    Ok(())
}

fn plan(arguments: &Arguments) -> Result<Plan, Box<dyn Error>> {
    let think = Duration::from_millis(arguments.think_ms);
    let mut plan =
        Plan { base_url: arguments.target.clone(), think: Think::fixed(think), seed: 1, ..Plan::default() };
    plan.api.chat.path = Template::try_from(format!("/chat/stream?{}", arguments.query))?;
    Ok(plan)
}

fn slots(arguments: &Arguments, begun: Instant) -> Result<Vec<UserSlot>, String> {
    let class = UserClass::ALL.into_iter().find(|class| class.to_string() == arguments.class);
    let class = class.ok_or_else(|| format!("no class `{}`", arguments.class))?;
    let users = arguments.users;
    let start = |index: u32| begun + Duration::from_millis(arguments.spread_ms) * index / users;
    Ok((0..users).map(|index| UserSlot { class, index, start: start(index), stop: None }).collect())
}

fn envelope(seq: u64) -> Envelope {
    Envelope {
        run: [0; 16],
        incarnation: [0; 16],
        seq,
        from_us: (seq - 1) * 1_000_000,
        to_us: seq * 1_000_000,
        offset_us: 0,
        wait_permille: 0,
        cpu_permille: 0,
        memory_bytes: 0,
    }
}

fn report(whole: &Interval, engine: &Engine, wire_bytes: usize) -> serde_json::Value {
    let mut latency = Histogram::default();
    let (mut ttft, mut gaps, mut lateness) =
        (Histogram::default(), Histogram::default(), Histogram::default());
    let mut chunks = 0;
    for stage in whole.stages.values() {
        stage.endpoints.iter().for_each(|endpoint| latency.merge(&endpoint.latency));
        ttft.merge(&stage.streams.metrics[Metric::Ttft as usize]);
        gaps.merge(&stage.streams.metrics[Metric::Icl as usize]);
        chunks += stage.streams.counts.chunks;
    }
    lateness.merge(&whole.timers.lateness);
    let at = |histogram: &Histogram, percentile| histogram.percentile(percentile);
    let failures: Vec<_> = whole
        .failures
        .iter()
        .map(|((_, class, text), count)| (class.to_string(), text, count.count))
        .collect();
    let cpu: f64 = engine.cpu_times().iter().map(|time| time.used.as_secs_f64()).sum();
    serde_json::json!({
        "requests": latency.count(),
        "chunks": chunks,
        "gaps": gaps.count(),
        "users": engine.users(),
        "failures": failures,
        "p50_us": at(&latency, Percentile::P50),
        "p99_us": at(&latency, Percentile::P99),
        "ttft_p50_us": at(&ttft, Percentile::P50),
        "ttft_p99_us": at(&ttft, Percentile::P99),
        "lateness_p99_us": at(&lateness, Percentile::P99),
        "load_cpu_s": cpu,
        "last_delta_bytes": wire_bytes,
    })
}
