//! Each crate is a house: its top-level modules are rooms on floors, and a room imports only rooms below it.
//!
//! ```text
//! floor 2   cli      tui           a room may import anything on the floors below,
//! floor 1   run                    nothing on its own floor or above: so no two rooms
//! floor 0   merge    fleet         import each other, and there is no ring
//! ```
//!
//! A new room must be given a floor here. An import that fails this test wants the thing it imports moved down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms of each crate from the lowest floor to the highest, a floor a line; then the imports that still
/// run back up. Those may go, and no further one may come.
const HOUSES: [(&str, &str, &[&str]); 6] = [
    (
        "common",
        "\
        wire_enum micros protocol segment text
        class failure
        api quota shape stats users
        plan timeline totals",
        &[],
    ),
    (
        "verdict",
        "\
        failures note
        second
        evidence validity
        threshold
        limits
        search",
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
        csv junit markdown terminal
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
        check gate
        http
        chat
        recorder
        user
        engine
        link
        cli
        program",
        &[],
    ),
    (
        "controller",
        "\
        container control exit fleet idle_socket merge prompts rejections users_file
        run
        grpc view
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
        counts endpoint fault random
        settings
        counters error fault_table
        store
        limits
        stream
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

/// The rooms of a crate and who imports whom.
struct House {
    rooms: BTreeSet<String>,
    /// Names at the crate's root, and the room that each comes from.
    reexports: BTreeMap<String, String>,
    /// (file, its room, the room that it imports).
    imports: BTreeSet<(String, String, String)>,
}

impl House {
    /// A house by the text of its `lib.rs`.
    fn new(lib: &str) -> House {
        let words = words(lib);
        let mut house =
            House { rooms: BTreeSet::new(), reexports: BTreeMap::new(), imports: BTreeSet::new() };
        for pair in words.windows(3).filter(|three| three[0] == "mod" && three[2] == ";") {
            house.rooms.insert(pair[1].clone());
        }
        for at in (0..words.len()).filter(|at| words[*at] == "use") {
            for path in tree(&words, at + 1) {
                if let [room, .., name] = path.as_slice() {
                    house.reexports.insert(name.clone(), room.clone());
                }
            }
        }
        house
    }

    fn read(name: &str) -> House {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        let mut house = House::new(&fs::read_to_string(src.join("lib.rs")).unwrap());
        house.walk(&src, "");
        house
    }

    fn walk(&mut self, folder: &Path, inside: &str) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{inside}{}", path.file_name().unwrap().to_string_lossy());
            match path.is_dir() {
                true => self.walk(&path, &format!("{name}/")),
                false if name.ends_with(".rs") => self.add(&name, &fs::read_to_string(&path).unwrap()),
                false => {}
            }
        }
    }

    /// Adds a file by its path within `src`. Tests may import what they like.
    fn add(&mut self, file: &str, source: &str) {
        let mut module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
        if module.contains(&"tests") || ["lib", "main"].contains(&module[0]) {
            return;
        }
        if module.last() == Some(&"mod") {
            module.pop();
        }
        let room = module[0].to_owned();
        let words = words(source);
        for (at, word) in words.iter().enumerate() {
            let starts = at == 0 || words[at - 1] != "::";
            let paths = match word.as_str() {
                "crate" | "super" if starts => tree(&words, at),
                _ => Vec::new(),
            };
            for path in paths {
                let ups = path.iter().take_while(|word| *word == "super").count();
                let first = match (path[0].as_str(), ups) {
                    ("crate", _) => path.get(1),
                    (_, ups) if ups == module.len() => path.get(ups),
                    _ => None,
                };
                let first = first.map(|name| self.reexports.get(name).unwrap_or(name));
                if let Some(other) = first.filter(|name| self.rooms.contains(*name) && **name != room) {
                    self.imports.insert((file.to_owned(), room.clone(), other.clone()));
                }
            }
        }
    }

    /// What is wrong with the house, given its floors from the lowest to the highest: rooms without a floor,
    /// imports of a room that does not stand below, floors without a room.
    fn faults(&self, floors: &str) -> Vec<String> {
        let floors: BTreeMap<&str, usize> = floors
            .trim()
            .lines()
            .enumerate()
            .flat_map(|(floor, rooms)| rooms.split_whitespace().map(move |room| (room, floor)))
            .collect();
        let homeless = self.rooms.iter().filter(|room| !floors.contains_key(room.as_str()));
        let homeless = homeless.map(|room| format!("{room} has no floor: add it to tests/it/rooms.rs"));
        let arrows = self.imports.iter().filter_map(|(file, room, other)| {
            let (from, to) = (floors.get(room.as_str())?, floors.get(other.as_str())?);
            (to >= from).then(|| format!("{file} imports {other}"))
        });
        let gone = floors.keys().filter(|room| !self.rooms.contains(**room));
        let gone = gone.map(|room| format!("{room} has a floor but is not there"));
        homeless.chain(arrows).chain(gone).collect()
    }
}

