//! Independent random numbers, each a pure function of (seed, purpose, index).

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a number is drawn for; each purpose has a sequence of its own, so that
/// switching a fault on does not change any stream's plan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SeedPurpose {
    /// The fault of a request.
    Fault = 1,
    /// First-token delay and length of one answer.
    Plan = 2,
    /// Time to open one connection.
    Connect = 3,
}

/// Golden-ratio increment of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The `index`-th number of `purpose` under `seed`.
pub(crate) fn derive(seed: u64, purpose: SeedPurpose, index: u64) -> u64 {
    let key = mix(seed.wrapping_add(GOLDEN.wrapping_mul(purpose as u64)));
    mix(key.wrapping_add(GOLDEN.wrapping_mul(index.wrapping_add(1))))
}

/// The same number as a fraction in `[0, 1)`, with 53 random bits.
pub(crate) fn fraction(seed: u64, purpose: SeedPurpose, index: u64) -> f64 {
    (derive(seed, purpose, index) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Factor between the median of a log-normal distribution and a value drawn from it.
pub(crate) fn log_normal_factor(sigma: f64, random: &mut impl Rng) -> f64 {
    let z: f64 = StandardNormal.sample(random);
    (sigma * z).exp()
}

/// Finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which each
/// input bit flips each output bit with probability near one half.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_arguments_give_the_same_number_and_any_other_gives_another() {
        let one = derive(7, SeedPurpose::Plan, 3);
        assert_eq!(one, derive(7, SeedPurpose::Plan, 3));
        assert_ne!(one, derive(8, SeedPurpose::Plan, 3));
        assert_ne!(one, derive(7, SeedPurpose::Plan, 4));
        assert_ne!(one, derive(7, SeedPurpose::Fault, 3));
    }

    #[test]
    fn fractions_fill_ten_equal_cells_evenly() {
        let mut cells = [0_u32; 10];
        for index in 0..100_000 {
            cells[(fraction(1, SeedPurpose::Fault, index) * 10.0) as usize] += 1;
        }
        // Binomial(100000, 0.1) has sigma 95; six of them on either side.
        assert!(cells.iter().all(|&n| (9_430..=10_570).contains(&n)), "{cells:?}");
    }
}
