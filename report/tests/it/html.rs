//! report.html: every table is its CSV file, no text becomes markup, and it stays small.

use std::collections::BTreeMap;
use std::path::Path;

use common::stats::{Metric, StreamCounts};
use common::text::escape::{MAX_TEXT, from_csv_cell, plain};
use common::text::number;
use report::files::CsvFile;
use report::rows::{
    AGGREGATED, EndpointRow, ExceptionRow, FailureRow, RunReport, Severity, StageRow, ThresholdRow, WorkerRow,
};
use report::{csv, html};
use scraper::{ElementRef, Html, Selector};
use testkit::reports::limits::limits;
use testkit::reports::{hostile_texts, report};
use testkit::runs::have_or_skip;
use testkit::runs::validator;

const NONCE: &str = "0123456789abcdef0123456789abcdef";

fn render(report: &RunReport) -> String {
    let files = ["x/staged_stats.csv", "x/report.html", "elsewhere/summary.json"].map(Into::into);
    html::render(report, html::Place { folder: Path::new("x"), files: &files, nonce: NONCE }).unwrap()
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// A table of the page: its rows, each from a CSV column's name to the cell's text; where that is a rounded number, to
/// the digits that stand behind it.
fn table(page: &Html, name: &str) -> Vec<BTreeMap<String, String>> {
    let columns: Vec<String> = all(page, &format!("#table-{name} thead th"))
        .into_iter()
        .map(|head| head.attr("data-column").map_or_else(|| text(head), str::to_owned))
        .collect();
    let cells = Selector::parse("td").unwrap();
    let row = |row: ElementRef<'_>| {
        let exact = |cell: ElementRef<'_>| cell.attr("title").map_or_else(|| text(cell), str::to_owned);
        let texts: Vec<String> = row.select(&cells).map(exact).collect();
        assert_eq!(texts.len(), columns.len(), "{name}");
        let mut row_of: BTreeMap<String, String> = columns.iter().cloned().zip(texts).collect();
        if let Some(key) = row.attr("data-row") {
            row_of.insert("Name".to_owned(), key.to_owned());
        }
        row_of
    };
    all(page, &format!("#table-{name} tbody tr")).into_iter().map(row).collect()
}

