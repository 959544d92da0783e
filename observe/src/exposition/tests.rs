//! Pages as real software writes them, and pages that nobody should write.

use proptest::prelude::*;

use super::*;

fn read(globs: &[&str], page: &[u8], pieces: usize) -> Page {
    let choice = Choice::of(&globs.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap();
    let mut reader = Exposition::new(&choice);
    page.chunks(pieces.max(1)).for_each(|piece| reader.feed(piece));
    reader.finish()
}

fn kinds(samples: &[Sample]) -> Vec<(&str, SampleKind, f64)> {
    samples.iter().map(|sample| (sample.series.as_str(), sample.kind, sample.value)).collect()
}

const PAGE: &str = "\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine=\"0\",model_name=\"a \\\"b\\\", }\"} 60.0
vllm:num_requests_running{engine=\"1\",model_name=\"m\"} 4.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine=\"0\"} 0.25
vllm:kv_cache_usage_perc{engine=\"1\"} 0.75
# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{engine=\"0\"} 1.5e3 1700000000000
# TYPE pg_stat_database_xact_commit counter
pg_stat_database_xact_commit{datid=\"0\",datname=\"\"} 7
# TYPE wait_seconds histogram
wait_seconds_bucket{le=\"0.1\"} 3 # {trace_id=\"x\"} 0.05
wait_seconds_sum 1.25
unchosen 1
nan_of_mine NaN
 spaced_of_mine { a = \"1\" , b=\"2\", } 5
vllm:num_requests_waiting 136
# EOF";

#[test]
fn a_page_of_an_engine_is_read_however_it_is_cut() {
    use SampleKind::{Counter, Gauge};
    for pieces in [1, 7, PAGE.len()] {
        let page = read(&["wait_*", "*_of_mine*"], PAGE.as_bytes(), pieces);
        assert_eq!(
            kinds(&page.samples),
            [
                ("vllm:num_requests_running", Gauge, 64.0),
                ("vllm:kv_cache_usage_perc", Gauge, 0.75),
                ("vllm:generation_tokens_total", Counter, 1500.0),
                ("pg_stat_database_xact_commit", Counter, 7.0),
                ("wait_seconds_bucket{le=\"0.1\"}", Counter, 3.0),
                ("wait_seconds_sum", Counter, 1.25),
                ("spaced_of_mine{a=\"1\",b=\"2\"}", Gauge, 5.0),
                ("vllm:num_requests_waiting", Gauge, 136.0),
            ],
            "{pieces}"
        );
        assert_eq!((page.left_out, page.stray, page.known > 0), (0, StrayLines::default(), true));
    }
}

#[test]
fn what_is_no_sample_is_skipped_and_the_rest_is_read() {
    let page = b"tgi_queue_size{ 1\ntgi_queue_size{a=\"b} 1\ntgi_queue_size\ntgi_queue_size one\n{} 1\n\xff\xfe 1\r\n\
        tgi_queue_size{a=\"\xff\"} 3\r\n<html>\n\n# TYPE\n#\n";
    assert_eq!(kinds(&read(&[], page, 5).samples), [("tgi_queue_size", SampleKind::Gauge, 3.0)]);
    let mut long = b"tgi_queue_size{a=\"".to_vec();
    long.extend(std::iter::repeat_n(b'x', 1 << 20));
    long.extend(b"\"} 1\ntgi_batch_current_size 2\n");
    assert_eq!(kinds(&read(&[], &long, 4096).samples), [("tgi_batch_current_size", SampleKind::Gauge, 2.0)]);
}

/// A logger that writes to where the page goes costs its own lines: no other, and no series is made of them.
#[test]
fn lines_of_a_logger_between_the_samples_are_counted_and_no_series() {
    let page = "2026-11-30 03:12:33 INFO ready 5\n# TYPE tgi_queue_size gauge\ntgi_queue_size 3\n\
        INFO 5 requests waiting\nWARNING:root:slow 3\ntgi_batch_current_size 3 requests run\ntgi_batch_current_size 2\n";
    for pieces in [1, 7, page.len()] {
        let read = read(&["*"], page.as_bytes(), pieces);
        assert_eq!(
            kinds(&read.samples),
            [("tgi_queue_size", SampleKind::Gauge, 3.0), ("tgi_batch_current_size", SampleKind::Gauge, 2.0)]
        );
        let first = Some("2026-11-30 03:12:33 INFO ready 5".to_owned());
        assert_eq!(read.stray, StrayLines { count: 4, first });
        assert!(read.is_metrics());
    }
}

#[test]
fn a_line_that_is_too_long_is_counted_and_only_its_beginning_shown() {
    let mut long = b"tgi_queue_size{a=\"".to_vec();
    long.extend(std::iter::repeat_n(b'x', 1 << 20));
    long.extend(b"\"} 1\ntgi_batch_current_size 2\n");
    let stray = read(&[], &long, 4096).stray;
    assert_eq!((stray.count, stray.first.map(|first| first.chars().count())), (1, Some(MOST_SHOWN + 1)));
}

#[test]
fn a_page_for_people_is_no_page_of_metrics() {
    for page in [
        "<!DOCTYPE html>\n<html><body>\nqueue 5\n</body></html>",
        "\u{feff} <html>",
        "{\"status\": \"ok\"}",
        "OK",
        "# Welcome\nPlease sign in\n",
        "",
        "\n \n",
    ] {
        assert!(!read(&["*"], page.as_bytes(), 3).is_metrics(), "{page}");
    }
    for page in ["# TYPE a gauge\n", "a 1", "INFO ready\na 1"] {
        assert!(read(&[], page.as_bytes(), 3).is_metrics(), "{page}");
    }
}

#[test]
fn a_million_series_take_little_room() {
    let choice = Choice::of(&["m*".to_owned()]).unwrap();
    let mut reader = Exposition::new(&choice);
    for number in 0..1_000_000 {
        reader.feed(format!("m{number} 1\n").as_bytes());
    }
    let page = reader.finish();
    assert_eq!((page.samples.len(), page.left_out), (MOST_GATHERED, 1_000_000 - MOST_GATHERED as u64));
}

proptest! {
    /// No page makes it panic, and how a page is cut changes nothing.
    #[test]
    fn any_bytes_in_any_pieces_are_the_same_page(
        page in proptest::collection::vec(prop_oneof![
            3 => proptest::sample::select(b"tgi_queue_size{}=\"\\,# \n\n1.eE+-TYPEcounter".to_vec()),
            1 => any::<u8>(),
        ], 0..400),
        pieces in 1..50usize,
    ) {
        let whole = read(&["*"], &page, page.len());
        prop_assert_eq!(&whole, &read(&["*"], &page, pieces));
        prop_assert!(whole.samples.iter().all(|sample| sample.value.is_finite() && sample.series.len() <= LONGEST_SERIES));
    }
}
