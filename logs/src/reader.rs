//! One file, line by line, in the order in which its requests ended.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use common::request_log::{LogFooter, LogHeader, LogMark, LoggedRequest, Moment, VERSION, is_mark};

use crate::error::LogReadError;

/// How a frame of zstd begins.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A worker writes lines in the order of their ends but for this: its cores hand them over once a second, and the
/// slowest of a second after it.
const DISORDER: Moment = Moment::of_nanos(5_000_000_000);
/// Most bytes of a line, its end among them. No worker writes one so long.
const MOST_LINE: u64 = 16 << 20;

/// A log that is being read. A file whose worker was killed is read to its last whole line.
pub struct LogReader {
    path: PathBuf,
    lines: Box<dyn BufRead>,
    line: Vec<u8>,
    number: u64,
    /// Of those, the ones of requests.
    requests: u64,
    header: Option<LogHeader<'static>>,
    footer: Option<LogFooter<'static>>,
    is_over: bool,
    /// Whether it ends within a line, or a frame.
    is_torn: bool,
    /// Read ahead, to put it in order.
    ahead: BinaryHeap<Reverse<ByEnd>>,
    newest: Moment,
}

/// How a file ended.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEnd {
    /// With its footer.
    Whole(LogFooter<'static>),
    /// Without: its worker was killed, or still writes.
    Open,
}

impl LogReader {
    /// Opens a file and reads its header. Compressed files are known by their first bytes.
    ///
    /// # Errors
    /// It cannot be read, or is no log of ours.
    pub fn open(path: &Path) -> Result<LogReader, LogReadError> {
        let lines =
            lines(path).map_err(|source| LogReadError::Unreadable { path: path.to_owned(), source })?;
        let mut reader = LogReader {
            path: path.to_owned(),
            lines,
            line: Vec::new(),
            number: 0,
            requests: 0,
            header: None,
            footer: None,
            is_over: false,
            is_torn: false,
            ahead: BinaryHeap::new(),
            newest: Moment::default(),
        };
        let is_log = match reader.read_line()? {
            // A worker that was killed in its first second.
            false => reader.number == 0,
            true if is_mark(&reader.line) => reader.take_mark().is_ok(),
            true => reader.take_request().is_ok(),
        };
        let version = reader.header.as_ref().map_or(VERSION, |header| header.version);
        match is_log {
            false => Err(LogReadError::NoLog { path: reader.path }),
            true if version != VERSION => Err(LogReadError::Version { path: reader.path, version }),
            true => Ok(reader),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its first line; `None` for a merged file, or an empty one.
    #[must_use]
    pub fn header(&self) -> Option<&LogHeader<'static>> {
        self.header.as_ref()
    }

    /// The requests that were read so far.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.requests
    }

    /// Whether its worker was killed before it could write the last line, or still writes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.header.is_some() && self.footer.is_none()
    }

    /// Whether it ends in the middle of a line, as far as it was read.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// Whether there was nothing in it, as its worker was killed at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.is_none() && self.number == 0
    }

    /// Whether it holds what was merged of others.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.header.is_none() && self.number > 0
    }

    /// Whether both are one file, or the log of one worker in one run: a worker that begins anew has another clock.
    #[must_use]
    pub fn is_same_log(&self, other: &LogReader) -> bool {
        let place = |path: &Path| path.canonicalize().ok();
        let is_one_file =
            place(&self.path).is_some_and(|place_of_it| Some(place_of_it) == place(&other.path));
        is_one_file || self.header.is_some() && self.header == other.header
    }

    /// How the file ended, as far as it was read.
    #[must_use]
    pub fn end(&self) -> LogEnd {
        self.footer.clone().map_or(LogEnd::Open, LogEnd::Whole)
    }

    /// The next request; `None` after the last.
    ///
    /// # Errors
    /// A line in the middle of the file that is none.
    pub fn next_request(&mut self) -> Result<Option<LoggedRequest<'static>>, LogReadError> {
        while !self.is_over
            && self.ahead.peek().is_none_or(|Reverse(first)| self.newest.since(first.0.end) < DISORDER)
        {
            self.read_ahead()?;
        }
        Ok(self.ahead.pop().map(|Reverse(ByEnd(request))| *request))
    }

    fn read_ahead(&mut self) -> Result<(), LogReadError> {
        if !self.read_line()? {
            self.is_over = true;
            return Ok(());
        }
        if is_mark(&self.line) && self.header.is_some() && self.line.starts_with(b"{\"header\"") {
            return Err(LogReadError::Joined { path: self.path.clone(), line: self.number });
        }
        let taken = if is_mark(&self.line) { self.take_mark() } else { self.take_request() };
        taken.map_err(|source| LogReadError::Line { path: self.path.clone(), line: self.number, source })
    }

    /// Reads a line; `false` at the end, and for a line that is not whole.
    fn read_line(&mut self) -> Result<bool, LogReadError> {
        self.line.clear();
        match self.lines.by_ref().take(MOST_LINE).read_until(b'\n', &mut self.line) {
            Ok(_) if self.line.last() == Some(&b'\n') => {
                self.number += 1;
                Ok(true)
            }
            Ok(read) if read as u64 == MOST_LINE => Err(LogReadError::Long {
                path: self.path.clone(),
                line: self.number + 1,
                most: MOST_LINE >> 20,
            }),
            Ok(left) => {
                self.is_torn |= left > 0;
                Ok(false)
            }
            // The last frame is not whole.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.is_torn = true;
                Ok(false)
            }
            // What the unpacking says, which is not of the system.
            Err(error) if error.raw_os_error().is_none() => {
                Err(LogReadError::Damaged { path: self.path.clone(), line: self.number })
            }
            Err(source) => Err(LogReadError::Unreadable { path: self.path.clone(), source }),
        }
    }

    fn take_mark(&mut self) -> Result<(), serde_json::Error> {
        match serde_json::from_slice(&self.line)? {
            LogMark::Header(header) => self.header = Some(header),
            LogMark::Footer(footer) => self.footer = Some(footer),
        }
        Ok(())
    }

    fn take_request(&mut self) -> Result<(), serde_json::Error> {
        let mut request: LoggedRequest<'static> = serde_json::from_slice(&self.line)?;
        if let Some(header) = &self.header {
            request.worker = Some(header.worker.clone());
        }
        self.newest = self.newest.max(request.end);
        self.requests += 1;
        self.ahead.push(Reverse(ByEnd(Box::new(request))));
        Ok(())
    }
}

fn lines(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut beginning = Vec::new();
    file.by_ref().take(ZSTD.len() as u64).read_to_end(&mut beginning)?;
    let is_zstd = beginning == ZSTD;
    let whole = io::Cursor::new(beginning).chain(file);
    Ok(match is_zstd {
        true => Box::new(BufReader::new(zstd::stream::read::Decoder::new(whole)?)),
        false => Box::new(BufReader::new(whole)),
    })
}

/// Ordered by the request's end.
struct ByEnd(Box<LoggedRequest<'static>>);

impl ByEnd {
    fn key(&self) -> (Moment, Moment, u64) {
        (self.0.end, self.0.start, self.0.user)
    }
}

impl PartialEq for ByEnd {
    fn eq(&self, other: &ByEnd) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByEnd {}

impl PartialOrd for ByEnd {
    fn partial_cmp(&self, other: &ByEnd) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByEnd {
    fn cmp(&self, other: &ByEnd) -> Ordering {
        self.key().cmp(&other.key())
    }
}
