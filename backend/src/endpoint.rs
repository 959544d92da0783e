//! The endpoints by which requests are counted.

use axum::http::Method;

/// Where the server shows and resets its own counts.
pub(crate) const SANDBOX_PAGES: &str = "/_sandbox/";

/// An endpoint of the API, with ids folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiEndpoint {
    ListThreads,
    CreateThread,
    RenameThread,
    DeleteThread,
    ListMessages,
    PostMessage,
    ChatStream,
    ChatCompletions,
    Responses,
    Messages,
    Embeddings,
    ListModels,
    GetModel,
    /// An unknown path, or a known one with a method that it does not have.
    Other,
}

impl ApiEndpoint {
    /// Every endpoint; the discriminant is the index.
    pub(crate) const ALL: [Self; 14] = [
        Self::ListThreads,
        Self::CreateThread,
        Self::RenameThread,
        Self::DeleteThread,
        Self::ListMessages,
        Self::PostMessage,
        Self::ChatStream,
        Self::ChatCompletions,
        Self::Responses,
        Self::Messages,
        Self::Embeddings,
        Self::ListModels,
        Self::GetModel,
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
            Self::ChatCompletions => "POST /v1/chat/completions",
            Self::Responses => "POST /v1/responses",
            Self::Messages => "POST /v1/messages",
            Self::Embeddings => "POST /v1/embeddings",
            Self::ListModels => "GET /v1/models",
            Self::GetModel => "GET /v1/models/[id]",
            Self::Other => "OTHER",
        }
    }

    /// The endpoint of a request; `None` for the server's own pages, which are
    /// not counted. It must agree with the routes of the router, where `model` says whether the model's are there.
    pub(crate) fn of(method: &Method, path: &str, model: bool) -> Option<Self> {
        if matches!(path, "/" | "/healthz") || path.starts_with(SANDBOX_PAGES) {
            return None;
        }
        if model && let Some(endpoint) = Self::of_model(method, path) {
            return Some(endpoint);
        }
        let mut parts = path.strip_prefix('/').unwrap_or(path).splitn(4, '/');
        let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
        let is_id = |part: &str| !part.is_empty();
        Some(match (method.as_str(), parts) {
            ("GET", [Some("threads"), None, ..]) => Self::ListThreads,
            ("POST", [Some("threads"), None, ..]) => Self::CreateThread,
            ("PATCH", [Some("threads"), Some(id), None, _]) if is_id(id) => Self::RenameThread,
            ("DELETE", [Some("threads"), Some(id), None, _]) if is_id(id) => Self::DeleteThread,
            ("GET", [Some("threads"), Some(id), Some("messages"), None]) if is_id(id) => Self::ListMessages,
            ("POST", [Some("threads"), Some(id), Some("messages"), None]) if is_id(id) => Self::PostMessage,
            ("POST", [Some("chat"), Some("stream"), None, _]) => Self::ChatStream,
            _ => Self::Other,
        })
    }

    fn of_model(method: &Method, path: &str) -> Option<Self> {
        match (method.as_str(), path.strip_prefix("/v1/")?) {
            ("POST", "chat/completions") => Some(Self::ChatCompletions),
            ("POST", "responses") => Some(Self::Responses),
            ("POST", "messages") => Some(Self::Messages),
            ("POST", "embeddings") => Some(Self::Embeddings),
            ("GET", "models") => Some(Self::ListModels),
            ("GET", path) => path
                .strip_prefix("models/")
                .filter(|name| !name.is_empty() && !name.contains('/'))
                .map(|_| Self::GetModel),
            _ => None,
        }
    }

    /// Its path, the key without the method.
    pub(crate) fn path(self) -> &'static str {
        self.name().split_once(' ').map_or("", |(_, path)| path)
    }

    /// Whether it asks for an answer, which may be a stream, and is recorded request by request.
    pub(crate) fn is_answer(self) -> bool {
        matches!(
            self,
            Self::ChatStream | Self::ChatCompletions | Self::Responses | Self::Messages | Self::Embeddings
        )
    }

    /// Whether faults in the middle of an answer apply.
    pub(crate) fn is_chat(self) -> bool {
        self.is_answer() && self != Self::Embeddings
    }

    /// Whether it is one of the model's.
    pub(crate) fn is_model(self) -> bool {
        matches!(self, Self::ListModels | Self::GetModel) || (self.is_answer() && self != Self::ChatStream)
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
        for (index, endpoint) in ApiEndpoint::ALL.into_iter().enumerate() {
            assert_eq!(endpoint as usize, index);
        }
    }

    #[test]
    fn own_pages_are_not_counted_and_unknown_ones_are_other() {
        let of = |method: Method, path| ApiEndpoint::of(&method, path, false);
        assert_eq!(of(Method::GET, "/healthz"), None);
        assert_eq!(of(Method::GET, "/_sandbox/nothing"), None);
        for other in [
            "/nothing",
            "/threads/",
            "/threads/a",
            "/threads//messages",
            "/threads/a/messages/",
            "threads/a/b/c",
        ] {
            assert_eq!(of(Method::GET, other), Some(ApiEndpoint::Other), "{other}");
        }
        assert_eq!(of(Method::PUT, "/threads"), Some(ApiEndpoint::Other));
        assert_eq!(of(Method::GET, "/threads"), Some(ApiEndpoint::ListThreads));
        assert_eq!(of(Method::PATCH, "/threads/a"), Some(ApiEndpoint::RenameThread));
        assert_eq!(of(Method::GET, "/threads/a/messages"), Some(ApiEndpoint::ListMessages));
        assert_eq!(of(Method::POST, "/chat/stream"), Some(ApiEndpoint::ChatStream));
    }

    #[test]
    fn the_models_are_there_only_where_it_is_served() {
        for (method, path, endpoint) in [
            (Method::POST, "/v1/messages", ApiEndpoint::Messages),
            (Method::GET, "/v1/models", ApiEndpoint::ListModels),
            (Method::GET, "/v1/models/a", ApiEndpoint::GetModel),
            (Method::GET, "/v1/models/", ApiEndpoint::Other),
            (Method::GET, "/v1/responses", ApiEndpoint::Other),
        ] {
            assert_eq!(ApiEndpoint::of(&method, path, true), Some(endpoint), "{path}");
            assert_eq!(ApiEndpoint::of(&method, path, false), Some(ApiEndpoint::Other), "{path}");
        }
    }
}
