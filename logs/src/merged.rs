//! Several files as one.

use std::path::Path;

use common::request_log::{LogHeader, LoggedRequest};

use crate::error::LogReadError;
use crate::reader::LogReader;

/// The requests of a run's workers in the order in which they ended. Memory holds some seconds of each file.
pub struct Merged {
    files: Vec<(LogReader, Option<LoggedRequest<'static>>)>,
}

impl Merged {
    /// Opens the files.
    ///
    /// # Errors
    /// A file that cannot be read or is no log, files of different runs, or a log that is there twice.
    pub fn open<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Merged, LogReadError> {
        let mut files: Vec<(LogReader, _)> = Vec::new();
        for path in paths {
            let mut file = LogReader::open(path)?;
            let run = |file: &LogReader| file.header().map(|header| header.run.clone());
            let other = files.iter().find(|(known, _)| run(known) != run(&file) && run(known).is_some());
            if let Some((first, _)) = other.filter(|_| run(&file).is_some()) {
                let (first, other) = (first.path().to_owned(), path.to_owned());
                return Err(LogReadError::OtherRun { first, other });
            }
            if let Some((first, _)) = files.iter().find(|(known, _)| known.is_same_log(&file)) {
                let (first, other) = (first.path().to_owned(), path.to_owned());
                return Err(LogReadError::Twice { first, other });
            }
            let first = file.next_request()?;
            files.push((file, first));
        }
        Ok(Merged { files })
    }

    /// The header of the run, if any file has one, once it is sure that each request is there once.
    ///
    /// # Errors
    /// Files without anything in them, or a merged file beside others: whether it holds their requests nobody knows.
    pub fn each_once(&self) -> Result<Option<LogHeader<'static>>, LogReadError> {
        for file in self.files() {
            if file.is_merged() && self.files.len() > 1 {
                return Err(LogReadError::MergedBeside { path: file.path().to_owned() });
            }
        }
        match self.files.first() {
            Some((first, _)) if self.files().all(LogReader::is_empty) => {
                Err(LogReadError::Nothing { path: first.path().to_owned() })
            }
            _ => Ok(self.files().find_map(LogReader::header).cloned()),
        }
    }

    /// The files, which tell how they ended once all is read.
    pub fn files(&self) -> impl Iterator<Item = &LogReader> {
        self.files.iter().map(|(file, _)| file)
    }

    /// The next request; `None` after the last.
    ///
    /// # Errors
    /// A line that is none.
    pub fn next_request(&mut self) -> Result<Option<LoggedRequest<'static>>, LogReadError> {
        let waiting = self.files.iter_mut().filter(|(_, next)| next.is_some());
        let first = waiting.min_by_key(|(_, next)| next.as_ref().map(|request| request.end));
        let Some((file, next)) = first else { return Ok(None) };
        let following = file.next_request()?;
        Ok(std::mem::replace(next, following))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    use crate::{LogEnd, LogForm, LogWriter};

    fn header(run: &str, worker: &str) -> String {
        format!(
            "{{\"header\":{{\"version\":1,\"run\":\"{run}\",\"seed\":1,\"worker\":\"{worker}\",\"started\":0.0,\"clock_offset_us\":0,\"sample\":1.0}}}}\n"
        )
    }

    fn request(user: u64, end: f64) -> String {
        format!(
            "{{\"user\":{user},\"class\":\"crud\",\"session\":0,\"turn\":0,\"call\":\"GET /threads\",\"stage\":0,\"measured\":true,\"intended\":0.0,\"start\":0.0,\"sent\":0.125,\"end\":{end},\"outcome\":\"ok\",\"status\":200,\"bytes\":2}}\n"
        )
    }

    const FOOTER: &str = "{\"footer\":{\"lines\":2,\"left_out\":0,\"dropped\":0}}\n";

    fn users(paths: &[PathBuf]) -> (Vec<u64>, Vec<LogEnd>) {
        let mut merged = Merged::open(paths.iter().map(PathBuf::as_path)).unwrap();
        let mut users = Vec::new();
        while let Some(request) = merged.next_request().unwrap() {
            users.push(request.user);
        }
        (users, merged.files().map(LogReader::end).collect())
    }

