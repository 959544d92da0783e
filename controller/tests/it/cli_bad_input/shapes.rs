//! Shapes that cannot be run.

use super::case::controller;

const NAMES: &str = "staged, crud-only, mock, full, constant, ladder, or a TOML file";

/// A shape file with these lines in its only stage.
fn file(lines: &str, complaint: &str) {
    let text = format!("name = \"mine\"\n[[stage]]\n{lines}\n");
    let line = format!("controller: --shape mine.toml {complaint}");
    controller("--shape mine.toml").file("mine.toml", text.as_bytes()).gets(&line);
}

#[test]
fn an_unknown_shape_is_refused_with_the_name_that_was_meant() {
    controller("--shape stagd").gets(&format!(
        "controller: --shape stagd: there is no such shape or file (did you mean `staged`?); use {NAMES}"
    ));
    controller("--shape spike")
        .gets(&format!("controller: --shape spike: there is no such shape or file; use {NAMES}"));
}

#[test]
fn a_shape_file_that_cannot_be_read_is_reported() {
    controller("--shape lost.toml").gets(
        "controller: --shape lost.toml: No such file or directory (os error 2); name a readable TOML file",
    );
    controller("--shape /proc")
        .gets("controller: --shape /proc: Is a directory (os error 21); name a readable TOML file");
    controller("--shape raw.toml")
        .file("raw.toml", b"\xff\xfe\x00".as_slice())
        .gets("controller: --shape raw.toml: it is not UTF-8 text; name a readable TOML file");
}

#[test]
fn broken_toml_is_reported_with_its_line() {
    file(
        "duration = \"10s\"\nusers = \nspawn_rate = 1.0",
        "line 4: nothing stands behind the `=` of `users =`; write a value there",
    );
    file(
        "duration = \"10s\"\nuser = 5\nspawn_rate = 1.0",
        "line 4: no setting is called `user` here; did you mean `users`?",
    );
    controller("--shape mine.toml").file("mine.toml", b"".as_slice()).gets(
        "controller: --shape mine.toml: the shape has no stages; add one, headed [[stage]], with duration, \
         users and spawn_rate",
    );
}

#[test]
fn a_stage_without_time_is_refused_with_its_line() {
    let write = "give a duration such as 90s, 1h30m, 500ms or whole seconds";
    let rest = "users = 5\nspawn_rate = 1.0";
    file(&format!("duration = \"-10s\"\n{rest}"), &format!("line 3: `-10s` is negative; {write}"));
    file(&format!("{rest}\nduration = -10"), &format!("line 5: `-10` is negative; {write}"));
    for zero in ["0", "\"0s\""] {
        let message =
            "line 3: the duration is shorter than a microsecond; give the stage some time, such as 30s";
        file(&format!("duration = {zero}\n{rest}"), message);
    }
    file(
        &format!("duration = \"8d\"\n{rest}"),
        "line 3: this makes the shape longer than 7 days; shorten it",
    );
}

#[test]
fn users_and_rates_beyond_the_limits_are_refused() {
    for users in ["1000001", "-1", "99999999999999999999"] {
        file(
            &format!("duration = 5\nusers = {users}\nspawn_rate = 1.0"),
            &format!("line 4: {users} users cannot be run; give a number from 0 to 1000000"),
        );
        let expected = match users.parse::<u32>() {
            Ok(_) => {
                format!("controller: --users: {users} users cannot be run; give a number from 0 to 1000000")
            }
            Err(_) => {
                let most = if users.starts_with('-') { "" } else { " to 4294967295" };
                format!(
                    "controller: invalid value '{users}' for '--users <N>': write a whole number from 0{most}; see \
                     controller --help"
                )
            }
        };
        controller(&format!("--users {users}")).gets(&expected);
    }
    controller("-u 0").gets("controller: --users: the shape starts no users; ask for at least 1");
    for rate in ["0", "-1", "NaN", "inf", "100001"] {
        controller(&format!("-u 5 -r {rate}")).gets(&format!(
            "controller: --spawn-rate: no ramp runs at {rate} users/s; give a spawn rate above 0 and up to 100000"
        ));
    }
}

#[test]
fn flags_that_make_no_shape_are_refused() {
    for (flag, value) in [("--users", "5"), ("--spawn-rate", "2"), ("--run-time", "5s")] {
        controller(&format!("--shape staged {flag} {value}")).gets(&format!(
            "controller: {flag} belongs to the constant shape and `--shape staged` has its own; leave one of \
             them out"
        ));
    }
    for alone in ["--shape constant", "-r 5", "-t 5s"] {
        controller(alone).gets("controller: the constant shape needs its users; say how many with --users");
    }
    controller("-u 5 -t 0").gets(
        "controller: --run-time: the duration is shorter than a microsecond; give the stage some time, such \
         as 30s",
    );
    for factor in ["0", "-1", "NaN"] {
        controller(&format!("--time-scale {factor}")).gets(&format!(
            "controller: --time-scale: {factor} does not scale time; give a number above 0, such as 0.05"
        ));
    }
    controller("--time-scale 100000").gets(
        "controller: --time-scale, stage \"10 users\": this makes the shape longer than 7 days; shorten it",
    );
}

