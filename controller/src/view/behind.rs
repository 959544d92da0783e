//! The model behind the service, as rows.

use common::api::Endpoint;
use common::stats::{Histogram, Percentile};
use report::rows::{AGGREGATED, BehindPart, BehindRow, BehindRows};
use verdict::behind::told;

use crate::behind::{Share, Shares};
use crate::run::Run;

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
    for ((_, endpoint), shares) in behind.join.shares() {
        whole.entry(*endpoint).or_default().add(shares);
    }
    for (endpoint, shares) in &whole {
        rows.extend(parts(AGGREGATED, endpoints.get(*endpoint as usize), shares));
    }
    let users = |stage: usize| stages.get(stage).map_or(0, |stage| u64::from(stage.users));
    let first = run.sources().evidence.behind().iter().map(|first| (users(first.stage), *first));
    let counts = behind.join.counts();
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
        rows,
    })
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
