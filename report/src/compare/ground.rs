//! Whether two runs stand on the same ground.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::source::ComparedRun;
use crate::rows::{NoteKind, RunEnd, RunReport};
use common::text::number::{exact, span};

/// What two runs must have in common, or their figures say nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Premise {
    /// The service.
    Host,
    /// The shape's name.
    Shape,
    /// Its length, time scale applied.
    Length,
    /// The most users it asks for.
    Users,
    /// How users arrive, if they do.
    Arrivals,
    /// The user classes.
    Classes,
    /// What users ask.
    Prompts,
    /// Whether a cache of prompts could answer.
    Cache,
    /// The think time.
    Think,
    /// How many turns users take in one thread.
    Turns,
    /// Who leaves early.
    Abandon,
    /// Whether the model was left out.
    MockLlm,
    /// The API description.
    Api,
    /// What the rungs of a limit search had to keep to.
    Criteria,
    /// How it ended: only a run that was carried out to its end has all its stages.
    End,
}

/// A premise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Barrier {
    /// Which.
    pub premise: Premise,
    /// What it is in run A. Text from outside.
    pub a: String,
    /// What it is in run B. Text from outside.
    pub b: String,
}

impl Premise {
    /// Every premise.
    pub const ALL: [Premise; 15] = {
        use Premise::*;
        [
            Host, Shape, Length, Users, Arrivals, Classes, Prompts, Cache, Think, Turns, Abandon, MockLlm,
            Api, Criteria, End,
        ]
    };

    /// Its name, as `--allow` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Premise::Host => "host",
            Premise::Shape => "shape",
            Premise::Length => "length",
            Premise::Users => "users",
            Premise::Arrivals => "arrivals",
            Premise::Classes => "classes",
            Premise::Prompts => "prompts",
            Premise::Cache => "cache",
            Premise::Think => "think",
            Premise::Turns => "turns",
            Premise::Abandon => "abandon",
            Premise::MockLlm => "mock-llm",
            Premise::Api => "api",
            Premise::Criteria => "criteria",
            Premise::End => "end",
        }
    }

    /// Whether limit searches have it, or other runs. A search takes as many users and as much time as it needs.
    fn is_of(self, search: bool) -> bool {
        match self {
            Premise::Length | Premise::Users | Premise::Arrivals => !search,
            Premise::Criteria => search,
            _ => true,
        }
    }

    /// What it is in a run; `None` where the files do not say.
    fn of(self, report: &RunReport) -> Option<String> {
        let facts = &report.facts;
        match self {
            Premise::Host => facts.host.clone(),
            Premise::Shape => (!facts.shape.is_empty()).then(|| facts.shape.clone()),
            Premise::Length => facts.planned_duration_s.map(span),
            Premise::Users => facts.users_target_peak.map(|users| users.to_string()),
            // A run whose target is known has users that stay.
            Premise::Arrivals => {
                facts.arrivals.clone().or_else(|| facts.time_scale.map(|_| "users that stay".to_owned()))
            }
            Premise::Classes => (!facts.classes.is_empty()).then(|| facts.classes.join(", ")),
            Premise::Prompts => facts.prompts.clone(),
            Premise::Cache => facts.prompt_cache.clone(),
            Premise::Think => {
                let ends = |(least, most)| format!("{} to {} s", exact(least), exact(most));
                facts.think_s.map(ends).or_else(|| facts.think.clone())
            }
            Premise::Turns => facts.turns.clone(),
            Premise::Abandon => facts.abandon.clone(),
            Premise::MockLlm => facts.mock_llm.map(|mock| if mock { "yes" } else { "no" }.to_owned()),
            Premise::Api => facts.api.clone(),
            Premise::Criteria => report.limits.as_ref().map(|limits| limits.criteria.join(", ")),
            Premise::End => (facts.end != RunEnd::Unknown).then(|| facts.end.name().to_owned()),
        }
    }
}

impl fmt::Display for Premise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Premise {
    type Err = String;

    fn from_str(text: &str) -> Result<Premise, String> {
        let names = Premise::ALL.map(Premise::name);
        Premise::ALL
            .into_iter()
            .find(|premise| premise.name() == text)
            .ok_or_else(|| format!("write one of {}", names.join(", ")))
    }
}

/// Why the runs cannot be compared, and what to keep in mind when they are.
pub(super) fn ground(a: &ComparedRun, b: &ComparedRun, allowed: &[Premise]) -> (Vec<Barrier>, Vec<String>) {
    let search = a.is_search() && b.is_search();
    let (a, b) = (&a.report, &b.report);
    let (mut barriers, mut cautions, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for premise in Premise::ALL.into_iter().filter(|premise| premise.is_of(search)) {
        match (premise.of(a), premise.of(b)) {
            (Some(a), Some(b)) if a == b => {
                if premise == Premise::End && a != RunEnd::Completed.name() {
                    cautions.push(format!("Both runs were {a} before their shape ended."));
                }
            }
            (Some(a), Some(b)) if allowed.contains(&premise) => {
                cautions.push(format!(
                    "They differ in their {premise} ({a}; {b}), which --allow {premise} lets pass."
                ));
            }
            (Some(a), Some(b)) => barriers.push(Barrier { premise, a, b }),
            _ => unknown.push(premise.name()),
        }
    }
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        cautions.push(format!(
            "Whether they have in common their {unknown} is not known: CSV files do not say; \
                               name summary.json."
        ));
    }
    for (name, report) in [("A", a), ("B", b)] {
        if !report.facts.degraded.is_empty() {
            let kinds = NoteKind::join(&report.facts.degraded);
            cautions.push(format!("Run {name} is degraded ({kinds}): read the notes of its report first."));
        }
    }
    if let (Some(one), Some(other)) = (a.facts.workers, b.facts.workers)
        && one != other
    {
        cautions.push(format!("Run A had {one} workers, run B {other}."));
    }
    (barriers, cautions)
}
