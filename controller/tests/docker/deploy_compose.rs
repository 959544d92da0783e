//! `deploy/docker-compose.yml` on a real engine: a whole staged run, workers that come in mid-run, one that
//! is killed and one that is cut off.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use backend::Counts;
use testkit::runs::chaos::{self, Watch};
use testkit::runs::docker::{Compose, OWNER, docker, image, inspect, until_exited, until_healthy};
use testkit::runs::results::number;
use testkit::runs::sandbox::{get, totals};
use testkit::runs::{Process, RUN, Results, START, alone, have_or_skip};

/// Longest time for a project to come up and run.
const PROJECT: Duration = Duration::from_secs(400);
/// Streams of a quarter of a second.
const QUICK: (&str, &str) =
    ("LOADTEST_BACKEND_ARGS", "--ttft 50ms --ttft-sigma 0 --tokens 20 --token-gap 10ms");

fn counts(compose: &Compose) -> Counts {
    serde_json::from_str(&get(compose.backend, "/_sandbox/counts")).unwrap()
}

fn until_load(compose: &Compose) {
    chaos::until("the first request", START, || chaos::requests(&counts(compose)) > 0);
}

/// The names that workers give themselves in containers: host name and process number.
fn names(compose: &Compose) -> Vec<String> {
    let name = |id: &String| format!("{}-1", inspect(id, "{{.Config.Hostname}}"));
    compose.containers("worker").iter().map(name).collect()
}

fn expect_owner(folder: &Path) {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.chain([folder.to_owned()]) {
        let meta = std::fs::metadata(&path).unwrap();
        assert_eq!((meta.uid(), meta.gid()), OWNER, "{}", path.display());
    }
}

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn four_workers_carry_out_the_staged_shape_and_leave_its_report_on_the_host() {
    let _alone = alone();
    let Some(image) = have_or_skip(image()) else { return };
    let compose =
        Compose::new(&image, &[("LOADTEST_TIME_SCALE", "0.03"), ("LOADTEST_EXPECT_WORKERS", "4"), QUICK]);
    compose.run(&["up", "-d", "--no-build", "--scale", "worker=4"]);
    let controller = compose.container("controller");
    for container in [&controller, &compose.container("backend"), &compose.containers("worker")[0]] {
        until_healthy(container);
    }
    let workers = names(&compose);
    assert_eq!(until_exited(&controller, PROJECT), 0, "{}", docker(&["logs", &controller]));
    for worker in compose.containers("worker") {
        assert_eq!(until_exited(&worker, RUN), 0, "{}", docker(&["logs", &worker]));
    }

    let results = Results::read(&compose.results());
    chaos::expect_exact(&results, &counts(&compose));
    assert_eq!(results.csv("stages").len(), 6, "the stages of the staged shape");
    expect_owner(&results.folder);
    let rows = results.csv("workers");
    let mut named: Vec<&String> = rows.iter().map(|row| &row["Worker"]).collect();
    let mut expected: Vec<&String> = workers.iter().collect();
    named.sort_unstable();
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert!(
        rows.iter().all(|row| row["State"] == "finished" && number(&row["Request Count"]) > 0),
        "{rows:?}"
    );
    assert_eq!(results.table("Workers").len(), 5, "a header and four workers");
    assert!(docker(&["logs", &controller]).contains("staged against http://backend:8000: completed"));
}

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn the_exit_code_is_the_controllers_and_no_worker_leaves_before_the_end() {
    let _alone = alone();
    let Some(image) = have_or_skip(image()) else { return };
    let load = "-u 8 -t 4s --think 50ms --classes crud --threshold rps>100000";
    let compose = Compose::new(
        &image,
        &[("LOADTEST_SHAPE", "constant"), ("LOADTEST_ARGS", load), ("LOADTEST_EXPECT_WORKERS", "4")],
    );
    let up = ["up", "--no-build", "--scale", "worker=4", "--exit-code-from", "controller"];
    let mut up = Process::start("docker-compose up", compose.command(&up));
    let code = up.wait(PROJECT).status.code().unwrap();
    let own: i32 = inspect(&compose.container("controller"), "{{.State.ExitCode}}").parse().unwrap();
    assert_eq!(code, own, "{}", up.output());
    // A missed threshold; on a machine whose timers are hopelessly late it is undetermined.
    assert!(matches!(code, 99 | 1), "{}", up.output());
    let results = Results::read(&compose.results());
    // Compose stops everything as soon as the first container ends.
    let rows = results.csv("workers");
    assert!(rows.len() == 4 && rows.iter().all(|row| row["State"] == "finished"), "{rows:?}");
    chaos::expect_consistent(&results);
    expect_owner(&results.folder);
}

