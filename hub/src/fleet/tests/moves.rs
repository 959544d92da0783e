//! Users that change hands: never before the end of their last life is known.

use super::*;

/// Worker `a` had four users and was asked to give up two of them.
fn two_given_up() -> (Fleet, Vec<u64>) {
    let mut fleet = fleet_of(1);
    fleet.place(&crud(4));
    send_all(&mut fleet, &crud(4));
    fleet.attach(SECOND, 1, identity("b", 1)).unwrap();
    fleet.heartbeat(SECOND, 1, &beat(1, 0));
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![0, 1], vec![]], "what `a` gives up goes to nobody yet");
    let epochs = send_all(&mut fleet, &crud(4));
    (fleet, epochs)
}

#[test]
fn what_a_worker_gives_up_goes_to_nobody_until_it_confirms_the_end_of_it() {
    let (mut fleet, epochs) = two_given_up();
    fleet.heartbeat(SECOND, 0, &beat(2, epochs[0] - 1));
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![0, 1], vec![]]);
    assert!(!fleet.members()[0].is_settled());
    fleet.heartbeat(SECOND, 0, &beat(3, epochs[0]));
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![0, 1], vec![2, 3]]);
    assert!(fleet.members()[0].is_settled());
}

#[test]
fn a_confirmation_of_an_epoch_that_was_never_sent_changes_nothing() {
    let (mut fleet, epochs) = two_given_up();
    for never_sent in [epochs[0] + 1, epochs[0] + 1000, u64::MAX] {
        fleet.heartbeat(SECOND, 0, &beat(2, never_sent));
        fleet.place(&crud(4));
        assert_eq!(held(&fleet), [vec![0, 1], vec![]], "{never_sent}");
    }
}

#[test]
fn what_was_taken_away_and_not_announced_yet_cannot_be_confirmed() {
    let (mut fleet, epochs) = two_given_up();
    fleet.place(&crud(2));
    fleet.heartbeat(SECOND, 0, &beat(2, epochs[0]));
    assert!(!fleet.members()[0].is_settled(), "one user more was taken away after that epoch");
}

#[test]
fn what_is_unconfirmed_is_free_when_the_lease_has_ended() {
    let (mut fleet, _) = two_given_up();
    fleet.heartbeat(3 * SECOND, 1, &beat(2, 0));
    assert_eq!(fleet.expire(Duration::from_millis(5050)), [0]);
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![], vec![0, 1, 2, 3]]);
}

#[test]
fn the_users_of_a_worker_that_leaves_go_to_others_when_it_has_drained() {
    let mut fleet = fleet_of(2);
    fleet.place(&crud(4));
    send_all(&mut fleet, &crud(4));
    fleet.leave(0);
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![], vec![1, 3]], "it may still be running 0 and 2");
    fleet.drained(0, 12);
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![], vec![0, 1, 2, 3]]);
    assert_eq!(fleet.members()[0].last_seq, Some(12));
}

#[test]
fn a_worker_that_is_lost_while_it_leaves_and_is_heard_of_again_still_leaves() {
    let mut fleet = fleet_of(2);
    fleet.leave(0);
    fleet.heartbeat(SECOND, 1, &beat(2, 0));
    assert_eq!(fleet.expire(Duration::from_millis(5050)), [0]);
    fleet.heartbeat(6 * SECOND, 0, &beat(2, 0));
    assert_eq!((fleet.members()[0].state, fleet.eligible()), (MemberState::Leaving, 1));
    fleet.place(&crud(4));
    assert_eq!(held(&fleet), [vec![], vec![0, 1, 2, 3]]);
}

#[test]
fn a_worker_that_left_and_one_that_finished_are_distinguished() {
    let mut fleet = fleet_of(2);
    fleet.leave(0);
    for worker in [0, 1] {
        fleet.drained(worker, 1);
        fleet.finish(worker);
    }
    let states: Vec<MemberState> = fleet.members().iter().map(|member| member.state).collect();
    assert_eq!(states, [MemberState::Left, MemberState::Finished]);
    assert!(fleet.members().iter().all(|member| !member.is_present()));
    assert_eq!(fleet.expire(100 * SECOND), [0usize; 0], "nobody waits for them");
}

#[test]
fn a_drain_takes_every_user_away_and_needs_no_quota_for_it() {
    let mut fleet = fleet_of(2);
    fleet.place(&crud(4));
    assert_eq!(fleet.changed(), [0, 1]);
    fleet.clear();
    assert_eq!((held(&fleet), fleet.changed()), (vec![vec![], vec![]], vec![]));
}

#[test]
fn every_quota_has_a_higher_epoch_than_the_one_before() {
    let mut fleet = fleet_of(1);
    for epoch in 1..10 {
        assert_eq!(send_all(&mut fleet, &crud(4)), [epoch]);
    }
}

#[test]
fn a_quota_is_due_only_for_workers_that_can_be_reached_and_whose_users_changed() {
    let mut fleet = fleet_of(2);
    assert_eq!(fleet.changed(), [0usize; 0], "nobody has users");
    fleet.place(&crud(4));
    assert_eq!(fleet.changed(), [0, 1]);
    send_all(&mut fleet, &crud(4));
    assert_eq!(fleet.changed(), [0usize; 0], "everybody knows");
    fleet.place(&crud(6));
    fleet.detach(0);
    assert_eq!(fleet.changed(), [1], "the other cannot be reached");
}

#[test]
fn a_user_above_the_target_gets_no_start_although_it_is_still_held() {
    let mut fleet = fleet_of(1);
    fleet.place(&crud(4));
    let moment = QuotaMoment {
        run: None,
        segment: Segment { stage: 0, measured: false },
        segment_from: Duration::ZERO,
        lease: 5 * SECOND,
    };
    let users = fleet.quota(0, &crud(3), &moment).users;
    assert_eq!(users.iter().map(|range| (range.first, range.count)).collect::<Vec<_>>(), [(0, 3)]);
}
