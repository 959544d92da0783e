//! Nasty streams and what they mean, one sentence each.

use testkit::sse::{NO_LIMIT, OwnedItem, Run, bytewise, run, whole};
use worker::sse::{End, Item};

pub struct Row {
    why: &'static str,
    pub stream: &'static [u8],
    items: &'static [Item<'static>],
    /// Bytes of a cut frame; 0 for a clean end.
    cut: u64,
}

const fn row(why: &'static str, stream: &'static [u8], items: &'static [Item<'static>], cut: u64) -> Row {
    Row { why, stream, items, cut }
}

const fn data(data: &'static [u8]) -> Item<'static> {
    Item::Event { event: b"", data }
}

const fn named(event: &'static [u8], data: &'static [u8]) -> Item<'static> {
    Item::Event { event, data }
}

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    // Line ends
    row("An empty stream has nothing and lost nothing.", b"", &[], 0),
    row("LF ends lines.", b"data: a\n\ndata: b\n\n", &[data(b"a"), data(b"b")], 0),
    row("CRLF ends lines (sse-starlette's default).", b"data: a\r\n\r\ndata: b\r\n\r\n", &[data(b"a"), data(b"b")], 0),
    row("CR alone ends lines, and the last event needs no further byte.", b"data: a\r\rdata: b\r\r", &[data(b"a"), data(b"b")], 0),
    row("Line ends may be mixed.", b"data: a\r\n\ndata: b\n\rdata: c\r\r\ndata: d\n\r\n", &[data(b"a"), data(b"b"), data(b"c"), data(b"d")], 0),
    row("LF CR is two line ends, CR LF is one.", b"data: a\n\rdata: b\r\n\r\n", &[data(b"a"), data(b"b")], 0),
    row("Blank lines before and between events mean nothing.", b"\n\r\n\r\n\ndata: a\n\n\n\n\r\rdata: b\n\n\n", &[data(b"a"), data(b"b")], 0),
    row("Many events may come in one read.", b"data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5\n\n", &[data(b"1"), data(b"2"), data(b"3"), data(b"4"), data(b"5")], 0),

    // Byte order mark
    row("One byte order mark at offset 0 is dropped.", b"\xEF\xBB\xBFdata: a\n\n", &[data(b"a")], 0),
    row("A second mark makes the field name another one.", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[data(b"b")], 0),
    row("A mark later is not dropped: the line is an unknown field.", b"\n\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[data(b"b")], 0),
    row("A mark inside a value is content.", b"data: \xEF\xBB\xBF\n\n", &[data(b"\xEF\xBB\xBF")], 0),
    row("Half a mark is the start of an unknown field.", b"\xEF\xBBdata: a\n\ndata: b\n\n", &[data(b"b")], 0),
    row("One byte of a mark may be a whole line.", b"\xEF\ndata: b\n\n", &[data(b"b")], 0),
    row("A mark alone is an empty stream.", b"\xEF\xBB\xBF", &[], 0),
    row("A stream that ends inside the mark is cut.", b"\xEF\xBB", &[], 2),
    row("A mark is no part of what is pending.", b"\xEF\xBB\xBFdata: a", &[], 7),

    // Values
    row("The space after the colon is optional.", b"data:a\n\n", &[data(b"a")], 0),
    row("Only one space is dropped.", b"data:   a \n\n", &[data(b"  a ")], 0),
    row("A tab is not a space.", b"data:\ta\n\n", &[data(b"\ta")], 0),
    row("A value may hold colons.", b"data: a: b:c\n\n", &[data(b"a: b:c")], 0),
    row("An empty value is an event with empty data.", b"data:\n\ndata: \n\n", &[data(b""), data(b"")], 0),
    row("A field name without a colon has the empty value.", b"data\n\n", &[data(b"")], 0),
    row("Data lines are joined by LF.", b"data: a\ndata: b\n\n", &[data(b"a\nb")], 0),
    row("JSON over several data lines is one event.", b"data: {\ndata:  \"a\": 1\ndata: }\n\n", &[data(b"{\n \"a\": 1\n}")], 0),
    row("Empty data lines count as lines.", b"data\ndata\n\ndata:\ndata: a\ndata\n\n", &[data(b"\n"), data(b"\na\n")], 0),
    row("NUL is content.", b"data: a\0b\n\n", &[data(b"a\0b")], 0),
    row("Characters of several bytes may be cut anywhere.", "data: é漢👍\n\n".as_bytes(), &[data("é漢👍".as_bytes())], 0),
    row("Invalid UTF-8 in data is handed on.", b"data: a\xFF\xC3\n\n", &[data(b"a\xFF\xC3")], 0),
    row("Invalid UTF-8 in comments and unknown fields harms nobody.", b": \xFF\n\xFE: \xC3\ndata: a\n\n", &[Item::Comment, data(b"a")], 0),

    // Field names
    row("Field names are case-sensitive.", b"Data: a\nDATA: b\n\ndata: c\n\n", &[data(b"c")], 0),
    row("A space before or after a name makes it another one.", b" data: a\ndata : b\n\ndata: c\n\n", &[data(b"c")], 0),
    row("Longer and shorter names are other ones.", b"dat: a\ndatas: b\nd\ne:x\nevents: x\n\ndata: c\n\n", &[data(b"c")], 0),
    row("`id` and `retry` change nothing here.", b"id: 1\nretry: 10\ndata: a\nid\nretry: x\n\n", &[data(b"a")], 0),
    row("A block without data is no event.", b"event: a\nid: 1\nretry: 3000\n\ndata: b\n\n", &[data(b"b")], 0),

    // Event names
    row("An event has its name.", b"event: token\ndata: a\n\n", &[named(b"token", b"a")], 0),
    row("The name may come after the data.", b"data: a\nevent: token\n\n", &[named(b"token", b"a")], 0),
    row("The last name wins.", b"event: a\nevent: b\ndata: x\n\n", &[named(b"b", b"x")], 0),
    row("An empty name, or none after `event`, is the default again.", b"event: a\nevent:\ndata: x\n\nevent: a\nevent\ndata: y\n\n", &[data(b"x"), data(b"y")], 0),
    row("A name holds for one event.", b"event: a\ndata: x\n\ndata: y\n\n", &[named(b"a", b"x"), data(b"y")], 0),
    row("A name is forgotten at a blank line even without an event.", b"event: a\n\ndata: x\n\n", &[data(b"x")], 0),
    row("200 and then an error event is an event like others.", b"event: error\ndata: {\"detail\":\"no slot\"}\n\n", &[named(b"error", b"{\"detail\":\"no slot\"}")], 0),

    // Comments
    row("A keep-alive comment is no event.", b": ping - 2026-01-01\r\n\r\ndata: a\r\n\r\n", &[Item::Comment, data(b"a")], 0),
    row("A comment between two data events leaves both whole.", b"data: a\n\n: ping\n\ndata: b\n\n", &[data(b"a"), Item::Comment, data(b"b")], 0),
    row("A comment may be glued to the data after it.", b":ping\ndata: a\n\n", &[Item::Comment, data(b"a")], 0),
    row("A comment inside an event does not end it.", b"data: a\n: ping\ndata: b\n\n", &[Item::Comment, data(b"a\nb")], 0),
    row("A colon alone is a comment.", b":\n\n:\n", &[Item::Comment, Item::Comment], 0),
    row("A comment that looks like a field is a comment.", b":data: a\n\n", &[Item::Comment], 0),

    // Ends
    row("[DONE] without its blank line is no event but a cut frame.", b"data: a\n\ndata: [DONE]\n", &[data(b"a")], 13),
    row("[DONE] without any line end is cut too.", b"data: a\n\ndata: [DONE]", &[data(b"a")], 12),
    row("A missing [DONE] is no matter of framing.", b"data: a\n\n", &[data(b"a")], 0),
    row("After [DONE] events are still events.", b"data: [DONE]\n\ndata: late\n\n", &[data(b"[DONE]"), data(b"late")], 0),
    row("A cut field name counts.", b"data: a\n\nda", &[data(b"a")], 2),
    row("A cut comment counts: the stream was cut inside a line.", b"data: a\n\n: pi", &[data(b"a")], 4),
    row("A complete trailing comment is no loss.", b"data: a\n\n: ping\n", &[data(b"a"), Item::Comment], 0),
    row("Complete trailing lines of other fields are no loss.", b"data: a\n\nid: 7\r\nretry: 1\r\n", &[data(b"a")], 0),
    row("A trailing event name without data is cut.", b"data: a\n\nevent: done\n", &[data(b"a")], 12),
    row("An empty data line without its blank line is cut.", b"data\r\n", &[], 6),
    row("All bytes since the last blank line are pending.", b"data: a\r\n\r\n: ping\r\ndata: b\r\nid: 1\r\nx", &[data(b"a"), Item::Comment], 25),

    // Not an event stream
    row("An HTML page has no events.", b"<!doctype html>\n<html>\n\n<p>data: a</p>\n</html>\n", &[], 0),
    row("A JSON body has no events, and its missing line end shows as a cut.", b"{\"detail\":\"data: x\"}", &[], 20),
];

