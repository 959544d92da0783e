//! When a difference counts.

use super::rows::{ComparedFigure, Difference, Finding};

/// Differences below this share count as none: machines have moods that one pair of runs cannot show.
pub(super) const FLOOR: f64 = 0.05;
/// Nor do differences of times below a millisecond, and of shares below half a percent of all.
pub(super) const FLOOR_MS: f64 = 1.0;
pub(super) const FLOOR_POINTS: f64 = 0.5;
/// An interval within this share of no difference at all says that there is none.
const CLOSE: f64 = 0.15;

/// The row of a figure. `interval` is that of the absolute difference B − A.
pub(super) fn difference(
    scope: &str,
    figure: ComparedFigure,
    (a, b): (f64, f64),
    interval: Option<(f64, f64)>,
) -> Difference {
    let relative =
        |difference: f64| if a > 0.0 { Some(difference / a) } else { (difference == 0.0).then_some(0.0) };
    let change = relative(b - a);
    let shown = interval.and_then(|(low, high)| relative(low).zip(relative(high)));
    let finding = interval.map_or(Finding::Unsure, |interval| judge(figure, (a, b), interval));
    Difference { scope: scope.to_owned(), figure, a, b, change, interval: shown, finding }
}

fn judge(figure: ComparedFigure, (a, b): (f64, f64), (low, high): (f64, f64)) -> Finding {
    let floor = match figure.unit {
        "ms" => FLOOR_MS,
        "%" => FLOOR_POINTS,
        _ => 0.0,
    };
    let floor = floor.max(a.abs() * FLOOR);
    let difference = b - a;
    if (low > 0.0 || high < 0.0) && difference.abs() >= floor {
        return if (difference > 0.0) == figure.more_is_better { Finding::Better } else { Finding::Worse };
    }
    let close = floor.max(a.abs() * CLOSE);
    if low >= -close && high <= close { Finding::Same } else { Finding::Unsure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_counts_beyond_chance_and_beyond_the_floor() {
        let (p95, rate) = (ComparedFigure::less("p95", "ms"), ComparedFigure::more("rate", "requests/s"));
        let share = ComparedFigure::less("failed", "%");
        let table = [
            (p95, (100.0, 120.0), (15.0, 25.0), Finding::Worse, "a fifth slower"),
            (p95, (100.0, 80.0), (-25.0, -15.0), Finding::Better, "a fifth faster"),
            (p95, (100.0, 120.0), (-5.0, 45.0), Finding::Unsure, "may be chance"),
            (p95, (100.0, 104.0), (3.0, 5.0), Finding::Same, "sure, but too little to count"),
            (p95, (2.0, 2.8), (0.7, 0.9), Finding::Same, "below a millisecond"),
            (rate, (50.0, 40.0), (-12.0, -8.0), Finding::Worse, "fewer requests are worse"),
            (rate, (50.0, 60.0), (8.0, 12.0), Finding::Better, "more are better"),
            (share, (0.0, 3.0), (2.0, 4.0), Finding::Worse, "failures from nothing"),
            (share, (0.0, 0.1), (0.05, 0.2), Finding::Same, "one in a thousand"),
        ];
        for (figure, values, interval, finding, why) in table {
            assert_eq!(difference("x", figure, values, Some(interval)).finding, finding, "{why}");
        }
        let none = difference("x", share, (0.0, 3.0), Some((2.0, 4.0)));
        assert_eq!((none.change, none.regression()), (None, Some(f64::INFINITY)));
        assert_eq!(difference("x", p95, (1.0, 9.0), None).finding, Finding::Unsure);
    }
}
