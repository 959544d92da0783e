//! How many users each class gets.

use crate::class::{CLASSES, ClassSet, PerClass};

/// Splits `total` in proportion to `weights` by Hamilton's method of largest remainders.
///
/// Each part is its exact share `total × weight / Σ weights` rounded down, plus one for as many of
/// the largest remainders as it takes for the parts to sum to `total`; of equal remainders the
/// lower index wins. The sum is exact. With all weights 0 there is nobody to give to: all parts
/// are 0.
pub fn largest_remainder(total: u32, weights: &PerClass<u32>) -> PerClass<u32> {
    let sum: u64 = weights.iter().copied().map(u64::from).sum();
    if sum == 0 {
        return [0; CLASSES];
    }
    // u32 × u32 fits u64, and no part exceeds `total`, so the casts back are exact.
    let exact = weights.map(|weight| u64::from(total) * u64::from(weight));
    let mut parts = exact.map(|share| (share / sum) as u32);
    let left = total - parts.iter().sum::<u32>();
    let mut order: PerClass<usize> = std::array::from_fn(|class| class);
    order.sort_by_key(|&class| std::cmp::Reverse(exact[class] % sum)); // stable: ties keep order
    for &class in order.iter().take(left as usize) {
        parts[class] += 1;
    }
    parts
}

/// How many of `users` are of each class: the classes' weights, by [`largest_remainder`].
pub fn class_targets(users: u32, classes: ClassSet) -> PerClass<u32> {
    largest_remainder(users, &classes.weights())
}
