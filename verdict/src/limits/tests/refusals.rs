//! What is refused, and what comes in bursts: kinds of service that others wrote to break the verdict.

use super::*;
use crate::threshold::{ASSUMED, Rule, ThresholdContext, parse, resolve};
use common::api::Operation;
use common::shape::Shape;

/// A rung of 100 connections that are let in, whatever they ask, while who comes beyond them is refused at once.
fn capped(users: u32, rps: f64, refused_streams: u64) -> Rung {
    let refused = 100 + refused_streams;
    let kinds = FailureKinds { overloaded: refused, ..FailureKinds::default() };
    let mut rung = missed(pooled(1e6, users), refused, kinds);
    rung.ttft = pooled(1e6, 1).ttft;
    let mut totals = StageTotals::default();
    totals.streams.counts = StreamCounts {
        completed: 200 - refused_streams,
        failed: refused_streams,
        textless: refused_streams,
        ..StreamCounts::default()
    };
    Rung { requests: 500, rps, totals: Arc::new(totals), ..rung }
}

fn named(rungs: &[Rung]) -> (Vec<CauseKind>, String) {
    let cause = cause::cause(rungs, &[], None, None);
    ([vec![cause.kind], cause.or].concat(), cause.seen)
}

#[test]
fn who_is_let_in_and_goes_on_while_less_is_done_shows_a_cap_and_no_rate() {
    let mut rungs = doubling(1e6, 16);
    rungs.iter_mut().for_each(|rung| rung.rps = f64::from(rung.users));
    let held = rungs.clone();
    rungs.extend([capped(32, 26.0, 2), capped(64, 12.0, 2)]);
    let (kinds, seen) = named(&rungs);
    assert_eq!(kinds, [CauseKind::ConcurrencyCap], "{seen}");
    assert!(seen.starts_with("20.4 % of the requests were refused"), "of all 500: {seen}");
    let mut steady = held;
    steady.extend([capped(32, 26.0, 2), capped(64, 26.0, 2)]);
    assert_eq!(
        named(&steady).0,
        [CauseKind::ConcurrencyCap, CauseKind::RateLimit],
        "a rate lets its rate through"
    );
}

#[test]
fn refusals_of_streams_alone_are_a_share_of_the_streams() {
    let mut rungs = doubling(1e6, 16);
    rungs.push(Rung { failures: 50, ..capped(32, 26.0, 50) });
    let (_, seen) = named(&rungs);
    assert!(seen.starts_with("75 % of the streams were refused"), "150 of 200: {seen}");
}

#[test]
fn a_service_that_says_that_it_may_open_no_more_files_is_believed() {
    let mut rungs = doubling(1e6, 16);
    let kinds = FailureKinds { open_files: 40, overloaded: 10, ..FailureKinds::default() };
    rungs[4] = missed(rungs[4].clone(), 50, kinds);
    assert_eq!(named(&rungs).0, [CauseKind::OpenFiles]);
}

/// Everything takes longer with more users than eight.
fn held_up(usual_gap: fn(f64) -> f64) -> Vec<Rung> {
    held_up_with(usual_gap, 0, 0.1)
}

/// The same of answers of so many bytes, and small requests that take so much longer with twice the users.
fn held_up_with(usual_gap: fn(f64) -> f64, bytes: u64, small: f64) -> Vec<Rung> {
    let mut rungs = doubling(8.0, 64);
    for rung in &mut rungs {
        let mut totals = StageTotals::default();
        let chat = &mut totals.endpoints[Operation::Chat.index()];
        (0..200).for_each(|_| chat.latency.record(230_000));
        chat.bytes = 200 * bytes;
        rung.totals = Arc::new(totals);
        let times = (f64::from(rung.users) / 8.0).max(1.0);
        rung.ttft = pooled(1e6, 1).ttft;
        rung.ttft.mean *= times;
        rung.icl.mean *= times;
        rung.icl.p50 = 0.01 * usual_gap(times);
        rung.cheap = vec![0.001 + small * (times - 1.0); 20];
    }
    rungs
}

#[test]
fn chunks_that_come_together_do_not_wait_for_their_turn_on_a_loop() {
    let kinds = |rungs: &[Rung]| {
        let plateau = plateau(rungs);
        let cause = cause::cause(rungs, &[], plateau.as_ref(), None);
        [vec![cause.kind], cause.or].concat()
    };
    assert_eq!(kinds(&held_up(|times| times)), [CauseKind::EventLoop]);
    assert_eq!(kinds(&held_up(|times| 1.0 / times)), [CauseKind::EventLoop, CauseKind::Bandwidth]);
}

