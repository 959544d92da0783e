//! `pid:N`: what the system says of one process.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::rates::Sample;

/// Open files are counted up to so many: a look must stay cheap.
const MOST_FILES: usize = 100_000;

/// A process, known by its number and by when it began: a number is given again.
#[derive(Debug)]
pub(super) struct Process {
    number: u32,
    began: Option<u64>,
    ticks_per_second: f64,
    page: f64,
}

/// Figures in `/proc/N/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    /// Processor time in user and kernel mode, clock ticks.
    ticks: u64,
    threads: u64,
    /// Clock ticks after the system's start.
    began: u64,
    /// Resident memory in pages.
    pages: u64,
}

impl Process {
    pub(super) fn new(number: u32) -> Process {
        Process {
            number,
            began: None,
            ticks_per_second: rustix::param::clock_ticks_per_second() as f64,
            page: rustix::param::page_size() as f64,
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// The process is not there, or no longer.
    pub(super) fn look(&mut self) -> Result<Vec<Sample>, String> {
        let folder = PathBuf::from(format!("/proc/{}", self.number));
        let gone = || format!("there is no process {}; give the number of one that runs", self.number);
        let text = fs::read_to_string(folder.join("stat")).map_err(|_| gone())?;
        let stat = Stat::read(&text).ok_or_else(gone)?;
        if *self.began.get_or_insert(stat.began) != stat.began {
            return Err(format!("process {} has ended, and another one has its number", self.number));
        }
        let mut samples = vec![
            Sample::counter("cpu_cores", stat.ticks as f64 / self.ticks_per_second),
            Sample::gauge("threads", stat.threads as f64),
            Sample::gauge("resident_bytes", stat.pages as f64 * self.page),
        ];
        // Another user's files cannot be counted; the rest can.
        if let Ok(files) = open_files(&folder.join("fd")) {
            samples.push(Sample::gauge("open_files", files as f64));
        }
        Ok(samples)
    }
}

impl Stat {
    /// The name of the program, in parentheses, may hold anything.
    fn read(text: &str) -> Option<Stat> {
        let (_, behind) = text.rsplit_once(')')?;
        // Field 3 is the first of these.
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Stat {
            ticks: field(14)?.checked_add(field(15)?)?,
            threads: field(20)?,
            began: field(22)?,
            pages: field(24)?,
        })
    }
}

fn open_files(folder: &std::path::Path) -> io::Result<usize> {
    Ok(fs::read_dir(folder)?.take(MOST_FILES).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_be_called_anything() {
        let text =
            "42 (a) b (c) S 1 2 3 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 9 0 12345 1000000 250 184467 1 1";
        assert_eq!(Stat::read(text), Some(Stat { ticks: 200, threads: 9, began: 12345, pages: 250 }));
        for bad in ["", ")", "1 (x) S 1", "1 (x) S 1 2 3 0 -1 4 1 2 3 4 -5 50 7 8 20 0 9 0 1 1 1"] {
            assert_eq!(Stat::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn this_process_has_threads_memory_and_open_files() {
        let samples = Process::new(std::process::id()).look().unwrap();
        let value = |name: &str| samples.iter().find(|sample| sample.series == name).unwrap().value;
        assert!(value("threads") >= 1.0 && value("open_files") >= 3.0 && value("resident_bytes") > 1e6);
        assert!(Process::new(u32::MAX).look().is_err());
        let mut other = Process { began: Some(1), ..Process::new(std::process::id()) };
        assert!(other.look().unwrap_err().contains("another one"));
    }
}
