//! The events of a stream, a line each; of a long one the first, a count, and the last.

use std::time::Duration;

use common::text::number::duration;
use worker::chat::{Explained, Kinds};

/// How many events of a long stream are shown, at its beginning and at its end.
const FIRST: usize = 20;
const LAST: usize = 3;

/// A line for each event that is shown: when it came, what it was taken for, what it is.
pub(super) fn lines(events: &[(Duration, Explained)], all: bool) -> Vec<String> {
    let line = |(at, event): &(Duration, Explained)| {
        let taken_for = if event.taken_for.is_empty() { "nothing" } else { &event.taken_for };
        let name = if event.event.is_empty() { String::new() } else { format!("{}: ", event.event) };
        format!("{} · {taken_for} · {name}{}", duration(*at), event.data)
    };
    if all || events.len() <= FIRST + LAST + 1 {
        return events.iter().map(line).collect();
    }
    let (between, last) = events[FIRST..].split_at(events.len() - FIRST - LAST);
    let rest = format!("… {} more: {} (--all shows them) …", between.len(), counts(between));
    events[..FIRST].iter().map(line).chain([rest]).chain(last.iter().map(line)).collect()
}

/// What so many events are, most alike first: `30 text, 2 nothing`.
pub(super) fn counts(events: &[(Duration, Explained)]) -> String {
    type Is = fn(&Explained) -> bool;
    let kinds: [(&str, Is); 7] = [
        ("text", |event| event.kinds.text),
        ("thoughts or tool calls", |event| event.kinds.hidden),
        ("tokens", |event| event.kinds.counts),
        ("error", |event| event.kinds.error),
        ("end", |event| event.kinds.end),
        ("other", |event| event.kinds == Kinds::default() && !event.taken_for.is_empty()),
        ("nothing", |event| event.taken_for.is_empty()),
    ];
    let count = |is: Is| events.iter().filter(|(_, event)| is(event)).count();
    let counts = kinds.into_iter().map(|(name, is)| (count(is), name)).filter(|(count, _)| *count > 0);
    counts.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(count: usize) -> Vec<(Duration, Explained)> {
        let event = |place: usize| Explained {
            event: if place == 0 { "start".to_owned() } else { String::new() },
            data: format!("d{place}"),
            taken_for: if place == 0 { String::new() } else { "text \"a\"".to_owned() },
            kinds: Kinds { text: place > 0, ..Kinds::default() },
        };
        (0..count).map(|place| (Duration::from_millis(place as u64), event(place))).collect()
    }

    #[test]
    fn a_long_stream_is_cut_in_its_middle() {
        assert_eq!(lines(&events(2), false), ["0 ms · nothing · start: d0", "1 ms · text \"a\" · d1"]);
        assert_eq!(lines(&events(24), false).len(), 24);
        let shown = lines(&events(1000), false);
        assert_eq!(shown.len(), 24);
        assert_eq!(shown[20], "… 977 more: 977 text (--all shows them) …");
        assert_eq!(
            (shown[19].as_str(), shown[21].as_str()),
            ("19 ms · text \"a\" · d19", "997 ms · text \"a\" · d997")
        );
        assert_eq!(lines(&events(1000), true).len(), 1000);
        assert_eq!(counts(&events(3)), "2 text, 1 nothing");
    }
}
