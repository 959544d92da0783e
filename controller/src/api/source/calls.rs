//! The calls of a file.

use common::api::{Answer, Api, Call, OWN_CALLS, Operation, Template, is_name};
use toml::Spanned;

use super::super::draft::CallDraft;
use super::super::headers;
use super::fault::{ApiFault, shown};
use super::names::Names;
use super::setting::{body, method_of, name, no_messages, path};
use super::{ApiText, Fault};

impl ApiText<'_> {
    pub(super) fn call(
        &self,
        draft: &CallDraft,
        names: &Names,
        call: &mut Call,
        api: &Api,
    ) -> Result<(), Fault> {
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
        for (name, value) in &draft.headers {
            let (name, template) = self.placed(value, |text| {
                let (header, template) = headers::read(api, name, text)?;
                no_messages(&template)?;
                Ok((header, names.check(template)?))
            })?;
            call.headers.insert(name, template);
        }
        if let Some(success) = &draft.success {
            if !success.get_ref().iter().all(|status| (100..600).contains(status)) {
                return Err((self.at(success.span()), ApiFault::Success));
            }
            call.success.clone_from(success.get_ref());
        }
        call.answer = draft.answer.unwrap_or(call.answer);
        call.skip = draft.skip.unwrap_or(call.skip);
        Ok(())
    }

    /// The call that streams the answer to [chat].
    pub(super) fn events(
        &self,
        operation: Operation,
        table: &CallDraft,
        draft: &Spanned<CallDraft>,
        names: &Names,
        chat: &mut Call,
        api: &Api,
    ) -> Result<(), Fault> {
        if operation != Operation::Chat {
            return Err((self.at(draft.span()), ApiFault::NoEvents));
        }
        let plain = || Call::plain("GET", Template::default(), Answer::Sse);
        let mut events = chat.events.take().map_or_else(plain, |events| *events);
        self.call(draft.get_ref(), names, &mut events, api)?;
        self.check_path(&events, draft)?;
        chat.events = Some(Box::new(events));
        // Its own answer is no stream then.
        if table.answer.is_none() && chat.answer == Answer::Sse {
            chat.answer = Answer::Json;
        }
        Ok(())
    }

    pub(super) fn own_call(
        &self,
        name: &str,
        draft: &Spanned<CallDraft>,
        names: &Names,
        api: &mut Api,
    ) -> Result<(), Fault> {
        let fault = |fault| Err((self.at(draft.span()), fault));
        if !is_name(name) || Operation::named(name).is_some() {
            return fault(ApiFault::OwnName(shown(name)));
        }
        let method = if draft.get_ref().body.is_some() { "POST" } else { "GET" };
        let plain = || Call::plain(method, Template::default(), Answer::Any);
        let mut call = api.calls.get(name).cloned().unwrap_or_else(plain);
        self.call(draft.get_ref(), names, &mut call, api)?;
        self.check_path(&call, draft)?;
        api.calls.insert(name.to_owned(), call);
        if api.calls.len() > OWN_CALLS {
            return fault(ApiFault::TooMany);
        }
        Ok(())
    }

    /// Whether a call that stands in no preset says where it goes.
    fn check_path(&self, call: &Call, draft: &Spanned<CallDraft>) -> Result<(), Fault> {
        match (&draft.get_ref().events, call.path.source()) {
            (Some(events), _) => Err((self.at(events.span()), ApiFault::NoEvents)),
            (None, "") => Err((self.at(draft.span()), ApiFault::NoPath)),
            _ => Ok(()),
        }
    }
}
