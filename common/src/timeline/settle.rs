//! When a stage has settled.

use std::time::Duration;

use crate::shape::Shape;

/// Longest time that is left for a service to settle after the last user has started.
const LONGEST: Duration = Duration::from_secs(10);
/// The share of what follows the ramp that may go into settling.
const SHARE: u32 = 4;

/// When the measured part of a stage begins: after its ramp, and a quarter of what is left of it then,
/// 10 s at most. `None` when the ramp takes the whole stage, or no user runs.
pub fn measured_from(shape: &Shape, stage: usize) -> Option<Duration> {
    let wanted = shape.stages.get(stage)?;
    let (start, end) = shape.stage_bounds(stage);
    let before = match start.checked_sub(Duration::from_micros(1)) {
        Some(before) => shape.target(before).map_or(0, |target| target.users),
        None => 0,
    };
    if let Some(arrivals) = wanted.arrivals {
        let rest = (end - start).checked_sub(arrivals.ramp).filter(|rest| !rest.is_zero())?;
        return (arrivals.rate.per_s > 0.0).then(|| start + arrivals.ramp + (rest / SHARE).min(LONGEST));
    }
    // The first of the steps is due at the stage's start.
    let steps = wanted.users.abs_diff(before).saturating_sub(1);
    let ramp = Duration::try_from_secs_f64(f64::from(steps) / wanted.spawn_rate).ok()?;
    let rest = (end - start).checked_sub(ramp).filter(|rest| !rest.is_zero())?;
    (wanted.users > 0).then(|| start + ramp + (rest / SHARE).min(LONGEST))
}
