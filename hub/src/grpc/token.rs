//! What proves that a worker belongs to this controller.

use std::fmt;

use subtle::ConstantTimeEq;
use tonic::metadata::MetadataMap;

/// The shared secret. It is never printed, not even by `{:?}`.
#[derive(Clone)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A token; `None` for the empty text, which protects nothing, and for what no header can carry.
    pub fn new(text: &str) -> Option<Token> {
        worker::cli::token(text).map(Token)
    }

    /// The text, for a worker of this process.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a request carries it. Takes the same time wherever a wrong token differs.
    pub fn matches(&self, metadata: &MetadataMap) -> bool {
        self.admits(metadata.get("authorization").and_then(|value| value.to_str().ok()))
    }

    /// Whether the header `authorization` carries it: `Bearer` and the token.
    pub fn admits(&self, authorization: Option<&str>) -> bool {
        let given = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        given.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_matches_and_none_is_printed() {
        let token = Token::new(" secret\n").unwrap();
        let with = |value: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("authorization", value.parse().unwrap());
            metadata
        };
        assert!(token.matches(&with("Bearer secret")));
        for wrong in ["Bearer secre", "Bearer secrets", "bearer secret", "secret", "Bearer "] {
            assert!(!token.matches(&with(wrong)), "{wrong}");
        }
        assert!(!token.matches(&MetadataMap::new()));
        for none in ["", "  ", "two\nlines", "größe", "\u{7}"] {
            assert!(Token::new(none).is_none(), "{none:?}");
        }
        assert!(!format!("{token:?}").contains("secret"));
    }
}
