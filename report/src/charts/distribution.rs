//! How the latency of an endpoint is spread.

use super::figure::{Colour, Figure, Line, Look, XAxis};
use crate::rows::{Bin, DistributionRow};

/// Where a bin from zero is drawn from, as a part of its end: a logarithmic axis has no zero.
const FROM_ZERO: f64 = 0.8;

/// How many requests took how long; none where nothing was measured.
pub fn distribution(row: &DistributionRow) -> Option<Figure> {
    let (first, last) = (row.bins.first()?, row.bins.last()?);
    let from = if first.from_ms > 0.0 { first.from_ms } else { first.to_ms * FROM_ZERO };
    let ends = row.bins.iter().map(|bin| bin.to_ms);
    let counts = row.bins.iter().map(|bin: &Bin| Some(bin.count as f64));
    let values = std::iter::once(None).chain(counts).collect();
    Some(Figure {
        id: "distribution".into(),
        title: "Latency over the whole run".into(),
        unit: "requests".into(),
        suffix: Some("requests"),
        about: "How many requests took how long, on a logarithmic axis.".to_owned(),
        axis: XAxis::Latency {
            from_ms: decade(from.log10().floor()),
            to_ms: decade(last.to_ms.log10().ceil()),
        },
        x: std::iter::once(from).chain(ends).collect(),
        lines: vec![Line { name: "requests", colour: Colour::Main, look: Look::Bars, values }],
        marks: Vec::new(),
        bands: Vec::new(),
        rules: Vec::new(),
    })
}

fn decade(power: f64) -> f64 {
    10f64.powf(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::svg::{Readout, markup};

    #[test]
    fn each_bin_is_a_bar_that_ends_where_it_ends() {
        assert_eq!(distribution(&DistributionRow::default()), None);
        let bin = |from_ms, to_ms, count| Bin { from_ms, to_ms, count };
        let bins = vec![bin(12.5, 16.0, 3), bin(16.0, 20.0, 0), bin(20.0, 25.0, 1)];
        let figure = distribution(&DistributionRow { bins, ..DistributionRow::default() }).unwrap();
        assert_eq!(figure.axis, XAxis::Latency { from_ms: 10.0, to_ms: 100.0 });
        let drawn = markup(std::slice::from_ref(&figure)).unwrap();
        assert_eq!(drawn.matches("V2000z").count(), 2, "a bar for each bin with a sample: {drawn}");
        for tick in ["10", "20", "50", "100"] {
            assert!(drawn.contains(&format!(">{tick}</text>")), "{tick}: {drawn}");
        }
        let read = serde_json::to_value(Readout::of(&figure)).unwrap();
        assert_eq!(read["labels"], serde_json::json!(["up to 16 ms", "up to 20 ms", "up to 25 ms"]));
        assert_eq!(read["y"], serde_json::json!([[3.0, 0.0, 1.0]]));
        assert_eq!(read["x"], serde_json::json!([0.301, 0.5051, 0.699]), "in the middle of each");
    }

    #[test]
    fn a_bin_from_zero_has_a_place_too() {
        let bins = vec![Bin { from_ms: 0.0, to_ms: 0.1, count: 2 }];
        let figure = distribution(&DistributionRow { bins, ..DistributionRow::default() }).unwrap();
        assert_eq!(figure.axis, XAxis::Latency { from_ms: 0.01, to_ms: 0.1 });
        assert!(figure.x.iter().all(|x| (0.0..=1.0).contains(&figure.axis.share(*x))), "{figure:?}");
    }
}
