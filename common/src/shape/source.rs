//! The text of a shape file, and where in it things are.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Location, ShapeError, closest};
use crate::text::toml as toml_words;

/// A TOML value that knows where it stands.
pub(super) type TomlValue<'t> = Spanned<DeValue<'t>>;

/// The text under reading, which turns byte spans into lines.
pub(super) struct ShapeText<'a> {
    pub(super) text: &'a str,
    /// How errors call the file.
    pub(super) file: &'a str,
}

impl ShapeText<'_> {
    pub(super) fn text_of<'v>(
        &self,
        key: &'static str,
        example: &'static str,
        value: &'v TomlValue<'_>,
    ) -> Result<&'v str, ShapeError> {
        value.get_ref().as_str().ok_or_else(|| self.wrong_kind(key, "a text", example, value))
    }

    pub(super) fn wrong_kind(
        &self,
        key: &'static str,
        expected: &'static str,
        example: &'static str,
        value: &TomlValue<'_>,
    ) -> ShapeError {
        ShapeError::WrongKind { at: self.at(value.span()), key, expected, example }
    }

    pub(super) fn check_keys(&self, table: &DeTable<'_>, known: &[&str]) -> Result<(), ShapeError> {
        let unknown = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = unknown.min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let name = key.get_ref().to_string();
        let advice = match closest(&name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use {}", known.join(", ")),
        };
        Err(ShapeError::UnknownKey { at: self.at(key.span()), key: name, advice })
    }

    pub(super) fn broken(&self, fault: &toml::de::Error) -> ShapeError {
        let span = fault.span().unwrap_or(0..0);
        let message = toml_words::slip(fault.message(), self.text, span.clone())
            .unwrap_or_else(|| toml_words::no_setting(self.text, span.start));
        ShapeError::BrokenToml { at: self.at(span), message }
    }

    pub(super) fn at(&self, span: Range<usize>) -> Location {
        Location::in_text(self.file, self.text, span.start)
    }

    pub(super) fn whole(&self) -> Location {
        Location::File(self.file.to_owned())
    }
}

/// An integer's value, in whichever base it is written; `None` when it does not fit.
pub(super) fn integer(value: &TomlValue<'_>) -> Option<i64> {
    let written = value.get_ref().as_integer()?;
    i64::from_str_radix(written.as_str(), written.radix()).ok()
}
