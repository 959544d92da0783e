//! How often the verdict is right on services whose truth is known: every service of [`models`] under every load,
//! searched with many seeds in virtual time.
//!
//! `scoreboard [--seeds N] [--model TEXT] [--load TEXT] [--show]`

// The tables are what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod dice;
mod models;
mod score;
mod search;
mod servers;
mod service;
mod users;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use models::Model;
use score::{Row, Sums};
use search::{Load, search};

/// Most users that a search may try.
const MAX_USERS: u32 = 128;

struct Options {
    seeds: u64,
    model: String,
    load: String,
    show: bool,
}

fn options() -> Option<Options> {
    let mut options = Options { seeds: 4, model: String::new(), load: String::new(), show: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => options.seeds = words.next()?.parse().ok()?,
            "--model" => options.model = words.next()?,
            "--load" => options.load = words.next()?,
            "--show" => options.show = true,
            _ => return None,
        }
    }
    Some(options)
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("scoreboard [--seeds N] [--model TEXT] [--load TEXT] [--show]");
        return ExitCode::from(2);
    };
    let models = models::all();
    let rows: Vec<(&Model, Load)> = models
        .iter()
        .filter(|model| model.name.contains(&options.model))
        .flat_map(|model| model.loads.iter().map(move |load| (model, *load)))
        .filter(|(_, load)| load.name().contains(&options.load))
        .collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Row)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some((model, load)) = rows.get(place) else { return };
                    let row = searches(model, *load, &options);
                    if let Ok(mut done) = done.lock() {
                        done.push((place, row));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(place, _)| *place);
    print(&rows, &done)
}

fn searches(model: &Model, load: Load, options: &Options) -> Row {
    let service = models::under(&model.service, load);
    let mut row = Row::default();
    for seed in 0..options.seeds {
        let found = search(&service, load, MAX_USERS, seed + 1);
        if options.show {
            show(model, load, &found);
        }
        row.add(model, &found);
    }
    row
}

/// One search, rung by rung.
fn show(model: &Model, load: Load, found: &search::Found) {
    println!("== {} · {} · {:.1} min", model.name, load.name(), found.seconds / 60.0);
    found.limits.headline.iter().for_each(|line| println!("   {line}"));
    println!(
        "   {:?} {:?}\n   slots {:?} knee {:?}",
        found.limits.cause.kind, found.limits.cause.or, found.limits.slot_limit, found.limits.knee
    );
    println!("   {}", found.limits.cause.seen);
    for rung in &found.limits.rungs {
        println!(
            "   {:<14} {:>4.0}-{:<4.0} {:<12} {:>5.1} streams/s ttft {:>7.0} icl {:>6.1} open {:>5.1} producing {:>4.1}/{:<3} canary {:>6.1} {}",
            rung.stage,
            rung.from_s,
            rung.to_s,
            rung.verdict.name(),
            rung.streams_per_s,
            rung.ttft_p50_ms.unwrap_or(-1.0),
            rung.icl_p50_ms.unwrap_or(-1.0),
            rung.open,
            rung.producing,
            rung.producing_peak,
            rung.canary_p50_ms.unwrap_or(-1.0),
            rung.why.clone().unwrap_or_default()
        );
    }
}

/// The tables: of the services that the rules were written with, and of those that came after.
fn print(rows: &[(&Model, Load)], done: &[(usize, Row)]) -> ExitCode {
    let parts = [
        ("Services that the rules were written with", false),
        ("Services that were written after the rules, and run before anything was changed for them", true),
    ];
    let mut all = Sums::default();
    for (title, unseen) in parts {
        let mut sums = Sums::default();
        println!("## {title}\n\n{HEAD}");
        for (place, row) in done.iter().filter(|(place, _)| rows[*place].0.unseen == unseen) {
            let (model, load) = rows[*place];
            println!("{}", score::line(model, load, row));
            sums.add(row);
            all.add(row);
        }
        println!("\n{sums}\n");
    }
    println!("All together: {all}");
    ExitCode::from(u8::from(!all.is_good()))
}

const HEAD: &str = "| service | load | right % | as one cause % | wrong % | undetermined % | slots in interval | minutes, median \
                    | worst | users before the first answer | named |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";