/// The paths of the tree that begins at a word: `crate::{a, b::c}` is `crate::a` and `crate::b::c`.
fn tree(words: &[String], at: usize) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    grow(words, at, &mut Vec::new(), &mut paths);
    paths
}

/// Follows one branch and returns the place after it.
fn grow(words: &[String], mut at: usize, stem: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let length = stem.len();
    while let Some(word) = words.get(at).filter(|word| is_name(word) || *word == "{") {
        at += 1;
        if word == "{" {
            while words.get(at).is_some_and(|word| word != "}") {
                let next = grow(words, at, stem, paths);
                // What is not a name, such as `*` or a comma, ends a branch.
                at = next.max(at + usize::from(next == at));
            }
            stem.truncate(length);
            return at + 1;
        }
        stem.push(word.clone());
        if words.get(at).is_none_or(|word| word != "::") {
            break;
        }
        at += 1;
    }
    if stem.len() > length {
        paths.push(stem.clone());
    }
    stem.truncate(length);
    at
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words of a source without comments, literals, visibilities and items for tests alone.
fn words(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let (mut words, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let rest = &chars[at..];
        let next = |n: usize| rest.get(n).copied().unwrap_or(' ');
        at += match rest[0] {
            '/' if next(1) == '/' => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            '/' if next(1) == '*' => comment(rest),
            'r' if next(1) == '"' || (next(1) == '#' && matches!(next(2), '"' | '#')) => raw(rest),
            '"' => text(rest),
            '\'' if next(1) == '\\' || next(2) == '\'' => {
                3 + rest.iter().skip(3).position(|c| *c == '\'').map_or(0, |end| end + 1)
                    * usize::from(next(1) == '\\')
            }
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.iter().position(|c| !c.is_alphanumeric() && *c != '_').unwrap_or(rest.len());
                words.push(rest[..end].iter().collect());
                end
            }
            ':' if next(1) == ':' => {
                words.push("::".to_owned());
                2
            }
            c => {
                words.extend((!c.is_whitespace()).then(|| c.to_string()));
                1
            }
        };
    }
    without(&without(&words, &["#", "[", "cfg", "(", "test", ")", "]"]), &["pub", "(", "in"])
}

/// Leaves out each sequence that begins with `head`: to the end of its item, or of its bracket.
fn without(words: &[String], head: &[&str]) -> Vec<String> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < words.len() {
        if !words[at..].iter().take(head.len()).eq(head.iter()) {
            kept.push(words[at].clone());
            at += 1;
            continue;
        }
        let is_visibility = head[0] == "pub";
        at += head.len();
        let mut depth = i32::from(is_visibility);
        for word in &words[at..] {
            at += 1;
            depth += match word.as_str() {
                "{" | "(" | "[" => 1,
                "}" | ")" | "]" => -1,
                _ => 0,
            };
            let ends = if is_visibility { ")" } else { "}" };
            if depth == 0 && (word == ends || (word == ";" && !is_visibility)) {
                break;
            }
        }
    }
    kept
}

fn comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match (rest[at], rest.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn text(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw(rest: &[char]) -> usize {
    let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let from = hashes + 2;
    let found = rest.get(from..).and_then(|body| body.windows(end.len()).position(|window| window == end));
    from + found.map_or(rest.len(), |at| at + end.len())
}
