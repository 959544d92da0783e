//! A machine that has no descriptors left.

use std::fs::File;
use std::process::Command;
use std::time::Duration;

use crate::http::peer::{Peer, Step, json};
use common::api::{Answer, Encoding};
use common::failure::FailureClass;
use http::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use worker::http::Request;

/// Set in the process of its own that the test runs in: the limit is the process's.
const ALONE: &str = "WORKER_TEST_ALONE";

#[test]
fn running_out_of_descriptors_is_this_machines_fault() {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(run_out_of_descriptors());
    }
    let name = "http::limits::running_out_of_descriptors_is_this_machines_fault";
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let output = alone.args([name, "--exact"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

async fn run_out_of_descriptors() {
    let peer = Peer::start(vec![vec![Step::Request, json("[]")]]).await;
    let mut client = peer.client().await;
    let get = || Request {
        method: &Method::GET,
        path: b"/threads",
        body: None,
        answer: Answer::Json,
        timeout: Duration::from_secs(10),
        encoding: Encoding::Json,
        user: None,
        success: &[],
        lines: b"",
    };
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum }).unwrap();
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    let failure = client.exchange(get()).await.outcome.unwrap_err();
    assert_eq!(failure.class, FailureClass::LocalLimit, "{failure}");
    let said = "Too many open files (os error 24); raise this worker's `ulimit -Hn` or start more workers";
    assert_eq!(failure.text, format!("{}: {said}", peer.address));
    drop(files);
    assert_eq!(client.exchange(get()).await.outcome, Ok(()));
}
