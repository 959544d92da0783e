//! One bad command line, and everything that must be true of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::peer::{API, Peer};
use testkit::runs::{Process, binaries};

/// A process that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A command line that must not work.
#[derive(Debug, Default)]
pub struct Case<'a> {
    args: Vec<&'a str>,
    variables: Vec<(&'a str, &'a str)>,
    files: Vec<(&'a str, &'a [u8])>,
}

/// `controller ARGS…`, the arguments separated by blanks. A free `--bind`,
/// a results folder and a host that speaks the API are added where not given. In the line that is
/// expected, `@HOST` stands for that host.
pub fn controller(args: &str) -> Case<'_> {
    Case { args: args.split(' ').filter(|arg| !arg.is_empty()).collect(), ..Case::default() }
}

impl<'a> Case<'a> {
    /// With one more argument, blanks and all.
    pub fn arg(mut self, arg: &'a str) -> Self {
        self.args.push(arg);
        self
    }

    /// With a variable set.
    pub fn variable(mut self, name: &'a str, value: &'a str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// With a file in the folder that the process works in.
    pub fn file(mut self, name: &'a str, content: impl Into<&'a [u8]>) -> Self {
        self.files.push((name, content.into()));
        self
    }

    /// Runs it: it must end with 2 and this line alone.
    pub fn gets(self, line: &str) {
        self.refused(&Peer::answering(API), line);
    }

    /// The same against a service of the test's.
    pub fn refused(self, peer: &Peer, line: &str) {
        let folder = testkit::runs::folder();
        for (name, content) in &self.files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let before = tree(folder.path());
        let command = self.command(folder.path(), peer);
        one_line(command, 2, &line.replace("@HOST", &peer.url()));
        let asked = peer.asked();
        assert!(asked.is_empty() || asked == ["GET /threads HTTP/1.1"], "{self:?} sent load: {asked:?}");
        assert_eq!(tree(folder.path()), before, "{self:?} left files behind");
    }

    fn command(&self, folder: &Path, peer: &Peer) -> Command {
        let mut command = binaries::controller();
        command.current_dir(folder).envs(self.variables.iter().copied());
        let is_run = !["report", "log"].iter().any(|command| self.args.first() == Some(command));
        let gives = |flags: &[&str]| {
            let given =
                |arg: &&str| flags.iter().any(|flag| arg == flag || arg.starts_with(&format!("{flag}=")));
            self.args.iter().any(given)
        };
        let hosted = gives(&["--host", "-H", "--demo"])
            || self.variables.iter().any(|(name, _)| *name == "LOADTEST_BASE_URL");
        if is_run && !hosted {
            command.args(["--host", &peer.url()]);
        }
        if is_run && !gives(&["--bind"]) {
            command.args(["--bind", "127.0.0.1:0"]);
        }
        if is_run && !gives(&["--results"]) {
            command.args(["--results", "results"]);
        }
        command.args(&self.args);
        command
    }
}

/// Runs `command`: it must end with `code`, this line on standard error, and nothing else said.
pub fn one_line(command: Command, code: i32, line: &str) {
    let shown = format!("{command:?}");
    let ended = Process::start("it", command).wait(LIMIT);
    assert_eq!(ended.stderr, format!("{line}\n"), "{shown}");
    assert_eq!(ended.stdout, "", "{shown}");
    ended.expect_code(code);
}

/// Every file below `folder`; empty folders do not count.
pub fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(tree(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}
