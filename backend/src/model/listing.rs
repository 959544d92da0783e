//! The models, as OpenAI's and Anthropic's clients both read them.

use serde_json::{Value, json};

use super::MODEL;
use super::error::ApiError;
use super::name::ModelName;

/// `GET /v1/models`: the one that is listed.
pub(crate) fn list() -> Value {
    json!({"object": "list", "data": [model(MODEL)], "has_more": false, "first_id": MODEL, "last_id": MODEL})
}

/// `GET /v1/models/NAME`.
///
/// # Errors
/// A name that no request could have.
pub(crate) fn one(name: &str) -> Result<Value, ApiError> {
    Ok(model(&ModelName::read(name)?.full))
}

fn model(name: &str) -> Value {
    json!({
        "id": name, "object": "model", "created": 0, "owned_by": "sandbox",
        "type": "model", "display_name": name, "created_at": "1970-01-01T00:00:00Z",
    })
}
