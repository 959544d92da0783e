//! From values to places in the plot.

use super::Trace;
use super::path::{self, HEIGHT, WIDTH};
use super::scale;
use crate::charts::figure::{Figure, Line, Look, Place, XAxis};

/// How much of the plot stays free above the highest value.
const HEADROOM: f64 = 1.06;
/// How much of a bar's width stays free on either side.
const BAR_GAP: f64 = 0.04;
/// A bound beyond so many times the highest value is not worth the height it would take.
const FARTHEST: f64 = 3.0;

/// The plot's spans of x and y.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    axis: XAxis,
    bottom: f64,
    top: f64,
}

impl Plane {
    /// Wide and high enough for all values of a figure; from zero, or below where values are.
    pub fn of(figure: &Figure) -> Plane {
        let of_lines = figure.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let of_marks = figure.marks.iter().flat_map(|mark| mark.points.iter().map(|point| point.1));
        let finite = of_lines.chain(of_marks).filter(|value| value.is_finite());
        let (low, high) = finite.fold((0.0, 0.0), |(low, high), value| (value.min(low), value.max(high)));
        let rules = figure.rules.iter().filter_map(|rule| match rule.at {
            Place::Y(y) if y <= high * FARTHEST => Some(y),
            _ => None,
        });
        let high = rules.fold(high, f64::max);
        let top = if high > low { high + (high - low) * (HEADROOM - 1.0) } else { low + 1.0 };
        let bottom = if low < 0.0 { low - (high - low) * (HEADROOM - 1.0) } else { 0.0 };
        Plane { axis: figure.axis, bottom, top }
    }

    /// The highest value that has a place.
    pub fn top(&self) -> f64 {
        self.top.max(-self.bottom)
    }

    /// The step of the y axis, and its ticks.
    pub fn rows(&self, most: f64) -> (f64, Vec<f64>) {
        let step = scale::step(self.top - self.bottom, most);
        (step, scale::multiples(step, self.bottom, self.top))
    }

    /// The share of the width that lies before `x`.
    pub fn across(&self, x: f64) -> f64 {
        self.axis.share(x)
    }

    /// The share of the height that lies above `y`.
    pub fn down(&self, y: f64) -> f64 {
        (self.top - y) / (self.top - self.bottom)
    }

    /// [`Plane::across`] in percent.
    pub fn x(&self, x: f64) -> String {
        share(self.across(x))
    }

    /// [`Plane::down`] in percent.
    pub fn y(&self, y: f64) -> String {
        share(self.down(y))
    }

    /// A line with its values at `x`.
    pub fn trace(&self, x: &[f64], line: &Line) -> Trace {
        if line.look == Look::Bars {
            return self.bars(x, line);
        }
        let point = |(x, y): (&f64, &Option<f64>)| {
            let y = y.filter(|y| y.is_finite())?;
            Some(((self.across(*x) * WIDTH).round() as i64, (self.down(y) * HEIGHT).round() as i64))
        };
        let points: Vec<_> = x.iter().zip(&line.values).map(point).collect();
        let floor = (self.down(0.0) * HEIGHT).round() as i64;
        let filled = line.look == Look::Filled;
        Trace {
            colour: line.colour.name(),
            dashed: line.look == Look::Dashed,
            area: if filled { path::area(points.iter().copied(), floor) } else { String::new() },
            line: path::line(points.iter().copied()),
            dots: path::dots(points.iter().copied()),
            bars: String::new(),
        }
    }

    /// A bar for each value that is not zero, from the x before to its own.
    fn bars(&self, x: &[f64], line: &Line) -> Trace {
        let edges: Vec<f64> = x.iter().map(|x| self.across(*x) * WIDTH).collect();
        let bar = |(ends, y): (&[f64], &Option<f64>)| {
            let y = y.filter(|y| y.is_finite() && *y != 0.0)?;
            let gap = (ends[1] - ends[0]) * BAR_GAP;
            Some([ends[0] + gap, ends[1] - gap, self.down(y) * HEIGHT].map(|place| place.round() as i64))
        };
        let bars = edges.windows(2).zip(line.values.iter().skip(1)).filter_map(bar);
        let floor = (self.down(0.0) * HEIGHT).round() as i64;
        Trace { colour: line.colour.name(), bars: path::bars(bars, floor), ..Trace::default() }
    }
}

/// A share as a percentage with at most three decimals: `12.5%`.
pub fn share(share: f64) -> String {
    format!("{}%", (share * 100_000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::figure::{Colour, Rule, XAxis};

    fn figure(values: Vec<Option<f64>>, bound: f64) -> Figure {
        Figure {
            id: "x".into(),
            title: "X".into(),
            unit: "ms".into(),
            suffix: None,
            about: String::new(),
            axis: XAxis::Time { end_s: 10.0 },
            x: (0..values.len()).map(|at| at as f64).collect(),
            lines: vec![Line { name: "p50", colour: Colour::P50, look: Look::Filled, values }],
            marks: Vec::new(),
            bands: Vec::new(),
            rules: vec![Rule { at: Place::Y(bound), colour: Colour::Bad, text: "bound".to_owned() }],
        }
    }

    #[test]
    fn every_value_has_a_place_and_a_bound_near_them_too() {
        let table = [
            (vec![Some(100.0), None], 50.0, 0.0, 106.0),
            (vec![Some(100.0)], 200.0, 0.0, 212.0),
            (vec![Some(100.0)], 3000.0, 0.0, 106.0),
            (vec![None], 3000.0, 0.0, 1.0),
            (vec![Some(-10.0), Some(40.0), Some(f64::NAN)], 20.0, -13.0, 43.0),
            (vec![Some(f64::INFINITY)], 0.0, 0.0, 1.0),
        ];
        for (values, bound, bottom, top) in table {
            let plane = Plane::of(&figure(values.clone(), bound));
            assert!(
                (plane.bottom - bottom).abs() < 1e-9 && (plane.top - top).abs() < 1e-9,
                "{values:?} {plane:?}"
            );
        }
    }

    #[test]
    fn a_line_is_drawn_where_its_values_are() {
        let figure = figure(vec![Some(0.0), Some(50.0), None, Some(100.0)], 10.0);
        let plane = Plane { axis: figure.axis, bottom: 0.0, top: 100.0 };
        let trace = plane.trace(&figure.x, &figure.lines[0]);
        assert_eq!(trace.line, "M0 2000l2000-1000");
        assert_eq!(trace.area, "M0 2000l2000-1000V2000H0z");
        assert_eq!(trace.dots, "M6000 0h0");
        assert_eq!((plane.x(2.5), plane.y(25.0)), ("25%".to_owned(), "75%".to_owned()));
    }
}
