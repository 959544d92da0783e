//! Texts with placeholders: `/threads/${thread}/messages`.

use serde::{Deserialize, Serialize};

use super::capture;

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
    /// The conversation so far with the question, as a JSON array.
    Messages,
    /// Most tokens that the answer is asked to have.
    AnswerTokens,
    /// A column of the users' file, `${user.NAME}`: its place among the template's own names, and once the
    /// template is [bound](Template::bind), in the file.
    Column(u16),
    /// What a call has captured, `${NAME}`: its place likewise.
    Captured(u16),
    /// The same as a JSON string, quotes included, or `null` while nothing is captured.
    Nullable(u16),
}

/// What names a column of the users' file: `${user.NAME}`.
const COLUMN: &str = "user.";

impl Placeholder {
    const NAMES: [(&'static str, Placeholder); 7] = [
        ("thread", Placeholder::Thread),
        ("message", Placeholder::Message),
        ("title", Placeholder::Title),
        ("role", Placeholder::Role),
        ("content", Placeholder::Content),
        ("messages", Placeholder::Messages),
        ("answer_tokens", Placeholder::AnswerTokens),
    ];

    /// Whether there is one of this name.
    pub fn is_named(name: &str) -> bool {
        Self::NAMES.iter().any(|(known, _)| *known == name) || name.starts_with(COLUMN)
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

/// A text with placeholders, parsed once, so that filling it in only copies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<TemplatePart>,
    /// What it names beyond the built-in placeholders, each once: columns and captured values.
    names: Vec<String>,
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error(
        "`${{{0}}}` is no placeholder; there are ${{thread}}, ${{message}}, ${{title}}, ${{role}}, ${{content}}, ${{messages}}, ${{answer_tokens}}, ${{user.COLUMN}} of --users-file, and what a call's `capture` names"
    )]
    Unknown(String),
    /// `${` without its `}`.
    #[error("`{0}` opens a placeholder with `${{` and does not close it")]
    Open(String),
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        let (mut parts, mut names) = (Vec::new(), Vec::new());
        let mut rest = source.as_str();
        while let Some((text, tail)) = rest.split_once("${") {
            let (name, tail) = tail.split_once('}').ok_or_else(|| TemplateError::Open(source.clone()))?;
            let known = Placeholder::NAMES.iter().find(|(known, _)| *known == name);
            let value = match (known, name.strip_prefix(COLUMN)) {
                (Some((_, value)), _) => *value,
                (None, Some(column)) if !column.is_empty() => Placeholder::Column(place_of(name, &mut names)),
                (None, None) if capture::is_name(name) => Placeholder::Captured(place_of(name, &mut names)),
                _ => return Err(TemplateError::Unknown(name.to_owned())),
            };
            if !text.is_empty() {
                parts.push(TemplatePart::Text(text.to_owned()));
            }
            parts.push(TemplatePart::Value(value));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(TemplatePart::Text(rest.to_owned()));
        }
        Ok(Self { source, parts, names })
    }
}

fn place_of(name: &str, names: &mut Vec<String>) -> u16 {
    let place = names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    u16::try_from(place).unwrap_or(u16::MAX)
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.source
    }
}

impl Template {
    /// A built-in template.
    pub(super) fn fixed(source: &str) -> Template {
        Template::try_from(source.to_owned()).unwrap_or_else(|_| Template {
            source: source.to_owned(),
            parts: vec![TemplatePart::Text(source.to_owned())],
            names: Vec::new(),
        })
    }

    /// The same text behind another.
    pub fn below(&self, base: &str) -> Template {
        let mut template = self.clone();
        template.source.insert_str(0, base);
        match template.parts.first_mut() {
            _ if base.is_empty() => {}
            Some(TemplatePart::Text(text)) => text.insert_str(0, base),
            _ => template.parts.insert(0, TemplatePart::Text(base.to_owned())),
        }
        template
    }

