//! What weakens the numbers is said, and nothing else is.

use common::protocol as wire;
use common::protocol::worker_message::Kind as FromWorker;
use common::stats::SparseHistogram;
use hub::run::{Ending, Input, Phase};
use testkit::bench::{Bench, delta, settings};

use super::*;
use crate::view;
use std::time::Duration;

/// A run of five seconds with four users on two workers. `change`: what a worker (0 or 1) measured in each
/// second (1 to 5).
fn notes_with(change: impl Fn(u8, u64, &mut wire::Delta)) -> Vec<Note> {
    let mut bench = Bench::running();
    for second in 1..=5 {
        bench.now = Duration::from_secs(second);
        for worker in 0..2 {
            let mut measured = delta(worker, second);
            change(worker, second, &mut measured);
            bench.message(u64::from(worker), FromWorker::Delta(measured));
        }
        bench.tick();
    }
    for worker in 0..2 {
        bench.drained(worker, 5);
    }
    bench.tick();
    assert_eq!(bench.run.phase(), Phase::Over(Ending::Completed));
    notes_of(&bench)
}

fn notes_of(bench: &Bench) -> Vec<Note> {
    notes(&bench.run, &view::workers::rows(&bench.run, bench.now))
}

fn health(delta: &mut wire::Delta) -> &mut wire::Health {
    delta.health.get_or_insert_default()
}

fn latency(delta: &mut wire::Delta) -> &mut wire::EndpointPart {
    &mut delta.stages[0].endpoints[0]
}

/// The one note, of this kind and degrading or not.
#[track_caller]
fn only(notes: &[Note], kind: &str, degrades: bool, text: &str) {
    let kinds: Vec<&str> = notes.iter().map(|note| note.kind.name()).collect();
    assert_eq!(kinds, [kind]);
    assert!(notes[0].text.contains(text), "{}", notes[0].text);
    assert!(notes[0].text.ends_with('.'), "a sentence: {}", notes[0].text);
    assert_eq!(degraded(notes), if degrades { vec![NoteKind::from(kind)] } else { Vec::new() });
}

#[test]
fn a_sound_run_has_nothing_to_say() {
    assert_eq!(notes_with(|_, _, _| {}), []);
}

#[test]
fn a_late_generator_is_noted_from_three_seconds_on() {
    // Two users live two seconds each second.
    let late = |lost_us: u64, seconds: u64| {
        notes_with(move |worker, second, delta| {
            health(delta).lost_us = if worker == 1 && second <= seconds { lost_us } else { 0 };
            health(delta).lateness_p99_us = 90_000;
        })
    };
    assert_eq!(late(102_000, 2), []);
    assert_eq!(late(100_000, 5), [], "a twentieth is not more than that");
    let text = "Worker w1 was late in 3 of its 5 seconds: it took up to 5 % of its users' time";
    only(&late(102_000, 3), "generator", true, text);
}

#[test]
fn missing_users_are_noted_from_three_seconds_on() {
    let missing = |seconds: u64| {
        notes_with(move |_, second, delta| {
            delta.users[0].running = if second > 1 && second <= 1 + seconds { 1 } else { 2 };
        })
    };
    assert_eq!(missing(2), []);
    only(
        &missing(3),
        "below_target",
        true,
        "From second 1 to 4 fewer users ran than the shape asks for (as few as 2",
    );
}

#[test]
fn what_was_cut_or_clamped_or_late_is_counted() {
    let cut = notes_with(|_, second, delta| latency(delta).cut = u64::from(second == 5));
    only(&cut, "cut", false, "2 requests were still in flight");
    let clamped = notes_with(|worker, second, delta| {
        if (worker, second) == (0, 1) {
            let most = SparseHistogram::repeated(3_600_000_000, 1).encode();
            latency(delta).latency =
                most.map(|most| wire::Samples { clamped: 1, max: most.max + 1, sum: most.sum + 1, ..most });
        }
    });
    only(&clamped, "clamped", true, "1 samples were longer than an hour");
    let together = notes_with(|_, _, delta| health(delta).coalesced = 3);
    only(&together, "late_deltas", false, "30 seconds came together with another");
}

#[test]
fn a_run_without_requests_is_none() {
    let idle = notes_with(|_, _, delta| delta.stages.clear());
    only(&idle, "no_requests", true, "Not a single request was sent");
}

#[test]
fn a_run_without_workers_never_starts() {
    let mut bench = Bench::new(settings());
    bench.attach(0, 0);
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.run.phase(), Phase::Over(Ending::NoWorkers));
    let notes = notes_of(&bench);
    let fatal: Vec<&Note> = notes.iter().filter(|note| note.severity == Severity::Error).collect();
    assert_eq!(fatal.len(), 1, "{notes:?}");
    assert!(
        fatal[0].text.starts_with("The run never started: not all expected workers (2)"),
        "{}",
        fatal[0].text
    );
}

#[test]
fn a_worker_that_does_not_deliver_its_last_results_is_named() {
    let mut bench = Bench::running();
    bench.input(Input::Stop);
    // It goes on to say that it is there, and never that it is done.
    for second in 1..60 {
        bench.now = Duration::from_secs(second);
        bench.beat(0, second * 1_000_000, 0);
        bench.drained(1, 0);
        bench.tick();
    }
    assert!(matches!(bench.run.phase(), Phase::Over(Ending::Interrupted)));
    let kinds = degraded(&notes_of(&bench));
    assert!(kinds.contains(&NoteKind::WorkerUnfinished), "{kinds:?}");
}
