//! One call, its templates and captures parsed.

use std::collections::BTreeMap;
use std::time::Duration;

use common::api::{Answer, Call, Capture, Encoding, Framing, Operation, Placeholder, THREAD, Template};
use common::plan::Plan;
use common::trace;
use http::{HeaderName, Method};

use super::capture::CompiledCapture;
use super::compiled_plan::CompileError;
use super::logged::LoggedId;
use crate::http::BOUNDARY;

/// One call of the API.
#[derive(Debug)]
pub(super) struct CompiledCall {
    pub(super) method: Method,
    pub(super) path: Template,
    pub(super) body: Option<Template>,
    pub(super) encoding: Encoding,
    pub(super) answer: Answer,
    pub(super) success: Box<[u16]>,
    /// Headers of this call alone.
    pub(super) headers: Box<[(HeaderName, Template)]>,
    /// Whether it carries the id of a trace; not where the API has that header itself.
    pub(super) is_traced: bool,
    /// Whether a question goes with it, or its answer comes.
    pub(super) asks: bool,
    pub(super) timeout: Duration,
    pub(super) captures: Vec<CompiledCapture>,
    /// What users write for it, beside the calls whose words are fixed.
    pub(super) words: Option<Words>,
    /// Whether it works on a thread.
    pub(super) names_thread: bool,
    /// The ids that are logged, by the places of their names; `None` where the call has nothing to do with it.
    pub(super) logged: Box<[Option<LoggedId>]>,
}

/// What users write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Title,
    Question,
}

impl CompiledCall {
    pub(super) fn compile(
        plan: &Plan,
        operation: Operation,
        call: &Call,
        base: &str,
    ) -> Result<CompiledCall, CompileError> {
        let mut compiled = CompiledCall::of(plan, call, &plan.api.place(operation), base)?;
        compiled.asks = match operation {
            Operation::Chat | Operation::Question => true,
            Operation::Own(_) => compiled.asks,
            _ => false,
        };
        if operation == Operation::Chat {
            compiled.timeout = plan.stream_timeout;
            if plan.api.stream.framing != Framing::Sse {
                compiled.answer = Answer::Lines;
            }
        }
        if operation == Operation::CreateThread && !plan.api.thread_id_field.is_empty() {
            let from = Capture::Body(plan.api.thread_id_field.clone());
            compiled.captures.push(capture(THREAD, None, &from)?);
        }
        Ok(compiled)
    }

    /// The call that errors name `place`, below the path `base`.
    pub(super) fn of(
        plan: &Plan,
        call: &Call,
        place: &str,
        base: &str,
    ) -> Result<CompiledCall, CompileError> {
        let names = plan.api.captured();
        let bound = |template: &Template| {
            let missing = || CompileError::Column(place.to_owned());
            template.clone().bind(&plan.users.columns, &names).ok_or_else(missing)
        };
        let at =
            |name: &str| names.iter().position(|known| known == name).and_then(|at| u16::try_from(at).ok());
        let captures = call.capture.iter().map(|(name, from)| capture(name, at(name), from));
        let headers = call.headers.iter().map(|(name, value)| {
            let header = name.parse().map_err(|_| CompileError::Header(name.clone()))?;
            Ok((header, bound(value)?))
        });
        let has_trace = |headers: &BTreeMap<String, Template>| {
            headers.keys().any(|name| name.eq_ignore_ascii_case(trace::HEADER))
        };
        let names_any = |value| call.templates().any(|template| template.has(value));
        let words = [(Placeholder::Content, Words::Question), (Placeholder::Title, Words::Title)];
        Ok(CompiledCall {
            method: call.method.parse().map_err(|_| CompileError::Method(call.method.clone()))?,
            path: bound(&call.path.below(base))?,
            body: body(call).as_ref().map(bound).transpose()?.map(|body| match call.encoding {
                Encoding::Json => body.with_nulls(),
                _ => body,
            }),
            encoding: call.encoding,
            answer: call.answer,
            success: call.success.clone().into(),
            headers: headers.collect::<Result<_, CompileError>>()?,
            is_traced: !has_trace(&plan.api.headers)
                && !has_trace(&call.headers)
                && !plan.api.user_header.eq_ignore_ascii_case(trace::HEADER),
            timeout: plan.crud_timeout,
            asks: names_any(Placeholder::Content),
            captures: captures.collect::<Result<_, _>>()?,
            words: words.into_iter().find(|(value, _)| names_any(*value)).map(|(_, words)| words),
            names_thread: names_any(Placeholder::Thread),
            logged: LoggedId::of_call(plan, call),
        })
    }
}

fn capture(name: &str, place: Option<u16>, from: &Capture) -> Result<CompiledCapture, CompileError> {
    CompiledCapture::compile(name, place, from).map_err(|error| CompileError::Capture(name.to_owned(), error))
}

/// The body as it is sent: a multipart one in its parts.
fn body(call: &Call) -> Option<Template> {
    let body = call.body.as_ref()?;
    if call.encoding != Encoding::Multipart {
        return Some(body.clone());
    }
    let part = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts: String = body.source().split('&').map(part).collect();
    Template::try_from(format!("{parts}--{BOUNDARY}--\r\n")).ok()
}
