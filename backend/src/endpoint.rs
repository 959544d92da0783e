//! The endpoints by which requests are counted.

use axum::http::Method;

/// An endpoint of the API, with ids folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    ListThreads,
    CreateThread,
    RenameThread,
    DeleteThread,
    ListMessages,
    PostMessage,
    ChatStream,
    /// An unknown path, or a known one with a method that it does not have.
    Other,
}

impl Endpoint {
    /// Every endpoint; the discriminant is the index.
    pub(crate) const ALL: [Self; 8] = [
        Self::ListThreads,
        Self::CreateThread,
        Self::RenameThread,
        Self::DeleteThread,
        Self::ListMessages,
        Self::PostMessage,
        Self::ChatStream,
        Self::Other,
    ];

    /// Key in the counts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ListThreads => "GET /threads",
            Self::CreateThread => "POST /threads",
            Self::RenameThread => "PATCH /threads/[id]",
            Self::DeleteThread => "DELETE /threads/[id]",
            Self::ListMessages => "GET /threads/[id]/messages",
            Self::PostMessage => "POST /threads/[id]/messages",
            Self::ChatStream => "POST /chat/stream",
            Self::Other => "OTHER",
        }
    }

    /// The endpoint of a request whose path is `path` and matched the route
    /// `matched`; `None` for the server's own pages, which are not counted.
    pub(crate) fn of(method: &Method, matched: Option<&str>, path: &str) -> Option<Self> {
        if matches!(path, "/" | "/healthz") || path.starts_with("/_sandbox/") {
            return None;
        }
        Some(match (method.as_str(), matched) {
            ("GET", Some("/threads")) => Self::ListThreads,
            ("POST", Some("/threads")) => Self::CreateThread,
            ("PATCH", Some("/threads/{id}")) => Self::RenameThread,
            ("DELETE", Some("/threads/{id}")) => Self::DeleteThread,
            ("GET", Some("/threads/{id}/messages")) => Self::ListMessages,
            ("POST", Some("/threads/{id}/messages")) => Self::PostMessage,
            ("POST", Some("/chat/stream")) => Self::ChatStream,
            _ => Self::Other,
        })
    }

    /// Whether faults apply: to every endpoint of the API, not to unknown paths.
    pub(crate) fn is_api(self) -> bool {
        self != Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_each_endpoint_is_its_place_in_the_list() {
        for (index, endpoint) in Endpoint::ALL.into_iter().enumerate() {
            assert_eq!(endpoint as usize, index);
        }
    }

    #[test]
    fn own_pages_are_not_counted_and_unknown_ones_are_other() {
        let of = |method: Method, matched, path| Endpoint::of(&method, matched, path);
        assert_eq!(of(Method::GET, Some("/healthz"), "/healthz"), None);
        assert_eq!(of(Method::GET, None, "/_sandbox/nothing"), None);
        assert_eq!(of(Method::GET, None, "/nothing"), Some(Endpoint::Other));
        assert_eq!(of(Method::PUT, Some("/threads"), "/threads"), Some(Endpoint::Other));
        assert_eq!(of(Method::PATCH, Some("/threads/{id}"), "/threads/a"), Some(Endpoint::RenameThread));
    }
}
