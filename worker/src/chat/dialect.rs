//! How a service writes its stream, compiled for the hot path.

use common::api::{EmptyAnswer, Matcher, StreamDialect};

use crate::sse::scan::{JsonPath, JsonPathError, RawStr, Value, number_field, string_at, value_at};

/// Most tokens that one answer can plausibly have: sixteen times the longest contexts of today. A greater
/// number, such as -1 in 32 bits, is ignored.
const MOST_TOKENS: u64 = 1 << 24;

/// A [`StreamDialect`] with its paths split. Made once for each worker.
///
/// Where the description leaves a choice open: a field that is `null` counts as absent, so that
/// `"finish_reason": null` or `"error": null` in every chunk means nothing; an empty path of the
/// text or of the failure's text means the whole data; an event that is text by its matcher but adds
/// no character may still be the terminal or an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    text: CompiledMatcher,
    text_field: Option<JsonPath>,
    terminal: CompiledMatcher,
    usage_field: Option<JsonPath>,
    error: CompiledMatcher,
    error_field: Option<JsonPath>,
    empty_answer: EmptyAnswer,
}

/// A dialect that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// A path that leads nowhere.
    #[error("the stream's `{part}`: {source}")]
    Path {
        /// Which setting.
        part: &'static str,
        /// What is wrong with it.
        source: JsonPathError,
    },
    /// A value without the field that is to have it.
    #[error("the stream's `{0}` has `equals` without `field`; name the field, or use `data`")]
    EqualsWithoutField(&'static str),
}

/// What an event means to a reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EventMeaning {
    /// It adds visible text.
    Text,
    /// It ends a complete answer, which has so many tokens if the service says so.
    Terminal { tokens: Option<u64> },
    /// It reports a failure, in these words.
    Error(String),
    /// Anything else; it may say how many tokens the answer has so far.
    Usage(u64),
    /// Anything else.
    Other,
}

impl Dialect {
    /// Splits the paths.
    ///
    /// # Errors
    ///
    /// A path or a matcher that can never hold; see [`DialectError`].
    pub fn compile(dialect: &StreamDialect) -> Result<Dialect, DialectError> {
        Ok(Dialect {
            text: CompiledMatcher::compile("text", &dialect.text)?,
            text_field: path("text_field", &dialect.text_field)?,
            terminal: CompiledMatcher::compile("terminal", &dialect.terminal)?,
            usage_field: path("usage_field", &dialect.usage_field)?,
            error: CompiledMatcher::compile("error", &dialect.error)?,
            error_field: path("error_field", &dialect.error_field)?,
            empty_answer: dialect.empty_answer,
        })
    }

    /// What an event is: text before terminal before error.
    pub(super) fn read(&self, event: &[u8], data: &[u8]) -> EventMeaning {
        if self.text.holds(event, data) && self.has_text(data) {
            EventMeaning::Text
        } else if self.terminal.holds(event, data) {
            EventMeaning::Terminal { tokens: self.usage_field.as_ref().and_then(|path| tokens(data, path)) }
        } else if self.error.holds(event, data) {
            EventMeaning::Error(self.failure(data))
        } else {
            let path = self.usage_field.as_ref();
            path.and_then(|path| tokens(data, path)).map_or(EventMeaning::Other, EventMeaning::Usage)
        }
    }

    /// Whether a complete stream may have no visible text.
    pub(super) fn allows_empty(&self) -> bool {
        self.empty_answer == EmptyAnswer::Ok
    }

    fn has_text(&self, data: &[u8]) -> bool {
        match &self.text_field {
            Some(path) => string_at(data, path.segments()).is_some_and(|text| !text.is_empty()),
            None => !data.is_empty(),
        }
    }

    /// The failure's text; all of the event if it is not where it should be.
    fn failure(&self, data: &[u8]) -> String {
        match self.error_field.as_ref().and_then(|path| string_at(data, path.segments())) {
            Some(text) => text.to_text().into_owned(),
            None => String::from_utf8_lossy(data).into_owned(),
        }
    }
}

fn tokens(data: &[u8], path: &JsonPath) -> Option<u64> {
    number_field(data, path.segments()).filter(|tokens| *tokens <= MOST_TOKENS)
}

fn path(part: &'static str, text: &str) -> Result<Option<JsonPath>, DialectError> {
    let parse = |text: &str| text.parse().map_err(|source| DialectError::Path { part, source });
    Some(text).filter(|text| !text.is_empty()).map(parse).transpose()
}

/// A [`Matcher`] with its path split.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CompiledMatcher {
    event: Option<String>,
    data: Option<String>,
    field: Option<(JsonPath, Option<String>)>,
}

impl CompiledMatcher {
    fn compile(part: &'static str, matcher: &Matcher) -> Result<CompiledMatcher, DialectError> {
        let Matcher { event, data, field, equals } = matcher.clone();
        let field = match field {
            Some(field) => {
                let path = field.parse().map_err(|source| DialectError::Path { part, source })?;
                Some((path, equals))
            }
            None if equals.is_some() => return Err(DialectError::EqualsWithoutField(part)),
            None => None,
        };
        Ok(CompiledMatcher { event, data, field })
    }

    /// Whether every part holds, of which there must be one.
    fn holds(&self, event: &[u8], data: &[u8]) -> bool {
        let parts = self.event.is_some() || self.data.is_some() || self.field.is_some();
        parts
            && self.event.as_ref().is_none_or(|name| is_named(event, name))
            && self.data.as_ref().is_none_or(|whole| whole.as_bytes() == data)
            && self.field.as_ref().is_none_or(|(path, equals)| has_field(data, path, equals.as_deref()))
    }
}

