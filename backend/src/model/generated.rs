//! JSON that satisfies a JSON schema, for the arguments of tools and for answers that have to be JSON.

use serde_json::{Value, json};

/// Deepest nesting; what lies below is null.
const DEEPEST: u32 = 8;
/// Most values of one text; further ones are null.
const MOST_VALUES: u32 = 512;
/// Longest text of all, bytes; instead of a longer one there is an empty object.
const LONGEST: usize = 16 * 1024;
/// Characters that one token of JSON has.
const TOKEN: usize = 4;

/// A value of `schema` as text; the same for the same schema.
pub(super) fn json_of(schema: &Value) -> String {
    let text = Maker { root: schema, left: MOST_VALUES }.value(schema, 0).to_string();
    if text.len() > LONGEST { "{}".to_owned() } else { text }
}

/// A text cut into its tokens, each of four characters but the last.
pub(super) fn tokens_of(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(TOKEN).map(|token| token.iter().collect()).collect()
}

/// Makes values of one schema.
struct Maker<'a> {
    root: &'a Value,
    /// Values that it still makes.
    left: u32,
}

impl<'a> Maker<'a> {
    fn value(&mut self, schema: &'a Value, depth: u32) -> Value {
        if depth > DEEPEST || self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        if let Some(given) = schema.get("const").or_else(|| schema.get("default")) {
            return given.clone();
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        if let Some(path) = schema["$ref"].as_str()
            && let Some(named) = self.root.pointer(path.trim_start_matches('#'))
        {
            return self.value(named, depth + 1);
        }
        if let Some(one) = ["anyOf", "oneOf", "allOf"].iter().find_map(|of| schema[of].get(0)) {
            return self.value(one, depth + 1);
        }
        match schema["type"].as_str().or_else(|| schema["type"][0].as_str()) {
            Some("string") => json!("w0 w1"),
            Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1)),
            Some("number") => json!(schema["minimum"].as_f64().unwrap_or(1.5)),
            Some("boolean") => json!(true),
            Some("null") => Value::Null,
            Some("array") => json!([self.value(&schema["items"], depth + 1)]),
            _ => self.object(schema, depth),
        }
    }

    fn object(&mut self, schema: &'a Value, depth: u32) -> Value {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let filled = properties.take(MOST_VALUES as usize);
        Value::Object(filled.map(|(name, schema)| (name.clone(), self.value(schema, depth + 1))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_has_a_value_of_its_type() {
        let schema = json!({"type": "object", "properties": {
            "city": {"type": "string"}, "days": {"type": "integer", "minimum": 3}, "unit": {"enum": ["C", "F"]},
            "wind": {"type": ["boolean", "null"]}, "near": {"type": "array", "items": {"$ref": "#/$defs/place"}},
        }, "$defs": {"place": {"type": "object", "properties": {"lat": {"type": "number"}}}}});
        let text = json_of(&schema);
        let expected = json!({"city": "w0 w1", "days": 3, "unit": "C", "wind": true, "near": [{"lat": 1.5}]});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        assert_eq!(tokens_of(&text).concat(), text);
        assert!(tokens_of(&text).iter().rev().skip(1).all(|token| token.len() == 4));
    }

    #[test]
    fn a_schema_without_an_end_has_one_here() {
        let endless = json!({"type": "object", "properties": {"more": {"$ref": "#"}}});
        assert!(json_of(&endless).starts_with("{\"more\":{\"more\":"));
        let properties: serde_json::Map<String, Value> =
            (0..100).map(|n| (format!("p{n}"), json!({"$ref": "#"}))).collect();
        let wide = json_of(&json!({"type": "object", "properties": properties}));
        assert!(wide.len() < LONGEST && serde_json::from_str::<Value>(&wide).unwrap().is_object());
        assert_eq!((json_of(&json!(true)), json_of(&json!({}))), ("{}".to_owned(), "{}".to_owned()));
    }
}
