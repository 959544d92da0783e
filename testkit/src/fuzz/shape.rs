//! The text of a shape file.

use std::time::Duration;

use common::quota::class_targets;
use common::shape::{MAX_DURATION, MAX_NAME, MAX_SPAWN_RATE, MAX_USERS, Shape};

/// Changes of the target that are looked at.
const CHANGES: usize = 300;

/// Panics if a shape file of these bytes breaks a promise.
///
/// - No text panics, and what is refused is reported in one line.
/// - A shape that is read stays within the limits, on any time scale.
/// - Its changes ascend and are where its target changes, and nowhere else.
pub fn read(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Shape::from_toml(text, "shapes/fuzz.toml") {
        Ok(shape) => {
            within_limits(&shape);
            changes_are_the_target(&shape);
            for factor in [0.05, 3.0, 1e-9, 1e9] {
                if let Ok(scaled) = shape.clone().scaled(factor) {
                    within_limits(&scaled);
                    changes_are_the_target(&scaled);
                }
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && !message.chars().any(char::is_control), "{message:?}");
        }
    }
}

fn within_limits(shape: &Shape) {
    let name = |text: &str| (1..=MAX_NAME).contains(&text.chars().count());
    assert!(name(&shape.name) && !shape.stages.is_empty());
    let total: Duration = shape.stages.iter().map(|stage| stage.duration).sum();
    assert!(total <= MAX_DURATION && shape.duration() == total);
    for stage in &shape.stages {
        assert!(name(&stage.name) && !stage.duration.is_zero() && stage.users <= MAX_USERS, "{stage:?}");
        assert!(stage.spawn_rate > 0.0 && stage.spawn_rate <= MAX_SPAWN_RATE, "{stage:?}");
    }
    assert!(shape.peak_users() <= MAX_USERS);
}

fn changes_are_the_target(shape: &Shape) {
    let end = shape.duration();
    let tick = Duration::from_micros(1);
    assert_eq!(shape.target(end), None);
    assert!(shape.target(end.saturating_sub(tick)).is_some());
    let mut held = shape.target(Duration::ZERO);
    let mut last = Duration::ZERO;
    let mut changes = shape.changes(Duration::ZERO, end).take(CHANGES);
    for (at, target) in &mut changes {
        assert!(last < at && at <= end, "{at:?}");
        assert_eq!(shape.target(at - tick), held, "just before {at:?}");
        assert_eq!(shape.target(at), target, "at {at:?}");
        assert_ne!(target, held, "nothing changes at {at:?}");
        if let Some(target) = target {
            assert!(target.users <= shape.peak_users() && target.stage < shape.stages.len());
            assert_eq!(class_targets(target.users, target.classes).iter().sum::<u32>(), target.users);
        }
        (last, held) = (at, target);
    }
}