fn expected(row: &Row) -> Run {
    let end = if row.cut == 0 { End::Clean } else { End::Truncated { bytes: row.cut } };
    Run { items: row.items.iter().copied().map(OwnedItem::from).collect(), end }
}

#[test]
fn each_row_means_what_it_says_at_every_cut() {
    for row in ROWS {
        assert_eq!(whole(row.stream, NO_LIMIT), expected(row), "{}", row.why);
        assert_eq!(bytewise(row.stream, NO_LIMIT), expected(row), "{} (byte by byte)", row.why);
        for cut in 0..=row.stream.len() {
            let (head, tail) = row.stream.split_at(cut);
            let (seen, _) = run([head, tail], NO_LIMIT);
            assert_eq!(seen, expected(row), "{} (cut at {cut})", row.why);
        }
    }
}

#[rustfmt::skip]
const LIMITED: &[Row] = &[
    row("Data of exactly the limit is fine.", b"data: 12345678\n\n", &[data(b"12345678")], 0),
    row("One byte more is oversize; the next event is read.", b"data: 123456789\n\ndata: b\n\n", &[Item::Oversize, data(b"b")], 0),
    row("The LF that joins lines counts.", b"data: 1234\ndata: 567\n\ndata: 1234\ndata: 5678\n\n", &[data(b"1234\n567"), Item::Oversize], 0),
    row("The limit holds for empty lines too.", b"data: 12345678\ndata\n\ndata: b\n\n", &[Item::Oversize, data(b"b")], 0),
    row("An oversize event is reported once, whatever follows in it.", b"data: 123456789\ndata: 123456789\nevent: 123456789\n\n", &[Item::Oversize], 0),
    row("Each oversize event is reported.", b"data: 123456789\n\r\ndata: 123456789\r\n\n", &[Item::Oversize, Item::Oversize], 0),
    row("No part of an oversize event survives it.", b"event: n\ndata: a\ndata: 123456789\ndata: b\n\ndata: c\n\n", &[Item::Oversize, data(b"c")], 0),
    row("A name has the same limit.", b"event: 12345678\ndata: a\n\nevent: 123456789\ndata: a\n\n", &[named(b"12345678", b"a"), Item::Oversize], 0),
    row("Comments and ignored fields have none.", b": 123456789\nid: 123456789\ndata: a\n\n", &[Item::Comment, data(b"a")], 0),
    row("A comment inside an oversize event is a sign of life.", b"data: 123456789\n: ping\n\n", &[Item::Oversize, Item::Comment], 0),
    row("An oversize event without its blank line is cut as well.", b"data: 123456789\n", &[Item::Oversize], 16),
];

#[test]
fn limits_hold_at_every_cut() {
    for row in LIMITED {
        assert_eq!(whole(row.stream, 8), expected(row), "{}", row.why);
        assert_eq!(bytewise(row.stream, 8), expected(row), "{} (byte by byte)", row.why);
        for cut in 0..=row.stream.len() {
            let (head, tail) = row.stream.split_at(cut);
            assert_eq!(run([head, tail], 8).0, expected(row), "{} (cut at {cut})", row.why);
        }
    }
}
