//! Who the users are: a file with a row for each of them.

use std::collections::BTreeSet;
use std::path::Path;

use common::api::Api;
use common::named_file;
use common::text::number::counted;
use common::users::UserTable;
use serde_json::Value;

/// Most rows, and bytes of all of them: they travel to each worker in one message.
const MOST_ROWS: usize = 1_000_000;
const MOST_BYTES: usize = 8 << 20;
/// Most bytes of a file: JSON says the columns' names in each row.
const MOST_READ: u64 = 256 << 20;
/// The ending of files whose lines are JSON.
const JSON_LINES: &str = "jsonl";

/// A file that does not say who the users are. Its cells may be secrets: no message shows one.
#[derive(Debug, thiserror::Error)]
pub enum UsersFileError {
    #[error("--users-file {path}: {source}; name a readable file, CSV or .jsonl")]
    Unreadable { path: String, source: std::io::Error },
    #[error("--users-file {0}: it is not UTF-8 text; save it as UTF-8")]
    Encoding(String),
    /// A row that cannot be read.
    #[error("--users-file {path} line {line}: {fault}")]
    Row {
        path: String,
        /// Counted from 1.
        line: u64,
        fault: String,
    },
    #[error(
        "--users-file {path}: `{column}` of user {row} cannot stand in a header; write it on one line, in ASCII"
    )]
    Header {
        path: String,
        column: String,
        /// Counted from 1, empty lines and column names left out.
        row: usize,
    },
    #[error(
        "--users-file {0}: there is no user in it; write a line of column names, and a row for each user"
    )]
    None(String),
    #[error("--users-file {path}: it holds {rows} rows of {:.1} MiB in all, and {MOST_ROWS} of {} MiB are the most; take a part of it", *.bytes as f64 / f64::from(1 << 20), MOST_BYTES >> 20)]
    TooMuch { path: String, rows: usize, bytes: usize },
    /// The API wants what the file does not have.
    #[error("{place} names ${{user.{column}}}, {}", missing(.file))]
    Column { place: String, column: String, file: Option<(String, Vec<String>)> },
    #[error(
        "--users-file {0}: the API names none of its columns, so every user would be the same; write ${{user.COLUMN}} into a header, a path or a body"
    )]
    Unused(String),
    #[error(
        "--users-file {path}: {}, and the run has {}, each with a row of its own; add rows, or ask for fewer users",
        counted(*.rows as u64, "row"), counted(*.users, "user")
    )]
    TooFew { path: String, rows: usize, users: u64 },
}

fn missing(file: &Option<(String, Vec<String>)>) -> String {
    match file {
        None => "and there is no --users-file; give one with such a column".to_owned(),
        Some((path, columns)) => {
            format!("and --users-file {path} has no such column; it has {}", columns.join(", "))
        }
    }
}

/// Reads a file: CSV with a line of column names, or, if it ends in `.jsonl`, a JSON object on each line.
///
/// # Errors
/// See [`UsersFileError`].
pub fn read(path: &Path) -> Result<UserTable, UsersFileError> {
    let shown = path.display().to_string();
    let bytes = named_file::bytes(path, MOST_READ)
        .map_err(|source| UsersFileError::Unreadable { path: shown.clone(), source })?;
    let text = String::from_utf8(bytes).map_err(|_| UsersFileError::Encoding(shown.clone()))?;
    let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(JSON_LINES));
    parse(&text, json, &shown)
}

/// The rows in `text`; errors name it `path`.
pub fn parse(text: &str, json: bool, path: &str) -> Result<UserTable, UsersFileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = if json { json_lines(text) } else { csv(text) };
    let table = read.map_err(|(line, fault)| UsersFileError::Row { path: path.to_owned(), line, fault })?;
    let (rows, bytes) = (table.rows(), table.cells.iter().map(String::len).sum());
    match rows {
        0 => Err(UsersFileError::None(path.to_owned())),
        _ if rows > MOST_ROWS || bytes > MOST_BYTES => {
            Err(UsersFileError::TooMuch { path: path.to_owned(), rows, bytes })
        }
        _ => Ok(table),
    }
}

/// Checks that what headers take from the file can stand in a header.
///
/// # Errors
/// A cell that holds more than printable ASCII.
pub(crate) fn check_headers(table: &UserTable, api: &Api, path: &str) -> Result<(), UsersFileError> {
    let named: BTreeSet<&str> = api.headers.values().flat_map(|value| value.columns()).collect();
    let sent = |byte: u8| matches!(byte, b' '..=b'~');
    for row in 0..table.rows() {
        let mut cells = table.columns.iter().zip(table.row(row).unwrap_or_default());
        let unfit = cells.find(|(name, cell)| named.contains(name.as_str()) && !cell.bytes().all(sent));
        if let Some((column, _)) = unfit {
            let (path, column, row) = (path.to_owned(), column.clone(), row + 1);
            return Err(UsersFileError::Header { path, column, row });
        }
    }
    Ok(())
}

