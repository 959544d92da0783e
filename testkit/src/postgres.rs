//! A private PostgreSQL on a free loopback port, gone with the test.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use crate::prerequisite::have_or_skip;

/// User that runs the server when the tests run as root, which it refuses.
const SERVER_USER: &str = "postgres";
/// Another program may take the port between the look and the start.
const ATTEMPTS: u32 = 3;

/// A running server; stopped and removed when dropped.
#[derive(Debug)]
pub struct PrivatePostgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl PrivatePostgres {
    /// Starts a server with the given `name=value` settings, or skips the test, see [`have_or_skip`].
    pub fn start_or_skip(settings: &[&str]) -> Option<Self> {
        have_or_skip(Self::start(settings))
    }

    fn start(settings: &[&str]) -> Result<Self, String> {
        let programs = programs()?;
        let folder = folder()?;
        let mut server = Self { programs, folder, port: 0 };
        let data = server.data();
        let initdb = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale"];
        server.run("initdb", &initdb)?;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            match server.launch(settings) {
                Ok(()) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// `pg_ctl -w` returns when the server answers.
    fn launch(&self, settings: &[&str]) -> Result<(), String> {
        let fixed = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
        let mut options = format!("-p {}", self.port);
        for setting in fixed.iter().chain(settings) {
            options.push_str(&format!(" -c {setting}"));
        }
        let log = self.folder.join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-o", &options, "start"])
            .map_err(|error| format!("{error}\n{}", fs::read_to_string(&log).unwrap_or_default()))
    }

    /// URL of the server's `postgres` database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", SERVER_USER, "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // The server inherits the output of pg_ctl; a pipe would never end.
        let errors = fs::File::create(self.folder.join("errors")).map_err(|error| error.to_string())?;
        let status = command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .status()
            .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        if status.success() {
            return Ok(());
        }
        let errors = fs::read_to_string(self.folder.join("errors")).unwrap_or_default();
        Err(format!("{} failed: {errors}", program.display()))
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if self.port != 0 {
            // A server that never started has nothing to stop.
            let _ = self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder that holds `initdb` and `pg_ctl`.
fn programs() -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    folders.sort();
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    let has_both = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    folders.into_iter().find(has_both).ok_or_else(|| {
        "PostgreSQL is not installed (no initdb and pg_ctl); get it with `apt-get install postgresql`"
            .to_owned()
    })
}

/// A new folder that belongs to the server's user.
fn folder() -> Result<PathBuf, String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("private-postgres-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = env::temp_dir().join(name);
    fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    if is_root() {
        let (user, group) = (id("-u")?, id("-g")?);
        std::os::unix::fs::chown(&folder, Some(user), Some(group)).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn is_root() -> bool {
    fs::metadata(Path::new("/proc/self")).is_ok_and(|process| process.uid() == 0)
}

fn id(which: &str) -> Result<u32, String> {
    let missing = || {
        format!(
            "PostgreSQL refuses to run as root and there is no user `{SERVER_USER}`; `apt-get install postgresql` makes it"
        )
    };
    let Output { stdout, .. } =
        Command::new("id").args([which, SERVER_USER]).output().map_err(|_| missing())?;
    String::from_utf8_lossy(&stdout).trim().parse().map_err(|_| missing())
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
