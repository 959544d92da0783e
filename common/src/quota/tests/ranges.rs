use proptest::prelude::*;

use crate::class::UserClass;
use crate::quota::{RangeError, ScheduledUser, UserRange, compress, expand};

fn user(index: u32, start_at_us: u64, stop_at_us: Option<u64>) -> ScheduledUser {
    ScheduledUser { class: UserClass::Crud, index, start_at_us, stop_at_us }
}

/// Two users, 3 and 5, starting at 10 µs and 20 µs.
fn range() -> UserRange {
    UserRange {
        class: UserClass::Crud,
        first: 3,
        stride: 2,
        count: 2,
        start_at_us: 10,
        start_step_us: 10,
        stop_at_us: None,
        stop_step_us: 0,
    }
}

#[test]
fn every_other_user_of_a_smooth_ramp_up_and_down_is_one_range() {
    let users: Vec<ScheduledUser> = (0..1_000u32)
        .map(|k| user(1 + 2 * k, 20_000 * u64::from(k), Some(90_000_000 - 20_000 * u64::from(k))))
        .collect();
    let ranges = compress(&users);
    let expected = UserRange {
        first: 1,
        stride: 2,
        count: 1_000,
        start_at_us: 0,
        start_step_us: 20_000,
        stop_at_us: Some(90_000_000),
        stop_step_us: -20_000,
        ..range()
    };
    assert_eq!(ranges, [expected]);
    assert_eq!(expand(&ranges, 1_000).unwrap(), users);
}

#[test]
fn a_mix_of_classes_repeats_every_third_user() {
    // Of users 0, 1, 2, … those at places 0, 2 and 5 of every 6 are of class crud.
    let starts = (0..1_200u64).filter(|user| matches!(user % 6, 0 | 2 | 5)).map(|user| user * 10_000);
    let users: Vec<ScheduledUser> =
        (0..).zip(starts).map(|(index, start)| user(index, start, None)).collect();
    let ranges = compress(&users);
    assert_eq!(
        ranges.iter().map(|range| (range.first, range.stride, range.count)).collect::<Vec<_>>(),
        [(0, 3, 200), (1, 3, 200), (2, 3, 200),]
    );
    assert_eq!(expand(&ranges, 600).unwrap(), users);
}

#[test]
fn a_user_alone_is_a_range_of_one() {
    let ranges = compress(&[user(7, 5, Some(9))]);
    let alone = UserRange { first: 7, stride: 0, count: 1, start_at_us: 5, start_step_us: 0, ..range() };
    assert_eq!(ranges, [UserRange { stop_at_us: Some(9), ..alone }]);
}

#[test]
fn hostile_ranges_are_refused() {
    let class = UserClass::Crud;
    let table = [
        (vec![UserRange { count: 0, ..range() }], RangeError::Empty { class, first: 3 }, "a range of nobody"),
        (
            vec![UserRange { count: u32::MAX, ..range() }; 3],
            RangeError::TooMany { users: 3 * u64::from(u32::MAX), limit: 100 },
            "more than allowed, refused before anything is built",
        ),
        (
            vec![UserRange { stride: u32::MAX, ..range() }],
            RangeError::Overflow { class, first: 3 },
            "an index beyond u32",
        ),
        (
            vec![UserRange { start_step_us: u64::MAX, ..range() }],
            RangeError::Overflow { class, first: 3 },
            "a start beyond u64",
        ),
        (
            vec![UserRange { stop_at_us: Some(5), stop_step_us: -6, ..range() }],
            RangeError::Overflow { class, first: 3 },
            "a stop before the run",
        ),
        (
            vec![UserRange { stop_at_us: Some(u64::MAX), stop_step_us: 1, ..range() }],
            RangeError::Overflow { class, first: 3 },
            "a stop beyond u64",
        ),
        (
            vec![UserRange { stride: 0, ..range() }],
            RangeError::Duplicate { class, index: 3 },
            "one user twice in a range",
        ),
        (
            vec![range(), UserRange { first: 5, count: 1, ..range() }],
            RangeError::Duplicate { class, index: 5 },
            "one user in two ranges",
        ),
    ];
    for (ranges, error, sentence) in table {
        assert_eq!(expand(&ranges, 100), Err(error), "{sentence}");
    }
}

#[test]
fn the_limit_itself_is_allowed() {
    assert_eq!(expand(&[range()], 2).unwrap(), [user(3, 10, None), user(5, 20, None)]);
    assert_eq!(expand(&[range()], 1), Err(RangeError::TooMany { users: 2, limit: 1 }));
}

fn instant() -> impl Strategy<Value = u64> {
    prop_oneof![3 => (0u64..4).prop_map(|k| k * 10), 1 => any::<u64>()]
}

fn schedule() -> impl Strategy<Value = Vec<ScheduledUser>> {
    let user = (0usize..3, prop_oneof![4 => 0u32..60, 1 => any::<u32>()]);
    let time = (instant(), prop::option::of(instant()));
    prop::collection::btree_map(user, time, 0..80).prop_map(|users| {
        let user = |((class, index), (start_at_us, stop_at_us))| {
            let class = UserClass::ALL[class];
            ScheduledUser { class, index, start_at_us, stop_at_us }
        };
        users.into_iter().map(user).collect()
    })
}

proptest! {
    #[test]
    fn what_is_compressed_expands_to_itself(users in schedule()) {
        let ranges = compress(&users);
        prop_assert!(ranges.len() <= users.len());
        prop_assert_eq!(expand(&ranges, users.len()), Ok(users));
    }

    #[test]
    fn random_ranges_expand_or_are_refused(
        numbers in prop::collection::vec(any::<(u32, u32, u64, u64, i64)>(), 0..6),
        counts in prop::collection::vec(0u32..50, 6),
    ) {
        let range = |((first, stride, start, step, stop_step_us), count): (_, &u32)| UserRange {
            class: UserClass::Mixed,
            first,
            stride,
            count: *count,
            start_at_us: start,
            start_step_us: step,
            stop_at_us: Some(start),
            stop_step_us,
        };
        let ranges: Vec<UserRange> = numbers.into_iter().zip(&counts).map(range).collect();
        if let Ok(users) = expand(&ranges, 100) {
            prop_assert_eq!(users.len() as u32, ranges.iter().map(|range| range.count).sum::<u32>());
            prop_assert!(users.is_sorted_by(|a, b| a.index < b.index));
        }
    }
}
