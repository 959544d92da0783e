//! The controller process that is measured.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bench::responder::Responder;

use super::process_usage;

/// How long all links may take to attach.
const GATHER: Duration = Duration::from_secs(120);

/// A running controller; killed when dropped.
#[derive(Debug)]
pub struct ControllerProcess {
    /// Where workers attach.
    pub address: String,
    child: Child,
    results: PathBuf,
}

/// What was used while every link sent.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// CPU time of all its threads.
    cpu: Duration,
    /// CPU time of this process, which runs the links.
    links: Duration,
    /// Time that went by.
    wall: Duration,
    /// Largest resident memory so far.
    pub peak_bytes: u64,
}

impl Spent {
    /// Cores that the controller kept busy.
    pub fn controller(&self) -> f64 {
        self.cpu.as_secs_f64() / self.wall.as_secs_f64()
    }

    /// Cores that the links kept busy.
    pub fn links(&self) -> f64 {
        self.links.as_secs_f64() / self.wall.as_secs_f64()
    }
}

impl ControllerProcess {
    /// Starts a controller that waits for `workers`, with a service as its target that gets no load; on
    /// this core alone, if one is named.
    pub fn start(
        program: &Path,
        core: Option<usize>,
        workers: usize,
        seconds: u64,
    ) -> Result<ControllerProcess, Box<dyn Error>> {
        let responder = Responder::bind(([127, 0, 0, 1], 0).into(), Duration::ZERO)?;
        let host = format!("http://{}", responder.address()?);
        std::thread::spawn(move || responder.serve());
        let results = std::env::temp_dir().join(format!("fleet-{}-{workers}", std::process::id()));
        let mut child = on_core(program, core)
            .args(["--host", &host, "--bind", "127.0.0.1:0", "--users", "1", "--classes", "crud"])
            .args(["--run-time", &format!("{seconds}s"), "--stop-timeout", "5s"])
            .args(["--expect-workers", &workers.to_string(), "--max-workers", &(workers + 100).to_string()])
            .arg("--results")
            .arg(&results)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}; build it with --release first", program.display()))?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no pipe")?).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().ok_or_else(|| format!("the controller ended: {}", said.join("\n")))??;
            if let Some((_, rest)) = line.split_once("worker --controller ") {
                break rest.trim_end_matches('`').to_owned();
            }
            said.push(line);
        };
        // Reads the rest of its output, so that the pipe never fills up.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(ControllerProcess { address, child, results })
    }

    /// Waits until every link runs, and measures until three seconds before the end.
    pub async fn watch(
        &self,
        running: &AtomicUsize,
        workers: usize,
        seconds: u64,
    ) -> Result<Spent, Box<dyn Error>> {
        let deadline = Instant::now() + GATHER;
        while running.load(Ordering::Relaxed) < workers {
            if Instant::now() > deadline {
                return Err(format!("only {} of {workers} links run", running.load(Ordering::Relaxed)).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (child, own) = (self.child.id(), std::process::id());
        let (begin, before, links) = (Instant::now(), process_usage::cpu(child)?, process_usage::cpu(own)?);
        tokio::time::sleep(Duration::from_secs(seconds - 5)).await;
        Ok(Spent {
            cpu: process_usage::cpu(child)? - before,
            links: process_usage::cpu(own)? - links,
            wall: begin.elapsed(),
            peak_bytes: process_usage::peak_bytes(child)?,
        })
    }

    /// Waits for its end; the folder of its results.
    pub async fn finish(&mut self) -> Result<PathBuf, Box<dyn Error>> {
        let deadline = Instant::now() + GATHER;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err("the controller does not end".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(self.results.clone())
    }
}

impl Drop for ControllerProcess {
    fn drop(&mut self) {
        // They fail only if the process or the folder is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.results);
    }
}

/// A program, pinned to one core if one is given.
fn on_core(program: &Path, core: Option<usize>) -> Command {
    let Some(core) = core else { return Command::new(program) };
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}
