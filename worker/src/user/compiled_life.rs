//! What the users of a class do, its calls looked up.

use common::api::{Abandon, Api, Life, Operation, Stage, Step, Think, Turns};

use super::rng::UserRng;

/// A [`Life`] whose steps are operations.
#[derive(Debug)]
pub(super) struct CompiledLife {
    pub(super) start: Box<[Operation]>,
    pub(super) rounds: Rounds,
    pub(super) end: Box<[Operation]>,
    /// How many turns a session has, or how many steps are made in one thread; `None`: one turn, or no end of steps.
    pub(super) turns: Option<Turns>,
    /// Whether its start creates a thread, if the service has them.
    pub(super) creates: bool,
    /// Who leaves before the answer is there.
    pub(super) abandon: Option<Abandon>,
    /// The pause between two steps, if it is not the run's.
    pub(super) think: Option<Think>,
}

/// What it does again and again.
#[derive(Debug)]
pub(super) enum Rounds {
    /// One step after another.
    Steps(Choice),
    /// One session after another, of turns of these stages.
    Sessions(Box<[CompiledStage]>),
}

/// A stage of a turn.
#[derive(Debug)]
pub(super) enum CompiledStage {
    Step(Operation),
    OneOf(Choice),
}

/// Several steps, of which one is drawn by weight; `None`: nothing is done.
#[derive(Debug)]
pub(super) struct Choice {
    /// Each as often as it weighs, or a single one: a draw is a look into a table.
    steps: Box<[Option<Operation>]>,
}

impl CompiledLife {
    /// `Err` is the name of a step that is no call of the API.
    pub(super) fn compile(api: &Api, life: &Life) -> Result<CompiledLife, String> {
        let step = |step: &Step| api.operation(&step.call).ok_or_else(|| step.call.clone());
        let list = |steps: &[Step]| steps.iter().map(step).collect::<Result<Box<[_]>, _>>();
        let stage = |stage: &Stage| match stage {
            Stage::Step(one) => step(one).map(CompiledStage::Step),
            Stage::OneOf(steps) => Choice::compile(api, steps).map(CompiledStage::OneOf),
        };
        let start = list(&life.start)?;
        Ok(CompiledLife {
            rounds: match life.session.as_slice() {
                [] => Rounds::Steps(Choice::compile(api, &life.steps)?),
                stages => Rounds::Sessions(stages.iter().map(stage).collect::<Result<_, _>>()?),
            },
            turns: life.turns,
            creates: start.contains(&Operation::CreateThread),
            start,
            end: list(&life.end)?,
            abandon: life.abandon,
            think: life.think,
        })
    }
}

impl Choice {
    fn compile(api: &Api, steps: &[Step]) -> Result<Choice, String> {
        let mut table = Vec::new();
        for step in steps {
            let operation = api.operation(&step.call);
            if operation.is_none() && !step.call.is_empty() {
                return Err(step.call.clone());
            }
            let weight = if steps.len() == 1 { 1 } else { step.weight };
            table.extend(std::iter::repeat_n(operation, usize::from(weight)));
        }
        Ok(Choice { steps: table.into() })
    }

    /// One of them; one draw, unless there is only one.
    #[inline]
    pub(super) fn draw(&self, rng: &mut UserRng) -> Option<Operation> {
        match &*self.steps {
            [] => None,
            [only] => *only,
            steps => rng.pick(steps),
        }
    }
}

#[cfg(test)]
mod tests {
    use common::class::UserClass;

    use super::*;

    #[test]
    fn steps_are_drawn_by_weight() {
        let step = |call: &str, weight| Step { call: call.to_owned(), weight };
        let steps = [step("chat", 3), step("", 1), step("list_threads", 6)];
        let choice = Choice::compile(&Api::default(), &steps).unwrap();
        let mut rng = UserRng::new(1, (UserClass::Crud, 0));
        let drawn: Vec<_> = (0..1000).map(|_| choice.draw(&mut rng)).collect();
        let count = |wanted: Option<Operation>| drawn.iter().filter(|drawn| **drawn == wanted).count();
        // Of 300, 100 and 600; the seed is fixed, so are the draws.
        assert_eq!([Some(Operation::Chat), None, Some(Operation::ListThreads)].map(count), [297, 95, 608]);
    }

    #[test]
    fn one_step_takes_no_draw() {
        let only = [Step { call: "chat".to_owned(), weight: 7 }];
        let choice = Choice::compile(&Api::default(), &only).unwrap();
        let (mut one, mut other) =
            (UserRng::new(1, (UserClass::Crud, 0)), UserRng::new(1, (UserClass::Crud, 0)));
        assert_eq!(choice.draw(&mut one), Some(Operation::Chat));
        assert_eq!(one.below(1000), other.below(1000));
    }

    #[test]
    fn a_step_that_is_no_call_is_named() {
        let mut api = Api::default();
        api.users.crud.steps[0].call = "lisp_threads".to_owned();
        let compiled = CompiledLife::compile(&api, &api.users.crud);
        assert_eq!(compiled.map(drop), Err("lisp_threads".to_owned()));
    }
}
