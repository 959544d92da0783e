use super::*;
use crate::class::ClassSet;

fn stage(seconds: u64, users: u32, spawn_rate: f64) -> Stage {
    let (name, duration) = (format!("{users} users"), Duration::from_secs(seconds));
    Stage { name, duration, users, spawn_rate, classes: ClassSet::ALL, arrivals: None }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn a_stage_is_measured_after_its_ramp_and_a_while() {
    let stages = vec![stage(60, 11, 1.0), stage(6, 11, 1.0), stage(6, 100, 1.0), stage(10, 0, 100.0)];
    let timeline = Timeline::of(Shape { name: "s".to_owned(), stages, mock_llm: false });

    assert_eq!(timeline.measured(0), Some((seconds(20.0), seconds(60.0))), "10 s of ramp, 10 s of settling");
    assert_eq!(timeline.measured(1), Some((seconds(61.5), seconds(66.0))), "no ramp, a quarter of the stage");
    assert_eq!(timeline.measured(2), None, "the ramp does not end");
    assert_eq!(timeline.measured(3), None, "nobody runs");
    let segment = |at: f64| timeline.segment_at(seconds(at));
    assert_eq!(segment(19.9), (Segment { stage: 0, measured: false }, Duration::ZERO));
    assert_eq!(segment(20.0), (Segment { stage: 0, measured: true }, seconds(20.0)));
    assert_eq!(segment(60.0), (Segment { stage: 1, measured: false }, seconds(60.0)));
    assert_eq!(segment(71.0), (Segment { stage: 2, measured: false }, seconds(66.0)));
    let after = (Segment { stage: 3, measured: false }, seconds(82.0));
    assert_eq!(segment(1000.0), after, "what comes later belongs to the last one, and is not measured");
    let one = Timeline::of(Shape { name: "s".to_owned(), stages: vec![stage(60, 11, 1.0)], mock_llm: false });
    assert!(one.segment_at(seconds(59.9)).0.measured && !one.segment_at(seconds(60.0)).0.measured);
}

#[test]
fn an_open_timeline_goes_on_until_the_next_stage_is_set() {
    let mut timeline = Timeline::open("ladder", stage(0, 1, 1.0), seconds(2.0), false);
    assert_eq!(timeline.shape().target(seconds(5000.0)).map(|target| target.users), Some(1));

    timeline.go_on(seconds(10.0), stage(0, 2, 1.0), seconds(3.0));
    timeline.go_on(seconds(20.0), stage(0, 1, 10.0), seconds(1.0));
    timeline.cut(seconds(25.0));

    let users = |at: f64| timeline.shape().target(seconds(at)).map(|target| target.users);
    assert_eq!(
        [users(9.9), users(10.0), users(20.0), users(24.9), users(25.0)],
        [Some(1), Some(2), Some(1), Some(1), None]
    );
    assert_eq!(timeline.measured(0), Some((seconds(2.0), seconds(10.0))));
    assert_eq!(timeline.measured(1), Some((seconds(13.0), seconds(20.0))));
    assert_eq!(timeline.measured(2), Some((seconds(21.0), seconds(25.0))));
    assert_eq!(timeline.segments(), 6);
}

#[test]
fn the_parts_of_all_stages_have_numbers_of_their_own() {
    let numbers: Vec<u32> = (0..3).flat_map(Segment::both).map(Segment::number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}
