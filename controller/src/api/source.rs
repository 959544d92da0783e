//! From an API file's text to the API, with the line of whatever is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use common::api::{
    Answer, Api, Call, Capture, Encoding, HeaderCapture, METHODS, Operation, Placeholder, THREAD, Template,
    TemplateError, is_name,
};
use common::shape::{Location, parse_duration};
use worker::chat::{Dialect, DialectError};
use worker::sse::scan::{JsonPath, JsonPathError};

use super::choice::{ApiChoice, preset};
use super::draft::{CallDraft, Draft, Text};
use super::headers::{self, HeaderFault};
use super::words::plain;

/// The text under reading.
pub(super) struct ApiText<'a> {
    pub(super) text: &'a str,
    /// How errors call the file.
    pub(super) file: &'a str,
}

/// What can be wrong in an API file.
#[derive(Debug, thiserror::Error)]
pub enum ApiFault {
    #[error("{0}; `controller api default` prints every setting")]
    Toml(String),
    #[error("there is no preset `{0}`; `controller api` lists them")]
    Preset(String),
    #[error("`{0}` is no method that users send; use {list}", list = METHODS.join(", "))]
    Method(String),
    #[error("`{0}` is no path of a URL; begin with `/`, and write what it reserves as %20, %23 and so on")]
    Path(String),
    #[error("{0}; a constant of your own goes into [constants]")]
    Template(String),
    #[error(
        "the constant `{0}` is a placeholder already, or holds one; give it another name, or a plain text"
    )]
    Constant(String),
    #[error(
        "the body is no JSON once its placeholders are filled in: {0}; texts need their quotes: \"${{content}}\""
    )]
    Body(serde_json::Error),
    #[error("a form is written as NAME=VALUE&NAME=VALUE, the values with placeholders: user=${{user.name}}")]
    Pairs,
    #[error("the name of a call is one line of at most 200 characters")]
    Name,
    #[error("thread_id_field: {0}")]
    ThreadId(String),
    #[error("user_header: `{0}` is no name of an HTTP header; use letters, digits and dashes")]
    UserHeader(String),
    #[error("login_every: {0}")]
    Every(String),
    #[error(
        "`{0}` is no name of a captured value; use letters, digits and `_`, and none of another placeholder or constant"
    )]
    CaptureName(String),
    #[error("capture: {0}")]
    Capture(String),
    #[error("only [create_thread] can capture `thread`; give the value another name")]
    NotTheThread,
    #[error("[chat] streams its answer, so it can capture headers and cookies alone")]
    OfStream,
    #[error("{0}")]
    Header(#[from] HeaderFault),
    #[error("{0}")]
    Stream(String),
    #[error("chat: the answer to a question is a stream of events; leave `answer` out, or use `skip = true`")]
    NoStream,
    #[error(
        "{0} and {1} are both {2}, which no report could tell apart; give one of them a `name`, or skip it"
    )]
    Same(&'static str, &'static str, String),
    #[error(
        "the controller looks at the service by a call without placeholders and finds none; add [probe] with a path"
    )]
    Probe,
}

impl From<TemplateError> for ApiFault {
    fn from(error: TemplateError) -> Self {
        ApiFault::Template(shown(&error.to_string()))
    }
}

impl From<JsonPathError> for ApiFault {
    fn from(error: JsonPathError) -> Self {
        ApiFault::ThreadId(shown(&error.to_string()))
    }
}

impl From<DialectError> for ApiFault {
    fn from(error: DialectError) -> Self {
        ApiFault::Stream(shown(&error.to_string()))
    }
}

/// Where in the file, and what.
type Fault = (Location, ApiFault);

