//! What a log does not have.

use common::text::number::{count, counted};

use crate::reader::{LogEnd, LogReader};

/// What a file lacks of its worker's requests, once it is read; `None` for what is whole, and for a merged file, which
/// says no more than whether it was cut.
#[must_use]
pub fn lack(file: &LogReader) -> Option<String> {
    let path = file.path().display();
    match file.end() {
        LogEnd::Open if file.is_merged() => file
            .is_torn()
            .then(|| format!("{path} ends in the middle of a line: it was not written to its end")),
        LogEnd::Open if file.header().is_none() => {
            Some(format!("{path} is empty: its worker was killed in its first second"))
        }
        LogEnd::Open => Some(format!("{path} has no last line: its worker was killed, or still writes")),
        LogEnd::Whole(footer) if footer.dropped > 0 || footer.error.is_some() => {
            let why = footer.error.unwrap_or_else(|| "there was no room for them".into());
            Some(format!("{path} lacks {}: {why}", counted(footer.dropped, "request")))
        }
        LogEnd::Whole(footer) if footer.lines != file.lines() => Some(format!(
            "{path} has {} and its last line speaks of {}: it was changed",
            counted(file.lines(), "request"),
            count(footer.lines)
        )),
        LogEnd::Whole(_) => None,
    }
}
