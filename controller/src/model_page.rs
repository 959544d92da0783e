//! `--behind URL`: the model's page of finished requests, read piece by piece, of a server that may be slow, huge or
//! hostile.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use hub::behind::ServedPage;
use reqwest::header::ACCEPT_ENCODING;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// Where it stands, below the URL.
const PAGE: &str = "_sandbox/requests";
/// Most requests of one page.
pub(crate) const PAGE_LINES: u64 = 10_000;
/// Most bytes of a page: a line is some 400.
const LONGEST_PAGE: u64 = 16 * 1024 * 1024;
/// Longest time for a page.
const DEADLINE: Duration = Duration::from_secs(5);

/// Where the model is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Behind(Url);

/// What is no address of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BehindError {
    #[error("--behind: the address is no URL; write the model's own, as in http://127.0.0.1:9000")]
    Url,
    #[error("--behind: the URL holds a name or a password before its `@`, which reports would show")]
    Userinfo,
    #[error("--behind joins what streams show, and nobody asks for one ({0})")]
    NoStreams(&'static str),
    #[error(
        "--behind finds the model's requests again by `traceparent` or by the nonce in front of a question, and neither is \
         sent; leave out --no-traceparent or --cache allow"
    )]
    Nameless,
}

impl FromStr for Behind {
    type Err = BehindError;

    fn from_str(text: &str) -> Result<Behind, BehindError> {
        let mut url = Url::parse(text).map_err(|_| BehindError::Url)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(BehindError::Url);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BehindError::Userinfo);
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Behind(url))
    }
}

impl Behind {
    /// Where its list of requests is.
    fn page(&self) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{PAGE}", self.0.path().trim_end_matches('/')));
        url
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The page, and the connection to it.
#[derive(Debug)]
pub(crate) struct ModelPage {
    client: Client,
    url: Url,
}

impl ModelPage {
    /// Follows no redirect, uses no proxy, and keeps one connection.
    ///
    /// # Errors
    /// The TLS of this machine cannot be set up.
    pub(crate) fn at(behind: &Behind) -> Result<ModelPage, String> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().pool_max_idle_per_host(1);
        Ok(ModelPage { client: client.build().map_err(|error| root(&error))?, url: behind.page() })
    }

    /// Reads the requests with a number above `after`.
    ///
    /// # Errors
    /// The model cannot be reached in time, or its answer is no such page.
    pub(crate) async fn read(&self, after: u64, lines: u64) -> Result<ServedPage, String> {
        match tokio::time::timeout(DEADLINE, self.load(after, lines)).await {
            Ok(page) => ServedPage::read(&page?).map_err(|error| error.to_string()),
            Err(_) => Err(format!("it took longer than {} s", DEADLINE.as_secs())),
        }
    }

    async fn load(&self, after: u64, lines: u64) -> Result<Vec<u8>, String> {
        let mut url = self.url.clone();
        url.set_query(Some(&format!("after={after}&limit={lines}")));
        let request = self.client.get(url).header(ACCEPT_ENCODING, "identity");
        let mut answer = request.send().await.map_err(|error| root(&error))?;
        if !answer.status().is_success() {
            return Err(format!("{} answered {}", self.url.path(), answer.status()));
        }
        let mut page = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| root(&error))? {
            if (page.len() + piece.len()) as u64 > LONGEST_PAGE {
                return Err(format!("its page is longer than {} MiB", LONGEST_PAGE / 1024 / 1024));
            }
            page.extend_from_slice(&piece);
        }
        Ok(page)
    }
}

/// What is at the bottom of an error.
fn root(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_url_without_secrets() {
        for (typed, shown) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
            ("https://model/v1/?key=hunter2#x", "https://model/v1"),
        ] {
            let behind: Behind = typed.parse().unwrap();
            assert_eq!((behind.to_string(), format!("{behind:?}")), (shown.to_owned(), shown.to_owned()));
            assert_eq!(behind.page().as_str(), format!("{shown}/_sandbox/requests"));
        }
        for (bad, error) in [
            ("", BehindError::Url),
            ("127.0.0.1:9000", BehindError::Url),
            ("ftp://model", BehindError::Url),
            ("http://", BehindError::Url),
            ("http://bob:hunter2@model", BehindError::Userinfo),
        ] {
            assert_eq!(bad.parse::<Behind>(), Err(error), "{bad}");
        }
    }
}
