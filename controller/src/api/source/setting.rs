//! Settings of one line, each checked by itself.

use std::collections::BTreeMap;

use common::api::{Encoding, History, METHODS, Placeholder, Template};
use common::shape::parse_duration;
use worker::sse::scan::JsonPath;

use super::fault::{ApiFault, shown};
use super::names::Names;

pub(super) fn login_every(text: &str) -> Result<String, ApiFault> {
    match text.is_empty() || parse_duration(text).is_ok_and(|every| !every.is_zero()) {
        true => Ok(text.to_owned()),
        false => Err(ApiFault::Every(format!("`{}` is no time; write one such as 50s", shown(text)))),
    }
}

/// Names of members, one within another.
pub(super) fn max_tokens(path: &str) -> Result<String, ApiFault> {
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    match path.is_empty() || path.split('.').all(is_name) {
        true => Ok(path.to_owned()),
        false => Err(ApiFault::MaxTokens(shown(path))),
    }
}

pub(super) fn user_header(name: &str) -> Result<String, ApiFault> {
    match name.is_empty() || http::HeaderName::try_from(name).is_ok() {
        true => Ok(name.to_owned()),
        false => Err(ApiFault::UserHeader(shown(name))),
    }
}

pub(super) fn thread_id(field: &str) -> Result<String, ApiFault> {
    if !field.is_empty() {
        field.parse::<JsonPath>()?;
    }
    Ok(field.to_owned())
}

pub(super) fn method_of(method: &str) -> Result<String, ApiFault> {
    let upper = method.to_ascii_uppercase();
    match METHODS.contains(&upper.as_str()) {
        true => Ok(upper),
        false => Err(ApiFault::Method(shown(method))),
    }
}

/// A path, which must be one whatever is filled in.
pub(super) fn path(text: &str, names: &Names) -> Result<Template, ApiFault> {
    let template = names.check(Template::try_from(with_constants(text, &names.constants, in_path))?)?;
    no_messages(&template)?;
    let filled = filled(&template, "x");
    if filled.contains(['{', '}']) {
        return Err(ApiFault::Dollar(shown(text)));
    }
    let is_path = filled.starts_with('/') && !filled.contains('#') && filled.is_ascii();
    match is_path && filled.parse::<http::uri::PathAndQuery>().is_ok_and(|path| path.as_str() == filled) {
        true => Ok(template),
        false => Err(ApiFault::Path(shown(text))),
    }
}

/// A call's row in reports, one line that no table breaks at.
pub(super) fn name(text: &str) -> Result<String, ApiFault> {
    match text.len() <= 200 && !text.chars().any(char::is_control) {
        true => Ok(text.trim().to_owned()),
        false => Err(ApiFault::Name),
    }
}

/// A body, which must be of its kind whatever is filled in; an empty text means no body.
pub(super) fn body(text: &str, encoding: Encoding, names: &Names) -> Result<Option<Template>, ApiFault> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let written = match encoding {
        Encoding::Json => in_json,
        Encoding::Form => in_path,
        Encoding::Multipart | Encoding::Text => str::to_owned,
    };
    let template = names.check(Template::try_from(with_constants(text, &names.constants, written))?)?;
    if encoding != Encoding::Json {
        no_messages(&template)?;
    }
    match encoding {
        // A digit is JSON within quotes and without: services that number their threads have ids of digits.
        Encoding::Json => {
            serde_json::from_str::<serde::de::IgnoredAny>(&filled(&template, "1")).map_err(ApiFault::Body)?;
        }
        Encoding::Form | Encoding::Multipart => {
            let is_pair = |pair: &str| {
                let name = pair.split_once('=').map_or("", |(name, _)| name);
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
            };
            if !text.split('&').all(is_pair) {
                return Err(ApiFault::Pairs);
            }
        }
        Encoding::Text => {}
    }
    Ok(Some(template))
}

/// What is no JSON has no room for a list.
pub(super) fn no_messages(template: &Template) -> Result<(), ApiFault> {
    match template.has(Placeholder::Messages) {
        true => Err(ApiFault::Messages),
        false => Ok(()),
    }
}

/// How a message of a conversation is written.
pub(super) fn message(text: &str) -> Result<Template, ApiFault> {
    let template = Template::try_from(text.to_owned())?;
    serde_json::from_str::<serde::de::IgnoredAny>(&filled(&template, "1")).map_err(ApiFault::Body)?;
    match History::is_message(&template) {
        true => Ok(template),
        false => Err(ApiFault::Message),
    }
}

/// A value as it stands in a path: all but unreserved characters percent-encoded.
fn in_path(value: &str) -> String {
    value.bytes().fold(String::new(), |mut path, byte| {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => path.push(char::from(byte)),
            false => path.push_str(&format!("%{byte:02X}")),
        }
        path
    })
}

/// A value as it stands inside a JSON string.
fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The text with each constant in its place, written as that place requires.
fn with_constants(
    text: &str,
    constants: &BTreeMap<String, String>,
    written: impl Fn(&str) -> String,
) -> String {
    constants
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), &written(value)))
}

fn filled(template: &Template, value: &str) -> String {
    let mut text = Vec::new();
    template.render(&mut text, |place, out| match place {
        // JSON, but not within quotes.
        Placeholder::Messages => out.extend_from_slice(b"[\"\"]"),
        // Words never are a number.
        Placeholder::Title | Placeholder::Content | Placeholder::Role => out.extend_from_slice(b"words"),
        _ => out.extend_from_slice(value.as_bytes()),
    });
    String::from_utf8_lossy(&text).into_owned()
}
