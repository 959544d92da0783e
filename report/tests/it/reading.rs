//! CSV sets back to rows: ours, Locust's, broken ones and garbage.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use report::files::{CsvFile, Output, OutputPlan, Outputs};
use report::read::{CsvSet, ReadError, run_command};
use report::rows::{Buckets, RunEnd, RunReport, Source, UNCLASSIFIED};
use report::{markdown, read_prefix};
use testkit::reports::{hostile_texts, report};

const STATS: &str = "\
Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r
GET,/,107,0,5,6.511113654208746,2.682660000004944,29.443856999932905,12.0,7.632535197860899,0.0,5,7,8,8,11,15,15,18,29,29,29\r
GET,/nope/[id],21,21,7,8.78621809526218,2.796210000042265,47.11069200004658,335.0,1.4979741977110177,1.4979741977110177,7,8,9,9,12,18,47,47,47,47,47\r
ASYNC,\"sent, \"\"only\"\"\",31,0,0,0.0,0,0,0.0,2.2112952442400737,0.0,0,0,0,0,0,0,0,0,0,0,0\r
,Aggregated,159,21,6,23.283331022224065,2.4582839999993666,147.6,783.44921875,18.261018791143833,1.4979741977110177,6,8,10,13,150,150,150,150,150,150,150\r
";

const HISTORY_HEADER: &str = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size\r\n";

const HISTORY: &str = "\
1795454779,0,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,0,0,0,0.0,0,0,0\r
1795454780,4,,Aggregated,0.000000,0.000000,2,3,4,5,6,11,15,15,15,15,15,40,0,2,3.2683921250111325,0.8783020000464603,15.284460000088984,2.0\r
1795454785,4,,Aggregated,35.000000,0.000000,2,3,3,3,5,6,7,11,15,15,15,232,0,2,2.496011107761684,0.4388909999306634,15.284460000088984,2.0\r
";

const FULL_ROW: &str = "1795454785,5,GET,/,7.600000,0.000000,5,7,8,8,11,13,15,18,18,18,18,107,0,5,6.511113654208746,2.682660000004944,29.443856999932905,12.0\r\n";

const FAILURES: &str = "\
Method,Name,Error,Occurrences,First Seen,Last Seen\r
GET,/nope/[id],HTTPError('404 Client Error: File not found for url: /nope/[id]'),21,2026-11-23T17:19:52Z,2026-11-23T17:20:04Z\r
";

const EXCEPTIONS: &str = "Count,Message,Traceback,Nodes\r\n39,boom in task,\"  File \"\"/x/user/task.py\"\", line 363, in run\n    self.execute_next_task()\n\",local\r\n";

fn locust() -> CsvSet {
    CsvSet {
        prefix: PathBuf::from("runs/locust"),
        stats: STATS.into(),
        history: Some(format!("{HISTORY_HEADER}{HISTORY}").into_bytes()),
        failures: Some(FAILURES.into()),
        exceptions: Some(EXCEPTIONS.into()),
        ..CsvSet::default()
    }
}

fn kinds(report: &RunReport) -> Vec<&str> {
    report.notes.iter().map(|note| note.kind.name()).collect()
}

#[test]
fn a_locust_run_becomes_rows_to_the_digit() {
    let report = locust().parse().unwrap();

    let names: Vec<_> =
        report.endpoints.iter().map(|row| (row.method.as_str(), row.name.as_str(), row.count)).collect();
    assert_eq!(names, [("GET", "/", 107), ("GET", "/nope/[id]", 21), ("ASYNC", "sent, \"only\"", 31)]);
    assert_eq!((report.total.count, report.total.failures, report.total.rps), (159, 21, 18.261018791143833));
    let latency = report.total.latency.unwrap();
    assert_eq!((latency.summary.avg, latency.summary.max), (23.283331022224065, 147.6));
    assert_eq!(
        latency.percentiles.0,
        [6.0, 8.0, 10.0, 13.0, 150.0, 150.0, 150.0, 150.0, 150.0, 150.0, 150.0]
    );

    let seconds: Vec<_> = report.history.iter().map(|row| (row.second, row.users, row.rps)).collect();
    assert_eq!(seconds, [(0, 0, 0.0), (1, 4, 0.0), (6, 4, 35.0)]);
    assert_eq!(report.history[0].percentiles, None);
    assert_eq!(report.history[0].total_latency, None);

    let failure = &report.failures[0];
    assert_eq!((failure.class.as_str(), failure.occurrences), (UNCLASSIFIED, 21));
    assert_eq!(failure.first_seen, "2026-11-23T17:19:52Z".parse().ok());
    assert_eq!(report.exceptions[0].count, 39);
    assert!(report.exceptions[0].traceback.starts_with("  File \"/x/user/task.py\", line 363"));

    assert_eq!(
        (report.facts.source, report.facts.end, report.facts.shape.as_str()),
        (Source::Locust, RunEnd::Unknown, "locust")
    );
    assert_eq!(report.facts.users_peak, Some(4));
    assert_eq!(kinds(&report), ["locust_snapshot", "locust_percentiles"]);
}

