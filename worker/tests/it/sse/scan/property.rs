//! Random documents, cut and damaged ones: the scanner against serde_json.

use proptest::prelude::*;
use serde_json::Value as Json;
use worker::sse::scan::{
    JsonPath, PathTree, Value, elements, number_field, string_at, string_field, value_at,
};

/// What serde_json finds at a pointer, in the scanner's terms.
fn agrees(found: Option<Value<'_>>, expected: Option<&Json>) -> bool {
    match (found, expected) {
        (None, None) | (Some(Value::Null), Some(Json::Null)) => true,
        (Some(Value::Array), Some(Json::Array(_))) | (Some(Value::Object), Some(Json::Object(_))) => true,
        (Some(Value::Bool(found)), Some(Json::Bool(expected))) => found == *expected,
        (Some(Value::String(found)), Some(Json::String(expected))) => found.to_text() == expected.as_str(),
        (Some(Value::Number(found)), Some(expected @ Json::Number(_))) => {
            serde_json::from_slice::<Json>(found).is_ok_and(|found| found == *expected)
        }
        _ => false,
    }
}

fn check(text: &[u8], document: &Json, path: &[String]) {
    let pointer = pointer_to(path);
    let expected = document.pointer(&pointer);
    let shown = || format!("{pointer} in {}", text.escape_ascii());
    assert!(agrees(value_at(text, path), expected), "{}", shown());
    let text_there = string_at(text, path).map(|found| found.to_text().into_owned());
    assert_eq!(text_there.as_deref(), expected.and_then(Json::as_str), "{}", shown());
    assert_eq!(number_field(text, path), expected.and_then(Json::as_u64), "{}", shown());
    if !path.is_empty() {
        let parsed = pointer.parse::<JsonPath>();
        assert_eq!(parsed.as_ref().map(JsonPath::segments), Ok(path));
    }
    if let [key] = path
        && document.is_object()
    {
        assert_eq!(string_field(text, key), string_at(text, path));
    }
}

/// All paths looked up in one pass give what each gives alone, whatever the text.
fn check_tree(text: &[u8], paths: &[Vec<String>]) {
    let mut tree = PathTree::default();
    let numbers: Vec<_> = paths.iter().map(|path| tree.add(&pointer_to(path).parse().unwrap())).collect();
    let mut together = vec![None; paths.len()];
    tree.visit(text, |number, value, rest| {
        assert_eq!(together[number].replace(value), None, "told once");
        assert_eq!(value_at::<&str>(rest, &[]), Some(value));
    });
    for (path, number) in paths.iter().zip(numbers) {
        assert_eq!(together[number], value_at(text, path), "{path:?} in {}", text.escape_ascii());
    }
}

/// The path as RFC 6901 writes it.
fn pointer_to(path: &[String]) -> String {
    path.iter().map(|segment| format!("/{}", segment.replace('~', "~0").replace('/', "~1"))).collect()
}

/// Every path in a value; those through keys that JSON must escape are left out,
/// because keys are compared as written.
fn paths(value: &Json, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    found.push(at.clone());
    let children: Vec<(String, &Json)> = match value {
        Json::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        Json::Object(members) => members.iter().map(|(key, item)| (key.clone(), item)).collect(),
        _ => vec![],
    };
    for (key, child) in children {
        if !key.contains(['"', '\\', '\n']) {
            at.push(key);
            paths(child, at, found);
            at.pop();
        }
    }
}

