//! The findings as a person reads them.

use super::limits::count;
use super::{LimitVerdict, MachineLimit, MachineLimits};

/// A table, what to do about what is not fine, and what binds first.
pub(super) fn render(findings: &MachineLimits) -> String {
    let mut text = format!("Room for {} users at a time in one worker here?\n\n", count(findings.wanted));
    text.push_str(&row("limit", "here", "users", ""));
    for finding in &findings.all {
        let users = finding.users.map_or_else(|| "–".to_owned(), count);
        text.push_str(&row(finding.what, &finding.here, &users, verdict(finding.verdict)));
    }
    text.push('\n');
    for finding in findings.all.iter().filter(|finding| finding.verdict != LimitVerdict::Fine) {
        text.push_str(&format!("{}: {}.\n", capital(finding.what), finding.advice));
    }
    text.push_str(&conclusion(findings));
    text
}

fn row(what: &str, here: &str, users: &str, verdict: &str) -> String {
    format!("  {what:<14}{here:<42}{users:>12}  {verdict}").trim_end().to_owned() + "\n"
}

fn verdict(verdict: LimitVerdict) -> &'static str {
    match verdict {
        LimitVerdict::Fine => "fine",
        LimitVerdict::Beware => "beware",
        LimitVerdict::Binds => "too few",
        LimitVerdict::Unknown => "unknown",
    }
}

fn conclusion(findings: &MachineLimits) -> String {
    let Some(MachineLimit { what, users: Some(users), advice, .. }) = findings.first() else {
        return "No limit of users is known here.".to_owned();
    };
    let (binds, wanted) =
        (format!("The limit of {what} binds first, at {} users", count(*users)), count(findings.wanted));
    match findings.suffices() {
        true => format!("There is room for {wanted} users. {binds}: {advice}."),
        false => format!("There is no room for {wanted} users in one worker here. {binds}."),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{Machine, assess};
    use super::*;

    #[test]
    fn the_table_says_what_to_do_about_what_is_not_fine() {
        let machine = Machine {
            files: Some((1024, 4096)),
            ports: Some((32_768, 60_999)),
            cores: 2,
            ..Machine::default()
        };
        let text = render(&assess(&machine, 10_000));
        assert!(text.starts_with("Room for 10,000 users at a time in one worker here?\n\n  limit"), "{text}");
        let row = text.lines().find(|line| line.starts_with("  open files")).unwrap();
        assert!(
            row.contains("4,096 (now 1024; a worker raises it)") && row.ends_with("4,032  too few"),
            "{row}"
        );
        assert!(text.contains("\nOpen files: each user is a connection: raise"), "{text}");
        assert!(!text.contains("\nLocal ports:"), "{text}");
        let end = "There is no room for 10,000 users in one worker here. The limit of open files binds first, at 4,032 \
                   users.";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn room_enough_still_names_what_binds_first() {
        let machine = Machine { ports: Some((32_768, 60_999)), cores: 2, ..Machine::default() };
        let text = render(&assess(&machine, 100));
        assert!(
            text.contains(
                "There is room for 100 users. The limit of local ports binds first, at 28,232 users: "
            ),
            "{text}"
        );
    }
}
