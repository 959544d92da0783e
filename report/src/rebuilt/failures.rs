//! What failed, by call, class and words.

use std::collections::BTreeMap;

use common::failure::{FailureClass, OTHER_TEXTS, masked};
use common::request_log::{LoggedRequest, Moment, Outcome};
use jiff::{SignedDuration, Timestamp};

use crate::rows::FailureRow;

/// Most kinds that are kept apart; more count under [`OTHER_TEXTS`] of their call and class.
const MOST_KINDS: usize = 1000;

#[derive(Debug)]
struct Kind {
    example: String,
    varies: bool,
    trace: Option<String>,
    count: u64,
    first: Moment,
    last: Moment,
}

/// Kinds of failures.
#[derive(Debug, Default)]
pub(super) struct FailureTally(BTreeMap<(String, FailureClass, String), Kind>);

impl FailureTally {
    /// Counts a request, if it failed.
    pub(super) fn add(&mut self, request: &LoggedRequest<'_>) {
        let (Outcome::Failed, Some(class)) = (request.outcome, request.failure) else { return };
        let text = request.text.as_deref().unwrap_or_default();
        let mut words = String::new();
        masked(class, text, &mut words);
        let mut key = (request.call.to_string(), class, words);
        let mut example = text;
        if self.0.len() >= MOST_KINDS && !self.0.contains_key(&key) {
            key.2 = OTHER_TEXTS.to_owned();
            example = OTHER_TEXTS;
        }
        let kind = self.0.entry(key).or_insert_with(|| Kind {
            example: example.to_owned(),
            varies: false,
            trace: request.trace.as_deref().map(str::to_owned),
            count: 0,
            first: request.end,
            last: request.end,
        });
        kind.varies |= kind.example != example;
        kind.count += 1;
        (kind.first, kind.last) = (kind.first.min(request.end), kind.last.max(request.end));
    }

    /// The rows, for a run that began then.
    pub(super) fn rows(self, started: Option<Timestamp>) -> Vec<FailureRow> {
        let at = |moment: Moment| {
            started.and_then(|started| started.checked_add(SignedDuration::from_nanos(moment.nanos())).ok())
        };
        let row = |((call, class, words), kind): ((String, FailureClass, String), Kind)| {
            let (method, name) = call.split_once(' ').unwrap_or(("", &call));
            FailureRow {
                method: method.to_owned(),
                name: name.to_owned(),
                class: class.name().to_owned(),
                text: if kind.varies { words } else { kind.example.clone() },
                example: kind.varies.then_some(kind.example),
                trace: kind.trace,
                occurrences: kind.count,
                first_seen: at(kind.first),
                last_seen: at(kind.last),
            }
        };
        self.0.into_iter().map(row).collect()
    }
}
