//! The same seed gives the same requests, however many engines share the users.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common::api::Think;
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
        let plan = Plan { seed, think: Think::fixed(think), ..plan(service.url()) };
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

/// A digest of what each user of the default API asks for, in order, ids folded.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_seed_means_the_same_requests_in_every_release() {
    let seen = run(7, 1, Duration::ZERO).await;
    let digest = |script: &[String]| {
        script.join("\n").bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    let digests: Vec<u64> = beginnings(&seen).into_values().map(digest).collect();
    let expected = [
        6_389_511_812_067_594_181,
        9_683_093_537_230_002_611,
        12_629_677_217_506_873_770,
        8_242_008_464_804_427_148,
        18_012_769_384_121_563_361,
        6_855_565_860_679_565_613,
        889_637_789_948_262_122,
        15_321_099_744_676_221_382,
    ];
    assert_eq!(digests, expected);
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
    let threads: Vec<_> = stream.split(|line| is(line, "DELETE /threads/[id]")).collect();
    for thread in &threads[..threads.len() - 1] {
        assert!(is(&thread[0], "POST /threads"), "{thread:?}");
        assert!(thread[1..].iter().all(|line| is(line, "POST /chat/stream")), "{thread:?}");
        assert!((6..=16).contains(&thread.len()), "{thread:?}");
    }
    assert!(threads.len() > 1);

    let mixed = script(UserClass::Mixed, 2);
    let sessions: Vec<_> = mixed.split(|line| is(line, "DELETE /threads/[id]")).collect();
    for session in &sessions[..sessions.len() - 1] {
        assert!(is(&session[0], "POST /threads"), "{session:?}");
        let turns = session.iter().filter(|line| is(line, "POST /chat/stream")).count();
        let reads = session.iter().filter(|line| is(line, "GET /threads/[id]/messages")).count();
        assert!((2..=5).contains(&turns) && reads == turns, "{session:?}");
    }
}
