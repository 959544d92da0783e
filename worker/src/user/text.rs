//! Values as their place in a request requires them.

use std::io::Write as _;

/// Appends `text` as the inside of a JSON string (RFC 8259 §7).
pub(super) fn push_json(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                // Writing to a vector cannot fail.
                let _ = write!(out, "\\u{byte:04x}");
            }
            _ => out.push(byte),
        }
    }
}

/// Appends `text` percent-encoded, all but unreserved characters (RFC 3986 §2.3).
pub(super) fn push_path(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(*byte),
            _ => {
                // Writing to a vector cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
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
