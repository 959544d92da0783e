//! What users write.

use super::rng::UserRng;

/// What mixed and stream users post as the answer when no model is asked.
pub(super) const CANNED_ANSWER: &str = "This is a canned answer: the run was started with mock-llm, so no \
                                        model was asked. It is about as long as a short reply would be.";

const OPENINGS: [&str; 8] = [
    "How do I",
    "What is the best way to",
    "Why would one",
    "Can you show me how to",
    "When should I",
    "What happens if I",
    "Please explain how to",
    "In two sentences: how can I",
];

const VERBS: [&str; 10] =
    ["sort", "merge", "compare", "describe", "translate", "shorten", "test", "plan", "measure", "explain"];

const THINGS: [&str; 16] = [
    "a long list",
    "two drafts",
    "the café's menu",
    "a queue that grows",
    "yesterday's notes",
    "an old contract",
    "the \"final\" version",
    "a small team's budget",
    "my garden in winter",
    "a train timetable",
    "the words \u{201c}naïve\u{201d} and \u{201c}über\u{201d}",
    "a table of prices",
    "the path C:\\temp",
    "a friend's recipe",
    "three opinions",
    "a week in Kraków",
];

/// Writes a thread's title; two draws.
pub(super) fn title(rng: &mut UserRng, out: &mut String) {
    out.clear();
    out.push_str(rng.pick(&VERBS));
    out.push(' ');
    out.push_str(rng.pick(&THINGS));
}

/// Writes a question; four draws. Quotes, backslashes and letters beyond ASCII occur, as in life.
pub(super) fn question(rng: &mut UserRng, out: &mut String) {
    out.clear();
    out.push_str(rng.pick(&OPENINGS));
    out.push(' ');
    out.push_str(rng.pick(&VERBS));
    out.push(' ');
    out.push_str(rng.pick(&THINGS));
    out.push_str(" for ");
    out.push_str(rng.pick(&THINGS));
    out.push('?');
}
