//! What can be wrong with logs and with what is asked of them.

use std::io;
use std::path::PathBuf;

use crate::field::FIELDS;
use crate::json_words::plain;

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogReadError {
    /// The file cannot be opened or read.
    #[error("{}: {source}; name logs that a run's workers wrote with --log", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no log of requests; name files that a run's workers wrote with --log", path.display())]
    NoLog {
        /// The file.
        path: PathBuf,
    },
    /// Another release wrote it.
    #[error("{} has version {version} of the form, and this program reads {}; use the release that wrote it", path.display(), common::request_log::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// A line that is none.
    #[error("{}, line {line}: {}; the file was changed or is damaged", path.display(), plain(source))]
    Line {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A line that goes on and on.
    #[error("{}, line {line}: it has {most} MiB and goes on, as no log does; name logs that a run's workers wrote with --log", path.display())]
    Long {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: u64,
        /// So much of it was read, MiB.
        most: u64,
    },
    /// A compressed file whose bytes are not those that were written.
    #[error("{}: what is compressed behind its line {line} is damaged; copy the file from its worker again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The last line that could be read, from 1; 0 for none.
        line: u64,
    },
    /// Files that do not belong together.
    #[error("{} and {} are of different runs; name those of one", first.display(), other.display())]
    OtherRun {
        /// One file.
        first: PathBuf,
        /// A file of another run.
        other: PathBuf,
    },
    /// A file that holds two logs.
    #[error("{}, line {line}: another log begins here; name the workers' own files, one by one", path.display())]
    Joined {
        /// The file.
        path: PathBuf,
        /// The line of the second header, from 1.
        line: u64,
    },
    /// The same log under two names.
    #[error("{} and {} are the same log, and its requests would count twice; name it once", first.display(), other.display())]
    Twice {
        /// One file.
        first: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// Files in which there is nothing, not even of which run they are.
    #[error("there is nothing in {}, not even its first line; name logs that a run's workers wrote with --log", path.display())]
    Nothing {
        /// The first of them.
        path: PathBuf,
    },
    /// A file that may hold what others hold.
    #[error("{} is a merged file, and may hold the requests of the others; name it alone, or the workers' own logs", path.display())]
    MergedBeside {
        /// The merged file.
        path: PathBuf,
    },
    /// What comes out cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// An expression of `--where` that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No such field.
    #[error("there is no field `{name}`{}; there are: {}, and id.NAME", near(.name), names())]
    Field {
        /// What was written.
        name: String,
    },
    /// Another language's word.
    #[error("`{0}` is no word here; write `and` for `&&`, `or` for `||`")]
    Symbol(String),
    /// Another thing was to stand there.
    #[error(
        "{wanted} is missing {at}; write FIELD OPERATOR VALUE, as in status>=500 and call='GET /threads'"
    )]
    Missing {
        /// What.
        wanted: &'static str,
        /// Where.
        at: String,
    },
    /// A quote that does not end.
    #[error("the quote that begins with {0} does not end")]
    Quote(String),
    /// A sign that means nothing.
    #[error("`{0}` means nothing here; operators are = != < <= > >= and ~ for a text that contains another")]
    Sign(char),
    /// A comparison that a field does not have.
    #[error("`{field}` is {kind} and has no order; compare it with =, != or ~")]
    Order {
        /// The field.
        field: String,
        /// What it is.
        kind: &'static str,
    },
    /// `~` of what is no text.
    #[error("`{field}` is {kind}, and ~ looks into texts; compare it with =, !=, < or >")]
    Contains {
        /// The field.
        field: String,
        /// What it is.
        kind: &'static str,
    },
    /// A value that the field cannot have.
    #[error("`{value}` is no value of `{field}`; write {wanted}")]
    Value {
        /// The field.
        field: String,
        /// What was written.
        value: String,
        /// What it takes.
        wanted: String,
    },
}

fn near(name: &str) -> String {
    let known: Vec<&'static str> = FIELDS.iter().map(|field| field.name).collect();
    let near = common::shape::closest(name, &known);
    near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}

fn names() -> String {
    FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}
