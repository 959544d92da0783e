//! What is printed: one number, one statistic, no contradiction, and a sentence that fits one user too.

use super::*;

fn headline(
    users: &UserLimit,
    cause: &Cause,
    slots: Option<Estimate>,
    broken: Option<&rows::Broken>,
) -> String {
    let findings = rows::Findings { slots, broken, ..findings(users, cause) };
    text::headline("p95<1s", &findings).join(" ")
}

fn of(kind: CauseKind, or: &[CauseKind]) -> Cause {
    Cause { kind, or: or.to_vec(), ..Cause::default() }
}

#[test]
fn one_user_is_one_user() {
    let at = |verdict, low, high| UserLimit { verdict, low, high, ..UserLimit::default() };
    let cause = of(CauseKind::Unsure, &[]);
    let said = |limit: &UserLimit| headline(limit, &cause, None, None);
    use UserVerdict::{FailsAtFirst, Found, NoFailureInRange, Undetermined};
    let table = [
        (at(Found, 1, Some(2)), "The service holds about 1 user within p95<1s: 1 passes, 2 do not."),
        (at(NoFailureInRange, 1, None), "The service holds 1 user within p95<1s, the most that were tried."),
        (at(FailsAtFirst, 0, Some(1)), "The service misses p95<1s with 1 user already."),
        (at(Undetermined, 0, Some(1)), "The service does not hold 1 user within p95<1s;"),
        (at(Undetermined, 1, None), "The service holds at least 1 user within p95<1s;"),
    ];
    for (limit, sentence) in table {
        assert!(said(&limit).starts_with(sentence), "{}", said(&limit));
    }
}

#[test]
fn a_cap_is_reported_with_its_number() {
    let cap = |rungs: &[Rung], is_sure| slots::cap(rungs, is_sure).map(|cap| cap.estimate);
    let refused = |users: u32, peak: u32| {
        let kinds = FailureKinds { limited: 60, ..FailureKinds::default() };
        let mut rung = Rung { producing_peak: peak, ..missed(pooled(f64::from(peak), users), 60, kinds) };
        rung.seconds.iter_mut().for_each(|second| second.producing_peak = peak);
        rung
    };
    assert_eq!(cap(&[pooled(5.0, 4), refused(8, 5), refused(16, 5)], false), Some(5.0));
    assert_eq!(cap(&[refused(8, 5), refused(16, 6)], false), None, "two numbers");
    assert_eq!(cap(&[refused(8, 5)], false), None, "one rung, where it may be a rate");
    assert_eq!(cap(&[refused(8, 5)], true), Some(5.0));
    let five = Some(Estimate { estimate: 5.0, low: 5.0, high: 6.0 });
    let users = UserLimit::default();
    let alone = headline(&users, &of(CauseKind::ConcurrencyCap, &[]), five, None);
    assert!(alone.contains("What gives way first is a cap of 5 streams at once"), "{alone}");
    let either = headline(&users, &of(CauseKind::RateLimit, &[CauseKind::ConcurrencyCap]), five, None);
    assert!(either.contains("a rate limiter or a cap of 5 streams at once"), "{either}");
}

#[test]
fn what_always_fails_is_named_with_its_words() {
    let endpoint =
        rows::EndpointWords { name: "POST /chat".to_owned(), says: Some("HTTP 404: Not Found".to_owned()) };
    let broken = rows::Broken { users: 4, failed: 12, endpoint: Some(endpoint) };
    let cause = cause::named(CauseKind::Broken);
    let said = headline(&UserLimit::default(), &cause, None, Some(&broken));
    let says = "No limit was found: with the first 4 users already, POST /chat failed 12 of 12 times (HTTP 404: Not Found).";
    assert!(said.starts_with(says), "{said}");
    assert!(cause.change.contains("`--api`"));
    let wordless = rows::Broken { endpoint: None, ..broken };
    assert!(
        headline(&UserLimit::default(), &cause, None, Some(&wordless)).contains("showed any text"),
        "of none"
    );
}

