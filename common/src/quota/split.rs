//! How many users each class gets.

use std::cmp::Ordering;

use crate::class::{CLASSES, ClassSet, PerClass};

/// No class ends more than this many users below its exact share, so handing out begins there.
const MOST_BELOW: u64 = 2;

/// Splits `total` in proportion to `weights` by the method of Webster and Sainte-Laguë: one after another, each
/// goes to the class whose `weight / (2 × part + 1)` is greatest; at a tie to the lower index.
///
/// The parts sum to `total`, each is within one of its exact share, and one more never takes any from a class
/// (the method of largest remainders would: with 6 : 2 : 6 the second class has 2 of 10 and 1 of 11), so a ramp
/// upward stops nobody. If all weights are 0, so are all parts.
pub fn proportional(total: u32, weights: &PerClass<u32>) -> PerClass<u32> {
    let sum: u64 = weights.iter().copied().map(u64::from).sum();
    if sum == 0 {
        return [0; CLASSES];
    }
    // u32 × u32 fits u64, and no part exceeds `total`, so the cast back is exact.
    let exact = weights.map(|weight| u64::from(total) * u64::from(weight) / sum);
    let mut parts = exact.map(|share| share.saturating_sub(MOST_BELOW) as u32);
    let left = total - parts.iter().sum::<u32>();
    for _ in 0..left {
        let next = (0..CLASSES).reduce(|best, class| match by_claim(class, best, weights, &parts) {
            Ordering::Greater => class,
            _ => best,
        });
        parts[next.unwrap_or(0)] += 1;
    }
    parts
}

/// Which of two classes has the better claim to one more.
fn by_claim(a: usize, b: usize, weights: &PerClass<u32>, parts: &PerClass<u32>) -> Ordering {
    let over = |part: u32| u128::from(part) * 2 + 1;
    (u128::from(weights[a]) * over(parts[b])).cmp(&(u128::from(weights[b]) * over(parts[a])))
}

/// How many of `users` are of each class: [`proportional`] to the classes' weights.
pub fn class_targets(users: u32, classes: ClassSet) -> PerClass<u32> {
    proportional(users, &classes.weights())
}
