//! From an API file's text to the API, with the line of whatever is wrong.

mod calls;
mod fault;
mod lives;
mod names;
mod setting;
#[cfg(test)]
mod tests;
mod whole;

use std::collections::BTreeMap;
use std::ops::Range;

use common::api::{Answer, Api, Call, Capture, Operation, Placeholder, THREAD, Template, is_name};
use common::shape::Location;
use worker::chat::{Dialect, DialectError};

use super::choice::{ApiChoice, preset};
use super::draft::{Draft, HistoryDraft, Text};
use super::headers;
use super::words::plain;
pub use fault::ApiFault;
use fault::shown;
use names::{Names, check_capture};
use setting::{login_every, max_tokens, thread_id, user_header};

/// The text under reading.
pub(super) struct ApiText<'a> {
    pub(super) text: &'a str,
    /// How errors call the file.
    pub(super) file: &'a str,
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
        names.two_part = layers.iter().any(|(_, draft)| draft.chat.events.is_some());
        for (source, draft) in &layers {
            source.captured(draft, &mut names)?;
        }
        let mut api = Api { name: stem.to_owned(), ..Api::default() };
        for (source, draft) in &layers {
            source.apply(draft, &names, &mut api)?;
        }
        // Steps may be calls of any layer.
        for (source, draft) in &layers {
            source.users(draft, &mut api)?;
        }
        whole::check(&api).map_err(|(tables, fault)| (self.at_table(&tables), fault))?;
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
            let span = error.span().unwrap_or(0..0);
            let said = plain(error.message(), self.text, span.clone());
            (self.at(span), ApiFault::Toml(shown(&said)))
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

    /// The line of the first of these tables that the file has; else the file.
    fn at_table(&self, heads: &[String]) -> Location {
        let lines = || {
            self.text.split_inclusive('\n').scan(0, |end, line| {
                *end += line.len();
                Some((*end - line.len(), line))
            })
        };
        let begins = |line: &str, head: &str| {
            let inline = line.split_once('=').is_some_and(|(key, _)| format!("[{}]", key.trim()) == head);
            inline || line.trim_start().starts_with(head)
        };
        let found = heads.iter().find_map(|head| lines().find(|(_, line)| begins(line, head)));
        found.map_or_else(|| Location::File(self.file.to_owned()), |(at, _)| self.at(at..at))
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
        for (operation, call) in draft.calls() {
            let is_chat = operation == Some(Operation::Chat);
            let streams = match names.two_part {
                true => {
                    draft.chat.events.as_deref().is_some_and(|events| std::ptr::eq(events.get_ref(), call))
                }
                false => is_chat,
            };
            for (name, from) in &call.capture {
                let fault = |fault| Err((self.at(from.span()), fault));
                let is_body = matches!(from.get_ref(), Capture::Body(_));
                let is_event = matches!(from.get_ref(), Capture::Event(_));
                match name.as_str() {
                    _ if streams && is_body => return fault(ApiFault::OfStream),
                    _ if is_event && !streams => return fault(ApiFault::NotOfStream),
                    THREAD if operation == Some(Operation::CreateThread) => {}
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
        api.nonce = draft.nonce.unwrap_or(api.nonce);
        if let Some(field) = &draft.max_tokens_field {
            api.max_tokens_field = self.placed(field, max_tokens)?;
        }
        for (name, value) in &draft.headers {
            let set = headers::set(api, name, value.get_ref()).map_err(ApiFault::from);
            let known = || Template::try_from(value.get_ref().clone()).map_err(ApiFault::from);
            let set = set.and_then(|()| names.check(known()?).map(drop));
            set.map_err(|fault| (self.at(value.span()), fault))?;
        }
        for (operation, table) in draft.tables() {
            let mut call = api.table_mut(operation).clone();
            self.call(table, names, &mut call, api)?;
            if let Some(events) = &table.events {
                self.events(operation, table, events, names, &mut call, api)?;
            }
            // Nobody signs in by default: whoever says how says where, too.
            let is_described = table.body.is_some() || !table.capture.is_empty();
            if operation == Operation::Login && call.skip && table.skip.is_none() && is_described {
                return Err((self.at_table(&[api.place(operation)]), ApiFault::NoPath));
            }
            *api.table_mut(operation) = call;
        }
        for (name, own) in &draft.calls {
            self.own_call(name, own, names, api)?;
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
            let mut call = api.probe.take().unwrap_or_else(usual);
            self.call(probe, names, &mut call, api)?;
            api.probe = Some(call);
        }
        if let Some(history) = &draft.history {
            let HistoryDraft { user, assistant, message, max_bytes } = history.get_ref();
            user.iter().for_each(|role| api.history.user.clone_from(role));
            assistant.iter().for_each(|role| api.history.assistant.clone_from(role));
            if let Some(text) = message {
                api.history.message = self.placed(text, setting::message)?;
            }
            api.history.max_bytes = max_bytes.unwrap_or(api.history.max_bytes);
            if api.history.max_bytes == 0 {
                return Err((self.at(history.span()), ApiFault::NoHistory));
            }
        }
        if let Some(stream) = &draft.stream {
            stream.get_ref().change(&mut api.stream);
            Dialect::compile(&api.stream)
                .map_err(|fault| (self.at_setting(stream.span(), &fault), fault.into()))?;
        }
        Ok(())
    }

    fn placed<T>(&self, text: &Text, read: impl FnOnce(&str) -> Result<T, ApiFault>) -> Result<T, Fault> {
        read(text.get_ref()).map_err(|fault| (self.at(text.span()), fault))
    }
}
