//! Texts with placeholders: `/threads/${thread}/messages`.

use serde::{Deserialize, Serialize};

/// A value that a user fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// Id of a thread.
    Thread,
    /// Id of a message.
    Message,
    /// Title of a thread.
    Title,
    /// `user` or `assistant`.
    Role,
    /// Text of a message.
    Content,
}

impl Placeholder {
    const NAMES: [(&'static str, Placeholder); 5] = [
        ("thread", Placeholder::Thread),
        ("message", Placeholder::Message),
        ("title", Placeholder::Title),
        ("role", Placeholder::Role),
        ("content", Placeholder::Content),
    ];

    /// Whether there is one of this name.
    pub fn is_named(name: &str) -> bool {
        Self::NAMES.iter().any(|(known, _)| *known == name)
    }

    /// Whether it is folded to `[id]` in an endpoint's name.
    const fn is_id(self) -> bool {
        matches!(self, Placeholder::Thread | Placeholder::Message)
    }
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TemplatePart {
    Text(String),
    Value(Placeholder),
}

/// A text parsed once, so that filling it in is copying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<TemplatePart>,
}

/// A template that names what no user can fill in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error(
        "`${{{0}}}` is no placeholder; there are ${{thread}}, ${{message}}, ${{title}}, ${{role}}, ${{content}}"
    )]
    Unknown(String),
    /// `${` without its `}`.
    #[error("`{0}` opens a placeholder with `${{` and does not close it")]
    Open(String),
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while let Some((text, tail)) = rest.split_once("${") {
            let (name, tail) = tail.split_once('}').ok_or_else(|| TemplateError::Open(source.clone()))?;
            let value = Placeholder::NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| TemplateError::Unknown(name.to_owned()))?
                .1;
            if !text.is_empty() {
                parts.push(TemplatePart::Text(text.to_owned()));
            }
            parts.push(TemplatePart::Value(value));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(TemplatePart::Text(rest.to_owned()));
        }
        Ok(Self { source, parts })
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.source
    }
}

impl Template {
    /// A template of our own making.
    pub(super) fn fixed(source: &str) -> Template {
        Template::try_from(source.to_owned()).unwrap_or_else(|_| Template {
            source: source.to_owned(),
            parts: vec![TemplatePart::Text(source.to_owned())],
        })
    }

    /// The text it was made from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text with ids folded to `[id]`, other values to `[value]`, and no query.
    pub fn folded(&self) -> String {
        let mut name = String::new();
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => name.push_str(text),
                TemplatePart::Value(value) if value.is_id() => name.push_str("[id]"),
                TemplatePart::Value(_) => name.push_str("[value]"),
            }
        }
        name.split_once('?').map_or(name.clone(), |(path, _)| path.to_owned())
    }

    /// Whether it is the same text for everybody.
    pub fn is_constant(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, TemplatePart::Text(_)))
    }

    /// Appends the text to `out`; `fill` appends the value of each placeholder, escaped as its place
    /// requires.
    pub fn render(&self, out: &mut Vec<u8>, mut fill: impl FnMut(Placeholder, &mut Vec<u8>)) {
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => out.extend_from_slice(text.as_bytes()),
                TemplatePart::Value(value) => fill(*value, out),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_piece_by_piece() {
        let template = Template::try_from("/a/${thread}/b?q=${content}".to_owned()).unwrap();
        let mut out = Vec::new();
        template.render(&mut out, |value, out| {
            out.extend_from_slice(if value == Placeholder::Thread { b"T" } else { b"C" });
        });
        assert_eq!(out, b"/a/T/b?q=C");
        assert_eq!(template.folded(), "/a/[id]/b");
    }

    #[test]
    fn an_open_or_unknown_placeholder_is_an_error() {
        assert_eq!(Template::try_from("${x}".to_owned()), Err(TemplateError::Unknown("x".into())));
        assert_eq!(Template::try_from("a${thread".to_owned()), Err(TemplateError::Open("a${thread".into())));
    }
}
