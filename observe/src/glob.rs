//! Patterns of names: `*` stands for any text, `?` for one character.

/// Whether a whole text is of this form. Takes at most as many steps as both are long, multiplied.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                None => return false,
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, text, is) in [
            ("", "", true),
            ("*", "", true),
            ("*", "anything", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("a*b*c", "aXbYbZc", true),
            ("?b", "ab", true),
            ("?b", "b", false),
            ("vllm:*", "vllm:num_requests_running", true),
            ("*state=\"idle\"*", "pg{state=\"idle\",x=\"y\"}", true),
            ("ab", "abc", false),
            ("ä?", "äö", true),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
        // No pattern takes long.
        assert!(!matches(&"*a".repeat(40), &"a".repeat(39)));
    }
}
