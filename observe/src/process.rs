//! `pid:N`: what the system says of a process and of those that it started, as a server does its workers.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::rates::Sample;

/// Open files are counted up to so many: a look must stay cheap.
const MOST_FILES: usize = 100_000;
/// Most processes that are looked at.
const MOST_PROCESSES: usize = 256;

/// A process, known by its number and by when it began: a number is given again.
#[derive(Debug)]
pub(super) struct Process {
    number: u32,
    began: Option<u64>,
    ticks_per_second: f64,
    page: f64,
    busiest: Busiest,
}

/// Figures in `/proc/N/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    /// Processor time in user and kernel mode, clock ticks.
    ticks: u64,
    /// The same of children that have ended.
    ended_ticks: u64,
    threads: u64,
    /// Clock ticks after the system's start.
    began: u64,
    /// Resident memory in pages.
    pages: u64,
}

/// How much the busiest of several processes did between two looks.
#[derive(Debug, Default)]
pub(super) struct Busiest {
    /// By number and beginning, the clock ticks at the last look.
    ticks: HashMap<(u32, u64), u64>,
    at: Option<Instant>,
}

impl Process {
    pub(super) fn new(number: u32) -> Process {
        Process {
            number,
            began: None,
            ticks_per_second: rustix::param::clock_ticks_per_second() as f64,
            page: rustix::param::page_size() as f64,
            busiest: Busiest::default(),
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// The process is not there, or no longer.
    pub(super) fn look(&mut self) -> Result<Vec<Sample>, String> {
        let gone = || format!("there is no process {}; give the number of one that runs", self.number);
        let first = Stat::of(self.number).ok_or_else(gone)?;
        if *self.began.get_or_insert(first.began) != first.began {
            return Err(format!("process {} has ended, and another one has its number", self.number));
        }
        let all = with_children(self.number, first);
        let sum = |of: fn(&Stat) -> u64| all.iter().map(|(_, stat)| of(stat)).sum::<u64>() as f64;
        let ticks = sum(|stat| stat.ticks.saturating_add(stat.ended_ticks));
        let mut samples = vec![
            Sample::spent("cpu_cores", ticks / self.ticks_per_second),
            Sample::gauge("threads", sum(|stat| stat.threads)),
            Sample::gauge("processes", all.len() as f64),
            Sample::gauge("resident_bytes", sum(|stat| stat.pages) * self.page),
        ];
        samples.extend(self.busiest.cores(&all, self.ticks_per_second, Instant::now()));
        // Another user's files cannot be counted; the rest can.
        let files = |(number, _): &(u32, Stat)| open_files(&folder(*number).join("fd"));
        if let Ok(files) = all.iter().map(files).sum::<io::Result<usize>>() {
            samples.push(Sample::gauge("open_files", files as f64));
        }
        Ok(samples)
    }
}

impl Busiest {
    /// The same of these processes, as far as they can be seen.
    pub(super) fn cores_of(&mut self, numbers: &[u32]) -> Option<Sample> {
        let seen =
            numbers.iter().take(MOST_PROCESSES).filter_map(|number| Some((*number, Stat::of(*number)?)));
        let all: Vec<(u32, Stat)> = seen.collect();
        self.cores(&all, rustix::param::clock_ticks_per_second() as f64, Instant::now())
    }

    /// What the busiest one took of a core since the last look, of which there must have been one.
    fn cores(&mut self, all: &[(u32, Stat)], ticks_per_second: f64, now: Instant) -> Option<Sample> {
        let since = self.at.replace(now).map(|last| now.saturating_duration_since(last).as_secs_f64());
        let ticks = all.iter().map(|(number, stat)| ((*number, stat.began), stat.ticks)).collect();
        let before = std::mem::replace(&mut self.ticks, ticks);
        let did = |(who, ticks): (&(u32, u64), &u64)| Some(ticks.saturating_sub(*before.get(who)?));
        let most = self.ticks.iter().filter_map(did).max()?;
        let seconds = since.filter(|seconds| *seconds > 0.0)?;
        Some(Sample::gauge("busiest_process_cores", most as f64 / ticks_per_second / seconds))
    }
}

impl Stat {
    fn of(number: u32) -> Option<Stat> {
        Stat::read(&fs::read_to_string(folder(number).join("stat")).ok()?)
    }

    /// The name of the program, in parentheses, may hold anything.
    fn read(text: &str) -> Option<Stat> {
        let (_, behind) = text.rsplit_once(')')?;
        // Field 3 is the first of these.
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Stat {
            ticks: field(14)?.checked_add(field(15)?)?,
            ended_ticks: field(16)?.checked_add(field(17)?)?,
            threads: field(20)?,
            began: field(22)?,
            pages: field(24)?,
        })
    }
}

/// A process and all that it started, and those started, that still run.
fn with_children(number: u32, first: Stat) -> Vec<(u32, Stat)> {
    let mut found = vec![(number, first)];
    let mut next = 0;
    while let Some((parent, _)) = found.get(next).copied() {
        next += 1;
        let started = children(parent).into_iter().filter_map(|child| Some((child, Stat::of(child)?)));
        found.extend(started);
        found.truncate(MOST_PROCESSES);
    }
    found
}

/// The children that each thread of a process started; none where the system does not say.
fn children(number: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(folder(number).join("task")) else { return Vec::new() };
    let started = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).ok();
    let texts = threads.take(MOST_FILES).flatten().filter_map(started);
    texts
        .flat_map(|text| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn folder(number: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{number}"))
}

fn open_files(folder: &Path) -> io::Result<usize> {
    Ok(fs::read_dir(folder)?.take(MOST_FILES).count())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;

    use super::*;

    #[test]
    fn a_process_may_be_called_anything() {
        let text =
            "42 (a) b (c) S 1 2 3 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 9 0 12345 1000000 250 184467 1 1";
        assert_eq!(
            Stat::read(text),
            Some(Stat { ticks: 200, ended_ticks: 15, threads: 9, began: 12345, pages: 250 })
        );
        for bad in ["", ")", "1 (x) S 1", "1 (x) S 1 2 3 0 -1 4 1 2 3 4 -5 50 7 8 20 0 9 0 1 1 1"] {
            assert_eq!(Stat::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn this_process_has_threads_memory_and_open_files() {
        let samples = Process::new(std::process::id()).look().unwrap();
        let value = |name: &str| samples.iter().find(|sample| sample.series == name).unwrap().value;
        assert!(value("threads") >= 1.0 && value("open_files") >= 3.0 && value("resident_bytes") > 1e6);
        assert_eq!(samples.iter().filter(|sample| sample.series == "busiest_process_cores").count(), 0);
        assert!(Process::new(u32::MAX).look().is_err());
        let mut other = Process { began: Some(1), ..Process::new(std::process::id()) };
        assert!(other.look().unwrap_err().contains("another one"));
    }

    #[test]
    fn the_workers_that_a_server_started_are_looked_at_with_it() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "sleep 60 & sleep 60 & wait"])
            .process_group(0)
            .spawn()
            .unwrap();
        let processes = || {
            let samples = Process::new(shell.id()).look().unwrap();
            samples.iter().find(|sample| sample.series == "processes").unwrap().value
        };
        while processes() < 3.0 {
            std::thread::yield_now();
        }
        let group = rustix::process::Pid::from_child(&shell);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        shell.wait().unwrap();
    }

    #[test]
    fn the_busiest_of_several_is_one_and_not_their_sum() {
        let stat = |began, ticks| Stat { ticks, ended_ticks: 0, threads: 1, began, pages: 1 };
        let (mut busiest, start) = (Busiest::default(), Instant::now());
        let after = |seconds| start + std::time::Duration::from_secs(seconds);
        let mut cores = |all: &[(u32, Stat)], at| busiest.cores(all, 100.0, at).map(|sample| sample.value);
        assert_eq!(cores(&[(7, stat(1, 50)), (8, stat(1, 50))], start), None);
        assert_eq!(cores(&[(7, stat(1, 150)), (8, stat(1, 140))], after(2)), Some(0.5));
        assert_eq!(
            cores(&[(7, stat(2, 900)), (8, stat(1, 150))], after(3)),
            Some(0.1),
            "7 is another one now"
        );
    }
}
