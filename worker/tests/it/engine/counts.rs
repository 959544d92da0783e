//! The server's counts and ours are the same, to the request.

use std::time::Duration;

use common::api::Operation;
use common::class::UserClass;
use common::plan::Plan;
use common::stats::Metric;
use worker::interval::{Interval, UserCount};

use super::run::{all_requests, engine, finish, first, plan, requests, slots, until};
use super::service::{Seen, Service, TOKENS};

fn assert_equal(interval: &Interval, seen: &Seen) {
    let theirs: Vec<_> = seen.requests.clone().into_iter().collect();
    assert_eq!(all_requests(interval), theirs);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_request_of_every_class_is_counted_once() {
    let service = Service::start().await;
    let engine = engine(plan(service.url()), 2).await;
    engine.apply(1, &slots(&first(4, 2, 3)));
    let mut whole = Interval::default();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        whole.add_next(engine.take_interval().await);
    }
    let running = [4, 2, 3].map(|running| UserCount { running, stopping: 0, peak: running });
    assert_eq!(whole.users, running);
    engine.stop_all(Duration::from_secs(30));
    whole.add_next(finish(&engine).await);

    let seen = service.seen();
    assert_equal(&whole, &seen);
    assert!(seen.requests.len() == 7, "every endpoint was asked: {:?}", seen.requests.keys());
    assert!(whole.failures.is_empty(), "{:?}", whole.failures);
    assert_eq!(seen.threads.len(), 0, "every user deleted its threads at the end");
    let cut: u64 = Operation::BUILT_IN.into_iter().map(|operation| requests(&whole, operation).1).sum();
    assert_eq!(cut, 0);
    let streams = &whole.stages[&0].streams;
    assert_eq!(
        (streams.counts.completed, streams.counts.failed, streams.counts.cut, streams.in_progress),
        (seen.streams, 0, 0, 0)
    );
    let counts = &streams.counts;
    assert_eq!([counts.tokens, counts.tokens_reported, counts.chunks], [seen.streams * TOKENS; 3]);
    let samples = |metric: Metric| streams.metrics[metric as usize].count();
    assert_eq!(samples(Metric::Icl), seen.streams * (TOKENS - 1));
    for metric in [Metric::Headers, Metric::FirstByte, Metric::FirstEvent, Metric::Ttft, Metric::E2e] {
        assert_eq!(samples(metric), seen.streams, "{metric}");
    }
    assert_eq!((samples(Metric::Connect), seen.connections), (9, 9), "one connection for each user");
    assert!(whole.exceptions.is_empty());
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn requests_cut_in_flight_are_counted_too() {
    for round in 0..10u64 {
        let service = Service::start().await;
        service.behave(|manners| {
            manners.delay = Duration::from_millis(round);
            manners.token_gap = Duration::from_millis(round);
        });
        let engine = engine(plan(service.url()), 2).await;
        engine.apply(1, &slots(&first(6, 3, 3)));
        tokio::time::sleep(Duration::from_millis(100 + 7 * round)).await;
        engine.stop_all(Duration::ZERO);
        let whole = finish(&engine).await;
        // A request that was cut may still be on its way into the server.
        let ours: u64 = all_requests(&whole).iter().map(|(_, count)| count).sum();
        until("the server has read all", || service.seen().total() >= ours).await;
        assert_equal(&whole, &service.seen());
        let streams = &whole.stages[&0].streams;
        assert_eq!(requests(&whole, Operation::Chat), (streams.counts.completed, streams.counts.cut));
        assert_eq!(streams.in_progress, 0);
        engine.shutdown();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn mock_llm_never_reaches_the_streaming_endpoint() {
    let service = Service::start().await;
    let engine = engine(Plan { mock_llm: true, ..plan(service.url()) }, 1).await;
    engine.apply(1, &slots(&first(0, 2, 2)));
    until("enough requests", || service.seen().total() > 200).await;
    engine.stop_all(Duration::from_secs(30));
    let whole = finish(&engine).await;
    let seen = service.seen();
    assert_equal(&whole, &seen);
    assert_eq!(seen.requests.get("POST /chat/stream"), None);
    assert!(whole.failures.is_empty(), "{:?}", whole.failures);
    let streamer = &seen.scripts[&worker::user::number((UserClass::Stream, 1))];
    assert!(streamer[1].contains(r#""role":"user""#), "{}", streamer[1]);
    assert!(streamer[2].contains(r#""role":"assistant""#), "{}", streamer[2]);
    engine.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_connection_that_the_service_closed_is_counted_when_it_is_opened_again() {
    let service = Service::start().await;
    service.behave(|manners| manners.keep_alive = Some(Duration::from_millis(30)));
    let think = "40ms..60ms".parse().unwrap();
    let engine = engine(Plan { think, ..plan(service.url()) }, 1).await;
    engine.apply(1, &slots(&first(3, 0, 0)));
    until("enough connections", || service.seen().connections > 20).await;
    engine.stop_all(Duration::from_secs(30));
    let whole = finish(&engine).await;
    assert_eq!(
        whole.reopened,
        service.seen().connections - 3,
        "each user opened one, the rest came after those"
    );
    assert!(whole.failures.is_empty(), "{:?}", whole.failures);
    engine.shutdown();
}
