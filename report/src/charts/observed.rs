//! What was observed inside the service, on the run's time axis: a chart for each series.

use plotly::Scatter;
use plotly::common::{Fill, Line as Stroke, Mode};

use super::figure::{Figure, json, layout, y_axis};
use super::time::{ORIGIN, names, shades, time_axis};
use crate::rows::{ObservedRow, ObservedRows, StageRow};
use common::text::escape::{MAX_TEXT, plain};

/// Most charts; the other series stand in `_observed.csv`.
pub const MOST_OBSERVED: usize = 12;

/// The series that moved most with the load, each with at most `points` points; those without any are left out.
/// `end_s`: where the run's axis ends.
pub fn observed(rows: &ObservedRows, stages: &[StageRow], end_s: f64, points: usize) -> Vec<Figure> {
    let shown = rows.series.iter().filter(|row| row.points.len() > 1).take(MOST_OBSERVED);
    shown.enumerate().map(|(place, row)| figure(place, row, stages, end_s, points)).collect()
}

fn figure(place: usize, row: &ObservedRow, stages: &[StageRow], end_s: f64, points: usize) -> Figure {
    let colour = "var(--chart-main)";
    let points = thin(&row.points, points);
    let (x, y) = points.iter().map(|(at, value)| (ORIGIN + (at * 1000.0) as i64, *value)).unzip();
    let trace: Box<Scatter<i64, f64>> = Scatter::new(x, y)
        .name("value")
        .mode(Mode::Lines)
        .hover_template("%{y:,.4~g}")
        .line(Stroke::new().width(1.6).color(colour))
        .fill(Fill::ToZeroY)
        .fill_color("var(--chart-main-fill)");
    let layout = layout(time_axis(ORIGIN + (end_s * 1000.0) as i64), y_axis())
        .show_legend(false)
        .shapes(shades(stages))
        .annotations(names(stages));
    let (series, name) = (plain(&row.series, MAX_TEXT), plain(&row.name, MAX_TEXT));
    Figure {
        id: format!("observed-{place}").into(),
        about: format!("{series}, as {name} saw it, second by second."),
        title: series.into(),
        unit: name.into(),
        group: "time",
        data: vec![json(trace)],
        layout: json(layout),
    }
}

/// At most so many points, each the greatest of as many neighbours: no peak is hidden.
fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let span = points.len().div_ceil(most.max(1)).max(1);
    let greatest = |points: &[(f64, f64)]| points.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    points.chunks(span).filter_map(greatest).collect()
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
        let rows = ObservedRows { series: (0..20).map(row).collect(), ..ObservedRows::default() };
        let figures = observed(&rows, &[], 5000.0, 100);
        assert_eq!((figures.len(), figures[11].id.as_ref()), (MOST_OBSERVED, "observed-11"));
        let drawn = figures[0].data[0]["y"].as_array().unwrap();
        assert!(drawn.len() <= 100 && drawn.iter().any(|value| value == 1.0), "{}", drawn.len());
    }
}
