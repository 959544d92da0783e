//! Starting an engine and adding up what it measured.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::api::{Api, Operation, Think};
use common::class::UserClass;
use common::plan::Plan;
use worker::engine::{Engine, EngineSettings, UserSlot};
use worker::http::Target;
use worker::interval::Interval;
use worker::user::TraceOwner;

/// Far longer than anything here takes: what exceeds it hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A plan without think time.
pub fn plan(url: String) -> Plan {
    let think = Think::fixed(Duration::ZERO);
    Plan { base_url: url, think, seed: 42, ..Plan::default() }
}

pub async fn engine(plan: Plan, cores: usize) -> Engine {
    let target = Target::resolve(&plan).await.unwrap();
    let traces = TraceOwner { run: [7; 16], worker: 3 };
    let settings = EngineSettings { plan: Arc::new(plan), target, cores, log: None, traces };
    Engine::start(settings, Instant::now()).unwrap()
}

/// Users that start now.
pub fn slots(users: &[(UserClass, u32)]) -> Vec<UserSlot> {
    let start = Instant::now();
    users.iter().map(|(class, index)| UserSlot { class: *class, index: *index, start, stop: None }).collect()
}

/// The first users of each class.
pub fn first(crud: u32, stream: u32, mixed: u32) -> Vec<(UserClass, u32)> {
    let counts = [crud, stream, mixed];
    UserClass::ALL
        .into_iter()
        .zip(counts)
        .flat_map(|(class, count)| (0..count).map(move |i| (class, i)))
        .collect()
}

/// Waits until nobody is left, then takes everything measured.
pub async fn finish(engine: &Engine) -> Interval {
    within_patience(engine.idle()).await;
    assert_eq!(engine.users(), 0);
    within_patience(engine.take_interval()).await
}

pub async fn within_patience<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("this should not take so long")
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// (with an outcome, cut) of one endpoint in all stages.
pub fn requests(interval: &Interval, operation: Operation) -> (u64, u64) {
    interval.stages.values().fold((0, 0), |(count, cut), stage| {
        let samples = &stage.endpoints[operation.index()];
        (count + samples.latency.count(), cut + samples.cut)
    })
}

/// `METHOD /path` of an operation, as the service writes it.
pub fn endpoint(operation: Operation) -> String {
    let endpoint = Api::default().endpoints().swap_remove(operation.index());
    format!("{} {}", endpoint.method, endpoint.name)
}

/// Every endpoint's count, those without a request left out, as the service counts.
pub fn all_requests(interval: &Interval) -> Vec<(String, u64)> {
    let mut rows: Vec<(String, u64)> = Operation::BUILT_IN
        .into_iter()
        .map(|operation| {
            let (count, cut) = requests(interval, operation);
            (endpoint(operation), count + cut)
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    rows.sort();
    rows
}
