//! The hot path does not allocate: counted by an allocator that wraps the
//! system's (crate allocation-counter; it counts this thread alone).

use allocation_counter::measure;
use worker::sse::{Item, Parser, scan};

const EVENTS: u64 = 1_000;

fn token(index: u64, newline: &str) -> String {
    let pad = "x".repeat(8);
    format!(
        "data: {{\"type\":\"token\",\"content\":\"w{index:04} {pad}\",\"i\":{index:04}}}{newline}{newline}"
    )
}

/// Feeds the chunks and returns how many events had data.
fn feed(parser: &mut Parser, chunks: &[&[u8]]) -> u64 {
    let mut events = 0;
    for chunk in chunks {
        let mut rest = *chunk;
        while let Some(item) = parser.next_item(&mut rest) {
            events += u64::from(matches!(item, Item::Event { data, .. } if !data.is_empty()));
        }
    }
    events
}

/// The same chunks twice: the second time must not allocate.
fn allocations(chunks: &[&[u8]]) -> u64 {
    let mut parser = Parser::default();
    assert_eq!(feed(&mut parser, chunks), EVENTS);
    let mut events = 0;
    let info = measure(|| events = feed(&mut parser, chunks));
    assert_eq!(events, EVENTS);
    info.count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(Vec::<u8>::with_capacity(1)))).count_total, 1);
}

#[test]
fn aligned_events_need_no_buffer_at_all() {
    for newline in ["\n", "\r\n", "\r"] {
        let events: Vec<_> = (0..EVENTS).map(|index| token(index, newline)).collect();
        let chunks: Vec<_> = events.iter().map(String::as_bytes).collect();
        let mut parser = Parser::default();
        let mut seen = 0;
        // Even the first event is free.
        let info = measure(|| seen = feed(&mut parser, &chunks));
        assert_eq!((seen, info.count_total), (EVENTS, 0));
        assert_eq!(parser.counters().copied, 0);
    }
}

#[test]
fn many_events_in_one_chunk_do_not_allocate() {
    let stream: String = (0..EVENTS).map(|index| token(index, "\n")).collect();
    assert_eq!(allocations(&[stream.as_bytes()]), 0);
}

#[test]
fn named_events_and_pings_do_not_allocate_after_the_first() {
    let one = |index| format!(": ping\n\nevent: token\n{}", token(index, "\n"));
    let events: Vec<_> = (0..EVENTS).map(one).collect();
    let chunks: Vec<_> = events.iter().map(String::as_bytes).collect();
    assert_eq!(allocations(&chunks), 0);
}

#[test]
fn events_cut_by_reads_do_not_allocate_after_the_first() {
    let stream: String = (0..EVENTS).map(|index| token(index, "\n")).collect();
    assert_eq!(allocations(&stream.as_bytes().chunks(7).collect::<Vec<_>>()), 0);
    assert_eq!(allocations(&stream.as_bytes().chunks(1).collect::<Vec<_>>()), 0);
}

#[test]
fn reading_fields_does_not_allocate() {
    let event = token(12, "\n");
    let data = event.trim_start_matches("data: ").as_bytes();
    let nested = br#"{"choices":[{"delta":{"content":"x"}}],"usage":{"completion_tokens":7}}"#;
    let info = measure(|| {
        for _ in 0..EVENTS {
            assert_eq!(scan::string_field(data, "type").map(scan::RawStr::as_bytes), Some(&b"token"[..]));
            assert!(scan::string_field(data, "content").is_some_and(|text| !text.is_empty()));
            assert!(scan::string_at(nested, &["choices", "0", "delta", "content"]).is_some());
            assert_eq!(scan::number_field(nested, &["usage", "completion_tokens"]), Some(7));
        }
    });
    assert_eq!(info.count_total, 0);
}
