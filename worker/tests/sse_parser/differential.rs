//! Ours against the oracles: table entries at every cut, random documents at
//! random cuts.

use super::nasty::ROWS;
use super::oracle::{Text, naive, sse_core, sse_parse};
use proptest::prelude::*;
use testkit::sse::{NO_LIMIT, bytewise, fuzz_one, run, split, whole};

/// One chunking, all oracles.
fn agree(chunks: &[&[u8]]) {
    let stream = chunks.concat();
    let (ours, _) = run(chunks.iter().copied(), NO_LIMIT);
    assert_eq!(ours, naive(&stream, NO_LIMIT), "naive: {:?}", stream.escape_ascii().to_string());
    let ours = Text::of(&ours.items);
    assert_eq!(ours, sse_core(chunks.iter().copied(), NO_LIMIT), "sse-core: {chunks:?}");
    assert_eq!(ours, sse_parse(chunks.iter().copied()), "sse-parse: {chunks:?}");
}

#[test]
fn every_row_agrees_at_every_cut() {
    for row in ROWS {
        for cut in 0..=row.stream.len() {
            let (head, tail) = row.stream.split_at(cut);
            agree(&[head, tail]);
        }
        agree(&row.stream.chunks(1).collect::<Vec<_>>());
    }
}

#[test]
fn all_rows_as_one_stream_agree_at_every_cut() {
    // A blank line between them closes what a row left open.
    let stream = ROWS.iter().flat_map(|row| [row.stream, b"\n\n"]).collect::<Vec<_>>().concat();
    for cut in 0..=stream.len() {
        let (head, tail) = stream.split_at(cut);
        agree(&[head, tail]);
    }
}

/// What documents are made of: whole fields, halves of them, line ends, and
/// bytes that parsers stumble over.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"data: ",
        b"data:",
        b"data",
        b"dat",
        b"a: ",
        b"event: ",
        b"event:",
        b"event",
        b"even",
        b"t: ",
        b"id: 7",
        b"id",
        b"retry: 10",
        b"retry: x",
        b"other: 1",
        b"Data: x",
        b" data: x",
        b": ping",
        b":",
        b" ",
        b"  ",
        b"x",
        b"token",
        b"[DONE]",
        b"{\"type\":\"token\"}",
        b"message",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xBB",
        b"\xBF",
        b"\xFF",
        b"\xC3",
        b"\xA9",
        "é".as_bytes(),
        "漢".as_bytes(),
        "👍".as_bytes(),
    ];
    const ENDS: &[&[u8]] = &[b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b"\r\n\n"];
    let own = |piece: &[u8]| piece.to_vec();
    prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(own),
        3 => proptest::sample::select(ENDS).prop_map(own),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
        1 => "[a-z ]{1,40}".prop_map(String::into_bytes),
    ]
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(piece(), 0..48).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn random_documents_agree(stream in document(), seed: u64) {
        agree(&[&stream]);
        agree(&split(&stream, seed));
        agree(&stream.chunks(1).collect::<Vec<_>>());
    }

    /// Here `id` stays below the limit, which sse-core applies to it too, and the last line is complete.
    #[test]
    fn random_documents_agree_under_a_limit(stream in document(), seed: u64, limit in 2_usize..48) {
        let expected = naive(&stream, limit);
        prop_assert_eq!(&whole(&stream, limit), &expected);
        prop_assert_eq!(&bytewise(&stream, limit), &expected);
        let chunks = split(&stream, seed);
        prop_assert_eq!(&run(chunks.iter().copied(), limit).0, &expected);
        let long_id = stream.windows(3).any(|part| part == b"id:");
        // Of a line without an end sse-core knows the value's length alone: that the line feed which will join it
        // to the lines before is too much, it says when the line ends. So here it does.
        let end: &[u8] = if stream.ends_with(b"\n") { b"" } else { b"\n" };
        let ended = [&stream[..], end].concat();
        if !long_id {
            let expected = naive(&ended, limit);
            prop_assert_eq!(Text::of(&expected.items), sse_core(split(&ended, seed), limit));
        }
    }

    #[test]
    fn the_fuzz_target_holds_on_documents(head in any::<[u8; 10]>(), stream in document()) {
        fuzz_one(&[&head[..], &stream].concat());
    }

    #[test]
    fn the_fuzz_target_holds_on_noise(input in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzz_one(&input);
    }
}
