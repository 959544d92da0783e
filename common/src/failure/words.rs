//! What failures of one kind have in common: the words of their texts, without the numbers and ids in them.
//!
//! `user 7: no chat 9f3a7c01-…` and `user 8: no chat 1b00e2d4-…` are both `user #: no chat #`. In doubt a word
//! stays: one kind that is listed twice is easier to read than two kinds in one row.

use super::{FailureCause, FailureClass, KIND_LIMIT};

/// What stands for a number or an id.
const MARK: char = '#';
/// The least length of a part with letters and digits mixed that makes its whole word an id.
const ID: usize = 6;
/// The least length of letters without a digit that may be an id: as hexadecimal, and in mixed case.
const LETTERS_OF_HEX: usize = 8;
const LETTERS_IN_MIXED_CASE: usize = 10;

/// Writes the words of a failure's text into `words`, at most [`KIND_LIMIT`] bytes of them.
pub fn masked(class: FailureClass, text: &str, words: &mut String) {
    words.clear();
    let rest = match class {
        // Their numbers are our own addresses, and there are few of them.
        FailureClass::Connect | FailureClass::Tls | FailureClass::LocalLimit => "",
        _ => text,
    };
    // Another status is another kind.
    let status = status_length(rest);
    words.push_str(if rest.is_empty() { text } else { &rest[..status] });
    mask(&rest[status..], words);
    words.truncate(words.floor_char_boundary(KIND_LIMIT));
    keep_cause(FailureCause::of(class, text), class, words);
}

/// Where the cause stood in a number that is masked, or beyond the words' limit, it is written behind them: texts of
/// several causes are several kinds, and so each example speaks for all of its kind. No text holds two blanks, so no
/// words are like these by chance.
fn keep_cause(cause: FailureCause, class: FailureClass, words: &mut String) {
    if FailureCause::of(class, words) == cause {
        return;
    }
    let mark = format!("  ({cause})");
    words.truncate(words.floor_char_boundary(KIND_LIMIT - mark.len()));
    words.push_str(&mark);
}

