//! What a shape may ask for.

use std::time::Duration;

use super::{LoadKind, Location, ShapeError};
use crate::arrivals::{ArrivalRate, MAX_RATE, RateError};
use crate::micros;

/// The most users that a stage may ask for.
pub const MAX_USERS: u32 = 1_000_000;

/// The fastest ramp, in users per second.
pub const MAX_SPAWN_RATE: f64 = 100_000.0;

/// The longest stage, and the longest shape: 7 days.
pub const MAX_DURATION: Duration = Duration::from_secs(7 * 24 * 3600);

/// The longest name of a shape or a stage, in characters.
pub const MAX_NAME: usize = 64;

pub(super) fn check_users(at: Location, users: u32) -> Result<(), ShapeError> {
    if users > MAX_USERS {
        return Err(ShapeError::TooManyUsers { at, users: users.to_string() });
    }
    Ok(())
}

pub(super) fn check_spawn_rate(at: Location, rate: f64) -> Result<(), ShapeError> {
    if rate > 0.0 && rate <= MAX_SPAWN_RATE {
        return Ok(());
    }
    Err(ShapeError::BadSpawnRate { at, rate })
}

pub(super) fn check_rate(at: Location, rate: ArrivalRate) -> Result<(), ShapeError> {
    if rate.per_s <= MAX_RATE {
        return Ok(());
    }
    Err(ShapeError::BadRate { at, fault: RateError::Range(rate.to_string()) })
}

/// The duration in whole microseconds, if it is within the limits.
pub(super) fn check_duration(at: Location, duration: Duration) -> Result<Duration, ShapeError> {
    if duration > MAX_DURATION {
        return Err(ShapeError::TooLong { at });
    }
    match micros::whole(duration) {
        0 => Err(ShapeError::ZeroDuration { at }),
        us => Ok(Duration::from_micros(us)),
    }
}

/// The shape's duration after one stage more, if it is within the limit.
pub(super) fn check_total(at: Location, before: Duration, stage: Duration) -> Result<Duration, ShapeError> {
    let total = before.saturating_add(stage);
    if total > MAX_DURATION {
        return Err(ShapeError::TooLong { at });
    }
    Ok(total)
}

pub(super) fn check_shape_name(at: Location, name: &str) -> Result<(), ShapeError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(fits) {
        return Err(ShapeError::BadName { at, name: name.to_owned() });
    }
    if LoadKind::of(name) != LoadKind::Shape {
        return Err(ShapeError::TakenName { at, name: name.to_owned() });
    }
    Ok(())
}

pub(super) fn check_stage_name(at: Location, name: &str) -> Result<(), ShapeError> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > MAX_NAME || name.chars().any(char::is_control) {
        return Err(ShapeError::BadStageName { at, name: name.to_owned() });
    }
    Ok(())
}
