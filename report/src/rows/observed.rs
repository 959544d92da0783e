//! What was observed inside the service: series of values on the run's time axis.

use common::text::number::counted;
use serde::{Deserialize, Serialize};

use super::time::{SecondRow, StageRow};

/// Share of its swing by which a series counts as moved where the load never changed.
const BY_ITSELF: f64 = 0.1;

/// What was observed inside the service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObservedRows {
    /// Who looked, in the order of the command line.
    pub observers: Vec<ObserverRow>,
    /// What they saw: what moved most with the load first.
    pub series: Vec<ObservedRow>,
}

/// One observer. Texts are from outside: never print them unquoted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObserverRow {
    /// What the command line calls it.
    pub name: String,
    /// Where it looked, without secrets; empty in a report made from CSV files.
    pub place: String,
    /// Looks that were answered while the load ran.
    pub answered: u64,
    /// Looks that came to nothing.
    pub missed: u64,
    /// Series that were wanted and had no room.
    pub left_out: u64,
    /// What the last look that came to nothing ran into.
    pub trouble: Option<String>,
    /// Answers in which lines stood that are no metrics.
    #[serde(default)]
    pub stray_looks: u64,
    /// Those lines, all together.
    #[serde(default)]
    pub stray_lines: u64,
    /// The first of them, shortened.
    #[serde(default)]
    pub first_stray_line: Option<String>,
}

/// One series of one observer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObservedRow {
    /// The observer.
    pub name: String,
    /// The series, as `pg_stat_activity_count{state="active"}`; `rate(…)` of a counter, per second. Text from outside.
    pub series: String,
    /// Mean over the run.
    pub mean: f64,
    /// Greatest value of the run.
    pub max: f64,
    /// How much it moved with the users: 0 not at all, 1 from nothing and as they did.
    pub moved: f64,
    /// The measured part of each stage in which it was seen; each rung of a search is one.
    pub stages: Vec<ObservedStage>,
    /// Its values, ascending in time: seconds since the run's start. Only in the report of a whole run.
    #[serde(skip)]
    pub points: Vec<(f64, f64)>,
}

/// A series at the measured part of a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ObservedStage {
    /// The stage's name.
    pub stage: String,
    /// Seconds since the run's start.
    pub from_s: f64,
    /// Seconds since the run's start.
    pub to_s: f64,
    /// The users that the stage asks for; `None` where it asks for a rate.
    pub users: Option<u64>,
    /// Mean.
    pub mean: f64,
    /// Greatest value.
    pub max: f64,
}

/// A value that was seen: a line of `<prefix>_observed.csv`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObservedSample {
    /// Seconds since the run's start.
    pub elapsed_s: f64,
    /// The observer.
    pub name: String,
    /// The series. Text from outside.
    pub series: String,
    /// The value.
    pub value: f64,
}

impl ObserverRow {
    /// That it was never answered, in a sentence, and why.
    pub fn silence(&self) -> Option<String> {
        let ObserverRow { name, place, answered, missed, trouble, .. } = self;
        let why = match (missed, trouble) {
            (0, _) => "the load ended before its first look did".to_owned(),
            (1, Some(why)) => format!("its one look came to nothing ({why})"),
            (looks, Some(why)) => {
                format!("its {} came to nothing (the last: {why})", counted(*looks, "look"))
            }
            (looks, None) => format!("its {} came to nothing", counted(*looks, "look")),
        };
        (*answered == 0 && !place.is_empty()).then(|| {
            format!(
                "The observer {name} at {place} saw nothing: {why}. No series, and no verdict, speaks of what it was \
                 to see."
            )
        })
    }
}

impl ObservedRows {
    /// Puts first what moved most.
    pub fn sort(&mut self) {
        self.series.sort_by(|a, b| {
            b.moved.total_cmp(&a.moved).then_with(|| (&a.name, &a.series).cmp(&(&b.name, &b.series)))
        });
    }

    /// The rows of samples in the order of time, as CSV files have them.
    pub fn of(samples: Vec<ObservedSample>, stages: &[StageRow], history: &[SecondRow]) -> ObservedRows {
        let mut rows = ObservedRows::default();
        let mut places = std::collections::HashMap::new();
        let mut seen: Vec<ObservedRow> = Vec::new();
        for ObservedSample { elapsed_s, name, series, value } in samples {
            if !rows.observers.iter().any(|observer| observer.name == name) {
                rows.observers.push(ObserverRow { name: name.clone(), ..ObserverRow::default() });
            }
            let place = *places.entry((name.clone(), series.clone())).or_insert_with(|| {
                seen.push(ObservedRow { name, series, ..ObservedRow::default() });
                seen.len() - 1
            });
            if let Some(row) = seen.get_mut(place) {
                row.points.push((elapsed_s, value));
            }
        }
        let row = |ObservedRow { name, series, points, .. }: ObservedRow| {
            let row = ObservedRow::of(name, series, &points, stages, history);
            ObservedRow { points, ..row }
        };
        rows.series = seen.into_iter().map(row).collect();
        rows.sort();
        rows
    }
}

impl ObservedRows {
    /// Every point that is held, in the order of time.
    pub fn samples(&self) -> Vec<ObservedSample> {
        let samples = |row: &ObservedRow| {
            let sample = |(elapsed_s, value): &(f64, f64)| ObservedSample {
                elapsed_s: *elapsed_s,
                name: row.name.clone(),
                series: row.series.clone(),
                value: *value,
            };
            row.points.iter().map(sample).collect::<Vec<_>>()
        };
        let mut all: Vec<ObservedSample> = self.series.iter().flat_map(samples).collect();
        all.sort_by(|a, b| a.elapsed_s.total_cmp(&b.elapsed_s));
        all
    }
}

