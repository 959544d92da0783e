//! Work and memory for long events, counted instead of timed.

use testkit::sse::{NO_LIMIT, OwnedItem, run};
use worker::sse::{DEFAULT_LIMIT, End, Item, Parser};

const MIB: usize = 1024 * 1024;
const READ: usize = 16 * 1024;

fn long_event(length: usize) -> Vec<u8> {
    [b"data: ".as_slice(), &vec![b'x'; length], b"\n\n"].concat()
}

/// One copy into the buffer, and the moves of a buffer that doubles: 1 + 2 + 4 …
/// up to the last one, in sum less than two copies more.
#[test]
fn a_2_mib_event_in_16_kib_reads_is_copied_less_than_three_times() {
    let stream = long_event(2 * MIB);
    let (seen, counters) = run(stream.chunks(READ), NO_LIMIT);
    assert_eq!(seen.items, [OwnedItem::Event { event: vec![], data: vec![b'x'; 2 * MIB] }]);
    assert!((2 * MIB as u64..6 * MIB as u64).contains(&counters.copied), "{counters:?}");
}

#[test]
fn byte_by_byte_costs_no_more_copies() {
    let stream = long_event(MIB);
    let (_, counters) = run(stream.chunks(1), NO_LIMIT);
    // More than one copy: the moves of the growing buffer are counted.
    assert!((MIB as u64 + 1..3 * MIB as u64).contains(&counters.copied), "{counters:?}");
}

#[test]
fn many_short_data_lines_are_linear_too() {
    let lines = 100_000;
    let stream = [b"data: 0123456789\n".repeat(lines), b"\n".to_vec()].concat();
    let (seen, counters) = run(stream.chunks(READ), NO_LIMIT);
    let length = 11 * lines - 1;
    assert!(matches!(&seen.items[..], [OwnedItem::Event { data, .. }] if data.len() == length));
    assert!((length as u64..3 * length as u64).contains(&counters.copied), "{counters:?}");
}

#[test]
fn a_2_mib_event_is_oversize_by_default_and_the_next_one_is_read() {
    let stream = [long_event(2 * MIB), b"data: next\n\n".to_vec()].concat();
    let (seen, counters) = run(stream.chunks(READ), DEFAULT_LIMIT);
    assert_eq!(seen.items, [OwnedItem::Oversize, OwnedItem::Event { event: vec![], data: b"next".to_vec() }]);
    assert_eq!(seen.end, End::Clean);
    // Nothing is copied any more once the event is known to be too long.
    assert!(counters.copied < 3 * DEFAULT_LIMIT as u64, "{counters:?}");
}

#[test]
fn endless_lines_without_a_line_end_are_not_kept() {
    for (start, items) in [
        (b"data:".as_slice(), vec![OwnedItem::Oversize]),
        (b"event:", vec![OwnedItem::Oversize]),
        (b":", vec![]),
        (b"id:", vec![]),
        (b"", vec![]),
    ] {
        let stream = [start, &vec![b'x'; 2 * MIB]].concat();
        let (seen, counters) = run(stream.chunks(READ), DEFAULT_LIMIT);
        assert_eq!(seen.items, items);
        assert_eq!(seen.end, End::Truncated { bytes: stream.len() as u64 });
        assert!(counters.copied < 3 * DEFAULT_LIMIT as u64, "{counters:?}");
    }
}

#[test]
fn an_aligned_event_is_borrowed_from_the_chunk() {
    for stream in [b"data: x\n\n".as_slice(), b"data: x\r\n\r\n", b"data:x\r\r", b": ping\n\ndata: x\n\n"] {
        let mut parser = Parser::default();
        let mut rest = stream;
        let mut borrowed = 0;
        while let Some(item) = parser.next_item(&mut rest) {
            if let Item::Event { data, .. } = item {
                assert_eq!(data, b"x");
                assert!(stream.as_ptr_range().contains(&data.as_ptr()));
                borrowed += 1;
            }
        }
        assert_eq!((borrowed, parser.counters().copied), (1, 0));
    }
}
