//! Services whose inside is known: what it confirms, refines, overrules, and what it does not touch.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::observed::{Look, StrayLines};

/// Rungs of ten seconds each, one after the other.
fn rungs(users: &[u32]) -> Vec<Rung> {
    let rung = |(place, users): (usize, &u32)| Rung {
        users: *users,
        from: place as f64 * 10.0,
        to: place as f64 * 10.0 + 10.0,
        ..Rung::default()
    };
    users.iter().enumerate().map(rung).collect()
}

/// What an observer sees: a value of each series on each rung.
fn seen(series: &[(&str, &[f64])]) -> Observed {
    let mut observed = Observed::by([("o".to_owned(), "http://o/metrics".to_owned())]);
    let rungs = series.first().map_or(0, |(_, values)| values.len());
    for second in 0..rungs as u64 * 10 {
        let values =
            series.iter().map(|(name, values)| (Arc::from(*name), values[(second / 10) as usize])).collect();
        let look = Look { observer: 0, values: Ok(values), left_out: 0, stray: StrayLines::default() };
        observed.add(Duration::from_millis(second * 1000 + 500), look);
    }
    observed
}

fn cause(kind: CauseKind, or: &[CauseKind]) -> Cause {
    Cause { kind, or: or.to_vec(), seen: "Seen from outside.".to_owned(), ..Cause::default() }
}

fn settled(kind: CauseKind, or: &[CauseKind], series: &[(&str, &[f64])]) -> Settled {
    settle(cause(kind, or), None, &rungs(&[16, 64, 100, 200]), &seen(series))
}

const RUNNING: (&str, &[f64]) = ("vllm:num_requests_running", &[16.0, 63.0, 64.0, 64.0]);
const WAITING: (&str, &[f64]) = ("vllm:num_requests_waiting", &[0.0, 0.0, 36.0, 136.0]);

#[test]
fn a_full_batch_decides_and_cites_its_figures() {
    use CauseKind::*;
    for (kind, or) in [
        (SlotPool, vec![]),
        (SlotPool, vec![AdmissionRate]),
        (BatchSlots, vec![]),
        (EventLoop, vec![]),
        (Unsure, vec![]),
    ] {
        let Settled { cause, slots, sentence } = settled(kind, &or, &[RUNNING, WAITING]);
        assert_eq!((cause.kind, cause.or.len()), (BatchSlots, 0), "{kind:?} {or:?}");
        assert_eq!(slots.map(|slots| slots.estimate), Some(64.0));
        let sentence = sentence.unwrap();
        assert!(sentence.starts_with("The batch of the engine was full: 64 ran and 136 waited with 200 users; with 64 nobody waited"), "{sentence}");
        assert!(sentence.contains("`vllm:num_requests_waiting` of o"), "{sentence}");
        let is_overruled = cause.inside.contains("From outside it looked like");
        assert_eq!(is_overruled, matches!(kind, EventLoop), "{}", cause.inside);
    }
}

#[test]
fn what_the_service_says_itself_and_what_never_gave_way_stands() {
    use CauseKind::*;
    for kind in [RateLimit, ConcurrencyCap, ClientPool, OpenFiles, NoneInRange, BufferingProxy] {
        let Settled { cause, slots, sentence } = settled(kind, &[], &[RUNNING, WAITING]);
        assert_eq!((cause.kind, slots, sentence), (kind, None, None));
        assert!(cause.inside.contains("both stand"), "{}", cause.inside);
    }
    let broken = settled(Broken, &[], &[RUNNING, WAITING]);
    assert_eq!((broken.cause.kind, broken.cause.inside.as_str()), (Broken, ""));
}

