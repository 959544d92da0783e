//! CSV sets back to rows: Locust's, and in the files beside this one ours, damaged ones and garbage.

mod damaged;
mod own;

use std::path::PathBuf;

use report::markdown;
use report::read::{CsvSet, ReadError};
use report::rows::{RunEnd, RunReport, Source, UNCLASSIFIED};

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
        let (few, all) = (of(&report), of(&usual));
        assert_eq!((few.summary, few.percentiles.p50()), (all.summary, all.percentiles.p50()));
        assert_eq!((few.percentiles.p99(), few.percentiles.p95()), (all.percentiles.p99(), None));
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
        markdown.contains("|  | **Aggregated** | 159 | 21 | 18.3 | 6 ms | 150 ms | 150 ms | 148 ms |"),
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