#[test]
fn what_may_be_a_way_that_is_full_is_not_called_a_loop_or_a_processor_alone() {
    use CauseKind::{Bandwidth, EventLoop, SharedProcessor, ThreadPerChunk};
    let named = |bytes: u64, small: f64| {
        let rungs = held_up_with(|times| times, bytes, small);
        let cause = cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None);
        ([vec![cause.kind], cause.or.clone()].concat(), cause)
    };
    // 35 answers a second.
    let (kinds, cause) = named(7_200, 0.1);
    assert_eq!(kinds, [EventLoop, Bandwidth], "250 kB/s, small requests wait as well");
    let carried = "Bytes that came each second, by users:";
    assert!(cause.evidence.iter().any(|sentence| sentence.starts_with(carried)), "{:?}", cause.evidence);
    assert!(cause.decides.contains("a machine beside the service"), "{}", cause.decides);
    assert_eq!(named(700, 0.1).0, [EventLoop], "no way is full with 24 kB/s");
    let (kinds, cause) = named(7_200, 0.0);
    assert_eq!(
        kinds,
        [ThreadPerChunk, SharedProcessor, Bandwidth],
        "small answers pass at once where it is fair"
    );
    assert!(cause.decides.contains("a machine beside the service"), "{}", cause.decides);
    assert_eq!(cause.either.len(), 3);
    assert_eq!(named(700, 0.0).0, [ThreadPerChunk, SharedProcessor]);
}

#[test]
fn where_a_percentile_crosses_its_bound_its_own_figures_say() {
    let at = |users: u32, room: f64, load: f64| {
        let verdict = if load > 1.0 { Verdict::Fail } else { Verdict::Pass };
        let margin = Some(Margin { holds: load <= 1.0, room });
        let judged = Judged {
            verdict,
            of_streams: true,
            margin,
            faultless: false,
            load: Some(load),
            among_failed: false,
        };
        Rung { criteria: vec![judged], ..pooled(27.0, users) }
    };
    // Nothing was beyond 3 s with 64 users, and a third with 128.
    let rungs = [at(32, 0.05, 0.22), at(64, 0.05, 0.55), at(128, -0.28, 1.21)];
    let point = users::crossing_of(&rungs, 0).unwrap();
    assert!((107.0..108.5).contains(&point), "1.65 and 3.62 s make 108: {point}");
}

#[test]
fn a_criterion_that_was_given_and_never_measured_holds_with_nobody() {
    let shape = Shape { name: "ladder".to_owned(), stages: Vec::new(), mock_llm: false };
    let endpoints = common::api::Api::default().endpoints();
    let context = ThresholdContext { shape: &shape, endpoints: &endpoints, no_streams: None };
    let rule = |text: &str| {
        let typed = text.trim_end_matches(ASSUMED);
        Rule { text: text.to_owned(), ..resolve(&parse(typed).unwrap(), &context).unwrap() }
    };
    let judged = |margin: Option<Margin>| Judged {
        verdict: if margin.is_some() { Verdict::Pass } else { Verdict::Undetermined },
        of_streams: true,
        margin,
        faultless: false,
        load: None,
        among_failed: false,
    };
    let measured = Some(Margin { holds: true, room: 0.1 });
    let rung = Rung { criteria: vec![judged(measured), judged(None)], ..pooled(10.0, 4) };
    let criteria =
        |second: &str| Criteria { rules: vec![rule("failures<1%"), rule(second)], ..Criteria::default() };
    let rungs = [rung];
    assert_eq!(unmeasured(&rungs, &criteria("crud:p95<1s")), Some("crud:p95<1s"));
    assert_eq!(unmeasured(&rungs, &criteria("crud:p95<1s (assumed)")), None, "nobody asked for that");
    let assumed = Criteria { assumed: true, ..criteria("crud:p95<1s") };
    assert_eq!(unmeasured(&rungs, &assumed), None);
}

#[test]
fn streams_of_those_who_left_say_nothing_of_those_who_are_there() {
    let rung = |open: f64| Rung { open, ..missed(pooled(1e6, 8), 0, FailureKinds::default()) };
    assert_eq!(rung(8.0).verdict(), RungVerdict::Fail);
    assert_eq!(rung(70.0).verdict(), RungVerdict::Undetermined);
    assert!(rung(70.0).why().unwrap().contains("had left"));
}

#[test]
fn a_percentile_that_lies_among_those_that_failed_says_so() {
    let judged = |among_failed| Judged {
        verdict: Verdict::Fail,
        of_streams: true,
        margin: None,
        faultless: false,
        load: Some(100.0),
        among_failed,
    };
    assert!(judged(true).is_missed_by_failures());
    assert!(!judged(false).is_missed_by_failures(), "a hundred times the bound is no failure");
}