/// A CSV file: its rows by column.
fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = ::csv::Reader::from_reader(bytes);
    let head = reader.headers().unwrap().clone();
    let row = |record: ::csv::StringRecord| {
        head.iter().map(str::to_owned).zip(record.iter().map(|cell| from_csv_cell(cell).to_owned())).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// What the page says where the CSV file says `cell`.
fn said(name: &str, column: &str, cell: &str) -> String {
    match (name, column) {
        (_, _) if cell == csv::NO_NUMBER => "–".to_owned(),
        ("failures", "First Seen" | "Last Seen") if cell.is_empty() => "–".to_owned(),
        _ => plain(cell, MAX_TEXT),
    }
}

/// The times of a row of the statistics that the page shows.
const TIMES: [&str; 7] =
    ["Average Response Time", "Min Response Time", "Max Response Time", "50%", "90%", "95%", "99%"];

type Writer = fn(&mut Vec<u8>, &RunReport) -> std::io::Result<()>;

const FILES: [(&str, Writer, &[&str]); 6] = [
    // The columns that the page leaves out: twins of others, and percentiles between those shown.
    (
        "stats",
        |out, report| csv::write(CsvFile::Stats, out, report),
        &["Median Response Time", "66%", "75%", "80%", "98%", "99.9%", "99.99%", "100%"],
    ),
    (
        "streams",
        |out, report| csv::write(CsvFile::Streams, out, report),
        &[
            "Type",
            "Failure Count",
            "Failures/s",
            "Average Content Size",
            "Median Response Time",
            "66%",
            "75%",
            "80%",
            "98%",
            "99.9%",
            "99.99%",
            "100%",
        ],
    ),
    // Of calls and streams together.
    ("stages", |out, report| csv::write(CsvFile::Stages, out, report), &["50%", "95%", "99%"]),
    ("failures", |out, report| csv::write(CsvFile::Failures, out, report), &[]),
    ("workers", |out, report| csv::write(CsvFile::Workers, out, report), &[]),
    ("slowest", |out, report| csv::write(CsvFile::Slowest, out, report), &[]),
];

#[test]
fn every_table_is_its_csv_file_cell_by_cell() {
    for report in [report(), hostile(), hour()] {
        let page = Html::parse_document(&render(&report));
        for (name, write, left_out) in FILES {
            let mut bytes = Vec::new();
            write(&mut bytes, &report).unwrap();
            let mut file = rows(&bytes);
            if name == "streams" {
                file.retain(|row| row["Type"] == csv::STREAM_TYPE && row["Request Count"] != "0");
            }
            let mut shown = table(&page, name);
            assert_eq!(shown.len(), file.len(), "{name}");
            if name == "streams" {
                [&mut shown, &mut file]
                    .into_iter()
                    .for_each(|rows| rows.sort_by_key(|row| row["Name"].clone()));
            }
            for (shown, row) in shown.iter().zip(&file) {
                let is_mixed = name == "stats" && row["Name"] == AGGREGATED && report.streams.any();
                for (column, cell) in row.iter().filter(|(column, _)| !left_out.contains(&column.as_str())) {
                    if is_mixed && TIMES.contains(&column.as_str()) {
                        assert_eq!(shown[column], "–", "{column} of calls and streams together");
                        continue;
                    }
                    let in_html = match (name, column.as_str(), shown.get("Class").map(String::as_str)) {
                        ("failures", "Error", Some(class)) if shown["Error"].is_empty() => class.to_owned(),
                        // The file has class and text in one cell.
                        ("failures", "Error", Some(class)) => {
                            let text = cell.strip_prefix(&format!("{class}: ")).unwrap_or(cell);
                            assert_eq!(shown[column], plain(text, MAX_TEXT));
                            continue;
                        }
                        _ => shown[column].clone(),
                    };
                    assert_eq!(in_html, said(name, column, cell), "{name}, {column}, {row:?}");
                }
            }
        }
    }
}

#[test]
fn the_totals_of_streams_stand_below_their_table() {
    let report = report();
    let page = Html::parse_document(&render(&report));
    let mut bytes = Vec::new();
    csv::write(CsvFile::Streams, &mut bytes, &report).unwrap();
    // What most services never do is left out.
    let seldom = StreamCounts::NAMES.into_iter().skip_while(|name| *name != "comments").skip(1);
    let seldom: Vec<&str> = seldom.chain(["abandoned"]).collect();
    let is_shown = |row: &BTreeMap<String, String>| {
        row["Request Count"] != "0" || !seldom.contains(&row["Name"].as_str())
    };
    let totals = rows(&bytes).into_iter().filter(|row| row["Type"] == csv::COUNT_TYPE).filter(is_shown);
    let totals: Vec<String> =
        totals.map(|row| number::count(row["Request Count"].parse().unwrap())).collect();
    let shown: Vec<String> = all(&page, "#streams .counts b").into_iter().map(text).collect();
    assert_eq!(shown[..totals.len()], totals);
}

#[test]
fn the_limits_stand_with_every_rung() {
    let report = RunReport { limits: Some(limits()), ..report() };
    let page = Html::parse_document(&render(&report));
    let rungs = serde_json::to_value(&limits().rungs).unwrap();
    let shown = table(&page, "rungs");
    assert_eq!(shown.len(), 6);
    for (shown, rung) in shown.iter().zip(rungs.as_array().unwrap()) {
        for (column, value) in rung.as_object().unwrap() {
            let Some(in_html) = shown.get(column) else {
                // With streams it would be of calls and of streams together.
                let left_out = ["criteria", "little", "p95_ms"];
                assert!(left_out.contains(&column.as_str()), "{column} is not shown");
                continue;
            };
            let expected = match (column.as_str(), value) {
                ("verdict", value) => {
                    assert!(in_html.ends_with(value.as_str().unwrap()), "{in_html}");
                    continue;
                }
                ("why", value) => value.as_str().unwrap_or_default().to_owned(),
                ("throughput" | "ttft_mean_ms", value) => number::exact(value["estimate"].as_f64().unwrap()),
                (_, value) if value.is_null() => "–".to_owned(),
                (_, value) if value.is_number() => number::exact(value.as_f64().unwrap()),
                (_, value) => value.as_str().unwrap().to_owned(),
            };
            assert_eq!(*in_html, expected, "{column}");
        }
    }
    // Units are tied to their numbers by spaces that do not break.
    let sections: String = all(&page, "#limits, #change, #rungs").into_iter().map(text).collect();
    let sections = sections.replace('\u{a0}', " ");
    for sentence in limits().headline.iter().chain(&limits().cause.evidence).chain(&limits().criteria) {
        assert!(sections.contains(sentence), "{sentence}");
    }
    let places: Vec<_> = all(&page, ".chart").into_iter().filter_map(|chart| chart.attr("id")).collect();
    assert_eq!(places[..2], ["chart-rungs-throughput", "chart-rungs-latency"]);
}

/// A report that says something hostile wherever a text comes from outside.
fn hostile() -> RunReport {
    let texts = hostile_texts();
    let known = report();
    let mut hostile = RunReport { limits: Some(limits()), ..report() };
    let facts = &mut hostile.facts;
    facts.shape = texts[0].clone();
    facts.host = Some(texts[0].clone());
    facts.api = Some(texts[6].clone());
    facts.command = Some(texts.concat());
    facts.classes = texts.clone();
    facts.versions = [(texts[0].clone(), texts[15].clone())].into();
    let each = || texts.iter().cloned();
    hostile.thresholds = each().map(|expr| ThresholdRow { expr, ..known.thresholds[0].clone() }).collect();
    hostile.endpoints =
        each().map(|name| EndpointRow { method: name.clone(), name, ..known.endpoints[0].clone() }).collect();
    hostile.stages = each().map(|name| StageRow { name, ..known.stages[0].clone() }).collect();
    let failure = |text: String| FailureRow { name: text.clone(), text, ..known.failures[0].clone() };
    hostile.failures = each().map(failure).collect();
    let exception = |text: String| ExceptionRow {
        message: text.clone(),
        traceback: text.clone(),
        workers: vec![text],
        ..known.exceptions[0].clone()
    };
    hostile.exceptions = each().map(exception).collect();
    let worker = |text: String| WorkerRow {
        name: text.clone(),
        host: text.clone(),
        version: text,
        ..known.workers[0].clone()
    };
    hostile.workers = each().map(worker).collect();
    hostile.notes = each().map(|text| testkit::reports::note(&text, Severity::Error, &text)).collect();
    if let Some(limits) = &mut hostile.limits {
        limits.headline = texts.clone();
        limits.criteria = texts.clone();
        limits.cause.evidence = texts.clone();
        limits.cause.seen = texts[0].clone();
        limits.users.failed_first = Some(texts[0].clone());
        limits.rungs.iter_mut().for_each(|rung| rung.stage.clone_from(&texts[0]));
    }
    hostile
}

#[test]
fn no_text_becomes_markup_a_link_or_a_script() {
    let page = Html::parse_document(&render(&hostile()));
    let ordinary = Html::parse_document(&render(&RunReport { limits: Some(limits()), ..report() }));
    for foreign in ["img", "iframe", "object", "link", "form", "base", "[src]", "[onclick]", "[onerror]"] {
        assert!(all(&page, foreign).is_empty(), "{foreign}");
    }
    let scripts = |page: &Html| all(page, "script").len();
    assert_eq!((scripts(&page), scripts(&ordinary)), (3, 3));
    let own = |script: &ElementRef<'_>| {
        script.attr("nonce") == Some(NONCE) || script.attr("type") == Some("application/json")
    };
    assert!(all(&page, "script").iter().all(own));
    for link in all(&page, "a") {
        let href = link.attr("href").unwrap();
        assert!(href.starts_with('#') || href == "./staged_stats.csv" || href == "./report.html", "{href}");
    }
    let failures: Vec<String> =
        table(&page, "failures").into_iter().map(|row| row["Error"].clone()).collect();
    let expected: Vec<String> = hostile_texts().iter().map(|text| plain(text, MAX_TEXT)).collect();
    assert_eq!(failures, expected, "each shows as itself");
    assert_eq!(text(all(&page, "title")[0]), "Load test: <script>alert(1)</script>");
    assert_eq!(text(all(&page, "h1")[0]), "<script>alert(1)</script>");
    let whole = page.root_element().html();
    assert!(!whole.contains('\u{1b}') && !whole.contains('\u{202E}'));
}

