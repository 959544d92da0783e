//! What a file may name, and where captured values are looked for.

use std::collections::{BTreeMap, BTreeSet};

use common::api::{Capture, EventCapture, HeaderCapture, Template, TemplateError};
use worker::sse::scan::JsonPath;

use super::fault::{ApiFault, shown};

/// What a file may name beyond the built-in placeholders.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) constants: BTreeMap<String, String>,
    pub(super) captured: BTreeSet<String>,
    /// Whether the answer to [chat] is streamed by another call.
    pub(super) two_part: bool,
}

impl Names {
    pub(super) fn check(&self, template: Template) -> Result<Template, ApiFault> {
        let unknown = template.captured().find(|name| !self.captured.contains(*name)).map(str::to_owned);
        match unknown {
            Some(name) => Err(TemplateError::Unknown(name).into()),
            None => Ok(template),
        }
    }
}

pub(super) fn check_capture(from: &Capture) -> Result<(), ApiFault> {
    let fault = |error: String| ApiFault::Capture(shown(&error));
    match from {
        Capture::Body(path) | Capture::Event(EventCapture { event: path }) => {
            path.parse::<JsonPath>().map(drop).map_err(|error| fault(error.to_string()))
        }
        Capture::Header(HeaderCapture { header }) => {
            http::HeaderName::try_from(header).map(drop).map_err(|_| {
                fault(format!("`{header}` is no name of an HTTP header; use letters, digits and dashes"))
            })
        }
        Capture::Cookie(_) => Ok(()),
    }
}
