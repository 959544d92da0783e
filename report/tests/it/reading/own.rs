//! Our own files read back: the same rows, wherever they lie.

use std::fs;
use std::path::{Path, PathBuf};

use report::files::{CsvFile, Output, OutputPlan, Outputs};
use report::read::{Order, run_command};
use report::rows::{Buckets, RunReport, Source};
use report::{markdown, read_prefix};
use testkit::reports::{hostile_texts, report};

use super::{STATS, kinds};

/// Writes a whole run and returns its prefix.
fn write_run(folder: &Path, report: &RunReport) -> PathBuf {
    let mut outputs = Outputs::open(OutputPlan {
        csv: Some(Output::new("--csv", folder.join("staged"))),
        ..OutputPlan::default()
    })
    .unwrap();
    report.history.iter().for_each(|row| outputs.append_second(row).unwrap());
    outputs.finish(report, "nonce").1.unwrap();
    folder.join("staged")
}

/// What CSV files keep of a report.
fn kept(mut report: RunReport) -> RunReport {
    report.endpoints.iter_mut().for_each(|row| (row.cut, row.buckets) = (0, Buckets::default()));
    report.total.buckets = Buckets::default();
    report.streams.metrics.iter_mut().for_each(|row| row.buckets = Buckets::default());
    for row in &mut report.failures {
        row.last_seen = row.last_seen.map(|time| jiff::Timestamp::from_second(time.as_second()).unwrap());
    }
    report.calls = None;
    report.notes.clear();
    report.thresholds.clear();
    report.facts = Default::default();
    report
}

#[test]
fn files_of_different_moments_are_noted() {
    let root = tempfile::tempdir().unwrap();
    let mut earlier = report();
    let requests = earlier.total.count;
    earlier.history.last_mut().unwrap().total_count += 35;
    let mixed = read_prefix(&write_run(root.path(), &earlier)).unwrap();
    let note = mixed.notes.iter().find(|note| note.kind.name() == "files_differ").unwrap();
    let expected = format!("the statistics hold {requests} requests, the history {} of 2 min", requests + 35);
    assert!(note.text.contains(&expected), "{}", note.text);
}

#[test]
fn our_own_files_read_back_as_the_same_rows() {
    let root = tempfile::tempdir().unwrap();
    let mut original = report();
    original.failures[1].example = Some("status 503: \"7\", 8".to_owned());
    let prefix = write_run(root.path(), &original);

    let report = read_prefix(&prefix).unwrap();

    assert_eq!((report.facts.source, report.facts.duration_s), (Source::Csv, Some(120.0)));
    assert_eq!(report.facts.started, original.facts.started);
    assert_eq!(report.facts.users_peak, Some(10));
    assert_eq!(kinds(&report), ["worker_lost", "from_csv"]);
    assert_eq!(kept(report), kept(original));
}

/// What a killed controller leaves: the second history may be a line behind, or end within one.
#[test]
fn a_second_without_its_line_of_streams_has_no_figures_of_streams() {
    let root = tempfile::tempdir().unwrap();
    let prefix = write_run(root.path(), &report());
    let path = CsvFile::StreamsHistory.path(&prefix);
    let whole = fs::read_to_string(&path).unwrap();
    let known = || {
        let report = read_prefix(&prefix).map_err(|error| error.to_string())?;
        Ok::<_, String>(report.history.iter().map(|row| row.workers.is_some()).collect::<Vec<_>>())
    };
    let all = known().unwrap();
    assert!(all.len() > 2 && all.iter().all(|known| *known), "{all:?}");
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let fewer = known().unwrap();
    assert_eq!((fewer.iter().filter(|known| !**known).count(), fewer.last()), (1, Some(&false)));
    fs::write(&path, whole.split_inclusive('\n').next().unwrap()).unwrap();
    assert!(known().unwrap().iter().all(|known| !*known));
    // Lines of another run fit no second of this one.
    let (header, first) = whole.split_once('\n').map(|(a, b)| (a, b.split_once(',').unwrap().1)).unwrap();
    fs::write(&path, format!("{header}\n7,{first}")).unwrap();
    let message = known().unwrap_err();
    assert!(
        message.contains("staged_streams_history.csv") && message.contains("the same line of the history"),
        "{message}"
    );
}

#[test]
fn hostile_texts_come_back_as_they_were() {
    let root = tempfile::tempdir().unwrap();
    for hostile in hostile_texts().into_iter().filter(|text| !text.contains('\u{1b}')) {
        let mut original = report();
        original.endpoints[0].name.clone_from(&hostile);
        original.failures[0].text.clone_from(&hostile);
        original.exceptions[0].traceback.clone_from(&hostile);
        original.stages[0].name.clone_from(&hostile);
        original.workers[0].host.clone_from(&hostile);
        original.sort();
        let prefix = write_run(root.path(), &original);
        assert_eq!(kept(read_prefix(&prefix).unwrap()), kept(original), "{hostile:?}");
    }
}

#[test]
fn a_prefix_may_be_the_folder_or_the_file() {
    let root = tempfile::tempdir().unwrap();
    let prefix = write_run(root.path(), &report());
    let count =
        |path: &Path| read_prefix(path).map(|report| report.total.count).map_err(|error| error.to_string());
    assert_eq!(count(&prefix), Ok(8));
    assert_eq!(count(root.path()), Ok(8));
    assert_eq!(count(&CsvFile::Stats.path(&prefix)), Ok(8));

    let missing = count(&root.path().join("other")).unwrap_err();
    assert!(missing.contains("other_stats.csv` does not exist; give the prefix"), "{missing}");
    fs::copy(CsvFile::Stats.path(&prefix), root.path().join("second_stats.csv")).unwrap();
    let several = count(root.path()).unwrap_err();
    assert!(several.contains("holds several runs") && several.contains("second`, `"), "{several}");
}

fn order<'o>(from: &'o Path, rest: &'o [PathBuf]) -> Order<'o> {
    Order { from, rest, page: None, summary: None, nonce: "n" }
}

#[test]
fn the_command_writes_beside_the_files_and_never_over_a_runs_own_report() {
    let root = tempfile::tempdir().unwrap();
    let prefix = write_run(root.path(), &report());

    let first = run_command(order(&prefix, &[])).unwrap();
    assert_eq!(first.paths, [root.path().join("REPORT.md")]);
    let second = run_command(order(root.path(), &[])).unwrap();
    assert_eq!(second.paths, [root.path().join("staged_REPORT.md")]);
    let named = run_command(order(&prefix, &[root.path().join("new/OUT.md")])).unwrap();
    let text = fs::read_to_string(&named.paths[0]).unwrap();
    assert_eq!(text, markdown::render(&named.report).unwrap());
    assert!(text.contains("|  | **Aggregated** | 8 | 2 | 0.067 | – | – | – | – |"), "{text}");

    let error = run_command(order(&prefix, &[root.path().to_owned()])).unwrap_err().to_string();
    assert!(error.starts_with("report OUT.md: `") && error.contains("is a folder"), "{error}");

    let locust = root.path().join("alone");
    fs::create_dir(&locust).unwrap();
    fs::write(locust.join("l_stats.csv"), STATS).unwrap();
    assert_eq!(run_command(order(&locust, &[])).unwrap().paths, [locust.join("l_REPORT.md")]);
}
