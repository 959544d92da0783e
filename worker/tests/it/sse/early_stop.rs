//! Stopping at the terminal event, and one parser for several streams.

use worker::sse::{Counters, End, Item, Parser};

/// Parses up to the first `[DONE]`; returns what is left of the chunk.
fn until_done<'c>(parser: &mut Parser, mut chunk: &'c [u8]) -> &'c [u8] {
    while let Some(item) = parser.next_item(&mut chunk) {
        if matches!(item, Item::Event { data: b"[DONE]", .. }) {
            break;
        }
    }
    chunk
}

#[test]
fn bytes_after_the_terminal_event_are_left_in_the_chunk() {
    for (stream, left) in [
        (b"data: a\n\ndata: [DONE]\n\n".as_slice(), b"".as_slice()),
        (b"data: a\n\ndata: [DONE]\n\ndata: b\n\n", b"data: b\n\n"),
        (b"data: a\r\n\r\ndata: [DONE]\r\n\r\n", b""),
        (b"data: a\r\n\r\ndata: [DONE]\r\n\r\n\r\n", b"\r\n"),
        (b"data: [DONE]\r\rx", b"x"),
        (b"data: [DONE]\n\r\nx", b"x"),
        (b"event: end\ndata: [DONE]\n\nx", b"x"),
        (b"id: 1\ndata: [DONE]\nid: 2\n\nx", b"x"),
    ] {
        let mut parser = Parser::default();
        assert_eq!(until_done(&mut parser, stream), left, "{:?}", stream.escape_ascii().to_string());
        assert_eq!(parser.counters().bytes, (stream.len() - left.len()) as u64);
        assert_eq!(parser.finish(), End::Clean);
    }
}

#[test]
fn what_was_left_can_be_parsed_later() {
    let mut parser = Parser::default();
    let mut rest = until_done(&mut parser, b"event: end\ndata: [DONE]\n\ndata: b\n\nda");
    assert_eq!(parser.next_item(&mut rest), Some(Item::Event { event: b"", data: b"b" }));
    assert_eq!(parser.next_item(&mut rest), None);
    assert_eq!(parser.pending_bytes(), 2);
}

#[test]
fn the_line_feed_of_a_cut_crlf_is_the_only_thing_after_the_terminal_event() {
    let mut parser = Parser::default();
    assert_eq!(until_done(&mut parser, b"data: [DONE]\r\n\r"), b"");
    let mut rest: &[u8] = b"\n";
    assert_eq!(parser.next_item(&mut rest), None);
    assert_eq!(parser.finish(), End::Clean);
}

#[test]
fn an_event_that_is_still_lent_is_not_pending() {
    for stream in [b"event: n\ndata: x\n\n".as_slice(), b"data: x\ndata: y\n\n"] {
        let mut parser = Parser::default();
        let mut rest = stream;
        assert!(matches!(parser.next_item(&mut rest), Some(Item::Event { .. })));
        assert_eq!(parser.pending_bytes(), 0);
    }
}

#[test]
fn after_finish_a_new_stream_begins_with_nothing_of_the_old_one() {
    let mut parser = Parser::new(8);
    for (stream, end) in [
        (b"event: old\ndata: cut".as_slice(), End::Truncated { bytes: 20 }),
        (b"data: far too long", End::Truncated { bytes: 18 }),
        (b"data: [DONE]\r", End::Truncated { bytes: 13 }),
        (b"data: x\r\r", End::Clean),
        (b"\nda", End::Truncated { bytes: 2 }),
        (b"\xEF\xBB", End::Truncated { bytes: 2 }),
    ] {
        let mut rest = stream;
        while parser.next_item(&mut rest).is_some() {}
        assert_eq!(parser.finish(), end, "{:?}", stream.escape_ascii().to_string());
        let mut rest: &[u8] = b"\xEF\xBB\xBFdata: new\n\n";
        assert_eq!(parser.next_item(&mut rest), Some(Item::Event { event: b"", data: b"new" }));
        assert_eq!(parser.next_item(&mut rest), None);
        assert_eq!(parser.finish(), End::Clean);
    }
}

#[test]
fn counters_add_up_over_streams() {
    let mut parser = Parser::new(8);
    for _ in 0..2 {
        let mut rest: &[u8] = b": ping\n\ndata: a\n\ndata: 123456789\n\ndata: b\ndata: c\n\n";
        while parser.next_item(&mut rest).is_some() {}
        parser.finish();
    }
    // Copied: `b`, LF, `c` of each stream; `a` is borrowed, the long one dropped at once.
    assert_eq!(parser.counters(), Counters { bytes: 102, events: 4, comments: 2, oversize: 2, copied: 6 });
}
