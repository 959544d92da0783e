//! Escapes values for a JSON string or a path.

use std::io::Write as _;

/// So many bytes are looked at together.
const BLOCK: usize = 16;

/// Appends `text` as the inside of a JSON string (RFC 8259 §7).
pub(super) fn push_json(out: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: &u8| (*byte >= b' ') & (*byte != b'"') & (*byte != b'\\');
    push_escaped(out, text.as_bytes(), is_plain, |byte, out| {
        // Writing to a vector cannot fail.
        let _ = match byte {
            b'"' | b'\\' => out.write_all(&[b'\\', byte]),
            _ => write!(out, "\\u{byte:04x}"),
        };
    });
}

/// Appends `text` percent-encoded, all but unreserved characters (RFC 3986 §2.3).
pub(super) fn push_path(out: &mut Vec<u8>, text: &[u8]) {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    push_escaped(out, text, is_plain, |byte, out| {
        // Writing to a vector cannot fail.
        let _ = write!(out, "%{byte:02X}");
    });
}

/// Appends `text` as part of a header's value, without what would end its line.
pub(super) fn push_header(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(text.iter().copied().filter(|byte| matches!(byte, b'\t' | b' '..=b'~')));
}

/// Appends runs of plain bytes as they are and each other byte as `escape` writes it.
fn push_escaped(
    out: &mut Vec<u8>,
    mut text: &[u8],
    is_plain: impl Fn(&u8) -> bool,
    escape: impl Fn(u8, &mut Vec<u8>),
) {
    loop {
        // Blocks without an early end, so that all bytes of one are looked at together.
        let all_plain = |block: &&[u8]| block.iter().fold(true, |plain, byte| plain & is_plain(byte));
        let blocks = BLOCK * text.chunks_exact(BLOCK).take_while(all_plain).count();
        let rest = text[blocks..].iter().position(|byte| !is_plain(byte));
        let plain = rest.map_or(text.len(), |rest| blocks + rest);
        out.extend_from_slice(&text[..plain]);
        let Some(byte) = text.get(plain) else { return };
        escape(*byte, out);
        text = &text[plain + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn json_gives_the_text_back(text: String) {
            let mut out = b"\"".to_vec();
            push_json(&mut out, &text);
            out.push(b'"');
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn a_path_is_ascii_without_a_delimiter(text: String) {
            let mut out = Vec::new();
            push_path(&mut out, text.as_bytes());
            prop_assert!(out.iter().all(|byte| byte.is_ascii_graphic() && !b"/?#&=+".contains(byte)));
        }
    }

    #[test]
    fn what_a_url_reserves_is_encoded() {
        let mut out = Vec::new();
        push_path(&mut out, "lt-0a/é ?".as_bytes());
        assert_eq!(out, b"lt-0a%2F%C3%A9%20%3F");
    }
}
