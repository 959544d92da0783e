//! Every request carries the id of a trace, and what is told of requests names it.

use std::collections::BTreeSet;
use std::time::Duration;

use common::api::{Operation, Template};
use common::plan::Plan;
use common::slowest::{SLOWEST, SlowPart};
use common::trace::Tracing;
use worker::interval::Interval;

use super::run::{engine, finish, first, plan, slots, until};
use super::service::{Seen, Service};

/// What came of a few users who sent so many requests at least.
async fn run(change: impl FnOnce(&mut Plan), broken: Option<&'static str>) -> (Seen, Interval) {
    let service = Service::start().await;
    service.behave(|manners| manners.broken.extend(broken));
    let mut plan = plan(service.url());
    change(&mut plan);
    let engine = engine(plan, 2).await;
    engine.apply(1, &slots(&first(2, 2, 1)));
    until("enough is sent", || service.seen().total() > 300).await;
    engine.stop_all(Duration::from_secs(30));
    let interval = finish(&engine).await;
    engine.shutdown();
    (service.seen(), interval)
}

/// Ids and flags of all requests; each must be of the form.
fn traces(seen: &Seen) -> Vec<(String, String)> {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let read = |header: &String| match header.split('-').collect::<Vec<_>>()[..] {
        ["00", id, span, flags] if id.len() == 32 && span.len() == 16 && is_hex(id) && is_hex(span) => {
            (id.to_owned(), flags.to_owned())
        }
        _ => panic!("`{header}` is no traceparent"),
    };
    seen.traces.values().flatten().map(read).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn each_request_has_a_trace_of_its_own_and_the_slowest_are_named_by_it() {
    let (seen, interval) = run(|_| {}, None).await;
    let all = traces(&seen);
    let ids: BTreeSet<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!((ids.len(), all.len() as u64), (all.len(), seen.total()));
    assert!(all.iter().all(|(id, flags)| flags == "00" && id[..8] == all[0].0[..8]));

    let mut kinds = BTreeSet::new();
    for (endpoint, part, request) in interval.slowest.iter() {
        kinds.insert((endpoint, part));
        let trace = request.trace.unwrap().to_string();
        assert!(seen.traces[&request.user].iter().any(|header| header[3..35] == trace), "{request:?}");
    }
    let chat = Operation::Chat.number();
    assert!(kinds.contains(&(chat, SlowPart::FirstText)) && kinds.contains(&(chat, SlowPart::Answer)));
    let of_chat =
        interval.slowest.iter().filter(|(endpoint, part, _)| (*endpoint, *part) == (chat, SlowPart::Answer));
    assert_eq!(of_chat.count(), SLOWEST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_failure_names_the_trace_of_its_example() {
    let (seen, interval) = run(|_| {}, Some("GET /threads")).await;
    let failure = interval.failures.values().next().unwrap();
    let trace = failure.trace.unwrap().to_string();
    assert!(seen.traces.values().flatten().any(|header| header[3..35] == trace));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn all_are_marked_as_sampled_or_none_carries_anything() {
    let sampled = |plan: &mut Plan| plan.tracing = Some(Tracing { sample: "100%".parse().unwrap() });
    let (seen, _) = run(sampled, None).await;
    assert!(traces(&seen).iter().all(|(_, flags)| flags == "01"));

    let (seen, interval) = run(|plan| plan.tracing = None, None).await;
    assert!(seen.traces.values().flatten().all(String::is_empty));
    assert!(
        !interval.slowest.is_empty()
            && interval.slowest.iter().all(|(_, _, request)| request.trace.is_none())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_traceparent_of_the_api_wins() {
    const OWN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (seen, interval) = run(
        |plan| {
            let header = ("Traceparent".to_owned(), Template::try_from(OWN.to_owned()).unwrap());
            plan.api.list_threads.headers.extend([header]);
        },
        None,
    )
    .await;
    let own = seen.traces.values().flatten().filter(|header| *header == OWN).count() as u64;
    assert_eq!(own, seen.requests["GET /threads"]);
    assert!(seen.traces.values().flatten().all(|header| header.len() == OWN.len()), "each has one header");
    let list = Operation::ListThreads.number();
    let without = interval.slowest.iter().filter(|(_, _, request)| request.trace.is_none());
    assert!(without.into_iter().all(|(endpoint, _, _)| endpoint == list));
}
