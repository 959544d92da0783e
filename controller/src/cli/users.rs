//! Who the users are: the file of `--users-file`, checked against the API and the load.

use std::path::Path;
use std::sync::Arc;

use common::api::Api;
use common::shape::Shape;
use common::users::UserTable;
use hub::fleet::peaks_of;

use super::RunArgs;
use crate::users_file::{self, UsersFileError};

/// The rows that the run's users take, each user its own.
///
/// # Errors
/// The file cannot be read, has too few rows, or the API names columns that it does not have, or none.
pub(super) fn of(args: &RunArgs, shape: &Shape, api: &Api) -> Result<Arc<UserTable>, UsersFileError> {
    let path = args.users_file.as_deref();
    let (Some(path), Some(mut table)) = (path, read(path, api)?) else { return Ok(Arc::default()) };
    if shape.is_open() {
        // Whoever arrives is the next of the file, and after the last the first again.
        return Ok(Arc::new(table));
    }
    let (users, rows) =
        (table.hand_out(peaks_of(shape, shape.is_ladder().then_some(args.max_users))), table.rows());
    if users > rows as u64 {
        return Err(UsersFileError::TooFew { path: path.display().to_string(), rows, users });
    }
    Ok(Arc::new(table))
}

/// The rows of the file at `path`, which fits the API; `None` where there is no file and none is wanted.
///
/// # Errors
/// The file cannot be read, or the API names columns that it does not have, or none.
pub(super) fn read(path: Option<&Path>, api: &Api) -> Result<Option<UserTable>, UsersFileError> {
    let table = path.map(users_file::read).transpose()?.unwrap_or_default();
    let shown = path.map(|path| path.display().to_string());
    let named = api.columns();
    if let Some((column, place)) =
        named.iter().find(|(name, _)| !table.columns.iter().any(|had| had == *name))
    {
        let (place, column) = (place.clone(), (*column).to_owned());
        let file = shown.map(|path| (path, table.columns));
        return Err(UsersFileError::Column { place, column, file });
    }
    let Some(path) = shown else { return Ok(None) };
    if named.is_empty() {
        return Err(UsersFileError::Unused(path));
    }
    users_file::check_headers(&table, api, &path)?;
    Ok(Some(table))
}
