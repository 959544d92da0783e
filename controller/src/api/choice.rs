//! What `--api` and `--header` ask for.

use std::path::Path;

use common::api::{Api, Operation};
use common::named_file;
use common::shape::{Location, closest};

use super::headers::{self, HeaderFault};
use super::source::{ApiFault, ApiText};
use super::values;
use crate::values_file::ValuesFault;

/// An API that comes with the program: what differs from the default one.
#[derive(Debug)]
pub struct Preset {
    /// What `--api` calls it.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

/// Every preset.
pub const PRESETS: [Preset; 14] = [
    Preset { name: "default", text: include_str!("presets/default.toml") },
    Preset { name: "openai", text: include_str!("presets/openai.toml") },
    Preset { name: "openai-responses", text: include_str!("presets/openai-responses.toml") },
    Preset { name: "anthropic", text: include_str!("presets/anthropic.toml") },
    Preset { name: "gemini", text: include_str!("presets/gemini.toml") },
    Preset { name: "ollama", text: include_str!("presets/ollama.toml") },
    Preset { name: "llama.cpp", text: include_str!("presets/llama.cpp.toml") },
    Preset { name: "tgi", text: include_str!("presets/tgi.toml") },
    Preset { name: "ai-sdk", text: include_str!("presets/ai-sdk.toml") },
    Preset { name: "ai-sdk-v4", text: include_str!("presets/ai-sdk-v4.toml") },
    Preset { name: "ag-ui", text: include_str!("presets/ag-ui.toml") },
    Preset { name: "langgraph", text: include_str!("presets/langgraph.toml") },
    Preset { name: "open-webui", text: include_str!("presets/open-webui.toml") },
    Preset { name: "events", text: include_str!("presets/events.toml") },
];

/// Flags that name no API that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ApiChoice {
    /// No preset and no file is called that.
    #[error("--api {name}: there is no such preset or file{}; use {}, or a TOML file", hint(.name), names().join(", "))]
    Unknown {
        /// What was typed.
        name: String,
    },
    /// The file cannot be read.
    #[error("--api {path}: {source}; name a readable TOML file")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that describes no API.
    #[error("--api {at}: {fault}")]
    File {
        /// Where in it.
        at: Location,
        /// What is wrong.
        fault: ApiFault,
    },
    /// A file of values that the API file names.
    #[error("--api {at}: {fault}")]
    Values {
        /// Where in it.
        at: Location,
        /// What is wrong.
        fault: ValuesFault,
    },
    /// A header that no request can have.
    #[error("--header (LOADTEST_HEADERS): {0}")]
    Header(#[from] HeaderFault),
}

fn hint(name: &str) -> String {
    closest(name, &names()).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

fn names() -> Vec<&'static str> {
    PRESETS.iter().map(|preset| preset.name).collect()
}

/// The preset of this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The API that `--api` names, or the default one, with the headers of `--header`.
///
/// # Errors
/// No preset or file has that name, the file is wrong, or a header is.
pub fn choose(name: Option<&str>, typed: &[String]) -> Result<Api, ApiChoice> {
    let mut api = match name {
        None => Api::default(),
        Some(name) => named(name)?,
    };
    headers::type_in(&mut api, typed)?;
    match api.unknown() {
        Some(name) => Err(HeaderFault::Unknown(name).into()),
        None => Ok(api),
    }
}

/// The API that the text of an API file describes. `file` is how errors call it, and its stem the API's name
/// unless the text gives another.
///
/// # Errors
/// The first fault, with its line.
pub fn from_text(text: &str, file: &str) -> Result<Api, ApiChoice> {
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    ApiText { text, file }.api(&stem)
}

fn named(name: &str) -> Result<Api, ApiChoice> {
    if let Some(preset) = preset(name) {
        return ApiText { text: preset.text, file: name }.api(name);
    }
    if !Path::new(name).exists() && !name.contains(['/', '.']) {
        return Err(ApiChoice::Unknown { name: name.to_owned() });
    }
    let text = named_file::text(Path::new(name), named_file::BY_HAND)
        .map_err(|source| ApiChoice::Unreadable { path: name.to_owned(), source })?;
    let text = values::written_out(&text, name)?;
    from_text(&text, name)
}

impl Preset {
    /// What it is for: the first line of its file.
    pub fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

/// The whole of an API as a file that reads back as it.
pub fn spelled_out(api: &Api) -> String {
    let mut table: toml::Table = api.to_toml().parse().unwrap_or_default();
    for key in Operation::BUILT_IN.map(Operation::key).into_iter().chain(["probe"]) {
        // What a file does not say comes from the default, so that no body must be said too.
        if let Some(toml::Value::Table(call)) = table.get_mut(key) {
            call.entry("body").or_insert_with(|| toml::Value::String(String::new()));
        }
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_preset_spells_the_default_out() {
        assert_eq!(choose(Some("default"), &[]).unwrap(), Api::default());
    }

    #[test]
    fn every_preset_can_be_used_and_reads_back() {
        for preset in &PRESETS {
            let api = choose(Some(preset.name), &[]).unwrap();
            assert_eq!(api.name, preset.name);
            assert!(preset.title().len() > 20, "{}", preset.title());
            let text = spelled_out(&api);
            assert_eq!(ApiText { text: &text, file: "x" }.api("x").unwrap(), api, "{text}");
            assert_eq!(Api::from_toml(&api.to_toml()).unwrap(), api);
        }
    }

    #[test]
    fn a_slip_is_answered_with_what_was_meant() {
        let message = choose(Some("open-ai"), &[]).unwrap_err().to_string();
        assert!(message.contains("did you mean `openai`?"), "{message}");
        let message = choose(Some("no/such.toml"), &[]).unwrap_err().to_string();
        assert!(message.starts_with("--api no/such.toml: "), "{message}");
    }
}
