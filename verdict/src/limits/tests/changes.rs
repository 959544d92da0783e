//! Services that do more with time, or less with users.

use super::*;

/// A search that is at 64 users when a pool of 6 becomes one of 12.
fn scaled_out() -> Vec<Rung> {
    let at = |slots: f64, users: u32, from: f64| Rung { from, to: from + 10.0, ..pooled(slots, users) };
    vec![at(6.0, 4, 0.0), at(12.0, 10, 40.0), at(6.0, 16, 10.0), at(6.0, 32, 20.0), at(6.0, 64, 30.0)]
}

#[test]
fn what_a_service_did_before_it_scaled_out_is_left_out() {
    let users = |rungs: Vec<Rung>| rungs.iter().map(|rung| rung.users).collect::<Vec<_>>();
    let rungs = scaled_out();
    assert_eq!(outdated(&rungs), [16, 32, 64], "fewer users had ten at once since");
    assert_eq!(users(current(rungs)), [4, 10]);
    let same = doubling(6.0, 64);
    assert_eq!(outdated(&same), [] as [u32; 0]);
    // One that does less the more it is asked did so before as well.
    let mut collapsing = scaled_out();
    for rung in &mut collapsing[2..] {
        rung.flow.rate *= 6.0 / f64::from(rung.users);
    }
    assert_eq!(outdated(&collapsing), [] as [u32; 0], "what fell by itself stays");
}

#[test]
fn rungs_that_are_left_out_are_named() {
    let users = UserLimit { verdict: UserVerdict::Found, low: 8, high: Some(10), ..UserLimit::default() };
    let cause = Cause { kind: CauseKind::SlotPool, ..Cause::default() };
    let findings = rows::Findings { outdated: &[16, 32, 64], ..findings(&users, &cause) };
    let sentences = text::headline("p95<1s", &findings);
    assert!(
        sentences[2].contains("what it did before with 16, 32 and 64 users is left out"),
        "{sentences:?}"
    );
}

#[test]
fn throughput_that_fell_did_not_grow() {
    // An event loop: 128 users have less than 64, cheap requests wait, and no rung missed for sure.
    let mut rungs = doubling(1e6, 128);
    let top = rungs.last_mut().unwrap();
    (top.flow.rate, top.cheap) = (40.0 * CHUNKS, vec![0.5; 20]);
    let fall = plateau::fall(&rungs).unwrap();
    assert_eq!((fall.best.0, fall.last.0), (64, 128));
    let cause = cause::cause(&rungs, &[], plateau(&rungs).as_ref(), None);
    assert_ne!(cause.kind, CauseKind::NoneInRange, "{}", cause.seen);
}

#[test]
fn a_limiter_is_named_alone_only_where_the_wall_of_a_cap_would_have_shown() {
    // Streams of three seconds that wait for their first token for a share of that: as many first tokens whatever ends.
    let named = |peak: u32, first: f64| {
        let kinds = FailureKinds { limited: 60, ..FailureKinds::default() };
        let refused = |users: u32| {
            let mut rung = missed(pooled(f64::from(peak), users), 60, kinds);
            rung.e2e = TimeSummary { count: 200, mean: 3.0, p50: 3.0, p95: 3.5 };
            rung.ttft = TimeSummary { count: 200, mean: first, p50: first, p95: first };
            for (number, second) in rung.seconds.iter_mut().enumerate() {
                (second.completed, second.first_tokens) =
                    (10 + number as u64 % 2, 10 + number as u64 / 2 % 2);
                (second.producing_peak, second.looks_at_peak) = (peak - (number % 20 != 0) as u32, 1);
            }
            rung.producing_peak = peak;
            rung
        };
        let mut rungs = doubling(1e6, 4);
        rungs.extend([refused(32), refused(64)]);
        rungs.iter_mut().for_each(|rung| rung.ttft = TimeSummary { mean: first, p50: first, ..rung.ttft });
        let cause = cause::cause(&rungs, &[], None, None);
        [vec![cause.kind], cause.or].concat()
    };
    assert_eq!(named(10, 0.3), [CauseKind::RateLimit], "ten would all send for a third of the time");
    let either = [CauseKind::RateLimit, CauseKind::ConcurrencyCap];
    assert_eq!(named(24, 0.3), either, "of 24 one nearly always waits for its first token");
}

/// A rung of twenty seconds, each with so many answers of so many chunks, which took `answer` seconds.
fn answered(users: u32, answers: u64, chunks: u64, answer: f64) -> Rung {
    let seconds: Vec<Second> = (0..20)
        .map(|_| Second {
            first_tokens: answers,
            completed: answers,
            chunks: answers * chunks,
            ..Second::default()
        })
        .collect();
    let whole = TimeSummary { count: 20 * answers, mean: answer, p50: answer, p95: answer };
    let gap = answer / chunks as f64;
    let icl = TimeSummary { count: 1000, mean: gap, p50: gap, p95: gap };
    Rung {
        to: 20.0,
        seconds,
        e2e: whole,
        icl,
        open: f64::from(users),
        producing: f64::from(users),
        ..judged(users, Verdict::Pass, 0.1)
    }
}