/// Gaps that grow with the users, with or without a plateau behind them.
fn dragging(users: &[u32], most: f64) -> Vec<Rung> {
    let drag = |users: &u32| {
        let n = f64::from(*users);
        let rate = n.min(most * n / (n + most / 3.0));
        let gap = 0.01 * (1.0 + n / 4.0);
        let summary = TimeSummary { count: 200, mean: gap, p50: gap * 0.8, p95: gap * 2.0 };
        let flow = flow::Flow { rate: rate * CHUNKS, error: rate * CHUNKS * 0.01 };
        let rung = Rung { flow, icl: summary, ..pooled(1e6, *users) };
        if *users >= 16 { missed(rung, 0, FailureKinds::default()) } else { rung }
    };
    users.iter().map(drag).collect()
}

#[test]
fn throughput_has_stopped_growing_or_there_is_no_plateau_and_never_both() {
    for (users, most) in [(vec![1, 2, 4, 8, 16], 12.0), (vec![1, 2, 4, 8, 16, 32, 64, 128], 12.0)] {
        let rungs = dragging(&users, most);
        let plateau = plateau(&rungs);
        let cause = cause::cause(&rungs, &[], plateau.as_ref(), None);
        let evidence = cause.evidence.join(" ");
        assert!(cause.seen.contains("gap between chunks"), "{cause:?}");
        assert_eq!(cause.seen.contains("stopped growing"), plateau.is_some(), "{cause:?}");
        assert_eq!(evidence.contains("shows no plateau"), plateau.is_none(), "{cause:?}");
    }
}

#[test]
fn a_growth_is_of_one_statistic_on_both_sides() {
    let rungs = dragging(&[1, 2, 4, 8, 16], 12.0);
    let cause = cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None);
    // Means went from 12.5 to 50 ms, medians from 10 to 40 ms.
    assert!(cause.seen.contains("The mean gap between chunks grew 4.0-fold"), "{}", cause.seen);
    let medians = "Gap between chunks, median: 10 ms with 1 user, 40 ms with 16 (4.0-fold).";
    assert!(cause.evidence.iter().any(|sentence| sentence == medians), "{:?}", cause.evidence);
    let means = "Gap between chunks, mean: 12.5 ms with 1 user, 50 ms with 16 (4.0-fold).";
    assert!(cause.evidence.iter().any(|sentence| sentence == means), "{:?}", cause.evidence);
}

#[test]
fn of_two_causes_the_experiment_comes_first_and_each_has_its_name() {
    let rungs = dragging(&[1, 2, 4, 8, 16], 12.0);
    let mut rungs = rungs;
    rungs.iter_mut().for_each(|rung| rung.producing = 1.0);
    let cause = cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None);
    assert_eq!((cause.kind, &cause.or[..]), (CauseKind::ThreadPerChunk, &[CauseKind::SharedProcessor][..]));
    let headings: Vec<String> = cause.paragraphs().into_iter().map(|part| part.heading).collect();
    let expected = [
        "What was seen",
        "What decides",
        "If it is a thread per chunk",
        "If it is a processor that all answers share",
    ];
    assert_eq!(headings, expected);
    assert!(cause.paragraphs()[2].text.contains("AnyIO"), "its own advice");
    assert!(!cause.paragraphs()[3].text.contains("AnyIO"), "and not that of the other");
}

#[test]
fn most_at_once_and_littles_law_that_disagree_are_no_number() {
    let estimate = |estimate, low, high| Estimate { estimate, low, high };
    // A limit of a rate in nginx, with delay; FastAPI's pool of ten; LangGraph's ten jobs, which wait before they run.
    let table = [
        (estimate(13.0, 9.0, 13.0), false),
        (estimate(10.0, 9.0, 11.0), true),
        (estimate(10.0, 10.0, 18.0), true),
    ];
    for (slots, agrees) in table {
        assert_eq!(slots::agree(&slots), agrees, "{slots:?}");
    }
    let rungs = doubling(10.0, 64);
    let cause = cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None);
    assert!(
        cause.seen.contains("no more than 10 streams sent text at once"),
        "what is not claimed: {}",
        cause.seen
    );
}
