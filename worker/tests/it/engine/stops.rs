//! How users end.

use std::time::{Duration, Instant};

use common::api::{Operation, Think};
use common::class::UserClass;
use common::plan::Plan;
use common::stats::StreamCounts;
use worker::engine::{Engine, UserSlot};
use worker::interval::Interval;

use super::run::{all_requests, engine, finish, first, plan, requests, slots, until};
use super::service::Service;

const LONG: Duration = Duration::from_secs(3600);

/// What was measured until six users had created their threads and gone on to think: who has recorded a request
/// does so before its core answers again.
async fn when_six_think(engine: &Engine) -> Interval {
    let mut whole = engine.take_interval().await;
    while requests(&whole, Operation::CreateThread).0 < 6 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        whole.add_next(engine.take_interval().await);
    }
    whole
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_user_that_thinks_stops_at_once_and_cleans_up() {
    let service = Service::start().await;
    let engine = engine(Plan { think: Think::fixed(LONG), ..plan(service.url()) }, 1).await;
    engine.apply(1, &slots(&first(2, 2, 2)));
    let mut whole = when_six_think(&engine).await;
    engine.stop_all(LONG);
    whole.add_next(finish(&engine).await);
    assert_eq!(requests(&whole, Operation::CreateThread), (6, 0));
    assert_eq!(requests(&whole, Operation::DeleteThread), (6, 0));
    assert_eq!(service.seen().threads.len(), 0);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_user_tidies_up_is_no_part_of_what_is_measured() {
    let service = Service::start().await;
    let engine = engine(Plan { think: Think::fixed(LONG), ..plan(service.url()) }, 1).await;
    engine.set_stage(5, Instant::now());
    engine.apply(1, &slots(&first(2, 2, 2)));
    let mut whole = when_six_think(&engine).await;
    engine.stop_all(LONG);
    whole.add_next(finish(&engine).await);
    let count = |stage: u32, operation: Operation| {
        whole.stages.get(&stage).map_or(0, |samples| samples.endpoints[operation.index()].latency.count())
    };
    assert_eq!((count(5, Operation::CreateThread), count(5, Operation::DeleteThread)), (6, 0));
    assert_eq!((count(4, Operation::CreateThread), count(4, Operation::DeleteThread)), (0, 6));
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_in_flight_is_finished_and_nothing_new_begun() {
    let service = Service::start().await;
    service.behave(|manners| manners.held.extend(["POST /chat/stream"]));
    let engine = engine(plan(service.url()), 1).await;
    engine.apply(1, &slots(&first(0, 3, 0)));
    let asked = || service.seen().requests.get("POST /chat/stream") == Some(&3);
    until("all have asked", asked).await;
    engine.apply(2, &[]);
    let mut whole = engine.take_interval().await;
    assert_eq!((whole.users[1].running, whole.users[1].stopping), (0, 3));
    service.behave(|manners| manners.held.clear());
    whole.add_next(finish(&engine).await);
    let expected = [("DELETE /threads/[id]", 3), ("POST /chat/stream", 3), ("POST /threads", 3)]
        .map(|(n, c)| (n.to_owned(), c));
    assert_eq!(all_requests(&whole), expected);
    assert_eq!((whole.stages[&0].streams.counts.completed, whole.stages[&0].streams.counts.cut), (3, 0));
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_outlasts_the_grace_is_cut_and_counted_as_cut() {
    let service = Service::start().await;
    service.behave(|manners| manners.held.extend(["POST /chat/stream", "GET /threads"]));
    let engine = engine(Plan { stop_timeout: Duration::from_millis(150), ..plan(service.url()) }, 2).await;
    engine.apply(1, &slots(&first(2, 2, 0)));
    let held = ["POST /chat/stream", "GET /threads"];
    let waiting = || held.iter().all(|endpoint| service.seen().requests.get(*endpoint) == Some(&2));
    until("all wait for an answer", waiting).await;
    let before: Vec<_> = service.seen().requests.into_iter().collect();
    engine.apply(2, &[]);
    let whole = finish(&engine).await;
    assert_eq!(all_requests(&whole), before, "who is cut does not clean up");
    assert_eq!(requests(&whole, Operation::Chat), (0, 2));
    assert_eq!(requests(&whole, Operation::ListThreads), (0, 2));
    let streams = &whole.stages[&0].streams;
    let counts = StreamCounts { begun: 2, cut: 2, ..StreamCounts::default() };
    assert_eq!((streams.counts, streams.in_progress), (counts, 0));
    assert!(whole.failures.is_empty());
    assert_eq!(engine.applied_epoch(), 2);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stop_time_ends_a_user_though_it_is_still_listed() {
    let service = Service::start().await;
    let engine = engine(plan(service.url()), 1).await;
    let start = Instant::now();
    let stop = Some(start + Duration::from_millis(200));
    let users: Vec<UserSlot> =
        (0..3).map(|index| UserSlot { class: UserClass::Crud, index, start, stop }).collect();
    engine.apply(1, &users);
    let whole = finish(&engine).await;
    assert!(Instant::now() >= start + Duration::from_millis(200));
    engine.apply(1, &users);
    engine.idle().await;
    assert_eq!(engine.take_interval().await.stages.len(), 0, "nobody comes back");
    let (created, _) = requests(&whole, Operation::CreateThread);
    assert_eq!(requests(&whole, Operation::DeleteThread), (created, 0));
    assert_eq!(service.seen().threads.len(), 0);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_same_user_begins_again_only_after_its_former_life() {
    let service = Service::start().await;
    service.behave(|manners| manners.held.extend(["POST /chat/stream"]));
    let engine = engine(plan(service.url()), 2).await;
    let user = [(UserClass::Stream, 5)];
    engine.apply(1, &slots(&user));
    until("it asks", || service.seen().requests.contains_key("POST /chat/stream")).await;
    engine.apply(2, &[]);
    // An order that is not read yet gives way to the next; the answer to a question comes after it.
    assert_eq!(engine.take_interval().await.users[1].stopping, 1);
    engine.apply(3, &slots(&user));
    engine.apply(4, &slots(&[(UserClass::Crud, 0), user[0]]));
    until("another user runs beside it", || service.seen().scripts.len() == 2).await;
    assert_eq!(engine.users(), 2, "the old life has not ended, the new one not begun");
    service.behave(|manners| manners.held.clear());
    let number = worker::user::number(user[0]);
    until("it asks again", || service.seen().scripts[&number].len() > 4).await;
    engine.stop_all(LONG);
    finish(&engine).await;
    let seen = service.seen();
    let endpoints =
        seen.scripts[&number].iter().map(|line| line.split_once(" {").map_or(&line[..], |(e, _)| e));
    let expected =
        ["POST /threads", "POST /chat/stream", "DELETE /threads/[id] ", "POST /threads", "POST /chat/stream"];
    assert_eq!(endpoints.take(5).collect::<Vec<_>>(), expected);
    assert_eq!((seen.most_open, seen.threads.len()), (1, 0));
    engine.shutdown();
}
