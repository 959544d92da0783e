//! The image of `deploy/Dockerfile`: what it holds and how it behaves.

use std::process::Command;

use testkit::runs::docker::{docker, image, inspect, until_exited, until_healthy};
use testkit::runs::{RUN, have_or_skip};

/// A container that goes with the value.
struct Container(String);

impl Container {
    /// Starts the image as every manifest does: read-only, without a capability.
    fn start(image: &str, args: &[&str]) -> Container {
        let fixed = ["run", "-d", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
        Container(docker(&[&fixed[..], &[image], args].concat()))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Gone already, or reported by the next test that finds it.
        let _ = Command::new("docker").args(["rm", "-f", "-v", &self.0]).output();
    }
}

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn it_runs_as_nobody_and_says_what_it_is() {
    let Some(image) = have_or_skip(image()) else { return };
    assert_eq!(inspect(&image, "{{.Config.User}}"), "65532:65532");
    assert_eq!(inspect(&image, "{{json .Config.Healthcheck.Test}}"), r#"["CMD","health"]"#);
    assert_eq!(inspect(&image, "{{.Config.StopSignal}}"), "SIGTERM");
    for label in ["title", "description", "licenses", "version", "revision"] {
        let field = format!("{{{{index .Config.Labels \"org.opencontainers.image.{label}\"}}}}");
        assert_ne!(inspect(&image, &field), "", "{label}");
    }
    for program in ["controller", "worker", "backend"] {
        let said = docker(&["run", "--rm", "--read-only", &image, program, "--version"]);
        assert!(said.starts_with(&format!("{program} ")), "{said}");
    }
}

#[test]
#[ignore = "takes a Docker engine and an image: deploy/tests/run"]
fn its_programs_are_well_or_not_and_end_when_they_are_asked_to() {
    let Some(image) = have_or_skip(image()) else { return };
    let backend = Container::start(&image, &["backend", "--listen", "0.0.0.0:8000"]);
    let worker = Container::start(&image, &["worker", "--controller", "127.0.0.1:9"]);
    let address = inspect(&backend.0, "{{.NetworkSettings.IPAddress}}");
    let host = format!("http://{address}:8000");
    // No folder to write to: a controller that cannot keep its results says so before any load.
    let refused = Container::start(
        &image,
        &["controller", "--host", &host, "--host-max-wait", "60s", "--local-workers", "1"],
    );
    assert_eq!(until_exited(&refused.0, RUN), 2);
    let controller = Container(docker(&[
        "run",
        "-d",
        "--read-only",
        "--cap-drop",
        "ALL",
        "--tmpfs",
        "/results:mode=1777",
        &image,
        "controller",
        "--host",
        &host,
        "--host-max-wait",
        "60s",
        "-u",
        "1",
        "-t",
        "10m",
        "--local-workers",
        "1",
    ]));
    for container in [&backend, &worker, &controller] {
        until_healthy(&container.0);
    }
    let nothing = Command::new("docker").args(["run", "--rm", &image, "health"]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(1), "nothing runs in that container");

    // Process number 1 gets no signal that it does not handle: an ignored one would cost ten seconds and
    // end in 137.
    for (container, code) in [(&controller, 0), (&worker, 0), (&backend, 0)] {
        docker(&["kill", "--signal", "TERM", &container.0]);
        let ended = until_exited(&container.0, RUN);
        assert_eq!(ended, code, "{}", docker(&["logs", &container.0]));
    }
}
