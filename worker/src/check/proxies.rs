//! Proxies that the environment names: the load goes around them.

use super::Finding;

/// Variables by which other programs find a proxy.
const NAMES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Those that are set, by name: what they hold may be a password.
pub(super) fn named(get: impl Fn(&str) -> Option<String>) -> Vec<&'static str> {
    NAMES.into_iter().filter(|name| get(name).is_some_and(|value| !value.trim().is_empty())).collect()
}

/// What they mean where what is asked for was `reached`, or not, or nothing was asked for.
pub(super) fn proxies(named: &[&str], reached: Option<bool>) -> Finding {
    if named.is_empty() {
        return Finding::fine("proxies", "none in the environment");
    }
    let (names, set) = (named.join(", "), if named.len() == 1 { "is set" } else { "are set" });
    let advice = "measure from where the service answers without a proxy, or name the proxy itself as the host if \
                  it is what you test";
    match reached {
        Some(true) => Finding::fine("proxies", format!("{names} {set} and not used: it answers without")),
        Some(false) => Finding::change(
            "proxies",
            format!("{names} {set} and not used, and without it nothing answers"),
            advice,
        ),
        None => Finding::change("proxies", format!("{names} {set} and not used by any load"), advice),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_proxy_matters_where_nothing_answers_without_it() {
        assert_eq!(proxies(&[], None).verdict, Verdict::Fine);
        let table = [(Some(true), Verdict::Fine), (Some(false), Verdict::Change), (None, Verdict::Change)];
        for (reached, verdict) in table {
            let found = proxies(&["HTTP_PROXY"], reached);
            assert_eq!(
                (found.verdict, found.here.starts_with("HTTP_PROXY is set and not used")),
                (verdict, true)
            );
        }
        assert!(
            proxies(&["http_proxy", "ALL_PROXY"], None).here.starts_with("http_proxy, ALL_PROXY are set")
        );
    }

    #[test]
    fn variables_are_named_and_what_they_hold_is_not() {
        let get = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://me:secret@p".to_owned()),
            "http_proxy" => Some(" ".to_owned()),
            _ => None,
        };
        assert_eq!(named(get), ["HTTPS_PROXY"]);
    }
}
