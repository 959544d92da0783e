//! Classes of failures by their names.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::failure::FailureClass;

pub(super) fn serialize<S: Serializer>(
    class: &Option<FailureClass>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match class {
        Some(class) => serializer.serialize_str(class.name()),
        None => serializer.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<FailureClass>, D::Error> {
    let Some(name) = Option::<Cow<'de, str>>::deserialize(deserializer)? else { return Ok(None) };
    let class = FailureClass::ALL.into_iter().find(|class| class.name() == name);
    class.map(Some).ok_or_else(|| D::Error::custom(format!("`{name}` is no class of failures")))
}
