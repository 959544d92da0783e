//! How good the answers were.

use verdict::limits::{RungVerdict, UserVerdict};

use crate::cases::{Case, Truth};
use crate::world::{Found, search};

pub const HEAD: &str = "| service | in truth | within 5 % | truth in interval | \"stable\" above it | largest error | \
                        minutes, median | worst |\n| --- | --- | --- | --- | --- | --- | --- | --- |";

/// A searched rate may be wrong by this share.
const CLOSE: f64 = 0.05;

#[derive(Debug, Default)]
pub struct Score {
    pub close: u64,
    pub inside: u64,
    /// Rungs above the truth that passed.
    pub above: u64,
    worst: f64,
    minutes: Vec<f64>,
}

impl Score {
    pub fn of(case: &Case, seeds: u64, shows: bool) -> Score {
        let mut score = Score::default();
        for seed in 1..=seeds {
            let found = search(case.service(seed), &case.asked, seed);
            if shows {
                show(case, seed, &found);
            }
            score.add(case, &found);
        }
        score
    }

    fn add(&mut self, case: &Case, found: &Found) {
        self.minutes.push(found.seconds as f64 / 60.0);
        let Some(rate) = &found.limits.rate else { return };
        let Truth::Capacity(truth) = case.truth else {
            let is_right = rate.verdict == UserVerdict::NoFailureInRange && rate.low > 0.0;
            self.close += u64::from(is_right);
            self.inside += u64::from(is_right);
            return;
        };
        let passed = |rung: &&verdict::limits::RungRow| rung.verdict == RungVerdict::Pass;
        let rungs = found.limits.rungs.iter().filter(passed);
        self.above += rungs.filter(|rung| rung.rate.is_some_and(|rate| rate > truth)).count() as u64;
        let error = rate.point.map_or(1.0, |point| (point / truth - 1.0).abs());
        self.close += u64::from(error <= CLOSE && rate.verdict == UserVerdict::Found);
        self.inside += u64::from(rate.low <= truth && rate.high.is_some_and(|high| truth <= high));
        self.worst = self.worst.max(error);
    }

    /// Within 5 % in 19 of 20, and never stable above the truth.
    pub fn is_good(&self, seeds: u64) -> bool {
        self.close * 20 >= seeds * 19 && self.above == 0
    }

    pub fn line(&self, case: &Case) -> String {
        let mut minutes = self.minutes.clone();
        minutes.sort_by(f64::total_cmp);
        let count = minutes.len();
        let truth = match case.truth {
            Truth::Capacity(truth) => format!("{truth:.2}/s"),
            Truth::None => "no limit".to_owned(),
        };
        format!(
            "| {} | {truth} | {}/{count} | {}/{count} | {} | {:.1} % | {:.1} | {:.1} |",
            case.name,
            self.close,
            self.inside,
            self.above,
            self.worst * 100.0,
            minutes.get(count / 2).unwrap_or(&0.0),
            minutes.last().unwrap_or(&0.0)
        )
    }
}

/// One search, rung by rung.
fn show(case: &Case, seed: u64, found: &Found) {
    println!("== {} · seed {seed} · {:?} · {:.1} min", case.name, case.truth, found.seconds as f64 / 60.0);
    found.limits.headline.iter().for_each(|line| println!("   {line}"));
    println!("   {}", found.limits.cause.seen);
    println!("   {:?}", found.limits.rate);
    for rung in &found.limits.rungs {
        println!(
            "   {:<16} {:>5.0}-{:<5.0} {:<12} there {:>5} {:>7.2} streams/s ttft p95 {:>8.0} grew {:>7.2} {}",
            rung.stage,
            rung.from_s,
            rung.to_s,
            rung.verdict.name(),
            rung.users,
            rung.streams_per_s,
            rung.ttft_p95_ms.unwrap_or(-1.0),
            rung.grew_per_s.unwrap_or(0.0),
            rung.why.clone().unwrap_or_default()
        );
    }
}
