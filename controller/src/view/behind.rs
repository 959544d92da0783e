//! The model behind the service, as rows.

use common::api::Endpoint;
use common::stats::{Histogram, Percentile};
use hub::behind::{JoinCounts, Share, Shares};
use hub::run::Run;
use report::rows::{AGGREGATED, BehindPart, BehindRow, BehindRows};
use verdict::behind::told;

/// What was joined so far; `None` where no model is asked.
pub(super) fn rows(run: &Run, endpoints: &[Endpoint]) -> Option<BehindRows> {
    let behind = run.behind()?;
    let stages = &run.timeline().shape().stages;
    let mut rows = Vec::new();
    for ((stage, endpoint), shares) in &run.stage_shares() {
        let name = stages.get(*stage).map(|stage| stage.name.as_str()).unwrap_or_default();
        rows.extend(parts(name, endpoints.get(*endpoint as usize), shares));
    }
    let mut whole = std::collections::BTreeMap::<u32, Shares>::new();
    for ((_, endpoint), shares) in behind.shares() {
        whole.entry(*endpoint).or_default().add(shares);
    }
    for (endpoint, shares) in &whole {
        rows.extend(parts(AGGREGATED, endpoints.get(*endpoint as usize), shares));
    }
    let users = |stage: usize| stages.get(stage).map_or(0, |stage| u64::from(stage.users));
    let first = run.sources().evidence.behind().iter().map(|first| (users(first.stage), *first));
    let counts = behind.counts();
    let untold: u64 = run.ledger().accounts.iter().map(|account| account.asks_dropped).sum();
    Some(BehindRows {
        place: behind.place.clone(),
        asked: counts.asked,
        by_trace: counts.by_trace,
        by_nonce: counts.by_nonce,
        several: counts.several,
        served: counts.served,
        served_joined: counts.served_joined,
        dropped: counts.asks_dropped + counts.served_dropped + untold,
        read: behind.read,
        missed: behind.missed,
        trouble: behind.trouble.clone(),
        sentence: told(first).map(|told| told.sentence),
        unfound: unfound(&counts, Sent::of(run), behind.missed),
        rows,
    })
}

/// By what a question can be found at the model.
#[derive(Clone, Copy)]
struct Sent {
    trace: bool,
    nonce: bool,
}

impl Sent {
    fn of(run: &Run) -> Sent {
        let plan = &run.settings().plan;
        Sent { trace: plan.tracing.is_some(), nonce: plan.asking.as_ref().is_some_and(|asking| asking.nonce) }
    }
}

/// Why not one question was found, and what to do.
fn unfound(counts: &JoinCounts, sent: Sent, missed: u64) -> Option<String> {
    if counts.asked == 0 || counts.by_trace + counts.by_nonce > 0 {
        return None;
    }
    let why = match (counts.served, sent) {
        // Another sentence says that it could not be read.
        (0, _) if missed > 0 => return None,
        (0, _) => {
            "The model finished no request meanwhile: point the application at it, or --behind at the model that the \
             application calls."
        }
        (_, Sent { nonce: false, .. }) => {
            "The application hands no `traceparent` on, and with `--cache allow` no nonce stands in front of the questions: \
             leave `--cache allow` out, or let the application pass the header on."
        }
        (_, Sent { trace: false, .. }) => {
            "The nonce in front of the questions did not come through, and with `--no-traceparent` there is no header: leave \
             `--no-traceparent` out, or let the application hand questions on as they are."
        }
        (_, Sent { trace: true, nonce: true }) => {
            "Neither `traceparent` nor the nonce in front of the questions came through: let the application pass the header \
             on, or hand questions on as they are."
        }
    };
    Some(why.to_owned())
}

fn parts(stage: &str, endpoint: Option<&Endpoint>, shares: &Shares) -> Vec<BehindRow> {
    let parts = [
        (BehindPart::FirstToken, &shares.first),
        (BehindPart::Output, &shares.output),
        (BehindPart::Answer, &shares.whole),
    ];
    let row = |(part, share): (BehindPart, &Share)| {
        let ms = |of: &Histogram, percentile| of.percentile(percentile).map(|us| us as f64 / 1000.0);
        let [p50, p95, p99] = [Percentile::P50, Percentile::P95, Percentile::P99];
        BehindRow {
            stage: stage.to_owned(),
            method: endpoint.map(|endpoint| endpoint.method.clone()).unwrap_or_default(),
            name: endpoint.map(|endpoint| endpoint.name.clone()).unwrap_or_default(),
            part,
            asked: shares.asked,
            joined: shares.joined,
            served: shares.served,
            count: share.seen.count(),
            seen_p50_ms: ms(&share.seen, p50),
            seen_p95_ms: ms(&share.seen, p95),
            seen_p99_ms: ms(&share.seen, p99),
            model_p50_ms: ms(&share.model, p50),
            model_p95_ms: ms(&share.model, p95),
            model_p99_ms: ms(&share.model, p99),
            application_p50_ms: ms(&share.application, p50),
            application_p95_ms: ms(&share.application, p95),
            application_p99_ms: ms(&share.application, p99),
        }
    };
    parts.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_not_one_question_was_found_the_flag_that_hinders_is_named() {
        let counts = JoinCounts { asked: 9, served: 9, ..JoinCounts::default() };
        let said = |sent, counts: JoinCounts, missed| unfound(&counts, sent, missed);
        let both = Sent { trace: true, nonce: true };
        for (sent, named) in [
            (Sent { nonce: false, ..both }, "leave `--cache allow` out"),
            (Sent { trace: false, ..both }, "leave `--no-traceparent` out"),
            (both, "Neither `traceparent` nor the nonce"),
        ] {
            let why = said(sent, counts, 0).unwrap();
            assert!(why.contains(named), "{why}");
        }
        let idle = JoinCounts { served: 0, ..counts };
        assert!(said(both, idle, 0).unwrap().contains("point the application at it"));
        assert_eq!(said(both, idle, 1), None, "it could not be read, which is said elsewhere");
        assert_eq!(said(both, JoinCounts { by_trace: 1, ..counts }, 0), None);
        assert_eq!(said(both, JoinCounts::default(), 0), None);
    }
}
