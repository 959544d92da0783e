//! Which files a run writes.

use crate::csv_cells::CsvFile;
use std::path::{Path, PathBuf};

/// A file, and the flag to blame when it cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The flag, as the person typed it: `--markdown`.
    pub flag: &'static str,
    /// The file; for the CSV set the prefix of its files.
    pub path: PathBuf,
}

/// The folder that a run has for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsFolder {
    /// The flag to blame.
    pub flag: &'static str,
    /// The folder.
    pub path: PathBuf,
    /// Whether the command line named it; otherwise it must be new.
    pub is_named: bool,
}

/// Which files a run writes. An absent one is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputPlan {
    /// The folder of those files that the command line did not name one by one.
    pub folder: Option<ResultsFolder>,
    /// Prefix of the CSV files: `results/x/staged` makes `results/x/staged_stats.csv` and eight more.
    pub csv: Option<Output>,
    /// REPORT.md.
    pub markdown: Option<Output>,
    /// report.html.
    pub html: Option<Output>,
    /// summary.json.
    pub json: Option<Output>,
    /// JUnit XML; only where it was asked for.
    pub junit: Option<Output>,
    /// Files that the run reads, which none of these may replace.
    pub inputs: Vec<PathBuf>,
    /// Whether somebody observes the service, which makes a CSV file more.
    pub observes: bool,
    /// Whether the model behind the service is asked, which makes a CSV file more.
    pub has_model: bool,
}

impl Output {
    /// An output.
    pub fn new(flag: &'static str, path: impl Into<PathBuf>) -> Output {
        Output { flag, path: path.into() }
    }
}

impl OutputPlan {
    /// The usual files in one folder: `<shape>_stats.csv` and its siblings, `REPORT.md`,
    /// `report.html`, `summary.json`.
    pub fn in_folder(flag: &'static str, folder: &Path, shape: &str) -> OutputPlan {
        let output = |name: &str| Some(Output::new(flag, folder.join(name)));
        OutputPlan {
            folder: Some(ResultsFolder { flag, path: folder.to_owned(), is_named: true }),
            csv: output(shape),
            markdown: output("REPORT.md"),
            html: output("report.html"),
            json: output("summary.json"),
            junit: None,
            inputs: Vec::new(),
            observes: false,
            has_model: false,
        }
    }

    /// The files of the run's folder lie in this one instead.
    pub(super) fn move_to(&mut self, path: &Path) {
        let Some(folder) = &mut self.folder else { return };
        let before = std::mem::replace(&mut folder.path, path.to_owned());
        let outputs = [&mut self.csv, &mut self.markdown, &mut self.html, &mut self.json, &mut self.junit];
        for output in outputs.into_iter().flatten() {
            if let Ok(name) = output.path.strip_prefix(&before) {
                output.path = path.join(name);
            }
        }
    }

    /// The files of the CSV set.
    pub(super) fn csv_files(&self) -> impl Iterator<Item = CsvFile> {
        let observed = self.observes.then_some(CsvFile::Observed);
        CsvFile::ALL.into_iter().chain(observed).chain(self.has_model.then_some(CsvFile::Behind))
    }

    /// The files that grow.
    pub(super) fn histories(&self) -> impl Iterator<Item = Output> {
        let files = |csv: &Output| {
            let growing = self.csv_files().filter(|file| file.grows());
            growing.map(|file| Output::new(csv.flag, file.path(&csv.path))).collect::<Vec<_>>()
        };
        self.csv.as_ref().map_or_else(Vec::new, files).into_iter()
    }

    /// Every file, the CSV files one by one.
    pub fn files(&self) -> Vec<Output> {
        let csv = self
            .csv
            .iter()
            .flat_map(|csv| self.csv_files().map(|file| Output::new(csv.flag, file.path(&csv.path))));
        csv.chain([&self.markdown, &self.html, &self.json, &self.junit].into_iter().flatten().cloned())
            .collect()
    }
}