    #[test]
    fn files_are_merged_by_time_however_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let first = [header("a", "w1"), request(3, 3e6), request(1, 1e6), request(9, 9e6), FOOTER.into()];
        fs::write(path("1"), first.concat()).unwrap();
        // Two frames, and the second is not whole.
        let frame = |text: String| zstd::bulk::compress(text.as_bytes(), 1).unwrap();
        let whole = frame([header("a", "w2"), request(2, 2e6), request(4, 4e6)].concat());
        let torn = frame((0..50).map(|user| request(100 + user, 5e6)).collect());
        fs::write(path("2"), [&whole[..], &torn[..torn.len() / 2]].concat()).unwrap();
        fs::write(path("3"), [header("a", "w3"), request(8, 8e6), request(7, 7e6)[..90].to_owned()].concat())
            .unwrap();
        fs::write(path("4"), "").unwrap();
        let (merged, ends) = users(&["1", "2", "3", "4"].map(path));
        assert_eq!(merged, [1, 2, 3, 4, 8, 9]);
        assert!(
            matches!(&ends[..], [LogEnd::Whole(footer), LogEnd::Open, LogEnd::Open, LogEnd::Open] if footer.lines == 2)
        );
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("1"), [header("a", "w1"), request(1, 1e6), request(2, 2e6)].concat()).unwrap();
        for name in ["out.jsonl", "out.jsonl.zst"] {
            let mut merged = Merged::open([path("1").as_path()]).unwrap();
            let form = LogForm::of(&path(name)).unwrap();
            let mut writer = LogWriter::new(form, fs::File::create(path(name)).unwrap()).unwrap();
            while let Some(request) = merged.next_request().unwrap() {
                writer.write(&request).unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(users(&[path(name)]).0, [1, 2]);
            let mut again = LogReader::open(&path(name)).unwrap();
            assert_eq!(again.next_request().unwrap().unwrap().worker.as_deref(), Some("w1"));
        }
        let mut merged = Merged::open([path("1").as_path()]).unwrap();
        let mut csv = Vec::new();
        let mut writer = LogWriter::new(LogForm::of(&path("out.csv")).unwrap(), &mut csv).unwrap();
        writer.write(&merged.next_request().unwrap().unwrap()).unwrap();
        writer.finish().unwrap();
        let csv = String::from_utf8(csv).unwrap();
        let (head, row) = csv.split_once('\n').unwrap();
        assert!(head.starts_with("worker,user,class,session,turn,call,"), "{head}");
        assert!(row.starts_with("w1,1,crud,0,0,GET /threads,0,true,,0,0,0.125,,"), "{row}");
        assert_eq!(head.matches(',').count(), row.matches(',').count());
    }

    #[test]
    fn a_bit_that_flips_in_a_compressed_log_changes_no_figure_in_silence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl.zst");
        let lines: Vec<String> = (0..40).map(|user| request(user, 1e6 + user as f64)).collect();
        let mut packed = Vec::new();
        let mut writer = LogWriter::new(LogForm::of(&path).unwrap(), &mut packed).unwrap();
        for line in &lines {
            writer.write(&serde_json::from_str(line).unwrap()).unwrap();
        }
        writer.finish().unwrap();
        let read = |bytes: &[u8]| -> Result<(Vec<LoggedRequest<'static>>, bool), LogReadError> {
            fs::write(&path, bytes).unwrap();
            let mut reader = LogReader::open(&path)?;
            let mut requests = Vec::new();
            while let Some(request) = reader.next_request()? {
                requests.push(request);
            }
            Ok((requests, crate::lack(&reader).is_none()))
        };
        let (whole, is_whole) = read(&packed).unwrap();
        assert!(whole.len() == 40 && is_whole);
        for at in 4..packed.len() {
            let mut flipped = packed.clone();
            flipped[at] ^= 1 << (at % 8);
            if let Ok((requests, true)) = read(&flipped) {
                assert_eq!(requests, whole, "byte {at} of {}", packed.len());
            }
        }
    }

    #[test]
    fn what_is_no_log_or_of_another_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), header("a", "w1")).unwrap();
        fs::write(path("b"), header("b", "w2")).unwrap();
        fs::write(path("other"), "some text\nand more\n").unwrap();
        fs::write(path("later"), header("a", "w1").replace("\"version\":1", "\"version\":2")).unwrap();
        fs::write(path("damaged"), [header("a", "w1"), request(1, 1e6), "{}\n".to_owned()].concat()).unwrap();
        let error = |names: &[&str]| {
            let paths: Vec<PathBuf> = names.iter().map(|name| path(name)).collect();
            let opened = Merged::open(paths.iter().map(PathBuf::as_path));
            opened.err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(error(&["a", "b"]).contains("are of different runs"));
        assert!(error(&["other"]).contains("is no log of requests"));
        assert!(error(&["missing"]).contains("No such file"));
        assert!(error(&["later"]).contains("has version 2"));
        assert!(error(&["damaged"]).contains(", line 3: it has no `"), "{}", error(&["damaged"]));
    }
}
