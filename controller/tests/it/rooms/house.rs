//! A crate as a house: its rooms, and who imports whom, read from its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::words::words;

/// The rooms of a crate and who imports whom.
pub struct House {
    rooms: BTreeSet<String>,
    /// Names at the crate's root, and the room that each comes from.
    reexports: BTreeMap<String, String>,
    /// (file, its room, the room that it imports).
    imports: BTreeSet<(String, String, String)>,
}

impl House {
    /// A house by the text of its `lib.rs`.
    pub fn new(lib: &str) -> House {
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

    pub fn read(name: &str) -> House {
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
    pub fn add(&mut self, file: &str, source: &str) {
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
    pub fn faults(&self, floors: &str) -> Vec<String> {
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
