//! The lines of a trace, whatever its form.

use super::error::LineFault;
use super::form::Form;
use super::{Line, own, public};

/// Reads every line that is not empty.
pub fn read(text: &str, form: Form) -> Result<Vec<Line>, (usize, LineFault)> {
    let read = match form {
        Form::Own => own::line,
        Form::Mooncake => public::mooncake,
        Form::Azure => public::azure,
    };
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    // Its header has been read.
    let lines = lines.skip(usize::from(form == Form::Azure));
    lines.map(|(number, text)| read(number, text).map_err(|fault| (number, fault))).collect()
}
