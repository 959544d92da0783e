//! A Docker engine, the image under test, and projects of compose that are gone with the value.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::chaos;

/// Longest time for containers to come up or go.
const ENGINE: Duration = Duration::from_secs(120);
/// Owner of the folder of results, and so of the report: nobody that any image knows.
pub const OWNER: (u32, u32) = (4321, 4322);

/// The image that is tested. `deploy/tests/run` makes it and names it; these tests are `#[ignore]`d otherwise.
///
/// # Errors
/// What is missing, and how to get it.
pub fn image() -> Result<String, String> {
    env::var("LOADTEST_TEST_IMAGE")
        .map_err(|_| "LOADTEST_TEST_IMAGE names no image; deploy/tests/run makes one".to_owned())
}

/// The folder of what users deploy with.
pub fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("deploy")
}

/// What `docker ARGS…` prints; panics when it fails.
pub fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?} failed:\n{said}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// One field of a container, image or whatever has the name.
pub fn inspect(name: &str, field: &str) -> String {
    docker(&["inspect", "--format", field, name])
}

/// Waits until a container's own check finds it well.
pub fn until_healthy(container: &str) {
    let field = "{{.State.Health.Status}}";
    let log = || docker(&["inspect", "--format", "{{json .State.Health.Log}}", container]);
    chaos::until(&format!("{container} being healthy"), ENGINE, || {
        match inspect(container, field).as_str() {
            "unhealthy" => panic!("{container} is unhealthy: {}", log()),
            status => status == "healthy",
        }
    });
}

/// Waits until a container has ended, and returns its exit code.
pub fn until_exited(container: &str, timeout: Duration) -> i32 {
    chaos::until(&format!("the end of {container}"), timeout, || {
        inspect(container, "{{.State.Running}}") == "false"
    });
    inspect(container, "{{.State.ExitCode}}").parse().unwrap()
}

/// A copy of `deploy/` and an empty `results/` beside it that belongs to [`OWNER`].
pub fn tree() -> TempDir {
    let folder = super::folder();
    let copied = Command::new("cp").arg("-r").arg(deploy()).arg(folder.path()).status().unwrap();
    assert!(copied.success());
    let results = folder.path().join("results");
    std::fs::create_dir(&results).unwrap();
    std::os::unix::fs::chown(&results, Some(OWNER.0), Some(OWNER.1)).unwrap();
    folder
}

/// The only folder in the folder of results.
pub fn only_run(results: &Path) -> PathBuf {
    let runs: Vec<_> = std::fs::read_dir(results).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.into_iter().next().unwrap()
}

/// A port that is free now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// `docker-compose -f deploy/docker-compose.yml` with variables of its own.
#[derive(Debug)]
pub struct Compose {
    tree: TempDir,
    project: String,
    variables: Vec<(String, String)>,
    files: Vec<String>,
    /// Where the backend can be asked from here.
    pub backend: SocketAddr,
}

impl Compose {
    /// A project of the image, with the variables that a user would set in the shell.
    pub fn new(image: &str, variables: &[(&str, &str)]) -> Compose {
        let port = free_port();
        let (port_text, dashboard) = (port.to_string(), free_port().to_string());
        let fixed = [
            ("LOADTEST_IMAGE", image),
            ("LOADTEST_BACKEND_PORT", &port_text),
            ("LOADTEST_DASHBOARD_PORT", &dashboard),
        ];
        let all = fixed.iter().chain(variables);
        Compose {
            tree: tree(),
            project: format!("loadtests-test-{}-{port}", std::process::id()),
            variables: all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            files: vec!["docker-compose.yml".to_owned()],
            backend: SocketAddr::from(([127, 0, 0, 1], port)),
        }
    }

    /// The same with a further file of `deploy/`.
    #[must_use]
    pub fn with(mut self, file: &str) -> Compose {
        self.files.push(file.to_owned());
        self
    }

    /// The folder that holds `deploy/` and `results/`.
    pub fn root(&self) -> &Path {
        self.tree.path()
    }

    /// The command `docker-compose ARGS…`.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        for file in &self.files {
            command.arg("-f").arg(self.root().join("deploy").join(file));
        }
        command.args(["-p", &self.project]).args(args).current_dir(self.root());
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LOADTEST_")) {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs `docker-compose ARGS…` to its end; panics when it fails.
    pub fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker-compose {args:?} failed:\n{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The containers of a service, in the order of their numbers.
    pub fn containers(&self, service: &str) -> Vec<String> {
        let service = format!("label=com.docker.compose.service={service}");
        let project = format!("label=com.docker.compose.project={}", self.project);
        let number = "{{.Label \"com.docker.compose.container-number\"}} {{.ID}}";
        let listed = docker(&["ps", "-a", "--filter", &project, "--filter", &service, "--format", number]);
        let mut all: Vec<(u32, &str)> = listed
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(number, id)| (number.parse().unwrap(), id))
            .collect();
        all.sort_unstable();
        all.into_iter().map(|(_, id)| id.to_owned()).collect()
    }

    /// The only container of a service.
    pub fn container(&self, service: &str) -> String {
        let mut all = self.containers(service);
        assert_eq!(all.len(), 1, "containers of {service}");
        all.remove(0)
    }

    /// The network of the project.
    pub fn network(&self) -> String {
        format!("{}_default", self.project)
    }

    /// The folder of the only run.
    pub fn results(&self) -> PathBuf {
        only_run(&self.root().join("results"))
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(output) = self.command(&["logs", "--no-color", "--tail", "60"]).output()
        {
            eprintln!("{}", String::from_utf8_lossy(&output.stdout));
        }
        // What cannot be removed is reported by the next test that finds it.
        let _ = self.command(&["down", "--volumes", "--remove-orphans", "--timeout", "5"]).output();
    }
}

/// Compose as a plugin of docker, or the program of Debian's package.
fn program() -> Command {
    let plugin = Command::new("docker").args(["compose", "version"]).output();
    if plugin.is_ok_and(|output| output.status.success()) {
        let mut command = Command::new("docker");
        command.arg("compose");
        return command;
    }
    Command::new("docker-compose")
}
