//! A machine that has no descriptors left. Alone in its file: the limit is the process's.

#![allow(clippy::unwrap_used, reason = "a panic here is a failed test")]

mod http_peer;

use std::fs::File;
use std::time::Duration;

use common::api::Answer;
use common::failure::FailureClass;
use http::Method;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use http_peer::{Peer, Step, json};
use worker::http::Request;

#[tokio::test]
async fn running_out_of_descriptors_is_this_machines_fault() {
    let peer = Peer::start(vec![vec![Step::Request, json("[]")]]).await;
    let mut client = peer.client().await;
    let get = || Request {
        method: &Method::GET,
        path: "/threads",
        body: None,
        answer: Answer::Json,
        timeout: Duration::from_secs(10),
        user: None,
    };
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum }).unwrap();
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    let fault = client.exchange(get()).await.outcome.unwrap_err();
    assert_eq!(fault.class, FailureClass::LocalLimit, "{fault}");
    let said = "Too many open files (os error 24); raise this worker's `ulimit -Hn` or start more workers";
    assert_eq!(fault.text, format!("{}: {said}", peer.address));
    drop(files);
    assert_eq!(client.exchange(get()).await.outcome, Ok(()));
}
