//! What only the whole of an API shows.

use common::api::{Answer, Api, Operation, Template, TemplateError};

use super::fault::ApiFault;

/// Whether its calls fit together.
pub(super) fn check(api: &Api) -> Result<(), ApiFault> {
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
