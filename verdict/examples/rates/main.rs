//! How close a searched rate comes to what services hold in truth, in virtual time.
//!
//! `rates [--seeds N] [--case TEXT] [--show]`

// The table is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod cases;
mod dice;
mod score;
mod service;
mod world;

use std::process::ExitCode;

use score::Score;

const USAGE: &str = "rates [--seeds N] [--case TEXT] [--show]";

struct Options {
    seeds: u64,
    wanted: String,
    shows: bool,
}

impl Options {
    fn read() -> Option<Options> {
        let mut options = Options { seeds: 20, wanted: String::new(), shows: false };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seeds" => options.seeds = words.next()?.parse().ok()?,
                "--case" => options.wanted = words.next()?,
                "--show" => options.shows = true,
                _ => return None,
            }
        }
        Some(options)
    }
}

fn main() -> ExitCode {
    let Some(Options { seeds, wanted, shows }) = Options::read() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    println!("{}", score::HEAD);
    let mut is_good = true;
    for case in cases::all().iter().filter(|case| case.name.contains(&wanted)) {
        let score = Score::of(case, seeds, shows);
        println!("{}", score.line(case));
        is_good &= score.is_good(seeds);
    }
    ExitCode::from(u8::from(!is_good))
}
