//! `controller log FILES…`: the requests of a run.

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use super::{Exit, complain};
use crate::cli::LogArgs;
use common::text::number::{count, counted};
use logs::{Filter, LogForm, LogReadError, LogWriter, Merged, NoLogForm, lack};
use report::files::{Output, OutputError, probe, replace, spare};

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
enum LogCommandError {
    #[error(transparent)]
    Read(#[from] LogReadError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error("--out: `{}` {source}", path.display())]
    Form { path: PathBuf, source: NoLogForm },
    #[error("cannot print the requests: {0}")]
    Print(io::Error),
}

/// Merges, filters and converts logs.
pub(crate) fn log(args: &LogArgs) -> Exit {
    match wanted(args) {
        // Whoever read it has seen enough.
        Err(LogCommandError::Print(error)) if error.kind() == ErrorKind::BrokenPipe => Exit::Passed,
        Err(error) => complain(Exit::Usage, &error),
        Ok(()) => Exit::Passed,
    }
}

fn wanted(args: &LogArgs) -> Result<(), LogCommandError> {
    let mut merged = Merged::open(args.files.iter().map(PathBuf::as_path))?;
    let filter = args.filter.as_ref();
    let (found, all) = match &args.out {
        None => {
            let mut out = io::stdout().lock();
            copy(&mut merged, filter, LogForm::Lines, &mut out)?.map_err(LogCommandError::Print)?
        }
        Some(path) => {
            let output = Output::new("--out", path);
            spare(&output, args.files.iter().map(PathBuf::as_path))?;
            to_file(&mut merged, filter, &output)?
        }
    };
    match &args.out {
        Some(path) => {
            let (found, all) = (count(found), counted(all, "request"));
            eprintln!("controller: wrote {found} of {all} to {}", path.display())
        }
        None if found == 0 => eprintln!("controller: none of {} fits --where", counted(all, "request")),
        None => {}
    }
    merged.files().filter_map(lack).for_each(|lack| eprintln!("controller: {lack}"));
    Ok(())
}

fn to_file(
    merged: &mut Merged,
    filter: Option<&Filter>,
    output: &Output,
) -> Result<(u64, u64), LogCommandError> {
    let form = LogForm::of(&output.path)
        .map_err(|source| LogCommandError::Form { path: output.path.clone(), source })?;
    probe(output)?;
    let (mut written, mut unread) = ((0, 0), None);
    let replaced = replace(output, |file| {
        written = copy(merged, filter, form, file).unwrap_or_else(|error| {
            unread = Some(error);
            Err(io::Error::other("a log could not be read"))
        })?;
        Ok(())
    });
    match unread {
        Some(error) => Err(error.into()),
        None => Ok(replaced.map(|()| written)?),
    }
}

/// Copies what is wanted. Returns how many that were, and of how many; outside stands what went wrong with reading,
/// inside with writing.
fn copy(
    merged: &mut Merged,
    filter: Option<&Filter>,
    form: LogForm,
    out: impl Write,
) -> Result<io::Result<(u64, u64)>, LogReadError> {
    let mut writer = match LogWriter::new(form, out) {
        Ok(writer) => writer,
        Err(error) => return Ok(Err(error)),
    };
    let (mut found, mut all) = (0, 0);
    while let Some(request) = merged.next_request()? {
        all += 1;
        if filter.is_none_or(|filter| filter.holds(&request)) {
            found += 1;
            if let Err(error) = writer.write(&request) {
                return Ok(Err(error));
            }
        }
    }
    Ok(writer.finish().map(|()| (found, all)))
}
