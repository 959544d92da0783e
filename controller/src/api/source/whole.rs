//! What only the whole of an API shows.

use common::api::{Answer, Api, Operation, Template, TemplateError};

use super::fault::ApiFault;

/// Whether its calls fit together; if not, with the heads of the tables that are to blame.
pub(super) fn check(api: &Api) -> Result<(), (Vec<String>, ApiFault)> {
    if api.call(Operation::Chat).is_some_and(|chat| chat.answer != Answer::Sse) {
        return Err((vec![api.place(Operation::Chat)], ApiFault::NoStream));
    }
    if let Some(name) = api.unknown() {
        return Err((Vec::new(), TemplateError::Unknown(name).into()));
    }
    let rows: Vec<(Operation, String)> =
        api.made().map(|(operation, call)| (operation, format!("{} {}", call.method, call.row()))).collect();
    for (place, (one, row)) in rows.iter().enumerate() {
        if let Some((other, _)) = rows[place + 1..].iter().find(|(_, other)| other == row) {
            let named = |operation: Operation| api.place(operation).trim_matches(['[', ']']).to_owned();
            let tables = vec![api.place(*other), api.place(*one)];
            return Err((tables, ApiFault::Same(named(*one), named(*other), row.clone())));
        }
    }
    let probe = api.probe();
    let is_constant = probe.path.is_of_user() && probe.body.as_ref().is_none_or(Template::is_of_user);
    // A probe that is skipped in so many words is not asked; a list that is not there cannot be.
    match is_constant && !(probe.skip && api.probe.is_none())
        || api.probe.as_ref().is_some_and(|probe| probe.skip)
    {
        true => Ok(()),
        false => Err((Vec::new(), ApiFault::Probe)),
    }
}
