//! The parts of the hot path alone: what each costs in time, allocations and bytes, or run so often
//! for a counter of instructions.

#![allow(clippy::print_stdout, reason = "a benchmark's program talks to its script")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use clap::{Parser, Subcommand, ValueEnum};
use common::class::ClassSet;
use common::protocol as wire;
use common::quota::{Holding, class_targets, place};
use common::stats::{Metric, Recorder};
use hub::merge::Ledger;
use prost::Message as _;
use worker::interval::{Envelope, Interval, StageSamples};
use worker::sse::{Item, Parser as SseParser, scan};

/// Endpoints of a delta that have samples: the default API's.
const ENDPOINTS: usize = 7;
/// Histograms of a delta: those of the endpoints and five of a stream's metrics.
const HISTOGRAMS: usize = ENDPOINTS + 5;
/// Samples of each.
const SAMPLES: usize = 1000;

/// The parts of the hot path, alone.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Time every part and count its allocations.
    Time,
    /// Run one part so often, for a counter of instructions.
    Run {
        /// Which.
        part: Part,
        /// How often.
        rounds: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One sample into a histogram.
    Record,
    /// One aligned token event through the parser, its type and text looked up.
    Parse,
    /// A second's delta: twelve histograms drained, encoded, serialised.
    Encode,
    /// The same delta deserialised, validated and merged.
    Merge,
    /// 1,000 users split over 10 workers.
    Split,
}

fn main() {
    match Arguments::parse().what {
        What::Run { part, rounds } => drop(prepare(part)(rounds)),
        What::Time => println!("{}", time_all()),
    }
}

/// Runs a part so many times; returns its state, so that dropping it is not in the figure.
type Work = Box<dyn FnMut(u64) -> Box<dyn std::any::Any>>;

fn prepare(part: Part) -> Work {
    match part {
        Part::Record => record(),
        Part::Parse => parse(),
        Part::Encode => encode(),
        Part::Merge => merge(),
        Part::Split => split(),
    }
}

fn time_all() -> serde_json::Value {
    let plan = [
        (Part::Record, 4_000_000),
        (Part::Parse, 1_000_000),
        (Part::Encode, 400),
        (Part::Merge, 2_000),
        (Part::Split, 200),
    ];
    let mut table = serde_json::Map::new();
    for (part, rounds) in plan {
        let mut work = prepare(part);
        drop(work(rounds / 10));
        // The smallest of several: the rest is noise of the machine.
        let nanos = (0..7).map(|_| nanos_of(&mut work, rounds)).min().unwrap_or_default();
        let allocations = measure(|| drop(work(rounds))).count_total;
        let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let row = serde_json::json!({
            "ns": nanos as f64 / rounds as f64,
            "allocations": (allocations.saturating_sub(1)) as f64 / rounds as f64,
        });
        table.insert(name, row);
    }
    table.insert("delta_bytes".to_owned(), delta(1, &mut recorders()).encoded_len().into());
    table.into()
}

fn nanos_of(work: &mut Work, rounds: u64) -> u128 {
    let begun = Instant::now();
    drop(black_box(work(rounds)));
    begun.elapsed().as_nanos()
}

fn record() -> Work {
    let mut recorders: Vec<Recorder> = (0..HISTOGRAMS).map(|_| Recorder::default()).collect();
    let values = latencies(4096, 1);
    Box::new(move |rounds| {
        for round in 0..rounds as usize {
            recorders[round % HISTOGRAMS].record(values[round % 4096]);
        }
        Box::new(())
    })
}

fn parse() -> Work {
    let event = b"data: {\"type\":\"token\",\"content\":\"word \",\"t\":\"0000001234567890\"}\n\n";
    let frame = event.repeat(16);
    Box::new(move |rounds| {
        let mut parser = SseParser::default();
        let mut texts = 0u64;
        for _ in 0..rounds / 16 {
            let mut chunk = frame.as_slice();
            while let Some(item) = parser.next_item(&mut chunk) {
                let Item::Event { data, .. } = item else { continue };
                let is_token =
                    scan::string_field(data, "type").is_some_and(|text| text.as_bytes() == b"token");
                texts += u64::from(is_token && scan::string_field(data, "content").is_some());
            }
        }
        Box::new(texts)
    })
}

fn encode() -> Work {
    let mut recorders = recorders();
    let values: Vec<_> = (0..HISTOGRAMS as u64).map(|seed| latencies(SAMPLES, seed + 1)).collect();
    Box::new(move |rounds| {
        let mut bytes = 0;
        for seq in 0..rounds {
            bytes += delta(seq + 1, &mut recorders).encode_to_vec().len();
            for (recorder, values) in recorders.iter_mut().zip(&values) {
                values.iter().for_each(|value| recorder.record(*value));
            }
        }
        Box::new(bytes)
    })
}

fn merge() -> Work {
    let bytes: Vec<u8> = delta(1, &mut recorders()).encode_to_vec();
    let mut ledger = Ledger::new([7; 16]);
    let mut seq = 0;
    Box::new(move |rounds| {
        for _ in 0..rounds {
            seq += 1;
            let Ok(mut delta) = wire::Delta::decode(bytes.as_slice()) else { continue };
            delta.seq = seq;
            (delta.from_us, delta.to_us) = (0, 1_000_000);
            let merged = ledger.merge(0, &[9; 16], "w", delta, Duration::from_secs(2));
            assert!(merged.is_ok(), "{merged:?}");
        }
        Box::new(())
    })
}

fn split() -> Work {
    Box::new(|rounds| {
        let (members, blocked) = (vec![Holding::default(); 10], Holding::default());
        let mut placed = 0;
        for _ in 0..rounds {
            let targets = class_targets(1000, ClassSet::ALL);
            placed += place(&targets, &members, &blocked).len();
        }
        Box::new(placed)
    })
}

/// Twelve recorders, each with a second's samples.
fn recorders() -> Vec<Recorder> {
    (0..HISTOGRAMS as u64)
        .map(|seed| {
            let mut recorder = Recorder::default();
            latencies(SAMPLES, seed + 1).iter().for_each(|value| recorder.record(*value));
            recorder
        })
        .collect()
}

/// Drains the recorders into the delta that a worker sends.
fn delta(seq: u64, recorders: &mut [Recorder]) -> wire::Delta {
    let mut samples = StageSamples::default();
    let (endpoints, metrics) = recorders.split_at_mut(ENDPOINTS);
    for (endpoint, recorder) in samples.endpoints.iter_mut().zip(endpoints) {
        endpoint.latency = recorder.drain();
    }
    let wanted = [Metric::Ttft, Metric::Icl, Metric::E2e, Metric::FirstByte, Metric::Headers];
    for (metric, recorder) in wanted.into_iter().zip(metrics) {
        samples.streams.metrics[metric as usize] = recorder.drain();
    }
    samples.streams.counts.completed = SAMPLES as u64;
    let mut interval = Interval::default();
    interval.stages.insert(0, samples);
    interval.to_delta(&Envelope {
        run: [7; 16],
        incarnation: [9; 16],
        seq,
        from_us: 0,
        to_us: 1_000_000,
        offset_us: 0,
        cpu_permille: 100,
        wait_permille: 0,
        memory_bytes: 10 << 20,
    })
}

/// Log-normal latencies around 50 ms with sigma 0.5, microseconds, the same each time.
fn latencies(count: usize, seed: u64) -> Vec<u64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    // Twelve uniform numbers add up to a normal one well enough.
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    (0..count).map(|_| (50_000.0 * (0.5 * normal()).exp()) as u64).collect()
}