fn mask(mut rest: &str, words: &mut String) {
    while words.len() < KIND_LIMIT
        && let Some(first) = rest.chars().next()
    {
        let (word, after) = rest.split_at(rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()));
        if word.is_empty() {
            let after = &rest[first.len_utf8()..];
            // `1.5`, `1,000` and `10:30:00` are numbers as a whole.
            let goes_on = words.ends_with(MARK)
                && matches!(first, '.' | ',' | ':')
                && after.starts_with(|c: char| c.is_ascii_digit());
            if goes_on {
                words.pop();
            } else {
                words.push(first);
            }
            rest = after;
        } else {
            mask_word(word, words);
            rest = after;
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// `chatcmpl-9f3a7c01` is `chatcmpl-#`, and `w-3` is `w-#`.
fn mask_word(word: &str, words: &mut String) {
    let parts = || word.split(['-', '_']);
    if is_uuid(word) {
        return words.push(MARK);
    }
    if !parts().any(|part| is_id(part) && (part.len() >= ID || !has_digit(part))) {
        let mut rest = word;
        for part in parts() {
            mask_part(part, words);
            rest = &rest[part.len()..];
            words.extend(rest.chars().next());
            rest = rest.get(1..).unwrap_or_default();
        }
        return;
    }
    let name: usize = parts().take_while(|part| is_name(part)).map(|part| part.len() + 1).sum();
    words.push_str(&word[..name.min(word.len())]);
    words.push(MARK);
}

/// The length of `HTTP 503` at the beginning of a failure's text; 0 where there is none.
pub fn status_length(text: &str) -> usize {
    let digits = text.strip_prefix("HTTP ").map_or(&[][..], str::as_bytes);
    if digits.iter().take_while(|digit| digit.is_ascii_digit()).count() == 3 { 8 } else { 0 }
}

/// Whether it is a UUID: one in twelve thousand has no letter in its long parts.
fn is_uuid(word: &str) -> bool {
    let is_hex = |part: &str, length: &usize| {
        part.len() == *length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let lengths = [8, 4, 4, 4, 12];
    word.split('-').count() == lengths.len()
        && word.split('-').zip(&lengths).all(|(part, length)| is_hex(part, length))
}

/// Without `-` and `_`.
fn mask_part(part: &str, words: &mut String) {
    if is_id(part) {
        words.push(MARK);
        return;
    }
    let mut is_number = false;
    for c in part.chars() {
        match c.is_numeric() {
            true if !is_number => words.push(MARK),
            true => {}
            false => words.push(c),
        }
        is_number = c.is_numeric();
    }
}

/// Whether what stands there names a single thing, as far as its letters and digits show.
fn is_id(part: &str) -> bool {
    let is_hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let changes = |kind: fn(char) -> bool| {
        part.chars().zip(part.chars().skip(1)).filter(|(one, next)| kind(*one) != kind(*next)).count()
    };
    match has_digit(part) {
        true if part.chars().all(char::is_numeric) => false,
        true => changes(char::is_numeric) > 1 || (is_hex && part.len() >= 4),
        false => {
            (is_hex && part.len() >= LETTERS_OF_HEX)
                || (part.len() >= LETTERS_IN_MIXED_CASE && changes(char::is_uppercase) * 3 >= part.len())
        }
    }
}

fn has_digit(part: &str) -> bool {
    part.contains(char::is_numeric)
}

/// Whether it is a word that may stand before an id.
fn is_name(part: &str) -> bool {
    part.len() >= 3 && part.chars().all(char::is_alphabetic) && !is_id(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> String {
        let mut words = "what was there before".to_owned();
        masked(FailureClass::Http4xx, text, &mut words);
        words
    }

    #[test]
    fn numbers_and_ids_are_masked_and_words_are_not() {
        for (text, expected) in [
            ("HTTP 429: current usage=101, limit 100", "HTTP 429: current usage=#, limit #"),
            ("HTTP 503 (retry after 17s): full", "HTTP 503 (retry after #s): full"),
            ("HTTP 4290", "HTTP #"),
            ("no thread 7c9e6679-7425-40de-944b-e07fc1f90ae7 here", "no thread # here"),
            ("request 00000000-a0a0-4aa0-8000-000000000000", "request #"),
            ("chatcmpl-BPGm7wYyVEz1jBKx2m3ZkD3Q failed", "chatcmpl-# failed"),
            ("req_01HZX3K9T1V6Q4WJ8M2N5P7R0S", "req_#"),
            ("<Task at 0x7f3a2b10c0d0>", "<Task at #>"),
            ("deadbeef, d41d8cd98f00b204e9800998ecf8427e", "#, #"),
            ("at 2026-11-28T23:59:07.123Z, after 1.5 s", "at #-#-#Z, after # s"),
            ("10.0.3.17:5432 and [fe80::1a2b]", "# and [#::#]"),
            ("1,234 of [1,2,3] took 250ms", "# of [#] took #ms"),
            ("user7 in w-3 of gpt-4o-mini", "user# in w-# of gpt-#o-mini"),
            ("max_parallel_requests of AuthenticationError", "max_parallel_requests of AuthenticationError"),
            ("key aVqLmXoPbZrTkYwN", "key #"),
            ("id Zk3-x_9QaLmv81Tz", "id #"),
            ("für 3 Gäste, ٣ مرات, #5", "für # Gäste, # مرات, ##"),
            ("", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_of_several_causes_are_several_kinds() {
        let long = "x ".repeat(KIND_LIMIT / 2);
        for (text, expected) in [
            ("HTTP 500: pq: SQLSTATE 53300", "HTTP 500: pq: SQLSTATE #  (database connections)"),
            ("HTTP 500: pq: SQLSTATE 40001", "HTTP 500: pq: SQLSTATE #  (locks)"),
            ("HTTP 500: pq: SQLSTATE 40P01", "HTTP 500: pq: SQLSTATE #  (locks)"),
            ("HTTP 500: pq: SQLSTATE 42601", "HTTP 500: pq: SQLSTATE #"),
            ("HTTP 500: ORA-00060 at 7", "HTTP 500: ORA-# at #  (locks)"),
            ("HTTP 500: status code 429", "HTTP 500: status code #  (rate limit)"),
            ("HTTP 500: status code 500", "HTTP 500: status code #"),
            ("HTTP 500: the model said HTTP 503", "HTTP 500: the model said HTTP #  (overload)"),
            ("HTTP 500: too many clients already (53300)", "HTTP 500: too many clients already (#)"),
            (&format!("{long}deadlock"), &format!("{}  (locks)", &long[..KIND_LIMIT - 9])),
        ] {
            let mut words = String::new();
            masked(FailureClass::Http5xx, text, &mut words);
            assert_eq!(words, expected, "{text}");
        }
    }

    #[test]
    fn whom_we_did_not_reach_is_no_number() {
        let mut words = String::new();
        masked(FailureClass::Connect, "127.0.0.2:18523: Connection refused", &mut words);
        assert_eq!(words, "127.0.0.2:18523: Connection refused");
    }

    proptest! {
        #[test]
        fn an_answer_is_of_one_kind_whatever_its_ids(
            uuid in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            at in any::<u64>(),
            address in 1u64 << 40..1 << 48,
            share in 0.0f64..100.0,
        ) {
            let text = format!("request {uuid} at {at}: object at 0x{address:x} has {share:.2} % of it");
            prop_assert_eq!(words(&text), "request # at #: object at # has # % of it");
        }

        #[test]
        fn one_kind_has_one_cause(
            texts in proptest::array::uniform2(
                "[a-c 0-9]{0,3}(SQLSTATE |HTTP |status code |deadlock|quota|x{190})?(53300|40001|503|429|7)?[a-c 0-9]{0,9}",
            ),
        ) {
            let class = FailureClass::ErrorEvent;
            let kinds = texts.each_ref().map(|text| {
                let mut words = String::new();
                masked(class, text, &mut words);
                words
            });
            let causes = texts.each_ref().map(|text| FailureCause::of(class, text));
            prop_assert!(kinds[0] != kinds[1] || causes[0] == causes[1], "{texts:?}: {kinds:?}");
        }

        #[test]
        fn anything_has_words_and_they_are_few(text in any::<String>()) {
            prop_assert!(words(&text).len() <= KIND_LIMIT);
        }
    }
}
