//! A controller process, and runs with one.

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{Process, RUN, Results, START, binaries, folder};

/// Where workers attach, as the controller says it.
const ATTACH: &str = "controller: workers attach with `worker --controller ";

/// A controller process that waits for workers on a free port, or brings its own
/// (`--local-workers`), and writes into a folder that goes with the value.
#[derive(Debug)]
pub struct Controller {
    /// The process.
    pub process: Process,
    /// Where workers attach; empty when the command line keeps quiet about it.
    pub address: String,
    folder: TempDir,
}

impl Controller {
    /// Starts `controller --host HOST ARGS…`, with `--bind` and `--results` of its own.
    pub fn start(host: &str, args: &[&str]) -> Controller {
        Controller::start_with(host, args, |_| {})
    }

    /// The same, with a last change to the command, such as a variable.
    pub fn start_with(host: &str, args: &[&str], change: impl FnOnce(&mut Command)) -> Controller {
        let folder = folder();
        let mut command = binaries::controller();
        command.args(["--host", host, "--bind", "127.0.0.1:0"]).args(args);
        command.arg("--results").arg(folder.path().join("run")).current_dir(folder.path());
        change(&mut command);
        let mut process = Process::start("controller", command);
        let speaks = !args.iter().any(|arg| matches!(*arg, "--quiet" | "-q" | "--local-workers"));
        let address = match speaks {
            true => process.printed_after(ATTACH, START).trim_end_matches('`').to_owned(),
            false => String::new(),
        };
        Controller { process, address, folder }
    }

    /// Starts a worker process for it.
    pub fn worker(&self, name: &str) -> Process {
        self.worker_with(name, &[])
    }

    /// Starts a worker process with further flags.
    pub fn worker_with(&self, name: &str, args: &[&str]) -> Process {
        self.worker_by(&self.address, name, args)
    }

    /// Starts a worker process that attaches at another address, such as a relay's.
    pub fn worker_at(&self, address: &str, name: &str) -> Process {
        self.worker_by(address, name, &[])
    }

    fn worker_by(&self, address: &str, name: &str, args: &[&str]) -> Process {
        let mut command = binaries::worker();
        command.args(["--controller", address, "--name", name]).args(args);
        command.current_dir(self.folder.path());
        Process::start(name, command)
    }

    /// The folder of its results.
    pub fn results(&self) -> std::path::PathBuf {
        self.folder.path().join("run")
    }

    /// Waits for its end and reads what it wrote; panics unless it exits with 0.
    pub fn passed(&mut self, timeout: Duration) -> Results {
        self.process.wait(timeout).expect_code(0);
        Results::read(&self.results())
    }
}

/// A whole run with `workers` worker processes, each of which must end with 0 as well.
pub fn run(host: &str, args: &[&str], workers: usize) -> Results {
    let expected = workers.to_string();
    let mut all = vec!["--expect-workers", &expected];
    all.extend(args);
    let mut controller = Controller::start(host, &all);
    let mut started: Vec<Process> =
        (1..=workers).map(|number| controller.worker(&format!("w{number}"))).collect();
    let results = controller.passed(RUN);
    for worker in &mut started {
        worker.wait(START).expect_code(0);
    }
    results
}
