//! A real terminal of a known size: a session of a tmux server of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A session. The server ends with the value.
#[derive(Debug)]
pub struct Tmux {
    folder: TempDir,
}

impl Tmux {
    /// Whether tmux is there.
    pub fn there() -> Result<(), String> {
        let found = Command::new("tmux").arg("-V").output();
        found.map(|_| ()).map_err(|_| "tmux is not there; apt-get install tmux".to_owned())
    }

    /// Starts `command` in a terminal of this size. When it ends, the screen stays.
    pub fn start(columns: u16, rows: u16, command: &Command) -> Tmux {
        let tmux = Tmux { folder: super::folder() };
        // `env` wants what it takes away before what it sets.
        let mut line = vec!["env".to_owned(), "-u".to_owned(), "CI".to_owned()];
        let variables = || command.get_envs().map(|(name, value)| (name.to_string_lossy(), value));
        for (name, _) in variables().filter(|(_, value)| value.is_none()) {
            line.extend(["-u".to_owned(), name.into_owned()]);
        }
        for (name, value) in variables() {
            line.extend(value.map(|value| format!("{name}={}", value.to_string_lossy())));
        }
        line.push(command.get_program().to_string_lossy().into_owned());
        line.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
        let line: Vec<String> =
            line.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        let script = format!("{}; echo \"ended with $?\"; exec sleep 600", line.join(" "));
        let (columns, rows) = (columns.to_string(), rows.to_string());
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows, &script]);
        tmux
    }

    /// What stands on the screen, without colours.
    pub fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// The same with colours.
    pub fn coloured(&self) -> String {
        self.run(&["capture-pane", "-p", "-e"])
    }

    /// Types keys.
    pub fn keys(&self, keys: &str) {
        self.run(&["send-keys", keys]);
    }

    /// Waits until the screen is as wanted, and returns it.
    pub fn wait(&self, timeout: Duration, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + timeout;
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(Instant::now() < deadline, "the screen never was as wanted:\n{screen}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    fn run(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.socket()).args(args).stdin(Stdio::null());
        command.env_remove("TMUX").env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let output = command.output().unwrap();
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn socket(&self) -> std::path::PathBuf {
        Path::new(self.folder.path()).join("tmux")
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It ends with its only session; the socket is its own, so no other server is touched.
        let mut command = Command::new("tmux");
        let _ = command.arg("-S").arg(self.socket()).arg("kill-server").stderr(Stdio::null()).status();
    }
}
