//! Three workers whose deltas arrive repeated, out of order, and damaged.

use common::protocol as wire;
use hub::merge::{DeltaError, Ledger, MergeOutcome};
use prost::Message;

use super::books::{Books, assert_consistent};
use super::delta::merge;
use super::dice::Dice;
use super::valid::{RUN, STAGES, count, delta};

/// Most deltas of one input.
const MAX_DELTAS: usize = 12;

/// What must become of a delta.
enum Fate {
    Counts,
    Repeats,
    Refused,
    /// The ledger alone can decide; whatever it says must be so.
    Open,
}

/// Panics if a sequence of deltas, drawn from the input, breaks a promise.
///
/// - What a worker may have measured counts, once.
/// - What it cannot have sent is refused, and changes nothing.
/// - The total is what the deltas say after each of them, and in the end all sums are equal.
pub fn merge_mutated(input: &[u8]) {
    let mut dice = Dice(input);
    let mut ledger = Ledger::new(RUN).with_segments(STAGES as usize);
    let (mut requests, mut refused) = (0, 0);
    let mut before = Books::of(&ledger);
    for _ in 0..MAX_DELTAS {
        if dice.is_empty() {
            break;
        }
        let worker = dice.below(3);
        let seq = ledger.account(worker).next_seq;
        let (fate, sent) = draw(&mut dice, seq);
        let requests_sent = requests_of(&sent);
        let became = merge(&mut ledger, worker, sent);
        match (&fate, &became) {
            (Fate::Counts, Ok(MergeOutcome::New)) | (Fate::Open, _) => {}
            (Fate::Repeats, Ok(MergeOutcome::Duplicate)) | (Fate::Refused, Err(_)) => {}
            _ => panic!("it became {became:?}"),
        }
        let after = Books::of(&ledger);
        match became {
            Ok(MergeOutcome::New) => requests += requests_sent,
            Ok(MergeOutcome::Duplicate) => assert_eq!(after, before),
            Err(_) => {
                refused += 1;
                assert_eq!(after, before);
            }
        }
        assert_eq!(ledger.totals.run.all().count(), requests);
        assert_eq!(ledger.account(worker).next_seq, expected_next(seq, &became));
        before = after;
    }
    assert_consistent(&ledger);
    let counted = ledger.accounts.iter().flat_map(|account| account.refused.values()).sum::<u64>();
    assert_eq!(counted, refused, "a refusal that nobody counted");
}

fn expected_next(seq: u64, became: &Result<MergeOutcome, DeltaError>) -> u64 {
    match became {
        Ok(MergeOutcome::Duplicate)
        | Err(DeltaError::OtherRun | DeltaError::OtherIncarnation | DeltaError::Gap { .. }) => seq,
        // Refused for good, or merged: both done with.
        Ok(MergeOutcome::New) | Err(_) => seq + 1,
    }
}

fn requests_of(delta: &wire::Delta) -> u64 {
    let endpoints = delta.stages.iter().flat_map(|stage| &stage.endpoints);
    let untimed = |part: &wire::EndpointPart| part.cut.saturating_add(part.abandoned);
    endpoints.fold(0, |sum: u64, part| {
        sum.saturating_add(count(part.latency.as_ref())).saturating_add(untimed(part))
    })
}

fn draw(dice: &mut Dice<'_>, seq: u64) -> (Fate, wire::Delta) {
    let mutation = dice.byte();
    let good = delta(dice, seq);
    match mutation {
        0..=99 => (Fate::Counts, good),
        100..=119 if seq > 1 => (Fate::Repeats, wire::Delta { seq: seq - 1, ..good }),
        100..=119 => (Fate::Refused, wire::Delta { seq: seq + 1 + dice.number() / 2, ..good }),
        120..=129 => (Fate::Refused, wire::Delta { run: dice.0.to_vec(), ..good }),
        130..=139 => (Fate::Refused, wire::Delta { incarnation: RUN.to_vec(), ..good }),
        140..=149 => (Fate::Refused, twice(dice, good)),
        150..=219 => (Fate::Open, with_edge(dice, good)),
        220..=255 => (Fate::Open, damaged(dice, &good)),
    }
}

/// Something that a delta names once, named twice.
fn twice(dice: &mut Dice<'_>, mut delta: wire::Delta) -> wire::Delta {
    let stage = dice.below(delta.stages.len());
    let endpoint = delta.stages[stage].endpoints.first().cloned();
    match (dice.below(3), endpoint) {
        (0, Some(endpoint)) => delta.stages[stage].endpoints.push(endpoint),
        (1, _) => delta.users.push(delta.users[0]),
        _ => delta.stages.push(delta.stages[stage].clone()),
    }
    delta
}

/// One figure at the edge of what its field can hold.
fn with_edge(dice: &mut Dice<'_>, mut delta: wire::Delta) -> wire::Delta {
    let edge = dice.number();
    let small = edge as u32;
    let place = dice.below(delta.stages.len());
    let stage = &mut delta.stages[place];
    let streams = stage.streams.get_or_insert_default();
    match dice.below(25) {
        0 => delta.from_us = edge,
        1 => delta.to_us = edge,
        2 => delta.layout = small,
        3 => stage.stage = small,
        4 => streams.completed = edge,
        5 => streams.tokens = edge,
        6 => streams.tokens_reported = edge,
        7 => streams.in_progress = edge,
        8 => delta.users[0].running = small,
        9 => delta.users[1].class = small,
        10 => delta.health.get_or_insert_default().timers = edge,
        11 => delta.health.get_or_insert_default().coalesced = edge,
        12 => delta.exceptions.push(wire::Exception {
            message: "boom".to_owned(),
            count: edge,
            ..Default::default()
        }),
        13 => delta.failures.iter_mut().for_each(|failure| failure.count = edge),
        14 => {
            delta.failures.iter_mut().for_each(|failure| failure.text = "\u{7f}".repeat(small as usize % 300))
        }
        15 => streams.textless = edge,
        16 => streams.waiting.get_or_insert_default().sum = edge,
        17 => streams.begun = edge,
        18 => streams.wordless = edge,
        _ => edge_of_endpoint(dice, stage, edge),
    }
    delta
}

fn edge_of_endpoint(dice: &mut Dice<'_>, stage: &mut wire::StagePart, edge: u64) {
    let Some(endpoint) = stage.endpoints.first_mut() else { return };
    let samples = endpoint.latency.get_or_insert_default();
    match dice.below(11) {
        0 => endpoint.endpoint = edge as u32,
        9 => endpoint.abandoned = edge,
        1 => endpoint.failures = edge,
        2 => endpoint.cut = edge,
        8 => endpoint.failed_latency.get_or_insert_default().min = edge,
        3 => samples.sum = edge,
        4 => samples.min = edge,
        5 => samples.max = edge,
        6 => samples.clamped = edge,
        7 => samples.filled = edge as u32,
        _ => samples.runs.push(edge as u8),
    }
}

/// The delta after some bytes of its message were changed.
fn damaged(dice: &mut Dice<'_>, delta: &wire::Delta) -> wire::Delta {
    let mut bytes = delta.encode_to_vec();
    for _ in 0..=dice.below(4) {
        let place = dice.number() as usize % bytes.len();
        bytes[place] = dice.byte();
    }
    wire::Delta::decode(&bytes[..]).unwrap_or_default()
}
