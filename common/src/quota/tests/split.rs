use proptest::prelude::*;

use crate::class::{ClassSet, PerClass, UserClass};
use crate::quota::{class_targets, proportional};

#[test]
fn users_split_over_the_classes_by_weight() {
    let all = ClassSet::ALL;
    let crud = ClassSet::only(UserClass::Crud);
    let two: ClassSet = "crud,stream".parse().unwrap();
    let table: [(u32, ClassSet, PerClass<u32>, &str); 10] = [
        (0, all, [0, 0, 0], "nobody is nobody"),
        (1, all, [1, 0, 0], "the first user is of the heaviest class"),
        (2, all, [1, 0, 1], "the second of the next heaviest"),
        (3, all, [2, 0, 1], "1.5, 0.5 and 1: at a tie the lower index wins"),
        (6, all, [3, 1, 2], "6 is the sum of the weights"),
        (10, all, [5, 2, 3], "5, 1 2/3 and 3 1/3"),
        (100, all, [50, 17, 33], "50, 16 2/3 and 33 1/3"),
        (500, crud, [500, 0, 0], "one class alone takes all"),
        (10, two, [8, 2, 0], "7.5 and 2.5: tied, so crud"),
        (u32::MAX, all, [2_147_483_648, 715_827_882, 1_431_655_765], "no overflow at the top"),
    ];
    for (users, classes, expected, sentence) in table {
        assert_eq!(class_targets(users, classes), expected, "{users}: {sentence}");
    }
}

#[test]
fn without_weights_nobody_gets_anything() {
    assert_eq!(proportional(7, &[0, 0, 0]), [0, 0, 0]);
}

/// Hamilton's method: what is left after rounding down goes to the largest remainders.
fn largest_remainders(total: u32, weights: &PerClass<u32>) -> PerClass<u32> {
    let sum: u32 = weights.iter().sum();
    let mut parts = weights.map(|weight| total * weight / sum);
    let mut order = [0, 1, 2];
    order.sort_by_key(|class: &usize| std::cmp::Reverse(total * weights[*class] % sum));
    for class in order.into_iter().take((total - parts.iter().sum::<u32>()) as usize) {
        parts[class] += 1;
    }
    parts
}

#[test]
fn with_the_usual_weights_both_methods_agree() {
    for classes in
        ["crud", "stream", "mixed", "crud,stream", "crud,mixed", "stream,mixed", "crud,stream,mixed"]
    {
        let classes: ClassSet = classes.parse().unwrap();
        for users in 0..5_000 {
            let expected = largest_remainders(users, &classes.weights());
            assert_eq!(class_targets(users, classes), expected, "{users} of {classes}");
        }
    }
}

#[test]
fn one_more_takes_none_where_largest_remainders_would() {
    let weights = [6, 2, 6];
    assert_eq!([10, 11].map(|total| largest_remainders(total, &weights)[1]), [2, 1]);
    assert_eq!([10, 11].map(|total| proportional(total, &weights)[1]), [1, 2]);
}

/// One after another, from nobody on.
fn one_by_one(total: u32, weights: &PerClass<u32>) -> PerClass<u32> {
    let mut parts = [0; 3];
    for _ in 0..total {
        let claim = |class: usize| f64::from(weights[class]) / f64::from(2 * parts[class] + 1);
        // Weights up to 1,000 and parts up to some thousand: quotients that differ, differ by far more than
        // a rounding, and equal ones are equal in floating point, too.
        let best = (1..3).fold(0, |best, class| if claim(class) > claim(best) { class } else { best });
        parts[best] += 1;
    }
    parts
}

fn some_weights() -> impl Strategy<Value = PerClass<u32>> {
    let one = || prop_oneof![Just(0), 1..=10u32, 1..=1000u32];
    [one(), one(), one()].prop_filter("somebody", |weights| weights.iter().any(|weight| *weight > 0))
}

proptest! {
    #[test]
    fn parts_sum_to_the_total_and_are_within_one_of_the_exact_share(
        total in any::<u32>(),
        weights in prop::array::uniform3(any::<u32>()),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let parts = proportional(total, &weights);
        prop_assert_eq!(parts.iter().copied().map(u64::from).sum::<u64>(), u64::from(total));
        let sum: u128 = weights.iter().copied().map(u128::from).sum();
        for (part, weight) in parts.into_iter().zip(weights) {
            let exact = u128::from(total) * u128::from(weight);
            prop_assert!((u128::from(part) * sum).abs_diff(exact) < sum);
        }
    }

    #[test]
    fn handing_out_may_begin_near_the_exact_share(total in 0u32..3_000, weights in some_weights()) {
        prop_assert_eq!(proportional(total, &weights), one_by_one(total, &weights));
    }

    #[test]
    fn one_user_more_takes_no_user_from_any_class(users in 0u32..1_000_000, weights in some_weights()) {
        let (before, after) = (proportional(users, &weights), proportional(users + 1, &weights));
        prop_assert!(before.iter().zip(after).all(|(before, after)| *before <= after));
    }
}
