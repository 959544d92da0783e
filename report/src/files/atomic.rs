//! Files that are always whole: written beside their place, then moved into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::plan::Output;

/// Replaces a file in one step: whoever opens it sees the old or the new content, never a part, and
/// a crash leaves one of both. Other than regular files (`/dev/stdout`, a pipe) are written directly.
///
/// # Errors
/// [`OutputError::Write`] and the like, naming flag and path. The file is then as it was.
pub fn replace(
    output: &Output,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    let place = WriteTarget::of(output)?;
    let written = match &place {
        WriteTarget::Device(path) => {
            OpenOptions::new().write(true).open(path).and_then(|file| fill(file, content).map(drop))
        }
        WriteTarget::Regular { path, temporary } => fresh(temporary)
            .and_then(|file| fill(file, content)?.sync_all())
            .and_then(|()| fs::rename(temporary, path))
            .inspect_err(|_| discard(temporary)),
    };
    written.map_err(|source| write_error(output, source))
}

/// Proves that [`replace`] will be able to write: creates the folder, and a temporary file in it
/// that it removes again. The file itself is not touched.
///
/// # Errors
/// As for [`replace`], and when the folder cannot be made.
pub fn probe(output: &Output) -> Result<(), OutputError> {
    if let Some(folder) = output.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|source| OutputError::Folder {
            flag: output.flag,
            path: folder.to_owned(),
            source,
        })?;
    }
    let proven = match WriteTarget::of(output)? {
        WriteTarget::Device(path) => OpenOptions::new().write(true).open(path).map(drop),
        WriteTarget::Regular { temporary, .. } => fresh(&temporary)
            .and_then(|mut file| file.write_all(b"\n"))
            .and_then(|()| fs::remove_file(&temporary))
            .inspect_err(|_| discard(&temporary)),
    };
    proven.map_err(|source| write_error(output, source))
}

/// Where an output really goes.
pub(super) enum WriteTarget {
    Regular { path: PathBuf, temporary: PathBuf },
    Device(PathBuf),
}

impl WriteTarget {
    pub(super) fn of(output: &Output) -> Result<WriteTarget, OutputError> {
        // A link is followed, so that it stays one.
        let path = fs::canonicalize(&output.path).unwrap_or_else(|_| output.path.clone());
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => {
                return Err(OutputError::IsFolder { flag: output.flag, path: output.path.clone() });
            }
            Ok(found) if !found.is_file() => return Ok(WriteTarget::Device(path)),
            _ => {}
        }
        let Some(name) = path.file_name() else {
            return Err(OutputError::NoName { flag: output.flag, path: output.path.clone() });
        };
        // One fixed name for each file: what a killed run left behind is used again, not added to.
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".tmp");
        Ok(WriteTarget::Regular { temporary: path.with_file_name(hidden), path })
    }
}

/// A new file under a name that only we use; never through a link somebody put there.
fn fresh(temporary: &Path) -> io::Result<File> {
    discard(temporary);
    OpenOptions::new().write(true).create_new(true).open(temporary)
}

/// Removes what may not be there. What cannot be removed shows when the file is created.
fn discard(temporary: &Path) {
    let _ = fs::remove_file(temporary);
}

fn fill(file: File, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    content(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

pub(super) fn write_error(output: &Output, source: io::Error) -> OutputError {
    OutputError::Write { flag: output.flag, path: output.path.clone(), source }
}
