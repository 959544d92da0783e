//! A place that one run has for itself: two that begin in the same second, or are asked to write to the same place,
//! must not mix.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::OutputError;
use super::plan::{OutputPlan, ResultsFolder};

/// So many runs of one shape may begin in one second.
const MOST_AT_ONCE: u32 = 1000;

/// Makes the folder of the run and keeps other runs out of it as long as the returned file is open. A folder that the
/// command line did not name must be new: if another run was faster, it gets a number, and `plan` follows.
///
/// # Errors
/// The folder cannot be made, or another run is writing to it.
pub(super) fn claim(plan: &mut OutputPlan) -> Result<Option<File>, OutputError> {
    let is_used =
        |folder: &ResultsFolder| plan.files().iter().any(|file| file.path.starts_with(&folder.path));
    let Some(folder) = plan.folder.clone().filter(is_used) else { return Ok(None) };
    if folder.is_named {
        fs::create_dir_all(&folder.path).map_err(|source| blame(&folder, source))?;
        return keep_out(&folder);
    }
    if let Some(parent) = folder.path.parent() {
        fs::create_dir_all(parent).map_err(|source| blame(&folder, source))?;
    }
    let mut taken = 1;
    loop {
        let path = numbered(&folder.path, taken);
        match fs::create_dir(&path) {
            Ok(()) => {
                plan.move_to(&path);
                return keep_out(&ResultsFolder { path, ..folder });
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && taken < MOST_AT_ONCE => taken += 1,
            Err(source) => return Err(blame(&folder, source)),
        }
    }
}

/// Locks a folder. Where it cannot be locked for another reason than a lock, as on some network file systems, nothing
/// is kept out.
pub(super) fn keep_out(folder: &ResultsFolder) -> Result<Option<File>, OutputError> {
    let Ok(opened) = File::open(&folder.path) else { return Ok(None) };
    lock(&opened, folder.flag, &folder.path)?;
    Ok(Some(opened))
}

/// Locks an open file or folder against other runs.
pub(super) fn lock(opened: &File, flag: &'static str, path: &Path) -> Result<(), OutputError> {
    match opened.try_lock() {
        Err(TryLockError::WouldBlock) => Err(OutputError::InUse { flag, path: path.to_owned() }),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    match number {
        1 => path.to_owned(),
        _ => {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!("-{number}"));
            path.with_file_name(name)
        }
    }
}

fn blame(folder: &ResultsFolder, source: std::io::Error) -> OutputError {
    OutputError::Folder { flag: folder.flag, path: folder.path.clone(), source }
}
