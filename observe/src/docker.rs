//! `docker:CONTAINER`: the control group of a container, found by asking the daemon for its first process.

use std::path::PathBuf;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::cgroup;

/// Where the daemon listens unless `DOCKER_HOST` says otherwise.
const SOCKET: &str = "/var/run/docker.sock";
/// Longest answer: a container with hundreds of mounts stays far below it.
const LONGEST: u64 = 4 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    pid: u32,
}

/// The control group of a container that runs.
///
/// # Errors
/// The daemon cannot be asked, or knows no such container, or it does not run, or not on this machine.
pub(super) async fn group(container: &str) -> Result<PathBuf, String> {
    let socket = match std::env::var("DOCKER_HOST") {
        Ok(host) if !host.is_empty() => host.strip_prefix("unix://").map(str::to_owned).ok_or_else(|| {
            "DOCKER_HOST is another machine, whose processes cannot be seen from here; observe the container there".to_owned()
        })?,
        _ => SOCKET.to_owned(),
    };
    let unreachable = |error: std::io::Error| format!("{socket}: {error}; may this user ask the daemon?");
    let mut daemon = UnixStream::connect(&socket).await.map_err(unreachable)?;
    // The answer of the older version ends with its connection, and is in one piece.
    let request = format!("GET /containers/{container}/json HTTP/1.0\r\nHost: docker\r\n\r\n");
    daemon.write_all(request.as_bytes()).await.map_err(unreachable)?;
    let mut answer = Vec::new();
    daemon.take(LONGEST).read_to_end(&mut answer).await.map_err(unreachable)?;
    let process = process(&answer).ok_or_else(|| match is_unknown(&answer) {
        true => format!("there is no container {container}"),
        false => "the daemon's answer cannot be read".to_owned(),
    })?;
    if process == 0 {
        return Err(format!("the container {container} does not run"));
    }
    cgroup::of_process(process).ok_or_else(|| {
        format!("the processes of {container} cannot be seen from here; run the controller beside the daemon")
    })
}

fn process(answer: &[u8]) -> Option<u32> {
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let inspected: Inspected = serde_json::from_slice(answer.get(body..)?).ok()?;
    Some(inspected.state.pid)
}

fn is_unknown(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.0 404") || answer.starts_with(b"HTTP/1.1 404")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemons_answer_names_the_first_process() {
        let answer = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"Id\":\"x\",\"State\":{\"Pid\":42,\"Running\":true}}";
        assert_eq!(process(answer), Some(42));
        for bad in
            [&b""[..], b"HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"No such container\"}", b"\r\n\r\n[]"]
        {
            assert_eq!(process(bad), None);
        }
        assert!(is_unknown(b"HTTP/1.0 404 Not Found\r\n\r\n"));
    }
}