#[test]
fn an_engine_that_still_takes_more_or_where_nobody_waits_is_not_full() {
    use CauseKind::*;
    let grows = ("vllm:num_requests_running", &[16.0, 64.0, 100.0, 190.0][..]);
    let cause = settled(SlotPool, &[], &[grows, ("vllm:num_requests_waiting", &[0.0, 1.0, 2.0, 9.0])]).cause;
    assert_eq!((cause.kind, cause.inside.as_str()), (SlotPool, ""));
    let none = ("vllm:num_requests_waiting", &[0.0; 4][..]);
    let cause = settled(BatchSlots, &[], &[RUNNING, none]).cause;
    assert_eq!(cause.kind, BatchSlots);
    assert!(
        cause.inside.contains("Nobody ever waited there") && cause.inside.contains("speaks against"),
        "{}",
        cause.inside
    );
}

#[test]
fn connections_are_told_from_a_pool_of_threads() {
    use CauseKind::*;
    let sessions = |idle: f64, held: f64| {
        let busy = 10.0 - idle - held;
        [
            ("postgres_sessions{state=\"active\"}", vec![busy; 4]),
            ("postgres_sessions{state=\"idle\"}", vec![idle; 4]),
            ("postgres_sessions{state=\"idle in transaction\"}", vec![held; 4]),
        ]
    };
    let with = |idle: f64, held: f64| {
        let series = sessions(idle, held);
        let series: Vec<(&str, &[f64])> =
            series.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        settled(SlotPool, &[DatabaseConnections], &series).cause
    };
    let held = with(0.2, 9.5);
    assert_eq!((held.kind, held.or.len()), (DatabaseConnections, 0));
    assert!(held.inside.contains("a session is held for each stream"), "{}", held.inside);
    let queries = with(0.2, 0.0);
    assert_eq!(queries.kind, DatabaseConnections);
    assert!(!queries.inside.contains("held for each"), "{}", queries.inside);
    let threads = with(6.0, 0.0);
    assert_eq!((threads.kind, threads.or.len()), (SlotPool, 0));
    assert!(threads.inside.contains("So it is not database connections"), "{}", threads.inside);
}

#[test]
fn a_quota_of_processor_time_is_told_and_not_the_loop_that_it_holds_back() {
    use CauseKind::*;
    let cores = ("busiest_process_cores", &[0.4, 0.95, 1.0, 1.0][..]);
    let throttled = ("throttled_share", &[0.0, 0.3, 0.5, 0.63][..]);
    for kind in [EventLoop, Pauses, Unsure, SharedProcessor] {
        let cause = settled(kind, &[], &[cores, throttled]).cause;
        assert_eq!(cause.kind, CpuQuota);
        assert!(
            cause.inside.starts_with("The container was throttled: 63 % of its periods with 200 users"),
            "{}",
            cause.inside
        );
        assert!(
            cause.inside.contains("Beside that: The process did as much as one thread can"),
            "{}",
            cause.inside
        );
    }
    assert_eq!(settled(EventLoop, &[], &[cores]).cause.kind, EventLoop);
    let open = settled(Pauses, &[EventLoop], &[cores]).cause;
    assert_eq!((open.kind, open.or.len()), (EventLoop, 0));
    assert_eq!(
        settled(SlotPool, &[], &[throttled]).cause.kind,
        SlotPool,
        "a quota holds up more than first tokens"
    );
}

#[test]
fn connections_at_their_most_decide() {
    use CauseKind::*;
    let most = ("postgres_max_connections", &[100.0; 4][..]);
    let full = settled(Unsure, &[], &[("postgres_connections", &[17.0, 60.0, 97.0, 97.0]), most]).cause;
    assert_eq!(full.kind, DatabaseConnections);
    assert!(full.inside.contains("97 of 100 with 200 users"), "{}", full.inside);
    // A service may have a pool of fewer than the server allows.
    let room = settled(SlotPool, &[DatabaseConnections], &[("postgres_connections", &[12.0; 4]), most]).cause;
    assert_eq!(
        (room.kind, room.or.as_slice(), room.inside.as_str()),
        (SlotPool, &[DatabaseConnections][..], "")
    );
}