#[test]
fn users_whose_answers_became_shorter_are_not_held() {
    let of = |top: Rung| {
        let mut rungs = [answered(4, 1, 118, 4.0), top];
        mark_shorter(&mut rungs);
        rungs
    };
    let [base, full] = of(answered(64, 100, 12, 0.6));
    assert_eq!((base.verdict(), full.verdict()), (RungVerdict::Pass, RungVerdict::Undetermined));
    let why = "answers became shorter: 118 chunks with 4 users, 12 with 64";
    assert_eq!(full.why().as_deref(), Some(why));
    assert_eq!(of(answered(64, 16, 118, 4.0))[1].verdict(), RungVerdict::Pass, "as long as before");
    assert_eq!(of(answered(64, 22, 90, 3.0))[1].verdict(), RungVerdict::Pass, "a little shorter");
    let cut = of(answered(64, 6, 12, 0.6));
    assert_eq!(
        cut[1].verdict(),
        RungVerdict::Pass,
        "too few for users whose answers are short: they may be in step"
    );
}

/// The first rung of a search, or its repeat, with these times to first token.
fn first_tokens(stage: usize, count: u64, p50: f64, p95: f64) -> Rung {
    let ttft = TimeSummary { count, mean: p50, p50, p95 };
    Rung { stage, ttft, seconds: Vec::new(), ..judged(4, Verdict::Pass, 0.1) }
}

#[test]
fn a_service_that_grew_slower_with_time_is_said_and_users_explain_nothing() {
    let changed =
        |count, p50| Changed::of(&[first_tokens(0, 30, 0.012, 0.02), first_tokens(8, count, p50, p50)]);
    let slower = changed(8, 0.94).unwrap();
    assert!(slower.is_slower());
    let sentence = slower.sentence();
    assert!(sentence.contains("12 ms at the beginning and 940 ms at the end"), "{sentence}");
    assert_eq!(changed(8, 0.05), None, "less than a tenth of a second");
    assert_eq!(changed(1, 0.94), None, "one may be chance");
    assert!(changed(2, 0.94).is_some());
    for (kind, stands) in [
        (CauseKind::NoneInRange, false),
        (CauseKind::SlotPool, false),
        (CauseKind::DatabaseLocks, true),
        (CauseKind::ConcurrencyCap, true),
    ] {
        let cause = cause::unless_confounded(Cause { kind, ..Cause::default() }, Some(&sentence));
        assert_eq!(cause.kind == kind, stands, "{kind:?}");
        assert!(stands || cause.seen == sentence);
    }
}

/// The rungs of a search as (users, median and 95 % time to first token), in the order of time.
fn in_time(rungs: &[(u32, f64, f64)]) -> Vec<Rung> {
    let rung = |(stage, (users, p50, p95)): (usize, &(u32, f64, f64))| Rung {
        users: *users,
        from: 0.0,
        to: 30.0,
        ..first_tokens(stage, 40, *p50, *p95)
    };
    rungs.iter().enumerate().map(rung).collect()
}

#[test]
fn fewer_users_that_are_slower_than_more_were_before_are_said() {
    // A search that ends before its first rung comes again.
    let grows =
        [(4, 0.3, 0.35), (64, 0.5, 0.6), (256, 1.0, 1.2), (512, 1.8, 2.0), (256, 5.6, 6.0), (217, 6.2, 6.4)];
    let changed = Changed::of(&in_time(&grows)).unwrap();
    assert_eq!((changed.users, changed.users_after), (256, 217));
    let sentence = changed.sentence();
    let times = "1 s with 256 users and later, with no more than 217, 6.2 s";
    assert!(sentence.contains(times), "{sentence}");
    let mut held = in_time(&grows[..5]);
    assert_eq!(Changed::of(&held), None, "it may have found what 512 had left");
    held[4].to = 120.0;
    assert!(Changed::of(&held).is_some(), "not for two minutes");
    let mut stays = grows;
    (stays[4], stays[5]) = ((256, 1.1, 1.3), (217, 0.9, 1.0));
    assert_eq!(Changed::of(&in_time(&stays)), None);
    stays[5] = (300, 6.2, 6.4);
    assert_eq!(Changed::of(&in_time(&stays)), None, "more users explain it");
}

