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

/// Short words, most of them one token: their number is what a prompt of a stated length is made of.
const PLAIN: [&str; 128] = [
    "about", "after", "again", "air", "all", "also", "and", "animal", "answer", "any", "apple", "area",
    "ask", "back", "bank", "base", "because", "before", "begin", "best", "between", "big", "bird", "black",
    "blue", "board", "boat", "body", "book", "box", "boy", "bring", "build", "but", "call", "can", "car",
    "care", "carry", "case", "change", "child", "city", "clear", "close", "cold", "color", "come", "cook",
    "could", "country", "course", "cover", "cut", "day", "deep", "door", "down", "draw", "dry", "early",
    "earth", "east", "eat", "end", "even", "every", "eye", "face", "family", "far", "farm", "fast", "father",
    "feel", "field", "fill", "find", "fire", "first", "fish", "five", "fly", "follow", "food", "foot",
    "form", "four", "free", "friend", "from", "full", "game", "garden", "get", "girl", "give", "go", "gold",
    "good", "great", "green", "ground", "group", "grow", "half", "hand", "hard", "have", "head", "hear",
    "heart", "help", "here", "high", "hold", "home", "hot", "hour", "house", "idea", "keep", "kind", "king",
    "know", "land", "large", "last",
];

/// Writes so many plain words, with a blank between each two.
pub(super) fn plain(rng: &mut UserRng, count: u32, out: &mut String) {
    for word in 0..count {
        if word > 0 {
            out.push(' ');
        }
        out.push_str(rng.pick(&PLAIN));
    }
}

/// Adds a question; four draws. Quotes, backslashes and letters beyond ASCII occur, as in life.
pub(super) fn question(rng: &mut UserRng, out: &mut String) {
    out.push_str(rng.pick(&OPENINGS));
    out.push(' ');
    out.push_str(rng.pick(&VERBS));
    out.push(' ');
    out.push_str(rng.pick(&THINGS));
    out.push_str(" for ");
    out.push_str(rng.pick(&THINGS));
    out.push('?');
}
