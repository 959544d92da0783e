//! `<prefix>_slowest.csv`: of each endpoint the slowest first tokens and answers.

use crate::rows::SlowRow as Row;
use crate::table::{Column, Value, field};

/// Who the users are: there are more numbers than users at a time.
pub(crate) const USERS: &str = "A user's number is that of the header x-loadtest-user.";

pub(crate) fn columns() -> Vec<Column<Row>> {
    vec![
        field!("Part", what).shown(2, "What", "", "What"),
        field!("Method", method).shown(0, "Method", "", "Method"),
        field!("Name", name)
            .with_value(|row| Value::Name(row.name.clone()))
            .shown(1, "Endpoint", "", "Endpoint")
            .class(|_| "name"),
        field!("Time", ms).shown(3, "Time", "", "Time").milliseconds(),
        field!("At", at_s).shown(4, "Sent", "", "Sent").seconds(),
        field!("Stage", stage).shown(5, "Stage", "", "Stage"),
        field!("User", user).shown(6, "User", "", "User"),
        field!("Trace", trace).shown(7, "Trace", "", "Trace").needed(|row| row.trace.is_some()),
    ]
}

/// The first `most` of each endpoint and part.
pub(crate) fn first(rows: &[Row], most: usize) -> impl Iterator<Item = &Row> {
    let same = |a: &Row, b: &Row| (&a.method, &a.name, a.what) == (&b.method, &b.name, b.what);
    rows.chunk_by(same).flat_map(move |of_one| of_one.iter().take(most))
}
