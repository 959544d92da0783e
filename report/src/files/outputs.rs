//! All files of one run.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::atomic::{probe, replace};
use super::error::OutputError;
use super::history::HistoryFiles;
use super::plan::{Output, OutputPlan};
use crate::csv_cells::CsvFile;
use crate::rows::{RunReport, SecondRow};
use crate::{csv, html, json, junit, markdown};

/// All files of one run. Every call blocks on the disk: keep it off the run's own task.
#[derive(Debug)]
pub struct Outputs {
    plan: OutputPlan,
    history: Option<HistoryFiles>,
}

impl Outputs {
    /// Proves that every file can be written, creates the folders, and starts the histories. Nothing
    /// but their headers is written; if anything cannot be, not even those.
    ///
    /// # Errors
    /// The first file that cannot be written, with its flag.
    pub fn open(plan: OutputPlan) -> Result<Outputs, OutputError> {
        prove(&plan)?;
        let history = plan.csv.as_ref().map(|csv| {
            HistoryFiles::create(csv_output(csv, CsvFile::History), csv_output(csv, CsvFile::StreamsHistory))
        });
        let history = history.transpose()?;
        Ok(Outputs { plan, history })
    }

    /// Proves the same as [`Outputs::open`], and leaves nothing behind: no file, and no folder that was not there.
    ///
    /// # Errors
    /// The first file that cannot be written, with its flag.
    pub fn rehearse(plan: &OutputPlan) -> Result<(), OutputError> {
        let paths: Vec<PathBuf> = plan.files().into_iter().map(|file| file.path).collect();
        let folders = paths.iter().flat_map(|path| path.ancestors().skip(1));
        let mut made: Vec<&Path> = folders.filter(|folder| !folder.exists()).collect();
        // Deepest first; `a/b` has more parts than `a`.
        made.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
        made.dedup();
        let proven = prove(plan);
        for folder in made {
            // One that somebody has put something into stays.
            let _ = fs::remove_dir(folder);
        }
        proven
    }

    /// Appends one second to the histories.
    ///
    /// # Errors
    /// When it cannot be written; the run may go on.
    pub fn append_second(&mut self, row: &SecondRow) -> Result<(), OutputError> {
        self.history.as_mut().map_or(Ok(()), |history| history.append(row))
    }

    /// Replaces every CSV file but the histories with what is known now. Call it each second, and once
    /// before the first, so that a killed controller leaves a set that `controller report` reads.
    ///
    /// # Errors
    /// The first file that cannot be written; the run may go on.
    pub fn snapshot(&self, report: &RunReport) -> Result<(), OutputError> {
        let Some(csv) = &self.plan.csv else { return Ok(()) };
        for file in CsvFile::ALL.into_iter().filter(|file| !file.grows()) {
            replace(&csv_output(csv, file), |out| csv::write(file, out, report))?;
        }
        Ok(())
    }

    /// Writes everything at the end of the run: the CSV files, Markdown, HTML, JSON and JUnit. All are
    /// attempted; the histories were appended to and stay. `nonce`: see [`html::Place::nonce`].
    ///
    /// # Errors
    /// The first file that could not be written.
    pub fn finish(&self, report: &RunReport, nonce: &str) -> Result<(), OutputError> {
        let csv = self.snapshot(report);
        let plan = &self.plan;
        let markdown = write(plan.markdown.as_ref(), |out| markdown::write(out, report));
        let json = write(plan.json.as_ref(), |out| json::write(out, report));
        let junit = write(plan.junit.as_ref(), |out| junit::write(out, report));
        let files = self.files();
        let html = plan.html.as_ref().map_or(Ok(()), |output| {
            let folder = output.path.parent().unwrap_or(Path::new(""));
            replace(output, |out| html::write(out, report, html::Place { folder, files: &files, nonce }))
        });
        csv.and(markdown).and(json).and(junit).and(html)
    }

    /// The files, for the person who asked for them.
    pub fn files(&self) -> Vec<PathBuf> {
        self.plan.files().into_iter().map(|file| file.path).collect()
    }
}

/// Proves that every file can be written, and that no two are one.
fn prove(plan: &OutputPlan) -> Result<(), OutputError> {
    let mut seen: Vec<(PathBuf, Output)> = Vec::new();
    for file in plan.files() {
        probe(&file)?;
        let place = resolved(&file.path);
        if let Some((_, twin)) = seen.iter().find(|(other, _)| *other == place) {
            return Err(OutputError::SamePath { flag: file.flag, other: twin.flag, path: file.path });
        }
        seen.push((place, file));
    }
    Ok(())
}

/// The path without links and dots, so that two spellings of one file are the same. Its folder exists.
pub fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn csv_output(csv: &Output, file: CsvFile) -> Output {
    Output::new(csv.flag, file.path(&csv.path))
}

fn write(
    output: Option<&Output>,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    output.map_or(Ok(()), |output| replace(output, content))
}
