//! All files of one run.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::atomic::{probe, replace};
use super::claim::{claim, keep_out};
use super::error::OutputError;
use super::history::{HistoryFiles, ObservedFile};
use super::inputs::spare;
use super::plan::{Output, OutputPlan};
use crate::csv_cells::CsvFile;
use crate::rows::{ObservedSample, RunReport, SecondRow};
use crate::{csv, html, json, junit, markdown};

/// All files of one run. Every call blocks on the disk: keep it off the run's own task.
#[derive(Debug)]
pub struct Outputs {
    plan: OutputPlan,
    history: Option<HistoryFiles>,
    observed: Option<ObservedFile>,
    /// Values that could not be appended yet.
    unobserved: Vec<ObservedSample>,
    /// Seconds that could not be appended yet.
    unwritten: VecDeque<SecondRow>,
    /// Keeps other runs out.
    _claim: Option<File>,
}

impl Outputs {
    /// Proves that every file can be written, creates the folders, and starts the histories. Nothing
    /// but their headers is written; if anything cannot be, not even those.
    ///
    /// # Errors
    /// The first file that cannot be written, with its flag; a place that another run writes to.
    pub fn open(mut plan: OutputPlan) -> Result<Outputs, OutputError> {
        let claim = claim(&mut plan)?;
        prove(&plan).inspect_err(|_| {
            // Only the empty one that was made for it.
            if let Some(folder) = plan.folder.as_ref().filter(|folder| !folder.is_named) {
                let _ = fs::remove_dir(&folder.path);
            }
        })?;
        let history = plan.csv.as_ref().map(|csv| {
            HistoryFiles::create(csv_output(csv, CsvFile::History), csv_output(csv, CsvFile::StreamsHistory))
        });
        let history = history.transpose()?;
        let observed = plan.csv.as_ref().filter(|_| plan.observes);
        let observed =
            observed.map(|csv| ObservedFile::create(csv_output(csv, CsvFile::Observed))).transpose()?;
        let (unwritten, unobserved) = (VecDeque::new(), Vec::new());
        Ok(Outputs { plan, history, observed, unobserved, unwritten, _claim: claim })
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
        let named = plan.folder.as_ref().filter(|folder| folder.is_named);
        let proven = named.map_or(Ok(None), keep_out).and_then(|_free| prove(plan));
        for folder in made {
            // One that somebody has put something into stays.
            let _ = fs::remove_dir(folder);
        }
        proven
    }

    /// Appends one second to the histories, after those that could not be before.
    ///
    /// # Errors
    /// When it cannot be written; it is tried again with the next one, and the run may go on.
    pub fn append_second(&mut self, row: &SecondRow) -> Result<(), OutputError> {
        self.unwritten.push_back(row.clone());
        self.catch_up()
    }

    /// Appends what was observed, after what could not be appended before.
    ///
    /// # Errors
    /// As [`Outputs::append_second`].
    pub fn append_observed(&mut self, samples: Vec<ObservedSample>) -> Result<(), OutputError> {
        self.unobserved.extend(samples);
        self.catch_up()
    }

    fn catch_up(&mut self) -> Result<(), OutputError> {
        match &mut self.observed {
            Some(observed) if !self.unobserved.is_empty() => observed.append(&self.unobserved)?,
            _ => {}
        }
        self.unobserved.clear();
        let Some(history) = &mut self.history else {
            self.unwritten.clear();
            return Ok(());
        };
        while let Some(row) = self.unwritten.front() {
            history.append(row)?;
            self.unwritten.pop_front();
        }
        Ok(())
    }

    /// Replaces every CSV file but the histories with what is known now. Call it each second, and once
    /// before the first, so that a killed controller leaves a set that `controller report` reads.
    ///
    /// # Errors
    /// The first file that cannot be written; the run may go on.
    pub fn snapshot(&self, report: &RunReport) -> Result<(), OutputError> {
        self.tables().try_for_each(|(file, output)| replace(&output, |out| csv::write(file, out, report)))
    }

    /// The CSV files but the histories.
    fn tables(&self) -> impl Iterator<Item = (CsvFile, Output)> {
        let files = self.plan.csv_files().filter(|file| !file.grows());
        let named = |csv: &Output| files.map(|file| (file, csv_output(csv, file))).collect::<Vec<_>>();
        self.plan.csv.as_ref().map_or_else(Vec::new, named).into_iter()
    }

    /// Writes everything at the end of the run: the CSV files, Markdown, HTML, JSON and JUnit. All are attempted, and
    /// those that are whole are returned. `nonce`: see [`html::Place::nonce`].
    ///
    /// # Errors
    /// Beside them, the first file that could not be written.
    pub fn finish(&mut self, report: &RunReport, nonce: &str) -> (Vec<PathBuf>, Result<(), OutputError>) {
        let mut done = Written { first_error: self.catch_up().err(), ..Written::default() };
        if done.first_error.is_none() {
            done.paths.extend(self.plan.histories().map(|file| file.path).filter(|path| path.exists()));
        }
        for (file, output) in self.tables() {
            done.add(&output, |out| csv::write(file, out, report));
        }
        let OutputPlan { markdown, html, json, junit, .. } = &self.plan;
        markdown.iter().for_each(|output| done.add(output, |out| markdown::write(out, report)));
        json.iter().for_each(|output| done.add(output, |out| json::write(out, report)));
        junit.iter().for_each(|output| done.add(output, |out| junit::write(out, report)));
        if let Some(output) = html {
            let folder = output.path.parent().unwrap_or(Path::new(""));
            let is_there = |path: &PathBuf| done.paths.contains(path) || *path == output.path;
            let files: Vec<PathBuf> = self.files().into_iter().filter(is_there).collect();
            done.add(output, |out| html::write(out, report, html::Place { folder, files: &files, nonce }));
        }
        let whole = self.files().into_iter().filter(|path| done.paths.contains(path)).collect();
        (whole, done.first_error.map_or(Ok(()), Err))
    }

    /// The files, for the person who asked for them.
    pub fn files(&self) -> Vec<PathBuf> {
        self.plan.files().into_iter().map(|file| file.path).collect()
    }
}

/// Proves that every file can be written, that no two are one, and that none is read.
fn prove(plan: &OutputPlan) -> Result<(), OutputError> {
    let mut seen: Vec<(PathBuf, Output)> = Vec::new();
    for file in plan.files() {
        probe(&file)?;
        spare(&file, plan.inputs.iter().map(PathBuf::as_path))?;
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

/// What came of writing several files.
#[derive(Debug, Default)]
struct Written {
    paths: Vec<PathBuf>,
    first_error: Option<OutputError>,
}

impl Written {
    fn add(&mut self, output: &Output, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        match replace(output, content) {
            Ok(()) => self.paths.push(output.path.clone()),
            Err(error) => {
                self.first_error.get_or_insert(error);
            }
        }
    }
}
