//! What was observed inside, as rows.

use hub::run::Run;
use report::charts::{self, Figure};
use report::rows::{ObservedRow, ObservedRows, ObserverRow, RunReport, SecondRow, StageRow};
use verdict::observed::{Observer, Series};

/// Most points of a line on the dashboard, which gets all of them again and again.
const LIVE_POINTS: usize = 300;

/// What was observed, without points.
pub(super) fn rows(run: &Run, stages: &[StageRow], history: &[SecondRow]) -> ObservedRows {
    let observers = run.sources().evidence.observed().observers();
    let of_one = |observer: &Observer, series: &Series| {
        let (name, text) = (observer.name.clone(), series.name.to_string());
        ObservedRow::of(name, text, &points(series), stages, history)
    };
    let series =
        observers.iter().flat_map(|one| one.series().iter().map(move |series| of_one(one, series))).collect();
    let mut rows = ObservedRows { observers: observers.iter().map(observer).collect(), series };
    rows.sort();
    rows
}

/// Fills in the points of the first `most` rows.
pub(super) fn add_points(rows: &mut ObservedRows, run: &Run, most: usize) {
    let observers = run.sources().evidence.observed().observers();
    for row in rows.series.iter_mut().take(most) {
        let observer = observers.iter().find(|observer| observer.name == row.name);
        let series = observer.and_then(|one| one.series().iter().find(|series| *series.name == *row.series));
        row.points = series.map(points).unwrap_or_default();
    }
}

/// The charts of what was observed so far.
pub fn observed_figures(run: &Run, report: &RunReport, stages: &[StageRow]) -> Vec<Figure> {
    let mut rows = report.observed.clone();
    rows.series.truncate(charts::MOST_OBSERVED);
    add_points(&mut rows, run, charts::MOST_OBSERVED);
    charts::observed(&rows, stages, report.facts.duration_s.unwrap_or(0.0), LIVE_POINTS)
}

pub(super) fn observer(observer: &Observer) -> ObserverRow {
    ObserverRow {
        name: observer.name.clone(),
        place: observer.place.clone(),
        answered: observer.answered,
        missed: observer.missed,
        left_out: observer.left_out,
        trouble: observer.trouble.clone(),
        stray_looks: observer.stray_looks,
        stray_lines: observer.stray.count,
        first_stray_line: observer.stray.first.clone(),
    }
}

fn points(series: &Series) -> Vec<(f64, f64)> {
    series.points().iter().map(|point| (point.at().as_secs_f64(), point.value)).collect()
}
