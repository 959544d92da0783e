//! `deploy/swarm/stack.yml` on a Swarm of one node: deploy, scale, a full run, and nothing left behind.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use backend::Counts;
use testkit::runs::docker::{docker, image, only_run, tree};
use testkit::runs::{Results, chaos, have_or_skip};

/// Longest time for a stack to come up, run or go.
const STACK: Duration = Duration::from_secs(300);
/// The stack's name.
const NAME: &str = "loadtests-test";

/// A Swarm that goes with the value, and whatever runs on it.
struct Swarm;

impl Swarm {
    /// Makes this engine a Swarm of its own.
    fn start() -> Result<Swarm, String> {
        if docker(&["info", "--format", "{{.Swarm.LocalNodeState}}"]) != "inactive" {
            return Err("this engine is part of a Swarm; run the test on one that is not".to_owned());
        }
        docker(&["swarm", "init", "--advertise-addr", "127.0.0.1"]);
        Ok(Swarm)
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for service in ["controller", "worker", "backend", "postgres"] {
                let service = format!("{NAME}_{service}");
                for args in
                    [["service", "ps", "--no-trunc", &service], ["service", "logs", "--raw", &service]]
                {
                    let output = Command::new("docker").args(args).output();
                    eprintln!(
                        "{}",
                        output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default()
                    );
                }
            }
        }
        // Each may be done already. The bridge is Swarm's own, made by `swarm init`.
        for args in [
            &["stack", "rm", NAME][..],
            &["swarm", "leave", "--force"],
            &["network", "rm", "docker_gwbridge"],
        ] {
            let _ = Command::new("docker").args(args).output();
        }
    }
}

fn deploy(image: &str, root: &Path) {
    std::fs::write(root.join("token"), "a token of this test\n").unwrap();
    let output = Command::new("docker")
        .args(["stack", "deploy", "--resolve-image", "never", "-c"])
        .arg(root.join("deploy/swarm/stack.yml"))
        .arg(NAME)
        .env("LOADTEST_IMAGE", image)
        .env("LOADTEST_RESULTS", root.join("results"))
        .env("LOADTEST_TOKEN_FILE", root.join("token"))
        .env("LOADTEST_SHAPE", "constant")
        .env("LOADTEST_EXPECT_WORKERS", "3")
        .env("LOADTEST_WORKERS", "3")
        .env("LOADTEST_ARGS", "-u 24 -t 25s --think 100ms --classes crud --seed 3")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Running containers of a service of the stack.
fn containers(service: &str) -> Vec<String> {
    let filter = format!("label=com.docker.swarm.service.name={NAME}_{service}");
    docker(&["ps", "-q", "--filter", &filter]).lines().map(str::to_owned).collect()
}

/// What the backend has counted. The stack publishes no port, so it is asked from inside its network.
fn counts() -> Option<Counts> {
    let container = containers("backend").into_iter().next()?;
    // It may be gone by now: one that found no database is replaced.
    let asked =
        Command::new("docker").args(["inspect", "--format", "{{.State.Pid}}", &container]).output().unwrap();
    let pid = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    let ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/_sandbox/counts', timeout=5).read().decode())";
    let output = Command::new("nsenter").args(["-t", &pid, "-n", "python3", "-c", ask]).output().unwrap();
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn a_stack_is_deployed_scaled_runs_to_its_end_and_leaves_nothing_behind() {
    let Some(image) = have_or_skip(image()) else { return };
    let Some(swarm) = have_or_skip(Swarm::start()) else { return };
    let tree = tree();
    deploy(&image, tree.path());
    let state = || {
        let state =
            docker(&["service", "ps", "--format", "{{.CurrentState}}", &format!("{NAME}_controller")]);
        assert!(!state.contains("Failed") && !state.contains("Rejected"), "{state}");
        state
    };
    chaos::until("the first request", STACK, || {
        state();
        counts().is_some_and(|counts| chaos::requests(&counts) > 0)
    });
    docker(&["service", "scale", "--detach", &format!("{NAME}_worker=5")]);
    chaos::until("the end of the run", STACK, || state().contains("Complete"));
    let results = Results::read(&only_run(&tree.path().join("results")));
    chaos::expect_exact(&results, &counts().unwrap());
    let rows = results.csv("workers");
    assert_eq!(rows.len(), 5, "three, and two that came in mid-run: {rows:?}");
    assert!(rows.iter().all(|row| row["State"] == "finished"), "{rows:?}");

    docker(&["stack", "rm", NAME]);
    let label = format!("label=com.docker.stack.namespace={NAME}");
    let left = || {
        let kinds = [
            &["service", "ls", "-q"][..],
            &["network", "ls", "-q"],
            &["secret", "ls", "-q"],
            &["config", "ls", "-q"],
            &["volume", "ls", "-q"],
            &["ps", "-a", "-q"],
        ];
        kinds.map(|kind| docker(&[kind, &["--filter", &label]].concat())).concat()
    };
    chaos::until("the stack being gone", STACK, || left().is_empty());
    drop(swarm);
    assert_eq!(docker(&["info", "--format", "{{.Swarm.LocalNodeState}}"]), "inactive");
}
