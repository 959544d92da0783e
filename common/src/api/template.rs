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
    /// A column of the users' file, `${user.NAME}`: its place among the template's own names, and once the
    /// template is [bound](Template::bind), in the file.
    Column(u16),
}

/// What names a column of the users' file: `${user.NAME}`.
const COLUMN: &str = "user.";

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<TemplatePart>,
    /// The columns of the users' file that it names, each once.
    columns: Vec<String>,
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error(
        "`${{{0}}}` is no placeholder; there are ${{thread}}, ${{message}}, ${{title}}, ${{role}}, ${{content}}, and ${{user.COLUMN}} of --users-file"
    )]
    Unknown(String),
    /// `${` without its `}`.
    #[error("`{0}` opens a placeholder with `${{` and does not close it")]
    Open(String),
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        let (mut parts, mut columns) = (Vec::new(), Vec::new());
        let mut rest = source.as_str();
        while let Some((text, tail)) = rest.split_once("${") {
            let (name, tail) = tail.split_once('}').ok_or_else(|| TemplateError::Open(source.clone()))?;
            let known = Placeholder::NAMES.iter().find(|(known, _)| *known == name);
            let value = match (known, name.strip_prefix(COLUMN)) {
                (Some((_, value)), _) => *value,
                (None, Some(column)) if !column.is_empty() => column_of(column, &mut columns),
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
        Ok(Self { source, parts, columns })
    }
}

fn column_of(name: &str, columns: &mut Vec<String>) -> Placeholder {
    let place = columns.iter().position(|known| known == name).unwrap_or_else(|| {
        columns.push(name.to_owned());
        columns.len() - 1
    });
    Placeholder::Column(u16::try_from(place).unwrap_or(u16::MAX))
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
            columns: Vec::new(),
        })
    }

    /// The columns of the users' file that it names, each once.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The same with each column's place in the file, which has these; `None` if it lacks one.
    pub fn bind(mut self, file: &[String]) -> Option<Template> {
        for part in &mut self.parts {
            if let TemplatePart::Value(Placeholder::Column(place)) = part {
                let name = self.columns.get(usize::from(*place))?;
                *place = u16::try_from(file.iter().position(|column| column == name)?).ok()?;
            }
        }
        Some(self)
    }

    /// Whether it holds nothing but text and columns of the users' file, so that a user can fill it in once.
    pub fn is_of_user(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, TemplatePart::Text(_) | TemplatePart::Value(Placeholder::Column(_))))
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
        assert_eq!(Template::try_from("${x}".to_owned()), Err(TemplateError::Unknown("x".into())));
        assert_eq!(Template::try_from("${user.}".to_owned()), Err(TemplateError::Unknown("user.".into())));
        assert_eq!(Template::try_from("a${thread".to_owned()), Err(TemplateError::Open("a${thread".into())));
    }

    #[test]
    fn a_column_is_found_by_its_name_in_the_file() {
        let template = Template::try_from("${user.b}-${user.a}-${user.b}${thread}".to_owned()).unwrap();
        assert_eq!(template.columns(), ["b", "a"]);
        assert!(!template.is_of_user());
        let file = ["a", "x", "b"].map(str::to_owned);
        let mut places = Vec::new();
        let bound = template.clone().bind(&file).unwrap();
        bound.render(&mut Vec::new(), |value, _| places.push(value));
        let column = Placeholder::Column;
        assert_eq!(places, [column(2), column(0), column(2), Placeholder::Thread]);
        assert_eq!(template.bind(&file[..1]), None);
    }
}