/// Writes JSON with white space wherever it may stand and, as `noise` has it,
/// characters of values escaped that need not be.
fn write(value: &Json, noise: u32, out: &mut String) {
    let space = [" ", "", "\n\t", "\r\n"][(noise % 4) as usize];
    out.push_str(space);
    match value {
        Json::String(text) if noise.is_multiple_of(3) => {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            out.push_str(&format!("\"{}\"", units.collect::<String>()));
        }
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write(item, noise.rotate_left(3), out);
            }
            out.push_str(&format!("{space}]"));
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (key, item)) in members.iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                out.push_str(&format!("{comma}{space}{}{space}:", Json::from(key.as_str())));
                write(item, noise.rotate_left(5), out);
            }
            out.push_str(&format!("{space}}}"));
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    out.push_str(space);
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        // Few digits: serde_json rounds long ones by its default settings.
        any::<i16>().prop_map(|number| Json::from(f64::from(number) / 8.0)),
        any::<i16>().prop_map(|number| Json::from(f64::from(number) * 1e18)),
        "[a-c\"\\\\{}\\[\\]:,/\n é漢👍]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::vec(("[ab01~/\"\\\\{é]{0,3}", inner), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn finds_what_serde_json_finds(document in json(), noise: u32) {
        let mut text = String::new();
        write(&document, noise, &mut text);
        prop_assert_eq!(&serde_json::from_str::<Json>(&text).unwrap(), &document);
        let mut found = vec![];
        paths(&document, &mut vec![], &mut found);
        for path in found {
            check(text.as_bytes(), &document, &path);
            // Beside each path one that may not be there.
            for other in ["0", "01", "+1", "3", "a", "", "-"] {
                check(text.as_bytes(), &document, &[&path[..], &[other.to_owned()]].concat());
            }
        }
    }

    #[test]
    fn one_pass_finds_what_each_path_finds(
        document in json(), noise: u32, cut: prop::sample::Index, at: prop::sample::Index, byte: u8
    ) {
        let mut text = String::new();
        write(&document, noise, &mut text);
        let mut known = vec![];
        paths(&document, &mut vec![], &mut known);
        known.retain(|path| !path.is_empty());
        let beside = known.iter().flat_map(|path| ["0", "a", ""].map(|more| [&path[..], &[more.to_owned()]].concat()));
        let beside: Vec<_> = beside.collect();
        known.extend(beside);
        known.sort();
        known.dedup();
        check_tree(text.as_bytes(), &known);
        check_tree(&text.as_bytes()[..cut.index(text.len() + 1)], &known);
        let mut damaged = text.into_bytes();
        let at = at.index(damaged.len());
        damaged[at] = byte;
        check_tree(&damaged, &known);
    }

    /// Keys are compared by their first eight bytes, then by the rest.
    #[test]
    fn keys_that_are_nearly_alike_are_kept_apart(
        keys in proptest::collection::btree_set("[ab]{0,3}a{5,14}[ab]{0,3}", 1..8), noise: u32
    ) {
        let members = keys.iter().enumerate().map(|(place, key)| (key.clone(), Json::from(place)));
        let document = Json::Object(members.collect());
        let mut text = String::new();
        write(&document, noise, &mut text);
        let near = keys.iter().flat_map(|key| [format!("{key}a"), key[1..].to_owned(), key[..key.len() - 1].to_owned()]);
        let mut paths: Vec<_> = keys.iter().cloned().chain(near).map(|key| vec![key]).collect();
        paths.sort();
        paths.dedup();
        paths.iter().for_each(|path| check(text.as_bytes(), &document, path));
        check_tree(text.as_bytes(), &paths);
    }

    #[test]
    fn every_element_is_found(items in proptest::collection::vec(json(), 0..5), noise: u32) {
        let mut text = String::new();
        write(&Json::from(items.clone()), noise, &mut text);
        let found: Vec<_> = elements(text.as_bytes()).collect();
        prop_assert_eq!(found.len(), items.len());
        for (text, item) in found.iter().zip(&items) {
            let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Json>();
            prop_assert_eq!(&values.next().unwrap().unwrap(), item);
        }
    }

    /// Cut before the end of the value, there is nothing to find.
    #[test]
    fn cut_json_gives_nothing(document in json(), noise: u32, last in json()) {
        let mut text = String::new();
        write(&document, noise, &mut text);
        let text = format!("{{\"before\":{text},\"after\":");
        for cut in 0..=text.len() {
            prop_assert_eq!(value_at(&text.as_bytes()[..cut], &["after"]), None);
        }
        let whole = format!("{text}{last}}}");
        prop_assert!(agrees(value_at(whole.as_bytes(), &["after"]), Some(&last)));
    }

    /// With one byte changed a path may lead anywhere, but not to a panic.
    #[test]
    fn damaged_json_never_panics(document in json(), noise: u32, at: prop::sample::Index, byte: u8) {
        let mut text = String::new();
        write(&document, noise, &mut text);
        let mut text = text.into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let mut found = vec![];
        paths(&document, &mut vec![], &mut found);
        for path in found {
            let _ = value_at(&text, &path);
        }
    }

    #[test]
    fn noise_never_panics(text in "[\\[\\]{}\",:0-9a\\\\u.eE+ -]{0,64}", bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for text in [text.as_bytes(), &bytes] {
            for path in [&["a"][..], &["0"], &["0", "a", "1"], &[]] {
                let found = value_at(text, path);
                // Whatever serde_json accepts is found alike.
                if let Ok(document) = serde_json::from_slice::<Json>(text) && !text.contains(&b'\\') {
                    let pointer: String = path.iter().map(|segment| format!("/{segment}")).collect();
                    prop_assert!(agrees(found, document.pointer(&pointer)) || has_duplicates(&document, text));
                }
            }
        }
    }
}

/// Whether members were lost on parsing: of duplicate keys serde_json keeps the last.
fn has_duplicates(document: &Json, text: &[u8]) -> bool {
    fn members(value: &Json) -> usize {
        match value {
            Json::Array(items) => items.iter().map(members).sum(),
            Json::Object(inner) => inner.len() + inner.values().map(members).sum::<usize>(),
            _ => 0,
        }
    }
    members(document) != text.iter().filter(|byte| **byte == b':').count()
}
