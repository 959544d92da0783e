//! What tells whose request it is: the id of its trace, the nonce of its question.

/// The trace id of a `traceparent` header (W3C Trace Context), if it is one.
pub(crate) fn trace_of(traceparent: &str) -> Option<u128> {
    let (version, rest) = traceparent.trim().split_once('-')?;
    let (trace, rest) = rest.split_once('-')?;
    let span = rest.get(..16)?;
    let fits =
        is_lower_hex(version, 2) && version != "ff" && is_lower_hex(trace, 32) && is_lower_hex(span, 16);
    let trace = u128::from_str_radix(trace, 16).ok()?;
    (fits && trace != 0).then_some(trace)
}

/// The nonce that the controller puts in front of a question, as in `[0a1b2c3d] What …`. An application may have
/// written something around the question, so it is the first word of that form.
pub(crate) fn nonce_of(question: &str) -> Option<u32> {
    question.split_whitespace().find_map(|word| {
        let digits = word.strip_prefix('[')?.strip_suffix(']')?;
        is_lower_hex(digits, 8).then(|| u32::from_str_radix(digits, 16).ok())?
    })
}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trace_parent_has_a_trace() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_of(good), Some(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736));
        assert!(
            trace_of("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will")
                .is_some()
        );
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-ééééééééé-01",
        ] {
            assert_eq!(trace_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_nonce_is_eight_hex_digits_in_brackets_wherever_they_stand() {
        assert_eq!(nonce_of("[0a1b2c3d] What is new?"), Some(0x0a1b_2c3d));
        assert_eq!(nonce_of("Words that all share.\n[00000001] Why?"), Some(1));
        for none in ["", "What?", "[0a1b2c3] x", "[0A1B2C3D] x", "[0a1b2c3d", "[0a1b2c3d]x", "[+a1b2c3d] x"] {
            assert_eq!(nonce_of(none), None, "{none}");
        }
    }
}
