//! A file that holds whole lines whenever it is looked at.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use common::request_log::LogEnding;

/// Lines that wait to be written, at most about so many bytes.
const ROOM: usize = 512 << 10;
/// The fastest level of zstd that still finds what lines have in common.
const LEVEL: i32 = 1;

/// A file that grows by whole lines: by frames of zstd, each whole, if its name says so. Between two writes, and after
/// one that failed, nothing in it is torn.
pub(super) struct LogFile {
    file: File,
    path: PathBuf,
    compressor: Option<zstd::bulk::Compressor<'static>>,
    /// Lines that are not written yet, and how many.
    lines: Vec<u8>,
    waiting: u64,
    /// Bytes of the file.
    length: u64,
    /// Requests in the file.
    written: u64,
}

/// The same, with a checksum behind each frame: a bit that flips on a disk or on a way must not change a figure.
fn checked(mut compressor: zstd::bulk::Compressor<'static>) -> io::Result<zstd::bulk::Compressor<'static>> {
    compressor.include_checksum(true)?;
    Ok(compressor)
}

impl LogFile {
    /// Writes to `file`, whatever was in it.
    pub(super) fn new(file: File, path: PathBuf) -> io::Result<LogFile> {
        file.set_len(0)?;
        let compressor = match LogEnding::of(&path) {
            Some(LogEnding::Zstd) => Some(checked(zstd::bulk::Compressor::new(LEVEL)?)?),
            _ => None,
        };
        Ok(LogFile {
            file,
            path,
            compressor,
            lines: Vec::with_capacity(ROOM + 4096),
            waiting: 0,
            length: 0,
            written: 0,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line; `requests` of them are in it. It is written once there are many, or with [`flush`](Self::flush).
    pub(super) fn add(&mut self, line: &impl serde::Serialize, requests: u64) -> io::Result<()> {
        self.waiting += requests;
        serde_json::to_writer(&mut self.lines, line)?;
        self.lines.push(b'\n');
        if self.lines.len() < ROOM { Ok(()) } else { self.flush() }
    }

    /// Writes what waits. After an error it is lost, and [`waiting`](Self::take_waiting) says how many requests that were.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = match &mut self.compressor {
            Some(compressor) => compressor
                .compress(&self.lines)
                .and_then(|frame| append(&self.file, &frame, &mut self.length)),
            None => append(&self.file, &self.lines, &mut self.length),
        };
        self.lines.clear();
        if written.is_ok() {
            self.written += std::mem::take(&mut self.waiting);
        }
        written
    }

    /// Requests that were added and are not in the file; none afterwards.
    pub(super) fn take_waiting(&mut self) -> u64 {
        self.lines.clear();
        std::mem::take(&mut self.waiting)
    }

    /// Requests in the file.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Whether there is anything, written or not.
    pub(super) fn is_begun(&self) -> bool {
        !self.is_empty() || !self.lines.is_empty()
    }

    /// Whether nothing was ever written.
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Adds `bytes` whole, or not at all. They are written at the file's end and not where it was read or written last: behind
/// what was cut off again, and behind the log of another run that was looked at, there would be a hole.
fn append(file: &File, bytes: &[u8], length: &mut u64) -> io::Result<()> {
    let added = file.write_all_at(bytes, *length);
    match added {
        Ok(()) => *length += bytes.len() as u64,
        // Where that fails too the last line is torn, which readers bear with.
        Err(_) => drop(file.set_len(*length)),
    }
    added
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Seek, SeekFrom};

    use super::super::place;
    use super::*;

    #[test]
    fn a_log_has_no_hole_wherever_its_file_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.jsonl");
        let header = |run: &str| {
            format!(
                "{{\"header\":{{\"version\":1,\"run\":\"{run}\",\"seed\":1,\"worker\":\"w\",\"started\":0.0,\"clock_offset_us\":0,\"sample\":1.0}}}}\n"
            )
        };
        let (_, own) = place::find(&path, "w", "a").unwrap();
        // What an earlier run left there is read, and then replaced.
        fs::write(&own, header("a") + &"{}\n".repeat(1000)).unwrap();
        let (file, own) = place::find(&path, "w", "b").unwrap();
        let mut aside = file.try_clone().unwrap();
        let mut log = LogFile::new(file, own.clone()).unwrap();
        log.add(&"first", 1).unwrap();
        log.flush().unwrap();
        // As where a write failed in its middle, and what it left was cut off.
        aside.seek(SeekFrom::Start(1 << 20)).unwrap();
        log.add(&"second", 1).unwrap();
        log.flush().unwrap();
        assert_eq!(fs::read_to_string(&own).unwrap(), "\"first\"\n\"second\"\n");
    }

    #[test]
    fn a_compressed_log_has_checksums() {
        let folder = tempfile::tempdir().unwrap();
        let (file, own) = place::find(&folder.path().join("all.jsonl.zst"), "w", "a").unwrap();
        let mut log = LogFile::new(file, own.clone()).unwrap();
        log.add(&"a line that is there to be read again", 1).unwrap();
        log.flush().unwrap();
        let whole = fs::read(&own).unwrap();
        let read = |bytes: &[u8]| {
            let mut text = String::new();
            zstd::stream::read::Decoder::new(bytes)?.read_to_string(&mut text).map(|_| text)
        };
        let text = read(&whole).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(read(&flipped).map_or(true, |read| read == text), "byte {at} of {}", whole.len());
        }
    }
}
