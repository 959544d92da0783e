//! Pictures of one line: a curve, a bar of stages.

use crate::view::PlanRow;

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The last `width` values as columns, the greatest of them at full height; a value that is not there
/// leaves a gap.
pub(super) fn spark(values: &[Option<f64>], width: usize) -> String {
    let shown = &values[values.len().saturating_sub(width)..];
    let most = shown.iter().flatten().copied().fold(0.0, f64::max);
    let step = |value: f64| {
        let height = if most > 0.0 { (value / most * 7.0).round() as usize } else { 0 };
        STEPS[height.min(7)]
    };
    let drawn: String = shown.iter().map(|value| value.map_or(' ', step)).collect();
    format!("{drawn}{}", " ".repeat(width.saturating_sub(shown.len())))
}

/// The shape's time as a bar of `width` columns: `█` what is over, `░` what is to come, `│` where a
/// stage ends.
pub(super) fn bar(plan: &[PlanRow], clock_s: f64, width: usize) -> String {
    let end = plan.last().map_or(0.0, |row| row.to_s);
    let place = |at: f64| if end > 0.0 { (at / end * width as f64) as usize } else { width };
    let done = place(clock_s).min(width);
    let borders: Vec<usize> = plan.iter().rev().skip(1).map(|row| place(row.to_s)).collect();
    let cell = |column: usize| match (borders.contains(&column), column < done) {
        (true, _) => '│',
        (false, true) => '█',
        (false, false) => '░',
    };
    (0..width).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_its_last_values_and_its_gaps() {
        let values = [Some(9.0), Some(0.0), Some(1.0), None, Some(4.0), Some(8.0)];
        assert_eq!(spark(&values, 5), "▁▂ ▅█");
        assert_eq!(spark(&values[1..2], 3), "▁  ");
        assert_eq!(spark(&[], 2), "  ");
    }

    #[test]
    fn a_bar_shows_where_stages_end() {
        let stage = |from_s, to_s| PlanRow { from_s, to_s, ..PlanRow::default() };
        let plan = [stage(0.0, 10.0), stage(10.0, 30.0), stage(30.0, 40.0)];
        assert_eq!(bar(&plan, 0.0, 8), "░░│░░░│░");
        assert_eq!(bar(&plan, 20.0, 8), "██│█░░│░");
        assert_eq!(bar(&plan, 99.0, 8), "██│███│█");
        assert_eq!(bar(&[], 0.0, 3), "███");
    }
}
