//! How many users the service holds, as the template lays it out.

use serde::Serialize;

use super::table::{Cell, Column, Table, number, text};
use super::tables::{MAX_ROWS, judged, percent};
use crate::rows::{Estimate, LimitRows, RungRow, RungVerdict, UserLimit, UserVerdict, Verdict};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, Span, plain, spans};
use common::text::number::short;

/// The section *Limits*.
#[derive(Debug, Serialize)]
pub struct Limits {
    headline: Vec<String>,
    criteria: Vec<String>,
    assumed: bool,
    tiles: Vec<Tile>,
    cause: &'static str,
    /// Pairs of a heading and a text.
    diagnosis: Vec<(&'static str, Vec<Span>)>,
    evidence: Vec<String>,
    rungs: Option<Table>,
}

/// A figure in large type.
#[derive(Debug, Serialize)]
pub struct Tile {
    pub label: String,
    pub value: String,
    pub unit: String,
    pub about: String,
}

impl Limits {
    pub fn of(limits: &LimitRows) -> Limits {
        let cause = &limits.cause;
        let line = |text: &String| plain(text, MAX_SENTENCE);
        let diagnosis = [
            ("What was seen", &cause.seen),
            ("What it means", &cause.means),
            ("What to change", &cause.change),
            ("What it could be mistaken for", &cause.mistaken_for),
        ];
        Limits {
            headline: limits.headline.iter().map(line).collect(),
            criteria: limits.criteria.iter().map(line).collect(),
            assumed: limits.assumed,
            tiles: tiles(limits),
            cause: cause.kind.title(),
            diagnosis: diagnosis
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(heading, text)| (heading, spans(text, MAX_SENTENCE)))
                .collect(),
            evidence: cause.evidence.iter().map(line).collect(),
            rungs: rungs(limits).unless_empty(),
        }
    }
}

fn tiles(limits: &LimitRows) -> Vec<Tile> {
    let beyond = |rung: &RungRow| rung.verdict == RungVerdict::Invalid && rung.users > limits.users.low;
    let (value, about) = users(&limits.users, limits.rungs.iter().any(beyond));
    let tile = |label: &str, value: String, unit: &str, about: String| Tile {
        label: label.to_owned(),
        value,
        unit: unit.to_owned(),
        about,
    };
    let mut tiles = vec![tile("Users held", value, "users", about)];
    let between = |of: Estimate| format!("between {} and {} (95 %)", short(of.low), short(of.high));
    let estimate =
        |label: &str, unit: &str, of: Estimate| tile(label, format!("{:.0}", of.estimate), unit, between(of));
    tiles.extend(limits.knee.map(|knee| estimate("Throughput stops growing at", "users", knee)));
    tiles.extend(limits.slot_limit.map(|slots| estimate("Streams at once", "streams", slots)));
    tiles.extend(limits.saturation.map(|plateau| {
        let about = "more users do not raise it".to_owned();
        match plateau.streams_per_s > 0.0 {
            true => tile("Plateau", short(plateau.streams_per_s), "streams/s", about),
            false => tile("Plateau", short(plateau.rps), "requests/s", about),
        }
    }));
    tiles
}

/// The number of users, and how sure it is. `spoilt`: the load generator spoiled a rung with more.
fn users(users: &UserLimit, spoilt: bool) -> (String, String) {
    let confirmed = if users.confirmed { ", confirmed by a longer rung" } else { "" };
    let high = users.high.map_or_else(|| "–".to_owned(), |high| high.to_string());
    match users.verdict {
        UserVerdict::Found => {
            let point =
                users.point.map_or_else(|| users.low.to_string(), |point| format!("{:.0}", point.floor()));
            let first =
                users.failed_first.as_ref().map(|text| format!("; first missed: {}", plain(text, MAX_TEXT)));
            let about = format!("{} passed, {high} failed{confirmed}", users.low);
            (point, about + &first.unwrap_or_default())
        }
        UserVerdict::NoFailureInRange => {
            let more = if spoilt { "a stronger load generator" } else { "more users" };
            (format!("≥ {}", users.low), format!("no rung failed{confirmed}; try {more}"))
        }
        UserVerdict::FailsAtFirst => (format!("< {high}"), "the smallest rung failed".to_owned()),
        UserVerdict::Undetermined => ("?".to_owned(), "not to be told from these rungs".to_owned()),
    }
}