impl ApiText<'_> {
    /// The API that the file describes, called `stem` unless the file says otherwise.
    pub(super) fn api(&self, stem: &str) -> Result<Api, ApiChoice> {
        self.read(stem).map_err(|(at, fault)| ApiChoice::File { at, fault })
    }

    fn read(&self, stem: &str) -> Result<Api, Fault> {
        // The file, the preset that it names, and what that may name; the lowest first.
        let mut layers = vec![(ApiText { ..*self }, self.draft()?)];
        while let Some(below) = layers[0].0.below(&layers[0].1)? {
            let draft = below.draft()?;
            layers.insert(0, (below, draft));
        }
        // A constant of the file counts in the preset's texts too.
        let mut names = Names::default();
        for (source, draft) in &layers {
            source.constants(draft, &mut names.constants)?;
        }
        for (source, draft) in &layers {
            source.captured(draft, &mut names)?;
        }
        let mut api = Api { name: stem.to_owned(), ..Api::default() };
        for (source, draft) in &layers {
            source.apply(draft, &names, &mut api)?;
        }
        check(&api).map_err(|fault| (Location::File(self.file.to_owned()), fault))?;
        Ok(api)
    }

    /// The preset that it differs from.
    fn below(&self, draft: &Draft) -> Result<Option<ApiText<'static>>, Fault> {
        let Some(name) = &draft.preset else { return Ok(None) };
        let unknown = || (self.at(name.span()), ApiFault::Preset(shown(name.get_ref())));
        let preset = preset(name.get_ref()).ok_or_else(unknown)?;
        Ok(Some(ApiText { text: preset.text, file: preset.name }))
    }

    fn draft(&self) -> Result<Draft, Fault> {
        toml::from_str(self.text).map_err(|error| {
            (self.at(error.span().unwrap_or(0..0)), ApiFault::Toml(shown(&plain(error.message()))))
        })
    }

    fn at(&self, span: Range<usize>) -> Location {
        Location::in_text(self.file, self.text, span.start)
    }

    /// The line of the stream's setting that is wrong, below the head of its table.
    fn at_setting(&self, table: Range<usize>, fault: &DialectError) -> Location {
        let lines = self.text[table.start..].split_inclusive('\n').scan(table.start, |end, line| {
            *end += line.len();
            Some((*end - line.len(), line))
        });
        let key = |line: &str| {
            line.split(['=', '\n']).next().unwrap_or_default().trim_matches(['[', ']', ' ', '\t']).to_owned()
        };
        let names = |line: &str| {
            fault.part().is_some_and(|part| [part, &format!("stream.{part}")].contains(&key(line).as_str()))
        };
        let is_other_table = |line: &str| line.starts_with('[') && !key(line).starts_with("stream");
        let mut below = lines.take_while(|(_, line)| !is_other_table(line));
        let found = below.find(|(_, line)| names(line));
        self.at(found.map_or(table.start, |(at, _)| at)..table.end)
    }

    fn constants(&self, draft: &Draft, known: &mut BTreeMap<String, String>) -> Result<(), Fault> {
        for (name, value) in &draft.constants {
            let text = value.get_ref();
            if Placeholder::is_named(name) || text.contains("${") {
                return Err((self.at(value.span()), ApiFault::Constant(shown(name))));
            }
            known.insert(name.clone(), text.clone());
        }
        Ok(())
    }

    /// The names under which values are captured.
    fn captured(&self, draft: &Draft, names: &mut Names) -> Result<(), Fault> {
        for operation in Operation::ALL {
            for (name, from) in &draft.call(operation).capture {
                let fault = |fault| Err((self.at(from.span()), fault));
                let is_body = matches!(from.get_ref(), Capture::Body(_));
                match name.as_str() {
                    _ if operation == Operation::Chat && is_body => return fault(ApiFault::OfStream),
                    THREAD if operation == Operation::CreateThread => {}
                    THREAD => return fault(ApiFault::NotTheThread),
                    _ if !is_name(name)
                        || Placeholder::is_named(name)
                        || names.constants.contains_key(name) =>
                    {
                        return fault(ApiFault::CaptureName(shown(name)));
                    }
                    _ => drop(names.captured.insert(name.clone())),
                }
                check_capture(from.get_ref()).or_else(fault)?;
            }
        }
        Ok(())
    }

    /// Changes what the file says.
    fn apply(&self, draft: &Draft, names: &Names, api: &mut Api) -> Result<(), Fault> {
        if let Some(name) = &draft.name {
            api.name = shown(name.get_ref());
        }
        if let Some(name) = &draft.user_header {
            api.user_header = self.placed(name, user_header)?;
        }
        if let Some(field) = &draft.thread_id_field {
            api.thread_id_field = self.placed(field, thread_id)?;
        }
        api.cookies = draft.cookies.unwrap_or(api.cookies);
        if let Some(every) = &draft.login_every {
            api.login_every = self.placed(every, login_every)?;
        }
        for (name, value) in &draft.headers {
            let set = headers::set(api, name, value.get_ref()).map_err(ApiFault::from);
            let known = || Template::try_from(value.get_ref().clone()).map_err(ApiFault::from);
            let set = set.and_then(|()| names.check(known()?).map(drop));
            set.map_err(|fault| (self.at(value.span()), fault))?;
        }
        for operation in Operation::ALL {
            self.call(draft.call(operation), names, api.call_mut(operation))?;
        }
        if let Some(probe) = &draft.probe {
            // Whoever names another path means that path, and nothing of how threads are listed.
            let plain = Call {
                method: "GET".to_owned(),
                body: None,
                answer: Answer::Any,
                ..api.list_threads.clone()
            };
            let usual = || if probe.path.is_some() { plain } else { api.list_threads.clone() };
            let call = api.probe.get_or_insert_with(usual);
            self.call(probe, names, call)?;
        }
        if let Some(stream) = &draft.stream {
            stream.get_ref().change(&mut api.stream);
            Dialect::compile(&api.stream)
                .map_err(|fault| (self.at_setting(stream.span(), &fault), fault.into()))?;
        }
        Ok(())
    }

    fn call(&self, draft: &CallDraft, names: &Names, call: &mut Call) -> Result<(), Fault> {
        if let Some(method) = &draft.method {
            call.method = self.placed(method, method_of)?;
        }
        if let Some(text) = &draft.path {
            call.path = self.placed(text, |text| path(text, names))?;
            // Whoever says where it is says that it is there.
            call.skip = false;
        }
        if let Some(text) = &draft.name {
            call.name = self.placed(text, name)?;
        }
        call.encoding = draft.encoding.unwrap_or(call.encoding);
        if let Some(text) = &draft.body {
            call.body = self.placed(text, |text| body(text, call.encoding, names))?;
        }
        let captures = draft.capture.iter().map(|(name, from)| (name.clone(), from.get_ref().clone()));
        call.capture.extend(captures);
        call.answer = draft.answer.unwrap_or(call.answer);
        call.skip = draft.skip.unwrap_or(call.skip);
        Ok(())
    }

    fn placed<T>(&self, text: &Text, read: impl FnOnce(&str) -> Result<T, ApiFault>) -> Result<T, Fault> {
        read(text.get_ref()).map_err(|fault| (self.at(text.span()), fault))
    }
}

