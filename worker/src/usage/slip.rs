//! What is wrong with a command line, in words of our own: whoever typed it does not know the library that read it.

use std::error::Error;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong, in one line without an end.
pub(super) fn message(error: &clap::Error, command: &Command) -> String {
    in_our_words(error, command).unwrap_or_else(|| one_line(&paragraphs(&error.to_string())))
}

fn in_our_words(error: &clap::Error, command: &Command) -> Option<String> {
    let said = |kind| Said(error).first(kind);
    let typed = said(ContextKind::InvalidArg);
    match error.kind() {
        // clap takes any stray word after a flag for a subcommand.
        ErrorKind::InvalidSubcommand | ErrorKind::ArgumentConflict
            if said(ContextKind::InvalidSubcommand)
                .is_some_and(|word| command.find_subcommand(&word).is_none()) =>
        {
            Some(stray(error, command))
        }
        ErrorKind::ArgumentConflict if said(ContextKind::InvalidSubcommand).is_some() => {
            let (name, word) = (command.get_name(), said(ContextKind::InvalidSubcommand)?);
            let flag = said(ContextKind::PriorArg).unwrap_or_else(|| "a flag".to_owned());
            Some(format!(
                "`{flag}` stands before `{word}`; flags of a command stand behind it: {name} {word} …"
            ))
        }
        ErrorKind::UnknownArgument => Some(match typed? {
            flag if flag.starts_with('-') && flag.parse::<f64>().is_err() => {
                format!("there is no flag `{flag}`{}", meant(said(ContextKind::SuggestedArg)))
            }
            word => no_place(&word, command),
        }),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => Some(value(error, &typed?)),
        ErrorKind::TooManyValues => {
            Some(format!("`{}` takes no value; leave `={}` out", typed?, said(ContextKind::InvalidValue)?))
        }
        ErrorKind::ArgumentConflict => Some(match (typed?, said(ContextKind::PriorArg)?) {
            (one, other) if one == other => format!("`{one}` is given twice; leave one out"),
            (one, other) => format!("`{one}` and `{other}` do not go together; leave one out"),
        }),
        ErrorKind::MissingRequiredArgument => {
            let missing = Said(error).all(ContextKind::InvalidArg)?;
            let named: Vec<String> = missing.iter().map(|text| format!("`{text}`")).collect();
            let are = if named.len() == 1 { "is" } else { "are" };
            Some(format!(
                "{} {are} missing; add {}",
                named.join(" and "),
                if named.len() == 1 { "it" } else { "them" }
            ))
        }
        _ => None,
    }
}

/// A word that is neither a flag nor a command.
fn stray(error: &clap::Error, command: &Command) -> String {
    let word = Said(error).first(ContextKind::InvalidSubcommand).unwrap_or_default();
    // Of several that are like it clap names the most alike last.
    let near = Said(error).all(ContextKind::SuggestedSubcommand).and_then(|mut names| names.pop());
    match (error.kind(), near) {
        (ErrorKind::InvalidSubcommand, Some(near)) => {
            format!("there is no command `{word}`; did you mean `{near}`?")
        }
        _ => no_place(&word, command),
    }
}

/// A word where none is wanted; behind a flag whose value stands after `=`, that is said.
fn no_place(word: &str, command: &Command) -> String {
    let typed: Vec<String> = std::env::args().collect();
    let before = typed.iter().rposition(|each| each == word).and_then(|at| typed.get(at.checked_sub(1)?));
    let flag = before.filter(|flag| {
        let is = |arg: &&clap::Arg| arg.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long));
        command.get_arguments().find(is).is_some_and(clap::Arg::is_require_equals_set)
    });
    match flag {
        Some(flag) => format!("`{word}` stands behind `{flag}` without its `=`; write {flag}={word}"),
        None if word.parse::<f64>().is_ok_and(|number| number < 0.0) => {
            format!("`{word}` is no number that is taken here; write one from 0")
        }
        None if command.has_subcommands() => {
            format!("`{word}` is neither a flag nor a command; leave it out")
        }
        None => format!("`{word}` is no flag; leave it out"),
    }
}

/// A value that its flag does not take, or none.
fn value(error: &clap::Error, typed: &str) -> String {
    let Some(found) = Said(error).first(ContextKind::InvalidValue) else {
        return format!("nothing stands behind `{typed}`; write its value there");
    };
    let advice = match (Said(error).all(ContextKind::ValidValue), error.source()) {
        (Some(known), _) => format!("write {}", choice(&known)),
        (None, Some(reason)) => reason_in_our_words(&one_line(&reason.to_string())),
        (None, None) => "write another".to_owned(),
    };
    format!("invalid value '{found}' for '{typed}': {advice}")
}

/// What the readers of numbers and addresses say, as advice.
fn reason_in_our_words(reason: &str) -> String {
    let range = reason.split_once(" is not in ").and_then(|(_, range)| range.split_once(".."));
    if let Some((least, most)) = range {
        return match most.trim_start_matches('=').len() {
            0..=12 => format!("write a whole number from {least} to {}", most.trim_start_matches('=')),
            _ => format!("write a whole number from {least}"),
        };
    }
    match reason {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "write a whole number from 0"
        }
        "number too large to fit in target type" => "write a smaller number",
        "invalid float literal" | "cannot parse float from empty string" => "write a number such as 0.5",
        "invalid socket address syntax" => "write IP:PORT, as in 127.0.0.1:8000; port 0 picks a free one",
        ours => return ours.to_owned(),
    }
    .to_owned()
}

fn meant(near: Option<String>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn choice(known: &[String]) -> String {
    match known.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// What clap knows of an error.
struct Said<'e>(&'e clap::Error);

impl Said<'_> {
    fn all(&self, kind: ContextKind) -> Option<Vec<String>> {
        let texts = match self.0.get(kind)? {
            ContextValue::String(text) => vec![one_line(text)],
            ContextValue::Strings(texts) => texts.iter().map(|text| one_line(text)).collect(),
            _ => return None,
        };
        (!texts.is_empty()).then_some(texts)
    }

    fn first(&self, kind: ContextKind) -> Option<String> {
        self.all(kind)?.into_iter().next().filter(|text| !text.is_empty())
    }
}

/// The part of clap's message that says what is wrong: before the usage, without its label. Its
/// paragraphs are joined by semicolons.
fn paragraphs(message: &str) -> String {
    let relevant = message.split("\n\n").take_while(|part| {
        !part.trim_start().starts_with("Usage:") && !part.trim_start().starts_with("For more information")
    });
    let parts: Vec<&str> = relevant.map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join("; ").trim_start_matches("error: ").to_owned()
}

/// The text without line ends and other control characters.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}
