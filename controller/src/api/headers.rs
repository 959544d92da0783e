//! Headers of every request. Their values may be secrets: no message shows one.

use common::api::{Api, PROBE_HEADER, Template};
use http::{HeaderName, HeaderValue};

/// What users and HTTP itself write, so that nobody else can.
const OURS: [&str; 12] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    PROBE_HEADER,
];

/// A header that no request can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    #[error("a header is NAME: VALUE, as in 'authorization: Bearer …'; there is no colon in what was given")]
    NoColon,
    #[error("`{0}` is no name of an HTTP header; use letters, digits and dashes")]
    Name(String),
    #[error("the value of `{0}` cannot be sent; write it on one line, in ASCII")]
    Value(String),
    #[error(
        "the value of `{0}` holds `${{`; it begins a column of the users' file, ${{user.COLUMN}}, or what a call captures, and nothing else there"
    )]
    Placeholder(String),
    #[error(
        "no call of the API captures `${{{0}}}`; name a column of the users' file as ${{user.COLUMN}}, or describe the call with --api"
    )]
    Unknown(String),
    #[error("`{0}` is written by the users themselves; leave it out{hint}", hint = hint(.0))]
    Ours(String),
}

fn hint(name: &str) -> &'static str {
    match name.eq_ignore_ascii_case("host") {
        true => ", write the name into --host and where it is into --connect-to",
        false => "",
    }
}

/// Sets a header of the API; an empty value takes it away.
///
/// # Errors
/// HTTP does not allow it, or users write it themselves.
pub fn set(api: &mut Api, name: &str, value: &str) -> Result<(), HeaderFault> {
    let (name, template) = read(api, name, value)?;
    if !template.is_of_session() {
        return Err(HeaderFault::Placeholder(name));
    }
    match value.is_empty() {
        true => api.headers.remove(&name),
        false => api.headers.insert(name, template),
    };
    Ok(())
}

/// A header's name as it is sent, and its value.
///
/// # Errors
/// HTTP does not allow it, or users write it themselves.
pub fn read(api: &Api, name: &str, value: &str) -> Result<(String, Template), HeaderFault> {
    let shown = || name.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(60).collect();
    let parsed = HeaderName::try_from(name).map_err(|_| HeaderFault::Name(shown()))?;
    let name = parsed.as_str();
    if OURS.contains(&name) || name.eq_ignore_ascii_case(&api.user_header) {
        return Err(HeaderFault::Ours(shown()));
    }
    if !value.is_ascii() || HeaderValue::try_from(value).is_err() {
        return Err(HeaderFault::Value(shown()));
    }
    let template = Template::try_from(value.to_owned()).map_err(|_| HeaderFault::Placeholder(shown()))?;
    Ok((name.to_owned(), template))
}

/// Sets the headers of the command line.
///
/// # Errors
/// One of them is not a header.
pub(crate) fn type_in(api: &mut Api, typed: &[String]) -> Result<(), HeaderFault> {
    // An empty variable is as good as none.
    typed.iter().filter(|line| !line.trim().is_empty()).try_for_each(|line| {
        let (name, value) = line.split_once(':').ok_or(HeaderFault::NoColon)?;
        set(api, name.trim(), value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(lines: &[&str]) -> Result<Vec<(String, String)>, HeaderFault> {
        let mut api = Api::default();
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let pairs = |api: Api| api.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        type_in(&mut api, &lines).map(|()| pairs(api))
    }

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(typed(&["Authorization: Bearer a:b "]), Ok(vec![pair("authorization", "Bearer a:b")]));
        assert_eq!(typed(&["x: 1", "X:2"]), Ok(vec![pair("x", "2")]));
        assert_eq!(typed(&["x: 1", "x:", ""]), Ok(Vec::new()));
        let own = "Bearer ${user.token}";
        assert_eq!(typed(&[&format!("authorization: {own}")]), Ok(vec![pair("authorization", own)]));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_its_value() {
        assert_eq!(typed(&["secret"]), Err(HeaderFault::NoColon));
        assert_eq!(typed(&["a b: secret"]), Err(HeaderFault::Name("a b".into())));
        assert_eq!(typed(&["k: sec\u{1}ret"]), Err(HeaderFault::Value("k".into())));
        assert_eq!(typed(&["k: geheimnisvoll ü"]), Err(HeaderFault::Value("k".into())));
        for value in ["se${cret", "${thread}", "${user.}"] {
            assert_eq!(typed(&[&format!("k: {value}")]), Err(HeaderFault::Placeholder("k".into())));
        }
        for ours in ["Host", "content-length", "X-Loadtest-User", "x-loadtest-probe"] {
            assert_eq!(typed(&[&format!("{ours}: x")]), Err(HeaderFault::Ours(ours.into())));
        }
    }
}
