//! What looks wrong, and the setting to change.

use common::api::{Api, Operation};
use common::failure::FailureClass;
use worker::chat::Explained;
use worker::user::{Tried, TriedStream};

use super::guess;

/// A stream as far as its findings go.
pub(super) struct Looked<'a> {
    pub(super) events: Vec<&'a Explained>,
    /// Whether the answer was complete; else how it ended.
    pub(super) ended: Option<FailureClass>,
    /// The tokens that the service counted.
    pub(super) counted: Option<u64>,
    /// The body had not ended when the answer had.
    pub(super) left_open: bool,
}

impl<'a> Looked<'a> {
    pub(super) fn at(stream: &'a TriedStream) -> Looked<'a> {
        let report = &stream.report;
        Looked {
            events: stream.events.iter().map(|(_, event)| event).collect(),
            ended: report.outcome.as_ref().err().map(|failure| failure.class),
            counted: report.has_usage.then_some(report.tokens),
            left_open: report.left_open,
        }
    }

    /// What looks wrong with it, the worst first.
    pub(super) fn findings(&self) -> Vec<String> {
        if self.events.is_empty() {
            return match self.ended {
                Some(FailureClass::Truncated | FailureClass::CutFrame | FailureClass::EmptyAnswer) => {
                    vec!["No event came: check `framing` in [stream].".to_owned()]
                }
                _ => Vec::new(),
            };
        }
        let advice =
            [self.no_text(), self.no_end(), self.after_end(), self.count(), self.unread(), self.open()];
        advice.into_iter().flatten().collect()
    }

    /// Where the end is, if an event was taken for it.
    fn end(&self) -> Option<usize> {
        self.events.iter().position(|event| event.kinds.ends())
    }

    fn no_text(&self) -> Option<String> {
        if self.events.iter().any(|event| event.kinds.text || event.kinds.error) {
            return None;
        }
        let hidden = self.events.iter().any(|event| event.kinds.hidden);
        Some(match guess::text(&self.candidates()) {
            Some(found) => format!("No event was taken for text. {}", self.suggestion(found, "text")),
            None if hidden => "Thoughts or tool calls came, and no visible text.".to_owned(),
            None => "No event was taken for text, and in none a text changes: is this the call that streams?"
                .to_owned(),
        })
    }

    /// Text that nothing takes, beside what was taken.
    fn unread(&self) -> Option<String> {
        if !self.events.iter().any(|event| event.kinds.text) {
            return None;
        }
        let (path, holders) = guess::text(&self.candidates())?;
        let text = "If it is visible text or thoughts: ";
        (holders.len() > 1).then(|| format!("{text}{}", self.suggestion((path, holders), "reasoning")))
    }

    /// Events that were taken for nothing.
    fn candidates(&self) -> Vec<&'a Explained> {
        self.events.iter().filter(|event| event.taken_for.is_empty()).copied().collect()
    }

    fn suggestion(&self, (path, holders): (String, Vec<&Explained>), setting: &str) -> String {
        let matcher = guess::matcher(&holders, &self.events).unwrap_or_else(|| "[]".to_owned());
        let place = if path.is_empty() { "the data".to_owned() } else { format!("`{path}`") };
        format!(
            "{place} holds a text that changes in {} of {} events: set `{setting} = {matcher}` and `{setting}_field = {}` in [stream].",
            holders.len(),
            self.events.len(),
            guess::quoted(&path)
        )
    }

    fn no_end(&self) -> Option<String> {
        let is_open = matches!(
            self.ended?,
            FailureClass::Truncated
                | FailureClass::CutFrame
                | FailureClass::IdleTimeout
                | FailureClass::Timeout
        );
        let last = *self.events.last().filter(|_| is_open && self.end().is_none())?;
        Some(match guess::matcher(&[last], &self.events) {
            Some(matcher) => format!(
                "No event was taken for the end. If the last one is it: set `terminal = {matcher}` in [stream]."
            ),
            None if self.ended == Some(FailureClass::Truncated) => {
                "No event was taken for the end, and the last one is like others: set `terminal = \"body\"` in [stream] if \
                 the end of the body is the end."
                    .to_owned()
            }
            None => "No event was taken for the end, and nothing came any more.".to_owned(),
        })
    }

    fn after_end(&self) -> Option<String> {
        let end = self.end()?;
        let more =
            self.events[end + 1..].iter().filter(|event| event.kinds.text || event.kinds.hidden).count();
        let last = *self.events.last()?;
        let better = guess::matcher(&[last], &self.events).unwrap_or_else(|| "\"body\"".to_owned());
        (more > 0).then(|| {
            format!(
                "{more} events with text came after the one that was taken for the end, and users do not wait for them: set \
                 `terminal = {better}` in [stream]."
            )
        })
    }

