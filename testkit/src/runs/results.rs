//! The files that a run has written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A row of a CSV file by column name.
pub type Row = BTreeMap<String, String>;

/// Everything that a run has written into its folder.
#[derive(Debug)]
pub struct Results {
    /// The folder; gone with the run's [`Controller`](super::Controller).
    pub folder: PathBuf,
    /// `<shape>` of the file names.
    pub shape: String,
    /// `summary.json`.
    pub summary: Value,
    /// `REPORT.md`.
    pub markdown: String,
    /// The other files by name.
    files: BTreeMap<String, String>,
}

impl Results {
    /// Reads the folder of a run.
    pub fn read(folder: &Path) -> Results {
        let mut files = files(folder);
        let mut take = |name: &str| files.remove(name).unwrap_or_else(|| panic!("no {name} in {folder:?}"));
        let (summary, markdown) = (take("summary.json"), take("REPORT.md"));
        let summary: Value = serde_json::from_str(&summary).unwrap();
        let shape = summary["run"]["shape"].as_str().unwrap().to_owned();
        Results { folder: folder.to_owned(), shape, summary, markdown, files }
    }

    /// Makes the report of the CSV files in a folder with `controller report SHAPE OUT.md`, and reads
    /// both. There is no summary then.
    pub fn of_csv(folder: &Path, shape: &str) -> Results {
        let mut command = super::binaries::controller();
        command.args(["report", shape, "OUT.md"]).current_dir(folder);
        let ended = super::Process::start("controller report", command).wait(super::START);
        ended.expect_code(0);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "controller: wrote OUT.md\n"));
        let mut files = files(folder);
        let markdown = files.remove("OUT.md").unwrap();
        Results { folder: folder.to_owned(), shape: shape.to_owned(), summary: Value::Null, markdown, files }
    }

    /// Panics unless the report's table of endpoints has a row for each of `_stats.csv`, with its
    /// counts.
    pub fn expect_endpoints_of_csv(&self) {
        let (csv, table) = (self.csv("stats"), self.table("Endpoints"));
        assert_eq!(table.len(), csv.len() + 1, "a header, and a row for each of the CSV's: {table:?}");
        for (row, cells) in csv.iter().zip(&table[1..]) {
            let name = cells[1].trim_matches(|c| matches!(c, '*' | '`'));
            let row_counts = (cells[0].as_str(), name, cells[2].as_str(), cells[3].as_str());
            assert_eq!(
                row_counts,
                (&*row["Type"], &*row["Name"], &*row["Request Count"], &*row["Failure Count"])
            );
        }
    }

    /// The rows of `<shape>_<name>.csv`.
    pub fn csv(&self, name: &str) -> Vec<Row> {
        let name = format!("{}_{name}.csv", self.shape);
        let text = self.files.get(&name).unwrap_or_else(|| panic!("no {name} in {:?}", self.folder));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().collect::<Result<_, _>>().unwrap()
    }

    /// Requests by endpoint in `_stats.csv`, as `GET /threads` → 12; the sum is in `Aggregated`.
    pub fn csv_counts(&self) -> BTreeMap<String, u64> {
        let row = |row: &Row| (endpoint(&row["Type"], &row["Name"]), number(&row["Request Count"]));
        self.csv("stats").iter().map(row).collect()
    }

    /// The same of `summary.json`.
    pub fn json_counts(&self) -> BTreeMap<String, u64> {
        let row = |row: &Value| {
            let text = |field: &str| row[field].as_str().unwrap().to_owned();
            (endpoint(&text("method"), &text("name")), row["count"].as_u64().unwrap())
        };
        let rows = self.summary["endpoints"].as_array().unwrap().iter();
        let total = ("Aggregated".to_owned(), self.count());
        rows.map(row).chain([total]).collect()
    }

    /// A number of `summary.json` by path, as `/streams/completed`.
    pub fn number(&self, pointer: &str) -> u64 {
        let value = self.summary.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in summary.json"));
        value.as_u64().unwrap_or_else(|| panic!("{pointer} is {value}"))
    }

    /// All requests of the run.
    pub fn count(&self) -> u64 {
        self.number("/total/count")
    }

    /// Failures by class in `summary.json`, over all endpoints.
    pub fn failures(&self) -> BTreeMap<String, u64> {
        let mut failures = BTreeMap::new();
        for row in self.summary["failures"].as_array().unwrap() {
            let class = row["class"].as_str().unwrap().to_owned();
            *failures.entry(class).or_default() += row["occurrences"].as_u64().unwrap();
        }
        failures
    }

    /// The cells of the first Markdown table under a heading that starts with `heading`, its header
    /// row first.
    pub fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let starts = |line: &&str| line.trim_start_matches('#').trim_start().starts_with(heading);
        let mut lines = self.markdown.lines();
        lines.find(|line| line.starts_with('#') && starts(line)).unwrap_or_else(|| panic!("no {heading}"));
        let rows = lines.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
        rows.filter(|line| !line.starts_with("|-") && !line.starts_with("| -") && !line.starts_with("|:"))
            .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
            .collect()
    }
}

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect()
}

fn endpoint(method: &str, name: &str) -> String {
    format!("{method} {name}").trim().to_owned()
}

/// A whole number, with or without thousands separators.
pub fn number(text: &str) -> u64 {
    let text = &text.replace(',', "");
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '\u{202f}' | '\u{a0}')).collect();
    digits.parse().unwrap_or_else(|_| panic!("{text:?} is no whole number"))
}
