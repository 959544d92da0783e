//! Whatever files hold, reading them returns.

use std::path::PathBuf;

use proptest::prelude::*;
use report::markdown;
use report::read::CsvSet;

use super::{FAILURES, HISTORY, HISTORY_HEADER, STATS, locust};

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
    fn garbage_never_panics(files in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..300)), 9), stats in prop::collection::vec(any::<u8>(), 0..300)) {
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
            slowest: next(),
            observed: next(),
            behind: next(),
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
