//! What was observed inside two runs, side by side. Nothing is judged: a series may be better either way.

use std::collections::BTreeMap;

use super::rows::ObservedDifference;
use crate::rows::{ObservedRow, ObservedRows};

/// Most names of a sentence.
const MOST_NAMES: usize = 3;

/// The series that both runs have, at the stages that both have; of searches, at equal numbers of users. What moved most
/// with the load stands first.
pub(super) fn side_by_side(
    (a, b): (&ObservedRows, &ObservedRows),
    are_searches: bool,
    left_out: &mut Vec<String>,
) -> Vec<ObservedDifference> {
    for (run, own, other) in [("A", a, b), ("B", b, a)] {
        left_out.extend(alone(run, own, other));
    }
    let mut pairs: Vec<(&ObservedRow, &ObservedRow)> =
        a.series.iter().filter_map(|row| Some((row, twin(b, row)?))).collect();
    pairs.sort_by(|one, other| moved(*other).total_cmp(&moved(*one)));
    pairs.into_iter().flat_map(|(one, other)| stages(one, other, are_searches)).collect()
}

/// The same series in another run.
fn twin<'r>(rows: &'r ObservedRows, wanted: &ObservedRow) -> Option<&'r ObservedRow> {
    rows.series.iter().find(|row| (&row.name, &row.series) == (&wanted.name, &wanted.series))
}

fn moved((a, b): (&ObservedRow, &ObservedRow)) -> f64 {
    a.moved.max(b.moved)
}

/// The series that only one run has, in a sentence.
fn alone(run: &str, own: &ObservedRows, other: &ObservedRows) -> Option<String> {
    let alone: Vec<&ObservedRow> = own.series.iter().filter(|row| twin(other, row).is_none()).collect();
    let names: Vec<String> =
        alone.iter().take(MOST_NAMES).map(|row| format!("{} of {}", row.series, row.name)).collect();
    let more = match alone.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!alone.is_empty()).then(|| format!("observed inside: only run {run} has {}{more}", names.join(", ")))
}

fn stages(a: &ObservedRow, b: &ObservedRow, are_searches: bool) -> Vec<ObservedDifference> {
    let (in_a, in_b) = (by_stage(a, are_searches), by_stage(b, are_searches));
    let difference = |(place, one): (&Place, &Means)| {
        let other = in_b.get(place)?;
        let (a_mean, b_mean) = (one.mean(), other.mean());
        Some(ObservedDifference {
            name: a.name.clone(),
            series: a.series.clone(),
            stage: one.stage.clone(),
            users: place.0,
            a: a_mean,
            b: b_mean,
            ratio: (a_mean != 0.0).then(|| b_mean / a_mean).filter(|ratio| ratio.is_finite()),
        })
    };
    in_a.iter().filter_map(difference).collect()
}

/// Users, and the stage's name where that tells stages apart.
type Place = (Option<u64>, String);

#[derive(Default)]
struct Means {
    stage: String,
    sum: f64,
    count: f64,
}

impl Means {
    fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }
}

/// Its means by stage. A search may come back to a number of users.
fn by_stage(row: &ObservedRow, is_search: bool) -> BTreeMap<Place, Means> {
    let mut found: BTreeMap<Place, Means> = BTreeMap::new();
    for stage in &row.stages {
        let name = if is_search { String::new() } else { stage.stage.clone() };
        let means = found.entry((stage.users, name)).or_default();
        if means.stage.is_empty() {
            means.stage.clone_from(&stage.stage);
        }
        means.sum += stage.mean;
        means.count += 1.0;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::ObservedStage;

    fn row(series: &str, moved: f64, stages: &[(&str, u64, f64)]) -> ObservedRow {
        let stage = |(stage, users, mean): &(&str, u64, f64)| ObservedStage {
            stage: (*stage).to_owned(),
            users: Some(*users),
            mean: *mean,
            ..ObservedStage::default()
        };
        ObservedRow {
            name: "db".to_owned(),
            series: series.to_owned(),
            moved,
            stages: stages.iter().map(stage).collect(),
            ..ObservedRow::default()
        }
    }

    fn rows(series: Vec<ObservedRow>) -> ObservedRows {
        ObservedRows { series, ..ObservedRows::default() }
    }

    #[test]
    fn series_of_both_stand_side_by_side_and_what_one_has_alone_is_said() {
        let a = rows(vec![
            row("calm", 0.1, &[("peak", 9, 2.0)]),
            row("busy", 0.2, &[("calm", 3, 0.0), ("peak", 9, 4.0)]),
            row("old", 0.9, &[("peak", 9, 1.0)]),
        ]);
        let b = rows(vec![
            row("busy", 0.9, &[("calm", 3, 1.0), ("peak", 9, 6.0), ("more", 12, 7.0)]),
            row("calm", 0.0, &[("peak", 9, 2.0)]),
        ]);
        let mut left_out = Vec::new();
        let found = side_by_side((&a, &b), false, &mut left_out);
        let said: Vec<_> = found
            .iter()
            .map(|row| (row.series.as_str(), row.stage.as_str(), row.a, row.b, row.ratio))
            .collect();
        assert_eq!(
            said,
            [
                ("busy", "calm", 0.0, 1.0, None),
                ("busy", "peak", 4.0, 6.0, Some(1.5)),
                ("calm", "peak", 2.0, 2.0, Some(1.0)),
            ]
        );
        assert_eq!(left_out, ["observed inside: only run A has old of db"]);
    }

    #[test]
    fn rungs_of_equal_users_are_one_however_often_a_search_came_back() {
        let a = rows(vec![row(
            "x",
            1.0,
            &[("8 users", 8, 1.0), ("8 users again", 8, 3.0), ("16 users", 16, 9.0)],
        )]);
        let b = rows(vec![row("x", 1.0, &[("8 users", 8, 4.0)])]);
        let found = side_by_side((&a, &b), true, &mut Vec::new());
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].stage.as_str(), found[0].users, found[0].a, found[0].b, found[0].ratio),
            ("8 users", Some(8), 2.0, 4.0, Some(2.0))
        );
    }
}
