//! What a comparison says.

use serde::Serialize;

use super::ground::Barrier;

/// Two runs side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// What run A is called. Text from outside.
    pub a: String,
    /// What run B is called. Text from outside.
    pub b: String,
    /// Why the runs cannot be compared; none when they can.
    pub barriers: Vec<Barrier>,
    /// What to keep in mind, in sentences.
    pub cautions: Vec<String>,
    /// The figures.
    pub rows: Vec<Difference>,
    /// What was not compared, and why.
    pub left_out: Vec<String>,
    /// What was observed inside both, what moved most with the load first.
    pub observed: Vec<ObservedDifference>,
}

/// A series of both runs, at the measured part of a stage that both have.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ObservedDifference {
    /// The observer.
    pub name: String,
    /// The series. Text from outside.
    pub series: String,
    /// The stage's name.
    pub stage: String,
    /// The users that it asks for; `None` where it asks for a rate.
    pub users: Option<u64>,
    /// Mean in run A.
    pub a: f64,
    /// Mean in run B.
    pub b: f64,
    /// B by A; `None` where A's is zero.
    pub ratio: Option<f64>,
}

/// One figure of both runs. Times are in milliseconds, shares in percent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// What it is a figure of: all requests, an endpoint. Text from outside.
    pub scope: String,
    /// Which figure.
    pub figure: ComparedFigure,
    /// In run A.
    pub a: f64,
    /// In run B.
    pub b: f64,
    /// B relative to A, 0.2 for a fifth more; `None` when A is zero and B is not.
    pub change: Option<f64>,
    /// Where `change` lies with 99 % confidence; `None` where the figures do not allow an interval.
    pub interval: Option<(f64, f64)>,
    /// What that means.
    pub finding: Finding,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ComparedFigure {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Whether more of it is better.
    pub more_is_better: bool,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// B is worse, beyond chance and beyond the floor.
    Worse,
    /// B is better, as surely.
    Better,
    /// No difference that counts.
    Same,
    /// It may differ, or not: too few samples, or too unsteady.
    #[default]
    Unsure,
}

impl Finding {
    /// In one word.
    pub const fn name(self) -> &'static str {
        match self {
            Finding::Worse => "worse",
            Finding::Better => "better",
            Finding::Same => "same",
            Finding::Unsure => "unsure",
        }
    }
}

impl ComparedFigure {
    /// A figure that is better when it is smaller.
    pub const fn less(name: &'static str, unit: &'static str) -> ComparedFigure {
        ComparedFigure { name, unit, more_is_better: false }
    }

    /// A figure that is better when it is greater.
    pub const fn more(name: &'static str, unit: &'static str) -> ComparedFigure {
        ComparedFigure { name, unit, more_is_better: true }
    }
}

impl Difference {
    /// By how much B is worse, relative to A: 0.2 for a fifth; infinite when A has none of it; `None`
    /// unless it is found to be worse.
    pub fn regression(&self) -> Option<f64> {
        (self.finding == Finding::Worse).then(|| self.change.map_or(f64::INFINITY, f64::abs))
    }
}

impl Comparison {
    /// The differences of this kind.
    pub fn found(&self, finding: Finding) -> impl Iterator<Item = &Difference> {
        self.rows.iter().filter(move |row| row.finding == finding)
    }
}
