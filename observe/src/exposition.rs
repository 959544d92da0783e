//! Prometheus' text format, 0.0.4, and OpenMetrics, piece by piece as it comes: bytes in, the chosen samples out.
//!
//! Nothing of a page is kept but the line that is being read and what was chosen, so a page may be as long as it likes.
//! A line that is neither a sample nor a comment is skipped and counted.

mod line;

use std::collections::HashMap;

use common::text::escape::plain;
use line::SampleLine;
use verdict::observed::StrayLines;

use super::choice::{Choice, Fold};
use super::rates::{Sample, SampleKind};

/// Longest line; a longer one is no sample.
const LONGEST_LINE: usize = 16 * 1024;
/// Longest name of a series with its labels, in bytes.
const LONGEST_SERIES: usize = 300;
/// Most series that are gathered from one page, before the first so many are kept.
const MOST_GATHERED: usize = 4096;
/// So much of a line is shown to people, in characters.
const MOST_SHOWN: usize = 60;

/// What a page holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The chosen samples, in its order.
    pub samples: Vec<Sample>,
    /// Series for which there was no room.
    pub left_out: u64,
    /// Lines that are neither samples nor comments.
    pub stray: StrayLines,
    /// What it begins with, shortened; nothing where it is empty.
    pub begins: Option<String>,
    /// Lines that only such a page has: samples, chosen or not, and what says of them what they are.
    known: u64,
}

impl Page {
    /// Of what has no page.
    pub fn of(samples: Vec<Sample>) -> Page {
        Page { samples, ..Page::default() }
    }

    /// Whether it is a page of metrics, among whose lines others may stand.
    pub fn is_metrics(&self) -> bool {
        self.known > 0 && !self.begins.as_ref().is_some_and(|begins| begins.starts_with('<'))
    }
}

/// A page that is being read.
#[derive(Debug)]
pub struct Exposition<'c> {
    choice: &'c Choice,
    /// The line that is being read, and of one that is too long a byte more than the longest.
    line: Vec<u8>,
    /// The family that the lines are of, and its type.
    family: (String, Family),
    /// Order, kind and value of each series.
    gathered: HashMap<String, (usize, SampleKind, f64)>,
    /// What was read so far, without its samples.
    page: Page,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Counter,
    /// Of sums, counts and buckets, which are counters.
    Spread,
    Gauge,
    Untyped,
}

impl<'c> Exposition<'c> {
    pub fn new(choice: &'c Choice) -> Exposition<'c> {
        Exposition {
            choice,
            line: Vec::new(),
            family: (String::new(), Family::Untyped),
            gathered: HashMap::new(),
            page: Page::default(),
        }
    }

    /// Reads on.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (head, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            match self.line.is_empty() {
                true => self.read(head),
                false => {
                    self.keep(head);
                    let line = std::mem::take(&mut self.line);
                    self.read(&line);
                }
            }
        }
        self.keep(bytes);
    }

    /// All of it was read.
    pub fn finish(mut self) -> Page {
        let line = std::mem::take(&mut self.line);
        self.read(&line);
        let mut gathered: Vec<_> = self.gathered.into_iter().collect();
        gathered.sort_unstable_by_key(|(_, (order, ..))| *order);
        let sample = |(series, (_, kind, value))| Sample { series, kind, value };
        Page { samples: gathered.into_iter().map(sample).collect(), ..self.page }
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = (LONGEST_LINE + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn read(&mut self, line: &[u8]) {
        let is_long = line.len() > LONGEST_LINE;
        let text = String::from_utf8_lossy(line.get(..LONGEST_LINE).unwrap_or(line));
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() && !is_long {
            return;
        }
        self.page.begins.get_or_insert_with(|| plain(text, MOST_SHOWN));
        if let Some(comment) = text.strip_prefix('#') {
            self.comment(comment);
        } else if let Some(sample) = SampleLine::read(text).filter(|_| !is_long) {
            self.page.known += 1;
            self.sample(&sample);
        } else {
            self.page.stray.count += 1;
            self.page.stray.first.get_or_insert_with(|| plain(text, MOST_SHOWN));
        }
    }

    fn comment(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        self.page.known += u64::from(matches!(first, "HELP" | "TYPE" | "UNIT" | "EOF"));
        if first != "TYPE" {
            return;
        }
        let (Some(name), Some(kind)) = (words.next(), words.next()) else { return };
        let kind = match kind {
            "counter" => Family::Counter,
            "histogram" | "summary" | "gaugehistogram" => Family::Spread,
            "untyped" | "unknown" => Family::Untyped,
            _ => Family::Gauge,
        };
        self.family = (name.chars().take(LONGEST_SERIES).collect(), kind);
    }

    fn sample(&mut self, line: &SampleLine<'_>) {
        if !line.value.is_finite() || !self.choice.may_want(line.metric) {
            return;
        }
        let labels = line.labels();
        let wanted = self.choice.series(line.metric, &labels.text(), |label| labels.one(label));
        if let Some((series, fold)) = wanted {
            self.gather(line.metric, series, fold, line.value);
        }
    }

    fn gather(&mut self, metric: &str, series: String, fold: Fold, value: f64) {
        let kind = self.kind(metric);
        let order = self.gathered.len();
        if series.len() > LONGEST_SERIES || order >= MOST_GATHERED && !self.gathered.contains_key(&series) {
            self.page.left_out += 1;
            return;
        }
        self.gathered
            .entry(series)
            .and_modify(|(_, _, known)| {
                *known = match fold {
                    Fold::Sum => *known + value,
                    Fold::Most => known.max(value),
                    Fold::Each => value,
                }
            })
            .or_insert((order, kind, value));
    }

    fn kind(&self, metric: &str) -> SampleKind {
        let (family, kind) = (self.family.0.as_str(), self.family.1);
        // A counter of OpenMetrics is called without `_total` where its type stands.
        let ending = metric.strip_prefix(family).filter(|_| !family.is_empty());
        let counts = match (kind, ending) {
            (Family::Counter, Some("" | "_total")) => true,
            (Family::Spread, Some("_sum" | "_count" | "_bucket")) => true,
            (Family::Gauge | Family::Spread, Some("")) => false,
            _ => metric.ends_with("_total"),
        };
        if counts { SampleKind::Counter } else { SampleKind::Gauge }
    }
}

#[cfg(test)]
mod tests;
