//! `controller report` on files that are missing, cut off or something else.

use super::case::controller;

const HEADER: &str = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,\
    Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,\
    98%,99%,99.9%,99.99%,100%\r\n";
const ROW: &str = "GET,/threads,3,1,5,5.5,1.5,9.5,12.0,1.5,0.5,5,5,9,9,9,9,9,9,9,9,9\r\n";
const TOTAL: &str = ",Aggregated,3,1,5,5.5,1.5,9.5,12.0,1.5,0.5,5,5,9,9,9,9,9,9,9,9,9\r\n";

/// What `report run` says of a `run_stats.csv` with this content.
fn stats(content: &str, complaint: &str) {
    controller("report run OUT.md")
        .file("run_stats.csv", content.as_bytes())
        .gets(&format!("controller: `run_stats.csv`{complaint}"));
}

#[test]
fn a_prefix_without_files_is_reported() {
    let give = "give the prefix of a run's CSV files, such as `results/staged-20260101T000000Z/staged`, or the \
                folder that holds them";
    controller("report run OUT.md")
        .gets(&format!("controller: no results at `run`: `run_stats.csv` does not exist; {give}"));
    controller("report . OUT.md")
        .file("notes.txt", b"mine".as_slice())
        .gets(&format!("controller: no results at `.`: `./*_stats.csv` does not exist; {give}"));
    controller("report . OUT.md")
        .file("a_stats.csv", HEADER.as_bytes())
        .file("b_stats.csv", HEADER.as_bytes())
        .gets("controller: `.` holds several runs; name one of them: `./a`, `./b`");
    controller("report").gets("controller: `<PREFIX|LOG>` is missing; add it; see controller --help");
}

#[test]
fn a_page_that_cannot_be_written_leaves_no_report_behind() {
    let good = format!("{HEADER}{ROW}{TOTAL}");
    controller("report run OUT.md --html run_stats.csv/page.html").file("run_stats.csv", good.as_bytes()).gets(
        "controller: --html: cannot create the folder `run_stats.csv` (File exists (os error 17)); choose another \
         path",
    );
    controller("report run OUT --html ./OUT")
        .file("run_stats.csv", good.as_bytes())
        .gets("controller: --html and report OUT.md both want to write `./OUT`; give each a path of its own");
}

#[test]
fn cut_off_statistics_are_reported_with_file_and_line() {
    stats("", " is empty; the run was stopped before it wrote anything, so there is nothing to report");
    let rest = "the row is cut off, the file was not written to its end; if the row is complete, end it with a \
                line end, else use an earlier copy of the file";
    stats(&HEADER[..40], &format!(", line 1: {rest}"));
    stats(&format!("{HEADER}{}", &ROW[..20]), &format!(", line 2: {rest}"));
    stats(&format!("{HEADER}{ROW}{}", TOTAL.trim_end()), &format!(", line 3: {rest}"));
    stats(
        &format!("{HEADER}{ROW}"),
        " ends without the row `Aggregated`: the file was not written to its end; use an earlier copy of it",
    );
}

#[test]
fn files_that_are_something_else_are_reported_with_file_and_line() {
    stats(
        "name,price\r\n",
        ", line 1: column 1 is `name` where `Type` is expected; the file must be as Locust 2.x or this program \
         wrote it",
    );
    stats(
        &format!("{HEADER}{}{TOTAL}", ROW.replace(",3,", ",many,")),
        ", line 2, column `Request Count`: `many` is not a whole number from 0; repair the cell",
    );
    stats(
        &format!("{HEADER}GET,/threads,3\r\n{TOTAL}"),
        ", line 2: the row has 3 cells where the header has 22; repair or remove the row",
    );
    controller("report run OUT.md")
        .file("run_stats.csv", format!("{HEADER}{ROW}{TOTAL}").as_bytes())
        .file("run_failures.csv", b"Method,Name,Error,Occurrences\r\nGET,/threads,oh,".as_slice())
        .gets(&format!(
            "controller: `run_failures.csv`, line 2: {}",
            "the row is cut off, the file was not written to its end; if the row is complete, end it with a \
             line end, else use an earlier copy of the file"
        ));
}

#[test]
fn a_report_that_cannot_be_written_is_named() {
    let good = format!("{HEADER}{ROW}{TOTAL}");
    let table = [
        ("file/OUT.md", "cannot create the folder `file` (File exists (os error 17)); choose another path"),
        (".", "`.` is a folder; name a file in it"),
    ];
    for (out, complaint) in table {
        controller(&format!("report run {out}"))
            .file("run_stats.csv", good.as_bytes())
            .file("file", b"mine".as_slice())
            .gets(&format!("controller: report OUT.md: {complaint}"));
    }
}

const LINE: &str = "{\"user\":1,\"class\":\"crud\",\"session\":1,\"turn\":0,\"call\":\"GET /threads\",\"stage\":0,\"measured\":true,\
                    \"intended\":0,\"start\":0,\"sent\":0,\"end\":1000,\"outcome\":\"ok\",\"status\":200,\"bytes\":2}\n";

/// A log of a worker in a run.
fn log(run: &str, worker: &str) -> String {
    format!(
        "{{\"header\":{{\"version\":1,\"run\":\"{run}\",\"seed\":1,\"worker\":\"{worker}\",\"started\":0.0,\
         \"clock_offset_us\":0,\"sample\":1.0}}}}\n{LINE}"
    )
}

#[test]
fn logs_that_make_no_report_of_one_run_are_refused() {
    let (one, other, joined) = (log("a", "w1"), log("b", "w1"), log("a", "w1") + log("a", "w2").as_str());
    let files = [
        ("a.jsonl", one.as_bytes()),
        ("copy.jsonl", one.as_bytes()),
        ("b.jsonl", other.as_bytes()),
        ("joined.jsonl", joined.as_bytes()),
        ("merged.jsonl", LINE.as_bytes()),
        ("empty.jsonl", b"".as_slice()),
        ("notes.txt", b"mine\n".as_slice()),
    ];
    for (logs, said) in [
        ("a.jsonl b.jsonl", "a.jsonl and b.jsonl are of different runs; name those of one"),
        (
            "a.jsonl copy.jsonl",
            "a.jsonl and copy.jsonl are the same log, and its requests would count twice; name it once",
        ),
        (
            "joined.jsonl",
            "joined.jsonl, line 3: another log begins here; name the workers' own files, one by one",
        ),
        (
            "merged.jsonl a.jsonl",
            "merged.jsonl is a merged file, and may hold the requests of the others; name it alone, or the workers' own logs",
        ),
        (
            "empty.jsonl",
            "there is nothing in empty.jsonl, not even its first line; name logs that a run's workers wrote with --log",
        ),
        ("notes.txt", "notes.txt is no log of requests; name files that a run's workers wrote with --log"),
        (
            "a.jsonl OUT.html",
            "OUT.html: No such file or directory (os error 2); name logs that a run's workers wrote with --log",
        ),
        (
            "a.jsonl OUT.md --json OUT.md",
            "--json and report OUT.md both want to write `OUT.md`; give each a path of its own",
        ),
    ] {
        let typed = format!("report {logs}");
        let mut case = controller(&typed);
        for (name, content) in files {
            case = case.file(name, content);
        }
        case.gets(&format!("controller: {said}"));
    }
}