#[test]
fn a_rate_at_which_nobody_can_arrive_is_refused_with_what_to_do() {
    let rate = |text: &str, why: &str| {
        controller(&format!("--arrivals {text}")).gets(&format!(
            "controller: invalid value '{text}' for '--arrivals <RATE>': {why}; see controller --help"
        ));
    };
    rate("5", "`5` does not say in which time; write the rate as 5/s, 30/min or 100/h");
    rate("5/day", "`5/day` is of no time that is known here; write the rate as 5/s, 30/min or 100/h");
    rate("-1/s", "`-1/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s");
    rate("1e9/s", "`1e9/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s");
    rate("NaN/s", "`NaN/s` is no rate at which anybody can arrive; write one above 0 and up to 100000/s");
    rate(
        "burst:5/s",
        "`burst:5/s` is no way of arriving; write 5/s for random (Poisson) arrivals, or constant:5/s",
    );
    controller("--arrivals 0/s")
        .gets("controller: --arrivals: nobody arrives; give a rate above 0, such as 5/s");
    controller("--arrivals 5/s --run-time 0")
        .gets("controller: --run-time: the duration is shorter than a microsecond; give the stage some time, such as 30s");
    controller("--arrivals 5/s --time-scale 0.00001").gets(
        "controller: --time-scale, stage \"5/s\": `500000/s` is no rate at which anybody can arrive; write one above 0 \
         and up to 100000/s",
    );
    controller("--arrivals 5/s --arrive conversation").gets(
        "controller: invalid value 'conversation' for '--arrive <WHAT>': write session or request; see controller --help",
    );
    for load in ["-u 50 --max-users 10", "--shape staged --max-users 10"] {
        controller(load).gets(
            "controller: --max-users bounds what the ladder tries, and who is there where users arrive; this load says by \
             itself how many users it has, so leave it out",
        );
    }
    controller("--arrivals 5/s --max-users 0").gets("controller: --max-users must be 1 to 1000000");
}

#[test]
fn arrivals_beside_another_load_are_refused() {
    controller("--arrivals 5/s --shape ladder").gets(
        "controller: --shape ladder finds the rate itself; write --arrivals search, or leave out the shape to let users \
         arrive at this one",
    );
    for shape in ["", " --shape staged", " --shape mine.toml", " --demo"] {
        controller(&format!("--arrivals search{shape}")).gets(
            "controller: --arrivals search finds the largest rate that keeps to the thresholds, and belongs to the \
             ladder; write --shape ladder with it, or a rate such as 5/s",
        );
    }
    controller("--arrivals search --shape ladder --time-scale 2").gets(
        "controller: --time-scale stretches a shape's time, and the ladder takes its time from the service; leave it out",
    );
    controller("--arrivals search --shape ladder --users 3").gets(
        "controller: --users belongs to the constant shape and `--shape ladder` has its own; leave one of them out",
    );
    controller("--arrivals search --shape ladder --run-time 5m").gets(
        "controller: --run-time belongs to the constant shape and `--shape ladder` has its own; leave one of them out",
    );
    controller("--arrivals 5/s --shape staged").gets(
        "controller: --arrivals is a load of its own, and `--shape staged` another; leave one of them out, or write \
         `arrivals = \"5/s\"` into the stages of a shape file",
    );
    for flag in ["--users", "--spawn-rate"] {
        controller(&format!("--arrivals 5/s {flag} 3")).gets(&format!(
            "controller: {flag} is another load than --arrivals: there users come and leave by themselves; leave one of \
             them out"
        ));
    }
    for line in ["--arrive request", "--users 5 --arrive session", "--shape ladder --arrive request"] {
        controller(line).gets(
            "controller: --arrive says what arrives, and nobody does here; add --arrivals, such as 5/s, or leave it out",
        );
    }
    controller("--users 5 --threshold from_due.p99<1s").gets(
        "controller: --threshold: nobody arrives in this run, so this could never be judged; add --arrivals, or leave \
         the threshold out\n    from_due.p99<1s\n    ^",
    );
}

#[test]
fn stages_that_hold_users_and_let_them_arrive_are_refused() {
    let open = "duration = 5\narrivals = \"5/s\"";
    file(
        "duration = 5\narrivals = 5",
        "line 4: `arrivals` is not a text; write it as in `arrivals = \"5/s\"`",
    );
    file(
        "duration = 5\narrivals = \"5\"",
        "line 4: `5` does not say in which time; write the rate as 5/s, 30/min or 100/h",
    );
    controller("--shape mine.toml")
        .file("mine.toml", b"[[stage]]\nduration = 5\narrivals = \"0/s\"".as_slice())
        .gets("controller: --shape mine.toml: nobody arrives; give a rate above 0, such as 5/s");
    file(
        &format!("{open}\nusers = 5"),
        "line 5: `users` says nothing here: users arrive by `arrivals`, and --max-users says how many there may be at \
         once; leave it out",
    );
    file(
        &format!("{open}\nspawn_rate = 5"),
        "line 5: `spawn_rate` says nothing here: users arrive by `arrivals`, and --max-users says how many there may be \
         at once; leave it out",
    );
    file(
        &format!("{open}\nramp = \"-1s\""),
        "line 5: `-1s` is negative; give a duration such as 90s, 1h30m, 500ms or whole seconds",
    );
    file(
        "duration = 5\nusers = 5\nspawn_rate = 1\nramp = \"1s\"",
        "line 6: `ramp` says nothing here: users start and stop by `spawn_rate`; leave it out",
    );
    file(
        &format!("{open}\nramp = \"20s\""),
        "line 5: the ramp takes 20 s, and its stage ends after 5 s; make the stage longer, or the ramp shorter",
    );
    let mixed = "a shape either holds users or lets them arrive; give each stage `users`, or each `arrivals`";
    file(&format!("{open}\n[[stage]]\nduration = 5\nusers = 5"), &format!("line 7: {mixed}"));
    file(&format!("duration = 5\nusers = 5\nspawn_rate = 1\n[[stage]]\n{open}"), &format!("line 8: {mixed}"));
    file(
        &format!("{open}\n[[stage]]\nduration = 5\narrivals = \"constant:5/s\""),
        "line 7: the stages before space their arrivals in another way; write `constant:` in all or in none",
    );
}
