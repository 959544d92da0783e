//! What a page needs besides drawings.

use serde::Serialize;

use super::columns::counts;
use super::scale::{rounded, value};
use crate::charts::figure::{Figure, Line, XAxis};

/// The look of drawings: colours light, dark and on paper, sizes, and what fits on a narrow screen.
pub const STYLE: &str = concat!(include_str!("../colours.css"), include_str!("charts.css"));

/// Makes drawings answer, by mouse, touch and keyboard: a module whose `Chart` takes a [`Readout`] and its drawing.
/// Without it every drawing stands as it is. No text in it runs over a line's end.
pub const SCRIPT: &str = include_str!("charts.js");

/// What a page does with it whose element `#figures` holds [`Readout`]s as JSON.
const START: &str =
    "for (const data of JSON.parse(document.getElementById(\"figures\").textContent)) new Chart(data);";

/// The script as such a page holds it: without indentation and remarks.
pub fn script() -> String {
    let lines = SCRIPT.lines().map(str::trim_start).chain([START]);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The values of a figure, for [`script`] to read out.
#[derive(Debug, Serialize)]
pub struct Readout<'a> {
    id: &'a str,
    /// What x counts; nothing for a time.
    counts: &'static str,
    end: f64,
    suffix: &'a str,
    x: Vec<f64>,
    /// What each x is called, where it is no number to be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    /// For each line its value at each x.
    y: Vec<Vec<Option<f64>>>,
    /// For each kind of mark where it stands.
    marks: Vec<Vec<f64>>,
}

impl Readout<'_> {
    /// What the figure shows, each value with four significant digits.
    pub fn of(figure: &Figure) -> Readout<'_> {
        if let XAxis::Latency { .. } = figure.axis {
            return Readout::of_bars(figure);
        }
        let is_time = matches!(figure.axis, XAxis::Time { .. });
        let place = |at: &f64| if is_time { tenth(*at) } else { *at };
        Readout {
            x: figure.x.iter().map(place).collect(),
            y: values(figure, 0),
            marks: figure
                .marks
                .iter()
                .map(|mark| mark.points.iter().map(|point| point.0).collect())
                .collect(),
            ..Readout::empty(figure)
        }
    }

    /// Each bar in its middle, by the end that it stands for. An axis of 2 is too short to be zoomed into.
    fn of_bars(figure: &Figure) -> Readout<'_> {
        let end = 2.0;
        let place = |x: f64| figure.axis.share(x) * end;
        let bars = || figure.x.windows(2).map(|ends| (ends[0], ends[1]));
        Readout {
            counts: "",
            end,
            x: bars().map(|(from, to)| rounded((place(from) + place(to)) / 2.0)).collect(),
            labels: bars().map(|(_, to)| format!("up to {} ms", value(to))).collect(),
            y: values(figure, 1),
            ..Readout::empty(figure)
        }
    }

    fn empty(figure: &Figure) -> Readout<'_> {
        Readout {
            id: &figure.id,
            counts: counts(figure.axis),
            end: figure.axis.end(),
            suffix: figure.suffix.unwrap_or_default(),
            x: Vec::new(),
            labels: Vec::new(),
            y: Vec::new(),
            marks: Vec::new(),
        }
    }
}

/// For each line its values from the x of this number on.
fn values(figure: &Figure, from: usize) -> Vec<Vec<Option<f64>>> {
    let of_line = |line: &Line| line.values.iter().skip(from).map(|value| value.map(rounded)).collect();
    figure.lines.iter().map(of_line).collect()
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::figure::{Colour, Tint};

    #[test]
    fn the_script_is_small_and_neither_it_nor_the_style_can_leave_its_element_or_load_anything() {
        let script = script();
        assert!(script.len() <= 6_700, "{} bytes", script.len());
        for text in [script.as_str(), STYLE] {
            assert!(!text.contains("</") && !text.contains("<!--"));
            assert!(!text.contains("url(") && !text.contains("@import") && !text.contains("fetch("));
        }
    }

    #[test]
    fn every_colour_has_a_look() {
        for colour in Colour::ALL {
            let name = colour.name();
            assert_eq!(STYLE.matches(&format!("--chart-{name}:")).count(), 2, "{name}, light and dark");
            assert!(STYLE.contains(&format!(".c-{name} {{")), "{name}");
        }
        for margin in super::super::MARGIN {
            assert!(STYLE.contains(&format!(".margin-{margin} {{ --margin: {margin}; }}")), "{margin}");
        }
        for tint in [Tint::StageEven, Tint::StageOdd, Tint::Knee] {
            assert!(STYLE.contains(&format!(".{} {{", tint.name())), "{}", tint.name());
        }
    }
}
