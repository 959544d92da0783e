//! The grammar of `--where`.
//!
//! ```text
//! either     := both { "or" both }
//! both       := single { "and" single }
//! single     := "(" either ")" | field operator value
//! operator   := "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
//! value      := word | 'text' | "text" | none
//! ```

use common::shape::parse_duration;

use super::token::{Operator, Token, tokens};
use super::{Condition, Operand, Subject};
use crate::error::FilterError;
use crate::field::{FIELDS, Field, FieldKind};

/// Brackets within brackets; deeper ones are refused, so that no text can exhaust the stack.
const DEEPEST: usize = 64;

pub(super) fn parse(text: &str) -> Result<Condition, FilterError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, depth: 0 };
    let condition = parser.either()?;
    match parser.tokens {
        [] => Ok(condition),
        _ => Err(parser.missing("`and` or `or`")),
    }
}

/// What other languages write for `and` and `or`.
const SYMBOLS: [&str; 4] = ["&&", "&", "||", "|"];

struct Parser<'t> {
    tokens: &'t [Token],
    depth: usize,
}

impl Parser<'_> {
    fn either(&mut self) -> Result<Condition, FilterError> {
        let mut parts = vec![self.both()?];
        while self.takes_word("or") {
            parts.push(self.both()?);
        }
        Ok(Condition::Any(parts))
    }

    fn both(&mut self) -> Result<Condition, FilterError> {
        let mut parts = vec![self.single()?];
        while self.takes_word("and") {
            parts.push(self.single()?);
        }
        Ok(Condition::All(parts))
    }

    fn single(&mut self) -> Result<Condition, FilterError> {
        if self.tokens.first() != Some(&Token::Open) || self.depth == DEEPEST {
            return self.comparison();
        }
        self.tokens = &self.tokens[1..];
        self.depth += 1;
        let inner = self.either()?;
        self.depth -= 1;
        let [Token::Close, rest @ ..] = self.tokens else { return Err(self.missing("a `)`")) };
        self.tokens = rest;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Condition, FilterError> {
        let [Token::Word(name), rest @ ..] = self.tokens else { return Err(self.missing("a field")) };
        let subject = subject(name)?;
        self.tokens = rest;
        let [Token::Operator(operator), rest @ ..] = self.tokens else {
            return Err(self.missing("an operator"));
        };
        self.tokens = rest;
        let (value, is_quoted) = match self.tokens {
            [Token::Word(value), ..] => (value, false),
            [Token::Quoted(value), ..] => (value, true),
            _ => return Err(self.missing("a value")),
        };
        let operand = operand(name, &subject, *operator, value, is_quoted)?;
        self.tokens = &self.tokens[1..];
        Ok(Condition::Compare(subject, *operator, operand))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let takes = matches!(self.tokens, [Token::Word(found), ..] if found.eq_ignore_ascii_case(word));
        if takes {
            self.tokens = &self.tokens[1..];
        }
        takes
    }

    fn missing(&self, wanted: &'static str) -> FilterError {
        if let Some(Token::Word(word)) = self.tokens.first()
            && SYMBOLS.contains(&word.as_str())
        {
            return FilterError::Symbol(word.clone());
        }
        let at = match self.tokens.first() {
            None => "at the end".to_owned(),
            Some(Token::Word(word) | Token::Quoted(word)) => format!("before `{word}`"),
            Some(Token::Operator(_)) => "before an operator".to_owned(),
            Some(Token::Open) => "before `(`".to_owned(),
            Some(Token::Close) => "before `)`".to_owned(),
        };
        FilterError::Missing { wanted, at }
    }
}

fn subject(name: &str) -> Result<Subject, FilterError> {
    if let Some(id) = name.strip_prefix("id.").filter(|id| !id.is_empty()) {
        return Ok(Subject::Id(id.to_owned()));
    }
    let field = FIELDS.iter().find(|field| field.name == name);
    field.map(|field| Subject::Field(*field)).ok_or_else(|| FilterError::Field { name: name.to_owned() })
}

/// What the field is compared with, if that makes sense.
fn operand(
    name: &str,
    subject: &Subject,
    operator: Operator,
    value: &str,
    is_quoted: bool,
) -> Result<Operand, FilterError> {
    let kind = match subject {
        Subject::Field(Field { kind, .. }) => *kind,
        Subject::Id(_) => FieldKind::Text,
    };
    let is_number = matches!(kind, FieldKind::Number | FieldKind::Time);
    let is_order =
        matches!(operator, Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast);
    let (field, kind_name) = (name.to_owned(), kind.name());
    if is_order && !is_number {
        return Err(FilterError::Order { field, kind: kind_name });
    }
    if operator == Operator::Contains && (is_number || matches!(kind, FieldKind::Flag)) {
        return Err(FilterError::Contains { field, kind: kind_name });
    }
    if value == "none" && !is_quoted && !is_order && operator != Operator::Contains {
        return Ok(Operand::Nothing);
    }
    let refused = |wanted: String| FilterError::Value { field, value: value.to_owned(), wanted };
    match kind {
        FieldKind::Number => {
            let number: Option<f64> = value.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Operand::Number).ok_or_else(|| refused("a number, or none".to_owned()))
        }
        FieldKind::Time => micros(value)
            .map(Operand::Number)
            .ok_or_else(|| refused("microseconds, a time such as 250ms or 2s, or none".to_owned())),
        FieldKind::Text => Ok(Operand::Text(value.to_owned())),
        FieldKind::Flag => match value {
            "true" => Ok(Operand::Flag(true)),
            "false" => Ok(Operand::Flag(false)),
            _ => Err(refused("true or false".to_owned())),
        },
        FieldKind::Word(_) if operator == Operator::Contains => Ok(Operand::Text(value.to_owned())),
        FieldKind::Word(words) => match words().contains(&value) {
            true => Ok(Operand::Text(value.to_owned())),
            false => Err(refused(format!("one of {}, or none", words().join(", ")))),
        },
    }
}

/// A bare number is microseconds, as the log has them.
fn micros(text: &str) -> Option<f64> {
    let number: Result<f64, _> = text.parse();
    match number {
        Ok(number) => Some(number).filter(|number| number.is_finite()),
        Err(_) => parse_duration(text).ok().map(|time| time.as_secs_f64() * 1e6),
    }
}
