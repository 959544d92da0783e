//! The fields of a line of JSON, taken one by one: what is wrong is named with its field, in words of our own.

use std::fmt;

use common::shape::closest;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::error::LineFault;
use super::form::shown;

/// What stands in a line, in its order, as far as it was not taken.
#[derive(Debug)]
pub struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Reads a line that is one object. `wanted` says what a line has.
    pub fn read(text: &str, wanted: &'static str) -> Result<Fields, LineFault> {
        let text = text.trim();
        let fields: Fields = serde_json::from_str(text).map_err(|error| syntax(text, &error, wanted))?;
        let names = || fields.0.iter().map(|(name, _)| name);
        match names().enumerate().find(|(place, name)| names().take(*place).any(|before| before == *name)) {
            Some((_, name)) => Err(LineFault::TwoFields(shown(name))),
            None => Ok(fields),
        }
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Refuses every other name than these.
    pub fn only(&self, names: &[&'static str], wanted: &'static str) -> Result<(), LineFault> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                Err(LineFault::NoSuchField { name: shown(name), near: closest(name, names), wanted })
            }
        }
    }

    /// A number.
    pub fn number(&mut self, field: &'static str, wanted: &'static str) -> Result<Option<f64>, LineFault> {
        self.take(field, wanted, Value::as_f64)
    }

    /// A whole number that is not negative.
    pub fn count(&mut self, field: &'static str) -> Result<Option<u64>, LineFault> {
        self.take(field, "a whole number from 0", Value::as_u64)
    }

    /// Such numbers; none where the field is not there.
    pub fn counts(&mut self, field: &'static str) -> Result<Vec<u64>, LineFault> {
        let counts =
            |value: &Value| value.as_array()?.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>();
        Ok(self.take(field, "a list of whole numbers from 0, as in [46, 47]", counts)?.unwrap_or_default())
    }

    /// A text.
    pub fn text(&mut self, field: &'static str) -> Result<Option<String>, LineFault> {
        self.take(field, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// A name, which may be a number.
    pub fn name(&mut self, field: &'static str) -> Result<Option<String>, LineFault> {
        let name = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            _ => value.as_u64().map(|number| number.to_string()),
        };
        self.take(field, "a text in quotes, or a whole number from 0", name)
    }

    /// What `read` makes of a field; nothing where it is not there, or null.
    fn take<T>(
        &mut self,
        field: &'static str,
        wanted: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, LineFault> {
        let Some(place) = self.0.iter().position(|(name, _)| name == field) else { return Ok(None) };
        match self.0.swap_remove(place).1 {
            Value::Null => Ok(None),
            value => match read(&value) {
                Some(read) => Ok(Some(read)),
                None => {
                    let found = shown(&value.to_string());
                    Err(LineFault::Range { field, found, wanted: wanted.to_owned() })
                }
            },
        }
    }
}

/// What is there, or that it is not.
pub fn needed<T>(field: &'static str, found: Option<T>, wanted: &'static str) -> Result<T, LineFault> {
    found.ok_or(LineFault::NoField { field, wanted })
}

/// Where a line ceases to be JSON.
fn syntax(text: &str, error: &serde_json::Error, wanted: &'static str) -> LineFault {
    let rest = text.get(error.column().saturating_sub(1)..).unwrap_or_default();
    match error.classify() {
        Category::Eof => LineFault::CutOff,
        Category::Data => LineFault::NoObject { found: shown(text), wanted },
        _ if error.to_string().starts_with("trailing characters") => LineFault::GoesOn(shown(rest)),
        _ => LineFault::NoJson { rest: shown(rest), wanted },
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Each)
    }
}