/// Where, and what is wrong there.
type Fault = (u64, String);

fn csv(text: &str) -> Result<UserTable, Fault> {
    let mut table = UserTable::default();
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::Headers).from_reader(text.as_bytes());
    for row in rows.records() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            let cells = match error.kind() {
                csv::ErrorKind::UnequalLengths { len, .. } => counted(*len, "cell"),
                _ => "another number of cells".to_owned(),
            };
            let columns = counted(table.columns.len() as u64, "column");
            let fault = format!(
                "it has {cells}, and the first line names {columns}; write one cell for each, in quotes where it holds a comma"
            );
            (line, fault)
        })?;
        let cells = row.iter().map(str::to_owned);
        if table.columns.is_empty() {
            table.columns = cells.map(|name| name.trim().to_owned()).collect();
            check_columns(&table.columns).map_err(|fault| (1, fault))?;
        } else {
            table.cells.extend(cells);
        }
    }
    Ok(table)
}

/// The first object's names are the columns.
fn json_lines(text: &str) -> Result<UserTable, Fault> {
    let mut table = UserTable::default();
    for (line, text) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line = line as u64 + 1;
        let object = serde_json::from_str(text).map_err(|_| {
            (line, "it is no JSON object such as {\"name\": \"ann\", \"token\": \"…\"}".to_owned())
        })?;
        let object: serde_json::Map<String, Value> = object;
        if table.columns.is_empty() {
            table.columns = object.keys().cloned().collect();
            check_columns(&table.columns).map_err(|fault| (line, fault))?;
        }
        for column in &table.columns {
            let cell = match object.get(column) {
                Some(Value::String(text)) => text.clone(),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                _ => return Err((line, format!("`{column}` is no text, number or boolean there"))),
            };
            table.cells.push(cell);
        }
    }
    Ok(table)
}

fn check_columns(columns: &[String]) -> Result<(), String> {
    let fine = |name: &&String| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if !columns.iter().all(|name| fine(&name)) {
        return Err("the first line names the columns, of letters, digits and `_`: name,token".to_owned());
    }
    let twice = |(place, name): (usize, &String)| columns[..place].contains(name).then(|| name.clone());
    match columns.iter().enumerate().find_map(twice) {
        Some(name) => Err(format!("the column `{name}` is there twice")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, json: bool) -> Result<Vec<Vec<String>>, String> {
        let table = parse(text, json, "f").map_err(|error| error.to_string())?;
        let rows = (0..table.rows()).map(|row| table.row(row).unwrap().to_vec());
        Ok(std::iter::once(table.columns.clone()).chain(rows).collect())
    }

    #[test]
    fn a_row_is_a_line_of_csv_or_an_object() {
        let wanted = vec![vec!["name", "token"], vec!["ann", "a,\"1\""], vec!["bob", " 7 "]];
        assert_eq!(
            rows("\u{feff}name, token\r\nann,\"a,\"\"1\"\"\"\r\n\r\nbob, 7 \r\n", false).unwrap(),
            wanted
        );
        let json =
            "{\"name\":\"ann\",\"token\":\"a,\\\"1\\\"\"}\n\n{\"token\":\" 7 \",\"name\":\"bob\",\"x\":[]}\n";
        assert_eq!(rows(json, true).unwrap(), wanted);
        assert_eq!(rows("{\"a\":true,\"b\":1.5}", true).unwrap()[1], ["true", "1.5"]);
    }

    #[test]
    fn what_is_no_row_is_reported_without_its_cells() {
        for (text, json, fault) in [
            ("", false, "f: there is no user in it"),
            ("name,token\n", false, "f: there is no user in it"),
            ("\n", true, "f: there is no user in it"),
            (
                "name,token\nann,secret\nbob\n",
                false,
                "f line 3: it has 1 cell, and the first line names 2 columns",
            ),
            ("name,na me\nsecret,secret\n", false, "f line 1: the first line names the columns"),
            ("a,a\nsecret,secret\n", false, "f line 1: the column `a` is there twice"),
            ("{\"a\":\"secret\"}\nsecret", true, "f line 2: it is no JSON object"),
            ("{\"a\":\"secret\"}\n{\"a\":null}", true, "f line 2: `a` is no text"),
        ] {
            let message = rows(text, json).unwrap_err();
            assert!(
                message.starts_with(&format!("--users-file {fault}")) && !message.contains("secret"),
                "{message}"
            );
        }
        let long = format!("a\n{}\n", "x".repeat(MOST_BYTES + 1));
        assert!(rows(&long, false).unwrap_err().contains("it holds 1 rows of 8.0 MiB"));
    }
}
