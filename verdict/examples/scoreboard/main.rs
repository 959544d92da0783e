//! How often the verdict is right on services whose truth is known: every service of [`models`] and [`new`] under every
//! load, searched with many seeds in virtual time.
//!
//! `scoreboard [--seeds N] [--model TEXT] [--load TEXT] [--show | --truths | --inside]`

// The tables are what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod backend;
mod bars;
mod dice;
mod inside;
mod models;
mod new;
mod schedule;
mod score;
mod search;
mod servers;
mod service;
mod truths;
mod users;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use models::{Group, Model};
use score::{Row, Sums};
use search::{Load, search};
use truths::{Truths, TruthsError};

/// Most users that a search may try.
const MAX_USERS: u32 = 128;

struct Options {
    seeds: u64,
    model: String,
    load: String,
    show: bool,
    truths: bool,
    inside: bool,
}

const USAGE: &str = "scoreboard [--seeds N] [--model TEXT] [--load TEXT] [--show | --truths | --inside]";

fn options() -> Option<Options> {
    let mut options = Options {
        seeds: 4,
        model: String::new(),
        load: String::new(),
        show: false,
        truths: false,
        inside: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seeds" => options.seeds = words.next()?.parse().ok()?,
            "--model" => options.model = words.next()?,
            "--load" => options.load = words.next()?,
            "--show" => options.show = true,
            "--truths" => options.truths = true,
            "--inside" => options.inside = true,
            _ => return None,
        }
    }
    Some(options)
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if options.inside {
        return inside::print(options.seeds);
    }
    let models = models::all();
    let rows: Vec<(&Model, Load)> = models
        .iter()
        .filter(|model| model.name.contains(&options.model))
        .flat_map(|model| model.loads.iter().map(move |load| (model, *load)))
        .filter(|(_, load)| load.name().contains(&options.load))
        .collect();
    let outcome = match options.truths {
        true => Ok(make_truths(&models, &rows)),
        false => scores(&rows, &options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

fn scores(rows: &[(&Model, Load)], options: &Options) -> Result<ExitCode, TruthsError> {
    let truths = Truths::read()?;
    let users = rows.iter().map(|(model, load)| truths.users(model, *load));
    let users: Vec<Option<u32>> = users.collect::<Result<_, _>>()?;
    let done = on_all_cores(rows.len(), |place| {
        let (model, load) = rows[place];
        searches(model, load, users[place], options)
    });
    Ok(print(rows, &done))
}

/// Measures how many users services hold, and keeps what is known of others.
fn make_truths(models: &[Model], rows: &[(&Model, Load)]) -> ExitCode {
    let mut truths = Truths::read().unwrap_or_default();
    let rows: Vec<_> = rows.iter().filter(|(model, _)| model.keeps).collect();
    let measured = on_all_cores(rows.len(), |place| Truths::measure(rows[place].0, rows[place].1, MAX_USERS));
    measured.into_iter().for_each(|truth| truths.add(truth));
    truths.keep(models);
    match std::fs::write(Truths::path(), truths.text()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} cannot be written: {error}", Truths::path().display());
            ExitCode::from(2)
        }
    }
}

/// What `work` makes of each number below `count`, in their order.
fn on_all_cores<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= count {
                        return;
                    }
                    let made = work(place);
                    if let Ok(mut done) = done.lock() {
                        done.push((place, made));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, made)| made).collect()
}

fn searches(model: &Model, load: Load, users: Option<u32>, options: &Options) -> Row {
    let mut row = Row::default();
    for seed in 0..options.seeds {
        let found = search(model, load, MAX_USERS, seed + 1, None);
        if options.show {
            show(model, load, users, &found);
        }
        row.add(model, users, &found);
    }
    row
}

/// One search, rung by rung.
fn show(model: &Model, load: Load, users: Option<u32>, found: &search::Found) {
    let outcome = score::outcome(model, users, found);
    println!(
        "== {} · {} · {:.1} min · {outcome:?} · in truth {users:?} users",
        model.name,
        load.name(),
        found.seconds / 60.0
    );
    found.limits.headline.iter().for_each(|line| println!("   {line}"));
    println!(
        "   {:?} {:?}\n   users {}..{:?} slots {:?} knee {:?}",
        found.limits.cause.kind,
        found.limits.cause.or,
        found.limits.users.low,
        found.limits.users.high,
        found.limits.slot_limit,
        found.limits.knee
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

/// The tables, by when the services were written, and what does not reach its bar.
fn print(rows: &[(&Model, Load)], done: &[Row]) -> ExitCode {
    let parts = [
        ("Services that the rules were written with", Group::Known),
        (
            "Services that were written after the rules, and run before anything was changed for them",
            Group::Later,
        ),
        ("New services, for which the rules do not reach the bar yet", Group::New),
    ];
    let (mut all, mut bad_rows) = (Sums::default(), Vec::new());
    for (title, group) in parts {
        let mut sums = Sums::default();
        println!("## {title}\n\n{HEAD}");
        for ((model, load), row) in rows.iter().zip(done).filter(|((model, _), _)| model.group == group) {
            println!("{}", score::line(model, *load, row));
            sums.add(row);
            if group != Group::New {
                all.add(row);
                if bars::is_bad(row) {
                    bad_rows.push(format!(
                        "{}, {} ({} of {})",
                        model.name,
                        load.name(),
                        row.wrong,
                        row.searches()
                    ));
                }
            }
        }
        println!("\n{sums}\n");
    }
    println!("All but the new ones together: {all}");
    let below = bars::below(&all, &bad_rows);
    below.iter().for_each(|sentence| println!("\nBelow the bar: {sentence}"));
    ExitCode::from(u8::from(!below.is_empty()))
}

const HEAD: &str = "| service | load | right % | as one cause % | wrong % | undetermined % | slots in interval | users in interval \
                    | minutes, median | worst | users before the first answer | named |\n\
                    | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";
