//! How a conversation is written where a call sends `${messages}`.

use serde::{Deserialize, Serialize};

use super::{Placeholder, Template};

/// The form of a conversation, and how much of it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The role of questions.
    pub user: String,
    /// The role of answers.
    pub assistant: String,
    /// One message, as JSON with `${role}`, `${content}` and, as its id, `${message}`.
    pub message: Template,
    /// The oldest turns are left out of a longer conversation, bytes.
    pub max_bytes: u32,
}

impl History {
    /// Whether a message can be written so: it holds nothing beside text but a role, a content and an id.
    pub fn is_message(template: &Template) -> bool {
        let fits = |value| matches!(value, Placeholder::Role | Placeholder::Content | Placeholder::Message);
        template.is_made_of(fits)
    }
}

impl Default for History {
    fn default() -> History {
        History {
            user: "user".to_owned(),
            assistant: "assistant".to_owned(),
            message: Template::fixed(r#"{"role":"${role}","content":"${content}"}"#),
            max_bytes: 64 << 10,
        }
    }
}
