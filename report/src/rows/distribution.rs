//! How the latency of an endpoint is spread.

use common::api::Endpoint;
use common::stats::Histogram;
use serde::Serialize;

/// Ends of the bins of one decade, in hundredths of its start: ten, evenly spaced for the eye on a
/// logarithmic axis.
const DECADE: [u64; 10] = [125, 160, 200, 250, 315, 400, 500, 630, 800, 1000];
/// End of the first bin, in microseconds.
const FIRST: u64 = 100;

/// The latency of one endpoint over the whole run, in bins.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DistributionRow {
    /// HTTP method.
    pub method: String,
    /// Path with ids folded.
    pub name: String,
    /// From the first bin with a sample to the last one.
    pub bins: Vec<Bin>,
}

/// Samples above `from_ms` and up to `to_ms`, to the 0.1 % of the percentiles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Lower end in milliseconds.
    pub from_ms: f64,
    /// Upper end in milliseconds.
    pub to_ms: f64,
    /// Samples.
    pub count: u64,
}

impl DistributionRow {
    /// The row of one endpoint from its latency in microseconds; at most 81 bins, whatever was measured.
    pub fn new(endpoint: &Endpoint, latency: &Histogram) -> DistributionRow {
        let edges = edges();
        let mut counts = vec![0; edges.len()];
        for (value, count) in latency.buckets() {
            let place = edges.partition_point(|edge| *edge < value).min(edges.len() - 1);
            counts[place] += count;
        }
        let filled = |count: &u64| *count > 0;
        let (first, last) = (counts.iter().position(filled), counts.iter().rposition(filled));
        let span = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
        let ms = |place: usize| edges[place] as f64 / 1000.0;
        let bin = |place: usize| Bin {
            from_ms: place.checked_sub(1).map_or(0.0, ms),
            to_ms: ms(place),
            count: counts[place],
        };
        let bins = span.map(bin).collect();
        DistributionRow { method: endpoint.method.clone(), name: endpoint.name.clone(), bins }
    }
}

/// The ends of all bins, in microseconds: from [`FIRST`] to beyond the hour at which samples are clamped.
fn edges() -> Vec<u64> {
    let decades = (0..8).map(|decade| FIRST * 10u64.pow(decade));
    let edges = decades.flat_map(|start| DECADE.map(|hundredths| start * hundredths / 100));
    std::iter::once(FIRST).chain(edges).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::stats::Recorder;

    #[test]
    fn every_sample_is_in_the_bin_that_ends_at_or_above_it() {
        let mut recorder = Recorder::default();
        let samples = [50, 100, 101, 125, 900, 1_000, 990_000, 3_600_000_000];
        samples.into_iter().for_each(|sample| recorder.record(sample));
        let mut latency = Histogram::default();
        latency.merge(&recorder.drain());

        let endpoint = Endpoint { method: "GET".to_owned(), name: "/".to_owned() };
        let row = DistributionRow::new(&endpoint, &latency);

        let filled: Vec<_> =
            row.bins.iter().filter(|bin| bin.count > 0).map(|bin| (bin.to_ms, bin.count)).collect();
        assert_eq!(filled, [(0.1, 2), (0.125, 2), (1.0, 2), (1000.0, 1), (4_000_000.0, 1)]);
        assert!(row.bins.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms), "no gap");
        assert!(DistributionRow::new(&endpoint, &Histogram::default()).bins.is_empty());
    }
}
