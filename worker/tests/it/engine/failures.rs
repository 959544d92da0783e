//! Failures are counted by endpoint, class and text, and a dead target is not hammered.

use std::time::Duration;

use common::api::Operation;
use common::failure::FailureClass;
use tokio::net::TcpListener;
use worker::engine::{Engine, EngineError, EngineSettings};
use worker::user::{CompileError, TraceOwner};

use super::run::{all_requests, engine, finish, first, plan, requests, slots, until};
use super::service::Service;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_failure_is_counted_under_its_endpoint_and_class() {
    let service = Service::start().await;
    service.behave(|manners| manners.broken.extend(["GET /threads", "POST /chat/stream"]));
    let engine = engine(plan(service.url()), 1).await;
    engine.apply(1, &slots(&first(2, 1, 1)));
    let enough = || {
        let seen = service.seen().requests;
        ["GET /threads", "POST /chat/stream"]
            .iter()
            .all(|endpoint| seen.get(*endpoint).is_some_and(|n| *n > 20))
    };
    until("enough failures", enough).await;
    engine.stop_all(Duration::from_secs(30));
    let whole = finish(&engine).await;
    let seen = service.seen();
    assert_eq!(all_requests(&whole), seen.requests.clone().into_iter().collect::<Vec<_>>());
    for (operation, endpoint) in
        [(Operation::ListThreads, "GET /threads"), (Operation::Chat, "POST /chat/stream")]
    {
        let samples = &whole.stages[&0].endpoints[operation.index()];
        assert_eq!(
            (samples.latency.count(), samples.failures),
            (seen.requests[endpoint], seen.requests[endpoint])
        );
        let counted = whole.failures.iter().filter(|((number, class, _), _)| {
            *number == operation.number() && *class == FailureClass::Http5xx
        });
        assert_eq!(counted.map(|(_, failure)| failure.count).sum::<u64>(), seen.requests[endpoint]);
    }
    assert_eq!(whole.stages[&0].streams.counts.failed, seen.requests["POST /chat/stream"]);
    let failed: u64 = whole.failures.values().map(|failure| failure.count).sum();
    assert_eq!(failed, seen.requests["GET /threads"] + seen.requests["POST /chat/stream"]);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dead_target_is_tried_again_ever_more_slowly() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let engine = engine(plan(url), 1).await;
    engine.apply(1, &slots(&first(1, 1, 1)));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    engine.stop_all(Duration::from_secs(30));
    let whole = finish(&engine).await;
    let (tries, cut) = requests(&whole, Operation::CreateThread);
    // The shortest waits are 50, 100, 200, 400 and 800 ms: at most 5 tries begin within 1.5 s, and
    // one more if the machine stands still before the stop.
    assert!((2 * 3..=6 * 3).contains(&tries), "{tries} tries of three users");
    assert_eq!((cut, all_requests(&whole).len()), (0, 1));
    let counts: Vec<_> =
        whole.failures.iter().map(|((number, class, _), failure)| (*number, *class, failure.count)).collect();
    assert_eq!(counts, [(Operation::CreateThread.number(), FailureClass::Connect, tries)]);
    engine.shutdown();
}

#[tokio::test]
async fn an_engine_without_cores_or_with_a_bad_header_does_not_start() {
    let service = Service::start().await;
    let mut plan = plan(service.url());
    let target = worker::http::Target::resolve(&plan).await.unwrap();
    let start = |plan, cores| {
        let (plan, target, traces) = (std::sync::Arc::new(plan), target.clone(), TraceOwner::default());
        let settings = EngineSettings { plan, target, cores, log: None, traces };
        Engine::start(settings, std::time::Instant::now()).map(|_| ()).unwrap_err()
    };
    assert!(matches!(start(plan.clone(), 0), EngineError::NoCores));
    plan.api.user_header = "two words".to_owned();
    assert!(
        matches!(start(plan, 1), EngineError::Plan(CompileError::UserHeader(name)) if name == "two words")
    );
}
