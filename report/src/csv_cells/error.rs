//! Why CSV files cannot be made into a report.

use std::io;
use std::path::{Path, PathBuf};

/// Why CSV files cannot be made into a report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such set.
    #[error(
        "no results at `{}`: {} does not exist; give the prefix of a run's CSV files, such as \
         `results/staged-20260101T000000Z/staged`, or the folder that holds them",
        prefix.display(), quoted(looked_for)
    )]
    Missing {
        /// What was asked for.
        prefix: PathBuf,
        /// The files that would have done.
        looked_for: Vec<PathBuf>,
    },
    /// A folder that holds several sets.
    #[error("`{}` holds several runs; name one of them: {}", folder.display(), quoted(prefixes))]
    Several {
        /// The folder.
        folder: PathBuf,
        /// The prefixes found in it, sorted.
        prefixes: Vec<PathBuf>,
    },
    /// The system does not let us read.
    #[error("cannot read `{}` ({source}); check that it is a file and that you may read it", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not even a header.
    #[error("`{}` is empty; the run was stopped before it wrote anything, so there is nothing to report", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// Another header than Locust 2.x or this program writes.
    #[error(
        "`{}`, line 1: column {column} is `{found}` where `{expected}` is expected; the file must be as \
         Locust 2.x or this program wrote it",
        file.display()
    )]
    Header {
        /// The file.
        file: PathBuf,
        /// Place of the column, from 1.
        column: usize,
        /// The name it should have; `nothing` after the last one.
        expected: String,
        /// The name it has.
        found: String,
    },
    /// The last row ends in its middle.
    #[error(
        "`{}`, line {line}: the row is cut off, the file was not written to its end; if the row is complete, \
         end it with a line end, else use an earlier copy of the file",
        file.display()
    )]
    CutOff {
        /// The file.
        file: PathBuf,
        /// Line on which the row begins, from 1.
        line: u64,
    },
    /// A row with more or fewer cells than the header.
    #[error(
        "`{}`, line {line}: the row has {found} cells where the header has {expected}; repair or remove the row",
        file.display()
    )]
    Cells {
        /// The file.
        file: PathBuf,
        /// Line on which the row begins, from 1.
        line: u64,
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A cell that does not hold what its column says.
    #[error("`{}`, line {line}, column `{column}`: `{found}` is not {wanted}; repair the cell", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// Line on which the row begins, from 1.
        line: u64,
        /// Name of the column.
        column: String,
        /// What is there.
        found: String,
        /// What should be there.
        wanted: &'static str,
    },
    /// Statistics without their last row.
    #[error(
        "`{}` ends without the row `Aggregated`: the file was not written to its end; use an earlier copy of it",
        file.display()
    )]
    NoTotal {
        /// The file.
        file: PathBuf,
    },
    /// Statistics that go on after their last row.
    #[error(
        "`{}`, line {line}: a row stands after the row `Aggregated`, which is the last one; the file was \
         being rewritten, remove what follows that row",
        file.display()
    )]
    AfterTotal {
        /// The file.
        file: PathBuf,
        /// Line on which the row begins, from 1.
        line: u64,
    },
}

impl ReadError {
    pub(crate) fn io(path: &Path, source: io::Error) -> ReadError {
        ReadError::Io { path: path.to_owned(), source }
    }
}

fn quoted(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}
