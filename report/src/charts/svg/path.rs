//! Lines as paths, in a box of whole numbers that the page stretches to the plot.

use std::fmt::Write;

/// The box's width: a fifth of a pixel on the widest screens.
pub const WIDTH: f64 = 20_000.0;
/// The box's height.
pub const HEIGHT: f64 = 2_000.0;

/// A point of the box.
type Point = (i64, i64);

/// A line through these points, broken where one is missing.
pub fn line(points: impl IntoIterator<Item = Option<Point>>) -> String {
    let mut path = String::new();
    for run in runs(points).filter(|run| run.len() > 1) {
        draw(&mut path, &run);
    }
    path
}

/// A dot for each point that has no neighbour, which a line would not show.
pub fn dots(points: impl IntoIterator<Item = Option<Point>>) -> String {
    let mut path = String::new();
    for run in runs(points).filter(|run| run.len() == 1) {
        draw(&mut path, &run);
        path += "h0";
    }
    path
}

/// What lies between the line and `floor`.
pub fn area(points: impl IntoIterator<Item = Option<Point>>, floor: i64) -> String {
    let mut path = String::new();
    for run in runs(points).filter(|run| run.len() > 1) {
        draw(&mut path, &run);
        if let Some((first, _)) = run.first() {
            // Writing to a string cannot fail.
            let _ = write!(path, "V{floor}H{first}z");
        }
    }
    path
}

/// Bars, each from left to right and from its top down to `floor`.
pub fn bars(bars: impl IntoIterator<Item = [i64; 3]>, floor: i64) -> String {
    let mut path = String::new();
    for [left, right, top] in bars {
        let _ = write!(path, "M{left} {floor}V{top}H{right}V{floor}z");
    }
    path
}

/// The stretches without a gap.
fn runs(points: impl IntoIterator<Item = Option<Point>>) -> impl Iterator<Item = Vec<Point>> {
    let mut points = points.into_iter();
    std::iter::from_fn(move || {
        let first = points.find_map(|point| point)?;
        Some(std::iter::once(first).chain(points.by_ref().map_while(|point| point)).collect())
    })
}

/// Each point by its way from the one before: that is the shortest.
fn draw(path: &mut String, run: &[Point]) {
    let mut before = None;
    for (x, y) in run {
        let _ = match before {
            None => write!(path, "M{x} {y}"),
            Some((from_x, from_y)) => {
                let (right, down) = (x - from_x, y - from_y);
                let gap = if down < 0 { "" } else { " " };
                write!(path, "l{right}{gap}{down}")
            }
        };
        before = Some((x, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_a_line_and_a_point_alone_is_a_dot() {
        let points = [Some((0, 9)), Some((5, 4)), Some((10, 4)), None, Some((20, 1)), None, None];
        assert_eq!(line(points), "M0 9l5-5l5 0");
        assert_eq!(dots(points), "M20 1h0");
        assert_eq!(area(points, 12), "M0 9l5-5l5 0V12H0z");
        assert_eq!(line([None, None]), "");
        assert_eq!(bars([[0, 4, 2], [5, 9, 7]], 12), "M0 12V2H4V12zM5 12V7H9V12z");
    }
}
