//! Streams that wait while those who come later are served.

use super::*;

#[test]
fn a_rung_whose_times_say_nothing_of_those_who_wait_does_not_pass() {
    let verdict = |open: f64| {
        let mut rung = judged(16, Verdict::Pass, 0.05);
        (rung.ttft, rung.open, rung.producing) = (pooled(1e6, 1).ttft, open, 9.0);
        rung.seconds = seconds(10.0, 10.0, 2.0);
        rung
    };
    let (served, starving) = (verdict(10.0), verdict(16.0));
    assert_eq!(served.verdict(), RungVerdict::Pass, "{:?}", served.why());
    assert_eq!(starving.verdict(), RungVerdict::Undetermined);
    assert!(starving.why().unwrap().contains("wait on"), "{:?}", starving.why());
}

#[test]
fn streams_of_users_who_left_are_no_change_of_the_service() {
    let at = |stage: usize, open: f64, wait: f64| {
        let mut rung = Rung { stage, open, ..pooled(1e6, 4) };
        rung.ttft = TimeSummary { count: 20, mean: wait, p50: wait, p95: wait };
        rung
    };
    let slower = [at(0, 4.0, 0.4), at(1, 4.0, 30.0)];
    let left = [at(0, 4.0, 0.4), at(1, 70.0, 30.0)];
    assert!(Changed::of(&slower).is_some());
    assert_eq!(Changed::of(&left), None, "70 streams of 4 users");
}
