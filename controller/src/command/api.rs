//! `controller api`: the APIs that come along, and what a file makes of them.

use super::manual::print;
use super::{Exit, complain};
use crate::api::{PRESETS, Preset, choose, preset, spelled_out};
use common::text::wrap::wrapped;

/// Lists the presets; or prints one; or checks a file and prints the whole of what it describes.
pub(crate) fn api(name: Option<&str>) -> Exit {
    let Some(name) = name else {
        let name = PRESETS.iter().map(|preset| preset.name.len()).max().unwrap_or_default() + 1;
        let below = " ".repeat(name);
        let row = |preset: &Preset| wrapped(preset.title(), &format!("{:name$}", preset.name), &below);
        return print(PRESETS.iter().map(row).collect::<String>().as_bytes());
    };
    if let Some(preset) = preset(name) {
        return print(preset.text.as_bytes());
    }
    match choose(Some(name), &[]) {
        Ok(api) => print(spelled_out(&api).as_bytes()),
        Err(error) => complain(Exit::Usage, &error),
    }
}
