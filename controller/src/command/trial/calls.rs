//! One call as text: what was sent behind `>`, what came back behind `<`, a stream's events behind `|`.

use std::fmt::Write;

use common::text::escape::plain;
use common::text::number::duration;
use worker::user::Tried;

use super::events;

/// How much of a body is shown, in characters.
const BODY: usize = 300;

/// Everything about the call that an API file has in `place`, with `all` uncut.
pub(super) fn text(place: &str, tried: &Tried, all: bool) -> String {
    let Tried { operation: _, sent, status, took, connect, answer, captured, outcome, stream } = tried;
    let most = if all { usize::MAX } else { BODY };
    let mut out = format!("{place}\n");
    let mut line = |mark: &str, text: &str| {
        let text = plain(text, most);
        if !text.is_empty() {
            let _ = writeln!(out, "  {mark} {text}");
        }
    };
    sent.lines.iter().for_each(|head| line(">", head));
    line(">", &sent.body);
    let connected = connect.map_or_else(String::new, |time| format!(", connected in {}", duration(time)));
    match status {
        0 => line("<", &format!("no answer after {}{connected}", duration(*took))),
        _ => line("<", &format!("{status} after {}{connected}", duration(*took))),
    }
    line("<", answer);
    if let Some(stream) = stream {
        events::lines(&stream.events, all).iter().for_each(|event| line("|", event));
        if stream.missed > 0 {
            line("|", &format!("{} bytes more were not looked at", stream.missed));
        }
    }
    captured.iter().for_each(|(name, value)| line("=", &format!("{name}: {value}")));
    if let Err(failure) = outcome {
        line("!", &failure.to_string());
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use common::api::Operation;
    use common::failure::FailureClass;
    use worker::http::Failure;
    use worker::user::Sent;

    use super::*;

    #[test]
    fn a_call_shows_what_was_sent_and_what_came_back() {
        let lines = ["POST /threads HTTP/1.1", "authorization: Bearer ***"].map(str::to_owned).to_vec();
        let tried = Tried {
            operation: Operation::CreateThread,
            sent: Sent { lines, body: "{\"title\":\"x\"}".to_owned() },
            status: 201,
            took: Duration::from_micros(1234),
            connect: Some(Duration::from_micros(90)),
            answer: "{\"id\":\n \"\u{1b}7\"}".to_owned(),
            captured: vec![("thread".to_owned(), "7".to_owned())],
            ..Tried::default()
        };
        assert_eq!(
            text("[create_thread]", &tried, false),
            "[create_thread]\n  > POST /threads HTTP/1.1\n  > authorization: Bearer ***\n  > {\"title\":\"x\"}\n  \
             < 201 after 1.23 ms, connected in 90 µs\n  < {\"id\": \"\u{FFFD}7\"}\n  = thread: 7\n\n"
        );
        let failed = Tried {
            outcome: Err(Failure::new(FailureClass::Connect, "refused")),
            answer: "x".repeat(400),
            ..Tried::default()
        };
        let lines = text("[chat]", &failed, false);
        assert!(lines.starts_with("[chat]\n  < no answer after 0 ms\n"), "{lines}");
        assert!(lines.ends_with("  ! connect: refused\n\n") && lines.contains("x…\n"), "{lines}");
        assert!(text("[chat]", &failed, true).contains(&"x".repeat(400)));
    }
}
