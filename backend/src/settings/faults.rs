//! The shares of all faults together.

use super::SettingsError;
use crate::fault::{FaultKind, FaultShare};

/// Refuses a kind that is given twice, and shares of one kind of endpoint that exceed 1 together.
pub(super) fn check(shares: &[FaultShare]) -> Result<(), SettingsError> {
    for (index, one) in shares.iter().enumerate() {
        if shares[..index].iter().any(|other| other.fault == one.fault) {
            return Err(SettingsError::FaultTwice { fault: one.fault });
        }
    }
    check_sum(shares, |_| true, "POST /chat/stream")?;
    check_sum(shares, |kind| !kind.in_stream(), "every endpoint")
}

fn check_sum(
    shares: &[FaultShare],
    applies: impl Fn(FaultKind) -> bool,
    endpoints: &'static str,
) -> Result<(), SettingsError> {
    let sum: f64 = shares.iter().filter(|one| applies(one.fault)).map(|one| one.share).sum();
    // Ten shares of a tenth each add up to slightly more or less than 1.
    if sum > 1.0 + 1e-9 {
        return Err(SettingsError::FaultShares { endpoints, sum });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(texts: &[&str]) -> Vec<FaultShare> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn too_much_and_twice_are_refused() {
        let sum = check(&shares(&["cut=0.6", "html=0.6"])).unwrap_err();
        assert!(matches!(sum, SettingsError::FaultShares { endpoints: "POST /chat/stream", .. }));
        let twice = check(&shares(&["cut=0.1", "cut=0.2"])).unwrap_err();
        assert_eq!(twice, SettingsError::FaultTwice { fault: FaultKind::Cut });
        assert_eq!(check(&shares(&["cut=0.5", "html=0.5"])), Ok(()));
    }
}