/// What a file may name beyond the built-in placeholders.
#[derive(Debug, Default)]
struct Names {
    constants: BTreeMap<String, String>,
    captured: BTreeSet<String>,
}

impl Names {
    fn check(&self, template: Template) -> Result<Template, ApiFault> {
        let unknown = template.captured().find(|name| !self.captured.contains(*name)).map(str::to_owned);
        match unknown {
            Some(name) => Err(TemplateError::Unknown(name).into()),
            None => Ok(template),
        }
    }
}

fn check_capture(from: &Capture) -> Result<(), ApiFault> {
    let fault = |error: String| ApiFault::Capture(shown(&error));
    match from {
        Capture::Body(path) => path.parse::<JsonPath>().map(drop).map_err(|error| fault(error.to_string())),
        Capture::Header(HeaderCapture { header }) => {
            http::HeaderName::try_from(header).map(drop).map_err(|_| {
                fault(format!("`{header}` is no name of an HTTP header; use letters, digits and dashes"))
            })
        }
        Capture::Cookie(_) => Ok(()),
    }
}

fn login_every(text: &str) -> Result<String, ApiFault> {
    match text.is_empty() || parse_duration(text).is_ok_and(|every| !every.is_zero()) {
        true => Ok(text.to_owned()),
        false => Err(ApiFault::Every(format!("`{}` is no time; write one such as 50s", shown(text)))),
    }
}

