//! Each crate is a house: its top-level modules are rooms on floors, and a room imports only rooms below it.
//!
//! ```text
//! floor 2   cli      tui           a room may import anything on the floors below,
//! floor 1   run                    nothing on its own floor or above: so no two rooms
//! floor 0   merge    fleet         import each other, and there is no ring
//! ```
//!
//! A new room must be given a floor here. An import that fails this test wants the thing it imports moved down.

mod house;
mod words;

use house::House;

/// The rooms of each crate from the lowest floor to the highest, a floor a line; then the imports that still
/// run back up. Those may go, and no further one may come.
const HOUSES: [(&str, &str, &[&str]); 9] = [
    (
        "common",
        "\
        wire_enum micros mix named_file protocol release segment text
        class failure trace
        arrivals ask slowest
        quota shape stats users
        distribution
        api asking
        request_log replay
        plan timeline totals",
        &[],
    ),
    (
        "verdict",
        "\
        behind failures note observed
        second
        evidence validity
        threshold
        limits
        search
        rate_search",
        &[],
    ),
    (
        "hub",
        "\
        behind control fleet idle_socket merge rejections
        run
        grpc",
        &[],
    ),
    (
        "logs",
        "\
        field json_words
        error
        filter parquet_table reader
        lack writer
        merged",
        &[],
    ),
    (
        "observe",
        "\
        bounded glob rates target
        choice
        exposition
        metrics_page
        process postgres
        cgroup
        docker
        observers",
        &[],
    ),
    (
        "report",
        "\
        rows style
        csv_cells
        table
        tables
        charts facts headline json metrics
        csv junit markdown rebuilt terminal
        job_summary
        html
        files
        read
        compare",
        &[],
    ),
    (
        "worker",
        "\
        backoff boot_clock interval open_files sse tls_files usage
        gate
        http
        chat
        request_log
        recorder
        user
        engine
        link
        check
        cli
        program",
        &[],
    ),
    (
        "controller",
        "\
        container exit model_page prompts replay users_file values_file view
        tui
        api
        cli
        dashboard
        runner
        command
        program",
        &[],
    ),
    (
        "backend",
        "\
        counts endpoint fault finished random
        settings
        counters error fault_table
        store
        limits
        stream
        model
        routes
        server
        program",
        &[],
    ),
];

#[test]
fn no_room_imports_one_that_does_not_stand_below_it() {
    for (name, floors, known) in HOUSES {
        let faults = House::read(name).faults(floors);
        let new: Vec<&String> = faults.iter().filter(|fault| !known.contains(&fault.as_str())).collect();
        assert!(new.is_empty(), "{name}: {new:#?}");
        let gone: Vec<_> = known.iter().filter(|fault| !faults.iter().any(|found| found == *fault)).collect();
        assert!(gone.is_empty(), "{name}: these are cured, remove them from the list: {gone:#?}");
    }
}

#[test]
fn a_back_arrow_is_found_however_it_is_written() {
    let arrows = [
        "use crate::cli::Args;",
        "use crate::{merge, cli::{Args, Flags}};",
        "use crate::{\n    merge::{Ledger, Part},\n    cli,\n};",
        "fn f() -> crate::cli::Args { todo!() }",
        "use super::super::cli::Args;",
        "pub(in crate::run) use crate::cli::Args as Flags;",
        "use crate::Args;",
    ];
    for source in arrows {
        let mut house =
            House::new("pub mod cli;\npub mod merge;\npub mod run;\npub use cli::{Args, self as c};");
        house.add("run/steer.rs", source);
        house.add("cli/mod.rs", "use crate::run::Run;\nuse crate::merge::Ledger;");
        let faults = house.faults("merge\nrun\ncli");
        assert_eq!(faults, ["run/steer.rs imports cli"], "{source}");
    }
}

#[test]
fn what_is_not_an_import_is_not_taken_for_one() {
    let harmless = [
        "// see crate::cli\n/* crate::cli::Args /* nested crate::cli */ */",
        "const A: &str = \"crate::cli\"; const B: char = '\"'; const C: &str = r#\"\" crate::cli\"#; fn f<'a>() {}",
        "#[cfg(test)]\nmod tests { use crate::cli::Args; fn f() {} }",
        "#[cfg(test)]\nuse crate::cli::Args;",
        "use super::cli::Local; use crate::run::cli; use crate::merge::cli::Part;",
        "pub(in crate::cli) fn f() {}",
    ];
    for source in harmless {
        let mut house = House::new("mod cli; mod merge; mod run;");
        house.add("run/steer.rs", source);
        house.add("run/tests/steer.rs", "use crate::cli::Args;");
        assert_eq!(house.faults("merge\nrun\ncli"), [""; 0], "{source}");
    }
}

#[test]
fn every_room_has_a_floor_and_rooms_of_one_floor_do_not_meet() {
    let mut house = House::new("mod cli; mod merge; mod run;");
    house.add("run.rs", "use crate::cli;");
    assert_eq!(
        house.faults("merge\nrun cli attic"),
        ["run.rs imports cli", "attic has a floor but is not there"]
    );
    assert_eq!(house.faults("run\nmerge"), ["cli has no floor: add it to tests/it/rooms.rs"]);
}