    fn count(&self) -> Option<String> {
        let output = self.events.iter().filter(|event| event.kinds.text || event.kinds.hidden).count() as u64;
        match self.counted {
            Some(tokens) if tokens < output => Some(format!(
                "The service counts {tokens} tokens in {output} events with text: check `usage_field`, or set \
                 `usage_adds_up = true` in [stream] if each count is of a part."
            )),
            None if self.ended.is_none() && output > 0 => Some(match guess::count(&self.events) {
                Some((path, count)) => format!(
                    "No count of tokens was read, so each event counts as one. `{path}` is {count}: set `usage_field = {}` in \
                     [stream].",
                    guess::quoted(&path)
                ),
                None => "No event holds a count of tokens, so each event with text counts as one. Some services send it \
                         when they are asked to."
                    .to_owned(),
            }),
            _ => None,
        }
    }

    fn open(&self) -> Option<String> {
        let text = "The body went on 100 ms after the end, so users close the connection and open another.";
        self.left_open.then(|| text.to_owned())
    }
}

/// What looks wrong with a call that is no stream.
pub(super) fn of_call(tried: &Tried, api: &Api) -> Option<String> {
    let place = api.place(tried.operation);
    let failure = match &tried.outcome {
        Ok(()) => return names_itself(tried, api),
        Err(failure) => failure,
    };
    Some(match (failure.class, tried.status) {
        (_, 401 | 403) => format!(
            "{place}: the service wants to know who asks: add --header 'authorization: Bearer …', or [login]."
        ),
        (_, 404 | 405) => {
            format!("{place}: the service has no such call: check `path` and `method` there, or --host.")
        }
        (_, 400 | 415 | 422) => {
            let call = api.call(tried.operation);
            let has_body = call.is_some_and(|call| call.body.is_some());
            let has_query = call.is_some_and(|call| call.path.source().contains('?'));
            let part = match () {
                // FastAPI and others say in which part of the request it is.
                () if failure.text.contains("query") || (has_query && !has_body) => {
                    "what follows `?` in `path`"
                }
                () if !has_body => "`path`, and whether it wants a `body`",
                () => "`body` and `encoding`",
            };
            format!("{place}: the service does not take what was sent: check {part} there.")
        }
        (FailureClass::WrongContentType, _) if tried.operation != Operation::Chat => {
            format!("{place}: set `answer = \"any\"` there if that is a good answer.")
        }
        (FailureClass::WrongContentType, _) if failure.text.contains("got application/json") => format!(
            "{place}: the answer is no stream. Ask for one in `body`; or, where another call streams it, describe that one \
             as [chat.events], with what it needs in `capture` of [chat]."
        ),
        (FailureClass::WrongContentType, _) => format!("{place}: check `framing` in [stream]."),
        (FailureClass::BadAnswer, _) if tried.operation == Operation::CreateThread => {
            format!("{place}: check `capture` there, or `thread_id_field`.")
        }
        (FailureClass::BadAnswer, _) => format!("{place}: check `capture` and `success` there."),
        _ => return None,
    })
}

/// A service that names threads, and an API that does not know it.
fn names_itself(tried: &Tried, api: &Api) -> Option<String> {
    let is_meant = tried.operation == Operation::CreateThread && tried.captured.is_empty();
    let body = api.call(Operation::CreateThread).and_then(|call| call.body.as_ref());
    let is_sent = body.is_some_and(|body| body.source().contains("${thread}"));
    let id = guess::id(&tried.answer).filter(|_| is_meant && !is_sent)?;
    Some(format!(
        "[create_thread]: no id was sent, and the answer has one: set `thread_id_field = {}`.",
        guess::quoted(&id)
    ))
}

#[cfg(test)]
mod tests {
    use common::api::StreamDialect;
    use worker::chat::{Dialect, explain};

    use super::*;

    /// What is found in a body of events, one a line, that `settings` describe.
    fn found(settings: &str, counted: Option<u64>, lines: &[&str]) -> String {
        let api = crate::api::from_text(&format!("[stream]\n{settings}"), "my.toml").unwrap();
        let dialect = Dialect::compile(&api.stream).unwrap();
        let body: String = lines.iter().map(|line| format!("data: {line}\n\n")).collect();
        let (events, outcome) = explain(&dialect, body.as_bytes());
        let ended = outcome.err().map(|failure| failure.class);
        Looked { events: events.iter().collect(), ended, counted, left_open: false }.findings().join("\n")
    }

    const A: &str = r#"{"type":"token","content":"a"}"#;
    const B: &str = r#"{"type":"token","content":"b"}"#;
    const DONE: &str = r#"{"type":"done","usage":{"completion_tokens":2}}"#;

    #[test]
    fn a_good_stream_has_nothing_wrong() {
        assert_eq!(found("", Some(2), &[A, B, DONE]), "");
        assert_eq!(StreamDialect::default(), crate::api::from_text("", "x").unwrap().stream);
    }

