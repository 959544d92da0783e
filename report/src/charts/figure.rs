//! What a chart shows, said once: [`svg`](super::svg) draws it, for the report and for the dashboard.

use std::borrow::Cow;

/// One chart. Its texts are plain lines; whoever draws it escapes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name for machines, unique on a page.
    pub id: Cow<'static, str>,
    /// Its heading.
    pub title: Cow<'static, str>,
    /// The unit of its y axis, or whose values these are.
    pub unit: Cow<'static, str>,
    /// What follows a value where it is read out; none for values whose unit nobody told.
    pub suffix: Option<&'static str>,
    /// What it shows, in a sentence, for those who cannot see it.
    pub about: String,
    /// Its x axis.
    pub axis: XAxis,
    /// Where its lines have values, ascending.
    pub x: Vec<f64>,
    /// Its lines, in the order of the legend.
    pub lines: Vec<Line>,
    /// Points of their own, which follow the lines in the legend.
    pub marks: Vec<Mark>,
    /// Spans of x on a tint.
    pub bands: Vec<Band>,
    /// Lines across the plot.
    pub rules: Vec<Rule>,
}

/// What an x axis counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum XAxis {
    /// Seconds since the run's start. Charts of it are zoomed together.
    Time { end_s: f64 },
    /// Users, from zero.
    Users { end: f64 },
    /// Arrivals per second, from zero.
    Rate { end: f64 },
    /// Milliseconds from one power of ten to another, each decade as wide as the others.
    Latency { from_ms: f64, to_ms: f64 },
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: &'static str,
    /// Its colour.
    pub colour: Colour,
    /// How it is drawn.
    pub look: Look,
    /// Its value at each `x`; none: a gap.
    pub values: Vec<Option<f64>>,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Plain,
    Dashed,
    /// With a tint from the line down to zero; for colours that have one.
    Filled,
    /// No line, but a bar from the x before up to each x.
    Bars,
}

/// Points of one kind, told from others by their form.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its name in the legend.
    pub name: &'static str,
    /// Its colour.
    pub colour: Colour,
    /// Its form.
    pub form: Form,
    /// Where it stands.
    pub points: Vec<(f64, f64)>,
}

/// The form of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Disc,
    Cross,
    Diamond,
    Plus,
}

/// A span of x.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// From here.
    pub from: f64,
    /// To here.
    pub to: f64,
    /// Its tint.
    pub tint: Tint,
    /// What stands above it, where it has room.
    pub name: String,
}

/// The tint of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tint {
    StageEven,
    StageOdd,
    Knee,
}

/// A line across the whole plot, with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Where.
    pub at: Place,
    /// Its colour.
    pub colour: Colour,
    /// What it is.
    pub text: String,
}

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    X(f64),
    Y(f64),
}

/// A colour by what it stands for: the page says how it looks, light, dark and on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Main,
    Target,
    Good,
    Bad,
    P50,
    P95,
    P99,
    Knee,
}

impl Figure {
    /// Gives figures over the run's time one axis, as long as the longest of theirs.
    pub fn align(figures: &mut [Figure]) {
        let mut over_time: Vec<&mut Figure> =
            figures.iter_mut().filter(|figure| matches!(figure.axis, XAxis::Time { .. })).collect();
        let end_s = over_time.iter().map(|figure| figure.axis.end()).fold(0.0, f64::max);
        over_time.iter_mut().for_each(|figure| figure.axis = XAxis::Time { end_s });
    }
}

impl XAxis {
    /// Where it ends; above zero, so that it has a length.
    pub fn end(self) -> f64 {
        match self {
            XAxis::Time { end_s: end } | XAxis::Users { end } => end.max(1.0),
            XAxis::Rate { end } => end.max(0.01),
            XAxis::Latency { to_ms, .. } => to_ms,
        }
    }

    /// The share of its length that lies before `x`.
    pub fn share(self, x: f64) -> f64 {
        match self {
            XAxis::Latency { from_ms, to_ms } => (x / from_ms).ln() / (to_ms / from_ms).ln(),
            _ => x / self.end(),
        }
    }

    /// Charts of one name are zoomed together.
    pub const fn group(self) -> &'static str {
        match self {
            XAxis::Time { .. } => "time",
            XAxis::Users { .. } | XAxis::Rate { .. } => "users",
            XAxis::Latency { .. } => "latency",
        }
    }
}

impl Colour {
    /// Every colour.
    pub const ALL: [Colour; 8] = {
        use Colour::*;
        [Main, Target, Good, Bad, P50, P95, P99, Knee]
    };

    /// The end of its custom property's name, `--chart-p95`.
    pub const fn name(self) -> &'static str {
        match self {
            Colour::Main => "main",
            Colour::Target => "target",
            Colour::Good => "good",
            Colour::Bad => "bad",
            Colour::P50 => "p50",
            Colour::P95 => "p95",
            Colour::P99 => "p99",
            Colour::Knee => "knee",
        }
    }
}

impl Tint {
    /// The end of its custom property's name, `--chart-stage-odd`.
    pub const fn name(self) -> &'static str {
        match self {
            Tint::StageEven => "stage-even",
            Tint::StageOdd => "stage-odd",
            Tint::Knee => "knee-fill",
        }
    }
}