/// The file with other percentiles than Locust's usual ones: no 66 %, no 95 %, and 60 % in place of 75 %.
fn of_other_percentiles(text: &str, separator: &str) -> Vec<u8> {
    let text = &text.replace("\"sent, \"\"only\"\"\"", "sent");
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let line = |line: &str| {
        let cells = line.split(',').zip(&header).filter(|(_, column)| !matches!(**column, "66%" | "95%"));
        cells.map(|(cell, _)| cell).collect::<Vec<_>>().join(separator) + "\n"
    };
    text.lines().map(line).collect::<String>().replace("75%", "60%").into_bytes()
}

#[test]
fn percentiles_of_locusts_own_choice_are_read_by_their_names() {
    let usual = locust().parse().unwrap();
    for separator in [",", ";", "\t"] {
        let (stats, history) = (
            of_other_percentiles(STATS, separator),
            of_other_percentiles(&format!("{HISTORY_HEADER}{HISTORY}"), separator),
        );
        let report = CsvSet { stats, history: Some(history), ..locust() }.parse().unwrap();
        assert_eq!(report.total.count, usual.total.count);
        assert_eq!(report.endpoints.len(), usual.endpoints.len());
        let of = |report: &RunReport| report.total.latency.unwrap();
        let (told, all) = (of(&report), of(&usual));
        assert_eq!((told.summary, told.percentiles.p50()), (all.summary, all.percentiles.p50()));
        assert_eq!((told.percentiles.p99(), told.percentiles.p95()), (all.percentiles.p99(), None));
        assert_eq!(report.history.len(), usual.history.len());
        assert_eq!(report.history.last().unwrap().total_count, usual.history.last().unwrap().total_count);
        let markdown = markdown::render(&report).unwrap();
        assert!(!markdown.contains("NaN"), "{markdown}");
    }
}

#[test]
fn the_markdown_of_a_locust_run_has_its_totals() {
    let markdown = markdown::render(&locust().parse().unwrap()).unwrap();
    insta::assert_snapshot!("markdown_locust", &markdown);
    assert!(
        markdown.contains("|  | **Aggregated** | 159 | 21 | 18.261 | 6 | 150 | 150 | 147.6 |"),
        "{markdown}"
    );
}

#[test]
fn rows_of_single_endpoints_mark_a_full_history() {
    let history = format!("{HISTORY_HEADER}{FULL_ROW}{HISTORY}");
    let report = CsvSet { history: Some(history.into_bytes()), ..locust() }.parse().unwrap();
    assert_eq!(report.facts.source, Source::LocustFullHistory);
    assert_eq!(report.history.len(), 3, "the rows of all endpoints alone");
}

#[test]
fn older_failure_files_have_no_times() {
    let failures = "Method,Name,Error,Occurrences\r\nGET,/,boom,3\r\n".into();
    let report = CsvSet { failures: Some(failures), ..locust() }.parse().unwrap();
    assert_eq!((report.failures[0].occurrences, report.failures[0].first_seen), (3, None));
}