#[test]
fn threads_that_were_started_stay_where_a_search_comes_back_to_its_first_rung() {
    use CauseKind::*;
    for users in [[1, 1, 32, 64], [1, 32, 64, 64]] {
        let threads: [f64; 4] = if users[1] == 1 { [13.0, 6.0, 13.0, 13.0] } else { [6.0, 13.0, 13.0, 13.0] };
        let seen = seen(&[("threads", &threads)]);
        let cause = settle(cause(ThreadPerChunk, &[SharedProcessor]), None, &rungs(&users), &seen).cause;
        assert_eq!((cause.kind, cause.or.len()), (ThreadPerChunk, 0), "{users:?}");
        assert!(cause.inside.contains("6 with 1 user, 13 with 32, 13 with 64"), "{}", cause.inside);
    }
}

#[test]
fn an_exporter_counts_the_sessions_of_others_too() {
    use CauseKind::*;
    let with = |idle: f64, held: f64| {
        let series = [
            ("pg_stat_activity_count{state=\"active\"}", vec![1.0; 4]),
            ("pg_stat_activity_count{state=\"idle\"}", vec![idle; 4]),
            ("pg_stat_activity_count{state=\"idle in transaction\"}", vec![held; 4]),
        ];
        let series: Vec<(&str, &[f64])> =
            series.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        settled(SlotPool, &[DatabaseConnections], &series).cause
    };
    let held = with(1.0, 15.0);
    assert_eq!((held.kind, held.or.len()), (DatabaseConnections, 0));
    assert!(held.inside.contains("a session is held for each stream"), "{}", held.inside);
    let of_others = with(20.0, 15.0);
    assert_eq!((of_others.kind, of_others.or.len(), of_others.inside.as_str()), (SlotPool, 1, ""));
}

#[test]
fn without_an_observer_what_would_decide_is_named() {
    use CauseKind::*;
    let none =
        |kind, or: &[CauseKind]| settle(cause(kind, or), None, &rungs(&[1, 2]), &Observed::default()).cause;
    let open = none(SlotPool, &[DatabaseConnections]);
    assert!(
        open.decides.contains("--observe") && open.decides.contains("`postgres_connections` of postgres://…"),
        "{}",
        open.decides
    );
    assert!(none(Unsure, &[]).change.contains("--observe"));
    assert_eq!(none(SlotPool, &[]), cause(SlotPool, &[]));
}

/// Whoever observes already is not asked to begin; an observer that never answered decides nothing.
#[test]
fn observers_that_decide_nothing_are_not_advised_again() {
    use CauseKind::*;
    let with = |observed: &Observed, kind, or: &[CauseKind]| {
        settle(cause(kind, or), None, &rungs(&[16, 64, 100, 200]), observed)
    };
    let idle = seen(&[("go_goroutines", &[9.0; 4])]);
    let change = with(&idle, Unsure, &[]).cause.change;
    assert!(
        change.contains("Nothing that was observed decides") && !change.contains("--observe"),
        "{change}"
    );
    let decides = with(&idle, SlotPool, &[DatabaseConnections]).cause.decides;
    assert!(decides.contains("in what was not observed") && !decides.contains("--observe"), "{decides}");

    let mut silent = Observed::by([("o".to_owned(), "http://o/metrics".to_owned())]);
    let why = "Connection refused".to_owned();
    let look = Look { observer: 0, values: Err(why), left_out: 0, stray: StrayLines::default() };
    silent.add(Duration::from_secs(1), look);
    let settled = with(&silent, SlotPool, &[DatabaseConnections]);
    assert_eq!((settled.sentence, settled.cause.inside.as_str()), (None, ""));
    assert_eq!((settled.cause.kind, settled.cause.or.len()), (SlotPool, 1));
    assert!(settled.cause.decides.contains("as none was"), "{}", settled.cause.decides);
    assert!(with(&silent, Unsure, &[]).cause.change.contains("No observer was ever answered"));
}