/// An event without a name is a `message`, as in a browser.
fn is_named(event: &[u8], name: &str) -> bool {
    event == name.as_bytes() || (event.is_empty() && name == "message")
}

fn has_field(data: &[u8], path: &JsonPath, equals: Option<&str>) -> bool {
    match (value_at(data, path.segments()), equals) {
        (None | Some(Value::Null), _) => false,
        (Some(Value::String(text)), Some(equals)) => is_equal(text, equals),
        (Some(_), equals) => equals.is_none(),
    }
}

/// Compares without decoding, which only an escape makes necessary.
fn is_equal(text: RawStr<'_>, equals: &str) -> bool {
    let raw = text.as_bytes();
    raw == equals.as_bytes() || (raw.contains(&b'\\') && text.to_text() == equals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data: &str) -> EventMeaning {
        Dialect::compile(&StreamDialect::default()).unwrap().read(b"", data.as_bytes())
    }

    #[test]
    fn the_default_dialect() {
        assert_eq!(text(r#"{"type":"token","content":"a"}"#), EventMeaning::Text);
        assert_eq!(text(r#"{"content":" ","x":[{}],"type":"token"}"#), EventMeaning::Text);
        assert_eq!(text(r#"{"type":"\u0074oken","content":"a"}"#), EventMeaning::Text);
        for nothing in [
            r#"{"type":"token","content":""}"#,
            r#"{"type":"token","content":null}"#,
            r#"{"type":"token"}"#,
            r#"{"type":"tokens","content":"a"}"#,
            r#"{"type":7,"content":"a"}"#,
            r#"{"type":"start"}"#,
            "token",
            "",
        ] {
            assert_eq!(text(nothing), EventMeaning::Other, "{nothing}");
        }
        let usage = r#"{"type":"done","usage":{"completion_tokens":42}}"#;
        assert_eq!(text(usage), EventMeaning::Terminal { tokens: Some(42) });
        assert_eq!(text(r#"{"type":"done"}"#), EventMeaning::Terminal { tokens: None });
        let absurd = r#"{"type":"done","usage":{"completion_tokens":4294967296}}"#;
        assert_eq!(text(absurd), EventMeaning::Terminal { tokens: None });
        assert_eq!(text(r#"{"choices":[],"usage":{"completion_tokens":7}}"#), EventMeaning::Usage(7));
        assert_eq!(text(r#"{"choices":[],"usage":null}"#), EventMeaning::Other);
        assert_eq!(text(r#"{"type":"error","message":"a\nb"}"#), EventMeaning::Error("a\nb".into()));
        assert_eq!(text(r#"{"type":"error"}"#), EventMeaning::Error(r#"{"type":"error"}"#.into()));
    }

    #[test]
    fn a_dialect_of_literals_and_null_fields() {
        let field = |path: &str| Matcher { field: Some(path.to_owned()), ..Matcher::default() };
        let dialect = Dialect::compile(&StreamDialect {
            text: field("choices.0.delta.content"),
            text_field: "choices.0.delta.content".to_owned(),
            terminal: Matcher { data: Some("[DONE]".to_owned()), ..Matcher::default() },
            usage_field: String::new(),
            error: field("error"),
            error_field: "error.message".to_owned(),
            empty_answer: EmptyAnswer::Fails,
        })
        .unwrap();
        let read = |data: &str| dialect.read(b"", data.as_bytes());
        assert_eq!(read(r#"{"error":null,"choices":[{"delta":{"content":"a"}}]}"#), EventMeaning::Text);
        assert_eq!(read(r#"{"error":null,"choices":[{"delta":{"content":""}}]}"#), EventMeaning::Other);
        assert_eq!(read(r#"{"error":{"message":"full"}}"#), EventMeaning::Error("full".into()));
        assert_eq!(read("[DONE]"), EventMeaning::Terminal { tokens: None });
        assert_eq!(read("[DONE] "), EventMeaning::Other);
    }

    #[test]
    fn a_dialect_of_names_and_plain_text() {
        let named = |name: &str| Matcher { event: Some(name.to_owned()), ..Matcher::default() };
        let dialect = Dialect::compile(&StreamDialect {
            text: named("message"),
            text_field: String::new(),
            terminal: named("end"),
            usage_field: "tokens".to_owned(),
            error: named("error"),
            error_field: String::new(),
            empty_answer: EmptyAnswer::Fails,
        })
        .unwrap();
        assert_eq!(dialect.read(b"", b"hello"), EventMeaning::Text);
        assert_eq!(dialect.read(b"message", b"hello"), EventMeaning::Text);
        assert_eq!(dialect.read(b"", b""), EventMeaning::Other);
        assert_eq!(dialect.read(b"end", br#"{"tokens":3}"#), EventMeaning::Terminal { tokens: Some(3) });
        assert_eq!(dialect.read(b"error", b"broken"), EventMeaning::Error("broken".into()));
        assert_eq!(dialect.read(b"ping", b"x"), EventMeaning::Other);
    }

    #[test]
    fn a_rule_without_parts_never_holds_and_one_that_cannot_is_refused() {
        let dialect = StreamDialect { terminal: Matcher::default(), ..StreamDialect::default() };
        assert_eq!(Dialect::compile(&dialect).unwrap().read(b"", br#"{"type":"done"}"#), EventMeaning::Other);
        let equals = Matcher { equals: Some("x".to_owned()), ..Matcher::default() };
        let dialect = StreamDialect { error: equals, ..StreamDialect::default() };
        assert_eq!(Dialect::compile(&dialect), Err(DialectError::EqualsWithoutField("error")));
        let dialect = StreamDialect { text_field: "a..b".to_owned(), ..StreamDialect::default() };
        assert!(matches!(Dialect::compile(&dialect), Err(DialectError::Path { part: "text_field", .. })));
    }
}
