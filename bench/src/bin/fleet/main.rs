//! A fleet of worker links without users: how many workers one controller holds.
//!
//! Each link registers, beats, and sends each second of the run clock a delta of twelve distributions
//! (seven endpoints, five metrics of streams), as a worker under load does. Every number of links is
//! tried against a controller process of its own. A second of the history is complete when every
//! link's delta of that second is in its row.
//!
//! ```text
//! cargo build --release --workspace --bins
//! target/release/fleet
//! ```

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its reader")]

mod delta;
mod history;
mod link;
mod victim;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use clap::Parser;

use delta::Sample;
use history::History;
use victim::{Spent, Victim};

/// Finds how many workers one controller holds.
#[derive(Debug, Parser)]
struct Arguments {
    /// The controller's program
    #[arg(long, default_value = "target/release/controller")]
    controller: PathBuf,
    /// Numbers of workers to try, in this order
    #[arg(long, value_delimiter = ',', default_value = "100,250,500,1000,1500,2000")]
    workers: Vec<usize>,
    /// Seconds of each try
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(8..))]
    seconds: u64,
    /// Requests of each endpoint in one delta
    #[arg(long, default_value_t = 100)]
    requests: u64,
    /// Stop at the first number for which a second is incomplete
    #[arg(long)]
    until_incomplete: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    rlimit::increase_nofile_limit(u64::MAX)?;
    let sample = Arc::new(Sample::new(arguments.requests));
    println!(
        "each delta: {} requests, {:.1} KiB on the wire",
        sample.requests(),
        sample.bytes() as f64 / 1024.0
    );
    println!(
        "workers  controller CPU  of a core  memory MiB  to the ack p50 ms   p99 ms   max ms  complete seconds"
    );
    for workers in &arguments.workers {
        let (spent, waits, history) = attempt(&arguments, &sample, *workers).await?;
        let ms = |permille: usize| waits.get((waits.len() * permille).div_ceil(1000).max(1) - 1).copied();
        let ms = |permille: usize| ms(permille).unwrap_or(0) as f64 / 1000.0;
        println!(
            "{workers:>7}  {:>13.1}s  {:>8.0}%  {:>10.0}  {:>17.1}  {:>7.1}  {:>7.1}  {} of {}",
            spent.cpu.as_secs_f64(),
            100.0 * spent.cpu.as_secs_f64() / spent.wall.as_secs_f64(),
            spent.peak_bytes as f64 / 1_048_576.0,
            ms(500),
            ms(990),
            ms(1000),
            history.complete,
            history.expected,
        );
        if arguments.until_incomplete && history.complete < history.expected {
            break;
        }
    }
    Ok(())
}

/// One run with `workers` links: what the controller spent, how long each delta took from its sending
/// to its ack in ascending microseconds, and what the history holds.
async fn attempt(
    arguments: &Arguments,
    sample: &Arc<Sample>,
    workers: usize,
) -> Result<(Spent, Vec<u64>, History), Box<dyn Error>> {
    let mut victim = Victim::start(&arguments.controller, workers, arguments.seconds)?;
    let running = Arc::new(AtomicUsize::new(0));
    let mut links = Vec::with_capacity(workers);
    for number in 0..workers {
        links.push(tokio::spawn(link::run(
            victim.address.clone(),
            number,
            Arc::clone(sample),
            Arc::clone(&running),
        )));
        // Workers of a fleet start one after the other too.
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    let spent = victim.watch(&running, workers, arguments.seconds).await?;
    let mut waits = Vec::new();
    for link in links {
        waits.extend(link.await?.map_err(|reason| format!("a link broke: {reason}"))?);
    }
    waits.sort_unstable();
    let results = victim.finish().await?;
    Ok((spent, waits, History::read(&results, sample.requests() * workers as u64)?))
}
