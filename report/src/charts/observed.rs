//! What was observed inside the service, on the run's time axis: a chart for each series.

use common::text::escape::{MAX_TEXT, plain};

use super::figure::{Colour, Figure, Line, Look, XAxis};
use super::thin::peaks;
use super::time::bands;
use crate::rows::{ObservedRow, ObservedRows, StageRow};

/// Most charts; the other series stand in `_observed.csv`.
pub const MOST_OBSERVED: usize = 12;

/// The series that moved most with the load, each with at most `points` points; one that stayed as it was is a line of
/// the table, not a chart.
/// `end_s`: where the run's axis ends.
pub fn observed(rows: &ObservedRows, stages: &[StageRow], end_s: f64, points: usize) -> Vec<Figure> {
    let shown = rows.series.iter().filter(|row| is_moving(&row.points)).take(MOST_OBSERVED);
    shown.enumerate().map(|(place, row)| figure(place, row, stages, end_s, points)).collect()
}

fn is_moving(points: &[(f64, f64)]) -> bool {
    points.first().is_some_and(|(_, first)| points.iter().any(|(_, value)| value != first))
}

fn figure(place: usize, row: &ObservedRow, stages: &[StageRow], end_s: f64, points: usize) -> Figure {
    let (x, values) = peaks(&row.points, points).into_iter().map(|(at, value)| (at, Some(value))).unzip();
    let (series, name) = (plain(&row.series, MAX_TEXT), plain(&row.name, MAX_TEXT));
    Figure {
        id: format!("observed-{place}").into(),
        about: format!("{series}, as {name} saw it, second by second."),
        title: series.into(),
        unit: name.into(),
        suffix: None,
        axis: XAxis::Time { end_s },
        x,
        lines: vec![Line { name: "value", colour: Colour::Main, look: Look::Filled, values }],
        marks: Vec::new(),
        bands: bands(stages),
        rules: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_twelve_series_are_drawn_and_a_peak_stays() {
        let row = |number: usize| ObservedRow {
            series: format!("s{number}<b>"),
            points: (0..5000).map(|second| (second as f64, f64::from(u8::from(second == 2501)))).collect(),
            ..ObservedRow::default()
        };
        let still = ObservedRow { points: vec![(0.0, 23.0), (9.0, 23.0)], ..ObservedRow::default() };
        let rows = ObservedRows {
            series: [still].into_iter().chain((0..20).map(row)).collect(),
            ..ObservedRows::default()
        };
        let figures = observed(&rows, &[], 5000.0, 100);
        assert_eq!((figures.len(), figures[11].id.as_ref()), (MOST_OBSERVED, "observed-11"));
        let drawn = &figures[0].lines[0].values;
        assert!(drawn.len() <= 100 && drawn.contains(&Some(1.0)), "{}", drawn.len());
    }
}
