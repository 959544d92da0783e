//! Figures as SVG: complete and readable without a script, at any width, light, dark and on paper. The dashboard draws
//! them anew each second.
//!
//! What stands at a place of the plot stands at a share of its width and height, so that a page may give
//! it any size while text and strokes keep theirs. Only the lines are in a box that is stretched. A narrow
//! page leaves out the texts of class `mid` and `wide`.

mod columns;
mod legend;
mod markup;
mod page;
mod path;
mod plane;
mod scale;

use std::ops::RangeInclusive;

use serde::Serialize;

use super::figure::{Band, Figure, Mark, Place, Rule};
use columns::{columns, counts};
use legend::{Entry, shape};
use plane::{Plane, share};

pub use markup::{MarkupError, markup};
pub use page::{Readout, SCRIPT, STYLE, script};

/// Most ticks of a y axis.
const MOST_ROWS: f64 = 5.0;
/// Widths of a plot in pixels from which a text has its room: always, on a page with room, on a wide one.
const ROOM: [(f64, &str); 3] = [(250.0, ""), (400.0, "mid"), (640.0, "wide")];
/// Width of a letter of the text in a chart, in pixels.
const LETTER: f64 = 6.6;
/// Letters that the left margin has room for. Charts below one another have their axes below one another.
const MARGIN: RangeInclusive<usize> = 5..=16;

/// One chart as the template lays it out, which escapes each of its texts.
#[derive(Debug, Serialize)]
pub struct Drawing {
    id: String,
    title: String,
    unit: String,
    about: String,
    group: &'static str,
    /// Letters of the longest tick of the y axis, within [`MARGIN`]. The style knows each: where styles in the markup
    /// are forbidden it could not be told otherwise.
    margin: usize,
    /// What the x axis counts, where its ticks do not say it.
    counts: &'static str,
    legend: Vec<Entry>,
    rows: Vec<Tick>,
    columns: Vec<Tick>,
    bands: Vec<Strip>,
    lines: Vec<Trace>,
    marks: Vec<Dot>,
    rules: Vec<Across>,
}

/// A tick: where it stands, in percent.
#[derive(Debug, Serialize)]
struct Tick {
    at: String,
    text: String,
    /// On which pages it has room.
    room: &'static str,
}

/// A band: where it begins and how wide it is, in percent.
#[derive(Debug, Serialize)]
struct Strip {
    tint: &'static str,
    from: String,
    width: String,
    middle: String,
    name: String,
    room: &'static str,
}

/// A line: what is filled, drawn, and dotted; or bars.
#[derive(Debug, Default, Serialize)]
struct Trace {
    colour: &'static str,
    dashed: bool,
    area: String,
    line: String,
    dots: String,
    bars: String,
}

/// A mark, in percent. `series` counts on from the lines.
#[derive(Debug, Serialize)]
struct Dot {
    series: usize,
    colour: &'static str,
    shape: &'static str,
    x: String,
    y: String,
}

/// A line across the plot, in percent. Its text stands where it has more room.
#[derive(Debug, Serialize)]
struct Across {
    colour: &'static str,
    upright: bool,
    at: String,
    /// Whether it lies above the plot: only its text is shown.
    beyond: bool,
    /// Whether the text stands before an upright line, or below a level one.
    turned: bool,
    text: String,
}

impl Drawing {
    /// The figure, drawn.
    pub fn of(figure: &Figure) -> Drawing {
        let plane = Plane::of(figure);
        let (step, rows) = plane.rows(MOST_ROWS);
        let rows: Vec<Tick> = rows
            .into_iter()
            .map(|value| Tick { at: plane.y(value), text: scale::tick(value, step, plane.top()), room: "" })
            .collect();
        let longest = rows.iter().map(|tick| tick.text.chars().count()).max().unwrap_or(0);
        let lines = figure.lines.len();
        Drawing {
            id: figure.id.to_string(),
            title: figure.title.to_string(),
            unit: figure.unit.to_string(),
            about: about(figure),
            group: figure.axis.group(),
            margin: longest.clamp(*MARGIN.start(), *MARGIN.end()),
            counts: counts(figure.axis),
            legend: legend::entries(figure),
            rows,
            columns: columns(figure.axis, &plane),
            bands: figure.bands.iter().filter_map(|band| strip(band, &plane)).collect(),
            lines: figure.lines.iter().map(|line| plane.trace(&figure.x, line)).collect(),
            marks: figure
                .marks
                .iter()
                .enumerate()
                .flat_map(|(at, mark)| dots(lines + at, mark, &plane))
                .collect(),
            rules: figure.rules.iter().map(|rule| across(rule, &plane)).collect(),
        }
    }
}

/// What it shows, and how high each line goes.
fn about(figure: &Figure) -> String {
    let highest = figure.lines.iter().filter_map(|line| {
        let most = line.values.iter().flatten().copied().reduce(f64::max)?;
        Some(format!("{} {}", line.name, scale::value(most)))
    });
    let highest: Vec<String> = highest.collect();
    if highest.is_empty() {
        return figure.about.clone();
    }
    format!("{} At most: {}.", figure.about, highest.join(", "))
}

/// None for one that lies outside.
fn strip(band: &Band, plane: &Plane) -> Option<Strip> {
    let [from, to] = [band.from, band.to].map(|at| plane.across(at).clamp(0.0, 1.0));
    let fits = |width: f64| (band.name.chars().count() as f64 + 1.0) * LETTER < (to - from) * width;
    let room = ROOM.into_iter().find(|(width, _)| fits(*width));
    (to >= from).then(|| Strip {
        tint: band.tint.name(),
        from: share(from),
        width: share(to - from),
        middle: share((from + to) / 2.0),
        name: room.map_or_else(String::new, |_| band.name.clone()),
        room: room.map_or("", |(_, room)| room),
    })
}

fn dots<'a>(series: usize, mark: &'a Mark, plane: &'a Plane) -> impl Iterator<Item = Dot> + 'a {
    mark.points.iter().map(move |(x, y)| Dot {
        series,
        colour: mark.colour.name(),
        shape: shape(mark.form),
        x: plane.x(*x),
        y: plane.y(*y),
    })
}

fn across(rule: &Rule, plane: &Plane) -> Across {
    let (upright, at, place) = match rule.at {
        Place::X(x) => (true, plane.x(x), plane.across(x)),
        Place::Y(y) => (false, plane.y(y), plane.down(y)),
    };
    let beyond = !upright && place < 0.0;
    Across {
        colour: rule.colour.name(),
        upright,
        at: if beyond { share(0.0) } else { at },
        beyond,
        turned: if upright { place > 0.6 } else { place < 0.1 },
        text: if beyond { format!("↑ {}", rule.text) } else { rule.text.clone() },
    }
}
