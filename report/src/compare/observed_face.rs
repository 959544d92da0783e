//! What was observed inside both runs, for people: one list of columns, as a table of Markdown and of the terminal.

use common::text::escape::{MAX_TEXT, column, columns as width, plain};

use super::rows::ObservedDifference;
use crate::table::{CellType, Column, markdown_columns};

/// Most series that people are shown; the others stand in the JSON.
const MOST_SERIES: usize = 12;
/// Columns of the terminal for the texts of a row.
const TEXTS: usize = 50;

/// A row for each series, at each stage that both runs have.
fn columns() -> Vec<Column<ObservedDifference>> {
    type Row = ObservedDifference;
    vec![
        Column::text("name", |row: &Row| row.name.value()).markdown(0, "Observer"),
        Column::text("series", |row: &Row| row.series.value()).markdown(1, "Series"),
        Column::text("stage", |row: &Row| row.stage.value()).markdown(2, "Stage"),
        Column::number("a", |row: &Row| row.a.value()).markdown(3, "A"),
        Column::number("b", |row: &Row| row.b.value()).markdown(4, "B"),
        Column::number("ratio", |row: &Row| row.ratio.value()).markdown(5, "B ÷ A"),
    ]
}

/// The section of the Markdown, line by line.
pub(super) fn markdown(rows: &[ObservedDifference]) -> Vec<String> {
    let shown = first_series(rows);
    if shown.is_empty() {
        return Vec::new();
    }
    let columns = columns();
    let columns = markdown_columns(&columns, &shown);
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let align = |number: bool| if number { "--:" } else { ":--" }.to_owned();
    let mut lines = vec![String::new(), "## Observed inside".to_owned(), String::new()];
    lines.push("Means at the measured part of each stage that both runs have; nothing is judged.".to_owned());
    lines.push(String::new());
    lines.push(line(columns.iter().map(|(head, _)| head.text.to_owned()).collect()));
    lines.push(line(columns.iter().map(|(_, column)| align(column.number)).collect()));
    lines.extend(shown.iter().map(|row| {
        line(columns.iter().map(|(_, column)| (column.value)(row).markdown((column.unit)(row))).collect())
    }));
    lines
}

/// The lines of the terminal: of each series the stage with the most users.
pub(super) fn terminal(rows: &[ObservedDifference]) -> Vec<String> {
    let shown = first_series(rows);
    let mut top: Vec<&ObservedDifference> = Vec::new();
    for row in shown {
        match top.iter_mut().find(|known| is_of_one_series(known, row)) {
            Some(known) if known.users <= row.users => *known = row,
            Some(_) => {}
            None => top.push(row),
        }
    }
    let columns = columns();
    let columns = markdown_columns(&columns, &top);
    let line = |cells: Vec<(bool, String)>| {
        let texts: Vec<&str> =
            cells.iter().filter(|(number, _)| !number).map(|(_, text)| text.as_str()).collect();
        let numbers = cells.iter().filter(|(number, _)| *number).map(|(_, text)| {
            let missing = 9usize.saturating_sub(width(text));
            format!(" {}{text}", " ".repeat(missing))
        });
        format!("{}{}", column(&texts.join(", "), TEXTS), numbers.collect::<String>())
    };
    let mut lines = Vec::new();
    if !top.is_empty() {
        lines
            .push(line(columns.iter().map(|(head, column)| (column.number, head.text.to_owned())).collect()));
    }
    lines.extend(top.iter().map(|row| {
        let cell = |column: &Column<ObservedDifference>| {
            plain(&(column.value)(row).plain((column.unit)(row)), MAX_TEXT)
        };
        line(columns.iter().map(|(_, column)| (column.number, cell(column))).collect())
    }));
    lines
}

/// The rows of the series that moved most.
fn first_series(rows: &[ObservedDifference]) -> Vec<&ObservedDifference> {
    // Rows of one series stand together.
    rows.chunk_by(is_of_one_series).take(MOST_SERIES).flatten().collect()
}

fn is_of_one_series(a: &ObservedDifference, b: &ObservedDifference) -> bool {
    (&a.name, &a.series) == (&b.name, &b.series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(series: &str, users: u64, a: f64, b: f64) -> ObservedDifference {
        ObservedDifference {
            name: "db".to_owned(),
            series: series.to_owned(),
            stage: format!("{users} users"),
            users: Some(users),
            a,
            b,
            ratio: (a != 0.0).then(|| b / a),
        }
    }

    #[test]
    fn every_stage_stands_in_the_markdown_and_the_one_with_most_users_on_the_terminal() {
        let rows = [row("busy|<b>", 8, 0.0, 2.0), row("busy|<b>", 16, 10.0, 15.0), row("calm", 16, 1.0, 1.0)];
        let lines = markdown(&rows);
        assert_eq!(lines.len(), 7 + rows.len(), "{lines:#?}");
        assert_eq!(lines[5], "| Observer | Series | Stage | A | B | B ÷ A |");
        assert!(lines[7].ends_with("| 8 users | 0 | 2 | – |"), "{}", lines[7]);
        assert!(lines[8].ends_with("| 16 users | 10 | 15 | 1.5 |"), "{}", lines[8]);
        assert!(lines.iter().all(|line| !line.contains("<b>") && line.matches(" | ").count() <= 6));
        let lines = terminal(&rows);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(
            lines[1].starts_with("db, busy|<b>, 16 users ") && lines[1].ends_with(" 1.5"),
            "{}",
            lines[1]
        );
        assert!(markdown(&[]).is_empty() && terminal(&[]).is_empty());
    }

    #[test]
    fn only_the_series_that_moved_most_are_shown() {
        let rows: Vec<_> = (0..20)
            .flat_map(|number| [8, 16].map(|users| row(&format!("s{number}"), users, 1.0, 1.0)))
            .collect();
        assert_eq!((markdown(&rows).len(), terminal(&rows).len()), (7 + 2 * MOST_SERIES, 1 + MOST_SERIES));
    }
}
