//! A limit search with known figures: ten streams at once, so that 24 users are the last that pass.

use report::rows::{
    Cause, CauseKind, Estimate, LimitRows, RungRow, RungVerdict, Saturation, UserLimit, UserVerdict, Verdict,
};

/// The limits, as a search over six rungs would report them.
pub fn limits() -> LimitRows {
    LimitRows {
        rate: None,
        headline: vec![
            "The service holds about 27 users: 24 kept to the criteria, 32 did not.".to_owned(),
            "Streams wait for one of 10 slots; raise the pool's size or put more replicas behind it."
                .to_owned(),
        ],
        criteria: vec!["ttft.p95<3s".to_owned(), "failures<1%".to_owned()],
        assumed: true,
        users: UserLimit {
            verdict: UserVerdict::Found,
            point: Some(27.4),
            low: 24,
            high: Some(32),
            confirmed: true,
            failed_first: Some("ttft.p95<3s".to_owned()),
        },
        slot_limit: Some(Estimate { estimate: 10.0, low: 9.8, high: 10.2 }),
        knee: Some(Estimate { estimate: 22.0, low: 19.0, high: 25.0 }),
        saturation: Some(Saturation { rps: 24.8, streams_per_s: 4.1 }),
        cause: Cause {
            or: Vec::new(),
            decides: String::new(),
            either: Vec::new(),
            kind: CauseKind::SlotPool,
            seen: "From 24 users on never more than 10 streams sent text at once, while more were open."
                .to_owned(),
            inside: "Every slot was taken: 10 ran and 22 waited with 32 users.".to_owned(),
            means: "A stream holds one of 10 slots from its first token to its last.".to_owned(),
            change: "Raise the size of the pool that a stream holds for its length.".to_owned(),
            mistaken_for: "A rate limiter would answer 429 at once; here streams wait and then run at full \
                           speed."
                .to_owned(),
            evidence: vec![
                "The most streams that sent text at once was 10 on each of the last three rungs.".to_owned(),
                "The gap between chunks stayed at 25 ms from 6 to 48 users.".to_owned(),
            ],
        },
        rungs: vec![
            rung(6, RungVerdict::Pass, 6.2, 410.0),
            rung(12, RungVerdict::Pass, 12.1, 430.0),
            rung(24, RungVerdict::Pass, 22.9, 1_240.0),
            rung(32, RungVerdict::Fail, 24.6, 4_870.0),
            rung(48, RungVerdict::Fail, 24.8, 9_310.0),
            RungRow {
                why: Some("the generator's timers were late".to_owned()),
                ..rung(64, RungVerdict::Invalid, 19.0, 15_000.0)
            },
        ],
    }
}

fn rung(users: u64, verdict: RungVerdict, rps: f64, ttft_p95: f64) -> RungRow {
    let failed = verdict == RungVerdict::Fail;
    RungRow {
        rate: None,
        grew_per_s: None,
        dropped: None,
        stage: format!("{users} users"),
        users,
        from_s: users as f64,
        to_s: users as f64 + 30.5,
        verdict,
        why: failed.then(|| "ttft.p95<3s was missed".to_owned()),
        criteria: vec![if failed { Verdict::Fail } else { Verdict::Pass }, Verdict::Pass],
        count: (rps * 30.0) as u64,
        failures: 0.002,
        rps,
        p95_ms: Some(ttft_p95 * 1.4),
        streams: 100,
        streams_per_s: rps / 6.0,
        throughput: Some(Estimate { estimate: rps * 20.0, low: rps * 19.5, high: rps * 20.5 }),
        ttft_mean_ms: Some(Estimate { estimate: ttft_p95 / 1.9, low: ttft_p95 / 2.0, high: ttft_p95 / 1.8 }),
        ttft_p50_ms: Some(ttft_p95 / 2.0),
        ttft_p95_ms: Some(ttft_p95),
        icl_p50_ms: Some(25.012),
        icl_p95_ms: Some(26.5),
        headers_p50_ms: Some(1.25),
        e2e_p50_ms: Some(ttft_p95 / 2.0 + 2_500.0),
        open: rps / 2.0,
        producing: 9.8,
        producing_peak: 10,
        canary_p50_ms: None,
        little: Some(0.01),
    }
}