impl ObservedRow {
    /// The row of a series, without its points.
    pub fn of(
        name: String,
        series: String,
        points: &[(f64, f64)],
        stages: &[StageRow],
        history: &[SecondRow],
    ) -> ObservedRow {
        let Some(whole) = Span::of(points) else {
            return ObservedRow { name, series, ..ObservedRow::default() };
        };
        let stage = |stage: &StageRow| {
            let first = points.partition_point(|(at, _)| *at < stage.measured_from_s);
            let end = points.partition_point(|(at, _)| *at < stage.to_s);
            let span = Span::of(points.get(first..end)?)?;
            Some(ObservedStage {
                stage: stage.name.clone(),
                from_s: stage.measured_from_s,
                to_s: stage.to_s,
                users: stage.users_target,
                mean: rounded(span.mean),
                max: span.max,
            })
        };
        ObservedRow {
            name,
            series,
            mean: rounded(whole.mean),
            max: whole.max,
            moved: rounded(moved(points, &whole, history)),
            stages: stages.iter().filter_map(stage).collect(),
            points: Vec::new(),
        }
    }
}

struct Span {
    mean: f64,
    min: f64,
    max: f64,
}

impl Span {
    fn of(points: &[(f64, f64)]) -> Option<Span> {
        let values = || points.iter().map(|(_, value)| *value);
        (!points.is_empty()).then(|| Span {
            mean: values().sum::<f64>() / points.len() as f64,
            min: values().fold(f64::INFINITY, f64::min),
            max: values().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

/// How far it swung, as a share of its greatest value, times its correlation with the users.
fn moved(points: &[(f64, f64)], whole: &Span, history: &[SecondRow]) -> f64 {
    let greatest = whole.max.abs().max(whole.min.abs());
    if greatest == 0.0 {
        return 0.0;
    }
    let swing = (whole.max - whole.min) / greatest;
    let users = |at: f64| {
        let place = history.binary_search_by(|row| row.second.cmp(&(at as u64))).ok()?;
        history.get(place).map(|row| row.users as f64)
    };
    let pairs = || points.iter().filter_map(|(at, value)| Some((users(*at)?, *value)));
    let count = pairs().count().max(1) as f64;
    let (x, y) = pairs().fold((0.0, 0.0), |(x, y), (users, value)| (x + users / count, y + value / count));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (users, value) in pairs() {
        xx += (users - x).powi(2);
        yy += (value - y).powi(2);
        xy += (users - x) * (value - y);
    }
    let moved = if xx > 0.0 && yy > 0.0 { swing * (xy / (xx * yy).sqrt()).abs() } else { swing * BY_ITSELF };
    if moved.is_finite() { moved } else { 0.0 }
}

fn rounded(value: f64) -> f64 {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded.is_finite() { rounded } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_with_the_users_stands_first() {
        let history: Vec<SecondRow> = (0..20)
            .map(|second| SecondRow { second, users: second / 10 * 50 + 10, ..SecondRow::default() })
            .collect();
        let stage = |name: &str, from: f64, users| StageRow {
            name: name.to_owned(),
            from_s: from,
            measured_from_s: from + 2.0,
            to_s: from + 10.0,
            users_target: Some(users),
            ..StageRow::default()
        };
        let stages = [stage("10 users", 0.0, 10), stage("60 users", 10.0, 60), stage("later", 20.0, 90)];
        let sample = |series: &str, second: u64, value: f64| ObservedSample {
            elapsed_s: second as f64 + 0.5,
            name: "a".to_owned(),
            series: series.to_owned(),
            value,
        };
        let samples = (0..20).flat_map(|second| {
            [
                sample("still", second, 7.0),
                sample("noise", second, (second % 2) as f64),
                sample("queue", second, if second < 10 { 0.0 } else { 30.0 + (second % 2) as f64 }),
                sample("zero", second, 0.0),
            ]
        });
        let rows = ObservedRows::of(samples.collect(), &stages, &history);
        let order: Vec<&str> = rows.series.iter().map(|row| row.series.as_str()).collect();
        assert_eq!(order, ["queue", "noise", "still", "zero"]);
        let queue = &rows.series[0];
        assert!(queue.moved > 0.9 && rows.series[3].moved == 0.0, "{rows:?}");
        let figures: Vec<(&str, u64, f64, f64)> = queue
            .stages
            .iter()
            .map(|stage| (stage.stage.as_str(), stage.users.unwrap_or(0), stage.mean, stage.max))
            .collect();
        assert_eq!(figures, [("10 users", 10, 0.0, 0.0), ("60 users", 60, 30.5, 31.0)]);
        assert_eq!((rows.observers.len(), queue.points.len()), (1, 20));
    }

    #[test]
    fn an_observer_that_was_never_answered_says_so() {
        let observer = |answered, missed, trouble: Option<&str>| ObserverRow {
            name: "m".to_owned(),
            place: "http://m/metrics".to_owned(),
            answered,
            missed,
            trouble: trouble.map(str::to_owned),
            ..ObserverRow::default()
        };
        let said = |answered, missed, trouble| observer(answered, missed, trouble).silence();
        assert_eq!(
            said(0, 26, Some("Connection refused")).unwrap(),
            "The observer m at http://m/metrics saw nothing: its 26 looks came to nothing (the last: Connection \
             refused). No series, and no verdict, speaks of what it was to see."
        );
        assert!(said(0, 1, Some("gone")).unwrap().contains("its one look came to nothing (gone)"));
        assert!(said(0, 0, None).unwrap().contains("the load ended before its first look did"));
        assert_eq!(said(1, 25, Some("gone")), None);
        assert_eq!(ObserverRow::default().silence(), None, "files do not say who was never answered");
    }
}
