//! Every face of one report: exact forms, and texts that try to break them.

use std::path::{Path, PathBuf};

use common::text::number::{count, milliseconds, rounded};
use report::files::CsvFile;
use report::rows::{
    Cause, CauseKind, ExceptionRow, FailureRow, LimitRows, Percentiles, RunReport, SecondRow, Severity,
};
use report::style::Paint;
use report::{csv, headline, html, json, markdown, terminal};
use testkit::reports::limits::limits;
use testkit::reports::{hostile_texts, report};

type Writer = fn(&mut Vec<u8>, &RunReport) -> std::io::Result<()>;

fn text(write: Writer, report: &RunReport) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes, report).unwrap();
    String::from_utf8(bytes).unwrap()
}

const CSV_FILES: [(&str, Writer); 8] = [
    ("stats", |out, report| csv::write(CsvFile::Stats, out, report)),
    ("history", |out, report| csv::write(CsvFile::History, out, report)),
    ("failures", |out, report| csv::write(CsvFile::Failures, out, report)),
    ("exceptions", |out, report| csv::write(CsvFile::Exceptions, out, report)),
    ("streams", |out, report| csv::write(CsvFile::Streams, out, report)),
    ("stages", |out, report| csv::write(CsvFile::Stages, out, report)),
    ("workers", |out, report| csv::write(CsvFile::Workers, out, report)),
    ("slowest", |out, report| csv::write(CsvFile::Slowest, out, report)),
];

#[test]
fn where_some_failed_good_ones_stand_apart_in_every_face_for_people() {
    let faces = |report: &RunReport| {
        let place = html::Place { folder: Path::new(""), files: &[], nonce: "nonce" };
        let plain = Paint { colour: false };
        [
            (terminal::summary(report, &[], plain, 80), "good ones alone"),
            (markdown::render(report).unwrap(), "p50, failed"),
            (html::render(report, place).unwrap(), "failed_p50_ms"),
        ]
    };
    let mut failing = report();
    faces(&failing).iter().for_each(|(face, label)| assert!(!face.contains(label), "{label}"));
    (failing.total.good, failing.total.failed) =
        (Percentiles::of(&[987_654].into_iter().collect()), Percentiles::of(&[1_234].into_iter().collect()));
    (failing.endpoints[0].good, failing.endpoints[0].failed) = (failing.total.good, failing.total.failed);
    for (face, label) in faces(&failing) {
        assert!(face.contains(label) && face.contains("988 ms") && face.contains("1.23 ms"), "{face}");
    }
    assert!(text(|out, report| json::write(out, report), &failing).contains("\"failed_p50_ms\": 1.234"));
    assert!(!text(CSV_FILES[0].1, &failing).contains("987."), "the columns are Locust's");
}

#[test]
fn a_failure_shows_the_trace_of_one_request_where_requests_carry_some() {
    let mut traced = report();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let faces = |report: &RunReport| {
        let place = html::Place { folder: Path::new(""), files: &[], nonce: "nonce" };
        [markdown::render(report).unwrap(), html::render(report, place).unwrap()]
    };
    faces(&traced).iter().for_each(|face| assert!(!face.contains("Trace of one")));
    traced.failures[0].trace = Some(trace.to_owned());
    faces(&traced)
        .iter()
        .for_each(|face| assert!(face.contains("Trace of one") && face.contains(trace), "{face}"));
    assert!(text(|out, report| json::write(out, report), &traced).contains(trace));
}

#[test]
fn the_headers_are_locusts_to_the_letter() {
    let stats = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,\
                 Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,\
                 50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n";
    let history = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,\
                   99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,\
                   Total Average Response Time,Total Min Response Time,Total Max Response Time,\
                   Total Average Content Size\r\n";
    let expected = [
        ("stats", stats),
        ("history", history),
        ("failures", "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"),
        ("exceptions", "Count,Message,Traceback,Nodes\r\n"),
        ("streams", stats),
    ];
    let empty = RunReport::default();
    for (name, header) in expected {
        let (_, write) = CSV_FILES.iter().find(|(file, _)| *file == name).unwrap();
        let text = text(*write, &empty);
        assert_eq!(text.split_inclusive('\n').next(), Some(header), "{name}");
    }
}

#[test]
fn every_csv_file_of_a_known_run() {
    for (name, write) in CSV_FILES {
        let mut report = report();
        report.history.truncate(2);
        let text = text(write, &report);
        assert!(text.ends_with("\r\n"), "{name} ends with CRLF");
        insta::assert_snapshot!(format!("csv_{name}"), text.replace("\r\n", "␍␊\n"));
    }
}

