//! What report.html says.

use std::collections::BTreeMap;
use std::path::Path;

use scraper::{Html, Selector};

/// Requests by endpoint, as `GET /threads`, and under `Aggregated`.
pub fn counts(path: &Path) -> BTreeMap<String, u64> {
    let page = Html::parse_document(&std::fs::read_to_string(path).unwrap());
    let (row, cell) = (Selector::parse("#table-stats tbody tr").unwrap(), Selector::parse("td").unwrap());
    let count = |row: scraper::ElementRef<'_>| {
        let cells: Vec<String> = row.select(&cell).map(|cell| cell.text().collect()).collect();
        (format!("{} {}", cells[0], cells[1]).trim_start().to_owned(), cells[2].parse().unwrap())
    };
    page.select(&row).map(count).collect()
}
