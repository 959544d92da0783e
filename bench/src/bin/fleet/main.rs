//! A fleet of worker links without users: how many workers one controller holds.
//!
//! Each link registers, sends heartbeats, and sends each second of the run clock a delta of twelve distributions
//! (seven endpoints, five metrics of streams), as a worker under load does. Every number of links is
//! tried against its own controller process. A second of the history is complete when every
//! link's delta of that second is in its row. `bench/fleet` builds it and pins each side to a core.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod controller;
mod delta;
mod history;
mod link;
mod merge;
mod process_usage;
mod row;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use clap::Parser;

use controller::ControllerProcess;
use delta::Sample;
use history::History;
use link::LinkTimes;
use row::{Row, rank};

/// Finds how many workers one controller holds.
#[derive(Debug, Parser)]
struct Arguments {
    /// The controller's program
    #[arg(long, default_value = "target/release/controller")]
    controller: PathBuf,
    /// Numbers of workers to try, in this order
    #[arg(long, value_delimiter = ',', default_value = "200,500,1000,1500,2000,3000")]
    workers: Vec<usize>,
    /// Seconds of each try
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(8..))]
    seconds: u64,
    /// Samples of each distribution in one delta; every number of workers is tried with each
    #[arg(long, value_delimiter = ',', default_value = "100,1000")]
    samples: Vec<u64>,
    /// The core that the controller is pinned to
    #[arg(long)]
    controller_core: Option<usize>,
    /// Write the figures here as well
    #[arg(long)]
    json: Option<PathBuf>,
    /// Stop at the first number for which a second is incomplete
    #[arg(long)]
    until_incomplete: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    worker::open_files::raise_limit()?;
    let mut parts = Vec::new();
    let mut rows = Vec::new();
    for samples in &arguments.samples {
        let sample = Arc::new(Sample::new(*samples));
        let nanos = merge::alone(&sample);
        let us = |permille| rank(&nanos, permille) as f64 / 1000.0;
        let (kib, p50, p99) = (sample.bytes() as f64 / 1024.0, us(500), us(990));
        println!(
            "\n{samples} samples in each of 12 distributions: {kib:.1} KiB; merging one takes {p50:.0} µs (p99 {p99:.0} µs)\n"
        );
        parts.push(
            serde_json::json!({ "samples": samples, "kib": kib, "merge_p50_us": p50, "merge_p99_us": p99 }),
        );
        println!("{}", row::HEAD);
        for workers in &arguments.workers {
            let row = attempt(&arguments, (*samples, &sample), *workers).await?;
            println!("{}", row.line());
            rows.push(row.json());
            if arguments.until_incomplete && row.history.complete < row.history.expected {
                break;
            }
        }
    }
    if let Some(file) = &arguments.json {
        let all = serde_json::json!({ "seconds": arguments.seconds, "deltas": parts, "rows": rows });
        std::fs::write(file, serde_json::to_string_pretty(&all)? + "\n")?;
    }
    Ok(())
}

/// One run with `workers` links.
async fn attempt(
    arguments: &Arguments,
    (samples, sample): (u64, &Arc<Sample>),
    workers: usize,
) -> Result<Row, Box<dyn Error>> {
    let core = arguments.controller_core;
    let mut controller = ControllerProcess::start(&arguments.controller, core, workers, arguments.seconds)?;
    let running = Arc::new(AtomicUsize::new(0));
    let mut links = Vec::with_capacity(workers);
    for number in 0..workers {
        let (address, sample) = (controller.address.clone(), Arc::clone(sample));
        links.push(tokio::spawn(link::run(address, number, sample, Arc::clone(&running))));
        // Workers of a fleet start one after the other too.
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    let spent = controller.watch(&running, workers, arguments.seconds).await?;
    let mut times = LinkTimes::default();
    for link in links {
        times.add(link.await?.map_err(|reason| format!("a link broke: {reason}"))?);
    }
    let results = controller.finish().await?;
    let history = History::read(&results, sample.requests() * workers as u64)?;
    Ok(Row { workers, samples, spent, times: times.sorted(), history })
}
