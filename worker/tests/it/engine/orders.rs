//! Orders are absolute; stages begin when they are said to.

use std::time::{Duration, Instant};

use common::api::{Operation, Think};
use common::class::UserClass;
use common::plan::Plan;
use worker::engine::UserSlot;
use worker::interval::UserCount;

use super::run::{engine, finish, first, plan, slots, until};
use super::service::Service;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn exactly_the_users_listed_run_and_an_epoch_is_applied_when_the_others_have_ended() {
    let service = Service::start().await;
    service.behave(|manners| manners.held.extend(["POST /threads"]));
    let engine = engine(plan(service.url()), 2).await;
    assert_eq!(engine.applied_epoch(), 0);
    engine.apply(1, &slots(&first(4, 0, 0)));
    until("four ask", || service.seen().total() == 4).await;
    assert_eq!(engine.applied_epoch(), 1);

    engine.apply(2, &slots(&[(UserClass::Crud, 1), (UserClass::Crud, 9)]));
    until("the new one asks too", || service.seen().total() == 5).await;
    engine.apply(1, &slots(&first(7, 0, 0)));
    let interval = engine.take_interval().await;
    assert_eq!(interval.users[0], UserCount { running: 2, stopping: 3, peak: 4 });
    assert_eq!((engine.applied_epoch(), engine.users()), (1, 5));

    service.behave(|manners| manners.held.clear());
    until("the others have ended", || engine.applied_epoch() == 2).await;
    assert_eq!(engine.users(), 2);
    let interval = engine.take_interval().await;
    assert_eq!(interval.users[0], UserCount { running: 2, stopping: 0, peak: 2 });
    engine.stop_all(Duration::from_secs(30));
    finish(&engine).await;
    assert_eq!(service.seen().scripts.keys().copied().collect::<Vec<_>>(), [0, 3, 6, 9, 27]);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn users_start_at_their_time_or_not_at_all() {
    let service = Service::start().await;
    let long = Duration::from_secs(3600);
    let engine = engine(Plan { think: Think::fixed(long), ..plan(service.url()) }, 2).await;
    let now = Instant::now();
    let slot = |index, start| UserSlot { class: UserClass::Crud, index, start, stop: None };
    let soon = now + Duration::from_millis(100);
    engine.apply(1, &[slot(0, now), slot(1, soon), slot(2, now + long), slot(3, now + long)]);
    until("two run", || engine.users() == 2).await;
    assert!(Instant::now() >= soon);
    engine.apply(2, &[slot(0, now), slot(2, now)]);
    until("user 2 has started and user 1 ended", || {
        engine.users() == 2 && service.seen().scripts.contains_key(&6) && engine.applied_epoch() == 2
    })
    .await;
    engine.stop_all(long);
    finish(&engine).await;
    assert_eq!(service.seen().scripts.keys().copied().collect::<Vec<_>>(), [0, 3, 6]);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_request_belongs_to_the_stage_in_which_it_started() {
    let service = Service::start().await;
    service.behave(|manners| manners.held.extend(["POST /threads", "POST /chat/stream"]));
    let engine = engine(plan(service.url()), 2).await;
    engine.apply(1, &slots(&first(0, 2, 0)));
    until("both create", || service.seen().total() == 2).await;
    engine.set_stage(3, Instant::now());
    // The answer to a question follows every order given before it.
    assert_eq!(engine.take_interval().await.stages.len(), 0);
    service.behave(|manners| manners.held.retain(|held| *held != "POST /threads"));
    until("both ask", || service.seen().total() == 4).await;
    engine.set_stage(4, Instant::now());
    let first = engine.take_interval().await;
    let created =
        |stage: u32| first.stages[&stage].endpoints[Operation::CreateThread.index()].latency.count();
    assert_eq!((created(0), first.stages[&3].streams.in_progress), (2, 2));

    engine.stop_all(Duration::from_secs(30));
    service.behave(|manners| manners.held.clear());
    let last = finish(&engine).await;
    let counts = |stage: u32, operation: Operation| {
        last.stages.get(&stage).map_or(0, |stage| stage.endpoints[operation.index()].latency.count())
    };
    assert_eq!((counts(3, Operation::Chat), counts(4, Operation::DeleteThread)), (2, 2));
    assert_eq!((counts(4, Operation::Chat), counts(3, Operation::DeleteThread)), (0, 0));
    assert_eq!((last.stages[&3].streams.counts.completed, last.stages[&3].streams.in_progress), (2, 0));
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn each_load_thread_reports_its_cpu_time_and_the_lateness_of_its_timers() {
    let service = Service::start().await;
    let engine = engine(plan(service.url()), 2).await;
    engine.apply(1, &slots(&first(2, 0, 0)));
    until("enough requests", || service.seen().total() > 500).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let times = engine.cpu_times();
    if cfg!(target_os = "linux") {
        assert_eq!(times.len(), 2);
        assert!(times.iter().all(|time| !time.used.is_zero()), "{times:?}");
    }
    let timers = engine.take_interval().await.timers;
    assert!(timers.lateness.count() >= 2, "each core's probe has fired");
    assert!(timers.late <= timers.lateness.count());
    engine.shutdown();
}