#[test]
fn before_the_first_request_the_percentiles_are_n_a() {
    let line = String::from_utf8(
        csv::history_row(&SecondRow { timestamp: 1_795_454_779, ..SecondRow::default() }).unwrap(),
    );
    assert_eq!(
        line.unwrap(),
        "1795454779,0,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,0,0,0,0,0,0,0\r\n"
    );
    assert_eq!(
        text(|out, report| csv::write(CsvFile::Stats, out, report), &RunReport::default()).lines().nth(1),
        Some(",Aggregated,0,0,0,0,0,0,0,0,0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A")
    );
}

#[test]
fn markdown_of_a_known_run() {
    insta::assert_snapshot!("markdown", markdown::render(&report()).unwrap());
}

#[test]
fn markdown_of_nothing_is_still_a_report() {
    insta::assert_snapshot!("markdown_empty", markdown::render(&RunReport::default()).unwrap());
}

#[test]
fn terminal_of_a_known_run() {
    let files =
        ["results/x/staged_stats.csv", "results/x/REPORT.md", "other/summary.json"].map(PathBuf::from);
    let plain = terminal::summary(&report(), &files, Paint { colour: false }, 80);
    assert!(!plain.contains('\u{1b}'));
    let coloured = terminal::summary(&report(), &files, Paint { colour: true }, 80);
    assert!(coloured.contains('\u{1b}'));
    let bare = coloured
        .split('\u{1b}')
        .map(|part| part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest));
    assert_eq!(bare.collect::<String>(), plain, "colour changes nothing but the colour");
    insta::assert_snapshot!("terminal", plain);
}

#[test]
fn terminal_of_nothing_and_of_limits() {
    let plain = |report: &RunReport| terminal::summary(report, &[], Paint { colour: false }, 80);
    insta::assert_snapshot!("terminal_empty", plain(&RunReport::default()));
    let limits = LimitRows {
        headline: vec![
            "The service holds 40 users (between 40 and 48).".to_owned(),
            "Raise the pool before you add machines.".to_owned(),
        ],
        cause: Cause {
            kind: CauseKind::SlotPool,
            seen: "Never more than 24 streams sent text at once, however many users there were.".to_owned(),
            means: "A slot is held for the length of a stream.".to_owned(),
            change: "Raise max_concurrent_streams.".to_owned(),
            ..Cause::default()
        },
        ..LimitRows::default()
    };
    let shown = plain(&RunReport { limits: Some(limits), ..report() });
    assert!(shown.starts_with("The service holds 40 users"), "the limits come first");
    insta::assert_snapshot!("terminal_limits", shown);
}

#[test]
fn json_of_a_known_run() {
    insta::assert_snapshot!("json", text(|out, report| json::write(out, report), &report()));
}

#[test]
fn the_verdict_says_why_it_cannot_say_anything() {
    let mut sound = report();
    assert_eq!(
        headline(&sound),
        [
            "The run completed: 8 requests in 2 min with at most 10 users, 2 failed (25 %).",
            "Half of the calls beside the streams took 1.23 ms or less, 95 % 12.3 ms, 99 % 12.3 ms; 95 % of the \
             streams showed text within 800 ms; the busiest second reached 1 request/s.",
        ]
    );
    sound.facts.degraded = vec!["generator".into()];
    sound.notes.push(testkit::reports::note("generator", Severity::Error, "It was late."));
    assert_eq!(
        headline(&sound)[1],
        "The figures do not stand for the service alone (generator): read the notes before you rely on them."
    );
    assert_eq!(
        headline(&RunReport::default()),
        [
            "The run is under way: 0 requests, 0 failed (0 %).",
            "Nothing was measured, so nothing can be said about the service.",
        ]
    );
}

#[test]
fn files_have_the_same_digits_and_people_read_them_rounded() {
    let report = report();
    let json: serde_json::Value =
        serde_json::from_str(&text(|out, report| json::write(out, report), &report)).unwrap();
    let stats = text(|out, report| csv::write(CsvFile::Stats, out, report), &report);
    let markdown = markdown::render(&report).unwrap();
    for (row, line) in report.endpoints.iter().zip(stats.lines().skip(1)) {
        let cells: Vec<_> = line.split(',').collect();
        let in_json = json["endpoints"]
            .as_array()
            .unwrap()
            .iter()
            .find(|object| object["name"] == cells[1] && object["method"] == cells[0])
            .unwrap();
        let number = |key: &str| in_json[key].as_f64().unwrap().to_string();
        let from_json = ["count", "failures", "rps", "p50_ms", "p95_ms", "p99_ms", "max_ms"].map(number);
        assert_eq!(
            from_json.each_ref().map(String::as_str),
            [2, 3, 9, 11, 16, 18, 7].map(|column| cells[column])
        );
        let said = |key: &str, people: fn(f64) -> String| people(in_json[key].as_f64().unwrap());
        let times = ["p50_ms", "p95_ms", "p99_ms", "max_ms"].map(|key| said(key, milliseconds));
        let in_markdown = format!(
            "| {} | `{}` | {} | {} | {} | {} | {} |",
            row.method,
            row.name,
            count(row.count),
            count(row.failures),
            count(row.cut),
            said("rps", rounded),
            times.join(" | ")
        );
        assert!(markdown.contains(&in_markdown), "{in_markdown}");
    }
}