#[test]
fn a_service_that_grows_slower_is_said_by_whichever_rung_shows_it() {
    // Each answer makes the next a little slower; the repeat of the first rung is cut before a first token comes.
    let mut grows = vec![
        (4, 0.57, 0.61),
        (16, 0.73, 0.93),
        (64, 1.75, 2.16),
        (128, 2.96, 3.45),
        (512, 10.2, 11.0),
        (117, 16.5, 17.0),
        (71, 19.0, 19.5),
        (64, 20.3, 20.5),
    ];
    let changed = Changed::of(&in_time(&grows)).expect("117, 71 and 64 users are slower than 128 were");
    assert_eq!((changed.users, changed.users_after), (128, 64));
    // What 512 left is worked off in half a minute.
    (grows[6], grows[7]) = ((71, 1.9, 2.3), (64, 1.8, 2.2));
    assert_eq!(Changed::of(&in_time(&grows)), None);
    // A pool whose queue is as long as its users make it.
    (grows[5], grows[6], grows[7]) = ((117, 2.7, 3.2), (71, 1.9, 2.3), (64, 1.8, 2.2));
    assert_eq!(Changed::of(&in_time(&grows)), None);
}

#[test]
fn what_all_requests_wait_for_is_no_pool_of_streams_where_ever_more_of_them_send() {
    let named = |sending: fn(&Rung) -> f64| {
        let mut rungs = doubling(10.0, 64);
        for rung in &mut rungs {
            rung.cheap = vec![0.001 + rung.ttft.mean - FIRST; 20];
            rung.producing = sending(rung);
        }
        let plateau = plateau(&rungs);
        let cause = cause::cause(&rungs, &[], plateau.as_ref(), None);
        [vec![cause.kind], cause.or].concat()
    };
    // Streams so short that what follows what is not seen: threads before the first token would keep as many sending.
    let places = [CauseKind::SlotPool, CauseKind::DatabaseConnections, CauseKind::AdmissionRate];
    assert_eq!(named(|rung| rung.producing), places);
    let step = [CauseKind::AdmissionRate, CauseKind::DatabaseConnections];
    assert_eq!(named(|rung| f64::from(rung.users) / 3.0), step);
}

/// A rung whose streams all fail.
fn serves_nothing(stage: usize, users: u32) -> Rung {
    let mut totals = StageTotals::default();
    totals.streams.counts = StreamCounts { begun: 40, failed: 40, textless: 40, ..StreamCounts::default() };
    let from = 10.0 * stage as f64;
    let rung = missed(pooled(1e6, users), 40, FailureKinds { limited: 40, ..FailureKinds::default() });
    Rung { stage, from, to: from + 10.0, requests: 40, totals: Arc::new(totals), ..rung }
}

#[test]
fn what_comes_after_a_service_stopped_serving_says_nothing_of_users() {
    let serves = |stage: usize, users: u32| Rung { stage, ..judged(users, Verdict::Pass, 0.1) };
    let gone = |rungs: &[Rung]| gone::Gone::of(rungs, &[]);
    let used_up = [serves(0, 4), serves(1, 8), serves_nothing(2, 16), serves_nothing(3, 4)];
    let found = gone(&used_up).unwrap();
    let left: Vec<u32> = used_up.iter().filter(|rung| !found.holds_of(rung)).map(|rung| rung.users).collect();
    assert_eq!(left, [4, 8]);
    assert!(
        found.sentence().starts_with("After 20 s no request was served, with 4 users too"),
        "{}",
        found.sentence()
    );
    assert!(
        found.sentence().contains("It went with 16 users, more than ever before: an overload"),
        "{}",
        found.sentence()
    );
    let suddenly = [serves(0, 4), serves(1, 8), serves_nothing(2, 4)];
    assert!(!gone(&suddenly).unwrap().sentence().contains("overload"), "no more users did it");
    let mut few = [serves(0, 4), serves(1, 8), serves_nothing(2, 16), serves_nothing(3, 4)];
    let counts = |failed| StreamCounts { begun: failed, failed, textless: failed, ..StreamCounts::default() };
    for (place, failed) in [(2, 4), (3, 1)] {
        Arc::make_mut(&mut few[place].totals).streams.counts = counts(failed);
    }
    assert!(gone(&few).is_some(), "five, of two rungs");
    Arc::make_mut(&mut few[2].totals).streams.counts = counts(3);
    assert_eq!(gone(&few), None, "four are too few");
    let refuses = [serves(0, 4), serves(1, 8), serves_nothing(2, 16)];
    assert_eq!(gone(&refuses), None, "it may be for the users");
    let recovers = [serves(0, 4), serves_nothing(1, 16), serves_nothing(2, 4), serves(3, 4)];
    assert_eq!(gone(&recovers), None, "it serves again");
    assert_eq!(gone(&[serves_nothing(0, 1), serves_nothing(1, 1)]), None, "it never served");
}