const RUNGS: [Column<RungRow>; 22] = [
    number("Users", "", "users", |row| row.users.into()),
    text("Verdict", "verdict", verdict),
    text("Stage", "stage", |row| Cell::of(&row.stage, MAX_TEXT)),
    number("From", "s", "from_s", |row| row.from_s.into()),
    number("To", "s", "to_s", |row| row.to_s.into()),
    number("Requests", "", "count", |row| row.count.into()),
    number("Failed", "%", "failures", |row| percent(row.failures)),
    number("Rate", "req/s", "rps", |row| row.rps.into()),
    number("p95", "ms", "p95_ms", |row| row.p95_ms.into()),
    number("Streams", "", "streams", |row| row.streams.into()),
    number("Streams", "1/s", "streams_per_s", |row| row.streams_per_s.into()),
    number("TTFT p50", "ms", "ttft_p50_ms", |row| row.ttft_p50_ms.into()),
    number("TTFT p95", "ms", "ttft_p95_ms", |row| row.ttft_p95_ms.into()),
    number("ICL p50", "ms", "icl_p50_ms", |row| row.icl_p50_ms.into()),
    number("ICL p95", "ms", "icl_p95_ms", |row| row.icl_p95_ms.into()),
    number("Headers p50", "ms", "headers_p50_ms", |row| row.headers_p50_ms.into()),
    number("E2E p50", "ms", "e2e_p50_ms", |row| row.e2e_p50_ms.into()),
    number("Open", "mean", "open", |row| row.open.into()),
    number("Sending", "mean", "producing", |row| row.producing.into()),
    number("Sending", "peak", "producing_peak", |row| row.producing_peak.into()),
    number("Canary p50", "ms", "canary_p50_ms", |row| row.canary_p50_ms.into()),
    text("Why", "why", |row| Cell::of(row.why.as_deref().unwrap_or_default(), MAX_SENTENCE).class("long")),
];

fn rungs(limits: &LimitRows) -> Table {
    Table::new(("rungs", "Rungs"), &RUNGS, limits.rungs.iter().take(MAX_ROWS), |_| None)
}

fn verdict(row: &RungRow) -> Cell {
    match row.verdict {
        RungVerdict::Pass => judged(Verdict::Pass),
        RungVerdict::Fail => judged(Verdict::Fail),
        RungVerdict::Undetermined => judged(Verdict::Undetermined),
        RungVerdict::Invalid => Cell::own("– invalid").class("unsure"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_users_says_how_sure_it_is() {
        let found = UserLimit {
            verdict: UserVerdict::Found,
            point: Some(43.6),
            low: 40,
            high: Some(48),
            confirmed: true,
            failed_first: Some("ttft.p95<3s".to_owned()),
        };
        let rows = [
            (
                found.clone(),
                "43",
                "40 passed, 48 failed, confirmed by a longer rung; first missed: ttft.p95<3s",
            ),
            (
                UserLimit { verdict: UserVerdict::NoFailureInRange, confirmed: false, ..found.clone() },
                "≥ 40",
                "no rung failed; try more users",
            ),
            (
                UserLimit { verdict: UserVerdict::FailsAtFirst, ..found.clone() },
                "< 48",
                "the smallest rung failed",
            ),
            (UserLimit::default(), "?", "not to be told from these rungs"),
        ];
        let spoilt = UserLimit { verdict: UserVerdict::NoFailureInRange, confirmed: false, ..found };
        assert_eq!(users(&spoilt, true).1, "no rung failed; try a stronger load generator");
        for (limit, value, about) in rows {
            assert_eq!(users(&limit, false), (value.to_owned(), about.to_owned()));
        }
    }
}
