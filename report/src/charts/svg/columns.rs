//! The x axis: where its ticks stand, and what they say.

use super::plane::Plane;
use super::{Tick, scale};
use crate::charts::figure::XAxis;

/// Most spans between ticks: on a screen with room, and on a narrow one.
const MOST: [f64; 2] = [8.0, 5.0];
/// A logarithmic axis of more decades has no ticks between them.
const MOST_FINE_DECADES: i32 = 3;

/// What an axis counts, where its ticks do not say it.
pub fn counts(axis: XAxis) -> &'static str {
    match axis {
        XAxis::Time { .. } => "",
        XAxis::Users { .. } => "users",
        XAxis::Rate { .. } => "arrivals/s",
        XAxis::Latency { .. } => "ms",
    }
}

/// The ticks of an axis.
pub fn columns(axis: XAxis, plane: &Plane) -> Vec<Tick> {
    let end = axis.end();
    let steps = |step: fn(f64, f64) -> f64| MOST.map(|most| step(end, most));
    match axis {
        XAxis::Time { .. } => {
            even(plane, end, steps(scale::clock_step), |at, _| scale::clock(at, end >= 3600.0))
        }
        XAxis::Users { .. } => {
            even(plane, end, steps(|end, most| scale::step(end, most).max(1.0)), |at, step| {
                scale::tick(at, step, end)
            })
        }
        XAxis::Rate { .. } => even(plane, end, steps(scale::step), |at, step| scale::tick(at, step, end)),
        XAxis::Latency { from_ms, to_ms } => decades(plane, from_ms, to_ms),
    }
}

/// Ticks at the multiples of the fine step. A narrow page has every tick of the coarse axis that is one of the fine
/// axis too.
fn even(plane: &Plane, end: f64, [fine, coarse]: [f64; 2], text: impl Fn(f64, f64) -> String) -> Vec<Tick> {
    let is_coarse = |at: f64| {
        let spans = at / coarse;
        (spans - spans.round()).abs() < 1e-6
    };
    let tick =
        |at| Tick { at: plane.x(at), text: text(at, fine), room: if is_coarse(at) { "" } else { "mid" } };
    scale::multiples(fine, 0.0, end).into_iter().map(tick).collect()
}

/// Ticks at powers of ten, and on a page with room at 2 and 5 times each.
fn decades(plane: &Plane, from: f64, to: f64) -> Vec<Tick> {
    let [first, last] = [from, to].map(|end| end.log10().round() as i32);
    let has_fine = last - first <= MOST_FINE_DECADES;
    let parts = [(1.0, ""), (2.0, "mid"), (5.0, "mid")];
    let tick = |(at, room)| Tick { at: plane.x(at), text: scale::value(at), room };
    (first..=last)
        .flat_map(|power| parts.map(|(part, room)| (part * 10f64.powi(power), room)))
        .filter(|(at, room)| *at < to * 1.001 && (has_fine || room.is_empty()))
        .map(tick)
        .collect()
}