#[test]
fn what_is_not_there_is_said() {
    let set = CsvSet { history: None, failures: None, exceptions: None, ..locust() };
    let report = set.parse().unwrap();
    assert_eq!(kinds(&report), ["locust_snapshot", "locust_percentiles", "files_missing"]);
    let said = &report.notes[2].text;
    assert!(said.contains("_stats_history.csv, _failures.csv, _exceptions.csv"), "{said}");
    let markdown = markdown::render(&report).unwrap();
    assert!(markdown.contains("21 failures, of which the kinds are not known."), "{markdown}");
}

#[test]
fn a_history_cut_anywhere_in_its_last_row_loses_that_row_alone() {
    let whole = format!("{HISTORY_HEADER}{HISTORY}");
    let last_row = whole.trim_end().rfind('\n').unwrap() + 1;
    for end in last_row + 1..whole.len() - 1 {
        let set = CsvSet { history: Some(whole.as_bytes()[..end].to_vec()), ..locust() };
        let report = set.parse().unwrap();
        assert_eq!(report.history.len(), 2, "cut at {end}");
        assert_eq!(kinds(&report)[1], "history_cut", "cut at {end}");
        assert!(report.notes[1].text.contains("line 4"), "{}", report.notes[1].text);
    }
}

#[test]
fn statistics_cut_anywhere_are_an_error() {
    for end in 0..STATS.len() - 1 {
        let set = CsvSet { stats: STATS.as_bytes()[..end].to_vec(), ..locust() };
        let error = set.parse().map(|report| report.total.count);
        let cut = matches!(
            error,
            Err(ReadError::Empty { .. }
                | ReadError::CutOff { .. }
                | ReadError::NoTotal { .. }
                | ReadError::Header { .. })
        );
        assert!(cut, "cut at {end}: {error:?}");
    }
}

#[test]
fn errors_name_file_line_and_column() {
    let stats = |from: &str, to: &str| CsvSet { stats: STATS.replacen(from, to, 1).into_bytes(), ..locust() };
    let history = |from: &str, to: &str| {
        let text = format!("{HISTORY_HEADER}{HISTORY}").replacen(from, to, 1);
        CsvSet { history: Some(text.into_bytes()), ..locust() }
    };
    let rows = [
        (
            stats("Name", "Title"),
            "`runs/locust_stats.csv`, line 1: column 2 is `Title` where `Name` is expected",
        ),
        (stats(",100%", ""), "line 2: the row has 22 cells where the header has 21"),
        (
            stats("GET,/,107", "GET,/,many"),
            "line 2, column `Request Count`: `many` is not a whole number from 0",
        ),
        (stats("GET,/,107", "GET,/,-1"), "line 2, column `Request Count`: `-1` is not a whole number from 0"),
        (
            stats("29.44", "nan29.44"),
            "line 2, column `Max Response Time`: `nan29.443856999932905` is not a number",
        ),
        (stats("12.0,7.6", "inf,7.6"), "line 2, column `Average Content Size`: `inf` is not a number"),
        (stats("GET,/,107", "GET,/,extra,107"), "line 2: the row has 23 cells where the header has 22"),
        (stats(",Aggregated", "x,Aggregated"), "ends without the row `Aggregated`"),
        (stats("GET,/,107", ",Aggregated,107"), "line 3: a row stands after the row `Aggregated`"),
        (
            history("35.000000", "fast"),
            "`runs/locust_stats_history.csv`, line 4, column `Requests/s`: `fast` is not a number",
        ),
        (history("1795454780", "soon"), "line 3, column `Timestamp`: `soon` is not a whole number"),
        (
            CsvSet { failures: Some(FAILURES.replace("2026-11-23T17:19:52Z", "then").into()), ..locust() },
            "`runs/locust_failures.csv`, line 2, column `First Seen`: `then` is not a UTC time",
        ),
        (CsvSet { stats: Vec::new(), ..locust() }, "`runs/locust_stats.csv` is empty"),
    ];
    for (set, said) in rows {
        let error = set.parse().unwrap_err().to_string();
        assert!(error.contains(said), "{error}\n  should say\n{said}");
    }
}

#[test]
fn statistics_that_do_not_add_up_are_not_trusted() {
    let set = CsvSet { stats: STATS.replace("GET,/,107", "GET,/,108").into_bytes(), ..locust() };
    let report = set.parse().unwrap();
    assert_eq!(kinds(&report)[0], "sum_mismatch");
    assert!(!report.is_sound());
}

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
    report.notes.clear();
    report.thresholds.clear();
    report.facts = Default::default();
    report
}

