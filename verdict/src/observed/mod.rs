//! What the service said of its inside while the run went on: series of values along the run clock.
//!
//! ```text
//! observer (a page of metrics, PostgreSQL, a process, a container) ─ Look, once a second ─▶ Observed ─▶ Series
//! ```

mod name;
mod series;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

pub use name::{SeriesName, is_of};
pub use series::{Point, Series};

/// Most series of one observer; further ones are counted.
pub const MOST_SERIES: usize = 64;
/// Most points of a series: a day of seconds.
const MOST_POINTS: usize = 86_400;
/// Longest text of what went wrong, in bytes.
const LONGEST_TROUBLE: usize = 300;

/// Lines of an answer that are no metrics: prose, or what a logger wrote in between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StrayLines {
    /// How many there were.
    pub count: u64,
    /// The first of them, shortened. Text from outside.
    pub first: Option<String>,
}

/// What an observer saw at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Its place among the observers.
    pub observer: usize,
    /// Series and their values; or why there are none.
    pub values: Result<Vec<(Arc<str>, f64)>, String>,
    /// Series that were wanted and had no room.
    pub left_out: u64,
    /// Lines that were skipped.
    pub stray: StrayLines,
}

/// All observers of a run, and what they saw.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    observers: Vec<Observer>,
}

/// One observer, and what it saw while the load ran.
#[derive(Debug, Clone, Default)]
pub struct Observer {
    /// What the command line calls it.
    pub name: String,
    /// Where it looks, without secrets.
    pub place: String,
    /// Looks that were answered.
    pub answered: u64,
    /// Looks that came to nothing.
    pub missed: u64,
    /// What the last of those ran into.
    pub trouble: Option<String>,
    /// Most series of one look that were wanted and had no room.
    pub left_out: u64,
    /// Answers with lines that are no metrics.
    pub stray_looks: u64,
    /// All of those lines, and the first of them.
    pub stray: StrayLines,
    series: Vec<Series>,
    places: HashMap<Arc<str>, usize>,
}

/// A value that was seen, for those who write them down as they come.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Run clock.
    pub at: Duration,
    /// Place of the observer.
    pub observer: usize,
    /// The series.
    pub series: Arc<str>,
    /// The value.
    pub value: f64,
}

impl Observed {
    /// Observers by name and place; nothing seen yet.
    pub fn by(observers: impl IntoIterator<Item = (String, String)>) -> Observed {
        let observer = |(name, place)| Observer { name, place, ..Observer::default() };
        Observed { observers: observers.into_iter().map(observer).collect() }
    }

    /// Takes in what was seen at a moment of the run clock. A look by nobody known changes nothing.
    pub fn add(&mut self, at: Duration, look: Look) {
        let Some(observer) = self.observers.get_mut(look.observer) else { return };
        observer.left_out = observer.left_out.max(look.left_out);
        observer.add_stray(look.stray);
        match look.values {
            Ok(values) => {
                observer.answered += 1;
                values.into_iter().for_each(|(series, value)| observer.push(at, &series, value));
            }
            Err(why) => {
                observer.missed += 1;
                observer.trouble = Some(shortened(why));
            }
        }
    }

    /// The observers, in the order in which they were given.
    pub fn observers(&self) -> &[Observer] {
        &self.observers
    }

    /// Whether nobody observes.
    pub fn is_empty(&self) -> bool {
        self.observers.is_empty()
    }

    /// What was seen since the last call, by observer and series.
    pub fn take_new(&mut self) -> Vec<Seen> {
        let mut new = Vec::new();
        for (place, observer) in self.observers.iter_mut().enumerate() {
            for series in &mut observer.series {
                let name = Arc::clone(&series.name);
                let seen = |point: &Point| Seen {
                    at: point.at(),
                    observer: place,
                    series: Arc::clone(&name),
                    value: point.value,
                };
                new.extend(series.take_new().iter().map(seen));
            }
        }
        new
    }
}

impl Observer {
    /// Its series, in the order in which they came.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// Whether it ever answered.
    pub fn has_answered(&self) -> bool {
        self.answered > 0
    }

    fn add_stray(&mut self, stray: StrayLines) {
        self.stray_looks += u64::from(stray.count > 0);
        self.stray.count = self.stray.count.saturating_add(stray.count);
        if self.stray.first.is_none() {
            self.stray.first = stray.first.map(shortened);
        }
    }