    /// The columns of the users' file that it names, each once.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter_map(|name| name.strip_prefix(COLUMN))
    }

    /// The captured values that it names, each once.
    pub fn captured(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| !name.starts_with(COLUMN))
    }

    /// The same with the place of each column in the users' file, and of each captured value among all; `None` if
    /// one is not there.
    pub fn bind(mut self, file: &[String], captured: &[String]) -> Option<Template> {
        for part in &mut self.parts {
            let TemplatePart::Value(Placeholder::Column(place) | Placeholder::Captured(place)) = part else {
                continue;
            };
            let name = self.names.get(usize::from(*place))?;
            let (all, name) =
                name.strip_prefix(COLUMN).map_or((captured, name.as_str()), |column| (file, column));
            *place = u16::try_from(all.iter().position(|known| known == name)?).ok()?;
        }
        Some(self)
    }

    /// The same for a JSON body: what stands alone in quotes and is not captured yet becomes `null`.
    #[must_use]
    pub fn with_nulls(mut self) -> Template {
        for at in 1..self.parts.len().saturating_sub(1) {
            let [TemplatePart::Text(before), TemplatePart::Value(value), TemplatePart::Text(after)] =
                &mut self.parts[at - 1..=at + 1]
            else {
                continue;
            };
            let opens = before.ends_with('"') && !before.ends_with("\\\"");
            if let Placeholder::Captured(place) = *value
                && opens
                && after.starts_with('"')
            {
                before.pop();
                after.remove(0);
                *value = Placeholder::Nullable(place);
            }
        }
        self
    }

    /// Whether it holds nothing but text and columns of the users' file: it is known before the first answer.
    pub fn is_of_user(&self) -> bool {
        self.is_made_of(|value| matches!(value, Placeholder::Column(_)))
    }

    /// Whether it holds nothing but text, columns of the users' file and captured values, as headers do.
    pub fn is_of_session(&self) -> bool {
        self.is_made_of(|value| matches!(value, Placeholder::Column(_) | Placeholder::Captured(_)))
    }

    pub(super) fn is_made_of(&self, fits: impl Fn(Placeholder) -> bool) -> bool {
        self.parts.iter().all(|part| match part {
            TemplatePart::Text(_) => true,
            TemplatePart::Value(value) => fits(*value),
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

    /// Whether it has this placeholder.
    pub fn has(&self, wanted: Placeholder) -> bool {
        self.parts.contains(&TemplatePart::Value(wanted))
    }

    /// Whether it has no placeholder.
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
        assert_eq!(Template::try_from("${x y}".to_owned()), Err(TemplateError::Unknown("x y".into())));
        assert_eq!(Template::try_from("${user.}".to_owned()), Err(TemplateError::Unknown("user.".into())));
        assert_eq!(Template::try_from("a${thread".to_owned()), Err(TemplateError::Open("a${thread".into())));
    }

    #[test]
    fn what_stands_alone_in_quotes_may_be_null() {
        let text = r#"{"a":"${x}","b":"-${x}","c":${x},"d":"\"${x}","e":"${thread}"}"#;
        let template = Template::try_from(text.to_owned()).unwrap().with_nulls();
        let mut out = Vec::new();
        template.render(&mut out, |value, out| {
            out.extend_from_slice(if matches!(value, Placeholder::Nullable(_)) { b"null" } else { b"1" });
        });
        let filled = r#"{"a":null,"b":"-1","c":1,"d":"\"1","e":"1"}"#;
        assert_eq!(String::from_utf8(out).unwrap(), filled);
    }

    #[test]
    fn a_name_is_found_by_its_place() {
        let text = "${user.b}-${user.a}-${token}-${user.b}${thread}";
        let template = Template::try_from(text.to_owned()).unwrap();
        assert_eq!(template.columns().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(template.captured().collect::<Vec<_>>(), ["token"]);
        assert!(!template.is_of_session());
        let (file, captured) = (["a", "x", "b"].map(str::to_owned), ["csrf", "token"].map(str::to_owned));
        let mut places = Vec::new();
        let bound = template.clone().bind(&file, &captured).unwrap();
        bound.render(&mut Vec::new(), |value, _| places.push(value));
        let column = Placeholder::Column;
        assert_eq!(places, [column(2), column(0), Placeholder::Captured(1), column(2), Placeholder::Thread]);
        assert_eq!(template.clone().bind(&file[..1], &captured), None);
        assert_eq!(template.bind(&file, &captured[..1]), None);
    }
}