/// A report in which every text from outside is `text`.
fn report_of(text: &str) -> RunReport {
    let mut report = report();
    let set = |field: &mut String| text.clone_into(field);
    set(&mut report.facts.shape);
    report.facts.host = Some(text.to_owned());
    report.facts.api = Some(text.to_owned());
    report.facts.command = Some(text.to_owned());
    report.facts.classes = vec![text.to_owned()];
    report.thresholds.iter_mut().for_each(|row| set(&mut row.expr));
    report.facts.versions.insert(text.to_owned(), text.to_owned());
    report.endpoints.iter_mut().for_each(|row| {
        set(&mut row.method);
        set(&mut row.name);
    });
    report.stages.iter_mut().for_each(|row| set(&mut row.name));
    report.workers.iter_mut().for_each(|row| {
        set(&mut row.name);
        set(&mut row.host);
        set(&mut row.version);
        row.lost_spans = vec![text.to_owned()];
    });
    let mut failure = |row: &mut FailureRow| {
        set(&mut row.method);
        set(&mut row.name);
        set(&mut row.text);
    };
    report.failures.iter_mut().for_each(&mut failure);
    report.exceptions = vec![ExceptionRow {
        count: 1,
        message: text.to_owned(),
        traceback: text.to_owned(),
        workers: vec![text.to_owned()],
    }];
    report.notes.push(testkit::reports::note(text, Severity::Warning, text));
    report
}

#[test]
fn no_text_becomes_a_formula_or_moves_a_cursor_in_csv() {
    for hostile in hostile_texts() {
        for (name, write) in CSV_FILES {
            let text = text(write, &report_of(&hostile));
            assert!(!text.contains('\u{1b}'), "{name}: {hostile:?}");
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            for record in reader.records() {
                for cell in record.unwrap().iter() {
                    let number = cell.parse::<f64>().is_ok();
                    assert!(
                        number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                        "{name}: {cell:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_text_becomes_markup_in_markdown() {
    let shape = |text: &str| {
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        let cells = lines.iter().map(|line| line.matches('|').count()).collect::<Vec<_>>();
        (text.lines().filter(|line| line.starts_with('#')).count(), cells)
    };
    let harmless = shape(&markdown::render(&report_of("harmless")).unwrap());
    for hostile in hostile_texts().into_iter().filter(|text| !text.is_empty()) {
        let text = markdown::render(&report_of(&hostile)).unwrap();
        // Inside a fence everything is literal; there only the fence itself must hold.
        let outside = outside_fences(&text).replace("\\]", "");
        for markup in ["<script", "](http", "http://evil", "https://evil", "www.evil", "\u{1b}", "\u{202E}"] {
            assert!(!outside.contains(markup), "{markup} of {hostile:?}");
        }
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202E}'), "{hostile:?}");
        assert_eq!(shape(&outside), harmless, "{hostile:?}");
    }
}

/// The lines outside of fenced blocks. Panics when a fence is left open.
fn outside_fences(text: &str) -> String {
    let mut outside = String::new();
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            None => outside += &format!("{line}\n"),
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            Some(_) => {}
        }
    }
    assert_eq!(fence, None, "a fence was left open");
    outside
}

#[test]
fn no_text_breaks_the_screen() {
    for hostile in hostile_texts() {
        let behind = RunReport { behind: report().behind, limits: Some(limits()), ..report_of(&hostile) };
        for (width, columns) in [(60, 60), (80, 80), (100, 120), (60, 20)] {
            let text = terminal::summary(&behind, &[], Paint { colour: false }, columns);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{hostile:?}");
            for line in text.lines() {
                assert!(common::text::escape::columns(line) <= width, "{line}");
            }
        }
    }
}

#[test]
fn json_keeps_every_text_as_it_is() {
    for hostile in hostile_texts() {
        let written: serde_json::Value =
            serde_json::from_str(&text(|out, report| json::write(out, report), &report_of(&hostile)))
                .unwrap();
        assert_eq!(written["failures"][0]["text"], hostile.as_str());
        assert_eq!(written["run"]["shape"], hostile.as_str());
    }
}
