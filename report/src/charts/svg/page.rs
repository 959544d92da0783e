//! What a page needs besides drawings.

use serde::Serialize;

use super::scale::rounded;
use crate::charts::figure::{Figure, XAxis};

/// The look of drawings: colours light, dark and on paper, sizes, and what fits on a narrow screen.
pub const STYLE: &str = concat!(include_str!("../colours.css"), include_str!("charts.css"));

/// Makes drawings answer, by mouse, touch and keyboard: reads the element `#figures`, which holds
/// [`Readout`]s as JSON. Without it every drawing stands as it is. No text in it runs over a line's end.
const SCRIPT: &str = include_str!("charts.js");

/// The script as a page holds it: without indentation and remarks.
pub fn script() -> String {
    let lines =
        SCRIPT.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The values of a figure, for [`script`] to read out.
#[derive(Debug, Serialize)]
pub struct Readout<'a> {
    id: &'a str,
    /// Whether x is a time.
    time: bool,
    end: f64,
    suffix: &'a str,
    x: Vec<f64>,
    /// For each line its value at each x.
    y: Vec<Vec<Option<f64>>>,
    /// For each kind of mark where it stands.
    marks: Vec<Vec<f64>>,
}

impl Readout<'_> {
    /// What the figure shows, each value with four significant digits.
    pub fn of(figure: &Figure) -> Readout<'_> {
        Readout {
            id: &figure.id,
            time: matches!(figure.axis, XAxis::Time { .. }),
            end: figure.axis.end(),
            suffix: figure.suffix.unwrap_or_default(),
            x: figure.x.iter().map(|at| (at * 10.0).round() / 10.0).collect(),
            y: figure
                .lines
                .iter()
                .map(|line| line.values.iter().map(|value| value.map(rounded)).collect())
                .collect(),
            marks: figure
                .marks
                .iter()
                .map(|mark| mark.points.iter().map(|point| point.0).collect())
                .collect(),
        }
    }
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
        for tint in [Tint::StageEven, Tint::StageOdd, Tint::Knee] {
            assert!(STYLE.contains(&format!(".{} {{", tint.name())), "{}", tint.name());
        }
    }
}