#[test]
fn files_of_different_moments_are_told() {
    let root = tempfile::tempdir().unwrap();
    let mut earlier = report();
    let requests = earlier.total.count;
    earlier.history.last_mut().unwrap().total_count += 35;
    let told = read_prefix(&write_run(root.path(), &earlier)).unwrap();
    let note = told.notes.iter().find(|note| note.kind.name() == "files_differ").unwrap();
    let expected = format!("the statistics hold {requests} requests, the history {} of 2 min", requests + 35);
    assert!(note.text.contains(&expected), "{}", note.text);
}

#[test]
fn our_own_files_read_back_as_the_same_rows() {
    let root = tempfile::tempdir().unwrap();
    let original = report();
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
    let told = known().unwrap_err();
    assert!(
        told.contains("staged_streams_history.csv") && told.contains("the same line of the history"),
        "{told}"
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

#[test]
fn the_command_writes_beside_the_files_and_never_over_a_runs_own_report() {
    let root = tempfile::tempdir().unwrap();
    let prefix = write_run(root.path(), &report());

    let first = run_command(&prefix, None, None, "n").unwrap();
    assert_eq!(first.paths, [root.path().join("REPORT.md")]);
    let second = run_command(root.path(), None, None, "n").unwrap();
    assert_eq!(second.paths, [root.path().join("staged_REPORT.md")]);
    let named = run_command(&prefix, Some(&root.path().join("new/OUT.md")), None, "n").unwrap();
    let text = fs::read_to_string(&named.paths[0]).unwrap();
    assert_eq!(text, markdown::render(&named.report).unwrap());
    assert!(text.contains("|  | **Aggregated** | 8 | 2 | 0.067 | 12.351 | 2500 | 2500 | 2500 |"), "{text}");

    let error = run_command(&prefix, Some(root.path()), None, "n").unwrap_err().to_string();
    assert!(error.starts_with("report OUT.md: `") && error.contains("is a folder"), "{error}");

    let locust = root.path().join("alone");
    fs::create_dir(&locust).unwrap();
    fs::write(locust.join("l_stats.csv"), STATS).unwrap();
    assert_eq!(run_command(&locust, None, None, "n").unwrap().paths, [locust.join("l_REPORT.md")]);
}

/// Reads a set and makes its Markdown. Whatever the files hold, this returns.
fn survives(set: &CsvSet) {
    match set.parse() {
        Ok(report) => assert!(!markdown::render(&report).unwrap().is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Cells that a damaged file may hold.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        Just("N/A".to_owned()),
        Just("Aggregated".to_owned()),
        Just(String::new()),
        "[\"',\r\n =x]{0,6}",
    ]
}

fn damaged(text: &str, cells: &[(usize, String)]) -> Vec<u8> {
    let mut parts: Vec<String> = text.split(',').map(str::to_owned).collect();
    for (place, cell) in cells {
        let place = place % parts.len();
        parts[place].clone_from(cell);
    }
    parts.join(",").into_bytes()
}

proptest! {
    #[test]
    fn garbage_never_panics(files in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..300)), 7), stats in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut files = files.into_iter();
        let mut next = || files.next().flatten();
        survives(&CsvSet {
            prefix: PathBuf::from("garbage"),
            stats,
            history: next(),
            failures: next(),
            exceptions: next(),
            streams: next(),
            streams_history: next(),
            stages: next(),
            workers: next(),
        });
    }

    #[test]
    fn damaged_files_never_panic(cells in prop::collection::vec((any::<usize>(), cell()), 1..4), own: bool) {
        let mut set = locust();
        set.stats = damaged(STATS, &cells);
        survives(&set);
        set = locust();
        set.history = Some([HISTORY_HEADER.as_bytes(), &damaged(HISTORY, &cells)].concat());
        if own {
            set.workers = Some(Vec::new());
        }
        survives(&set);
        set.workers = None;
        set.failures = Some(damaged(FAILURES, &cells));
        survives(&set);
    }
}
