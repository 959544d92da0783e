//! `deploy/compose.inside.yml` on a real engine: an application in front of a model, observed inside, whose pool the report
//! names.

use std::process::Command;
use std::time::Duration;

use testkit::runs::docker::{Compose, deploy, docker, image, until_exited};
use testkit::runs::{Results, alone, have_or_skip};

/// Longest time for a project to come up and search.
const PROJECT: Duration = Duration::from_secs(300);
/// The application's image, made here as compose does it; an engine without a registry has the base by `deploy/tests/images`.
const APPLICATION: &str = "loadtests-application:test";

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn the_report_names_the_pool_of_database_connections() {
    let _alone = alone();
    let Some(image) = have_or_skip(image()) else { return };
    let folder = deploy().join("inside");
    let built = Command::new("docker")
        .env("DOCKER_BUILDKIT", "0")
        .args(["build", "--quiet", "--network", "host", "-t", APPLICATION])
        .arg(folder)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let variables = [
        ("LOADTEST_APPLICATION_IMAGE", APPLICATION),
        ("LOADTEST_APPLICATION_POOL", "3"),
        ("LOADTEST_EXPECT_WORKERS", "2"),
        ("LOADTEST_ARGS", "--search-time 55s --think 0 --seed 7"),
    ];
    let compose = Compose::new(&image, &variables).with("compose.inside.yml");
    compose.run(&["up", "-d", "--no-build", "--scale", "worker=2"]);
    let controller = compose.container("controller");
    let code = until_exited(&controller, PROJECT);
    let log = docker(&["logs", &controller]);
    // What it holds, or that it holds less than was tried, may lie beyond the time that the search was given.
    assert!(matches!(code, 0 | 1 | 99), "{code}: {log}");

    let results = Results::read(&compose.results());
    let cause = &results.summary["limits"]["cause"];
    assert_eq!(cause["kind"], "database_connections", "{cause:#}");
    let inside = cause["inside"].as_str().unwrap();
    assert!(
        inside.contains("Every database connection that the service had open was busy: all 3 with"),
        "{inside}"
    );
    assert!(inside.contains("were spent in front of it"), "{inside}");
    // In Markdown's own writing of it.
    assert!(results.markdown.contains("postgres\\_sessions"), "{}", results.markdown);
    let behind = &results.summary["behind"];
    assert_eq!((&behind["by_trace"], behind["dropped"].as_u64()), (&behind["asked"], Some(0)), "{behind}");
    assert!(!results.summary.to_string().contains("sandbox:sandbox"), "a password is never shown");
}