/// Users of the run in which things change: 15 for each of four workers, 10 for each of six.
const USERS: u64 = 60;
/// What a user waits between two requests: it bounds what a user can do in a given time.
const THINK: f64 = 0.2;
/// How long a worker is cut off: more than two leases.
const CUT: Duration = Duration::from_secs(12);

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn workers_come_one_is_killed_and_one_cut_off_and_the_promises_hold() {
    let _alone = alone();
    let Some(image) = have_or_skip(image()) else { return };
    let load = "-u 60 -t 60s --think 200ms --seed 7 --stop-timeout 5s";
    let compose = Compose::new(
        &image,
        &[("LOADTEST_SHAPE", "constant"), ("LOADTEST_ARGS", load), ("LOADTEST_EXPECT_WORKERS", "4"), QUICK],
    );
    compose.run(&["up", "-d", "--no-build", "--scale", "worker=4"]);
    until_load(&compose);
    let watch = Watch::start(compose.backend);
    let first = names(&compose);
    chaos::pause(Duration::from_secs(6));
    compose.run(&["up", "-d", "--no-build", "--no-recreate", "--scale", "worker=6"]);
    let all = names(&compose);
    let containers = compose.containers("worker");
    chaos::pause(Duration::from_secs(8));

    docker(&["kill", &containers[1]]);
    chaos::pause(Duration::from_secs(8));
    let network = compose.network();
    docker(&["network", "disconnect", &network, &containers[2]]);
    chaos::pause(CUT);
    docker(&["network", "connect", &network, &containers[2]]);

    let controller = compose.container("controller");
    assert_eq!(until_exited(&controller, PROJECT), 0, "{}", docker(&["logs", &controller]));
    drop(watch);
    let (results, server) = (Results::read(&compose.results()), counts(&compose));
    chaos::expect_consistent(&results);

    // Never above the target, whoever came and went.
    let users = chaos::users_by_second(&results);
    assert!(users.iter().all(|users| *users <= USERS), "{users:?}");
    assert!(server.users.peak <= USERS, "{:?}", server.users);
    assert_eq!(users[55], USERS, "the users of both are back: {users:?}");

    // Least movement: a worker that was there is never given a user more while others come, and those that
    // come are given their share and no more. Later each takes over a part of the killed one's.
    let row = |name: &String| chaos::worker(&results, name);
    let newcomers: Vec<&String> = all.iter().filter(|name| !first.contains(name)).collect();
    assert_eq!(newcomers.len(), 2);
    for name in &first {
        assert_eq!(row(name)["Peak Users"], "15", "{:?}", row(name));
    }
    for name in newcomers {
        let peak = number(&row(name)["Peak Users"]);
        assert!((10..=15).contains(&peak), "{:?}", row(name));
    }

    // What the killed one had not delivered is lost, and named; what the other kept while it was away is not.
    let (killed, away) = (row(&all[1]), row(&all[2]));
    assert_eq!((killed["State"].as_str(), away["State"].as_str()), ("lost", "finished"));
    assert!(!killed["Lost Spans"].is_empty() && away["Lost Spans"].is_empty(), "{killed:?}, {away:?}");
    let note = chaos::note(&results, "worker_lost").unwrap();
    assert!(note.starts_with(&format!("Worker {} was lost at second ", all[1])), "{note}");
    let note = chaos::note(&results, "worker_away").unwrap();
    assert!(note.starts_with(&format!("Worker {} was not heard of until second ", all[2])), "{note}");
    let mut lost = 0;
    for (endpoint, served) in &totals(&server) {
        let row = results
            .csv("stats")
            .into_iter()
            .find(|row| format!("{} {}", row["Type"], row["Name"]) == *endpoint);
        let (reported, failed) =
            row.map_or((0, 0), |row| (number(&row["Request Count"]), number(&row["Failure Count"])));
        // A request of the worker without a network failed, or was cut, without the server's knowledge.
        let cut = results.number("/total/cut");
        assert!(
            reported - failed <= served + cut,
            "{endpoint}: {reported} reported, {failed} failed, {cut} cut, {served} served"
        );
        lost += served.saturating_sub(reported);
    }
    // At most what its users could do from its last merged delta to the kill: two seconds.
    let most = (number(&killed["Peak Users"]) as f64 * (2.0 / THINK + 1.0)) as u64;
    assert!(lost <= most, "{lost} requests are not in the report, at most {most} could be");
}
