//! The paired block bootstrap: what chance does to the difference of two averages over time.
//!
//! Second *i* of run A is paired with second *i* of run B, for both have the same users then. Blocks of
//! neighbouring pairs are drawn with replacement, as many as there are seconds, and the difference of
//! the averages is taken of what was drawn; the middle 99 % of four thousand such differences are the
//! interval (Künsch 1989). Blocks keep the memory that seconds have of each other.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

/// Fewest pairs of seconds that allow a statement.
pub(super) const FEWEST: usize = 20;

const DRAWS: usize = 4000;
/// Left out on each side: half a percent of [`DRAWS`].
const TAIL: usize = DRAWS / 200;
/// Any will do; the same one makes the same answer each time.
const SEED: u128 = 0x6c6f_6164;

/// A second of both runs: the sum of the values, and of their weights.
pub(super) type SecondPair = [(f64, f64); 2];

/// The averages of A and B.
pub(super) type Averages = (f64, f64);

/// The ends of an interval.
pub(super) type Block = (f64, f64);

/// The averages of A and B, and the interval of their difference B − A; no interval with fewer than
/// [`FEWEST`] pairs. `None` when a run has no weight at all.
pub(super) fn paired(pairs: &[SecondPair]) -> Option<(Averages, Option<Block>)> {
    let (a, b) = averages(pairs.iter())?;
    if pairs.len() < FEWEST {
        return Some(((a, b), None));
    }
    let block = (pairs.len() as f64).cbrt().round() as usize;
    let mut random = Pcg64Mcg::new(SEED);
    let mut drawn: Vec<&SecondPair> = Vec::with_capacity(pairs.len() + block);
    let mut differences: Vec<f64> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        drawn.clear();
        while drawn.len() < pairs.len() {
            let from = random.random_range(0..pairs.len());
            // Around the end, so that no second is drawn less often than another.
            drawn.extend((from..from + block).map(|place| &pairs[place % pairs.len()]));
        }
        drawn.truncate(pairs.len());
        differences.extend(averages(drawn.iter().copied()).map(|(a, b)| b - a));
    }
    if differences.len() < DRAWS {
        // Some draws had nothing to measure in them: the data are too thin.
        return Some(((a, b), None));
    }
    differences.sort_unstable_by(f64::total_cmp);
    Some(((a, b), Some((differences[TAIL], differences[DRAWS - 1 - TAIL]))))
}

fn averages<'a>(pairs: impl Iterator<Item = &'a SecondPair>) -> Option<(f64, f64)> {
    let mut sums = [(0.0, 0.0); 2];
    for pair in pairs {
        for (sum, (value, weight)) in sums.iter_mut().zip(pair) {
            sum.0 += value;
            sum.1 += weight;
        }
    }
    let [a, b] = sums.map(|(value, weight)| (weight > 0.0).then(|| value / weight));
    a.zip(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_difference_is_known_exactly() {
        let pairs = vec![[(10.0, 1.0), (12.0, 1.0)]; 40];
        assert_eq!(paired(&pairs), Some(((10.0, 12.0), Some((2.0, 2.0)))));
        assert_eq!(paired(&pairs[..5]), Some(((10.0, 12.0), None)), "too few");
        assert_eq!(paired(&[[(1.0, 1.0), (0.0, 0.0)]; 40]), None, "nothing in B");
    }
}
