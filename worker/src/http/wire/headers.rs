//! The headers of an answer while its head lies in the read buffer.

/// Headers in the order they came, at most 100. Looking one up is a walk: an answer has few, and
/// each is asked for once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Headers<'h>(pub(super) &'h [httparse::Header<'h>]);

impl<'h> Headers<'h> {
    /// Headers that did not come from a peer.
    #[cfg(test)]
    pub(crate) fn of(headers: &'h [httparse::Header<'h>]) -> Self {
        Self(headers)
    }

    /// The first value of the header `name`, if it is text.
    pub(crate) fn get(&self, name: &str) -> Option<&'h str> {
        self.all(name).next().and_then(|value| str::from_utf8(value).ok())
    }

    /// Every value of the header `name`.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }

    /// Whether the list `name` holds `token`.
    pub(super) fn lists(&self, name: &str, token: &str) -> bool {
        let mut tokens = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        tokens.any(|found| found.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }
}
