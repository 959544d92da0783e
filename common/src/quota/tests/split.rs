use proptest::prelude::*;

use crate::class::{ClassSet, PerClass, UserClass};
use crate::quota::{class_targets, largest_remainder};

#[test]
fn users_split_over_the_classes_by_weight() {
    let all = ClassSet::ALL;
    let crud = ClassSet::only(UserClass::Crud);
    let two: ClassSet = "crud,stream".parse().unwrap();
    let table: [(u32, ClassSet, PerClass<u32>, &str); 10] = [
        (0, all, [0, 0, 0], "nobody is nobody"),
        (1, all, [1, 0, 0], "the first user is of the heaviest class"),
        (2, all, [1, 0, 1], "1, 1/3 and 2/3: the remainder of mixed is larger"),
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
    assert_eq!(largest_remainder(7, &[0, 0, 0]), [0, 0, 0]);
}

proptest! {
    #[test]
    fn parts_sum_to_the_total_and_are_within_one_of_the_exact_share(
        total in any::<u32>(),
        weights in prop::array::uniform3(any::<u32>()),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let parts = largest_remainder(total, &weights);
        prop_assert_eq!(parts.iter().copied().map(u64::from).sum::<u64>(), u64::from(total));
        let sum: u128 = weights.iter().copied().map(u128::from).sum();
        for (part, weight) in parts.into_iter().zip(weights) {
            let exact = u128::from(total) * u128::from(weight);
            prop_assert!((u128::from(part) * sum).abs_diff(exact) < sum);
        }
    }

    #[test]
    fn one_user_more_takes_no_user_from_any_class(users in 0u32..100_000) {
        let (before, after) = (class_targets(users, ClassSet::ALL), class_targets(users + 1, ClassSet::ALL));
        prop_assert!(before.iter().zip(after).all(|(before, after)| *before <= after));
    }
}
