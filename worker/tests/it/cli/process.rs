//! The worker as a process.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A worker that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// How a worker ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stderr: String,
}

/// Runs `worker ARGS…`, separated by blanks, with these variables and no others of ours.
pub fn worker_with(args: &str, variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LOADTEST_")) {
        command.env_remove(name);
    }
    command.args(args.split(' ').filter(|arg| !arg.is_empty())).envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + LIMIT;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"", "worker {args}");
    Ended { code: output.status.code(), stderr: String::from_utf8(output.stderr).unwrap() }
}

/// The same without variables.
pub fn worker(args: &str) -> Ended {
    worker_with(args, &[])
}

impl Ended {
    /// It must have ended with this code and said this line alone.
    pub fn with(self, code: i32, line: &str) {
        assert_eq!((self.code, self.stderr), (Some(code), format!("{line}\n")));
    }

    /// The same, where the middle of the line is the system's to word.
    pub fn with_ends(self, code: i32, begin: &str, end: &str) {
        let line = self.stderr.strip_suffix('\n').unwrap_or_default();
        let fits = line.starts_with(begin) && line.ends_with(end) && line.len() > begin.len() + end.len();
        assert!(self.code == Some(code) && fits && !line.contains('\n'), "{self:?}");
    }
}
