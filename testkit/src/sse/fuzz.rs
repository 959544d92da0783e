//! The property that a fuzzer drives: it needs nothing but bytes.

use super::drive::{NO_LIMIT, OwnedItem, bytewise, run, whole};

/// Panics if a parser property is broken by `input`: 8 bytes seed the cuts, 2 the
/// limit, the rest is the stream.
///
/// - No input panics.
/// - Items and end are the same for any chunking.
/// - No data and no name is longer than the limit.
/// - Without a limit nothing is oversize.
pub fn fuzz_one(input: &[u8]) {
    let Some((seed, input)) = input.split_first_chunk::<8>() else { return };
    let Some((limit, stream)) = input.split_first_chunk::<2>() else { return };
    let limit = usize::from(u16::from_le_bytes(*limit) % 512);
    let chunks = split(stream, u64::from_le_bytes(*seed));
    for limit in [limit, NO_LIMIT] {
        let expected = whole(stream, limit);
        assert_eq!(bytewise(stream, limit), expected);
        assert_eq!(run(chunks.iter().copied(), limit).0, expected);
        for item in &expected.items {
            match item {
                OwnedItem::Event { event, data } => assert!(event.len() <= limit && data.len() <= limit),
                OwnedItem::Oversize => assert!(limit < NO_LIMIT),
                OwnedItem::Comment => {}
            }
        }
    }
}

/// Cuts the stream at places that depend on the seed alone: mostly short chunks,
/// some of them empty.
pub fn split(stream: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut state = seed;
    let mut chunks = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        // Knuth's 64-bit linear congruential generator; its high bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let length = usize::try_from(state >> 60).unwrap_or(0);
        let (chunk, tail) = rest.split_at(length.min(rest.len()));
        chunks.push(chunk);
        rest = tail;
    }
    chunks
}
