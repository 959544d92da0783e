//! `[users.CLASS]` as an API file has it.

use common::api::{Abandon, Life, Stage, Step, Think, Turns};
use common::class::UserClass;
use serde::Deserialize;
use toml::Spanned;

/// What the users of each class do, where the file says so: a class is given whole, or changed in how its users are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UsersDraft {
    crud: Option<Spanned<LifeDraft>>,
    stream: Option<Spanned<LifeDraft>>,
    mixed: Option<Spanned<LifeDraft>>,
}

/// A [`Life`] with the places of its steps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifeDraft {
    start: Option<Vec<Spanned<Step>>>,
    steps: Vec<Spanned<Step>>,
    session: Vec<Spanned<Stage>>,
    turns: Option<Turns>,
    end: Vec<Spanned<Step>>,
    abandon: Option<Abandon>,
    think: Option<Think>,
}

impl UsersDraft {
    /// The classes that it describes.
    pub fn lives(&self) -> impl Iterator<Item = (UserClass, &Spanned<LifeDraft>)> {
        [(UserClass::Crud, &self.crud), (UserClass::Stream, &self.stream), (UserClass::Mixed, &self.mixed)]
            .into_iter()
            .filter_map(|(class, life)| Some((class, life.as_ref()?)))
    }
}

impl LifeDraft {
    pub fn life(&self) -> Life {
        let plain = |steps: &[Spanned<Step>]| steps.iter().map(|step| step.get_ref().clone()).collect();
        Life {
            start: plain(self.start.as_deref().unwrap_or_default()),
            steps: plain(&self.steps),
            session: self.session.iter().map(|stage| stage.get_ref().clone()).collect(),
            turns: self.turns,
            end: plain(&self.end),
            abandon: self.abandon,
            think: self.think,
        }
    }

    /// Whether it says how the users are, and nothing of what they do: that stays as it was.
    pub fn is_change(&self) -> bool {
        let says_what = self.start.is_some() || !self.end.is_empty() || !self.is_idle();
        let says_how = self.abandon.is_some() || self.think.is_some() || self.turns.is_some();
        says_how && !says_what
    }

    /// Changes what it says.
    pub fn change(&self, life: &mut Life) {
        life.abandon = self.abandon.or(life.abandon);
        life.think = self.think.or(life.think);
        life.turns = self.turns.or(life.turns);
    }

    /// Whether it gives neither steps nor a session.
    pub fn is_idle(&self) -> bool {
        self.session.is_empty() && self.steps.is_empty()
    }

    /// Whether it is one of the two kinds of lives, and nothing of the other.
    pub fn is_of_one_kind(&self) -> bool {
        let has_session = !self.session.is_empty();
        // Steps have an end where there is one of their number.
        self.steps.is_empty() == has_session && (has_session || self.turns.is_some() || self.end.is_empty())
    }

    /// The steps that are made in order, each with its place.
    pub fn listed(&self) -> impl Iterator<Item = (usize, &Step)> {
        let session = self.session.iter().filter_map(|stage| match stage.get_ref() {
            Stage::Step(step) => Some((stage.span().start, step)),
            Stage::OneOf(_) => None,
        });
        self.start().chain(session).chain(placed(&self.end))
    }

    /// The steps that are drawn, each with its place, or that of its list.
    pub fn drawn(&self) -> impl Iterator<Item = (usize, &Step)> {
        let session = self.session.iter().flat_map(|stage| {
            match stage.get_ref() {
                Stage::Step(_) => &[],
                Stage::OneOf(steps) => steps.as_slice(),
            }
            .iter()
            .map(|step| (stage.span().start, step))
        });
        placed(&self.steps).chain(session)
    }

    /// The steps of its start, each with its place.
    pub fn start(&self) -> impl Iterator<Item = (usize, &Step)> {
        placed(self.start.as_deref().unwrap_or_default())
    }

    /// Whether it says what comes first, be that nothing.
    pub fn has_start(&self) -> bool {
        self.start.is_some()
    }
}

fn placed(steps: &[Spanned<Step>]) -> impl Iterator<Item = (usize, &Step)> {
    steps.iter().map(|step| (step.span().start, step.get_ref()))
}
