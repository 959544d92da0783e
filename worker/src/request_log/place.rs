//! Finding the file that a worker writes, without harm to what is there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use common::request_log::{LogEnding, LogMark, LogSettings, path_of};

use super::error::LogError;

/// A worker that begins anew in one run may do so this often.
const MOST_FILES: u32 = 1000;
/// The longest header that is looked at, bytes.
const LONGEST_HEADER: u64 = 64 << 10;

/// What is in a file already.
enum Content {
    Nothing,
    /// A log of this run.
    Ours(String),
    Foreign,
}

/// Proves that `worker` can write its log, and leaves nothing behind.
///
/// # Errors
/// See [`LogError`].
pub fn rehearse(settings: &LogSettings, worker: &str) -> Result<(), LogError> {
    let path = Path::new(&settings.path);
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    let made: Vec<&Path> = folders.filter(|folder| !folder.exists()).collect();
    let found = find(path, worker, "").map(|(file, path)| {
        if file.metadata().is_ok_and(|found| found.len() == 0) {
            let _ = fs::remove_file(path);
        }
    });
    for folder in made {
        // Deepest first; one that somebody has put something into stays.
        let _ = fs::remove_dir(folder);
    }
    found
}

/// Opens the file of `worker` in the run with this id and keeps others out of it. A log of another run is to be
/// replaced; of this run's, which a worker of the same name has left, nothing is lost: the file gets a number. What is no
/// log is left alone.
pub(super) fn find(path: &Path, worker: &str, run: &str) -> Result<(File, PathBuf), LogError> {
    let mut number = 1;
    loop {
        let own = path_of(path, worker, number);
        let blame = |source| LogError::Open { path: own.clone(), source };
        if let Some(folder) = own.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(blame)?;
        }
        if own.exists() && !own.is_file() {
            return Err(LogError::Foreign { path: own });
        }
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&own);
        let file = opened.map_err(blame)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(LogError::InUse { path: own });
        }
        match content(&file, &own).map_err(blame)? {
            Content::Ours(known) if known == run && number < MOST_FILES => number += 1,
            Content::Foreign => return Err(LogError::Foreign { path: own }),
            Content::Nothing | Content::Ours(_) => return Ok((file, own)),
        }
    }
}

fn content(file: &File, path: &Path) -> io::Result<Content> {
    if file.metadata()?.len() == 0 {
        return Ok(Content::Nothing);
    }
    let mut line = Vec::new();
    let read = match LogEnding::of(path) {
        Some(LogEnding::Zstd) => {
            let text = zstd::stream::read::Decoder::new(file)?;
            BufReader::new(text.take(LONGEST_HEADER)).read_until(b'\n', &mut line)
        }
        _ => BufReader::new(file.take(LONGEST_HEADER)).read_until(b'\n', &mut line),
    };
    Ok(match read.ok().and_then(|_| serde_json::from_slice(&line).ok()) {
        Some(LogMark::Header(header)) => Content::Ours(header.run.into_owned()),
        _ => Content::Foreign,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn header(run: &str) -> String {
        format!(
            "{{\"header\":{{\"version\":1,\"run\":\"{run}\",\"seed\":1,\"worker\":\"w\",\"started\":0.0,\"clock_offset_us\":0,\"sample\":1.0}}}}\n"
        )
    }

    #[test]
    fn a_log_of_another_run_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.jsonl");
        let name = |opened: &PathBuf| opened.file_name().unwrap().to_str().unwrap().to_owned();
        let (held, first) = find(&path, "w", "a").unwrap();
        assert_eq!(name(&first), "all.w.jsonl");
        assert!(matches!(find(&path, "w", "a"), Err(LogError::InUse { .. })), "somebody writes there");
        drop(held);
        fs::write(&first, header("a")).unwrap();
        let (_, second) = find(&path, "w", "a").unwrap();
        assert_eq!(name(&second), "all.w-2.jsonl", "the log of this run stays");
        assert_eq!(fs::read_to_string(&first).unwrap(), header("a"));
        let (_, again) = find(&path, "w", "b").unwrap();
        assert_eq!(name(&again), "all.w.jsonl");
        fs::write(&first, "my notes\n").unwrap();
        assert!(matches!(find(&path, "w", "a"), Err(LogError::Foreign { .. })));
        assert_eq!(fs::read_to_string(&first).unwrap(), "my notes\n");
        fs::create_dir(folder.path().join("all.dir.jsonl")).unwrap();
        assert!(matches!(find(&path, "dir", "a"), Err(LogError::Foreign { .. })));
        let below_a_file = first.join("all.jsonl");
        assert!(matches!(find(&below_a_file, "w", "a"), Err(LogError::Open { .. })));
        let settings =
            LogSettings::new(folder.path().join("new/a.jsonl").display().to_string(), 1.0, Vec::new());
        rehearse(&settings.unwrap(), "w").unwrap();
        assert!(!folder.path().join("new").exists(), "nothing is left behind");
    }

    #[test]
    fn a_compressed_log_is_known_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.jsonl.zst");
        let own = folder.path().join("all.w.jsonl.zst");
        fs::write(&own, zstd::bulk::compress(header("a").as_bytes(), 1).unwrap()).unwrap();
        assert_eq!(find(&path, "w", "a").unwrap().1, folder.path().join("all.w-2.jsonl.zst"));
        fs::write(&own, "PK\x03\x04 is no zstd").unwrap();
        assert!(matches!(find(&path, "w", "a"), Err(LogError::Foreign { .. })));
    }
}
