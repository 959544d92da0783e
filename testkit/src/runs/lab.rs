//! Controller, backend and workers, each on a host of its own.

use std::net::Ipv4Addr;
use std::process::Command;

use backend::Counts;
use tempfile::TempDir;

use super::netns::{Host, Network};
use super::{Process, Results, START, binaries, folder, sandbox};

/// Where the controller and the backend listen.
const CONTROL_PORT: u16 = 5557;
const BACKEND_PORT: u16 = 8000;
/// An address that others can reach asks for one.
const TOKEN: &str = "a token of this test alone";

/// Programs on hosts of a network of their own. The controller is on host 1, the backend on host 2,
/// and worker n on host n + 2.
#[derive(Debug)]
pub struct Lab {
    /// The workers, as far as they were started.
    pub workers: Vec<Process>,
    /// The controller.
    pub controller: Process,
    _backend: Process,
    folder: TempDir,
    /// The network; last, so that it outlives the programs.
    pub network: Network,
}

impl Lab {
    /// Starts backend and controller on a network with room for so many workers.
    pub fn start(workers: u8, backend_args: &[&str], controller_args: &[&str]) -> Lab {
        let network = Network::new(2 + workers);
        let folder = folder();
        let mut command = binaries::backend();
        let backend_at = format!("{}:{BACKEND_PORT}", network.host(2).ip);
        command.args(["--listen", &backend_at]).args(backend_args);
        let mut backend = Process::start("backend", network.host(2).command(&command));
        backend.printed_after("backend: listening on", START);

        let mut command = binaries::controller();
        command.args([
            "--host",
            &format!("http://{backend_at}"),
            "--bind",
            &format!("0.0.0.0:{CONTROL_PORT}"),
        ]);
        command.args(["--expect-workers", &workers.to_string()]).args(controller_args);
        command.arg("--results").arg(folder.path().join("run")).env("LOADTEST_TOKEN", TOKEN);
        let mut controller = Process::start("controller", network.host(1).command(&command));
        controller.printed_after("controller: workers attach with", START);
        Lab { workers: Vec::new(), controller, _backend: backend, folder, network }
    }

    /// The controller's host.
    pub fn controller_host(&self) -> &Host {
        self.network.host(1)
    }

    /// The host of a worker by its number, from 1.
    pub fn worker_host(&self, number: usize) -> &Host {
        self.network.host(2 + number)
    }

    /// Starts the next worker, `w1` first, which finds the controller at its own address or at this one.
    pub fn worker(&mut self, controller: Option<Ipv4Addr>) {
        let number = self.workers.len() + 1;
        let (name, host) = (format!("w{number}"), self.worker_host(number));
        let address = controller.unwrap_or(self.controller_host().ip);
        let mut command: Command = binaries::worker();
        command.args(["--controller", &format!("{address}:{CONTROL_PORT}"), "--name", &name]);
        command.env("LOADTEST_TOKEN", TOKEN);
        let process = Process::start(&name, host.command(&command));
        self.workers.push(process);
    }

    /// How to get the backend's counts, from anywhere.
    pub fn counts(&self) -> impl Fn() -> Counts + Send + 'static {
        let host = self.network.host(2).clone();
        move || {
            let text = host.inside(|| sandbox::get((host.ip, BACKEND_PORT).into(), "/_sandbox/counts"));
            serde_json::from_str(&text).unwrap()
        }
    }

    /// What the run has written.
    pub fn results(&self) -> Results {
        Results::read(&self.folder.path().join("run"))
    }
}
