//! How many users the service holds, as the template lays it out.

use serde::Serialize;

use super::table::Table;
use super::tables;
use crate::rows::{Estimate, LimitRows, RateLimit, RungRow, RungVerdict, UserLimit, UserVerdict};
use common::text::escape::{MAX_SENTENCE, MAX_TEXT, Span, plain, spans};
use common::text::number::{rounded, whole};

/// The section *Limits*.
#[derive(Debug, Serialize)]
pub struct LimitsPart {
    headline: Vec<Vec<Span>>,
    criteria: Vec<String>,
    assumed: bool,
    tiles: Vec<Tile>,
    cause: String,
    /// Pairs of a heading and a text.
    diagnosis: Vec<(String, Vec<Span>)>,
    evidence: Vec<Vec<Span>>,
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

impl LimitsPart {
    pub fn of(limits: &LimitRows) -> LimitsPart {
        let cause = &limits.cause;
        let sentence = |text: &String| spans(text, MAX_SENTENCE);
        LimitsPart {
            headline: limits.headline.iter().map(sentence).collect(),
            criteria: limits.criteria.iter().map(|text| plain(text, MAX_SENTENCE)).collect(),
            assumed: limits.assumed,
            tiles: tiles(limits),
            cause: cause.title(),
            diagnosis: cause
                .paragraphs()
                .into_iter()
                .map(|part| (plain(&part.heading, MAX_TEXT), spans(&part.text, MAX_SENTENCE)))
                .collect(),
            evidence: cause.evidence.iter().map(sentence).collect(),
            rungs: tables::rungs(limits),
        }
    }
}

/// The rate of arrivals that is held, and what was served beneath a backlog.
fn rate_tiles(rate: &RateLimit) -> Vec<Tile> {
    let confirmed = if rate.confirmed { ", for as long as it takes to be sure" } else { "" };
    let low = rounded(rate.low);
    let first = rate.failed_first.as_ref().map(|text| format!("; first missed: {}", plain(text, MAX_TEXT)));
    let (value, about) = match (rate.verdict, rate.high) {
        (UserVerdict::Found, Some(high)) => (
            rounded(rate.point.unwrap_or(rate.low)),
            format!("{low} held{confirmed}, {} did not{}", rounded(high), first.unwrap_or_default()),
        ),
        (UserVerdict::NoFailureInRange, _) => (format!("≥ {low}"), format!("no rate failed{confirmed}")),
        (UserVerdict::FailsAtFirst, Some(high)) => {
            (format!("< {}", rounded(high)), "no lower rate was shown to be held".to_owned())
        }
        _ => ("?".to_owned(), "undetermined by these rungs".to_owned()),
    };
    let tile = |label: &str, value: String, about: String| Tile {
        label: label.to_owned(),
        value,
        unit: "arrivals/s".to_owned(),
        about,
    };
    let mut tiles = vec![tile("Rate held", value, about)];
    tiles.extend(rate.served.map(|served| {
        let about = format!("between {} and {} (95 %)", rounded(served.low), rounded(served.high));
        tile("Served beneath a backlog", rounded(served.estimate), about)
    }));
    tiles
}

fn tiles(limits: &LimitRows) -> Vec<Tile> {
    if let Some(rate) = &limits.rate {
        return rate_tiles(rate);
    }
    let beyond = |rung: &RungRow| rung.verdict == RungVerdict::Invalid && rung.users > limits.users.low;
    let (value, about) = users(&limits.users, limits.rungs.iter().any(beyond));
    let tile = |label: &str, value: String, unit: &str, about: String| Tile {
        label: label.to_owned(),
        value,
        unit: unit.to_owned(),
        about,
    };
    let mut tiles = vec![tile("Users held", value, "users", about)];
    // Users and streams are whole.
    let between =
        |of: Estimate| format!("between {} and {} (95 %)", whole(of.low.floor()), whole(of.high.ceil()));
    let estimate = |label: &str, unit: &str, of: Estimate| tile(label, whole(of.estimate), unit, between(of));
    tiles.extend(limits.knee.map(|knee| estimate("Throughput stops growing at", "users", knee)));
    let at_once =
        if limits.cause.is_sure_of_slots() { "Streams at once" } else { "Streams at once, were it a pool" };
    tiles.extend(limits.slot_limit.map(|slots| estimate(at_once, "streams", slots)));
    tiles.extend(limits.saturation.map(|plateau| {
        let about = "more users do not raise it".to_owned();
        match plateau.streams_per_s > 0.0 {
            true => tile("Plateau", rounded(plateau.streams_per_s), "streams/s", about),
            false => tile("Plateau", rounded(plateau.rps), "requests/s", about),
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
        UserVerdict::Undetermined => ("?".to_owned(), "undetermined by these rungs".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_says_how_sure_it_is_and_what_was_served() {
        let found = RateLimit {
            verdict: UserVerdict::Found,
            point: Some(6.2),
            low: 6.05,
            high: Some(6.36),
            served: Some(Estimate { estimate: 6.2, low: 6.1, high: 6.3 }),
            confirmed: true,
            failed_first: Some("a queue that grows without end".to_owned()),
        };
        let tiles = rate_tiles(&found);
        assert_eq!((tiles[0].value.as_str(), tiles[0].unit.as_str()), ("6.2", "arrivals/s"));
        let first = "first missed: a queue that grows without end";
        assert_eq!(
            tiles[0].about,
            format!("6.05 held, for as long as it takes to be sure, 6.36 did not; {first}")
        );
        assert_eq!((tiles[1].value.as_str(), tiles[1].about.as_str()), ("6.2", "between 6.1 and 6.3 (95 %)"));
        let least = RateLimit { verdict: UserVerdict::NoFailureInRange, high: None, served: None, ..found };
        assert_eq!(rate_tiles(&least)[0].value, "≥ 6.05");
        assert_eq!(rate_tiles(&RateLimit::default())[0].value, "?");
    }

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
            (UserLimit::default(), "?", "undetermined by these rungs"),
        ];
        let spoilt = UserLimit { verdict: UserVerdict::NoFailureInRange, confirmed: false, ..found };
        assert_eq!(users(&spoilt, true).1, "no rung failed; try a stronger load generator");
        for (limit, value, about) in rows {
            assert_eq!(users(&limit, false), (value.to_owned(), about.to_owned()));
        }
    }
}
