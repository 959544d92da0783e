//! Which build this program is of.
//!
//! `deploy/release` says so by variables of the compiler. Development builds hold neither commit nor date: a new
//! commit would compile everything again.

use std::sync::LazyLock;

/// The commit that was built, and its date.
const COMMIT: Option<(&str, &str)> = match (option_env!("LOADTEST_COMMIT"), option_env!("LOADTEST_DATE")) {
    (Some(commit), Some(date)) => Some((commit, date)),
    _ => None,
};

/// What `--version` says behind the program's name: version, commit, date, and what it was built for and with.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| told(COMMIT));
    &TEXT
}

fn told(commit: Option<(&str, &str)>) -> String {
    let from = match commit {
        Some((commit, date)) => format!("commit {commit} of {date}"),
        None => "a development build".to_owned(),
    };
    let linked = if cfg!(target_feature = "crt-static") { "statically" } else { "dynamically" };
    let checked = if cfg!(debug_assertions) { ", with debug assertions" } else { "" };
    let parquet = if cfg!(feature = "parquet") { ", logs to Parquet" } else { "" };
    format!(
        "{}\n{from}\n{}-{}, {linked} linked{checked}; TLS by rustls and ring, logs compressed by zstd{parquet}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        std::env::consts::OS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_names_its_commit_and_a_development_build_says_that_it_is_one() {
        let release = told(Some(("1a2b3c4", "2026-11-29")));
        assert_eq!(release.lines().nth(1), Some("commit 1a2b3c4 of 2026-11-29"));
        let lines: Vec<String> = told(None).lines().map(str::to_owned).collect();
        assert_eq!(lines[..2], [env!("CARGO_PKG_VERSION"), "a development build"]);
        assert!(lines[2].contains(std::env::consts::ARCH) && lines[2].contains("linked"), "{lines:?}");
    }
}
