//! The random stream that decides what a user does.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use common::class::UserKey;
use common::distribution::{Distribution, Quantity};
use common::mix::mix;

/// Random numbers that depend on the run's seed and the user alone. The same seed must give the same numbers in
/// every release, so how they are drawn is written here and not left to a library.
#[derive(Debug)]
pub(super) struct UserRng(Pcg64Mcg);

impl UserRng {
    pub(super) fn new(seed: u64, (class, index): UserKey) -> UserRng {
        let user = (class.index() as u64) << 32 | u64::from(index);
        let high = mix(mix(seed) ^ user);
        let low = mix(high ^ seed);
        UserRng(Pcg64Mcg::from_seed((u128::from(high) << 64 | u128::from(low)).to_le_bytes()))
    }

    /// A stream of its own for each number.
    pub(super) fn of(number: u64) -> UserRng {
        let (high, low) = (mix(number), mix(mix(number)));
        UserRng(Pcg64Mcg::from_seed((u128::from(high) << 64 | u128::from(low)).to_le_bytes()))
    }

    /// One value of a distribution; one draw.
    #[inline]
    pub(super) fn sample<T: Quantity>(&mut self, distribution: &Distribution<T>) -> T {
        distribution.sample(self.draw())
    }

    /// 64 random bits; one draw.
    pub(super) fn draw(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 up to, not including, `n`; one draw. The share of a number is off by less
    /// than `n` / 2^64.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(n);
        (wide >> 64) as u64
    }

    /// One of `choices`, which must not be empty; one draw.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        *self.pick_of(choices)
    }

    /// The same of what is not copied.
    pub(super) fn pick_of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::class::UserClass;
    use std::collections::BTreeSet;

    fn draws(seed: u64, key: UserKey) -> Vec<u64> {
        let mut rng = UserRng::new(seed, key);
        (0..4).map(|_| rng.below(u64::MAX)).collect()
    }

    #[test]
    fn a_seed_means_the_same_in_every_release() {
        let expected: [u64; 4] = [
            7_525_194_646_605_998_952,
            13_162_618_806_976_561_600,
            7_886_730_637_033_091_801,
            12_452_523_620_141_086_292,
        ];
        assert_eq!(draws(1, (UserClass::Mixed, 7)), expected);
    }

    #[test]
    fn every_user_of_every_run_has_its_own_stream() {
        let keys = UserClass::ALL.iter().flat_map(|class| (0..100).map(move |index| (*class, index)));
        let streams: BTreeSet<_> = keys.flat_map(|key| [draws(0, key), draws(1, key)]).collect();
        assert_eq!(streams.len(), 600);
    }
}
