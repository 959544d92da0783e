//! How often a verdict is right, and how often it is confidently wrong.

use std::collections::BTreeMap;

use verdict::limits::CauseKind;

use crate::models::Model;
use crate::search::{Found, Load};

/// What became of one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Right,
    Wrong,
    /// It named nothing.
    Unsure,
}

/// All searches of one model under one load.
#[derive(Debug, Default)]
pub struct Row {
    pub right: usize,
    pub single: usize,
    pub wrong: usize,
    pub unsure: usize,
    pub slots_within: usize,
    pub slots_told: usize,
    pub minutes: Vec<f64>,
    pub blind: u32,
    pub named: BTreeMap<String, usize>,
}

pub fn outcome(model: &Model, found: &Found) -> Outcome {
    let cause = &found.limits.cause;
    let named: Vec<CauseKind> = [cause.kind].into_iter().chain(cause.or.iter().copied()).collect();
    if named.iter().any(|kind| model.truth.contains(kind)) {
        Outcome::Right
    } else if cause.kind == CauseKind::Unsure {
        Outcome::Unsure
    } else {
        Outcome::Wrong
    }
}

impl Row {
    pub fn add(&mut self, model: &Model, found: &Found) {
        let cause = &found.limits.cause;
        match outcome(model, found) {
            Outcome::Right => {
                self.right += 1;
                self.single += usize::from(cause.or.is_empty());
            }
            Outcome::Wrong => self.wrong += 1,
            Outcome::Unsure => self.unsure += 1,
        }
        if let (Some(slots), Some(told)) = (model.slots, found.limits.slot_limit) {
            self.slots_told += 1;
            self.slots_within += usize::from(told.low <= slots && slots <= told.high);
        }
        self.minutes.push(found.seconds / 60.0);
        self.blind = self.blind.max(found.blind);
        let or = cause.or.first().map(|or| format!("|{or:?}")).unwrap_or_default();
        *self.named.entry(format!("{:?}{or}", cause.kind)).or_default() += 1;
    }

    pub fn searches(&self) -> usize {
        self.right + self.wrong + self.unsure
    }
}

/// A line of the table.
pub fn line(model: &Model, load: Load, row: &Row) -> String {
    let mut minutes = row.minutes.clone();
    minutes.sort_by(f64::total_cmp);
    let percent = |count: usize| 100.0 * count as f64 / row.searches().max(1) as f64;
    let named: Vec<String> = row.named.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!(
        "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {:.1} | {:.1} | {} | {} |",
        model.name,
        load.name(),
        percent(row.right),
        percent(row.single),
        percent(row.wrong),
        percent(row.unsure),
        match row.slots_told {
            0 => String::from("–"),
            told => format!("{}/{told}", row.slots_within),
        },
        minutes.get(minutes.len() / 2).copied().unwrap_or(0.0),
        minutes.last().copied().unwrap_or(0.0),
        row.blind,
        named.join(", "),
    )
}

/// Many rows together.
#[derive(Debug, Default)]
pub struct Sums {
    right: usize,
    wrong: usize,
    searches: usize,
    /// Rows in which more than 3 % are wrong.
    bad_rows: usize,
    slots: (usize, usize),
}

impl Sums {
    pub fn add(&mut self, row: &Row) {
        self.right += row.right;
        self.wrong += row.wrong;
        self.searches += row.searches();
        self.bad_rows += usize::from(row.wrong * 100 > 3 * row.searches());
        self.slots = (self.slots.0 + row.slots_within, self.slots.1 + row.slots_told);
    }

    /// The bar: at least 95 % right, at most 1 % confidently wrong.
    pub fn is_good(&self) -> bool {
        self.wrong * 100 <= self.searches && self.right * 100 >= 95 * self.searches
    }
}

impl std::fmt::Display for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |count: usize| 100.0 * count as f64 / self.searches.max(1) as f64;
        write!(
            f,
            "{} searches: {:.1} % right, {:.1} % confidently wrong, {} rows with more than 3 % wrong; the interval of \
             slots holds the truth in {} of {}.",
            self.searches,
            percent(self.right),
            percent(self.wrong),
            self.bad_rows,
            self.slots.0,
            self.slots.1
        )
    }
}
