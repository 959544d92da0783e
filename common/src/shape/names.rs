//! The names that `--shape` knows, and suggestions for misspelled ones.

use super::{CONSTANT, LADDER};

/// How alike two words must be (Jaro–Winkler, 0 to 1) for one to be taken as a misspelling of the other.
const ALIKE: f64 = 0.8;

/// The names that `--shape` takes beside files: those of [`super::Shape::builtin`] and `constant`
/// ([`super::Shape::constant`]), and `ladder`, a search that the controller carries out.
pub fn names() -> &'static [&'static str] {
    &["staged", "crud-only", "mock", "full", CONSTANT, LADDER]
}

/// The known name of which `name` is probably a misspelling.
pub fn suggest(name: &str) -> Option<&'static str> {
    closest(name, names())
}

/// The candidate most similar to `word`, if one is similar enough.
pub fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let scored = candidates.iter().map(|name| (strsim::jaro_winkler(&word, name), *name));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_the_name_that_was_meant() {
        let table = [
            ("stagd", Some("staged"), "a letter is missing"),
            ("Staged", Some("staged"), "case does not matter"),
            ("crud", Some("crud-only"), "only the beginning was typed"),
            ("crud_only", Some("crud-only"), "the wrong dash"),
            ("stagged", Some("staged"), "a letter too many"),
            ("cosntant", Some("constant"), "two letters changed places"),
            ("spike", None, "nothing is like it"),
            ("", None, "nothing was typed"),
        ];
        for (typed, meant, sentence) in table {
            assert_eq!(suggest(typed), meant, "{sentence}");
        }
    }
}
