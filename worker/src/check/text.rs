//! The findings as a person reads them: a screen of at most 80 columns.

use common::text::number::count;
use common::text::wrap::wrapped;

use super::{Finding, Findings, Verdict};

/// A line for each finding, with what to do below where it is not fine; then what it comes to.
pub fn render(findings: &Findings) -> String {
    let mut text = format!("Ready for {} users at a time?\n\n", count(findings.wanted));
    for finding in &findings.all {
        text += &lines(finding);
    }
    text + "\n" + &wrapped(&conclusion(findings), "", "")
}

/// What was seen, and below it what to do.
fn lines(finding: &Finding) -> String {
    let Finding { what, here, users, verdict, advice } = finding;
    let room = users.map(|users| format!(": room for {} users", count(legible(users)))).unwrap_or_default();
    let indent = " ".repeat(27);
    let mut text = wrapped(&format!("{here}{room}"), &format!("{:<13}{what:<14}", verdict.word()), &indent);
    if !matches!(verdict, Verdict::Fine) && !advice.is_empty() {
        text += &wrapped(advice, &indent, &indent);
    }
    text
}

/// Of more than a hundred thousand three digits, rounded down: so much is never exact.
fn legible(users: u64) -> u64 {
    let step = 10u64.pow(users.checked_ilog10().unwrap_or(0).saturating_sub(2));
    if users < 100_000 { users } else { users / step * step }
}

fn conclusion(findings: &Findings) -> String {
    let names = |verdict| {
        let of_it = findings.all.iter().filter(|finding| finding.verdict == verdict);
        of_it.map(|finding| finding.what).collect::<Vec<_>>().join(", ")
    };
    let wanted = count(findings.wanted);
    let mut text = match findings.suffices() {
        true => format!("Nothing is in the way of {wanted} users."),
        false => format!("So it cannot work for {wanted} users: {}.", names(Verdict::Cannot)),
    };
    if findings.count(Verdict::Change) > 0 {
        text += &format!(" Better changed: {}.", names(Verdict::Change));
    }
    if let Some(Finding { what, users: Some(users), advice, .. }) = findings.first() {
        text += &format!(" The limit of {what} binds first, at {} users", count(*users));
        text += &if *users < findings.wanted { ".".to_owned() } else { format!(". Beyond that {advice}.") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Machine, assess};
    use super::*;
    use common::text::escape::columns;

    #[test]
    fn a_line_says_what_was_found_and_the_next_what_to_do() {
        let machine = Machine {
            files: Some((1024, 4096)),
            ports: Some((32_768, 60_999)),
            cores: 2,
            ..Machine::default()
        };
        let text = render(&assess(&machine, 10_000));
        let begin = "Ready for 10,000 users at a time?\n\ncannot work  open files    4,096 (now 1,024; it is raised): room";
        assert!(text.starts_with(begin), "{text}");
        assert!(
            text.contains("\nok           local ports   32768 to 60999: room for 28,232 users\nnot known "),
            "{text}"
        );
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains("4,032 users each user is a connection: raise `ulimit -Hn`"), "{text}");
        let end = "So it cannot work for 10,000 users: open files. The limit of open files binds first, at 4,032 users.";
        assert!(joined.ends_with(end), "{text}");
        assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
    }

    #[test]
    fn room_enough_still_names_what_binds_first() {
        let machine =
            Machine { ports: Some((32_768, 60_999)), cores: 2, cpu_quota: Some(1.5), ..Machine::default() };
        let joined = render(&assess(&machine, 100)).split_whitespace().collect::<Vec<_>>().join(" ");
        let end = "Nothing is in the way of 100 users. Better changed: CPU quota. The limit of local ports binds \
                   first, at 28,232 users. Beyond that each";
        assert!(joined.contains(end), "{joined}");
        assert!(joined.contains("change this CPU quota 150 % of a core's time who has used up"), "{joined}");
    }

    #[test]
    fn a_room_for_a_million_is_rounded_down_to_three_digits() {
        for (users, shown) in [(0, 0), (99_999, 99_999), (100_999, 100_000), (1_460_189, 1_460_000)] {
            assert_eq!(legible(users), shown);
        }
    }
}