#[test]
fn the_charts_hold_every_second_and_nothing_can_end_their_element() {
    let report = hostile();
    let page = Html::parse_document(&render(&report));
    let figures: serde_json::Value = serde_json::from_str(&text(all(&page, "#figures")[0])).unwrap();
    let figures = figures.as_array().unwrap();
    assert!(!text(all(&page, "#figures")[0]).contains('<'));
    let ids: Vec<_> = figures.iter().map(|figure| figure["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["users", "rate", "latency", "streams", "rungs-throughput", "rungs-latency"]);
    let of = |id: &str| figures.iter().find(|figure| figure["id"] == id).unwrap();
    let rates: [fn(&report::rows::SecondRow) -> f64; 2] = [|row| row.rps, |row| row.failures_per_s];
    for (line, value) in rates.into_iter().enumerate() {
        assert_eq!(of("rate")["x"].as_array().unwrap().len(), report.history.len());
        let values = of("rate")["y"][line].as_array().unwrap();
        let read: Vec<f64> = values.iter().map(|y| y.as_f64().unwrap()).collect();
        assert_eq!(read, report.history.iter().map(value).collect::<Vec<_>>());
        let drawn = all(&page, "#chart-rate .line")[line].attr("d").unwrap();
        assert_eq!(drawn.matches('l').count() + 1, report.history.len(), "every second is drawn");
    }
    let of_stages = text(all(&page, "#chart-users .names")[0]);
    assert!(of_stages.is_empty() || all(&page, "#chart-users .names text *").is_empty(), "{of_stages}");
}

#[test]
fn a_chart_is_complete_without_the_script() {
    let report = RunReport { limits: Some(limits()), ..report() };
    let page = Html::parse_document(&render(&report));
    for chart in all(&page, ".chart") {
        let id = chart.attr("id").unwrap();
        let within = |selector: &str| all(&page, &format!("#{id} {selector}"));
        assert_eq!(within(".plot[role=img]").len(), 1, "{id}");
        assert!(within(".rows text").len() >= 3 && within(".columns text").len() >= 3, "{id} has axes");
        assert!(!within(".line, .dots").is_empty(), "{id} is not empty");
        assert!(text(within("desc")[0]).contains("At most: "), "{id} tells what it shows");
    }
    let texts = |selector: &str| all(&page, selector).into_iter().map(text).collect::<Vec<_>>();
    assert_eq!(texts("#chart-latency .legend li"), ["p50", "p95", "p99"]);
    let legend = texts("#chart-rungs-latency .legend li");
    assert_eq!(legend, ["TTFT p95", "whole answer p50", "passed", "failed", "invalid"]);
    assert_eq!(
        texts("#chart-users .columns text"),
        ["0:00", "0:15", "0:30", "0:45", "1:00", "1:15", "1:30", "1:45", "2:00"]
    );
    assert_eq!(texts("#chart-rungs-latency .rule text"), ["ttft.p95<3s", "limit: 27 users"]);
    assert_eq!(texts("#chart-users .names text"), ["ramp", "10 users"]);
    assert_eq!(text(all(&page, "#chart-latency figcaption small")[0]), "ms");
}

#[test]
fn the_verdict_comes_first_what_to_change_second_and_evidence_third() {
    let page = Html::parse_document(&render(&RunReport { limits: Some(limits()), ..report() }));
    let order: Vec<_> =
        all(&page, "main > section").into_iter().filter_map(|section| section.attr("id")).collect();
    assert_eq!(order[..7], ["verdict", "limits", "thresholds", "change", "notes", "rungs", "key"]);
}

/// An hour under load of which every second has a value for every line, observed inside too.
fn hour() -> RunReport {
    let mut hour = RunReport { limits: Some(limits()), ..report() };
    let wave = |second: u64, of: f64| Some(((second as f64 / of).sin() + 1.5) * 1234.567);
    let row = |second: u64| report::rows::SecondRow {
        second,
        users: second / 7,
        users_target: Some(second / 6),
        streams: Some(second % 500),
        rps: wave(second, 11.0).unwrap(),
        failures_per_s: wave(second, 5.0).unwrap() / 100.0,
        percentiles: Some(report::rows::Percentiles(std::array::from_fn(|at| {
            wave(second, 3.0 + at as f64).unwrap()
        }))),
        ttft_p50_ms: wave(second, 7.0),
        ttft_p95_ms: wave(second, 8.0),
        ttft_p99_ms: wave(second, 9.0),
        icl_p50_ms: wave(second, 4.0),
        icl_p95_ms: wave(second, 5.0),
        icl_p99_ms: wave(second, 6.0),
        ..report().history[0].clone()
    };
    hour.history = (0..3600).map(row).collect();
    let sample = |second: u64, series: u64| report::rows::ObservedSample {
        elapsed_s: second as f64 + 0.25,
        name: "model".to_owned(),
        series: format!("series_{series}"),
        value: wave(second, 2.0 + series as f64).unwrap() * 1e6,
    };
    let samples = (0..3600).flat_map(|second| (0..20).map(move |series| sample(second, series))).collect();
    hour.observed = report::rows::ObservedRows::of(samples, &hour.stages, &hour.history);
    hour
}

#[test]
fn an_hour_weighs_less_than_a_megabyte_and_loads_nothing() {
    let page = render(&hour());
    assert!(page.len() <= 1_000_000, "{} bytes", page.len());
    assert!(!page.contains(" src=") && !page.contains("<link"));
    let page = Html::parse_document(&page);
    assert_eq!(all(&page, ".chart").len(), 6 + 2 + 12);
    let last = all(&page, "#chart-icl .columns text").into_iter().map(text).last();
    assert_eq!(last.as_deref(), Some("1:00:00"));
}

/// The longest run and the worst texts that a page may be made of.
fn huge() -> RunReport {
    let mut huge = hostile();
    let second = report().history[0].clone();
    huge.history = (0..100_000)
        .map(|at| report::rows::SecondRow {
            second: at,
            rps: 12_345.678,
            percentiles: Some(report::rows::Percentiles([12_345.678; 11])),
            ttft_p50_ms: Some(12_345.678),
            ttft_p95_ms: Some(12_345.678),
            ttft_p99_ms: Some(12_345.678),
            icl_p50_ms: Some(12_345.678),
            icl_p95_ms: Some(12_345.678),
            icl_p99_ms: Some(12_345.678),
            ..second.clone()
        })
        .collect();
    let text = "<&\"'/".repeat(50);
    huge.failures =
        (0..1_000).map(|_| FailureRow { text: text.clone(), ..report().failures[0].clone() }).collect();
    let worker = || WorkerRow { name: text.clone(), ..report().workers[0].clone() };
    huge.workers = (0..2_000).map(|_| worker()).collect();
    huge
}

#[test]
fn the_page_stays_below_two_megabytes_and_counts_what_it_leaves_out() {
    let page = render(&huge());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(render(&report()).len() < 100_000);
    let page = Html::parse_document(&page);
    assert_eq!(text(all(&page, "#failures .hint")[0]), "800 more kinds stand in the file _failures.csv.");
    assert_eq!(text(all(&page, "#workers .hint")[0]), "1,800 more workers stand in the file _workers.csv.");
}

#[test]
fn every_page_is_valid_html() {
    let Some(jar) = have_or_skip(validator::installed()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let pages = [
        ("known", report()),
        ("limits", RunReport { limits: Some(limits()), ..report() }),
        ("hostile", hostile()),
        ("empty", RunReport::default()),
        ("hour", hour()),
    ];
    let write = |(name, report): &(&str, RunReport)| {
        let path = folder.path().join(format!("{name}.html"));
        std::fs::write(&path, render(report)).unwrap();
        path
    };
    let files: Vec<_> = pages.iter().map(write).collect();
    assert_eq!(validator::complaints(&jar, &files), "");
}

/// A call is a moment and a stream a whole answer: what both took together says nothing of either.
#[test]
fn no_figure_for_people_mixes_calls_and_streams() {
    let with = report();
    let page = Html::parse_document(&render(&with));
    let apart: Vec<(String, String)> = all(&page, "#table-apart tbody tr")
        .into_iter()
        .map(|row| {
            let cells: Vec<String> = row.select(&Selector::parse("td").unwrap()).map(text).collect();
            (cells[0].clone(), cells[1].clone())
        })
        .collect();
    let samples = |metric| number::count(with.streams.metric(metric).unwrap().count);
    let rows = [
        ("Calls", "2".to_owned()),
        ("First tokens", samples(Metric::Ttft)),
        ("Whole answers", samples(Metric::E2e)),
    ];
    assert_eq!(apart, rows.map(|(name, count)| (name.to_owned(), count)));
    let heads = |page: &Html, table: &str| -> Vec<String> {
        all(page, &format!("#table-{table} thead th")).into_iter().map(text).collect()
    };
    assert!(!heads(&page, "stages").iter().any(|head| head == "p95"), "{:?}", heads(&page, "stages"));
    let ticket = report::markdown::render(&with).unwrap();
    let total = ticket.lines().find(|line| line.contains("**Aggregated**")).unwrap();
    assert!(total.contains("| – | – | – | – |"), "{total}");
    assert!(ticket.contains("| Whole answers |"), "{ticket}");

    // Without streams all requests are calls.
    let mut without = RunReport { streams: report::rows::StreamRows::default(), calls: None, ..with };
    without.stages.iter_mut().for_each(|stage| (stage.ttft_p50_ms, stage.ttft_p95_ms) = (None, None));
    let page = Html::parse_document(&render(&without));
    assert!(all(&page, "#table-apart").is_empty());
    let total = table(&page, "stats").pop().unwrap();
    assert_eq!(total["95%"], number::exact(without.total.latency.unwrap().percentiles.p95().unwrap()));
    assert!(heads(&page, "stages").iter().any(|head| head == "p95"));
}