fn user_header(name: &str) -> Result<String, ApiFault> {
    match name.is_empty() || http::HeaderName::try_from(name).is_ok() {
        true => Ok(name.to_owned()),
        false => Err(ApiFault::UserHeader(shown(name))),
    }
}

fn thread_id(field: &str) -> Result<String, ApiFault> {
    if !field.is_empty() {
        field.parse::<JsonPath>()?;
    }
    Ok(field.to_owned())
}

fn method_of(method: &str) -> Result<String, ApiFault> {
    let upper = method.to_ascii_uppercase();
    match METHODS.contains(&upper.as_str()) {
        true => Ok(upper),
        false => Err(ApiFault::Method(shown(method))),
    }
}

/// A path, which must be one whatever is filled in.
fn path(text: &str, names: &Names) -> Result<Template, ApiFault> {
    let template = names.check(Template::try_from(with_constants(text, &names.constants, in_path))?)?;
    let filled = filled(&template, "x");
    let is_path = filled.starts_with('/') && !filled.contains('#') && filled.is_ascii();
    match is_path && filled.parse::<http::uri::PathAndQuery>().is_ok_and(|path| path.as_str() == filled) {
        true => Ok(template),
        false => Err(ApiFault::Path(shown(text))),
    }
}

/// A call's row in reports, one line that no table breaks at.
fn name(text: &str) -> Result<String, ApiFault> {
    match text.len() <= 200 && !text.chars().any(char::is_control) {
        true => Ok(text.trim().to_owned()),
        false => Err(ApiFault::Name),
    }
}

/// A body, which must be of its kind whatever is filled in; an empty text means no body.
fn body(text: &str, encoding: Encoding, names: &Names) -> Result<Option<Template>, ApiFault> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let written = match encoding {
        Encoding::Json => in_json,
        Encoding::Form => in_path,
        Encoding::Multipart | Encoding::Text => str::to_owned,
    };
    let template = names.check(Template::try_from(with_constants(text, &names.constants, written))?)?;
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
    template.render(&mut text, |_, out| out.extend_from_slice(value.as_bytes()));
    String::from_utf8_lossy(&text).into_owned()
}

/// What only the whole shows.
fn check(api: &Api) -> Result<(), ApiFault> {
    if !api.chat.skip && api.chat.answer != Answer::Sse {
        return Err(ApiFault::NoStream);
    }
    if let Some(name) = api.unknown() {
        return Err(TemplateError::Unknown(name).into());
    }
    let made: Vec<Operation> =
        Operation::ALL.into_iter().filter(|operation| !api.call(*operation).skip).collect();
    let endpoint = |operation: Operation| {
        let call = api.call(operation);
        format!("{} {}", call.method, call.row())
    };
    for (place, one) in made.iter().enumerate() {
        let same = |other: &&Operation| endpoint(**other) == endpoint(*one);
        if let Some(other) = made[place + 1..].iter().find(same) {
            return Err(ApiFault::Same(one.key(), other.key(), endpoint(*one)));
        }
    }
    let probe = api.probe();
    let is_constant = probe.path.is_of_user() && probe.body.as_ref().is_none_or(Template::is_of_user);
    // A probe that is skipped in so many words is not asked; a list that is not there cannot be.
    match is_constant && !(probe.skip && api.probe.is_none())
        || api.probe.as_ref().is_some_and(|probe| probe.skip)
    {
        true => Ok(()),
        false => Err(ApiFault::Probe),
    }
}

/// A text of the file in a message: on one line, and no novel.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests;
