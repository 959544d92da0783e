//! A child process: what it prints is kept, it is killed by its pid at the latest when dropped.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time between two looks at whether a process has ended.
const LOOK: Duration = Duration::from_millis(10);

/// A running process, or one that has ended and was not asked about.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: Printed,
    stderr: Printed,
    readers: Vec<JoinHandle<()>>,
}

/// A process that has ended.
#[derive(Debug)]
pub struct Finished {
    /// What the test calls it.
    pub name: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Everything it printed.
    pub stdout: String,
    /// Everything it complained about.
    pub stderr: String,
}

/// Lines that a process has printed so far, and whether more can come.
#[derive(Debug, Clone, Default)]
struct Printed(Arc<(Mutex<(String, bool)>, Condvar)>);

impl Process {
    /// Starts `command`; `name` is what a failed test calls it.
    pub fn start(name: &str, mut command: Command) -> Process {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (stdout, stderr) = (Printed::default(), Printed::default());
        let readers =
            vec![stdout.follow(child.stdout.take().unwrap()), stderr.follow(child.stderr.take().unwrap())];
        Process { name: name.to_owned(), child, stdout, stderr, readers }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has complained about so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until a line on either output holds `text`, and returns what follows it on that line.
    pub fn printed_after(&mut self, text: &str, timeout: Duration) -> String {
        let deadline = Instant::now() + timeout;
        loop {
            for printed in [&self.stdout, &self.stderr] {
                if let Some(rest) = printed.after(text) {
                    return rest;
                }
            }
            let (over, late) = (self.stdout.over() && self.stderr.over(), Instant::now() > deadline);
            assert!(!over && !late, "{} never said {text:?}:\n{}", self.name, self.output());
            self.stderr.wait(LOOK);
        }
    }

    /// Waits for its end; panics with its output when that takes too long.
    pub fn wait(&mut self, timeout: Duration) -> Finished {
        let deadline = Instant::now() + timeout;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "{} does not end:\n{}", self.name, self.output());
            std::thread::park_timeout(LOOK);
        };
        self.finished(status)
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it a signal by name: `INT`, `TERM`, `KILL`, `STOP`, `CONT`.
    pub fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        assert!(status.success(), "cannot send {signal} to {} ({pid})", self.name);
    }

    /// Ends it as a crash would, and waits until it is gone.
    pub fn kill(&mut self) -> Finished {
        // It may have ended on its own.
        let _ = self.child.kill();
        let status = self.child.wait().unwrap();
        self.finished(status)
    }

    /// What it has printed so far, for a message.
    pub fn output(&self) -> String {
        format!("--- {} stdout\n{}\n--- stderr\n{}", self.name, self.stdout(), self.stderr())
    }

    fn finished(&mut self, status: ExitStatus) -> Finished {
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let (name, stdout, stderr) = (self.name.clone(), self.stdout(), self.stderr());
        Finished { name, status, stdout, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Neither can do more than fail for a process that is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.output());
        }
    }
}

impl Finished {
    /// Panics with the output unless it ended with this exit code.
    pub fn expect_code(&self, code: i32) -> &Finished {
        let Finished { name, status, stdout, stderr } = self;
        assert_eq!(
            status.code(),
            Some(code),
            "{name} ended with {status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        );
        self
    }
}

impl Printed {
    fn follow(&self, pipe: impl Read + Send + 'static) -> JoinHandle<()> {
        let printed = self.clone();
        std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                printed.change(|(text, _)| text.push_str(&String::from_utf8_lossy(&line)));
                line.clear();
            }
            printed.change(|(_, over)| *over = true);
        })
    }

    fn change(&self, change: impl FnOnce(&mut (String, bool))) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    fn wait(&self, time: Duration) {
        let printed = self.0.0.lock().unwrap();
        let _ = self.0.1.wait_timeout(printed, time).unwrap();
    }

    fn text(&self) -> String {
        self.0.0.lock().unwrap().0.clone()
    }

    fn over(&self) -> bool {
        self.0.0.lock().unwrap().1
    }

    /// The rest of the first whole line that holds `text`.
    fn after(&self, text: &str) -> Option<String> {
        let printed = self.0.0.lock().unwrap();
        let lines = printed.0.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        lines.filter_map(|line| line.split_once(text)).map(|(_, rest)| rest.trim_end().to_owned()).next()
    }
}