    /// Settings, the service's count, the events, and what must be found.
    type Slip<'a> = (&'a str, Option<u64>, &'a [&'a str], &'a [&'a str]);

    #[test]
    fn each_slip_is_found_with_the_setting_to_change() {
        let openai = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
        let (x, y) = (openai("x"), openai("y"));
        let table: [Slip<'_>; 9] = [
            (
                "",
                None,
                &[&x, &y, "[DONE]"],
                &[
                    "`text = []`",
                    r#"`text_field = "choices.0.delta.content"`"#,
                    r#"terminal = { data = "[DONE]" }"#,
                ],
            ),
            (
                "text = { field = 'type', equals = 'tok' }",
                None,
                &[A, B, DONE],
                &[r#"`text = { field = "type", equals = "token" }`"#, r#"`text_field = "content"`"#],
            ),
            ("", None, &[A, B], &["terminal = \"body\""]),
            (
                "terminal = { event = 'end' }",
                None,
                &[A, B, DONE],
                &[r#"terminal = { field = "type", equals = "done" }"#],
            ),
            (
                "terminal = { field = 'content', equals = 'a' }",
                Some(1),
                &[A, B, DONE],
                &["1 events with text came after", r#"terminal = { field = "type", equals = "done" }"#],
            ),
            ("", Some(1), &[A, B, DONE], &["counts 1 tokens in 2 events", "usage_adds_up"]),
            (
                "usage_field = 'tokens'",
                None,
                &[A, B, DONE],
                &["`usage.completion_tokens` is 2", r#"usage_field = "usage.completion_tokens""#],
            ),
            (
                "",
                Some(2),
                &[A, r#"{"type":"idea","say":"m"}"#, r#"{"type":"idea","say":"n"}"#, DONE],
                &[r#"`reasoning = { field = "type", equals = "idea" }`"#, "`reasoning_field = \"say\"`"],
            ),
            ("framing = 'ndjson'", None, &[], &["check `framing`"]),
        ];
        for (settings, counted, lines, wanted) in table {
            let advice = found(settings, counted, lines);
            for part in wanted {
                assert!(advice.contains(part), "{settings}: {part} is not in\n{advice}");
            }
        }
    }

    #[test]
    fn a_failed_call_names_its_table() {
        let api = Api::default();
        let tried = |operation, status, class| Tried {
            operation,
            status,
            outcome: Err(worker::http::Failure::new(class, "")),
            ..Tried::default()
        };
        let advice =
            |operation, status, class| of_call(&tried(operation, status, class), &api).unwrap_or_default();
        assert!(advice(Operation::ListThreads, 401, FailureClass::Http4xx).contains("--header"));
        assert!(
            advice(Operation::PostMessage, 404, FailureClass::Http4xx)
                .contains("[post_message]: the service has no such call: check `path` and `method` there")
        );
        assert!(
            advice(Operation::Chat, 422, FailureClass::Http4xx).contains(
                "[chat]: the service does not take what was sent: check `body` and `encoding` there"
            )
        );
        let queried = crate::api::from_text("[list_threads]\npath = '/c?page=x'\n", "x").unwrap();
        let refused = of_call(&tried(Operation::ListThreads, 422, FailureClass::Http4xx), &queried).unwrap();
        assert!(refused.contains("check what follows `?` in `path` there"), "{refused}");
        let refused = of_call(&tried(Operation::ListThreads, 400, FailureClass::Http4xx), &api).unwrap();
        assert!(refused.contains("whether it wants a `body`"), "{refused}");
        assert!(
            advice(Operation::ListThreads, 200, FailureClass::WrongContentType).contains("answer = \"any\"")
        );
        let whole = Tried {
            status: 200,
            outcome: Err(worker::http::Failure::new(
                FailureClass::WrongContentType,
                "expected text/event-stream, got application/json: {\"id\":7}",
            )),
            ..Tried::default()
        };
        assert!(of_call(&whole, &api).unwrap().contains("[chat.events]"), "an answer in two parts");
        assert!(advice(Operation::Chat, 200, FailureClass::WrongContentType).contains("`framing`"));
        assert_eq!(advice(Operation::ListThreads, 500, FailureClass::Http5xx), "");
        let mut named = crate::api::from_text("[create_thread]\npath = '/c'\nbody = '{}'\n", "x").unwrap();
        let created = Tried {
            operation: Operation::CreateThread,
            answer: r#"{"data":{"id":7}}"#.into(),
            ..Tried::default()
        };
        assert!(of_call(&created, &named).unwrap().contains("thread_id_field = \"data.id\""));
        named.create_thread = api.create_thread;
        assert_eq!(of_call(&created, &named), None, "users name threads themselves");
    }
}
