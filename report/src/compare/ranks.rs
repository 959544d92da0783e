//! Figures of endpoints and streams, from the percentiles that their rows hold.
//!
//! The *p*-quantile of *n* samples has the standard error √(p (1 − p) / n) / f, where f is the density
//! at the quantile, taken from the percentiles next to it. Requests that were in the air together share
//! their fate, and what is slow comes in bursts: *n* counts half at the median, a tenth at 95 %.

use common::stats::Metric;

use super::finding::difference;
use super::rows::{ComparedFigure, Difference};
use crate::rows::{EndpointRow, Figures, StreamRows};

/// 99 % of a normal distribution lie within so many standard errors.
const Z: f64 = 2.575_829_303_548_901;

/// A quantile, the two next to it by their place in the columns, and the fewest samples it takes.
struct Quantile {
    figure: ComparedFigure,
    share: f64,
    place: usize,
    around: [(usize, f64); 2],
    /// So many samples stand for one that is independent.
    shared: f64,
    fewest: u64,
}

const MEDIAN: Quantile = Quantile {
    figure: ComparedFigure::less("p50", "ms"),
    share: 0.5,
    place: 0,
    around: [(0, 0.5), (1, 0.66)],
    shared: 2.0,
    fewest: 100,
};
const P95: Quantile = Quantile {
    figure: ComparedFigure::less("p95", "ms"),
    share: 0.95,
    place: 5,
    around: [(4, 0.9), (6, 0.98)],
    shared: 10.0,
    fewest: 400,
};

/// The metrics of streams that are compared, and what they are called.
const METRICS: [(Metric, &str); 4] = [
    (Metric::Ttft, "TTFT"),
    (Metric::Icl, "gap between chunks"),
    (Metric::Tpot, "time per token"),
    (Metric::E2e, "whole answer"),
];

/// The differences of one endpoint.
pub(super) fn endpoint(a: &EndpointRow, b: &EndpointRow, left_out: &mut Vec<String>) -> Vec<Difference> {
    let scope = format!("{} {}", a.method, a.name);
    let samples = |row: &EndpointRow| row.count.saturating_sub(row.abandoned + row.cut);
    differences(&scope, [(a.latency, samples(a)), (b.latency, samples(b))], left_out)
}

/// The differences of the metrics of streams.
pub(super) fn streams(a: &StreamRows, b: &StreamRows, left_out: &mut Vec<String>) -> Vec<Difference> {
    if !a.any() && !b.any() {
        return Vec::new();
    }
    // The gaps of one stream share its fate: a stream is one sample, however many gaps it had.
    let metric = |(metric, scope): (Metric, &str)| {
        let samples = |rows: &StreamRows| {
            rows.metric(metric).map_or((None, 0), |row| (row.figures, row.count.min(rows.counts.completed)))
        };
        differences(scope, [samples(a), samples(b)], left_out)
    };
    METRICS.into_iter().flat_map(metric).collect()
}

fn differences(
    scope: &str,
    runs: [(Option<Figures>, u64); 2],
    left_out: &mut Vec<String>,
) -> Vec<Difference> {
    let [(Some(a), many), (Some(b), more)] = runs else {
        left_out.push(format!("{scope}: a run has no samples of it"));
        return Vec::new();
    };
    let fewest = many.min(more);
    let mut rows = Vec::new();
    let (known, unknown): (Vec<_>, Vec<_>) =
        [MEDIAN, P95].into_iter().partition(|quantile| fewest >= quantile.fewest);
    left_out.extend(too_few(scope, fewest, &unknown));
    for quantile in known {
        let value = |figures: &Figures| figures.percentiles.0[quantile.place];
        let error = error(&quantile, &a, many).hypot(error(&quantile, &b, more)) * Z;
        let (one, other) = (value(&a), value(&b));
        let interval = (other - one - error, other - one + error);
        rows.push(difference(scope, quantile.figure, (one, other), Some(interval)));
    }
    rows
}

/// Which quantiles take more samples than there are.
fn too_few(scope: &str, samples: u64, unknown: &[Quantile]) -> Option<String> {
    let each = |of: fn(&Quantile) -> String| unknown.iter().map(of).collect::<Vec<_>>().join(" and ");
    let names = each(|quantile| quantile.figure.name.to_owned());
    let wanted = each(|quantile| quantile.fewest.to_string());
    let take = if unknown.len() == 1 { "takes" } else { "take" };
    (!unknown.is_empty())
        .then(|| format!("{names} of {scope}, which {take} {wanted} samples: only {samples}"))
}

/// The standard error of a quantile, in the unit of the samples.
fn error(quantile: &Quantile, figures: &Figures, samples: u64) -> f64 {
    let [(below, from), (above, to)] = quantile.around;
    let times = figures.percentiles.0;
    let per_share = (times[above] - times[below]) / (to - from);
    let spread = (quantile.share * (1.0 - quantile.share) * quantile.shared / samples as f64).sqrt();
    // No finer than the buckets of the histograms.
    (spread * per_share).max(times[quantile.place] * 0.001)
}