    fn push(&mut self, at: Duration, name: &Arc<str>, value: f64) {
        if !value.is_finite() {
            return;
        }
        let place = match self.places.get(name) {
            Some(place) => *place,
            None if self.series.len() < MOST_SERIES => {
                self.places.insert(Arc::clone(name), self.series.len());
                self.series.push(Series::new(Arc::clone(name)));
                self.series.len() - 1
            }
            None => return,
        };
        if let Some(series) = self.series.get_mut(place).filter(|series| series.points().len() < MOST_POINTS)
        {
            series.push(at, value);
        }
    }

    /// The sum of all its series of this name (see [`is_of`]) in a span of the run clock, moment by moment.
    pub fn total(&self, name: &str, from: Duration, to: Duration) -> Vec<f64> {
        let mut sums: Vec<(Duration, f64)> = Vec::new();
        for series in self.series.iter().filter(|series| is_of(&series.name, name)) {
            let points = series.within(from, to);
            match sums.is_empty() {
                true => sums.extend(points.iter().map(|point| (point.at(), point.value))),
                false => series::add(&mut sums, points),
            }
        }
        sums.into_iter().map(|(_, sum)| sum).collect()
    }

    /// Whether it ever saw a series of this name.
    pub fn has(&self, name: &str) -> bool {
        self.series.iter().any(|series| is_of(&series.name, name))
    }
}

fn shortened(mut text: String) -> String {
    let end = (0..=LONGEST_TROUBLE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(values: &[(&str, f64)]) -> Look {
        let values = values.iter().map(|(name, value)| (Arc::from(*name), *value)).collect();
        Look { observer: 0, values: Ok(values), left_out: 0, stray: StrayLines::default() }
    }

    fn missed(observer: usize, why: String, left_out: u64) -> Look {
        Look { observer, values: Err(why), left_out, stray: StrayLines::default() }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn values_of_one_name_are_added_up_moment_by_moment() {
        let mut observed = Observed::by([("a".to_owned(), "b".to_owned())]);
        observed.add(at(1), look(&[("x{e=\"0\"}", 1.0), ("x{e=\"1\"}", 2.0), ("xy", 9.0)]));
        observed.add(at(2), look(&[("x{e=\"1\"}", 4.0)]));
        observed.add(at(3), look(&[("x{e=\"0\"}", f64::NAN)]));
        let observer = &observed.observers()[0];
        assert_eq!(observer.total("x", at(0), at(9)), [3.0, 4.0]);
        assert_eq!(observer.total("x{e=\"0\"}", at(0), at(9)), [1.0]);
        assert_eq!(observer.total("x", at(2), at(9)), [4.0]);
        assert!(observer.has("xy") && !observer.has("y"));
        assert_eq!(observed.take_new().len(), 4);
        assert_eq!(observed.take_new(), []);
    }

    #[test]
    fn only_so_many_series_are_kept_and_trouble_is_short() {
        let mut observed = Observed::by([("a".to_owned(), "b".to_owned())]);
        let names: Vec<String> = (0..MOST_SERIES + 9).map(|number| format!("s{number}")).collect();
        observed.add(at(1), look(&names.iter().map(|name| (name.as_str(), 1.0)).collect::<Vec<_>>()));
        observed.add(at(2), missed(0, "é".repeat(500), 3));
        observed.add(at(2), missed(7, String::new(), 0));
        let observer = &observed.observers()[0];
        assert_eq!((observer.series().len(), observer.answered, observer.missed), (MOST_SERIES, 1, 1));
        assert_eq!(
            (observer.left_out, observer.trouble.as_ref().map(String::len)),
            (3, Some(LONGEST_TROUBLE))
        );
    }
    #[test]
    fn stray_lines_are_counted_and_the_first_is_kept() {
        let mut observed = Observed::by([("a".to_owned(), "b".to_owned())]);
        let stray = |count, first: &str| StrayLines { count, first: Some(first.to_owned()) };
        for stray in [StrayLines::default(), stray(2, "INFO one"), stray(3, "INFO two")] {
            observed.add(at(1), Look { stray, ..look(&[("x", 1.0)]) });
        }
        let observer = &observed.observers()[0];
        assert_eq!((observer.answered, observer.stray_looks, &observer.stray), (3, 2, &stray(5, "INFO one")));
    }
}
