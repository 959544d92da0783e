//! Whether the figures of a ledger agree, and whether they changed.

use std::collections::BTreeMap;

use common::stats::Histogram;
use common::totals::{EndpointTotals, StageTotals, StreamTotals, Totals};
use hub::merge::{Account, ExceptionTotals, FailureKey, FailureTotals, Ledger};

/// Distinct reasons of refusals that an account keeps, at the very most.
const MAX_REASONS: usize = 32;

/// Everything that a report sums up: what a delta that does not count leaves as it was. Of each
/// histogram count, sum, least, greatest and clamped, which no sample leaves as they were.
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    figures: Vec<u64>,
    failures: BTreeMap<FailureKey, FailureTotals>,
    exceptions: BTreeMap<String, ExceptionTotals>,
    accounts: String,
}

impl Books {
    pub fn of(ledger: &Ledger) -> Books {
        let mut figures = Vec::new();
        stage_figures(&ledger.totals.run, &mut figures);
        for (number, stage) in &ledger.totals.segments {
            figures.push(number.number().into());
            stage_figures(stage, &mut figures);
        }
        let (all, tokens) = seconds(ledger);
        endpoint_figures(&all, &mut figures);
        figures.push(tokens);
        // What a refused or repeated delta may change is left out.
        let lasting = |account: &Account| Account {
            next_seq: 0,
            duplicates: 0,
            refused: BTreeMap::new(),
            ..account.clone()
        };
        let opened = ledger.accounts.iter().enumerate().filter(|(_, account)| account.merged > 0);
        let accounts: Vec<_> = opened.map(|(worker, account)| (worker, lasting(account))).collect();
        let (failures, exceptions) = (ledger.failures.clone(), ledger.exceptions.clone());
        Books { figures, failures, exceptions, accounts: format!("{accounts:?}") }
    }
}

fn stage_figures(stage: &StageTotals, figures: &mut Vec<u64>) {
    stage.endpoints.iter().chain([&stage.all()]).for_each(|endpoint| endpoint_figures(endpoint, figures));
    let StreamTotals { counts, metrics, in_progress, waiting, uncertain, left, left_textless } =
        &stage.streams;
    figures.extend(counts.values());
    figures.push(*in_progress);
    [waiting, left, left_textless].iter().for_each(|times| figures.extend(histogram_figures(times)));
    metrics.iter().for_each(|metric| figures.extend(histogram_figures(metric)));
    uncertain.iter().for_each(|metric| figures.extend(histogram_figures(&metric.seen)));
}

fn endpoint_figures(endpoint: &EndpointTotals, figures: &mut Vec<u64>) {
    figures.extend(histogram_figures(&endpoint.latency));
    figures.extend(histogram_figures(&endpoint.failed));
    figures.extend(histogram_figures(&endpoint.waiting));
    figures.extend([endpoint.failures, endpoint.cut, endpoint.abandoned, endpoint.bytes]);
}

fn histogram_figures(values: &Histogram) -> [u64; 5] {
    let (min, max) = (values.min().unwrap_or(0), values.max().unwrap_or(0));
    [values.count(), values.sum(), min, max, values.clamped()]
}

/// Panics unless stages, seconds, endpoints, failures and accounts all add up to the total, bucket
/// by bucket.
pub(crate) fn assert_consistent(ledger: &Ledger) {
    let Ledger { totals: Totals { run: total, segments: stages }, failures, accounts, .. } = ledger;
    for (number, endpoint) in total.endpoints.iter().enumerate() {
        let parts = stages.values().map(|stage| &stage.endpoints[number]);
        assert_eq!(&endpoints(parts), endpoint, "stages, endpoint {number}");
        let rows = failures.iter().filter(|(key, _)| key.endpoint == number);
        assert_eq!(
            rows.map(|row| row.1.count).sum::<u64>(),
            endpoint.failures,
            "failures, endpoint {number}"
        );
    }
    let all = total.all();
    assert_eq!(endpoints(&total.endpoints), all, "endpoints");
    assert_eq!(endpoints(stages.values().flat_map(|stage| &stage.endpoints)), all, "stages");
    assert_eq!(streams(stages.values().map(|stage| &stage.streams)), total.streams, "streams");
    assert_eq!(accounts.iter().map(|account| account.requests).sum::<u64>(), all.count());
    assert_eq!(accounts.iter().map(|account| account.failures).sum::<u64>(), all.failures);
    assert!(all.failures <= all.latency.count());
    assert_eq!(all.failures, all.failed.count());
    assert!(total.streams.waiting.count() <= total.streams.in_progress);
    // What is in progress belongs to no second.
    let over = EndpointTotals { waiting: Histogram::default(), ..all };
    assert_eq!(seconds(ledger), (over, total.streams.counts.tokens), "seconds");
    assert!(accounts.iter().all(|account| account.refused.len() <= MAX_REASONS), "reasons without end");
}

fn endpoints<'a>(parts: impl IntoIterator<Item = &'a EndpointTotals>) -> EndpointTotals {
    let mut sum = EndpointTotals::default();
    for part in parts {
        sum.latency.add(&part.latency);
        sum.failed.add(&part.failed);
        sum.uncertain.add(&part.uncertain);
        sum.failures += part.failures;
        sum.cut += part.cut;
        sum.abandoned += part.abandoned;
        sum.bytes = sum.bytes.saturating_add(part.bytes);
        sum.waiting.add(&part.waiting);
    }
    sum
}

fn streams<'a>(parts: impl IntoIterator<Item = &'a StreamTotals>) -> StreamTotals {
    let mut sum = StreamTotals::default();
    for part in parts {
        sum.counts.add(&part.counts);
        sum.in_progress += part.in_progress;
        sum.waiting.add(&part.waiting);
        sum.left.add(&part.left);
        sum.left_textless.add(&part.left_textless);
        sum.metrics.iter_mut().zip(&part.metrics).for_each(|(sum, part)| sum.add(part));
        sum.uncertain.iter_mut().zip(&part.uncertain).for_each(|(sum, part)| sum.add(part));
    }
    sum
}

/// All endpoints and the tokens, summed over the seconds.
fn seconds(ledger: &Ledger) -> (EndpointTotals, u64) {
    let mut seconds = ledger.seconds.clone();
    let mut open = Vec::new();
    while seconds.next() < seconds.end() {
        open.push(seconds.close().1);
    }
    (endpoints(open.iter().map(|second| &second.all)), open.iter().map(|second| second.tokens).sum())
}
