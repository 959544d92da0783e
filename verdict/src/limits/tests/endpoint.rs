//! One endpoint that waits by itself.

use common::api::Operation;

use super::*;

/// A service without a limit whose endpoints take so many milliseconds with 16 users, and the canary so many.
fn asked(list: u64, read: u64, canary: u64) -> Vec<Rung> {
    let mut rungs = doubling(1e6, 16);
    for rung in &mut rungs {
        let slower = |ms: u64| if rung.users == 16 { ms } else { 10 };
        let mut totals = StageTotals::default();
        for (operation, ms) in [(Operation::ListThreads, list), (Operation::ListMessages, read)] {
            let latency = &mut totals.endpoints[operation.index()].latency;
            (0..20).for_each(|_| latency.record(slower(ms) * 1000));
        }
        rung.cheap = vec![slower(canary) as f64 / 1000.0; 20];
        rung.totals = Arc::new(totals);
    }
    let top = rungs.pop().unwrap();
    rungs.push(missed(top, 0, FailureKinds::default()));
    rungs.last_mut().unwrap().criteria[0].of_streams = false;
    rungs
}

fn named(rungs: &[Rung]) -> Cause {
    cause::cause(rungs, &[], plateau(rungs).as_ref(), None)
}

#[test]
fn one_endpoint_that_waits_while_nothing_else_does_is_named() {
    let rungs = asked(2100, 12, 10);
    let cause = named(&rungs);
    assert_eq!((cause.kind, cause.or.len()), (CauseKind::OneEndpoint, 0), "{}", cause.seen);
    let slow = cause::slow_endpoint(&rungs, None).unwrap();
    assert_eq!((slow.place, slow.users), (Operation::ListThreads.index(), (1, 16)));
    let said = cause.with_endpoint("GET /threads").seen;
    assert!(said.starts_with("`GET /threads` took 10 ms with 1 user and 2.1 s with 16"), "{said}");
    assert!(said.contains("no other took more than 12 ms"), "{said}");
}

#[test]
fn an_endpoint_that_does_not_wait_alone_is_not_named() {
    let unlike = |rungs: &[Rung], why: &str| assert_ne!(named(rungs).kind, CauseKind::OneEndpoint, "{why}");
    unlike(&asked(2100, 1900, 10), "two wait");
    unlike(&asked(2100, 12, 1500), "the canary waits as well");
    unlike(&asked(2100, 700, 10), "another is slow there too");
    unlike(&asked(20, 12, 10), "hardly any wait");
    let mut streams = asked(2100, 12, 10);
    streams.last_mut().unwrap().ttft.p50 = 2.0;
    unlike(&streams, "streams wait");
    let mut gaps = asked(2100, 12, 10);
    gaps.last_mut().unwrap().icl.mean = 0.5;
    unlike(&gaps, "chunks wait");
}

#[test]
fn the_answer_names_the_endpoint() {
    let users = UserLimit { verdict: UserVerdict::Found, low: 8, high: Some(16), ..UserLimit::default() };
    let cause = named(&asked(2100, 12, 10));
    let findings = rows::Findings { endpoint: Some("GET /threads"), ..findings(&users, &cause) };
    let sentences = text::headline("p95<1s", &findings);
    let said = "What gives way first is `GET /threads` alone: it waits, and nothing else does.";
    assert_eq!(sentences[1], said);
}
