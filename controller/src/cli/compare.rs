//! What may be typed after `controller compare`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use report::compare::Premise;

/// The arguments of `controller compare`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompareArgs {
    /// The run to compare with: its folder, its summary.json, or the prefix of its CSV files
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The run to judge
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Exit with 99 when a figure of B is worse by so much or more, beyond chance; with 1 when that
    /// is undetermined
    #[arg(long, value_name = "PERCENT")]
    pub fail_on_regression: Option<Limit>,
    /// Compare although the runs differ in this on purpose: host, shape, length, users, arrivals, classes,
    /// prompts, cache, think, turns, abandon, mock-llm, api, criteria, end
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub allow: Vec<Premise>,
    /// Write the comparison as Markdown; `-` prints it
    #[arg(long, value_name = "FILE|-")]
    pub markdown: Option<PathBuf>,
    /// Write the comparison as JSON; `-` prints it
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
}

/// By how much a figure may be worse: 0.1 for a tenth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limit(pub f64);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        let number: Option<f64> = text.trim_end_matches('%').trim_end().parse().ok();
        match number.filter(|percent| *percent > 0.0 && *percent <= 1000.0) {
            Some(percent) => Ok(Limit(percent / 100.0)),
            None => Err("write a percentage above 0, such as 10%".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_percentage_with_or_without_its_sign() {
        for (text, limit) in [("10%", 0.1), ("10", 0.1), ("2.5 %", 0.025), ("1000%", 10.0)] {
            assert_eq!(text.parse(), Ok(Limit(limit)), "{text}");
        }
        for bad in ["", "%", "0%", "-1%", "1001%", "ten", "NaN", "inf"] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }
}
