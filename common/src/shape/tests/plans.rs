use std::time::Duration;

use crate::class::{ClassSet, UserClass};
use crate::shape::{MAX_USERS, Shape, ShapeError, names};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_built_in_shapes_are_those_of_the_design() {
    let table: [(&str, u64, u32, ClassSet, bool, &str); 4] = [
        ("staged", 780, 100, ClassSet::ALL, false, "13 minutes to 100 users and back"),
        ("crud-only", 330, 500, ClassSet::only(UserClass::Crud), false, "5½ minutes to 500 users"),
        ("mock", 30, 30, ClassSet::ALL, true, "half a minute without the LLM"),
        ("full", 300, 60, ClassSet::ALL, false, "5 minutes of everything"),
    ];
    for (name, duration, peak, classes, mock_llm, sentence) in table {
        let shape = Shape::builtin(name).unwrap();
        assert_eq!(shape.name, name);
        assert_eq!(shape.duration(), seconds(duration), "{sentence}");
        assert_eq!(shape.peak_users(), peak, "{sentence}");
        assert!(shape.stages.iter().all(|stage| stage.classes == classes), "{sentence}");
        assert_eq!(shape.mock_llm, mock_llm, "{sentence}");
    }
}

#[test]
fn staged_ends_its_stages_where_the_design_says() {
    let shape = Shape::builtin("staged").unwrap();
    let ends: Vec<u64> = (0..6).map(|stage| shape.stage_bounds(stage).1.as_secs()).collect();
    assert_eq!(ends, [60, 180, 360, 540, 720, 780]);
    let goals: Vec<(u32, f64)> = shape.stages.iter().map(|stage| (stage.users, stage.spawn_rate)).collect();
    assert_eq!(goals, [(10, 2.0), (25, 2.0), (50, 5.0), (75, 5.0), (100, 5.0), (0, 5.0)]);
}

#[test]
fn crud_only_ends_its_stages_where_the_design_says() {
    let shape = Shape::builtin("crud-only").unwrap();
    let ends: Vec<u64> = (0..5).map(|stage| shape.stage_bounds(stage).1.as_secs()).collect();
    assert_eq!(ends, [30, 90, 150, 300, 330]);
    let goals: Vec<(u32, f64)> = shape.stages.iter().map(|stage| (stage.users, stage.spawn_rate)).collect();
    assert_eq!(goals, [(50, 10.0), (150, 10.0), (300, 20.0), (500, 20.0), (0, 20.0)]);
}

#[test]
fn every_name_but_constant_and_ladder_is_built_in() {
    let missing: Vec<&str> = names().iter().copied().filter(|name| Shape::builtin(name).is_none()).collect();
    assert_eq!(missing, ["constant", "ladder"]);
}

#[test]
fn constant_takes_the_limits_and_names_the_flag_beyond_them() {
    let all = ClassSet::ALL;
    let shape = Shape::constant(MAX_USERS, 100_000.0, seconds(7 * 86_400), all).unwrap();
    assert_eq!((shape.name.as_str(), shape.stages.len()), ("constant", 1));
    let table = [
        (Shape::constant(0, 1.0, seconds(1), all), "--users: the shape starts no users; ask for at least 1"),
        (
            Shape::constant(1_000_001, 1.0, seconds(1), all),
            "--users: 1000001 users cannot be run; give a number from 0 to 1000000",
        ),
        (
            Shape::constant(1, 0.0, seconds(1), all),
            "--spawn-rate: no ramp runs at 0 users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            Shape::constant(1, f64::NAN, seconds(1), all),
            "--spawn-rate: no ramp runs at NaN users/s; give a spawn rate above 0 and up to 100000",
        ),
        (
            Shape::constant(1, 1.0, Duration::ZERO, all),
            "--run-time: the duration is shorter than a microsecond; give the stage some time, such as 30s",
        ),
        (
            Shape::constant(1, 1.0, seconds(7 * 86_400 + 1), all),
            "--run-time: this makes the shape longer than 7 days; shorten it",
        ),
    ];
    for (shape, line) in table {
        assert_eq!(shape.unwrap_err().to_string(), line);
    }
}

#[test]
fn scaling_keeps_the_targets_and_their_order() {
    let whole = Shape::builtin("staged").unwrap();
    let short = whole.clone().scaled(0.05).unwrap();
    assert_eq!(short.duration(), seconds(39));
    let end = |shape: &Shape| shape.changes(Duration::ZERO, shape.duration()).collect::<Vec<_>>();
    let (whole, short) = (end(&whole), end(&short));
    assert_eq!(whole.len(), short.len());
    for ((at, target), (short_at, short_target)) in whole.into_iter().zip(short) {
        assert_eq!(target, short_target);
        assert_eq!(at.as_micros(), short_at.as_micros() * 20);
    }
}

#[test]
fn a_scale_that_breaks_a_limit_says_which_stage() {
    let scaled = |factor| Shape::builtin("staged").unwrap().scaled(factor).unwrap_err().to_string();
    let table = [
        (0.0, "--time-scale: 0 does not scale time; give a number above 0, such as 0.05"),
        (-1.0, "--time-scale: -1 does not scale time; give a number above 0, such as 0.05"),
        (f64::INFINITY, "--time-scale: inf does not scale time; give a number above 0, such as 0.05"),
        (1e6, "--time-scale, stage \"10 users\": this makes the shape longer than 7 days; shorten it"),
        (800.0, "--time-scale, stage \"ramp-down\": this makes the shape longer than 7 days; shorten it"),
        (
            2f64.powi(-16),
            "--time-scale, stage \"10 users\": no ramp runs at 131072 users/s; \
             give a spawn rate above 0 and up to 100000",
        ),
        (
            1e-9,
            "--time-scale, stage \"10 users\": the duration is shorter than a microsecond; \
             give the stage some time, such as 30s",
        ),
    ];
    for (factor, line) in table {
        assert_eq!(scaled(factor), line);
    }
    assert!(matches!(Shape::builtin("mock").unwrap().scaled(f64::NAN), Err(ShapeError::BadTimeScale { .. })));
}

#[test]
fn classes_are_replaced_in_every_stage() {
    let stream = ClassSet::only(UserClass::Stream);
    let shape = Shape::builtin("staged").unwrap().with_classes(stream);
    assert!(shape.stages.iter().all(|stage| stage.classes == stream));
}
