//! The same seed gives the same requests, however many engines share the users.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common::class::UserClass;
use common::plan::Plan;

use super::run::{engine, finish, first, plan, slots, until};
use super::service::{Seen, Service};

/// Requests of each user that are compared.
const LENGTH: usize = 150;

/// Runs users with a seed on so many engines until each has sent [`LENGTH`] requests.
async fn run(seed: u64, engines: usize, think: Duration) -> Seen {
    let users = first(3, 2, 3);
    let service = Service::start().await;
    let mut running = Vec::new();
    for part in 0..engines {
        let plan = Plan { seed, think: (think, think), ..plan(service.url()) };
        let engine = engine(plan, 1 + part % 2).await;
        let mine: Vec<_> = users.iter().copied().skip(part).step_by(engines).collect();
        engine.apply(1, &slots(&mine));
        running.push(engine);
    }
    let done = |service: &Arc<Service>| {
        let seen = service.seen();
        seen.scripts.len() == users.len() && seen.scripts.values().all(|script| script.len() >= LENGTH)
    };
    until("every user has sent enough", || done(&service)).await;
    for engine in running {
        engine.stop_all(Duration::from_secs(30));
        finish(&engine).await;
        engine.shutdown();
    }
    service.seen()
}

fn beginnings(seen: &Seen) -> BTreeMap<u64, &[String]> {
    seen.scripts.iter().map(|(user, script)| (*user, &script[..LENGTH])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_engine_or_three_send_the_same_requests() {
    let one = run(7, 1, Duration::ZERO).await;
    let three = run(7, 3, Duration::from_millis(2)).await;
    assert_eq!(beginnings(&one), beginnings(&three));
    assert!(one.ids.is_disjoint(&three.ids), "ids are new in every run");

    let other = run(8, 1, Duration::ZERO).await;
    for (user, script) in beginnings(&other) {
        assert_ne!(script, beginnings(&one)[&user], "user {user} with another seed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn users_do_what_their_class_says() {
    let seen = run(9, 1, Duration::ZERO).await;
    let all = beginnings(&seen);
    let script = |class, index| all[&worker::user::number((class, index))];
    let is = |line: &String, endpoint: &str| line.starts_with(&format!("{endpoint} "));

    let crud = script(UserClass::Crud, 0);
    assert!(is(&crud[0], "POST /threads"), "{}", crud[0]);
    let mut threads = 0;
    for line in crud {
        threads += i32::from(is(line, "POST /threads")) - i32::from(is(line, "DELETE /threads/[id]"));
        assert!((0..=8).contains(&threads), "a bounded set of threads");
        assert!(!is(line, "POST /chat/stream"));
    }

    let stream = script(UserClass::Stream, 1);
    assert!(is(&stream[0], "POST /threads"), "{}", stream[0]);
    assert!(stream[1..].iter().all(|line| is(line, "POST /chat/stream")));

    let mixed = script(UserClass::Mixed, 2);
    let sessions: Vec<_> = mixed.split(|line| is(line, "DELETE /threads/[id]")).collect();
    for session in &sessions[..sessions.len() - 1] {
        assert!(is(&session[0], "POST /threads"), "{session:?}");
        let turns = session.iter().filter(|line| is(line, "POST /chat/stream")).count();
        let reads = session.iter().filter(|line| is(line, "GET /threads/[id]/messages")).count();
        assert!((2..=5).contains(&turns) && reads == turns, "{session:?}");
    }
}
