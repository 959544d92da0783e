//! What a file's users do.

use std::ops::Range;

use common::api::{Api, Life, Operation, Placeholder};
use common::class::{MAX_WEIGHT, UserClass};

use super::super::draft::Draft;
use super::fault::{ApiFault, shown};
use super::{ApiText, Fault};

impl ApiText<'_> {
    /// What the users of each class do, where it says so.
    pub(super) fn users(&self, draft: &Draft, api: &mut Api) -> Result<(), Fault> {
        for (class, life) in draft.users.lives() {
            let read = life.get_ref();
            if read.is_change() {
                read.change(api.users.of_mut(class));
                self.check_leaving(class, life.span(), api)?;
                continue;
            }
            if read.is_idle() {
                return Err((self.at(life.span()), ApiFault::Idle));
            }
            if !read.is_of_one_kind() {
                return Err((self.at(life.span()), ApiFault::Life));
            }
            let fault = |at: usize, fault| Err((self.at(at..at), fault));
            for (at, step) in read.listed() {
                match api.operation(&step.call) {
                    None => return fault(at, unknown(api, &step.call)),
                    _ if step.weight != 1 => return fault(at, ApiFault::Listed),
                    _ => {}
                }
            }
            for (at, step) in read.drawn() {
                match api.operation(&step.call) {
                    None if !step.call.is_empty() => return fault(at, unknown(api, &step.call)),
                    _ if !(1..=MAX_WEIGHT).contains(&step.weight) => return fault(at, ApiFault::Weight),
                    _ => {}
                }
            }
            if let Some((at, _)) = read.start().find(|(_, step)| step.call == Operation::DeleteThread.key()) {
                return fault(at, ApiFault::DeletedAtStart);
            }
            let read_life = read.life();
            if !read.has_start() && loses_thread(api, &read_life) {
                return Err((self.at(life.span()), ApiFault::NoThread));
            }
            *api.users.of_mut(class) = read_life;
            self.check_leaving(class, life.span(), api)?;
        }
        Ok(())
    }

    /// Whoever may leave must ask for streams.
    fn check_leaving(&self, class: UserClass, at: Range<usize>, api: &Api) -> Result<(), Fault> {
        match api.users.of(class).abandon.is_some() && !api.streams(class) {
            true => Err((self.at(at), ApiFault::NothingToLeave)),
            false => Ok(()),
        }
    }
}

/// Whether these users name a thread that they never create, though the service has a call for that.
fn loses_thread(api: &Api, life: &Life) -> bool {
    let makes = |operation| life.all().any(|step| api.operation(&step.call) == Some(operation));
    let names_thread = |operation| {
        let call = api.call(operation);
        call.is_some_and(|call| call.templates().any(|template| template.has(Placeholder::Thread)))
    };
    let names = api.made().map(|(operation, _)| operation).any(|operation| match operation {
        Operation::Question => makes(Operation::Chat) && names_thread(operation),
        _ => makes(operation) && names_thread(operation),
    });
    names && api.call(Operation::CreateThread).is_some() && !makes(Operation::CreateThread)
}

fn unknown(api: &Api, step: &str) -> ApiFault {
    let built_in = Operation::BUILT_IN.into_iter().filter(|operation| *operation != Operation::Login);
    let names = built_in.map(|operation| operation.key().to_owned()).chain(api.calls.keys().cloned());
    ApiFault::Step(shown(step), shown(&names.collect::<Vec<_>>().join(", ")))
}
