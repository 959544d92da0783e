//! Strings and first bytes against readers that look at one byte after another.

use super::*;
use proptest::prelude::*;

/// A string read byte by byte, its first quote stepped over, and what follows it.
fn plain_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        at += match text.get(at)? {
            b'"' => return Some((&text[..at], &text[at + 1..])),
            b'\\' => match text.get(at + 1)? {
                b'u' if text.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                _ => return None,
            },
            _ => 1,
        };
    }
}

/// Long runs without an end, ends at every place of a word, and bytes that differ from an end in one bit.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        40 => Just(b'a'),
        2 => Just(b'"'),
        2 => Just(b'\\'),
        2 => prop::sample::select(b"u0nf/".to_vec()),
        2 => prop::sample::select(vec![b'#', b'!', b'"' | 0x80, b'[', b']', b'\\' | 0x80, 0, 1, 0xff]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..100)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_string_ends_where_a_plain_reader_ends_it(text in texts()) {
        let first = text.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        prop_assert_eq!(quote_or_escape(&text), first);
        let mut cursor = Cursor::new(&text);
        let found = cursor.string_rest().map(|found| (found, cursor.rest()));
        prop_assert_eq!(found, plain_string(&text));
    }

    #[test]
    fn first_bytes_are_those_of_the_text_alone(from in texts(), length: prop::sample::Index) {
        let length = length.index(from.len() + 1);
        let expected = from[..length].iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        prop_assert_eq!(first_bytes(&from, length), expected);
    }
}
