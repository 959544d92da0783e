//! An expression of `--where` in its words.

use crate::error::FilterError;

/// One word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a value.
    Word(String),
    /// A value in quotes: never `and`, `or` or `none`.
    Quoted(String),
    Operator(Operator),
    Open,
    Close,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
}

/// Divides a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '\'' | '"' => quoted(rest, first)?,
            '=' | '!' | '<' | '>' | '~' => operator(rest).ok_or(FilterError::Sign(first))?,
            _ => {
                let is_end = |c: char| c.is_whitespace() || "()'\"=!<>~".contains(c);
                let length = rest.find(is_end).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), FilterError> {
    match rest[1..].find(quote) {
        Some(length) => Ok((Token::Quoted(rest[1..=length].to_owned()), length + 2)),
        None => Err(FilterError::Quote(rest.chars().take(20).collect())),
    }
}

fn operator(rest: &str) -> Option<(Token, usize)> {
    let signs = [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("~", Operator::Contains),
    ];
    let (sign, operator) = signs.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    Some((Token::Operator(operator), sign.len()))
}
