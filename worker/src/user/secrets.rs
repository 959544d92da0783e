//! Hides secrets in the text of a failure before it leaves the worker: services echo what they are sent.

use common::failure::TEXT_LIMIT;

use super::text::{push_json, push_path};
use crate::http::Failure;

/// What stands where a secret stood.
pub(super) const HIDDEN: &str = "***";
/// A shorter secret is hidden only where it is a word of its own: `7` says nothing in `HTTP 407`.
pub(super) const TELLING: usize = 8;
/// The least of a secret's beginning that is hidden at the end of a text that was cut off there, and of one that
/// seems whole.
const CUT: usize = 3;

/// What no text may show, in every way that it may be written.
pub(super) struct Secrets(Vec<String>);

/// Hides the `secrets` in `failure`, as they are and as JSON and a path write them.
pub(super) fn hide<'s>(failure: &mut Failure, secrets: impl Iterator<Item = &'s str>) {
    let is_cut = failure.text.len() + CUT >= TEXT_LIMIT;
    // The status is this side's word: an id of 503 does not hide it.
    let mut said = failure.text.split_off(failure.status_length());
    Secrets::of(secrets).hide_in(&mut said, is_cut);
    failure.text.push_str(&said);
}

impl Secrets {
    pub(super) fn of<'s>(secrets: impl Iterator<Item = &'s str>) -> Secrets {
        let mut forms: Vec<String> = secrets.flat_map(forms).filter(|form| !form.is_empty()).collect();
        // A secret that holds another is hidden whole.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Secrets(forms)
    }

    /// Hides them in a text, whose end may be cut off.
    pub(super) fn hide_in(&self, text: &mut String, is_cut: bool) {
        for form in &self.0 {
            hide_one(text, form);
        }
        for form in &self.0 {
            hide_cut(text, form, if is_cut { CUT } else { TELLING });
        }
    }

    /// The text without them.
    pub(super) fn hidden(&self, mut text: String) -> String {
        self.hide_in(&mut text, false);
        text
    }
}

fn forms(secret: &str) -> [String; 3] {
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut form = Vec::new();
        write(&mut form);
        // The text of a failure is one line, whatever white space was in it.
        let form = String::from_utf8_lossy(&form);
        form.split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    [
        written(&|out| out.extend_from_slice(secret.as_bytes())),
        written(&|out| push_json(out, secret)),
        written(&|out| push_path(out, secret.as_bytes())),
    ]
}

fn hide_one(text: &mut String, secret: &str) {
    let mut from = 0;
    while let Some(found) = text[from..].find(secret) {
        let place = from + found..from + found + secret.len();
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_word =
            !inside(text[..place.start].chars().next_back()) && !inside(text[place.end..].chars().next());
        from = if secret.len() >= TELLING || is_word {
            text.replace_range(place.clone(), HIDDEN);
            place.start + HIDDEN.len()
        } else {
            place.end
        };
    }
}

/// Hides the beginning of a secret, of at least so many bytes, where the text ends in it.
fn hide_cut(text: &mut String, secret: &str, least: usize) {
    let most = secret.len().saturating_sub(1).min(text.len());
    let ends = |length: &usize| secret.get(..*length).is_some_and(|beginning| text.ends_with(beginning));
    if let Some(length) = (least..=most).rev().find(ends) {
        text.truncate(text.len() - length);
        text.push_str(HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use common::failure::FailureClass;
    use proptest::prelude::*;

    use super::*;

    fn hidden(text: &str, secrets: &[&str]) -> String {
        let mut failure = Failure::new(FailureClass::Http4xx, text);
        hide(&mut failure, secrets.iter().copied());
        failure.text
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        for (text, secrets, shown) in [
            ("HTTP 401: bad key sk-not-real-123, go", &["sk-not-real-123"][..], "HTTP 401: bad key ***, go"),
            ("a=sk-not-real-123sk-not-real-123", &["sk-not-real-123"], "a=******"),
            ("Bearer sk-not-real-123", &["sk-not-real-123", "Bearer sk-not-real-123"], "***"),
            (r#"{"got":"p\"w\\d-of-bob"}"#, &[r#"p"w\d-of-bob"#], r#"{"got":"***"}"#),
            ("no such path /u/bob%40h%2Fx", &["bob@h/x"], "no such path /u/***"),
            ("HTTP 503: run 503 is lost", &["503"], "HTTP 503: run *** is lost"),
            ("HTTP 407: user 7 is locked", &["7"], "HTTP 407: user *** is locked"),
            ("a  secret\n of two", &["secret  of"], "a *** two"),
            ("nothing of it", &["", "absent"], "nothing of it"),
        ] {
            assert_eq!(hidden(text, secrets), shown);
        }
    }

    #[test]
    fn a_secret_that_is_cut_off_is_hidden_too() {
        let token = "eyJhbGciOiJIUzI1NiJ9".repeat(60);
        let shown = hidden(&format!("HTTP 401: {token}"), &[&token]);
        assert_eq!(shown, "HTTP 401: ***");
        let before = "x".repeat(TEXT_LIMIT - 5);
        assert_eq!(hidden(&format!("{before} pass-word-1"), &["pass-word-1"]), format!("{before} ***"));
        assert_eq!(hidden("it began with pass-word", &["pass-word-1"]), "it began with ***");
    }

    proptest! {
        #[test]
        fn nothing_of_a_long_secret_is_left(before in "[a-z :]{0,990}", secret in "[A-Z0-9]{8,40}", after in "[a-z ]{0,40}") {
            let shown = hidden(&format!("{before}{secret}{after}"), &[&secret]);
            prop_assert!(!shown.contains(&secret[..3]), "{}", shown);
        }
    }
}
